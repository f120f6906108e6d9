"""From established influences to findings: marks first, one cause one finding."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from undeclared.catalogue import AgentProfile, ChannelSpec, signals
from undeclared.judge.channels import channel
from undeclared.judge.contacts import declared
from undeclared.judge.wording import condition, title
from undeclared.model import (
    Confidence,
    Consequence,
    Finding,
    FindingKind,
    FindingVariant,
    Influence,
    Locus,
    Severity,
    Status,
    Variant,
    View,
)

MAX_CODEPOINTS = 64


def findings(influences: Iterable[Influence], profile: AgentProfile) -> tuple[Finding, ...]:
    """Findings of what was established, the most severe first.

    A covert difference is always a finding of its own. Open differences by the same signals are
    one finding, at the most telling place, with the others as its consequences; those that go to
    a host that nobody declared stay apart from the others. What only repeats another difference,
    such as a length or a digest, is a consequence of the finding that it repeats.
    """
    established = [own for own in influences if own.status is Status.ESTABLISHED]
    roots = {own.cause for own in established if not own.follows}
    judged = [(influence, channel(influence)) for influence in established]
    openly = {
        place for influence, spec in judged if not spec.covert for place in _places(influence)
    }
    open_texts = [own for own, spec in judged if not spec.covert and own.view is View.TEXT]
    marks: list[_Judged] = []
    followers: list[_Judged] = []
    open_ones: dict[object, list[_Judged]] = defaultdict(list)
    for influence, spec in judged:
        if not roots.isdisjoint(influence.follows):
            followers.append((influence, spec))
        elif (
            spec.covert
            and not _paced(influence)
            and _beside(influence, spec) not in openly
            and not (spec.rule not in _ALWAYS_COVERT and _told(influence, open_texts))
        ):
            marks.append((influence, spec))
        else:
            seen = spec.model_copy(update={"covert": False, "because": ""})
            by = tuple(sorted(signal.id for signal in influence.signals))
            open_ones[by, _severity(influence, seen, profile)].append((influence, seen))
    led = [([each], each) for each in marks]
    led += [(own, min(own, key=lambda each: _prominence(each[0]))) for own in open_ones.values()]
    found = [_led(lead, own, followers, profile) for own, lead in led]
    order = list(Severity)
    return tuple(
        sorted(found, key=lambda each: (-order.index(each.severity), each.kind, str(each.locus)))
    )


_Judged = tuple[Influence, ChannelSpec]

_ALWAYS_COVERT = {"confusable", "invisible", "normalisation", "date-format"}
"""Rules about the characters of a text: what else changes does not make them any plainer."""

_Beside = tuple[str, ...]


def _beside(influence: Influence, spec: ChannelSpec) -> _Beside:
    """The place at which an open difference with the same cause makes this one its consequence.

    Another order of keys is covert where it is the only difference. Where the same condition also
    changes openly what the request says, another order, spacing or handshake tells nobody more:
    another piece of code has made the request. Likewise for a paragraph with its white space.
    """
    locus = influence.locus
    if spec.rule in _ALWAYS_COVERT:
        return ()
    if influence.view in (View.DELAY, View.SEQUENCE, View.LENGTH):
        return _by(influence)  # what else the same signals change takes time and room
    if influence.view is View.TEXT:
        return (influence.cause, *_text(locus))
    if locus.part == "client-hello":
        return (influence.cause, locus.host)
    return (influence.cause, *_exchange(locus))


def _told(influence: Influence, openly: Sequence[Influence]) -> bool:
    """Whether the same text says openly all that this difference in it says, by the same signal.

    A program that has another text for each of some models has other capitals in some of them.
    """
    if influence.view is not View.TEXT or len(influence.signals) != 1:
        return False
    said = _by_level(influence)
    texts = {_text(locus) for locus in (influence.locus, *influence.also_at)}
    for own in openly:
        if _by(own) != _by(influence) or texts.isdisjoint(
            _text(locus) for locus in (own.locus, *own.also_at)
        ):
            continue
        shown: dict[frozenset[int], set[frozenset[int] | None]] = defaultdict(set)
        for level, variants in _by_level(own).items():
            shown[variants].add(said.get(level))
        if said.keys() <= _by_level(own).keys() and all(len(each) == 1 for each in shown.values()):
            return True
    return False


def _by_level(influence: Influence) -> dict[str, frozenset[int]]:
    """Which variants each level of the one signal shows."""
    found: dict[str, set[int]] = defaultdict(set)
    for number, variant in enumerate(influence.variants):
        for signal in variant.conditions:
            if signal.id == influence.signals[0].id:
                for level in signal.levels:
                    found[level].add(number)
    return {level: frozenset(numbers) for level, numbers in found.items()}


def _paced(influence: Influence) -> bool:
    """Whether it is of times alone, by facts that programs plan their work by."""
    known = signals()
    return influence.view in (View.DELAY, View.SEQUENCE) and all(
        own.id in known and known[own.id].paces for own in influence.signals
    )


def _places(influence: Influence) -> Iterator[_Beside]:
    """All places at which an open influence accompanies others."""
    yield _by(influence)
    for locus in (influence.locus, *influence.also_at):
        yield (influence.cause, *_text(locus))
        yield (influence.cause, *_exchange(locus))
        yield (influence.cause, locus.host)


def _by(influence: Influence) -> tuple[str, ...]:
    return ("by", *sorted(signal.id for signal in influence.signals))


def _exchange(locus: Locus) -> tuple[str, ...]:
    return locus.host, locus.method, locus.path, locus.step


def _text(locus: Locus) -> tuple[str, ...]:
    return (*_exchange(locus), locus.part, locus.pointer)


def _led(
    lead: _Judged, own: Sequence[_Judged], followers: Sequence[_Judged], profile: AgentProfile
) -> Finding:
    """One finding at `lead`, with the rest of its own and what repeats any of them."""
    causes = {influence.cause for influence, _ in own}
    rest = [each for each in own if each is not lead]
    rest += [each for each in followers if not causes.isdisjoint(each[0].follows)]
    rest.sort(key=lambda each: str(each[0].locus))
    consequences = [
        Consequence(
            locus=locus,
            channel=spec.id,
            title=title(influence, spec) + (f" ({f})" if (f := influence.function) else ""),
            condition=condition(influence),
        )
        for influence, spec in rest
        for locus in (influence.locus, *influence.also_at)
    ]
    return _finding(*lead, profile, consequences)


def _prominence(influence: Influence) -> tuple[bool, bool, bool, bool, str]:
    """The conversation before telemetry, a changed text before a missing one.

    A question for a name comes last: it is asked because of a request to it.
    """
    absent = any(variant.absent for variant in influence.variants)
    locus = influence.locus
    asked = locus.part == "question"
    return asked, not locus.in_conversation, absent, locus.part != "body", str(locus)


def _finding(
    influence: Influence,
    spec: ChannelSpec,
    profile: AgentProfile,
    consequences: Sequence[Consequence] = (),
) -> Finding:
    kind = FindingKind.MARK if spec.covert else FindingKind.INFLUENCE
    return Finding(
        id=_id(kind, spec.id, influence),
        kind=kind,
        severity=_severity(influence, spec, profile),
        confidence=Confidence.HIGH,
        title=title(influence, spec),
        condition=condition(influence),
        # The declarations of a profile are about hosts so far; none is about a covert difference.
        declared=(False if profile.declarations else None) if spec.covert else None,
        covert=spec.covert,
        covert_because=spec.because,
        signals=influence.signals,
        channel=spec.id,
        locus=influence.locus,
        bits=influence.bits,
        p_value=influence.p_value,
        variants=tuple(_variant(variant, influence.view) for variant in influence.variants),
        contrasts=influence.contrasts,
        evidence=influence.evidence,
        also_at=influence.also_at,
        consequences=tuple(consequences),
    )


def _severity(influence: Influence, spec: ChannelSpec, profile: AgentProfile) -> Severity:
    """How bad, if nobody knows of it.

    A covert difference is high. An open one is low in the conversation with the model, where the
    user can read it, and medium where it goes to a host that nobody declared.
    """
    if spec.covert:
        return Severity.HIGH
    if declared(influence.locus.host, profile) is False and not influence.locus.in_conversation:
        return Severity.MEDIUM
    return Severity.LOW


def _variant(variant: Variant, view: View) -> FindingVariant:
    # Of an order or a spacing, the code points of how we write it down say nothing.
    told = variant.changed[:MAX_CODEPOINTS] if view in (View.TEXT, View.VALUE) else ""
    return FindingVariant(
        when=variant.when,
        text=variant.text,
        codepoints=tuple(f"U+{ord(c):04X}" for c in told),
        changed=variant.changed,
        absent=variant.absent,
        conditions=variant.conditions,
        seen=variant.seen,
        of=variant.of,
    )


def _id(kind: FindingKind, channel_id: str, influence: Influence) -> str:
    """A stable id: nothing in it depends on minified names, versions, levels or counts."""
    locus = influence.locus
    parts = (
        kind.value, channel_id, locus.host, locus.method, locus.path, locus.part, locus.pointer,
        locus.segment, *sorted(signal.id for signal in influence.signals),
    )  # fmt: skip
    return f"{kind.value}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:12]}"
