"""Specimens on disk, and what is true of them.

An audit reads a specimen's description through the catalogue, which drops the truth unread; only
the scoring, after the audit, reads what is here.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from undeclared.model import UNSET, Frozen, NotFound, Signal, UsageError

DESCRIPTION = "specimen.yaml"
NOT_DEFAULT = "not-default"

Levels = tuple[str, ...] | Literal["not-default"]


class Truth(Frozen):
    """What is true of a specimen."""

    label: Literal["mark", "influence", "benign"] | None
    """None: the null, which has nothing to do with its surroundings and hides nothing."""
    channel: str = ""
    signals: dict[str, Levels] = Field(default_factory=dict)
    """Levels that trigger; `*` in a level stands for anything."""
    gate: dict[str, Levels] = Field(default_factory=dict)
    """Further conditions."""
    logic: Literal["all", "xor", "each"] = "all"
    """How several `signals` go together; `each`: every one is a bit of its own."""
    bits: float = 0
    at_least: bool = False
    """The bits depend on how many levels are tried: there are at least so many."""
    locus: dict[str, str] = Field(default_factory=dict)
    """`part`: the part of a request, as a report names it."""
    family: str
    form: str = ""
    variant: str

    @property
    def causal(self) -> bool:
        """Whether a fact of the machine changes what is sent."""
        return self.label in ("mark", "influence")

    @property
    def causes(self) -> dict[str, Levels]:
        """Every signal that matters, with its levels."""
        return {**self.signals, **self.gate}


class Specimen(Frozen):
    """One program with a truth."""

    id: str
    folder: Path
    default_host: str | None
    truth: Truth

    @property
    def description(self) -> Path:
        """The file that says how it is started."""
        return self.folder / DESCRIPTION

    def digest(self) -> str:
        """SHA-256 over its files but for the truth: what an audit depends on."""
        whole = hashlib.sha256()
        for file in sorted(self.folder.iterdir()):
            content = file.read_bytes()
            if file.name == DESCRIPTION:
                content = content.split(b"\ntruth:", 1)[0]
            whole.update(f"{file.name}\n{hashlib.sha256(content).hexdigest()}\n".encode())
        return whole.hexdigest()


def load(folder: Path) -> tuple[Specimen, ...]:
    """All specimens in a folder, and in its folder `generated`; sorted by id.

    Raises NotFound if there is none, UsageError for a description that is not valid.
    """
    found: dict[str, Specimen] = {}
    for pattern in (f"*/{DESCRIPTION}", f"generated/*/{DESCRIPTION}"):
        for file in sorted(folder.glob(pattern)):
            specimen = _read(file)
            found.setdefault(specimen.id, specimen)
    if not found:
        raise NotFound(
            f"there are no specimens in {folder}",
            means="nothing was measured",
            next_step="`make specimens` makes them, in specimens/generated of the source"
            " repository; name another folder with --specimens.",
        )
    return tuple(found[name] for name in sorted(found))


def _read(file: Path) -> Specimen:
    try:
        content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Specimen(
            id=content["id"],
            folder=file.parent.absolute(),
            default_host=content.get("default_host"),
            truth=Truth.model_validate(content["truth"]),
        )
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError, ValidationError) as error:
        raise UsageError(
            f"{file} describes no specimen: {error}",
            means="nothing was measured",
            next_step="Its format is described in specimens/README.md.",
        ) from error


def sample(specimens: Sequence[Specimen], most: int, seed: int) -> tuple[Specimen, ...]:
    """At most so many, taken in turn from every channel and label, so that all occur; by lot."""
    chance = random.Random(f"sample {seed}")  # noqa: S311 - not for secrets
    groups: dict[tuple[str, str], list[Specimen]] = defaultdict(list)
    for own in specimens:
        groups[str(own.truth.causal), own.truth.family].append(own)
    ordered = [groups[key] for key in sorted(groups)]
    for group in ordered:
        chance.shuffle(group)
    chance.shuffle(ordered)
    chosen: list[Specimen] = []
    while len(chosen) < most and any(ordered):
        for group in ordered:
            if group and len(chosen) < most:
                chosen.append(group.pop())
    return tuple(sorted(chosen, key=lambda own: own.id))


def matching(signal: Signal, wanted: Levels, default_host: str | None) -> frozenset[str]:
    """Those of the levels tried that a truth names."""
    plain = {signal.levels[0], UNSET, default_host}
    if wanted == NOT_DEFAULT:
        return frozenset(level for level in signal.levels if level not in plain)
    return frozenset(
        level
        for level in signal.levels
        if any(fnmatchcase(level, pattern) for pattern in wanted)
        and (level not in plain or "*" not in wanted)
    )
