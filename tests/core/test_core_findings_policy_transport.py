"""From transports under Smart Licensing Using Policy to findings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nxsl.core.assess import assess
from nxsl.core.checks_policy_transport import problems, reports_to, vrf_limit, way_differs
from nxsl.core.findings import Severity
from nxsl.core.intent import CLOUD_URL, LicensingIntent
from nxsl.core.policy_records import SMART_URL, PolicyMode, PolicyTransport
from nxsl.core.records import CallHome
from tests.core.builders import (
    EMAIL,
    HTTP_URL,
    ON_PREM_URL,
    OTHER_URL,
    call_home,
    codes,
    intent,
    only,
    proxy_intent,
)
from tests.core.policy_builders import (
    CSLU_URL,
    ON_PREM_POLICY_URL,
    POLICY_FACTS,
    policy_state,
    policy_transport,
)

if TYPE_CHECKING:
    from nxsl.core.state import SwitchState
    from nxsl.core.transport import Transport

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
OTHER_SMART = "https://receiver.example.com/licservice/license"
HTTP_SMART = "http://smartreceiver.cisco.com/licservice/license"
CSLU = intent(policy={"transport": "cslu", "url": CSLU_URL})
CALLHOME = intent(policy={"transport": "callhome"})
OFF = intent(policy={"transport": "off"})


def by_call_home(*urls: str, source: str = "", **changes: object) -> Transport:
    found = policy_transport("callhome", call_home=call_home(*urls, **changes))
    return replace(found, source_interface=source)


def on_release(release: str, transport: Transport) -> SwitchState:
    return policy_state(facts=replace(POLICY_FACTS, release=release), transport=transport)


# ------------------------------------------------------------------------------------- problems

PROBLEMS = [
    (policy_transport("cslu"), "no-cslu-url", CRITICAL),
    (policy_transport("smart", smart_url=HTTP_SMART), "http-destination", CRITICAL),
    (policy_transport("smart", smart_url=HTTP_SMART.upper()), "http-destination", CRITICAL),
    (
        policy_transport("cslu", cslu_url="https://192.0.2.9/cslu/v1/pi/campus-1"),
        "address-in-url",
        WARNING,
    ),
    (
        policy_transport("cslu", cslu_url="https://[2001:db8::9]:8443/cslu/v1/pi/x"),
        "address-in-url",
        WARNING,
    ),
    (policy_transport("smart", smart_url="https://192.0.2.9/x"), "address-in-url", WARNING),
    (by_call_home(enabled=False), "call-home-not-enabled", CRITICAL),
    (by_call_home(HTTP_URL), "http-destination", CRITICAL),
    (by_call_home(destinations=()), "no-destination", CRITICAL),
    (by_call_home(methods=()), "no-http-method", CRITICAL),
    (by_call_home(email=""), "no-email-contact", WARNING),
    (by_call_home(proxy_enabled=True), "proxy-without-server", CRITICAL),
    (by_call_home(source="Vlan27"), "source-interface-outside-vrf", CRITICAL),
]


@pytest.mark.parametrize(("transport", "code", "severity"), PROBLEMS)
def test_each_problem(transport: Transport, code: str, severity: Severity) -> None:
    found = only(policy_state(transport=transport))
    assert (found.code, found.severity) == (code, severity)
    assert found.remedy
    assert "\n" not in found.message


@pytest.mark.parametrize(
    "transport",
    [
        policy_transport("smart", smart_url=OTHER_SMART),
        policy_transport("smart", cslu_url="https://192.0.2.9/x"),  # not in use
        policy_transport("cslu", cslu_url="http://192.0.2.9:8182/cslu/v1/pi"),
        policy_transport("cslu", cslu_url="https://ssm.example.com/cslu", smart_url=HTTP_SMART),
        policy_transport("cslu", cslu_url="https:///nowhere"),
        by_call_home(),
    ],
)
def test_a_transport_that_could_work_is_no_problem(transport: Transport) -> None:
    assert codes(policy_state(transport=transport)) == []


def test_what_is_not_in_use_is_no_problem() -> None:
    off = policy_transport("off", smart_url=HTTP_SMART, vrf="OOB", cslu_url="https://192.0.2.9/")
    assert list(problems(off, POLICY_FACTS)) == []
    smart = policy_transport("smart", call_home=call_home(HTTP_URL, enabled=False))
    assert list(problems(smart, POLICY_FACTS)) == []


def test_a_switch_without_lines_looks_for_a_cslu() -> None:
    bare = replace(policy_transport(), policy=None)
    assert [each.code for each in problems(bare, POLICY_FACTS)] == ["no-cslu-url"]


@pytest.mark.parametrize(
    ("found", "url"),
    [
        (PolicyTransport(mode=PolicyMode.SMART), SMART_URL),
        (PolicyTransport(mode=PolicyMode.SMART, smart_url=OTHER_SMART), OTHER_SMART),
        (PolicyTransport(mode=PolicyMode.SMART, cslu_url=CSLU_URL), SMART_URL),
        (PolicyTransport(mode=PolicyMode.CSLU, cslu_url=CSLU_URL), CSLU_URL),
        (PolicyTransport(mode=PolicyMode.CSLU, smart_url=OTHER_SMART), ""),
        (PolicyTransport(mode=PolicyMode.CALLHOME, cslu_url=CSLU_URL), ""),
        (PolicyTransport(mode=PolicyMode.OFF, smart_url=OTHER_SMART), ""),
    ],
)
def test_where_reports_go(found: PolicyTransport, url: str) -> None:
    assert reports_to(found) == url


# -------------------------------------------------------------------------- releases and VRFs


@pytest.mark.parametrize(
    ("release", "vrf", "mode", "is_found"),
    [
        ("10.2(4)", "OOB", "smart", True),
        ("10.2(1)", "default", "smart", True),
        ("10.3(1)", "OOB", "smart", True),
        ("10.3(2)", "OOB", "smart", False),
        ("10.4(5)", "OOB", "smart", False),
        ("10.2(4)", "management", "smart", False),
        ("10.2(4)", "", "smart", False),
        ("10.2(4)", "OOB", "cslu", False),
        ("10.2(4)", "OOB", "off", False),
    ],
)
def test_an_early_release_knows_one_vrf(
    release: str, vrf: str, mode: str, *, is_found: bool
) -> None:
    transport = policy_transport(mode, vrf=vrf, cslu_url=CSLU_URL)
    found = [
        each for each in assess(on_release(release, transport)) if each.code != "transport-off"
    ]
    assert [(each.code, each.severity) for each in found] == (
        [("vrf-unknown-to-release", CRITICAL)] if is_found else []
    )
    for each in found:
        assert release in each.message
        assert vrf in each.message
        assert "policy.vrf" in each.remedy


def test_by_call_home_any_vrf_is_known() -> None:
    facts = replace(POLICY_FACTS, release="10.2(4)")
    assert vrf_limit(PolicyMode.CALLHOME, "OOB", facts) == ""
    assert codes(on_release("10.2(4)", by_call_home(vrf="OOB"))) == []


# ---------------------------------------------------------------------------------- differences

PROXIED = policy_transport("smart", proxy_address="proxy.example.com", proxy_port=80)
DIFFERENCES: list[tuple[Transport, LicensingIntent, str, str]] = [
    (
        policy_transport("off"),
        intent(),
        "transport-differs",
        "transport is off; smart is intended",
    ),
    (policy_transport("smart"), OFF, "transport-differs", "transport is smart; off is intended"),
    (by_call_home(), CSLU, "transport-differs", "transport is callhome; cslu is intended"),
    (
        policy_transport("smart", smart_url=OTHER_SMART),
        intent(),
        "destination-differs",
        f"reports go to {OTHER_SMART}, not to {SMART_URL}",
    ),
    (
        policy_transport("cslu", cslu_url=ON_PREM_POLICY_URL),
        CSLU,
        "destination-differs",
        f"reports go to {ON_PREM_POLICY_URL}, not to {CSLU_URL}",
    ),
    (
        policy_transport("smart", vrf="OOB"),
        intent(),
        "vrf-differs",
        "reports use VRF OOB; management is intended",
    ),
    (
        policy_transport("smart"),
        intent(vrf="OOB"),
        "vrf-differs",
        "reports use VRF management; OOB is intended",
    ),
    (PROXIED, intent(), "proxy-differs", "method direct is intended, but a proxy is in use"),
    (
        PROXIED,
        proxy_intent(port=8080),
        "proxy-differs",
        "proxy proxy.example.com port 8080 is intended and not in use",
    ),
    (
        PROXIED,
        proxy_intent("other.example.com"),
        "proxy-differs",
        "proxy other.example.com port 80 is intended and not in use",
    ),
    (
        policy_transport("smart"),
        intent(source_interface="mgmt0"),
        "source-interface-differs",
        "ip http source-interface is not set, not mgmt0",
    ),
    (
        policy_transport("smart"),
        intent(name_servers="192.0.2.53"),
        "name-server-missing",
        "VRF management lacks name server 192.0.2.53",
    ),
    (
        by_call_home(OTHER_URL, CLOUD_URL),
        CALLHOME.model_copy(update={"email": "noc@example.com"}),
        "email-differs",
        f"email-contact is {EMAIL}",
    ),
    (
        by_call_home(vrf=""),
        CALLHOME,
        "vrf-differs",
        "call home uses VRF default; management is intended",
    ),
]


@pytest.mark.parametrize(("transport", "wanted", "code", "message"), DIFFERENCES)
def test_each_difference_from_the_intent(
    transport: Transport, wanted: LicensingIntent, code: str, message: str
) -> None:
    state = policy_state(transport=transport)
    found = [
        each
        for each in assess(state, intent=wanted)
        if each.code not in {"transport-off", "stray-destination"}
    ]
    assert [(each.code, each.severity, each.message) for each in found] == [
        (code, WARNING, message)
    ]
    assert found[0].remedy == "nxsl configure"
    assert code not in codes(state)  # without an intent nothing is compared


@pytest.mark.parametrize(
    ("transport", "wanted"),
    [
        (policy_transport("smart"), intent()),
        (PROXIED, proxy_intent()),
        (policy_transport("smart", proxy_port=80), intent()),
        (policy_transport("smart", vrf="OOB"), intent(policy={"vrf": "OOB"})),
        (policy_transport("cslu", cslu_url=CSLU_URL), CSLU),
        (by_call_home(), CALLHOME),
    ],
)
def test_what_is_as_intended_does_not_differ(transport: Transport, wanted: LicensingIntent) -> None:
    assert codes(policy_state(transport=transport), wanted) == []
    assert way_differs(transport, wanted) == []


def test_transport_off_that_is_intended_differs_in_nothing() -> None:
    found = policy_state(transport=policy_transport("off", vrf="OOB", smart_url=OTHER_SMART))
    wanted = intent(policy={"transport": "off"}, source_interface="mgmt0")
    assert codes(found, wanted) == ["transport-off"]


@pytest.mark.parametrize(
    ("transport", "wanted", "expected"),
    [
        (policy_transport("cslu"), CSLU, ["no-cslu-url"]),
        (policy_transport("smart", smart_url=HTTP_SMART), intent(), ["http-destination"]),
        (by_call_home(destinations=()), CALLHOME, ["no-destination"]),
        (by_call_home(HTTP_URL), CALLHOME, ["http-destination"]),
        (
            by_call_home(email=""),
            CALLHOME.model_copy(update={"email": "noc@example.com"}),
            ["no-email-contact"],
        ),
        (policy_transport("cslu"), intent(), ["no-cslu-url", "transport-differs"]),
    ],
)
def test_what_a_problem_says_is_not_said_again_as_a_difference(
    transport: Transport, wanted: LicensingIntent, expected: list[str]
) -> None:
    assert codes(policy_state(transport=transport), wanted) == expected


def test_a_stray_destination_counts_where_reports_travel_by_call_home() -> None:
    transport = by_call_home(CLOUD_URL, OTHER_URL)
    found = only(policy_state(transport=transport), CALLHOME)
    assert (found.code, found.severity) == ("stray-destination", INFO)
    assert OTHER_URL in found.message
    assert "--remove-strays" in found.remedy
    unused = policy_transport("smart", call_home=call_home(CLOUD_URL, OTHER_URL))
    assert codes(policy_state(transport=unused), CALLHOME) == ["transport-differs"]
    assert codes(policy_state(transport=transport), intent()) == ["transport-differs"]


def test_an_inventory_without_the_on_prem_url_is_incomplete() -> None:
    wanted = intent(method="on-prem", url=ON_PREM_URL)
    state = policy_state(transport=policy_transport("cslu", cslu_url=ON_PREM_POLICY_URL))
    found = only(state, wanted)
    assert (found.code, found.severity) == ("intent-incomplete", WARNING)
    assert "licensing.policy.url" in found.message
    assert found.remedy
    assert codes(state, CSLU.model_copy(update={"policy": wanted.policy})) == ["transport-differs"]


def test_without_a_transport_nothing_is_compared() -> None:
    unread = replace(policy_state(), transport=None, saved=None)
    assert codes(unread, CSLU) == []


# ------------------------------------------------------------------------- another backend, or none


@pytest.mark.parametrize(("transport", "wanted", "code", "message"), DIFFERENCES)
def test_only_what_leads_elsewhere_is_in_the_way(
    transport: Transport, wanted: LicensingIntent, code: str, message: str
) -> None:
    surroundings = {"source-interface-differs", "name-server-missing", "email-differs"}
    assert way_differs(transport, wanted) == ([] if code in surroundings else [message])


def test_a_switch_without_a_url_sends_nowhere() -> None:
    assert way_differs(policy_transport("cslu"), CSLU) == [
        f"reports go to nowhere, not to {CSLU_URL}"
    ]


def test_an_empty_call_home_is_no_way() -> None:
    found = policy_state(transport=policy_transport("callhome", call_home=CallHome()))
    assert set(codes(found)) == {
        "call-home-not-enabled",
        "no-destination",
        "no-http-method",
        "no-email-contact",
    }
