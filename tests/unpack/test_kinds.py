import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.model.code import FileKind
from undeclared.unpack.kinds import kind_of
from undeclared.unpack.wide import narrowed

SCRIPT = b"var a=require('os');module.exports=function(b){return typeof b==='x'?a.hostname():b};"
TYPES = (
    b"import type { A } from './a';\nexport interface B { zone: string }\n"
    b"export const b = (x: A): B => ({ zone: 'x' });\n"
)
PYTHON = b"import os\n\n\nclass A:\n    def zone(self):\n        return os.environ['TZ']\n"
PROSE = b"This is how to import a module from a package: first, return; if in doubt, ask.\n"
MAP = json.dumps({"version": 3, "sources": ["a.ts"], "mappings": "AAAA"}).encode()


def of(name, data):
    return kind_of(name, memoryview(data))


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("cli", SCRIPT, FileKind.JAVASCRIPT),
        ("data.bin", SCRIPT * 50_000, FileKind.JAVASCRIPT),
        ("notes.txt", SCRIPT, FileKind.JAVASCRIPT),
        ("x.js", b"a", FileKind.JAVASCRIPT),
        ("x.cjs", b"", FileKind.JAVASCRIPT),
        ("x.mts", TYPES, FileKind.TYPESCRIPT),
        ("x", TYPES, FileKind.TYPESCRIPT),
        ("x", PYTHON, FileKind.PYTHON),
        ("x.pyi", b"", FileKind.PYTHON),
        ("x.js", PYTHON * 3, FileKind.PYTHON),
        ("run", b"#!/usr/bin/env -S node --no-warnings\nx\n", FileKind.JAVASCRIPT),
        ("run", b"#!/usr/bin/python3.11\nx\n", FileKind.PYTHON),
        ("run", b"#!/bin/sh\nnode x.js\n", FileKind.TEXT),
        ("run.ts", b"#!/usr/bin/env bun\nlet a\n", FileKind.TYPESCRIPT),
        ("README.md", b"```js\n" + SCRIPT + b"\n```\n" + PYTHON, FileKind.TEXT),
        ("LICENSE", PROSE * 30, FileKind.TEXT),
        ("x.html", b"<!doctype html><script>" + SCRIPT, FileKind.TEXT),
        ("x.json", b'{"a": [1, 2]}', FileKind.JSON),
        ("noname", b' [{"a": 1}]', FileKind.JSON),
        ("large", b'{"a": "' + b"x" * 2_000_000 + b'"}', FileKind.JSON),
        ("x.js.map", MAP, FileKind.SOURCE_MAP),
        ("x", MAP, FileKind.SOURCE_MAP),
        ("large.map", MAP[:-1] + b', "names": ["' + b"x" * 2_000_000 + b'"]}', FileKind.SOURCE_MAP),
        ("x.js", b"{" + SCRIPT + b"}", FileKind.JAVASCRIPT),
        ("x.wasm", b"\0asm\1\0\0\0", FileKind.WASM),
        ("x.js", b"\x7fELF\2\1\1" + bytes(60), FileKind.NATIVE),
        ("x", b"\xca\xfe\xba\xbe\0\0\0\2" + bytes(60), FileKind.NATIVE),
        ("X.class", b"\xca\xfe\xba\xbe\0\0\0\x37" + bytes(60), FileKind.BYTECODE),
        ("x.pyc", b"\xa7\x0d\r\n" + bytes(12) + b"\xe3" + bytes(9), FileKind.BYTECODE),
        ("x.jsc", b"\x71\x05\xde\xc0" + bytes(60), FileKind.BYTECODE),
        ("index.bundle", bytes.fromhex("c61fbc03c103191f") + bytes(40), FileKind.BYTECODE),
        ("x.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), FileKind.OTHER),
        ("x.js", SCRIPT * 99 + b"'\x01\x02\x03\x05'" * 50, FileKind.JAVASCRIPT),
        ("video.ts", (b"\x47\x40\x00\x10\x00" + b"\xff" * 183) * 90, FileKind.OTHER),
        ("x.ts", b"<?xml version='1.0'?><TS></TS>", FileKind.TEXT),
        ("x.txt", b"caf\xe9 " * 90, FileKind.TEXT),
        ("empty", b"", FileKind.TEXT),
    ],
)
def test_content_first_name_second(name, data, kind):
    assert of(name, data) is kind


@pytest.mark.parametrize(
    "data",
    [
        b"a.b(" * 400_000,
        b"\n" * 3_000_000,
        b" " * 3_000_000,
        b"function " * 300_000,
        b"[" * 900_000,
        b'{"' * 500_000,
        b"type x<" * 300_000,
        b"const [" * 300_000,
    ],
)
@pytest.mark.parametrize("name", ["x", "x.js", "x.py", "x.json"])
def test_no_content_takes_long_to_tell(name, data):
    start = time.monotonic()
    of(name, data)
    assert time.monotonic() - start < 5


@given(st.binary(max_size=400), st.sampled_from(["x", "x.js", "x.py", "x.json", "x.map", "x.ts"]))
def test_every_content_has_a_kind(data, name):
    assert isinstance(of(name, data), FileKind)
    assert isinstance(narrowed(memoryview(data)), memoryview)


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_wide_text_is_told_and_made_narrow(coding):
    text = "// Zeitzone: 时区 – ’\nconst zone = process.env.TZ;\nfunction f() { return zone }\n" * 4
    assert bytes(narrowed(memoryview(text.encode(coding)))).decode() == text


def test_other_bytes_stay_as_they_are():
    for data in (SCRIPT, bytes(200), bytes(range(256)) * 4, "äöü".encode("latin-1") * 20):
        assert bytes(narrowed(memoryview(data))) == data
