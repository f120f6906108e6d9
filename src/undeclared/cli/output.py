"""Where results go, and how wide and colourful they may be."""

import os
import shutil
import sys
from pathlib import Path

PLAIN_WIDTH = 100
"""Columns where stdout is no terminal."""
WIDEST = 120
"""Longer lines are hard to read, however wide the terminal."""


def safe_streams() -> None:
    """Never fail on a character that the terminal's encoding lacks, nor on a closed stream."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # started with `>&-`
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def width() -> int:
    """Columns of text written to stdout."""
    if not sys.stdout.isatty():
        return PLAIN_WIDTH
    return min(shutil.get_terminal_size((PLAIN_WIDTH, 40)).columns, WIDEST)


def colour() -> bool:
    """Whether stdout may be coloured (https://no-color.org)."""
    allowed = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return allowed and sys.stdout.isatty()


def deliver(text: str, file: Path | None = None) -> None:
    """Write a result to a file, or to stdout.

    A reader that has read enough (`| head`) is no error: the exit code still tells the result.
    Raises Incomplete if it cannot be written; what was meant for a file is then on stdout.
    """
    from undeclared.model import Incomplete

    if file is not None:
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            deliver(text)
            raise Incomplete(
                f"{file} could not be written: {error.strerror}",
                means="the result is on stdout instead",
                next_step="Keep it from there, or run the command again with another --output.",
            ) from error
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        hush()
    except OSError as error:
        hush()
        raise Incomplete(
            f"the result could not be written to stdout: {error.strerror}",
            means="it is not complete there",
            next_step="Run the command again with --output FILE.",
        ) from error


def hush() -> None:
    """Let Python's last flush of a closed stdout go nowhere (Python docs, note on SIGPIPE)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
