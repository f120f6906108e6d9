"""What an experiment found out."""

from dataclasses import dataclass, field
from typing import Protocol

from undeclared.experiment import confirm
from undeclared.experiment.frequent import SCREENING_LEVEL
from undeclared.experiment.seeking import Words
from undeclared.model import Environment, Influence, Locus, Phase, Run

MOST_FRESH = 84
"""Confirmation runs allowed in any case."""


class Watch(Protocol):
    """Is told how the work goes on."""

    def say(self, text: str) -> None:
        """Note the beginning of a stage."""

    def advance(self, stage: str, done: int, total: int) -> None:
        """Note that `done` of `total` runs of a stage are over."""


@dataclass(slots=True)
class Conclusion:
    """What an experiment found out, however far it got."""

    runs: list[Run] = field(default_factory=list)
    planned: int = 0
    influences: tuple[Influence, ...] = ()
    learned: dict[str, float] = field(default_factory=dict)
    """By host, the bits that it learns of the environment from all its loci together."""
    loci: int = 0
    noisy: tuple[Locus, ...] = ()
    drifting: tuple[Locus, ...] = ()
    tests: int = 0
    detectable: float | None = None
    problems: list[str] = field(default_factory=list)
    interrupted: bool = False
    """The user ended the running."""
    given_up: list[Words] = field(default_factory=list)
    """Groups of words that change what is sent and were not told apart, for want of runs."""
    unusable: dict[Environment, str] = field(default_factory=dict)
    """Environments with one unusual level with which the agent failed twice, and how."""

    def excuses(self, run: Run) -> bool:
        """Whether a run failed with a level with which the agent does not work anyway."""
        default = next(
            (own.environment for own in self.runs if own.trial.phase is Phase.PREFLIGHT), None
        )
        levels = set(run.environment.levels)
        return default is not None and any(
            levels.issuperset(set(own.levels) - set(default.levels)) for own in self.unusable
        )

    @property
    def finished(self) -> bool:
        """Every planned run took place, however it ended."""
        return len(self.runs) == self.planned


def smallest(rarest: int, runs: int, tests: int) -> float | None:
    """The smallest share of runs with a difference at one level that is likely found.

    It must be noticed in discovery, where `rarest` of `runs` had the rarest level, and then be
    established, corrected for `tests`, on fresh runs of which a good part can have that level.
    """
    noticed = confirm.detectable(
        rarest, runs - rarest, round(confirm.FAMILY_WISE_ERROR / SCREENING_LEVEL)
    )
    having = round(MOST_FRESH * 0.4)
    established = confirm.detectable(having, MOST_FRESH - having, max(1, tests))
    return max(noticed, established) if noticed and established else None
