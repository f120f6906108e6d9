import ipaddress

from dnslib import QTYPE, RCODE, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab import dns

names = st.from_regex(r"[A-Za-z0-9_-]{1,20}(\.[A-Za-z0-9_-]{1,20}){0,3}", fullmatch=True)


def ask(name, kind="A"):
    questions = []
    packet = DNSRecord.question(name, kind).pack()
    reply = dns.answer(packet, "udp", lambda *question: questions.append(question))
    return DNSRecord.parse(reply), questions


@given(names)
def test_every_name_has_one_stable_address_of_the_reserved_range(name):
    reply, questions = ask(name)
    (record,) = reply.rr
    address = ipaddress.ip_address(str(record.rdata))
    assert address in ipaddress.ip_network("198.18.0.0/15")
    assert address >= ipaddress.ip_address("198.18.1.0")
    assert str(address) == dns.address(name.swapcase()) == dns.address(name + ".")
    assert questions == [(name, "A", "udp")]


@given(st.sampled_from(["AAAA", "HTTPS", "TXT", "MX", "PTR", "ANY"]))
def test_any_other_type_exists_and_is_empty(kind):
    reply, questions = ask("Api.Vendor.example", kind)
    assert (reply.header.rcode, reply.rr) == (RCODE.NOERROR, [])
    assert questions == [("Api.Vendor.example", kind, "udp")]
    assert reply.q.qtype == getattr(QTYPE, kind)


@given(st.binary(max_size=600))
def test_no_packet_breaks_the_server(packet):
    reply = dns.answer(packet, "udp", lambda *_: None)
    assert reply is None or reply[:2] == packet[:2]


def test_different_names_have_different_addresses():
    assert len({dns.address(f"host-{number}.example.com") for number in range(100)}) > 95
