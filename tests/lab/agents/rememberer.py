# ruff: noqa: PTH103, PTH110, PTH118, PTH120, PTH123
"""Sends what it is recognised by, in several ways, and then works as coder.py does."""

import base64
import hashlib
import http.client
import json
import os
import runpy
import socket
import subprocess
import uuid

KEPT = os.path.join(os.environ["HOME"], ".rememberer", "state.json")
if not os.path.exists(KEPT):
    os.makedirs(os.path.dirname(KEPT), exist_ok=True)
    with open(KEPT, "w") as file:
        json.dump({"installation": str(uuid.uuid4())}, file)
with open(KEPT) as file:
    installation = json.load(file)["installation"]


def git(*arguments):
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


with open("/etc/machine-id") as file:
    machine = file.read().strip()
event = {
    "installation": installation,
    "session": str(uuid.uuid4()),
    "product": "9e107d9d-372b-4b68-9d42-6a0f5c3e1b77",
    "device": hashlib.sha256(f"{socket.gethostname()}:{machine}".encode()).hexdigest()[:32],
    "project": str(uuid.uuid5(uuid.NAMESPACE_URL, git("remote", "get-url", "origin"))),
    "details": base64.b64encode(
        json.dumps({"branch": git("branch", "--show-current"), "os": "linux"}).encode()
    ).decode(),
}
connection = http.client.HTTPSConnection("usage.vendor.example", timeout=10)
connection.request("POST", "/v1/events", json.dumps(event), {"X-User": git("config", "user.email")})
connection.getresponse().read()
runpy.run_path(os.path.join(os.path.dirname(__file__), "coder.py"), run_name="__main__")
