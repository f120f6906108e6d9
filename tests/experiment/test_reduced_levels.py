"""The few levels of an audit of many versions."""

from undeclared.catalogue import agents
from undeclared.experiment import make_plan, reduced_levels
from undeclared.model import CodeCondition, Comparison, Region

PROFILE = agents()["claude-code"]
BOTH = ("base-url-host", "timezone")


def condition(*values, signal="base-url-host", test=Comparison.CONTAINS, hidden=None, name="c"):
    zone = signal == "timezone"
    return CodeCondition(
        id=f"condition-{name}", signals=(signal,), test=test, values=values, hidden=hidden,
        what="Intl.DateTimeFormat.resolvedOptions" if zone else "env:ANTHROPIC_BASE_URL",
        via=(".timeZone",) if zone else ("new URL", ".hostname"),
        region=Region(path="main.js", start=0, end=9),
    )  # fmt: skip


def test_one_level_that_fulfils_several_lists_stands_for_all_beside_an_ordinary_one():
    found = reduced_levels(
        [
            condition("cn", test=Comparison.SUFFIX, hidden="h1", name="1"),
            condition("moonshot", "deepseek", hidden="h2", name="2"),
            condition("Asia/Shanghai", signal="timezone", test=Comparison.EQUALS, name="3"),
        ],
        BOTH,
        PROFILE,
    )
    assert found == (
        ("base-url-host", "moonshot.example.cn"),
        ("base-url-host", "gateway.example.com"),
        ("timezone", "Asia/Shanghai"),
        ("timezone", "America/New_York"),
    )


def test_what_no_level_of_the_catalogue_fulfils_is_taken_from_the_code():
    rare = condition("relay.example.net", test=Comparison.EQUALS, hidden="h")
    levels = [level for _, level in reduced_levels([rare], BOTH[:1], PROFILE)]
    assert levels[0] == "relay.example.net"
    assert len(levels) == 2


def test_open_comparisons_count_where_nothing_is_hidden():
    opened = condition("deepseek", name="open")
    assert ("base-url-host", "deepseek.example.com") in reduced_levels([opened], BOTH, PROFILE)
    hidden = condition("cn", test=Comparison.SUFFIX, hidden="h", name="hidden")
    levels = dict.fromkeys(reduced_levels([opened, hidden], BOTH, PROFILE))
    assert ("base-url-host", "deepseek.example.com") not in levels


def test_a_signal_that_no_code_compares_keeps_its_levels():
    assert reduced_levels([], BOTH, PROFILE) == ()


def test_a_plan_tries_nothing_but_the_levels_named_for_a_signal():
    only = (("timezone", "Asia/Urumqi"), ("base-url-host", "relay.example.net"))
    plan = make_plan(PROFILE, names=(*BOTH, "locale"), only_levels=only)
    levels = {own.id: own.levels for own in plan.signals}
    assert levels["timezone"] == ("Etc/UTC", "Asia/Urumqi")
    assert levels["base-url-host"] == ("unset", "relay.example.net")
    assert len(levels["locale"]) > 2
    # Words are sought in a signal only where nothing was said of it.
    assert plan.sought == ()
    assert make_plan(PROFILE, names=BOTH).sought
