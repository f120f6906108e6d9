"""A sealed worker: `python -m undeclared.lab.worker`, the first process of its own namespaces.

It proves that it is sealed before it does anything else, then carries out one trial at a time.
It ends when its standard input does, and with it everything that it started.
"""

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from undeclared import catalogue
from undeclared.catalogue import Answer, Setting, combine
from undeclared.lab import authority, clock, dns, limits, process, seal, world
from undeclared.lab.facade import Facade
from undeclared.lab.facts import Facts, gather
from undeclared.lab.interceptor import Interceptor
from undeclared.lab.launch import Launch
from undeclared.lab.outcome import Faults, judge
from undeclared.lab.protocol import Hello, Setup
from undeclared.lab.recorder import Recording
from undeclared.lab.standin import Asked, Reply, StandIn
from undeclared.lab.template import Template
from undeclared.lab.watching import Watching, observers
from undeclared.model import DnsFlow, Outcome, Run, Trial

_IN_FLIGHT = 0.1
"""Seconds for what an agent sent last to be read; its connections are closed by then."""
_PROBE_TIMEOUT = 20.0


class Worker:
    """Carries out trials, one at a time."""

    def __init__(self, setup: Setup, space: Path) -> None:
        """`space` is a size-limited file system of its own."""
        self._setup = setup
        self._target = setup.target
        self._space = space
        self._machine = world.survey(self._target.root).veiled(space / "lent")
        self._bwrap = shutil.which("bwrap") or "bwrap"
        self._template = Template(
            space / "template",
            authority.certificate(setup.state),
            setup.scenario.repository,
            self._target.profile,
            self._target.root,
            clock=clock.library(),
        )
        self._standin = StandIn(self._target.profile, setup.scenario)
        self._interceptor = Interceptor(setup.state, self._reply)
        self._faults = Faults()
        logging.getLogger().addHandler(self._faults)

    async def start(self) -> None:
        """Serve the network, and try the world out; raises OSError if that fails."""
        await dns.serve(self._on_question)
        await self._interceptor.start()
        facts = gather(self._target.profile, Setting())
        folders = self._template.instantiate(self._space / "probe", facts)
        sandbox = world.sandbox(self._machine, folders, facts)
        probe = Launch(folders, sandbox, {}, ["/bin/sh", "-c", "exit 0"], stdin=None)
        ended = await process.run(probe, bwrap=self._bwrap, timeout=_PROBE_TIMEOUT)
        shutil.rmtree(self._space / "probe")
        if ended.status != 0:
            said = ended.stderr.decode(errors="replace").strip() or f"status {ended.status}"
            raise OSError(f"bubblewrap cannot build a world here: {said}")

    def _reply(self, asked: Asked) -> Reply:
        return self._standin.reply(asked)

    def _on_question(self, name: str, kind: str, transport: dns.Transport) -> None:
        if recording := self._interceptor.recording:
            question = DnsFlow(started=recording.now(), name=name, type=kind, transport=transport)
            recording.flows.append(question)

    async def carry_out(self, trial: Trial) -> Run:
        """Run the agent once; a failure of ours is an outcome, not an exception."""
        started = datetime.now(UTC)
        folder = self._space / "run"
        recording = Recording()
        self._faults.seen.clear()
        try:
            ended = await self._start_agent(trial, folder, recording)
            await _settle(recording)
            self._faults.raise_first()
        except Exception as error:  # whatever it is, it is not the agent's fault
            failure = f"{type(error).__name__}: {error}"
            return Run(
                trial=trial, scenario=self._setup.scenario.id, started=started,
                seconds=recording.now(), outcome=Outcome.LAB_FAILED, reason=failure,
            )  # fmt: skip
        finally:
            self._interceptor.recording = None
            shutil.rmtree(folder, ignore_errors=True)
        flows = recording.in_order()
        outcome, reason = judge(ended, flows, self._setup.scenario.timeout)
        return Run(
            trial=trial,
            scenario=self._setup.scenario.id,
            started=started,
            seconds=round(ended.seconds, 6),
            outcome=outcome,
            reason=reason,
            exit_status=ended.status,
            stdout=ended.stdout,
            stderr=ended.stderr,
            flows=flows,
            trace=self._watching.trace,
            hooks=self._watching.hooks,
        )

    async def _start_agent(self, trial: Trial, folder: Path, recording: Recording) -> process.Ended:
        signals, profile = self._setup.signals, self._target.profile
        setting = combine(signals, trial.environment.as_dict())
        facts = gather(profile, setting, self._machine.programs)
        launch = self._launch(facts, folder)
        self._standin = StandIn(profile, self._setup.scenario, _answers(facts))
        how = observers(self._setup.signals, trial.environment)
        with Facade(facts.calls, launch), Watching(how, launch, folder) as self._watching:
            recording.restart()
            self._interceptor.recording = recording
            timeout, bounds = self._setup.scenario.timeout, self._setup.limits
            return await process.run(launch, bwrap=self._bwrap, timeout=timeout, limits=bounds)

    def _launch(self, facts: Facts, folder: Path) -> Launch:
        folders = self._template.instantiate(folder, facts)
        prompt = self._setup.scenario.prompt
        return Launch(
            folders=folders,
            sandbox=world.sandbox(self._machine, folders, facts),
            variables=dict(facts.variables),
            command=self._target.command(prompt),
            stdin=prompt.encode() if self._target.prompt_on_stdin else None,
        )


def _answers(facts: Facts) -> list[Answer]:
    sets = catalogue.answer_sets()
    return [answer for name in facts.answers for answer in sets[name]]


async def _settle(recording: Recording) -> None:
    """Wait until everything that the agent sent before its end has been read and recorded."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _IN_FLIGHT
    await asyncio.sleep(0.002)
    while recording.open and loop.time() < until:
        await asyncio.sleep(0.002)


async def _serve(setup: Setup, space: Path, trials: BinaryIO, runs: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), trials)
    try:
        worker = Worker(setup, space)
        await worker.start()
    except (OSError, subprocess.CalledProcessError) as error:
        _say(runs, Hello(problem=str(error)))
        return
    _say(runs, Hello())
    line = await reader.readline()
    while line:
        run = asyncio.create_task(worker.carry_out(Trial.model_validate_json(line)))
        # The lab never sends a trial before the answer to the last, so what can be read before
        # that is only the end: it gives the run up.
        following = asyncio.create_task(reader.readline())
        await asyncio.wait({run, following}, return_when=asyncio.FIRST_COMPLETED)
        if not run.done():
            os._exit(0)  # with the first process of the namespace, the kernel ends all others
        _say(runs, run.result())
        line = await following


def _say(runs: BinaryIO, message: Hello | Run) -> None:
    runs.write(message.model_dump_json().encode() + b"\n")
    runs.flush()


def main() -> None:
    """Speak the protocol on standard input and output."""
    # What anything prints by accident must not get between the messages.
    runs = open(os.dup(1), "wb")  # noqa: PTH123, SIM115
    os.dup2(2, 1)
    setup = Setup.model_validate_json(sys.stdin.buffer.readline())
    space = setup.state / "space"
    try:
        seal.prove(setup.outside)
        seal.open_loopback()
        limits.impose(setup.limits)
        mount = ["mount", "-t", "tmpfs", "-o", setup.limits.tmpfs(), "tmpfs", str(space)]
        subprocess.run(mount, check=True, capture_output=True)
    except (seal.NotSealedError, OSError, subprocess.CalledProcessError) as error:
        _say(runs, Hello(problem=str(error)))
        return
    asyncio.run(_serve(setup, space, sys.stdin.buffer, runs))


if __name__ == "__main__":
    main()
    # The namespace, and all that is left in it, ends with its first process.
    sys.stdout.flush()
    os._exit(0)
