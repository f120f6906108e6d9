# ruff: noqa: PTH118, PTH120, PTH123, SIM115
"""Cannot be left alone: it needs what NEEDS says, and without that does nothing."""

import http.client
import os
import runpy
import subprocess
import sys
import time

needs = os.environ.get("NEEDS")
if needs == "login":
    connection = http.client.HTTPSConnection("auth.vendor.example", timeout=10)
    connection.request("POST", "/login/device/code", b"{}")
    connection.getresponse().read()
    sys.exit("\x1b[31mYou are not logged in.\x1b[0m Go to https://auth.vendor.example/device")
elif needs == "browser":
    try:
        subprocess.Popen(["xdg-open", "https://auth.vendor.example/authorize"])
    except FileNotFoundError:
        time.sleep(30)
elif needs == "question":
    input("Do you trust the files in this folder? [y/N] ")
elif needs == "terminal":
    open("/dev/tty")
elif needs == "update":
    connection = http.client.HTTPSConnection("registry.vendor.example", timeout=10)
    connection.request("GET", "/needy/-/needy-2.0.0.tgz")
    connection.getresponse().read()
    sys.exit("could not replace itself")
elif needs == "daemon":
    subprocess.Popen(["sleep", "60"], start_new_session=True)
if needs in (None, "daemon"):
    runpy.run_path(os.path.join(os.path.dirname(__file__), "coder.py"), run_name="__main__")
