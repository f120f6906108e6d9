"""Which places of a script are worth parsing: all that read, and few that do not."""

import sys

import pytest

from undeclared.model import FileKind, SourceFile
from undeclared.static.javascript import analyse
from undeclared.static.javascript.beginnings import beginnings, needles
from undeclared.static.search import find
from undeclared.static.signals import Signals


def begins(code: str) -> list[str]:
    data = code.encode()
    found, unseen = beginnings(data, find(data, needles()), Signals(None))
    assert unseen == 0
    return [one.what for one in found]


@pytest.mark.parametrize(
    "code",
    [
        "f(process.env.TZ)",
        "f(process?.env?.TZ)",
        'f(process["env"].TZ)',
        "var p=process;f(p.env.TZ)",
        "f(globalThis.process.env.TZ)",
        "f(navigator.language.length)",
        "f(Intl.DateTimeFormat().resolvedOptions().timeZone)",
        "f(n.toLocaleString())",
        'f(new Date(0).toLocaleString("en"))',
        'import{hostname as h}from"os";f(h())',
        "import * as os from 'node:os';f(os.hostname())",
        'import os from "os";f(os.hostname())',
        'import os, {type} from "os";f(os.hostname())',
        'f(require(/* why */ "os").hostname())',
        'require("fs").readFileSync("/etc/machine-id")',
        'const fs=require("fs"),path=require("path"),os=require("os");'
        'fs.existsSync(path.join(os.homedir(),".cursor"))',
        'const {homedir}=require("os");require("fs").existsSync(`${homedir()}/.claude.json`)',
        'x("git",["config","user.email"])',
        'x("git", /* all */ ["remote", "-v"])',
        'require("child_process").execFileSync("git",["config","user.name"])',
    ],
)
def test_what_reads_begins_somewhere(code):
    assert begins(code)
    assert analyse(SourceFile("a.js", FileKind.JAVASCRIPT, code.encode())).reads


@pytest.mark.parametrize(
    "code",
    [
        "f(process.exit())",
        "var p=process.argv",
        "f(Intl.getCanonicalLocales(x))",
        "f(my_navigator, navigators)",
        'f(n.toLocaleString("en-US"))',
        'import{tmpdir as t,EOL}from"node:os";f(t())',
        'if(kind==="process")f()',
        "f(e.cursor,e.claude_code_version,o.continue)",
        'f("https://downloads.claude.ai",x)',
        'new Set(["remote","list"])',
        "f(user.name, user.email)",
        'f("relative/etc/hostname-of")',
        "f(process.env.SOME_VARIABLE_THAT_IS_NO_SIGNAL)",
    ],
)
def test_what_cannot_read_is_not_parsed(code):
    assert begins(code) == []


def test_more_places_than_are_looked_at_are_told(monkeypatch):
    module = sys.modules["undeclared.static.javascript.beginnings"]
    monkeypatch.setattr(module, "MOST_READS", 2)
    code = b"f(process.env.TZ);" * 5
    facts = analyse(SourceFile("a.js", FileKind.JAVASCRIPT, code))
    assert len(facts.reads) == 2
    assert [own.what.split()[0] for own in facts.omissions] == ["3"]
