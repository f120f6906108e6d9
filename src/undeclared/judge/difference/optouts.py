"""What the documented switches to opt out stop, in one version and not in the other."""

from functools import partial

from undeclared.judge.comparison.cells import host, number, some
from undeclared.judge.difference.pairing import Parts, Told, matched, section
from undeclared.judge.difference.sides import AuditSide, by_run, lacking
from undeclared.model import (
    DifferenceSection,
    FindingKind,
    OptOutEffect,
    OptOutTried,
    Severity,
)


def opt_outs(before: AuditSide, after: AuditSide) -> DifferenceSection:
    """By what was set: what is contacted all the same."""
    found = matched(
        before.report.opt_outs, after.report.opt_outs, same=(lambda own: [own.setting],)
    )
    told = (partial(_told, before), partial(_told, after))
    gone = (partial(_lacking, before, after), partial(_lacking, after, before))
    without = [own for own in (before, after) if not any(one.runs for one in own.report.opt_outs)]
    untried = lacking(without, "no switch to opt out was tried")
    return section("opt-outs", "Opting out", found, told, _parts, gone, untried)


def _told(side: AuditSide, own: OptOutTried) -> Told:
    ignored = [each.severity for each in side.report.findings
               if each.kind is FindingKind.OPT_OUT_IGNORED]  # fmt: skip
    still = (
        f"; still contacted: {some([host(each) for each in own.covered])}" if own.covered else ""
    )
    return Told(
        id=own.setting,
        subject=own.setting,
        text=f"{own.setting}: {own.effect.value}{still}",
        notable=own.documented,
        severity=max(ignored, key=list(Severity).index, default=None) if own.covered else None,
        evidence=(
            f"in {number(own.runs, 'run')}; with it there were still: "
            f"{some([host(each) for each in own.remains], 12)}",
        ),
    )


def _lacking(has: AuditSide, lacks: AuditSide, own: OptOutTried) -> str:
    return by_run(has, lacks) or f"{own.setting} was not tried in {lacks.name}"


def _parts(one: OptOutTried, other: OptOutTried) -> Parts:
    """Only what both know: a host that is new as a whole is a new contact."""
    if OptOutEffect.UNKNOWN in (one.effect, other.effect):
        lost = one.effect is not other.effect
        return Parts(uncertain=("what it stops",) if lost else (), why="no run was completed")
    added = {*other.covered} - {*one.covered} | {*one.stopped} & {*other.remains}
    removed = {*one.covered} - {*other.covered} | {*other.stopped} & {*one.remains}
    return Parts(
        added=tuple(f"still contacted: {host(own)}" for own in sorted(added)),
        removed=tuple(f"still contacted: {host(own)}" for own in sorted(removed)),
    )
