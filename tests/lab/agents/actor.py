# ruff: noqa: SIM105, T201, PTH115, PTH123, PTH208, SIM115
"""A small agent for the lab's own tests. It does what ACT says, then talks to the model."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time

HEADERS = [("X-First", "1"), ("x-SECOND", "2"), ("Authorization", "Bearer " + os.environ["KEY"])]


def converse(base):
    """Talk to the model until it asks for no more tools."""
    scheme, _, host = base.partition("://")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host, timeout=10)
    messages = [{"role": "user", "content": sys.argv[1]}]
    tools = [
        {"name": "look", "input_schema": {"type": "object", "properties": {}}},
        {"name": "do", "input_schema": {"properties": {"command": {"type": "string"}}}},
    ]
    while True:
        request = {"model": "m-1", "max_tokens": 100, "messages": messages, "tools": tools}
        connection.putrequest("POST", "/v1/messages?beta=true", skip_accept_encoding=True)
        body = json.dumps(request).encode()
        for name, value in [*HEADERS, ("Content-Length", str(len(body)))]:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = json.loads(connection.getresponse().read())
        messages.append({"role": "assistant", "content": answer["content"]})
        uses = [block for block in answer["content"] if block["type"] == "tool_use"]
        if not uses:
            return answer["content"][0]["text"]
        done = subprocess.run(uses[0]["input"]["command"], shell=True, capture_output=True)
        result = {"type": "tool_result", "tool_use_id": uses[0]["id"]}
        result["content"] = done.stdout.decode()
        messages.append({"role": "user", "content": [result]})


def attempt(address, port):
    """What comes of a TCP connection."""
    try:
        socket.create_connection((address, port), timeout=3).close()
    except OSError as error:
        return type(error).__name__
    return "connected"


def leave_behind(seconds):
    """A grandchild that no ordinary means ends."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            time.sleep(seconds)
        os._exit(0)
    os.wait()


def main():
    act, _, argument = os.environ.get("ACT", "").partition(":")
    base = os.environ.get("MODEL_BASE_URL", "https://api.vendor.example")
    if act == "fail":
        print("no such luck", file=sys.stderr)
        sys.exit(3)
    elif act == "silent":
        return
    elif act == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif act == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(float(argument))
    elif act == "escape":
        leave_behind(float(argument))
    elif act == "late":
        if os.fork() == 0:
            time.sleep(0.1)
            socket.getaddrinfo("late.example", 80)
            os._exit(0)
    elif act == "flood":
        block = b"x" * 2**20
        for _ in range(64):
            os.write(1, block)
    elif act == "reach":
        addresses, _, port = argument.rpartition(":")
        print([attempt(address, int(port)) for address in addresses.split(",")])
    elif act == "addresses":
        for address in ("203.0.113.7", "2001:db8::7"):
            connection = http.client.HTTPConnection(address, 80, timeout=5)
            connection.request("GET", "/hard-coded")
            connection.getresponse().read()
    elif act == "odd":
        for port, said in (
            (443, b"\x00\x01garbage\n\n"),
            (443, b"\x16\x03\x01\x00\x05hello"),
            (80, b"\xff\xfe\r\n\r\n"),
            (80, b"POST /half HTTP/1.1\r\nHost: odd.example\r\nContent-Length: 99\r\n\r\nhalf"),
            (
                80,
                b"GET /socket HTTP/1.1\r\nHost: odd.example\r\nConnection: Upgrade\r\n"
                b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            ),
            (80, b"GET http://odd.example/absolute HTTP/1.1\r\nHost: odd.example\r\n\r\n"),
            (80, b"CONNECT odd.example:443 HTTP/1.1\r\nHost: odd.example:443\r\n\r\n"),
            (80, b"OPTIONS * HTTP/1.0\r\n\r\n"),
            (53, b"\x00\x03abc"),
        ):
            with socket.create_connection(("odd.example", port), timeout=5) as raw:
                raw.sendall(said)
                raw.settimeout(0.2)
                try:
                    raw.recv(1000)
                except OSError:
                    pass
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"?", ("odd.example", 53))
    elif act == "distrust":
        try:
            plain = ssl.create_default_context(cafile="/etc/ssl/certs/ca-certificates.crt")
            plain.load_verify_locations(cafile=os.environ["SSL_CERT_FILE"])
            distrusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            with socket.create_connection(("pinned.example", 443), timeout=5) as raw:
                distrusting.wrap_socket(raw, server_hostname="pinned.example")
        except ssl.SSLError as error:
            print(error.reason)
    elif act == "tell":
        facts = {
            "environment": dict(os.environ),
            "processes": [
                open(f"/proc/{pid}/cmdline").read() for pid in os.listdir("/proc") if pid.isdigit()
            ],
            "user": os.getuid(),
            "host": socket.gethostname(),
            "zone": os.readlink("/etc/localtime"),
            "offset": -time.timezone // 3600,
            "commit": subprocess.run(
                ["git", "log", "--format=%H %ae %aI"],
                cwd="/home/dev/project",
                capture_output=True,
                text=True,
            ).stdout,
            "writable": [
                place
                for place in ("/", "/etc", "/usr", "/dev", "/opt/agent", "/tmp", "/home/dev")
                if os.access(place, os.W_OK)
            ],
            "interfaces": [name for _, name in socket.if_nameindex()],
        }
        print(json.dumps(facts))
    print(converse(base))


main()
