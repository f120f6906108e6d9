"""Reads the catalogue: one YAML file an entry, named after its id."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from undeclared.catalogue.schema import (
    AgentProfile,
    Answer,
    ChannelSpec,
    Entry,
    Examples,
    Program,
    Scenario,
    SignalSpec,
    Wire,
)

EntryT = TypeVar("EntryT", bound=Entry)


class CatalogueError(ValueError):
    """An entry, ours or the user's, does not load; the message names the file and the field."""


def _entries(folder: str, kind: type[EntryT]) -> Iterator[EntryT]:
    root = resources.files("undeclared.catalogue").joinpath(folder)
    for file in sorted(root.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            yield _load(file, kind)


def _load(file: Traversable, kind: type[EntryT]) -> EntryT:
    entry = parse(file.read_text(encoding="utf-8"), kind, file.name)
    if getattr(entry, "id", None) != file.name.removesuffix(".yaml"):
        raise CatalogueError(f"{file.name}: the file must be named after its id")
    return entry


def parse(text: str, kind: type[EntryT], name: str) -> EntryT:
    """Read one entry from YAML text; `name` is for the error message.

    Raises CatalogueError.
    """
    try:
        return kind.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise CatalogueError(f"{name} is not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the entry"
        raise CatalogueError(f"{name}: {where}: {first['msg']}") from error


@cache
def agents() -> dict[str, AgentProfile]:
    """All agents by id."""
    return {profile.id: profile for profile in _entries("agents", AgentProfile)}


@cache
def signals() -> dict[str, SignalSpec]:
    """All signals by id."""
    return {signal.id: signal for signal in _entries("signals", SignalSpec)}


@cache
def channels() -> dict[str, ChannelSpec]:
    """All channels by id, lowest rank first."""
    found = sorted(_entries("channels", ChannelSpec), key=lambda channel: channel.rank)
    return {channel.id: channel for channel in found}


@cache
def scenarios() -> dict[str, Scenario]:
    """All scenarios by id."""
    return {scenario.id: scenario for scenario in _entries("scenarios", Scenario)}


class _CommonAnswers(Entry):
    answers: tuple[Answer, ...]


@cache
def common_answers() -> tuple[Answer, ...]:
    """Answers to requests that no profile answers; the last matches everything."""
    file = resources.files("undeclared.catalogue").joinpath("answers.yaml")
    return parse(file.read_text(encoding="utf-8"), _CommonAnswers, "answers.yaml").answers


class _Specimen(Entry):
    """`specimen.yaml`; `truth` is not read: an audit must not know it."""

    schema_: int
    id: str
    command: tuple[str, ...]
    wire: Wire
    base_url_env: str | None = None
    default_host: str | None = None
    key_env: str | None = None


def profile_from_file(path: Path) -> AgentProfile:
    """Read a profile that the user wrote, or a specimen's `specimen.yaml` as one.

    Raises CatalogueError if it is not valid, OSError if it cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path} is not YAML: {error}") from error
    if not isinstance(content, dict) or "truth" not in content:
        return parse(text, AgentProfile, str(path))
    fields = {key: value for key, value in content.items() if key != "truth"}
    fields["schema_"] = fields.pop("schema", None)
    specimen = parse(yaml.safe_dump(fields), _Specimen, str(path))
    if specimen.schema_ != 1:
        raise CatalogueError(f"{path}: schema {specimen.schema_} is not known; this tool reads 1")
    return AgentProfile(
        id=specimen.id,
        title=specimen.id,
        command=specimen.command,
        cwd="artifact",
        wire=specimen.wire,
        default_host=specimen.default_host,
        base_url_env=specimen.base_url_env,
        key_env=specimen.key_env,
        ca_env=("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"),
        programs=(Program(file=specimen.command[-1]),),
        examples=Examples(match=(specimen.id,), reject=("another",)),
    )
