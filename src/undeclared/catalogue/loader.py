"""Reads the catalogue: one YAML file an entry, named after its id."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError, field_validator

from undeclared.catalogue import document
from undeclared.catalogue.agent import AgentProfile, Answer, Wire
from undeclared.catalogue.answers import AnswerSets
from undeclared.catalogue.canary import CanarySpec
from undeclared.catalogue.channel import ChannelSpec
from undeclared.catalogue.component import ComponentSpec
from undeclared.catalogue.constant import ConstantKind
from undeclared.catalogue.content import ContentKind
from undeclared.catalogue.decoder import Decoder
from undeclared.catalogue.document import CatalogueError
from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.identity import Identities
from undeclared.catalogue.scenario import Scenario
from undeclared.catalogue.signal import SignalSpec
from undeclared.catalogue.tool import ToolKind
from undeclared.catalogue.trouble import Trouble

EntryT = TypeVar("EntryT", bound=Entry)

MAX_PROBLEMS = 3
"""Told at once; a misspelt field is two problems, the missing one and the unknown one."""


def _entries(folder: str, kind: type[EntryT]) -> Iterator[EntryT]:
    root = resources.files("undeclared.catalogue").joinpath(folder)
    for file in sorted(root.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            yield _load(file, kind)


def _load(file: Traversable, kind: type[EntryT]) -> EntryT:
    entry = parse(file.read_bytes(), kind, file.name)
    if getattr(entry, "id", None) != file.name.removesuffix(".yaml"):
        raise CatalogueError(f"{file.name}: id: the file must be named after its id")
    return entry


def parse(text: str | bytes, kind: type[EntryT], name: str) -> EntryT:
    """Read one entry from YAML text; `name` is for the error message.

    Raises CatalogueError.
    """
    data = text.encode() if isinstance(text, str) else text
    return _entry(document.read(data, name), kind, name)


def _entry(content: object, kind: type[EntryT], name: str) -> EntryT:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        lines = [
            f"{'.'.join(str(part) for part in problem['loc']) or 'the entry'}: {problem['msg']}"
            for problem in problems[:MAX_PROBLEMS]
        ]
        raise CatalogueError(f"{name}: {'; '.join(lines)}") from error


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


@cache
def canaries() -> dict[str, CanarySpec]:
    """All canaries by id."""
    return {canary.id: canary for canary in _entries("canaries", CanarySpec)}


@cache
def decoders() -> dict[str, Decoder]:
    """All steps of decoding by id, in the order in which they are tried."""
    found = sorted(_entries("decoders", Decoder), key=lambda decoder: decoder.rank)
    return {decoder.id: decoder for decoder in found}


@cache
def constant_kinds() -> dict[str, ConstantKind]:
    """All kinds of constants by id, the most telling first."""
    found = sorted(_entries("constants", ConstantKind), key=lambda kind: kind.rank)
    return {kind.id: kind for kind in found}


@cache
def tool_kinds() -> dict[str, ToolKind]:
    """All kinds of tools that agents offer, by id."""
    return {kind.id: kind for kind in _entries("tools", ToolKind)}


@cache
def components() -> dict[str, ComponentSpec]:
    """All libraries that send by themselves, by id."""
    return {component.id: component for component in _entries("components", ComponentSpec)}


@cache
def content_kinds() -> dict[str, ContentKind]:
    """All categories of data by id, in the order in which they are listed."""
    found = sorted(_entries("contents", ContentKind), key=lambda kind: kind.rank)
    return {kind.id: kind for kind in found}


@cache
def troubles() -> dict[str, Trouble]:
    """What keeps agents from running unattended, by id."""
    return {trouble.id: trouble for trouble in _entries("troubles", Trouble)}


@cache
def identities() -> Identities:
    """Two machines with their users, and two repositories."""
    file = resources.files("undeclared.catalogue").joinpath("identities.yaml")
    return parse(file.read_bytes(), Identities, "identities.yaml")


@cache
def answer_sets() -> dict[str, tuple[Answer, ...]]:
    """Answers of public services that belong together, by name, such as `flags/default`."""
    return {
        name: answers
        for entry in _entries("answers", AnswerSets)
        for name, answers in entry.sets().items()
    }


class _CommonAnswers(Entry):
    sets: tuple[str, ...]
    answers: tuple[Answer, ...]


@cache
def common_answers() -> tuple[Answer, ...]:
    """Answers to requests that no profile answers; the last matches everything."""
    file = resources.files("undeclared.catalogue").joinpath("answers.yaml")
    common = parse(file.read_bytes(), _CommonAnswers, "answers.yaml")
    named = tuple(answer for name in common.sets for answer in answer_sets()[name])
    return (*named, *common.answers)


class _Specimen(Entry):
    """`specimen.yaml` without its `truth`: an audit must not know it."""

    schema_: int = Field(alias="schema")
    id: str
    command: tuple[str, ...] = Field(min_length=1)
    wire: Wire
    base_url_env: str | None = None
    default_host: str | None = None
    key_env: str | None = None

    @field_validator("schema_")
    @classmethod
    def _known(cls, schema: int) -> int:
        if schema != 1:
            raise ValueError(f"{schema} is not known; this tool reads 1")
        return schema

    def profile(self, file: str) -> AgentProfile:
        """The specimen as an unknown agent: its command runs in its own folder as it is.

        `file` is the name of its description, which holds its truth: it must not read that.
        """
        return AgentProfile(
            id=self.id,
            title=self.id,
            command=self.command,
            cwd="artifact",
            wire=self.wire,
            default_host=self.default_host,
            base_url_env=self.base_url_env,
            key_env=self.key_env,
            ca_env=("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
            hidden=(file,),
            examples=Examples(match=(self.id,), reject=(f"not-{self.id}",)),
        )


def profile_from_file(path: Path) -> AgentProfile:
    """Read a profile that the user wrote, or a specimen's `specimen.yaml` as one.

    A specimen has no programs, and its truth is dropped unread. Raises CatalogueError if the file
    is not valid, OSError if it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(document.MAX_BYTES + 1)
    content = document.read(data, str(path))
    if isinstance(content, dict) and not content.keys().isdisjoint(("schema", "truth")):
        fields: dict[Any, Any] = {k: v for k, v in content.items() if k != "truth"}
        return _entry(fields, _Specimen, str(path)).profile(path.name)
    return _entry(content, AgentProfile, str(path))
