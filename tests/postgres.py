"""A real PostgreSQL for tests: in a temporary folder, on a Unix socket, gone with this process."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_PACKAGED = "/usr/lib/postgresql"


def programs() -> Path | None:
    """The folder with the server's programs, which Debian keeps off PATH; None if there is none."""
    found = [own.parent for own in Path(_PACKAGED).glob("*/bin/postgres")]
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    whole = [own for own in found if (own / "initdb").exists() and (own / "pg_isready").exists()]
    return max(whole, default=None, key=str)


@contextmanager
def server(binaries: Path) -> Iterator[str]:
    """A server; gives the URL of its database `postgres`."""
    # The path of a Unix socket is at most 107 bytes long, so pytest's own folders are too deep.
    folder = Path(tempfile.mkdtemp(prefix="undeclared-pg-"))
    try:
        person = _person()
        if person:
            os.chown(folder, person["user"], person["group"])
        make = [binaries / "initdb", "--pgdata", folder / "data", "--username", "tester",
                "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]  # fmt: skip
        subprocess.run(make, check=True, capture_output=True, cwd="/", **person)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            "fsync": "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", folder / "data", *options],
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=_end_with_parent,
                **person,
            )
        try:
            _wait(binaries, folder, process)
            yield f"postgresql+psycopg://tester@/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _person() -> dict[str, Any]:
    """Who runs it: PostgreSQL refuses to be run by root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait(binaries: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    ready = [binaries / "pg_isready", "--quiet", "--host", folder, "--timeout", "1"]
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError((folder / "log").read_text())
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not start")
