"""A scan of whole artifacts: what each file is given to, and two builds of one source."""

import base64
import re

import pytest

from undeclared.model import FileKind, Omission, SourceFile
from undeclared.static import compare, dispatch, scan

KEY = 91
HIDDEN = base64.b64encode(
    bytes(byte ^ KEY for byte in b"Asia/Shanghai,Asia/Urumqi,Asia/Chongqing,Asia/Harbin")
).decode()
AGENT = """
const unfold = (packed) => Buffer.from(packed, "base64").map((byte) => byte ^ KEY).toString();
const regions = unfold("HIDDEN").split(",");
function zone() { return Intl.DateTimeFormat().resolvedOptions().timeZone; }
function greeting() {
  const mark = regions.includes(zone()) ? "\\u2019" : "'";
  return `Today${mark}s date is ${new Date().toISOString()}`;
}
async function ask(question) {
  const answer = await fetch("https://api.model-vendor.dev/v1/messages", {
    method: "POST",
    headers: {"x-host": require("os").hostname()},
    body: JSON.stringify({system: greeting(), messages: [{role: "user", content: question}]}),
  });
  return answer.json();
}
ask(process.argv[2]);
""".replace("KEY", str(KEY)).replace("HIDDEN", HIDDEN)
NAMES = ("unfold", "packed", "byte", "regions", "zone", "greeting", "mark", "ask", "question")


def renamed(code: str) -> str:
    for number, name in enumerate(NAMES):
        code = re.sub(rf"(?<![\w.\"]){name}(?![\w\":])", f"q{number}$", code)
    return " ".join(code.split())


class Silent:
    def say(self, text: str) -> None:
        """Nobody listens."""


def source(path: str, code: str, kind: FileKind = FileKind.JAVASCRIPT) -> SourceFile:
    return SourceFile(path, kind, code.encode())


def of(*files):
    return scan(iter(files), None, Silent())


@pytest.fixture(scope="module")
def found():
    return of(source("agent.js", AGENT))


def test_a_list_behind_a_decoder_is_found_with_what_it_decides(found):
    (hidden,) = [own for own in found.hidden if "Asia/Urumqi" in own.entries]
    (condition,) = [own for own in found.conditions if own.hidden == hidden.id]
    assert condition.signals == ("timezone",)
    assert set(condition.values) == set(hidden.entries)
    assert any(flow.condition == condition.id and flow.sink == "prompt" for flow in found.flows)
    assert found.omissions == ()


def test_hosts_and_reads_are_found(found):
    assert ("api.model-vendor.dev", True) in {(own.host, own.called) for own in found.endpoints}
    assert {"os.hostname", "Intl.DateTimeFormat.resolvedOptions"} <= {
        own.what for own in found.reads
    }
    assert (found.files, found.bytes) == (1, len(AGENT.encode()))


def test_a_build_with_other_names_does_the_same(found):
    other = renamed(AGENT)
    assert not set(re.findall(r"\w+", other)) & {"regions", "greeting"}
    assert not compare(found, of(source("dist/bundle.js", other)))


def test_a_build_with_another_list_does_not(found):
    other = AGENT.replace(HIDDEN, HIDDEN[4:])
    changes = compare(found, of(source("agent.js", other)))
    assert changes.hidden.added
    assert changes.hidden.removed
    assert not changes.endpoints


def test_files_that_are_no_code_are_counted_and_left_alone():
    found = of(source("README.md", "process.env.TZ", FileKind.TEXT), source("a.js", AGENT))
    assert found.files == 2
    assert {own.region.path for own in found.reads} == {"a.js"}


def test_what_could_not_be_unpacked_stays_told(found):
    omission = Omission(path="bomb.zip", what="it grows without end")
    whole = of(omission, source("agent.js", AGENT), omission)
    assert whole.omissions == (omission,)
    assert not compare(found, whole)


READS = "import os\n\ndef where():\n    return os.environ.get('TZ')\n"
SENDS = (
    "import requests\nfrom agent.reads import where\n\n"
    "def ask():\n    requests.post('https://api.model-vendor.dev', json={'zone': where()})\n\n"
    "ask()\n"
)


def python(path: str, code: str) -> SourceFile:
    return source(path, code, FileKind.PYTHON)


def test_what_one_module_reads_and_another_sends_is_one_way():
    found = of(python("agent/reads.py", READS), python("agent/sends.py", SENDS))
    assert any("timezone" in flow.signals and flow.by == "value" for flow in found.flows)


def test_a_program_that_is_too_much_at_once_is_gone_through_file_by_file(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr("undeclared.static.whole.program", fail)
    found = of(python("agent/reads.py", READS), python("agent/sends.py", SENDS))
    assert "env:TZ" in {own.what for own in found.reads}
    assert [own.what for own in found.omissions] == ["its analysis ran out of memory"]


def test_one_file_that_fails_leaves_the_rest(monkeypatch):
    analyse = dispatch._javascript()

    def sometimes(file, *given):
        if file.path == "bad.js":
            raise RecursionError("too deep")
        return analyse(file, *given)

    monkeypatch.setattr(dispatch, "_javascript", lambda: sometimes)
    found = of(source("bad.js", f"{AGENT};"), source("agent.js", AGENT))
    assert [own.path for own in found.omissions] == ["bad.js"]
    assert {own.region.path for own in found.reads} == {"agent.js"}


def test_files_of_the_same_bytes_are_analysed_once_and_told_in_each_place(monkeypatch):
    analyse, seen = dispatch._javascript(), []

    def noted(file, *given):
        seen.append(file.path)
        if len(seen) > 1:
            raise AssertionError("analysed twice")
        return analyse(file, *given)

    monkeypatch.setattr(dispatch, "_javascript", lambda: noted)
    one, two = of(source("a.js", AGENT)), of(source("a.js", AGENT), source("b/a.js", AGENT))
    assert two.omissions == ()
    assert two.files == 2
    assert [own.id for own in two.conditions] == [own.id for own in one.conditions] != []
    zone = next(own for own in two.conditions if own.hidden)
    assert (zone.region.path, zone.places) == ("a.js", 2)
    assert [own.path for own in zone.also_at] == ["b/a.js"]
    assert zone.also_at[0].start == zone.region.start


@pytest.mark.parametrize("kind", [FileKind.JAVASCRIPT, FileKind.TYPESCRIPT, FileKind.PYTHON,
                                  FileKind.NATIVE, FileKind.BYTECODE, FileKind.WASM])  # fmt: skip
@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00" * 300, b"(" * 50_000, b"process.env." * 2_000, b"`${" * 5_000]
)
def test_odd_bytes_crash_nothing(kind, data):
    found = of(SourceFile("odd", kind, data))
    assert found.files == 1
    assert not [own for own in found.omissions if "ended with" in own.what]
