"""From licence files to findings: grace periods and dates of expiry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nxsl.core.assess import assess
from nxsl.core.checks_files import expires_at, is_grace_over
from nxsl.core.findings import Severity, Thresholds
from nxsl.core.records import Clock, PakLicense, PakUsage
from nxsl.core.state import SwitchState
from tests.core.builders import DAY, FACTS, HOUR, SECOND, codes, only

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
NOW = datetime(2024, 3, 8, 12, 0, tzinfo=UTC)
IN_USE = PakLicense(
    feature="LAN_ENTERPRISE_SERVICES_PKG",
    installed=True,
    count=None,
    status="In use",
    expiry="Never",
)
NO_FILE = replace(IN_USE, installed=False, expiry="")


def files(
    *licenses: PakLicense, now: datetime = NOW, host_id: str = "VDH=FDO00000001"
) -> SwitchState:
    """The state of a switch with licence files alone."""
    return SwitchState(
        facts=replace(FACTS, release="9.3(2)"),
        read_at=now,
        clock=Clock(local=now.replace(tzinfo=None), zone="UTC", source="NTP"),
        usage=PakUsage(licenses=licenses),
        host_id=host_id,
    )


@pytest.mark.parametrize(
    "fine",
    [
        IN_USE,
        replace(IN_USE, expiry=""),
        replace(IN_USE, expiry="08 Mar 2030"),
        replace(NO_FILE, status="Unused"),
        replace(NO_FILE, status="Unused", comments="Grace expired"),
        replace(IN_USE, status="Unused", expiry="01 Jan 2020"),
        replace(IN_USE, comments="Grace expired"),  # a file has come since
        replace(NO_FILE, status="Unused", expiry="01 Jan 2020"),
    ],
)
def test_a_healthy_switch_has_no_findings(fine: PakLicense) -> None:
    assert codes(files(IN_USE, fine)) == []


def test_a_switch_whose_usage_was_not_read_is_not_judged() -> None:
    assert codes(replace(files(), usage=None)) == []


@pytest.mark.parametrize(
    ("left", "severity", "words"),
    [
        (119 * DAY + 22 * HOUR, WARNING, ", 119 days of grace left"),
        (7 * DAY, WARNING, ", 7 days of grace left"),
        (7 * DAY - SECOND, CRITICAL, ", 6 days of grace left"),
        (timedelta(), CRITICAL, ", 0 min of grace left"),
        (None, WARNING, ""),
    ],
)
def test_a_grace_period_at_its_borders(
    left: timedelta | None, severity: Severity, words: str
) -> None:
    comments = "Grace" if left is not None else ""
    found = only(files(IN_USE, replace(NO_FILE, grace_remaining=left, comments=comments)))
    assert (found.code, found.severity) == ("unlicensed-use", severity)
    assert found.message == f"{NO_FILE.feature} is in use without a licence file{words}"
    assert found.remedy == (
        "install a licence file (for host id VDH=FDO00000001), or switch the feature off"
    )


def test_a_grace_period_that_is_over() -> None:
    over = replace(NO_FILE, comments="Grace Expired")
    assert is_grace_over(over)
    found = only(files(over, host_id=""))
    assert (found.code, found.severity) == ("grace-expired", CRITICAL)
    assert found.message.endswith("without a licence file, and its grace period is over")
    assert "host id not read" in found.remedy
    assert not is_grace_over(replace(over, grace_remaining=DAY))
    assert not is_grace_over(NO_FILE)


@pytest.mark.parametrize("expiry", ["08 Mar 2024", "8 Mar 2024", "Mar 8 2024", "Mar 08 2024"])
def test_a_date_without_a_time_is_the_end_of_that_day(expiry: str) -> None:
    assert expires_at(replace(IN_USE, expiry=expiry)) == datetime(2024, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize("expiry", ["Never", "never", "", "-"])
def test_a_licence_file_without_a_date_does_not_run_out(expiry: str) -> None:
    assert expires_at(replace(IN_USE, expiry=expiry)) is None


END = datetime(2024, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "code", "severity"),
    [
        (60 * DAY, "", WARNING),
        (60 * DAY - SECOND, "license-file-expiring", WARNING),
        (7 * DAY, "license-file-expiring", WARNING),
        (7 * DAY - SECOND, "license-file-expiring", CRITICAL),
        (SECOND, "license-file-expiring", CRITICAL),
        (timedelta(), "license-file-expired", CRITICAL),
        (-3 * DAY, "license-file-expired", CRITICAL),
    ],
)
def test_the_expiry_of_a_licence_file_at_its_borders(
    left: timedelta, code: str, severity: Severity
) -> None:
    dated = replace(IN_USE, expiry="08 Mar 2024")
    found = assess(files(dated, now=END - left))
    assert [(each.code, each.severity) for each in found] == ([(code, severity)] if code else [])
    assert all(each.remedy == "install a new licence file" for each in found)


def test_when_a_licence_file_runs_out_is_said() -> None:
    dated = replace(IN_USE, expiry="08 Mar 2024")
    soon, gone = only(files(dated, now=END - 8 * DAY)), only(files(dated, now=END + 3 * DAY))
    assert soon.message == f"the licence file of {IN_USE.feature} runs out in 8 days"
    assert gone.message == f"the licence file of {IN_USE.feature} ran out 3 days ago"


def test_a_file_that_is_not_there_does_not_run_out() -> None:
    dated = replace(NO_FILE, expiry="01 Jan 2020")
    assert codes(files(dated)) == ["unlicensed-use"]


def test_the_thresholds_can_be_set() -> None:
    state = files(replace(IN_USE, expiry="08 Mar 2024"), now=END - 20 * DAY)
    assert assess(state, thresholds=Thresholds(certificate=20 * DAY)) == ()
    assert only(state, thresholds=Thresholds(critical=21 * DAY)).severity is CRITICAL
    grace = files(replace(NO_FILE, grace_remaining=20 * DAY))
    assert only(grace, thresholds=Thresholds(critical=21 * DAY)).severity is CRITICAL


@pytest.mark.parametrize(
    ("comments", "code", "severity"),
    [
        ("license missing", "license-file-missing", CRITICAL),
        ("frobnicated", "unknown-license-comment", WARNING),
    ],
)
def test_a_comment_that_is_no_grace_period(comments: str, code: str, severity: Severity) -> None:
    found = only(files(replace(IN_USE, comments=comments)))
    assert (found.code, found.severity) == (code, severity)
    assert comments in found.message
    assert codes(files(replace(IN_USE, comments=comments, status="Unused"))) == []
