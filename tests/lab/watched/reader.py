# ruff: noqa: T201, SIM115, PTH123, DTZ
"""Reads facts of the machine in known lines."""

import getpass
import logging
import os
import platform
import socket
import subprocess
import time
from time import tzname


def zone():
    return time.tzname  # line 15


told = [zone(), os.environ.get("TZ"), "SSH_TTY" in os.environ, socket.gethostname()]  # line 18
told.append(sorted(dict(os.environ)) == sorted(os.environ))  # line 19
told.append(time.localtime(0).tm_hour)  # line 20
told.append(open("/etc/machine-id").read())  # line 21
told.append(subprocess.run(["uname", "-n"], capture_output=True).stdout.decode())  # line 22
told.append([platform.node(), getpass.getuser(), tzname])
told.append(logging.Formatter.converter(0).tm_year)
os.environ["ADDED"] = "1"
told.append([os.environ.pop("ADDED"), os.getenv("ADDED"), type(os.environ).__name__])
print(told, flush=True)
if os.fork() == 0:
    os.getenv("IN_A_CHILD")
    os._exit(0)
os.wait()
os.kill(os.getpid(), 9)  # what was read until then must not be lost
