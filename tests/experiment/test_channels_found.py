"""For every channel of the catalogue an agent that puts one bit into it, and a benign twin."""

import base64
import hashlib
import json
import random
import uuid
from collections.abc import Callable, Iterator, Sequence

import pytest
from simulation import Quiet, run_of

from undeclared.catalogue import agents, channels
from undeclared.experiment import Plan, carry_out
from undeclared.facts.moved import MovedModel
from undeclared.judge import findings
from undeclared.judge.channels import channel
from undeclared.model import (
    DnsFlow,
    Flow,
    Http2Flow,
    HttpFlow,
    HttpRequest,
    Run,
    Signal,
    Status,
    TlsFlow,
    Trial,
)

ZONE = Signal(id="timezone", levels=("Etc/UTC", "Europe/Berlin", "Asia/Shanghai"))
NAME = Signal(id="hostname", levels=("workstation", "build-01"))
MARKED = "Asia/Shanghai"
TEXT = "You are a helper. Be brief. Don't guess. It's 9:05 now, at cafés too. Today is 2026-11-22."

Agent = Callable[[bool, str, random.Random], Sequence[Flow]]
"""From whether the bit is set, the zone, and noise, to what is sent."""


def http(
    body: object = None,
    *,
    headers: Sequence[tuple[str, str]] = (),
    dumped: str | None = None,
    raw: bytes | None = None,
    method: str = "POST",
    target: str = "/v1/messages",
    version: str = "HTTP/1.1",
    started: float = 0.1,
    step: str | None = "turn-1",
) -> HttpFlow:
    text = dumped if dumped is not None else json.dumps({"system": TEXT, **(body or {})},
                                                        ensure_ascii=False)  # fmt: skip
    content = raw if raw is not None else text.encode()
    own = headers or (("User-Agent", "agent/1.0 node/22"), ("Accept", "*/*"))
    if not any(name.lower() == "transfer-encoding" for name, _ in own):
        own = (*own, ("Content-Length", str(len(content))))
    request = HttpRequest(
        method=method.encode(),
        scheme="https",
        host="api.vendor.example",
        port=443,
        target=target.encode(),
        version=version,
        headers=tuple((name.encode(), value.encode()) for name, value in own),
        body=content,
    )
    return HttpFlow(
        started=started, connection=0, request=request, answered_by="generic", step=step
    )


def text(changed: Callable[[str], str]) -> Agent:
    """The same prompt, changed where the bit is set."""
    return lambda bit, zone, noise: [http({"system": changed(TEXT) if bit else TEXT})]


def body(plain: str, marked: str) -> Agent:
    return lambda bit, zone, noise: [http(dumped=marked if bit else plain)]


def header(plain: Sequence[tuple[str, str]], marked: Sequence[tuple[str, str]]) -> Agent:
    return lambda bit, zone, noise: [http(headers=marked if bit else plain)]


def either(plain: Callable[[], Flow], marked: Callable[[], Flow]) -> Agent:
    return lambda bit, zone, noise: [http(), marked() if bit else plain()]


def identifier(bit: bool, zone: str, noise: random.Random) -> list[Flow]:
    number = noise.getrandbits(128)
    if bit:
        number |= 1
    return [http({"id": str(uuid.UUID(int=number, version=4))})]


def padded(bit: bool, zone: str, noise: random.Random) -> list[Flow]:
    length = noise.randint(20, 60) + 60 * bit
    return [http({"pad": "".join(noise.choices("abcdefghijklmnop", k=length))})]


def delayed(bit: bool, zone: str, noise: random.Random) -> list[Flow]:
    """Two turns with the second a tenth of a second later where the bit is set."""
    first = 0.5 + noise.random() * 0.05
    second = first + 0.2 + noise.random() * 0.03 + 0.1 * bit
    return [http(started=first), http(started=second, step="turn-2")]


def reordered(bit: bool, zone: str, noise: random.Random) -> list[Flow]:
    def event(name: str, started: float) -> HttpFlow:
        return http({}, target=f"/{name}", started=started, step=None)

    first = noise.random() * 0.05
    return [event("a", first), event("b", first + (-0.01 if bit else 0.01))]


def tls(ciphers: Sequence[int]) -> TlsFlow:
    offered = b"".join(code.to_bytes(2, "big") for code in ciphers)
    hello = b"\x03\x03" + bytes(32) + b"\0" + len(offered).to_bytes(2, "big") + offered + b"\1\0"
    message = b"\x01" + len(hello).to_bytes(3, "big") + hello
    return TlsFlow(
        started=0, connection=0, sni="api.vendor.example", port=443, client_hello=message
    )


def h2(settings: Sequence[tuple[int, int]]) -> Http2Flow:
    return Http2Flow(started=0, connection=0, settings=tuple(settings), opening=b"")


def dns(name: str) -> DnsFlow:
    return DnsFlow(started=0, name=name, type="A", transport="udp")


def nested(bit: bool, zone: str, noise: random.Random) -> list[Flow]:
    inner = json.dumps({"region": "asia" if bit else "other"})
    return [http({"blob": base64.b64encode(inner.encode()).decode()})]


UA = ("User-Agent", "agent/1.0")
CARRIERS: dict[str, Agent] = {
    "text.codepoint": text(lambda own: own.replace("'", "’")),
    "text.invisible": text(lambda own: own.replace("brief", "bri\u200bef")),
    "text.whitespace": text(lambda own: own.replace("Be brief", "Be\u00a0brief")),
    "text.case": text(lambda own: own.replace("Don't", "don't")),
    "text.normalisation": text(lambda own: own.replace("é", "e\u0301")),
    "text.format": text(lambda own: own.replace("2026-11-22", "2026/11/22")),
    "text.order": text(lambda own: own.replace("Be brief. Don't guess.", "Don't guess. Be brief.")),
    "text.wording": text(lambda own: own.replace("Be brief", "Be concise")),
    "text.value": lambda bit, zone, noise: [http({"system": f"{TEXT} The zone is {zone}."})],
    "text.escape": lambda bit, zone, noise: [http(target=f"/v1?u=a%{'2f' if bit else '2F'}b")],
    "json.value": lambda bit, zone, noise: [http({"effort": 3 if bit else 4})],
    "json.key-order": body('{"a":1,"b":2}', '{"b":2,"a":1}'),
    "json.array-order": body(
        '{"t":[{"name":"a"},{"name":"b"}]}', '{"t":[{"name":"b"},{"name":"a"}]}'
    ),
    "json.whitespace": body('{"a":1}', '{"a": 1}'),
    "json.escape": body('{"a":"don’t"}', '{"a":"don\\u2019t"}'),
    "json.presence": body('{"a":1}', '{"a":1,"b":null}'),
    "json.number": body('{"a":1}', '{"a":1.0}'),
    "json.duplicate-key": body('{"a":1}', '{"a":1,"a":1}'),
    "http.header-value": header([UA, ("Accept", "*/*")], [UA, ("Accept", "text/html")]),
    "http.header-order": header([UA, ("Accept", "*/*")], [("Accept", "*/*"), UA]),
    "http.header-case": header([UA], [("user-agent", "agent/1.0")]),
    "http.header-presence": header([UA], [UA, ("X-Client", "1")]),
    "http.method": lambda bit, zone, noise: [http(method="PUT" if bit else "POST")],
    "http.path": lambda bit, zone, noise: [
        http(target="/v1/sessions/123456" if bit else "/v1/sessions/654321")
    ],
    "http.query": lambda bit, zone, noise: [http(target=f"/v1?beta={'true' if bit else 'false'}")],
    "http.version": lambda bit, zone, noise: [http(version="HTTP/2.0" if bit else "HTTP/1.1")],
    "http.encoding": header([UA], [UA, ("Transfer-Encoding", "chunked")]),
    "http.size": padded,
    "tls.client-hello": either(lambda: tls([0x1301, 0x1302]), lambda: tls([0x1302, 0x1301])),
    "h2.settings": either(lambda: h2([(1, 0), (4, 9)]), lambda: h2([(4, 9), (1, 0)])),
    "dns.name": either(lambda: dns("a.example"), lambda: dns("b.example")),
    "host.contact": lambda bit, zone, noise: [http(), *([http(target="/more")] if bit else [])],
    "id.bits": identifier,
    "value.encoded": lambda bit, zone, noise: [
        http({"tag": "z" + base64.b64encode(zone.encode()).decode()})
    ],
    "value.hashed": lambda bit, zone, noise: [
        http({"tag": hashlib.sha256(zone.encode()).hexdigest()[:16]})
    ],
    "time.delay": delayed,
    "time.order": reordered,
    "time.count": lambda bit, zone, noise: [http({}, step=None) for _ in range(2 if bit else 1)],
}  # fmt: skip
DISTRIBUTED = {"id.bits", "http.size", "time.delay"}
"""Found as distributions: they take more runs."""


def simulate(agent: Agent, bit_of: Callable[[str], bool], replicates: int) -> list:
    noise = random.Random(0)

    def execute(trials: Sequence[Trial]) -> Iterator[Run]:
        for trial in trials:
            zone = trial.environment["timezone"]
            flows = agent(bit_of(zone), zone, noise)
            yield run_of(trial, *flows)

    plan = Plan((), replicates, 0, (ZONE, NAME), MovedModel(None, None))
    found = carry_out(plan, execute, (), Quiet()).influences
    return [own for own in found if own.status is Status.ESTABLISHED]


def test_every_channel_has_a_carrier():
    assert set(CARRIERS) == set(channels())


@pytest.mark.parametrize("name", CARRIERS)
def test_one_bit_is_found_and_its_channel_named(name: str):
    found = simulate(CARRIERS[name], lambda zone: zone == MARKED, 16 if name in DISTRIBUTED else 3)
    named = {channel(own).id: own for own in found}
    assert name in named, sorted(named)
    assert [signal.id for signal in named[name].signals] == ["timezone"]
    told = findings(found, agents()["claude-code"])
    assert name in {own.channel for own in told}
    assert any(own.covert for own in told) == channels()[name].covert
    bits = max(own.bits for own in told)
    assert bits >= (0.2 if name in DISTRIBUTED else 1.0)


@pytest.mark.parametrize("name", CARRIERS)
def test_the_same_bit_at_random_is_no_finding(name: str):
    noise = random.Random(name)
    if name in ("text.value", "value.encoded", "value.hashed"):
        agent: Agent = lambda bit, zone, own: CARRIERS[name](bit, own.choice(ZONE.levels), own)  # noqa: E731
    else:
        agent = CARRIERS[name]
    assert simulate(agent, lambda zone: noise.random() < 0.5, 3) == []


def test_what_is_inside_an_opaque_layer_is_encoded():
    (found,) = simulate(nested, lambda zone: zone == MARKED, 3)
    assert found.locus.pointer == "/blob#base64#json/region"
    assert channel(found).id == "value.encoded"


def test_a_digest_names_its_signal():
    (finding,) = findings(
        simulate(CARRIERS["value.hashed"], lambda zone: zone == MARKED, 3), agents()["claude-code"]
    )
    assert "sha256 of timezone" in finding.title
    assert not finding.covert


@pytest.mark.parametrize("encode", [bytes.hex, lambda own: base64.b64encode(own).decode()])
def test_short_and_long_encoded_values_are_one_place(encode: Callable[[bytes], str]):
    names = {"Etc/UTC": "a", "Europe/Berlin": "a rather long name", "Asia/Shanghai": "some name"}
    agent: Agent = lambda bit, zone, noise: [http({"tag": encode(names[zone].encode())})]  # noqa: E731
    (found,) = simulate(agent, lambda zone: False, 3)
    assert len(found.variants) == 3
    assert found.locus.pointer.startswith("/tag#")
