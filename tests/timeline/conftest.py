"""An agent with a history, and probes that answer from it at once."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

import undeclared.timeline as stages
from undeclared.model import (
    FindingKind,
    Incomplete,
    Probe,
    ProbedBy,
    Release,
    Severity,
    Signal,
    Trait,
    UndeclaredError,
)
from undeclared.store import default_store
from undeclared.timeline import TimelineRequest, searching
from undeclared.timeline.probing import KEPT

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def mark(name="m", severity=Severity.HIGH, **fields):
    return Trait(
        id=f"mark-{name}", kind=FindingKind.MARK, severity=severity, title=f"Mark {name}",
        channel="text.codepoint", signals=("timezone",), place=f"{name} body", p_value=0.0001,
        **fields,
    )  # fmt: skip


def hidden(name="h"):
    return Trait(
        id=f"hidden-constants-{name}", kind=FindingKind.HIDDEN_CONSTANTS,
        severity=Severity.MEDIUM, title=f"List {name}", constants=("Asia/Tokyo",),
    )  # fmt: skip


@dataclass
class History:
    """Which of many versions have what; by code and by run."""

    count: int = 40
    marked: range = range(0)
    listed: range | None = None
    """Versions whose code has the list; those that are marked where it is None."""
    broken: set[int] = field(default_factory=set)
    interrupt_after: int | None = None
    made: list[tuple[str, int]] = field(default_factory=list)
    """What was looked into, in order: `("code", 3)`."""
    requests: list[object] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def releases(self, *_):
        return tuple(
            Release(version=f"1.0.{own}", published=(at := BEGAN + timedelta(own)), by=at)
            for own in range(self.count)
        )

    def probe(self, request, by):
        number = int(request.version.rpartition(".")[2])
        if self.interrupt_after is not None and len(self.made) >= self.interrupt_after:
            raise KeyboardInterrupt
        self.made.append((by.value, number))
        self.requests.append(request)
        if number in self.broken:
            raise Incomplete("it does not run", means="nothing", next_step="None")
        listed = self.marked if self.listed is None else self.listed
        traits = (hidden(),) if by is ProbedBy.CODE else (mark(),)
        found = Probe(
            version=request.version,
            by=by,
            traits=traits if number in (listed if by is ProbedBy.CODE else self.marked) else (),
            detectable=0.3 if by is ProbedBy.RUN else None,
            runs=10 if by is ProbedBy.RUN else 0,
            varied=(Signal(id="timezone", levels=("Etc/UTC",)),) if by is ProbedBy.RUN else (),
            downloaded=1_000_000 if by is ProbedBy.CODE else 0,
        )
        default_store().keep(KEPT, request.key, found.model_dump_json())
        return found

    def looked(self, by):
        return sorted(number for own, number in self.made if own == by)

    def say(self, text):
        self.said.append(text)

    def advance(self, stage, done, total):
        pass

    def timeline(self, **fields):
        return stages.timeline(TimelineRequest(**{"agent": "claude-code", **fields}), self)


@pytest.fixture
def history(monkeypatch, tmp_path):
    """A `History` to fill, in place of the registry, the processes and the lab."""
    own = History()

    def in_this_process(work, items, watch, *, at_once=1, label=None):
        by = ProbedBy.CODE if work is searching.by_code else ProbedBy.RUN
        for item in items:
            try:
                yield item, own.probe(item, by)
            except UndeclaredError as error:
                yield item, error

    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("UNDECLARED_STORE", raising=False)
    monkeypatch.setattr(searching, "run_many", in_this_process)
    monkeypatch.setattr(stages, "releases", own.releases)
    monkeypatch.setattr(stages, "require_isolation", lambda: None)
    return own
