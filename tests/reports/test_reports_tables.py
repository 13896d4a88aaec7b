"""From results to tables: fixed columns and types, every host once, nothing raw from a switch."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from nornir.core.task import AggregatedResult, MultiResult

from nxsl.core.intent import CLOUD_URL
from nxsl.core.outcome import Outcome
from nxsl.core.records import AuthorizationState, LicenseStatus
from nxsl.reports import TABLES, FleetReport, Table, rows
from nxsl.reports.tables import STATUS
from tests.core.builders import (
    AUTHORIZATION,
    DAY,
    HTTP_URL,
    OTHER_URL,
    UNREGISTERED,
    state,
    status,
    transport,
)
from tests.reports.results import (
    HOSTILE,
    RAW,
    READ_AT,
    aggregated,
    crashed,
    failure,
    hostile_state,
    pak_state,
    reading,
    single,
    task_record,
)

if TYPE_CHECKING:
    from nxsl.core.transport import Transport

ALL_TABLES = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def full() -> FleetReport:
    """A report in which every table has rows."""
    return FleetReport(
        ["leaf1", "leaf2", "leaf3"],
        aggregated("configure", leaf1=task_record(Outcome.CHANGED_OK, detail="3 lines")),
        aggregated(
            "verify",
            leaf1=reading(state(transport=transport(HTTP_URL, source="Vlan27"))),
            leaf2=reading(pak_state()),
            leaf3=failure(),
        ),
    )


def report(**hosts: object) -> FleetReport:
    """The report of one verify."""
    return FleetReport(hosts, aggregated("verify", **hosts))


def check(table: Table, frame: pd.DataFrame) -> None:
    assert list(frame.columns) == [column.name for column in table.columns]
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        column.name: column.dtype for column in table.columns
    }
    assert frame.index.equals(pd.RangeIndex(len(frame)))
    for column in table.columns:
        if column.dtype == "str":
            assert not frame[column.name].isna().any(), column.name


# ----------------------------------------------------------------------------------------- schema


@ALL_TABLES
def test_a_full_table_has_the_columns_and_types_of_its_schema(table: Table) -> None:
    frame = full().table(table.name)
    assert len(frame) > 0
    check(table, frame)


@ALL_TABLES
def test_a_table_without_rows_has_the_same(table: Table) -> None:
    frame = FleetReport([]).table(table.name)
    assert len(frame) == 0
    check(table, frame)
    check(table, pd.concat([frame, full().table(table.name)], ignore_index=True))


@ALL_TABLES
def test_a_table_of_failures_alone_has_the_same(table: Table) -> None:
    check(table, report(leaf1=failure(), leaf2=crashed(ValueError("x"))).table(table.name))


def test_the_types_are_those_of_pandas_3() -> None:
    types = {column.dtype for table in TABLES.values() for column in table.columns}
    assert types == {"str", "Int64", "Float64", "boolean", "datetime64[us, UTC]"}


@ALL_TABLES
def test_a_schema_says_what_each_column_means(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert names[0] == "host"
    assert table.doc
    assert all(column.doc for column in table.columns)


def test_a_row_with_another_set_of_columns_is_a_fault() -> None:
    with pytest.raises(KeyError, match="serial"):
        STATUS.frame([{column.name: "" for column in STATUS.columns if column.name != "serial"}])
    with pytest.raises(KeyError, match="colour"):
        STATUS.frame([{**dict.fromkeys((c.name for c in STATUS.columns), ""), "colour": "red"}])


def test_a_table_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(KeyError, match=r"no table 'states'; there are status, usage, transport"):
        FleetReport([]).table("states")


# ----------------------------------------------------------------------------------------- status


def test_every_host_is_in_status_exactly_once_whatever_happened() -> None:
    hosts = ["read", "failed", "refused", "skipped", "never", "crashed", "empty", "odd", "unread"]
    verified = aggregated(
        "verify",
        read=reading(),
        failed=failure(),
        refused=failure(Outcome.REFUSED, reason="host-key-changed", detail="another key"),
        crashed=crashed(ValueError("a fault")),
        empty=MultiResult("verify"),
        odd=single("odd", {"not": "a record"}),
        unread=single("unread", None),
    )
    configured = aggregated(
        "configure",
        read=task_record(Outcome.ALREADY_OK),
        skipped=task_record(Outcome.FAILED_CLEAN, reason="login-failed", detail="no"),
    )
    frame = FleetReport(hosts, configured, verified).status
    assert list(frame["host"]) == hosts
    found = {row.host: (row.outcome, row.reason) for row in frame.itertuples()}
    assert found == {
        "read": ("read", ""),
        "failed": ("failed clean", "connect-timeout"),
        "refused": ("refused", "host-key-changed"),
        "skipped": ("failed clean", "login-failed"),
        "never": ("not run", "not-run"),
        "crashed": ("unknown", "internal"),
        "empty": ("unknown", "internal"),
        "odd": ("unknown", "internal"),
        "unread": ("unknown", "internal"),
    }
    details = dict(zip(frame["host"], frame["detail"], strict=True))
    assert details["crashed"] == "ValueError: a fault"
    assert details["empty"] == details["odd"] == "the task gave no record"


def test_a_host_without_any_run_is_there() -> None:
    frame = FleetReport(["leaf1"]).status
    assert list(frame["outcome"]) == ["not run"]
    assert list(frame["detail"]) == ["no task was started on this host"]
    assert frame["findings"].isna().all()


def test_a_host_that_is_named_twice_is_there_once() -> None:
    twice = FleetReport(["leaf1", "leaf1"], aggregated("verify", leaf1=failure()))
    assert list(twice.status["host"]) == ["leaf1"]
    assert len(twice.failures) == 1


def test_results_of_other_hosts_are_left_out() -> None:
    frame = FleetReport(["leaf1"], aggregated("verify", leaf1=reading(), leaf2=reading())).status
    assert list(frame["host"]) == ["leaf1"]


def test_the_row_of_a_switch_that_was_read() -> None:
    row = report(leaf1=reading(state(transport=transport(HTTP_URL)))).status.iloc[0].to_dict()
    assert row == {
        "host": "leaf1",
        "hostname": "leaf1",
        "model": "C93180YC-EX",
        "serial": "FDO00000001",
        "release": "9.3(4)",
        "platform": "Nexus 9000/3000",
        "regime": "SL",
        "outcome": "read",
        "state": "entitled",
        "state_reason": "registered and authorized",
        "registration": "REGISTERED",
        "smart_account": "Example Corp",
        "virtual_account": "Default",
        "authorization": "AUTHORIZED",
        "export_controlled": "Allowed",
        "registration_expires": pd.Timestamp("2023-06-22 16:13:53", tz="UTC"),
        "authorization_deadline": pd.Timestamp("2022-09-20 16:12:55", tz="UTC"),
        "trusted_at": pd.NaT,
        "last_report": pd.NaT,
        "last_ack": pd.NaT,
        "ack_deadline": pd.NaT,
        "host_id": "",
        "vdc": "",
        "worst": "critical",
        "findings": 2,
        "reason": "",
        "detail": "read",
        "read_at": pd.Timestamp(READ_AT),
    }


def test_a_healthy_switch_has_no_findings_which_is_not_the_same_as_none_read() -> None:
    frame = report(leaf1=reading(), leaf2=failure()).status
    assert list(frame["worst"]) == ["", ""]
    assert frame["findings"].tolist() == [0, pd.NA]


def test_smart_licensing_that_is_off_is_said() -> None:
    frame = report(leaf1=reading(state(status=LicenseStatus(enabled=False)))).status
    assert list(frame["registration"]) == ["not enabled"]
    assert list(frame["authorization"]) == [""]


def test_the_last_reading_counts() -> None:
    first = aggregated("verify", leaf1=reading(state(registration=UNREGISTERED)))
    later = state(now=READ_AT + DAY)
    second = aggregated("verify", leaf1=reading(later))
    both = FleetReport(["leaf1"], first, second)
    assert list(both.status["registration"]) == ["REGISTERED"]
    assert list(both.status["read_at"]) == [pd.Timestamp(READ_AT + DAY)]
    assert len(both.usage) == 1
    assert len(both.findings) == 0
    failed = FleetReport(["leaf1"], first, aggregated("verify", leaf1=failure()))
    assert list(failed.status["outcome"]) == ["failed clean"]
    assert len(failed.usage) == 0


def test_what_another_task_found_is_shown_where_nothing_was_read() -> None:
    registered = aggregated(
        "register", leaf1=task_record(Outcome.PENDING, reason="still-pending", detail="goes on")
    )
    frame = FleetReport(["leaf1"], registered, AggregatedResult("verify")).status
    assert list(frame["outcome"]) == ["pending"]
    assert list(frame["detail"]) == ["goes on"]


# ----------------------------------------------------------------------------- the other tables


def test_usage_has_a_row_for_each_licence_of_either_kind() -> None:
    frame = report(leaf1=reading(), leaf2=reading(pak_state()), leaf3=failure()).usage
    assert frame[["host", "license", "state", "virtual_account"]].to_numpy().tolist() == [
        ["leaf1", "LAN_ENTERPRISE_SERVICES_PKG", "authorized", "Default"],
        ["leaf2", "A_PKG", "in-use", "Default"],
        ["leaf2", "B_PKG", "not-in-use", "Default"],
    ]
    assert frame["count"].tolist() == [1, 1, pd.NA]
    assert frame["grace_days"].tolist() == [pd.NA, pd.NA, 119.5]


PROXIED = transport(proxy_enabled=True, proxy_server="192.0.2.80", proxy_port=80, vrf="")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (transport(), [True, CLOUD_URL, "management", "", "", True]),
        (transport(source="mgmt0"), [True, CLOUD_URL, "management", "", "mgmt0", True]),
        (PROXIED, [True, CLOUD_URL, "default", "192.0.2.80:80", "", False]),
        (
            transport(proxy_server="192.0.2.80"),
            [True, CLOUD_URL, "management", "", "", True],
        ),
        (
            transport(CLOUD_URL, OTHER_URL),
            [True, f"{CLOUD_URL} {OTHER_URL}", "management", "", "", True],
        ),
        (transport(HTTP_URL), [True, HTTP_URL, "management", "", "", False]),
        (transport(enabled=False), [False, CLOUD_URL, "management", "", "", False]),
        (transport(email=""), [True, CLOUD_URL, "management", "", "", False]),
        (transport(methods=()), [True, CLOUD_URL, "management", "", "", False]),
        (transport(destinations=()), [True, "", "management", "", "", False]),
    ],
)
def test_the_transport_and_whether_it_is_as_intended(
    found: Transport, expected: list[object]
) -> None:
    frame = report(leaf1=reading(state(transport=found, saved=found))).transport
    columns = ["enabled", "destination", "vrf", "proxy", "source_interface", "as_intended"]
    assert frame[columns].to_numpy().tolist() == [expected]
    assert frame["saved"].tolist() == [True]


def test_without_an_intent_nobody_knows_whether_it_is_as_intended() -> None:
    frame = report(leaf1=reading(intent=None)).transport
    assert frame["as_intended"].tolist() == [pd.NA]


def test_whether_the_transport_is_saved() -> None:
    frame = report(
        leaf1=reading(state(saved=transport(HTTP_URL))),
        leaf2=reading(state(saved=None)),
        leaf3=reading(state(transport=None, saved=None)),
    ).transport
    assert list(frame["host"]) == ["leaf1", "leaf2"]
    assert frame["saved"].tolist() == [False, pd.NA]


def test_expiry_has_the_nearest_date_of_the_fleet_first() -> None:
    other = state(authorization={"deadline": READ_AT + timedelta(hours=36)})
    past = state(registration={"expires": READ_AT - DAY})
    frame = report(leaf1=reading(), leaf2=reading(other), leaf3=reading(past)).expiry
    assert frame["at"].is_monotonic_increasing
    assert len(frame) == 12
    assert frame[["host", "what", "days_left"]].head(2).to_numpy().tolist() == [
        ["leaf3", "registration", -1.0],
        ["leaf2", "authorization", 1.5],
    ]
    mine = frame[frame["host"] == "leaf1"]
    assert list(mine["what"]) == [
        "authorization-renewal",
        "authorization",
        "id-renewal",
        "registration",
    ]


def test_an_evaluation_ends_at_the_earliest_when_it_is_used_without_a_break() -> None:
    evaluation = replace(
        AUTHORIZATION,
        state=AuthorizationState.EVALUATION,
        status="EVAL MODE",
        since=None,
        deadline=None,
        next_communication=None,
        evaluation_remaining=timedelta(days=89, hours=12),
    )
    frame = report(leaf1=reading(state(status=status(UNREGISTERED, evaluation)))).expiry
    assert frame[["what", "days_left", "virtual_account"]].to_numpy().tolist() == [
        ["evaluation", 89.5, ""]
    ]


def test_findings_have_the_worst_of_the_fleet_first() -> None:
    frame = report(
        leaf1=reading(state(transport=transport(CLOUD_URL, OTHER_URL), saved=None)),
        leaf2=reading(state(saved=transport(HTTP_URL))),
        leaf3=reading(state(registration=UNREGISTERED)),
        leaf4=reading(state(transport=transport(enabled=False), saved=None)),
    ).findings
    assert frame[["host", "severity", "code"]].to_numpy().tolist() == [
        ["leaf3", "critical", "unregistered"],
        ["leaf4", "critical", "call-home-not-enabled"],
        ["leaf2", "warning", "not-saved"],
        ["leaf1", "info", "stray-destination"],
    ]


def test_failures_are_told_without_the_tasks_that_were_not_started_after_them() -> None:
    configured = aggregated(
        "configure",
        leaf1=task_record(Outcome.ROLLED_BACK, reason="command-rejected", evidence="% Invalid"),
        leaf2=task_record(Outcome.CHANGED_OK),
        leaf3=task_record(Outcome.ALREADY_OK),
    )
    registered = aggregated(
        "register",
        leaf2=task_record(Outcome.FAILED_CLEAN, reason="registration-failed"),
        leaf3=task_record(Outcome.CHANGED_OK),
    )
    verified = aggregated("verify", leaf2=failure(), leaf3=reading())
    frame = FleetReport(
        ["leaf1", "leaf2", "leaf3", "leaf4"], configured, registered, verified
    ).failures
    assert frame[["host", "task", "outcome", "reason"]].to_numpy().tolist() == [
        ["leaf1", "configure", "rolled back", "command-rejected"],
        ["leaf2", "register", "failed clean", "registration-failed"],
        ["leaf2", "verify", "failed clean", "connect-timeout"],
        ["leaf4", "configure", "not run", "not-run"],
    ]
    assert frame["evidence"].tolist()[0] == "% Invalid"


def test_outcomes_have_a_row_for_each_task_on_each_host() -> None:
    configured = aggregated(
        "configure",
        leaf1=single("leaf1", task_record(Outcome.CHANGED_OK), changed=True),
        leaf2=crashed(ValueError("x")),
    )
    verified = aggregated("verify", leaf1=reading())
    frame = FleetReport(["leaf1", "leaf2"], configured, verified).outcomes
    assert frame[["host", "task", "outcome", "changed"]].to_numpy().tolist() == [
        ["leaf1", "configure", "changed ok", True],
        ["leaf1", "verify", "read", False],
        ["leaf2", "configure", "unknown", False],
        ["leaf2", "verify", "not run", False],
    ]


# ------------------------------------------------------------------------------------------ safety


def hostile() -> FleetReport:
    record = reading(hostile_state(), detail=HOSTILE)
    bad = failure(detail=HOSTILE, remedy=HOSTILE, evidence=HOSTILE, reason=HOSTILE)
    return report(leaf1=record, leaf2=bad, leaf3=crashed(ValueError(HOSTILE)))


@ALL_TABLES
def test_no_cell_holds_a_raw_control_character_of_a_switch(table: Table) -> None:
    frame = hostile().table(table.name)
    assert len(frame) > 0
    cells = [str(cell) for name in frame.columns for cell in frame[name]]
    assert any("owned" in cell for cell in cells), "the text did not get there at all"
    for cell in cells:
        assert not RAW & set(cell), cell


def test_jupyter_shows_the_status_as_text_not_as_markup() -> None:
    html = hostile()._repr_html_()
    assert "<b>x</b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert not RAW & set(html)


def test_the_report_says_what_it_holds() -> None:
    assert repr(full()) == "<FleetReport of 3 hosts: {'read': 2, 'failed clean': 1}>"


def test_a_table_is_made_once() -> None:
    made = full()
    assert made.status is made.status
    assert made.table("status") is made.status


def test_dates_are_aware_and_in_utc() -> None:
    frame = full().expiry
    at = frame["at"].iloc[0]
    assert at.tzinfo is not None
    assert at.utcoffset() == timedelta()
    assert at.to_pydatetime() > datetime(2022, 1, 1, tzinfo=UTC)


def test_the_rows_of_a_host_are_made_once_however_often_tables_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: Counter[str] = Counter()
    for name in ("status_row", "usage_rows", "transport_row", "expiry_rows", "finding_rows"):
        real = getattr(rows, name)

        def counted(host: str, *more: object, name: str = name, real: Any = real) -> Any:
            made[f"{name} of {host}"] += 1
            return real(host, *more)

        monkeypatch.setattr(rows, name, counted)

    report = FleetReport(
        ["a", "b"],
        aggregated("verify", a=reading(), b=reading()),
        aggregated("verify", a=reading()),
    )
    for name in (*TABLES, *TABLES):
        report.table(name)
    assert len(made) == 2 * 5
    assert set(made.values()) == {1}
    assert report._readings is report._readings
