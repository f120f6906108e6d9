"""What was measured: audits with their runs, and other results."""

import hashlib
import os
import re
import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import platformdirs
from sqlalchemy import Connection, insert, select, update

from undeclared.model import Incomplete, NotFound, Run, UndeclaredError
from undeclared.store import holds
from undeclared.store.database import PATIENCE, SKEW, Database
from undeclared.store.entries import Entry, FindingRow, Host, entries, finding_rows, hosts_of
from undeclared.store.evidence import Damaged, pack, pack_run, unpack_blob
from undeclared.store.opening import bring_up_to_date
from undeclared.store.reading import runs_of, text_of
from undeclared.store.results import ResultEntry, result_entries
from undeclared.store.retention import Limits, remove_beyond
from undeclared.store.schema import artifacts, audits, blobs, reports, results, runs
from undeclared.store.writing import (
    blob_ids,
    next_touch,
    put_blobs,
    put_report,
    put_result,
    put_run,
)


class AuditStore:
    """All that is kept, of one user or of a team. Safe for several processes."""

    def __init__(
        self, where: Path | str, limits: Limits | None = None, *, patience: float = PATIENCE
    ) -> None:
        """`where` is a folder, which then holds an SQLite file, or the URL of a database.

        Without limits those of `Limits` hold for a file; a database that a team shares is tidied
        by the team. Nothing is opened before something is asked for.
        """
        self._database = Database(where, patience=patience)
        self._limits = limits or (Limits() if self._database.sqlite else None)
        self._open = False

    @property
    def place(self) -> str:
        """Where it is, for a person."""
        return self._database.place

    @property
    def database(self) -> Database:
        """Its database, with the tables of this version."""
        if not self._open:
            bring_up_to_date(self._database)
            self._open = True
        return self._database

    def open(self, key: str) -> "AuditRecord":
        """Continue the audit with this key that was begun and not finished, or begin one.

        `key` is a hex digest of what is audited and how. One that another process is at work on
        is left to it. Raises Incomplete if the store cannot be written, NotFound if not read.
        """
        if not re.fullmatch(r"[0-9a-f]{8,128}", key):
            raise ValueError(f"{key!r} is no hex digest")
        with self.database.writing(alone=True) as connection:
            begun = select(audits.c.id).where(audits.c.key == key, audits.c.finished.is_(None))
            for number in connection.scalars(begun.order_by(audits.c.id)).all():
                if (token := holds.take(self._database, connection, number)) is not None:
                    touched = next_touch(connection)
                    of_it = audits.c.id == number
                    connection.execute(update(audits).where(of_it).values(touched=touched))
                    break
            else:
                row = {"identity": uuid.uuid4().hex, "key": key, "touched": next_touch(connection)}
                number = connection.scalars(insert(audits).values(row).returning(audits.c.id)).one()
                token = holds.take(self._database, connection, number) or ""
            last = connection.scalar(
                select(runs.c.number)
                .where(runs.c.audit == number)
                .order_by(runs.c.number.desc())
                .limit(1)
            )
        return AuditRecord(self, number, token, (last or 0) + 1)

    def finished(self, asked: str, since: datetime | None = None) -> str | None:
        """The newest report in JSON that answers this, if it was finished since then; None: ever.

        `asked` is what `AuditRecord.finish` was given; None if there is no such report.
        """
        query = select(reports.c.data).join(audits).where(audits.c.asked == asked)
        with self.database.reading() as connection:
            if since is not None:
                latest = self._database.now(connection) + SKEW
                query = query.where(audits.c.finished >= since, audits.c.finished <= latest)
            newest = query.order_by(audits.c.finished.desc(), audits.c.touched.desc()).limit(1)
            found = connection.scalar(newest)
        return None if found is None else text_of(found, self.place)

    def reports(self, purl: str) -> tuple[str, ...]:
        """Reports in JSON of the finished audits of this package version, the newest first."""
        query = (
            select(reports.c.data)
            .select_from(reports.join(audits).join(artifacts))
            .where(artifacts.c.purl == purl)
            .order_by(audits.c.finished.desc(), audits.c.touched.desc())
        )
        with self.database.reading() as connection:
            found = connection.scalars(query).all()
        return tuple(text_of(own, self.place) for own in found)

    def keep(self, kind: str, key: str, text: str, purl: str = "") -> None:
        """Keep another result: a scan, a fingerprint, a timeline, the state of a watch.

        It takes the place of an older one of this kind and key. On return it survives a crash.
        """
        database = self.database
        with database.writing() as connection:
            content = text.encode("utf-8", "surrogatepass")
            put_result(connection, kind, key, purl, database.now(connection), content)

    def kept(self, kind: str, key: str) -> str | None:
        """The result that was kept last of this kind and key; None if there is none."""
        query = select(results.c.data).where(results.c.kind == kind, results.c.key == key)
        with self.database.reading() as connection:
            found = connection.scalar(query)
        return None if found is None else text_of(found, self.place)

    def results(self) -> tuple[ResultEntry, ...]:
        """All results that `keep` was given, the newest first, without reading them."""
        with self.database.reading() as connection:
            return result_entries(connection)

    def runs(self, number: int) -> tuple[Run, ...]:
        """The runs of an audit, oldest first; none of an audit that is not there.

        One that is damaged, or of a shape that this version does not know, is left out.
        """
        with self.database.reading() as connection:
            return tuple(runs_of(connection, number))

    def listed(self, agent: str | None = None, host: str | None = None) -> tuple[Entry, ...]:
        """All audits, what came last into the store first; no report is read for it.

        `agent` is the id of a profile, or the name or package URL of a package; `host` one that
        the agent asked for or spoke to in any run.
        """
        with self.database.reading() as connection:
            return entries(self._database, connection, agent=agent, host=host)

    def entry(self, number: int) -> Entry:
        """One audit. Raises NotFound if it is not there."""
        with self.database.reading() as connection:
            if found := entries(self._database, connection, ids=(number,)):
                return found[0]
        raise NotFound(
            f"there is no audit {number} in {self.place}",
            means="nothing was done",
            next_step="See what there is with: undeclared store list",
        )

    def report(self, number: int) -> str | None:
        """The report of an audit in JSON; None if it is not finished."""
        with self.database.reading() as connection:
            found = connection.scalar(select(reports.c.data).where(reports.c.audit == number))
        return None if found is None else text_of(found, self.place)

    def findings(self, number: int) -> tuple[FindingRow, ...]:
        """What an audit found, in short, also where its report is of another version."""
        with self.database.reading() as connection:
            return finding_rows(connection, number)

    def hosts(self, number: int) -> tuple[Host, ...]:
        """Whom the agent sent requests in an audit, whether it is finished or not."""
        with self.database.reading() as connection:
            return hosts_of(connection, number)

    def tidy(self, limits: Limits) -> tuple[Entry, ...]:
        """Remove the oldest audits beyond the limits; returns them."""
        return remove_beyond(self.database, limits)


class AuditRecord:
    """One audit, held by this process until it is closed."""

    def __init__(self, store: AuditStore, number: int, token: str, next_run: int) -> None:
        self.number = number
        self._store = store
        self._token: str | None = token
        self._next = next_run
        self._finished = False
        self._known: dict[str, int] = {}
        """Large values that are certainly in the store, since runs of this audit refer to them."""

    @property
    def place(self) -> str:
        """Where it is kept, as `kept_runs` finds it."""
        return f"{self._store.place}#{self.number}"

    def runs(self) -> tuple[Run, ...]:
        """The runs kept so far, oldest first. One that was damaged is left out."""
        return self._store.runs(self.number)

    def add(self, run: Run) -> None:
        """Keep a run: on return it survives a crash of this process or of the machine.

        Raises Incomplete if the store cannot be written, or if the audit was taken over by another
        machine since nothing was kept for longer than `holds.LEASE`; what was kept before stays.
        """
        token = self._held()
        values: dict[str, bytes] = {}

        def keep(value: bytes) -> str:
            digest = hashlib.sha256(value).hexdigest()
            values[digest] = value
            return digest

        packed = pack_run(run, keep)
        new = {own: pack(values[own]) for own in values.keys() - self._known.keys()}
        database = self._store.database
        with database.writing() as connection:
            self._renew(connection, token)
            _heal(connection, values, new)
            put_blobs(connection, new)
            ids = {**self._known, **blob_ids(connection, new)}
            put_run(connection, self.number, self._next, packed, run, [ids[own] for own in values])
        self._known = ids
        self._next += 1

    def finish(self, report_json: str, asked: str = "") -> None:
        """Keep the report; the audit is done, and the next one with this key is a new one.

        `asked` is a digest of what it answers, by which `AuditStore.finished` finds it again.
        Older audits beyond the limits of the store are removed.
        """
        token = self._held()
        database = self._store.database
        with database.writing() as connection:
            self._renew(connection, token)
            put_report(connection, self.number, report_json, asked, database.now(connection))
        self._finished = True
        if self._store._limits is not None:
            # The report is kept. What cannot be removed now will be after another audit.
            with suppress(UndeclaredError):
                remove_beyond(database, self._store._limits)

    def close(self) -> None:
        """Let go of the record; it stays in the store."""
        if self._token is None:
            return
        token, self._token = self._token, None
        # Where that cannot be said, the end of this process says it.
        with suppress(UndeclaredError):
            holds.let_go(self._store.database, self.number, token)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _held(self) -> str:
        if self._token is None or self._finished:
            raise ValueError("the record is closed or finished")
        return self._token

    def _renew(self, connection: Connection, token: str) -> None:
        if not holds.renew(self._store.database, connection, self.number, token):
            raise Incomplete(
                f"audit {self.number} in {self._store.place} was continued by another process",
                means="its runs are kept, and the other process goes on with them",
                next_step="Wait for the other one, or start the same command again.",
            )


def kept_runs(place: str) -> tuple[Run, ...]:
    """The runs of an audit, by the place that its report names (`evidence_folder`).

    The audit may be finished, or still go on; none if it is no longer there.
    """
    where, _, number = place.rpartition("#")
    store = default_store()
    if not number.isdecimal():
        return ()
    if where != store.place:
        if not Path(where).is_file():
            return ()
        store = AuditStore(f"sqlite:///{where}")
    return store.runs(int(number))


def default_store(*, patience: float = PATIENCE) -> AuditStore:
    """The user's store: a file in the folder for state, or what `UNDECLARED_STORE` names."""
    return AuditStore(os.environ.get("UNDECLARED_STORE") or state_folder(), patience=patience)


def state_folder() -> Path:
    """The user's folder for state, or `UNDECLARED_STATE`."""
    chosen = os.environ.get("UNDECLARED_STATE")
    return Path(chosen) if chosen else platformdirs.user_state_path("undeclared")


def _heal(connection: Connection, values: dict[str, bytes], new: dict[str, bytes]) -> None:
    """Write anew what is kept of these values and is damaged."""
    for digest in sorted(new):
        query = select(blobs.c.data).where(blobs.c.sha256 == digest)
        if (packed := connection.scalar(query)) is None:
            continue
        try:
            unpack_blob(packed, digest)
        except Damaged:
            row = {"data": new[digest], "bytes": len(new[digest])}
            connection.execute(update(blobs).where(blobs.c.sha256 == digest).values(row))
