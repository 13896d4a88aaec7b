"""From states under Smart Licensing Using Policy to findings: trust, reports, acknowledgements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.assess import assess
from nxsl.core.findings import LOOK, Severity, Thresholds
from nxsl.core.records import Clock, LicenseState
from tests.core.builders import DAY, HOUR, SECOND, codes, intent, only
from tests.core.policy_builders import (
    CSLU_URL,
    ON_PREM_POLICY_URL,
    POLICY_LICENSE,
    POLICY_NOW,
    POLICY_STATUS,
    policy_state,
    policy_transport,
)
from tests.core.test_core_findings import CODES

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from nxsl.core.state import SwitchState
    from nxsl.core.transport import Transport

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
FULL = intent(smart_account="Example Corp", virtual_account="Default")
CARRY = "nxsl usage save, upload the file to the smart account, then nxsl usage import"
OFF = policy_transport("off")
UNUSED = replace(POLICY_LICENSE, count=0, state=LicenseState.NOT_IN_USE, status="NOT IN USE")


def found_in(state: SwitchState) -> list[tuple[str, Severity]]:
    return [(each.code, each.severity) for each in assess(state)]


# -------------------------------------------------------------------------------------- healthy


def test_a_switch_that_reports_and_is_acknowledged_has_no_findings() -> None:
    assert assess(policy_state()) == ()
    assert assess(policy_state(), intent=FULL) == ()


@pytest.mark.parametrize(
    "transport",
    [
        policy_transport("smart", vrf="OOB", proxy_address="192.0.2.80", proxy_port=80),
        policy_transport("cslu", cslu_url=CSLU_URL),
        policy_transport("cslu", cslu_url=ON_PREM_POLICY_URL),
    ],
)
def test_a_healthy_switch_by_another_way_has_no_findings(transport: Transport) -> None:
    assert codes(policy_state(transport=transport)) == []


def test_what_was_not_read_is_not_judged() -> None:
    bare = replace(policy_state(), policy=None, usage=None, transport=None, saved=None)
    assert codes(bare) == []


def test_one_that_is_not_enabled_is_found() -> None:
    found = only(policy_state(status={"enabled": False}))
    assert (found.code, found.severity) == ("policy-not-enabled", CRITICAL)
    assert found.remedy == LOOK


def test_lines_that_nxsl_does_not_know_are_shown() -> None:
    found = only(policy_state(status={"other": ("Custom ID: 1",)}))
    assert (found.code, found.severity) == ("unread-lines", INFO)
    assert "Custom ID: 1" in found.message


def test_lines_of_the_status_that_say_nothing_about_licensing_are_passed_over() -> None:
    known = ("VRF:", "OOB", "Proxy:", "Address: proxy.example.com", "Custom Id: <empty>")
    through = policy_transport("smart", vrf="OOB")
    assert codes(policy_state(status={"other": known}, transport=through)) == []
    found = only(policy_state(status={"other": known}))
    assert found.message.endswith("nxsl does not know: OOB")  # no VRF of that name is configured
    unread = replace(policy_state(status={"other": known[:1]}), transport=None, saved=None)
    assert codes(unread) == []


def test_a_transport_that_is_not_saved_is_found() -> None:
    found = only(policy_state(saved=policy_transport("cslu", cslu_url=CSLU_URL)))
    assert (found.code, found.severity) == ("not-saved", WARNING)
    assert found.message == (
        f"the startup configuration differs: - license smart url cslu {CSLU_URL}; "
        "+ license smart transport smart"
    )


def test_a_configuration_of_which_one_side_was_not_read_is_not_compared() -> None:
    assert codes(policy_state(saved=None)) == []
    assert codes(replace(policy_state(), transport=None)) == []


@pytest.mark.parametrize(
    ("why", "remedy"),
    [
        ("the user's role does not allow 'show x'", "use an account that may see it"),
        ("no rule fits", "look at the switch's own output"),
    ],
)
def test_what_could_not_be_read_is_never_fine(why: str, remedy: str) -> None:
    found = only(policy_state(not_read=(f"running configuration: {why}",)))
    assert (found.code, found.severity) == ("not-read", WARNING)
    assert why in found.message
    assert found.remedy.startswith(remedy)


def test_a_clock_that_is_off_is_found() -> None:
    clock = Clock(local=(POLICY_NOW + HOUR).replace(tzinfo=None), zone="UTC")
    assert only(policy_state(clock=clock)).code == "clock-skew"


# ------------------------------------------------------------------------------------- licences


@pytest.mark.parametrize("licenses", [(), (UNUSED,)])
def test_without_licences_in_use_nothing_is_missing(licenses: tuple[Any, ...]) -> None:
    never = {
        "last_ack": None,
        "last_report": None,
        "next_report": POLICY_NOW - 9 * DAY,
        "ack_deadline": POLICY_NOW - DAY,
    }
    found = only(policy_state(licenses=licenses, reporting=never))
    assert (found.code, found.severity) == ("no-licenses-in-use", INFO)
    assert found.message.endswith("that is fine")
    assert found.remedy == ""


@pytest.mark.parametrize("word", ["IN_USE", "NOT_IN_USE", "NOT_APPLICABLE"])
def test_each_good_state_of_a_licence(word: str) -> None:
    other = replace(POLICY_LICENSE, state=LicenseState[word])
    assert codes(policy_state(licenses=(POLICY_LICENSE, other))) == []


STRANGE = {LicenseState.UNKNOWN, LicenseState.AUTHORIZED, LicenseState.RESERVED_AUTHORIZED}
GOOD = {LicenseState.IN_USE, LicenseState.NOT_IN_USE, LicenseState.NOT_APPLICABLE}


@pytest.mark.parametrize("found_state", sorted(set(LicenseState) - GOOD))
def test_each_other_state_of_a_licence(found_state: LicenseState) -> None:
    bad = replace(
        POLICY_LICENSE, tag="SECURITY_PKG", state=found_state, status="SOME WORDS", count=2
    )
    found = only(policy_state(licenses=(POLICY_LICENSE, bad)))
    strange = found_state in STRANGE
    assert found.severity is CRITICAL
    assert found.code == ("unknown-license-state" if strange else f"license-{found_state}")
    assert found.message == "licence SECURITY_PKG (count 2) is SOME WORDS"
    assert (found.remedy == LOOK) == strange
    assert found.remedy
    assert found.code in CODES


# ---------------------------------------------------------------------------------------- trust

BARE: dict[str, Any] = {"trust": ()}


@pytest.mark.parametrize(
    "transport",
    [
        policy_transport("smart"),
        policy_transport("cslu", cslu_url=ON_PREM_POLICY_URL),
    ],
)
def test_a_switch_that_reports_needs_a_trust_code(transport: Transport) -> None:
    found = only(policy_state(status=BARE, transport=transport))
    assert (found.code, found.severity) == ("no-trust-code", CRITICAL)
    assert found.message == "no trust code is installed"
    assert found.remedy == "nxsl register"


@pytest.mark.parametrize("url", [CSLU_URL, CSLU_URL.replace("http", "HTTP")])
def test_a_cslu_on_plain_http_needs_none(url: str) -> None:
    found = only(policy_state(status=BARE, transport=policy_transport("cslu", cslu_url=url)))
    assert (found.code, found.severity, found.remedy) == ("no-trust-code", INFO, "")
    assert found.message.endswith("nothing asks for one as things are")


def test_only_a_cslu_takes_reports_on_plain_http() -> None:
    transport = policy_transport("smart", cslu_url=CSLU_URL)
    assert only(policy_state(status=BARE, transport=transport)).severity is CRITICAL


def test_a_switch_that_sends_nothing_or_uses_nothing_needs_no_trust_code() -> None:
    off = policy_state(status=BARE, transport=OFF)
    assert found_in(off) == [("no-trust-code", INFO), ("transport-off", INFO)]
    unused = policy_state(status=BARE, licenses=())
    assert found_in(unused) == [("no-licenses-in-use", INFO), ("no-trust-code", INFO)]


def test_where_usage_was_not_read_the_trust_code_counts() -> None:
    found = only(policy_state(status=BARE, usage=None))
    assert (found.code, found.severity) == ("no-trust-code", CRITICAL)


@pytest.mark.parametrize(
    ("transport", "url", "expected"),
    [
        ("Transport Off", "", [("no-trust-code", INFO), ("transport-off", INFO)]),
        ("Smart", "", [("no-trust-code", CRITICAL)]),
        ("CSLU", CSLU_URL, [("no-trust-code", INFO)]),
        ("cslu", ON_PREM_POLICY_URL, [("no-trust-code", CRITICAL)]),
        ("Smart", CSLU_URL, [("no-trust-code", CRITICAL)]),
    ],
)
def test_where_the_configuration_was_not_read_the_status_tells_the_way(
    transport: str, url: str, expected: list[tuple[str, Severity]]
) -> None:
    status = {**BARE, "transport": transport, "transport_url": url}
    unread = replace(policy_state(status=status), transport=None, saved=None)
    assert found_in(unread) == expected


# -------------------------------------------------------------------------------------- account


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"smart_account": "Other"}, ["smart account is 'Example Corp', 'Other' is intended"]),
        ({"virtual_account": "Campus"}, ["virtual account is 'Default', 'Campus' is intended"]),
        ({"smart_account": "A", "virtual_account": "B"}, ["'A' is intended", "'B' is intended"]),
    ],
)
def test_a_switch_of_another_account(fields: dict[str, str], words: list[str]) -> None:
    found = only(policy_state(), intent(**fields))
    assert (found.code, found.severity) == ("wrong-account", CRITICAL)
    assert all(each in found.message for each in words)
    assert "--force" in found.remedy


def test_an_account_that_is_not_shown_yet_is_not_wrong() -> None:
    unnamed = policy_state(status={"smart_account": "", "virtual_account": ""})
    assert codes(unnamed, intent(virtual_account="Campus")) == []


# -------------------------------------------------------------------------------------- reports


def ago(length: timedelta) -> datetime:
    return POLICY_NOW - length


@pytest.mark.parametrize(
    ("late", "is_found"), [(-DAY, False), (DAY, False), (DAY + SECOND, True), (9 * DAY, True)]
)
def test_a_report_that_is_late(late: timedelta, is_found: bool) -> None:
    state = policy_state(reporting={"next_report": ago(late)})
    assert found_in(state) == ([("report-overdue", WARNING)] if is_found else [])
    never = policy_state(reporting={"next_report": ago(late), "last_report": None})
    assert found_in(never) == [
        ("report-overdue", CRITICAL) if is_found else ("never-reported", WARNING)
    ]
    for each in (*assess(state), *assess(never)):
        assert each.remedy.startswith("nxsl renew")


def test_how_late_a_report_is_and_when_the_first_is_due() -> None:
    late = only(policy_state(reporting={"next_report": ago(9 * DAY)}))
    assert late.message == "the next usage report was due 9 days ago"
    never = only(policy_state(reporting={"last_report": None}))
    assert never.message == "no usage report was ever sent; the first is due on 2024-03-31"
    undated = only(policy_state(reporting={"last_report": None, "next_report": None}))
    assert undated.message == "no usage report was ever sent"


@pytest.mark.parametrize(
    ("interval", "next_report", "expected"),
    [
        (0, None, []),
        (0, POLICY_NOW + DAY, ["never-reported"]),
        (None, None, ["never-reported"]),
        (30, None, ["never-reported"]),
    ],
)
def test_a_policy_that_asks_for_no_reports_gets_none(
    interval: int | None, next_report: datetime | None, expected: list[str]
) -> None:
    dates = {"last_report": None, "next_report": next_report, "push_interval": interval}
    assert codes(policy_state(reporting=dates)) == expected


def test_how_late_a_report_may_be_can_be_set() -> None:
    late = policy_state(reporting={"next_report": ago(2 * DAY)})
    assert assess(late, thresholds=Thresholds(overdue=2 * DAY)) == ()
    assert only(late, thresholds=Thresholds(overdue=DAY)).code == "report-overdue"


def test_transport_off_is_only_information_and_its_reports_are_never_late() -> None:
    late = {"next_report": ago(9 * DAY), "last_report": None}
    found = only(policy_state(transport=OFF, reporting=late))
    assert (found.code, found.severity, found.remedy) == ("transport-off", INFO, CARRY)


# ------------------------------------------------------------------------------------ together


def test_the_worst_findings_come_first() -> None:
    state = policy_state(
        status={"trust": (), "other": ("x",)},
        reporting={"last_ack": None, "ack_deadline": None},
    )
    assert [each.severity for each in assess(state)] == [CRITICAL, WARNING, INFO]


def test_every_finding_has_a_remedy_or_says_that_it_is_fine() -> None:
    bad = [
        policy_state(status=replace(POLICY_STATUS, enabled=False, trust=())),
        policy_state(status=BARE, transport=OFF),
        policy_state(status=BARE, licenses=()),
        policy_state(reporting={"last_report": None, "last_ack": None}),
        policy_state(reporting={"ack_deadline": POLICY_NOW}),
        policy_state(reporting={"next_report": ago(9 * DAY)}),
    ]
    found = [each for state in bad for each in assess(state)]
    assert len({each.code for each in found}) >= 6
    for each in found:
        fine = "fine" in each.message or "nothing asks for one" in each.message
        assert bool(each.remedy) != fine, each
        assert "\n" not in each.message
        assert each.severity is INFO or not fine
