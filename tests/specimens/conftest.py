"""Fixtures: the public specimens, a sample of the generated ones, their receiver, the oracle."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from generator.population import Program, programs
from generator.writing import write
from oracle import FOLDERS, SPECIMENS, Shown, run, sandbox


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="session")
def receiver() -> ModuleType:
    spec = importlib.util.spec_from_file_location("receiver", SPECIMENS / "server/receiver.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def population() -> list[Program]:
    return programs(0)


@pytest.fixture(scope="session")
def sample(population: list[Program], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A fixed few of the generated ones, over all kinds of channel."""
    place = tmp_path_factory.mktemp("specimens")
    chosen = [own for own in population if own.package == ""][::47]
    for own in chosen:
        write(own, place)
    return [place / own.id for own in chosen]


@pytest.fixture(scope="session")
def sealed() -> None:
    """Skip where this machine cannot hold a sandbox; fail where it must be able to."""
    missing = [name for name in ("bwrap", "node", "openssl") if shutil.which(name) is None]
    reason = ", ".join(f"no {name} here" for name in missing)
    if not reason:
        probe = [*sandbox({}), "/usr/bin/true"]
        reason = subprocess.run(probe, capture_output=True, text=True, check=False).stderr.strip()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"CI must be able to run specimens: {reason}")
    if reason:
        pytest.skip(f"no sealed sandbox here: {reason}")


@pytest.fixture(scope="session")
def oracle(sealed: None, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], list[Shown]]:
    """What a specimen shows in every environment; run once per specimen and session."""
    known: dict[Path, list[Shown]] = {}

    def ask(folder: Path) -> list[Shown]:
        if folder not in known:
            known.update(run([folder], tmp_path_factory.mktemp(folder.name)))
        return known[folder]

    return ask
