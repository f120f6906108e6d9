# ruff: noqa: E501 - lines of the code that is looked at
import resource

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.javascript import analyse
from undeclared.static.javascript.slices import WHOLE, Slices, cut

WRITTEN = """
import { hostname } from "node:os";
let cached = null;
function zone() {
  if (!cached) cached = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return cached;
}
const REGIONS = ["Asia/Tokyo", "Asia/Seoul"];
function sign(far, near) {
  if (!far) return "'";
  return near ? "\\u2019" : "\\u02bc";
}
export async function ask(text) {
  const far = REGIONS.includes(zone());
  const near = hostname().endsWith(".corp.example");
  const quote = sign(far, near);
  const body = { system: `You don${quote}t guess and you don${quote}t hurry.`, text };
  await fetch("https://api.example.com/v1", { method: "POST", body: JSON.stringify(body) });
}
"""
REBUILT = (
    'import{hostname as Xa1}from"node:os";var bQ2=null;function Kz3(){if(!bQ2)bQ2=Intl.DateTimeFormat()'
    '.resolvedOptions().timeZone;return bQ2}var m4T=["Asia/Tokyo","Asia/Seoul"];function R5p(e,t){if(!e)'
    'return"\'";return t?"\\u2019":"\\u02bc"}async function W6q(e){let t=m4T.includes(Kz3()),n=Xa1()'
    '.endsWith(".corp.example"),r=R5p(t,n),i={system:`You don${r}t guess and you don${r}t hurry.`,text:e};'
    'await fetch("https://api.example.com/v1",{method:"POST",body:JSON.stringify(i)})}export{W6q as ask};'
)
FILLER = 'function F{n}(q,K){{let _=q.map((z)=>z+"}}{{;");if(/["`]/.test(K))return`${{_}}}}`;return{{a:_,b:[K,{n}]}}}}'


def _bundle(code, size):
    half = "".join(FILLER.format(n=n) for n in range(size // len(FILLER) // 2))
    return f"{half}{code}{half}".encode()


def _analyse(data):
    return analyse(SourceFile("a.js", FileKind.JAVASCRIPT, data))


def _ids(facts):
    return [{one.id for one in part} for part in (facts.reads, facts.conditions, facts.flows)]


def test_a_rebuild_that_renames_everything_has_the_same_ids():
    written, rebuilt = _analyse(WRITTEN.encode()), _analyse(REBUILT.encode())
    assert _ids(written) == _ids(rebuilt)
    assert [len(part) for part in _ids(written)] == [2, 3, 2]


def test_in_a_big_bundle_the_same_is_found_by_slices():
    data = _bundle(REBUILT, 1 << 20)
    assert _ids(_analyse(data)) == _ids(_analyse(REBUILT.encode()))


def test_only_slices_of_a_big_bundle_are_parsed():
    data = _bundle(REBUILT, 1 << 20)
    slices = Slices(SourceFile("a.js", FileKind.JAVASCRIPT, data))
    piece = slices.at(data.index(b"m4T.includes"))
    assert piece.data.startswith(b"async function W6q")
    assert slices.parsed < 1000
    assert not piece.root.has_error


@pytest.mark.parametrize(
    "code",
    [
        b'function a(){return"}"}function b(){return HIT}function c(){}',
        b"function a(){return/[}]/g}function b(){return HIT}function c(){}",
        b"function a(){return`}${x({})}`}function b(){return HIT}function c(){}",
        b"function a(){for(let i=0;i<1;i++){}}function b(){return HIT}function c(){}",
    ],
)
def test_brackets_in_texts_do_not_count(code):
    start, end = cut(code, code.index(b"HIT"))
    assert code[start:end] == b"function b(){return HIT}"


@pytest.mark.parametrize(
    "data",
    [
        b"process.env.TZ" + b"(" * 300_000,
        b"{" * 300_000 + b"process.env.TZ",
        b"process.env.TZ" * 30_000,
        b"a=" * 200_000 + b"process.env.TZ",
        b"x?." * 100_000 + b"y;process.env.TZ",
        b"`${" * 120_000 + b"process.env.TZ===1",
        b"f(" * 100_000 + b"process.env.TZ" + b")" * 100_000,
        b"\xff\xfe\x00" * 100_000 + b";process.env.TZ;",
        b"function f(a){return f(f(a))+process.env[a]} f(f)" + b" " * WHOLE,
        b"var a=b,b=c,c=a;process.env[a];" * 10_000,
    ],
    ids=range(10),
)
def test_hostile_code_neither_crashes_nor_hangs(data):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    _analyse(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 20


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_code_does_not_crash(data):
    code = bytearray(REBUILT.encode())
    for _ in range(data.draw(st.integers(0, 12))):
        place = data.draw(st.integers(0, len(code) - 1))
        piece = data.draw(
            st.sampled_from([b"", b"{", b"}", b"`", b"'", b"(", b"=>", b"/*", b"\xff", b"${"])
        )
        code[place : place + data.draw(st.integers(0, 20))] = piece
        if not code:
            return
    _analyse(bytes(code))
