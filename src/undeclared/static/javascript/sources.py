"""Where a program reads facts of the machine."""

import re
from collections.abc import Iterable, Sequence

from tree_sitter import Node

from undeclared.catalogue.syntax import Meaning, Syntax
from undeclared.model.code import CodeRead
from undeclared.static.identity import identity, shape
from undeclared.static.javascript.beginnings import Beginning
from undeclared.static.javascript.carry import TEXT, Carry
from undeclared.static.javascript.constants import Constants
from undeclared.static.javascript.flow import Flow
from undeclared.static.javascript.functions import callers
from undeclared.static.javascript.naming import Naming, arguments, member, plain
from undeclared.static.javascript.paths import ANY, Paths
from undeclared.static.javascript.program import At, Program, text
from undeclared.static.javascript.scope import FUNCTIONS
from undeclared.static.javascript.values import Several
from undeclared.static.signals import Signals, patterns

_INNER = re.compile(r"(?:ba|z|da)?sh -\w*c (.+)", re.DOTALL)
"""A command line that a shell is given."""
_NEXT = re.compile(r"\s*(?:&&|\|\|?|;|\n)\s*")
"""Between two commands of one line."""


class Sources:
    """Finds reads: by text first, then by syntax, then along the names of things."""

    def __init__(
        self,
        program: Program,
        naming: Naming,
        constants: Constants,
        flow: Flow,
        syntax: Syntax,
        signals: Signals,
    ) -> None:
        self._program = program
        self._naming = naming
        self._constants = constants
        self._flow = flow
        self._syntax = syntax
        self._signals = signals
        self._paths = Paths(naming, constants, syntax)
        self.found: dict[tuple[str, int, int], CodeRead] = {}

    def begin(self, found: Iterable[Beginning]) -> None:
        """Let what begins at these places be followed."""
        for what, start, end in found:
            if what == "module":
                self._module(start, end)
            elif what == "name":
                self._named(start, end)
            else:
                self._constant(start, end)

    # What was found by its text

    def _named(self, start: int, end: int) -> None:
        at = self._program.at(start, end)
        if at is None:
            return
        if at.node.type == "property_identifier" and at.node.parent is not None:
            self._method(at)
        elif (
            at.node.type == "identifier" and self._program.binding(at) is None
        ) or at.node.type == "shorthand_property_identifier":
            self._flow.follow(at, Carry(at.text, thing=True))

    def _method(self, at: At) -> None:
        """`anything.getTimezoneOffset()`."""
        outer = at.node.parent
        call = outer.parent if outer is not None else None
        if outer is None or outer.type != "member_expression" or call is None:
            return
        owner = text(outer.child_by_field_name("object"))
        if call.type != "call_expression" or call.child_by_field_name("function") != outer:
            return
        rule = self._syntax.rule(Meaning.RUNTIME, f"x.{at.text}")
        what = rule.gives if rule is not None else None
        if at.text == "toLocaleString":
            what = (
                "Date.toLocaleString" if owner.startswith("new Date") else "Number.toLocaleString"
            )
        given = arguments(call)
        if given and what != "Date.getTimezoneOffset" and "timeZone" in text(call):
            return
        if what is not None and not (given and given[0].type == "string" and what[0] == "N"):
            self._read(at.up(call), what, ())

    def _module(self, start: int, end: int) -> None:
        at = self._program.at(start + 1, end - 1)
        while at is not None and at.node.type != "string":
            at = at.up(at.node.parent) if at.node.parent is not None else None
        if at is None or at.node.parent is None:
            return
        name = plain(at.node).removeprefix("node:")
        parent = at.node.parent
        if parent.type == "import_statement":
            for node in _taken_in(parent):
                own = (
                    text(node.child_by_field_name("name"))
                    if node.type == "import_specifier"
                    else ""
                )
                thing = f"{name}.{own}" if own and own != "default" else name
                local = (
                    node.child_by_field_name("alias") or node.child_by_field_name("name") or node
                )
                self._flow.bind_later(at.up(local), Carry(thing, thing=True))
        elif parent.type == "arguments" and parent.parent is not None:
            call = at.up(parent.parent)
            if len(arguments(call.node)) == 1:
                self._flow.follow(call, Carry(name, thing=True))

    def _constant(self, start: int, end: int) -> None:
        at = self._program.at(start, end)
        if at is not None and at.node.type == "array":
            self._flow.follow(at, Carry(TEXT + str(start), thing=True))
            return
        while at is not None and at.node.type not in ("string", "template_string"):
            at = at.up(at.node.parent) if at.node.parent is not None else None
        if at is not None and at.span[1] - at.span[0] < 300:
            self._flow.follow(at, Carry(TEXT + str(start), thing=True))

    # What things turn out to be

    def recognise(self, at: At, carry: Carry) -> bool:
        """Whether a thing is a read, which is followed then."""
        name, node = carry.what, at.node
        if carry.path:
            return False
        if name.startswith(TEXT):
            return self._used(at, carry)
        owner, _, key = name.rpartition(".")
        if self._syntax.rule(Meaning.VARIABLES, owner) is not None:
            self._read(at, f"env:{key}", carry.frames)
            return True
        rule = self._syntax.rule(Meaning.PROPERTY, name)
        if rule is not None:
            self._read(at, rule.gives or name, carry.frames)
            return True
        if node.type != "call_expression":
            return False
        rule = self._syntax.rule(Meaning.RUNTIME, name)
        if rule is not None:
            self._read(at, rule.gives or name, carry.frames)
            return True
        given = arguments(node)
        if self._syntax.rule(Meaning.VARIABLE, name) is not None and given:
            self._indexed(at, at.up(given[0]), carry)
            return True
        return self._run(at, name, given, carry)

    def _run(self, at: At, name: str, given: list[Node], carry: Carry) -> bool:
        if not given:
            return False
        first = at.up(given[0])
        if self._syntax.rule(Meaning.SHELL, name) is not None:
            lines = self._paths.of(first, carry.frames)
        elif self._syntax.rule(Meaning.COMMAND, name) is not None:
            listed = at.up(given[1]) if len(given) > 1 else None
            lines = self._paths.command(first, listed, carry.frames)
        else:
            return False
        for line in lines:
            inner = _INNER.match(line)
            for one in _NEXT.split(inner[1]) if inner is not None else _NEXT.split(line):
                self._read(at, f"run:{one.strip()}", carry.frames)
        return True

    def subscript(self, at: At, index: At, carry: Carry) -> None:
        """A member of a thing whose key is computed: `process.env[name]`."""
        if self._syntax.rule(Meaning.VARIABLES, carry.what) is not None and not carry.path:
            self._indexed(at, index, carry)

    def _indexed(self, at: At, index: At, carry: Carry) -> None:
        value = self._constants.of(index, carry.frames)
        names = list(value) if isinstance(value, Several) else [value]
        if all(isinstance(name, str) for name in names):
            for name in names:
                self._read(at, f"env:{name}", carry.frames)
            return
        for frames in callers(self._program, index, carry.frames):
            value = self._constants.of(index, frames)
            if isinstance(value, str):
                self._read(at, f"env:{value}", frames)

    def _used(self, at: At, carry: Carry) -> bool:
        """A constant that is given to something which opens a file or runs a program."""
        parent = at.node.parent
        call = parent.parent if parent is not None else None
        if parent is None or call is None or parent.type != "arguments":
            return False
        callee = call.child_by_field_name("function")
        if callee is None:
            return False
        name = self._naming.of(at.up(callee))
        given = arguments(call)
        index = given.index(at.node) if at.node in given else -1
        if name is not None and index == 0 and self._syntax.rule(Meaning.FILE, name) is not None:
            for path in self._paths.of(at, carry.frames):
                self._read(at.up(call), f"file:{path.replace(ANY, '…')}", carry.frames)
            return True
        if at.node.type == "array" and 0 < index < 3:
            lines = self._paths.command(at.up(given[index - 1]), at, carry.frames)
            if not lines:
                lines = self._guessed(at, carry)
            for line in lines:
                self._read(at.up(call), f"run:{line}", carry.frames)
            return bool(lines)
        return False

    def _guessed(self, at: At, carry: Carry) -> list[str]:
        """A command whose program is not written there: the one that a signal's rule names."""
        value = self._constants.of(at, carry.frames)
        items = value if isinstance(value, list) else []
        words = [item if isinstance(item, str) else ANY for item in items]
        programs = set()
        for pattern in patterns("run"):
            program, _, rest = pattern.partition(" ")
            named = [word for word in rest.replace("*", " ").split() if word[0] != "-"]
            if named and "*" not in program and set(named) <= set(words):
                programs.add(program)
        lines = [" ".join([program, *words]) for program in sorted(programs)]
        return [line for line in lines if len(words) > 1 and self._signals.of(f"run:{line}")]

    def _read(self, at: At, what: str, frames: tuple[tuple[At, At], ...]) -> None:
        signals = self._signals.of(what)
        if not signals:
            return
        start, end = at.span
        carry = Carry(what, start=start, end=end, signals=signals, frames=frames)
        parent = at.node.parent
        key = member(parent) if parent is not None and parent.type == "member_expression" else None
        carry = self.narrowed(carry, key)
        id_ = identity("read", what, shape(at.node))
        if (id_, start, end) not in self.found:
            self.found[(id_, start, end)] = CodeRead(
                id=id_,
                signals=carry.signals,
                what=what,
                region=self._program.region(start, end),
            )
        if at.node.type.endswith("pattern") or (
            parent is not None and parent.type == "pair_pattern"
        ):
            self._flow.bind(at, carry)
            return
        self._flow.follow(at, carry)
        for given in arguments(at.node)[1:] if at.node.type == "call_expression" else ():
            if given.type in FUNCTIONS:
                self._flow.enter(at.up(given), 1, carry)

    def narrowed(self, carry: Carry, key: str | None) -> Carry:
        """Without the signals that this part of a read does not tell."""
        like = self._syntax.parts.get(carry.what, {}).get(key or "")
        if like is None:
            return carry
        kept = tuple(one for one in carry.signals if one in self._signals.of(like))
        return carry._replace(signals=kept or carry.signals)


def _taken_in(statement: Node) -> Sequence[Node]:
    found, stack = [], list(statement.named_children)
    while stack:
        node = stack.pop()
        if node.type == "import_specifier" or (
            node.type == "identifier"
            and node.parent is not None
            and node.parent.type in ("import_clause", "namespace_import")
        ):
            found.append(node)
        elif node.type in ("import_clause", "named_imports", "namespace_import"):
            stack.extend(node.named_children)
    return found
