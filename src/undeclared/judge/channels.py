"""Names the channel of an influence, from the catalogue's rules."""

from fnmatch import fnmatchcase

from undeclared.catalogue import ChannelSpec, channels
from undeclared.judge.sameness import RULES
from undeclared.model import Influence, Variant


def channel(influence: Influence) -> ChannelSpec:
    """The channel of an influence: the first by rank that fits every variant against the default.

    Where the variants are of several channels, it is the one of the most open difference, so that
    an influence is called covert only if all of it is.
    """
    base, *others = influence.variants
    found = [_between(influence, base, other) for other in others]
    return max(found, key=lambda spec: spec.rank)


def _between(influence: Influence, base: Variant, other: Variant) -> ChannelSpec:
    if base.absent or other.absent:
        return fitting("presence", influence.locus.part, "", "")
    whole = (base.isolated, other.isolated) == (base.changed, other.changed)
    return fitting(
        influence.view.value, influence.locus.part, base.isolated, other.isolated, whole=whole
    )


def fitting(view: str, part: str, before: str, after: str, *, whole: bool = False) -> ChannelSpec:
    """The channel of lowest rank that fits a view, a part of a flow and a pair of texts.

    Raises LookupError if none does, which is a gap in the catalogue.
    """
    for spec in channels().values():
        if view not in spec.views or not any(fnmatchcase(part, glob) for glob in spec.parts):
            continue
        if whole if spec.rule == "whole" else RULES[spec.rule](before, after):
            return spec
    raise LookupError(f"no channel in the catalogue for view {view} of {part}")
