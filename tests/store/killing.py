"""Processes that write to one store and are killed, again and again, at random points."""

import ctypes
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from runs import run

from undeclared.store import AuditStore, Limits
from undeclared.store.checking import check

KEYS = [f"{number:08x}" for number in range(3)]
"""Fewer audits than processes, so that they meet."""
_PR_SET_PDEATHSIG = 1
UNLIMITED = Limits(audits=None, bytes=None)


@dataclass
class Counts:
    """What was done, what was said to be kept, and what of that is gone."""

    kills: int = 0
    runs_said: int = 0
    runs_there: int = 0
    audits_said: int = 0
    audits_there: int = 0
    missing: int = 0
    """Runs or reports that were said to be kept and are not there, or are not as they were."""
    problems: tuple[str, ...] = ()


def opened(where: str) -> AuditStore:
    return AuditStore(where if "://" in where else Path(where), UNLIMITED)


def content(process: str, number: int) -> bytes:
    """What a process sends in its runs: one part is the same for all, one is its own."""
    return random.Random(f"{process} {number}").randbytes(3000) if number % 3 else b"same" * 5000


def work(where: str, process: str, said: TextIO) -> None:
    """Add runs and finish audits until killed; says each, once it is said to be kept."""
    store = opened(where)
    chance = random.Random(process)
    number = 0
    while True:
        with store.open(chance.choice(KEYS)) as record:
            for _ in range(chance.randint(1, 6)):
                record.add(run(number, process.encode() + b" " + content(process, number)))
                print("run", record.number, number, file=said, flush=True)
                number += 1
            if chance.random() < 0.5:
                record.finish(f'{{"agent": "{process}-{number}"}}', f"{process}-{number}")
                print("audit", record.number, f"{process}-{number}", file=said, flush=True)


def kill_often(where: Path | str, *, processes: int, kills: int, seed: int) -> Counts:
    """Start processes, kill one at a time with SIGKILL and start another; see what is left."""
    chance = random.Random(seed)
    names = (f"p{number}" for number in range(10**6))
    said: dict[str, list[list[str]]] = {}
    alive = [_Process(str(where), next(names)) for _ in range(processes)]
    counts = Counts()
    try:
        while counts.kills < kills:
            index = chance.randrange(len(alive))
            said[alive[index].name] = alive[index].killed(chance.randrange(5), chance.random() / 20)
            alive[index] = _Process(str(where), next(names))
            counts.kills += 1
    finally:
        for own in alive:
            said[own.name] = own.killed()
            counts.kills += 1
    _look(opened(str(where)), said, counts)
    return counts


class _Process:
    """A process that is forked, since one that is started anew would take long to load."""

    def __init__(self, where: str, name: str) -> None:
        self.name = name
        reader, writer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
                os.close(reader)
                work(where, name, os.fdopen(writer, "w"))
            finally:
                os._exit(1)
        os.close(writer)
        self._said = os.fdopen(reader)

    def killed(self, after: int = 0, seconds: float = 0.0) -> list[list[str]]:
        """Kill it, so long after it said so much; the words of each line that it said whole."""
        with self._said:
            lines = [self._said.readline() for _ in range(after)]
            time.sleep(seconds)
            os.kill(self._pid, signal.SIGKILL)
            lines += self._said.readlines()
        _, status = os.waitpid(self._pid, 0)
        if os.WTERMSIG(status) != signal.SIGKILL:
            raise RuntimeError(f"process {self.name} ended by itself")
        return [line.split() for line in lines if line.endswith("\n")]


def _look(store: AuditStore, said: dict[str, list[list[str]]], counts: Counts) -> None:
    entries = store.listed()
    kept = {(own.id, one.flows[0].request.body) for own in entries for one in store.runs(own.id)}
    counts.runs_there = sum(own.runs for own in entries)
    counts.audits_there = sum(own.finished is not None for own in entries)
    for name, kind, audit, what in _said(said):
        if kind == "run":
            counts.runs_said += 1
            body = name.encode() + b" " + content(name, int(what))
            counts.missing += (audit, body) not in kept
        else:
            counts.audits_said += 1
            counts.missing += store.finished(what) != f'{{"agent": "{what}"}}'
    counts.problems = check(store).problems


def _said(said: dict[str, list[list[str]]]) -> Iterator[tuple[str, str, int, str]]:
    for name, lines in said.items():
        for kind, audit, what in lines:
            yield name, kind, int(audit), what
