"""A second process works ahead, and whatever becomes of it is told here."""

import os
import signal

import pytest

from undeclared.static.beside import beside


def test_results_come_in_order_from_another_process():
    with beside(os.getpid() + number for number in range(3)) as results:
        first = next(results)
        assert list(results_of(results, 2)) == [first + 1, first + 2]
    with pytest.raises(ChildProcessError):
        os.waitpid(first, os.WNOHANG)
    assert first != os.getpid()


def results_of(results, number):
    return [next(results) for _ in range(number)]


def test_what_fails_there_fails_here():
    def work():
        yield "before"
        raise ValueError("no such thing")

    with beside(work()) as results:
        assert next(results) == "before"
        with pytest.raises(RuntimeError, match="ValueError: no such thing"):
            next(results)


def test_no_memory_there_is_none_here():
    def work():
        raise MemoryError
        yield

    with beside(work()) as results, pytest.raises(MemoryError):
        next(results)


def test_a_process_that_is_gone_is_an_error():
    def work():
        os.kill(os.getpid(), signal.SIGKILL)
        yield 1

    with beside(work()) as results, pytest.raises(RuntimeError, match="ended"):
        next(results)


def test_a_process_that_nobody_waits_for_is_ended():
    def work():
        yield os.getpid()
        signal.pause()

    with beside(work()) as results:
        pid = next(results)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
