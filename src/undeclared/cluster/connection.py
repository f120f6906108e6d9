"""A connection to a cluster: one that is there, or one on this machine that ends with it."""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster

from undeclared.apart import uninterrupted
from undeclared.model import NotFound, UsageError

LOCAL = "local"
"""In place of an address: workers on this machine."""
LOST = 3
"""Workers that may be lost over one item; the next one that is lost gives it up."""
_SETTINGS = {
    "distributed.worker.daemon": False,  # an audit starts processes of its own
    "distributed.worker.profile.enabled": False,
    "distributed.worker.http.routes": [],
    "distributed.scheduler.http.routes": [],
    "distributed.scheduler.allowed-failures": LOST,
    "distributed.scheduler.work-stealing": False,
}
_WAIT = "20s"


@contextmanager
def connected(address: str | None, processors: int) -> Iterator[Client]:
    """A client of the cluster at `address`, or of one on this machine.

    That one has a worker for every so many processors, listens on loopback alone, and speaks TLS
    with certificates of its own: whoever can talk to a scheduler can have it run anything.
    """
    if address in (None, LOCAL):
        with _local(processors) as cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(address, timeout=_WAIT)
    except (OSError, TimeoutError) as error:
        raise NotFound(
            f"no cluster answers at {address} ({error})",
            means="nothing was started",
            next_step="Start one: dask scheduler; dask worker ADDRESS.",
        ) from error
    except (ValueError, ImportError) as error:
        raise UsageError(
            f"{address!r} is no address of a cluster ({error})",
            means="nothing was started",
            next_step="Write it as tcp://HOST:PORT or tls://HOST:PORT.",
        ) from error
    with client:
        yield client


@contextmanager
def _local(processors: int) -> Iterator[LocalCluster]:
    with (
        dask.config.set(_SETTINGS),
        tempfile.TemporaryDirectory(prefix="undeclared-") as folder,
    ):
        with uninterrupted():
            cluster = LocalCluster(
                n_workers=max(1, (os.cpu_count() or 1) // processors),
                threads_per_worker=processors,
                host="127.0.0.1",
                security=True,
                dashboard_address="127.0.0.1:0",
                worker_dashboard_address="127.0.0.1:0",
                memory_limit=0,  # what takes memory is in processes of their own
                silence_logs=logging.CRITICAL,
                local_directory=folder,
            )
        with cluster:
            yield cluster
