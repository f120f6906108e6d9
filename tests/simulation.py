"""A simulated agent: a function from an environment to the body of its one model request."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from undeclared.experiment import Conclusion, Plan, carry_out
from undeclared.facts.moved import MovedModel
from undeclared.model import (
    Environment,
    Headers,
    HttpFlow,
    HttpRequest,
    Outcome,
    Run,
    Signal,
    Trial,
)

ZONES = Signal(
    id="timezone",
    levels=("Etc/UTC", "Europe/Berlin", "Asia/Tokyo", "Asia/Shanghai", "Asia/Urumqi"),
)
HOSTS = Signal(
    id="base-url-host",
    levels=("unset", "gateway.example.com", "gateway.example.cn", "lab.example.com"),
)
DEFAULT_HOST = "api.vendor.example"

Body = Callable[[Environment, random.Random], object]


def host_of(environment: Environment) -> str:
    host = environment.get("base-url-host")
    return DEFAULT_HOST if host == "unset" else host


class Quiet:
    def say(self, text: str) -> None:
        pass

    def advance(self, stage: str, done: int, total: int) -> None:
        pass


def flow(environment: Environment, body: object, headers: Headers = ()) -> HttpFlow:
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return HttpFlow(
        started=0.1,
        connection=0,
        request=HttpRequest(
            method=b"POST",
            scheme="https",
            host=host_of(environment),
            port=443,
            target=b"/v1/messages?beta=true",
            version="HTTP/1.1",
            headers=(*headers, (b"Content-Length", str(len(content)).encode())),
            body=content,
        ),
        answered_by="anthropic-messages",
        step="turn-1",
    )


def run_of(trial: Trial, *flows: HttpFlow, outcome: Outcome = Outcome.COMPLETED) -> Run:
    return Run(
        trial=trial,
        scenario="command",
        started=datetime(2026, 11, 22, tzinfo=UTC),
        seconds=1.0,
        outcome=outcome,
        reason=None if outcome is Outcome.COMPLETED else "exited with status 1",
        flows=flows,
    )


def plan(signals: tuple[Signal, ...] = (HOSTS, ZONES), seed: int = 0, replicates: int = 2) -> Plan:
    return Plan((), replicates, seed, signals, MovedModel("base-url-host", DEFAULT_HOST))


def agent(body: Body, seed: int = 0) -> Callable[[Iterable[Trial]], Iterator[Run]]:
    """Carries out trials by asking `body` what would be sent."""
    noise = random.Random(seed)
    ran = 0

    def execute(trials: Iterable[Trial]) -> Iterator[Run]:
        for trial in trials:
            nonlocal ran
            ran += 1
            run = run_of(trial, flow(trial.environment, body(trial.environment, noise)))
            yield run.model_copy(update={"started": run.started + timedelta(seconds=ran)})

    return execute


def conclude(body: Body, seed: int = 0, signals: tuple[Signal, ...] = (HOSTS, ZONES)) -> Conclusion:
    return carry_out(plan(signals, seed), agent(body, seed), (), Quiet())
