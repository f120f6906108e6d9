"""The summary for a person."""

from collections.abc import Iterator

from undeclared.bench.score import Answer
from undeclared.bench.summary import Figures, Rate, Summary
from undeclared.report.escape import visible

GROUPS = {
    "A": "values",
    "B": "text",
    "C": "structure, ids",
    "D": "HTTP",
    "E": "TLS, DNS, hosts",
    "F": "time, order, count",
    "N": "benign controls",
}
MOST_LISTED = 40


def render(summary: Summary) -> str:
    """Counts and rates per group of families, variant and family, then what went wrong."""
    return "\n".join(_lines(summary)) + "\n"


def _lines(summary: Summary) -> Iterator[str]:
    total = summary.total
    yield f"undeclared {summary.tool_version}: {total.specimens} specimens"
    yield f"signals varied: {', '.join(summary.signals)}"
    if not summary.complete:
        yield "NOT COMPLETE: some specimens have no result; ask again to go on."
    yield ""
    yield _columns("family")
    for name, own in summary.groups.items():
        yield _row(f"{name}  {GROUPS.get(name, '')}", own)
    yield _row("all", total)
    yield ""
    yield _columns("where one must look")
    for name, own in summary.reaches.items():
        yield _row(name, own)
    yield ""
    yield _columns("variant")
    for name, own in summary.variants.items():
        yield _row(name, own)
    yield ""
    yield _columns("family")
    for name, own in summary.families.items():
        yield _row(name, own)
    yield ""
    yield "of those found, exact:"
    for label, rate in (
        ("signals", total.signals_exact),
        ("levels", total.levels_exact),
        ("channel", total.channel_exact),
        ("locus", total.locus_exact),
        ("bits", total.bits_exact),
    ):
        yield f"  {label:<9}{_share(rate)}"
    yield f"found, but as the other kind (mark or influence): {total.found_as_other_kind}"
    yield (f"to a verdict, in the middle: {total.runs_median:g} runs, {total.seconds_median:.1f} s")
    if summary.baselines:
        yield ""
        yield _columns("method, on the same runs", numbered=False)
        yield _method("this tool", total)
        for base in summary.baselines:
            yield (
                f"{base.name:<28}{base.true_positives:>5}{base.false_positives:>5}"
                f"{base.true_negatives:>5}{base.false_negatives:>5}  {_share(base.precision):<24}"
                f"{_share(base.recall)}"
            )
        yield "A baseline counts as right when it says anything of a specimen that has something."
    yield from _wrong(summary)


def _columns(first: str, *, numbered: bool = True) -> str:
    counts = (("n",) if numbered else ()) + ("TP", "FP", "TN", "FN")
    return f"{first:<28}{''.join(f'{own:>5}' for own in counts)}  {'precision':<24}recall"


def _row(name: str, own: Figures) -> str:
    return (
        f"{name:<28}{own.specimens:>5}{own.true_positives:>5}{own.false_positives:>5}"
        f"{own.true_negatives:>5}{own.false_negatives:>5}  {_share(own.precision):<24}"
        f"{_share(own.recall)}"
    )


def _method(name: str, own: Figures) -> str:
    return (
        f"{name:<28}{own.true_positives:>5}{own.false_positives:>5}{own.true_negatives:>5}"
        f"{own.false_negatives:>5}  {_share(own.precision):<24}{_share(own.recall)}"
    )


def _share(rate: Rate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "-"
    return f"{rate.value:.1%} ({rate.low:.1%}-{rate.high:.1%})"


def _wrong(summary: Summary) -> Iterator[str]:
    for title, answers in (
        ("missed", (Answer.MISSED,)),
        ("falsely claimed", (Answer.FALSE,)),
        ("without a result", (Answer.INCOMPLETE,)),
    ):
        found = [own for own in summary.scores if own.answer in answers]
        if title == "falsely claimed":
            found += [
                own for own in summary.scores if own.spurious and own.answer is not Answer.FALSE
            ]
        if not found:
            continue
        yield ""
        yield f"{title}: {len(found)}"
        for own in found[:MOST_LISTED]:
            said = own.claimed or "; ".join(own.problems)
            yield f"  {own.id} {own.family} {own.form} {own.variant}: {visible(said)[:160]}"
        if len(found) > MOST_LISTED:
            yield f"  and {len(found) - MOST_LISTED} more; --format json has all"
