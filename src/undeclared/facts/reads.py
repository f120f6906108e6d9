"""Which signals an agent reads, from the runs that watched it on its own side.

Told are reads by the agent's own code. From hooks: what has a place in code that is not the
runtime's. From the tracer: files that the agent's own processes touch after the first of its own
files was opened (what a runtime reads before that, it reads for any program), without what every C
library reads to resolve a name or load a library; the same for system calls of its first process;
and the command lines of the tools that it starts, whose own reads of files are not its. Where the
agent is an executable, nothing tells its code from its runtime, and the evidence says so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from undeclared.catalogue import AgentProfile, SignalSpec
from undeclared.lab.target import ROOT_INSIDE
from undeclared.model import Hooks, LeftOut, Observer, Outcome, Phase, ProcessSeen, Read, Run, Trace

PER_SIGNAL = 40
"""Ways of reading one signal that are told."""
_FRAMES = 3
_LENGTH = 160
"""Characters of a command line that are told."""

_HOME = re.compile(r"/(?:home/[^/]+|root|Users/[^/]+)(?=/|$)")
_LIBRARY = re.compile(
    r"/etc/(?:ld\.so\.|resolv\.conf|hosts$|host\.conf|nsswitch\.conf|gai\.conf|services$|ssl/)"
    r"|/proc/(?:self|\d+)/(?:maps|exe|fd|task|stat|cgroup|mountinfo|auxv|oom_score_adj)\b"
    r"|/(?:usr/)?lib(?:32|64)?/|/usr/(?:share|lib)/locale/"
)
"""What C libraries and runtimes look at by themselves, at any time."""
_PHRASES = {"env": "the variable", "file": "the file", "run": "the command", "system": "the call"}


@dataclass(frozen=True, slots=True)
class _Seen:
    """Something that the agent did."""

    what: str
    """In the form of the rules: `env:TZ`, `file:~/.gitconfig` …"""
    evidence: str
    observer: str
    own: bool = False
    """A file in a place where the agent keeps things of its own."""


@dataclass(slots=True)
class _Way:
    """A way of reading a signal."""

    observers: dict[str, str] = field(default_factory=dict)
    """With the first evidence of each."""
    places: int = 0
    """Seen by the first of them."""


def reads(
    runs: Iterable[Run], signals: Mapping[str, SignalSpec], profile: AgentProfile
) -> tuple[Read, ...]:
    """Reads of signals in the runs of the phase `observation`, by signal in catalogue order."""
    watched = [run for run in runs if run.trial.phase is Phase.OBSERVATION]
    kept = {place for run in watched for place in _kept(run.trace)}
    # Hooks first: a place in the code says more than a process.
    seen = [own for run in watched for own in _hooked(run.hooks, kept)]
    seen += [own for run in watched for own in _traced(run.trace, kept)]
    return tuple(read for spec in signals.values() for read in _of(spec, seen, profile))


def observers(runs: Iterable[Run]) -> tuple[Observer, ...]:
    """By what an agent was watched on its own side in runs that were completed, hooks first."""
    watched = [
        run
        for run in runs
        if run.trial.phase is Phase.OBSERVATION and run.outcome is Outcome.COMPLETED
    ]
    hooked = any(run.hooks and (run.hooks.reads or not run.hooks.problem) for run in watched)
    traced = any(run.trace and run.trace.processes for run in watched)
    return (Observer.HOOKS,) * hooked + (Observer.TRACER,) * traced


def unobserved(runs: Iterable[Run]) -> tuple[str, ...]:
    """Why the reads may not be whole, each in one phrase."""
    problems = dict[str, None]()
    for run in runs:
        if run.trial.phase is Phase.OBSERVATION:
            if run.hooks is not None and run.hooks.problem:
                problems[f"{LeftOut.RUNTIME}{run.hooks.problem}"] = None
            if run.trace is not None and run.trace.problem:
                problems[f"system calls: {run.trace.problem}"] = None
    return tuple(problems)


def _of(spec: SignalSpec, seen: Sequence[_Seen], profile: AgentProfile) -> Iterator[Read]:
    ways = dict[str, _Way]()
    for own in seen:
        if spec.reads is None or not spec.reads.match(own.what, profile):
            continue
        if own.own and spec.reads.of_others:
            continue
        way = ways.setdefault(own.what, _Way())
        way.observers.setdefault(own.observer, own.evidence)
        way.places += own.observer == next(iter(way.observers))
    for what in sorted(ways, key=_rank)[:PER_SIGNAL]:
        way = ways[what]
        more = f", and {way.places - 1} more" if way.places > 1 else ""
        yield Read(
            signal=spec.id,
            how=f"{_phrase(what)}, seen by {' and '.join(way.observers)}",
            evidence=f"{next(iter(way.observers.values()))}{more}",
        )


def _rank(what: str) -> tuple[int, str]:
    """The most telling first: a variable or function has one meaning, a file often several."""
    kind, colon, _ = what.partition(":")
    order = ("env", "", "run", "file", "system")
    return order.index(kind if colon and kind in order else ""), what


def _phrase(what: str) -> str:
    kind, _, name = what.partition(":")
    return f"{_PHRASES[kind]} {name}" if kind in _PHRASES else what


def _hooked(hooks: Hooks | None, kept: Set[str]) -> Iterator[_Seen]:
    for read in hooks.reads if hooks else ():
        kind, _, name = read.what.partition(":")
        if not read.stack or read.what == "env:*":
            continue
        what = f"file:{_place(name)}" if kind == "file" else read.what
        if kind == "run":
            what = f"run:{_command(name.split(' '))}"
        frames = " < ".join(frame.replace(f"{ROOT_INSIDE}/", "") for frame in read.stack[:_FRAMES])
        frames = frames.replace("file://", "")
        yield _Seen(what, frames, Observer.HOOKS, kind == "file" and _top(name) in kept)


def _traced(trace: Trace | None, kept: Set[str]) -> Iterator[_Seen]:
    if trace is None or not trace.processes:
        return
    own = _own_processes(trace)
    begun = {number: _begins(trace, number) for number in own}
    ways = {
        (file.process, str(above))
        for file in trace.files
        for above in PurePosixPath(file.path).parents
    }
    for index, file in enumerate(trace.files):
        if file.process not in own or index <= begun[file.process] or file.access == "write":
            continue
        if file.access == "execute" or _LIBRARY.match(file.path) or _agents(file.path):
            continue
        if file.access == "look" and (file.process, file.path) in ways:
            continue  # on the way to a file below
        found = "" if file.found else ", which was not there"
        what = f"file:{_place(file.path)}"
        yield _seen(what, own[file.process], found, kept=_top(file.path) in kept)
    compiled = _agents(_program(trace, 0))
    for call in trace.calls:
        if call.process == 0 and call.files_before > begun[0]:
            unsure = ", by its code or its runtime" if compiled else ""
            yield _seen(f"system:{call.name}", own[0], unsure)
    for process in trace.processes:
        if process.number not in own and process.command and process.parent is not None:
            parent = trace.processes[process.parent]
            if process.command != parent.command:
                yield _seen(f"run:{_command(process.command)}", process, f", from {_name(parent)}")


def _seen(what: str, process: ProcessSeen, more: str, *, kept: bool = False) -> _Seen:
    return _Seen(what, f"{_name(process)}{more}", Observer.TRACER, kept)


def _kept(trace: Trace | None) -> Iterator[str]:
    """Where in the home the agent's own processes wrote: first part of the path below it."""
    own = _own_processes(trace) if trace and trace.processes else {}
    for file in trace.files if trace else ():
        if file.process in own and file.access == "write" and (top := _top(file.path)):
            yield top


def _top(path: str) -> str:
    """The first part of a path below the home, up to its second dot: `.agent` of `.agent.json`."""
    first = PurePosixPath(_place(path)).parts[:2]
    return (
        "." + first[1].split(".")[1] if first[0] == "~" and first[1:] and first[1][0] == "." else ""
    )


def _program(trace: Trace, number: int) -> str:
    """Path of the last program that a process became."""
    started = [
        file.path
        for file in trace.files
        if file.process == number and file.access == "execute" and file.found
    ]
    return started[-1] if started else ""


def _own_processes(trace: Trace) -> dict[int, ProcessSeen]:
    """The agent's first process, and those that run a program of the agent's or the same one."""
    first = trace.processes[0]
    return {
        process.number: process
        for process in trace.processes
        if process.number == 0
        or process.command[:1] == first.command[:1]
        or any(_agents(word) for word in process.command[:2])
    }


def _begins(trace: Trace, number: int) -> int:
    """Place of the first file of the agent's own that a process opened, after its program.

    An executable of the agent's needs no such file: then it is the program's own start.
    """
    started = 0
    for index, file in enumerate(trace.files):
        if file.process != number or not _agents(file.path):
            continue
        if file.access == "execute":
            started = index
        elif file.access == "read" and file.found:
            return index
    return started


def _agents(path: str) -> bool:
    return path == ROOT_INSIDE or path.startswith(f"{ROOT_INSIDE}/")


def _place(path: str) -> str:
    return _HOME.sub("~", path, count=1)


def _command(words: Sequence[str]) -> str:
    """A command line, its program without folders, in one line of limited length."""
    program = PurePosixPath(words[0]).name
    return " ".join(" ".join((program, *words[1:])).split())[:_LENGTH]


def _name(process: ProcessSeen) -> str:
    words = [word.replace(f"{ROOT_INSIDE}/", "") for word in process.command[:2]]
    return f"process {process.number} ({_command(words) if words else 'unknown'})"
