"""A whole timeline: a registry, its packages, their code, and audits in a real lab."""

import os
from pathlib import Path

import pytest
from npm_registry import npm_registry

from undeclared.model import FindingKind, LabUnavailable, ProbedBy
from undeclared.timeline import TimelineRequest, timeline

SPECIMEN = Path(__file__).parents[2] / "specimens" / "s0001" / "agent.mjs"
PROFILE = """
id: own-agent
title: A small agent of a test
npm: own-agent
programs: [{bin: own-agent}]
command: ["{program}", "{prompt}"]
wire: anthropic-messages
base_url_env: MODEL_BASE_URL
default_host: api.vendor.example
key_env: MODEL_API_KEY
ca_env: [NODE_EXTRA_CA_CERTS]
examples: {match: [own-agent], reject: [other]}
"""
VERSIONS = ("1.0.0", "1.0.1", "1.1.0-rc.1", "1.1.0", "1.2.0", "1.10.0")
MARKED = ("1.1.0", "1.2.0", "1.10.0")

pytestmark = pytest.mark.lab


class Heard:
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def advance(self, stage: str, done: int, total: int) -> None:
        pass


def program(*, marked: bool) -> str:
    """The specimen, marked by the time zone alone, or without the mark and its list."""
    lines = SPECIMEN.read_text().replace("base.hostname !== DEFAULT_HOST && ", "").splitlines()
    if not marked:
        lines = [line for line in lines if not line.startswith("const REGIONS")]
        lines = [line.replace("REGIONS.includes(zone)", "false") for line in lines]
    return "\n".join(["#!/usr/bin/env node", *lines, ""])


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Six versions, of which one is a prerelease; the last three are marked."""
    with npm_registry(tmp_path, monkeypatch) as registry:
        for version in VERSIONS:
            text = program(marked=version in MARKED)
            files = {"agent.mjs": text}
            registry.publish("own-agent", version, files, bin={"own-agent": "agent.mjs"})
        times = registry.packages["own-agent"]["time"]
        times |= {own: f"2026-02-{day:02}T00:00:00.000Z" for day, own in enumerate(VERSIONS, 1)}
        times["1.0.0"] = "2026-09-09T00:00:00.000Z"
        yield registry


def test_the_first_version_with_a_mark_is_found_and_confirmed_on_both_sides(
    published, tmp_path, monkeypatch
):
    profile = tmp_path / "profile.yaml"
    profile.write_text(PROFILE)
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("UNDECLARED_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("UNDECLARED_STORE", raising=False)
    request = TimelineRequest(agent="npm:own-agent", profile=profile)
    try:
        report = timeline(request, Heard())
    except LabUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    assert report.complete, report.problems
    assert [own.version for own in report.releases] == [own for own in VERSIONS if "-" not in own]
    assert report.left_out == ("prereleases, which --prereleases takes in: 1.1.0-rc.1",)
    assert report.odd == ("1.0.0 is said to be of 2026-09-09, but the later 1.0.1 of 2026-02-02",)
    (mark,) = (own for own in report.bars if own.trait.kind is FindingKind.MARK)
    assert (mark.by, mark.trait.channel) == (ProbedBy.RUN, "text.codepoint")
    assert (mark.begins.version, mark.begins.neighbour) == ("1.1.0", "1.0.1")
    assert mark.begins.exact
    assert mark.begins.p_value < 0.05
    assert mark.begins.detectable < 0.9
    assert (mark.ends.version, mark.ends.neighbour) == ("1.10.0", None)
    assert (mark.versions, mark.days) == (3, 2)
    assert any("2 constants (time zone)" in own for own in mark.counterparts)
    (varied,) = report.signals
    assert varied.id == "timezone"
    assert "Asia/Shanghai" in varied.levels
    audited = [own.version for own in report.probes if own.by is ProbedBy.RUN]
    assert audited == ["1.0.0", "1.0.1", "1.1.0", "1.10.0"]
    assert report.downloaded > 0

    # The same question again: everything is known.
    watch = Heard()
    again = timeline(request, watch)
    assert again.bars == report.bars
    assert all(own.known for own in again.probes)
    assert again.downloaded == 0
