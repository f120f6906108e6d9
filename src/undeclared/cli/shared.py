"""What commands that make a report have in common: their last options, their end."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from undeclared.model import Severity

SEVERITIES = ("low", "medium", "high", "critical")

_Command = TypeVar("_Command", bound=Callable[..., int])


def reported(
    *formats: str, what: str = "report", failing: bool = False
) -> Callable[[_Command], _Command]:
    """The options `--format`, `--output` and `--debug`, and `--fail-on` if it may fail by those."""

    def decorate(command: _Command) -> _Command:
        options = [
            click.option(
                "--format",
                "form",
                type=click.Choice(formats),
                default=formats[0],
                show_default=True,
                help=f"How the {what} is written.",
            ),
            click.option(
                "--output",
                type=click.Path(dir_okay=False, writable=True, path_type=Path),
                callback=writable,
                help=f"Write the {what} to a file instead of stdout.",
            ),
        ]
        if failing:
            options.append(
                click.option(
                    "--fail-on",
                    type=click.Choice(SEVERITIES),
                    help="Exit with 11 to 14 if a finding is this severe or more.",
                )
            )
        options.append(
            click.option("--debug", is_flag=True, help="Show a traceback with an error.")
        )
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def names(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    """A list of names separated by commas."""
    if value is None:
        return None
    found = tuple(name.strip() for name in value.split(","))
    if not all(found):
        raise click.BadParameter("give names separated by commas, such as timezone,base-url-host")
    return found


def writable(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """A file that can be written, asked before the work and not after it."""
    if value is None:
        return None
    folder = value.absolute().parent
    if not value.name:
        raise click.BadParameter("give the name of a file")
    if not folder.is_dir():
        raise click.BadParameter(f"there is no folder {str(value.parent)!r}")
    if not value.exists() and not os.access(folder, os.W_OK):
        raise click.BadParameter(f"no file can be made in the folder {str(value.parent)!r}")
    return value


def verdict(severities: Iterable["Severity"], fail_on: str | None, *, complete: bool) -> int:
    """The exit code for findings this severe.

    A finding at or above the threshold comes first, because it stands whatever else is missing;
    without one, an incomplete report is never a pass.
    """
    from undeclared.model import ExitCode

    if fail_on is not None:
        worst = max((SEVERITIES.index(own) for own in severities), default=-1)
        if worst >= SEVERITIES.index(fail_on):
            return ExitCode.FAILED_LOW + worst
    return ExitCode.DONE if complete else ExitCode.INCOMPLETE


@contextmanager
def terminable() -> Iterator[None]:
    """Treat SIGTERM and the end of the terminal like Ctrl-C.

    So the lab is taken down and the report is made. Who ignores SIGHUP (`nohup`) goes on.
    """
    before = {signal.SIGTERM: signal.getsignal(signal.SIGTERM)}
    if (hang_up := signal.getsignal(signal.SIGHUP)) is not signal.SIG_IGN:
        before[signal.SIGHUP] = hang_up
    for number in before:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
