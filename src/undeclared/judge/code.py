"""From what the code can do to findings: hidden constants, and conditions on what is sent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from undeclared.catalogue import AgentProfile, constant_kinds
from undeclared.judge.contacts import declared
from undeclared.model import (
    CodeCondition,
    CodeFlow,
    Comparison,
    ConditionStatus,
    Confidence,
    Finding,
    FindingKind,
    HiddenConstants,
    Locus,
    Region,
    Scan,
    Severity,
    Signal,
)

_TELLING = {"host name", "URL", "domain suffix", "time zone", "locale"}
"""What constants look like that say something about where a machine is or whom it talks to."""
_SURE = 0.9
"""From this score on, hidden constants are taken for what they look like."""
_OPEN_TESTS = frozenset(Comparison) - {Comparison.PRESENT, Comparison.COMPARES}
"""Those with constants that somebody chose."""
_OF_REQUESTS = {"prompt", "request body", "header", "url"}


def code_findings(
    scan: Scan,
    profile: AgentProfile | None = None,
    statuses: Mapping[str, ConditionStatus] | None = None,
) -> tuple[Finding, ...]:
    """Findings of what the code can do, the most severe first, and of those what is hidden.

    A fact of the machine that is read openly, compared, or sent as it is, is no finding by itself:
    programs do that all day, and the report lists it. A finding is what is kept from the eye, and
    what lets a fact of the machine choose what is sent. None is of high confidence but for a
    condition that runs confirmed: `statuses` has, by the id of a condition, what they say of it.
    """
    ways: dict[str, list[CodeFlow]] = defaultdict(list)
    for flow in scan.flows:
        if flow.condition is not None:
            ways[flow.condition].append(flow)
    hidden = {own.id: own for own in scan.hidden}
    found = [
        *(
            _of_condition(own, ways[own.id], hidden, profile, (statuses or {}).get(own.id))
            for own in _judged(scan, ways)
        ),
        *(_of_hidden(own, profile) for own in scan.hidden),
    ]
    order = list(Severity)

    def rank(own: Finding) -> tuple[int, bool, FindingKind, str]:
        concealed = not hidden.keys().isdisjoint(own.about)
        return -order.index(own.severity), not concealed, own.kind, own.id

    return tuple(sorted(_once(found), key=rank))


def _once(found: Iterable[Finding]) -> Iterator[Finding]:
    """The same said of the same place once, where several ways of the value lead to it."""
    said: dict[tuple[str, str, Region], Finding] = {}
    for own in found:
        key = own.title, own.condition, own.regions[0]
        known = said.get(key)
        about = tuple(dict.fromkeys((*known.about, *own.about))) if known else own.about
        said[key] = (known or own).model_copy(update={"about": about})
    yield from said.values()


def _judged(scan: Scan, ways: Mapping[str, Sequence[CodeFlow]]) -> Iterator[CodeCondition]:
    for condition in scan.conditions:
        chooses = any(flow.by == "choice" for flow in ways[condition.id])
        if condition.hidden or (chooses and condition.test in _OPEN_TESTS and condition.values):
            yield condition


def _of_condition(
    condition: CodeCondition,
    flows: Sequence[CodeFlow],
    hidden: Mapping[str, HiddenConstants],
    profile: AgentProfile | None,
    status: ConditionStatus | None,
) -> Finding:
    constants = hidden.get(condition.hidden or "")
    number = len(condition.values)
    what = "a constant" if number == 1 else f"{number} constants"
    kept = f" kept as {', '.join(constants.decoder)}" if constants else ""
    kept = kept or (" kept hidden" if condition.hidden else "")
    facts = " or ".join(condition.signals) or condition.what
    end = f"; the outcome {_leads_to(flows)}" if flows else ""
    end += f"; {status.value}" if status else ""
    sure = Confidence.MEDIUM if flows else Confidence.LOW
    return Finding(
        id=_id(FindingKind.CONDITION, condition.id),
        kind=FindingKind.CONDITION,
        severity=_severity(condition, flows, status),
        confidence=Confidence.HIGH if status is ConditionStatus.CONFIRMED else sure,
        title=f"The code compares {facts} with {what}{kept}{end}",
        condition=str(condition),
        # The declarations of a profile are about hosts so far; none is about a comparison.
        declared=False if profile and profile.declarations and condition.hidden else None,
        covert=False,
        signals=tuple(
            Signal(
                id=signal,
                levels=condition.values if condition.test is Comparison.EQUALS else (),
            )
            for signal in condition.signals
        ),
        channel="",
        locus=_locus(condition.region),
        bits=0.0,
        about=(
            condition.id,
            *(flow.id for flow in flows),
            *((condition.hidden,) if condition.hidden else ()),
        ),
        regions=(condition.region, *condition.also_at),
    )


def _leads_to(flows: Sequence[CodeFlow]) -> str:
    """What comes of a condition, in words: `chooses what is in: prompt, header`."""
    ways = {"chooses what is in": "choice", "puts the value into": "value"}
    said = []
    for verb, by in ways.items():
        sinks = dict.fromkeys(flow.sink for flow in flows if flow.by == by)
        if sinks:
            known = [sink for sink in sinks if sink != "other"]
            said.append(f"{verb}: {', '.join(known or ['something that leaves'])}")
    return " and ".join(said)


def _severity(
    condition: CodeCondition, flows: Sequence[CodeFlow], status: ConditionStatus | None
) -> Severity:
    """How bad, if nobody knows of it.

    Hidden constants that choose what is sent are as bad as a mark that was seen. Less are hidden
    ones that are compared with something, and open ones that say where a machine is or whom it
    talks to and choose what is in a request.
    """
    if condition.hidden:
        chooses = flows or status is ConditionStatus.CONFIRMED
        return Severity.HIGH if chooses else Severity.MEDIUM
    asked = any(flow.by == "choice" and flow.sink in _OF_REQUESTS for flow in flows)
    return Severity.MEDIUM if asked and _telling(condition.values) else Severity.LOW


def _telling(values: Sequence[str]) -> bool:
    return any(
        kind.says in _TELLING and kind.fits(value)
        for kind in constant_kinds().values()
        for value in values
    )


def _of_hidden(constants: HiddenConstants, profile: AgentProfile | None) -> Finding:
    number = len(constants.entries)
    looks = f" ({', '.join(constants.looks)})" if constants.looks else ""
    what = f"{number} constants{looks}" if number != 1 else f"A constant{looks}"
    telling = not _TELLING.isdisjoint(constants.looks)
    return Finding(
        id=_id(FindingKind.HIDDEN_CONSTANTS, constants.id),
        kind=FindingKind.HIDDEN_CONSTANTS,
        severity=Severity.MEDIUM if telling else Severity.LOW,
        confidence=Confidence.MEDIUM if constants.score >= _SURE else Confidence.LOW,
        title=f"{what} in a form that no search for the text finds: {', '.join(constants.decoder)}",
        condition="",
        declared=_declared(constants, profile),
        covert=False,
        signals=(),
        channel="",
        locus=_locus(constants.region),
        bits=0.0,
        about=(constants.id,),
        regions=(constants.region, *constants.also_at),
    )


def _declared(constants: HiddenConstants, profile: AgentProfile | None) -> bool | None:
    """Whether the vendor declares all hosts among the constants."""
    if profile is None or "host name" not in constants.looks:
        return None
    answers = {declared(entry, profile) for entry in constants.entries}
    return None if None in answers else answers == {True}


def _locus(region: Region) -> Locus:
    pointer = f"{region.start}-{region.end}"
    return Locus(host="", method="", path=region.path, part="code", pointer=pointer)


def _id(kind: FindingKind, fact: str) -> str:
    """That of the fact in the code, which a rebuild does not change."""
    return f"{kind.value}-{fact.rpartition('-')[2]}"
