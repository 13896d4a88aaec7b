"""`verify` over real SSH: reads everything, changes nothing, calls nothing fine that is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl import Thresholds, Token
from nxsl.core.findings import Severity
from nxsl.core.outcome import Outcome
from nxsl.core.regime import Platform, Regime
from nxsl.lab import (
    CALLHOME_217965,
    CALLHOME_DIRECT,
    CALLHOME_ON_PREM,
    EVALUATION_EXPIRED,
    RESERVED,
    Garble,
    Inject,
    License,
    Registration,
    Reject,
    out_of_compliance,
    registered,
)
from nxsl.tasks import configure_transport, register, verify
from tests.conftest import DIRECT, PATIENCE, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable


def healthy(name: str = "leaf1", **changes: Any) -> Any:
    """A switch with nothing to complain of."""
    return switch(name, **{"callhome": CALLHOME_DIRECT, "registration": registered(), **changes})


def findings(run: Fleet, **operands: Any) -> dict[str, Severity]:
    """The codes that `verify` finds on leaf1, with their severities."""
    record = run.result(verify, **operands).result
    assert record.outcome is Outcome.READ, record
    return {each.code: each.severity for each in record.findings}


def test_a_healthy_switch_has_no_findings_and_full_facts(fleet: Callable[..., Fleet]) -> None:
    run = fleet(healthy())
    result = run.result(verify)
    record = result.result
    assert record.findings == ()
    assert (result.changed, result.failed) == (False, False)
    assert record.regime is Regime.SMART_LICENSING
    assert record.platform is Platform.N9000
    assert record.facts.hostname == "leaf1"
    assert record.facts.serial == run.lab["leaf1"].serial
    assert record.facts.release == "9.3(4)"
    assert abs(record.state.read_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert record.state.status.registration.expires.tzinfo is UTC
    assert record.state.usage.licenses[0].tag == "LAN_ENTERPRISE_SERVICES_PKG"


def test_only_show_commands_are_sent(fleet: Callable[..., Fleet]) -> None:
    run = fleet(healthy())
    run.result(verify)
    assert all(
        line.startswith(("show ", "terminal length", "terminal width", "exit"))
        for line in run.lab["leaf1"].commands
    )


@pytest.mark.parametrize(
    ("changes", "code", "severity"),
    [
        ({"registration": Registration()}, "unregistered", Severity.CRITICAL),
        (
            {"registration": Registration(evaluation_left=timedelta(days=3))},
            "evaluation",
            Severity.CRITICAL,
        ),
        (
            {"registration": Registration(evaluation_left=timedelta(days=20))},
            "evaluation",
            Severity.WARNING,
        ),
        ({"registration": EVALUATION_EXPIRED}, "evaluation-expired", Severity.CRITICAL),
        ({"registration": out_of_compliance()}, "out-of-compliance", Severity.CRITICAL),
        ({"registration": RESERVED}, "reservation", Severity.INFO),
        (
            {"registration": Registration(state="UNREGISTERED - REGISTRATION EXPIRED")},
            "registration-expired",
            Severity.CRITICAL,
        ),
        (
            {"registration": registered(authorization="AUTH EXPIRED")},
            "authorization-expired",
            Severity.CRITICAL,
        ),
        (
            {"registration": registered(expires=timedelta(days=5))},
            "registration-expiring",
            Severity.CRITICAL,
        ),
        (
            {"registration": registered(expires=timedelta(days=50))},
            "registration-expiring",
            Severity.WARNING,
        ),
        (
            {"registration": registered(deadline=timedelta(days=30))},
            "authorization-expiring",
            Severity.WARNING,
        ),
        (
            {
                "registration": registered(
                    renewal=timedelta(days=-2), renewal_failure="Communication message send error"
                )
            },
            "renewal-failed",
            Severity.CRITICAL,
        ),
        (
            {"registration": registered(communication_failure="Communication message send error")},
            "communication-failed",
            Severity.CRITICAL,
        ),
        ({"registration": registered(authorization="SPLENDID")}, "unknown-authorization-state", 3),
        ({"registration": Registration(state="CONFUSED")}, "unknown-registration-state", 3),
        ({"licenses": (License(status="BLESSED"),)}, "unknown-license-state", Severity.CRITICAL),
        (
            {"licenses": (License(status="NOT AUTHORIZED"),)},
            "license-not-authorized",
            Severity.CRITICAL,
        ),
        ({"smart_enabled": False}, "smart-licensing-off", Severity.CRITICAL),
        ({"callhome": CALLHOME_217965}, "http-destination", Severity.CRITICAL),
        ({"callhome": CALLHOME_217965}, "call-home-not-enabled", Severity.CRITICAL),
        ({"callhome": CALLHOME_ON_PREM}, "destination-differs", Severity.WARNING),
        (
            {"config": "ip http source-interface Vlan27"},
            "source-interface-outside-vrf",
            Severity.CRITICAL,
        ),
        ({"clock_skew": timedelta(hours=2)}, "clock-skew", Severity.CRITICAL),
        ({"zone": ("CET", timedelta(hours=1))}, "clock-not-comparable", Severity.INFO),
        (
            {"intent": {**DIRECT, "virtual_account": "Campus"}},
            "wrong-account",
            Severity.CRITICAL,
        ),
        ({"release": "10.3(6)"}, "no-trust-code", Severity.CRITICAL),
        ({"release": "9.2(3)"}, "unlicensed-use", Severity.WARNING),
    ],
)
def test_each_trouble_is_found_by_its_code(
    fleet: Callable[..., Fleet], changes: dict[str, Any], code: str, severity: int
) -> None:
    run = fleet(healthy(**changes))
    found = findings(run)
    assert found[code] == severity
    assert all(each.remedy for each in run.result(verify).result.findings)


def test_a_switch_that_nxsl_has_no_way_for_is_unsupported_and_named(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(healthy(release="15.3(2b)", callhome=""))
    result = run.result(verify)
    assert result.failed
    assert (result.result.outcome, result.result.reason) == (Outcome.UNSUPPORTED, "regime")
    assert [each.code for each in result.result.findings] == ["regime-not-assessed"]
    assert "controller" in result.result.remedy


def test_thresholds_are_the_users(fleet: Callable[..., Fleet]) -> None:
    run = fleet(healthy(registration=registered(expires=timedelta(days=100))))
    assert findings(run) == {}
    strict = Thresholds(certificate=timedelta(days=120))
    assert findings(run, thresholds=strict) == {"registration-expiring": Severity.WARNING}


def test_an_unsaved_transport_is_found(fleet: Callable[..., Fleet]) -> None:
    run = fleet(healthy())
    run.lab["leaf1"].configure("callhome", "no enable")
    assert findings(run) == {
        "call-home-not-enabled": Severity.CRITICAL,
        "not-saved": Severity.WARNING,
    }


def test_a_reader_sees_the_licensing_and_is_told_what_was_not_read(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(healthy(role="network-operator"))
    record = run.result(verify).result
    assert record.state.status.registration.state == "registered"
    assert {each.code for each in record.findings} == {"not-read"}
    assert all("network-admin" in each.message or each.remedy for each in record.findings)


def test_undecodable_bytes_in_a_status_are_never_repaired_into_a_good_one(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(healthy(faults=(Garble(line="show license status", old=b"REGISTERED"),)))
    result = run.result(verify)
    assert result.failed or "unknown-registration-state" in {
        each.code for each in result.result.findings
    }


def test_a_log_line_in_the_middle_changes_nothing(fleet: Callable[..., Fleet]) -> None:
    line = "2026 Nov 24 03:00:00.123 leaf1 %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up"
    fault = Inject(line="show", occurrence=None, text=line + "\n", at=40)
    run = fleet(healthy(faults=(fault,)))
    record = run.result(verify).result
    assert record.outcome is Outcome.READ
    assert record.findings == ()


@pytest.mark.parametrize(
    "line", ["show startup-config callhome", "show license usage", "show running-config callhome"]
)
def test_a_part_that_cannot_be_read_does_not_cost_the_rest(
    fleet: Callable[..., Fleet], line: str
) -> None:
    run = fleet(healthy(faults=(Reject(line=line),)))
    record = run.result(verify).result
    assert record.state.status.registration.state == "registered"
    assert [each.code for each in record.findings] == ["not-read"]
    assert "Invalid command" in record.findings[0].message


@pytest.mark.parametrize(
    ("release", "platform"),
    [
        ("9.3(3)", Platform.N9000),
        ("9.3(6)", Platform.N9000),
        ("9.3(15)", Platform.N9000),
        ("10.1(1)", Platform.N9000),
        ("8.1(1)", Platform.N7000),
    ],
)
def test_every_platform_with_smart_licensing_goes_the_whole_way(
    fleet: Callable[..., Fleet], release: str, platform: Platform
) -> None:
    run = fleet(switch(release=release))
    assert run.result(configure_transport).result.outcome is Outcome.CHANGED_OK
    token = Token(token_value())
    assert run.result(register, token=token, patience=PATIENCE).result.outcome is Outcome.CHANGED_OK
    record = run.result(verify).result
    assert record.platform is platform
    assert record.facts.release == release
    assert record.findings == ()
