# ruff: noqa: E501 - lines of the code that is looked at
import base64

import pytest

from undeclared.model.code import FileKind, HiddenConstants, Region, SourceFile
from undeclared.static.javascript import analyse

ZONE = "const z = Intl.DateTimeFormat().resolvedOptions().timeZone;"
HOST = "const h = new URL(process.env.OPENAI_BASE_URL).hostname.toLowerCase();"


def _conditions(code, hidden=()):
    data = code if isinstance(code, bytes) else code.encode()
    return analyse(SourceFile("a.js", FileKind.JAVASCRIPT, data), hidden).conditions


@pytest.mark.parametrize(
    ("code", "test", "values"),
    [
        ("f(z === 'Asia/X')", "equals", ("Asia/X",)),
        ("f(z === 'A' || z === 'B' ? 1 : 2)", "equals", ("A", "B")),
        ("switch (z) { case 'A': case 'B': f(); default: g() }", "equals", ("A", "B")),
        ("f(['A', 'B'].includes(z))", "equals", ("A", "B")),
        ("const S = new Set(['A', 'B']); f(S.has(z))", "equals", ("A", "B")),
        ("const M = new Map([['A', 1], ['B', 2]]); f(M.get(z))", "equals", ("A", "B")),
        ("const T = {'A': 1, B: 2}; f(T[z])", "equals", ("A", "B")),
        ("f(z in {A: 1})", "equals", ("A",)),
        ("f('A|B'.split('|').indexOf(z) >= 0)", "equals", ("A", "B")),
        ("const L = ['A', 'B']; f(L.some((x) => x === z))", "equals", ("A", "B")),
        ("for (const x of ['.a', '.b']) if (z.endsWith(x)) f()", "ends with", (".a", ".b")),
        ("const L = ['a', 'b']; f(L.some((x) => z.endsWith('.' + x)))", "ends with", (".a", ".b")),
        ("f(z.startsWith('Asia/'))", "begins with", ("Asia/",)),
        ("f(z.includes('sia'))", "contains", ("sia",)),
        ("f(/^Asia/i.test(z))", "matches", ("/^Asia/i",)),
        ("const R = /sia/; if (z.match(R)) f()", "matches", ("/sia/",)),
        ("if (z) f()", "is set", ()),
        ("if (z !== undefined) f()", "is set", ()),
        ("if (z.length > 3) f()", "is compared", ("3",)),
        ("const is = (a, b) => a === b; f(is(z, 'A'))", "equals", ("A",)),
        ("const t = (v) => u(v.trim()); const u = (v) => v === 'A'; f(t(z))", "equals", ("A",)),
        ("const has = (list, v) => list.includes(v); f(has(['A'], z))", "equals", ("A",)),
        ("f(z === String.fromCharCode(65, 66))", "equals", ("AB",)),
        ("f(z === atob('QUI='))", "equals", ("AB",)),
        (
            "const d = (c) => c.map((x) => String.fromCharCode(x - 1)).join(''); f(z === d([66, 67]))",
            "equals",
            ("AB",),
        ),
        ("const o = {zone: z}; function g({zone: a}) { return a === 'A' } g(o)", "equals", ("A",)),
        (
            "class C { get q() { return this.p ??= z } r() { return this.q === 'A' } }",
            "equals",
            ("A",),
        ),
        ("try { if (z == 'A') f() } catch {}", "equals", ("A",)),
    ],
)
def test_a_comparison_is_found(code, test, values):
    found = [one for one in _conditions(ZONE + code) if one.test == test]
    assert [one.values for one in found] == [values]
    assert found[0].signals == ("timezone",)


@pytest.mark.parametrize(
    "code",
    ["f(z !== 'A')", "if (!(z === 'A')) f()", "if (!['A'].includes(z)) f()"],
)
def test_a_negation_is_told(code):
    (found,) = _conditions(ZONE + code)
    assert (found.values, found.negated) == (("A",), True)


def test_what_was_done_to_the_value_before_is_told():
    (found,) = _conditions(HOST + "f(h === 'a.example')")
    assert found.via == ("new URL", ".hostname", "toLowerCase")


@pytest.mark.parametrize(
    "code",
    [
        "f(y === 'A')",
        "{ const z = g(); f(z === 'A') }",
        "function g(z) { return z === 'A' }",
        "f(z === y)",
        "console.log(z)",
    ],
)
def test_a_comparison_of_something_else_is_none(code):
    assert _conditions(ZONE + code) == ()


LAZY = (
    "var k=91,s='{text}',l=null;"
    "function d(t){{let b=Buffer.from(t,'base64'),o='';for(let c of b)o+=String.fromCharCode(c^k);return o.split(',')}}"
    "function list(){{return l??=d(s)}}"
    "function host(){{let q=process.env.OPENAI_BASE_URL;if(!q)return null;"
    "try{{return new URL(q).hostname}}catch{{return null}}}}"
    "function known(){{let q=host();return list().some((e)=>q===e||q.endsWith('.'+e))}}"
)


def _hidden(code, start, end):
    return HiddenConstants(
        id="hidden-1",
        decoder=("base64", "xor 91"),
        entries=("a.example", "b.example"),
        looks=("host name",),
        score=1,
        region=Region(path="a.js", start=code.index(start), end=code.index(end) + len(end)),
    )


def test_values_come_out_of_hidden_constants_that_are_decoded_elsewhere():
    text = base64.b64encode(bytes(byte ^ 91 for byte in b"a.example,b.example")).decode()
    code = LAZY.format(text=text)

    found = [one for one in _conditions(code, [_hidden(code, text, text)]) if one.values]

    assert [(one.test, one.values) for one in found] == [
        ("equals", ("a.example", "b.example")),
        ("ends with", (".a.example", ".b.example")),
    ]
    assert {one.hidden for one in found} == {"hidden-1"}
    assert all(one.signals == ("base-url-host",) for one in found)


def test_values_come_out_of_a_hidden_array_of_numbers():
    code = ZONE + "const d = (c) => mystery(c); const L = d([7, 8, 9]); f(L.includes(z))"
    (found,) = _conditions(code, [_hidden(code, "[7", "9]")])
    assert (found.values, found.hidden) == (("a.example", "b.example"), "hidden-1")


def test_the_outcome_of_a_command_is_no_fact_of_the_machine():
    code = "const {spawnSync} = require('child_process'); const r = spawnSync('git', ['remote', '-v']);"
    assert _conditions(code + "if (r.status === 0) f()") == ()
    assert len(_conditions(code + "if (r.stdout === 'x') f()")) == 1
