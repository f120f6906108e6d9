"""What the switches to opt out did, by how they were set."""

from collections.abc import Callable, Sequence
from functools import partial

from undeclared.judge.comparison.cells import Column, host, not_tried, number, row, seen
from undeclared.judge.comparison.findings import of_kind
from undeclared.judge.optouts import CUSTOMARY, EVERY
from undeclared.model import (
    Cell,
    CellEntry,
    ComparisonRow,
    ComparisonSection,
    FindingKind,
    OptOutEffect,
    OptOutTried,
    Report,
)

_Chosen = Callable[[OptOutTried], bool]


def section(columns: Sequence[Column]) -> ComparisonSection:
    """Rows from the vendor's own words to spellings that a user may try."""

    def tried(name: str, title: str, chosen: _Chosen) -> ComparisonRow:
        return row(name, title, columns, partial(_cell, chosen))

    return ComparisonSection(
        id="opt-outs",
        title="Opting out",
        about="What was still contacted with the switches that the vendors' documents name. Where "
        "more ends than is said, that is told too.",
        rows=(
            row("ignored", "documented, and does not hold", columns, _ignored),
            tried("every", "every documented switch", lambda own: own.setting == EVERY),
            tried("single", "one documented switch",
                  lambda own: own.documented and own.setting != EVERY),
            tried("spelled", "documented switches, spelled otherwise",
                  lambda own: not own.documented and own.setting != CUSTOMARY),
            tried("customary", "customary switches that no document names",
                  lambda own: own.setting == CUSTOMARY),
        ),
    )  # fmt: skip


def hindrance(report: Report) -> str | None:
    """Why nothing is known of opting out; None if something is."""
    if any(own.runs for own in report.opt_outs):
        return None
    if report.opt_outs:
        return "no run with a switch was completed"
    about = (own for own in report.coverage.not_exercised if own.startswith("opting out: "))
    return next(about, "").removeprefix("opting out: ")


def _ignored(report: Report) -> Cell:
    if (why := hindrance(report)) is not None:
        return not_tried(why)
    return seen(
        CellEntry(text=own.title, notable=True, details=(own.condition,))
        for own in of_kind(report, FindingKind.OPT_OUT_IGNORED)
    )


def _cell(chosen: _Chosen, report: Report) -> Cell:
    if (why := hindrance(report)) is not None:
        return not_tried(why)
    found = [own for own in report.opt_outs if chosen(own)]
    if not found:
        return not_tried("there is none that could be")
    return seen(_entry(own) for own in sorted(found, key=lambda own: not _notable(own)))


def _notable(tried: OptOutTried) -> bool:
    return tried.documented and tried.effect in (OptOutEffect.PART, OptOutEffect.NOTHING)


def _entry(tried: OptOutTried) -> CellEntry:
    said = [
        tried.effect.value,
        f"{number(len(tried.remains), 'address', 'addresses')} still contacted",
    ]
    if tried.stopped:
        unsaid = f", {len(tried.unsaid)} of which nobody said" if tried.unsaid else ""
        said.append(f"{len(tried.stopped)} no longer{unsaid}")
    lists = {
        "should have stopped": tried.covered,
        "still contacted": tried.remains,
        "no longer contacted": tried.stopped,
        "of them, no document says so": tried.unsaid,
    }
    short = {EVERY: "", CUSTOMARY: ""}.get(tried.setting, f"{tried.setting}: ")
    return CellEntry(
        text=f"{short}{'; '.join(said) if tried.runs else 'no completed run'}",
        notable=_notable(tried),
        details=(
            number(tried.runs, "completed run"),
            *(f"{name}: {', '.join(map(host, own))}" for name, own in lists.items() if own),
            *((tried.note,) if tried.note else ()),
        ),
    )
