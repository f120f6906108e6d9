"""Who is contacted by one version and not by the other, and what for."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from undeclared.judge.comparison.cells import host, number, size
from undeclared.judge.comparison.contacts import given
from undeclared.judge.difference.pairing import Parts, Told, matched, section
from undeclared.judge.difference.places import steady
from undeclared.judge.difference.sides import ALWAYS, GIVEN, AuditSide, seldom
from undeclared.model import Contact, DifferenceSection, LeftOut, Moment, Role


class _Met(NamedTuple):
    """A host, or a path at the host of the model that is not for the model."""

    address: str
    facts: tuple[str, ...]
    """What it is for, and whether it is declared."""
    opted_out: bool | None
    """Whether it is contacted with every documented switch set."""
    runs: int
    of: int
    amount: str
    notable: bool
    switched: bool = False
    """It is told by the runs with switches to opt out alone."""
    installed: bool = False
    """It was contacted at the install and never else."""


def contacts(before: AuditSide, after: AuditSide) -> DifferenceSection:
    """Hosts; and what is asked of the model's host besides the model.

    Hosts that the experiment itself gave to the agent are none of its own.
    """
    found = matched(
        list(_met(before)), list(_met(after)), same=(lambda own: [steady(own.address)],)
    )
    lacking = (partial(_lacking, before, after), partial(_lacking, after, before))
    told = (partial(_told, before), partial(_told, after))
    return section("contacts", "Contacts", found, told, _parts, lacking)


def _met(side: AuditSide) -> Iterator[_Met]:
    for own in side.report.contacts:
        if own.host != GIVEN and not given(side.report, own):
            yield _host(side, own)
    yield from _beside(side)


def _host(side: AuditSide, own: Contact) -> _Met:
    declared = {True: "declared", False: "not declared", None: "nothing known to be declared"}
    purpose = f"for {own.role.value}" if own.role is not Role.OTHER else "for an unknown end"
    port = f"port {own.port}" if own.port else "only looked up"
    once = own.phases == (Moment.INSTALL,)
    return _Met(
        address=host(own.host),
        facts=(purpose, declared[own.declared], port, *(("at the install",) if once else ())),
        opted_out=None if own.role is Role.MODEL else own.when_opted_out,
        runs=own.runs,
        of=own.runs if once else max(side.runs, own.runs),
        amount=f"{size(own.bytes_out / own.runs)} a run" if own.runs and own.bytes_out else "",
        notable=True,
        installed=once,
    )


def _beside(side: AuditSide) -> Iterator[_Met]:
    """From the runs for opting out, which name what was asked of the model's host by path."""
    tried = [own for own in side.report.opt_outs if own.runs]
    models = tuple(
        f"{own.host}/" for own in side.report.contacts
        if own.role is Role.MODEL and own.host != GIVEN
    )  # fmt: skip
    found: dict[str, list[int]] = {}
    for index, own in enumerate(tried):
        for address in (*own.remains, *own.stopped):
            if address.startswith(models):
                found.setdefault(address, []).append(index)
    always = {address for own in tried for address in own.stopped}
    every = next((own for own in tried if own.documented and own.runs > 1), None)
    for address, seen in found.items():
        runs = len(tried) if address in always else len(seen)
        yield _Met(
            address=host(address),
            facts=("at the model's host, for another end",),
            opted_out=address in every.remains if every else None,
            runs=runs,
            of=len(tried),
            amount="",
            notable=not address.endswith("/") or address.count("/") > 1,
            switched=True,
        )


def _told(side: AuditSide, own: _Met) -> Told:
    opted_out = {True: "also when opted out", False: "not when opted out", None: ""}[own.opted_out]
    facts = ", ".join(filter(None, (*own.facts, opted_out)))
    seen = f"in {own.runs} of {number(own.of, 'run')}"
    return Told(
        id=own.address,
        subject=own.address,
        text=f"{own.address}: {facts}",
        notable=own.notable,
        evidence=(", ".join(filter(None, (seen, own.amount))),),
    )


def _lacking(has: AuditSide, lacks: AuditSide, own: _Met) -> str:
    if own.switched:
        chances = sum(each.runs for each in lacks.report.opt_outs)
        if not chances:
            return f"no switch to opt out was tried in {lacks.name}, which is how it is seen"
        return seldom(has, lacks, own.runs, own.of, chances)
    if own.installed and LeftOut.INSTALLATION in lacks.coverage.not_exercised:
        return f"{lacks.name} was not installed as npm does it"
    return seldom(has, lacks, own.runs, own.of)


def _parts(one: _Met, other: _Met) -> Parts:
    steadily = min(one.runs / max(one.of, 1), other.runs / max(other.of, 1)) >= ALWAYS
    tried = one.opted_out is not None and other.opted_out is not None
    # What comes only now and then may be missing in two runs for no reason.
    switched = tried and steadily and one.opted_out is not other.opted_out
    return Parts(changed=one.facts != other.facts or switched)
