"""What the writers of a timeline have in common: its sentences, and bars as cells."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from undeclared.model import (
    Bar,
    Edge,
    FindingKind,
    NewDifference,
    Probe,
    ProbedBy,
    Release,
    Severity,
    TimelineReport,
)


class Cell(StrEnum):
    """What is known of a finding in a version, or in a few; each has a sign of its own."""

    SEEN = "●"
    """It was looked for and found."""
    LACKING = "○"
    """It was looked for and not found."""
    IN_CODE = "◆"
    """Not run; its code has what the code of those has that were run and have it."""
    ASSUMED = "━"
    """Not looked for; the versions around have it."""
    NOT_ASSUMED = "·"
    """Not looked for; the versions around lack it."""
    BOTH = "◐"
    """Of a few versions: found in one and not in another."""
    OPEN = "?"
    """The first or last version is among these, and it is not known which."""


LEGEND = (
    (Cell.SEEN, "looked for and found"),
    (Cell.LACKING, "looked for and not found"),
    (Cell.IN_CODE, "not run, its code has the same"),
    (Cell.ASSUMED, "between two that have it"),
    (Cell.NOT_ASSUMED, "between two that lack it"),
    (Cell.BOTH, "of several versions, some have it"),
    (Cell.OPEN, "not known"),
)


def nothing(report: TimelineReport) -> str:
    """What stands at the top where no mark was found."""
    audited = len(usable(report.probes, ProbedBy.RUN))
    if not audited:
        return "No version was audited: nothing is known of marks."
    return f"No mark was found by audits of {counted(audited, 'version')}."


def notable(report: TimelineReport) -> list[Bar]:
    """The bars that are told in full."""
    return [own for own in report.bars if own.trait.severity is not Severity.LOW]


def repeats(report: TimelineReport, bar: Bar) -> bool:
    """Whether a bar of the code is told already, with a mark of the same versions."""
    if bar.by is ProbedBy.RUN:
        return False
    ends = {
        (own.begins.version, own.ends.version)
        for own in report.bars
        if bar.trait.title in own.counterparts
    }
    return (bar.begins.version, bar.ends.version) in ends


def minor(report: TimelineReport) -> list[Bar]:
    """The others: low findings, which every program has."""
    return [own for own in report.bars if own.trait.severity is Severity.LOW]


def leading(report: TimelineReport) -> dict[str, list[str]]:
    """What stands at the top: since when and until when, and the titles of all of which that holds.

    Marks; where no audit found one, what the code hides and lets choose what is sent.
    """
    marks = [own for own in report.bars if own.trait.kind is FindingKind.MARK]
    high = [own for own in notable(report) if own.trait.severity is not Severity.MEDIUM]
    found: dict[str, list[str]] = {}
    for bar in marks or high:
        said = sentence(report, bar)
        titles = found.setdefault(said[0].upper() + said[1:], [])
        if bar.trait.title not in titles:
            titles.append(bar.trait.title)
    return found


def headline(report: TimelineReport) -> str:
    """What was looked into, in one line."""
    first, last = report.releases[0], report.releases[-1]
    count = len(report.releases)
    return (
        f"{report.agent}, {counted(count, 'version')}: {dated(first)} to {dated(last)}"
        if count > 1
        else f"{report.agent}, one version: {dated(first)}"
    )


def sentence(report: TimelineReport, bar: Bar) -> str:
    """Since when and until when: `present from 1.2.0 (2026-01-02) to 1.4.1 (…): 9 versions …`."""
    since, until = _since(report, bar.begins), _until(report, bar.ends)
    length = counted(bar.versions, "version")
    days = "" if bar.days is None else f", {counted(bar.days, 'day')}"
    return f"present {since} {until}: {length}{days}"


def _since(report: TimelineReport, edge: Edge) -> str:
    name = dated(_release(report, edge.version))
    if edge.exact:
        return f"from {name}"
    return f"from {name} or before" if edge.neighbour is None else f"from {name} at the latest"


def _until(report: TimelineReport, edge: Edge) -> str:
    name = dated(_release(report, edge.version))
    if edge.exact:
        return f"to {name}"
    return f"to {name} or later" if edge.neighbour is None else f"to {name} at least"


def edges(report: TimelineReport, bar: Bar) -> Iterator[tuple[str, str]]:
    """`first` and `last`, and how sure each is, in a sentence."""
    yield "first", _edge(report, bar.begins, "before")
    yield "last", _edge(report, bar.ends, "after")


def _edge(report: TimelineReport, edge: Edge, where: str) -> str:
    told = f"{dated(_release(report, edge.version))}"
    if edge.neighbour is None:
        ends = "begins" if where == "before" else "ends"
        unknown = f"; not known of {_named(edge.unknown)}" if edge.unknown else ""
        return f"{told}; the range {ends} here{unknown}"
    lacks = f"{dated(_release(report, edge.neighbour))} lacks it"
    if edge.unsure:
        lacks += " perhaps: it looked so there at first, and was not established"
    if edge.unknown:
        lacks += f"; not known of {_named(edge.unknown)} between"
    return f"{told}; {lacks} ({_confirmed(edge)})"


def _confirmed(edge: Edge) -> str:
    if edge.by is not ProbedBy.RUN:
        return "by its code alone"
    p_value = f", p {_small(edge.p_value)}" if edge.p_value is not None else ""
    if edge.detectable is None:
        return f"both by run{p_value}"
    return (
        f"both by run{p_value}; there a change in {edge.detectable:.0%} of the runs would have"
        " been found"
    )


def _small(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def looked(bar: Bar) -> str:
    """In which versions it was found, and of how many it is assumed."""
    how = "by run" if bar.by is ProbedBy.RUN else "in the code"
    told = f"{how} in {_named(bar.seen, 12)}"
    if bar.in_code:
        told += f"; its code in {_named(bar.in_code, 12)}"
    if bar.assumed:
        told += f"; assumed of the {counted(bar.assumed, 'version')} between, not looked into"
    return told


def cells(report: TimelineReport, bar: Bar, columns: int) -> list[Cell]:
    """The releases as at most so many cells, each for one version or a few that follow."""
    order = [own.version for own in report.releases]
    place = {version: number for number, version in enumerate(order)}
    seen = {place[own] for own in bar.seen}
    in_code = {place[own] for own in bar.in_code}
    tried = {place[own.version] for own in usable(report.probes, bar.by)}
    first, last = place[bar.begins.version], place[bar.ends.version]
    unknown = {place[own] for edge in (bar.begins, bar.ends) for own in edge.unknown}

    def state(number: int) -> Cell:
        if number in seen:
            return Cell.SEEN
        if number in tried:
            return Cell.LACKING
        if number in in_code:
            return Cell.IN_CODE
        if number in unknown:
            return Cell.OPEN
        return Cell.ASSUMED if first <= number <= last else Cell.NOT_ASSUMED

    states = [state(number) for number in range(len(order))]
    return [_joined(states[low:high]) for low, high in stretches(len(order), columns)]


def stretches(count: int, columns: int) -> list[tuple[int, int]]:
    """So many things in at most so many columns: the first of each, and the one after its last."""
    number = max(1, min(count, columns))
    return [(count * own // number, count * (own + 1) // number) for own in range(number)]


def _joined(states: Sequence[Cell]) -> Cell:
    kinds = set(states)
    if {Cell.SEEN, Cell.LACKING} <= kinds:
        return Cell.BOTH
    order = (
        Cell.SEEN, Cell.LACKING, Cell.IN_CODE, Cell.OPEN, Cell.ASSUMED, Cell.NOT_ASSUMED,
    )  # fmt: skip
    if {Cell.ASSUMED, Cell.NOT_ASSUMED} <= kinds or {Cell.SEEN, Cell.NOT_ASSUMED} <= kinds:
        return Cell.BOTH if Cell.LACKING in kinds else Cell.SEEN
    return next(own for own in order if own in kinds)


def usable(probes: Sequence[Probe], by: ProbedBy) -> list[Probe]:
    """The probes of one kind that say something."""
    return [own for own in probes if own.by is by and not own.problem]


def news(report: TimelineReport) -> str:
    """Of a watch: what there is to tell, in a sentence; empty if it is differences."""
    if not report.watched_from:
        return f"The watch begins with {report.releases[-1].version}: nothing to compare it with."
    if len(report.releases) == 1:
        return f"Nothing has appeared since {report.watched_from}."
    return "" if report.news else f"No difference since {report.watched_from}."


def difference(own: NewDifference) -> str:
    """`1.2.3: added since 1.2.2, by run`."""
    how = "by run" if own.by is ProbedBy.RUN else "in the code"
    return f"{own.version}: {own.change.value} since {own.before}, {how}"


def about(report: TimelineReport, odd: int) -> Iterator[tuple[str, list[str]]]:
    """What is to say of the timeline as a whole, at most so many `odd` times of it."""
    yield "looked into", list(costs(report))
    yield "varied", list(varied(report))
    if report.compared:
        followed = f"all that is hidden, and what is compared with {', '.join(report.compared)}"
        yield "in the code", [followed]
    yield "not searched", list(_omissions(report))
    yield "left out", list(report.left_out)
    more = [f"and {len(report.odd) - odd} more"] if report.odd[odd:] else []
    yield "odd times", [*report.odd[:odd], *more]
    yield "problems", list(report.problems)
    yield "made", [f"in {report.seconds:.0f} s by undeclared {report.tool_version}"]


def _omissions(report: TimelineReport) -> Iterator[str]:
    """Parts of the code that could not be searched, in how many versions."""
    found: dict[str, list[str]] = {}
    for probe in report.probes:
        for own in probe.omissions:
            found.setdefault(own.partition(": ")[2], []).append(probe.version)
    for what, versions in found.items():
        yield f"{what} (in the code of {_named(list(dict.fromkeys(versions)))})"


def costs(report: TimelineReport) -> Iterator[str]:
    """What was done for it: probes and downloads."""
    for by, what in ((ProbedBy.CODE, "the code of"), (ProbedBy.RUN, "audits of")):
        own = usable(report.probes, by)
        known = sum(probe.known for probe in own)
        runs = sum(probe.runs for probe in own if not probe.known)
        told = f"{what} {counted(len(own), 'version')}"
        told += f" ({known} of them known before)" if known else ""
        told += f", {runs} runs" if runs else ""
        if own:
            yield told
    fetched = sum(1 for own in report.probes if own.downloaded)
    yield f"{report.downloaded / 1e6:.1f} MB downloaded for {counted(fetched, 'version')}"


def varied(report: TimelineReport, most: int = 6) -> Iterator[str]:
    """What the audits varied: `timezone: Etc/UTC, Asia/Tokyo`."""
    for signal in report.signals:
        yield f"{signal.id}: {_named(signal.levels, most)}"


def dated(release: Release) -> str:
    """A version with its date: `1.2.3 (2026-01-02)`."""
    if release.at is None:
        return release.version
    by = "by " if release.odd else ""
    return f"{release.version} ({by}{release.at:%Y-%m-%d})"


def counted(number: int, what: str) -> str:
    """`1 version`, `2 versions`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _named(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _release(report: TimelineReport, version: str) -> Release:
    return next(own for own in report.releases if own.version == version)
