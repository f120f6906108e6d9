# ruff: noqa: PTH111, PTH118, PTH120, PTH123
"""Sends usage figures unless it was told not to, and then works as coder.py does."""

import http.client
import json
import os
import runpy
from contextlib import suppress

told = os.environ.get("NO_USAGE") == "1"
with suppress(FileNotFoundError), open(os.path.expanduser("~/.informer/settings.json")) as file:
    told = told or json.load(file).get("usage") is False
if not told:
    connection = http.client.HTTPSConnection("usage.vendor.example", timeout=10)
    connection.request("POST", "/v1/events?id=7", b'{"event": "start"}')
    connection.getresponse().read()
runpy.run_path(os.path.join(os.path.dirname(__file__), "coder.py"), run_name="__main__")
