"""Work on workers of this machine: each item once, whatever becomes of a worker."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from undeclared.cluster import run_many
from undeclared.cluster.workers import Verdict
from undeclared.model import Frozen, Incomplete, LabUnavailable, NotFound, UsageError

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # of distributed, at its end


class Task(Frozen):
    name: str
    folder: Path


class Answer(Frozen):
    said: str


class Told:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.stages: list[tuple[str, int, int]] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def advance(self, stage: str, done: int, total: int) -> None:
        self.stages.append((stage, done, total))


def able(_: Frozen, watch: object) -> Verdict:
    return Verdict()


def unable(_: Frozen, watch: object) -> Verdict:
    return Verdict(reason="there are no namespaces")


def work(task: Task, watch: Told) -> Answer:
    began = task.folder / f"{task.name}.began"
    first = not began.exists()
    with began.open("a") as file:
        file.write("x")
    watch.say(f"at {task.name}")
    watch.advance("runs", 1, 2)
    if task.name == "killer" and first:
        (task.folder / "pid").write_text(str(os.getpid()))
        os.kill(os.getppid(), signal.SIGKILL)  # the worker, which knows of nothing any more
        time.sleep(60)
    if task.name == "failing":
        raise Incomplete("it failed", means="nothing was measured", next_step="Try again.")
    if task.name == "slow":
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            return Answer(said="slow, in part")
    return Answer(said=task.name)


def ended(pid: int) -> bool:
    """Whether a process is gone, or will be in a moment."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_every_item_is_done_once_though_a_worker_is_killed(tmp_path):
    items = [Task(name=own, folder=tmp_path) for own in ("a", "killer", "failing", "b")]
    told = Told()
    done = list(run_many(work, items, told, label=lambda own: own.name, verdict=able))
    assert sorted(item.name for item, _ in done) == ["a", "b", "failing", "killer"]
    results = {item.name: result for item, result in done}
    assert isinstance(results["failing"], Incomplete)
    assert results["failing"].next_step == "Try again."
    assert results["killer"] == Answer(said="killer")
    assert (tmp_path / "killer.began").read_text() == "xx"
    assert ended(int((tmp_path / "pid").read_text())), "what worked for the lost worker goes on"
    assert "a: at a" in told.said
    assert ("b: runs", 1, 2) in told.stages


def test_an_interrupt_ends_what_is_at_work_in_order(tmp_path):
    items = [Task(name="slow", folder=tmp_path), *(
        Task(name=f"never-{number}", folder=tmp_path) for number in range(3))]  # fmt: skip
    done: list[object] = []

    def press() -> None:
        while not (tmp_path / "slow.began").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    processors = os.cpu_count() or 1  # one worker, so that the others wait
    results = run_many(work, items, Told(), verdict=able, processors=processors)
    done.append(next(results))
    with pytest.raises(KeyboardInterrupt):
        next(results)
    presser.join()
    assert done == [(items[0], Answer(said="slow, in part"))]
    assert not list(tmp_path.glob("never-*"))


def test_workers_that_cannot_run_a_lab_are_given_nothing(tmp_path):
    told = Told()
    with pytest.raises(LabUnavailable, match="there are no namespaces"):
        list(run_many(work, [Task(name="a", folder=tmp_path)], told, verdict=unable))
    assert not list(tmp_path.iterdir())
    assert "is left out: there are no namespaces" in told.said[0]


@pytest.mark.parametrize(
    ("address", "error"), [("tcp://127.0.0.1:1", NotFound), ("gopher://x", UsageError)]
)
def test_a_cluster_that_is_not_there_is_told(tmp_path, monkeypatch, address, error):
    monkeypatch.setattr("undeclared.cluster.connection._WAIT", "1s")
    with pytest.raises(error):
        list(run_many(work, [Task(name="a", folder=tmp_path)], Told(), cluster=address))
