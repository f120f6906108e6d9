"""The store: what is lost when processes are killed, and how fast it is.

    python evals/store.py kill [--kills 500] [--processes 4]   SQLite, and PostgreSQL if there
    python evals/store.py list [--audits 10000]                open, list, find in a large store
    python evals/store.py add [--runs 300]                     keep a run, beside plain files

Figures of one run are compared with each other; they are no tests.
"""

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from undeclared.model import Run
from undeclared.store import AuditStore, Limits
from undeclared.store.evidence import pack, pack_run
from undeclared.store.schema import audits
from undeclared.store.writing import put_report, put_run

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "store")]

import killing  # noqa: E402
import postgres  # noqa: E402
from runs import run  # noqa: E402

SAMPLE = ROOT / "tests" / "report" / "golden" / "report.json"
UNLIMITED = Limits(audits=None, bytes=None)


def kill(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _tell("SQLite", _killed(folder, arguments))
    if binaries := postgres.programs():
        with postgres.server(binaries) as url:
            _tell("PostgreSQL", _killed(url, arguments))


def _killed(where: str, arguments: argparse.Namespace) -> killing.Counts:
    return killing.kill_often(
        where, processes=arguments.processes, kills=arguments.kills, seed=arguments.seed
    )


def _tell(name: str, counts: killing.Counts) -> None:
    print(
        f"{name}: {counts.kills} processes killed; said to be kept: {counts.runs_said} runs and"
        f" {counts.audits_said} reports; there: {counts.runs_there} and {counts.audits_there};"
        f" missing or changed: {counts.missing}; problems: {len(counts.problems)}"
    )


def list_(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = AuditStore(Path(folder), UNLIMITED)
        _fill(store, arguments.audits)
        file = Path(folder, "undeclared.db")
        print(f"{arguments.audits} audits, {file.stat().st_size / 1e6:.0f} MB")
        environment = {**os.environ, "UNDECLARED_STATE": folder}
        environment.pop("UNDECLARED_STORE", None)
        program = str(Path(sys.executable).with_name("undeclared"))
        for name, command in {
            "undeclared --version": [program, "--version"],
            "undeclared store list": [program, "store", "list"],
            "undeclared store list --host": [program, "store", "list", "--host", "h3.example"],
            "undeclared store show": [program, "store", "show", "77", "--format", "json"],
        }.items():
            _time_program(name, command, environment)
        purl = json.loads(SAMPLE.read_text())["artifact"]["purl"]
        new = lambda: AuditStore(Path(folder), UNLIMITED)  # noqa: E731
        _time("open, and look for a result", lambda: new().kept("scan", "none"))
        _time("open and list", lambda: new().listed())
        _time("open, and find an answer", lambda: new().finished("77"))
        _time("open, and begin an audit", lambda: new().open("ab" * 32).close())
        _time("open, and reports of another package", lambda: new().reports(purl + "0"))


def _fill(store: AuditStore, number: int) -> None:
    """Audits with a real report, ten runs and their flows each."""
    text = SAMPLE.read_text()
    some = [_with_hosts(own) for own in range(10)]
    packed = [pack_run(own, lambda value: hashlib.sha256(value).hexdigest()) for own in some]
    for first in range(0, number, 500):
        with store.database.writing() as connection:
            for own in range(first, min(first + 500, number)):
                row = {"identity": f"{own:032x}", "key": f"{own:064x}", "touched": own + 1}
                key = connection.scalars(insert(audits).values(row).returning(audits.c.id)).one()
                for index in range(10):
                    put_run(connection, key, index + 1, packed[index], some[index], ())
                put_report(connection, key, text, f"{own}", datetime.now(UTC))


def _with_hosts(number: int) -> Run:
    plain = run(number)
    flow = plain.flows[0]
    flows = [
        flow.model_copy(
            update={"request": flow.request.model_copy(update={"host": f"h{own}.example"})}
        )
        for own in range(10)
    ]
    return plain.model_copy(update={"flows": tuple(flows)})


def add(arguments: argparse.Namespace) -> None:
    """Each run has 20 flows with 10 kB each, of which two are new: as agents send them."""
    some = [_real(number) for number in range(arguments.runs)]
    with tempfile.TemporaryDirectory() as folder:
        with AuditStore(Path(folder), UNLIMITED).open("ab" * 32) as record:
            _time_each("SQLite", [lambda own=own: record.add(own) for own in some])
        old = Path(folder, "old")
        _time_each("files", [lambda own=own: _old_way(old, own) for own in some])
    if binaries := postgres.programs():
        with (
            postgres.server(binaries) as url,
            AuditStore(url, UNLIMITED).open("ab" * 32) as record,
        ):
            _time_each("PostgreSQL (no fsync)", [lambda own=own: record.add(own) for own in some])


def _real(number: int) -> Run:
    plain = run(number)
    flow = plain.flows[0]
    bodies = [os.urandom(5000) + bytes(5000) for _ in range(2)]
    bodies += [hashlib.sha256(b"%d" % own).digest() * 300 for own in range(18)]
    flows = [
        flow.model_copy(update={"request": flow.request.model_copy(update={"body": body})})
        for body in bodies
    ]
    return plain.model_copy(update={"flows": tuple(flows)})


def _old_way(folder: Path, own: Run) -> None:
    """A file for each value and run, each and its folder synced; a value that is there is read."""

    def write(file: Path, content: bytes) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        handle = os.open(file.parent, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)

    def keep(value: bytes) -> str:
        digest = hashlib.sha256(value).hexdigest()
        file = folder / digest[:2] / digest
        if file.exists():
            hashlib.sha256(file.read_bytes())
        else:
            write(file, pack(value))
        return digest

    write(folder / "runs" / own.trial.id, pack_run(own, keep))


def _used(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def _time(name: str, work: Callable[[], object]) -> None:
    work()
    began, used = time.perf_counter(), _used(resource.RUSAGE_SELF)
    for _ in range(5):
        work()
    _row(name, (time.perf_counter() - began) / 5, (_used(resource.RUSAGE_SELF) - used) / 5)


def _time_program(name: str, command: list[str], environment: dict[str, str]) -> None:
    began, used = time.perf_counter(), _used(resource.RUSAGE_CHILDREN)
    for _ in range(3):
        subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
    _row(name, (time.perf_counter() - began) / 3, (_used(resource.RUSAGE_CHILDREN) - used) / 3)


def _time_each(name: str, works: list[Callable[[], object]]) -> None:
    used, times = _used(resource.RUSAGE_SELF), []
    for work in works:
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    _row(f"{name}, one run", statistics.median(times),
         (_used(resource.RUSAGE_SELF) - used) / len(works))  # fmt: skip


def _row(name: str, seconds: float, processor: float) -> None:
    print(f"{name:<40} {seconds * 1000:8.1f} ms, of the processor {processor * 1000:8.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    what = parser.add_subparsers(required=True)
    killer = what.add_parser("kill")
    killer.add_argument("--kills", type=int, default=500)
    killer.add_argument("--processes", type=int, default=4)
    killer.add_argument("--seed", type=int, default=0)
    killer.set_defaults(work=kill)
    lister = what.add_parser("list")
    lister.add_argument("--audits", type=int, default=10_000)
    lister.set_defaults(work=list_)
    adder = what.add_parser("add")
    adder.add_argument("--runs", type=int, default=300)
    adder.set_defaults(work=add)
    arguments = parser.parse_args()
    arguments.work(arguments)


if __name__ == "__main__":
    main()
