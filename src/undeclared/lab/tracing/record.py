"""System calls to processes, files and connections: what a trace says of a run.

Everything before the first program that the sandbox starts is the sandbox's own and left out.
Threads are not processes; numbers are ours, so that they do not depend on the machine.
"""

import signal
from dataclasses import dataclass, field

from undeclared.lab.tracing import network, paths
from undeclared.lab.tracing.calls import Call, Calls, End, Superseded, strings
from undeclared.model import CallSeen, ConnectionSeen, FileSeen, ProcessSeen, Trace

STARTING = {"execve": 0, "execveat": 1}
"""Calls that start a program, and the place of its path."""
FORKING = {"clone": 1, "clone3": 0, "fork": -1, "vfork": -1}
"""Calls that make a process or thread, and the place of their flags."""

_FIRST_REAL_TIME = 32
"""Number of `SIGRT_0` in the kernel's counting; C libraries keep the first ones for themselves."""

_Event = Call | End | Superseded


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run's trace may hold; beyond, it is cut and says so."""

    processes: int
    files: int
    connections: int
    waiting: int
    """Calls of threads whose beginning has not been seen yet."""


LIMITS = Limits(processes=5_000, files=50_000, connections=5_000, waiting=20_000)


@dataclass(slots=True)
class _Process:
    number: int
    parent: int | None
    command: tuple[str, ...]
    folder: str
    opened: dict[int, str] = field(default_factory=dict)
    """Paths by descriptor. A closed one stays until its number is given anew."""
    sockets: dict[int, network.Transport] = field(default_factory=dict)
    exit_status: int | None = None


class Record:
    """Collects what the lines of strace say; `trace()` is the result."""

    def __init__(self, folder: str, limits: Limits = LIMITS) -> None:
        """`folder` is the agent's first working directory."""
        self._folder = folder
        self._limits = limits
        self._calls = Calls()
        self._sandbox: int | None = None
        self._foreign = set[int]()
        self._nested = False
        self._threads = dict[int, _Process]()
        self._leaders = set[int]()
        self._waiting = dict[int, list[_Event]]()
        self._held = 0
        self._processes: list[_Process] = []
        self._files = dict[tuple[int, str, paths.Access], list[int]]()
        self._connections = dict[tuple[int, network.Addressed], str]()
        self._others = dict[tuple[int, str], list[int]]()
        self._problems = dict[str, None]()

    def read(self, line: str) -> None:
        """Take one line of strace's output, without its end."""
        for event in self._calls.read(line):
            self._take(event)

    def problem(self, text: str) -> None:
        """Note why the trace is not whole."""
        self._problems[text] = None

    def trace(self) -> Trace:
        """Everything that was seen, to be called once, at the end."""
        for thread in list(self._waiting):
            self._adopt(thread, self._begin(None))
        if not self._processes:
            self.problem("the tracer saw no program start")
        if self._calls.not_understood:
            self.problem(f"{self._calls.not_understood} lines of the tracer were not understood")
        return Trace(
            processes=tuple(
                ProcessSeen(
                    number=own.number,
                    parent=own.parent,
                    command=own.command,
                    exit_status=own.exit_status,
                )
                for own in self._processes
            ),
            files=tuple(
                FileSeen(process=process, path=path, access=access, times=times, found=bool(found))
                for (process, path, access), (times, found) in self._files.items()
            ),
            connections=tuple(
                ConnectionSeen(
                    process=process,
                    call=to.call,
                    transport=to.transport,
                    address=to.address,
                    port=to.port,
                    result=result,
                )
                for (process, to), result in self._connections.items()
            ),
            calls=tuple(
                CallSeen(process=process, name=name, times=times, files_before=before)
                for (process, name), (times, before) in self._others.items()
            ),
            problem="; ".join(self._problems) or None,
        )

    def _take(self, event: _Event) -> None:
        thread = event.process if isinstance(event, Superseded) else event.thread
        self._nested |= isinstance(event, Call) and event.translated
        if not self._processes:
            self._before(event)
        elif thread in self._threads:
            self._apply(self._threads[thread], event)
        elif thread not in self._foreign:
            # The line of its parent, which says whose it is, comes later.
            if self._held < self._limits.waiting:
                self._waiting.setdefault(thread, []).append(event)
                self._held += 1
            else:
                self.problem("calls of processes of unknown origin were left out")

    def _before(self, event: _Event) -> None:
        """Look for the first program that is not the sandbox's own."""
        if not isinstance(event, Call):
            return
        self._sandbox = event.thread if self._sandbox is None else self._sandbox
        started = event.name in STARTING and event.error is None and event.value is not None
        if started and event.thread != self._sandbox:
            self._foreign.discard(event.thread)
            self._leaders.add(event.thread)
            self._threads[event.thread] = self._begin(None)
            self._apply(self._threads[event.thread], event)
        else:
            self._foreign.add(event.thread)

    def _apply(self, process: _Process, event: _Event) -> None:
        if isinstance(event, End):
            del self._threads[event.thread]
            if event.thread in self._leaders:
                self._leaders.discard(event.thread)
                process.exit_status = _status(event.status)
        elif isinstance(event, Superseded):
            self._threads.pop(event.thread, None)
        elif event.name in FORKING:
            self._fork(process, event)
        elif event.name in STARTING:
            self._start(process, event)
        elif event.name in network.CALLS:
            self._connect(process, event)
        elif event.name in paths.CALLS:
            self._touch(process, event)
        else:
            self._count(process, event)

    def _fork(self, parent: _Process, call: Call) -> None:
        if call.error is not None or not call.value:
            return
        place = FORKING[call.name]
        flags = call.arguments[place] if 0 <= place < len(call.arguments) else ""
        thread = call.value
        if self._nested and not call.translated and self._waiting:
            # A child that was gone before its number could be translated: the oldest unknown.
            thread = next(iter(self._waiting))
        if "CLONE_THREAD" in flags:
            self._adopt(thread, parent)
            return
        siblings = "CLONE_PARENT" in flags.replace("CLONE_PARENT_SETTID", "")
        self._leaders.add(thread)
        self._adopt(thread, self._begin(parent.parent if siblings else parent.number, parent))

    def _begin(self, parent: int | None, like: _Process | None = None) -> _Process:
        number = len(self._processes)
        if number >= self._limits.processes and like is not None:
            self.problem(f"more than {number} processes; what came after counts as its parent's")
            return like
        process = _Process(number, parent, (), self._folder)
        if like is not None:
            process.command, process.folder = like.command, like.folder
            process.opened, process.sockets = dict(like.opened), dict(like.sockets)
        self._processes.append(process)
        return process

    def _adopt(self, thread: int, process: _Process) -> None:
        self._threads[thread] = process
        for event in self._waiting.pop(thread, ()):
            self._held -= 1
            self._take(event)

    def _start(self, process: _Process, call: Call) -> None:
        place = STARTING[call.name]
        if len(call.arguments) <= place + 1:
            return
        path = next(strings(call.arguments[place]), "")
        succeeded = call.error is None and call.value is not None
        if path:
            self._file(process, paths.absolute(path, process.folder), "execute", succeeded)
        if succeeded:
            process.command = tuple(strings(call.arguments[place + 1])) or (path,)

    def _touch(self, process: _Process, call: Call) -> None:
        succeeded = call.error is None and call.value is not None
        found = list(paths.touched(call, process.folder, process.opened))
        if call.name in paths.OPENING and succeeded and found:
            process.opened[call.value or 0] = found[0].path
            process.sockets.pop(call.value or 0, None)
        if call.name == "fchdir" and succeeded and call.arguments:
            number = paths.descriptor(call.arguments[0])
            process.folder = process.opened.get(number, process.folder)
        elif call.name == "chdir" and succeeded and found:
            process.folder = found[0].path
        for own in found:
            # What is no link cannot be read as one, but is there.
            there = call.name in ("readlink", "readlinkat") and call.error == "EINVAL"
            self._file(process, own.path, own.access, succeeded or there)

    def _file(self, process: _Process, path: str, access: paths.Access, found: bool) -> None:
        key = (process.number, path, access)
        if key not in self._files and len(self._files) >= self._limits.files:
            self.problem(f"more than {self._limits.files} files; the rest was left out")
            return
        entry = self._files.setdefault(key, [0, 0])
        entry[0] += 1
        entry[1] |= found

    def _connect(self, process: _Process, call: Call) -> None:
        if call.name == "socket":
            if call.value is not None and call.value >= 0:
                process.sockets[call.value] = network.transport(call)
                process.opened.pop(call.value, None)
            return
        to = network.addressed(call, process.sockets)
        if to is None:
            return
        key = (process.number, to)
        if key not in self._connections and len(self._connections) >= self._limits.connections:
            self.problem(f"more than {self._limits.connections} addresses; the rest was left out")
            return
        result = call.error or ("ok" if call.value is not None else "not over")
        if self._connections.get(key) != "ok":
            self._connections[key] = result

    def _count(self, process: _Process, call: Call) -> None:
        if call.name == "io_uring_setup" and call.error is None:
            self.problem("the program used io_uring, and calls made that way cannot be seen")
        entry = self._others.setdefault((process.number, call.name), [0, len(self._files)])
        entry[0] += 1


def _status(said: str) -> int:
    """Exit status; negative for a signal, which strace names: `SIGKILL`, `SIGRT_3`."""
    if said.isdecimal():
        return int(said)
    if said in signal.Signals.__members__:
        return -signal.Signals[said].value
    return -(_FIRST_REAL_TIME + int(said.rpartition("_")[2]))
