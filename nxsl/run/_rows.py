"""Between the records of a run and the rows of the run store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nxsl.core.outcome import Outcome
from nxsl.core.run_records import Event, EventKind, Holder, HostEntry, RunHead, RunState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping

Row = dict[str, Any]

HOLDER = ("user", "machine", "pid", "since", "mark")
_HEAD = ("id", "job", "version", "started_at", "inventory", "plan", "parent", "ended_at")
_HOST = ("host", "address", "wave", "reason", "detail", "remedy", "evidence", "changed", "diff")
_HOST_TOO = ("ticket", "updated_at")
HOST_COLUMNS = (*_HOST, *_HOST_TOO, "outcome")


def head_row(head: RunHead) -> Row:
    return {
        **{name: getattr(head, name) for name in _HEAD},
        **holder_row(head.holder),
        "state": head.state.value,
        "selection": dict(head.selection),
        "options": dict(head.options),
    }


def holder_row(holder: Holder) -> Row:
    return {name: getattr(holder, name) for name in HOLDER}


def holder_of(row: RowMapping | Mapping[str, Any]) -> Holder:
    return Holder(**{name: row[name] for name in HOLDER})


def head_of(row: RowMapping) -> RunHead:
    return RunHead(
        **{name: row[name] for name in _HEAD},
        holder=holder_of(row),
        state=RunState(row["state"]),
        selection=row["selection"],
        options=row["options"],
    )


def host_row(entry: HostEntry) -> Row:
    return {
        **{name: getattr(entry, name) for name in (*_HOST, *_HOST_TOO)},
        "outcome": None if entry.outcome is None else entry.outcome.value,
    }


def host_of(row: RowMapping) -> HostEntry:
    outcome = row["outcome"]
    return HostEntry(
        **{name: row[name] for name in (*_HOST, *_HOST_TOO)},
        outcome=None if outcome is None else Outcome(outcome),
    )


def event_of(row: RowMapping) -> Event:
    return Event(
        number=row["number"],
        at=row["at"],
        kind=EventKind(row["kind"]),
        host=row["host"],
        data=row["data"],
    )
