"""Sentences of bytes and conditions, never of intent."""

import unicodedata
from collections.abc import Sequence

from undeclared.catalogue import ChannelSpec, signals
from undeclared.model import Influence, Signal, Variant, View

_LONGEST = 48


def title(influence: Influence, spec: ChannelSpec) -> str:
    """One line: the channel, the change, and the signals it depends on."""
    ids = " and ".join(signal.id for signal in influence.signals)
    if influence.locus.segment and influence.view is not View.TEXT:
        return f"{spec.title}: {_feature(influence, spec)}, by {ids}"
    base, *others = influence.variants
    shown = [_shown(base), *dict.fromkeys(_shown(other) for other in others)]
    change = f"{shown[0]} becomes {_either(shown[1:])}"
    return f"{spec.title}: {change}, by {ids}"


def _feature(influence: Influence, spec: ChannelSpec) -> str:
    """What a feature of something that varies by itself says: the segment names the feature."""
    name = influence.locus.segment
    base, *others = (variant.changed for variant in influence.variants)
    often = "" if all(own.seen == own.of for own in influence.variants) else "more often "
    change = f"{base} becomes {often}{_either(list(dict.fromkeys(others)))}"
    return change if name in spec.title else f"{name}: {change}"


def _shown(variant: Variant) -> str:
    if variant.absent:
        return "nothing"
    if not variant.changed:
        return "no text"
    if len(variant.changed) == 1:
        name = unicodedata.name(variant.changed, "")
        return f"U+{ord(variant.changed):04X} {name}".rstrip()
    text = variant.changed.replace("\n", " ⏎ ")
    return f"“{text}”" if len(text) <= _LONGEST else f"“{text[:_LONGEST]}…”"


def _either(shown: Sequence[str]) -> str:
    if len(shown) > 3:
        return f"one of {len(shown)} others"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def condition(influence: Influence) -> str:
    """When another variant than the default one appears.

    Where that is no single combination, as with an exclusive or, each one is named.
    """
    first = influence.signals[0]
    own = [contrast for contrast in influence.contrasts if contrast.signal == first.id]
    if len({contrast.within for contrast in own}) <= 1:
        return " and ".join(_levels(signal, influence) for signal in influence.signals)
    parts = (
        [_set(first.id, each.levels), *(_set(other.id, other.levels) for other in each.within)]
        for each in own
    )
    return " or ".join(f"({' and '.join(part)})" for part in parts)


def _levels(signal: Signal, influence: Influence) -> str:
    """The levels of one signal in the shortest true form."""
    everything = {
        level
        for variant in influence.variants
        for own in variant.conditions
        if own.id == signal.id
        for level in own.levels
    }
    known = signals().get(signal.id)
    others = everything - set(signal.levels)
    if known and others == {known.default} and len(signal.levels) > 1:
        return f"{signal.id} not {known.default}"
    return _set(signal.id, signal.levels)


def _set(signal: str, levels: Sequence[str]) -> str:
    return f"{signal} = {levels[0]}" if len(levels) == 1 else f"{signal} in {{{', '.join(levels)}}}"
