"""Every error says what happened, what it means and what to do; only bugs show a traceback."""

import subprocess
import sys

import pytest

from undeclared.catalogue import CatalogueError
from undeclared.model import Incomplete, LabUnavailable, NotFound, UndeclaredError, UsageError


@pytest.mark.parametrize(
    ("kind", "code"),
    [(UsageError, 2), (NotFound, 3), (Incomplete, 4), (LabUnavailable, 4)],
)
def test_expected_errors(run, audit, kind: type[UndeclaredError], code: int):
    audit.raises = kind("it rained", means="nothing was audited", next_step="Wait.")
    result = run("audit", "vendor-agent")
    assert result.code == code
    assert result.stdout == ""
    assert result.stderr == "error: it rained\nmeans: nothing was audited\nnext step: Wait.\n"


def test_a_wrong_file_of_the_user_is_wrong_usage(run, audit):
    audit.raises = CatalogueError("mine.yaml: wire: Field required")
    result = run("audit", "vendor-agent")
    assert result.code == 2
    assert result.stderr.startswith("error: mine.yaml: wire: Field required\n")


def test_anything_else_is_a_bug_of_ours(run, audit):
    audit.raises = ZeroDivisionError("division by zero")
    result = run("audit", "vendor-agent")
    assert result.code == 1
    assert "a bug of ours" in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_shows_the_traceback(run, audit, monkeypatch):
    audit.raises = ZeroDivisionError("division by zero")
    assert "Traceback" in run("audit", "vendor-agent", "--debug").stderr
    monkeypatch.setenv("UNDECLARED_DEBUG", "1")
    assert "Traceback" in run("audit", "vendor-agent").stderr


def test_an_error_that_quotes_an_agent_is_escaped(run, audit):
    audit.raises = NotFound("it said \x1b[2J\u202e", means="nothing", next_step="Wait.")
    assert run("audit", "vendor-agent").stderr.startswith("error: it said ⟨U+001B⟩[2J⟨U+202E⟩\n")


def test_ctrl_c(run, audit):
    audit.raises = KeyboardInterrupt()
    result = run("audit", "vendor-agent")
    assert (result.code, result.stdout) == (4, "")


@pytest.mark.parametrize("arguments", [["signals"], ["--help"]])
def test_a_reader_that_went_away_is_no_error(arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; from undeclared.cli.main import main; sys.exit(main())",
         *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.close()  # before it can have written anything
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), errors) == (0, "")


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_closed_stream_does_not_lose_the_other(closed):
    code = (
        "import os, sys; from undeclared.cli.main import main;"
        f"os.close({1 if closed == 'stdout' else 2}); sys.{closed} = None; sys.exit(main())"
    )
    line = [sys.executable, "-c", code, "signals"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) == (closed == "stderr")


def test_a_late_ctrl_c_does_not_change_the_exit_code():
    code = (
        "import os, signal, sys; from undeclared.cli.main import main; code = main();"
        "os.kill(os.getpid(), signal.SIGINT); sys.exit(code)"
    )
    line = [sys.executable, "-c", code, "audit", "no-such-agent"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")


def test_help_waits_for_no_heavy_import():
    heavy = {"pydantic", "numpy", "scipy", "mitmproxy", "rich", "yaml"}
    code = (
        "import sys; from undeclared.cli.main import main; main(['audit', '--help']);"
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
