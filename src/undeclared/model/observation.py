"""Neutral facts, established at run time; never a judgement.

`facts/` and `experiment/` produce them, `judge/` turns them into findings.
"""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from undeclared.model.base import Frozen
from undeclared.model.environment import Signal
from undeclared.model.locus import Locus


class View(StrEnum):
    """How the bytes at a locus were looked at when a difference showed."""

    VALUE = "value"
    """The bytes themselves."""
    TEXT = "text"
    """One segment of a text, code point by code point."""
    PRESENCE = "presence"
    """Whether the locus is there at all."""
    ORDER = "order"
    """The order of elements, header fields, query parameters or cipher suites."""
    KEY_ORDER = "key-order"
    """The order of the keys of an object."""
    CASE = "case"
    """The letter case of names."""
    WHITESPACE = "whitespace"
    """The white space between JSON tokens."""
    ESCAPE = "escape"
    """How characters are escaped."""
    NUMBER = "number"
    """How a number is written."""
    COUNT = "count"
    """How many flows of a kind there are."""
    TEXT_ORDER = "text-order"
    """The order of the lines, sentences, words or listed items of a text."""
    ENCODING = "encoding"
    """How content is framed, compressed or encoded, where the same content could be otherwise."""
    SEQUENCE = "sequence"
    """The order in which requests begin."""
    DELAY = "delay"
    """How long after what came before a request begins."""
    BITS = "bits"
    """One feature of a value that varies by itself, such as the last bit of an identifier."""
    LENGTH = "length"
    """The length of a value that varies by itself."""
    ENCODED = "encoded"
    """What is left of a value that varies by itself once one part of it is taken off another."""


class Variant(Frozen):
    """One thing that was seen at a locus."""

    text: str
    """What was there, in its surroundings; bytes that are no UTF-8 as `\\xNN`."""
    changed: str
    """The differing part of `text` alone; empty where the locus was absent."""
    isolated: str
    """The surroundings as the first variant has them, with only this difference put in: two of
    these can be compared without what else varied between the runs."""
    absent: bool = False
    """The locus did not exist at all."""
    when: dict[str, str]
    """One environment in which it was seen: `{signal: level}`, of the signals that matter here."""
    conditions: tuple[Signal, ...]
    """All levels with which it was seen, per signal that matters here."""
    seen: int = Field(ge=0)
    """Runs under these conditions that showed this variant …"""
    of: int = Field(ge=0)
    """… of so many runs under these conditions, all phases together."""


class Contrast(Frozen):
    """One pre-registered comparison, tested on fresh runs only.

    Within `within`, runs whose `signal` has a level of `levels` are compared with runs whose
    `signal` has a level of `against`; Fisher's exact test, one-sided (Fisher 1935).
    """

    signal: str
    levels: tuple[str, ...]
    against: tuple[str, ...]
    within: tuple[Signal, ...]
    """Levels of the other signals among which both arms were drawn; none: no restriction."""
    variant: int = Field(ge=0)
    """Index of the variant that was predicted for the first arm."""
    counts: tuple[tuple[int, int], tuple[int, int]]
    """`((first arm with the variant, without), (second arm with, without))`."""
    p_value: float
    """Exact, of this contrast alone."""
    p_adjusted: float
    """After Holm's correction over every contrast of the audit (Holm 1979)."""


class Status(StrEnum):
    """The three answers of an experiment."""

    ESTABLISHED = "established"
    NOT_CONFIRMED = "not_confirmed"
    """It looked so at first, and fresh runs did not bear it out."""
    NOT_ENOUGH_DATA = "not_enough_data"


class Evidence(Frozen):
    """Where to find the raw bytes of a variant."""

    run: str
    """Id of a run that showed it."""
    flow: int | None
    """Index among the run's flows; None where the variant is that there was no such flow."""
    sha256: str
    """Digest of the request body; empty where there is none."""
    note: str
    """Which variant it is evidence of."""


class Influence(Frozen):
    """A signal changes a locus, with the error rate of that statement."""

    cause: str
    """Digest of which environments show which variant: equal for what varies together."""
    locus: Locus
    also_at: tuple[Locus, ...] = ()
    """Other loci with exactly the same variants."""
    view: View
    signals: tuple[Signal, ...]
    """The signals that matter, each with the levels that bring forth another variant than the
    default environment shows."""
    variants: tuple[Variant, ...]
    """The first is what the default environment shows."""
    contrasts: tuple[Contrast, ...]
    evidence: tuple[Evidence, ...] = ()
    """One run for each variant."""
    status: Status
    bits: float = Field(ge=0)
    """log2 of the number of classes of environment that a receiver can tell apart here, among
    those tested: a lower bound (Smith 2009, min-entropy leakage of a deterministic channel)."""

    follows: tuple[str, ...] = ()
    """Causes of the influences that this one only repeats: its value is a function of what they
    change. Empty: it stands for itself."""
    function: str = ""
    """Which function: `sha256 of body /prompt`, `number of elements of body /tools`."""

    @property
    def p_value(self) -> float:
        """The weakest of its contrasts, after correction: an upper bound on the error."""
        return max((contrast.p_adjusted for contrast in self.contrasts), default=1.0)


class Moment(StrEnum):
    """When a host was contacted, in the order of time."""

    INSTALL = "install"
    BEFORE = "before the first prompt"
    DURING = "during"
    AFTER = "after the last prompt"
    """After the last request to the model had come in."""


class ContactFact(Frozen):
    """A host that the agent talked to, over all runs."""

    host: str
    port: int
    runs: int
    """Runs in which it was contacted."""
    phases: tuple[Moment, ...]
    """When, in any of the runs."""
    requests: int
    """HTTP requests over all runs; 0 where only a name was looked up or a connection opened."""
    bytes_out: int
    """Bytes of request lines, headers and bodies over all runs."""
    answered_as_model: bool
    """The model's wire was spoken there."""


class CanaryFact(Frozen):
    """A planted secret was found in what left, in one form, at one host."""

    canary: str
    """Id of the canary, the same in every run."""
    place: str
    """Where it was planted, for a person."""
    host: str
    """As in `Locus`; the name looked up for a DNS question, the address where there is no name."""
    model: bool
    """The model's wire was spoken with that host."""
    form: str
    """`plain`, `part`, `split`, `reversed`, `base64`, `sha256`, `gzip then base64` …"""
    nature: Literal["plain", "encoded", "hashed"]
    """What its receiver has to do to read it; hashed: to guess it."""
    whole: bool
    """All of the secret can be had from it, or a digest of all of it; False for a part."""
    asked_for: bool
    """It is in the output of a tool call that the model had asked for, on its way to the model."""
    install: bool = False
    """It was while the package was installed."""
    runs: int = Field(ge=1)
    """Runs in which it was found …"""
    of: int = Field(ge=1)
    """… of so many in which it had been planted, in the same phase."""
    flows: int = Field(ge=1)
    """Flows in which it was found, over all runs."""
    locus: Locus
    also_at: tuple[Locus, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Reached(Frozen):
    """A host that was contacted, and with which path; without what the model was asked."""

    host: str
    """As in `Locus`."""
    port: int
    """0 where only the name was looked up."""
    path: str
    """Without query; empty where there was no HTTP request."""
    runs: tuple[str, ...] = Field(min_length=1)
    """Ids of the runs in which it was."""
    requests: int = Field(ge=0)
    """Over all these runs."""
    flow: int | None
    """Index of the first such flow in the first of them; None where it is no HTTP request."""


class OptOutState(Frozen):
    """Who was contacted on a plain machine, with some switches set by which one opts out."""

    level: str
    """`unset`, `all`, `customary`, the id of one switch, or `all=` and a spelling."""
    set: dict[str, str]
    """The variables with their values, and the files of the home with their text."""
    runs: int = Field(ge=0)
    """Those that were completed, which alone count …"""
    failed: int = Field(ge=0)
    """… and those that were not."""
    reason: str | None = None
    """How one of them failed."""
    reached: tuple[Reached, ...] = ()
