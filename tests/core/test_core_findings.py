"""From states to findings: every bad state is found, with its severity and a remedy."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from nxsl.core import (
    checks_common,
    checks_conversion,
    checks_files,
    checks_licensing,
    checks_policy,
    checks_policy_transport,
    checks_transport,
)
from nxsl.core.assess import assess
from nxsl.core.findings import Finding, Severity, Thresholds
from nxsl.core.intent import CLOUD_URL, LicensingIntent
from nxsl.core.policy_records import PolicyMode, PolicyTransport
from nxsl.core.reasons import REASONS, UNKNOWN
from nxsl.core.records import (
    Attempt,
    AttemptResult,
    AuthorizationState,
    Clock,
    LicenseState,
    LicenseStatus,
    LicenseUsage,
    PakLicense,
    PakUsage,
    Registration,
    RegistrationState,
)
from nxsl.core.state import SwitchState, clock_skew, span
from nxsl.core.ways import WAYS
from tests.core.builders import (
    DAY,
    FACTS,
    HOUR,
    HTTP_URL,
    LICENSE,
    NOW,
    OTHER_URL,
    SECOND,
    UNREGISTERED,
    codes,
    failed,
    intent,
    only,
    proxy_intent,
    state,
    status,
    transport,
)

if TYPE_CHECKING:
    from nxsl.core.reasons import Reason
    from nxsl.core.transport import Transport

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
WEIRD = Attempt(result=AttemptResult.UNKNOWN, word="POSTPONED")
FULL = intent(
    email="sch-smart-licensing@cisco.com", smart_account="Example Corp", virtual_account="Default"
)


def with_transport(found: Transport) -> SwitchState:
    return state(transport=found, saved=found)


def registration(words: str, **changes: object) -> Registration:
    """A registration with these words of the switch, read as the parser reads them."""
    word, _, detail = words.partition(" - ")
    known = {each.name: each for each in RegistrationState}
    found = known.get(word, RegistrationState.UNKNOWN)
    return replace(
        UNREGISTERED,
        state=found,
        status=words,
        detail=detail if found is not RegistrationState.UNKNOWN else "",
        **changes,  # type: ignore[arg-type]
    )


# -------------------------------------------------------------------------------------- healthy


def test_a_fresh_registration_has_no_findings() -> None:
    assert assess(state()) == ()
    assert assess(state(), intent=FULL) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"state": AuthorizationState.AUTHORIZED_RESERVED, "status": "AUTHORIZED - RESERVED"},
        {"state": AuthorizationState.NO_LICENSES_IN_USE, "status": "No Licenses in Use"},
    ],
)
def test_other_good_authorizations_have_no_findings(changes: dict[str, object]) -> None:
    assert codes(state(authorization=changes)) == []


def test_a_renewal_that_succeeded_is_fine() -> None:
    renewed = Attempt(result=AttemptResult.SUCCEEDED, word="SUCCEEDED", at=NOW)
    assert codes(state(registration={"last_renewal": renewed})) == []


# ----------------------------------------------------------------------------- registration words

REGISTRATIONS = [
    ("UNREGISTERED", "unregistered", CRITICAL),
    ("REGISTERING - REGISTRATION IN PROGRESS", "registering", WARNING),
    ("UNREGISTERED - REGISTRATION PENDING/RETRY", "registration-failed", CRITICAL),
    ("REGISTERING - REGISTRATION RETRY", "registration-failed", CRITICAL),
    ("UNREGISTERED - REGISTRATION FAILED", "registration-failed", CRITICAL),
    ("UNREGISTERED - REGISTRATION EXPIRED", "registration-expired", CRITICAL),
    ("UNREGISTERED - SOMETHING NEW", "unregistered", CRITICAL),
    ("REGISTERED - SPECIFIC LICENSE RESERVATION", "reservation", INFO),
    ("REGISTERED - UNIVERSAL LICENSE RESERVATION", "reservation", INFO),
    ("REGISTERED - SOMETHING NEW", "unknown-registration-state", CRITICAL),
    ("COMPLETE", "unknown-registration-state", CRITICAL),
    ("registered", "unknown-registration-state", CRITICAL),
]


@pytest.mark.parametrize(("words", "code", "severity"), REGISTRATIONS)
def test_each_registration_word(words: str, code: str, severity: Severity) -> None:
    found = only(state(registration=registration(words)))
    assert (found.code, found.severity) == (code, severity)
    assert words in found.message
    assert found.remedy


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_a_failed_registration_is_explained_by_its_reason(reason: Reason) -> None:
    words = f"The server says: {reason.text}."
    found = only(state(registration=registration("UNREGISTERED", initial=failed(words))))
    assert (found.code, found.severity) == ("registration-failed", CRITICAL)
    assert words in found.message
    assert reason.cause in found.message
    assert found.remedy == reason.remedy


def test_a_failed_registration_with_an_unknown_reason_shows_it() -> None:
    found = only(state(registration=registration("UNREGISTERED", initial=failed("Moon is full"))))
    assert "Moon is full" in found.message
    assert UNKNOWN.cause in found.message
    assert found.remedy == UNKNOWN.remedy


def test_smart_licensing_that_is_off_is_the_finding() -> None:
    found = only(state(status=LicenseStatus(enabled=False)))
    assert (found.code, found.severity) == ("smart-licensing-off", CRITICAL)
    assert found.remedy == "nxsl configure"


# ---------------------------------------------------------------------------- authorization words

AUTHORIZATIONS = [
    (AuthorizationState.EVALUATION_EXPIRED, "EVAL EXPIRED", "evaluation-expired"),
    (AuthorizationState.OUT_OF_COMPLIANCE, "OUT OF COMPLIANCE", "out-of-compliance"),
    (AuthorizationState.AUTHORIZATION_EXPIRED, "AUTH EXPIRED", "authorization-expired"),
    (AuthorizationState.NOT_AUTHORIZED, "NOT AUTHORIZED", "not-authorized"),
    (AuthorizationState.NOT_APPLICABLE, "Not Applicable", "unknown-authorization-state"),
    (AuthorizationState.UNKNOWN, "IN COMPLIANCE", "unknown-authorization-state"),
    (AuthorizationState.UNKNOWN, "", "unknown-authorization-state"),
]


@pytest.mark.parametrize(("found_state", "words", "code"), AUTHORIZATIONS)
def test_each_bad_authorization_word(
    found_state: AuthorizationState, words: str, code: str
) -> None:
    found = only(state(authorization={"state": found_state, "status": words}))
    assert (found.code, found.severity) == (code, CRITICAL)
    assert words in found.message
    assert found.remedy


def test_every_authorization_state_is_judged() -> None:
    good = {
        AuthorizationState.AUTHORIZED,
        AuthorizationState.AUTHORIZED_RESERVED,
        AuthorizationState.NO_LICENSES_IN_USE,
    }
    for each in AuthorizationState:
        found = codes(state(authorization={"state": each, "status": "X"}))
        assert bool(found) == (each not in good), each


@pytest.mark.parametrize(
    ("left", "severity"),
    [
        (timedelta(days=90), INFO),
        (timedelta(days=30), INFO),
        (timedelta(days=30) - SECOND, WARNING),
        (timedelta(days=7), WARNING),
        (timedelta(days=7) - SECOND, CRITICAL),
        (timedelta(), CRITICAL),
        (None, WARNING),
    ],
)
def test_the_evaluation_period_at_its_borders(left: timedelta | None, severity: Severity) -> None:
    found = only(
        state(
            authorization={
                "state": AuthorizationState.EVALUATION,
                "status": "EVAL MODE",
                "evaluation_remaining": left,
            }
        )
    )
    assert (found.code, found.severity) == ("evaluation", severity)
    assert found.remedy
    assert ("left" in found.message) == (left is not None)


# --------------------------------------------------------------------------------- single licences

BAD_LICENSES = [
    (LicenseState.INITIALIZED, "license-initialized", WARNING),
    (LicenseState.WAITING, "license-waiting", WARNING),
    (LicenseState.OUT_OF_COMPLIANCE, "license-out-of-compliance", CRITICAL),
    (LicenseState.OVERAGE, "license-overage", WARNING),
    (LicenseState.EVALUATION, "license-evaluation", WARNING),
    (LicenseState.EVALUATION_EXPIRED, "license-evaluation-expired", CRITICAL),
    (LicenseState.AUTHORIZATION_EXPIRED, "license-authorization-expired", CRITICAL),
    (LicenseState.GRACE_PERIOD_EXPIRED, "license-grace-period-expired", CRITICAL),
    (LicenseState.DISABLED, "license-disabled", CRITICAL),
    (LicenseState.INVALID_TAG, "license-invalid-tag", CRITICAL),
    (LicenseState.NOT_AUTHORIZED, "license-not-authorized", CRITICAL),
    (LicenseState.IN_USE, "license-in-use", CRITICAL),
    (LicenseState.UNKNOWN, "unknown-license-state", CRITICAL),
]
GOOD_LICENSES = [
    LicenseState.AUTHORIZED,
    LicenseState.RESERVED_AUTHORIZED,
    LicenseState.NOT_APPLICABLE,
    LicenseState.NOT_IN_USE,
]


@pytest.mark.parametrize(("found_state", "code", "severity"), BAD_LICENSES)
def test_each_bad_state_of_a_licence(
    found_state: LicenseState, code: str, severity: Severity
) -> None:
    bad = replace(LICENSE, tag="SECURITY_PKG", state=found_state, status="SOME WORDS", count=2)
    found = only(state(licenses=(LICENSE, bad)))
    assert (found.code, found.severity) == (code, severity)
    assert found.message == "licence SECURITY_PKG (count 2) is SOME WORDS"
    assert found.remedy


@pytest.mark.parametrize("found_state", GOOD_LICENSES)
def test_each_good_state_of_a_licence(found_state: LicenseState) -> None:
    assert codes(state(licenses=(replace(LICENSE, state=found_state),))) == []


def test_every_state_of_a_licence_is_judged() -> None:
    assert {each for each, _, _ in BAD_LICENSES} | {*GOOD_LICENSES} == {*LicenseState}


@pytest.mark.parametrize("word", ["EVALUATION", "EVALUATION_EXPIRED", "AUTHORIZATION_EXPIRED"])
def test_a_licence_whose_state_is_the_overall_one_is_not_said_twice(word: str) -> None:
    overall = {"state": AuthorizationState[word], "status": word}
    alike = replace(LICENSE, state=LicenseState[word])
    assert codes(state(authorization=overall, licenses=(alike,))) == [
        word.lower().replace("_", "-")
    ]


def test_a_licence_out_of_compliance_is_named_beside_the_overall_state() -> None:
    found = codes(
        state(
            authorization={
                "state": AuthorizationState.OUT_OF_COMPLIANCE,
                "status": "OUT OF COMPLIANCE",
            },
            licenses=(replace(LICENSE, state=LicenseState.OUT_OF_COMPLIANCE),),
        )
    )
    assert found == ["out-of-compliance", "license-out-of-compliance"]


def pak(feature: str, *, use: str, installed: bool, grace: timedelta | None = None) -> PakLicense:
    return PakLicense(
        feature=feature, installed=installed, count=None, status=use, grace_remaining=grace
    )


def test_licence_files_count_where_smart_licensing_is_off_and_not_intended() -> None:
    usage = PakUsage(licenses=(pak("A_PKG", use="In use", installed=True),))
    off = state(status=LicenseStatus(enabled=False), usage=usage)
    found = only(off)
    assert (found.code, found.severity) == ("smart-licensing-off", INFO)
    assert only(off, FULL).severity is CRITICAL


def test_a_feature_without_its_licence_file_is_found() -> None:
    usage = PakUsage(
        licenses=(
            pak("A_PKG", use="Unused", installed=False),
            pak("B_PKG", use="In use", installed=True),
            pak("C_PKG", use="In use", installed=False, grace=timedelta(days=119, hours=22)),
        )
    )
    found = only(state(usage=usage))
    assert (found.code, found.severity) == ("unlicensed-use", WARNING)
    assert found.message == "C_PKG is in use without a licence file, 119 days of grace left"


# ------------------------------------------------------------------------- dates and their borders


def at(days: float, now: datetime = NOW) -> datetime:
    return now + timedelta(days=days)


DATES = [
    (60, None),
    (60 - 1 / 86_400, WARNING),
    (7, WARNING),
    (7 - 1 / 86_400, CRITICAL),
    (0, CRITICAL),
    (-3, CRITICAL),
]


@pytest.mark.parametrize(("days", "severity"), DATES)
def test_the_id_certificate_at_its_borders(days: float, severity: Severity | None) -> None:
    found = assess(state(registration={"expires": at(days)}))
    assert [(each.code, each.severity) for each in found] == (
        [("registration-expiring", severity)] if severity else []
    )
    assert all(each.remedy == "nxsl renew --kind id" for each in found)


@pytest.mark.parametrize(
    ("days", "severity"),
    [(45, None), (45 - 1 / 86_400, WARNING), (7, WARNING), (7 - 1 / 86_400, CRITICAL)],
)
def test_the_authorization_at_its_borders(days: float, severity: Severity | None) -> None:
    found = assess(state(authorization={"deadline": at(days)}))
    assert [(each.code, each.severity) for each in found] == (
        [("authorization-expiring", severity)] if severity else []
    )
    assert all(each.remedy == "nxsl renew --kind auth" for each in found)


def test_the_thresholds_can_be_set() -> None:
    limits = Thresholds(
        certificate=timedelta(days=100), authorization=timedelta(days=80), critical=HOUR
    )
    soon = state(registration={"expires": at(99)}, authorization={"deadline": at(2)})
    assert [(each.code, each.severity) for each in assess(soon, thresholds=limits)] == [
        ("registration-expiring", WARNING),
        ("authorization-expiring", WARNING),
    ]


def test_a_date_that_has_passed_is_said_to_have() -> None:
    found = only(state(registration={"expires": at(-3)}))
    assert found.message == "the registration ran out 3 days ago"
    assert "runs out in 8 days, on 2022-06-30" in (
        only(state(registration={"expires": at(8)})).message
    )


@pytest.mark.parametrize("part", ["registration", "authorization"])
@pytest.mark.parametrize(("late", "is_found"), [(DAY, False), (DAY + SECOND, True)])
def test_a_renewal_that_was_announced_and_did_not_come(
    part: str, late: timedelta, is_found: bool
) -> None:
    field = "next_renewal" if part == "registration" else "next_communication"
    found = assess(state(**{part: {field: NOW - late}}))  # type: ignore[arg-type]
    assert [(each.code, each.severity) for each in found] == (
        [("overdue", WARNING)] if is_found else []
    )


def test_the_dates_of_a_switch_that_is_not_registered_do_not_matter() -> None:
    gone = replace(UNREGISTERED, expires=at(-3), next_renewal=at(-3), last_renewal=failed())
    assert codes(state(registration=gone)) == ["unregistered"]


@pytest.mark.parametrize(
    ("part", "field", "code"),
    [
        ("registration", "last_renewal", "renewal-failed"),
        ("authorization", "last_communication", "communication-failed"),
    ],
)
def test_a_failed_attempt_is_explained(part: str, field: str, code: str) -> None:
    reason = "Communication message send error"
    found = only(state(**{part: {field: failed(reason)}}))  # type: ignore[arg-type]
    assert (found.code, found.severity) == (code, CRITICAL)
    assert "failed on 2022-06-22 16:15 UTC" in found.message
    assert reason in found.message
    assert "check call home" in found.remedy
    silent = only(state(**{part: {field: failed()}}))  # type: ignore[arg-type]
    assert "no reason given" in silent.message


@pytest.mark.parametrize(
    ("part", "field"), [("registration", "last_renewal"), ("authorization", "last_communication")]
)
def test_an_unknown_word_for_an_attempt_is_never_fine(part: str, field: str) -> None:
    found = only(state(**{part: {field: WEIRD}}))  # type: ignore[arg-type]
    assert (found.code, found.severity) == ("unknown-attempt-result", WARNING)
    assert "POSTPONED" in found.message


# ----------------------------------------------------------------------------------------- account


def test_an_open_reservation_is_not_taken_for_a_missing_registration() -> None:
    found = assess(state(registration=registration("UNREGISTERED - RESERVATION IN PROGRESS")))
    assert [(each.code, each.severity) for each in found] == [("reservation-requested", WARNING)]
    assert "nxsl register" not in found[0].remedy


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"smart_account": "Other"}, ["smart account is 'Example Corp', 'Other' is intended"]),
        ({"virtual_account": "Campus"}, ["virtual account is 'Default', 'Campus' is intended"]),
        ({"smart_account": "A", "virtual_account": "B"}, ["'A' is intended", "'B' is intended"]),
    ],
)
def test_a_registration_to_another_account(fields: dict[str, str], words: list[str]) -> None:
    found = only(state(), intent(**fields))
    assert (found.code, found.severity) == ("wrong-account", CRITICAL)
    assert all(each in found.message for each in words)
    assert "--force" in found.remedy


def test_accounts_compare_without_regard_to_case_and_outer_blanks() -> None:
    assert codes(state(), intent(smart_account=" EXAMPLE corp", virtual_account="DEFAULT ")) == []


def test_an_unregistered_switch_is_not_in_a_wrong_account() -> None:
    wanted = intent(virtual_account="Campus")
    assert codes(state(registration=UNREGISTERED), wanted) == ["unregistered"]


# ---------------------------------------------------------------------------------- regime, clock


@pytest.mark.parametrize(
    ("chassis", "release", "label", "severity"),
    [
        ("N9K-C9336PQ", "15.3(2b)", "system", WARNING),
        ("Catalyst", "9.3(4)", "NXOS", WARNING),
        ("Nexus9000 C93180YC-EX", "future", "NXOS", WARNING),
    ],
)
def test_a_switch_whose_regime_nxsl_has_no_way_for_is_named(
    chassis: str, release: str, label: str, severity: Severity
) -> None:
    facts = replace(FACTS, chassis=chassis, release=release, image_label=label)
    found = only(state(facts=facts, status=None, usage=None, transport=None, saved=None))
    assert (found.code, found.severity) == ("regime-not-assessed", severity)
    assert chassis in found.message
    assert release in found.message
    assert found.remedy


@pytest.mark.parametrize("release", ["9.3(2)", "10.2(1)"])
def test_call_home_is_not_judged_where_it_is_not_the_transport(release: str) -> None:
    facts = replace(FACTS, release=release)
    policy = PolicyTransport(mode=PolicyMode.OFF)
    bad = replace(transport(HTTP_URL, enabled=False), policy=policy)
    found = state(facts=facts, status=None, usage=None, transport=bad, saved=bad)
    assert codes(found) == []


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (HOUR - SECOND, ""),
        (SECOND - HOUR, ""),
        (HOUR, "60 min ahead"),
        (-HOUR, "60 min behind"),
        (400 * DAY, "400 days ahead"),
    ],
)
def test_the_clock_at_its_border(ahead: timedelta, words: str) -> None:
    clock = Clock(local=(NOW + ahead).replace(tzinfo=None), zone="UTC")
    found = assess(state(clock=clock))
    assert [(each.code, each.severity) for each in found] == (
        [("clock-skew", CRITICAL)] if words else []
    )
    assert all(words in each.message and "ntp" in each.remedy for each in found)


@pytest.mark.parametrize(("zone", "comparable"), [("UTC", 1), ("gmt", 1), ("IST", 0), ("", 0)])
def test_only_a_clock_in_utc_is_compared(zone: str, comparable: int) -> None:
    clock = Clock(local=NOW.replace(tzinfo=None) + 5 * HOUR, zone=zone)
    found = only(state(clock=clock))
    assert found.code == ("clock-skew" if comparable else "clock-not-comparable")
    assert clock_skew(clock, NOW) == (5 * HOUR if comparable else None)


# --------------------------------------------------------------------------------------- transport

PROBLEMS = [
    (transport(enabled=False), "call-home-not-enabled", CRITICAL),
    (transport(HTTP_URL), "http-destination", CRITICAL),
    (transport(CLOUD_URL, HTTP_URL), "http-destination", CRITICAL),
    (transport(destinations=()), "no-destination", CRITICAL),
    (transport(methods=(("CiscoTAC-1", "email"),)), "no-http-method", CRITICAL),
    (transport(email=""), "no-email-contact", WARNING),
    (transport(proxy_enabled=True), "proxy-without-server", CRITICAL),
    (transport(source="Vlan27"), "source-interface-outside-vrf", CRITICAL),
    (transport(source="mgmt0", vrf=""), "source-interface-outside-vrf", CRITICAL),
    (transport(source="mgmt0", vrf="OOB"), "source-interface-outside-vrf", CRITICAL),
]


@pytest.mark.parametrize(("found_transport", "code", "severity"), PROBLEMS)
def test_each_problem_of_the_transport(
    found_transport: Transport, code: str, severity: Severity
) -> None:
    found = only(with_transport(found_transport))
    assert (found.code, found.severity) == (code, severity)
    assert found.remedy


@pytest.mark.parametrize(
    "fine",
    [
        transport(source="mgmt0"),
        transport(source="MGMT0"),
        transport(source="Vlan27", vrf=""),
        transport(source="Vlan27", vrf="OOB"),
        transport(proxy_enabled=True, proxy_server="192.0.2.80"),
        transport(OTHER_URL),
    ],
)
def test_a_transport_that_could_work_is_no_problem_by_itself(fine: Transport) -> None:
    assert codes(with_transport(fine)) == []


def test_the_broken_switch_of_document_217965() -> None:
    broken = transport(HTTP_URL, email="abc@example.com", enabled=False, source="Vlan27")
    found = assess(with_transport(broken), intent=intent(source_interface="mgmt0"))
    assert [(each.code, each.severity) for each in found] == [
        ("call-home-not-enabled", CRITICAL),
        ("http-destination", CRITICAL),
        ("source-interface-outside-vrf", CRITICAL),
        ("source-interface-differs", WARNING),
    ]
    assert HTTP_URL in found[1].message


PROXIED = transport(proxy_enabled=True, proxy_server="proxy.example.com", proxy_port=80)
DIFFERENCES: list[tuple[Transport, LicensingIntent, str]] = [
    (transport(OTHER_URL), intent(url=CLOUD_URL), "destination-differs"),
    (transport(vrf=""), intent(), "vrf-differs"),
    (transport(), intent(email="noc@example.com"), "email-differs"),
    (transport(), intent(source_interface="mgmt0"), "source-interface-differs"),
    (transport(), intent(name_servers="192.0.2.53"), "name-server-missing"),
    (transport(), proxy_intent(), "proxy-differs"),
    (PROXIED, intent(), "proxy-differs"),
    (PROXIED, proxy_intent(port=8080), "proxy-differs"),
    (PROXIED, proxy_intent("other.example.com"), "proxy-differs"),
]


@pytest.mark.parametrize(("found_transport", "wanted", "code"), DIFFERENCES)
def test_each_difference_from_the_intent(
    found_transport: Transport, wanted: LicensingIntent, code: str
) -> None:
    found = [
        each
        for each in assess(with_transport(found_transport), intent=wanted)
        if each.code != "stray-destination"
    ]
    assert [(each.code, each.severity) for each in found] == [(code, WARNING)]
    assert found[0].remedy == "nxsl configure"
    assert codes(with_transport(found_transport)) == []  # without an intent nothing is compared


def test_a_proxy_as_intended_is_no_difference() -> None:
    assert codes(with_transport(PROXIED), proxy_intent()) == []


def test_a_stray_destination_is_only_information() -> None:
    found = only(with_transport(transport(CLOUD_URL, OTHER_URL)), intent())
    assert (found.code, found.severity) == ("stray-destination", INFO)
    assert OTHER_URL in found.message
    assert "--remove-strays" in found.remedy


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (transport(HTTP_URL), "http-destination"),
        (transport(destinations=()), "no-destination"),
        (transport(email=""), "no-email-contact"),
    ],
)
def test_what_a_problem_says_is_not_said_again_as_a_difference(bad: Transport, code: str) -> None:
    assert codes(
        with_transport(bad), intent(email="noc@example.com" if not bad.call_home.email else None)
    ) == [code]


def test_a_configuration_that_is_not_saved() -> None:
    found = only(state(saved=transport(HTTP_URL)))
    assert (found.code, found.severity) == ("not-saved", WARNING)
    assert found.message == (
        "the startup configuration differs: "
        f"- destination-profile CiscoTAC-1 http {HTTP_URL}; "
        f"+ destination-profile CiscoTAC-1 http {CLOUD_URL}"
    )
    assert "copy running-config startup-config" in found.remedy


def test_a_line_that_is_not_saved_is_named_from_its_first_letter() -> None:
    found = only(state(transport=transport(source="mgmt0")))
    assert found.message == ("the startup configuration differs: + ip http source-interface mgmt0")


@pytest.mark.parametrize(
    ("found_transport", "remedy"),
    [
        (transport(source="Vlan27"), "nxsl configure with source_interface: mgmt0 in the intent"),
        (
            transport(source="mgmt0", vrf="OOB"),
            "name an interface of VRF OOB as source_interface in the intent",
        ),
    ],
)
def test_the_remedy_of_a_wrong_source_interface_fits_the_vrf(
    found_transport: Transport, remedy: str
) -> None:
    assert only(with_transport(found_transport)).remedy == remedy


def test_an_order_that_differs_is_saved_all_the_same() -> None:
    one, other = transport(CLOUD_URL, OTHER_URL), transport(OTHER_URL, CLOUD_URL)
    assert codes(state(transport=one, saved=other)) == []


def test_a_configuration_that_could_not_be_read_is_never_fine() -> None:
    found = only(
        state(transport=None, saved=None, not_read=("running configuration: permission denied",)),
        FULL,
    )
    assert (found.code, found.severity) == ("not-read", WARNING)
    assert "permission denied" in found.message


# ---------------------------------------------------------------------------------- what is shown


def test_lines_that_nxsl_has_no_field_for_are_shown() -> None:
    odd = replace(status(), other=("Evaluation Policy: new",))
    usage = LicenseUsage(authorization="AUTHORIZED", licenses=(LICENSE,), other=("Utility: on",))
    found = only(state(status=odd, usage=usage))
    assert (found.code, found.severity) == ("unread-lines", INFO)
    assert found.message.endswith("Evaluation Policy: new | Utility: on")


def test_the_worst_findings_come_first() -> None:
    bad = state(
        registration={"expires": at(30)},
        authorization={"state": AuthorizationState.OUT_OF_COMPLIANCE, "status": "OOC"},
        clock=Clock(local=NOW.replace(tzinfo=None), zone="CET"),
        transport=transport(enabled=False),
    )
    severities = [each.severity for each in assess(bad, intent=FULL)]
    assert severities == sorted(severities, reverse=True)
    assert set(severities) == {INFO, WARNING, CRITICAL}


def test_severities_are_ordered_and_have_words() -> None:
    assert INFO < WARNING < CRITICAL
    assert [str(each) for each in Severity] == ["info", "warning", "critical"]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=2), "2 days"),
        (timedelta(days=2) - SECOND, "47 h"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2) - SECOND, "119 min"),
        (timedelta(), "0 min"),
    ],
)
def test_a_length_of_time_in_words(length: timedelta, words: str) -> None:
    assert span(length) == words


# Scripts depend on these: a code never changes, and a new finding gets a new one.
CODES = {
    "ack-due",
    "ack-overdue",
    "address-in-url",
    "authorization-expired",
    "authorization-expiring",
    "call-home-not-enabled",
    "clock-not-comparable",
    "clock-skew",
    "communication-failed",
    "conversion-failed",
    "conversion-under-way",
    "destination-differs",
    "email-differs",
    "evaluation",
    "evaluation-expired",
    "grace-expired",
    "http-destination",
    "intent-incomplete",
    "license-authorization-expired",
    "license-disabled",
    "license-evaluation",
    "license-file-expired",
    "license-file-expiring",
    "license-file-missing",
    "license-evaluation-expired",
    "license-grace-period-expired",
    "license-in-use",
    "license-initialized",
    "license-invalid-tag",
    "license-not-authorized",
    "license-out-of-compliance",
    "license-overage",
    "license-waiting",
    "name-server-missing",
    "never-reported",
    "no-cslu-url",
    "no-destination",
    "no-licenses-in-use",
    "no-trust-code",
    "not-acknowledged",
    "no-email-contact",
    "no-http-method",
    "not-authorized",
    "not-saved",
    "out-of-compliance",
    "other-vdc",
    "overdue",
    "policy-not-enabled",
    "proxy-differs",
    "proxy-without-server",
    "regime-not-assessed",
    "registering",
    "registration-expired",
    "registration-expiring",
    "registration-failed",
    "renewal-failed",
    "reservation",
    "reservation-requested",
    "report-overdue",
    "smart-licensing-off",
    "source-interface-differs",
    "source-interface-outside-vrf",
    "stray-destination",
    "transport-differs",
    "transport-off",
    "not-read",
    "unknown-attempt-result",
    "unknown-authorization-state",
    "unknown-conversion-state",
    "unknown-license-comment",
    "unknown-license-state",
    "unknown-registration-state",
    "unlicensed-use",
    "unread-lines",
    "unregistered",
    "vrf-differs",
    "vrf-unknown-to-release",
    "wrong-account",
}


def test_the_codes_are_these() -> None:
    """Every code in the checks' source is in the list, and every one in the list is made."""
    literals = {
        node.value
        for module in (
            checks_common,
            checks_conversion,
            checks_files,
            checks_licensing,
            checks_policy,
            checks_policy_transport,
            checks_transport,
        )
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z]+(-[a-z]+)+", node.value)
    }
    assert literals <= CODES
    single = {"evaluation", "overdue", "registering", "reservation", "unregistered"}
    made = {"authorization-expiring", "registration-expiring"}
    made |= {code for _, code, _ in BAD_LICENSES}
    assert literals | single | made == CODES


def test_every_finding_has_a_remedy_and_one_sentence() -> None:
    bad: list[Finding] = []
    for words, _, _ in REGISTRATIONS:
        bad += assess(state(registration=registration(words)))
    for found_state, words, _ in AUTHORIZATIONS:
        bad += assess(state(authorization={"state": found_state, "status": words}))
    for each, _, _ in PROBLEMS:
        bad += assess(with_transport(each), intent=FULL)
    assert bad
    for finding in bad:
        assert finding.remedy, finding
        assert "\n" not in finding.message
        assert finding.code in CODES


def test_a_check_is_only_run_once() -> None:
    for way in WAYS.values():
        assert len(set(way.checks)) == len(way.checks)
