"""How often the experiment claims what is not so, and how often it finds what is.

Simulated agents: functions from an environment to a request, with honest noise. Null agents depend
on nothing; each experiment on one of them that establishes anything is a false claim. The others
carry one difference each. No agent is run, so hundreds of experiments take a minute.

    python evals/calibration.py --experiments 200
"""

import argparse
import json
import math
import os
import random
import uuid
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

from undeclared.catalogue import agents
from undeclared.experiment import Conclusion, carry_out, make_plan
from undeclared.model import Environment, HttpFlow, HttpRequest, Outcome, Run, Status, Trial

Body = Callable[[Environment, random.Random], dict[str, object]]

CHINA = ("Asia/Shanghai", "Asia/Urumqi")
GOAL = 0.05


def request(text: str, noise: random.Random, **more: object) -> dict[str, object]:
    """A request with the noise that real agents show."""
    tools = [{"name": name} for name in noise.sample(["Read", "Write", "Bash", "Grep"], 4)]
    return {
        "model": "m",
        "system": text,
        "metadata": {
            "id": str(uuid.UUID(int=noise.getrandbits(128))),
            "time": noise.random(),
            "flag": noise.random() < 0.5,
            "rare": noise.random() < 0.05,
            "variant": noise.choice("abcd"),
            **({"extra": 1} if noise.random() < 0.3 else {}),
        },
        "tools": tools,
        **more,
    }


def null(environment: Environment, noise: random.Random) -> dict[str, object]:
    """Everything varies by itself, the look-alike sign too."""
    sign = noise.choice(("'", "’", "'"))
    return request(f"It{sign}s a day{noise.choice((' ', '  '))}like any other.", noise)


def one_signal(environment: Environment, noise: random.Random) -> dict[str, object]:
    """A mark by the time zone alone."""
    marked = environment["timezone"] in CHINA
    return request("It’s a day." if marked else "It's a day.", noise)


def gated(environment: Environment, noise: random.Random) -> dict[str, object]:
    """A mark by the time zone, only with another gateway."""
    marked = environment["timezone"] in CHINA and environment["base-url-host"] != "unset"
    return request("It’s a day." if marked else "It's a day.", noise)


def one_cell(environment: Environment, noise: random.Random) -> dict[str, object]:
    """A mark in a single one of all environments."""
    marked = environment == Environment.of(
        {"timezone": "Asia/Urumqi", "base-url-host": "moonshot.example.cn"}
    )
    return request("It’s a day." if marked else "It's a day.", noise)


def sometimes(environment: Environment, noise: random.Random) -> dict[str, object]:
    """A mark that shows in four of five runs with its zones, and in one of twenty else."""
    share = 0.8 if environment["timezone"] in CHINA else 0.05
    return request("It’s a day." if noise.random() < share else "It's a day.", noise)


def biased(environment: Environment, noise: random.Random) -> dict[str, object]:
    """The last bit of a random identifier is set in nine of ten runs with its zones, else in half.

    Nothing else differs, and no value occurs twice.
    """
    sent = request("It's a day.", noise)
    number = noise.getrandbits(128)
    if environment["timezone"] in CHINA and noise.random() < 0.8:
        number |= 1
    return sent | {"session": str(uuid.UUID(int=number, version=4))}


def experiment(body: Body, seed: int) -> Conclusion:
    """One experiment with the default signals and levels."""
    profile = agents()["claude-code"]
    noise = random.Random(seed)

    def execute(trials: Iterable[Trial]) -> Generator[Run, None, None]:
        for trial in trials:
            content = json.dumps(body(trial.environment, noise), ensure_ascii=False).encode()
            host = plan.moved.host(trial.environment) or profile.default_host or ""
            sent = HttpRequest(
                method=b"POST",
                scheme="https",
                host=host,
                port=443,
                target=b"/v1/messages",
                version="HTTP/1.1",
                headers=((b"x-request-id", str(noise.getrandbits(64)).encode()),),
                body=content,
            )
            began = 0.4 + noise.random() * 0.2
            flow = HttpFlow(
                started=began, connection=0, request=sent, answered_by="simulated", step="turn-1"
            )
            beside = tuple(
                flow.model_copy(
                    update={
                        "started": began + noise.gauss(0, 0.1),
                        "step": None,
                        "request": sent.model_copy(
                            update={"target": target, "body": b"", "host": "events.example"}
                        ),
                    }
                )
                for target in (b"/a", b"/b", b"/c")
            )
            yield Run(
                trial=trial,
                scenario="simulated",
                started=datetime.now(UTC),
                seconds=0,
                outcome=Outcome.COMPLETED,
                flows=(flow, *beside),
            )

    plan = make_plan(profile, seed=seed)
    return carry_out(plan, execute, (), Silent())


class Silent:
    """Nobody watches."""

    def say(self, text: str) -> None:
        """Ignore a stage."""

    def advance(self, stage: str, done: int, total: int) -> None:
        """Ignore progress."""


def claims(conclusion: Conclusion) -> list[str]:
    """What was established, by place."""
    return [own.locus.pointer for own in conclusion.influences if own.status is Status.ESTABLISHED]


def wilson(hits: int, total: int) -> str:
    """A share with its 95 % interval (Wilson 1927)."""
    z, share = 1.96, hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    half /= 1 + z * z / total
    return f"{share:.3f} [{max(0.0, middle - half):.3f}, {min(1.0, middle + half):.3f}]"


def _false_claims(seed: int) -> list[str]:
    return claims(experiment(null, seed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--null-only", action="store_true", help="only what must not be found")
    options = parser.parse_args()
    total, false = options.experiments, 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for number, wrong in enumerate(pool.map(_false_claims, range(total)), 1):
            false += bool(wrong)
            for place in wrong:
                print(f"      seed {number - 1}: {place}", flush=True)
            if number % 50 == 0 or number == total:
                print(f"null: {false} of {number} experiments claim something:"
                      f" {wilson(false, number)}", flush=True)  # fmt: skip
    print(f"      goal: at most {GOAL}")
    if options.null_only:
        return
    agents_with_one = {
        one_signal: "/system",
        gated: "/system",
        one_cell: "/system",
        sometimes: "/system",
        biased: "/session",
    }
    for body, place in agents_with_one.items():
        runs, hits, others = 0, 0, 0
        few = max(1, total // 4)
        for seed in range(few):
            conclusion = experiment(body, seed)
            found = claims(conclusion)
            hits += place in found
            others += any(pointer != place for pointer in found)
            runs += len(conclusion.runs)
        print(
            f"{body.__name__}: found in {hits} of {few}: {wilson(hits, few)}; "
            f"something else claimed in {others}; {runs / few:.0f} runs each"
        )


if __name__ == "__main__":
    main()
