"""Runs a specimen again and again inside a sealed sandbox; the oracle's arm in there.

Reads a plan as JSON on stdin and writes what arrived at the stand-in model as JSON on stdout. Uses
the standard library and the specimens' own receiver only: nothing else is in the sandbox.
"""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, "/server")
from receiver import Receiver


def run(server: Receiver, command: list[str], env: dict[str, str]) -> dict[str, object]:
    server.received.clear()
    done = subprocess.run(
        command, env=os.environ | env, capture_output=True, text=True, timeout=30, check=False
    )
    return {
        "requests": [
            {"headers": headers, "body": base64.b64encode(body).decode()}
            for headers, body in server.received
        ],
        "stdout": done.stdout.strip(),
        "stderr": done.stderr.strip(),
    }


def main() -> None:
    interfaces = [name for _, name in socket.if_nameindex()]
    if interfaces != ["lo"]:
        raise SystemExit(f"not sealed, nothing was started: {interfaces}")
    plan = json.load(sys.stdin)
    with Receiver(443, Path("/certificate.pem")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        results = [run(server, plan["command"], env) for env in plan["environments"]]
        server.shutdown()
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
