"""Which analyses a file gets, by its kind."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import cache, partial

from undeclared.catalogue import AgentProfile
from undeclared.model import FileKind, HiddenConstants, Omission, Scan, SourceFile
from undeclared.static import native
from undeclared.static.beside import beside
from undeclared.static.components import component_texts, components
from undeclared.static.endpoints import SCHEMES, endpoints
from undeclared.static.facts import Facts
from undeclared.static.search import Search, together

Analysis = Callable[[SourceFile], Scan]
Hidden = Callable[[SourceFile], tuple[list[HiddenConstants], list[Omission]]]
Only = Collection[str] | None
Analyse = Callable[[SourceFile, Sequence[HiddenConstants], AgentProfile | None, Only], Facts]
Followed = Callable[
    [SourceFile, Iterable[HiddenConstants], AgentProfile | None, Search, Only], Facts
]

LARGE = 1 << 20
"""Bytes from which two processes work on one script."""

_SCRIPTS = (FileKind.JAVASCRIPT, FileKind.TYPESCRIPT)
_OPAQUE = (FileKind.NATIVE, FileKind.BYTECODE, FileKind.WASM)


def analysis(file: SourceFile, profile: AgentProfile | None, only: Only = None) -> Analysis | None:
    """The analysis of one file by itself; None for what is no code.

    What an analysis needs is loaded here, by the first file of its kind: the processes that carry
    it out are forked from this one. `only`: the signals that are asked about, None for all; then
    machine code is none.
    """
    if file.kind in _SCRIPTS:
        return partial(_script, _hidden(), _javascript(), profile, only)
    if file.kind is FileKind.PYTHON:
        return partial(_source, _hidden(), _python(), profile, only)
    if file.kind in _OPAQUE and only is None:
        _load_opaque()
        return partial(_opaque, profile)
    return None


def beside_program(file: SourceFile) -> Scan:
    """What the analysis of a Python program leaves to each of its files."""
    constants, omissions = _hidden()(file)
    return Scan(
        hidden=tuple(constants),
        endpoints=tuple(endpoints(file, constants)),
        components=tuple(components(file)),
        omissions=tuple(omissions),
    )


def program(files: Sequence[SourceFile], profile: AgentProfile | None, only: Only = None) -> Scan:
    """What Python files that may import each other do together."""
    from undeclared.static.python import analyse_program

    return _scan(analyse_program(files, lambda file: _hidden()(file)[0], profile, only))


def _script(
    hidden: Hidden,
    analyse: Followed,
    profile: AgentProfile | None,
    only: Only,
    file: SourceFile,
) -> Scan:
    """JavaScript or TypeScript, of which one pass finds all that is worth a look."""
    file = file._replace(data=bytes(file.data))
    search = together(file.data, *_texts())
    rest = _rest(hidden, file, search)
    with beside(rest) if len(file.data) >= LARGE else nullcontext(rest) as stages:
        decoded = cache(partial(next, stages))
        found = _scan(analyse(file, _constants(decoded), profile, search, only))
        parts = (decoded(), next(stages))
    return found.model_copy(
        update={
            name: tuple(one for part in (*parts, found) for one in getattr(part, name))
            for name in ("hidden", "endpoints", "components", "omissions")
        }
    )


def _rest(hidden: Hidden, file: SourceFile, search: Search) -> Iterator[Scan]:
    """First the hidden constants, which what follows values asks for; then what nothing does."""
    constants, omissions = hidden(file)
    yield Scan(hidden=tuple(constants), omissions=tuple(omissions))
    yield Scan(
        endpoints=tuple(endpoints(file, constants, search)),
        components=tuple(components(file, search)),
    )


def _constants(decoded: Callable[[], Scan]) -> Iterator[HiddenConstants]:
    """Those of a file, waited for when the first is asked for."""
    yield from decoded().hidden


def _source(
    hidden: Hidden,
    analyse: Analyse,
    profile: AgentProfile | None,
    only: Only,
    file: SourceFile,
) -> Scan:
    constants, omissions = hidden(file)
    search = together(file.data, SCHEMES, component_texts())
    found = _scan(analyse(file, constants, profile, only))
    return found.model_copy(
        update={
            "hidden": (*constants, *found.hidden),
            "endpoints": tuple(endpoints(file, constants, search)),
            "components": tuple(components(file, search)),
            "omissions": (*omissions, *found.omissions),
        }
    )


def _opaque(profile: AgentProfile | None, file: SourceFile) -> Scan:
    found = _scan(native.analyse(file, profile))
    search = together(file.data, SCHEMES, component_texts())
    return found.model_copy(
        update={
            "endpoints": tuple(endpoints(file, search=search)),
            "components": tuple(components(file, search)),
        }
    )


def _scan(facts: Facts) -> Scan:
    return Scan(
        reads=facts.reads,
        conditions=facts.conditions,
        flows=facts.flows,
        hidden=facts.hidden,
        omissions=facts.omissions,
    )


_EMPTY = SourceFile("", FileKind.OTHER, b"")
"""Going through it loads the rules of an analysis."""


@cache
def _hidden() -> Hidden:
    from undeclared.static.hidden import Interpreter, hidden

    def searched(file: SourceFile) -> tuple[list[HiddenConstants], list[Omission]]:
        with Interpreter() as interpreter:  # starts only if a decoder is to be run
            return hidden(file, interpreter)

    return searched


@cache
def _javascript() -> Followed:
    from undeclared.static.javascript import analyse

    together(b"", *_texts())
    return analyse


@cache
def _texts() -> tuple[tuple[bytes, ...], ...]:
    """All that scripts are searched for."""
    from undeclared.static.javascript.beginnings import needles

    return needles(), SCHEMES, component_texts()


@cache
def _python() -> Analyse:
    from undeclared.static.python import analyse

    together(b"", SCHEMES, component_texts())
    analyse(_EMPTY, (), None, None)
    return analyse


@cache
def _load_opaque() -> None:
    for kind in _OPAQUE:
        _opaque(None, _EMPTY._replace(kind=kind))
