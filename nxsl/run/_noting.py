"""What the transactions of the run store have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from nxsl.core.errors import JournalFailed
from nxsl.run import _queries, _rows
from nxsl.run._schema import EVENTS, HOSTS, RUNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

    from nxsl.core.plain import Plain
    from nxsl.core.run_records import EventKind, HostEntry

# Made once: to make and to analyse a statement costs more than to run it.
_ADVANCE = (
    update(RUNS)
    .where(RUNS.c.id == bindparam("of"), RUNS.c.fence != "", RUNS.c.fence == bindparam("held_by"))
    .values(events=RUNS.c.events + bindparam("more"))
    .returning(RUNS.c.events)
)
_NOTE = EVENTS.insert()
_PUT = (
    update(HOSTS)
    .where(HOSTS.c.run == bindparam("of"), HOSTS.c.host == bindparam("name"))
    .values({name: bindparam(name) for name in _rows.HOST_COLUMNS if name != "host"})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An event to be noted, and how it leaves its host.

    Attributes:
        kind: of the event.
        host: its host; empty where the run as a whole is concerned.
        data: the rest of the event.
        entry: how the host stands from then on; None where that stays.
    """

    kind: EventKind
    host: str = ""
    data: Mapping[str, Plain] = field(default_factory=dict)
    entry: HostEntry | None = None


def note(
    connection: Connection,
    run: str,
    number: int,
    kind: EventKind,
    data: Mapping[str, Plain],
    host: str = "",
) -> None:
    """Note an event."""
    connection.execute(_NOTE, _row(run, number, Note(kind=kind, host=host, data=data)))


def _row(run: str, number: int, each: Note) -> _rows.Row:
    return {
        "run": run,
        "number": number,
        "at": datetime.now(UTC),
        "kind": each.kind.value,
        "host": each.host,
        "data": dict(each.data),
    }


def advance(connection: Connection, run: str, fence: str, *, more: int = 1) -> int:
    """Make room for so many events; proves that whoever knows this fence still holds the run.

    Returns:
        The number of the last of them.

    Raises:
        JournalFailed: it is not held, or by somebody else.
    """
    number = connection.scalar(_ADVANCE, {"of": run, "held_by": fence, "more": more})
    if number is None:
        row = connection.execute(select(RUNS).where(RUNS.c.id == run)).mappings().first()
        if row is None or not fence:
            raise JournalFailed(f"run {run} is not held by this process")
        raise JournalFailed(
            f"run {run} was taken over by {row['taken_by']}",
            remedy="see how it stands: nxsl runs show " + run,
        )
    return int(number)


def note_all(connection: Connection, run: str, fence: str, notes: Sequence[Note]) -> int:
    """Note events, and how they leave their hosts.

    Returns:
        The number of the last of them.

    Raises:
        JournalFailed: the run is not held, or has no such host.
    """
    last = advance(connection, run, fence, more=len(notes))
    for each in notes:
        if each.entry is not None:
            row = _rows.host_row(each.entry)
            row["updated_at"] = row["updated_at"] or datetime.now(UTC)
            found = connection.execute(_PUT, {"of": run, "name": row.pop("host"), **row})
            if found.rowcount != 1:
                raise JournalFailed(f"run {run} has no host {each.entry.host}")
    first = last - len(notes) + 1
    connection.execute(_NOTE, [_row(run, first + at, each) for at, each in enumerate(notes)])
    return last


def held_row(connection: Connection, run: str) -> RowMapping:
    """A run's row, which nobody else can change before this transaction has ended."""
    found = connection.execute(select(RUNS).where(RUNS.c.id == run).with_for_update())
    row = found.mappings().first()
    if row is None:
        raise _queries.no_such_run(connection, run)
    return row
