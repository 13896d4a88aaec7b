"""Runs as tables: every host is counted once, and the types never differ."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pytest
from rich.console import Console

from nxsl.cli.screen import Screen
from nxsl.core.outcome import Outcome
from nxsl.core.run_records import (
    Event,
    EventKind,
    Holder,
    HostEntry,
    RunHead,
    RunState,
    RunSummary,
    RunView,
)
from nxsl.reports.run_tables import RUN_HOSTS, RUN_TABLES, RUNS
from nxsl.reports.runs import run_frame, runs_frame, steps_frame, summary_of
from nxsl.reports.tables import TABLES
from tests.reports.results import HOSTILE

if TYPE_CHECKING:
    from nxsl.reports.tables import Table

START = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
EVENTS = (
    Event(number=1, at=START, kind=EventKind.RUN_STARTED, data={"job": "register"}),
    Event(
        number=2,
        at=START,
        kind=EventKind.BEFORE,
        host="leaf1",
        data={"step": "write", "commands": ["callhome", "enable"]},
    ),
)


def head(**fields: Any) -> RunHead:
    """A run."""
    holder = Holder(user="ops", machine="jump1", pid=4711, since=START)
    usual: dict[str, Any] = {"id": "r1", "job": "register", "holder": holder, "version": "0.1.0"}
    return RunHead(**usual | {"started_at": START, "inventory": "/srv/inventory"} | fields)


def entry(host: str, outcome: Outcome | None = None, **fields: Any) -> HostEntry:
    """A host of it."""
    return HostEntry(host=host, address="192.0.2.1:22", wave=1, outcome=outcome, **fields)


def view(*hosts: HostEntry) -> RunView:
    """What the store knows of it."""
    return RunView(head=head(), hosts=hosts, events=(), plan="")


def test_the_list_of_runs() -> None:
    outcomes = {
        Outcome.CHANGED_OK: 5,
        Outcome.ALREADY_OK: 2,
        Outcome.PENDING: 3,
        Outcome.UNKNOWN: 1,
        Outcome.NOT_RUN: 4,
    }
    ended = {"state": RunState.ABORTED, "ended_at": START + timedelta(hours=1)}
    frame = runs_frame(
        [
            RunSummary(head=head(**ended), hosts=17, outcomes=outcomes),
            RunSummary(head=head(id="r0"), hosts=0),
        ]
    )
    assert frame.iloc[0].to_dict() == {
        "id": "r1",
        "job": "register",
        "state": "aborted",
        "started": pd.Timestamp(START),
        "ended": pd.Timestamp(START + timedelta(hours=1)),
        "who": "ops on jump1",
        "hosts": 17,
        "good": 7,
        "bad": 1,
        "not_run": 4,
        "pending": 5,
        "inventory": "/srv/inventory",
    }
    counts = ["hosts", "good", "bad", "not_run", "pending"]
    assert list(frame.loc[1, counts]) == [0] * len(counts)
    assert frame.loc[1, "ended"] is pd.NaT


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_every_host_is_counted_once(outcome: Outcome | None) -> None:
    row = runs_frame([summary_of(view(entry("leaf1", outcome), entry("leaf2", outcome)))]).iloc[0]
    counts = ["good", "bad", "not_run", "pending"]
    assert sum(row[name] for name in counts) == row["hosts"] == 2
    assert row["not_run"] == (2 if outcome is Outcome.NOT_RUN else 0)
    assert row["good"] == (2 if outcome and outcome.good else 0)
    assert row["pending"] == (2 if outcome in {None, Outcome.PENDING} else 0)


def test_the_hosts_of_a_run() -> None:
    shown = view(
        entry(
            "leaf2", Outcome.FAILED_DIRTY, reason="save-failed", detail=HOSTILE, updated_at=START
        ),
        entry("leaf1"),
    )
    frame = run_frame(shown)
    assert list(frame["host"]) == ["leaf2", "leaf1"]
    assert list(frame["outcome"]) == ["failed dirty", ""]
    assert list(frame["updated_at"]) == [pd.Timestamp(START), pd.NaT]
    assert all(each.isprintable() for each in frame["detail"])


def test_the_steps_of_a_run() -> None:
    frame = steps_frame(replace(view(entry("leaf1")), events=EVENTS))
    assert frame.to_dict("records") == [
        {
            "number": 2,
            "at": pd.Timestamp(START),
            "host": "leaf1",
            "event": "before",
            "step": "write",
            "end": "",
            "outcome": "",
            "reason": "",
            "commands": "callhome ; enable",
        }
    ]


def screened(table: Table, frame: pd.DataFrame) -> list[list[str]]:
    """What a wide terminal shows, line by line and cell by cell."""
    out = Console(file=io.StringIO(), width=200)
    Screen(out=out).table(table, frame)
    text = cast("io.StringIO", out.file).getvalue()
    return [re.split(r" {2,}", line.strip()) for line in text.splitlines()]


def test_a_terminal_shows_when_a_run_began_and_which_hosts_were_not_run() -> None:
    outcomes = {Outcome.CHANGED_OK: 1, Outcome.REFUSED: 2, Outcome.NOT_RUN: 3}
    head_line, row = screened(
        RUNS, runs_frame([RunSummary(head=head(), hosts=6, outcomes=outcomes)])
    )
    shown = dict(zip(head_line, row, strict=True))
    assert shown["started"] == "2026-03-01 08:30 UTC"
    assert [shown[name] for name in ("good", "bad", "not run", "pending")] == list("1230")


def test_a_host_beside_the_waves_is_in_none_on_a_terminal() -> None:
    beside = replace(entry("leaf1", Outcome.ALREADY_OK), wave=0)
    frame = run_frame(view(beside, entry("leaf2", Outcome.CHANGED_OK)))
    lines = screened(RUN_HOSTS, frame)
    assert [line[1] for line in lines] == ["wave", "-", "1"]
    assert list(frame["wave"]) == [0, 1]  # files hold a number


@pytest.mark.parametrize("table", RUN_TABLES.values(), ids=lambda table: table.name)
def test_empty_and_full_have_the_same_types(table: Any) -> None:
    full, empty = {
        "runs": (runs_frame([summary_of(view(entry("leaf1")))]), runs_frame([])),
        "run_hosts": (run_frame(view(entry("leaf1"))), run_frame(view())),
        "run_steps": (steps_frame(replace(view(), events=EVENTS)), steps_frame(view())),
    }[table.name]
    assert list(full.dtypes) == list(empty.dtypes)
    assert list(full.columns) == [column.name for column in table.columns]
    assert not RUN_TABLES.keys() & TABLES.keys()
