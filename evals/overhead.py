"""What the lab costs, as ratios: a run against the same agent bare, two workers against one.

Bare is the same agent, asking the same stand-in model over plain HTTP on loopback, with a home and
a repository in a temporary folder; without bubblewrap and without an interceptor. It is sealed by
a network namespace of its own, since an agent never runs with a road out.

What is compared is measured in turn, round by round, and each ratio is that of one round: so a
machine that does other work at the same time disturbs both sides alike.

    python evals/overhead.py ROOT PROGRAM --agent claude-code --rounds 15

ROOT is an unpacked agent, such as a folder `trees/…` of the user's cache after an audit; PROGRAM
is its program, relative to it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pyroute2 import IPRoute

from undeclared.catalogue import agents, scenarios, signals
from undeclared.lab import Lab, Target
from undeclared.lab.standin import Asked, StandIn
from undeclared.model import Environment, Outcome, Phase, Trial

SIGNALS = ("timezone", "base-url-host")
LEVELS = {"timezone": "Etc/UTC", "base-url-host": "gateway.example.com"}
OVERHEAD, SPEED_UP, START = 1.3, 1.7, 2.0
"""Goals: at most, at least, at most (seconds)."""
STARTS = 5
BATCH = 6
"""Runs of one side of a comparison of one worker with two."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, help="the unpacked agent")
    parser.add_argument("program", type=Path, help="its program, relative to the root")
    parser.add_argument("--agent", default="claude-code")
    parser.add_argument("--scenario", default="command")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    root = options.root.resolve()
    target = Target(profile=agents()[options.agent], root=root, program=root / options.program)
    if options.bare:
        serve_bare(target, options.scenario)
        return
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors; load before: {load:.1f}")
    starting(target, options.scenario)
    overhead(target, options.scenario, options.rounds)
    speed_up(target, options.scenario, max(3, options.rounds // 3))


def open_lab(target: Target, scenario: str, jobs: int = 1) -> Lab:
    varied = {name: signals()[name] for name in SIGNALS}
    return Lab(target, scenarios()[scenario], varied, jobs=jobs)


def starting(target: Target, scenario: str) -> None:
    """How long it takes until a lab has proven itself sealed."""
    seconds = []
    for _ in range(STARTS):
        began = time.monotonic()
        with open_lab(target, scenario):
            seconds.append(time.monotonic() - began)
    middle = statistics.median(seconds)
    met = verdict(middle <= START)
    print(f"lab start: median {middle:.2f} s of {STARTS}; goal {START:g} s: {met}")


def overhead(target: Target, scenario: str, rounds: int) -> None:
    """A run in the lab, watched and not, against a bare one."""
    ways = {"plain": {}, "traced": {"observers": "tracer"}}
    seconds: dict[str, list[float]] = {name: [] for name in ("bare", *ways)}
    with open_lab(target, scenario) as lab, bare_runner() as bare:
        for number in range(rounds + 1):
            taken = {"bare": bare()}
            for name, levels in ways.items():
                taken[name], _ = timed(lab, [trial(number, **levels)])
            if number:  # the first round warms the caches
                for name, own in taken.items():
                    seconds[name].append(own)
    print(f"bare: median {statistics.median(seconds['bare']):.3f} s of {rounds}")
    for name in ways:
        told = statistics.median(seconds[name])
        ratios = [one / two for one, two in zip(seconds[name], seconds["bare"], strict=True)]
        print(f"{name}: median {told:.3f} s; {spread(ratios)} of bare; goal at most {OVERHEAD}: "
              f"{verdict(statistics.median(ratios) <= OVERHEAD)}")  # fmt: skip


def speed_up(target: Target, scenario: str, rounds: int) -> None:
    """Runs per second with two at a time against one, in the lab and bare.

    An agent that keeps more than one processor busy by itself cannot run twice as often on two:
    what bare ones reach is what the machine allows.
    """
    seconds: dict[str, list[float]] = {}
    with (
        open_lab(target, scenario) as one,
        open_lab(target, scenario, jobs=2) as two,
        bare_runner() as first,
        bare_runner() as second,
    ):
        half = BATCH // 2
        ways = {
            "lab, one": lambda: timed(one, [trial(number) for number in range(BATCH)]),
            "lab, two": lambda: timed(two, [trial(number) for number in range(BATCH)]),
            "bare, one": lambda: repeat(first, BATCH),
            "bare, two": lambda: at_once(lambda: repeat(first, half), lambda: repeat(second, half)),
        }
        for number in range(rounds + 1):
            for name, way in ways.items():
                began = time.monotonic()
                way()
                if number:
                    seconds.setdefault(name, []).append(time.monotonic() - began)
    gained = {}
    for place in ("lab", "bare"):
        alone, together = seconds[f"{place}, one"], seconds[f"{place}, two"]
        gained[place] = [one / two for one, two in zip(alone, together, strict=True)]
        for name in ("one", "two"):
            rate = BATCH / statistics.median(seconds[f"{place}, {name}"])
            print(f"{place}, {name} at a time: {rate:.2f} runs per second")
    met = verdict(statistics.median(gained["lab"]) >= SPEED_UP)
    print(f"two workers: {spread(gained['lab'])} of one; goal at least {SPEED_UP}: {met}")
    print(f"two bare agents: {spread(gained['bare'])} of one")


def repeat(run: Callable[[], float], times: int) -> None:
    for _ in range(times):
        run()


def at_once(*ways: Callable[[], None]) -> None:
    threads = [threading.Thread(target=way) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def spread(ratios: list[float]) -> str:
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"median {middle:.2f}, quartiles {low:.2f} to {high:.2f},"


def verdict(met: bool) -> str:
    return "met" if met else "missed"


def trial(number: int, **levels: str) -> Trial:
    name = f"overhead-0-{number:03}"
    environment = Environment.of({**LEVELS, **levels})
    return Trial(id=name, phase=Phase.DISCOVERY, block=0, environment=environment)


def timed(lab: Lab, trials: list[Trial]) -> tuple[float, list[float]]:
    began = time.monotonic()
    runs = list(lab.run(trials))
    seconds = time.monotonic() - began
    for run in runs:
        if run.outcome is not Outcome.COMPLETED:
            raise SystemExit(f"a run in the lab failed: {run.reason}")
    return seconds, [run.seconds for run in runs]


# --- bare ---------------------------------------------------------------------------------------


@contextmanager
def bare_runner() -> Iterator:
    """A function that runs the agent bare and returns the seconds that it took."""
    sealed = ["unshare", "-Urn", "--mount", "--mount-proc", "--pid", "--fork", "--kill-child"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [*sealed, sys.executable, *sys.argv, "--bare"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )

    def run() -> float:
        process.stdin.write("run\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if answer["status"] != 0 or not answer["steps"]:
            raise SystemExit(f"a bare run failed: {answer}")
        return answer["seconds"]

    try:
        yield run
    finally:
        process.kill()
        process.wait()


def serve_bare(target: Target, scenario_id: str) -> None:
    with IPRoute() as netlink:
        netlink.link("set", index=1, state="up")
    scenario = scenarios()[scenario_id]
    steps: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path = self.path.partition("?")[0]
            host = self.headers.get("host", "")
            given = StandIn(target.profile, scenario).reply(Asked(self.command, host, path, body))
            if given.step:
                steps.append(given.step)
            self.send_response(given.status)
            self.send_header("content-type", given.content_type)
            self.send_header("content-length", str(len(given.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(given.body)

        do_GET = do_POST = do_HEAD = do_PUT = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    command = [
        word.replace("/opt/agent", str(target.root)) for word in target.command(scenario.prompt)
    ]
    profile = target.profile
    for _ in sys.stdin:
        steps.clear()
        with tempfile.TemporaryDirectory() as home:
            repository = Path(home, "project")
            repository.mkdir()
            for name, text in scenario.repository.items():
                (repository / name).write_text(text)
            environment = {
                "HOME": home,
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
                **profile.env,
                profile.key_env: profile.key,
                profile.base_url_env: f"http://127.0.0.1:{server.server_port}",
            }
            # Some agents refuse to run as root, which an unshared user namespace makes us.
            user = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
            began = time.monotonic()
            ended = subprocess.run(
                [*user, *command], cwd=repository, env=environment, stdin=subprocess.DEVNULL,
                capture_output=True, timeout=scenario.timeout, check=False,
            )  # fmt: skip
            seconds = time.monotonic() - began
        answer = {"seconds": seconds, "status": ended.returncode, "steps": steps}
        if ended.returncode:
            answer["stderr"] = ended.stderr[-500:].decode(errors="replace")
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
