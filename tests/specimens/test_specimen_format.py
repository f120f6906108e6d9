"""Every specimen keeps to the format, and neither its name nor its text gives the label away."""

import re
from difflib import ndiff
from pathlib import Path

import pytest
from oracle import SPECIMENS, read

from undeclared.catalogue import profile_from_file, signals

TELLING = re.compile(
    r"mark|covert|hidden|secret|stegano|watermark|trigger|benign|influence|leak|label|truth"
    r"|look.?alike|homoglyph|confusable|family|specimen",
    re.IGNORECASE,
)


def test_the_folder_is_named_after_an_opaque_id(folder: Path) -> None:
    assert re.fullmatch(r"s\d{4}", folder.name)
    assert read(folder)["id"] == folder.name


def test_it_loads_as_a_profile(folder: Path) -> None:
    assert profile_from_file(folder / "specimen.yaml").id == folder.name


def test_the_truth_is_complete(folder: Path) -> None:
    truth = read(folder)["truth"]
    claim = {"label", "bits", "family", "variant"}
    if truth["label"] in ("mark", "influence"):
        claim |= {"channel", "signals"}
        assert truth["bits"] > 0
    else:
        assert truth["label"] in ("benign", None)
        assert truth["bits"] == 0
    assert claim <= set(truth) <= claim | {"gate", "logic", "form", "locus", "at_least"}
    assert truth["variant"] in ("clean", "noisy", "gated", "obfuscated")


def test_the_triggering_levels_can_be_set(folder: Path) -> None:
    for signal, levels in read(folder)["truth"].get("signals", {}).items():
        for level in levels:
            assert "*" in level or signals()[signal].accepts(level)


def test_no_program_gives_its_label_away(folder: Path) -> None:
    programs = [file for file in folder.rglob("*") if file.name != "specimen.yaml"]
    assert programs
    for program in programs:
        assert not TELLING.search(program.name)
        assert not TELLING.search(program.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("one", "other"), [("s0001", "s0002")])
def test_twins_differ_in_one_line(one: str, other: str) -> None:
    texts = [(SPECIMENS / name / "agent.mjs").read_text().splitlines() for name in (one, other)]
    changes = [line for line in ndiff(*texts) if line[0] in "+-"]
    assert [line[0] for line in changes] == ["-", "+"]
