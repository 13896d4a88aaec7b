"""The upgrade gate over a fleet: every host has a row, whatever became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from nxsl.core.outcome import Outcome, VerifyRecord
from nxsl.core.reason_words import Reason
from nxsl.core.regime import Release
from nxsl.core.snapshot import Snapshot
from nxsl.reports.gate import GateReport
from nxsl.reports.gate_tables import CHANGES, CHECKS, GATE, GATE_TABLES, SNAPSHOTS
from tests.core.builders import FACTS, intent, state
from tests.reports.results import HOSTILE, RAW, aggregated

if TYPE_CHECKING:
    from nxsl.core.state import SwitchState

TARGET = Release(10, 3, 6)


def read(found: SwitchState | None = None, **fields: Any) -> VerifyRecord:
    """A record of `verify`."""
    shown = found or state()
    usual = {"outcome": Outcome.READ, "facts": shown.facts, "state": shown, "intent": intent()}
    return VerifyRecord(**{**usual, **fields})


DOWN = VerifyRecord(
    outcome=Outcome.FAILED_CLEAN,
    reason=Reason.CONNECT_TIMEOUT,
    detail="no answer",
    remedy="ping it",
)
HOSTS = ("leaf1", "leaf2", "leaf3", "leaf4")
FLEET = aggregated(
    "verify",
    leaf1=read(),
    leaf2=DOWN,
    leaf3=read(replace(state(), facts=replace(FACTS, release="10.3(6)"))),
)


def test_before_every_host_has_a_row() -> None:
    report = GateReport(HOSTS, FLEET, target=TARGET)
    assert list(report.gate["host"]) == list(HOSTS)
    assert list(report.gate["verdict"]) == ["prepare", "not read", "not concerned", "not read"]
    assert list(report.gate["missing"]) == ["token", "connect-timeout", "", "not-run"]
    assert report.gate.loc[1, "next_step"] == "ping it"
    assert not report.good
    assert "4 hosts" in repr(report)
    assert "connect-timeout" in report._repr_html_()


def test_a_token_at_hand_makes_it_ready() -> None:
    report = GateReport(["leaf1"], FLEET, target=TARGET, token=True)
    assert list(report.gate["verdict"]) == ["ready"]
    assert report.good
    assert report.to_do.empty


def test_what_somebody_tried_is_taken() -> None:
    report = GateReport(["leaf1"], FLEET, token=True, reachable={"leaf1": False})
    assert list(report.gate["missing"]) == ["reachable"]


def test_after_a_host_without_a_snapshot_is_named() -> None:
    kept = {"leaf1": Snapshot(host="leaf1", state=state())}
    report = GateReport(HOSTS, FLEET, snapshots=kept, target=TARGET)
    assert list(report.gate["verdict"]) == ["not arrived", "not read", "no snapshot", "not read"]
    assert list(report.gate["before"]) == ["9.3(4)", "", "", ""]
    assert "snapshots before" in str(report.gate.loc[2, "next_step"])
    assert not report.good
    assert report.changes.empty
    assert set(report.to_do["host"]) == {"leaf1"}


def test_an_empty_set_of_snapshots_is_no_gate_before() -> None:
    report = GateReport(["leaf1"], FLEET, snapshots={})
    assert list(report.gate["verdict"]) == ["no snapshot"]


def test_every_table_has_its_schema_also_when_empty() -> None:
    full, empty = GateReport(HOSTS, FLEET, target=TARGET), GateReport([], FLEET)
    for name, schema in GATE_TABLES.items():
        for report in (full, empty):
            frame = report.table(name)
            assert list(frame.columns) == [column.name for column in schema.columns]
            assert [str(each) for each in frame.dtypes] == [each.dtype for each in schema.columns]
        assert not full.table(name).empty
        assert empty.table(name).empty
    assert empty.good
    assert {GATE.name, CHECKS.name, CHANGES.name} == set(GATE_TABLES)
    assert SNAPSHOTS.name not in GATE_TABLES
    with pytest.raises(KeyError, match="no table 'findings'"):
        full.table("findings")


def test_what_a_hostile_switch_sends_is_made_visible() -> None:
    hostile = replace(state(), not_read=(HOSTILE,), facts=replace(FACTS, model=HOSTILE))
    report = GateReport(["leaf1"], aggregated("verify", leaf1=read(hostile)), target=TARGET)
    for name in GATE_TABLES:
        text = report.table(name).to_csv()
        assert not RAW & set(text.replace("\n", "").replace("\r", "\r"))
    assert isinstance(report.checks, pd.DataFrame)
    assert "read" in set(report.to_do["code"])
