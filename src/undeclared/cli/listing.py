"""`undeclared agents` and `undeclared signals`: what the catalogue knows."""

import json
from collections.abc import Callable
from itertools import groupby
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
        blocks = (_block(own.id, own.title, _about_agent(own)) for own in known)
        deliver("\n\n".join(blocks) + "\n")


@click.command()
@_format
def signals(form: str) -> None:
    """List the facts of an environment that an audit can vary."""
    from undeclared import catalogue

    topics = list(catalogue.Topic)
    known = sorted(
        catalogue.signals().values(), key=lambda spec: (topics.index(spec.topic), spec.id)
    )
    if form == "json":
        _json({"signals": [_signal(spec) for spec in known]})
        return
    blocks = []
    for topic, of_topic in groupby(known, key=lambda spec: spec.topic):
        blocks.append(f"— {topic.value} —")
        blocks += [_block(spec.id, spec.title, _about_signal(spec)) for spec in of_topic]
    deliver("\n\n".join(blocks) + "\n")


def _agent(profile: "AgentProfile") -> dict[str, Any]:
    fields = {
        "id",
        "title",
        "npm",
        "pypi",
        "versions",
        "checked",
        "wire",
        "default_host",
        "hosts",
        "declarations",
    }
    documents = [{"source": source, "date": date} for source, date in profile.documents.items()]
    return {**profile.model_dump(mode="json", include=fields), "documents": documents}


def _about_agent(profile: "AgentProfile") -> dict[str, str]:
    declared = ", ".join(statement.host for statement in profile.declarations)
    checked = profile.checked
    documents = [
        f"{source} (read {date})" if date else source for source, date in profile.documents.items()
    ]
    return {
        "package": _package(profile),
        "versions": profile.versions,
        "checked": f"{checked.version}, a complete audit on {checked.date}"
        if checked
        else "no complete audit with everything that is tried by default",
        "speaks": profile.wire.value,
        "declares": declared or "nothing is known of what its vendor declares",
        "documents": "\n".join(documents) or "none",
    }


def _package(profile: "AgentProfile") -> str:
    if profile.pypi:
        return f"pypi:{profile.pypi}"
    return f"npm:{profile.npm}" if profile.npm else "none"


def _signal(spec: "SignalSpec") -> dict[str, Any]:
    fields = {"id": True, "topic": True, "title": True, "how": True, "pattern": True}
    levels = {"levels": {"__all__": {"value", "group"}}}
    return spec.model_dump(mode="json", include={**fields, **levels})


def _about_signal(spec: "SignalSpec") -> dict[str, str]:
    groups: dict[str, list[str]] = {}
    for level in spec.levels:
        groups.setdefault(level.group, []).append(level.value)
    levels = "; ".join(f"{', '.join(values)} ({group})" for group, values in groups.items())
    more = not {*spec.examples.match} <= {level.value for level in spec.levels}
    return {"set by": spec.how, "levels": f"{levels}; or another" if more else levels}


def _block(name: str, title: str, facts: dict[str, str]) -> str:
    lines = [f"{name}: {title}"]
    for label, value in facts.items():
        for index, line in enumerate(value.split("\n")):
            lines.append(
                fill(line, width(), initial_indent=f"  {'' if index else label:<10}",
                     subsequent_indent=" " * 12, break_on_hyphens=False, break_long_words=False)
            )  # fmt: skip
    return "\n".join(lines)


def _json(content: object) -> None:
    deliver(json.dumps(content, indent=2) + "\n")
