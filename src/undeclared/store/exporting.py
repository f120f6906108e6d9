"""A store, or some of its audits, as one file."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from undeclared import __version__
from undeclared.model import Incomplete, NotFound
from undeclared.store.audits import AuditStore
from undeclared.store.evidence import Damaged, unpack, unpack_blob
from undeclared.store.schema import audits, blobs, evidence, reports, results, runs
from undeclared.store.transfer import (
    FORMAT,
    AuditEnd,
    AuditHead,
    FileEnd,
    FileHead,
    Writer,
    compressed,
)


@dataclass(frozen=True)
class Exported:
    """How much went into a file."""

    audits: int
    runs: int
    results: int
    unfinished: int
    """Audits that were left out, since they have no report yet."""
    bytes: int


def export(store: AuditStore, file: Path, ids: Sequence[int] = ()) -> Exported:
    """Write audits to a file: those with these numbers, or all, and then other results too.

    The file appears whole or not at all. Raises NotFound for a number that is not there and for
    what is damaged, Incomplete if the file cannot be written.
    """
    with store.database.reading() as connection:
        there = connection.execute(select(audits.c.id, audits.c.finished).order_by(audits.c.id))
        finished = {own.id: own.finished is not None for own in there}
    if missing := [own for own in ids if own not in finished]:
        raise NotFound(
            f"there is no audit {missing[0]} in {store.place}",
            means="nothing was exported",
            next_step="See what there is with: undeclared store list",
        )
    asked = list(ids) or list(finished)
    chosen = [own for own in asked if finished[own]]
    try:
        counts, size = _write_file(store, file, chosen, others=not ids)
    except OSError as error:
        raise Incomplete(
            f"{file} cannot be written ({error.strerror})",
            means="nothing was exported; the store is as it was",
            next_step="Make room there, or name another file.",
        ) from error
    return Exported(len(chosen), *counts, len(asked) - len(chosen), size)


def _write_file(
    store: AuditStore, file: Path, chosen: Sequence[int], *, others: bool
) -> tuple[tuple[int, int], int]:
    """Returns how many runs and other results there were, and the bytes of the file."""
    handle, temporary = tempfile.mkstemp(prefix=".exporting-", dir=file.absolute().parent)
    try:
        with os.fdopen(handle, "wb") as raw:
            with compressed(raw) as stream:
                counts = _write(store, Writer(stream), chosen, others=others)
            raw.flush()
            os.fsync(raw.fileno())
            size = raw.tell()
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return counts, size


def _write(
    store: AuditStore, writer: Writer, chosen: Sequence[int], *, others: bool
) -> tuple[int, int]:
    """Returns how many runs and other results there were."""
    number_of_runs = number_of_results = 0
    writer.tell(FileHead(format=FORMAT, tool_version=__version__))
    known: set[str] = set()
    for audit in chosen:
        with store.database.reading() as connection:
            number_of_runs += _write_audit(connection, writer, audit, known, store.place)
    if others:
        with store.database.reading() as connection:
            for own in connection.execute(select(results).order_by(results.c.kind, results.c.key)):
                content = _whole(own.data, store.place)
                writer.result(own.kind, own.key, own.purl, own.kept, content)
                number_of_results += 1
    writer.tell(FileEnd(audits=len(chosen), results=number_of_results))
    return number_of_runs, number_of_results


def _write_audit(
    connection: Connection, writer: Writer, audit: int, known: set[str], place: str
) -> int:
    row = connection.execute(
        select(audits, reports.c.data).join(reports).where(audits.c.id == audit)
    ).one_or_none()
    if row is None:
        raise _damaged(place, f"audit {audit} was removed meanwhile, or has lost its report")
    head = AuditHead(
        identity=row.identity, key=row.key, asked=row.asked or "", finished=row.finished
    )
    writer.tell(head)
    count = 0
    of_it = select(runs.c.id, runs.c.number, runs.c.data).where(runs.c.audit == audit)
    for run in connection.execute(of_it.order_by(runs.c.number)):
        digests = select(blobs.c.sha256, blobs.c.id).join(evidence).where(evidence.c.run == run.id)
        for own in connection.execute(digests).all():
            if own.sha256 not in known:
                packed = connection.scalar(select(blobs.c.data).where(blobs.c.id == own.id))
                writer.piece("blob", _whole(packed or b"", place, own.sha256))
                known.add(own.sha256)
        writer.piece("run", _whole(run.data, place), run.number)
        count += 1
    writer.piece("report", _whole(row.data, place))
    writer.tell(AuditEnd(runs=count))
    return count


def _whole(packed: bytes, place: str, digest: str | None = None) -> bytes:
    try:
        return unpack_blob(packed, digest) if digest else unpack(packed)
    except Damaged as error:
        raise _damaged(place, "something in it is not as it was written") from error


def _damaged(place: str, why: str) -> NotFound:
    return NotFound(
        f"{place} cannot be exported: {why}",
        means="no file was written",
        next_step="See what is damaged with `undeclared store check`, and name audits to export.",
    )
