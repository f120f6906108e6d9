"""What the analysis of one file, or of several, established."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from undeclared.model.code import CodeCondition, CodeFlow, CodeRead, HiddenConstants, Omission


@dataclass(frozen=True)
class Facts:
    """What a program's code reads, compares and sends on."""

    reads: tuple[CodeRead, ...] = ()
    conditions: tuple[CodeCondition, ...] = ()
    flows: tuple[CodeFlow, ...] = ()
    omissions: tuple[Omission, ...] = ()
    hidden: tuple[HiddenConstants, ...] = ()
    """Further ones, that this analysis itself worked out; conditions name them."""

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Those of several files as one, in their order."""
        known = list(parts)
        return cls(
            tuple(read for facts in known for read in facts.reads),
            tuple(condition for facts in known for condition in facts.conditions),
            tuple(flow for facts in known for flow in facts.flows),
            tuple(omission for facts in known for omission in facts.omissions),
            tuple(hidden for facts in known for hidden in facts.hidden),
        )
