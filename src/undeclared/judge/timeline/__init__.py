"""From probes of single versions to bars over all of them. Pure."""

from undeclared.judge.timeline.bars import bars, differences
from undeclared.judge.timeline.matching import identified, weight
from undeclared.judge.timeline.search import Facts, Span, boundaries, evenly, spans, wanted, widest

__all__ = [
    "Facts",
    "Span",
    "bars",
    "boundaries",
    "differences",
    "evenly",
    "identified",
    "spans",
    "wanted",
    "weight",
    "widest",
]
