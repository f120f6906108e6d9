"""Which analyses a file gets, by its kind."""

from collections.abc import Callable, Iterator
from functools import cache, partial

from undeclared.catalogue import AgentProfile
from undeclared.model import FileKind, HiddenConstants, Scan, SourceFile
from undeclared.static.facts import Facts

Analysis = Callable[[SourceFile], Scan]
Analyse = Callable[[SourceFile, list[HiddenConstants], AgentProfile | None], Facts]

_SCRIPTS = (FileKind.JAVASCRIPT, FileKind.TYPESCRIPT)


def analyses(file: SourceFile, profile: AgentProfile | None) -> Iterator[Analysis]:
    """The analyses of one file; each can be carried out by itself.

    What an analysis needs is loaded here, by the first file of its kind: the processes that carry
    it out are forked from this one.
    """
    if file.kind in _SCRIPTS:
        yield partial(_code, _javascript(), profile)
    elif file.kind is FileKind.PYTHON:
        yield partial(_code, _python(), profile)


def _code(analyse: Analyse, profile: AgentProfile | None, file: SourceFile) -> Scan:
    from undeclared.static.hidden import hidden

    constants, omissions = hidden(file)
    facts = analyse(file, constants, profile)
    return Scan(
        reads=facts.reads,
        hidden=tuple(constants),
        conditions=facts.conditions,
        flows=facts.flows,
        omissions=(*omissions, *facts.omissions),
    )


@cache
def _javascript() -> Analyse:
    import undeclared.static.hidden
    from undeclared.static.javascript import analyse

    return analyse


@cache
def _python() -> Analyse:
    import undeclared.static.hidden
    from undeclared.static.python import analyse

    return analyse
