"""Which analyses a file gets, by its kind."""

from collections.abc import Callable, Iterator

from undeclared.catalogue import AgentProfile
from undeclared.model import Scan, SourceFile

Analysis = Callable[[SourceFile], Scan]


def analyses(file: SourceFile, profile: AgentProfile | None) -> Iterator[Analysis]:
    """The analyses of one file; each can be carried out by itself."""
    yield from ()
