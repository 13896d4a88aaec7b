"""From acknowledgements that are missing or due to findings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from nxsl.core.assess import assess
from nxsl.core.findings import Severity, Thresholds
from tests.core.builders import DAY, HOUR, SECOND, codes, only
from tests.core.policy_builders import (
    ACKNOWLEDGED_AT,
    POLICY_NOW,
    REPORTED_AT,
    policy_state,
    policy_transport,
)

if TYPE_CHECKING:
    from nxsl.core.state import SwitchState
    from nxsl.core.transport import Transport

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
CARRY = "nxsl usage save, upload the file to the smart account, then nxsl usage import"
OFF = policy_transport("off")


def found_in(state: SwitchState) -> list[tuple[str, Severity]]:
    return [(each.code, each.severity) for each in assess(state)]


@pytest.mark.parametrize("last_ack", [None, REPORTED_AT - DAY, REPORTED_AT - SECOND])
@pytest.mark.parametrize(("waiting", "is_found"), [(DAY, False), (DAY + SECOND, True)])
def test_a_report_that_nobody_acknowledged(
    last_ack: datetime | None, waiting: timedelta, is_found: bool
) -> None:
    dates = {"last_ack": last_ack, "ack_deadline": None}
    state = policy_state(reporting=dates, now=REPORTED_AT + waiting)
    assert found_in(state) == ([("not-acknowledged", WARNING)] if is_found else [])
    assert all(each.remedy == "nxsl renew" for each in assess(state))


def test_an_acknowledgement_of_the_same_second_is_that_of_the_report() -> None:
    assert codes(policy_state(reporting={"last_ack": REPORTED_AT})) == []


def test_an_acknowledgement_that_is_missing_is_dated() -> None:
    found = only(policy_state(reporting={"last_ack": None, "ack_deadline": None}))
    assert found.message == "the usage report of 2024-03-01 was not acknowledged for 7 days"


def test_a_report_in_a_file_only_counts_where_nothing_is_sent() -> None:
    dates = {"last_file": ACKNOWLEDGED_AT + DAY}
    assert codes(policy_state(reporting=dates)) == []
    found = assess(policy_state(transport=OFF, reporting=dates))
    assert [(each.code, each.severity, each.remedy) for each in found] == [
        ("not-acknowledged", WARNING, CARRY),
        ("transport-off", INFO, CARRY),
    ]
    older = {"last_file": REPORTED_AT - DAY}
    assert codes(policy_state(transport=OFF, reporting=older)) == ["transport-off"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (45, None),
        (45 - 1 / 86_400, ("ack-due", WARNING)),
        (7, ("ack-due", WARNING)),
        (7 - 1 / 86_400, ("ack-due", CRITICAL)),
        (1 / 86_400, ("ack-due", CRITICAL)),
        (0, ("ack-overdue", CRITICAL)),
        (-3, ("ack-overdue", CRITICAL)),
    ],
)
@pytest.mark.parametrize("transport", [policy_transport(), OFF])
def test_the_deadline_of_an_acknowledgement_at_its_borders(
    days: float, expected: tuple[str, Severity] | None, transport: Transport
) -> None:
    # The last acknowledgement lies so far back that half the time to the deadline is longer.
    dates = {
        "ack_deadline": POLICY_NOW + timedelta(days=days),
        "last_ack": POLICY_NOW - 100 * DAY,
        "last_report": POLICY_NOW - 100 * DAY,
    }
    found = [
        each
        for each in assess(policy_state(reporting=dates, transport=transport))
        if each.code != "transport-off"
    ]
    assert [(each.code, each.severity) for each in found] == ([expected] if expected else [])
    assert all(each.remedy == (CARRY if transport is OFF else "nxsl renew") for each in found)


def test_when_an_acknowledgement_is_due() -> None:
    dates = {"last_report": None, "push_interval": 0, "next_report": None, "last_ack": None}
    soon = policy_state(reporting={**dates, "ack_deadline": POLICY_NOW + 8 * DAY})
    assert only(soon).message == "an acknowledgement is due in 8 days, on 2024-03-16"
    gone = policy_state(reporting={**dates, "ack_deadline": POLICY_NOW - 3 * DAY})
    assert only(gone).message == "an acknowledgement was due 3 days ago"


@pytest.mark.parametrize(
    ("left", "is_found"), [(15 * DAY, False), (15 * DAY - SECOND, True), (20 * DAY, False)]
)
def test_a_policy_with_short_dates_warns_from_half_time_on(left: timedelta, is_found: bool) -> None:
    end = POLICY_NOW + left
    dates = {
        "ack_deadline": end,
        "last_ack": end - 30 * DAY,
        "last_report": end - 30 * DAY,
        "next_report": None,
    }
    assert found_in(policy_state(reporting=dates)) == ([("ack-due", WARNING)] if is_found else [])


def test_the_deadline_obeys_the_thresholds() -> None:
    dates = {"ack_deadline": POLICY_NOW + 60 * DAY, "last_ack": POLICY_NOW - 100 * DAY}
    dates["last_report"] = dates["last_ack"]
    state = policy_state(reporting=dates)
    assert assess(state) == ()
    limits = Thresholds(authorization=61 * DAY, critical=HOUR)
    assert only(state, thresholds=limits).severity is WARNING
    limits = Thresholds(authorization=61 * DAY, critical=61 * DAY)
    assert only(state, thresholds=limits).severity is CRITICAL


@pytest.mark.parametrize(("required", "expected"), [(True, 2), (None, 2), (False, 0)])
def test_a_policy_that_wants_no_acknowledgement_misses_none(
    required: bool | None, expected: int
) -> None:
    dates = {"last_ack": None, "ack_deadline": POLICY_NOW - DAY}
    state = policy_state(reporting=dates, policy={"ack_required": required})
    assert found_in(state) == [("ack-overdue", CRITICAL), ("not-acknowledged", WARNING)][:expected]
