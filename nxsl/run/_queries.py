"""What is asked of the run store."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from nxsl.core.errors import SelectionError
from nxsl.core.outcome import Outcome
from nxsl.core.run_records import RunSummary, RunView
from nxsl.run import _rows
from nxsl.run._schema import EVENTS, HOSTS, RUNS

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

_NEAR = 200
"""Of how many runs the names are looked through for one that was meant."""
_NAMED = 3
"""How many names an error shows."""
_HEAD = [column for column in RUNS.c if column.name not in {"plan_text", "locks"}]


def summaries(connection: Connection, limit: int, inventory: str) -> tuple[RunSummary, ...]:
    """The last runs, the newest first; of one inventory where that is named."""
    wanted = select(*_HEAD).order_by(RUNS.c.started_at.desc(), RUNS.c.id.desc()).limit(limit)
    if inventory:
        wanted = wanted.where(RUNS.c.inventory == inventory)
    rows = connection.execute(wanted).mappings().all()
    counts: dict[str, dict[str | None, int]] = {row["id"]: {} for row in rows}
    for run, outcome, count in connection.execute(
        select(HOSTS.c.run, HOSTS.c.outcome, func.count())
        .where(HOSTS.c.run.in_(select(wanted.subquery().c.id)))
        .group_by(HOSTS.c.run, HOSTS.c.outcome)
    ):
        counts[run][outcome] = count
    return tuple(_summary(row, counts[row["id"]]) for row in rows)


def _summary(row: RowMapping, counts: dict[str | None, int]) -> RunSummary:
    return RunSummary(
        head=_rows.head_of(row),
        hosts=sum(counts.values()),
        outcomes={each: counts[each.value] for each in Outcome if each.value in counts},
    )


def view(connection: Connection, id_or_prefix: str) -> RunView:
    """Everything about one run; the beginning of its name is enough."""
    row = _one(connection, id_or_prefix)
    run = row["id"]
    hosts = select(HOSTS).where(HOSTS.c.run == run).order_by(HOSTS.c.position)
    events = select(EVENTS).where(EVENTS.c.run == run).order_by(EVENTS.c.number)
    return RunView(
        head=_rows.head_of(row),
        hosts=tuple(_rows.host_of(each) for each in connection.execute(hosts).mappings()),
        events=tuple(_rows.event_of(each) for each in connection.execute(events).mappings()),
        plan=row["plan_text"],
    )


def locks_of(connection: Connection, run: str) -> list[str]:
    """The names of the locks that a run needs."""
    locks: list[str] | None = connection.scalar(select(RUNS.c.locks).where(RUNS.c.id == run))
    if locks is None:
        raise no_such_run(connection, run)
    return locks


def _one(connection: Connection, id_or_prefix: str) -> RowMapping:
    beginning = func.substr(RUNS.c.id, 1, len(id_or_prefix))
    wanted = select(RUNS.c.id).where(beginning == id_or_prefix).order_by(RUNS.c.started_at.desc())
    names = connection.execute(wanted).scalars().all()
    name = id_or_prefix if id_or_prefix in names else "".join(names[:1])
    if not names or not id_or_prefix:
        raise no_such_run(connection, id_or_prefix)
    if len(names) > 1 and name != id_or_prefix:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise SelectionError(
            f"{len(names)} runs begin with {id_or_prefix}",
            remedy=f"there are: {', '.join(names[:_NAMED])}{more}",
        )
    return connection.execute(select(RUNS).where(RUNS.c.id == name)).mappings().one()


def no_such_run(connection: Connection, asked: str) -> SelectionError:
    """The error for a name that no run has; with those near to it, or else the last ones."""
    last = select(RUNS.c.id).order_by(RUNS.c.started_at.desc(), RUNS.c.id.desc()).limit(_NEAR)
    names = list(connection.execute(last).scalars())
    near = difflib.get_close_matches(asked, names, n=_NAMED)
    if near:
        remedy = f"did you mean {' or '.join(near)}?"
    else:
        remedy = f"the last ones: {', '.join(names[:_NAMED])}" if names else "there are none yet"
    return SelectionError(f"there is no run '{asked}'", remedy=remedy)
