"""What a scan costs beside other tools, on the same real files, in one run, and what each finds.

Each tool is a process of its own; told are the median of its seconds (and their range), the seconds
of processors, the most memory that its processes held at once, and all as ratios to a bare parse of
the same file with tree-sitter (of an executable: to sha256sum). Memory is the sum of the
proportional set sizes (/proc/PID/smaps_rollup, Linux), looked at every 20 ms: what processes share
counts once, and what they map of the file counts as well. On a machine that does other work at the
same time, only the ratios and the seconds of processors mean something. Other tools run once, in
a network of their own that leads nowhere.

    python evals/scan.py BUNDLE [EXECUTABLE] --rounds 5 --peers

BUNDLE is a JavaScript file, such as `cli.js` of an unpacked agent in the user's cache after an
audit; EXECUTABLE is one with a program inside. `--peers` installs GuardDog and Semgrep from the
Python index and webcrack from the npm registry, each into an environment of its own in the cache.

Zone: how many places of its output name the time zone that is read (`timeZone`). List: how many of
the constants that the program hides, as our scan decodes them, stand in its output as text.
"""

import argparse
import json
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
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from undeclared.acquire import default_cache

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
    parser.add_argument("--peers", action="store_true", help="GuardDog, Semgrep, webcrack, too")
    parser.add_argument("--bare", choices=["parse", "search"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        {"parse": parse, "search": search}[options.bare](options.bundle)
        return
    print(f"{os.cpu_count()} processors; load before: {os.getloadavg()[0]:.1f}")
    installed = peers() if options.peers else {}
    compare("bundle", options.bundle, options.rounds, installed)
    if options.executable:
        compare("executable", options.executable, options.rounds, installed)
    print(f"load after: {os.getloadavg()[0]:.1f}")


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
    said: dict[str, bytes] = {}
    for number in range(rounds + 1):
        for name, command in ways.items():
            cost, said[name] = measured(command)
            if number:  # the first round warms the caches
                costs[name].append(cost)
    for name, command in peers.items():
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "package", file.name)
            target.parent.mkdir()
            shutil.copy(file, target)
            put = {"FOLDER": str(target.parent), "FILE": str(target), "OUT": f"{folder}/out"}
            cost, out = measured([*_SEALED, *(put.get(word, word) for word in command)])
            costs[name] = [cost]
            said[name] = out + b"".join(
                path.read_bytes() for path in sorted(Path(folder, "out").rglob("*.js"))
            )
    hidden = [
        one for own in json.loads(said["undeclared scan"])["hidden"] for one in own["entries"]
    ]
    base = costs.get("tree-sitter, parse alone") or costs["sha256sum"]
    print(f"\n{kind}: {file.name}, {file.stat().st_size:,} bytes, {rounds} rounds")
    heads = (
        f"{'seconds':>8} {'range':>14} {'ratio':>6} {'cpu s':>6} {'ratio':>6}"
        f" {'MB':>7} {'ratio':>6}  exit  zone list"
    )
    print(f"{'':26} {heads}")
    for name, own in costs.items():
        listed = sum(entry.encode() in said[name] for entry in hidden)
        found = f"{said[name].count(b'timeZone'):5} {listed:4} of {len(hidden)}"
        print(line(name, own, base), found)
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
    by_cpu = max(0.01, statistics.median(cost.cpu for cost in base))
    by_memory = max(1, *(cost.megabytes for cost in base))
    spread = f"{seconds[0]:.2f}-{seconds[-1]:.2f}"
    ends = ",".join(sorted({str(cost.status) for cost in own}))
    return (
        f"{name:26} {middle:8.2f} {spread:>14} {middle / by:6.2f} {cpu:6.2f}"
        f" {cpu / by_cpu:6.2f} {most:7.0f} {most / by_memory:6.2f}  {ends}"
    )


def measured(command: Sequence[str]) -> tuple[Cost, bytes]:
    """What a process costs, and what it says."""
    before = processors()
    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        seconds, most = watched(process, began)
        out.seek(0)
        said = out.read()
    return Cost(seconds, processors() - before, most, process.returncode), said


def watched(process: subprocess.Popen[bytes], began: float) -> tuple[float, float]:
    """Seconds from start to end, and the most memory that the process and its children held."""
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
    return seconds, most


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


def peers() -> dict[str, Sequence[str]]:
    """Command lines of the other tools, each installed once; FOLDER, FILE and OUT are put in."""
    place = default_cache().root / "evals"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("guarddog", "semgrep"):
        if not Path(place, name, "bin", name).exists():
            subprocess.run([sys.executable, "-m", "venv", f"{place}/{name}"], check=True)
            pip = [f"{place}/{name}/bin/pip", "install", "-qq", "--disable-pip-version-check", name]
            subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
    webcrack = Path(place, "webcrack", "node_modules", "webcrack", "dist", "cli.js")
    if not webcrack.exists():
        npm = ["npm", "install", "--silent", "--ignore-scripts", "--prefix", f"{place}/webcrack"]
        subprocess.run([*npm, "webcrack"], check=True, stdout=subprocess.DEVNULL)
    rule = Path(place, "rule.yaml")
    rule.write_text(
        "rules: [{id: zone, languages: [javascript], severity: INFO, message: timeZone,"
        " pattern: Intl.DateTimeFormat().resolvedOptions().timeZone}]\n"
    )
    return {
        "GuardDog": [
            f"{place}/guarddog/bin/guarddog", "npm", "scan", "FOLDER", "--output-format", "json",
        ],
        "Semgrep, one rule": [
            f"{place}/semgrep/bin/semgrep", "scan", "--metrics=off", "--disable-version-check",
            "--max-target-bytes=0", "--timeout=0", "--no-git-ignore", "--json", f"--config={rule}",
            "FOLDER",
        ],
        "webcrack": ["node", "--max-old-space-size=6000", str(webcrack), "FILE", "-o", "OUT"],
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
