"""Starts the attempts as agents in a real lab; sets what they say beside what was seen outside."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from outside import Outside

from undeclared.catalogue import (
    AgentProfile,
    Examples,
    Level,
    Scenario,
    Setting,
    SignalSpec,
    Turn,
    Wire,
    signals,
)
from undeclared.lab import Lab, Target
from undeclared.lab.limits import Limits
from undeclared.model import Environment, Phase, Run, Trial

ATTEMPTS = Path(__file__).parent / "attempts"
_EXAMPLES = Examples(match=("x",), reject=("",))

PROFILE = AgentProfile(
    id="escaper",
    title="Whoever wants out",
    command=("python3", "run.py", "{prompt}"),
    cwd="artifact",
    wire=Wire.ANTHROPIC_MESSAGES,
    base_url_env="MODEL_BASE_URL",
    examples=_EXAMPLES,
)
ACT = SignalSpec(
    id="act",
    title="What it does",
    how="a variable",
    set=Setting(env={"ACT": "{level}"}),
    levels=(Level(value="unset", group="default"), Level(value="x", group="other")),
    pattern="[ -~]+",
    examples=_EXAMPLES,
)

OTHER_MACHINE = {
    "kernel": "6.8.0-48-generic",
    "clock": "+12h",
    "container": "docker",
    "home": "/Users",
}
"""Facts that the lab shows by means of its own: a filter of system calls, a library, mounts."""

CONTROL_HOST = (
    "tcp4", "tcp6", "tcp_mapped", "tcp_own", "udp4", "udp6", "unix_path", "unix_abstract",
    "unix_datagram", "read_sentinel", "shared_memory_file", "see", "send_signal", "hold",
    "shared_memory", "message_queue", "semaphores", "posix_queue", "read_key",
)  # fmt: skip
"""Attempts that must succeed from outside the lab: then their failure inside means something."""
CONTROL_OTHER = ("other_tcp", "other_udp", "other_abstract")


def make_lab(*, timeout: float = 40.0, limits: Limits | None = None) -> Lab:
    scenario = Scenario(
        id="escape",
        title="Escape",
        prompt="Get out.",
        turns=(Turn(text="No x."),),
        side="aside",
        timeout=timeout,
        repository={"README.md": "Nothing.\n"},
        examples=Examples(match=("No",), reject=("error",)),
    )
    target = Target(profile=PROFILE, root=ATTEMPTS, program=None)
    varied = {name: signals()[name] for name in OTHER_MACHINE}
    return Lab(target, scenario, {"act": ACT, **varied}, jobs=1, limits=limits or Limits())


def act(lab: Lab, name: str, aims: dict[str, object] | None = None, **levels: str) -> Run:
    """One run of one act."""
    level = json.dumps({"act": name, **(aims or {})})
    environment = Environment.of({"act": level, **levels})
    trial = Trial(id=f"escape-{name}", phase=Phase.DISCOVERY, block=0, environment=environment)
    (run,) = lab.run([trial])
    return run


@dataclass
class Escape:
    """One row of the table."""

    id: str
    aim: str
    what: str
    held: bool
    how: str


@dataclass
class Result:
    """What came of all attempts."""

    run: Run
    traced: Run
    """The same with a tracer, a program of ours outside the agent's world, and with everything
    that shows it another machine."""
    rows: list[Escape]
    inside: dict[str, dict[str, int | None]]
    """What the listeners saw while the attempts were made inside."""
    changes: list[str]
    control: dict[str, Escape]
    """The same attempts, made outside."""
    control_seen: dict[str, dict[str, int | None]]
    ports: dict[str, int]
    """Where the listeners were, by the name of the attempt."""
    has_key: bool
    """Whether the host has a keyring to leave a key in."""


def try_all(lab: Lab) -> Result:
    """Every attempt inside; then those that are harmless outside, where they must succeed."""
    outside = Outside()
    try:
        before = outside.seen()
        run = act(lab, "attempts", outside.aims)
        traced = act(lab, "attempts", outside.aims, observers="tracer", **OTHER_MACHINE)
        after = outside.seen()
        inside = difference(before, after)
        changes = outside.things.changes()
        control = {row.id: row for row in from_outside(outside)}
        seen = difference(after, outside.seen())
        has_key = outside.things.has_key
        names = ("tcp4", "tcp6", "udp4", "udp6", "other_tcp", "other_udp")
        ports = {name: int(str(outside.aims[name])) for name in names}
    finally:
        outside.close()
    return Result(run, traced, rows_of(run.stdout), inside, changes, control, seen, ports, has_key)


def number_of_attempts() -> int:
    return sum(file.read_text().count("\n@attempt(") for file in ATTEMPTS.glob("*.py"))


def from_outside(outside: Outside) -> list[Escape]:
    found = []
    for enter, only in (([], CONTROL_HOST), (outside.other.enter(), CONTROL_OTHER)):
        # The listeners answer, but maybe late, where the machine is busy.
        wanted = {**outside.aims, "act": "attempts", "only": only, "wait": 5}
        done = subprocess.run(
            [*enter, sys.executable, str(ATTEMPTS / "run.py")],
            env={"ACT": json.dumps(wanted), "PATH": os.environ["PATH"]},
            capture_output=True, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        found += rows_of(done.stdout)
    return found


def rows_of(output: bytes) -> list[Escape]:
    return [Escape(**json.loads(line)) for line in output.splitlines() if line.startswith(b"{")]


def difference(
    before: dict[str, dict[str, int | None]], after: dict[str, dict[str, int | None]]
) -> dict[str, dict[str, int | None]]:
    return {
        place: {
            name: None if count is None else count - (before[place][name] or 0)
            for name, count in counts.items()
        }
        for place, counts in after.items()
    }


def table(result: Result) -> str:
    """The rows as text, grouped by what was aimed at."""
    rows = sorted(result.rows, key=lambda row: (row.aim, row.what))
    wide, aim = max(len(row.what) for row in rows), ""
    lines = []
    for row in rows:
        if row.aim != aim:
            aim = row.aim
            lines.append(f"\n{aim}")
        outside = result.control.get(row.id)
        control = "" if outside is None else f"  [outside: {outside.how}]"
        lines.append(
            f"  {row.what:{wide}}  {'held' if row.held else 'ESCAPED':7}  {row.how}{control}"
        )
    lines.append("\nlisteners and packets, while the attempts were made inside / by the control")
    for place, counts in result.inside.items():
        for name, count in counts.items():
            control = result.control_seen[place][name]
            lines.append(f"  {place}, {name}: {count} / {control}")
    return "\n".join(lines)
