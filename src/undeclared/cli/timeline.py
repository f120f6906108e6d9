"""`undeclared timeline`: since which version, until which."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from undeclared.cli.output import colour, deliver, width
from undeclared.cli.shared import names, reported, terminable, verdict

if TYPE_CHECKING:
    from undeclared.model import TimelineReport


def _day(context: click.Context, parameter: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value else None


@click.command()
@click.argument("agent")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    callback=_day,
    help="Only versions published on this day or later.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    callback=_day,
    help="Only versions published on this day or before.",
)
@click.option("--from", "first", metavar="VERSION", help="Only this version and later ones.")
@click.option("--to", "last", metavar="VERSION", help="Only this version and earlier ones.")
@click.option("--every", is_flag=True, help="Look into every version; --probes must allow it.")
@click.option("--prereleases", is_flag=True, help="Take in prereleases too.")
@click.option(
    "--signals",
    metavar="A,B",
    callback=names,
    help="Facts of the environment that the audits vary; `all` for the default ones."
    "  [default: those that the code compares with constants]",
)
@click.option(
    "--probes",
    type=click.IntRange(min=2),
    default=24,
    show_default=True,
    help="Versions that are looked into at most: their code, and by an audit.",
)
@click.option(
    "--new",
    is_flag=True,
    help="A watch, for a daily job: look into what has appeared since the last time, and tell the"
    " differences alone.",
)
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What is known of the agent, as YAML; needed for packages that the catalogue does not"
    " know.",
)
@click.option("--scenario", default="command", show_default=True, help="The scripted task.")
@click.option("--fresh", is_flag=True, help="Repeat everything; take nothing from earlier ones.")
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Spread the work over the workers of a Dask scheduler (tcp://HOST:PORT), or on this"
    " machine (local).  [default: plain processes of this machine]",
)
@reported("text", "json", "markdown", "html", what="timeline", failing=True)
@click.pass_context
def timeline(
    context: click.Context,
    /,
    agent: str,
    since: date | None,
    until: date | None,
    first: str | None,
    last: str | None,
    every: bool,
    prereleases: bool,
    signals: tuple[str, ...] | None,
    probes: int,
    new: bool,
    profile: Path | None,
    scenario: str,
    fresh: bool,
    cluster: str | None,
    form: str,
    output: Path | None,
    fail_on: str | None,
    debug: bool,
) -> int:
    """Find since which version, and until which, AGENT has what it has.

    AGENT is a name from `undeclared agents` or a package, as for `audit`, without a version.
    The code of a few versions is searched, then audits are made where it changes; bisection finds
    the exact first and last version of each finding. Few versions are downloaded. Every step is
    kept: an interrupted timeline goes on where it was.
    """
    context.meta["debug"] = debug
    if new and (since or until or first or last):
        raise click.UsageError("--new goes on from the last time; give no range with it")
    from undeclared.cli.progress import progress
    from undeclared.timeline import TimelineRequest
    from undeclared.timeline import timeline as find
    from undeclared.timeline.choosing import Range

    wanted = Range(since=since, until=until, first=first, last=last, prereleases=prereleases)
    request = TimelineRequest(
        agent=agent,
        profile=profile,
        scenario=scenario,
        range=wanted,
        every=every,
        signals=signals or (("all",) if new else ()),
        probes=probes,
        new=new,
        fresh=fresh,
        cluster=cluster,
    )
    with terminable(), progress(sys.stderr) as watch:
        report = find(request, watch)
    deliver(_rendered(report, form, plain=output is not None), output)
    return exit_code(report, fail_on)


def _rendered(report: "TimelineReport", form: str, *, plain: bool) -> str:
    from undeclared.report import json, timeline

    if form == "json":
        return json.render(report)
    if form == "html":
        return timeline.html.render(report)
    if form == "markdown":
        return timeline.markdown.render(report)
    return timeline.text.render(report, width=width(), colour=colour() and not plain)


def exit_code(report: "TimelineReport", fail_on: str | None) -> int:
    """What the process returns; of a watch, only what has been added counts."""
    from undeclared.model import Changed

    if report.watch:
        found = [own.trait for own in report.news if own.change is Changed.ADDED]
    else:
        found = [own.trait for own in report.bars]
    return verdict((own.severity for own in found), fail_on, complete=report.complete)
