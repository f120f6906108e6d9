"""What there is, without reading a report or a run."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from undeclared.store import holds
from undeclared.store.database import Database
from undeclared.store.schema import artifacts, audits, findings, flows, runs


@dataclass(frozen=True)
class Entry:
    """One audit in the store."""

    id: int
    """Its number in this store; never given to another one."""
    agent: str
    """Id of the profile; empty before it is finished."""
    version: str
    purl: str
    started: datetime | None
    finished: datetime | None
    """None for one that is going on, or was interrupted."""
    complete: bool | None
    """As its report says; None without one."""
    going_on: bool
    """A process is at work on it."""
    runs: int
    worst: str
    """The worst severity of its findings; empty if there is none."""
    bytes: int
    """Of its runs and report, compressed; without evidence that it may share with others."""
    tool_version: str

    @property
    def state(self) -> str:
        """In one word."""
        if self.finished is None:
            return "going on" if self.going_on else "interrupted"
        return "complete" if self.complete else "incomplete"


@dataclass(frozen=True)
class Host:
    """Whom an agent sent requests in an audit."""

    name: str
    requests: int
    runs: int
    """Runs in which it occurs."""
    bytes_out: int
    """Bodies alone."""


@dataclass(frozen=True)
class FindingRow:
    """One finding of an audit, as it is listed."""

    severity: str
    kind: str
    title: str
    condition: str


def entries(
    database: Database,
    connection: Connection,
    *,
    ids: tuple[int, ...] = (),
    agent: str | None = None,
    host: str | None = None,
) -> tuple[Entry, ...]:
    """The audits, what came last into the store first.

    `agent` is the id of a profile, or the name or package URL of a package; `host` one that the
    agent asked for or spoke to in any run.
    """
    of_them = audits.outerjoin(artifacts, audits.c.artifact == artifacts.c.id)
    query = (
        select(audits, artifacts.c.version, artifacts.c.purl)
        .select_from(of_them)
        .order_by(audits.c.touched.desc(), audits.c.id.desc())
    )
    if ids:
        query = query.where(audits.c.id.in_(ids))
    if agent is not None:
        names = (audits.c.agent, artifacts.c.name, artifacts.c.purl)
        query = query.where((names[0] == agent) | (names[1] == agent) | (names[2] == agent))
    if host is not None:
        met = select(runs.c.audit).join(flows).where(flows.c.host == host)
        query = query.where(audits.c.id.in_(met))
    going_on = holds.held(database, connection)
    return tuple(
        Entry(
            id=own.id,
            agent=own.agent,
            version=own.version or "",
            purl=own.purl or "",
            started=own.started,
            finished=own.finished,
            complete=own.complete,
            going_on=own.id in going_on,
            runs=own.runs,
            worst=own.worst,
            bytes=own.bytes,
            tool_version=own.tool_version,
        )
        for own in connection.execute(query)
    )


def hosts_of(connection: Connection, audit: int) -> tuple[Host, ...]:
    """Hosts of the HTTP requests and WebSockets of an audit, the one that was sent most first."""
    sent = func.sum(flows.c.bytes_out)
    query = (
        select(flows.c.host, func.count(), func.count(flows.c.run.distinct()), sent)
        .join(runs)
        .where(runs.c.audit == audit, flows.c.kind.in_(("http", "websocket")))
        .group_by(flows.c.host)
        .order_by(sent.desc(), flows.c.host)
    )
    return tuple(
        Host(name=own[0], requests=own[1], runs=own[2], bytes_out=int(own[3]))
        for own in connection.execute(query)
    )


def finding_rows(connection: Connection, audit: int) -> tuple[FindingRow, ...]:
    """The findings of an audit, in the order of its report."""
    columns = (findings.c.severity, findings.c.kind, findings.c.title, findings.c.condition)
    query = select(*columns).where(findings.c.audit == audit).order_by(findings.c.number)
    return tuple(FindingRow(*own) for own in connection.execute(query))
