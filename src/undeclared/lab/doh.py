"""Questions to a name server over HTTPS (RFC 8484, and the JSON of public resolvers)."""

import base64
import binascii
import json
from urllib.parse import parse_qs

from dnslib import QTYPE, DNSError, DNSQuestion, DNSRecord

from undeclared.lab import dns
from undeclared.lab.recorder import Recording
from undeclared.lab.standin import Asked, Reply

_MESSAGE = "application/dns-message"
_JSON = "application/dns-json"
_PATH = "/dns-query"
_JSON_PATHS = ("/resolve", _PATH)


def answer(asked: Asked, recording: Recording) -> Reply | None:
    """The answer of our own name server, recorded as a question; None if it is no question.

    A refusal would tell an agent less, and us nothing of what it asks for.
    """
    parameters = parse_qs(asked.query)
    if asked.method == "POST" and asked.content_type.lower().startswith(_MESSAGE):
        packet: bytes | None = asked.body
    elif asked.method == "GET" and asked.path.endswith(_PATH) and "dns" in parameters:
        packet = _unpadded(parameters["dns"][0])
    elif asked.method == "GET" and asked.path in _JSON_PATHS and "name" in parameters:
        return _json(asked, parameters, recording)
    else:
        return None
    answered = dns.answer(packet or b"", recording.names, ipv6=dns.has_ipv6())
    if answered.message is None:
        return Reply(400, "text/plain", b"", "dns")
    dns.record(recording, answered, "https", asked.host)
    return Reply(200, _MESSAGE, answered.message, "dns")


def _unpadded(text: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None


def _json(asked: Asked, parameters: dict[str, list[str]], recording: Recording) -> Reply:
    kind = parameters.get("type", ["A"])[0].upper()
    number = int(kind) if kind.isdigit() and int(kind) < 65536 else QTYPE.reverse.get(kind, 1)
    try:
        question = bytes(DNSRecord(q=DNSQuestion(parameters["name"][0], number)).pack())
    except (DNSError, UnicodeError):
        return Reply(400, _JSON, b"{}", "dns")
    answered = dns.answer(question, recording.names, ipv6=dns.has_ipv6())
    dns.record(recording, answered, "https", asked.host)
    reply = DNSRecord.parse(answered.message)
    found = [
        {
            "name": str(record.rname),
            "type": record.rtype,
            "TTL": record.ttl,
            "data": str(record.rdata),
        }
        for record in reply.rr
    ]
    body = {
        "Status": reply.header.rcode, "TC": False, "RD": True, "RA": True, "AD": False, "CD": False,
        "Question": [{"name": str(reply.q.qname), "type": reply.q.qtype}],
    }  # fmt: skip
    if found:
        body["Answer"] = found
    return Reply(200, _JSON, json.dumps(body).encode(), "dns")
