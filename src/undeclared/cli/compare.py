"""`undeclared compare`: several audits, side by side."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from undeclared.cli.output import colour, deliver, width
from undeclared.cli.shared import reported, verdict

if TYPE_CHECKING:
    from undeclared.model import ComparisonReport


@click.command()
@click.argument(
    "reports",
    metavar="REPORT...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@reported("text", "json", "markdown", "html", what="comparison", failing=True)
@click.pass_context
def compare(
    context: click.Context,
    /,
    reports: tuple[Path, ...],
    form: str,
    output: Path | None,
    fail_on: str | None,
    debug: bool,
) -> int:
    """Put audits side by side, one column for each REPORT.

    REPORT is a file that `undeclared audit AGENT --format json --output FILE` wrote. Nothing is
    run.
    """
    context.meta["debug"] = debug
    from undeclared.compare import comparison

    return delivered(comparison(reports), form, output, fail_on)


def delivered(page: "ComparisonReport", form: str, output: Path | None, fail_on: str | None) -> int:
    """Write a comparison, and return the exit code for it."""
    deliver(rendered(page, form, plain=output is not None), output)
    severities = (severity for agent in page.agents for severity in agent.severities)
    return verdict(severities, fail_on, complete=page.complete)


def rendered(page: "ComparisonReport", form: str, *, plain: bool) -> str:
    """A comparison in one of the formats; `plain` for a file, which has no colours."""
    from undeclared.report import comparison, json

    if form == "json":
        return json.render(page)
    if form == "html":
        return comparison.html.render(page)
    if form == "markdown":
        return comparison.markdown.render(page)
    return comparison.text.render(page, width=width(), colour=colour() and not plain)
