"""Runs the program over what is known of its values: abstract interpretation (Cousot 1977).

Functions are gone through anew for every set of arguments, up to a limit, so that what a helper
is given at one place does not come out at another.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tree_sitter import Node

from undeclared.static.python import expressions, models, statements
from undeclared.static.python.concrete import Attempt
from undeclared.static.python.frame import Frame, Given
from undeclared.static.python.knowledge import Knowledge
from undeclared.static.python.record import Record
from undeclared.static.python.syntax import Parsed, children
from undeclared.static.python.values import (
    NOTHING,
    Bound,
    Name,
    Obj,
    Scope,
    Span,
    Value,
    const,
    join,
    objects,
)

MAX_STEPS = 300_000
"""Expressions and statements gone through of a program …"""
STEPS_PER_MB = 20_000
"""… and more of a large one."""
MAX_DEPTH = 150
"""Of what is inside each other, called functions included; each takes a few frames of ours."""
MAX_INSIDE = 14
"""Functions called inside each other; what is further in is gone through by itself."""
MAX_ATTEMPTS = 2
"""To work a call out, after which it is taken to depend on something."""
MAX_CALLS = 8
"""Sets of arguments of one function that are told apart."""


class _Known(NamedTuple):
    result: Value
    sends: bool


class Interpreter:
    """What is shared by all of one program."""

    def __init__(self, files: Sequence[Parsed], knows: Knowledge, record: Record) -> None:
        self.files = files
        self.knows = knows
        size = sum(len(parsed.file.data) for parsed in files)
        self._most_steps = MAX_STEPS + STEPS_PER_MB * size // 1_000_000
        self.record = record
        self.steps = 0
        self.depth = 0
        self.changes = 0
        """How often an object came to hold a fact."""
        self.exhausted = False
        """Whether a limit left something out."""
        self.attributes: dict[str, list[Obj]] = {}
        """By name, the instances that have it."""
        self._objects: dict[tuple[int, int, int, str], Obj] = {}
        self._calls: dict[int, dict[tuple[object, ...], _Known]] = {}
        self._failed: dict[tuple[int, int, int], int] = {}
        self._running: set[tuple[object, ...]] = set()
        self._activations = 0
        self._modules: dict[int, Obj] = {}
        self._by_name = {name: parsed for parsed in files for name in parsed.names}

    def evaluate(self, node: Node | None, frame: Frame) -> Value:
        """What an expression can be worth."""
        if node is None or not self._enter():
            return NOTHING
        try:
            known = expressions.EXPRESSIONS.get(node.type)
            return known(self, node, frame) if known else expressions.other(self, node, frame)
        finally:
            self.depth -= 1

    def execute(self, node: Node, frame: Frame) -> bool:
        """Go through a statement; whether it ends its block (`return`, `raise` …)."""
        if not self._enter():
            return False
        try:
            known = statements.STATEMENTS.get(node.type)
            if known is None:
                self.evaluate(node, frame)
                return False
            return known(self, node, frame)
        finally:
            self.depth -= 1

    def block(self, nodes: Iterable[Node], frame: Frame) -> bool:
        """Go through statements in their order; whether they end early."""
        ended = False
        for node in nodes:
            ended = self.execute(node, frame) or ended
        return ended

    def _enter(self) -> bool:
        self.steps += 1
        if self.steps > self._most_steps or self.depth >= MAX_DEPTH:
            self.exhausted = True
            return False
        self.depth += 1
        return True

    def span(self, node: Node, frame: Frame) -> Span:
        """The place of a node."""
        return Span(frame.parsed.index, node.start_byte, node.end_byte)

    def object(self, kind: str, node: Node, frame: Frame) -> Obj:
        """The object that is made at a place in one activation, always the same."""
        key = (frame.parsed.index, node.start_byte, frame.activation, kind)
        found = self._objects.get(key)
        if found is None:
            found = self._objects[key] = Obj(kind, node, frame.scope)
        return found

    def module(self, parsed: Parsed) -> Obj:
        """A module of the program, gone through when it is first needed."""
        found = self._modules.get(parsed.index)
        if found is None:
            scope = Scope(parsed.index)
            found = self._modules[parsed.index] = Obj("module", parsed.root, scope)
            found.fields = scope.names
            scope.names["__name__"] = const("__main__")
            depth, self.depth = self.depth, min(self.depth, MAX_DEPTH // 2)
            self.block(children(parsed.root), self.frame(parsed, scope))
            self.depth = depth
        return found

    def imported(self, dotted: str, frame: Frame) -> Value:
        """A module by its absolute name, or by one that is relative to the file (`.x`)."""
        absolute = frame.parsed.absolute(dotted)
        known = self._by_name.get(absolute)
        if known is not None:
            return (self.module(known),)
        return (Name(absolute),) if absolute else NOTHING

    def imported_member(self, module: Obj, name: str) -> Value:
        """A module inside a package of the program, which nothing in it names."""
        if module.scope is None:
            return NOTHING
        names = self.files[module.scope.file].names
        known = self.named(f"{names[0]}.{name}") if names else None
        return (known,) if known is not None else NOTHING

    def worked_out(self, node: Node, frame: Frame) -> Value | None:
        """What a call gives if everything about it is constant; None otherwise."""
        place = (frame.parsed.index, node.start_byte, node.end_byte)
        failed = self._failed.get(place, 0)
        if failed >= MAX_ATTEMPTS:
            return None
        attempt = Attempt(self, frame)
        made = attempt.value(node)
        if made is None:
            self._failed[place] = failed + 1
            return None
        if not attempt.decodes:
            return made
        return self.record.decoded(made, frame.parsed, self.span(node, frame))

    def named(self, dotted: str) -> Obj | None:
        """A module of the program by its absolute name."""
        known = self._by_name.get(dotted)
        return self.module(known) if known is not None else None

    def note_attribute(self, name: str, owner: Obj) -> None:
        """Remember which instances have an attribute, for those whose class is not known."""
        owners = self.attributes.setdefault(name, [])
        if owner not in owners and len(owners) < 2:
            owners.append(owner)

    def call_bare(self, callee: Value, frame: Frame | None = None) -> Value:
        """What functions of the program give without arguments."""
        return self.call(callee, Given(), frame)

    def explore(self, parsed: Parsed) -> None:
        """Go through a module, and then through what nothing in it calls."""
        module = self.module(parsed)
        for obj in [obj for value in list(module.fields.values()) for obj in objects(
            value, "function", "class"
        )]:  # fmt: skip
            self._explore(obj, 0)

    def _explore(self, obj: Obj, level: int) -> None:
        if obj.scope is None or level > 3:
            return
        if obj.kind == "class":
            instance = self.instance(obj)
            for value in list(obj.fields.values()):
                for method in objects(value, "function"):
                    if id(method) not in self._calls:
                        self.call((Bound(method, (instance,)),), Given())
                for inner in objects(value, "class"):
                    self._explore(inner, level + 1)
        elif id(obj) not in self._calls:
            self.call((obj,), Given())

    def instance(self, cls: Obj) -> Obj:
        """The one object that stands for all of a class."""
        key = (id(cls), 0, 0, "instance")
        found = self._objects.get(key)
        if found is None:
            found = self._objects[key] = Obj("instance", cls.node, cls.scope)
            found.bases = (cls,)
        return found

    def call(self, callee: Value, given: Given, frame: Frame | None = None) -> Value:
        """What the program's own functions and classes in a value give; others give nothing."""
        results = []
        for atom in callee:
            if isinstance(atom, Bound):
                more = given._replace(positional=(atom.receiver, *given.positional))
                results.append(self._function(atom.function, more, frame))
            elif isinstance(atom, Obj) and atom.kind == "function":
                results.append(self._function(atom, given, frame))
            elif isinstance(atom, Obj) and atom.kind == "class":
                results.append(self._construct(atom, given, frame))
            elif isinstance(atom, Obj) and atom.kind == "instance":
                method = models.member(self, (atom,), "__call__")
                results.append(self.call(method, given, frame))
        return join(*results)

    def _construct(self, cls: Obj, given: Given, frame: Frame | None) -> Value:
        instance = self.instance(cls)
        maker = models.member(self, (cls,), "__new__")
        if maker:
            first = ((cls,), *given.positional)
            self.call(maker, given._replace(positional=first), frame)
        start = models.member(self, (instance,), "__init__")
        if start:
            self.call(start, given, frame)
        else:
            order = [name for name in cls.fields if not name.startswith("__")]
            named = (*zip(order, given.positional, strict=False), *given.named)
            for name, value in named:
                instance.fields[name] = join(instance.fields.get(name, NOTHING), value)
        return (instance,)

    def _function(self, function: Obj, given: Given, frame: Frame | None) -> Value:
        node, scope = function.node, function.scope
        if node is None or scope is None or len(self._running) >= MAX_INSIDE:
            return NOTHING
        known = self._calls.setdefault(id(function), {})
        key: tuple[object, ...] = (id(function), given)
        if len(known) >= MAX_CALLS and key not in known:
            # Those that carry a fact are worth more than the rest.
            carries = len(known) < 3 * MAX_CALLS and bool(models.contents(self, given.all()))
            if not carries:
                given = Given()
                key = (id(function), given)
        if key in self._running:
            return NOTHING
        if key not in known:
            self._running.add(key)
            parsed = self.files[scope.file]
            inner = self.frame(parsed, Scope(scope.file, scope))
            try:
                statements.bind(self, node, given, inner)
                body = node.child_by_field_name("body")
                if node.type == "lambda":
                    inner.result = self.evaluate(body, inner)
                elif body is not None:
                    self.block(children(body), inner)
            finally:
                self._running.discard(key)
            known[key] = _Known(inner.result, inner.sends)
        if frame is not None:
            frame.sends = frame.sends or known[key].sends
        return known[key].result

    def frame(self, parsed: Parsed, scope: Scope) -> Frame:
        """A new activation."""
        self._activations += 1
        return Frame(parsed, scope, self._activations)
