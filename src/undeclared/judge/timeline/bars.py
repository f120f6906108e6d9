"""From what single versions have to bars: since which version, until which, and how sure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from undeclared.judge.timeline.matching import identified, weight
from undeclared.judge.timeline.search import Facts, spans
from undeclared.model import Bar, Changed, Edge, NewDifference, Probe, ProbedBy, Release, Trait

_TOLD = 6
"""Constants that are named of those that came or went."""


def bars(releases: Sequence[Release], probes: Sequence[Probe]) -> tuple[Bar, ...]:
    """Every finding of the probes as bars over the releases.

    `releases` in the order of their versions, each probed at most once in each way. The most severe
    come first, of those what runs showed.
    """
    place = {own.version: number for number, own in enumerate(releases)}
    found: list[Bar] = []
    for by in (ProbedBy.RUN, ProbedBy.CODE):
        known = {place[own.version]: own for own in probes if own.by is by}
        found += _bars(releases, known, by)
    told = _with_counterparts(found)
    return tuple(sorted(told, key=lambda own: _order(own, place)))


def _order(bar: Bar, place: Mapping[str, int]) -> tuple[int, bool, int, str]:
    begins = place[bar.begins.version]
    return -weight(bar.trait), bar.by is ProbedBy.CODE, begins, bar.trait.id


def _bars(releases: Sequence[Release], probes: Mapping[int, Probe], by: ProbedBy) -> Iterator[Bar]:
    usable = {number: own for number, own in probes.items() if not own.problem}
    named = identified({number: own.traits for number, own in usable.items()})
    seen = {number: Facts(own) for number, own in named.items()}
    for span in spans(seen):
        held = [number for number in sorted(seen) if span.first <= number <= span.last]
        inside = span.last - span.first + 1
        yield Bar(
            trait=named[span.last][span.fact],
            begins=_edge(
                releases, usable, named[span.first][span.fact], span.first, span.before, outside=-1
            ),
            ends=_edge(
                releases,
                usable,
                named[span.last][span.fact],
                span.last,
                span.after,
                outside=len(releases),
            ),
            versions=inside,
            days=_days(releases[span.first], releases[span.last]),
            by=by,
            seen=tuple(releases[number].version for number in held),
            assumed=inside - len(held),
            changes=tuple(
                _changes(releases, [(number, named[number][span.fact]) for number in held])
            ),
        )


def _edge(
    releases: Sequence[Release],
    probes: Mapping[int, Probe],
    trait: Trait,
    own: int,
    neighbour: int | None,
    *,
    outside: int,
) -> Edge:
    """Where a bar begins or ends at `own`; `outside` is the number beyond the range there."""
    low, high = sorted((own, outside if neighbour is None else neighbour))
    beside = None if neighbour is None else probes[neighbour]
    unsure = beside is not None and not set(beside.unsure).isdisjoint(trait.spots)
    return Edge(
        version=releases[own].version,
        neighbour=None if neighbour is None else releases[neighbour].version,
        exact=beside is not None and high - low == 1 and not unsure,
        unsure=unsure,
        unknown=tuple(release.version for release in releases[low + 1 : high]),
        by=probes[own].by,
        p_value=trait.p_value,
        detectable=beside.detectable if beside else None,
    )


def _days(first: Release, last: Release) -> int | None:
    began, ended = first.at, last.at
    return (ended.date() - began.date()).days if began and ended else None


def _changes(releases: Sequence[Release], traits: Sequence[tuple[int, Trait]]) -> Iterator[str]:
    """What came to a list of constants or went from it, between two versions looked into."""
    for (one, older), (other, newer) in pairwise(traits):
        was, now = set(older.constants), set(newer.constants)
        if was == now:
            continue
        where = releases[other].version
        if other - one > 1:
            where = f"after {releases[one].version}, by {where}"
        came = [own for own in newer.constants if own not in was]
        went = [own for own in older.constants if own not in now]
        said = [f"{verb} {_named(own)}" for verb, own in (("gains", came), ("loses", went)) if own]
        yield f"{where}: {' and '.join(said)}; {len(was)} constants become {len(now)}"


def _named(values: Sequence[str]) -> str:
    more = f" and {len(values) - _TOLD} more" if len(values) > _TOLD else ""
    return ", ".join(values[:_TOLD]) + more


def _with_counterparts(found: Sequence[Bar]) -> Iterator[Bar]:
    """To what runs showed, what the code has from the same version to the same."""
    code = [own for own in found if own.by is ProbedBy.CODE]
    for bar in found:
        same = [own for own in code if _coincide(bar, own)]
        if bar.by is ProbedBy.CODE or not same:
            yield bar
            continue
        shared = set.intersection(*(set(own.seen) for own in same)) - set(bar.seen)
        yield bar.model_copy(
            update={
                "counterparts": tuple(dict.fromkeys(own.trait.title for own in same)),
                "in_code": tuple(own for own in same[0].seen if own in shared),
                "assumed": bar.assumed - len(shared),
            }
        )


def _coincide(bar: Bar, code: Bar) -> bool:
    """Whether both begin and end in the same versions, and one of them within the range."""
    edges = [(bar.begins, code.begins), (bar.ends, code.ends)]
    same = all(one.version == other.version for one, other in edges)
    return same and (bar.begins.exact or bar.ends.exact)


def differences(releases: Sequence[Release], probes: Sequence[Probe]) -> tuple[NewDifference, ...]:
    """What each release has that the one before it had not, and the other way round.

    Of those that were looked into in the same way; what was not is told by the bars.
    """
    order = {own.version: number for number, own in enumerate(releases)}
    found: list[NewDifference] = []
    for by in (ProbedBy.RUN, ProbedBy.CODE):
        known = {order[own.version]: own for own in probes if own.by is by and not own.problem}
        named = identified({number: own.traits for number, own in known.items()})
        for one, other in pairwise(sorted(named)):
            was, now = named[one], named[other]
            for change, names, traits in (
                (Changed.ADDED, now.keys() - was.keys(), now),
                (Changed.REMOVED, was.keys() - now.keys(), was),
            ):
                found += [
                    NewDifference(
                        version=releases[other].version,
                        before=releases[one].version,
                        change=change,
                        trait=traits[name],
                        by=by,
                    )
                    for name in sorted(names)
                ]
    return tuple(
        sorted(found, key=lambda own: (-weight(own.trait), order[own.version], own.trait.id))
    )
