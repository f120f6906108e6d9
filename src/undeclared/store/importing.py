"""Audits from a file that `export` wrote, or from a folder of a version before the database.

Neither is trusted: what is taken in has its digest, refers to nothing that is not there, and an
audit comes in whole or not at all.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import StatementError

from undeclared.model import NotFound
from undeclared.store.audits import AuditStore
from undeclared.store.evidence import Damaged, pack, references, unpack, unpack_blob, unpack_run
from undeclared.store.schema import audits, blobs, results
from undeclared.store.transfer import (
    AuditEnd,
    AuditHead,
    FileEnd,
    FileHead,
    Head,
    Piece,
    ResultHead,
    records,
    refused,
)
from undeclared.store.writing import (
    blob_ids,
    indexed,
    next_touch,
    put_blobs,
    put_report,
    put_result,
    put_run,
)

_IN_MEMORY = 2**28
"""Bytes of large values that are kept at hand for the next run."""


@dataclass
class Imported:
    """How much was taken in."""

    audits: int = 0
    runs: int = 0
    results: int = 0
    known: int = 0
    """Audits and other results that were there already, or in a newer state."""
    unreadable: int = 0
    """Runs that this version cannot read; those of a file are kept all the same."""
    damaged: int = 0
    """Audits of a folder that were left out, since they cannot be read."""

    def took(self, audit: "_Incoming") -> None:
        """One audit is in."""
        self.audits += 1
        self.runs += audit.runs
        self.unreadable += audit.unreadable


def import_file(store: AuditStore, file: Path) -> Imported:
    """Take in what `export` wrote. Raises NotFound for what is no such file, or damaged."""
    done = Imported()
    name = str(file)
    try:
        raw = file.open("rb")
    except OSError as error:
        raise NotFound(
            f"{name} cannot be read ({error.strerror})",
            means="nothing was imported",
            next_step="Name a file that `undeclared store export` wrote.",
        ) from error
    with raw:
        incoming = records(raw, name)
        for head, content in incoming:
            match head:
                case AuditHead():
                    _take_audit(store, head, incoming, done, name)
                case ResultHead():
                    _take_result(store, head, content, done)
                case FileHead() | FileEnd():
                    pass
                case _:
                    raise refused(name, "has its pieces in a wrong order")
    return done


def import_folder(store: AuditStore, folder: Path) -> Imported:
    """Take in the finished audits of a folder for state as it was before there was a database."""
    done = Imported()
    found = sorted(folder.glob("audits/*/*/report.json"))
    if not found:
        raise NotFound(
            f"{folder} holds no finished audit of an earlier version",
            means="nothing was imported",
            next_step="Name the folder that holds the folder `audits`, or a file that"
            " `undeclared store export` wrote.",
        )
    for report in found:
        _take_folder(store, report, folder / "evidence", done)
    return done


class _Incoming:
    """One audit, on its way in."""

    def __init__(self, connection: Connection, head: AuditHead) -> None:
        self._connection = connection
        row = {"identity": head.identity, "key": head.key, "touched": next_touch(connection)}
        self._head = head
        self._audit = connection.scalars(insert(audits).values(row).returning(audits.c.id)).one()
        self._known: dict[str, bytes] = {}
        self._size = 0
        self._waiting: set[str] = set()
        self._reported = False
        self.runs = 0
        self.unreadable = 0

    @property
    def whole(self) -> bool:
        """There is a report, and no large value to which no run refers."""
        return self._reported and not self._waiting

    def blob(self, value: bytes, digest: str) -> None:
        put_blobs(self._connection, {digest: pack(value)})
        if self._size > _IN_MEMORY:
            self._known.clear()
            self._size = 0
        self._known[digest] = value
        self._size += len(value)
        self._waiting.add(digest)

    def run(self, text: bytes, number: int) -> None:
        """Raises Damaged if it refers to what is not there."""
        packed = pack(text)
        referred = references(packed)
        ids = blob_ids(self._connection, referred)
        if len(ids) != len(referred):
            raise Damaged
        try:
            run = unpack_run(packed, self._value)
        except Damaged:
            run = None
            self.unreadable += 1
        put_run(self._connection, self._audit, number, packed, run, ids.values())
        self.runs += 1
        self._waiting -= referred

    def report(self, text: str) -> None:
        """Raises Damaged if it is no report, or the second."""
        if self._reported or indexed(text) is None:
            raise Damaged
        self._reported = True
        head = self._head
        put_report(self._connection, self._audit, text, head.asked, head.finished)

    def _value(self, digest: str) -> bytes:
        if digest not in self._known:
            packed = self._connection.scalar(select(blobs.c.data).where(blobs.c.sha256 == digest))
            self._known[digest] = unpack_blob(packed or b"", digest)
        return self._known[digest]


def _take_audit(
    store: AuditStore,
    head: AuditHead,
    incoming: Iterator[tuple[Head, bytes]],
    done: Imported,
    name: str,
) -> None:
    wrong = refused(name, "holds an audit that is not whole")
    try:
        with store.database.writing() as connection:
            if _there(connection, head.identity):
                for own, _ in incoming:
                    if isinstance(own, AuditEnd):
                        break
                done.known += 1
                return
            audit = _Incoming(connection, head)
            for own, content in incoming:
                match own:
                    case Piece(kind="blob"):
                        audit.blob(content, own.sha256)
                    case Piece(kind="run"):
                        audit.run(content, own.number)
                    case Piece(kind="report"):
                        audit.report(content.decode("utf-8", "surrogatepass"))
                    case AuditEnd() if audit.whole and own.runs == audit.runs:
                        break
                    case _:
                        raise wrong
    except (Damaged, StatementError, UnicodeDecodeError, OverflowError) as error:
        raise wrong from error
    done.took(audit)


def _take_result(store: AuditStore, head: ResultHead, content: bytes, done: Imported) -> None:
    same = (results.c.kind == head.what) & (results.c.key == head.key)
    with store.database.writing(alone=True) as connection:
        kept = connection.scalar(select(results.c.kept).where(same))
        if kept is not None and kept >= head.kept:
            done.known += 1
            return
        put_result(connection, head.what, head.key, head.purl, head.kept, content)
    done.results += 1


def _take_folder(store: AuditStore, report: Path, evidence: Path, done: Imported) -> None:
    folder = report.parent
    try:
        text = report.read_text(encoding="utf-8")
        finished = datetime.fromtimestamp(report.stat().st_mtime, UTC)
        named = f"{folder.parent.name}/{folder.name}/{text}".encode()
        head = AuditHead(
            identity=hashlib.sha256(named).hexdigest()[:32],
            key=folder.parent.name,
            asked=_text(folder / "asked"),
            finished=finished,
        )
        with store.database.writing() as connection:
            if _there(connection, head.identity):
                done.known += 1
                return
            audit = _Incoming(connection, head)
            for number, file in enumerate(sorted(folder.glob("run-?????.json.zst")), 1):
                try:
                    packed = file.read_bytes()
                    for digest in sorted(references(packed)):
                        part = evidence / digest[:2] / f"{digest}.zst"
                        audit.blob(unpack_blob(part.read_bytes(), digest), digest)
                    audit.run(unpack(packed), number)
                except (Damaged, OSError):
                    audit.unreadable += 1
            audit.report(text)
    except (Damaged, StatementError, OSError, ValueError, OverflowError):
        done.damaged += 1
        return
    done.took(audit)


def _there(connection: Connection, identity: str) -> bool:
    query = select(audits.c.id).where(audits.c.identity == identity)
    return connection.scalar(query) is not None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except OSError:
        return ""
