"""How findings look: a mark in full, an open influence in two lines."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import ROUND_UP, Context

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from undeclared.model import Consequence, Contrast, Finding, FindingKind, Locus, Severity
from undeclared.report.escape import visible
from undeclared.report.layout import COLOURS
from undeclared.report.variants import Levels, levels, table

PLACES = 3
"""Further places listed of a finding."""
CONTRASTS = 4
"""Comparisons listed of a finding."""
SHORT = 12
"""Findings of one kind that are listed in short; the rest are counted."""


CODE = {FindingKind.HIDDEN_CONSTANTS, FindingKind.CONDITION}
"""Findings about what the code can do."""


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Marks and other covert differences first; then by severity, then by size."""
    ranks = list(Severity)

    def key(own: Finding) -> tuple[bool, int, float]:
        return not own.covert, -ranks.index(own.severity), -own.bits

    return sorted(findings, key=key)


def blocks(findings: Sequence[Finding], exercised: Levels) -> Iterator[RenderableType]:
    """Everything about the findings, one block each."""
    ordered = in_order(findings)
    for finding in ordered:
        if finding.covert:
            yield _full(finding, exercised)
    for heading, kinds in (
        ("Influences that can be seen", {FindingKind.INFLUENCE}),
        ("In the code", CODE),
        ("Other findings", set(FindingKind) - {FindingKind.INFLUENCE} - CODE),
    ):
        own = [each for each in ordered if not each.covert and each.kind in kinds]
        if own:
            yield _short(heading, own)


def _full(finding: Finding, exercised: Levels) -> RenderableType:
    facts = _facts()
    facts.add_row("when", Text(visible(finding.condition)))
    facts.add_row("where", place(finding.locus))
    because = f"covert by this rule: {finding.covert_because}" if finding.covert_because else ""
    facts.add_row("channel", Text(", ".join(filter(None, (finding.channel, because)))))
    facts.add_row("declared", Text(_declared(finding.declared)))
    parts: list[RenderableType] = [_title(finding), Padding(facts, (0, 0, 0, 2))]
    if finding.variants:
        parts.append(Padding(table(finding, exercised), (0, 0, 0, 2)))
    proof = _facts()
    proof.add_row("sure", Text(sure(finding)))
    if finding.bits:
        proof.add_row("size", Text(size(finding.bits)))
    for index, contrast in enumerate(finding.contrasts[:CONTRASTS]):
        proof.add_row("" if index else "tested", Text(_contrast(contrast, exercised)))
    if len(finding.contrasts) > CONTRASTS:
        proof.add_row("", Text(f"and {len(finding.contrasts) - CONTRASTS} further comparisons"))
    for index, line in enumerate(_also(finding.also_at)):
        proof.add_row("" if index else "also", line)
    proof.add_row("id", Text(finding.id))
    parts.append(Padding(proof, (0, 0, 0, 2)))
    return Group(*parts)


def _facts() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, min_width=8)
    grid.add_column(overflow="fold")
    return grid


def _title(finding: Finding) -> Text:
    colour = COLOURS[finding.severity]
    kind = finding.kind.value
    return Text.assemble(
        (f"{finding.severity.value.upper()} {kind}", colour), "  ", (visible(finding.title), "bold")
    )


def place(locus: Locus) -> Text:
    """A locus on one line."""
    return Text(visible(str(locus)))


def sure(finding: Finding) -> str:
    """How sure a finding is, in a sentence a person can check."""
    stated = f"confidence {finding.confidence.value}"
    if finding.p_value is None:
        return stated
    # Rounded up, so that "at most" stays true.
    bound = Context(prec=2, rounding=ROUND_UP).create_decimal_from_float(finding.p_value)
    return f"{stated}; chance of seeing this without an influence at most {float(bound):g}"


def size(bits: float) -> str:
    """What the receiver learns from one value: whole classes where it is so, else bits."""
    classes = 2**bits
    whole = round(classes)
    stated = f"at least {bits:.3g} bit{'' if bits == 1 else 's'}"
    if whole >= 2 and abs(classes - whole) < 0.01:
        return f"{stated}: it tells {whole} groups of the environments tried apart"
    return stated


def _contrast(contrast: Contrast, exercised: Levels) -> str:
    def arm(names: Sequence[str]) -> str:
        more = f" and {len(names) - PLACES} more" if len(names) > PLACES else ""
        return visible(", ".join(names[:PLACES])) + more

    (hit, miss), (other_hit, other_miss) = contrast.counts
    within = "; ".join(f"{own.id}: {levels(own, exercised)}" for own in contrast.within)
    return (
        f"{contrast.signal} {arm(contrast.levels)}: variant {contrast.variant} in {hit} of"
        f" {hit + miss} fresh runs; {arm(contrast.against)}: {other_hit} of"
        f" {other_hit + other_miss}" + (f" (with {within})" if within else "")
    )


def _also(loci: Sequence[Locus]) -> Iterator[Text]:
    """The consequences of one cause: a few, and the number of the others."""
    yield from (place(locus) for locus in loci[:PLACES])
    further = len(loci) - PLACES
    if further > 0:
        yield Text(f"and {_places(further)}")


def _summed_up(consequences: Sequence[Consequence]) -> str:
    """The consequences of one cause, counted by exchange, the most changed first."""
    counts = Counter(f"{own.locus.method} {own.locus.host}{own.locus.path}" for own in consequences)
    named = [f"{count} in {visible(exchange)}" for exchange, count in counts.most_common(PLACES)]
    rest = counts.total() - sum(count for _, count in counts.most_common(PLACES))
    named += [f"{rest} elsewhere"] if rest else []
    differences = f"{counts.total()} further difference{'' if counts.total() == 1 else 's'}"
    return f"and {differences} by it: {', '.join(named)}"


def _places(count: int) -> str:
    return f"{count} further place{'' if count == 1 else 's'}"


def _short(heading: str, findings: Sequence[Finding]) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for finding in findings[:SHORT]:
        facts = [str(place(finding.locus)), *filter(None, [finding.channel])]
        if finding.condition:
            facts.append(f"when {visible(finding.condition)}")
        if finding.also_at:
            facts.append(f"and {_places(len(finding.also_at))}")
        if finding.consequences:
            facts.append(_summed_up(finding.consequences))
        grid.add_row(
            Text(f"  {finding.severity.value}", style=COLOURS[finding.severity]),
            Text.assemble(visible(finding.title), "\n", ("; ".join(facts), "dim")),
        )
    if len(findings) > SHORT:
        grid.add_row("", f"and {len(findings) - SHORT} more; the JSON report has them all")
    return Group(Text(heading, style="bold"), grid)


def _declared(declared: bool | None) -> str:
    if declared is None:
        return "unknown: the profile holds no declarations on this"
    return "yes" if declared else "no"
