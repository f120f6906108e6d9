"""Files are analysed apart: whatever one does, the others get their result."""

import faulthandler
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from undeclared.model import FileKind, Omission, SourceFile
from undeclared.static.apart import DEFAULT, LOT_FILES, Task, apart

SHORT = DEFAULT._replace(seconds=0.3, seconds_per_mb=0.0)


def file(name: str, data: bytes | memoryview = b"x") -> SourceFile:
    return SourceFile(name, FileKind.TEXT, data)


def tasks(work, *names):
    return [Task(file(name), work) for name in names]


def path(file: SourceFile) -> str:
    return file.path


def test_results_come_in_the_order_of_the_tasks():
    def work(file):
        time.sleep(0.05 if file.path == "0" else 0)
        return file.path

    names = [str(number) for number in range(3 * LOT_FILES)]
    assert list(apart(tasks(work, *names), jobs=3)) == names


def test_large_files_are_not_copied():
    data = memoryview(bytearray(b"a" * (8 << 20)))
    work = Task(file("large", data), lambda own: (os.getpid(), bytes(own.data[-1:])))
    ((pid, last),) = apart([work])
    assert last == b"a"
    assert pid != os.getpid()


def die(number):
    def work(file):
        if file.path == "bad":
            faulthandler.disable()  # it tells the whole stack of the test
            os.kill(os.getpid(), number)
        return file.path

    return work


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM])
def test_a_crash_costs_one_file(number):
    found = list(apart(tasks(die(number), "a", "bad", "b", "c")))
    assert [each for each in found if isinstance(each, str)] == ["a", "b", "c"]
    assert found[1] == Omission(
        path="bad", what=f"the process that analysed it ended with signal {int(number)}"
    )


def test_a_hang_costs_one_file_and_its_time():
    def work(file):
        if file.path == "bad":
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
            while True:
                time.sleep(1)
        return file.path

    began = time.monotonic()
    found = list(apart(tasks(work, "a", "bad", "b"), allowance=SHORT))
    assert found[::2] == ["a", "b"]
    assert found[1].what == "its analysis took more than 0 seconds"
    assert time.monotonic() - began < 10


def test_a_busy_loop_costs_one_file_and_its_time():
    def work(file):
        while file.path == "bad":
            pass
        return file.path

    found = list(apart(tasks(work, "a", "bad", "b"), allowance=SHORT))
    assert found[::2] == ["a", "b"]
    assert "took more than" in found[1].what


def test_time_is_that_of_a_processor():
    def work(file):
        time.sleep(0.6)
        return file.path

    assert list(apart(tasks(work, "slow"), allowance=SHORT)) == ["slow"]


def test_what_a_hanging_analysis_has_started_ends_with_it(tmp_path):
    note = tmp_path / "pid"

    def work(file):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        note.write_text(str(child.pid))
        child.wait()

    list(apart(tasks(work, "bad"), allowance=DEFAULT._replace(seconds=0.5, seconds_per_mb=0)))
    pid = int(note.read_text())
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state in "ZX":
            return
        time.sleep(0.05)
    pytest.fail("the process lives on")


def test_a_failure_costs_one_file_and_says_what_it_was():
    def work(file):
        if file.path == "bad":
            raise ValueError("no\nsuch\x00 thing" + "!" * 500)
        return file.path

    found = list(apart(tasks(work, "bad", "b")))
    assert found[1] == "b"
    assert found[0].what.startswith("its analysis failed (ValueError: no such")
    assert len(found[0].what) < 300


def test_memory_without_end_costs_one_file():
    def work(file):
        return len(b"x" * (1 << 30)) if file.path == "bad" else file.path

    found = list(apart(tasks(work, "bad", "b"), allowance=DEFAULT._replace(memory=256 << 20)))
    assert found == [Omission(path="bad", what="its analysis ran out of memory"), "b"]


def test_a_result_that_cannot_be_read_costs_one_file():
    class Odd:
        def __reduce__(self):
            return int, ("no number",)

    def work(file):
        return Odd() if file.path == "bad" else file.path

    found = list(apart(tasks(work, "a", "bad", "b")))
    assert found[::2] == ["a", "b"]
    assert "no result that can be read" in found[1].what


def test_files_are_drawn_as_they_are_needed():
    drawn = []

    def source():
        for number in range(20):
            drawn.append(number)
            yield Task(file(str(number), b"x" * (2 << 20)), path)

    results = apart(source(), jobs=2)
    assert next(results) == "0"
    assert len(drawn) < 10
    results.close()


def test_time_for_all_together_is_limited():
    def source():
        for number in range(5):
            time.sleep(0.05)
            yield Task(file(str(number), b"x" * (2 << 20)), path)

    found = list(apart(source(), allowance=DEFAULT._replace(whole=0.1)))
    assert isinstance(found[-1], Omission)
    assert "were used up" in found[-1].what
    assert len(found) < 6


def children() -> set[str]:
    """Processes of this one, those included that nobody has waited for."""
    threads = Path("/proc/self/task").iterdir()
    return {number for one in threads for number in (one / "children").read_text().split()}


def test_nothing_is_left_behind():
    before = children()
    list(apart(tasks(die(signal.SIGKILL), "a", "bad", "b")))
    assert children() == before


def test_no_files_no_results():
    assert list(apart([])) == []
