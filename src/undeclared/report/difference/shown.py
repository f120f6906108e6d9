"""What the writers of a difference have in common: how much of it is shown."""

from collections.abc import Iterator, Sequence

from undeclared.model import (
    DifferenceEntry,
    DifferenceKind,
    DifferenceReport,
    DifferenceSection,
    DifferenceSide,
)

SMALL = 3
"""Things of no note that are named, of each kind; the rest is counted."""
PARTS = 8
"""Parts of one thing that are named."""
_CUT = 90


def told(side: DifferenceSide) -> str:
    """A side in one line: what it is, how it was looked at, and whether that is all."""
    artifact = side.artifact
    effect = side.minimum_detectable_effect
    parts = [
        artifact.name,
        artifact.version,
        artifact.kind.value,
        f"published {artifact.published:%Y-%m-%d}" if artifact.published else "",
        f"{side.source} of {side.started:%Y-%m-%d %H:%M} UTC",
        f"scenario {side.scenario}" if side.scenario else "",
        f"{side.runs} runs" if side.source == "audit" else "",
        _varied(side.signals) if side.source == "audit" else "",
        f"smallest effect {effect:.0%} of runs" if effect is not None else "",
        "complete" if side.complete else "INCOMPLETE, never a pass",
    ]
    return ", ".join(filter(None, parts))


def _varied(signals: Sequence[str]) -> str:
    if len(signals) > 4:
        return f"{len(signals)} facts varied"
    return f"varied: {' '.join(signals)}" if signals else "nothing varied"


def parted(section: DifferenceSection) -> tuple[list[DifferenceEntry], list[DifferenceEntry]]:
    """What is worth a reader's time, and the rest."""
    notable = [own for own in section.entries if own.notable]
    return notable, [own for own in section.entries if not own.notable]


def sure(entries: Sequence[DifferenceEntry]) -> list[DifferenceEntry]:
    """What came, went or changed, without what cannot be compared."""
    return [own for own in entries if own.kind is not DifferenceKind.NOT_COMPARABLE]


def lines(entry: DifferenceEntry) -> Iterator[str]:
    """What is to be said of an entry below its subject."""
    if entry.kind is DifferenceKind.CHANGED and entry.before != entry.after:
        if not (entry.added or entry.removed):
            yield f"before: {entry.before}"
            yield f"after: {entry.after}"
    elif entry.kind is not DifferenceKind.CHANGED:
        said = (entry.after or entry.before).removeprefix(entry.subject).lstrip(",:; ")
        if said:
            yield said
    yield from _parts("+", entry.added)
    yield from _parts("-", entry.removed)
    yield from _parts("?", entry.uncertain)


def short(text: str, most: int = _CUT) -> str:
    """The beginning of a text, for a list of many."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def limits(sections: Sequence[DifferenceSection]) -> Iterator[tuple[DifferenceSection, list[str]]]:
    """Each section with what was not compared in it, each sentence where it is told first."""
    told: set[str] = set()
    for section in sections:
        yield section, [own for own in section.limits if own not in told]
        told.update(section.limits)


def _parts(sign: str, parts: Sequence[str]) -> Iterator[str]:
    if parts:
        more = f" and {len(parts) - PARTS} more" if len(parts) > PARTS else ""
        yield f"{sign} {', '.join(short(own) for own in parts[:PARTS])}{more}"


def unsure(entries: Sequence[DifferenceEntry]) -> Iterator[tuple[str, str]]:
    """What cannot be compared, by the reason for it."""
    whys: dict[str, list[str]] = {}
    for own in entries:
        whys.setdefault(own.why, []).append(short(own.subject, 2 * _CUT))
    for why, subjects in whys.items():
        more = f"; and {len(subjects) - PARTS} more" if len(subjects) > PARTS else ""
        yield why, "; ".join(subjects[:PARTS]) + more


def small(entries: Sequence[DifferenceEntry]) -> Iterator[tuple[str, str]]:
    """By kind, the first few things of no note by name, the rest counted."""
    for kind in DifferenceKind:
        own = [each for each in entries if each.kind is kind]
        if own:
            named = "; ".join(_brief(each) for each in own[:SMALL])
            more = f"; and {len(own) - SMALL} more" if len(own) > SMALL else ""
            yield kind.value, f"{named}{more}"


def _brief(entry: DifferenceEntry) -> str:
    parts = [*(f"+ {own}" for own in entry.added), *(f"- {own}" for own in entry.removed)]
    more = f" ({', '.join(short(own) for own in parts[:SMALL])}{' …' * bool(parts[SMALL:])})"
    return short(entry.subject) + (more if parts else "")


def alike(report: DifferenceReport) -> str:
    """The sections in which nothing differs, with how much was compared."""
    same = [
        f"{own.title.lower()} ({own.alike})"
        for own in report.sections
        if own.alike and not own.entries
    ]
    return f"Alike: {', '.join(same)}." if same else ""
