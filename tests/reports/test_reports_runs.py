"""Runs as tables: every host is counted once, and the types never differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from nxsl.core.outcome import Outcome
from nxsl.core.run_records import Holder, HostEntry, RunHead, RunState, RunSummary, RunView
from nxsl.reports.run_tables import RUN_HOSTS, RUN_TABLES, RUNS
from nxsl.reports.runs import run_frame, runs_frame, summary_of
from nxsl.reports.tables import TABLES
from tests.reports.results import HOSTILE

START = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


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
        "bad": 5,
        "pending": 5,
        "inventory": "/srv/inventory",
    }
    assert list(frame.loc[1, ["hosts", "good", "bad", "pending"]]) == [0, 0, 0, 0]
    assert frame.loc[1, "ended"] is pd.NaT


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_every_host_is_counted_once(outcome: Outcome | None) -> None:
    row = runs_frame([summary_of(view(entry("leaf1", outcome), entry("leaf2", outcome)))]).iloc[0]
    assert row["good"] + row["bad"] + row["pending"] == row["hosts"] == 2
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


@pytest.mark.parametrize("table", [RUNS, RUN_HOSTS])
def test_empty_and_full_have_the_same_types(table: Any) -> None:
    full, empty = {
        "runs": (runs_frame([summary_of(view(entry("leaf1")))]), runs_frame([])),
        "run_hosts": (run_frame(view(entry("leaf1"))), run_frame(view())),
    }[table.name]
    assert list(full.dtypes) == list(empty.dtypes)
    assert list(full.columns) == [column.name for column in table.columns]
    assert not RUN_TABLES.keys() & TABLES.keys()
