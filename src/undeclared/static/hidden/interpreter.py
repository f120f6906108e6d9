"""A JavaScript interpreter in a process of its own, which may be killed at any time."""

import importlib.util
import json
import os
import select
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

ASK_SECONDS = 3.0
"""Of a processor for one answer, of any number of calls: a busy machine finds the same."""
TOTAL_SECONDS = 10.0
"""Of a processor in all."""
PATIENCE_SECONDS = 60.0
"""By the clock for one answer, where the machine gives the interpreter no processor."""
_LOOK_SECONDS = 0.5
"""Between two looks at what it has used."""
_MAX_ANSWER = 8 << 20
_MAX_STARTS = 4
_GUEST = Path(__file__).with_name("guest.py")


class GaveNothing(Exception):
    """The interpreter had to be ended, or may not be asked any more; the text says why."""


class Interpreter:
    """Runs pieces of JavaScript without I/O; started when first asked, ended on leaving.

    What runs there can neither open a file nor start a process, and has bounded memory and time
    (see guest.py). One that does not answer in time is killed and another started.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._left = TOTAL_SECONDS
        self._starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def ask(self, code: str, calls: list[str]) -> list[tuple[str, ...] | str]:
        """Run `code`, then every call: the texts that it gave, or why it gave none.

        Raises GaveNothing.
        """
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise GaveNothing("the interpreter has no pipes")
        until, spent = time.monotonic() + PATIENCE_SECONDS, _spent(process.pid)
        most = min(ASK_SECONDS, self._left)
        line = b""
        try:
            process.stdin.write(json.dumps({"code": code, "calls": calls}).encode() + b"\n")
            process.stdin.flush()
            while not line.endswith(b"\n"):
                while not select.select([process.stdout], [], [], _LOOK_SECONDS)[0]:
                    if _spent(process.pid) - spent > most:
                        raise GaveNothing(f"no answer within {ASK_SECONDS:g} seconds")
                    if time.monotonic() > until:
                        raise GaveNothing(f"no answer within {PATIENCE_SECONDS:g} seconds")
                part = os.read(process.stdout.fileno(), 1 << 16)
                if not part:
                    raise GaveNothing("the interpreter ended")
                line += part
                if len(line) > _MAX_ANSWER:
                    raise GaveNothing("the answer has no end")
            said = json.loads(line)
            self._left -= _spent(process.pid) - spent
        except (OSError, ValueError, GaveNothing) as error:
            self._left -= ASK_SECONDS
            self.close()
            raise error if isinstance(error, GaveNothing) else GaveNothing(str(error)) from error
        return [tuple(one) if isinstance(one, list) else str(one) for one in said]

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._left <= 0:
            raise GaveNothing(f"the time for running decoders, {TOTAL_SECONDS:g} s, is used up")
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._starts += 1
            if self._starts > _MAX_STARTS:
                raise GaveNothing("the interpreter had to be ended too often")
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_GUEST), _libraries()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                close_fds=True,
            )
        return self._process


def _spent(pid: int) -> float:
    """Seconds of a processor that a process has used (proc(5)). Raises OSError if there is none."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@cache
def _libraries() -> str:
    """The folder that QuickJS is in: the guest starts without looking for any."""
    found = importlib.util.find_spec("_quickjs")
    return str(Path(found.origin).parent) if found and found.origin else ""
