"""Small histories: releases, and what probes found in them."""

from datetime import UTC, datetime, timedelta

import pytest

from undeclared.model import FindingKind, Probe, ProbedBy, Release, Severity, Trait

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def make_trait(name="m", **fields):
    """A mark as runs show it, or with `constants` a hidden list."""
    common = {
        "id": f"mark-{name}",
        "kind": FindingKind.MARK,
        "severity": Severity.HIGH,
        "title": f"Mark {name}",
        "channel": "text.codepoint",
        "signals": ("timezone",),
        "place": f"{name}.example body",
    }
    return Trait(**{**common, **fields})


def hidden(name, constants, **fields):
    return make_trait(
        name, id=f"hidden-constants-{name}", kind=FindingKind.HIDDEN_CONSTANTS, channel="",
        severity=Severity.MEDIUM, signals=(), place="", constants=tuple(constants), **fields,
    )  # fmt: skip


def make_releases(count, days=2):
    return tuple(
        Release(version=f"1.0.{number}", published=(at := BEGAN + timedelta(days * number)), by=at)
        for number in range(count)
    )


def probe(number, *traits, by=ProbedBy.RUN, **fields):
    return Probe(version=f"1.0.{number}", by=by, traits=traits, **fields)


@pytest.fixture
def make():
    """Everything above."""

    class Made:
        trait = staticmethod(make_trait)
        hidden = staticmethod(hidden)
        releases = staticmethod(make_releases)
        probe = staticmethod(probe)

    return Made
