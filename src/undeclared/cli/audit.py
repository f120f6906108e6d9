"""`undeclared audit`: one agent and its report, or several and their comparison."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from undeclared.cli.compare import delivered, rendered
from undeclared.cli.output import colour, deliver, width
from undeclared.cli.shared import names, reported, terminable, verdict

if TYPE_CHECKING:
    from undeclared.model import Report


def _levels(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[tuple[str, str], ...] | None:
    pairs = [tuple(pair.split("=", 1)) for pair in value]
    for pair, text in zip(pairs, value, strict=True):
        if len(pair) != 2 or not all(pair):
            raise click.BadParameter(f"{text!r} is not SIGNAL=LEVEL")
    return tuple((name, level) for name, level in pairs) or None


def _sweeps(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    found = []
    for value in values:
        name, given, file = value.partition("=")
        try:
            text = Path(file).read_text(encoding="utf-8") if given else ""
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"{file!r} cannot be read: {error}") from error
        lines = tuple(line.strip() for line in text.splitlines() if line.strip())
        if given and not lines:
            raise click.BadParameter(f"{file!r} holds no level")
        found.append((name, lines))
    return tuple(found) or None


@click.command()
@click.argument("agents", metavar="AGENT...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Audit every agent of `undeclared agents`.")
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What is known of the agent, as YAML; needed for a path and for packages that the"
    " catalogue does not know.",
)
@click.option("--scenario", help="The scripted task.  [default: command]")
@click.option(
    "--signals",
    metavar="A,B",
    callback=names,
    help="Facts of the environment to vary.  [default: all that the agent can be given]",
)
@click.option(
    "--level",
    "extra_levels",
    metavar="SIGNAL=LEVEL",
    multiple=True,
    callback=_levels,
    help="One more value to try for a signal; may be repeated.",
)
@click.option(
    "--sweep",
    "sweeps",
    metavar="SIGNAL[=FILE]",
    multiple=True,
    callback=_sweeps,
    help="Try every level of a signal: all that its vocabulary has, or one for each line of FILE.",
)
@click.option(
    "--runs",
    "replicates",
    type=click.IntRange(min=2),
    help="Discovery runs of each environment; what differs between them is noise.  [default: 2]",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Runs at the same time.  [default: one for each processor]",
)
@click.option(
    "--strength",
    type=click.IntRange(2, 3),
    help="Signals that are tried in every combination, where all cannot be.  [default: 2]",
)
@click.option(
    "--no-scan", is_flag=True, help="Do not search the code for what it compares, to try that too."
)
@click.option(
    "--code-alone",
    is_flag=True,
    help="Try none of the catalogue's values but the usual ones: only what the code compares.",
)
@click.option("--no-install", is_flag=True, help="Do not run the package's lifecycle scripts.")
@click.option("--no-observe", is_flag=True, help="Do not watch the agent from its own side.")
@click.option(
    "--no-opt-outs", is_flag=True, help="Do not try what the agent's switches to opt out stop."
)
@click.option(
    "--no-identifiers",
    is_flag=True,
    help="Do not try which identifiers stay the same over runs, repositories, keys and machines.",
)
@click.option(
    "--har",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the traffic of every run there, as HTTP Archives.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Audit several agents at the same time, on the workers of the Dask cluster at ADDRESS"
    " (tcp://HOST:PORT), or on this machine (local); each takes --jobs processors, 1 by default.",
)
@click.option("--seed", type=int, help="Fixes the random order of the runs.  [default: 0]")
@click.option("--fresh", is_flag=True, help="Repeat all runs; use none of an earlier audit.")
@reported("text", "json", "markdown", "html", what="report", failing=True)
@click.pass_context
def audit(
    context: click.Context,
    /,
    agents: tuple[str, ...],
    every: bool,
    cluster: str | None,
    form: str,
    output: Path | None,
    fail_on: str | None,
    debug: bool,
    **request: Any,  # noqa: ANN401 - the fields of AuditRequest, under their names
) -> int:
    """Run AGENT in a sealed lab and report what its traffic depends on.

    AGENT is a name from `undeclared agents`, with or without a version (name@1.2.3), a package
    (npm:@scope/name@1.2.3, pypi:name@1.2.3, pkg:npm/name@1.2.3), or a path with --profile.

    Several agents, or --all, are audited one after the other and compared. One that was audited
    in the same way within a day is not audited again, unless with --fresh.

    Nothing leaves the machine but the download of the package. An interrupted audit (Ctrl-C)
    reports what it has, and goes on where it was when it is asked for again.
    """
    context.meta["debug"] = debug
    if bool(agents) == every:
        raise click.UsageError(
            "give agents or --all, not both" if every else "Missing argument 'AGENT...'."
        )
    if request["profile"] and len(agents) != 1:
        raise click.UsageError(
            "a profile is of one agent: audit it by itself, with --format json and --output, and"
            " compare the files with `undeclared compare`"
        )
    if cluster and (request["har"] or not (every or len(agents) > 1)):
        raise click.UsageError("--cluster is for several agents, and not with --har")
    import undeclared.audit as stages
    from undeclared import compare
    from undeclared.cli.progress import progress

    wanted = {
        name: not request.pop(f"no_{name}")
        for name in ("scan", "install", "observe", "opt_outs", "identifiers")
    }
    given = {name: value for name, value in request.items() if value is not None} | wanted
    with terminable(), progress(sys.stderr) as watch:
        if every or len(agents) > 1:
            asked = stages.AuditRequest(agent="", reuse=True, **given)
            page = compare.audit_several(agents, asked, watch, cluster=cluster)
            return delivered(page, form, output, fail_on)
        report = stages.audit(stages.AuditRequest(agent=agents[0], **given), watch)
    deliver(report_in(report, form, plain=output is not None), output)
    return exit_code(report, fail_on)


def report_in(report: "Report", form: str, *, plain: bool) -> str:
    """A report in one of the formats; `plain` for a file, which has no colours."""
    from undeclared.compare import side_by_side
    from undeclared.report import json, text

    if form == "json":
        return json.render(report)
    if form in ("markdown", "html"):
        return rendered(side_by_side([report]), form, plain=plain)
    return text.render(report, width=width(), colour=colour() and not plain)


def exit_code(report: "Report", fail_on: str | None) -> int:
    """What the process returns for a report."""
    severities = (own.severity for own in report.findings)
    return verdict(severities, fail_on, complete=report.coverage.complete)
