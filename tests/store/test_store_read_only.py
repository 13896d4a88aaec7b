"""A run store that is only looked at: it need not be writable, and nothing of it changes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from nxsl.core.errors import JournalFailed, Locked, SelectionError
from nxsl.core.run_records import EventKind, RunState
from nxsl.run.store import RunStore, lock_names
from tests.store.postgres import NOBODY, Server
from tests.store.processes import workers
from tests.store.runs import INVENTORY, begin

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_what_is_there_is_read_and_nothing_is_written(url: str) -> None:
    with RunStore.open(url) as store:
        begin(store)
        with RunStore.open(url, read_only=True) as looking:  # beside one that is at work
            assert looking.run("r1").events == store.run("r1").events
            store.append("r1", EventKind.BEFORE, "leaf1")
            assert len(looking.run("r1").events) == 2
            with pytest.raises(JournalFailed, match=r"read-?only"):
                begin(looking, "r2", inventory="/other", count=0)
        assert [each.head.id for each in store.runs()] == ["r1"]
        assert store.append("r1", EventKind.AFTER, "leaf1") == 3


@pytest.mark.parametrize("named", ["typo.sqlite", "nowhere/typo.sqlite"])
def test_a_store_that_is_not_there_is_not_made(tmp_path: Path, named: str) -> None:
    file = tmp_path / named
    assert not RunStore.is_there(str(file))
    with pytest.raises(JournalFailed, match=r"no run store at .*typo.sqlite: has a run") as caught:
        RunStore.open(str(file), read_only=True)
    assert "--store" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_a_store_gets_none(postgres: Server) -> None:
    url = postgres.new_database()
    with pytest.raises(JournalFailed, match="no run store at postgresql://"):
        RunStore.open(url, read_only=True)
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchall() == []


def test_a_file_that_is_no_store_is_told(tmp_path: Path) -> None:
    file = tmp_path / "notes.sqlite"
    file.write_text("not a database, and long enough to be looked at as one " * 20)
    with pytest.raises(JournalFailed, match="is damaged"):
        RunStore.open(str(file), read_only=True)
    file.write_bytes(b"")
    with pytest.raises(JournalFailed, match="no run store at"):
        RunStore.open(str(file), read_only=True)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that others may enter; pytest's own lets nobody in."""
    folder = Path(tempfile.mkdtemp(prefix="nxsl-store-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("folder_mode", [0o555, 0o777])
def test_a_file_that_may_only_be_read(shared: Path, folder_mode: int) -> None:
    file = shared / "runs ?#%.sqlite"  # what means something in a URL
    with RunStore.open(str(file)) as store:
        begin(store)
    file.chmod(0o444)
    shared.chmod(folder_mode)
    with workers("look", str(file), "r1") as (worker,):
        worker.say(**({"uid": NOBODY} if os.geteuid() == 0 else {}))
        assert worker.hear() == {"runs": ["r1"], "events": 1}
    assert [each.name for each in shared.iterdir()] == [file.name]


@pytest.mark.parametrize("folder_mode", [0o555, 0o755])
def test_a_file_that_is_written_to_by_somebody_else(shared: Path, folder_mode: int) -> None:
    file = shared / "runs.sqlite"
    with RunStore.open(str(file)) as store:
        begin(store)
        for each in shared.iterdir():
            each.chmod(0o444)
        shared.chmod(folder_mode)
        with workers("look", str(file), "r1") as (worker,):
            worker.say(**({"uid": NOBODY} if os.geteuid() == 0 else {}))
            assert worker.hear() == {"runs": ["r1"], "events": 1}


def test_what_was_written_while_it_was_read_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no lock can be had, the file's own state tells."""
    file = tmp_path / "runs.sqlite"
    with RunStore.open(str(file)) as store:
        begin(store)
    monkeypatch.setattr(os, "access", lambda *_: False)  # what root is never refused
    with RunStore.open(str(file), read_only=True) as looking:
        assert len(looking.runs()) == 1
        monkeypatch.undo()
        with RunStore.open(str(file)) as store:
            begin(store, "r2", inventory="/other", count=0)
        with pytest.raises(JournalFailed, match=r"written to while it was read \(try again\)"):
            looking.runs()


def test_another_place_is_named_as_this_one_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remedy(url: str | None) -> str:
        with pytest.raises(JournalFailed) as caught:
            RunStore.open(url, read_only=True)
        return caught.value.remedy

    gone = str(tmp_path / "gone.sqlite")
    assert remedy(gone).startswith("name another place with --store: ")
    assert remedy(None).startswith("name another place with --store or in NXSL_STORE: ")
    monkeypatch.setenv("NXSL_STORE", gone)
    assert remedy(None).startswith("name another place in NXSL_STORE: ")
    assert remedy(gone).startswith("name another place in NXSL_STORE: ")
    assert remedy(f"{gone}2").startswith("name another place with --store: ")


def test_who_holds_a_lock_is_told_without_taking_one(store: RunStore) -> None:
    locks = lock_names(INVENTORY, ["192.0.2.200:22"])
    store.require_free(locks)
    begin(store)
    with pytest.raises(Locked, match="inventory /srv/inventory is held by run r1") as caught:
        store.require_free(locks)
    assert "--take-over r1" in caught.value.remedy
    store.require_free(locks, run="r1")
    store.require_free(lock_names("/other", ["192.0.2.200:22"]))
    with pytest.raises(Locked, match=r"run r1 is held by .*, which still runs"):
        store.require_resumable("r1")
    store.require_resumable("r1", take_over=True)
    store.end("r1", RunState.PAUSED)
    store.require_resumable("r1")
    begin(store, "r2")
    with pytest.raises(Locked, match="is held by run r2"):
        store.require_resumable("r1")
    store.end("r2", RunState.DONE)
    with pytest.raises(SelectionError, match="run r2 has come to its end"):
        store.require_resumable("r2")
    with pytest.raises(SelectionError, match="there is no run"):
        store.require_resumable("r9")
