"""The agent: does what ACT says. `{"act": "attempts", …aims}`; with `only` just these."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def inherited():
    """Descriptors beyond standard input and outputs, before anything of ours is open."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            place = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue  # the list's own
        if int(name) > 2:
            found.append(f"{name}:{place}")
    return found


os.environ["INHERITED"] = " ".join(inherited())

import attempting
import files  # noqa: F401
import kernel  # noqa: F401
import leftovers
import network  # noqa: F401
import processes  # noqa: F401

aims = json.loads(os.environ["ACT"])
if aims["act"] == "attempts":
    attempting.carry_out(aims, aims.get("only"))
else:
    getattr(leftovers, aims["act"])(aims)
