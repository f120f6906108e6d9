"""The command `undeclared`, and what becomes of an error.

Heavy imports are made inside the commands, so that `undeclared --help` answers at once.
"""

import os
import signal
import sys
import traceback
from collections.abc import Sequence

import click

from undeclared import __version__
from undeclared.cli.audit import audit
from undeclared.cli.bench import bench
from undeclared.cli.compare import compare
from undeclared.cli.diff import diff
from undeclared.cli.doctor import doctor
from undeclared.cli.listing import agents, signals
from undeclared.cli.output import hush, safe_streams
from undeclared.cli.profile import profile
from undeclared.cli.scan import scan
from undeclared.cli.store import store
from undeclared.cli.timeline import timeline

EXIT_CODES = """\b
Exit codes:
  0      done
  1      internal error, a bug of ours
  2      wrong usage
  3      the agent, version or file was not found or is not readable
  4      incomplete: part of the analysis could not be done; never a pass
  11-14  --fail-on: the worst finding is low, medium, high, critical
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(__version__, message="%(prog)s %(version)s")
def undeclared() -> None:
    """Find what a coding agent sends out that nobody declared."""


for command in (
    audit, compare, diff, timeline, scan, agents, signals, profile, store, bench, doctor,
):  # fmt: skip
    undeclared.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; `sys.argv` without arguments. Returns the exit code."""
    safe_streams()
    if arguments is not None:
        return _carry_out(arguments)
    # Work is spread over processes. Products of small matrices are slower, not faster, on several
    # processors, of which the others wait busily; it has to be said before numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return _carry_out(sys.argv[1:])
    finally:
        # The result is out; an impatient Ctrl-C must not take the place of the exit code.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _carry_out(arguments: Sequence[str]) -> int:
    context: click.Context | None = None
    try:
        context = undeclared.make_context("undeclared", list(arguments))
        with context:
            return int(undeclared.invoke(context) or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except BrokenPipeError:
        hush()
        return 0
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        debug = bool(os.environ.get("UNDECLARED_DEBUG")) or bool(
            context and context.meta.get("debug")
        )
        return _failed(error, debug=debug)


def _interrupted() -> int:
    from undeclared.model import ExitCode

    click.echo(
        "interrupted: nothing was concluded; what was measured before is kept, and the same"
        " command goes on from there",
        err=True,
    )
    return ExitCode.INCOMPLETE


def _failed(error: Exception, *, debug: bool) -> int:
    """Tell the user, in terms of what they can do, and choose the exit code."""
    from undeclared.catalogue import CatalogueError
    from undeclared.model import ExitCode, UndeclaredError, UsageError

    if isinstance(error, CatalogueError):
        error = UsageError(
            str(error), means="nothing was done", next_step="Correct the file and try again."
        )
    if isinstance(error, UndeclaredError):
        _say("error", error.what)
        _say("means", error.means)
        _say("next step", error.next_step)
        code = error.exit_code
    else:
        _say("error", f"{type(error).__name__}: {error}")
        _say("means", "this is a bug of ours; no result of this command can be relied on")
        _say("next step", "Run it again with UNDECLARED_DEBUG=1 and report what it prints.")
        code = ExitCode.INTERNAL
    if debug:
        traceback.print_exception(error)
    return code


def _say(label: str, text: str) -> None:
    """One line on stderr; the text may quote an agent or a registry."""
    from undeclared.report.escape import lines

    click.echo(f"{label}: {lines(text)}", err=True)
