"""`undeclared profile`: what is wrong with a profile, by trying it out."""

import json
import sys
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import click

from undeclared.cli.output import colour, deliver, width
from undeclared.cli.shared import reported, terminable

if TYPE_CHECKING:
    from undeclared.profile import Step

_COLOURS = {"ok": "green", "doubtful": "yellow", "wrong": "red"}
_LABEL = 10
_NAME = 14


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("agent", required=False)
@click.option("--scenario", default="command", show_default=True, help="The scripted task.")
@reported("text", "json", what="result")
@click.pass_context
def profile(
    context: click.Context,
    /,
    file: Path,
    agent: str | None,
    scenario: str,
    form: str,
    output: Path | None,
    debug: bool,
) -> int:
    """Try a profile out, and say what is wrong with it.

    FILE is the profile, as YAML. AGENT is what to run with it, as for an audit: a package, a
    version of it, or a path; without it, the newest version of the package that the profile names.

    It is run twice in a sealed lab. The exit code is 0 if an audit would work, and 4 if not.
    """
    context.meta["debug"] = debug
    import undeclared.profile as job
    from undeclared.catalogue import scenarios
    from undeclared.cli.progress import progress
    from undeclared.model import ExitCode

    if scenario not in scenarios():
        raise click.BadParameter(f"known scenarios: {', '.join(scenarios())}")
    with terminable(), progress(sys.stderr) as watch:
        steps = list(job.examine(file, agent, scenario, watch))
    works = all(step.state is not job.State.WRONG for step in steps)
    if form == "json":
        told = [step.model_dump(mode="json") for step in steps]
        text = json.dumps({"works": works, "steps": told}, indent=2) + "\n"
    else:
        text = _text(steps, works=works, plain=output is not None)
    deliver(text, output)
    return ExitCode.DONE if works else ExitCode.INCOMPLETE


def _text(steps: "list[Step]", *, works: bool, plain: bool) -> str:
    doubtful = any(step.state.value == "doubtful" for step in steps)
    verdict = (
        "An audit does not work with this profile yet." if not works
        else "An audit works with this profile; it could say more." if doubtful
        else "An audit works with this profile."
    )  # fmt: skip
    return "\n".join([*(_block(step, plain=plain) for step in steps), "", verdict, ""])


def _block(step: "Step", *, plain: bool) -> str:
    from undeclared.report.escape import visible

    state = step.state.value
    label = f"{state:<{_LABEL}}"
    if colour() and not plain:
        label = click.style(label, fg=_COLOURS[state])
    margin = " " * (_LABEL + _NAME + 1)
    lines = [f"{label}{step.id:<{_NAME}} {_filled(visible(step.found), margin).lstrip()}"]
    if step.fix:
        told = f"{step.field}: {step.fix}" if step.field else step.fix
        lines.append(_filled(visible(told), margin))
    return "\n".join(lines)


def _filled(text: str, margin: str) -> str:
    return fill(
        text,
        max(2 * len(margin), width()),
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
        break_long_words=False,
    )
