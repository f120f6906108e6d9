"""Whom the agents contacted, by what the hosts are for."""

import re
from collections.abc import Sequence
from functools import partial

from undeclared.judge.comparison.cells import (
    Column,
    by_run,
    host,
    named,
    not_tried,
    ranked,
    row,
    seen,
    size,
)
from undeclared.judge.comparison.optouts import hindrance
from undeclared.judge.optouts import EVERY
from undeclared.model import Cell, CellEntry, ComparisonSection, Contact, Report, Role

_TITLES = {
    Role.MODEL: "the model",
    Role.TELEMETRY: "telemetry",
    Role.ERRORS: "error reports",
    Role.FLAGS: "feature flags",
    Role.UPDATE: "updates",
    Role.REGISTRY: "package registries",
    Role.AUTH: "signing in",
    Role.OTHER: "other ends, or unknown",
}


def section(columns: Sequence[Column]) -> ComparisonSection:
    """A row for each role of a host; what the environment itself names comes last."""
    others = [role for role in Role if role is not Role.MODEL]
    rows = ranked(
        row(role.value, _TITLES[role], columns, by_run(partial(_cell, role))) for role in others
    )
    return ComparisonSection(
        id="contacts",
        title="Contacts",
        about="Hosts by what they are for; whether the vendor declares them, what is sent there, "
        "and whether that ends when one opts out.",
        rows=(
            *rows,
            row(Role.MODEL.value, _TITLES[Role.MODEL], columns, by_run(partial(_cell, Role.MODEL))),
            row("beside", "the model's host, for other ends", columns, beside),
            row("given", "hosts that the environment itself named", columns, by_run(_given_cell)),
        ),
    )


def given(report: Report, contact: Contact) -> bool:
    """Whether the host is one that the experiment gave to the agent: an MCP server, a proxy."""
    if contact.role is not Role.OTHER or contact.declared:
        return False
    whole = re.compile(rf"(?<![\w.-]){re.escape(contact.host)}(?![\w.-])")
    return any(whole.search(level) for own in report.coverage.signals for level in own.levels)


def beside(report: Report) -> Cell:
    """What was asked of the model's host besides the model, as the runs for opting out saw it.

    Some vendors serve telemetry and flags from the host of the model, others from hosts of their
    own: contacts by host alone would show only the latter.
    """
    if (why := hindrance(report)) is not None:
        return not_tried(why)
    model = tuple(f"{own.host}/" for own in report.contacts if own.role is Role.MODEL)
    found: dict[str, bool] = {}
    for tried in report.opt_outs:
        for address in (*tried.remains, *tried.stopped):
            if address.startswith(model):
                every = tried.setting == EVERY and tried.runs > 0
                found[address] = found.get(address, False) or (every and address in tried.remains)
    every = any(own.setting == EVERY and own.runs for own in report.opt_outs)
    with_all = {True: ", also when opted out", False: ", not when opted out"} if every else {}
    return seen(
        (
            CellEntry(text=f"{host(address)}{with_all.get(still, '')}")
            for address, still in sorted(found.items())
        ),
        amount=len(found),
    )


def own_contacts(report: Report) -> list[Contact]:
    """Those besides the model's that are the agent's own idea."""
    return [
        own
        for own in report.contacts
        if own.role is not Role.MODEL and not given(report, own)
    ]  # fmt: skip


def _cell(role: Role, report: Report) -> Cell:
    return seen(
        _entry(own, report)
        for own in _telling(report.contacts)
        if own.role is role and not given(report, own)
    )


def _given_cell(report: Report) -> Cell:
    return seen(
        CellEntry(text=host(own.host), details=_details(own, report))
        for own in report.contacts
        if given(report, own)
    )


def _telling(contacts: Sequence[Contact]) -> list[Contact]:
    return sorted(contacts, key=lambda own: (not _notable(own), -own.bytes_out, own.host))


def _notable(contact: Contact) -> bool:
    ignored = contact.when_opted_out is True and contact.role is not Role.MODEL
    return contact.declared is False or ignored


def _entry(contact: Contact, report: Report) -> CellEntry:
    declared = {True: "declared", False: "not declared", None: "nothing known to be declared"}
    facts = [declared[contact.declared]]
    if contact.port == 0:
        facts.append("only looked up")
    elif contact.bytes_out:
        facts.append(f"{size(contact.bytes_out / contact.runs)} a run")
    if contact.role is not Role.MODEL:
        opted_out = {True: "also when opted out", False: "not when opted out", None: ""}
        facts += filter(None, [opted_out[contact.when_opted_out]])
    return CellEntry(
        text=f"{named(contact.host)}: {', '.join(facts)}",
        notable=_notable(contact),
        details=_details(contact, report),
    )


def _details(contact: Contact, report: Report) -> tuple[str, ...]:
    of = max(report.coverage.runs.completed, contact.runs)
    port = f"port {contact.port}" if contact.port else "the name alone was looked up"
    found = [
        f"in {contact.runs} of {of} runs; {port}",
        f"{contact.requests:,} requests, {size(contact.bytes_out)} in all",
    ]
    if contact.phases:
        found.append(f"when: {', '.join(contact.phases)}")
    if contact.when_opted_out is None and contact.role is not Role.MODEL:
        found.append("with opting out: not tried")
    if contact.bits_learned:
        found.append(f"learns at least {contact.bits_learned:.3g} bits of the environment")
    return tuple(found)
