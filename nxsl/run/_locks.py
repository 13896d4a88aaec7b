"""The locks of runs: rows with a name that can be there once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from nxsl.core.errors import SelectionError
from nxsl.core.run_records import RunState
from nxsl.run._holders import Life, life_of, locked
from nxsl.run._rows import HOLDER, holder_of
from nxsl.run._schema import LOCKS, RUNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

    from nxsl.core.errors import Locked

_RESUMABLE = (RunState.RUNNING, RunState.PAUSED, RunState.STOPPED, RunState.BROKEN)

_AT_ONCE = 500
"""Names in one query; both databases have a limit."""


def take(connection: Connection, run: str, names: Sequence[str]) -> None:
    """Take all locks of a run that nobody holds, or itself.

    Everybody takes them in the same order, so that no two runs wait for each other.

    Raises:
        IntegrityError: another run holds one of them; the transaction is of no use any more.
    """
    release(connection, run)
    if names:
        rows = [{"name": name, "run": run} for name in sorted(set(names))]
        connection.execute(LOCKS.insert(), rows)


def release(connection: Connection, run: str) -> None:
    """Give back all locks of a run."""
    connection.execute(delete(LOCKS).where(LOCKS.c.run == run))


def require_at_rest(row: RowMapping, *, take_over: bool) -> None:
    """Refuse to go on with a run that is at its end, or that somebody is at.

    Raises:
        SelectionError: it has come to its end.
        Locked: its process still lives, or may do so, and it is not to be taken over.
    """
    run, state, holder = row["id"], RunState(row["state"]), holder_of(row)
    if state not in _RESUMABLE:
        raise SelectionError(
            f"run {run} has come to its end: {state}", remedy=f"nxsl runs retry {run}"
        )
    alive = state is RunState.RUNNING and life_of(holder) is not Life.ENDED
    if alive and not take_over:
        raise locked("", run, row["job"], holder)


def held_by_another(connection: Connection, run: str, names: Sequence[str]) -> Locked | None:
    """The error that names who holds the first of some locks; None where nobody else does."""
    columns = [RUNS.c[name] for name in ("id", "job", *HOLDER)]
    wanted = sorted(set(names))
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found = connection.execute(
            select(LOCKS.c.name, *columns)
            .join(RUNS, RUNS.c.id == LOCKS.c.run)
            .where(LOCKS.c.name.in_(some), LOCKS.c.run != run)
            .order_by(LOCKS.c.name)
        )
        row = found.mappings().first()
        if row is not None:
            what = row["name"].replace(":", " ", 1)
            return locked(f"{what} is", row["id"], row["job"], holder_of(row))
    return None
