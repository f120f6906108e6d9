import base64

import pytest

from undeclared.model import FileKind, SourceFile
from undeclared.static import fingerprint, scan

HOSTS = ",".join(("gateway.example.com", "model.relay.cn", "api.vendor.ai", "proxy.studio.dev"))
CODED = base64.b64encode(bytes(byte ^ 91 for byte in HOSTS.encode())).decode()
SCRIPT = f"""
const os = require("os");
const list = un("{CODED}");
function un(text) {{ return atob(text).split("").map(s => s.charCodeAt(0) ^ 91); }}
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
fetch("https://model.example/v1", {{ headers: {{ "x-zone": zone === "Asia/Tokyo" ? "a" : "b" }} }});
fetch("https://model.example/v1", {{ headers: {{ "x-size": os.cpus().length > 8 ? "a" : "b" }} }});
"""
PYTHON = """
import os, requests
requests.post("https://model.example", json={"a": 1 if os.environ.get("TZ") == "UTC" else 2})
requests.post("https://model.example", json={"a": os.cpu_count()})
"""


class Watch:
    def say(self, text):
        pass


def files():
    yield SourceFile("agent.js", FileKind.JAVASCRIPT, SCRIPT.encode())
    yield SourceFile("agent.py", FileKind.PYTHON, PYTHON.encode())
    yield SourceFile("agent.so", FileKind.NATIVE, b"\x7fELF" + b"getenv\0TZ\0" * 9)


def test_it_has_of_some_signals_what_a_whole_scan_has() -> None:
    whole = scan(files(), None, Watch())
    part = fingerprint(files(), None, Watch()).scan
    about = set(fingerprint(files(), None, Watch()).about)
    assert part.reads
    assert part.conditions
    assert part.flows
    assert part.hidden == whole.hidden != ()
    assert part.endpoints == whole.endpoints
    text = (".js", ".py")
    for name in ("reads", "conditions"):
        every = [own for own in getattr(whole, name) if own.region.path.endswith(text)]
        assert list(getattr(part, name)) == [own for own in every if about & set(own.signals)]
        assert len(every) > len(getattr(part, name))
    assert part.flows == tuple(own for own in whole.flows if about & set(own.signals))


def test_other_signals_can_be_asked_about() -> None:
    part = fingerprint(files(), None, Watch(), ["cpu-count"])
    assert {signal for own in part.scan.reads for signal in own.signals} == {"cpu-count"}
    assert part.left_out


def test_what_no_signal_is_called_is_refused() -> None:
    with pytest.raises(ValueError, match="no signal"):
        fingerprint(files(), None, Watch(), ["timezone", "moon"])
