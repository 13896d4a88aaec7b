"""The diagnosis: a healthy switch passes; one planted cause fails one check, and only that one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.diagnose import RULES, choose_method, diagnose_state, target_to_try
from nxsl.core.diagnosis import CheckResult, Evidence, Source
from nxsl.core.intent import CLOUD_URL, Method
from nxsl.core.policy_records import Exchange, Exchanges, PolicyMode, PolicyTransport
from nxsl.core.records import Authorization, AuthorizationState, Clock, LicenseStatus
from nxsl.core.regime import Regime
from nxsl.core.system_records import CaCertificates, NtpPeers, Vdc
from tests.core.builders import (
    DAY,
    FACTS,
    HTTP_URL,
    NOW,
    ON_PREM_URL,
    OTHER_URL,
    UNREGISTERED,
    destination,
    failed,
    intent,
    proxy_intent,
    state,
    status,
    transport,
)
from tests.core.evidence import (
    CLOUD,
    CSLU_LOCAL,
    ON_PREM,
    PEER,
    POLICY,
    PROXY,
    QUOVADIS,
    RECEIVER,
    SENT,
    by_proxy,
    classic,
    nexus_7000,
    of_state,
    on_prem,
    policy,
    probe,
)

if TYPE_CHECKING:
    from nxsl.core.intent import LicensingIntent

DIRECT = intent()
BY_PROXY = proxy_intent()
AT_HOME = intent(method="on-prem", url=ON_PREM_URL)
CSLU_URL = "http://192.0.2.20:8182/cslu/v1/pi"
CSLU = intent(method="on-prem", url=ON_PREM_URL, policy={"url": CSLU_URL})
OFF = intent(policy={"transport": "off"})

HEALTHY = [
    ("direct", classic(), DIRECT),
    ("direct without an intent", classic(), None),
    ("proxy", by_proxy(), BY_PROXY),
    ("proxy without an intent", by_proxy(), None),
    ("on-prem", on_prem(), AT_HOME),
    ("on-prem without an intent", on_prem(), None),
    ("Nexus 7000", nexus_7000(), DIRECT),
    ("source interface", classic(source="mgmt0"), DIRECT),
    ("policy", policy(), DIRECT),
    ("policy without an intent", policy(), None),
    ("policy, proxy", policy(target=PROXY, lines={"proxy_address": PROXY.host, "proxy_port": 80}),
     BY_PROXY),
    ("policy, cslu by address", policy(
        target=replace(CSLU_LOCAL, host="192.0.2.20"),
        lines={"mode": PolicyMode.CSLU, "cslu_url": CSLU_URL},
    ), CSLU),
    ("policy, cslu found by its name",
     policy(target=CSLU_LOCAL, lines={"mode": PolicyMode.CSLU}), None),
    ("policy, off as intended", policy(probes=(), lines={"mode": PolicyMode.OFF}), OFF),
]  # fmt: skip


@pytest.mark.parametrize(
    ("evidence", "wanted"), [each[1:] for each in HEALTHY], ids=[each[0] for each in HEALTHY]
)
def test_a_healthy_switch_fails_no_check(
    evidence: Evidence, wanted: LicensingIntent | None
) -> None:
    diagnosis = diagnose_state(evidence, wanted)
    assert diagnosis.failures == ()
    for check in diagnosis.checks:
        assert check.result is CheckResult.PASS or check.why
        assert check.lines == ()


def test_nothing_of_a_healthy_direct_switch_is_left_unjudged() -> None:
    """Only what does not apply is skipped."""
    diagnosis = diagnose_state(classic(), DIRECT)
    assert [each.code for each in diagnosis.of(CheckResult.SKIPPED)] == ["proxy-reachable"]
    diagnosis = diagnose_state(policy(), DIRECT)
    assert [each.code for each in diagnosis.of(CheckResult.SKIPPED)] == ["proxy-reachable"]


def late(hours: int) -> Clock:
    """A clock that is off."""
    return Clock(local=NOW.replace(tzinfo=None) + timedelta(hours=hours), zone="UTC")


def unregistered(reason: str) -> LicenseStatus:
    """A first registration that has failed."""
    evaluation = Authorization(state=AuthorizationState.EVALUATION, status="EVAL MODE")
    initial = failed(reason, NOW - timedelta(minutes=5))
    return status(replace(UNREGISTERED, initial=initial), evaluation)


def nameless(evidence: Evidence, *, answers: bool) -> Evidence:
    """A target whose name has no address."""
    target = evidence.probes[0].target
    return replace(
        evidence,
        probes=(probe(target, connected=False, resolved=False),),
        server_answers=(("192.0.2.53", answers),),
    )


def dead(evidence: Evidence, *, pings: int = 0) -> Evidence:
    """A target that takes no connection."""
    return replace(
        evidence, probes=(probe(evidence.probes[0].target, connected=False, pings=pings),)
    )


def mode(word: PolicyMode, **changes: Any) -> Evidence:
    """A transport of Smart Licensing Using Policy."""
    return policy(lines={"mode": word}, **changes)


FAILED_USE = replace(SENT, failed=1, last_failure=NOW, failure_reason="NO REPLY")
NO_TOKEN = Exchange(
    name="Trust Establishment",
    total=1,
    succeeded=0,
    failed=1,
    failure_reason='{"token":["The token is expired."]}',
    last_failure=NOW,
)
UNSAVED = transport(email="noc@example.com")
SMART_TRANSPORT = "https://ssm.example.com/SmartTransport"
BY_ADDRESS = ON_PREM_URL.replace("ssm.example.com", "192.0.2.10")

# What is planted | evidence | intent | the one check that fails | a line to type or a word of why
CAUSES: list[tuple[str, Evidence, LicensingIntent | None, str, str]] = [
    ("VDC", nexus_7000(vdc=Vdc(number=3, name="edge")), DIRECT, "default-vdc", "switchback"),
    ("Smart Licensing off", of_state(classic(), status=LicenseStatus(enabled=False)), DIRECT,
     "smart-licensing", "license smart enable"),
    ("no e-mail", classic(email="", enabled=False), DIRECT, "email-contact",
     "  email-contact sch-smart-licensing@cisco.com"),
    ("another e-mail", classic(), intent(email="noc@example.com"), "email-contact",
     "  email-contact noc@example.com"),
    ("not enabled", classic(enabled=False), DIRECT, "call-home-enabled", "  enable"),
    ("method", classic(methods=()), DIRECT, "http-method",
     "  destination-profile CiscoTAC-1 transport-method http"),
    ("e-mail method only", classic(methods=(("CiscoTAC-1", "email"),)), DIRECT, "http-method",
     "  destination-profile CiscoTAC-1 transport-method http"),
    ("no destination", classic(destinations=()), DIRECT, "destination",
     f"  destination-profile CiscoTAC-1 http {CLOUD_URL}"),
    ("custom profile", classic(destinations=(destination(CLOUD_URL, 1, "mine"),)), DIRECT,
     "destination", f"  destination-profile CiscoTAC-1 http {CLOUD_URL}"),
    ("http", classic(HTTP_URL), DIRECT, "https",
     f"  no destination-profile CiscoTAC-1 index 1 http {HTTP_URL}"),
    ("http beside https", classic(CLOUD_URL, HTTP_URL), DIRECT, "https",
     f"  no destination-profile CiscoTAC-1 index 2 http {HTTP_URL}"),
    ("no path", classic("https://tools.cisco.com"), DIRECT, "url-path",
     f"  destination-profile CiscoTAC-1 http {CLOUD_URL}"),
    ("no path at home", on_prem("https://ssm.example.com/"), AT_HOME, "url-path",
     f"  destination-profile CiscoTAC-1 http {ON_PREM_URL}"),
    ("SmartTransport", on_prem(SMART_TRANSPORT), None, "url-path",
     f"  destination-profile CiscoTAC-1 http {ON_PREM_URL}"),
    ("the document's typing error", on_prem(f"{ON_PREM_URL}end"), None, "url-path",
     f"  destination-profile CiscoTAC-1 http {ON_PREM_URL}"),
    ("cloud at home", classic(), AT_HOME, "url-path",
     f"  destination-profile CiscoTAC-1 http {ON_PREM_URL}"),
    ("address", on_prem(BY_ADDRESS, target=replace(ON_PREM, host="192.0.2.10")), None, "url-host",
     "  destination-profile CiscoTAC-1 http https://NAME-IN-CERTIFICATE"
     "/Transportgateway/services/DeviceRequestHandler"),
    ("another server", on_prem(OTHER_URL), AT_HOME, "destination-intended",
     f"  destination-profile CiscoTAC-1 http {ON_PREM_URL}"),
    ("stray", on_prem(f"{ON_PREM_URL}", destinations=(destination(ON_PREM_URL),
     destination(OTHER_URL, 2))), AT_HOME, "one-destination",
     f"  no destination-profile CiscoTAC-1 index 2 http {OTHER_URL}"),
    ("VRF", classic(vrf=""), DIRECT, "vrf", "  transport http use-vrf management"),
    ("no such VRF", classic(vrf="tenant1"), None, "vrf", "the switch has no VRF tenant1"),
    ("no such VRF, intended", classic(vrf="tenant1"), intent(vrf="tenant1"), "vrf", "show vrf"),
    ("proxy without server", by_proxy(proxy_server="", proxy_port=None), None, "proxy",
     "  transport http proxy server ADDRESS port PORT"),
    ("proxy without server, intended", by_proxy(proxy_server="", proxy_port=None), BY_PROXY,
     "proxy", "  transport http proxy server proxy.example.com port 80"),
    ("proxy not enabled", by_proxy(proxy_enabled=False), BY_PROXY, "proxy",
     "  transport http proxy enable"),
    ("proxy named alone", by_proxy(proxy_enabled=False), None, "proxy",
     "  transport http proxy enable"),
    ("another proxy port", by_proxy(proxy_port=8080), BY_PROXY, "proxy",
     "  transport http proxy server proxy.example.com port 80"),
    ("proxy not wanted", by_proxy(), DIRECT, "proxy", "  no transport http proxy enable"),
    ("source interface", classic(source="Vlan27"), DIRECT, "source-interface",
     "ip http source-interface mgmt0"),
    ("source interface missing", classic(), intent(source_interface="mgmt0"), "source-interface",
     "ip http source-interface mgmt0"),
    ("no name server", classic(name_servers=()), DIRECT, "name-server", "vrf context management"),
    ("name server of another VRF", classic(name_servers=(("default", ("192.0.2.53",)),)), DIRECT,
     "name-server", "  ip name-server ADDRESS"),
    ("name server missing", classic(), intent(name_servers=["192.0.2.54"]), "name-server",
     "  ip name-server 192.0.2.54"),
    ("no lookup", classic(domain_lookup=False), DIRECT, "domain-lookup", "ip domain-lookup"),
    ("dead name server", nameless(classic(), answers=False), DIRECT, "name-server-answers",
     "ping 192.0.2.53 vrf management"),
    ("unknown name", nameless(classic(), answers=True), DIRECT, "name-resolution",
     "ping tools.cisco.com vrf management"),
    ("firewall", dead(classic()), DIRECT, "backend-reachable",
     "telnet tools.cisco.com 443 vrf management"),
    ("closed port", dead(classic(), pings=5), DIRECT, "backend-reachable", "ping is answered"),
    ("dead proxy", dead(by_proxy()), BY_PROXY, "proxy-reachable",
     "telnet proxy.example.com 80 vrf management"),
    ("proxy's name", nameless(by_proxy(), answers=True), BY_PROXY, "name-resolution",
     "ping proxy.example.com vrf management"),
    ("clock ahead", of_state(classic(), clock=late(2)), DIRECT, "clock", "2 h ahead"),
    ("clock behind", of_state(classic(), clock=late(-1)), DIRECT, "clock",
     "ntp server ADDRESS use-vrf VRF"),
    ("NTP", classic(ntp=NtpPeers(peers=(replace(PEER, selected=False, stratum=16),))), DIRECT,
     "ntp", "ping 192.0.2.123"),
    ("QuoVadis", classic(certificates=CaCertificates(certificates=(QUOVADIS,))), DIRECT,
     "ca-certificate", "crypto ca trustpoint IdenTrust"),
    ("not saved", of_state(classic(), saved=UNSAVED), DIRECT, "saved",
     "copy running-config startup-config"),
    ("token", of_state(classic(), status=unregistered("The token 'x' is expired")), DIRECT,
     "last-failure", "new token"),
    ("unknown reason", of_state(classic(), status=unregistered("Moon is full")), DIRECT,
     "last-failure", "does not know"),
    ("a failure without a cause",
     of_state(classic(), status=unregistered("Communication message send error")), DIRECT,
     "last-failure", "no answer"),
    ("policy off", mode(PolicyMode.OFF, probes=()), None, "transport-mode",
     "license smart transport smart"),
    ("policy off, not intended", mode(PolicyMode.OFF, probes=()), DIRECT, "transport-mode",
     "license smart transport smart"),
    ("policy cslu, not intended", mode(PolicyMode.CSLU), DIRECT, "transport-mode",
     "license smart transport smart"),
    ("no CSLU", nameless(mode(PolicyMode.CSLU, target=CSLU_LOCAL), answers=True), None,
     "policy-url", "license smart url cslu http://CSLU:8182/cslu/v1/pi"),
    ("no CSLU URL", mode(PolicyMode.CSLU, target=CSLU_LOCAL), CSLU, "policy-url",
     f"license smart url cslu {CSLU_URL}"),
    ("policy VRF", policy(lines={"vrf": "tenant1"}, vrfs=frozenset({"management", "tenant1"})),
     None, "policy-vrf", "license smart vrf management"),
    ("policy VRF not there", policy(release="10.3(6)", lines={"vrf": "tenant1"}), None,
     "policy-vrf", "the switch has no VRF tenant1"),
    ("policy VRF not there, intended", policy(release="10.3(6)", lines={"vrf": "tenant1"}),
     intent(vrf="tenant1"), "policy-vrf", "show vrf"),
    ("policy VRF not intended",
     policy(release="10.3(6)", lines={"vrf": "tenant1"},
            vrfs=frozenset({"management", "tenant1"})),
     DIRECT, "policy-vrf", "license smart vrf management"),
    ("policy address",
     policy(lines={"mode": PolicyMode.CSLU, "cslu_url": "https://192.0.2.10/cslu/v1/pi/a"}), None,
     "policy-url-host", "license smart url cslu https://NAME-IN-CERTIFICATE/cslu/v1/pi/a"),
    ("policy proxy port", policy(lines={"proxy_address": PROXY.host, "proxy_port": 8080}),
     BY_PROXY, "policy-proxy", "license smart proxy port 80"),
    ("policy proxy without address", policy(lines={"proxy_port": 80}), None, "policy-proxy",
     "license smart proxy address ADDRESS"),
    ("policy proxy not wanted", policy(lines={"proxy_address": PROXY.host}), DIRECT,
     "policy-proxy", "no license smart proxy address"),
    ("policy firewall", dead(policy()), DIRECT, "backend-reachable",
     "telnet smartreceiver.cisco.com 443 vrf management"),
    ("policy not saved", policy(policy_saved=PolicyTransport()), DIRECT, "saved",
     "copy running-config startup-config"),
    ("policy token", policy(exchanges=Exchanges(exchanges=(NO_TOKEN,))), DIRECT, "last-failure",
     "new token"),
    ("policy report", policy(exchanges=Exchanges(exchanges=(FAILED_USE,))), DIRECT,
     "last-failure", "never answered"),
    ("policy overdue",
     of_state(policy(), policy=replace(POLICY, reporting=replace(
         POLICY.reporting, ack_deadline=NOW - DAY))), DIRECT, "report-overdue",
     "license smart sync all"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("evidence", "wanted", "code", "says"),
    [each[1:] for each in CAUSES],
    ids=[each[0] for each in CAUSES],
)
def test_one_cause_fails_one_check(
    evidence: Evidence, wanted: LicensingIntent | None, code: str, says: str
) -> None:
    diagnosis = diagnose_state(evidence, wanted)
    assert [each.code for each in diagnosis.failures] == [code]
    (failure,) = diagnosis.failures
    assert says in failure.lines or says in failure.why
    for check in diagnosis.of(CheckResult.SKIPPED):
        assert check.why
        assert check.explained_by in {"", code}


# A warning explains no failure; where Smart Licensing is off no agent speaks.
EXPLAINING = [
    each
    for each in CAUSES
    if each[3] not in {"smart-licensing", "last-failure", "report-overdue"}
    and diagnose_state(*each[1:3]).failures[0].is_critical
]


@pytest.mark.parametrize(
    ("evidence", "wanted", "code"),
    [each[1:4] for each in EXPLAINING],
    ids=[each[0] for each in EXPLAINING],
)
def test_the_agents_failure_is_explained_by_the_cause(
    evidence: Evidence, wanted: LicensingIntent | None, code: str
) -> None:
    """A planted cause and its symptom: only the cause is named."""
    if evidence.state.regime is Regime.USING_POLICY:
        evidence = replace(evidence, exchanges=Exchanges(exchanges=(FAILED_USE,)))
    else:
        found = unregistered("Fail to send out Call Home HTTP message")
        evidence = of_state(evidence, status=found)
    diagnosis = diagnose_state(evidence, wanted)
    assert [each.code for each in diagnosis.failures] == [code]
    last = diagnosis.named("last-failure")
    assert last
    assert f"explained by check {code}" in last.why


def test_a_warning_explains_no_failure() -> None:
    found = of_state(classic(), saved=UNSAVED, status=unregistered("Moon is full"))
    codes = [each.code for each in diagnose_state(found, DIRECT).failures]
    assert codes == ["saved", "last-failure"]


def test_a_failure_of_a_way_that_is_open_again_says_so() -> None:
    found = of_state(classic(), status=unregistered("Communication message send error"))
    (failure,) = diagnose_state(found, DIRECT).failures
    assert "the way is open now" in failure.why
    (failure,) = diagnose_state(replace(found, probes=()), DIRECT).failures
    assert "the way is open now" not in failure.why


def test_a_port_in_the_url_is_kept() -> None:
    wrong = "https://ssm.example.com:8443/SmartTransport"
    (failure,) = diagnose_state(on_prem(wrong), None).failures
    new = "https://ssm.example.com:8443/Transportgateway/services/DeviceRequestHandler"
    assert failure.lines[3] == f"  destination-profile CiscoTAC-1 http {new}"


def test_every_check_has_a_cause_that_fails_it() -> None:
    """The table above misses none but `regime`, `trust-code` (never a failure by themselves)."""
    known = {rule.code for rules in RULES.values() for rule in rules}
    assert known - {each[3] for each in CAUSES} == {"trust-code"}


def test_a_refused_token_is_a_cause_of_its_own() -> None:
    """The backend was reached then; that it cannot be now is another cause."""
    found = dead(of_state(classic(), status=unregistered("The token 'x' is expired")))
    codes = [each.code for each in diagnose_state(found, DIRECT).failures]
    assert codes == ["backend-reachable", "last-failure"]


def test_a_failure_that_a_success_came_after_is_over() -> None:
    renewed = replace(
        status(),
        registration=replace(
            status().registration,  # type: ignore[type-var]
            last_renewal=failed("Communication message send error", NOW - 40 * DAY),
        ),
    )
    check = diagnose_state(of_state(classic(), status=renewed), DIRECT).named("last-failure")
    assert check
    assert check.result is CheckResult.PASS
    assert check.why.startswith("over: ")
    assert "send error" in check.evidence
    old = replace(FAILED_USE, last_failure=NOW - 2 * DAY)
    done = diagnose_state(policy(exchanges=Exchanges(exchanges=(old,))), DIRECT)
    assert done.failures == ()


def test_a_ping_that_fails_means_nothing_while_telnet_connects() -> None:
    found = classic(probes=(probe(CLOUD, pings=0),))
    check = diagnose_state(found, DIRECT).named("backend-reachable")
    assert check
    assert check.result is CheckResult.PASS
    assert "ping gets no answer" in check.why


def test_behind_a_proxy_the_cloud_is_not_judged() -> None:
    check = diagnose_state(by_proxy(), BY_PROXY).named("backend-reachable")
    assert check
    assert check.result is CheckResult.SKIPPED
    assert "proxy is in use" in check.why


def test_what_was_not_read_is_never_a_pass() -> None:
    denied = "the user's role does not allow it: % Permission denied for the role"
    blind = Evidence(
        state=state(transport=None, saved=None, clock=None),
        not_read=dict.fromkeys(Source, denied),
    )
    diagnosis = diagnose_state(blind, DIRECT)
    assert diagnosis.failures == ()
    passes = [each.code for each in diagnosis.of(CheckResult.PASS)]
    assert passes == ["regime", "smart-licensing", "last-failure"]
    told = [each for each in diagnosis.checks if denied in each.why]
    assert {"call-home-enabled", "vrf", "ntp", "saved"} <= {each.code for each in told}


def test_without_probes_reachability_is_not_judged() -> None:
    diagnosis = diagnose_state(classic(probes=()), DIRECT)
    assert diagnosis.failures == ()
    for code in ("name-server-answers", "name-resolution", "backend-reachable"):
        check = diagnosis.named(code)
        assert check
        assert check.result is CheckResult.SKIPPED
        assert "no ping and no telnet" in check.why


def test_a_refused_telnet_is_skipped_with_the_switchs_words() -> None:
    refused = replace(probe(CLOUD), telnet=None, not_made="telnet: % Permission denied")
    check = diagnose_state(classic(probes=(refused,)), DIRECT).named("backend-reachable")
    assert check
    assert check.result is CheckResult.SKIPPED
    assert "% Permission denied" in check.why


@pytest.mark.parametrize(
    ("release", "chassis", "says"),
    [
        ("7.0(3)I7(2)", "Nexus9000 C93180YC-EX", "no licensing backend"),
        ("8.4(2b)", "MDS 9148S", "no checks"),
    ],
)
def test_other_regimes_skip_everything_behind_it(release: str, chassis: str, says: str) -> None:
    facts = replace(FACTS, release=release, version=release, chassis=chassis)
    diagnosis = diagnose_state(Evidence(state=state(facts=facts)), DIRECT)
    assert diagnosis.failures == ()
    assert all(each.result is CheckResult.SKIPPED for each in diagnosis.checks[1:])
    assert all(says in each.why for each in diagnosis.checks[1:])


def test_reserved_licences_need_no_backend() -> None:
    reserved = replace(
        status().registration,  # type: ignore[type-var]
        status="REGISTERED - SPECIFIC LICENSE RESERVATION",
        detail="SPECIFIC LICENSE RESERVATION",
    )
    found = classic(destinations=(), state=state(registration=reserved))
    assert diagnose_state(found, DIRECT).failures == ()


def test_an_intended_vrf_that_cannot_work_is_said_and_not_asked_for() -> None:
    check = diagnose_state(policy(), intent(vrf="tenant1")).named("policy-vrf")
    assert check
    assert check.result is CheckResult.PASS
    assert "cannot work" in check.why


def test_what_is_tried() -> None:
    assert target_to_try(classic(), DIRECT) == CLOUD
    assert target_to_try(by_proxy(), BY_PROXY) == PROXY
    assert target_to_try(on_prem(), None) == ON_PREM
    assert target_to_try(policy(), DIRECT) == RECEIVER
    # Nothing configured, or wrongly: what is intended, so that the method can be judged before.
    empty = classic(destinations=(), vrf="", email="", enabled=False)
    assert target_to_try(empty, BY_PROXY) == PROXY
    assert target_to_try(empty, AT_HOME) == ON_PREM
    assert target_to_try(empty, None) is None
    assert target_to_try(classic(vrf="tenant1"), None) is None
    assert target_to_try(classic(), intent(vrf="tenant1")) is None


def test_the_advice_says_no_more_than_was_tried() -> None:
    assert choose_method(classic(), DIRECT).method is Method.DIRECT
    assert choose_method(by_proxy(), BY_PROXY).method is Method.PROXY
    assert choose_method(on_prem(), AT_HOME).method is Method.ON_PREM
    nothing = choose_method(classic(probes=()), DIRECT)
    assert (nothing.method, "nothing was tried" in nothing.why) == (None, True)
    walled = choose_method(dead(classic()), DIRECT)
    assert walled.method is None
    assert "a proxy or an on-prem server" in walled.why
    assert choose_method(dead(by_proxy()), BY_PROXY).method is None
