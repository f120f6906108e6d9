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
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from undeclared import catalogue
from undeclared.catalogue import Answer, Setting, combine
from undeclared.lab import authority, clock, limits, probe, process, seal, world
from undeclared.lab.canaries import plant
from undeclared.lab.facade import Facade
from undeclared.lab.facts import Facts, gather
from undeclared.lab.install import TIMEOUT as INSTALL_TIMEOUT
from undeclared.lab.install import Installing, client
from undeclared.lab.keeping import Keeping
from undeclared.lab.launch import Launch
from undeclared.lab.network import Network
from undeclared.lab.outcome import Faults, judge
from undeclared.lab.protocol import Hello, Setup
from undeclared.lab.recorder import Recording
from undeclared.lab.standin import Asked, Reply, StandIn
from undeclared.lab.template import Template
from undeclared.lab.watching import Watching, observers
from undeclared.model import Canary, Outcome, Phase, Run, Trial

_PROBE_TIMEOUT = 20.0


class Worker:
    """Carries out trials, one at a time."""

    def __init__(self, setup: Setup, space: Path) -> None:
        """`space` is a size-limited file system of its own."""
        self._setup = setup
        self._target = setup.target
        self._space = space
        own = self._target
        self._machine = world.survey(own.root, own.runtime, own.node).veiled(space / "lent")
        self._bwrap = shutil.which("bwrap") or "bwrap"
        self._template = Template(
            space / "template",
            authority.certificate(setup.state),
            setup.scenario.repository,
            self._target.profile,
            self._target.root,
            library=clock.library(),
        )
        self._standin = StandIn(self._target.profile, setup.scenario)
        self._network = Network(setup.state, self._reply)
        self._planted: tuple[Canary, ...] = ()
        self._keeping = Keeping(space / "kept")
        self._faults = Faults()
        logging.getLogger().addHandler(self._faults)

    async def start(self) -> None:
        """Serve the network, and try the world out.

        Raises OSError if that fails, NotSealedError if an agent could leave that world.
        """
        self._network.start()
        facts = gather(self._target.profile, Setting())
        folders = self._template.instantiate(self._space / "probe", facts)
        sandbox = world.sandbox(self._machine, folders, facts)
        launch = probe.launch(folders, sandbox, facts, self._setup)
        ended = await process.run(launch, bwrap=self._bwrap, timeout=_PROBE_TIMEOUT)
        shutil.rmtree(self._space / "probe")
        probe.require_sealed(ended, folders, facts, self._setup, seal.namespaces())

    def _reply(self, asked: Asked) -> Reply:
        return self._standin.reply(asked)

    async def carry_out(self, trial: Trial) -> Run:
        """Run the agent once; a failure of ours is an outcome, not an exception."""
        started = datetime.now(UTC)
        folder = self._space / "run"
        recording = Recording()
        self._faults.seen.clear()
        try:
            ended = await self._start_agent(trial, folder, recording)
            await self._network.end()
            self._faults.raise_first()
            home = self._keeping.end(folder / "home")
        except Exception as error:  # whatever it is, it is not the agent's fault
            failure = f"{type(error).__name__}: {error}"
            return Run(
                trial=trial, scenario=self._setup.scenario.id, started=started,
                seconds=recording.now(), outcome=Outcome.LAB_FAILED, reason=failure,
            )  # fmt: skip
        finally:
            await self._network.end()
            shutil.rmtree(folder, ignore_errors=True)
        flows = recording.in_order()
        installs = trial.phase is Phase.INSTALL
        outcome, reason = judge(ended, flows, self._timeout(trial), model=not installs)
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
            canaries=self._planted,
            trace=self._watching.trace,
            hooks=self._watching.hooks,
            home=home,
            left_running=ended.left_running,
        )

    async def _start_agent(self, trial: Trial, folder: Path, recording: Recording) -> process.Ended:
        signals, profile = self._setup.signals, self._target.profile
        setting = combine(signals, trial.environment.as_dict())
        facts = gather(profile, setting, self._machine.programs)
        launch = self._launch(facts, folder)
        self._keeping.begin(trial.home, launch.folders.home)
        # The secrets of the last run would still lie in a home that is kept.
        self._planted = () if trial.home else plant(launch, profile.no_canaries)
        scenario = self._setup.scenario
        self._standin = StandIn(profile, scenario, _answers(facts), repository=facts.repository)
        how = observers(self._setup.signals, trial.environment)
        with ExitStack() as whole:
            if trial.phase is Phase.INSTALL:
                npm = client(self._machine.places)
                whole.enter_context(Installing(launch, npm, self._machine.root, folder))
            whole.enter_context(Facade(facts.calls, launch))
            self._watching = whole.enter_context(Watching(how, launch, folder))
            self._network.begin(recording, launch.variables.values())
            return await process.run(
                launch, bwrap=self._bwrap, timeout=self._timeout(trial),
                limits=self._setup.limits, linger=scenario.linger,
            )  # fmt: skip

    def _timeout(self, trial: Trial) -> float:
        return INSTALL_TIMEOUT if trial.phase is Phase.INSTALL else self._setup.scenario.timeout

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


async def _serve(setup: Setup, space: Path, trials: BinaryIO, runs: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), trials)
    try:
        worker = Worker(setup, space)
        await worker.start()
    except (seal.NotSealedError, OSError, subprocess.CalledProcessError) as error:
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
        seal.prove(setup.outside, own=(runs.fileno(),))
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
