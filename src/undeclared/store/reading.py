"""What is kept, as it was given."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from undeclared.model import NotFound, Run
from undeclared.store.evidence import Damaged, unpack, unpack_blob, unpack_run
from undeclared.store.schema import blobs, evidence, runs


def runs_of(connection: Connection, audit: int) -> Iterator[Run]:
    """The runs of an audit, oldest first.

    One that is damaged, or of a shape that this version does not know, is left out.
    """
    known: dict[str, bytes] = {}
    query = select(runs.c.id, runs.c.data).where(runs.c.audit == audit).order_by(runs.c.number)
    for own in connection.execute(query):
        try:
            fetch(connection, own.id, known)
            run = unpack_run(own.data, known.__getitem__)
        except Damaged:
            continue
        yield run


def fetch(connection: Connection, run: int, known: dict[str, bytes]) -> None:
    """Add the large values of a run to those that are known. Raises Damaged."""
    of_it = select(blobs.c.sha256).join(evidence).where(evidence.c.run == run)
    for digest in connection.scalars(of_it).all():
        if digest not in known:
            packed = connection.scalar(select(blobs.c.data).where(blobs.c.sha256 == digest))
            known[digest] = unpack_blob(packed or b"", digest)


def text_of(packed: bytes, place: str) -> str:
    """A report or another result. Raises NotFound if it is damaged."""
    try:
        return unpack(packed).decode("utf-8", "surrogatepass")
    except (Damaged, UnicodeDecodeError) as error:
        raise NotFound(
            f"something kept in {place} is not as it was written",
            means="nothing was changed",
            next_step="See what is damaged with: undeclared store check",
        ) from error
