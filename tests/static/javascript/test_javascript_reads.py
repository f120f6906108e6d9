# ruff: noqa: E501 - lines of the code that is looked at
import pytest

from undeclared.catalogue.loader import agents
from undeclared.model.code import FileKind, SourceFile
from undeclared.static.javascript import analyse


def _reads(code, kind=FileKind.JAVASCRIPT, profile=None):
    found = analyse(SourceFile("a.js", kind, code.encode()), (), profile)
    return {read.what for read in found.reads}


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("f(process.env.TZ)", "env:TZ"),
        ('f(process.env["TZ"])', "env:TZ"),
        ("let f = process.env; g(f.TZ)", "env:TZ"),
        ("const {TZ: a} = process.env", "env:TZ"),
        ("const e = process.env; function g() { const {CI, TZ = 1} = e; }", "env:TZ"),
        ("f(globalThis.process?.env?.TZ)", "env:TZ"),
        ('import p from "node:process"; f(p.env.TZ)', "env:TZ"),
        ('import {env} from "process"; f(env.TZ)', "env:TZ"),
        ("function q(H) { return process.env[H] } q('TZ')", "env:TZ"),
        ("for (const k of ['CI', 'TZ']) f(process.env[k])", "env:TZ"),
        ("function v(e = process.env) { return e.TZ }", "env:TZ"),
        ("const get = (n) => r(n); const r = (n) => process.env[n]; get('TZ')", "env:TZ"),
        ('f(require("os").hostname())', "os.hostname"),
        ('import {hostname as h} from "os"; f(h())', "os.hostname"),
        ('import * as o from "node:os"; f(o.hostname())', "os.hostname"),
        ('const o = w(require("os"), 1); f(o.default.hostname())', "os.hostname"),
        (
            "f(Intl.DateTimeFormat().resolvedOptions().timeZone)",
            "Intl.DateTimeFormat.resolvedOptions",
        ),
        (
            "const i = new Intl.DateTimeFormat(); i.resolvedOptions()",
            "Intl.DateTimeFormat.resolvedOptions",
        ),
        ("f(new Date().getTimezoneOffset())", "Date.getTimezoneOffset"),
        ("f(new Date().toLocaleString())", "Date.toLocaleString"),
        ("f(navigator.language)", "navigator.language"),
        ('require("child_process").execSync("git config user.email")', "run:git config user.email"),
        (
            'import {spawnSync as s} from "child_process"; s("git", ["remote", "-v"])',
            "run:git remote -v",
        ),
        (
            'const {execFile} = require("child_process"); execFile("/bin/sh", ["-c", `${c}; date +%Z`])',
            "run:date +%Z",
        ),
        (
            'async function g() { await run(git(), ["config", "user.email"]) }',
            "run:git config user.email",
        ),
        ('require("fs").readFileSync("/etc/machine-id")', "file:/etc/machine-id"),
        (
            'import {readFile} from "fs/promises"; import {join} from "path";'
            ' import {homedir} from "os"; readFile(join(homedir(), ".gitconfig"))',
            "file:~/.gitconfig",
        ),
        (
            'const fs = require("fs"); fs.existsSync(`${process.env.HOME}/.gitconfig`)',
            "file:~/.gitconfig",
        ),
    ],
)
def test_a_read_is_found(code, what):
    assert what in _reads(code)


@pytest.mark.parametrize(
    "code",
    [
        "f('process.env.TZ') // process.env.TZ",
        "const process = {env: {}}; f(process.env.TZ)",
        "function g(process) { return process.env.TZ }",
        "const os = {hostname() {}}; os.hostname()",
        "new URL(x).hostname",
        "process.env = {}",
        "f(process.env.SOMETHING_ELSE)",
        "x('/etc/machine-id')",
    ],
)
def test_what_only_looks_like_a_read_is_none(code):
    assert _reads(code) == set()


def test_the_profile_names_further_variables():
    profile = agents()["qwen-code"].model_copy(update={"base_url_env": "MY_ENDPOINT"})
    code = "f(process.env.MY_ENDPOINT)"
    assert _reads(code) == set()
    assert _reads(code, profile=profile) == {"env:MY_ENDPOINT"}


def test_types_of_typescript_are_no_hindrance():
    code = "class C { constructor(private readonly env: E = process.env) {} g(): string { return (this.env.TZ as string)! } }"
    assert _reads(code, FileKind.TYPESCRIPT) == {"env:TZ"}


@pytest.mark.parametrize(
    ("member", "signals"), [("timeZone", ("timezone",)), ("locale", ("locale",))]
)
def test_a_part_of_a_read_tells_its_own_fact_only(member, signals):
    code = f"f(Intl.DateTimeFormat().resolvedOptions().{member})".encode()
    (read,) = analyse(SourceFile("a.js", FileKind.JAVASCRIPT, code)).reads
    assert read.signals == signals


def test_the_region_is_the_read():
    code = b"x();\nf(process.env.TZ);\n"
    (read,) = analyse(SourceFile("a.js", FileKind.JAVASCRIPT, code)).reads
    assert code[read.region.start : read.region.end] == b"process.env.TZ"
    assert read.region.excerpt == "f(process.env.TZ);"
