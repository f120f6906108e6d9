"""Rows for what is kept: runs with their flows and evidence, reports with their findings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import Connection, Table, delete, func, insert, select, update

from undeclared.model import (
    DnsFlow,
    Flow,
    Http2Flow,
    HttpFlow,
    ProxyFlow,
    Run,
    StreamFlow,
    TlsFlow,
    WebSocketFlow,
)
from undeclared.store.evidence import pack
from undeclared.store.schema import (
    artifacts,
    audits,
    blobs,
    evidence,
    findings,
    flows,
    reports,
    results,
    runs,
)

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

_T = TypeVar("_T")
_SEVERITIES = ("low", "medium", "high", "critical")
_LONGEST = 2000
"""Characters of a text in the index; the whole of it is in the packed run or report."""
_AT_ONCE = 500
"""Values in one statement; SQLite takes 999 and more."""


class _Artifact(BaseModel):
    purl: str
    name: str
    version: str
    published: datetime | None = None
    sha256: str


class _Finding(BaseModel):
    id: str
    kind: str
    severity: str
    channel: str
    title: str
    condition: str


class _Coverage(BaseModel):
    complete: bool


class Indexed(BaseModel):
    """What of a report is in columns of its own; of any version of the report."""

    agent: str = ""
    tool_version: str = ""
    started: datetime | None = None
    seconds: float | None = None
    artifact: _Artifact | None = None
    coverage: _Coverage | None = None
    findings: tuple[_Finding, ...] = Field(default=())


def batched(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Values in portions that one statement takes."""
    for first in range(0, len(values), _AT_ONCE):
        yield values[first : first + _AT_ONCE]


def put_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows that are not there yet, whoever else is inserting them."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), list(rows))


def put_blobs(connection: Connection, packed: Mapping[str, bytes]) -> None:
    """Keep large values, compressed, by their digests."""
    # In one order for all who write, or two could wait for each other.
    put_new(
        connection,
        blobs,
        [{"sha256": own, "bytes": len(packed[own]), "data": packed[own]} for own in sorted(packed)],
    )


def blob_ids(connection: Connection, digests: Iterable[str]) -> dict[str, int]:
    """Numbers of those large values that are there."""
    found = {}
    for some in batched(sorted(set(digests))):
        query = select(blobs.c.sha256, blobs.c.id).where(blobs.c.sha256.in_(some))
        found.update({own.sha256: own.id for own in connection.execute(query)})
    return found


def put_run(
    connection: Connection,
    audit: int,
    number: int,
    packed: bytes,
    run: Run | None,
    referred: Iterable[int],
) -> None:
    """Keep a packed run, the numbers of whose large values are given.

    Without the run itself, which an older version may have written, nothing of it is in columns.
    """
    row = {
        "trial": _text(run.trial.id) if run else "",
        "phase": run.trial.phase.value if run else "",
        "outcome": run.outcome.value if run else "",
        "started": run.started if run else None,
        "seconds": run.seconds if run and isfinite(run.seconds) else 0.0,
    }
    added = insert(runs).values(audit=audit, number=number, data=packed, **row)
    [key] = connection.execute(added.returning(runs.c.id)).scalars()
    if rows := [_row(key, *own) for own in enumerate(run.flows if run else ())]:
        connection.execute(insert(flows), rows)
    if pairs := [{"run": key, "blob": own} for own in sorted(set(referred))]:
        connection.execute(insert(evidence), pairs)
    connection.execute(
        update(audits)
        .where(audits.c.id == audit)
        .values(runs=audits.c.runs + 1, bytes=audits.c.bytes + len(packed))
    )


def put_report(
    connection: Connection, audit: int, text: str, asked: str, finished: datetime
) -> None:
    """Keep the report of an audit, which is finished with that, and its findings in columns."""
    packed = pack(text.encode("utf-8", "surrogatepass"))
    found = indexed(text) or Indexed()
    worst = max((_SEVERITIES.index(own.severity) for own in found.findings
                 if own.severity in _SEVERITIES), default=None)  # fmt: skip
    artifact = _artifact(connection, found.artifact) if found.artifact else None
    connection.execute(insert(reports).values(audit=audit, data=packed))
    connection.execute(delete(findings).where(findings.c.audit == audit))
    if rows := [
        {
            "audit": audit, "number": number, "finding": _text(own.id), "kind": _text(own.kind),
            "severity": _text(own.severity), "channel": _text(own.channel),
            "title": _text(own.title), "condition": _text(own.condition),
        }
        for number, own in enumerate(found.findings)
    ]:  # fmt: skip
        connection.execute(insert(findings), rows)
    connection.execute(
        update(audits)
        .where(audits.c.id == audit)
        .values(
            asked=asked,
            finished=finished,
            agent=_text(found.agent),
            artifact=artifact,
            started=found.started,
            seconds=found.seconds,
            complete=found.coverage.complete if found.coverage else None,
            tool_version=_text(found.tool_version),
            worst="" if worst is None else _SEVERITIES[worst],
            bytes=audits.c.bytes + len(packed),
            touched=next_touch(connection),
        )
    )


def put_result(
    connection: Connection, kind: str, key: str, purl: str, kept: datetime, content: bytes
) -> None:
    """Keep another result in the place of an older one of this kind and key."""
    row = {"purl": purl, "kept": kept, "data": pack(content)}
    put = _insert(connection, results).values(kind=kind, key=key, **row)
    connection.execute(put.on_conflict_do_update(index_elements=("kind", "key"), set_=row))


def indexed(text: str) -> Indexed | None:
    """What of a report goes into columns; None if it is no report of any version."""
    try:
        return Indexed.model_validate_json(text)
    except ValidationError:
        return None


def next_touch(connection: Connection) -> int:
    """A number above those of all audits: their order in this store, whatever its clock says."""
    found: int = connection.execute(
        select(func.coalesce(func.max(audits.c.touched), 0))
    ).scalar_one()
    return found + 1


def _insert(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """An insertion that may say what is to happen if the row is there; loads one dialect only."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def _artifact(connection: Connection, own: _Artifact) -> int:
    row = {
        "purl": _text(own.purl), "name": _text(own.name), "version": _text(own.version),
        "published": own.published, "sha256": _text(own.sha256)[:64],
    }  # fmt: skip
    put_new(connection, artifacts, [row])
    same = (artifacts.c.purl == row["purl"]) & (artifacts.c.sha256 == row["sha256"])
    found: int = connection.execute(select(artifacts.c.id).where(same)).scalar_one()
    return found


def _row(run: int, number: int, flow: Flow) -> dict[str, object]:
    host, method, path, sent, received = _outline(flow)
    return {
        "run": run,
        "number": number,
        "kind": flow.kind,
        "host": _text(host)[:255],
        "method": _text(method),
        "path": _text(path),
        "bytes_out": sent,
        "bytes_in": received,
    }


def _outline(flow: Flow) -> tuple[str, str, str, int, int]:
    """Host, method, path, and bytes of the bodies, out and in."""
    match flow:
        case HttpFlow(request=request, response=response):
            received = len(response.body) if response else 0
            method, path = _bytes(request.method), _bytes(request.target)
            return request.host, method, path, len(request.body), received
        case WebSocketFlow():
            sent = sum(len(own.content) for own in flow.messages)
            return flow.host, "", _bytes(flow.target), sent, 0
        case TlsFlow():
            return flow.sni or "", "", "", len(flow.client_hello), 0
        case DnsFlow():
            return flow.name, flow.type, "", 0, 0
        case Http2Flow():
            return "", "", "", len(flow.opening), 0
        case ProxyFlow():
            return flow.proxy, "", flow.target, len(flow.opening), 0
        case StreamFlow():
            return flow.host or flow.address, "", "", len(flow.first_bytes), 0


def _bytes(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def _text(value: str) -> str:
    """A text that every database takes: no NUL, nothing that is no Unicode, not too long."""
    return value[:_LONGEST].encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
