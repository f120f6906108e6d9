"""Several audits in a row, with downloads and the audits themselves replaced."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

import undeclared.compare as stages
from undeclared.acquire import Acquired, Cache, Reference
from undeclared.audit import REUSED, AuditRequest, _answered, _asked
from undeclared.catalogue import agents, scenarios
from undeclared.catalogue.agent import Checked
from undeclared.experiment import make_plan
from undeclared.model import (
    AuditState,
    ComparisonReport,
    Incomplete,
    LabUnavailable,
    NotFound,
    Report,
    UndeclaredError,
    UsageError,
)
from undeclared.store import AuditStore

SAMPLE = Path(__file__).parents[1] / "report" / "golden" / "report.json"
EVERY = list(agents())
FIRST, SECOND, THIRD = EVERY[:3]
REQUEST = AuditRequest(agent="", reuse=True)


def sample(agent: str = "vendor-agent", *, interrupted: bool = False) -> Report:
    report = Report.model_validate_json(SAMPLE.read_text(encoding="utf-8"))
    update = {"complete": not interrupted, "interrupted": interrupted, "problems": ()}
    coverage = report.coverage.model_copy(update=update)
    return report.model_copy(update={"agent": agent, "coverage": coverage})


@dataclass
class Heard:
    """Remembers what it is told."""

    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def advance(self, stage: str, done: int, total: int) -> None:
        self.said.append(f"{stage} {done}/{total}")


@dataclass
class World:
    """What acquiring and auditing do in this test; by the name of a package, or for all."""

    audited: list[AuditRequest] = field(default_factory=list)
    acquired: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    downloading: Callable[[str], None] = lambda name: None
    auditing: Callable[[str], Report] = sample
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acquire(self, reference: Reference, cache: Cache, say: Callable[[str], None]) -> Acquired:
        with self.lock:
            self.acquired.append(reference.profile.id)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.downloading(reference.profile.id)
        finally:
            with self.lock:
                self.at_once -= 1
        kind = reference.registry or "generic"
        purl = f"pkg:{kind}/{reference.name.replace('@', '%40')}@{reference.version or '9.9.9'}"
        return Acquired(
            purl=purl, name=reference.name, version=reference.version or "9.9.9", sha256="a", size=1
        )

    def audit(self, request: AuditRequest, watch: Heard) -> Report:
        self.audited.append(request)
        watch.say("planned")
        name = stages.parse_reference(request.agent).profile.id
        return self.auditing(name)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(stages, "acquire", made.acquire)
    monkeypatch.setattr(stages, "audit_apart", made.audit)
    monkeypatch.setattr(stages, "require_isolation", lambda: None)
    return made


def states(page: ComparisonReport) -> list[tuple[str, AuditState]]:
    return [(own.name, own.state) for own in page.agents]


def failing(name: str, error: BaseException) -> Callable[[str], Report]:
    def act(agent: str) -> Report:
        if agent == name:
            raise error
        return sample(agent)

    return act


def gone() -> UndeclaredError:
    return NotFound("it is gone", means="nothing was audited", next_step="Look elsewhere.")


def test_all_of_the_catalogue_in_its_order(world):
    page = stages.audit_several((), REQUEST, Heard())
    assert states(page) == [(name, AuditState.COMPLETE) for name in EVERY]
    assert page.complete


def test_downloads_are_at_the_same_time_and_before_the_audits(world):
    together = threading.Barrier(3, timeout=30)  # it opens only for three at once

    def downloading(name: str) -> None:
        assert not world.audited
        together.wait()

    world.downloading = downloading
    watch = Heard()
    stages.audit_several((FIRST, SECOND, THIRD), REQUEST, watch)
    assert world.most_at_once == 3
    assert "packages 3/3" in watch.said
    assert f"{SECOND} 9.9.9: agent 2 of 3" in watch.said
    assert f"{SECOND}: planned" in watch.said


def test_what_was_downloaded_is_what_is_audited(world):
    """The newest version may be another by the time of the audit."""
    stages.audit_several((FIRST, f"{SECOND}@1.2.3"), REQUEST, Heard())
    assert [own.agent.rpartition("@")[2] for own in world.audited] == ["9.9.9", "1.2.3"]
    assert all(own.agent.startswith("pkg:") for own in world.audited)


@pytest.mark.parametrize("stage", ["downloading", "auditing"])
def test_one_that_fails_says_why_and_the_others_go_on(world, stage):
    setattr(world, stage, failing(SECOND, gone()))
    page = stages.audit_several((FIRST, SECOND, THIRD), REQUEST, Heard())
    assert [own.state for own in page.agents] == [
        AuditState.COMPLETE, AuditState.NOT_AUDITED, AuditState.COMPLETE
    ]  # fmt: skip
    assert page.agents[1].problems == ("it is gone. Look elsewhere.",)
    assert not page.complete


def test_a_bug_of_ours_is_no_result_of_an_agent(world):
    world.auditing = failing(SECOND, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        stages.audit_several((FIRST, SECOND), REQUEST, Heard())


def test_an_interruption_keeps_what_is_finished(world):
    def auditing(name: str) -> Report:
        return sample(name, interrupted=name == SECOND)

    world.auditing = auditing
    page = stages.audit_several((FIRST, SECOND, THIRD), REQUEST, Heard())
    assert states(page) == [
        (FIRST, AuditState.COMPLETE), (SECOND, AuditState.INCOMPLETE),
        (THIRD, AuditState.NOT_AUDITED),
    ]  # fmt: skip
    assert "same command goes on" in page.agents[2].problems[0]
    assert len(world.audited) == 2


def test_an_interruption_before_the_runs_keeps_it_too(world):
    world.auditing = failing(SECOND, KeyboardInterrupt())
    page = stages.audit_several((FIRST, SECOND), REQUEST, Heard())
    assert [own.state for own in page.agents] == [AuditState.COMPLETE, AuditState.NOT_AUDITED]


def test_an_interruption_of_the_downloads_audits_nothing(world):
    def downloading(name: str) -> None:
        if name == FIRST:
            raise KeyboardInterrupt
        time.sleep(0.01)

    world.downloading = downloading
    page = stages.audit_several((FIRST, SECOND), REQUEST, Heard())
    assert world.audited == []
    assert {own.state for own in page.agents} == {AuditState.NOT_AUDITED}


@pytest.fixture
def unmovable(monkeypatch):
    """One agent whose model cannot be moved."""
    able = stages.applicable
    monkeypatch.setattr(
        stages,
        "applicable",
        lambda own, spec: able(own, spec) and (own.id != SECOND or spec.id != "base-url-host"),
    )


def test_a_signal_is_left_out_where_an_agent_cannot_be_given_it(world, unmovable):
    request = REQUEST.model_copy(
        update={
            "signals": ("timezone", "base-url-host"),
            "extra_levels": (("base-url-host", "x.example.com"), ("timezone", "Asia/Kabul")),
        }
    )
    stages.audit_several((), request, Heard())
    for name, asked in zip(EVERY, world.audited, strict=True):
        both = ("timezone", "base-url-host")
        assert asked.signals == (both if name != SECOND else both[:1])
        assert {signal for signal, _ in asked.extra_levels} == set(asked.signals)


def test_an_agent_that_can_be_given_none_of_the_signals_is_not_audited(world, unmovable):
    request = REQUEST.model_copy(update={"signals": ("base-url-host",)})
    page = stages.audit_several((), request, Heard())
    assert [own.name for own in page.agents if own.state is AuditState.NOT_AUDITED] == [SECOND]
    assert all("none of the signals" in own.problems[0] for own in page.agents if own.problems)


def test_traffic_of_each_has_a_folder_of_its_own(world, tmp_path):
    request = REQUEST.model_copy(update={"har": tmp_path})
    stages.audit_several((FIRST, SECOND), request, Heard())
    assert len({own.har for own in world.audited}) == 2
    assert all(own.har.parent == tmp_path for own in world.audited if own.har)


@pytest.mark.parametrize(
    ("names", "update", "error"),
    [
        (("no-such-agent",), {}, NotFound),
        ((), {"signals": ("no-such-signal",)}, UsageError),
    ],
)
def test_what_does_not_exist_is_told_before_anything_is_downloaded(world, names, update, error):
    with pytest.raises(error):
        stages.audit_several((FIRST, *names), REQUEST.model_copy(update=update), Heard())
    assert world.acquired == []


def test_without_a_lab_nothing_is_downloaded(world, monkeypatch):
    def refuse() -> None:
        raise LabUnavailable("no namespaces", means="nothing was run", next_step="Allow them.")

    monkeypatch.setattr(stages, "require_isolation", refuse)
    with pytest.raises(LabUnavailable):
        stages.audit_several((), REQUEST, Heard())
    assert world.acquired == []


@pytest.fixture
def asked():
    """Digest of what a request asks of one version."""

    def asked(version: str = "1.0.0", **fields: object) -> str:
        profile = agents()[FIRST]
        request = REQUEST.model_copy(update=fields)
        plan = make_plan(profile, names=request.signals, replicates=request.replicates)
        acquired = Acquired(purl=f"p@{version}", name="p", version=version, sha256="a", size=1)
        return _asked(request, profile, plan, acquired, scenarios()["command"])

    return asked


def test_a_report_is_reused_only_where_everything_is_the_same(asked):
    same = {asked(), asked(jobs=1), asked(fresh=True), asked(agent="another name of it")}
    others = [
        asked("1.0.1"), asked(opt_outs=False), asked(scan=False), asked(signals=("timezone",)),
        asked(replicates=3), asked(seed=1),
    ]  # fmt: skip
    assert len(same) == 1
    assert len({*same, *others}) == 1 + len(others)


def test_noting_a_check_in_a_profile_repeats_no_audit(asked, monkeypatch):
    before = asked()
    checked = Checked(version="1.0.0", date="2026-11-23")
    profile = agents()[FIRST].model_copy(update={"checked": checked})
    monkeypatch.setitem(globals(), "agents", lambda: {FIRST: profile})
    assert asked() != asked("1.0.1")
    assert asked() == before


def test_only_a_complete_report_of_today_is_reused(tmp_path, monkeypatch, asked):
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path))
    now = datetime.now(UTC)

    def keep(key: str, report: Report, digest: str) -> None:
        with AuditStore(tmp_path).open(key * 64) as record:
            record.finish(report.model_dump_json(), digest)

    keep("a", sample("first"), asked())
    keep("b", sample("half", interrupted=True), asked("2.0.0"))
    found = _answered(REQUEST, asked(), now)
    assert found == sample("first")
    assert _answered(REQUEST, asked("2.0.0"), now) is None
    assert _answered(REQUEST, asked("3.0.0"), now) is None
    assert _answered(REQUEST.model_copy(update={"fresh": True}), asked(), now) is None
    assert _answered(REQUEST.model_copy(update={"har": tmp_path}), asked(), now) is None
    assert _answered(REQUEST, asked(), now + 2 * REUSED) is None


def test_an_incomplete_error_is_told_in_one_line():
    error = Incomplete("no Python suits", means="nothing was audited", next_step="Install one.")
    watch = Heard()
    found = stages._unaudited(agents()[FIRST], error, watch)
    assert found.problem == "no Python suits. Install one."
    assert watch.said == ["not audited: no Python suits"]


def test_several_are_audited_on_a_cluster(world, monkeypatch):
    asked: list[object] = []

    def run_many(work, items, watch, *, cluster, processors, label):
        asked.append((cluster, processors, [label(own) for own in items]))
        yield items[1], gone()
        yield items[0], sample(FIRST)

    monkeypatch.setattr("undeclared.cluster.run_many", run_many)
    request = REQUEST.model_copy(update={"jobs": 2})
    page = stages.audit_several(
        (FIRST, SECOND), request, Heard(), cluster="tcp://198.51.100.1:8786"
    )
    assert asked == [("tcp://198.51.100.1:8786", 2, [FIRST, SECOND])]
    assert states(page) == [(FIRST, AuditState.COMPLETE), (SECOND, AuditState.NOT_AUDITED)]
    assert world.audited == []
