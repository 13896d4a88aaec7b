"""The upgrade gate: every check alone, every verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.gate import CheckResult, Gate, GateCheck, Verdict
from nxsl.core.intent import CLOUD_URL
from nxsl.core.policy_records import (
    PolicyMode,
    PolicyStatus,
    PolicyTransport,
    ReportingPolicy,
    TrustCode,
    UsageReporting,
)
from nxsl.core.records import (
    AuthorizationState,
    CallHome,
    Clock,
    Conversion,
    DeviceFacts,
    LicenseState,
    LicenseUsage,
    LicenseUse,
    PakLicense,
    PakUsage,
    RegistrationState,
)
from nxsl.core.regime import Release
from nxsl.core.state import SwitchState
from nxsl.core.transport import Transport
from nxsl.core.upgrade import upgrade_gate
from tests.core.builders import (
    DAY,
    EMAIL,
    FACTS,
    HOUR,
    LICENSE,
    NOW,
    ON_PREM_URL,
    SECOND,
    intent,
    state,
    status,
    transport,
)

if TYPE_CHECKING:
    from nxsl.core.intent import LicensingIntent

SERVER = "192.0.2.53"
TARGET = Release(10, 3, 6)
WANTED = intent(name_servers=[SERVER], token_from="env:TOKEN")
SERVED = replace(transport(), name_servers=(("management", (SERVER,)),))
CSLU_URL = "https://ssm.example.com/cslu/v1/pi/campus-1"
FAIL, PASS, WARN, WAIT, SKIP = (
    CheckResult.FAIL,
    CheckResult.PASS,
    CheckResult.WARN,
    CheckResult.WAIT,
    CheckResult.SKIP,
)


def before(**changes: Any) -> SwitchState:
    """A healthy switch under Smart Licensing, as its intent says."""
    usual: dict[str, Any] = {"transport": SERVED, "saved": SERVED}
    return state(**{**usual, **changes})


def wanted(**changes: Any) -> LicensingIntent:
    """The usual intent with changes."""
    usual: dict[str, Any] = {"name_servers": [SERVER], "token_from": "env:TOKEN"}
    return intent(**{**usual, **changes})


def files(*rows: PakLicense, release: str = "9.3(2)") -> SwitchState:
    """A switch with licence files."""
    return SwitchState(
        facts=replace(FACTS, release=release),
        read_at=NOW,
        clock=Clock(local=NOW.replace(tzinfo=None), zone="UTC"),
        usage=PakUsage(licenses=rows),
    )


def pak(feature: str = "LAN_ENTERPRISE_SERVICES_PKG", **changes: Any) -> PakLicense:
    """A licence file that is in use."""
    usual: dict[str, Any] = {"installed": True, "count": None, "status": "In use"}
    return PakLicense(feature=feature, **{**usual, **changes})


def gate(found: SwitchState, asked: LicensingIntent | None = WANTED, **more: Any) -> Gate:
    """The gate before an upgrade to 10.3(6)."""
    return upgrade_gate(found, intent=asked, **{"target": TARGET, "reachable": True, **more})


def named(found: Gate, code: str) -> GateCheck:
    """The check of that name; there is one."""
    (check,) = [each for each in found.checks if each.code == code]
    return check


def bad(found: Gate) -> set[str]:
    return {each.code for each in found.of(FAIL, WAIT)}


def test_a_healthy_switch_with_a_whole_intent_is_ready() -> None:
    found = gate(before())
    assert found.verdict is Verdict.READY
    assert found.verdict.good
    assert {each.result for each in found.checks if each.code != "license-files"} == {PASS}
    assert named(found, "license-files").result is SKIP
    assert (found.missing, found.next_step) == ((), "")


SLR = {
    "status": "REGISTERED - SPECIFIC LICENSE RESERVATION",
    "detail": "SPECIFIC LICENSE RESERVATION",
}
BROKEN = {
    "state": RegistrationState.UNREGISTERED,
    "status": "UNREGISTERED - REGISTRATION FAILED",
    "detail": "REGISTRATION FAILED",
}
LATE = Clock(local=(NOW + HOUR).replace(tzinfo=None), zone="UTC")
CONVERTING = replace(status(), conversion=Conversion(automatic=True, status="In progress"))
NAMELESS = replace(SERVED, name_servers=())


@pytest.mark.parametrize(
    ("code", "found", "asked", "more", "verdict", "says", "step"),
    [
        (
            "transport",
            before(transport=transport(ON_PREM_URL), saved=transport(ON_PREM_URL)),
            wanted(method="on-prem", url=ON_PREM_URL, name_servers=()),
            {},
            Verdict.PREPARE,
            "policy.url",
            "policy.url",
        ),
        (
            "vrf",
            before(),
            wanted(policy={"vrf": "OOB"}, name_servers=()),
            {"target": Release(10, 3, 1)},
            Verdict.PREPARE,
            "VRF management only on NX-OS 10.3(1), not through OOB",
            "10.3(2)",
        ),
        (
            "reachable",
            before(),
            WANTED,
            {"reachable": False},
            Verdict.PREPARE,
            "does not reach smartreceiver.cisco.com in VRF management; the firewall must let it to "
            "smartreceiver.cisco.com, no longer to tools.cisco.com",
            "firewall",
        ),
        (
            "name-server",
            before(transport=NAMELESS, saved=NAMELESS),
            WANTED,
            {},
            Verdict.PREPARE,
            "VRF management has no name server",
            "nxsl configure",
        ),
        (
            "token",
            before(),
            intent(name_servers=[SERVER]),
            {},
            Verdict.PREPARE,
            "no token",
            "NXSL_TOKEN",
        ),
        ("clock", before(clock=LATE), WANTED, {}, Verdict.PREPARE, "60 min off", "ntp server"),
        (
            "health",
            before(registration=BROKEN),
            WANTED,
            {},
            Verdict.PREPARE,
            "UNREGISTERED - REGISTRATION FAILED",
            "nxsl register",
        ),
        (
            "health",
            before(
                authorization={
                    "state": AuthorizationState.AUTHORIZATION_EXPIRED,
                    "status": "AUTH EXPIRED",
                }
            ),
            WANTED,
            {},
            Verdict.PREPARE,
            "AUTH EXPIRED",
            "nxsl renew --kind auth",
        ),
        (
            "conversion",
            before(status=CONVERTING),
            WANTED,
            {},
            Verdict.BLOCKED,
            "In progress",
            "show license status",
        ),
        (
            "reservation",
            before(registration=SLR),
            WANTED,
            {},
            Verdict.PREPARE,
            "SPECIFIC LICENSE RESERVATION",
            "policy.transport: off",
        ),
        (
            "saved",
            before(saved=replace(SERVED, source_interface="mgmt0")),
            WANTED,
            {},
            Verdict.PREPARE,
            "- ip http source-interface mgmt0",
            "copy running-config startup-config",
        ),
        (
            "read",
            before(saved=None, not_read=("startup configuration: denied",)),
            WANTED,
            {},
            Verdict.PREPARE,
            "startup configuration: denied",
            "nxsl verify",
        ),
        (
            "license-files",
            files(pak(), pak("VPN_FABRIC", installed=False, comments="Grace expired")),
            WANTED,
            {},
            Verdict.PREPARE,
            "grace period is over: VPN_FABRIC",
            "virtual account",
        ),
        (
            "platform",
            replace(before(), facts=replace(FACTS, chassis="Nexus 3064 Chassis", release="9.3(2)")),
            WANTED,
            {},
            Verdict.BLOCKED,
            "no NX-OS with Smart Licensing Using Policy (SLP) is known for Nexus 3064",
            "leave it",
        ),
        (
            "platform",
            replace(before(), facts=replace(FACTS, chassis="Nexus1000V")),
            WANTED,
            {},
            Verdict.BLOCKED,
            "no rule for Nexus1000V",
            "licensing guide",
        ),
    ],
)
def test_one_thing_is_wrong_and_that_check_alone_fails(
    code: str,
    found: SwitchState,
    asked: LicensingIntent,
    more: dict[str, Any],
    verdict: Verdict,
    says: str,
    step: str,
) -> None:
    made = gate(found, asked, **more)
    assert bad(made) == {code}
    assert made.verdict is verdict
    assert not made.verdict.good
    assert says in named(made, code).evidence
    assert step in made.next_step


def test_transport_is_mended_before_registration() -> None:
    broken = transport(enabled=False)
    made = gate(
        before(registration=BROKEN, transport=broken, saved=broken), intent(token_from="env:T")
    )
    assert named(made, "health").remedy.startswith("nxsl configure, then nxsl register")


def test_where_there_is_no_such_release_nothing_else_is_asked() -> None:
    made = gate(replace(before(), facts=N7K), None)
    assert [each.code for each in made.checks] == ["platform"]
    assert made.changes == ()


def test_without_an_intent_only_that_is_asked_for() -> None:
    made = gate(before(), None, token=True)
    assert bad(made) == {"transport"}
    assert {named(made, code).result for code in ("vrf", "reachable", "name-server")} == {SKIP}


def test_what_blocks_is_the_next_step() -> None:
    made = gate(before(status=CONVERTING, clock=LATE), intent())
    assert made.verdict is Verdict.BLOCKED
    assert "conversion" in made.missing
    assert made.next_step.startswith("wait until")


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("Not started", PASS),
        ("NOT STARTED", PASS),
        ("Not Supported", PASS),
        ("Success", PASS),
        ("Successful", PASS),
        ("Already Converted", PASS),
        ("Started", FAIL),
        ("Polling", FAIL),
        ("In progress", FAIL),
        ("Started on Jun 22 16:15:41 2022 UTC", FAIL),
        ("Failed", WARN),
        ("Perplexed", WARN),
    ],
)
def test_the_words_of_a_conversion(words: str, result: CheckResult) -> None:
    found = replace(status(), conversion=Conversion(automatic=False, status=words))
    assert named(gate(before(status=found)), "conversion").result is result


@pytest.mark.parametrize(
    ("target", "vrf", "result"),
    [
        (Release(10, 3, 1), "OOB", FAIL),
        (Release(10, 3, 2), "OOB", PASS),
        (Release(10, 3, 1), "management", PASS),
        (None, "OOB", WARN),
        (None, "management", PASS),
    ],
)
def test_the_releases_that_know_only_vrf_management(
    target: Release | None, vrf: str, result: CheckResult
) -> None:
    asked = wanted(policy={"vrf": vrf}, name_servers=())
    assert named(gate(before(), asked, target=target), "vrf").result is result


def test_other_transports_have_no_trouble_with_vrfs() -> None:
    asked = wanted(policy={"transport": "cslu", "url": CSLU_URL, "vrf": "OOB"})
    assert named(gate(before(), asked, target=Release(10, 2, 1)), "vrf").result is PASS


def test_nobody_tried_is_said_and_names_the_new_host() -> None:
    check = named(gate(before(), reachable=None), "reachable")
    assert check.result is SKIP
    assert "smartreceiver.cisco.com, no longer to tools.cisco.com" in check.evidence


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        ({}, "smartreceiver.cisco.com"),
        ({"method": "proxy", "proxy": {"server": "proxy.example.com", "port": 80}}, "proxy.exam"),
        ({"policy": {"transport": "callhome"}}, "tools.cisco.com"),
        ({"policy": {"transport": "cslu", "url": CSLU_URL}}, "ssm.example.com"),
    ],
)
def test_whom_the_switch_asks(fields: dict[str, Any], host: str) -> None:
    made = gate(before(transport=NAMELESS, saved=NAMELESS), wanted(**fields), reachable=True)
    assert f"the switch reaches {host}" in named(made, "reachable").evidence
    assert host in named(made, "name-server").evidence


def test_with_transport_off_nothing_is_sent_and_no_token_spent() -> None:
    asked = intent(policy={"transport": "off"})
    made = gate(before(registration=SLR), asked, reachable=None)
    assert made.verdict is Verdict.READY
    assert named(made, "token").result is SKIP
    assert named(made, "reservation").result is PASS
    assert "nothing is sent" in named(made, "reachable").evidence


def test_an_address_needs_no_name_server() -> None:
    asked = wanted(policy={"transport": "cslu", "url": "http://192.0.2.9:8182/cslu/v1/pi"})
    made = gate(before(transport=NAMELESS, saved=NAMELESS), asked)
    assert named(made, "name-server").result is PASS


def test_name_servers_that_were_not_read_are_not_called_missing() -> None:
    made = gate(before(transport=NAMELESS, saved=NAMELESS), intent(token_from="env:TOKEN"))
    assert named(made, "name-server").result is SKIP
    assert made.verdict is Verdict.READY


def test_another_vrf_needs_its_own_name_server() -> None:
    check = named(gate(before(), wanted(policy={"vrf": "OOB"})), "name-server")
    assert check.result is FAIL
    assert "vrf context OOB" in check.remedy


def test_a_clock_of_another_zone_cannot_be_compared() -> None:
    made = gate(before(clock=Clock(local=NOW.replace(tzinfo=None), zone="CET")))
    assert named(made, "clock").result is WARN
    assert made.verdict is Verdict.READY
    assert named(gate(before(clock=None)), "clock").result is SKIP


def test_the_clock_may_be_an_hour_off_less_a_second() -> None:
    near = Clock(local=(NOW - HOUR + SECOND).replace(tzinfo=None), zone="UTC")
    assert named(gate(before(clock=near)), "clock").result is PASS


def test_licence_files_are_converted_and_named() -> None:
    made = gate(files(pak(), pak("VPN_FABRIC", status="Unused")))
    assert made.verdict is Verdict.READY
    assert "LAN_ENTERPRISE_SERVICES_PKG, VPN_FABRIC" in named(made, "license-files").evidence
    assert any("DLC" in each and "up to an hour" in each for each in made.changes)
    for code in ("conversion", "reservation", "saved", "name-server"):
        assert named(made, code).result is SKIP


def test_a_grace_period_that_runs_is_to_be_known() -> None:
    made = gate(files(pak(installed=False, grace_remaining=timedelta(days=119))))
    assert named(made, "license-files").result is WARN
    assert made.verdict is Verdict.READY
    assert not any("DLC" in each for each in made.changes)
    over = gate(files(pak(installed=False, grace_remaining=timedelta())))
    assert named(over, "license-files").result is FAIL


def test_licence_files_that_were_not_read() -> None:
    made = gate(replace(files(), usage=None))
    assert named(made, "license-files").result is SKIP
    assert any("DLC" in each for each in made.changes)


def test_what_changes_is_said() -> None:
    text = "\n".join(gate(before()).changes)
    for words in (
        "Smart Licensing (SL) becomes Smart Licensing Using Policy (SLP)",
        "`license smart trust idtoken`",
        "`license smart enable` disappears",
        "IN USE",
        "Not Applicable",
        "`license smart transport smart` to https://smartreceiver.cisco.com/licservice/license "
        "in VRF management",
        "downgrade",
    ):
        assert words in text
    assert "no usage report" not in text


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (None, "the inventory names no other"),
        (
            intent(policy={"transport": "callhome"}),
            f"call home stays the transport, to {CLOUD_URL}",
        ),
        (intent(policy={"transport": "off"}), "carried as files"),
        (intent(method="on-prem", url=ON_PREM_URL), "a URL that is still to be named"),
        (intent(policy={"transport": "cslu", "url": CSLU_URL, "vrf": "OOB"}), f"{CSLU_URL} in VRF"),
    ],
)
def test_the_new_transport_is_said(asked: LicensingIntent | None, words: str) -> None:
    assert any(words in each for each in gate(before(), asked).changes)


def test_a_switch_without_licences_in_use_makes_no_report() -> None:
    idle = before(usage=LicenseUsage(authorization="NO LICENSES IN USE"))
    for found in (idle, files(pak(status="Unused"))):
        assert any("makes no usage report" in each for each in gate(found).changes)


N7K = replace(FACTS, chassis="Nexus7000 C7009 (9 Slot) Chassis", release="8.1(1)")
ACI = replace(FACTS, release="15.3(2b)", boot_image="/bootflash/aci-n9000-dk9.15.3.2b.bin")
MDS = replace(FACTS, chassis="MDS 9148S 16G 48 FC (1 Slot) Chassis", release="8.4(2b)")


@pytest.mark.parametrize(
    ("facts", "target", "verdict", "words"),
    [
        (replace(FACTS, release="10.2(3)"), TARGET, Verdict.NOT_CONCERNED, "already"),
        (replace(FACTS, release="10.2(3)"), None, Verdict.NOT_CONCERNED, "already"),
        (FACTS, Release(9, 3, 10), Verdict.NOT_CONCERNED, "with 9.3(10) still"),
        (replace(FACTS, release="9.3(1)"), Release(9, 3, 10), Verdict.NOT_CONCERNED, "still"),
        (N7K, None, Verdict.NOT_CONCERNED, "no release with Smart Licensing Using Policy"),
        (N7K, Release(8, 4, 5), Verdict.NOT_CONCERNED, "with 8.4(5) still"),
        (N7K, TARGET, Verdict.BLOCKED, "is known for Nexus7000"),
        (ACI, None, Verdict.NOT_CONCERNED, "its controller"),
        (MDS, None, Verdict.BLOCKED, "no rule for MDS"),
    ],
)
def test_who_is_concerned(
    facts: DeviceFacts, target: Release | None, verdict: Verdict, words: str
) -> None:
    made = upgrade_gate(replace(before(), facts=facts), intent=WANTED, target=target)
    assert made.verdict is verdict
    assert words in made.checks[0].evidence
    assert made.verdict.good == (verdict is Verdict.NOT_CONCERNED)


# After the upgrade: came up two hours ago, reported ten minutes later, answered after ten more.

LATER = NOW + DAY
UPTIME = 2 * HOUR
REPORTED = LATER - UPTIME + HOUR / 6
REPORTING = UsageReporting(last_report=REPORTED, last_ack=REPORTED + HOUR / 6)
IN_USE = replace(LICENSE, state=LicenseState.IN_USE, status="IN USE")


def after(
    *,
    facts: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    lines: dict[str, Any] | None = None,
    licenses: tuple[LicenseUse, ...] = (IN_USE,),
    **changes: Any,
) -> SwitchState:
    """A switch that has arrived at 10.3(6)."""
    shown = {
        "enabled": True,
        "transport": "Smart",
        "transport_url": "https://smartreceiver.cisco.com/licservice/license",
        "reporting": REPORTING,
        "trust": (TrustCode(installed=REPORTED),),
        **(policy or {}),
    }
    has = Transport(
        smart_enabled=True,
        call_home=CallHome(),
        name_servers=SERVED.name_servers,
        policy=PolicyTransport(**{"mode": PolicyMode.SMART, **(lines or {})}),
    )
    usual: dict[str, Any] = {
        "facts": replace(FACTS, **{"release": "10.3(6)", "uptime": UPTIME, **(facts or {})}),
        "read_at": LATER,
        "clock": Clock(local=LATER.replace(tzinfo=None), zone="UTC"),
        "policy": PolicyStatus(**shown),
        "usage": LicenseUsage(authorization="Not Applicable", licenses=licenses),
        "transport": has,
        "saved": has,
    }
    return SwitchState(**{**usual, **changes})


def arrival(
    found: SwitchState,
    asked: LicensingIntent | None = WANTED,
    was: SwitchState | None = None,
    **more: Any,
) -> Gate:
    return upgrade_gate(was or before(), found, intent=asked, **{"target": TARGET, **more})


def test_a_switch_that_has_arrived() -> None:
    made = arrival(after())
    assert made.verdict is Verdict.ARRIVED
    assert {each.result for each in made.checks} == {PASS}
    assert made.next_step == ""


YOUNG = {"uptime": 20 * 60 * SECOND}
OFF = intent(policy={"transport": "off"})


@pytest.mark.parametrize(
    ("code", "found", "says", "step"),
    [
        ("device", after(facts={"serial": "FDO00000009"}), "FDO00000001: another", "nxsl register"),
        ("trust", after(policy={"trust": ()}), "no trust code is installed, 2 h", "nxsl register"),
        (
            "transport",
            after(lines={"smart_url": "https://elsewhere.example.com/x"}),
            "`license smart url smart https://elsewhere.example.com/x` is too much",
            "nxsl configure",
        ),
        (
            "transport",
            after(lines={"mode": PolicyMode.OFF}),
            "is off; smart is intended",
            "nxsl configure",
        ),
        ("report", after(policy={"reporting": UsageReporting()}), "no usage report", "nxsl renew"),
        (
            "report",
            after(policy={"reporting": replace(REPORTING, last_report=NOW)}),
            "is of 2022-06-22 16:16 UTC, none since the upgrade",
            "nxsl renew",
        ),
        (
            "acknowledgement",
            after(policy={"reporting": replace(REPORTING, last_ack=None)}),
            "not acknowledged",
            "nxsl renew",
        ),
        (
            "licenses",
            after(licenses=()),
            "LAN_ENTERPRISE_SERVICES_PKG is no longer",
            "show feature",
        ),
        ("read", after(not_read=("licences: cut",)), "licences: cut", "nxsl verify"),
        ("read", after(policy=None, usage=None, not_read=("x: y",)), "x: y", "nxsl verify"),
    ],
)
def test_one_thing_went_wrong_and_that_check_alone_fails(
    code: str, found: SwitchState, says: str, step: str
) -> None:
    if code == "licenses":
        found = replace(found, policy=replace(found.policy, reporting=REPORTING))  # type: ignore[type-var]
    made = arrival(found)
    assert bad(made) == {code}
    assert made.verdict is Verdict.NOT_ARRIVED
    assert says in named(made, code).evidence
    assert step in made.next_step


@pytest.mark.parametrize(
    ("facts", "target", "words"),
    [
        ({"release": "9.3(4)"}, TARGET, "came back with the old release 9.3(4)"),
        ({"release": "9.3(4)"}, None, "came back with the old release 9.3(4)"),
        ({"release": "9.3(10)"}, TARGET, "9.3(10) has Smart Licensing (SL)"),
        ({"release": "10.2(5)"}, TARGET, "with NX-OS 10.2(5), not with 10.3(6)"),
    ],
)
def test_the_wrong_release(facts: dict[str, Any], target: Release | None, words: str) -> None:
    old = replace(before(), facts=replace(FACTS, **facts), read_at=LATER)
    found = after() if facts["release"].startswith("10") else old
    found = replace(found, facts=replace(found.facts, **facts))
    made = arrival(found, target=target)
    assert made.verdict is Verdict.NOT_ARRIVED
    assert words in named(made, "release").evidence
    assert named(made, "release").result is FAIL
    if found.policy is None:
        assert named(made, "trust").result is SKIP


def test_a_switch_that_nobody_has_reloaded() -> None:
    old = replace(before(), facts=replace(FACTS, uptime=3 * DAY), read_at=LATER)
    made = arrival(old)
    assert made.verdict is Verdict.NOT_ARRIVED
    assert "still runs 9.3(4), and was not reloaded" in named(made, "release").evidence
    reloaded = replace(old, facts=replace(FACTS, uptime=HOUR))
    assert "came back with the old release" in named(arrival(reloaded), "release").evidence


def test_without_a_target_any_release_with_policy_will_do() -> None:
    assert arrival(after(facts={"release": "10.2(5)"}), target=None).verdict is Verdict.ARRIVED


@pytest.mark.parametrize(
    "policy",
    [
        {"trust": ()},
        {"reporting": UsageReporting()},
        {"reporting": replace(REPORTING, last_ack=None)},
    ],
)
@pytest.mark.parametrize(
    ("up", "verdict"),
    [(HOUR - SECOND, Verdict.ON_THE_WAY), (HOUR, Verdict.NOT_ARRIVED)],
)
def test_the_first_hour(policy: dict[str, Any], up: timedelta, verdict: Verdict) -> None:
    if policy.get("reporting") and policy["reporting"].last_report:
        since = replace(policy["reporting"], last_report=LATER)
        policy = {"reporting": since}
    elif "trust" in policy:
        policy = {**policy, "reporting": UsageReporting(last_report=LATER, last_ack=LATER)}
    made = arrival(after(facts={"uptime": up}, policy=policy))
    assert made.verdict is verdict
    assert len(bad(made)) == 1
    waits = verdict is Verdict.ON_THE_WAY
    assert made.next_step.startswith("nxsl upgrade check again, an hour after") == waits


def test_the_time_of_judging_counts() -> None:
    young = after(facts=YOUNG, policy={"trust": (), "reporting": UsageReporting()})
    assert arrival(young).verdict is Verdict.ON_THE_WAY
    assert arrival(young, now=LATER + HOUR).verdict is Verdict.NOT_ARRIVED


def test_without_an_uptime_the_time_before_counts() -> None:
    lost = {"trust": (), "reporting": UsageReporting()}
    assert arrival(after(facts={"uptime": None}, policy=lost)).verdict is Verdict.NOT_ARRIVED
    soon = after(facts={"uptime": None}, policy=lost, read_at=NOW + HOUR / 2, clock=None)
    assert arrival(soon).verdict is Verdict.ON_THE_WAY


def test_an_upgrade_in_service_need_not_reset_the_uptime() -> None:
    lost = {"trust": (), "reporting": UsageReporting()}
    soon = after(facts={"uptime": 60 * DAY}, policy=lost, read_at=NOW + HOUR / 2, clock=None)
    assert arrival(soon).verdict is Verdict.ON_THE_WAY
    older = {"reporting": replace(REPORTING, last_report=NOW - DAY)}
    made = arrival(after(facts={"uptime": 60 * DAY}, policy=older))
    assert named(made, "report").result is FAIL


def test_a_wrong_clock_does_not_hide_a_report() -> None:
    behind = Clock(local=(LATER - 3 * HOUR).replace(tzinfo=None), zone="UTC")
    shown = UsageReporting(last_report=REPORTED - 3 * HOUR, last_ack=REPORTED - 2.5 * HOUR)
    made = arrival(after(clock=behind, policy={"reporting": shown}))
    assert named(made, "report").result is PASS
    assert named(made, "acknowledgement").result is PASS


def test_a_switch_without_licences_in_use_makes_no_report_and_has_arrived() -> None:
    idle = before(usage=LicenseUsage(authorization="NO LICENSES IN USE"))
    made = arrival(after(licenses=(), policy={"reporting": UsageReporting()}), was=idle)
    assert made.verdict is Verdict.ARRIVED
    assert "no usage report" in named(made, "report").evidence
    assert named(made, "acknowledgement").result is SKIP


def test_an_idle_switch_may_do_without_a_trust_code() -> None:
    idle = before(usage=LicenseUsage(authorization="NO LICENSES IN USE"))
    made = arrival(
        after(licenses=(), policy={"trust": (), "reporting": UsageReporting()}), was=idle
    )
    assert made.verdict is Verdict.ARRIVED
    assert named(made, "trust").result is WARN


def test_a_plain_cslu_wants_no_trust_code() -> None:
    url = "http://cslu.example.com:8182/cslu/v1/pi"
    asked = intent(name_servers=[SERVER], policy={"transport": "cslu", "url": url})
    assert named(gate(before(), asked), "token").result is SKIP
    found = after(policy={"trust": ()}, lines={"mode": PolicyMode.CSLU, "cslu_url": url})
    made = arrival(found, asked)
    assert made.verdict is Verdict.ARRIVED
    assert named(made, "trust").result is SKIP


def test_a_policy_may_want_no_acknowledgement() -> None:
    silent = {
        "policy": ReportingPolicy(ack_required=False),
        "reporting": replace(REPORTING, last_ack=None),
    }
    assert arrival(after(policy=silent)).verdict is Verdict.ARRIVED


def off(reporting: UsageReporting, **changes: Any) -> SwitchState:
    """A switch that sends nothing."""
    shown = {"transport": "Transport Off", "transport_url": "", "trust": (), "reporting": reporting}
    return after(policy=shown, lines={"mode": PolicyMode.OFF}, **changes)


def test_with_transport_off_a_file_takes_the_place_of_a_report() -> None:
    made = arrival(off(UsageReporting(last_file=REPORTED)), OFF)
    assert made.verdict is Verdict.ARRIVED
    assert named(made, "trust").result is SKIP
    assert "saved to a file" in named(made, "report").evidence
    assert named(made, "acknowledgement").result is WARN
    lost = arrival(off(UsageReporting()), OFF)
    assert lost.verdict is Verdict.NOT_ARRIVED
    assert lost.next_step == "nxsl usage save"
    assert arrival(off(UsageReporting(), facts=YOUNG), OFF).verdict is Verdict.ON_THE_WAY


def test_without_an_intent_the_transport_must_be_there() -> None:
    made = arrival(after(), None)
    assert made.verdict is Verdict.ARRIVED
    assert named(made, "transport").result is WARN
    assert named(arrival(off(REPORTING), None), "transport").result is FAIL
    bare = {"mode": PolicyMode.CSLU}
    assert named(arrival(after(lines=bare), None), "transport").result is FAIL
    told = after(lines={**bare, "cslu_url": CSLU_URL})
    assert named(arrival(told, None), "transport").result is WARN
    shown = {"transport": "CSLU", "transport_url": ""}
    assert named(arrival(after(policy=shown, transport=None), None), "transport").result is FAIL


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("Smart", PASS),
        ("SMART", PASS),
        ("CSLU", FAIL),
        ("Transport Off", FAIL),
        ("", FAIL),
        ("?", FAIL),
    ],
)
def test_the_words_for_a_transport_where_the_configuration_was_not_read(
    word: str, result: CheckResult
) -> None:
    found = after(policy={"transport": word}, transport=None)
    assert named(arrival(found), "transport").result is result


def test_a_transport_that_nobody_knows_is_shown() -> None:
    for word, said in (("Carrier Pigeon", "is Carrier Pigeon"), ("", "is not set")):
        check = named(arrival(after(policy={"transport": word}, transport=None)), "transport")
        assert check.evidence.endswith(said)


def test_another_url_is_told_also_where_the_configuration_was_not_read() -> None:
    shown = {"transport_url": "https://elsewhere.example.com/x"}
    check = named(arrival(after(policy=shown, transport=None)), "transport")
    assert check.result is FAIL
    assert "elsewhere.example.com" in check.evidence


def test_an_intent_without_a_url_fits_nothing() -> None:
    asked = intent(method="on-prem", url=ON_PREM_URL)
    check = named(arrival(after(lines={"mode": PolicyMode.CSLU}), asked), "transport")
    assert check.result is FAIL
    assert "policy.url" in check.evidence


def many(count: int, tag: str = LICENSE.tag) -> LicenseUse:
    return replace(IN_USE, tag=tag, count=count)


@pytest.mark.parametrize(
    ("was", "now", "result", "words"),
    [
        ((many(2),), (many(2),), PASS, "as before: LAN_ENTERPRISE_SERVICES_PKG 2"),
        ((many(2),), (many(1),), FAIL, "LAN_ENTERPRISE_SERVICES_PKG 2 became 1"),
        ((many(1),), (many(2),), WARN, "LAN_ENTERPRISE_SERVICES_PKG 1 became 2"),
        ((many(1),), (many(1), many(1, "VPN_FABRIC")), WARN, "VPN_FABRIC is new"),
        (
            (many(1), many(1, "VPN_FABRIC")),
            (many(3),),
            FAIL,
            "VPN_FABRIC is no longer in use; LAN_ENTERPRISE_SERVICES_PKG 1 became 3",
        ),
        ((), (), PASS, "none is in use, as before"),
        (
            (many(1),),
            (replace(IN_USE, state=LicenseState.NOT_IN_USE, status="NOT IN USE"),),
            FAIL,
            "is no longer in use",
        ),
    ],
)
def test_licences_are_compared_by_tag_and_count(
    was: tuple[LicenseUse, ...], now: tuple[LicenseUse, ...], result: CheckResult, words: str
) -> None:
    check = named(arrival(after(licenses=now), was=before(licenses=was)), "licenses")
    assert check.result is result
    assert words in check.evidence


def test_a_feature_of_a_licence_file_counts_as_one() -> None:
    was = files(pak(), pak("VPN_FABRIC", status="Unused"), pak("FCOE_NPV_PKG", installed=False))
    check = named(arrival(after(), was=was), "licenses")
    assert check.result is FAIL
    assert check.evidence == "FCOE_NPV_PKG is no longer in use"


def test_licences_that_were_not_read_are_not_compared() -> None:
    was_not_read = named(arrival(after(), was=before(usage=None)), "licenses")
    assert was_not_read.result is CheckResult.WARN
    assert "were not read" in was_not_read.evidence
    assert named(arrival(after(usage=None)), "licenses").result is SKIP


def test_new_critical_findings_are_told_and_old_ones_are_not() -> None:
    skewed = after(clock=Clock(local=(LATER - 3 * HOUR).replace(tzinfo=None), zone="UTC"))
    made = arrival(skewed)
    assert named(made, "findings").result is FAIL
    assert "the clock is 3 h behind" in named(made, "findings").evidence
    late = Clock(local=(NOW - 3 * HOUR).replace(tzinfo=None), zone="UTC")
    assert named(arrival(skewed, was=before(clock=late)), "findings").result is PASS


def test_from_licence_files_it_is_the_same_way() -> None:
    assert arrival(after(), was=files(pak())).verdict is Verdict.ARRIVED


def test_a_switch_of_which_nothing_was_read_has_not_arrived() -> None:
    bare = replace(after(), policy=None, usage=None, transport=None, saved=None)
    made = arrival(bare)
    assert made.verdict is Verdict.NOT_ARRIVED
    assert bad(made) == {"read"}
    assert named(made, "report").result is SKIP


def test_who_was_there_already_or_never_will_be_is_not_concerned() -> None:
    there = after(facts={"release": "10.2(5)"})
    assert arrival(there, was=there, target=None).verdict is Verdict.NOT_CONCERNED
    assert arrival(there, was=there, target=TARGET).verdict is Verdict.NOT_ARRIVED
    made = arrival(after(policy={"reporting": UsageReporting()}), was=there, target=TARGET)
    assert made.verdict is Verdict.ARRIVED
    assert named(made, "report").result is named(made, "acknowledgement").result is SKIP
    assert arrival(after(), was=there, target=None).verdict is Verdict.ARRIVED
    never = replace(before(), facts=N7K)
    assert arrival(never, was=never, target=None).verdict is Verdict.NOT_CONCERNED
    assert EMAIL not in str(arrival(never, was=never, target=None))
