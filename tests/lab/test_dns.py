import ipaddress

import pytest
from dnslib import EDNS0, QTYPE, RCODE, DNSHeader, DNSLabel, DNSQuestion, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab import dns

names = st.from_regex(r"[A-Za-z0-9_-]{1,20}(\.[A-Za-z0-9_-]{1,20}){0,3}", fullmatch=True)


def ask(*questions, known=None, ipv6=True, limit=None, edns=None):
    query = DNSRecord(
        DNSHeader(rd=1),
        questions=[DNSQuestion(name, getattr(QTYPE, kind)) for name, kind in questions],
    )
    if edns:
        query.add_ar(EDNS0(udp_len=edns))
    known = {} if known is None else known
    answered = dns.answer(query.pack(), known, ipv6=ipv6, limit=limit)
    return DNSRecord.parse(answered.message), answered


@given(names)
def test_every_name_has_one_stable_address_of_the_reserved_range(name):
    known = {}
    reply, answered = ask((name, "A"), known=known)
    (record,) = reply.rr
    address = ipaddress.ip_address(str(record.rdata))
    assert address in ipaddress.ip_network("198.18.0.0/15")
    assert address >= ipaddress.ip_address("198.18.1.0")
    assert str(address) == dns.address(name.swapcase()) == dns.address(name + ".")
    assert known == {str(address): name}
    assert answered.questions == ((name, "A"),)


@given(names)
def test_every_name_has_an_address_of_ipv6_where_there_is_ipv6(name):
    known = {}
    reply, _ = ask((name, "AAAA"), known=known)
    (record,) = reply.rr
    assert ipaddress.ip_address(str(record.rdata)) in ipaddress.ip_network("2001:2::/48")
    assert known == {str(record.rdata): name}
    reply, answered = ask((name, "AAAA"), ipv6=False)
    assert (reply.header.rcode, reply.rr, answered.questions) == (0, [], ((name, "AAAA"),))


@given(names, st.sampled_from(["A", "AAAA"]))
def test_an_address_that_was_given_has_its_name(name, kind):
    known = {}
    ask((name, kind), known=known)
    (address,) = known
    reverse = ipaddress.ip_address(address).reverse_pointer
    reply, _ = ask((reverse, "PTR"), known=known)
    (record,) = reply.rr
    assert str(record.rdata).rstrip(".") == name
    assert ask((reverse, "PTR"))[0].rr == []


@pytest.mark.parametrize(
    "kind", ["HTTPS", "SVCB", "TXT", "MX", "SRV", "CNAME", "PTR", "ANY", "CAA"]
)
def test_any_other_type_exists_and_is_empty(kind):
    reply, answered = ask(("Api.Vendor.example", kind))
    assert (reply.header.rcode, reply.rr) == (RCODE.NOERROR, [])
    assert answered.questions == (("Api.Vendor.example", kind),)
    assert (str(reply.q.qname), reply.q.qtype) == ("Api.Vendor.example.", getattr(QTYPE, kind))


def test_several_questions_are_all_answered():
    reply, answered = ask(("a.example", "A"), ("b.example", "AAAA"), ("c.example", "TXT"))
    assert len(reply.questions) == 3
    assert [str(record.rdata) for record in reply.rr] == [
        dns.address("a.example"), dns.address6("b.example"),
    ]  # fmt: skip
    assert len(answered.questions) == 3


def test_extended_questions_get_extended_answers():
    reply, _ = ask(("a.example", "A"), edns=4096)
    (option,) = reply.ar
    assert (option.rtype, option.rclass) == (QTYPE.OPT, 1232)
    assert ask(("a.example", "A"))[0].ar == []


def test_what_is_too_long_is_truncated_so_that_the_resolver_comes_back_over_tcp():
    many = [(f"host-{number}.example.com", "A") for number in range(20)]
    short, _ = ask(*many, limit=512)
    assert (short.header.tc, short.rr) == (1, [])
    assert len(ask(*many, limit=512, edns=4096)[0].rr) == 20
    assert len(ask(*many)[0].rr) == 20


def test_other_operations_are_not_implemented():
    notify = DNSRecord(DNSHeader(opcode=4), q=DNSQuestion("a.example")).pack()
    reply = DNSRecord.parse(dns.answer(notify, {}, ipv6=True).message)
    assert (reply.header.rcode, reply.rr) == (RCODE.NOTIMP, [])


@given(st.binary(max_size=600))
def test_no_packet_breaks_the_server(packet):
    answered = dns.answer(packet, {}, ipv6=True, limit=512)
    reply = answered.message
    assert reply is None or (reply[:2] == packet[:2] and reply[2] & 0x80)


def test_malformed_questions_are_answered_as_such_and_answers_not_at_all():
    answered = dns.answer(b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x3fabc", {}, ipv6=True)
    assert DNSRecord.parse(answered.message).header.rcode == RCODE.FORMERR
    assert not answered.understood
    reply, answered = ask(("a.example", "A"))
    assert dns.answer(reply.pack(), {}, ipv6=True).message is None


def test_different_names_have_different_addresses():
    assert len({dns.address(f"host-{number}.example.com") for number in range(100)}) > 95
    assert len({dns.address6(f"host-{number}.example.com") for number in range(100)}) == 100


@given(st.lists(st.binary(min_size=1, max_size=63), min_size=1, max_size=3))
def test_any_bytes_in_a_name_can_be_asked_for_and_asked_back(labels):
    known = {}
    for kind in ("A", "AAAA"):
        query = DNSRecord(q=DNSQuestion(DNSLabel(labels), getattr(QTYPE, kind)))
        dns.answer(query.pack(), known, ipv6=True)
    for address in known:
        ask((ipaddress.ip_address(address).reverse_pointer, "PTR"), known=known)
