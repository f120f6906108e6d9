"""What an expression can be worth: some of several atoms, none where nothing is known.

A value is a tuple without doubles: its order is that of the program, the same in every process.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from tree_sitter import Node

MAX_ATOMS = 96
"""Of one value; what comes after is left out."""
MAX_ALIKE = 12
"""Of those, texts, objects of one kind, or choices by one fact …"""
MAX_WAYS = 3
"""… and ways in which a fact itself came there."""
MAX_VIA = 8
MAX_STEPS = 10
MAX_TEXT = 4096
"""Characters of a text that is put together from constants."""
UNKNOWN = "*"
"""Stands in a text for a part that is not known."""


class Span(NamedTuple):
    """A place in one of the files."""

    file: int
    start: int
    end: int


class Step(NamedTuple):
    """As FlowStep, before an excerpt is made."""

    span: Span
    says: str


@dataclass(frozen=True, slots=True)
class Consts:
    """One of several constant texts; with one entry, that text."""

    values: tuple[str, ...]
    hidden: str | None = None
    """The id of the hidden constants that they come from."""
    partial: bool = False
    """`*` stands for parts that are not known."""
    kind: Literal["text", "number", "bytes"] = "text"
    """What it is in the program."""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = (self.values, self.hidden, self.partial, self.kind)
        object.__setattr__(self, "_hash", hash(own))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Name:
    """Something from outside, by its dotted name: `os.environ`, `requests.Session()`."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Taint:
    """Made from a fact of the machine, or chosen by one."""

    what: str
    signals: tuple[str, ...]
    via: tuple[str, ...] = ()
    by: Literal["value", "choice"] = "value"
    condition: str | None = None
    place: str = ""
    """The place in a request where it was put, if a key of a dictionary says so."""
    reads: tuple[Span, ...] = field(default=(), compare=False)
    steps: tuple[Step, ...] = field(default=(), compare=False)
    """How it came here, the first way that was found."""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = (self.what, self.signals, self.via, self.by, self.condition, self.place)
        object.__setattr__(self, "_hash", hash(own))

    def __hash__(self) -> int:
        return self._hash

    def step(self, span: Span, says: str) -> "Taint":
        """The same one step further."""
        if len(self.steps) >= MAX_STEPS or (self.steps and self.steps[-1].span == span):
            return self
        return replace(self, steps=(*self.steps, Step(span, says)))

    def through(self, how: str) -> "Taint":
        """The value after something was done to it."""
        if self.by == "choice" or len(self.via) >= MAX_VIA or how in self.via:
            return self
        return replace(self, via=(*self.via, how))


class Obj:
    """A function, class, instance, list, dictionary or module of the program."""

    __slots__ = ("bases", "fields", "kind", "node", "scope")

    def __init__(self, kind: str, node: Node | None, scope: "Scope | None" = None) -> None:
        self.kind = kind
        self.node = node
        self.scope = scope
        """Of a function or class: where it is defined."""
        self.fields: dict[str, Value] = {}
        """By attribute, key or number; `*`: elements whose place is not known."""
        self.bases: tuple[Obj, ...] = ()
        """Of a class: what it inherits from; of an instance: its class."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A function of the program with its first argument."""

    function: Obj
    receiver: "Value"


Atom = Consts | Name | Taint | Obj | Bound
Value = tuple[Atom, ...]

NOTHING: Value = ()

WITHIN = "put into a text"
"""A step after which a value is no longer the fact itself, but a text with it."""
JOINED = "joined to a path"
"""A step after which it is the path of something in the folder that it was."""


class Scope:
    """Names of a module, class or one activation of a function."""

    __slots__ = ("file", "names", "outer", "shared")

    def __init__(self, file: int, outer: "Scope | None" = None) -> None:
        self.file = file
        self.outer = outer
        self.names: dict[str, Value] = {}
        self.shared: dict[str, Scope] = {}
        """Names declared `global` or `nonlocal`, with the scope they are of."""

    def get(self, name: str) -> Value | None:
        """The value of a name here or further out."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def set(self, name: str, value: Value) -> None:
        """Give a name a value; one of another scope may keep its old one too."""
        home = self.shared.get(name)
        if home is None:
            self.names[name] = value
        else:
            home.names[name] = join(home.names.get(name, NOTHING), value)


def join(*values: Value) -> Value:
    """Any of several values; where two ways lead to the same, the first."""
    joined, more = NOTHING, list[Atom]()
    known: set[Atom] | None = None
    for value in values:
        if not joined:
            joined = value
        elif value and value is not joined:
            if known is None:
                known = set(joined)
            for atom in value:
                if atom not in known:
                    known.add(atom)
                    more.append(atom)
    if more:
        joined = (*joined, *more)
    fits = len(joined) <= (MAX_ALIKE if more else MAX_ATOMS)
    return joined if fits else _thinned(joined)


def distinct(atoms: Iterable[Atom]) -> Value:
    """A value of atoms of which some may be the same."""
    return tuple(dict.fromkeys(atoms))


def _thinned(atoms: Value) -> Value:
    """The first few of those that are alike: facts keep their sorts, and lose ways and copies."""
    kept: list[Atom] = []
    alike: dict[tuple[str, ...], int] = {}
    for atom in atoms:
        sort = _sort(atom)
        alike[sort] = number = alike.get(sort, 0) + 1
        if number <= (MAX_ALIKE if sort[0] != "value" else MAX_WAYS):
            kept.append(atom)
    return atoms if len(kept) == len(atoms) else tuple(kept[:MAX_ATOMS])


def _sort(atom: Atom) -> tuple[str, ...]:
    if type(atom) is Taint:
        return (atom.by, atom.what, atom.place)
    return (atom.kind,) if type(atom) is Obj else (type(atom).__name__,)


def const(text: str) -> Value:
    """One constant text."""
    return (Consts((text[:MAX_TEXT],)),)


def texts(value: Value) -> list[str]:
    """The constants that a value may be, whole ones only."""
    return [
        text
        for atom in value
        if isinstance(atom, Consts) and not atom.partial
        for text in atom.values
    ]


def taints(value: Value) -> list[Taint]:
    """What of a value is made from facts of the machine."""
    return [atom for atom in value if isinstance(atom, Taint)]


def tells(value: Value) -> bool:
    """Whether one can see from a value by which way it came: it is not unknown altogether."""
    return any(
        isinstance(atom, Consts | Taint)
        or (isinstance(atom, Name) and atom.dotted in ("True", "False", "None"))
        or (isinstance(atom, Obj) and atom.kind in ("list", "dict"))
        for atom in value
    )


def hidden(value: Value) -> Value:
    """Only what comes from hidden constants: a decoder hands it on."""
    return tuple(atom for atom in value if isinstance(atom, Consts) and atom.hidden)


def chosen(value: Value) -> Value:
    """What of a value was chosen by a fact."""
    return tuple(atom for atom in value if isinstance(atom, Taint) and atom.by == "choice")


def objects(value: Value, *kinds: str) -> list[Obj]:
    """The program's own things in a value, of some kinds or of all."""
    return [a for a in value if isinstance(a, Obj) and (a.kind in kinds or not kinds)]


def names(value: Value) -> list[str]:
    """Dotted names of things from outside."""
    return [atom.dotted for atom in value if isinstance(atom, Name)]


def through(value: Iterable[Atom], how: str) -> Value:
    """Only the facts in a value, after something was done to them."""
    return distinct(atom.through(how) for atom in value if isinstance(atom, Taint))
