"""Every test of the store is run twice: over SQLite, and over a real PostgreSQL."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import postgres
import psycopg
import pytest
from sqlalchemy.engine import make_url

from undeclared.store import AuditStore


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a running PostgreSQL, one for each process of pytest."""
    binaries = postgres.programs()
    if binaries is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed (apt-get install postgresql)")
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with postgres.server(binaries) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A place for a store, in which there is nothing yet."""
    if request.param == "sqlite":
        yield tmp_path / "store"
        return
    url = make_url(request.getfixturevalue("server"))
    name = f"store_{uuid.uuid4().hex}"
    address = f"host={url.query['host']} user={url.username} dbname=postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield url.set(database=name).render_as_string()
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def store(where: Path | str) -> AuditStore:
    """A new store."""
    return AuditStore(where)
