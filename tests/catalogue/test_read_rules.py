import pytest

from undeclared import catalogue
from undeclared.catalogue import CatalogueError, Examples, Reads
from undeclared.catalogue.loader import parse


def rules(*what, **fields):
    examples = Examples(match=(what[0].replace("*", "x"),), reject=("env:NOTHING_OF_IT",))
    return Reads(what=what, **{"examples": examples, **fields})


@pytest.mark.parametrize(
    ("pattern", "what", "counts"),
    [
        ("env:LC_*", "env:LC_ALL", True),
        ("env:LC_*", "env:LC", False),
        ("file:~/.ssh/*", "file:~/.ssh/config", True),
        ("run:git *status*", "run:git -C /x status --short", True),
        ("run:[ -f *", "run:[ -f /x", True),
        ("run:[ab]", "run:a", False),
        ("env:A?", "env:AB", False),
        ("os.host*", "os.hostname", True),
        ("env:TZ", "env:tz", False),
    ],
)
def test_only_a_star_stands_for_something_else(pattern, what, counts) -> None:
    assert rules("env:FIRST", pattern).match(what) is counts


def test_variables_that_the_profile_names_count_for_it_alone() -> None:
    profile = catalogue.agents()["claude-code"]
    reads = rules("env:FIRST", "env:{base_url_env}", "env:{ca_env}", "env:{opt_outs}")
    own = f"env:{profile.base_url_env}"
    assert reads.match(own, profile)
    assert not reads.match(own)
    assert all(reads.match(f"env:{name}", profile) for name in profile.ca_env)
    assert all(reads.match(f"env:{own.variable}", profile) for own in profile.opt_outs)


@pytest.mark.parametrize(
    ("reads", "problem"),
    [
        ("{what: [TZ], examples: {match: [env:TZ], reject: [env:A]}}", "five forms"),
        ("{what: ['env:{nothing}'], examples: {match: [env:A], reject: [env:B]}}", "none of"),
        ("{what: [env:TZ], examples: {match: [env:T], reject: [env:A]}}", "should count"),
        ("{what: [env:T*], examples: {match: [env:T], reject: [env:TZ]}}", "should not count"),
        ("{what: [env:TZ]}", "examples"),
    ],
)
def test_a_rule_that_does_not_hold_does_not_load(reads, problem) -> None:
    with pytest.raises(CatalogueError, match=problem):
        parse(reads, Reads, "reads.yaml")


UNREADABLE = {"clock", "ip-geolocation", "flags"}
"""A clock is read by every program; answers of servers show as contacts."""


def test_every_signal_says_how_it_is_read_unless_it_cannot_be_told() -> None:
    silent = {name for name, spec in catalogue.signals().items() if spec.reads is None}
    assert silent <= UNREADABLE
