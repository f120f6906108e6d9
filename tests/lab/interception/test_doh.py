import base64
import json

import pytest
from dnslib import DNSRecord

from undeclared.lab import dns, doh
from undeclared.lab.recorder import Recording
from undeclared.lab.standin import Asked

QUESTION = DNSRecord.question("Hidden.example").pack()


def ask(**changes):
    recording = Recording()
    fields = {"method": "GET", "host": "dns.example", "path": "/dns-query", "body": b""}
    return doh.answer(Asked(**{**fields, **changes}), recording), recording


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST", "body": QUESTION, "content_type": "application/dns-message"},
        {"query": "dns=" + base64.urlsafe_b64encode(QUESTION).rstrip(b"=").decode()},
    ],
)
def test_a_question_over_https_gets_our_answer_and_is_recorded(changes):
    reply, recording = ask(**changes)
    assert (reply.status, reply.content_type) == (200, "application/dns-message")
    (record,) = DNSRecord.parse(reply.body).rr
    assert str(record.rdata) == dns.address("hidden.example")
    (flow,) = recording.flows
    assert (flow.name, flow.type, flow.transport, flow.server) == (
        "Hidden.example", "A", "https", "dns.example",
    )  # fmt: skip
    assert recording.names == {dns.address("hidden.example"): "Hidden.example"}


@pytest.mark.parametrize(("kind", "number"), [("A", 1), ("aaaa", 28), ("28", 28), ("TXT", 16)])
def test_the_json_of_public_resolvers_is_spoken_too(kind, number):
    reply, recording = ask(path="/resolve", query=f"name=json.example&type={kind}")
    answer = json.loads(reply.body)
    assert answer["Question"] == [{"name": "json.example.", "type": number}]
    assert ("Answer" in answer) == (number != 16)
    assert recording.flows[0].name == "json.example"


@pytest.mark.parametrize("body", [b"", b"short", bytes(12) + b"\xff"])
def test_garbage_is_refused_or_answered_as_such(body):
    reply, recording = ask(method="POST", body=body, content_type="application/dns-message")
    assert reply.status in (200, 400)
    assert recording.flows == []


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/v1/messages", "method": "POST", "content_type": "application/json"},
        {"path": "/resolve"},
        {"path": "/search", "query": "name=x"},
    ],
)
def test_other_requests_are_none_of_its_business(changes):
    assert ask(**changes)[0] is None


@pytest.mark.parametrize("query", ["name=" + "a" * 70 + ".example", "name=..", "name=%ff.x"])
def test_a_name_that_is_none_does_no_harm(query):
    reply, _ = ask(path="/resolve", query=query)
    assert reply.status in (200, 400)
