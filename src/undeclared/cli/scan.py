"""`undeclared scan`: what a program's code can do, without running it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from undeclared.cli.output import colour, deliver, width
from undeclared.cli.shared import reported, terminable, verdict

if TYPE_CHECKING:
    from undeclared.model import ScanReport


@click.command()
@click.argument("target")
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What is known of the agent, as YAML: which variables it takes, what is declared.",
)
@reported("text", "json", "sarif", what="report", failing=True)
@click.pass_context
def scan(
    context: click.Context,
    /,
    target: str,
    profile: Path | None,
    form: str,
    output: Path | None,
    fail_on: str | None,
    debug: bool,
) -> int:
    """Report what the code of TARGET reads of the machine, hides, compares and sends.

    TARGET is a folder, an archive or an executable, or an agent as `undeclared audit` takes it: a
    name from `undeclared agents`, or a package (npm:@scope/name@1.2.3, pypi:name@1.2.3).

    Nothing of it is run. What cannot be scanned is listed, and the exit code is then 4.
    """
    context.meta["debug"] = debug
    import undeclared.scan as stages
    from undeclared.cli.progress import progress

    with terminable(), progress(sys.stderr) as watch:
        report = stages.scan(stages.ScanRequest(target=target, profile=profile), watch)
    deliver(_rendered(report, form, plain=output is not None), output)
    _keep(report, profile)
    severities = (own.severity for own in report.findings)
    return verdict(severities, fail_on, complete=report.complete)


def _keep(report: "ScanReport", profile: Path | None) -> None:
    """Keep the scan of a package for `undeclared diff`; what lies on this disk has no versions."""
    if report.artifact.purl.startswith("pkg:generic/") or not report.artifact.purl:
        return
    from undeclared.catalogue import profile_from_file
    from undeclared.model import UndeclaredError
    from undeclared.store import SCAN, default_store, scan_key

    given = profile_from_file(profile).model_dump_json() if profile else ""
    purl = report.artifact.purl
    try:
        default_store().keep(SCAN, scan_key(purl, given), report.model_dump_json(), purl)
    except UndeclaredError as error:  # the result is out, and whole
        click.echo(f"not kept: {error}", err=True)


def _rendered(report: "ScanReport", form: str, *, plain: bool) -> str:
    if form == "text":
        from undeclared.report import scan_text

        return scan_text.render(report, width=width(), colour=colour() and not plain)
    if form == "json":
        from undeclared.report import json

        return json.render(report)
    from undeclared.report import sarif

    return sarif.render(report)
