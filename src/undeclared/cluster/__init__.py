"""Independent work spread over workers: here, or on the machines of a Dask cluster.

Versions, agents and environments that do not depend on each other are audited at the same time.
Whatever is measured goes to the store of the worker that measured it, before anybody hears of it;
the work that a lost worker had begun is done again by another.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from distributed import Client, Future, KilledWorker, wait

from undeclared.apart import Named
from undeclared.cluster.connection import connected
from undeclared.cluster.workers import (
    RESOURCE,
    Ended,
    Examined,
    Verdict,
    by_doctor,
    carry_out,
    interrupt,
    reason,
)
from undeclared.model import Frozen, Incomplete, LabUnavailable, UndeclaredError

if TYPE_CHECKING:
    from undeclared.experiment import Watch

__all__ = ["run_many"]

Item = TypeVar("Item", bound=Frozen)
Result = TypeVar("Result", bound=Frozen)

TICK = 2.0
"""Seconds after which it is looked again whether workers are left."""
PATIENCE = 30
"""Times that no worker may be found before the rest is given up."""


def run_many(
    work: "Callable[[Item, Watch], Result]",
    items: Sequence[Item],
    watch: "Watch",
    *,
    cluster: str | None = None,
    processors: int = 1,
    label: Callable[[Item], str] | None = None,
    verdict: "Callable[[Frozen, Watch], Verdict] | None" = None,
) -> Iterator[tuple[Item, Result | UndeclaredError]]:
    """Do the same work with each item on workers; yield what came of it as it ends, each once.

    `cluster` is the address of a Dask scheduler (`tcp://…`, `tls://…`); without it, or with
    `local`, workers are started on this machine and end with this call. `work` is found by its
    name on the worker; each item is done in a process of its own and takes as many `processors` of
    the worker as that. Work that raises an UndeclaredError yields it, as Incomplete; any other
    error is a bug, raised here. `label` says whose progress `watch` is told of. `verdict` is what a
    worker asks itself before its first work; without it, whether it can run a lab.

    Raises LabUnavailable where no worker can, and NotFound where there is no such cluster. A
    KeyboardInterrupt is handed on to what is at work: what ends in order is yielded, and
    KeyboardInterrupt is raised last.
    """
    if not items:
        return
    with connected(cluster, processors) as client:
        _examined(client, watch, verdict)
        topic = f"undeclared-{uuid.uuid4().hex}"
        client.subscribe_topic(topic, _heard(items, watch, label))
        waiting = {
            client.submit(
                carry_out, work, item, number, topic,
                key=f"{topic}-{number}", pure=False, resources={RESOURCE: processors},
            ): item
            for number, item in enumerate(items)
        }  # fmt: skip
        try:
            yield from _ended(client, waiting)
        finally:
            with suppress(Exception):  # the cluster may be gone, and the result is what counts
                client.unsubscribe_topic(topic)
                client.cancel(list(waiting))


def _ended(
    client: Client, waiting: "dict[Future[Ended], Item]"
) -> Iterator[tuple[Item, Result | UndeclaredError]]:
    interrupted = False
    lonely = 0
    while waiting:
        try:
            done = _some(waiting)
            lonely = 0 if done or _able(client) else lonely + 1
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            client.run(interrupt, on_error="ignore")
            continue
        for future in done:
            item = waiting.pop(future)
            result: Result | UndeclaredError | None = _result(future)
            if result is None:
                interrupted = True
            else:
                yield item, result
        if lonely >= PATIENCE:
            for item in waiting.values():
                yield item, _lost("no worker is left")
            return
    if interrupted:
        raise KeyboardInterrupt


def _some(waiting: "dict[Future[Ended], Item]") -> "list[Future[Ended]]":
    """Those that have ended; it waits a little for the first."""
    with suppress(TimeoutError):
        wait(list(waiting), timeout=TICK, return_when="FIRST_COMPLETED")
    return [future for future in waiting if future.done()]


def _result(future: "Future[Ended]") -> Any:  # noqa: ANN401 - what `work` returns
    """What came of it; None if it was interrupted."""
    try:
        ended: Ended = future.result()
    except KilledWorker as error:
        return _lost(f"{error.allowed_failures + 1} workers were lost over it")
    except CancelledError:
        return _lost("the cluster let go of it")
    return ended.outcome()


def _lost(why: str) -> Incomplete:
    return Incomplete(
        f"the work did not come to an end: {why}",
        means="the runs up to then are kept where they were made",
        next_step="Free some memory if workers ran out of it, and start the same command again.",
    )


def _able(client: Client) -> bool:
    """Whether there is a worker that may be given work."""
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return any(own["resources"].get(RESOURCE) for own in workers)


def _examined(
    client: Client, watch: "Watch", verdict: "Callable[[Frozen, Watch], Verdict] | None"
) -> None:
    """Have each worker examine itself; those that cannot work are left out, with the reason."""
    client.register_plugin(Examined(verdict or by_doctor))
    reasons = client.run(reason)
    for address, why in reasons.items():
        if why:
            watch.say(f"worker {address} is left out: {why}")
    if not reasons:
        raise LabUnavailable(
            "the cluster has no worker",
            means="nothing was started",
            next_step="Start some: dask worker ADDRESS.",
        )
    if all(reasons.values()):
        raise LabUnavailable(
            f"no worker can run a lab: {next(iter(reasons.values()))}",
            means="nothing was started",
            next_step="Run `undeclared doctor` on the machine of a worker.",
        )


def _heard(
    items: Sequence[Item], watch: "Watch", label: Callable[[Item], str] | None
) -> Callable[[tuple[float, Any]], None]:
    """Tells `watch` what a worker says of its progress."""
    told = [Named(watch, label(own)) if label else watch for own in items]

    def hear(event: tuple[float, Any]) -> None:
        _, (number, said) = event
        match said:
            case [str(text)]:
                told[number].say(text)
            case [str(stage), int(done), int(total)]:
                told[number].advance(stage, done, total)

    return hear
