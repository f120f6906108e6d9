"""Hooks in an agent's runtime: what of the machine its own code reads, and where.

The hooks themselves are below `guest/`: they run inside the agent's world and append what they see
to one file there. What an agent can notice: the variables of `VARIABLES`, the folder `INSIDE`,
and that some functions are wrapped. It can also write whatever it likes to that file, so a hooked
run proves that a fact is read, never that it is not.
"""

from importlib import resources
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from undeclared.lab.launch import Launch
from undeclared.lab.target import ROOT_INSIDE
from undeclared.model import Frozen, HookedRead, Hooks

INSIDE = "/run/runtime"
"""The same place is named in the guest's files."""
LOG_READ = 32 * 2**20
"""Bytes of the guest's file that are read."""
READS = 20_000
"""Reads that are kept."""
_LINE = 8 * 2**10
_TEXT = 1_000
_PROBLEMS = 4
_ELSE = "no Node.js, Bun or Python, or one told to ignore the variables that load hooks"
_FIRST = "2."
"""How ids of the agent's own process begin: bubblewrap is the first process of its world."""

_VARIABLES = {
    "NODE_OPTIONS": f"--require={INSIDE}/node.cjs",
    "BUN_OPTIONS": f"--preload={INSIDE}/node.cjs",
    "PYTHONPATH": f"{INSIDE}/python",
}
_SEPARATORS = {"NODE_OPTIONS": " ", "BUN_OPTIONS": " ", "PYTHONPATH": ":"}


class _Line(Frozen):
    """One line of the guest's: the beginning of a process, a read, or a problem."""

    id: str = Field(max_length=100)
    runtime: Literal["node", "bun", "python"] | None = None
    program: str = Field(default="", max_length=_TEXT)
    what: str = Field(default="", max_length=_TEXT)
    stack: tuple[str, ...] = Field(default=(), max_length=8)
    times: int = Field(default=1, ge=1, le=2**53)
    problem: str = Field(default="", max_length=_TEXT)
    full: bool = False


class Hooking:
    """Hooks in one run: made before it, asked what they saw after its end."""

    def __init__(self, launch: Launch, folder: Path) -> None:
        """Add the hooks to a launch; `folder` is the run's, for the file they write to."""
        self._launch = launch
        self._log = folder / "hooked"
        self._log.touch()
        guest = Path(str(resources.files("undeclared.lab").joinpath("guest")))
        binds = ["--dir", INSIDE]
        for name in ("node.cjs", "python"):
            binds += ["--ro-bind", str(guest / name), f"{INSIDE}/{name}"]
        binds += ["--bind", str(self._log), f"{INSIDE}/log"]
        # Before the file systems that hold them become read-only.
        place = launch.sandbox.index("/run") + 1
        launch.sandbox[place:place] = binds
        for name, value in _VARIABLES.items():
            given = launch.variables.get(name)
            launch.variables[name] = f"{value}{_SEPARATORS[name]}{given}" if given else value

    def hooks(self) -> Hooks:
        """What they saw, to be asked after every process of the run has ended."""
        with self._log.open("rb") as file:
            content = file.read(LOG_READ + 1)
        seen = read(content)
        return seen if seen.runtime != "unknown" else read(content, describe(self._launch))


def read(content: bytes, executable: str = "") -> Hooks:
    """Read the guest's file, of which nothing can be trusted.

    `executable` says what the agent's own program is, for the case that nothing was reported.
    """
    problems, skipped = dict[str, None](), 0
    if len(content) > LOG_READ:
        problems[f"only the first {LOG_READ // 2**20} MiB of what they wrote were read"] = None
        content = content[:LOG_READ].rpartition(b"\n")[0]
    runtimes = dict[str, Literal["node", "bun", "python"]]()
    counts = dict[tuple[str, tuple[str, ...]], dict[str, int]]()
    for raw in content.split(b"\n"):
        if not raw:
            continue
        line = _parsed(raw)
        if line is None:
            skipped += 1
        elif line.runtime:
            runtimes.setdefault(line.id, line.runtime)
        elif line.problem:
            problems[line.problem] = None
        elif line.full:
            problems["a process read more than the hooks can keep"] = None
        elif (key := (line.what, line.stack)) in counts or len(counts) < READS:
            by_process = counts.setdefault(key, {})
            by_process[line.id] = max(by_process.get(line.id, 0), line.times)
        else:
            problems[f"only the first {READS} reads were kept"] = None
    if skipped:
        problems[f"{skipped} lines were not the hooks' own"] = None
    first = next((own for name, own in runtimes.items() if name.startswith(_FIRST)), None)
    if first is None:
        problems[_unhooked(executable, bool(runtimes))] = None
    return Hooks(
        runtime=first or next(iter(runtimes.values()), "unknown"),
        reads=tuple(
            HookedRead(what=what, stack=stack, times=sum(by_process.values()))
            for (what, stack), by_process in counts.items()
        ),
        problem="; ".join(list(problems)[:_PROBLEMS]) or None,
    )


def _parsed(raw: bytes) -> _Line | None:
    if len(raw) > _LINE:
        return None
    try:
        line = _Line.model_validate_json(raw)
    except ValidationError:
        return None
    is_read = bool(line.what) and max(map(len, line.stack), default=0) <= _TEXT
    return line if is_read or line.runtime or line.problem or line.full else None


def _unhooked(executable: str, others: bool) -> str:
    said = f"no hook reported from the agent's own process: {executable or _ELSE}"
    return f"{said}; only from programs that it started" if others else said


def describe(launch: Launch) -> str:
    """What the program of a launch is, as far as hooks are concerned; empty if it could be hooked.

    Looks at an executable of the agent's own: a script's interpreter is none.
    """
    place = launch.sandbox.index(ROOT_INSIDE)
    program = Path(launch.command[0])
    if not program.is_relative_to(ROOT_INSIDE):
        return ""
    file = Path(launch.sandbox[place - 1], program.relative_to(ROOT_INSIDE))
    try:
        with file.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as content:
            if content[:4] != b"\x7fELF":
                return ""
            if any(content.find(mark) >= 0 for mark in (b"NODE_OPTIONS", b"BUN_OPTIONS")):
                return "an executable whose Node.js or Bun runtime ignores NODE_OPTIONS"
            return "an executable without a Node.js, Bun or Python that can be hooked"
    except (OSError, ValueError):
        return ""
