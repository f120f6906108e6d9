"""What an experiment varies, for one agent and the wishes of its user."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from undeclared.catalogue import (
    AgentProfile,
    Level,
    SignalSpec,
    applicable,
    signals,
    usable_levels,
)
from undeclared.catalogue.setting import clashes
from undeclared.experiment.design import Repair, as_it_is
from undeclared.experiment.seeking import findable, sought
from undeclared.experiment.suggested import listed, suggested
from undeclared.facts.moved import MovedModel
from undeclared.model import (
    UNSET,
    Comparison,
    Environment,
    Incomplete,
    Scan,
    Signal,
    UsageError,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One experiment: what it varies, and how thoroughly."""

    specs: tuple[SignalSpec, ...]
    """The signals that are varied, with all levels that are tried."""
    replicates: int
    """Discovery runs of each environment."""
    seed: int
    """Equal plans with equal seeds carry out equal trials."""
    signals: tuple[Signal, ...]
    """The same as ids and levels; the first level of each is its default."""
    moved: MovedModel
    """Where it puts the model."""
    swept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By signal, further levels, each of which is tried in one or two environments only."""
    sought: tuple[SignalSpec, ...] = ()
    """Signals of which nothing is known that the program compares: words are looked for in them."""
    install: bool = False
    """Whether the package has lifecycle scripts to run first."""
    repair: Repair = as_it_is
    """Takes away levels that cannot be given together."""
    strength: int = 2
    """How many signals are tried in every combination where all cannot be."""
    observe: bool = False
    """Whether the agent is watched from its own side too, in runs of their own."""
    switches: SignalSpec | None = None
    """The documented switches to opt out, to be tried in runs of their own; None: no such runs."""
    identity: SignalSpec | None = None
    """Machines, repositories and accounts, to see which values stay; None: no such runs."""

    @property
    def given(self) -> Mapping[str, SignalSpec]:
        """By id, the signals that its runs can be given."""
        specs = (*self.specs, *filter(None, (self.switches, self.identity)))
        return {spec.id: spec for spec in specs}

    @property
    def every(self) -> tuple[Signal, ...]:
        """The signals with all levels, those that are swept included."""
        return tuple(
            Signal(id=own.id, levels=tuple(dict.fromkeys((*own.levels, *self._further(own.id)))))
            for own in self.signals
        )

    def _further(self, signal: str) -> Iterator[str]:
        yield from self.swept.get(signal, ())
        for spec in self.sought:
            if spec.id == signal:
                yield from (*findable(spec), *sought(spec))


def make_plan(
    profile: AgentProfile,
    *,
    names: Sequence[str] = (),
    extra_levels: Sequence[tuple[str, str]] = (),
    only_levels: Sequence[tuple[str, str]] = (),
    sweeps: Mapping[str, Sequence[str]] | None = None,
    replicates: int = 2,
    strength: int = 2,
    seed: int = 0,
    code: Scan | None = None,
    code_alone: bool = False,
) -> Plan:
    """Plan an experiment on an agent.

    `names` are the signals to vary, by default all that the agent can be given but for those that
    the catalogue gives on request only; `extra_levels` are `(signal, level)` to try besides the
    catalogue's, and `only_levels` those to try besides the default of a signal, instead of the
    catalogue's; `sweeps` are, by signal, very many levels, none for all that the signal's
    vocabulary or the code has. What the `code` compares is tried too; with `code_alone`, nothing of
    the catalogue's but the defaults, and no signal that has no other level. Raises UsageError, and
    Incomplete if the code alone gives nothing to try.
    """
    specs = _specs(profile, names, (*extra_levels, *only_levels))
    specs = tuple(_reduced(spec, only_levels) for spec in specs)
    if code_alone:
        specs = tuple(spec.model_copy(update={"levels": spec.levels[:1]}) for spec in specs)
    if code is not None:
        levels = suggested(code, specs, profile)
        specs = tuple(own for own in (_with(spec, levels) for spec in specs) if own.levels[1:])
    if not specs:
        raise Incomplete(
            "the code compares no fact of the machine with constants that could be tried",
            means="nothing was audited",
            next_step="Leave out --code-alone, which tries the catalogue's levels too.",
        )
    varied = tuple(
        Signal(id=spec.id, levels=tuple(level.value for level in spec.levels)) for spec in specs
    )
    moving = next((spec.id for spec in specs if spec.set.base_url_host is not None), None)
    moved = MovedModel(moving, profile.default_host)
    repair = _repair({spec.id: spec for spec in specs})
    swept = {
        name: _swept(specs, name, given or _listed(specs, name, code, profile))
        for name, given in (sweeps or {}).items()
    }
    return Plan(
        specs, replicates, seed, varied, moved,
        repair=repair, strength=strength, swept=swept,
        sought=() if code_alone else tuple(
            spec for spec in _unknown(specs, swept, code)
            if spec.id not in {name for name, _ in only_levels}
        ),
    )  # fmt: skip


def _unknown(
    specs: Sequence[SignalSpec], swept: Mapping[str, Sequence[str]], code: Scan | None
) -> Iterator[SignalSpec]:
    """Signals with keywords of which the code shows no list and no search for a part."""
    for spec in specs:
        known = any(
            spec.id in own.signals and (own.hidden or own.test is Comparison.CONTAINS)
            for own in (code.conditions if code else ())
        )
        if spec.keywords is not None and not known and spec.id not in swept:
            yield spec


def _listed(
    specs: Sequence[SignalSpec], name: str, code: Scan | None, profile: AgentProfile
) -> tuple[str, ...]:
    """The levels that the code compares, for a signal of whose levels nobody keeps a list."""
    spec = next((own for own in specs if own.id == name and own.vocabulary is None), None)
    return listed(code, spec, profile) if spec and code else ()


def _swept(specs: Sequence[SignalSpec], name: str, given: Sequence[str]) -> tuple[str, ...]:
    """The levels to sweep besides those that are tried anyway."""
    spec = next((own for own in specs if own.id == name), None)
    words = given or (spec.vocabulary.words() if spec and spec.vocabulary else ())
    wrong = [word for word in words if spec and not spec.accepts(word)]
    if spec is None or not words or wrong:
        problem = (
            f"the signal {name} is not among those to vary" if spec is None
            else f"{wrong[0]!r} cannot be a level of {name}" if wrong
            else f"nobody keeps a list of all levels of {name}"
        )  # fmt: skip
        raise UsageError(
            problem,
            means="nothing was audited",
            next_step=f"Give the levels in a file, one a line: --sweep {name}=FILE.",
        )
    known = {level.value for level in spec.levels}
    return tuple(word for word in dict.fromkeys(words) if word not in known)


def _specs(
    profile: AgentProfile, names: Sequence[str], extra_levels: Sequence[tuple[str, str]]
) -> tuple[SignalSpec, ...]:
    known = signals()
    usual = (
        name for name, spec in known.items() if not spec.on_request and applicable(profile, spec)
    )
    named = dict.fromkeys(names or usual)
    for name in (*named, *(signal for signal, _ in extra_levels)):
        if name not in known or name not in named:
            raise UsageError(
                f"there is no signal {name!r}" if name not in known
                else f"a level was given for {name}, which is not among the signals to vary",
                means="nothing was audited",
                next_step="`undeclared signals` lists them; choose with --signals.",
            )  # fmt: skip
    return tuple(
        _spec(profile, known[name], [level for own, level in extra_levels if own == name])
        for name in named
    )


def _spec(profile: AgentProfile, spec: SignalSpec, extra: Sequence[str]) -> SignalSpec:
    """A signal with the levels that the agent can be given, and those that the user adds."""
    for level in extra:
        if not spec.accepts(level):
            raise UsageError(
                f"{level!r} cannot be a level of {spec.id}",
                means="nothing was audited",
                next_step=f"Levels look like {_example(spec)!r}: {spec.how}.",
            )
        if (hindrance := spec.setting(level).hindrance(profile)) is not None:
            raise _cannot(profile, spec, hindrance)
    usable = usable_levels(profile, spec)
    if len(usable) + len(extra) < 2:
        hindrance = spec.setting(spec.levels[-1].value).hindrance(profile) or ""
        raise _cannot(profile, spec, hindrance)
    listed = {own.value for own in usable}
    more = (
        Level(value=level, group="given by the user")
        for level in dict.fromkeys(extra)
        if level not in listed
    )
    return spec.model_copy(update={"levels": (*usable, *more)})


def _reduced(spec: SignalSpec, only: Sequence[tuple[str, str]]) -> SignalSpec:
    """A signal with no levels but its default and those named for it, if any are."""
    named = {level for name, level in only if name == spec.id}
    kept = tuple(own for own in spec.levels if own.value in {spec.default, *named})
    return spec.model_copy(update={"levels": kept}) if named else spec


def _with(spec: SignalSpec, levels: Sequence[tuple[str, str]]) -> SignalSpec:
    """A signal with those levels besides that the code compares."""
    own = {level.value: level for level in spec.levels}
    for name, level in levels:
        if name == spec.id and level not in own:
            own[level] = Level(value=level, group="compared in the code")
    return spec.model_copy(update={"levels": tuple(own.values())})


def _cannot(profile: AgentProfile, spec: SignalSpec, hindrance: str) -> UsageError:
    return UsageError(
        f"the signal {spec.id} cannot be given to {profile.id}: {hindrance}",
        means="nothing was audited",
        next_step="Leave the signal out, or add to the profile what it lacks.",
    )


def _example(spec: SignalSpec) -> str:
    return next((level for level in spec.examples.match if level != UNSET), UNSET)


def _repair(specs: Mapping[str, SignalSpec]) -> Repair:
    """Takes away one of two unusual levels that set the same thing differently."""

    def repair(environment: Environment, kept: frozenset[str] = frozenset()) -> Environment:
        levels = environment.as_dict()
        while True:
            moved = [
                (name, specs[name].setting(level))
                for name, level in sorted(levels.items())
                if name in specs and level != specs[name].default
            ]
            clash = next(iter(clashes(moved)), None)
            if clash is None:
                return Environment.of(levels)
            _, one, other = clash
            given_up = other if other not in kept or one in kept else one
            levels[given_up] = specs[given_up].default

    return repair
