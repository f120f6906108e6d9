"""What an experiment exercised, what it could not do, and what it does not look at."""

from collections import Counter
from collections.abc import Iterator, Sequence

from undeclared.catalogue import Scenario
from undeclared.experiment.conclusion import Conclusion
from undeclared.experiment.confirm import FAMILY_WISE_ERROR
from undeclared.experiment.design import is_crossed
from undeclared.experiment.identities import IDENTITY
from undeclared.experiment.plan import Plan
from undeclared.facts.reads import observers, unobserved
from undeclared.facts.troubles import troubles
from undeclared.model import (
    Coverage,
    HttpFlow,
    Outcome,
    Phase,
    Run,
    RunCounts,
    Signal,
    Status,
    Unconfirmed,
)

NOT_EXERCISED = (
    "other signals than those listed",
    "other scenarios than the one listed",
    "feature flags that a server may turn on",
)


def coverage(
    conclusion: Conclusion,
    plan: Plan,
    scenario: Scenario,
    left_out: Sequence[str] = (),
    *,
    scanned: bool = False,
) -> Coverage:
    """The coverage of an experiment with one scenario; complete only if every run was completed.

    `left_out` is what the user did not ask for, a phrase each; `scanned`, whether the code was
    searched.
    """
    outcomes = Counter(run.outcome for run in conclusion.runs)
    counts = RunCounts(
        planned=conclusion.planned,
        completed=outcomes[Outcome.COMPLETED],
        agent_failed=outcomes[Outcome.AGENT_FAILED],
        timed_out=outcomes[Outcome.TIMED_OUT],
        lab_failed=outcomes[Outcome.LAB_FAILED],
    )
    # Where nothing was completed, the conclusion has said why.
    failed = [
        run
        for run in conclusion.runs
        if run.outcome is not Outcome.COMPLETED
        and not _is_of_install(run)
        and not _is_of_switches(run)
        and not _is_of_identity(run)
        and not conclusion.excuses(run)
    ]
    failures = _failures(failed, len(conclusion.runs)) if counts.completed else []
    problems = [*conclusion.problems, *failures]
    if problems:
        problems += (own.said for own in troubles(failed))
    return Coverage(
        scenario=scenario.id,
        signals=plan.signals,
        sought=tuple(
            Signal(id=spec.id, levels=spec.keywords.words) for spec in plan.sought if spec.keywords
        ),
        runs=counts,
        minimum_detectable_effect=conclusion.detectable,
        every_combination=is_crossed(plan.signals),
        family_wise_error_rate=FAMILY_WISE_ERROR,
        loci=conclusion.loci,
        noisy=conclusion.noisy,
        drifting=conclusion.drifting,
        unconfirmed=tuple(
            Unconfirmed(
                locus=influence.locus,
                signals=influence.signals,
                status=influence.status.value,
                p_value=influence.p_value,
            )
            for influence in conclusion.influences
            if influence.status is not Status.ESTABLISHED
        ),
        not_exercised=(
            *_unusable(conclusion, plan),
            *(f"which of these words it is: {', '.join(own)}" for own in conclusion.given_up),
            *_unplayed(conclusion.runs, scenario),
            *_uninstalled(conclusion.runs),
            *_unidentified(conclusion.runs),
            *_even_so(conclusion.runs),
            *left_out,
            *unobserved(conclusion.runs),
            *NOT_EXERCISED,
        ),
        problems=tuple(problems),
        scanned=scanned,
        observed=observers(conclusion.runs),
        interrupted=conclusion.interrupted,
        complete=not problems and len(conclusion.runs) == counts.planned,
    )


def _even_so(runs: Sequence[Run]) -> Iterator[str]:
    """What comes to nothing in a lab though the agent does its task."""
    completed = [run for run in runs if run.outcome is Outcome.COMPLETED]
    for own in troubles([run for run in completed if not _is_of_install(run)]):
        yield f"what would follow where {own.said[:1].lower()}{own.said[1:].rstrip('.')}"


def _unusable(conclusion: Conclusion, plan: Plan) -> Iterator[str]:
    """The levels with which the agent does not work, each with how it fails."""
    for environment, reason in conclusion.unusable.items():
        for signal in plan.signals:
            level = environment[signal.id]
            if level != signal.levels[0]:
                yield f"{signal.id}={level} with others: with it alone the agent fails ({reason})"


def _is_of_install(run: Run) -> bool:
    """Whether it is the package's own installation that failed, which tells something too."""
    return run.trial.phase is Phase.INSTALL and run.outcome is not Outcome.LAB_FAILED


def _is_of_switches(run: Run) -> bool:
    """Whether the agent fails with a switch set, which is told with what the switch does."""
    return run.trial.phase is Phase.OPT_OUT and run.outcome is not Outcome.LAB_FAILED


def _is_of_identity(run: Run) -> bool:
    """Whether the agent fails with another machine, repository or account."""
    return run.trial.phase is Phase.IDENTITY and run.outcome is not Outcome.LAB_FAILED


def _unidentified(runs: Sequence[Run]) -> Iterator[str]:
    """What cannot be said of identifiers since the agent failed."""
    for run in runs:
        if _is_of_identity(run) and run.outcome is not Outcome.COMPLETED:
            level = run.environment.get(IDENTITY)
            yield f"which values stay, with {level}: the agent failed ({run.reason})"


def _uninstalled(runs: Sequence[Run]) -> Iterator[str]:
    """The end of an installation that failed: nothing that it downloads can be had in the lab."""
    for run in runs:
        if _is_of_install(run) and run.outcome is not Outcome.COMPLETED:
            yield f"the end of the installation: its scripts failed in the lab ({run.reason})"


def _unplayed(runs: Sequence[Run], scenario: Scenario) -> tuple[str, ...]:
    """That agents ended before the scenario did, if they did."""
    last = f"turn-{len(scenario.turns)}"
    completed = [
        run for run in runs if run.outcome is Outcome.COMPLETED and run.trial.phase.compared
    ]
    early = [
        run
        for run in completed
        if not any(isinstance(flow, HttpFlow) and flow.step == last for flow in run.flows)
    ]
    if not early:
        return ()
    return (f"the end of the scenario, in {len(early)} of {len(completed)} completed runs",)


def _failures(runs: Sequence[Run], total: int) -> list[str]:
    """One sentence for every way in which runs failed, with where; `total` are all runs."""
    failed: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        how = (run.outcome.value.replace("_", " "), run.reason or "no reason known")
        failed.setdefault(how, []).append(run)
    return [
        f"{len(own)} of {total} runs: {outcome}, {reason} (such as with {own[0].environment})."
        for (outcome, reason), own in failed.items()
    ]
