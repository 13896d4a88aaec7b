"""`diagnose` over real SSH: each planted cause is found, and it alone; nothing is written."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl import open_fleet
from nxsl.core.diagnosis import CheckResult, DiagnoseRecord, Diagnosis
from nxsl.core.intent import Method
from nxsl.core.outcome import Outcome
from nxsl.core.regime import Regime
from nxsl.lab import (
    CALLHOME_217965,
    CALLHOME_DIRECT,
    CALLHOME_ON_PREM,
    CALLHOME_PROXY,
    CLOUD_URL,
    ON_PREM_URL,
    UNREGISTERED,
    Drop,
    Hang,
    Lab,
    Message,
    Network,
    PolicyFailure,
    PolicyState,
    Refuse,
    Registration,
    Reject,
    Replace,
    never_reported,
    registered,
    reporting,
)
from nxsl.lab.network import QUOVADIS
from nxsl.nxos import _ending
from nxsl.tasks.diagnose import diagnose
from tests.conftest import DIRECT, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nornir.core.task import AggregatedResult

PROXY = {
    "method": "proxy",
    "vrf": "management",
    "proxy": {"server": "proxy.example.com", "port": 8080},
}
ON_PREM = {"method": "on-prem", "vrf": "management", "url": ON_PREM_URL}
BY_ADDRESS = ON_PREM_URL.replace("ssm.example.net", "192.0.2.10")
SMART = "license smart transport smart"
CSLU = {**ON_PREM, "policy": {"url": "http://192.0.2.20:8182/cslu/v1/pi"}}
PING_FAILS = """\
PING tools.cisco.com (72.163.4.38): 56 data bytes
Request 0 timed out
Request 1 timed out

--- tools.cisco.com ping statistics ---
2 packets transmitted, 0 packets received, 100.00% packet loss"""


def without(line: str, block: str = CALLHOME_DIRECT) -> str:
    """A call home that lacks a line."""
    assert line in block
    return block.replace(f"{line}\n", "")


def swapped(old: str, new: str, block: str = CALLHOME_DIRECT) -> str:
    """A call home with something else in it."""
    assert old in block
    return block.replace(old, new)


def failed(reason: str, **changes: Any) -> Registration:
    """A first registration that has failed an hour ago."""
    return Registration(
        **{
            "state": "UNREGISTERED - REGISTRATION FAILED",
            "initial": timedelta(hours=-1),
            "initial_failure": reason,
            **changes,
        }
    )


SYMPTOM = failed("Fail to send out Call Home HTTP message")
URL_LINE = f"destination-profile CiscoTAC-1 index 1 http {CLOUD_URL}"
CUSTOM = f"destination-profile mine\ndestination-profile mine http {CLOUD_URL}"

# What is planted | how the switch differs | the check that fails | a line to type, or a word of it
CAUSES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no e-mail": (
        {"config": "callhome\nno email-contact"},
        "email-contact",
        "email-contact sch-smart-licensing@cisco.com",
    ),
    "no enable": ({"callhome": without("enable")}, "call-home-enabled", "  enable"),
    "no transport-method": (
        {"callhome": without("destination-profile CiscoTAC-1 transport-method http")},
        "http-method",
        "transport-method http",
    ),
    "no destination": ({"callhome": without(URL_LINE)}, "destination", CLOUD_URL),
    "custom profile only": (
        {"callhome": swapped(URL_LINE, CUSTOM)},
        "destination",
        f"destination-profile CiscoTAC-1 http {CLOUD_URL}",
    ),
    "http URL": (
        {"callhome": swapped("https://", "http://")},
        "https",
        "no destination-profile CiscoTAC-1 index 1 http http://tools.cisco.com",
    ),
    "URL without path": (
        {"callhome": swapped("/its/service/oddce/services/DDCEService", "")},
        "url-path",
        f"destination-profile CiscoTAC-1 http {CLOUD_URL}",
    ),
    "SmartTransport at home": (
        {
            "callhome": swapped(
                "/Transportgateway/services/DeviceRequestHandler",
                "/SmartTransport",
                CALLHOME_ON_PREM,
            ),
            "intent": ON_PREM,
        },
        "url-path",
        ON_PREM_URL,
    ),
    "on-prem by address": (
        {
            "callhome": swapped(ON_PREM_URL, BY_ADDRESS, CALLHOME_ON_PREM),
            "intent": {**ON_PREM, "url": BY_ADDRESS},
        },
        "url-host",
        "https://NAME-IN-CERTIFICATE/Transportgateway/services/DeviceRequestHandler",
    ),
    "another server": (
        {
            "callhome": swapped("ssm.example.net", "old.example.net", CALLHOME_ON_PREM),
            "intent": ON_PREM,
        },
        "destination-intended",
        ON_PREM_URL,
    ),
    "a stray destination": (
        {
            "callhome": CALLHOME_DIRECT
            + "destination-profile CiscoTAC-1 index 2 http https://old.example.net/x\n"
        },
        "one-destination",
        "no destination-profile CiscoTAC-1 index 2 http https://old.example.net/x",
    ),
    "no use-vrf": (
        {"callhome": without("transport http use-vrf management")},
        "vrf",
        "transport http use-vrf management",
    ),
    "a VRF that is not there": (
        {
            "callhome": swapped("use-vrf management", "use-vrf tenant1"),
            "intent": {**DIRECT, "vrf": "tenant1"},
        },
        "vrf",
        "show vrf",
    ),
    "a VRF without a route": (
        {"network": Network(routed_vrfs=())},
        "name-server-answers",
        "show ip route 192.0.2.53 vrf management",
    ),
    "proxy without server": (
        {
            "callhome": without(
                "transport http proxy server proxy.example.com port 8080", CALLHOME_PROXY
            ),
            "intent": PROXY,
        },
        "proxy",
        "transport http proxy server proxy.example.com port 8080",
    ),
    "proxy not enabled": (
        {"callhome": without("transport http proxy enable", CALLHOME_PROXY), "intent": PROXY},
        "proxy",
        "transport http proxy enable",
    ),
    "wrong proxy port": (
        {
            "callhome": swapped("8080", "3128", CALLHOME_PROXY),
            "intent": {**PROXY, "proxy": {"server": "proxy.example.com", "port": 3128}},
        },
        "proxy-reachable",
        "telnet proxy.example.com 3128 vrf management",
    ),
    "the proxy is down": (
        {
            "callhome": CALLHOME_PROXY,
            "intent": PROXY,
            "network": Network(unreachable=("proxy.example.com",)),
        },
        "proxy-reachable",
        "telnet proxy.example.com 8080 vrf management",
    ),
    "source interface": (
        {"config": "ip http source-interface Vlan27"},
        "source-interface",
        "ip http source-interface mgmt0",
    ),
    "no name server": ({"name_servers": ()}, "name-server", "vrf context management"),
    "no domain-lookup": ({"config": "no ip domain-lookup"}, "domain-lookup", "ip domain-lookup"),
    "a dead name server": (
        {
            "name_servers": ("192.0.2.99",),
            "network": Network(unreachable=("192.0.2.99",)),
        },
        "name-server-answers",
        "ping 192.0.2.99 vrf management",
    ),
    "an unknown name": (
        {"network": Network(names={})},
        "name-resolution",
        "ping tools.cisco.com vrf management",
    ),
    "a firewall": (
        {"network": Network(unreachable=("tools.cisco.com",))},
        "backend-reachable",
        "telnet tools.cisco.com 443 vrf management",
    ),
    "only the proxy goes out": (
        {"network": Network(proxy_required=True)},
        "backend-reachable",
        "telnet tools.cisco.com 443 vrf management",
    ),
    "clock two hours off": ({"clock_skew": timedelta(hours=2)}, "clock", "ntp server"),
    "NTP not followed": (
        {"ntp": ("192.0.2.123",), "ntp_synchronised": False},
        "ntp",
        "ping 192.0.2.123",
    ),
    "QuoVadis only": (
        {"trust_anchors": (QUOVADIS,)},
        "ca-certificate",
        "crypto ca authenticate IdenTrust",
    ),
    "Smart Licensing off": ({"smart_enabled": False}, "smart-licensing", "license smart enable"),
    "another VDC": (
        {"release": "8.4(2)", "chassis": "Nexus7000 C7009 (9 Slot) Chassis", "vdc": (3, "edge")},
        "default-vdc",
        "switchback",
    ),
}


@pytest.fixture
def seen(fleet: Callable[..., Fleet]) -> Callable[..., tuple[Diagnosis, Fleet]]:
    """Give a function that diagnoses one switch, and proves that nothing was written."""

    def look(*, operands: dict[str, Any] | None = None, **changes: Any) -> tuple[Diagnosis, Fleet]:
        quick = {"callhome": CALLHOME_DIRECT, "telnet_seconds": 0.05, "ping_seconds": 0.05}
        run = fleet(switch(**{**quick, **changes}))
        result = run.result(diagnose, **(operands or {}))
        record = result.result
        assert isinstance(record, DiagnoseRecord)
        assert (record.outcome, result.failed, result.changed) == (Outcome.READ, False, False)
        assert only_looks(run.lab["leaf1"].commands), run.lab["leaf1"].commands
        assert record.diagnosis is not None
        return record.diagnosis, run

    return look


def only_looks(commands: tuple[str, ...]) -> bool:
    """Whether nothing but show, ping and telnet was received."""
    return all(
        line.startswith(("show ", "ping ", "telnet ", "terminal ", "exit", "end"))
        for line in commands
    )


def typed(diagnosis: Diagnosis) -> str:
    """Every line to type."""
    return "\n".join(line for each in diagnosis.failures for line in each.lines)


BEFORE, AFTER = "before", "after a failure"


def classic(changes: dict[str, Any], when: str) -> dict[str, Any]:
    """A planted cause, alone or with the failure that it leads to."""
    state = UNREGISTERED if when == BEFORE else SYMPTOM
    return {"callhome": CALLHOME_DIRECT, "registration": state, **changes}


PLACEHOLDER = re.compile(r"\b(?:ADDRESS|PORT|VRF|NAME-IN-CERTIFICATE|CSLU:)|\(paste")


def type_what_it_says(run: Fleet, results: AggregatedResult) -> set[str]:
    """Type the configuration lines of each diagnosis as they stand; give the hosts."""
    mended = set()
    for host in run.lab:
        lines = [
            line
            for check in results[host][0].result.diagnosis.failures
            for line in check.lines
            if check.lines[0] == "configure terminal"
        ]
        if lines and not PLACEHOLDER.search("\n".join(lines)):
            run.lab[host].configure(
                *(line for line in lines if line not in {"configure terminal", "end"})
            )
            mended.add(host)
    return mended


@pytest.fixture(scope="module")
def causes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Diagnose a fleet of all planted causes at once, type what is said, and diagnose again.

    Gives a function that gives what was found on a switch.
    """
    specs = {
        f"{name}, {when}": made
        for table, make in (
            ({name: each[0] for name, each in CAUSES.items()}, classic),
            ({name: each[0] for name, each in POLICY_CAUSES.items()}, of_policy),
            (HEALTHY, healthy),
        )
        for name, changes in table.items()
        for when in (BEFORE, AFTER)
        if (made := make(changes, when))
    }
    assert len({*CAUSES, *POLICY_CAUSES, *HEALTHY}) == len(CAUSES) + len(POLICY_CAUSES) + len(
        HEALTHY
    )
    names = {label: f"sw{number}" for number, label in enumerate(specs)}
    quick: dict[str, Any] = {"telnet_seconds": 0.05, "ping_seconds": 0.05}
    with Lab([switch(names[label], **{**quick, **spec}) for label, spec in specs.items()]) as lab:
        folder = tmp_path_factory.mktemp("causes") / "inventory"
        lab.write_inventory(folder)
        run = Fleet(lab, open_fleet(folder, workers=12), folder)
        results = run.run(diagnose)

        heard = {host: lab[host].commands for host in lab}
        mended = type_what_it_says(run, results)
        again = run.run(diagnose)

        def found(label: str, *, after_typing: bool = False) -> Diagnosis | None:
            host = names[label]
            result = (again if after_typing else results)[host][0]
            record = result.result
            assert isinstance(record, DiagnoseRecord), record
            assert (record.outcome, result.failed, result.changed) == (Outcome.READ, False, False)
            assert only_looks(heard[host]), heard[host]
            return record.diagnosis if host in mended or not after_typing else None

        yield found
        run.close()


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize(
    ("cause", "code", "line"), [(name, *each[1:]) for name, each in CAUSES.items()], ids=CAUSES
)
def test_a_planted_cause_is_found_and_it_alone(
    causes: Callable[..., Any], cause: str, code: str, line: str, when: str
) -> None:
    diagnosis = causes(f"{cause}, {when}")
    # These two lead to no failure: beside one, it is named as well.
    besides = ["last-failure"] if when == AFTER and code in {"ntp", "one-destination"} else []
    assert [each.code for each in diagnosis.failures] == [code, *besides]
    assert line in typed(diagnosis)
    for check in diagnosis.of(CheckResult.SKIPPED):
        assert check.why
        assert check.explained_by in {"", code}


HEALTHY: dict[str, dict[str, Any]] = {
    "direct": {},
    "proxy": {
        "callhome": CALLHOME_PROXY,
        "intent": PROXY,
        "network": Network(proxy_required=True),
    },
    "on-prem": {"callhome": CALLHOME_ON_PREM, "intent": ON_PREM},
    "right source interface": {"config": "ip http source-interface mgmt0"},
    "no intent": {"intent": None},
    "NTP": {"ntp": ("192.0.2.123",)},
    "Nexus 7000": {"release": "8.4(2)", "chassis": "Nexus7000 C7009 (9 Slot) Chassis"},
    "SLP smart": {"release": "10.3(6)", "config": SMART, "policy": reporting()},
    "SLP smart, new": {"release": "10.3(6)", "config": SMART},
    "SLP off": {
        "release": "10.3(6)",
        "config": "license smart transport off",
        "intent": {**DIRECT, "policy": {"transport": "off"}},
    },
}


def healthy(changes: dict[str, Any], when: str) -> dict[str, Any] | None:
    """A switch that nothing is wrong with."""
    usual = {"callhome": CALLHOME_DIRECT, "registration": registered()}
    return {**usual, **changes} if when == BEFORE else None


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_switch_fails_no_check(causes: Callable[..., Any], name: str) -> None:
    assert causes(f"{name}, {BEFORE}").failures == ()


def test_the_case_of_the_document(seen: Callable[..., tuple[Diagnosis, Fleet]]) -> None:
    """Its three faults, and nothing that follows from them."""
    diagnosis, _ = seen(
        callhome=CALLHOME_217965,
        config="ip http source-interface Vlan27",
        registration=SYMPTOM,
    )
    codes = [each.code for each in diagnosis.failures]
    assert codes == ["call-home-enabled", "https", "source-interface"]


def test_typing_what_it_says_mends_it(causes: Callable[..., Any]) -> None:
    """Then nothing is left but to save it; the placeholders of other lines are for people."""
    labels = [*CAUSES, *POLICY_CAUSES]
    mended = {label: causes(f"{label}, {BEFORE}", after_typing=True) for label in labels}
    assert sum(each is not None for each in mended.values()) >= 20
    for label, diagnosis in mended.items():
        if diagnosis is not None:
            assert {each.code for each in diagnosis.failures} <= {"saved"}, label


# What is planted under Smart Licensing Using Policy, in the same form.
POLICY_CAUSES: dict[str, tuple[dict[str, Any], str, str]] = {
    "policy: transport off": (
        {"config": "license smart transport off"},
        "transport-mode",
        "license smart transport smart",
    ),
    "policy: no CSLU URL": (
        {"config": "", "intent": None},
        "policy-url",
        "license smart url cslu",
    ),
    "policy: CSLU URL not set": (
        {"config": "", "intent": CSLU},
        "policy-url",
        "license smart url cslu http://192.0.2.20:8182/cslu/v1/pi",
    ),
    "policy: on-prem by address": (
        {
            "config": "license smart url cslu https://192.0.2.10/cslu/v1/pi/campus",
            "intent": None,
        },
        "policy-url-host",
        "https://NAME-IN-CERTIFICATE/cslu/v1/pi/campus",
    ),
    "policy: another VRF on 10.2": (
        {
            "release": "10.2(3)",
            "config": f"vrf context tenant1\nip name-server 192.0.2.53\n{SMART}\n"
            "license smart vrf tenant1",
            "intent": {**DIRECT, "vrf": "tenant1"},
        },
        "policy-vrf",
        "license smart vrf management",
    ),
    "policy: proxy not set": (
        {"config": SMART, "intent": PROXY},
        "policy-proxy",
        "license smart proxy address proxy.example.com",
    ),
    "policy: dead proxy": (
        {
            "config": f"{SMART}\nlicense smart proxy address proxy.example.com\n"
            "license smart proxy port 8080",
            "intent": PROXY,
            "network": Network(unreachable=("proxy.example.com",)),
        },
        "proxy-reachable",
        "telnet proxy.example.com 8080 vrf management",
    ),
    "policy: no name server": (
        {"config": SMART, "name_servers": ()},
        "name-server",
        "ip name-server",
    ),
    "policy: a firewall": (
        {"config": SMART, "network": Network(unreachable=("smartreceiver.cisco.com",))},
        "backend-reachable",
        "telnet smartreceiver.cisco.com 443 vrf management",
    ),
    "policy: clock two hours off": (
        {"config": SMART, "clock_skew": timedelta(hours=-2)},
        "clock",
        "ntp server",
    ),
    "policy: a report overdue": (
        {
            "config": SMART,
            "policy": reporting(ago=timedelta(days=100)),
        },
        "report-overdue",
        "license smart sync all",
    ),
}


def of_policy(changes: dict[str, Any], when: str) -> dict[str, Any]:
    """A planted cause, alone or with the failure that it leads to."""
    failure = PolicyFailure(message=Message.TRUST, reason="Communication message send error")
    state = changes.get("policy", PolicyState())
    state = replace(state, failures=(failure,)) if when == AFTER else state
    return {"release": "10.3(6)", **changes, "policy": state}


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize(
    ("cause", "code", "line"),
    [(name, *each[1:]) for name, each in POLICY_CAUSES.items()],
    ids=POLICY_CAUSES,
)
def test_a_planted_cause_under_policy_is_found_and_it_alone(
    causes: Callable[..., Any], cause: str, code: str, line: str, when: str
) -> None:
    diagnosis = causes(f"{cause}, {when}")
    if when == AFTER and code == "report-overdue":  # then the failure is the cause of it
        code, line = "last-failure", ""
    assert [each.code for each in diagnosis.failures] == [code]
    assert line in typed(diagnosis)


@pytest.mark.parametrize(
    "changes",
    [
        {"registration": failed('{"token":["The token \'x\' is expired."]}')},
        {
            "release": "10.3(6)",
            "config": SMART,
            "policy": PolicyState(
                failures=(
                    PolicyFailure(
                        message=Message.TRUST, reason='{"token":["The token is not valid."]}'
                    ),
                )
            ),
        },
    ],
    ids=["SL", "SLP"],
)
def test_a_token_refused_last_time_is_the_cause(
    seen: Callable[..., tuple[Diagnosis, Fleet]], changes: dict[str, Any]
) -> None:
    diagnosis, _ = seen(**changes)
    assert [each.code for each in diagnosis.failures] == ["last-failure"]
    (failure,) = diagnosis.failures
    assert "token" in failure.evidence
    assert "make a new token" in failure.why


def test_a_token_in_a_reason_is_masked(seen: Callable[..., tuple[Diagnosis, Fleet]]) -> None:
    reason = f'{{"token":["The token \'{token_value()}\' is not valid."]}}'
    diagnosis, _ = seen(registration=failed(reason))
    (failure,) = diagnosis.failures
    assert failure.code == "last-failure"
    assert token_value() not in repr(diagnosis)


def test_what_is_not_saved_is_found(fleet: Callable[..., Fleet]) -> None:
    run = fleet(
        switch("leaf1", callhome=CALLHOME_DIRECT),
        switch("leaf2", release="10.3(6)", config=SMART),
    )
    run.lab["leaf1"].configure("callhome", "email-contact noc@example.com")
    run.lab["leaf2"].configure("license smart vrf management")
    results = run.run(diagnose)
    for host, words in (("leaf1", "noc@example.com"), ("leaf2", "VRF")):
        (failure,) = results[host][0].result.diagnosis.failures
        assert failure.code == "saved"
        assert words in failure.evidence
        assert failure.lines == ("copy running-config startup-config",)


def test_a_failure_that_is_over_is_no_failure(
    seen: Callable[..., tuple[Diagnosis, Fleet]],
) -> None:
    over = registered(
        renewal=timedelta(days=-12), renewal_failure="Communication message send error"
    )
    diagnosis, _ = seen(registration=over)
    assert diagnosis.failures == ()
    last = diagnosis.named("last-failure")
    assert last
    assert last.why.startswith("over: ")


def test_a_ping_that_fails_says_nothing_while_telnet_connects(
    seen: Callable[..., tuple[Diagnosis, Fleet]],
) -> None:
    diagnosis, run = seen(faults=(Replace(line="^ping", text=PING_FAILS, occurrence=None),))
    assert diagnosis.failures == ()
    check = diagnosis.named("backend-reachable")
    assert check
    assert "ping gets no answer" in check.why
    assert run.lab["leaf1"].commands[-2:] == (
        "telnet tools.cisco.com 443 vrf management",
        "ping tools.cisco.com vrf management",
    )


def test_behind_a_proxy_only_the_proxy_is_tried(
    seen: Callable[..., tuple[Diagnosis, Fleet]],
) -> None:
    diagnosis, run = seen(
        callhome=CALLHOME_PROXY, intent=PROXY, network=Network(proxy_required=True)
    )
    sent = [line for line in run.lab["leaf1"].commands if line.startswith(("ping", "telnet"))]
    assert sent == [
        "telnet proxy.example.com 8080 vrf management",
        "ping proxy.example.com vrf management",
    ]
    check = diagnosis.named("backend-reachable")
    assert check
    assert check.result is CheckResult.SKIPPED
    assert "a proxy is in use" in check.why


def test_without_probes_none_is_sent(seen: Callable[..., tuple[Diagnosis, Fleet]]) -> None:
    diagnosis, run = seen(operands={"probes": False})
    assert not [line for line in run.lab["leaf1"].commands if line.startswith(("ping", "telnet"))]
    check = diagnosis.named("backend-reachable")
    assert check
    assert check.result is CheckResult.SKIPPED


def test_before_anything_is_configured_the_intended_way_is_tried(
    seen: Callable[..., tuple[Diagnosis, Fleet]],
) -> None:
    diagnosis, run = seen(callhome="", intent=PROXY)
    assert "telnet proxy.example.com 8080 vrf management" in run.lab["leaf1"].commands
    assert diagnosis.advice
    assert diagnosis.advice.method is Method.PROXY
    diagnosis, _ = seen(callhome="", network=Network(proxy_required=True))
    assert diagnosis.advice
    assert diagnosis.advice.method is None
    assert "a proxy" in diagnosis.advice.why


DENIED = "% Permission denied for the role"


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("show running-config callhome", {"call-home-enabled", "vrf", "proxy"}),
        ("show startup-config", {"saved"}),
        ("show running-config .*domain-lookup", {"domain-lookup"}),
        ("show ntp", {"ntp"}),
        ("show crypto", {"ca-certificate"}),
        ("^telnet", {"backend-reachable"}),
    ],
)
@pytest.mark.parametrize("words", [DENIED, "% Invalid command at '^' marker."])
def test_what_is_refused_is_skipped_with_the_switchs_words(
    seen: Callable[..., tuple[Diagnosis, Fleet]], line: str, codes: set[str], words: str
) -> None:
    diagnosis, _ = seen(faults=(Reject(line=line, text=words, occurrence=None),))
    assert diagnosis.failures == ()
    for code in codes:
        check = diagnosis.named(code)
        assert check
        assert check.result is CheckResult.SKIPPED
        assert words in check.why


def test_a_reader_sees_what_the_role_shows(
    seen: Callable[..., tuple[Diagnosis, Fleet]],
) -> None:
    diagnosis, _ = seen(role="network-operator")
    assert diagnosis.failures == ()
    assert len(diagnosis.of(CheckResult.SKIPPED)) > 15


@pytest.mark.parametrize("fault", [Drop(line="^telnet"), Hang(line="^telnet")])
def test_a_probe_that_breaks_the_session_costs_only_itself(
    seen: Callable[..., tuple[Diagnosis, Fleet]], monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    monkeypatch.setattr(_ending, "_GRACE", 0.3)
    diagnosis, _ = seen(faults=(fault,), operands={"telnet_seconds": 0.3})
    assert diagnosis.failures == ()
    check = diagnosis.named("backend-reachable")
    assert check
    assert check.result is CheckResult.SKIPPED
    assert check.why.startswith("telnet: ")


@pytest.mark.parametrize(
    ("release", "regime"), [("9.2(3)", Regime.TRADITIONAL), ("7.0(3)I7(2)", Regime.TRADITIONAL)]
)
def test_licence_files_need_no_backend(
    fleet: Callable[..., Fleet], release: str, regime: Regime
) -> None:
    run = fleet(switch(release=release))
    record = run.result(diagnose).result
    assert record.regime is regime
    assert record.diagnosis.failures == ()
    assert all(each.result is CheckResult.SKIPPED for each in record.diagnosis.checks[1:])
    assert all("licence files" in each.why for each in record.diagnosis.checks[1:])


def test_what_cannot_be_read_fails(fleet: Callable[..., Fleet]) -> None:
    run = fleet(
        switch("leaf1", faults=(Refuse(),)),
        switch("leaf2", faults=(Reject(line="show license status", text=DENIED, occurrence=None),)),
    )
    results = run.run(diagnose)
    assert [results[host].failed for host in run.lab] == [True, True]
    record = results["leaf2"][0].result
    assert isinstance(record, DiagnoseRecord)
    assert record.diagnosis is None
    assert record.evidence == DENIED


def test_a_switch_with_a_trust_code_passes_that_check(
    seen: Callable[..., tuple[Diagnosis, Fleet]],
) -> None:
    diagnosis, _ = seen(release="10.3(6)", config=SMART, policy=never_reported())
    check = diagnosis.named("trust-code")
    assert check
    assert check.result is CheckResult.PASS


@pytest.mark.parametrize(
    "changes", [{"release": "15.3(2b)"}, {"chassis": "cisco Foo 1234 Chassis", "release": "9.3(4)"}]
)
def test_a_switch_without_any_check_is_not_called_read(
    fleet: Callable[..., Fleet], changes: dict[str, Any]
) -> None:
    result = fleet(switch(**changes)).result(diagnose)
    assert result.failed
    assert (result.result.outcome, result.result.reason) == (Outcome.UNSUPPORTED, "regime")
