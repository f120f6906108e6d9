"""From established influences to findings: marks first, one cause one finding."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from undeclared.catalogue import AgentProfile, ChannelSpec
from undeclared.judge.channels import channel
from undeclared.judge.contacts import declared
from undeclared.judge.wording import condition, title
from undeclared.model import (
    Confidence,
    Finding,
    FindingKind,
    FindingVariant,
    Influence,
    Locus,
    Severity,
    Status,
    Variant,
)

MAX_CODEPOINTS = 64


def findings(influences: Iterable[Influence], profile: AgentProfile) -> tuple[Finding, ...]:
    """Findings of what was established, the most severe first.

    A covert difference is always a finding of its own. Open differences with the same cause are
    one finding, at the most telling place, with the others as its consequences.
    """
    marks: list[Finding] = []
    open_ones: dict[str, list[tuple[Influence, ChannelSpec]]] = defaultdict(list)
    for influence in influences:
        if influence.status is not Status.ESTABLISHED:
            continue
        spec = channel(influence)
        if spec.covert:
            marks.append(_finding(influence, spec, profile, ()))
        else:
            open_ones[influence.cause].append((influence, spec))
    found = marks + [_together(own, profile) for own in open_ones.values()]
    order = list(Severity)
    return tuple(
        sorted(found, key=lambda each: (-order.index(each.severity), each.kind, str(each.locus)))
    )


def _together(own: Sequence[tuple[Influence, ChannelSpec]], profile: AgentProfile) -> Finding:
    """One finding for everything that one cause changes openly."""
    lead, spec = min(own, key=lambda each: _prominence(each[0]))
    rest = tuple(
        locus
        for influence, _ in own
        for locus in (influence.locus, *influence.also_at)
        if influence is not lead
    )
    return _finding(lead, spec, profile, rest)


def _prominence(influence: Influence) -> tuple[bool, bool, bool, str]:
    """The conversation before telemetry, a changed text before a missing one."""
    absent = any(variant.absent for variant in influence.variants)
    locus = influence.locus
    return not locus.step.startswith("turn"), absent, locus.part != "body", str(locus)


def _finding(
    influence: Influence, spec: ChannelSpec, profile: AgentProfile, rest: tuple[Locus, ...]
) -> Finding:
    kind = FindingKind.MARK if spec.covert else FindingKind.INFLUENCE
    says = declared(influence.locus.host, profile)
    return Finding(
        id=_id(kind, spec.id, influence),
        kind=kind,
        severity=_severity(influence, spec, undeclared_host=says is False),
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
        variants=tuple(_variant(variant) for variant in influence.variants),
        contrasts=influence.contrasts,
        evidence=influence.evidence,
        also_at=tuple(dict.fromkeys((*influence.also_at, *rest))),
    )


def _severity(influence: Influence, spec: ChannelSpec, *, undeclared_host: bool) -> Severity:
    """How bad, if nobody knows of it.

    A covert difference is high. An open one is low in the conversation with the model, where the
    user can read it, and medium where it goes to a host that nobody declared.
    """
    if spec.covert:
        return Severity.HIGH
    if undeclared_host and not influence.locus.step:
        return Severity.MEDIUM
    return Severity.LOW


def _variant(variant: Variant) -> FindingVariant:
    return FindingVariant(
        when=variant.when,
        text=variant.text,
        codepoints=tuple(f"U+{ord(c):04X}" for c in variant.changed[:MAX_CODEPOINTS]),
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
