"""The registry and the cache of a test."""

import pytest
from npm_registry import npm_registry

from undeclared.acquire import Cache, npm


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """An empty registry, and npm set up for it."""
    with npm_registry(tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def no_npm(monkeypatch):
    """Fail the test if npm is started."""

    def started():
        raise AssertionError("npm was started")

    def forbid():
        monkeypatch.setattr(npm, "_client", started)

    return forbid
