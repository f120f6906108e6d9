"""Names the channel of an influence, from the catalogue's rules."""

from fnmatch import fnmatchcase

from undeclared.catalogue import ChannelSpec, channels
from undeclared.judge.sameness import RULES
from undeclared.judge.values import Carried, carried
from undeclared.model import Influence, Variant, View


def channel(influence: Influence) -> ChannelSpec:
    """The channel of an influence: the first by rank that fits every variant against the default.

    Where the variants are of several channels, it is the one of the most open difference, so that
    an influence is called covert only if all of it is. An open difference that holds a value of the
    signal in an encoding, or a digest of it, is named so, and its title says what was found.
    """
    base, *others = influence.variants
    found = max(
        (_between(influence, base, other) for other in others),
        key=lambda spec: spec.rank,
    )
    if found.covert or influence.view not in (View.TEXT, View.VALUE, View.PRESENCE):
        return found
    known = carried(influence)
    return _known(known) if known is not None else found


def _known(own: Carried) -> ChannelSpec:
    spec = channels()["value.hashed" if own.hashed else "value.encoded"]
    title = "What looks like a digest"
    if own.form:
        title = f"{spec.title} ({own.form} of {own.of})" if own.of else f"A value within {own.form}"
    return spec.model_copy(update={"title": title})


def _between(influence: Influence, base: Variant, other: Variant) -> ChannelSpec:
    locus = influence.locus
    if base.absent or other.absent:
        return fitting("presence", locus.part, "", "", pointer=locus.pointer)
    whole = (base.isolated, other.isolated) == (base.changed, other.changed)
    found = fitting(
        influence.view.value,
        locus.part,
        base.isolated,
        other.isolated,
        whole=whole,
        pointer=locus.pointer,
    )
    if found.rule == "wording" and _names_a_level(influence, base, other):
        return channels()["text.value"]
    return found


def _names_a_level(influence: Influence, *variants: Variant) -> bool:
    """Whether a differing part holds a level in the clear: then it is no matter of wording."""
    levels = {
        level.casefold()
        for variant in influence.variants
        for signal in variant.conditions
        for level in signal.levels
    }
    texts = [variant.changed.casefold() for variant in variants]
    return any(level in text for level in levels for text in texts)


def fitting(
    view: str, part: str, before: str, after: str, *, whole: bool = False, pointer: str = ""
) -> ChannelSpec:
    """The channel of lowest rank that fits a view, a place in a flow and a pair of texts.

    Raises LookupError if none does, which is a gap in the catalogue.
    """
    for spec in channels().values():
        if view not in spec.views or not _is_in(part, spec.parts):
            continue
        if not _is_in(pointer, spec.pointers):
            continue
        if whole if spec.rule == "whole" else RULES[spec.rule](before, after):
            holding = next((own for own in spec.covert_if if RULES[own](before, after)), spec.rule)
            return spec.under(holding).seen_in(view).at(pointer)
    raise LookupError(f"no channel in the catalogue for view {view} of {part} {pointer}".rstrip())


def _is_in(text: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, glob) for glob in globs)
