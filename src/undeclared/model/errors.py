"""The errors that a person sees, and the exit code of each.

Every error says three things: what happened, what that means for the result, and the next step.
`cli/` prints them and exits with `exit_code`; anything else that escapes is a bug of ours.

    UndeclaredError
    ├── UsageError          2   the command line or a file the user wrote is wrong
    ├── NotFound            3   the agent, version, file or registry is not there or not readable
    └── Incomplete          4   part of the analysis could not be done
        └── LabUnavailable  4   this machine cannot hold a sealed lab, so nothing was started
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns; the table is part of the interface."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    NOT_FOUND = 3
    INCOMPLETE = 4
    FAILED_LOW = 11
    FAILED_MEDIUM = 12
    FAILED_HIGH = 13
    FAILED_CRITICAL = 14


class UndeclaredError(Exception):
    """An expected failure, told to the user without a traceback."""

    exit_code: ExitCode = ExitCode.INTERNAL

    def __init__(self, what: str, *, means: str, next_step: str) -> None:
        super().__init__(what)
        self.what = what
        """What happened, one line, no full stop at the end."""
        self.means = means
        """What it means for the result, such as `nothing was audited`."""
        self.next_step = next_step
        """What the user can do now."""

    def __str__(self) -> str:
        return f"{self.what}; {self.means}. {self.next_step}"


class UsageError(UndeclaredError):
    """The command line, a profile or another file that the user wrote is wrong."""

    exit_code = ExitCode.USAGE


class NotFound(UndeclaredError):
    """The input is not there or cannot be read: agent, version, file, registry."""

    exit_code = ExitCode.NOT_FOUND


class Incomplete(UndeclaredError):
    """Part of the analysis could not be done; never a pass."""

    exit_code = ExitCode.INCOMPLETE


class LabUnavailable(Incomplete):
    """This machine cannot hold a lab, or the lab could not prove itself sealed."""
