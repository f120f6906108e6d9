"""What is asked of each version: the same of all, so that their answers can be compared."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from packageurl import PackageURL

from undeclared import __version__
from undeclared.acquire import Reference
from undeclared.audit import AuditRequest
from undeclared.catalogue import applicable, signals
from undeclared.experiment import reduced_levels
from undeclared.model import CodeCondition, Frozen
from undeclared.static import TELLING
from undeclared.timeline.probing import CodeRequest, RunRequest

if TYPE_CHECKING:
    from undeclared.timeline import TimelineRequest

MOST_SIGNALS = 4
"""Signals that are varied because the code compares them."""
ALONE = 6
"""Discovery runs of each level of a signal that is varied alone: with fewer, what was not seen
could be chance."""


class Alike(Frozen):
    """What all audits of one timeline vary."""

    signals: tuple[str, ...]
    """None: the default ones."""
    levels: tuple[tuple[str, str], ...]
    """`(signal, level)` besides the default; a signal that is not here has all its levels."""


class Asking:
    """Makes requests for probes, with the key under which each is kept."""

    def __init__(self, reference: Reference, request: "TimelineRequest") -> None:
        self._reference, self._request = reference, request

    def alike(self, conditions: Sequence[CodeCondition]) -> Alike:
        """What to vary, by the wish of the user or by what the code of any version compares."""
        names = self._request.signals or self._compared(conditions)
        if names == ("all",):
            names = ()
        levels = reduced_levels(conditions, names, self._reference.profile)
        return Alike(signals=names, levels=levels)

    @property
    def about(self) -> tuple[str, ...]:
        """Signals that are followed in the code: those that tell most, and those asked for."""
        named = set(self._request.signals) & signals().keys()
        return tuple(sorted(named.union(TELLING)))

    def code(self, version: str) -> CodeRequest:
        """A look into the code of a version."""
        return CodeRequest(
            package=self._purl(version),
            version=version,
            about=self.about,
            profile=self._request.profile,
            key=self._key(version, f"code about {', '.join(self.about)}"),
        )

    def run(self, version: str, alike: Alike, jobs: int) -> RunRequest:
        """An audit of a version, with so many runs at the same time."""
        audit = AuditRequest(
            agent=self._purl(version),
            profile=self._request.profile,
            scenario=self._request.scenario,
            signals=alike.signals,
            only_levels=alike.levels,
            replicates=2 if len(alike.signals) != 1 else ALONE,
            jobs=jobs,
            scan=False,
            install=False,
            observe=False,
            opt_outs=False,
            identifiers=False,
            fresh=self._request.fresh,
        )
        told = audit.model_dump_json(exclude={"jobs", "fresh", "profile"})
        return RunRequest(version=version, audit=audit, key=self._key(version, told))

    def _compared(self, conditions: Iterable[CodeCondition]) -> tuple[str, ...]:
        """The signals that the code compares with what it hides, then others."""
        known, profile = signals(), self._reference.profile
        ordered = sorted(conditions, key=lambda own: own.hidden is None)
        names = dict.fromkeys(name for own in ordered for name in own.signals)
        usable = [own for own in names if own in known and applicable(profile, known[own])]
        return tuple(usable[:MOST_SIGNALS])

    def _purl(self, version: str) -> str:
        namespace, _, plain = self._reference.name.rpartition("/")
        return PackageURL(self._reference.registry, namespace or None, plain, version).to_string()

    def _key(self, version: str, how: str) -> str:
        """Of all that a probe depends on."""
        profile = self._reference.profile.model_dump_json(exclude={"checked"})
        parts = __version__, self._purl(version), how, profile
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
