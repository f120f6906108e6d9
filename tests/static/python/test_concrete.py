"""Decoders whose input is constant, worked out without running the program."""

# ruff: noqa: E501 - a program a line

import base64
import codecs
import time
import zlib
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.python import analyse


def compared(code: str) -> list[tuple[str, ...]]:
    text = f'import os\n{code}\nflag = os.environ.get("TZ") in NAMES\n'
    file = SourceFile("agent.py", FileKind.PYTHON, text.encode())
    return [own.values for own in analyse(file, (), None).conditions]


XOR = "bytes(b ^ 7 for b in {}).decode().split(',')"


def xored(text: str) -> bytes:
    return bytes(byte ^ 7 for byte in text.encode())


@pytest.mark.parametrize(
    "code",
    [
        f'import base64\nNAMES = {XOR.format("base64.b64decode(" + repr(base64.b64encode(xored("A/B,C/D")).decode()) + ")")}',
        f"NAMES = {XOR.format(repr(xored('A/B,C/D')))}",
        f"KEY = 7\ndef un(data):\n    out = []\n    for i, b in enumerate(data):\n"
        f"        out.append(chr(b ^ KEY))\n    return ''.join(out).split(',')\n"
        f"NAMES = un({list(xored('A/B,C/D'))})",
        "def un(t, n=3):\n    return [''.join(chr(ord(c) - n) for c in p) for p in t]\n"
        "NAMES = un(['D2E', 'F2G'])",
        "un = lambda t: t[::-1].split('|')\nNAMES = un('D/C|B/A')",
        f"import codecs\nNAMES = codecs.decode({codecs.encode('A/B,C/D', 'rot13')!r}, 'rot13').split(',')",
        f"import zlib\nNAMES = zlib.decompress({zlib.compress(b'A/B,C/D')!r}).decode().split(',')",
        f"NAMES = bytes.fromhex({b'A/B,C/D'.hex()!r}).decode().split(',')",
        "from itertools import cycle\nK = b'ab'\ndef un(d):\n"
        f"    return bytes(x ^ k for x, k in zip(d, cycle(K))).decode().split(',')\n"
        f"NAMES = un({bytes(b ^ b'ab'[i % 2] for i, b in enumerate(b'A/B,C/D'))!r})",
        "class C:\n    @staticmethod\n    def un(t):\n        return t.replace('_', '/').split(' ')\n"
        "NAMES = C.un('A_B C_D')",
        "def un(t):\n    while '##' in t:\n        t = t.replace('##', '#')\n"
        "    return t.split('#')\nNAMES = un('A/B###C/D')",
    ],
)  # fmt: skip
def test_what_a_decoder_of_the_program_gives_is_compared(code: str) -> None:
    assert compared(code) == [("A/B", "C/D")]


@pytest.mark.parametrize(
    "code",
    [
        "def un(t):\n    while True:\n        t = t + 'x'\n    return t\nNAMES = un('A')",
        "def un(t):\n    return un(t + t)\nNAMES = un('A')",
        "def un(t):\n    return [t] * 10**9\nNAMES = un('A')",
        "def un(t):\n    return 'x'.ljust(10**9)\nNAMES = un('A')",
        "def un(n):\n    return str(2 ** n ** n)\nNAMES = un(99)",
        "def un(t):\n    return __import__('os').system(t)\nNAMES = un('true')",
        "def un(t):\n    return open(t).read()\nNAMES = un('/etc/hostname')",
        "def un(t):\n    return eval(t)\nNAMES = un('1')",
        f"import zlib\nNAMES = zlib.decompress({zlib.compress(bytes(10_000_000))!r})",
        "def un(x):\n    x = [x]\n    x.append(x)\n    return x\nNAMES = un(1)",
        "NAMES = list(range(10**12))",
        "NAMES = ''.join(chr(n) for n in range(10**9))",
        "def un(n):\n    return '%0999999999d' % n\nNAMES = un(1)",
        "def un(n):\n    return f'{n:>999999999}'\nNAMES = un(1)",
    ],
)
def test_what_costs_much_or_reaches_out_is_not_worked_out(code: str) -> None:
    start = time.perf_counter()
    assert all(len(value) < 100 for values in compared(code) for value in values)
    assert time.perf_counter() - start < 5


@given(st.text(alphabet="NAMESun()[]'\"+*%:=,. 019lambdaforindefreturn\n", max_size=150))
def test_any_decoder_ends(code: str) -> None:
    compared(f"def un(t):\n    return t\nNAMES = un('A')\n{code}")


def test_constants_that_only_the_program_decodes_are_told_as_hidden() -> None:
    names = "Asia/Shanghai,Asia/Urumqi"
    text = (
        f"import os\nMORE = ''.join(reversed('txet rehto'))\n"
        f"def un(data):\n    return ''.join(chr(b ^ 7) for b in data).split(',')\n"
        f"flag = os.environ.get('TZ') in un({list(xored(names))})\n"
    )
    found = analyse(SourceFile("agent.py", FileKind.PYTHON, text.encode()), (), None)
    (hidden,) = found.hidden
    assert [own.hidden for own in found.conditions] == [hidden.id]
    assert hidden.entries == tuple(names.split(","))
    assert "time zone" in hidden.looks
    assert text[hidden.region.start :].startswith("un([")


@pytest.mark.parametrize(
    "names", ['"A/B,C/D".split(",")', '"a/b".upper().split(",")', 'bytes([0xD8]).decode("utf-16")']
)
def test_constants_that_lie_open_are_not_told_as_hidden(names: str) -> None:
    text = f"import os\nNAMES = {names}\nflag = os.environ.get('TZ') in NAMES\n"
    found = analyse(SourceFile("agent.py", FileKind.PYTHON, text.encode()), (), None)
    assert found.hidden == ()


@pytest.mark.parametrize(
    "names",
    [
        "'-'.join([PREFIX, 'agent'])",
        "f'{typing.Final()}/{PREFIX}'",
        "min(own.name for own in [asyncio.gather()])",
        "set(parse.uses_relative + parse.uses_netloc)",
        "bytearray(one // 3 for one in range(30))",
    ],
)  # fmt: skip
def test_what_was_only_put_together_or_is_not_known_is_not_hidden(names: str) -> None:
    code = f"""
        import asyncio, os, typing
        from urllib import parse
        PREFIX = "region"
        flag = os.environ.get("TZ") in {names}
    """
    found = analyse(SourceFile("agent.py", FileKind.PYTHON, dedent(code).encode()), (), None)
    assert found.hidden == ()


def test_a_text_put_together_of_single_signs_is_hidden() -> None:
    code = """
        import os
        def un(places):
            return "".join([SIGNS[place] for place in places])
        SIGNS = "aiprst/AESU"
        flag = os.environ.get("TZ") == un([7, 4, 1, 0, 6, 8, 10])
    """
    found = analyse(SourceFile("agent.py", FileKind.PYTHON, dedent(code).encode()), (), None)
    (hidden,) = found.hidden
    assert hidden.entries == ("Asia/EU",)


def test_characters_that_have_no_bytes_do_no_harm() -> None:
    text = "import os\ndef un(n):\n    return [chr(n) * 3]\nflag = os.getenv('TZ') in un(0xD800)\n"
    found = analyse(SourceFile("agent.py", FileKind.PYTHON, text.encode()), (), None)
    assert found.omissions == ()
