"""`undeclared diff`: what two versions of an agent do otherwise."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from undeclared.cli.output import colour, deliver, width
from undeclared.cli.shared import names, reported, terminable, verdict

if TYPE_CHECKING:
    from undeclared.model import DifferenceReport


@click.command()
@click.argument("before")
@click.argument("after")
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What is known of the agent, as YAML; needed for packages that the catalogue does not"
    " know.",
)
@click.option("--scenario", default="command", show_default=True, help="The scripted task.")
@click.option(
    "--signals",
    metavar="A,B",
    callback=names,
    help="Facts of the environment to vary, where an audit has to be made.  [default: those of the"
    " other report, or all]",
)
@click.option("--static", is_flag=True, help="Compare the code alone; nothing is run.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Runs at the same time.  [default: one for each processor]",
)
@click.option("--fresh", is_flag=True, help="Make both reports anew; use none that is kept.")
@reported("text", "json", "markdown", "html", what="difference", failing=True)
@click.pass_context
def diff(
    context: click.Context,
    /,
    before: str,
    after: str,
    profile: Path | None,
    scenario: str,
    signals: tuple[str, ...] | None,
    static: bool,
    jobs: int | None,
    fresh: bool,
    form: str,
    output: Path | None,
    fail_on: str | None,
    debug: bool,
) -> int:
    """Report what the version AFTER does that BEFORE does not, and the reverse.

    BEFORE and AFTER are versions of an agent (name@1.2.3, npm:@scope/name@1.2.3), or reports that
    `undeclared audit` or `undeclared scan` wrote with --format json. Behaviour is compared, never
    text: a build that renames and moves everything makes no difference.

    Of a version, the newest complete audit that is kept is taken; without one it is audited now.
    What one version was not tried for is never called added or removed.

    With --fail-on, what was added decides.
    """
    context.meta["debug"] = debug
    from undeclared.cli.progress import progress
    from undeclared.diff import DiffRequest
    from undeclared.diff import diff as compare

    request = DiffRequest(
        before=before,
        after=after,
        profile=profile,
        scenario=scenario,
        signals=signals or (),
        jobs=jobs,
        static=static,
        fresh=fresh,
    )
    with terminable(), progress(sys.stderr) as watch:
        report = compare(request, watch)
    deliver(_rendered(report, form, plain=output is not None), output)
    return exit_code(report, fail_on)


def exit_code(report: "DifferenceReport", fail_on: str | None) -> int:
    """What the process returns: by the worst that was added, else by whether both are complete."""
    from undeclared.model import DifferenceKind

    added = (
        own.severity
        for own in report.entries
        if own.kind is DifferenceKind.ADDED and own.severity is not None
    )
    return verdict(added, fail_on, complete=report.complete)


def _rendered(report: "DifferenceReport", form: str, *, plain: bool) -> str:
    if form == "json":
        from undeclared.report import json

        return json.render(report)
    from undeclared.report import difference

    if form == "html":
        return difference.html.render(report)
    if form == "markdown":
        return difference.markdown.render(report)
    return difference.text.render(report, width=width(), colour=colour() and not plain)
