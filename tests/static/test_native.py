"""Reads told by the texts of machine code and bytecode."""

import marshal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.catalogue.loader import agents
from undeclared.model.code import FileKind, SourceFile
from undeclared.static.native import analyse

GETTER = b"\0getenv\0malloc\0"


def reads(data: bytes, kind: FileKind = FileKind.NATIVE) -> dict[str, tuple[str, ...]]:
    facts = analyse(SourceFile("agent", kind, memoryview(data)), None)
    return {read.what: read.signals for read in facts.reads}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (GETTER + b"vdso\0TZ\0/usr/share\0", "env:TZ"),
        (GETTER + b"abc\0TERM_PROGRAM\0def\0", "env:TERM_PROGRAM"),
        (GETTER + b"abc\0VENDOR_API_KEY\0def\0", "env:VENDOR_API_KEY"),
        (b"library/std/src/env.rs invalidTERM_PROGRAMnot set", "env:TERM_PROGRAM"),
        (b"\0open\0/etc/machine-id\0read\0", "file:/etc/machine-id"),
        (b"/rustc/ failed to read/etc/machine-idno id", "file:/etc/machine-id"),
        (b"\0getpid\0gethostname\0getuid\0", "os.hostname"),
        (b"go.buildinfo runtime.main os.Hostname net.Dial", "os.hostname"),
        (b".cargo/registry/src/index/iana-time-zone-0.1.60/src/lib.rs", "time.tzname"),
    ],
)
def test_a_text_as_a_compiler_puts_it_is_a_read(data: bytes, what: str) -> None:
    assert what in reads(b"\x7fELF" + bytes(40) + data)


@pytest.mark.parametrize(
    "data",
    [
        # A list of words, a sentence, a part of another word, a path of a source file.
        GETTER + b"TAXI\nTERM_PROGRAM\nTZ\nTOMATO\n",
        GETTER + b"\0Set TERM_PROGRAM to your terminal\0",
        GETTER + b"\0MY_TERM_PROGRAM_NAME\0",
        GETTER + b"\0src/http_proxy.rs\0",
        GETTER + b"\0x\x01\0TZ\0\x02\x03\x04",
        # Nothing in it could read a variable.
        b"abc\0TERM_PROGRAM\0def\0",
        # An SQL function of that name, and a longer path.
        b"\0secure-delete\0localtime\0temporary trigger may not\0",
        b"\0/etc/machine-identity\0",
    ],
)
def test_a_text_that_stands_elsewhere_is_none(data: bytes) -> None:
    assert reads(b"\x7fELF" + bytes(40) + data) == {}


def test_what_was_seen_is_said() -> None:
    data = bytes(64) + GETTER + b"vdso\0TZ\0/usr/share\0"
    (read,) = analyse(SourceFile("agent", FileKind.NATIVE, data), None).reads
    assert "between NULs" in read.region.excerpt
    assert data[read.region.start : read.region.end] == b"TZ"
    assert "timezone" in read.signals


def test_bytecode_of_python_counts_its_texts() -> None:
    code = compile("import os\nx = os.environ['TERM_PROGRAM'], os.environ['TZ']", "x", "exec")
    found = reads(marshal.dumps(code), FileKind.BYTECODE)
    assert "env:TERM_PROGRAM" in found


def test_variables_of_the_profile_are_read() -> None:
    profile = next(own for own in agents().values() if own.base_url_env)
    data = GETTER + b"abc\0%s\0def\0" % (profile.base_url_env or "").encode()
    facts = analyse(SourceFile("agent", FileKind.NATIVE, data), profile)
    assert [read.signals for read in facts.reads] == [("base-url-host",)]


@given(st.binary(max_size=300))
def test_any_bytes_give_facts(data: bytes) -> None:
    analyse(SourceFile("x", FileKind.NATIVE, GETTER + data), None)
    analyse(SourceFile("x", FileKind.BYTECODE, data + b"TERM_PROGRAM"), None)
