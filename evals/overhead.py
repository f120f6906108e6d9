"""What a run in the lab costs, against the same agent run bare; and runs per second.

Bare is the same agent, asking the same stand-in model over plain HTTP on loopback, with a home and
a repository in a temporary folder; without bubblewrap and without an interceptor. It is sealed by
a network namespace of its own, since an agent never runs with a road out.

    python evals/overhead.py ROOT PROGRAM --agent claude-code --pairs 15
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
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pyroute2 import IPRoute

from undeclared.catalogue import agents, scenarios, signals
from undeclared.lab import Lab, Target
from undeclared.lab.standin import Asked, StandIn
from undeclared.model import Environment, Outcome, Phase, Trial

SIGNALS = ("timezone", "base-url-host")
ENVIRONMENT = Environment.of({"timezone": "Etc/UTC", "base-url-host": "gateway.example.com"})
GOAL = 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, help="the unpacked agent")
    parser.add_argument("program", type=Path, help="its program, relative to the root")
    parser.add_argument("--agent", default="claude-code")
    parser.add_argument("--scenario", default="command")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    root = options.root.resolve()
    target = Target(profile=agents()[options.agent], root=root, program=root / options.program)
    if options.bare:
        serve_bare(target, options.scenario)
    else:
        compare(target, options.scenario, options.pairs)


def compare(target: Target, scenario: str, pairs: int) -> None:
    varied = {name: signals()[name] for name in SIGNALS}
    with Lab(target, scenarios()[scenario], varied, jobs=1) as lab, bare_runner() as bare:
        lab_seconds, bare_seconds, agent_seconds = [], [], []
        for number in range(pairs + 1):
            in_lab, of_agent = timed(lab, [trial(number)])
            alone = bare()
            if number:  # the first pair warms the caches
                lab_seconds.append(in_lab)
                agent_seconds.append(of_agent[0])
                bare_seconds.append(alone)
    ratios = [one / other for one, other in zip(lab_seconds, bare_seconds, strict=True)]
    print(f"bare   median {statistics.median(bare_seconds):.3f} s of {pairs}")
    print(f"in lab median {statistics.median(lab_seconds):.3f} s of {pairs}")
    print(f"  of it the agent's own {statistics.median(agent_seconds):.3f} s")
    low, middle, high = statistics.quantiles(ratios, n=4)
    verdict = "met" if middle <= GOAL else "missed"
    print(f"ratio  median {middle:.2f}, quartiles {low:.2f} to {high:.2f}; goal {GOAL}: {verdict}")
    for jobs in (1, 2):
        with Lab(target, scenarios()[scenario], varied, jobs=jobs) as lab:
            timed(lab, [trial(number) for number in range(jobs)])
            seconds, _ = timed(lab, [trial(number) for number in range(pairs)])
        print(f"jobs {jobs}: {pairs / seconds:.2f} runs per second")


def trial(number: int) -> Trial:
    name = f"overhead-0-{number:03}"
    return Trial(id=name, phase=Phase.DISCOVERY, block=0, environment=ENVIRONMENT)


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
