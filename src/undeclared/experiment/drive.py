"""Carries out an experiment: preflight, discovery, confirmation, conclusion."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing

from undeclared.experiment import confirm, design, identities, optouts, probing
from undeclared.experiment.conclusion import MOST_FRESH, Conclusion, Watch, smallest
from undeclared.experiment.drift import drifting
from undeclared.experiment.hypotheses import form, unclear
from undeclared.experiment.hypothesis import Effect, Hypothesis, Memory
from undeclared.experiment.influence import established, influences, predictions
from undeclared.experiment.meanwhile import Meanwhile
from undeclared.experiment.noise import noisy
from undeclared.experiment.plan import Plan
from undeclared.experiment.seeking import Search, sought
from undeclared.experiment.size import joint_bits
from undeclared.experiment.table import Table, Tabulator
from undeclared.model import (
    Environment,
    Incomplete,
    Outcome,
    Phase,
    Run,
    Signal,
    Trial,
)

Execute = Callable[[Iterable[Trial]], Generator[Run, None, None]]
"""Carries out trials and yields their runs, in whatever order they end; closing it ends them. It
takes each trial when there is room for it, and may be used in any thread, by one at a time."""

FEWEST_FRESH = 24
"""Confirmation runs allowed in any case, besides two for each environment."""

LOOKS = (24, 10_000)
"""Fresh runs at most before the hypotheses are looked at again."""

SEEKING, ROUNDS = 20, 10
"""Number of the block of the first search for words, and how many it can come to."""

SWEEPS = 50
"""Number of the block of the first sweep."""

HOPELESS_AFTER = 8
"""Runs of discovery after which an experiment ends if none of them was completed."""


def carry_out(plan: Plan, execute: Execute, known: Iterable[Run], watch: Watch) -> Conclusion:
    """Run the experiment and draw its conclusion.

    `known` are runs of an earlier attempt at the same plan: their trials are not repeated. A
    KeyboardInterrupt or Incomplete ends the running, and the conclusion is about what was measured.
    """
    return _Experiment(plan, execute, known, watch).carry_out()


class _Experiment:
    def __init__(self, plan: Plan, execute: Execute, known: Iterable[Run], watch: Watch) -> None:
        self.plan = plan
        self.execute = execute
        self.watch = watch
        self.known = {run.trial: run for run in known}
        self.found = Conclusion()
        self.tabulator = Tabulator(plan.moved, plan.every)
        self.signals = plan.signals
        """Those that are varied, with the levels with which the agent works."""
        self.drawn: tuple[Trial, ...] = ()
        """Fresh runs that are drawn whatever is found."""
        self.names = {spec.id: frozenset(sought(spec)) for spec in plan.sought}
        """Levels of many words, by signal."""
        self.meanwhile = Meanwhile(execute, ())
        self._formed: dict[tuple[Trial, ...], Memory] = {}
        """What was worked out about patterns already, by the discovery runs it was based on."""

    def carry_out(self) -> Conclusion:
        plan, found = self.plan, self.found
        install = design.install(plan.signals) if plan.install else ()
        preflight = design.preflight(plan.signals)
        alone = design.alone(plan.signals, plan.replicates, plan.seed, plan.repair)
        together = self._company(plan.signals, alone)
        watched = design.observation(plan.signals, plan.repair) if plan.observe else ()
        switched = optouts.trials(plan.switches, plan.signals, plan.seed) if plan.switches else ()
        kept = identities.trials(plan.identity, plan.signals) if plan.identity else ()
        found.planned = sum(
            map(len, (install, preflight, alone, together, watched, switched, kept))
        )
        self.watch.say(
            f"planned: {found.planned} runs, then as many fresh ones as the hypotheses need, at"
            f" most {self._most_fresh()}"
        )
        concluded = False
        try:
            self._stage("installation", install)
            self._stage("preflight", preflight, hopeless_after=len(preflight))
            if found.problems:
                self._stage("why it failed", watched[:1])
            if not found.problems:
                self._stage("discovery", alone, hopeless_after=HOPELESS_AFTER)
            if not found.problems:
                found.planned -= len(together)
                together = self._together(alone)
                found.planned += len(together)
                self._stage("discovery, in company", together)
                self._later(watched, switched)
            if not found.problems:
                self._probe()
            if not found.problems:
                self._seek()
            if not found.problems:
                self._sweep()
            if not found.problems:
                self._confirm()
            if not found.problems:
                with self.meanwhile.busy():
                    self._conclude()
                concluded = True
                self._stage("observation", watched)
            if not found.problems:
                self._stage("opting out", switched)
            if not found.problems:
                self._stage("what stays the same", kept)
        except KeyboardInterrupt:
            found.interrupted = True
            found.problems.append("Interrupted: the runs up to then were kept and evaluated.")
        except Incomplete as error:
            found.problems.append(f"{error} The runs up to then were kept and evaluated.")
        found.runs += [run for run in self.meanwhile.runs if run.trial not in self._taken()]
        if not concluded:
            self._conclude()
        return found

    def _later(self, watched: Sequence[Trial], switched: Sequence[Trial]) -> None:
        """Settle what can be run at any time from now on, also while runs are being compared."""
        plan = self.plan
        if not design.is_crossed(plan.signals):
            self.drawn = design.anywhere(self.signals, LOOKS[0], plan.seed, plan.repair)
            self.found.planned += len(self.drawn)
        waiting = [own for own in (*self.drawn, *watched, *switched) if own not in self.known]
        self.meanwhile = Meanwhile(self.execute, waiting)

    def _taken(self) -> set[Trial]:
        return {run.trial for run in self.found.runs}

    def _stage(
        self, stage: str, trials: Sequence[Trial], *, hopeless_after: int | None = None
    ) -> None:
        """Carry out the trials of a stage that are not known yet.

        The experiment ends if none of the first `hopeless_after` runs was completed.
        """
        if not trials:
            return
        self.meanwhile.leave(trials)
        self.known |= {run.trial: run for run in self.meanwhile.runs}
        # A home is not kept from one attempt to the next, so what takes place in it is repeated.
        lost = {trial.home for trial in trials if trial not in self.known} - {None}
        missing = [own for own in trials if own not in self.known or own.home in lost]
        runs = [self.known[own] for own in trials if own in self.known and own.home not in lost]
        self.found.runs += runs
        self.watch.say(f"{stage}: {len(trials)} runs" + (f", {len(runs)} known" if runs else ""))
        self.watch.advance(stage, len(runs), len(trials))
        with closing(self.execute(missing)) as results:
            for run in results:
                runs.append(run)
                self.found.runs.append(run)
                self.watch.advance(stage, len(runs), len(trials))
                if run.outcome is Outcome.COMPLETED and run.trial.phase.compared:
                    self.tabulator.read(run)
                if hopeless_after is not None:
                    self._complain(stage, runs, hopeless_after)
                if self.found.problems:
                    break

    def _complain(self, stage: str, runs: Sequence[Run], hopeless_after: int) -> None:
        """Note a problem, which ends the experiment, if nothing has worked so far."""
        failed = [run for run in runs if run.outcome is not Outcome.COMPLETED]
        if len(failed) == len(runs) >= hopeless_after:
            reasons = Counter(run.reason or run.outcome.value for run in failed)
            reason, times = reasons.most_common(1)[0]
            self.found.problems.append(
                f"All of the first {len(runs)} runs of the {stage} failed, {times} of them so: "
                f"{reason}."
            )

    def _company(self, signals: Sequence[Signal], alone: Sequence[Trial]) -> tuple[Trial, ...]:
        plan = self.plan
        tried = [trial.environment for trial in alone]
        return design.together(
            signals, plan.replicates, plan.seed, plan.strength, plan.repair, tried
        )

    def _together(self, alone: Sequence[Trial]) -> tuple[Trial, ...]:
        """Combinations of those levels with which the agent works at all.

        A level that never went well is tried alone, twice, and left out if it fails again: it would
        take every combination along.
        """
        plan, found = self.plan, self.found
        if not design.is_crossed(plan.signals):
            tried, well = set[tuple[str, str]](), set[tuple[str, str]]()
            for run in found.runs:
                levels = design.unusual(run.environment, plan.signals)
                tried.update(levels)
                well.update(levels if run.outcome is Outcome.COMPLETED else ())
            plain = design.default(plan.signals)
            single = [design.changed(plain, dict([level])) for level in sorted(tried - well)]
            again = design.numbered(Phase.DISCOVERY, plan.replicates, [*single, *single])
            found.planned += len(again)
            self._stage("discovery, failed levels alone", again)
            for run in found.runs:
                if run.trial in again and run.outcome is not Outcome.COMPLETED:
                    found.unusable[run.environment] = run.reason or run.outcome.value
            for run in found.runs:
                if run.outcome is Outcome.COMPLETED:
                    found.unusable.pop(run.environment, None)
            self.signals = design.without(plan.signals, self._left_out())
        return self._company(self.signals, alone)

    def _left_out(self) -> set[tuple[str, str]]:
        """The levels with which the agent does not work."""
        plan = self.plan
        return {level for own in self.found.unusable for level in design.unusual(own, plan.signals)}

    def _probe(self) -> None:
        """Run what tells rival causes apart, until none is left or it is not worth more runs."""
        for round_ in range(1, probing.ROUNDS + 1):
            rows = self._completed()
            if not rows:
                return
            with self.meanwhile.busy():
                table = self.tabulator.table(rows, of_noise=False)
                discovered = _of(rows, Phase.DISCOVERY)
                causes, rivals = unclear(
                    table.patterns, table.environments, discovered, self.plan.every
                )
                classes = [pattern.classes[discovered] for pattern in table.patterns]
                seed = f"probe {self.plan.seed} {round_}"
                chosen = probing.probes(causes, rivals, classes, seed)
            if not chosen:
                return
            chosen.append(design.default(self.plan.signals))
            block = self.plan.replicates + round_
            trials = design.numbered(Phase.DISCOVERY, block, chosen)
            self.found.planned += len(trials)
            self._stage(f"narrowing down, round {round_}", trials)

    def _seek(self) -> None:
        """Look for words that the program looks for, several at a time; try what is found."""
        for number, spec in enumerate(self.plan.sought):
            search = Search(spec, self.signals, self.plan.seed, self.plan.repair)
            block = SEEKING + ROUNDS * number
            wanted = search.first()
            while wanted and not self.found.problems:
                trials = design.numbered(Phase.DISCOVERY, block, wanted)
                self._more(f"words in {spec.id}", trials)
                block += 1
                rows = self._completed(sought=True)
                if not rows:
                    return
                with self.meanwhile.busy():
                    wanted = search.further(self.tabulator.table(rows, of_noise=False))
            if not self.found.problems:
                trials = design.numbered(Phase.DISCOVERY, block, list(search.found))
                self._more(f"words found in {spec.id}", trials)
            self.found.given_up += search.given_up

    def _more(self, stage: str, trials: Sequence[Trial]) -> None:
        """A stage that was not planned for at the beginning."""
        self.found.planned += len(trials)
        self._stage(stage, trials)

    def _sweep(self) -> None:
        """Try further levels of a signal on a plain machine and where it has shown to matter."""
        plan = self.plan
        for name, levels in plan.swept.items():
            rows = self._completed()
            if not rows:
                return
            with self.meanwhile.busy():
                table = self.tabulator.table(rows)
                effects = self._tested(table, rows)[0]
            order = design.rank(plan.every)
            shown = Counter(
                min(where, key=order)
                for effect in effects.values()
                if name in effect.cause
                if (where := [x for x in table.environments if effect.differs(x)])
            )
            contexts = [design.default(plan.signals), *(own for own, _ in shown.most_common(1))]
            swept = [
                design.changed(context, {name: level})
                for context in contexts
                for level in levels
            ]  # fmt: skip
            possible = [own for own in swept if plan.repair(own, frozenset()) == own]
            block = SWEEPS + list(plan.swept).index(name)
            trials = design.numbered(Phase.DISCOVERY, block, possible)
            self.found.planned += len(trials)
            self._stage(f"sweep of {name}", trials)

    def _confirm(self) -> None:
        """Run what could refute the hypotheses, in a few looks.

        Each look drops what is refuted already and draws the runs that the rest still needs. How
        many those are is fixed by the design and not by their results, so looking costs nothing.
        With many signals the first runs have random levels, which serve whatever is said of one
        signal alone and refute most of what is chance.
        """
        for look, share in enumerate(LOOKS):
            trials: Sequence[Trial] = self.drawn if look == 0 else ()
            if not trials:
                rows = self._completed()
                if not rows:
                    return
                with self.meanwhile.busy():
                    chosen = self._refuting(rows, look, share)
                trials = design.numbered(Phase.CONFIRMATION, look, chosen)
                self.found.planned += len(trials)
            self._stage(f"confirmation, look {look + 1}", trials, hopeless_after=HOPELESS_AFTER)
            if not trials or self.found.problems:
                return

    def _refuting(self, rows: Sequence[Run], look: int, share: int) -> list[Environment]:
        """Environments of the fresh runs that come next, at most `share`."""
        table = self.tabulator.table(rows)
        hypotheses, tests = self._tested(table, rows)[1:]
        fresh = [(own.trial.block, own.environment) for own in self.found.runs if _is_fresh(own)]
        return confirm.choose(
            [own.hypothesis for own in tests if not own.refuted],
            self.signals,
            most=min(share, self._most_fresh() - len(fresh)),
            seed=f"confirmation {self.plan.seed} {look}",
            claims_in_all=len(hypotheses),
            done=fresh,
            repair=self.plan.repair,
        )

    def _most_fresh(self) -> int:
        return min(FEWEST_FRESH + 2 * design.size(self.plan.signals), MOST_FRESH)

    def _tested(
        self, table: Table, rows: Sequence[Run]
    ) -> tuple[dict[int, Effect], list[Hypothesis], list[confirm.Test]]:
        """Hypotheses formed on the discovery runs, tested on the fresh ones."""
        discovered = _of(rows, Phase.DISCOVERY)
        trials = tuple(rows[row].trial for row in discovered)
        memory = self._formed.setdefault(trials, {})
        effects = form(
            table.patterns, table.environments, table.blocks, discovered,
            self.plan.every, self.plan.seed, memory,
        )  # fmt: skip
        hypotheses = predictions(effects)
        fresh = _of(rows, Phase.CONFIRMATION)
        tests = confirm.test(hypotheses, table.patterns, table.environments, table.blocks, fresh)
        return effects, hypotheses, tests

    def _completed(self, *, sought: bool = False) -> list[Run]:
        """Completed runs to compare, one of the default environment first: it is the reference.

        Those in which words were `sought` only where they are asked for.
        """
        default = design.default(self.plan.signals)
        runs = [
            run
            for run in self.found.runs
            if run.outcome is Outcome.COMPLETED
            and run.trial.phase.compared
            and (sought or not self._is_search(run))
        ]
        order = list(Phase)
        return sorted(
            runs,
            key=lambda run: (
                run.environment != default, order.index(run.trial.phase), run.trial.id
            ),
        )  # fmt: skip

    def _is_search(self, run: Run) -> bool:
        return any(run.environment.get(own) in names for own, names in self.names.items())

    def _conclude(self) -> None:
        """Form hypotheses on the discovery runs, test them on the fresh ones."""
        found, plan = self.found, self.plan
        rows = self._completed()
        if not rows:
            return
        self.watch.say("comparing bytes")
        table = self.tabulator.table(rows)
        discovered = _of(rows, Phase.DISCOVERY)
        effects, _, tests = self._tested(table, rows)
        adjusted = confirm.holm([tested.p_value for tested in tests])
        found.influences = influences(table, effects, tests, adjusted, plan.every)
        found.learned = joint_bits(
            table.patterns, effects, established(tests, adjusted), plan.every, table.environments
        )
        found.loci, found.tests = table.loci, len(tests)
        found.noisy = noisy(table, rows)
        found.drifting = drifting(table)
        sizes = [
            Counter(table.environments[row].get(signal.id) for row in discovered)
            for signal in plan.signals
        ]
        rarest = min((min(size.values()) for size in sizes if size), default=0)
        if rarest and len(discovered) > rarest:
            found.detectable = smallest(rarest, len(discovered), found.tests)


def _is_fresh(run: Run) -> bool:
    return run.trial.phase is Phase.CONFIRMATION and run.outcome is Outcome.COMPLETED


def _of(rows: Sequence[Run], phase: Phase) -> list[int]:
    return [number for number, run in enumerate(rows) if run.trial.phase is phase]
