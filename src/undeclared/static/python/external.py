"""What functions give that are not of the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.model.code import Comparison
from undeclared.static.python import conditions, reads
from undeclared.static.python.frame import Frame, Given
from undeclared.static.python.models import contents, dotted, element, member, put, spread, whole
from undeclared.static.python.values import (
    NOTHING,
    UNKNOWN,
    Consts,
    Name,
    Obj,
    Value,
    chosen,
    const,
    join,
    names,
    objects,
    taints,
    texts,
    through,
)

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

_MATCHING = frozenset({"match", "search", "fullmatch", "findall", "finditer", "sub", "split"})
_SHELL = re.compile(r"(?:\S*/)?(?:ba|da|z)?sh +-\w*c +(.*)", re.DOTALL)
_BETWEEN = re.compile(r";|&&|\|\|?|\n|\$\(")
_HIGHER = frozenset({"map", "filter", "functools.reduce", "itertools.starmap"})


def call(it: Interpreter, name: str, given: Given, node: Node, frame: Frame) -> Value:
    """What calling something from outside gives."""
    first = given.get(0)
    known = _LANGUAGE.get(name)
    if known is not None:
        return known(it, given, node, frame)
    if name in it.knows.syntax.getters:
        return join(reads.variables(it, texts(first), node, frame), _default(given))
    base, _, last = name.rpartition(".")
    if base in it.knows.syntax.environments:
        return _of_environment(it, last, given, node, frame)
    read = _read(it, name, given, node, frame)
    if base == "re.compile()" and last in _MATCHING:
        given = given._replace(positional=given.positional[:1])
    if base in ("re", "regex") and last in _MATCHING:
        subject = given.get(2 if last == "sub" else 1, "string")
        patterns = [atom for atom in first if isinstance(atom, Consts)]
        return _matched(it, spread(subject), patterns, node, frame)
    if name in ("fnmatch.fnmatch", "fnmatch.fnmatchcase"):
        patterns = conditions.constants(it, given.get(1, "pat"))
        return _matched(it, spread(first), patterns, node, frame)
    if name == "re.compile" and texts(first):
        return (Name("re.compile()"), *first)
    if name in _HIGHER:
        return _higher(it, given, node, frame)
    if name == "functools.partial":
        return first
    made = _callbacks(it, given, frame)
    if made:
        return join(read, made)
    if it.knows.same(name):
        return join(read, first)
    if it.knows.blind(name) or it.knows.sink(name) is not None:
        return join(read, dotted(f"{name}()"))
    if _builds(name) and not it.knows.builds(name):
        return join(read, dotted(f"{name}()"))
    if it.knows.passes(name):
        passed = through(whole(it, given.all()), name)
    else:
        passed = through((own for own in given.get(0) if not it.knows.path(own)), name)
    return join(read, passed, dotted(f"{name}()") if not read and not passed else NOTHING)


def _callbacks(it: Interpreter, given: Given, frame: Frame) -> Value:
    """Go through functions that are given; what one for a default gives."""
    made: Value = NOTHING
    for name, value in given.named:
        if objects(value, "function"):
            result = it.call_bare(value, frame)
            made = join(made, result) if name in ("default_factory", "factory") else made
        elif name in ("default", "default_factory"):
            made = join(made, tuple(own for own in value if not isinstance(own, Name)))
    for value in given.positional:
        if objects(value, "function"):
            it.call_bare(value, frame)
    return made


def _builds(name: str) -> bool:
    """Whether a name looks like that of a class, whose objects do not show what they were given."""
    return name.rpartition(".")[2][:1].isupper()


def _default(given: Given) -> Value:
    value = given.get(1, "default")
    return tuple(atom for atom in value if not isinstance(atom, Name))


def _of_environment(it: Interpreter, method: str, given: Given, node: Node, frame: Frame) -> Value:
    first = given.get(0)
    if method in ("get", "pop", "setdefault", "__getitem__"):
        return join(reads.variables(it, texts(first), node, frame), _default(given))
    if method in ("__contains__", "has_key"):
        read = reads.variables(it, texts(first), node, frame)
        return conditions.truth(it, read, node, frame)
    return (Name("os.environ"),) if method == "copy" else NOTHING


def _read(it: Interpreter, name: str, given: Given, node: Node, frame: Frame) -> Value:
    """The facts that a function reads: its own, a file's, a command's."""
    found: list[Value] = []
    span = it.span(node, frame)
    what = it.knows.renamed(name)
    if it.knows.known(what):
        taint = it.record.read(what, node, span)
        found.append((taint,) if taint else NOTHING)
        if what in it.knows.syntax.homes:
            found.append(const("~"))
    if name in it.knows.syntax.files:
        found.append(reads.file(it, given.get(0, "file", "path"), node, frame))
    if it.knows.runs(name):
        found.append(run(it, given, node, frame))
    template = it.knows.command(name)
    if template is not None:
        filled = template
        for number in range(3):
            parts = texts(given.get(number)) or [UNKNOWN]
            filled = filled.replace(f"{{{number}}}", parts[0])
        taint = it.record.read(f"run:{filled}", node, span)
        found.append((taint,) if taint else NOTHING)
    return join(*found)


def run(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    """What a command prints."""
    lines: list[str] = []
    command = given.get(0, "args", "cmd")
    for atom in command:
        if isinstance(atom, Consts):
            lines += atom.values[:8]
        elif isinstance(atom, Obj) and atom.kind == "list":
            lines.append(_words(atom))
    if len(given.positional) > 1 and len(texts(command)) == 1:
        # `create_subprocess_exec("git", "config", …)`: every word an argument.
        words = [(texts(own) or [UNKNOWN])[0] for own in given.positional]
        lines.append(" ".join(words))
    found = []
    for line in dict.fromkeys(part for whole_line in lines[:8] for part in _parts(whole_line)):
        words = line.split()
        if not words or len(line) > 1_000:
            continue
        spelt = " ".join([words[0].rpartition("/")[2] or words[0], *words[1:]])
        taint = it.record.read(f"run:{spelt}", node, it.span(node, frame))
        if taint:
            found.append(taint)
    return tuple(found)


def _parts(line: str) -> list[str]:
    """The commands of a line, which may be a script that a shell is given."""
    shell = _SHELL.match(line)
    script = shell[1] if shell else line
    parts = [part.strip() for part in _BETWEEN.split(script)]
    return [part for part in parts if part][:16]


def _words(command: Obj) -> str:
    words = []
    for value in list(command.fields.values())[:32]:
        own = [one for atom in value if isinstance(atom, Consts) for one in atom.values]
        words += own if len(own) == 1 or value is command.fields.get("*") else [UNKNOWN]
    return " ".join(words)


def _matched(
    it: Interpreter, subject: Value, patterns: list[Consts], node: Node, frame: Frame
) -> Value:
    if not patterns or not taints(subject):
        return through(subject, "re")
    made = conditions.found(it, subject, Comparison.MATCHES, patterns, False, node, frame)
    return join(made, through(subject, "re"))


def _higher(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    from undeclared.static.python.calls import apply

    elements = tuple(element(it, own) for own in given.positional[1:])
    result = apply(it, given.get(0), Given(elements), node, frame)
    made = it.object("list", node, frame)
    put(it, made, "*", result)
    return (made, *chosen(result))


def _getattr(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    known = texts(given.get(1))[:8]
    return join(*(member(it, given.get(0), own, node, frame) for own in known), given.get(2))


def _import(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    return join(*(it.imported(own, frame) for own in texts(given.get(0))[:8]))


def _vars(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    return join(*(dotted(f"{name}.__dict__") for name in names(given.get(0))))


def _join_path(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    from undeclared.static.python.literals import concatenated

    return concatenated([spread(own) for own in given.positional], "/")


def _character(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    codes = [int(own) for own in texts(given.get(0)) if own.isdigit() and len(own) < 7]
    return join(*(const(chr(code)) for code in codes if code < 0x110000))


def _pairs(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    pair = it.object("list", node, frame)
    for number, own in enumerate(given.positional):
        put(it, pair, str(number), element(it, own))
    return (_listed(it, pair, node, frame),)


def _numbered(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    pair = it.object("list", node, frame)
    put(it, pair, "0", NOTHING)
    put(it, pair, "1", element(it, given.get(0)))
    return (_listed(it, pair, node, frame),)


def _listed(it: Interpreter, inner: Obj, node: Node, frame: Frame) -> Obj:
    made = it.object("list of", node, frame)
    made.kind = "list"
    put(it, made, "*", (inner,))
    return made


def _reduced(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    inner = join(*(element(it, own) for own in given.positional))
    facts = contents(it, join(inner, given.all()))
    return join(tuple(facts), tuple(a for a in inner if not isinstance(a, Name)))


def _truth(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    return conditions.truth(it, given.get(0), node, frame)


def _contains(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    held = conditions.constants(it, given.get(0))
    return conditions.found(it, given.get(1), Comparison.EQUALS, held, False, node, frame)


def _equal(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    results = []
    for this, that in ((given.get(0), given.get(1)), (given.get(1), given.get(0))):
        held = conditions.constants(it, that)
        if taints(this) and held:
            results.append(conditions.found(it, this, Comparison.EQUALS, held, False, node, frame))
    return join(*results)


def _direct(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    return join(*(through(own, "len") for own in given.positional))


def _dict(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    made = it.object("dict", node, frame)
    for key, value in given.named:
        put(it, made, key, value)
    for value in given.positional:
        for atom in value:
            if isinstance(atom, Obj):
                for key, own in list(atom.fields.items()):
                    put(it, made, key if atom.kind == "dict" else "*", own)
    kept = tuple(atom for atom in given.get(0) if not isinstance(atom, Obj))
    return join(kept, (made,))


def _new(it: Interpreter, given: Given, node: Node, frame: Frame) -> Value:
    return tuple(it.instance(cls) for cls in objects(given.get(0), "class"))


_LANGUAGE = {
    "dict": _dict,
    "collections.OrderedDict": _dict,
    "object.__new__": _new,
    "len": _direct,
    "range": _direct,
    "getattr": _getattr,
    "__import__": _import,
    "importlib.import_module": _import,
    "vars": _vars,
    "os.path.join": _join_path,
    "posixpath.join": _join_path,
    "pathlib.Path.joinpath": _join_path,
    "chr": _character,
    "zip": _pairs,
    "enumerate": _numbered,
    "any": _reduced,
    "all": _reduced,
    "sum": _reduced,
    "max": _reduced,
    "min": _reduced,
    "next": _reduced,
    "bool": _truth,
    "operator.contains": _contains,
    "operator.eq": _equal,
    "hmac.compare_digest": _equal,
}
