"""Agents from wheels, run in a real lab as the virtual environments that they become."""

import hashlib
import os
from pathlib import PurePosixPath

import pytest
from stage import lab_or_skip, make_profile, make_scenario, make_trial
from wheels import wheel

from undeclared.acquire import acquire, default_cache, find_program, parse_reference
from undeclared.acquire.interpreter import interpreters
from undeclared.acquire.kept import kept
from undeclared.catalogue import Program, agents, scenarios
from undeclared.lab import Lab, Target
from undeclared.model import HttpFlow, Outcome, Part
from undeclared.unpack import tree

pytestmark = pytest.mark.lab

AGENT = """\
import json, os, sys, urllib.request
import helper

def main():
    body = {"model": "m", "messages": [{"role": "user", "content": os.environ["TERM"]}]}
    url = os.environ["MODEL_BASE_URL"] + "/v1/chat/completions"
    request = urllib.request.Request(url, json.dumps(body).encode())
    request.add_header("content-type", "application/json")
    answer = json.load(urllib.request.urlopen(request))
    print(answer["choices"][0]["message"]["content"])
    print(sys.prefix, helper.__file__, helper.__cached__, sys.version.split()[0], *sys.argv)
"""


@pytest.mark.parametrize("lent", [False, True], ids=["system", "lent"])
def test_wheels_run_in_the_lab_on_the_python_that_they_are_for(tmp_path, lent):
    runtime = next((one for one in interpreters() if one.lent is lent), None)
    if runtime is None:
        pytest.skip("this machine has no such Python")
    parts = []
    for name, content in (
        ("agent", wheel("agent", files={"agent.py": AGENT}, commands={"agent": "agent:main"})),
        ("helper", wheel("helper", files={"helper.py": ""})),
    ):
        file = tmp_path / f"{name}.whl"
        file.write_bytes(content)
        place = PurePosixPath("lib", f"python{runtime.minor}", "site-packages")
        sha256 = hashlib.sha256(content).hexdigest()
        part = Part(name=name, version="1", sha256=sha256, size=len(content), place=place)
        parts.append((part, file))
    root = tree(parts, tmp_path / "trees", lambda _: None, runtime=runtime)
    profile = make_profile(
        programs=(Program(bin="agent"),),
        command=("{program}", "{prompt}"),
        cwd="repository",
        wire="openai-chat",
        offers_tools=False,
        default_host="api.vendor.example",
        env={"MODEL_BASE_URL": "https://api.vendor.example"},
    )
    program = find_program(root, profile, "agent")
    target = Target(profile=profile, root=root, program=program, runtime=runtime)
    with lab_or_skip(Lab(target, make_scenario(), {}, jobs=1)) as lab:
        plain, hooked = lab.run([make_trial(), make_trial(observers="hooks")])
    assert plain.outcome is Outcome.COMPLETED, plain.stderr
    said, told = plain.stdout.decode().splitlines()
    assert said == "All is done."
    packages = f"/opt/agent/lib/python{runtime.minor}/site-packages"
    tag = f"cpython-{runtime.minor.replace('.', '')}"
    assert told.split() == [
        "/opt/agent", f"{packages}/helper.py", f"{packages}/__pycache__/helper.{tag}.pyc",
        runtime.version, "/opt/agent/bin/agent", "Do", "it.",
    ]  # fmt: skip
    assert (hooked.hooks.runtime, hooked.hooks.problem) == ("python", None)
    reads = {read.what: read.stack for read in hooked.hooks.reads}
    assert reads["env:TERM"][0] == f"main ({packages}/agent.py:5)"


@pytest.mark.registry
@pytest.mark.timeout(1200)
def test_a_real_agent_of_the_python_index_does_its_task():
    """From the user's own cache, since the first download takes minutes."""
    version, cache = "2.4.6", default_cache()
    profile = agents()["mini-swe-agent"]
    known = [
        kept("pypi", profile.pypi, version, cache, one, profile.needs) for one in interpreters()
    ]
    if not any(known) and os.environ.get("CI") != "true":
        pytest.skip("not downloaded yet: `undeclared scan mini-swe-agent@2.4.6` does it")
    found = acquire(parse_reference(f"{profile.id}@{version}"), cache, lambda _: None)
    assert found.purl == "pkg:pypi/mini-swe-agent@2.4.6"
    assert {"litellm", "mcp"} <= {part.name for part in found.parts}
    parts = [(part, cache.path(part.sha256)) for part in found.parts]
    root = tree(parts, cache.root / "trees", lambda _: None, runtime=found.runtime)
    program = find_program(root, profile, found.name)
    target = Target(profile=profile, root=root, program=program, runtime=found.runtime)
    with lab_or_skip(Lab(target, scenarios()["command"], {}, jobs=1)) as lab:
        (run,) = lab.run([make_trial()])
    assert run.outcome is Outcome.COMPLETED, run.stderr
    asked = [flow for flow in run.flows if isinstance(flow, HttpFlow) and flow.step]
    assert [flow.step for flow in asked] == ["turn-1", "turn-2"]
    assert b"greeter.py" in asked[-1].request.body
    assert b"The repository holds a README" in run.stdout
