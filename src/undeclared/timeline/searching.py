"""The search: by code first, which is cheap, then by runs where the code changes, and at the ends.

The downloads are what costs most, so few versions are looked into. What is known of them says which
is next (`judge.timeline.search`); those that do not depend on each other are looked into at the
same time.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from undeclared.acquire import Reference
from undeclared.apart import run_many
from undeclared.experiment import Watch
from undeclared.judge.timeline import (
    Facts,
    boundaries,
    evenly,
    identified,
    wanted,
    weight,
    widest,
)
from undeclared.model import (
    CodeCondition,
    FindingKind,
    Frozen,
    Probe,
    ProbedBy,
    Release,
    Trait,
    UndeclaredError,
)
from undeclared.store import default_store
from undeclared.timeline.asking import Alike, Asking
from undeclared.timeline.probing import KEPT, CodeRequest, RunRequest, by_code, by_run

if TYPE_CHECKING:
    from undeclared.timeline import TimelineRequest

FIRST = 5
"""Versions whose code is looked into first, evenly spread."""
LONGEST = 6
"""No stretch of more than this part of all versions stays without a look into its code."""
MOST_CHANGES = 4
"""Changes in the code around which audits are made."""
_Request = TypeVar("_Request", CodeRequest, RunRequest)


class Search:
    """Looks into versions until the first and last of each finding are known."""

    def __init__(
        self,
        reference: Reference,
        request: "TimelineRequest",
        releases: Sequence[Release],
        watch: Watch,
    ) -> None:
        self.problems: list[str] = []
        self.interrupted = False
        self._request = request
        self._asking = Asking(reference, request)
        self._releases, self._watch = releases, watch
        self._known: dict[ProbedBy, dict[int, Probe]] = {by: {} for by in ProbedBy}

    @property
    def compared(self) -> tuple[str, ...]:
        """The signals that are followed in the code."""
        return self._asking.about

    def probes(self) -> tuple[Probe, ...]:
        """All that were made, in the order of versions, those of code first."""
        return tuple(
            self._known[by][number] for by in ProbedBy for number in sorted(self._known[by])
        )

    def newest(self) -> str | None:
        """The newest version that was looked into in both ways; None if there is none."""
        both = [
            {number for number, own in known.items() if not own.problem}
            for known in self._known.values()
        ]
        newest = max(set.intersection(*both), default=None)
        return None if newest is None else self._releases[newest].version

    def carry_out(self, *, every: bool) -> None:
        """Look into the code, then run; a KeyboardInterrupt ends it, and what is known stays."""
        try:
            self._code(every=every)
            self._runs(every=every)
        except KeyboardInterrupt:
            self.interrupted = True
            self.problems.append(
                "Interrupted: the same command goes on from there; every probe is kept."
            )
        self._complain()

    def _code(self, *, every: bool) -> None:
        count = len(self._releases)
        start = range(count) if every and count <= self._most else evenly(count, FIRST)
        longest = max(1, count // LONGEST)

        def further() -> tuple[int, ...]:
            seen = self._seen(ProbedBy.CODE)
            found = wanted(count, seen, start, weight=self._weight(ProbedBy.CODE))
            return found or widest(count, seen, longest)

        self._until_done(ProbedBy.CODE, further, self._by_code)

    def _runs(self, *, every: bool) -> None:
        count = len(self._releases)
        seen = self._seen(ProbedBy.CODE)
        changes = boundaries(seen, self._weight(ProbedBy.CODE))
        near = [side for own in changes[:MOST_CHANGES] for side in (own - 1, own)]
        start = dict.fromkeys((*near, *evenly(count, 2 if near else 3)))
        if every and count <= self._most:
            start = dict.fromkeys(range(count))
        alike = self._asking.alike(self._conditions())

        def further() -> tuple[int, ...]:
            found = self._seen(ProbedBy.RUN)
            heavy = self._weight(ProbedBy.RUN)
            return wanted(count, found, start, hints=changes, weight=heavy)

        self._until_done(ProbedBy.RUN, further, partial(self._by_run, alike))

    @property
    def _most(self) -> int:
        return self._request.probes

    def _until_done(
        self,
        by: ProbedBy,
        further: Callable[[], tuple[int, ...]],
        make: Callable[[Sequence[int]], None],
    ) -> None:
        """Look into what is wanted until nothing is, or no more is allowed."""
        known = self._known[by]
        while numbers := [own for own in further() if own not in known]:
            allowed = numbers[: max(0, self._most - len(known))]
            if not allowed:
                self.problems.append(
                    f"By {by.value}, {len(known)} versions were looked into, and --probes allows no"
                    " more: some first or last versions are not exact."
                )
                return
            make(allowed)

    def _seen(self, by: ProbedBy) -> dict[int, Facts | None]:
        named = self._named(by)
        return {number: Facts(named[number]) if number in named else None
                for number in self._known[by]}  # fmt: skip

    def _named(self, by: ProbedBy) -> dict[int, dict[str, Trait]]:
        usable = {number: own.traits for number, own in self._known[by].items() if not own.problem}
        return identified(usable)

    def _weight(self, by: ProbedBy) -> Callable[[str], int]:
        """How much it is worth to bisect for a finding: marks, what is as bad, and what is hidden.

        What else changes from version to version is told as it was met.
        """
        weights: dict[str, int] = {}
        for own in self._named(by).values():
            for name, trait in own.items():
                telling = weight(trait) > 1 or trait.kind is FindingKind.HIDDEN_CONSTANTS
                weights[name] = max(weight(trait) * telling, weights.get(name, 0))
        return lambda fact: weights.get(fact, 0)

    def _by_code(self, numbers: Sequence[int]) -> None:
        requests = {own: self._asking.code(self._releases[own].version) for own in numbers}
        self._make(ProbedBy.CODE, requests, by_code, at_once=_processors())

    def _by_run(self, alike: Alike, numbers: Sequence[int]) -> None:
        at_once = min(len(numbers), _processors())
        jobs = 1 if self._request.cluster else max(1, _processors() // at_once)
        requests = {
            own: self._asking.run(self._releases[own].version, alike, jobs) for own in numbers
        }
        # The code of what is fetched anyway costs little, and tells of it what runs do not.
        self._by_code([own for own in numbers if own not in self._known[ProbedBy.CODE]])
        self._make(ProbedBy.RUN, requests, by_run, at_once=at_once)

    def _conditions(self) -> list[CodeCondition]:
        """All that the code of any version compares, as far as it is a finding."""
        known = self._known[ProbedBy.CODE]
        found = {
            condition.id: condition
            for number in sorted(known)
            for condition in known[number].conditions
        }
        return list(found.values())

    def _make(
        self,
        by: ProbedBy,
        requests: Mapping[int, _Request],
        work: Callable[[_Request, Watch], Probe],
        *,
        at_once: int,
    ) -> None:
        """Take probes from the store, and make those that it does not have."""
        known = self._known[by]
        left: dict[str, int] = {}
        for number, request in requests.items():
            found = None if self._request.fresh else _from_store(request.key)
            if found is not None:
                known[number] = found
            else:
                left[request.version] = number
        what = "code" if by is ProbedBy.CODE else "audits"
        named = ", ".join(self._releases[own].version for own in sorted(left.values()))
        if left:
            self._watch.say(f"{what}: {named}")
        items = [requests[number] for number in left.values()]
        for item, result in self._results(work, items, at_once):
            number = left[item.version]
            if isinstance(result, UndeclaredError):
                self._watch.say(f"{item.version}: {result.what}")
                known[number] = Probe(version=item.version, by=by, problem=str(result))
            else:
                known[number] = result
                told = len([own for own in result.traits if weight(own)])
                self._watch.say(f"{item.version}: {told} findings by {by.value}")

    def _results(
        self, work: Callable[[_Request, Watch], Probe], items: Sequence[_Request], at_once: int
    ) -> Iterator[tuple[_Request, Probe | UndeclaredError]]:
        """Each as it ends: from processes here, or from the workers of a cluster."""
        where = self._request.cluster
        if where is None:
            yield from run_many(work, items, self._watch, at_once=at_once, label=_version)
            return
        from undeclared import cluster  # Dask takes its time to load

        for item, result in cluster.run_many(
            work, items, self._watch, cluster=where, label=_version
        ):
            if isinstance(result, Probe):  # its worker may have another store
                default_store().keep(KEPT, item.key, result.model_dump_json())
            yield item, result

    def _complain(self) -> None:
        for by, known in self._known.items():
            failed = [own for _, own in sorted(known.items()) if own.problem]
            self.problems += [f"{own.version} by {by.value}: {own.problem}" for own in failed]


def _from_store(key: str) -> Probe | None:
    text = default_store().kept(KEPT, key)
    try:
        found = Probe.model_validate_json(text) if text else None
    except ValidationError:  # of another state of this tool
        return None
    return found.model_copy(update={"known": True, "downloaded": 0}) if found else None


def _version(request: Frozen) -> str:
    return str(getattr(request, "version", ""))


def _processors() -> int:
    return os.cpu_count() or 1
