import ipaddress
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab.interception.sniffer import parse

ADDRESSES4 = st.ip_addresses(v=4)
ADDRESSES6 = st.ip_addresses(v=6)
PORTS = st.integers(min_value=0, max_value=65535)
DATA = st.binary(max_size=60)


def packet(protocol, source, target, content, options=b"", offset=0):
    if source.version == 4:
        length = 20 + len(options)
        head = struct.pack(
            "!BBHHHBBH", 0x40 | length // 4, 0, length + len(content), 0, offset, 64, protocol, 0
        )
        return head + source.packed + target.packed + options + content
    head = struct.pack("!IHBB", 6 << 28, len(content), protocol, 64)
    return head + source.packed + target.packed + content


def tcp(from_port, to_port, flags):
    return struct.pack("!HHIIBBHHH", from_port, to_port, 0, 0, 0x50, flags, 0, 0, 0)


BOTH = st.one_of(st.tuples(ADDRESSES4, ADDRESSES4), st.tuples(ADDRESSES6, ADDRESSES6))


@given(BOTH, PORTS, PORTS, DATA, st.sampled_from([b"", bytes(4), bytes(40)]))
def test_a_datagram_is_read_whatever_its_addresses(addresses, from_port, to_port, data, options):
    content = struct.pack("!HHHH", from_port, to_port, 8 + len(data), 0) + data
    read = parse(packet(17, *addresses, content, options))
    assert read.transport == "udp"
    assert read.source == (str(addresses[0]), from_port)
    assert read.target == (str(addresses[1]), to_port)
    assert read.payload == data


@given(BOTH, DATA)
def test_of_icmp_only_the_question_counts(addresses, data):
    six = addresses[0].version == 6
    protocol, asked, answered = (58, 128, 129) if six else (1, 8, 0)
    read = parse(packet(protocol, *addresses, bytes([asked, 0]) + bytes(6) + data))
    assert (read.transport, read.target, read.payload) == ("icmp", (str(addresses[1]), 0), data)
    for kind in (answered, 3):
        assert parse(packet(protocol, *addresses, bytes([kind, 0]) + bytes(6) + data)) is None


@given(BOTH, PORTS, PORTS, st.integers(min_value=0, max_value=255))
def test_of_tcp_only_the_refusal_of_a_connection_counts(addresses, from_port, to_port, flags):
    read = parse(packet(6, *addresses, tcp(from_port, to_port, flags)))
    assert (read is not None) == (flags == 0x14)


def test_of_a_fragmented_packet_only_the_first_piece_counts():
    addresses = (ipaddress.ip_address("198.18.0.1"), ipaddress.ip_address("203.0.113.1"))
    assert parse(packet(17, *addresses, bytes(20), offset=0x2000)) is not None
    assert parse(packet(17, *addresses, bytes(20), offset=0x2001)) is None


@given(st.binary(max_size=120))
def test_no_packet_breaks_the_reading(data):
    parse(data)


# --- in a network namespace of its own, as a worker has ------------------------------------------

LISTEN = """
import asyncio, json, socket, struct, sys
from pathlib import Path
from undeclared.lab import authority, dns, seal
from undeclared.lab.network import Network
from undeclared.lab.recorder import Recording
from undeclared.lab.standin import Reply

def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF

def send(family, to, data):
    with socket.socket(family, socket.SOCK_DGRAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        own.sendto(data, to)

def ping(family, protocol, kind, to):
    with socket.socket(family, socket.SOCK_RAW, protocol) as raw:
        echo = struct.pack("!BBHHH", kind, 0, 0, 7, 1) + b"token"
        echo += b"!"
        sum = checksum(echo)
        raw.sendto(echo[:2] + struct.pack("!H", sum) + echo[4:], to)

async def main():
    folder = Path(sys.argv[1])
    authority.create(folder)
    network = Network(folder, lambda asked: Reply(200, "text/plain", b"", "generic"))
    network.start()
    send(socket.AF_INET, ("203.0.113.1", 1000), b"before any run")
    socket.create_connection(("203.0.113.1", 1001)).close()
    recording = Recording()
    network.begin(recording, ["http://localhost:7070"])
    ping(socket.AF_INET, socket.IPPROTO_ICMP, 8, ("203.0.113.2", 0))
    ping(socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, ("2001:db8::2", 0))
    send(socket.AF_INET, ("255.255.255.255", 67), b"broadcast")
    send(socket.AF_INET, ("239.255.255.250", 1900), b"M-SEARCH * HTTP/1.1")
    send(socket.AF_INET, ("203.0.113.3", 53), b"no question")
    for _ in range(3):
        send(socket.AF_INET, ("203.0.113.4", 4), b"again")
    # A server of the agent's own, and its answer.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 5353))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"asked", ("127.0.0.1", 5353))
            _, peer = server.recvfrom(100)
            server.sendto(b"answered", peer)
            client.recv(100)
    for port in (7070, 7071):
        for _ in range(2):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                pass
    await network.end()
    send(socket.AF_INET, ("203.0.113.5", 1000), b"after the run")
    second = Recording()
    network.begin(second)
    await network.end()
    print(json.dumps([
        [flow.model_dump(mode="json") for flow in own.in_order()] for own in (recording, second)
    ]))

seal.open_loopback()
asyncio.run(main())
"""


@pytest.mark.lab
def test_what_no_listener_gets_is_heard_in_its_own_run_alone(tmp_path):
    program = [sys.executable, "-W", "error", "-c", LISTEN, str(tmp_path)]
    done = subprocess.run(
        ["unshare", "-Urn", *program], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")},
    )  # fmt: skip
    if "unshare failed" in done.stderr and os.environ.get("CI") != "true":
        pytest.skip("no user namespaces here")
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert second == []
    heard = [(flow["transport"], flow["address"], flow["port"], flow["protocol"]) for flow in first]
    assert sorted(heard, key=str) == sorted(
        [
            ("icmp", "203.0.113.2", 0, None),
            ("icmp", "2001:db8::2", 0, None),
            ("udp", "255.255.255.255", 67, None),
            ("udp", "239.255.255.250", 1900, "ssdp"),
            ("udp", "203.0.113.3", 53, None),
            ("udp", "203.0.113.4", 4, None),
            ("udp", "127.0.0.1", 5353, None),
            ("tcp", "127.0.0.1", 7070, None),
            ("tcp", "127.0.0.1", 7070, None),
            ("tcp", "127.0.0.1", 7071, None),
        ],
        key=str,
    )
