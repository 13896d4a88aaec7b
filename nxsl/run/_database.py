"""Opens the run store's database, safe for many threads and processes, or says what is wrong."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_state_path
from sqlalchemy import URL, Engine, create_engine, event, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from nxsl.core.errors import JournalFailed, MissingExtra
from nxsl.core.secret import redact
from nxsl.run import _schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection

VARIABLE = "NXSL_STORE"
WRITES = "nxsl_writes"
"""The execution option of connections that write: SQLite then locks at the transaction's begin."""

BUSY = 30.0
"""Seconds to wait for another process that writes."""
_SCHEMA_LOCK = 0x6E78736C
_IN_URL = ("password", "sslpassword")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run store is.

    Attributes:
        url: for SQLAlchemy; may hold a password.
        file: of SQLite; None for PostgreSQL.
        shown: for people, without a password.
        elsewhere: how another place is named.
    """

    url: URL = field(repr=False)
    file: Path | None
    shown: str
    elsewhere: str

    def words(self, error: BaseException) -> str:
        """What a database says, in one line and without the password."""
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        said = " ".join(str(cause).split()) or type(cause).__name__
        query = (str(self.url.query.get(name, "")) for name in _IN_URL)
        return redact(said, sorted({str(self.url.password or ""), *query}, key=len, reverse=True))


def default_url() -> str:
    """$NXSL_STORE, or a SQLite file of this user on this machine."""
    return os.environ.get(VARIABLE, "").strip() or str(_own_file())


def _own_file() -> Path:
    return user_state_path("nxsl", appauthor=False) / "runs.sqlite"


def place_of(given: str | None) -> Place:
    """What a URL, or the path of a SQLite file, means; without one the default is taken.

    Raises:
        JournalFailed: it means nothing that nxsl can use.
    """
    named, elsewhere = given or default_url(), _elsewhere(given)
    if "://" not in named:
        return _file_place(Path(named).expanduser(), elsewhere)
    try:
        url = make_url(named)
    except (ArgumentError, ValueError):
        raise JournalFailed("the run store's URL cannot be read", remedy=elsewhere) from None
    kind = url.get_backend_name()
    if kind == "sqlite":
        if not url.database or url.database.startswith((":memory:", "file:")):
            raise JournalFailed("a run store in memory would not outlive the run", remedy=elsewhere)
        return _file_place(Path(url.database).expanduser(), elsewhere)
    if kind in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
        host = f"{url.host or url.query.get('host', '')}{f':{url.port}' if url.port else ''}"
        user = f"{url.username}@" if url.username else ""
        return Place(url, None, f"postgresql://{user}{host}/{url.database or ''}", elsewhere)
    raise JournalFailed(f"a run store cannot be in {kind}", remedy=elsewhere)


def _elsewhere(given: str | None) -> str:
    """How to name another place: in the way in which this one was named."""
    variable = os.environ.get(VARIABLE, "").strip()
    if given and given.strip() != variable:
        how = "with --store"
    else:
        how = f"in {VARIABLE}" if variable else f"with --store or in {VARIABLE}"
    return f"name another place {how}: a file, or a URL of PostgreSQL"


def _file_place(file: Path, elsewhere: str) -> Place:
    path = file.absolute()
    return Place(URL.create("sqlite", database=str(path)), path, str(path), elsewhere)


def open_database(place: Place) -> Engine:
    """Connect, and make the schema where there is none.

    Raises:
        JournalFailed: it cannot be used; the message says where it is and why.
        MissingExtra: PostgreSQL is asked for, and its driver is not installed.
    """
    engine = _sqlite(place, place.file) if place.file else postgres(place)
    with usable(engine, place):
        if place.file:
            check_file(engine, place)
            _write_ahead(engine, place)
        with engine.connect() as connection:
            known = inspect(connection).has_table(_schema.STORE.name)
        if not known:
            _make_schema(engine)
        require_version(engine, place)
    return engine


@contextlib.contextmanager
def usable(engine: Engine, place: Place) -> Iterator[None]:
    """Let go of a database that is of no use after all, and say why it is not."""
    try:
        yield
    except BaseException as error:
        engine.dispose()
        if isinstance(error, SQLAlchemyError | sqlite3.Error | OSError):
            raise JournalFailed(
                f"the run store {place.shown} cannot be used: {place.words(error)}",
                remedy=place.elsewhere,
            ) from error
        raise


def _sqlite(place: Place, file: Path) -> Engine:
    _make_file(file, place.elsewhere)
    engine = create_engine(place.url, connect_args={"timeout": BUSY}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # or the driver would begin transactions by itself
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: through the disk's own cache as well
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_file(file: Path, elsewhere: str) -> None:
    """Make an empty file for its owner alone; SQLite gives the same mode to those beside it."""
    try:
        if file == _own_file():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            with contextlib.suppress(FileExistsError):  # another process was quicker
                os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        for needed in (file, file.parent):
            if not os.access(needed, os.R_OK | os.W_OK):
                raise PermissionError(None, f"{needed} cannot be written to")
    except OSError as error:
        why = error.strerror or str(error)
        raise JournalFailed(
            f"the run store {file} cannot be used: {why}", remedy=elsewhere
        ) from None


def check_file(engine: Engine, place: Place) -> None:
    """See that the file is whole and one of nxsl's."""
    damaged = ""
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
            damaged = "" if found == "ok" else str(found)
            names = set(inspect(connection).get_table_names())
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorname", "")
        if code.partition("_EX")[0] not in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
            raise
        damaged = place.words(error)
    if damaged:
        raise JournalFailed(
            f"the run store {place.shown} is damaged: {' '.join(damaged.split())}",
            remedy="put back a copy of it, or move it away to start with an empty one",
        )
    if names and _schema.STORE.name not in names:
        raise JournalFailed(
            f"{place.shown} is a database, and no run store", remedy=place.elsewhere
        )


def _write_ahead(engine: Engine, place: Place) -> None:
    """Switch to a write-ahead log, so that readers do not wait for the writer."""
    if _mode(engine) != "wal":
        raise JournalFailed(
            f"the file system of {place.shown} cannot hold a run store", remedy=place.elsewhere
        )


def _mode(engine: Engine) -> str:
    """The journal's mode; SQLite does not wait by itself where two want to switch it at once."""
    deadline = time.monotonic() + BUSY
    while True:
        raw = engine.raw_connection()
        try:
            return str(raw.cursor().execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        finally:
            raw.close()
        time.sleep(0.01)


def postgres(place: Place) -> Engine:
    """The engine of a database of PostgreSQL."""
    try:
        engine = create_engine(
            place.url,
            pool_pre_ping=True,  # a run may rest for an hour between two waves
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "tcp_user_timeout": 20_000},
        )
    except ImportError:
        raise MissingExtra(
            "a run store in PostgreSQL needs psycopg", remedy="pip install 'nxsl[postgres]'"
        ) from None

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:  # noqa: ANN401
        cursor = connection.cursor()
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] == "off":  # or what `append` returned for could be lost
            cursor.execute("SET synchronous_commit = on")
        cursor.execute("SET lock_timeout = '30s'")
        cursor.execute("SET statement_timeout = '60s'")
        connection.commit()

    return engine


def require_version(engine: Engine, place: Place) -> None:
    """Refuse a schema that is not this nxsl's."""
    with engine.connect() as connection:
        versions = connection.execute(select(_schema.STORE.c.version)).scalars().all()
    if versions != [_schema.VERSION]:
        found = ", ".join(map(str, versions)) or "none"
        raise JournalFailed(
            f"the run store {place.shown} has schema {found}, this nxsl knows {_schema.VERSION}",
            remedy=f"use the nxsl that made it, or {place.elsewhere}",
        )


def _make_schema(engine: Engine) -> None:
    """Make the tables, in one transaction, and once where many processes begin together."""
    with engine.execution_options(**_writes()).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})"))
        if inspect(connection).has_table(_schema.STORE.name):
            return
        _schema.METADATA.create_all(connection)
        connection.execute(
            _schema.STORE.insert().values(version=_schema.VERSION, made_at=datetime.now(UTC))
        )


def _writes() -> Mapping[str, Any]:
    return {WRITES: True}


def moved(place: Place) -> Callable[[], bool]:
    """Whether a SQLite file is no longer the one it was: what is written to it then is lost."""
    file = place.file
    if file is None:
        return lambda: False
    kept = _identity(file)
    return lambda: _identity(file) != kept


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
