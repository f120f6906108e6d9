"""Labels are verified by running: a specimen's truth must be exactly what its bytes show."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from confusable_homoglyphs import confusables
from oracle import CHANCES, SPECIMENS, UNSET, Shown, read

pytestmark = pytest.mark.lab

Oracle = Callable[[Path], list[Shown]]


def _holds(condition: dict, levels: dict[str, str], default_host: str) -> bool:
    """Whether an environment meets `signals` or `gate`, as the specimen format words them."""
    for signal, wanted in condition.items():
        level = levels[signal]
        if wanted == "not-default":
            if level in (UNSET, default_host):
                return False
        elif not any(fnmatchcase(level, pattern) for pattern in wanted):
            return False
    return True


def _triggers(specimen: dict, shown: Shown) -> bool:
    truth = specimen["truth"]
    if truth["label"] not in ("mark", "influence"):
        return False
    conditions = (truth["signals"], truth.get("gate", {}))
    return all(_holds(each, shown.levels, specimen["default_host"]) for each in conditions)


def _only_look_alikes_differ(one: bytes, other: bytes) -> bool:
    a, b = one.decode(), other.decode()
    swaps = {(x, y) for x, y in zip(a, b, strict=True) if x != y}
    return bool(swaps) and all(_look_alike(*sorted(swap)) for swap in swaps)


def _look_alike(one: str, other: str) -> bool:
    found = confusables.is_confusable(other, greedy=True) or []
    return any(one == twin["c"] for entry in found for twin in entry["homoglyphs"])


CHANNELS = {"text.codepoint": _only_look_alikes_differ}
"""What must hold between the bodies of two variants, for each channel that has a specimen."""


def test_every_run_does_the_whole_task(folder: Path, oracle: Oracle) -> None:
    for shown in oracle(folder):
        assert shown.stderr == ""
        assert shown.stdout != ""
        asked, told = shown.bodies
        assert b"tool_result" not in asked
        assert b"agent.mjs" in told, "the shell tool ran in the specimen's folder"


def test_truth_is_what_the_bytes_show(folder: Path, oracle: Oracle) -> None:
    specimen = read(folder)
    for chance in CHANCES:
        seen = [shown for shown in oracle(folder) if shown.chance == chance]
        plain = {shown.wire for shown in seen if not _triggers(specimen, shown)}
        marked = {shown.wire for shown in seen if _triggers(specimen, shown)}
        assert len(plain) == 1, "an environment outside the stated condition changes the traffic"
        assert not plain & marked, "an environment inside it does not"
        assert len(plain | marked) == 2 ** specimen["truth"]["bits"]


def test_the_channel_is_the_stated_one(folder: Path, oracle: Oracle) -> None:
    truth = read(folder)["truth"]
    if truth["label"] not in ("mark", "influence"):
        assert "channel" not in truth
        return
    variants = sorted({shown.bodies for shown in oracle(folder)})
    assert len(variants) > 1
    for one, other in pairwise(variants):
        for a, b in zip(one, other, strict=True):
            assert CHANNELS[truth["channel"]](a, b)


def test_the_benign_twin_varies_by_chance_alone(oracle: Oracle) -> None:
    seen = oracle(SPECIMENS / "s0002")
    variants = {chance: {s.bodies for s in seen if s.chance == chance} for chance in CHANCES}
    assert all(len(bodies) == 1 for bodies in variants.values())
    assert variants[CHANCES[0]] != variants[CHANCES[1]]
    assert variants[CHANCES[0]] | variants[CHANCES[1]] == {
        shown.bodies for shown in oracle(SPECIMENS / "s0001")
    }, "the twins show the same bytes, for different reasons"


def test_the_receiver_tells_the_environments_apart(oracle: Oracle, receiver: ModuleType) -> None:
    specimen = read(SPECIMENS / "s0001")
    for shown in oracle(SPECIMENS / "s0001"):
        assert shown.stdout == receiver.ANSWERS[int(_triggers(specimen, shown))]
