"""What the tests of the run store share: both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nxsl.run.store import RunStore
from tests.store.postgres import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server; one for each process of the tests, so that they need not know of each other."""
    server = Server.start("fsync=off")  # the machine is not going to lose its power
    yield server
    server.stop()


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store's place, in each of the databases."""
    if request.param == "sqlite":
        return str(tmp_path / "runs.sqlite")
    server: Server = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def store(url: str) -> Iterator[RunStore]:
    """An empty store."""
    with RunStore.open(url) as opened:
        yield opened
