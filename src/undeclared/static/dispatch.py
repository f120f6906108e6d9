"""Which analyses a file gets, by its kind."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from undeclared.catalogue import AgentProfile
from undeclared.model import FileKind, HiddenConstants, Omission, Scan, SourceFile
from undeclared.static.facts import Facts

Analysis = Callable[[SourceFile], Scan]
Hidden = Callable[[SourceFile], tuple[list[HiddenConstants], list[Omission]]]
Analyse = Callable[[SourceFile, Sequence[HiddenConstants], AgentProfile | None], Facts]

_SCRIPTS = (FileKind.JAVASCRIPT, FileKind.TYPESCRIPT)


def analyses(file: SourceFile, profile: AgentProfile | None) -> Iterator[Analysis]:
    """The analyses of one file; each can be carried out by itself.

    What an analysis needs is loaded here, by the first file of its kind: the processes that carry
    it out are forked from this one.
    """
    if file.kind in _SCRIPTS:
        yield partial(_code, _hidden(), _javascript(), profile)
    elif file.kind is FileKind.PYTHON:
        yield partial(_code, _hidden(), _python(), profile)


def _code(hidden: Hidden, analyse: Analyse, profile: AgentProfile | None, file: SourceFile) -> Scan:
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
def _hidden() -> Hidden:
    from undeclared.static.hidden import hidden

    return hidden


@cache
def _javascript() -> Analyse:
    from undeclared.static.javascript import analyse

    return analyse


@cache
def _python() -> Analyse:
    from undeclared.static.python import analyse

    return analyse
