"""Runs specimens again and again inside a sealed sandbox; the oracle's arm in there.

Reads a plan as JSON lines on stdin, one a specimen, and writes what arrived as JSON lines on
stdout. Nothing of this machine but its programs is in the sandbox.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = ["/oracle", os.environ["ORACLE_LIBRARIES"]]
from listener import Record, serve  # noqa: E402 - found only there

QUIET = 0.02
"""Seconds after a run for what its end still brings."""


def run(record: Record, command: list[str], env: dict[str, str], host: str) -> dict[str, object]:
    home = Path("/tmp/home")
    user = env.get("USER", "dev")
    socket.sethostname(host)
    (home / user).mkdir(parents=True)
    email = env.pop("ORACLE_EMAIL", "dev@example.com")
    (home / user / ".gitconfig").write_text(f"[user]\n\temail = {email}\n")
    record.take()
    try:
        done = subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "HOME": str(home / user)} | env,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        said = {"stdout": done.stdout.strip(), "stderr": done.stderr.strip()}
    except subprocess.TimeoutExpired:
        said = {"stdout": "", "stderr": "it did not end"}
    time.sleep(QUIET)
    shutil.rmtree(home)
    return {"events": record.take(), **said}


def main() -> None:
    interfaces = [name for _, name in socket.if_nameindex()]
    if interfaces != ["lo"]:
        raise SystemExit(f"not sealed, nothing was started: {interfaces}")
    record = Record()
    serve(record, Path("/etc/certificate.pem"))
    for line in sys.stdin:
        plan = json.loads(line)
        os.chdir(plan["folder"])
        shown = [run(record, plan["command"], own["env"], own["host"]) for own in plan["runs"]]
        sys.stdout.write(json.dumps(shown) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
