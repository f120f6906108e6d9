"""The section on planted secrets."""

from pathlib import Path

import golden

from undeclared.model import CanaryFact, Locus, Report
from undeclared.report import canaries, text

GOLDEN = Path(__file__).parent / "golden"


def fact(place: str, host: str, form: str, *, asked: bool = False, runs: int = 3) -> CanaryFact:
    return CanaryFact(
        canary=place,
        place=place,
        host=host,
        model=asked,
        form=form,
        nature="plain",
        whole=True,
        asked_for=asked,
        runs=runs,
        of=12,
        flows=runs,
        locus=Locus(host=host, method="POST", path="/", part="body"),
    )


def render(report: Report, **changes: object) -> str:
    return text.render(report.model_copy(update=changes), width=90, colour=False)


def test_looks_as_agreed(report: Report) -> None:
    facts = (
        fact(".env of the repository", "{base-url-host}", "plain", asked=True, runs=12),
        fact("~/.aws/credentials", "stаts.vendor.example", "gzip then base64"),
        fact("the variable GITHUB_TOKEN", "stats.vendor.example", "sha256")
        .model_copy(update={"install": True, "of": 1, "runs": 1}),
    )  # fmt: skip
    rendered = render(report, planted=("a", "b", "c", "d"), canaries=facts)
    section = rendered[rendered.index("Planted secrets") : rendered.index("Coverage:")]
    golden.check(GOLDEN / "planted.txt", section)
    assert section.index("~/.aws") < section.index(".env"), "what nobody asked for comes first"


def test_says_so_when_none_left(report: Report) -> None:
    assert "planted in 1 place; none was found" in render(report, planted=("~/.netrc",))
    assert "Planted secrets" not in render(report), "nothing was planted"


def test_a_long_list_is_cut_and_says_so(report: Report) -> None:
    facts = tuple(fact(f"~/{number}", "a.example", "plain") for number in range(canaries.ROWS + 2))
    assert "and 2 more" in render(report, planted=("a",), canaries=facts)
