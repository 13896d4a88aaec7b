"""What happens where the run store cannot be written: it is said, and nothing is noted after it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import sqlalchemy as sa

from nxsl.core.errors import JournalFailed, MissingExtra
from nxsl.core.run_records import EventKind, RunState
from nxsl.run._database import place_of
from nxsl.run.store import RunStore, default_url, holder
from tests.store.postgres import NOBODY, Server
from tests.store.processes import Worker, workers
from tests.store.runs import begin, head
from tests.store.worker import BALLAST

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_A_SMALL_FILE_SYSTEM = (
    'mount -t tmpfs -o size=400k tmpfs "$0" && head -c 100k /dev/zero > "$0/$1" && shift '
    '&& exec "$@"'
)


def require_failed_for_good(store: RunStore, said: str) -> None:
    """Every way to write is closed, and reading is not."""
    calls: tuple[Any, ...] = (
        lambda: store.append("r1", EventKind.AFTER, "leaf1"),
        lambda: store.put_host("r1", store.run("r1").hosts[0], EventKind.OUTCOME),
        lambda: store.end("r1", RunState.BROKEN),
        lambda: store.begin(head("r2"), "", (), locks=()),
        lambda: store.resume("r1", holder(), take_over=True),
        lambda: store.take_over("r1", holder()),
        lambda: store.keep_plan("p1", "abc", ""),
    )
    for call in calls:
        with pytest.raises(JournalFailed, match=f"nothing more is noted: .*{said}"):
            call()
    assert [each.number for each in store.run("r1").events] == [1, 2]


def fail_and_mend(store: RunStore, said: str, fail: str, mend: str) -> None:
    """Let one connection's writes fail; mended, the store still takes nothing."""
    begin(store)
    store.append("r1", EventKind.BEFORE, "leaf1")
    with store._engine.connect() as connection:  # there is one, as nothing is done at once
        connection.execute(sa.text(fail))
    with pytest.raises(JournalFailed, match=said) as caught:
        store.append("r1", EventKind.BEFORE, "leaf1", text="x" * 20_000)
    assert store.where in str(caught.value)
    assert caught.value.remedy == "mend that, then: nxsl resume ID"
    assert caught.value.__cause__ is not None
    with store._engine.connect() as connection:
        connection.execute(sa.text(mend))
    require_failed_for_good(store, said)
    with RunStore.open(store.where) as later:  # the control: it was only the store that would not
        later.resume("r1", holder(), take_over=True)
        assert later.append("r1", EventKind.BEFORE, "leaf1", text="x" * 20_000) == 4


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[RunStore]:
    """An empty SQLite store."""
    with RunStore.open(str(tmp_path / "runs.sqlite")) as opened:
        yield opened


def test_no_page_left(sqlite: RunStore) -> None:
    full = "database or disk is full"
    fail_and_mend(sqlite, full, "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000")


def test_read_only_from_some_moment_on(sqlite: RunStore) -> None:
    said = "attempt to write a readonly database"
    fail_and_mend(sqlite, said, "PRAGMA query_only = 1", "PRAGMA query_only = 0")


def require_full(worker: Worker, *said: str) -> None:
    """What was told before the shortage is there; nothing came after it, room or not."""
    told = []
    while "failures" not in (heard := worker.hear()):
        told.append(heard["number"])
    assert len(told) > 3
    assert told == list(range(2, len(told) + 2))
    assert heard["kept"] == [1, *told]
    first, *later = heard["failures"]
    assert any(each in first for each in said), first
    assert all(each.startswith("nothing more is noted: ") for each in later)
    assert worker.hear() == {"control": 2}


def test_no_file_may_grow_any_more(tmp_path: Path) -> None:
    with workers("full", str(tmp_path / "runs.sqlite"), "r1") as (worker,):
        worker.say(limit=300_000)
        require_full(worker, "disk I/O error", "database or disk is full")


def can_mount() -> bool:
    """Whether this user may have a file system of his own; root may, and so may many others."""
    mount = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not can_mount(), reason="no file system may be mounted; the others still run")
def test_a_full_file_system(tmp_path: Path) -> None:
    """A real one; only the process sees it, and it goes with that."""
    shell = ("unshare", "--map-root-user", "--mount", "sh", "-c", IN_A_SMALL_FILE_SYSTEM)
    worker = Worker("full", str(tmp_path / "runs.sqlite"), "r1", *shell, str(tmp_path), BALLAST)
    try:
        assert worker.hear() == {"ready": True}
        worker.say()
        require_full(worker, "database or disk is full")
    finally:
        worker.close()
    assert not list(tmp_path.iterdir())


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that others may enter; pytest's own lets nobody in."""
    folder = Path(tempfile.mkdtemp(prefix="nxsl-store-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("there", [False, True])
def test_a_place_that_may_not_be_written_to(shared: Path, *, there: bool) -> None:
    file = shared / "runs.sqlite"
    if there:
        with RunStore.open(str(file)) as store:
            begin(store, "r0")
        file.chmod(0o444)
    shared.chmod(0o555)
    with workers("begin", str(file), "r1") as (worker,):
        worker.say(**({"uid": NOBODY} if os.geteuid() == 0 else {}))
        told = worker.hear()
    assert told["error"] == "JournalFailed"
    assert f"the run store {file} cannot be used: " in told["text"]
    assert "name another place with --store: a file" in told["text"]
    shared.chmod(0o777)
    with workers("begin", str(shared / "other.sqlite"), "r1") as (worker,):  # the control
        worker.say(**({"uid": NOBODY} if os.geteuid() == 0 else {}))
        assert worker.hear() == {"held": "r1"}


def test_a_file_that_was_removed_or_replaced(sqlite: RunStore, tmp_path: Path) -> None:
    """SQLite would go on writing to a file that nobody finds again."""
    begin(sqlite)
    file = tmp_path / "runs.sqlite"
    file.rename(tmp_path / "old")
    with pytest.raises(JournalFailed, match=r"runs.sqlite cannot be written: .*moved or removed"):
        sqlite.append("r1", EventKind.BEFORE)
    shutil.copy(tmp_path / "old", file)
    with pytest.raises(JournalFailed, match=r"nothing more is noted: .*moved or removed"):
        sqlite.append("r1", EventKind.BEFORE)


@pytest.mark.parametrize("damage", ["header", "page", "half"])
def test_a_damaged_file(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "runs.sqlite"
    with RunStore.open(str(file)) as store:
        begin(store, count=300)
    content = bytearray(file.read_bytes())
    assert content.startswith(b"SQLite format 3")
    match damage:
        case "header":
            content[:100] = b"\xff" * 100
        case "page":
            content[4096 * 9 :] = b"\xff" * (len(content) - 4096 * 9)
        case "half":
            del content[len(content) // 2 :]
    file.write_bytes(content)
    with pytest.raises(JournalFailed, match="is damaged: ") as caught:
        RunStore.open(str(file))
    assert str(file) in str(caught.value)
    assert caught.value.remedy.startswith("put back a copy of it, or move it away")
    assert file.read_bytes() == content


@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_an_empty_file_that_another_process_is_at(tmp_path: Path, lock: str) -> None:
    """Two that make the same store at once; SQLite itself would not always wait."""
    file = tmp_path / "runs.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute(lock)
    timer = threading.Timer(0.3, other.execute, ("COMMIT",))
    timer.start()
    with RunStore.open(str(file)) as store:
        begin(store)
    timer.join()
    other.close()


def test_a_database_of_something_else(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE songs (name)")
    connection.close()
    with pytest.raises(JournalFailed, match=r"other.sqlite is a database, and no run store"):
        RunStore.open(str(file))
    with sqlite3.connect(file) as connection:
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert names == [("songs",)]


def test_the_usual_place_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("NXSL_STORE", raising=False)
    mask = os.umask(0)
    try:
        with RunStore.open() as store:
            begin(store)
            folder = tmp_path / "state" / "nxsl"
            assert store.where == default_url() == str(folder / "runs.sqlite")
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}
    finally:
        os.umask(mask)
    assert modes == dict.fromkeys(("runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm"), 0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_place_of_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXSL_STORE", f"sqlite:///{tmp_path}/a.sqlite")
    with RunStore.open() as store:
        assert store.where == str(tmp_path / "a.sqlite")
    monkeypatch.setenv("NXSL_STORE", "~/b.sqlite")
    monkeypatch.setenv("HOME", str(tmp_path))
    with RunStore.open() as store:
        assert store.where == str(tmp_path / "b.sqlite")
        with store._engine.connect() as connection:
            pragmas = {
                name: connection.execute(sa.text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        full = 2
        assert pragmas == {
            "journal_mode": "wal",
            "synchronous": full,
            "foreign_keys": 1,
            "busy_timeout": 30_000,
        }


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("mysql://db.example.com/nxsl", "a run store cannot be in mysql"),
        ("postgresql://[::1/nxsl", "the run store's URL cannot be read"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("/nowhere/at/all/runs.sqlite", "/nowhere/at/all/runs.sqlite cannot be used: No such file"),
    ],
)
def test_places_that_are_none(named: str, said: str) -> None:
    with pytest.raises(JournalFailed, match=said) as caught:
        RunStore.open(named)
    assert "--store" in caught.value.remedy


def test_no_password_is_shown(tmp_path: Path) -> None:
    secret = "s3cr3t-Passw0rd"
    for named in (
        f"postgresql://ops:{secret}@/runs?host={tmp_path}",
        f"postgresql://ops@/runs?host={tmp_path}&password={secret}",
    ):
        assert secret not in repr(place_of(named))
        with pytest.raises(JournalFailed, match="cannot be used: ") as caught:
            RunStore.open(named)
        error: BaseException | None = caught.value
        while error is not None:
            assert secret not in f"{error!s}{error!r}"
            error = error.__cause__
    place = place_of(f"postgresql://ops:{secret}@db.example.com:5433/runs?password=x{secret}")
    assert place.shown == "postgresql://ops@db.example.com:5433/runs"
    assert place.words(ValueError(f"for {secret}: x{secret}")) == "for ********: ********"


def test_without_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install 'nxsl\[postgres\]'"):
        RunStore.open("postgresql://ops@db.example.com/runs")


def test_a_server_that_has_gone() -> None:
    server = Server.start()
    try:
        store = RunStore.open(server.new_database())
        begin(store)
    finally:
        server.stop()
    with store:
        with pytest.raises(JournalFailed, match="cannot be written"):
            store.append("r1", EventKind.BEFORE)
        with pytest.raises(JournalFailed, match="nothing more is noted"):
            store.append("r1", EventKind.BEFORE)
        with pytest.raises(JournalFailed, match="cannot be read"):
            store.runs()


REFUSALS = {
    "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
    "'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$; "
    "CREATE TRIGGER t BEFORE INSERT ON nxsl_events EXECUTE FUNCTION full_disk()": (
        "DROP TRIGGER t ON nxsl_events",
        "could not extend file: No space left on device",
    ),
    "ALTER ROLE clerk SET default_transaction_read_only = on": (
        "ALTER ROLE clerk RESET default_transaction_read_only",
        "cannot execute UPDATE in a read-only transaction",
    ),
    "REVOKE INSERT ON nxsl_events FROM clerk": (
        "GRANT INSERT ON nxsl_events TO clerk",
        "permission denied for table nxsl_events",
    ),
}


@pytest.mark.parametrize("fail", REFUSALS)
def test_a_server_that_refuses(postgres: Server, fail: str) -> None:
    """Also that idle sessions may be closed, as firewalls do between two waves."""
    mend, said = REFUSALS[fail]
    url = postgres.new_database()
    database = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    RunStore.open(url).close()
    role = "DO $$ BEGIN CREATE ROLE clerk LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"
    postgres.execute(role)
    postgres.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk", database)

    def close_sessions() -> None:
        postgres.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = 'clerk'",
            database,
        )

    with RunStore.open(url.replace("nxsl@", "clerk@")) as store:
        begin(store)
        close_sessions()
        assert store.append("r1", EventKind.BEFORE) == 2
        postgres.execute(fail, database)
        close_sessions()
        with pytest.raises(JournalFailed, match=said):
            store.append("r1", EventKind.BEFORE)
        postgres.execute(mend, database)
        close_sessions()
        require_failed_for_good(store, said)
    with RunStore.open(url) as later:
        assert later.resume("r1", holder(), take_over=True).events[-1].number == 3


def test_a_server_that_would_lose_what_it_said(postgres: Server) -> None:
    url = postgres.new_database()
    database = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    postgres.execute(f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    with RunStore.open(url) as store, store._engine.connect() as connection:
        assert connection.execute(sa.text("SHOW synchronous_commit")).scalar_one() == "on"


def test_nxsl_alone_does_not_load_the_database() -> None:
    code = "import sys, nxsl, nxsl.core.run_records; print('sqlalchemy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
    code = code.replace("nxsl.core.run_records", "nxsl.run.store")  # the control
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "True\n"
