"""`undeclared agents` and `undeclared signals`: what the catalogue knows."""

import json
from collections.abc import Callable, Iterable
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeVar

import click

from undeclared.cli.output import deliver, width

if TYPE_CHECKING:
    from undeclared.catalogue import AgentProfile, SignalSpec

Command = TypeVar("Command", bound=Callable[..., object])


def _format(command: Command) -> Command:
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How the list is written.",
    )(command)


@click.command()
@_format
def agents(form: str) -> None:
    """List the agents that the catalogue knows."""
    from undeclared import catalogue

    known = catalogue.agents().values()
    if form == "json":
        _json({"agents": [_agent(profile) for profile in known]})
    else:
        _text((profile.id, profile.title, _about_agent(profile)) for profile in known)


@click.command()
@_format
def signals(form: str) -> None:
    """List the facts of an environment that an audit can vary."""
    from undeclared import catalogue

    known = catalogue.signals().values()
    if form == "json":
        _json({"signals": [_signal(spec) for spec in known]})
    else:
        _text((spec.id, spec.title, _about_signal(spec)) for spec in known)


def _agent(profile: "AgentProfile") -> dict[str, Any]:
    fields = {"id", "title", "npm", "versions", "wire", "default_host", "hosts", "declarations"}
    return profile.model_dump(mode="json", include=fields)


def _about_agent(profile: "AgentProfile") -> dict[str, str]:
    declared = ", ".join(statement.host for statement in profile.declarations)
    return {
        "package": f"npm:{profile.npm}" if profile.npm else "none",
        "versions": profile.versions,
        "speaks": profile.wire.value,
        "declares": declared or "nothing is known of what its vendor declares",
    }


def _signal(spec: "SignalSpec") -> dict[str, Any]:
    return spec.model_dump(mode="json", include={"id", "title", "how", "levels", "pattern"})


def _about_signal(spec: "SignalSpec") -> dict[str, str]:
    levels = (f"{level.value} ({level.group})" for level in spec.levels)
    return {"set by": spec.how, "levels": ", ".join(levels)}


def _text(entries: Iterable[tuple[str, str, dict[str, str]]]) -> None:
    blocks = []
    for name, title, facts in entries:
        lines = [f"{name}: {title}"]
        for label, value in facts.items():
            lines.append(
                fill(value, width(), initial_indent=f"  {label:<10}", subsequent_indent=" " * 12,
                     break_on_hyphens=False, break_long_words=False)
            )  # fmt: skip
        blocks.append("\n".join(lines))
    deliver("\n\n".join(blocks) + "\n")


def _json(content: object) -> None:
    deliver(json.dumps(content, indent=2) + "\n")
