"""One folder an audit, one file a run.

ROOT/lock                          held shared while a run is added, alone while tidying up
ROOT/evidence/ab/<sha256>.zst      large values, shared by all audits
ROOT/audits/<key>/0001/            one audit: run-00001.json.zst …, report.json, asked, lock
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import platformdirs

from undeclared.model import Incomplete, Run
from undeclared.store.evidence import (
    Damaged,
    Evidence,
    pack_run,
    references,
    told,
    unpack_run,
    write_durably,
)

KEEP = 50
"""Audits kept, besides those that are going on."""
_REPORT = "report.json"
_ASKED = "asked"


class AuditStore:
    """All audits of a user. Safe for several processes."""

    def __init__(self, root: Path, keep: int = KEEP) -> None:
        self.root = root
        self._keep = keep
        self._evidence = Evidence(root / "evidence")

    def open(self, key: str) -> "AuditRecord":
        """Continue the audit with this key that was begun and not finished, or begin one.

        `key` is a hex digest of what is audited and how. One that another process is at work on
        is left to it. Raises Incomplete if the store cannot be written.
        """
        if not re.fullmatch(r"[0-9a-f]{8,128}", key):
            raise ValueError(f"{key!r} is no hex digest")
        folder = self.root / "audits" / key
        try:
            return self._opened(folder)
        except OSError as error:
            raise Incomplete(
                f"the folder for audits {self.root} cannot be written ({error.strerror})",
                means="nothing was run; what was kept before is still there",
                next_step="Make room there, or name another folder in UNDECLARED_STATE.",
            ) from error

    def finished(self, asked: str, since: datetime) -> str | None:
        """The newest report in JSON that answers this, if it was finished since then.

        `asked` is what `AuditRecord.finish` was given; None if there is no such report.
        """
        found = []
        for file in self.root.glob(f"audits/*/*/{_ASKED}"):
            report = file.with_name(_REPORT)
            try:
                if file.read_text(encoding="ascii") == asked:
                    found.append((report.stat().st_mtime, report.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError):
                continue  # tidied away, or not finished
        when, text = max(found, default=(0.0, ""))
        return text if when >= since.timestamp() else None

    def _opened(self, folder: Path) -> "AuditRecord":
        folder.mkdir(parents=True, exist_ok=True)
        for existing in sorted(folder.iterdir()):
            if (lock := _lock(existing)) is None:
                continue
            if not (existing / _REPORT).exists():
                return AuditRecord(existing, lock, self)
            os.close(lock)
        while True:
            number = max((int(one.name) for one in folder.iterdir()), default=0) + 1
            begun = folder / f"{number:04d}"
            try:
                begun.mkdir()
            except FileExistsError:
                continue
            if (lock := _lock(begun)) is not None:
                return AuditRecord(begun, lock, self)

    def _tidy(self) -> None:
        """Remove the oldest audits beyond the limit, and evidence that no run refers to."""
        with self._held(fcntl.LOCK_EX):
            records = sorted(self.root.glob("audits/*/*"), key=lambda one: one.stat().st_mtime)
            for record in records[: max(0, len(records) - self._keep)]:
                if (lock := _lock(record)) is not None:
                    shutil.rmtree(record, ignore_errors=True)
                    os.close(lock)
            wanted: set[str] = set()
            for file in self.root.glob("audits/*/*/run-*.json.zst"):
                try:
                    wanted |= references(file.read_bytes())
                except Damaged:
                    continue
            self._evidence.only(wanted)

    @contextmanager
    def _held(self, how: int) -> Iterator[None]:
        lock = self.root / "lock"
        with told(lock):
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)


class AuditRecord:
    """One audit on disk, held by this process until it is closed."""

    def __init__(self, folder: Path, lock: int, store: AuditStore) -> None:
        self.folder = folder
        self._lock: int | None = lock
        self._store = store
        self._next = 1 + max((int(file.name[4:9]) for file in self._files()), default=0)

    def runs(self) -> tuple[Run, ...]:
        """The runs kept so far, oldest first. One that a crash damaged is left out."""
        found = []
        for file in self._files():
            try:
                found.append(unpack_run(file.read_bytes(), self._store._evidence.fetch))
            except Damaged:
                continue
        return tuple(found)

    def add(self, run: Run) -> None:
        """Keep a run: on return it survives a crash of this process or of the machine.

        Raises Incomplete if the disk is full; what was kept before stays.
        """
        self._check_open()
        with self._store._held(fcntl.LOCK_SH):
            packed = pack_run(run, self._store._evidence.keep)
            write_durably(self.folder / f"run-{self._next:05d}.json.zst", packed)
        self._next += 1

    def finish(self, report_json: str, asked: str = "") -> None:
        """Keep the report; the audit is done, and the next one with this key is a new one.

        `asked` is a digest of what it answers, by which `AuditStore.finished` finds it again.
        """
        self._check_open()
        write_durably(self.folder / _ASKED, asked.encode("ascii"))
        write_durably(self.folder / _REPORT, report_json.encode())
        self._store._tidy()

    def close(self) -> None:
        """Let go of the record; it stays on disk."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._lock is None or (self.folder / _REPORT).exists():
            raise ValueError("the record is closed or finished")

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("run-?????.json.zst"))


def kept_runs(folder: Path) -> tuple[Run, ...]:
    """The runs of an audit in the store, by its folder: it may be finished, or still go on."""
    evidence = Evidence(folder.parents[2] / "evidence")
    found = []
    for file in sorted(folder.glob("run-?????.json.zst")):
        try:
            found.append(unpack_run(file.read_bytes(), evidence.fetch))
        except (Damaged, OSError):
            continue
    return tuple(found)


def default_store() -> AuditStore:
    """The user's store: in the folder for state, or in `UNDECLARED_STATE`."""
    chosen = os.environ.get("UNDECLARED_STATE")
    return AuditStore(Path(chosen) if chosen else platformdirs.user_state_path("undeclared"))


def _lock(folder: Path) -> int | None:
    """Take a record for this process: a handle that holds it, or None if another has it.

    The handle is not inherited by programs that we start, or a forgotten one would keep it.
    """
    try:
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    if not (folder / "lock").exists():
        # It was tidied away between the two steps.
        os.close(handle)
        return None
    return handle
