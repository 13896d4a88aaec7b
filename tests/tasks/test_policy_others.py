"""The other tasks under Smart Licensing Using Policy and licence files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.lab import (
    never_reported,
    reporting,
)
from nxsl.tasks import configure_transport, deregister, register, renew, verify
from tests.conftest import DIRECT, Fleet, switch
from tests.tasks.policy_switches import (
    policy,
    sent,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_there_is_no_registration_to_leave(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(policy=reporting()))
    result = run.result(deregister)
    assert result.result.outcome is Outcome.NOT_APPLICABLE
    assert not result.failed
    assert "smart account's inventory" in result.result.remedy
    assert sent(run) == []


@pytest.mark.parametrize("task", [configure_transport, register, renew, deregister])
def test_licence_files_are_never_written_to(fleet: Callable[..., Fleet], task: Any) -> None:
    run = fleet(switch(release="9.2(3)"))
    result = run.result(task)
    assert result.result.outcome is Outcome.NOT_APPLICABLE
    assert not result.changed
    assert sent(run) == []


def findings(run: Fleet, host: str = "leaf1") -> dict[str, str]:
    """The findings of a switch by code."""
    return {each.code: str(each.severity) for each in run.result(verify, host).result.findings}


def test_a_switch_that_reports_has_no_findings(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(policy=reporting()))
    assert findings(run) == {}
    assert sent(run) == []


@pytest.mark.parametrize(
    ("changes", "code", "severity"),
    [
        ({"policy": never_reported()}, "never-reported", "warning"),
        ({}, "no-trust-code", "critical"),
        (
            {"policy": reporting(ack_deadline=timedelta(days=-1))},
            "ack-overdue",
            "critical",
        ),
        ({"policy": reporting(next_report=timedelta(days=-3))}, "report-overdue", "warning"),
        (
            {"policy": reporting(last_report=timedelta(days=-2))},
            "not-acknowledged",
            "warning",
        ),
        ({"policy": reporting(), "licenses": ()}, "no-licenses-in-use", "info"),
        (
            {"policy": reporting(), "config": "license smart transport off"},
            "transport-differs",
            "warning",
        ),
        (
            {"policy": reporting(), "intent": {**DIRECT, "virtual_account": "Campus"}},
            "wrong-account",
            "critical",
        ),
        ({"policy": reporting(), "clock_skew": timedelta(hours=3)}, "clock-skew", "critical"),
    ],
)
def test_each_trouble_is_found_by_its_code(
    fleet: Callable[..., Fleet], changes: dict[str, Any], code: str, severity: str
) -> None:
    run = fleet(policy(**changes))
    assert findings(run).get(code) == severity


def test_an_unsaved_transport_is_found(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(policy=reporting()))
    run.lab["leaf1"].configure("license smart vrf blue")
    assert findings(run) == {"not-saved": "warning", "vrf-differs": "warning"}
