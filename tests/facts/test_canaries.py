"""Secrets are found in every form, and told by it; nothing is found where there is none."""

import base64
import gzip
import hashlib
import json
import os
import time
import zlib
from datetime import UTC, datetime
from random import Random

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from undeclared.facts.canaries import canary_facts, hits, search
from undeclared.facts.moved import MovedModel
from undeclared.facts.needles import Needles
from undeclared.model import (
    Canary,
    DnsFlow,
    Environment,
    HttpFlow,
    HttpRequest,
    HttpResponse,
    Outcome,
    Phase,
    ProxyFlow,
    Run,
    StreamFlow,
    TlsFlow,
    Trial,
    WebSocketFlow,
    WebSocketMessage,
)
from undeclared.views.readings import MODEL_HOST

BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
VALUE = "ghp_PpcyoxVntzV01q87FAKEggKz6dqstKwkpamw"
SECRET = Canary(id="token", place="~/.token", value=VALUE)
HERE = Environment.of({"base-url-host": "a.example"})
STILL = MovedModel(signal=None, default_host=None)
MOVED = MovedModel(signal="base-url-host", default_host=None)


def b64(data):
    return base64.b64encode(data)


FORMS = {
    "plain": [lambda v: v],
    "reversed": [lambda v: v[::-1]],
    "lower case": [lambda v: v.lower()],
    "base64": [
        lambda v: b64(v),
        lambda v: b64(b"1" + v),
        lambda v: b64(b"22" + v + b"x"),
        lambda v: base64.urlsafe_b64encode(b"\xff\xfe" + v),
        lambda v: b64(v).rstrip(b"="),
        lambda v: base64.encodebytes(b"x" * 50 + v),
        lambda v: b64(b"y" * 50 + v)[:70] + b"\\n" + b64(b"y" * 50 + v)[70:],
    ],
    "base32": [base64.b32encode, lambda v: base64.b32encode(b"abc" + v).lower().rstrip(b"=")],
    "hex": [lambda v: v.hex().encode(), lambda v: v.hex().upper().encode()],
    "URL encoding": [lambda v: b"".join(b"%%%02x" % byte for byte in v)],
    "JSON escapes": [lambda v: b"".join(b"\\u%04x" % byte for byte in v)],
    "gzip then base64": [lambda v: b64(gzip.compress(b"a: " + v))],
    "zlib then base64": [lambda v: b64(zlib.compress(v * 3)), lambda v: b64(zlib.compress(v, 9))],
    "base64 then base64": [lambda v: b64(b64(b"pad" + v))],
    "base64 then URL encoding": [lambda v: b"".join(b"%%%02X" % byte for byte in b64(v))],
    "gzip then base64 then hex": [lambda v: b64(gzip.compress(v)).hex().encode()],
    "reversed then base64": [lambda v: b64(v[::-1])],
    **{
        name: [
            lambda v, name=name: hashlib.new(name, v).hexdigest().encode(),
            lambda v, name=name: hashlib.new(name, v + b"\n").hexdigest().upper().encode(),
            lambda v, name=name: b64(hashlib.new(name, v).digest()),
            lambda v, name=name: base64.urlsafe_b64encode(hashlib.new(name, v).digest()),
            lambda v, name=name: hashlib.new(name, v).hexdigest()[:16].encode(),
        ]
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b")
    },
    "part": [lambda v: v[:12], lambda v: v[-12:], lambda v: v[3:20]],
}
values = st.builds(
    lambda seed, length: "".join(Random(seed).choices(BASE62 + "+/", k=length)),
    st.integers(0, 2**32),
    st.integers(28, 70),
)
"""Random, as secrets are; hypothesis would prefer thirty zeros."""
around = st.tuples(st.binary(max_size=60), st.binary(max_size=60))


def forms_in(data, *own):
    found, _ = search(Needles(own), data)
    return {form for number, form in found}


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25)
@given(value=values, data=st.data())
def test_each_form_is_found_and_named(form, value, data) -> None:
    encode = data.draw(st.sampled_from(FORMS[form]))
    before, after = data.draw(around)
    # What touches an encoded text on either side and could be of it would change it.
    whole = before + b'"' + encode(value.encode()) + b'"' + after
    found = forms_in(whole, Canary(id="x", place="p", value=value))
    assert form in found
    assert form == "plain" or "plain" not in found


@settings(max_examples=200)
@given(value=values, noise=st.binary(max_size=4000))
def test_nothing_is_found_where_nothing_is(value, noise) -> None:
    canary = Canary(id="x", place="p", value=value)
    assert forms_in(noise, canary) == set()
    assert forms_in(b64(noise) + noise.hex().encode() + gzip.compress(noise), canary) == set()


@settings(max_examples=100)
@given(st.binary(max_size=3000))
def test_hostile_bytes_do_no_harm(noise) -> None:
    for data in (noise, b"\x1f\x8b\x08" + noise, b"x\x9c" + noise, b"(\xb5/\xfd" + noise):
        assert forms_in(data, SECRET) == set()


def test_bombs_are_not_opened() -> None:
    bomb = b64(gzip.compress(bytes(64 * 2**20)))
    for data in (bomb, b64(bomb), gzip.compress(bytes(64 * 2**20))):
        began = time.perf_counter()
        assert forms_in(data, SECRET) == set()
        assert time.perf_counter() - began < 2


def test_secrets_across_windows_are_whole() -> None:
    for before in (2**18 - 1, 2**18 - 20, 2**18 - 39, 2**18):
        assert forms_in(b"." * before + VALUE.encode() + b"." * 2**18, SECRET) == {"plain"}
        assert forms_in(b"." * before + VALUE.encode().hex().encode(), SECRET) == {"hex"}


def test_a_flood_of_secrets_costs_little() -> None:
    began = time.perf_counter()
    forms = forms_in(VALUE.encode() * 200_000, SECRET)
    assert "plain" in forms
    assert time.perf_counter() - began < 10


def http(body=b"", *, host="stats.example", target=b"/v1", headers=(), step=None, answer=b""):
    return HttpFlow(
        started=0.1,
        connection=0,
        request=HttpRequest(
            method=b"POST", scheme="https", host=host, port=443, target=target,
            version="HTTP/1.1", headers=tuple(headers), body=body,
        ),
        response=HttpResponse(status=200, headers=(), body=answer),
        answered_by="generic",
        step=step,
    )  # fmt: skip


def dns(name):
    return DnsFlow(started=0.1, name=name, type="A", transport="udp")


def run(*flows, canaries=(SECRET,), phase=Phase.DISCOVERY, number=0):
    return Run(
        trial=Trial(id=f"run-{number}", phase=phase, block=0, environment=HERE),
        scenario="test",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=1,
        outcome=Outcome.COMPLETED,
        flows=flows,
        canaries=canaries,
    )


def facts(*flows, **fields):
    return canary_facts([run(*flows, **fields)], STILL)


def seen(*flows):
    return {(fact.form, fact.host, fact.locus.part) for fact in facts(*flows)}


RAW = VALUE.encode()


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (http(RAW), ("plain", "stats.example", "body")),
        (http(target=b"/v1/" + RAW), ("plain", "stats.example", "line")),
        (http(target=b"/v1?k=" + RAW), ("plain", "stats.example", "query")),
        (http(headers=[(b"X-Id", b64(RAW))]), ("base64", "stats.example", "header")),
        (dns(f"{RAW.hex()[:40]}.{RAW.hex()[40:]}.t.example"), ("hex", "t.example", "question")),
        (
            TlsFlow(started=0, connection=0, sni=f"{VALUE}.t.example", port=443, client_hello=b""),
            ("plain", "t.example", "client-hello"),
        ),
        (
            WebSocketFlow(
                started=0, connection=0, host="w.example", port=443, target=b"/s",
                messages=(WebSocketMessage(at=0, text=True, content=b64(b"a" + RAW)),),
            ),
            ("base64", "w.example", "message"),
        ),
        (
            StreamFlow(
                started=0, transport="tcp", address="198.18.0.9", port=25, host="m.example",
                first_bytes=b"EHLO " + RAW[::-1],
            ),
            ("reversed", "m.example", "request"),
        ),
        (
            ProxyFlow(
                started=0, connection=0, protocol="http-connect", proxy="p.example", port=3128,
                target="a.example:443", opening=b"CONNECT a.example:443\r\nX: " + RAW + b"\r\n\r\n",
            ),
            ("plain", "p.example", "opening"),
        ),
    ],
    ids=["body", "path", "query", "header", "labels", "sni", "websocket", "stream", "proxy"],
)  # fmt: skip
def test_every_part_of_every_flow_is_searched(flow, expected) -> None:
    assert expected in seen(flow)
    for fact in facts(flow):
        assert VALUE not in str(fact)


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        (b"gzip", gzip.compress),
        (b"deflate", zlib.compress),
        (b"br", brotli.compress),
        (b"zstd", zstandard.compress),
        (b"gzip", lambda data: data),
        (b"unheard-of", lambda data: data),
    ],
)
def test_a_content_coding_is_no_form(coding, encode) -> None:
    body = encode(json.dumps({"a": [{"b/c": VALUE}]}).encode())
    (fact,) = facts(http(body, headers=[(b"Content-Encoding", coding)]))
    assert (fact.form, fact.locus.pointer) == ("plain", "/a/0/b~1c")


def test_pieces_in_order_are_one_secret() -> None:
    parts = [RAW[start : start + 10] for start in range(0, 40, 10)]
    within = http(json.dumps({f"f{n}": part.decode() for n, part in enumerate(parts)}).encode())
    apart = [http(part) for part in parts]
    headers = http(headers=[(b"X-%d" % n, part) for n, part in enumerate(parts)])
    asked = [dns(f"{number}.{part.decode()}.t.example") for number, part in enumerate(parts)]
    for flows in ([within], apart, [headers], asked):
        (fact,) = facts(*flows)
        assert (fact.form, fact.whole) == ("split", True)
    assert facts(*reversed(apart)) == ()
    hosts = [http(part, host=f"h{number}.example") for number, part in enumerate(parts)]
    assert facts(*hosts) == ()
    (fact,) = facts(http(RAW[:14]), http(RAW[:14]))
    assert (fact.form, fact.whole, fact.flows) == ("part", False, 2)


def test_hex_over_several_questions_is_found() -> None:
    digits = RAW.hex()
    questions = [dns(f"{digits[n : n + 16]}.x.t.example") for n in range(0, len(digits), 16)]
    (fact,) = facts(*questions)
    assert fact.form == "split then hex", "a label of its own is in between"
    numbered = [
        http(json.dumps({"n": n, "x": digits[n : n + 20]}).encode()) for n in range(0, 80, 20)
    ]
    (fact,) = facts(*numbered)
    assert (fact.form, fact.nature, fact.whole) == ("split then hex", "encoded", True)
    (fact,) = facts(http(digits[8:40].encode()))
    assert (fact.form, fact.whole) == ("part then hex", False)
    questions = [dns(f"{digits[n : n + 16]}.t.example") for n in range(0, len(digits), 16)]
    twice = [each for question in questions for each in (question, question)]
    (fact,) = facts(*twice)
    assert (fact.form, fact.host) == ("hex", "t.example")


ANSWER = b'data: {"id": "call_77", "name": "shell"}\n\n'
OUTPUT = f"TOKEN={VALUE}\n"
CONVERSATIONS = {
    "anthropic-messages": lambda call, output: {
        "messages": [
            {"role": "user", "content": "Do it."},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": call,
                 "content": [{"type": "text", "text": output}]},
            ]},
        ]
    },
    "openai-chat": lambda call, output: {
        "messages": [{"role": "tool", "tool_call_id": call, "content": output}]
    },
    "openai-responses": lambda call, output: {
        "input": [{"type": "function_call_output", "call_id": call, "output": output}]
    },
    "gemini": lambda call, output: {
        "contents": [{"parts": [
            {"functionResponse": {"name": call, "response": {"output": output}}}
        ]}]
    },
}  # fmt: skip


@pytest.mark.parametrize("wire", CONVERSATIONS)
def test_the_output_of_a_call_that_the_model_made_was_asked_for(wire) -> None:
    def asked(*flows):
        return [(fact.form, fact.asked_for, fact.model) for fact in facts(*flows)]

    def turn(document, step="turn-2"):
        return http(json.dumps(document).encode(), host="m.example", step=step)

    make = CONVERSATIONS[wire]
    first = http(b"{}", host="m.example", step="turn-1", answer=ANSWER)
    assert asked(first, turn(make("call_77", OUTPUT))) == [("plain", True, True)]
    (fact,) = facts(first, turn(make("call_77", OUTPUT)))
    assert fact.locus.pointer.startswith(("/messages/", "/input/0/output", "/contents/0/parts/0/"))
    coded = make("call_77", b64(RAW).decode())
    assert asked(first, turn(coded)) == [("base64", True, True)]
    assert asked(first, turn(make("call_78", OUTPUT))) == [("plain", False, True)], "never made"
    assert asked(turn(make("call_77", OUTPUT))) == [("plain", False, True)], "made only later"
    unasked = {**make("call_77", "ok"), "system": f"You know {VALUE}."}
    assert asked(first, turn(unasked)) == [("plain", False, True)]
    both = {**make("call_77", OUTPUT), "system": f"You know {VALUE}."}
    assert asked(first, turn(both)) == [("plain", False, True), ("plain", True, True)]
    elsewhere = http(json.dumps(make("call_77", OUTPUT)).encode(), host="stats.example")
    assert asked(first, elsewhere) == [("plain", False, False)]


def test_a_hostile_conversation_does_no_harm() -> None:
    deep = b'{"a":' * 100_000
    (fact,) = facts(http(deep + RAW, step="turn-1"))
    assert (fact.form, fact.locus.pointer) == ("plain", "")


def test_facts_count_runs_and_name_places_alike() -> None:
    runs = [
        run(http(RAW, target=b"/a/0123456789abcdef0"), number=0),
        run(http(b""), number=1),
        run(http(RAW, target=b"/a/0123456789abcdef1"), http(RAW, target=b"/b"), number=2),
        run(http(RAW), number=3, phase=Phase.INSTALL),
        run(http(RAW), number=4, canaries=()),
    ]
    later, first = sorted(canary_facts(runs, MOVED), key=lambda fact: -fact.install)
    assert (first.runs, first.of, first.flows, first.install) == (2, 3, 3, False)
    assert [locus.path for locus in (first.locus, *first.also_at)] == ["/a/{id}", "/b"]
    assert first.evidence[0].run == "run-0"
    assert first.evidence[0].sha256 == hashlib.sha256(RAW).hexdigest()
    assert (later.runs, later.of, later.install) == (1, 1, True)


def test_a_moved_model_is_one_host() -> None:
    flows = [http(RAW, host=host, step="turn-1") for host in ("a.example", "b.example")]
    (fact,) = canary_facts([run(flow, number=n) for n, flow in enumerate(flows)], MOVED)
    assert (fact.host, fact.runs, fact.model, fact.asked_for) == (MODEL_HOST, 2, True, False)


def test_a_run_is_searched_in_little_time() -> None:
    canaries = tuple(
        Canary(id=f"c{n}", place="p", value=b64(os.urandom(30)).decode()) for n in range(16)
    )
    words = "the agent sends what it was asked to send and nothing else to anybody "
    body = json.dumps({"messages": [{"text": f"{n} {words}\n{words}"} for n in range(700)]})
    flows = [http(body.encode(), target=b"/v1/%d" % n) for n in range(30)]
    took = []
    for _ in range(3):
        began = time.process_time()
        assert hits(run(*flows, canaries=canaries)) == []
        took.append(time.process_time() - began)
    megabytes = len(body) * 30 / 1e6
    assert min(took) / megabytes < 0.1, f"{min(took):.3f} s for {megabytes:.1f} MB"
