"""Every way in which Python programs compare a fact with constants."""

# ruff: noqa: E501 - a program a line

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.model.code import (
    CodeCondition,
    Comparison,
    FileKind,
    HiddenConstants,
    Region,
    SourceFile,
)
from undeclared.static.facts import Facts
from undeclared.static.python import analyse, analyse_program

READ = 'import os\nzone = os.environ.get("TZ", "")\n'


def facts(code: str, hidden: tuple[HiddenConstants, ...] = ()) -> Facts:
    return analyse(SourceFile("agent.py", FileKind.PYTHON, code.encode()), hidden, None)


def conditions(code: str) -> list[CodeCondition]:
    return [own for own in facts(code).conditions if "timezone" in own.signals]


@pytest.mark.parametrize(
    ("code", "test", "values"),
    [
        ('flag = zone == "Asia/Tokyo"', Comparison.EQUALS, ("Asia/Tokyo",)),
        ('flag = "Asia/Tokyo" == zone', Comparison.EQUALS, ("Asia/Tokyo",)),
        ('flag = zone in ("A/B", "C/D")', Comparison.EQUALS, ("A/B", "C/D")),
        ('flag = zone in {"A/B"}', Comparison.EQUALS, ("A/B",)),
        ('S = frozenset(["A/B", "C/D"])\nflag = zone in S', Comparison.EQUALS, ("A/B", "C/D")),
        ('flag = zone.startswith("Asia/")', Comparison.PREFIX, ("Asia/",)),
        ('flag = zone.endswith((".cn", ".ru"))', Comparison.SUFFIX, (".cn", ".ru")),
        ('flag = "Asia" in zone', Comparison.CONTAINS, ("Asia",)),
        ('flag = zone.find("Asia") >= 0', Comparison.CONTAINS, ("Asia",)),
        ('import re\nflag = re.match(r"^Asia/\\w+", zone)', Comparison.MATCHES, (r"^Asia/\w+",)),
        ('import re\nP = re.compile("cn$")\nflag = P.search(zone)', Comparison.MATCHES, ("cn$",)),
        ('T = {"A/B": 1, "C/D": 2}\nflag = T.get(zone, 0)', Comparison.EQUALS, ("A/B", "C/D")),
        ('T = {"A/B": 1}\nflag = T[zone]', Comparison.EQUALS, ("A/B",)),
        ('T = {"A/B": 1}\nflag = zone in T', Comparison.EQUALS, ("A/B",)),
        ('match zone:\n    case "A/B" | "C/D":\n        x = 1', Comparison.EQUALS, ("A/B", "C/D")),
        ("if zone:\n    x = 1", Comparison.PRESENT, ()),
        ("x = 1 if not zone else 2", Comparison.PRESENT, ()),
        ('flag = any(zone == x for x in ["A/B", "C/D"])', Comparison.EQUALS, ("A/B", "C/D")),
        ('flag = any(map(zone.endswith, ["A", "B"]))', Comparison.SUFFIX, ("A", "B")),
        ('for x in ["A", "B"]:\n    if x in zone:\n        y = 1', Comparison.CONTAINS, ("A", "B")),
        ('flag = {zone} & {"A", "B"}', Comparison.EQUALS, ("A", "B")),
        ('flag = {"A", "B"}.isdisjoint([zone])', Comparison.EQUALS, ("A", "B")),
        ('import operator\nflag = operator.eq(zone, "A")', Comparison.EQUALS, ("A",)),
        ('if (z := zone.lower()) == "asia/x":\n    y = 1', Comparison.EQUALS, ("asia/x",)),
        ("flag = len(zone) > 12", Comparison.COMPARES, ("12",)),
        ('L = "A/B,C/D".split(",")\nflag = zone in L', Comparison.EQUALS, ("A/B", "C/D")),
        ('flag = zone == "".join(["A", "/", "B"])', Comparison.EQUALS, ("A/B",)),
        ('flag = zone == "A" + "/" + "B"', Comparison.EQUALS, ("A/B",)),
        ('flag = zone == "B/A"[::-1]', Comparison.EQUALS, ("A/B",)),
    ],
)
def test_a_comparison_is_found(code: str, test: Comparison, values: tuple[str, ...]) -> None:
    found = conditions(READ + code)
    assert [(own.test, own.values) for own in found] == [(test, values)]
    assert found[0].what == "env:TZ"
    assert found[0].reads[0].excerpt


@pytest.mark.parametrize(
    "code",
    [
        # Through a helper with a parameter, and one that gives the fact.
        'def zone_():\n    return os.environ["TZ"]\ndef near(z):\n    return z == "A/B"\nnear(zone_())',
        # Through a cached getter, a class attribute, a method and a property.
        'import functools\n@functools.lru_cache\ndef zone():\n    return os.getenv("TZ")\n'
        'if zone() == "A/B":\n    x = 1',
        'class S:\n    zone = os.environ.get("TZ")\n    def near(self):\n        return self.zone == "A/B"',
        'class S:\n    def __init__(self):\n        self.zone = os.environ.get("TZ")\n'
        '    @property\n    def near(self):\n        return self.zone == "A/B"',
        'class B:\n    def read(self):\n        return os.getenv("TZ")\n'
        'class S(B):\n    def near(self):\n        return self.read() == "A/B"',
        'from dataclasses import dataclass\n@dataclass\nclass S:\n    zone: str\n'
        's = S(zone=os.environ["TZ"])\ndef near(s: S):\n    return s.zone == "A/B"',
        # Names of the environment in other words.
        'from os import environ as e\nx = e["TZ"] == "A/B"',
        'import os as o\nx = o.getenv("TZ") == "A/B"',
        'x = getattr(os, "env" + "iron")["TZ"] == "A/B"',
        'x = __import__("os").environ.get("TZ") == "A/B"',
        'import importlib\nx = importlib.import_module("os").environ.get("TZ") == "A/B"',
        'x = dict(os.environ).get("TZ") == "A/B"',
        'x = os.environ.copy()["TZ"] == "A/B"',
        'from os import *\nx = environ["TZ"] == "A/B"',
        'x = vars(os)["environ"]["TZ"] == "A/B"',
        'get = os.environ.get\nx = get("TZ") == "A/B"',
        'for name in ("TZ",):\n    if os.environ.get(name) == "A/B":\n        x = 1',
        'x = [os.environ.get(n) for n in ("TZ", "NO")][0] == "A/B"',
        'def env(name, default=None):\n    return os.environ.get(name, default)\nx = env("TZ") == "A/B"',
        'd = {"zone": os.getenv("TZ"), "n": 1}\nx = d["zone"] == "A/B"',
        'a, (b, c) = 1, (os.getenv("TZ"), 2)\nx = b == "A/B"',
        'try:\n    z = os.environ["TZ"]\nexcept KeyError:\n    z = ""\nx = z == "A/B"',
        'with open("/etc/timezone") as f:\n    z = f.read().strip()\nx = z == "A/B"',
        'import time\nx = time.tzname[0] == "A/B"',
        'from datetime import datetime\nx = str(datetime.now().astimezone().tzinfo) == "A/B"',
        'import tzlocal\nx = tzlocal.get_localzone_name() == "A/B"',
        'from pathlib import Path\nx = Path("/etc/localtime").resolve().name == "A/B"',
        'import subprocess\nx = subprocess.check_output(["date", "+%Z"]).decode().strip() == "A/B"',
        'async def z():\n    return os.getenv("TZ")\nasync def m():\n    x = await z() == "A/B"',
        'global_zone = None\ndef start():\n    global global_zone\n    global_zone = os.getenv("TZ")\n'
        'def near():\n    return global_zone == "A/B"\nstart()\nnear()',
        'print "old syntax"\nx = os.getenv("TZ") == "A/B"',
        'def broken(:\n    pass\nx = os.getenv("TZ") == "A/B"',
    ],
)  # fmt: skip
def test_the_fact_is_followed(code: str) -> None:
    found = conditions(f"import os\n{code}\n")
    assert [own.values for own in found] == [("A/B",)], found


@pytest.mark.parametrize(
    "code",
    [
        'zone = "A/B"\nx = zone == "A/B"',
        'import os\nx = os.environ.get("TZDIR") == "A/B"',
        '# os.environ["TZ"] == "A/B"',
        "text = \"os.environ['TZ'] == 1\"",
        'import os\nz = os.getenv("TZ")\nz = "other"\nx = z == "A/B"',
        'class my:\n    environ = {"TZ": 1}\nx = my.environ["TZ"] == "A/B"',
        'def f(os):\n    return os.environ["TZ"] == "A/B"\nclass O: environ = {}\nf(O)',
    ],
)
def test_what_compares_no_fact_is_left_alone(code: str) -> None:
    assert conditions(code) == []


def test_two_builds_with_other_names_have_the_same_ids() -> None:
    one = 'import os\nzone = os.getenv("TZ")\nif zone in ("A/B", "C/D"):\n    mark = "x"\n'
    two = one.replace("zone", "a").replace("mark", "b").replace("\n", "\n\n")
    assert [own.id for own in facts(one).conditions] == [own.id for own in facts(two).conditions]
    assert [own.id for own in facts(one).reads] == [own.id for own in facts(two).reads]


def test_a_negated_comparison_is_told() -> None:
    assert conditions(READ + 'if not (zone == "A/B"):\n    x = 1')[0].negated
    assert conditions(READ + 'flag = zone not in ["A/B"]')[0].negated
    assert not conditions(READ + 'flag = zone == "A/B"')[0].negated


@pytest.mark.parametrize(
    "test",
    [
        'zone.startswith("A/")',
        're.match("A/", zone)',
        '("A/B", "C/D").__contains__(zone)',
        'any(zone == own for own in ("A/B", "C/D"))',
        'any([zone.endswith(own) for own in ("B", "D")])',
    ],
)
def test_a_negated_call_is_told(test: str) -> None:
    code = "import re\n" + READ
    assert [own.negated for own in conditions(f"{code}flag = not {test}")] == [True]
    assert [own.negated for own in conditions(f"{code}flag = not not {test}")] == [False]
    assert [own.negated for own in conditions(f"{code}if {test}:\n    x = 1")] == [False]
    assert [own.negated for own in conditions(f"{code}flag = not f({test})")] == [False]


def test_what_was_done_to_the_value_is_told() -> None:
    code = (
        "import os\nfrom urllib.parse import urlparse\n"
        'host = urlparse(os.environ["OPENAI_BASE_URL"]).hostname.lower()\n'
        'flag = any(host.endswith(x) for x in [".cn", ".ru"])\n'
    )
    (found,) = facts(code).conditions
    assert found.via == ("urllib.parse.urlparse", ".hostname", "lower")
    assert found.signals == ("base-url-host",)
    assert found.values == (".cn", ".ru")


@pytest.mark.parametrize("use", ["NAMES", "tuple(NAMES)", "set(NAMES)"])
def test_hidden_constants_are_the_values(use: str) -> None:
    code = (
        "import os, base64\n"
        "def unfold(t):\n    return bytes(b ^ 7 for b in base64.b64decode(t)).decode().split(',')\n"
        'NAMES = unfold("Rkg=")\n'
        f'flag = os.environ.get("TZ") in {use}\n'
    )
    start = code.index('"Rkg="')
    constants = HiddenConstants(
        id="hidden-1", decoder=("base64", "xor 7"), entries=("A/B", "C/D"), looks=(), score=1.0,
        region=Region(path="agent.py", start=start + 1, end=start + 5),
    )  # fmt: skip
    (found,) = facts(code, (constants,)).conditions
    assert found.values == ("A/B", "C/D")
    assert found.hidden == "hidden-1"


def test_hidden_names_of_variables_are_reads() -> None:
    code = 'import os\nN = unfold("Rkg=")\nx = os.environ.get(N[0]) == "A/B"\n'
    start = code.index('"Rkg="')
    constants = HiddenConstants(
        id="hidden-1", decoder=("base64",), entries=("TZ", "LANG"), looks=(), score=1.0,
        region=Region(path="agent.py", start=start, end=start + 6),
    )  # fmt: skip
    found = facts(code, (constants,))
    assert [read.what for read in found.reads] == ["env:TZ"]
    assert [own.values for own in found.conditions] == [("A/B",)]


def test_facts_are_followed_from_module_to_module() -> None:
    files = [
        SourceFile("pkg/__init__.py", FileKind.PYTHON, b""),
        SourceFile("pkg/facts.py", FileKind.PYTHON, b'import os\ndef zone():\n    return os.getenv("TZ")\n'),
        SourceFile("pkg/marks.py", FileKind.PYTHON, b'from .facts import zone\nnear = zone() == "A/B"\n'),
        SourceFile("app.py", FileKind.PYTHON, b"import requests\nfrom pkg import marks\n"
                   b'requests.post("https://x.example", json={"n": 1 if marks.near else 2})\n'),
    ]  # fmt: skip
    found = analyse_program(files, lambda _: (), None)
    assert [(own.region.path, own.values) for own in found.conditions] == [
        ("pkg/marks.py", ("A/B",))
    ]
    assert [(own.sink, own.by, own.condition) for own in found.flows] == [
        ("request body", "choice", found.conditions[0].id)
    ]


def test_the_whole_in_one_file_or_deep_is_never_a_crash() -> None:
    deep = "import os\nx = " + "(" * 5_000 + 'os.environ["TZ"]' + ")" * 5_000 + ' == "A"\n'
    long = "import os\nx = " + " + ".join(["os.environ['TZ']"] * 3_000) + "\n"
    nested = "import os\n" + "".join(f"{' ' * n}if os.getenv('TZ'):\n" for n in range(300))
    calls = "import os\ndef f(x):\n    return f(f(x))\nf(os.getenv('TZ'))\n"
    for code in (deep, long, nested, calls, "x = [" * 9_000, "\x00\xff" * 500):
        facts(code)
    assert facts(deep).omissions
    assert [own.path for own in facts(nested).omissions] == ["agent.py"]
    assert not facts(calls).omissions


@given(st.text(alphabet="osenvir.getTZ()[]{}'\"=:,+if xdeflambda\n ", max_size=200))
def test_any_text_gives_facts(code: str) -> None:
    facts(f"import os\n{code}")


def test_a_fact_that_is_made_in_many_ways_is_told_a_few_times() -> None:
    steps = "\n".join(f"if x{n}:\n    zone = zone.m{n}()" for n in range(12))
    found = conditions(READ + steps + '\nflag = zone == "A/B"\nimport requests\n')
    assert 1 <= len(found) <= 4
    assert all(own.values == ("A/B",) for own in found)


def test_a_comparison_of_a_text_that_the_fact_was_put_into_is_none_of_the_fact() -> None:
    code = 'text = f"You are an agent that works in the zone {zone}."\nflag = text.endswith("x")\n'
    assert conditions(READ + code) == []
    code = 'key = f"{zone}|de"\nflag = key in ("A/B|de", "C/D|de")\n'
    assert [own.values for own in conditions(READ + code)] == [("A/B|de", "C/D|de")]


@pytest.mark.parametrize(
    "use",
    [
        'PROMPT = "You are an agent that works in the zone {}."\ntext = PROMPT.format(zone)',
        'PROMPT = "You are an agent that works in the zone %s."\ntext = PROMPT % zone',
        'REMINDER = ""\ntext = REMINDER.format(zone=zone)',
        'REMINDER = "as before"\ntext = REMINDER.format(zone=zone)',
        'text = (zone + "\\n" + rest()).splitlines()[1]',
    ],
)
def test_what_holds_more_than_the_fact_or_not_the_fact_is_not_compared_for_it(use: str) -> None:
    assert conditions(f'{READ}{use}\nflag = text.endswith("x") or len(text) > 50\n') == []


def test_names_of_files_in_a_folder_are_not_the_folder() -> None:
    code = (
        "import os\nroot = os.getcwd()\nname = os.path.join(root, chosen())\n"
        'shown = os.path.relpath(name, root)\nflag = name.endswith(".png") or shown == "README"\n'
    )
    assert facts(code).conditions == ()
    near = 'flag = name.startswith("/work/")\nlast = os.path.basename(root) == "x"\n'
    tests = [own.test for own in facts(code + near).conditions]
    assert tests == [Comparison.PREFIX, Comparison.EQUALS]
