"""Every scenario with an agent, in the lab: how it ended, which steps it reached, in what time.

python evals/scenarios.py                                  the test agent, over all four wires
python evals/scenarios.py --agent claude-code@2.1.101
python evals/scenarios.py --agent npm:NAME@VERSION --profile FILE --scenario hello --details
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from undeclared.acquire import acquire, default_cache, find_program, parse_reference
from undeclared.catalogue import (
    AgentProfile,
    Examples,
    Scenario,
    Wire,
    profile_from_file,
    scenarios,
    signals,
)
from undeclared.lab import Lab, Target
from undeclared.model import Environment, HttpFlow, Outcome, Phase, Run, Trial
from undeclared.unpack import tree

CODER = Path(__file__).parent.parent / "tests" / "lab" / "agents"
COLUMNS = "{:14} {:19} {:13} {:9} {:>7}  {}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agent", help="as `undeclared audit` takes it; default: the test agent")
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--scenario", action="append", choices=scenarios(), metavar="S")
    parser.add_argument("--details", action="store_true", help="also what was sent where")
    options = parser.parse_args()
    targets = [agent(options.agent, options.profile)] if options.agent else list(coders())
    print(COLUMNS.format("scenario", "wire", "outcome", "effect", "seconds", "steps"))
    failed = 0
    for name in options.scenario or scenarios():
        for target in targets:
            run = play(target, scenarios()[name])
            good = went_through(run, scenarios()[name])
            failed += not good
            show(run, target.profile, "done" if good else "not done", options.details)
    sys.exit(f"{failed} did not go through" if failed else 0)


def agent(reference: str, profile: Path | None) -> Target:
    """The agent, downloaded and unpacked as an audit does it."""
    given = profile_from_file(profile) if profile else None
    named = parse_reference(reference, profile=given)
    cache = default_cache()

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    got = acquire(named, cache, say)
    root = got.root or tree(
        [(part, cache.path(part.sha256)) for part in got.parts],
        cache.root / "trees",
        say,
        runtime=got.runtime,
    )
    program = find_program(root, named.profile, got.name)
    return Target(profile=named.profile, root=root, program=program, runtime=got.runtime)


def coders() -> Iterator[Target]:
    """The tests' own agent, once for each wire."""
    for wire in Wire:
        profile = AgentProfile(
            id=f"coder-{wire}",
            title="Coder",
            command=("python3", "/opt/agent/coder.py", "{prompt}"),
            wire=wire,
            env={"CODER_WIRE": wire, "MODEL_BASE_URL": "https://api.vendor.example"},
            key_env="KEY",
            ca_env=("SSL_CERT_FILE",),
            examples=Examples(match=("coder",), reject=("other",)),
        )
        yield Target(profile=profile, root=CODER, program=None)


def play(target: Target, scenario: Scenario) -> Run:
    levels = {"base-url-host": "gateway.example.com"} if target.profile.base_url_env else {}
    varied = {name: signals()[name] for name in levels}
    trial = Trial(
        id=f"scenarios-0-{scenario.id}",
        phase=Phase.DISCOVERY,
        block=0,
        environment=Environment.of(levels),
    )
    with Lab(target, scenario, varied, jobs=1) as lab:
        (run,) = lab.run([trial])
    return run


def went_through(run: Run, scenario: Scenario) -> bool:
    last = [flow for flow in http(run.flows) if flow.step == f"turn-{len(scenario.turns)}"]
    done = last and all(text.encode() in last[-1].request.body for text in scenario.results)
    return run.outcome is Outcome.COMPLETED and bool(done)


def http(flows: Iterable[object]) -> list[HttpFlow]:
    return [flow for flow in flows if isinstance(flow, HttpFlow)]


def show(run: Run, profile: AgentProfile, effect: str, details: bool) -> None:
    steps = [
        step if flow.response and flow.response.status == 200 and not flow.error else f"({step})"
        for flow in http(run.flows)
        if (step := flow.step)
    ]
    print(
        COLUMNS.format(
            run.scenario,
            profile.wire,
            run.outcome,
            effect,
            f"{run.seconds:.2f}",
            " ".join(steps),
        ),
        flush=True,
    )
    if run.reason:
        print(f"    {run.reason}")
    if not details:
        return
    for flow in http(run.flows):
        request, response = flow.request, flow.response
        status = response.status if response else flow.error
        target = request.target.decode(errors="replace")
        print(f"    {status} {request.method.decode()} {request.host}{target} {flow.answered_by}")
    for output in (run.stdout, run.stderr):
        print("    | " + output.decode(errors="replace")[-1500:].replace("\n", "\n    | "))


if __name__ == "__main__":
    main()
