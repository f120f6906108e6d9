"""Every error says what happened, what it means and what to do, and has its exit code."""

import pytest

from undeclared.model import (
    ExitCode,
    Incomplete,
    LabUnavailable,
    NotFound,
    UndeclaredError,
    UsageError,
)


@pytest.mark.parametrize(
    ("kind", "code"),
    [(UndeclaredError, 1), (UsageError, 2), (NotFound, 3), (Incomplete, 4), (LabUnavailable, 4)],
)
def test_each_error_has_its_exit_code(kind: type[UndeclaredError], code: int) -> None:
    assert kind("x", means="y", next_step="z").exit_code == code


def test_the_exit_codes_are_the_published_ones() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "INTERNAL": 1,
        "USAGE": 2,
        "NOT_FOUND": 3,
        "INCOMPLETE": 4,
        "FAILED_LOW": 11,
        "FAILED_MEDIUM": 12,
        "FAILED_HIGH": 13,
        "FAILED_CRITICAL": 14,
    }


def test_a_lab_that_cannot_be_held_is_an_incomplete_analysis() -> None:
    with pytest.raises(Incomplete):
        raise LabUnavailable("no namespaces", means="nothing was started", next_step="Ask root.")


def test_an_error_reads_as_three_statements() -> None:
    error = NotFound("no version 9 of tool", means="nothing was audited", next_step="Try 8.")
    assert str(error) == "no version 9 of tool; nothing was audited. Try 8."
    assert (error.what, error.means, error.next_step) == (
        "no version 9 of tool",
        "nothing was audited",
        "Try 8.",
    )


@pytest.mark.parametrize("missing", ["means", "next_step"])
def test_an_error_cannot_leave_a_statement_out(missing: str) -> None:
    statements = {"means": "nothing was audited", "next_step": "Try 8."}
    del statements[missing]
    with pytest.raises(TypeError, match=missing):
        NotFound("no version 9 of tool", **statements)
