"""Many findings of the same shape as one, with the places where it is."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from undeclared.model import Frozen, Omission, Region, Scan, Sited
from undeclared.model.code import CodeFlow

SitedT = TypeVar("SitedT", bound=Sited)

MAX_ALSO = 20
"""Further places told of one."""
MAX_EACH = 10_000
"""Of each sort: reads, conditions …; a program made to have more is not told in full."""
MAX_OMISSIONS = 1_000


def merged(parts: Iterable[Scan | Omission]) -> Scan:
    """One scan out of those of single files.

    What has one id stays once, where it was found first, with the other places beside it; so do
    endpoints of one URL, components of one name, and omissions of one text. Endpoints that are
    seen to be called come first.
    """
    scans, omissions = [], list[Omission]()
    for part in parts:
        if isinstance(part, Scan):
            scans.append(part)
            omissions += part.omissions
        else:
            omissions.append(part)
    return Scan(
        files=sum(part.files for part in scans),
        bytes=sum(part.bytes for part in scans),
        reads=_sited("reads", (own for part in scans for own in part.reads), _id, omissions),
        hidden=_sited(
            "hidden constants", (own for part in scans for own in part.hidden), _id, omissions
        ),
        conditions=_sited(
            "conditions", (own for part in scans for own in part.conditions), _id, omissions
        ),
        flows=_flows((own for part in scans for own in part.flows), omissions),
        endpoints=_sited(
            "endpoints",
            sorted(
                (own for part in scans for own in part.endpoints), key=lambda own: not own.called
            ),
            lambda own: (own.url, own.hidden),
            omissions,
        ),
        components=_sited(
            "components",
            (own for part in scans for own in part.components),
            lambda own: own.name,
            omissions,
        ),
        omissions=_omissions(omissions),
    )


def moved(found: Scan | Omission, path: str) -> Scan | Omission:
    """What was found in a file, as it is in another one of the same bytes."""
    if isinstance(found, Omission):
        return found.model_copy(update={"path": path})
    return _at(found, path)


FrozenT = TypeVar("FrozenT", bound=Frozen)


def _at(value: FrozenT, path: str) -> FrozenT:
    changed = {
        name: path if name == "path" else _each(own, path)
        for name, own in value
        if name == "path" or isinstance(own, tuple | Frozen)
    }
    return value.model_copy(update=changed)


def _each(value: object, path: str) -> object:
    if isinstance(value, tuple):
        return tuple(_each(own, path) for own in value)
    return _at(value, path) if isinstance(value, Frozen) else value


def _id(own: Sited) -> str:
    return str(getattr(own, "id"))  # noqa: B009 - all that come here have one


def _sited(
    sort: str,
    found: Iterable[SitedT],
    key: Callable[[SitedT], Hashable],
    omissions: list[Omission],
) -> tuple[SitedT, ...]:
    kinds: dict[Hashable, list[SitedT]] = {}
    left_out = 0
    for own in found:
        name = key(own)
        if name in kinds or len(kinds) < MAX_EACH:
            kinds.setdefault(name, []).append(own)
        else:
            left_out += 1
    if left_out:
        omissions.append(_too_many(sort, left_out))
    return tuple(_joined(same) for same in kinds.values())


def _joined(same: list[SitedT]) -> SitedT:
    first = same[0]
    if len(same) == 1:
        return first
    places = [(own.region, *own.also_at) for own in same]
    regions = dict[tuple[str, int, int], Region]()
    for region in (each for own in places for each in own):
        if len(regions) > MAX_ALSO:
            break
        regions.setdefault(_place(region), region)
    regions.pop(_place(first.region))
    return first.model_copy(
        update={
            "also_at": tuple(
                region.model_copy(update={"excerpt": ""}) for region in regions.values()
            ),
            "places": _number(same),
        }
    )


def _number(same: list[SitedT]) -> int:
    """Places in all; one that two analyses of a file both report counts once."""
    single = {_place(own.region) for own in same if own.places == 1}
    return max(1, len(single) + sum(own.places for own in same if own.places > 1))


def _place(region: Region) -> tuple[str, int, int]:
    return region.path, region.start, region.end


def _flows(found: Iterable[CodeFlow], omissions: list[Omission]) -> tuple[CodeFlow, ...]:
    kinds: dict[str, CodeFlow] = {}
    places: dict[str, int] = {}
    left_out = 0
    for own in found:
        if own.id in kinds or len(kinds) < MAX_EACH:
            kinds.setdefault(own.id, own)
            places[own.id] = places.get(own.id, 0) + own.places
        else:
            left_out += 1
    if left_out:
        omissions.append(_too_many("flows", left_out))
    return tuple(
        own if own.places == places[own.id] else own.model_copy(update={"places": places[own.id]})
        for own in kinds.values()
    )


def _too_many(sort: str, left_out: int) -> Omission:
    return Omission(
        path="", what=f"{left_out} {sort} beyond the first {MAX_EACH} of different shapes"
    )


def _omissions(found: list[Omission]) -> tuple[Omission, ...]:
    unique = list(dict.fromkeys(found))
    if len(unique) <= MAX_OMISSIONS:
        return tuple(unique)
    more = len(unique) - MAX_OMISSIONS
    return (*unique[:MAX_OMISSIONS], Omission(path="", what=f"{more} further omissions"))
