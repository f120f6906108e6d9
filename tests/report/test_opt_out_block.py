"""The section on switches to opt out."""

from pathlib import Path

import golden

from undeclared.model import OptOutEffect, OptOutTried, Report
from undeclared.report import text

GOLDEN = Path(__file__).parent / "golden"


def tried(setting: str, effect: OptOutEffect, **told: object) -> OptOutTried:
    return OptOutTried.model_validate(
        {"setting": setting, "documented": True, "runs": 2, "effect": effect, **told}
    )


def render(report: Report, *lines: OptOutTried) -> str:
    return text.render(
        report.model_copy(update={"opt_outs": lines, "findings": ()}), width=100, colour=False
    )


def test_looks_as_agreed(report: Report) -> None:
    stats, new = "stats.vendor.example", "new.vendor.example"
    lines = (
        tried("NO_USAGE=1", OptOutEffect.ALL, remains=(new,), stopped=(stats,)),
        tried("QUIET=true", OptOutEffect.NOTHING, remains=(stats,), stopped=(new,), unsaid=(new,)),
        tried(
            "every documented variable, as yes", OptOutEffect.UNKNOWN,
            runs=0, documented=False, note="in 1 of 1 runs it failed: exited with status 1",
        ),
    )  # fmt: skip
    blocks = render(report, *lines).split("\n\n")
    (shown,) = (own for own in blocks if own.startswith("Opting out"))
    golden.check(GOLDEN / "opting-out.txt", f"{shown}\n")


def test_many_hosts_are_counted_and_nothing_reaches_the_terminal_unescaped(report: Report) -> None:
    hosts = tuple(f"h{number}.example" for number in range(27))
    shown = render(
        report, tried("A\x1b[31m=1", OptOutEffect.IDLE, remains=("ex\u0430mple", *hosts))
    )
    assert "\x1b" not in shown
    assert "\u0430" not in shown
    assert "and 4 more" in " ".join(shown.split())


def test_without_switches_there_is_no_section(report: Report) -> None:
    assert "Opting out" not in render(report)
