"""`renew` under Smart Licensing Using Policy: a report and its acknowledgement."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.lab import (
    Answer,
    Reject,
    never_reported,
    reporting,
)
from nxsl.tasks import renew
from tests.conftest import PATIENCE, Fleet
from tests.tasks.policy_switches import (
    SHORT,
    policy,
    quick,
    sent,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("state", [never_reported(), reporting()])
def test_renew_is_a_fresh_report_and_its_acknowledgement(
    fleet: Callable[..., Fleet], state: Any
) -> None:
    run = fleet(policy(policy=state))
    result = run.result(renew, patience=PATIENCE)
    record = result.result
    assert record.outcome is Outcome.CHANGED_OK, str(record)
    assert record.renewed == ("usage",)
    assert record.after.reporting.last_report > (
        record.before.reporting.last_report or record.before.trusted_at
    )
    assert record.after.reporting.last_ack >= record.after.reporting.last_report
    assert "+Last report push: 2" in result.diff
    assert "+Last ACK received: 2" in result.diff
    assert sent(run) == ["license smart sync all"]
    # A new report has begun meanwhile; all the others are closed for good.
    assert {str(report.state) for report in run.lab["leaf1"].policy.reports} == {"ACK", "OPEN"}


def test_without_licences_in_use_there_is_no_report_and_that_is_fine(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(policy(policy=never_reported(), licenses=()))
    result = run.result(renew, patience=PATIENCE)
    assert result.result.outcome is Outcome.ALREADY_OK
    assert "that is fine" in result.result.detail
    assert sent(run) == []


def test_only_what_is_due_is_reported(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(policy=reporting()))
    early = run.result(renew, due_within=timedelta(days=30), patience=PATIENCE)
    assert early.result.outcome is Outcome.ALREADY_OK
    planned = run.result(renew, due_within=timedelta(days=85), dry_run=True)
    assert planned.result.outcome is Outcome.PLANNED
    assert planned.diff == "+license smart sync all"
    assert sent(run) == []


def test_a_report_without_acknowledgement_is_pending_and_said_so(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(policy(policy=never_reported(), backend=quick(acknowledge=False)))
    result = run.result(renew, patience=SHORT)
    assert result.result.outcome is Outcome.PENDING
    assert "was sent" in result.result.detail
    assert result.changed
    assert "+Last report push" in result.diff
    assert "Last ACK" not in result.diff


def test_a_report_that_cannot_be_sent_is_a_failure_with_its_cause(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(policy(policy=never_reported(), backend=quick(answer=Answer.UNREACHABLE)))
    result = run.result(renew, patience=PATIENCE)
    assert (result.result.outcome, result.result.reason) == (Outcome.FAILED_CLEAN, "sync-failed")
    assert "no answer" in result.result.detail
    assert not result.changed


def test_reports_of_a_switch_that_is_off_travel_as_files(fleet: Callable[..., Fleet]) -> None:
    intent = {"policy": {"transport": "off"}}
    run = fleet(policy(intent=intent, config="license smart transport off"))
    result = run.result(renew, patience=PATIENCE)
    assert (result.result.outcome, result.result.reason) == (Outcome.REFUSED, "transport")
    assert "nxsl usage save" in result.result.remedy
    assert sent(run) == []


def test_a_switch_that_only_knows_the_narrow_scope(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(policy=reporting(), faults=(Reject(line="^license smart sync all"),)))
    assert run.result(renew, patience=PATIENCE).result.outcome is Outcome.CHANGED_OK
    assert sent(run) == ["license smart sync all", "license smart sync local"]
