"""What the transactions of the run store have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from nxsl.run import _queries
from nxsl.run._schema import EVENTS, RUNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, RowMapping

    from nxsl.core.plain import Plain
    from nxsl.core.run_records import EventKind


def note(
    connection: Connection,
    run: str,
    number: int,
    kind: EventKind,
    data: Mapping[str, Plain],
    host: str = "",
) -> None:
    """Note an event."""
    row = {"run": run, "number": number, "at": datetime.now(UTC), "kind": kind.value}
    connection.execute(EVENTS.insert(), row | {"host": host, "data": dict(data)})


def held_row(connection: Connection, run: str) -> RowMapping:
    """A run's row, which nobody else can change before this transaction has ended."""
    found = connection.execute(select(RUNS).where(RUNS.c.id == run).with_for_update())
    row = found.mappings().first()
    if row is None:
        raise _queries.no_such_run(connection, run)
    return row
