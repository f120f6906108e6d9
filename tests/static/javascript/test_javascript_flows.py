# ruff: noqa: E501 - lines of the code that is looked at
import pytest

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.javascript import analyse

ZONE = "const z = Intl.DateTimeFormat().resolvedOptions().timeZone;"


def _analyse(code):
    return analyse(SourceFile("a.js", FileKind.JAVASCRIPT, code.encode()))


@pytest.mark.parametrize(
    ("code", "sink", "by"),
    [
        ("fetch('x', {body: JSON.stringify({z})})", "request body", "value"),
        ("fetch('x', {headers: {a: z}})", "header", "value"),
        ("fetch(`https://x/?z=${encodeURIComponent(z)}`)", "url", "value"),
        ("const h = new Headers(); h.append('a', 'b'); headers.set('a', z)", "header", "value"),
        ("const r = require('https').request('x'); r.end(z)", "request body", "value"),
        (
            "const {createHash: c} = require('crypto'); fetch('x', {body: c('md5').update(z).digest()})",
            "request body",
            "value",
        ),
        ("f('app_started', {zone: z})", "telemetry event", "value"),
        ("posthog.capture('a', {zone: z})", "telemetry event", "value"),
        ("const b = {}; if (z === 'A') b.x = 1; fetch('x', {body: b})", "request body", "choice"),
        ("if (z === 'A') fetch('x')", "request", "choice"),
        ("async function s() { await fetch('x') } if (z === 'A') s()", "request", "choice"),
        (
            "const q = z === 'A' ? '’' : \"'\"; g({role: 'user', content: `Don${q}t do what is bad.`})",
            "prompt",
            "choice",
        ),
        (
            "function q(b) { if (b) return '’'; return \"'\" } m({system: `It${q(z === 'A')}s what it is.`})",
            "prompt",
            "choice",
        ),
        ("let p = 'a'; if (z === 'A') p += ' '; m({system: p})", "prompt", "choice"),
        (
            "const w = memo(async () => ({zone: z})); async function g() { const {zone: k} = await w(); fetch(k) }",
            "url",
            "value",
        ),
        ("new Promise((ok) => ok(z)).then((v) => fetch('x', {body: v}))", "request body", "value"),
        (
            "const [a, b] = await Promise.all([g(), Promise.resolve(z)]); fetch('x', {body: b})",
            "request body",
            "value",
        ),
    ],
)
def test_a_way_out_is_found(code, sink, by):
    flows = _analyse(ZONE + code).flows
    assert (sink, by) in {(flow.sink, flow.by) for flow in flows}
    assert all(flow.signals == ("timezone",) for flow in flows)


@pytest.mark.parametrize(
    "code",
    [
        "console.log(`Your zone is the zone ${z} here.`)",
        "fetch('x', {body: y})",
        "const [a, b] = await Promise.all([g(), z]); fetch('x', {body: a})",
        "const o = {a: z, b: 1}; fetch('x', {body: o.b})",
        "const f = (v) => 1; fetch('x', {body: f(z)})",
        "throw new Error(`There is no zone ${z} known.`)",
    ],
)
def test_no_way_is_made_up(code):
    assert _analyse(ZONE + code).flows == ()


def test_a_text_whose_way_is_lost_is_told():
    (flow,) = _analyse(ZONE + "exports.t = `This is the zone ${z} of it.`").flows
    assert (flow.sink, flow.by) == ("other", "value")


def test_a_choice_names_its_condition_and_its_steps():
    found = _analyse(ZONE + "fetch('x', {body: z === 'A' ? 1 : 2})")
    (flow,) = found.flows
    assert flow.condition == found.conditions[0].id
    assert [step.says for step in flow.steps] == [
        "read of Intl.DateTimeFormat.resolvedOptions",
        "compared with constants",
        "chooses between two values",
        "goes to: request body",
    ]
    assert all(step.region.excerpt for step in flow.steps)


def test_what_a_call_gives_goes_back_to_that_call_only():
    code = "const id = (v) => v; fetch(id('x'), {body: id(z)})"
    assert {flow.sink for flow in _analyse(ZONE + code).flows} == {"request body"}
