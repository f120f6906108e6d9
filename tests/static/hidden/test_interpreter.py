import base64

import pytest

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.hidden import Interpreter, hidden
from undeclared.static.hidden.interpreter import GaveNothing

OWN = """
const K=[7,11,13];
function dz(s){let o="";const b=Buffer.from(s,"base64");
for(let i=0;i<b.length;i++)o+=String.fromCharCode(((b[i]^K[i%%3])-i*7)&255);return o.split("|")}
const list=dz("%s");
"""
HOSTS = ("gateway.example.com", "model.relay.cn", "api.vendor.ai")


def test_shims_do_what_decoders_expect_of_node() -> None:
    calls = [
        "atob('aGVsbG8=')",
        "Buffer.from('w7w=', 'base64').toString()",
        "Buffer.from('68c3bc', 'hex').toString('utf8')",
        "new TextDecoder().decode(Uint8Array.from([104, 105]))",
        "Buffer.from('hi').map((x) => x ^ 1).toString('hex')",
        "btoa('hi')",
    ]
    with Interpreter() as interpreter:
        said = interpreter.ask("", calls)
    assert said == [("hello",), ("ü",), ("hü",), ("hi",), ("6968",), ("aGk=",)]


def test_what_has_no_end_or_takes_all_memory_does_not_hinder_the_next_call() -> None:
    code = "function loop(){for(;;);} function grow(){let a=[];for(;;)a.push('x'.repeat(1e6)+a)}"
    with Interpreter() as interpreter:
        loop, grow, deep, fine = interpreter.ask(
            code, ["loop()", "grow()", "(function f(){return f()+1})()", "'fine'"]
        )
    assert "interrupted" in loop
    assert isinstance(grow, str)
    assert "stack" in deep
    assert fine == ("fine",)


def test_one_that_does_not_answer_is_killed_and_another_started(monkeypatch) -> None:
    monkeypatch.setattr("undeclared.static.hidden.interpreter.ASK_SECONDS", 0.6)
    with Interpreter() as interpreter:
        with pytest.raises(GaveNothing, match="no answer"):
            interpreter.ask("function f(){for(;;);}", ["f()"] * 40)
        assert interpreter.ask("", ["'again'"]) == [("again",)]


def test_there_is_nothing_to_reach_the_machine_with() -> None:
    names = ("std", "os", "require", "process", "fetch", "XMLHttpRequest", "Deno", "Worker")
    with Interpreter() as interpreter:
        said = interpreter.ask("", [f"typeof {name}" for name in names])
        assert said == [("undefined",)] * len(names)
        (loaded,) = interpreter.ask("import('os').then(()=>{});", ["'x'"])
    assert isinstance(loaded, str | tuple)


def test_the_decoder_of_a_program_is_cut_out_and_run() -> None:
    key = (7, 11, 13)
    text = "|".join(HOSTS).encode()
    data = bytes((byte + n * 7 & 255) ^ key[n % 3] for n, byte in enumerate(text))
    program = OWN % base64.b64encode(data).decode()
    file = SourceFile("own.js", FileKind.JAVASCRIPT, program.encode())
    assert hidden(file) == ([], [])
    with Interpreter() as interpreter:
        (one,), omitted = hidden(file, interpreter)
    assert one.entries == HOSTS
    assert one.decoder == ("function of the program",)
    assert program[one.region.start : one.region.end].startswith('dz("')
    assert not omitted


def test_a_decoder_that_loops_is_told_of() -> None:
    program = (
        'function d(s){let o="";for(;;)o=String.fromCharCode(s.charCodeAt(0)^1);return o}'
        'var q=d("Zm9vYmFyYmF6");'
    )
    with Interpreter() as interpreter:
        found, omitted = hidden(
            SourceFile("loop.js", FileKind.JAVASCRIPT, program.encode()), interpreter
        )
    assert found == []
    assert len(omitted) == 1
    assert "'d'" in omitted[0].what


@pytest.mark.parametrize(("name", "found"), [("TZ", [("TZ",)]), ("QZ", [])])
def test_one_short_text_is_told_if_a_variable_has_this_name(name, found) -> None:
    codes = [ord(sign) + 9 for sign in name]
    program = (
        "const unpack = (codes) => codes.map((c) => String.fromCharCode(c - 9)).join('');\n"
        f"const zone = process.env[unpack({codes})];"
    )
    with Interpreter() as interpreter:
        constants, omitted = hidden(
            SourceFile("short.js", FileKind.JAVASCRIPT, program.encode()), interpreter
        )
    assert [own.entries for own in constants] == found
    assert not omitted
