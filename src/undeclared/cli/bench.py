"""`undeclared bench`: how well the tool does on programs of which the truth is known."""

import sys
from pathlib import Path
from typing import Any

import click

from undeclared.cli.output import deliver
from undeclared.cli.shared import names, reported, terminable


@click.command()
@click.option(
    "--specimens",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of specimens.  [default: specimens]",
)
@click.option("--sample", type=click.IntRange(min=1), help="Only so many, over all families.")
@click.option(
    "--family",
    "families",
    metavar="A,B1",
    callback=names,
    help="Only these families, or all of a letter.",
)
@click.option(
    "--signals",
    metavar="A,B",
    callback=names,
    help="Facts of the environment to vary.  [default: eight that specimens depend on]",
)
@click.option(
    "--baseline",
    "baselines",
    metavar="A,B",
    callback=names,
    help="Simpler methods to compare with, on the same runs.  [default: all]",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Specimens at the same time.  [default: one for each processor]",
)
@click.option("--seed", type=int, help="Fixes the sample and the order of runs.  [default: 0]")
@click.option("--fresh", is_flag=True, help="Use no result of an earlier benchmark.")
@reported("text", "json", what="result")
@click.pass_context
def bench(
    context: click.Context,
    /,
    form: str,
    output: Path | None,
    debug: bool,
    **request: Any,  # noqa: ANN401 - the fields of BenchRequest, under their names
) -> int:
    """Measure this tool on specimens, whose truth is known.

    Each is audited as an agent nobody knows; the truth is read afterwards. Results are kept:
    what was interrupted goes on when it is asked for again.
    """
    context.meta["debug"] = debug
    from undeclared.bench import BenchRequest, render
    from undeclared.bench import bench as measured
    from undeclared.cli.progress import progress
    from undeclared.model import ExitCode

    given = {name: value for name, value in request.items() if value is not None}
    with terminable(), progress(sys.stderr) as watch:
        summary = measured(BenchRequest(**given), watch)
    told = summary.model_dump_json(indent=2) + "\n" if form == "json" else render(summary)
    deliver(told, output)
    return ExitCode.DONE if summary.complete else ExitCode.INCOMPLETE
