"""What a scan costs beside other tools, on the same real files, in one run.

Each tool is a process of its own; told are the median of its seconds (and their range), the most
memory that its processes held at once, and both as ratios to a bare parse of the same file with
tree-sitter (of an executable: to sha256sum). Memory is the sum of the proportional set sizes
(/proc/PID/smaps_rollup, Linux), looked at every 20 ms: what processes share counts once, and what
they map of the file counts as well. On a machine that does other work at the same time, only the
ratios and the seconds of processors mean something. Other tools run once, without a network.

    python evals/scan.py BUNDLE [EXECUTABLE] --rounds 5 --peers

BUNDLE is a JavaScript file, such as `cli.js` of an unpacked agent in the user's cache after an
audit; EXECUTABLE is one with a program inside. `--peers` installs GuardDog and Semgrep from PyPI
into a temporary folder.
"""

import argparse
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

GOALS = {"bundle": (1.5, 400), "executable": (4.0, 1000)}
"""Seconds and MB, at most."""
_LONGEST = 600.0
_EVERY = 0.02
_SELF = Path(__file__).resolve()
_SEALED = ("unshare", "--user", "--map-root-user", "--net")
_WORDS = ("ANTHROPIC", "resolvedOptions", "process.env", "Asia/Shanghai", "hostname")
"""Five strings for a plain search; any will do."""


class Cost(NamedTuple):
    """Of one process, with those it started."""

    seconds: float
    cpu: float
    """Seconds of processors, over all of them."""
    megabytes: float
    status: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("executable", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", action="store_true", help="install GuardDog and Semgrep, too")
    parser.add_argument("--bare", choices=["parse", "search"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        {"parse": parse, "search": search}[options.bare](options.bundle)
        return
    print(f"{os.cpu_count()} processors; load before: {os.getloadavg()[0]:.1f}")
    with peers(install=options.peers) as installed:
        compare("bundle", options.bundle, options.rounds, installed)
    if options.executable:
        compare("executable", options.executable, options.rounds, {})


def compare(kind: str, file: Path, rounds: int, peers: dict[str, Sequence[str]]) -> None:
    bare = [sys.executable, str(_SELF), str(file), "--bare"]
    ours = [
        str(Path(sys.executable).with_name("undeclared")),
        "scan",
        str(file),
        "--format",
        "json",
    ]
    ways: dict[str, Sequence[str]] = {
        "undeclared scan": ours,
        "sha256sum": ["sha256sum", str(file)],
    }
    ways["yara-x, five strings"] = [*bare, "search"]
    if kind == "bundle":
        ways["tree-sitter, parse alone"] = [*bare, "parse"]
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, command in ways.items():
            cost = measured(command)
            if number:  # the first round warms the caches
                costs[name].append(cost)
    for name, command in peers.items():
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(file, Path(folder, file.name))
            costs[name] = [measured([*_SEALED, *command, folder])]
    base = costs.get("tree-sitter, parse alone") or costs["sha256sum"]
    print(f"\n{kind}: {file.name}, {file.stat().st_size:,} bytes, {rounds} rounds")
    heads = f"{'seconds':>8} {'range':>14} {'ratio':>6} {'cpu s':>6} {'MB':>7} {'ratio':>6}  exit"
    print(f"{'':26} {heads}")
    for name, own in costs.items():
        print(line(name, own, base))
    seconds = statistics.median(cost.seconds for cost in costs["undeclared scan"])
    megabytes = max(cost.megabytes for cost in costs["undeclared scan"])
    goal = GOALS[kind]
    met = seconds <= goal[0] and megabytes <= goal[1]
    print(f"goal: {goal[0]:g} s and {goal[1]:,} MB: {'met' if met else 'missed'}")


def line(name: str, own: Sequence[Cost], base: Sequence[Cost]) -> str:
    seconds = sorted(cost.seconds for cost in own)
    middle, most = statistics.median(seconds), max(cost.megabytes for cost in own)
    cpu = statistics.median(cost.cpu for cost in own)
    by = statistics.median(cost.seconds for cost in base)
    by_memory = max(cost.megabytes for cost in base)
    spread = f"{seconds[0]:.2f}-{seconds[-1]:.2f}"
    ends = ",".join(sorted({str(cost.status) for cost in own}))
    return (
        f"{name:26} {middle:8.2f} {spread:>14} {middle / by:6.2f} {cpu:6.2f} {most:7.0f}"
        f" {most / by_memory:6.2f}  {ends}"
    )


def measured(command: Sequence[str]) -> Cost:
    """Seconds from start to end, and the most memory that the process and its children held."""
    before = processors()
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    most = 0.0
    try:
        while process.poll() is None:
            most = max(most, sum(held(pid) for pid in (process.pid, *below(process.pid))))
            if time.monotonic() - began > _LONGEST:
                break
            with suppress(subprocess.TimeoutExpired):
                process.wait(_EVERY)
        seconds = time.monotonic() - began
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return Cost(seconds, processors() - before, most, process.returncode)


def processors() -> float:
    """Seconds that all children that ended have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def below(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from below(int(child))


def held(pid: int) -> float:
    """MB of a process; what it shares with others by its share."""
    with suppress(OSError):
        for row in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if row.startswith("Pss:"):
                return int(row.split()[1]) / 1024
    return 0.0


@contextmanager
def peers(*, install: bool) -> Iterator[dict[str, Sequence[str]]]:
    """Command lines of the other tools; the path of a folder is put behind them."""
    if not install:
        yield {}
        return
    with tempfile.TemporaryDirectory() as place:
        rule = Path(place, "rule.yaml")
        rule.write_text(
            "rules: [{id: zone, languages: [javascript], severity: INFO, message: zone,"
            " pattern: Intl.DateTimeFormat().resolvedOptions().timeZone}]\n"
        )
        for name in ("guarddog", "semgrep"):
            subprocess.run([sys.executable, "-m", "venv", f"{place}/{name}"], check=True)
            pip = [f"{place}/{name}/bin/pip", "install", "-qq", "--disable-pip-version-check", name]
            subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
        yield {
            "GuardDog": [f"{place}/guarddog/bin/guarddog", "npm", "scan"],
            "Semgrep, one rule": [
                f"{place}/semgrep/bin/semgrep", "scan", "--metrics=off", "--disable-version-check",
                "--max-target-bytes=0", "--no-git-ignore", f"--config={rule}",
            ],
        }  # fmt: skip


# --- bare: in a process of its own ------------------------------------------------------------


def parse(file: Path) -> None:
    import tree_sitter
    import tree_sitter_javascript

    language = tree_sitter.Language(tree_sitter_javascript.language())
    tree_sitter.Parser(language).parse(file.read_bytes())


def search(file: Path) -> None:
    import yara_x

    strings = " ".join(f'${index} = "{word}"' for index, word in enumerate(_WORDS))
    rules = yara_x.compile(f"rule words {{ strings: {strings} condition: any of them }}")
    yara_x.Scanner(rules).scan_file(str(file))


if __name__ == "__main__":
    main()
