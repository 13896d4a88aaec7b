"""Opens the run store's database for reading alone: nothing is made, nothing need be writable."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, inspect

from nxsl.core.errors import JournalFailed
from nxsl.run import _schema
from nxsl.run._database import BUSY, check_file, postgres, require_version, usable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from nxsl.run._database import Place


def open_to_read(place: Place) -> tuple[Engine, Callable[[], bool]]:
    """Connect to a store that is there.

    Returns:
        The engine, and what tells whether something may have been read that was being changed.

    Raises:
        JournalFailed: there is none, or it cannot be read; the message says where and why.
        MissingExtra: PostgreSQL is asked for, and its driver is not installed.
    """
    engine, torn = _sqlite(place, place.file) if place.file else (_postgres(place), _never)
    with usable(engine, place):
        if place.file:
            check_file(engine, place)
        with engine.connect() as connection:
            known = inspect(connection).has_table(_schema.STORE.name)
        if not known:
            raise _none(place)
        require_version(engine, place)
    return engine, torn


def is_there(place: Place) -> bool:
    """Whether there is a file; what is in a database, only opening it can tell.

    Raises:
        JournalFailed: it may not be looked for.
    """
    return place.file is None or bool(_state(place, place.file))


def _none(place: Place) -> JournalFailed:
    return JournalFailed(
        f"no run store at {place.shown}: has a run been made?", remedy=place.elsewhere
    )


def _never() -> bool:
    return False


def _sqlite(place: Place, file: Path) -> tuple[Engine, Callable[[], bool]]:
    if not _state(place, file):
        raise _none(place)
    address, torn = f"{file.as_uri()}?mode=ro", _never
    log = file.with_name(f"{file.name}-wal")
    ours = all(os.access(each, os.R_OK | os.W_OK) for each in (file, file.parent))
    if not ours and not log.exists():
        # SQLite would make its log beside the file, which it may not, or which would be ours in
        # another's place. Without a log all is in the file, which a writer leaves alone at first.
        address += "&immutable=1"
        known = _state(place, file)

        def torn() -> bool:
            return _state(place, file) != known

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(address, uri=True, timeout=BUSY, check_same_thread=False)
        connection.isolation_level = None  # or the driver would begin transactions by itself
        return connection

    engine = create_engine(place.url, creator=connect, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:  # noqa: ANN401
        connection.exec_driver_sql("BEGIN")

    return engine, torn


def _state(place: Place, file: Path) -> tuple[int, ...]:
    """What tells one state of a file from a later one; nothing where there is no file."""
    try:
        found = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise JournalFailed(
            f"the run store {file} cannot be read: {error.strerror}", remedy=place.elsewhere
        ) from None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _postgres(place: Place) -> Engine:
    engine = postgres(place)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.cursor().execute("SET default_transaction_read_only = on")
        connection.commit()

    return engine
