"""The before/after table of one finding: what was sent, under which levels, and how often."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich import box
from rich.table import Table
from rich.text import Text

from undeclared.model import Finding, FindingVariant, Signal
from undeclared.report.escape import blanks, named, visible

Levels = Mapping[str, Sequence[str]]
"""Every level that the audit gave to a signal, by the signal's id."""

CONTEXT = 24
"""Characters of the same line shown on either side of the differing part."""
CHANGED = 60
"""Characters shown of the differing part itself."""
ROWS = 10
"""Variants shown."""
NAMED = 4
"""Code points named of each variant."""
EVERY = "every level"
LISTED = 6
"""Levels listed of each signal."""


def table(finding: Finding, exercised: Levels) -> Table:
    """One row for each variant: text with the differing part in ⟦⟧, code points, levels, runs."""
    grid = Table(box=box.ROUNDED, show_lines=True, border_style="dim")
    grid.add_column("")
    grid.add_column("what was sent, and with which levels", overflow="fold", ratio=1)
    grid.add_column("seen", justify="right", no_wrap=True)
    for index, variant in enumerate(finding.variants[:ROWS]):
        label = "default" if index == 0 else f"variant {index}"
        lines = [_text(variant, finding)]
        points = code_points(variant.changed)
        if points:
            lines.append(Text(points, style="cyan"))
        lines += [
            Text(line, style="dim") for line in _conditions(variant, exercised, default=index == 0)
        ]
        grid.add_row(label, Text("\n").join(lines), f"{variant.seen} of {variant.of}")
    if len(finding.variants) > ROWS:
        grid.add_row("", f"and {len(finding.variants) - ROWS} more variants", "")
    return grid


def _conditions(variant: FindingVariant, exercised: Levels, *, default: bool) -> list[str]:
    """Where a variant was seen, one line for each signal that narrows it down.

    A variant of a difference that depends on two signals may be seen with every level of either;
    to say so would sound as if it were seen always.
    """
    narrowing = {signal.id: levels(signal, exercised) for signal in variant.conditions}
    if set(narrowing.values()) == {EVERY}:
        return ["in all other environments" if default else "as said above"]
    return [f"{name}: {words}" for name, words in narrowing.items()]


def _text(variant: FindingVariant, finding: Finding) -> Text:
    if variant.absent:
        return Text("(nothing there)", style="italic")
    start = _position(variant, finding)
    before, after = variant.text[:start], variant.text[start + len(variant.changed) :]
    left = before.rpartition("\n")[2][-CONTEXT:]
    right = after.partition("\n")[0][:CONTEXT]
    return Text.assemble(
        "…" if left != before else "",
        visible(left),
        ("⟦", "dim"),
        (_shortened(variant.changed), "bold reverse"),
        ("⟧", "dim"),
        visible(right),
        "…" if right != after else "",
    )


def _position(variant: FindingVariant, finding: Finding) -> int:
    """Where the differing part lies in a variant's text.

    Of all places that fit, the one between the constant texts that the locus names; else the one
    nearest to where the variants part.
    """
    left, _, right = finding.locus.segment.partition("⟨…⟩")
    text, changed = variant.text, variant.changed
    columns = zip(*(each.text for each in finding.variants if not each.absent), strict=False)
    shared = next((index for index, own in enumerate(columns) if len(set(own)) > 1), len(text))

    def distance(index: int) -> tuple[bool, int]:
        fits = text.endswith(left, 0, index) and text.startswith(right, index + len(changed))
        return not fits, abs(index - shared)

    found = (index for index in range(len(text) + 1) if text.startswith(changed, index))
    return min(found, key=distance, default=0)


def _shortened(changed: str) -> str:
    """The differing part, its middle left out where it is long."""
    show = visible if changed.strip() else blanks
    if len(changed) <= CHANGED:
        return show(changed)
    head, tail = CHANGED * 2 // 3, CHANGED // 3
    left_out = len(changed) - head - tail
    return f"{show(changed[:head])} … {left_out} more … {show(changed[-tail:])}"


def code_points(changed: str) -> str:
    """The differing code points by name, such as `U+2019 RIGHT SINGLE QUOTATION MARK`.

    Empty where they are many and plain: to name the letters of a word helps nobody. Letters and
    digits are left out where others tell the variants apart.
    """
    if changed.isascii() and changed.isprintable() and len(changed) > NAMED:
        return ""
    telling = [c for c in changed if not (c.isascii() and c.isalnum())] or list(changed)
    names = []
    for character, repeats in groupby(telling):
        times = len(list(repeats))
        names.append(named(character) + (f" ×{times}" if times > 1 else ""))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def levels(signal: Signal, exercised: Levels) -> str:
    """The levels of a signal in few words: `every level`, `every level but unset`, `a, b`."""
    tried = exercised.get(signal.id, ())
    missing = [level for level in tried if level not in signal.levels]
    if tried and not missing:
        return EVERY
    if tried and len(missing) <= 2 < len(signal.levels):
        return f"every level but {visible(', '.join(missing))}"
    more = f" and {len(signal.levels) - LISTED} more" if len(signal.levels) > LISTED else ""
    return visible(", ".join(signal.levels[:LISTED])) + more
