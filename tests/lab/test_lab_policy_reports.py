"""Usage reports, the screens, and what is carried by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from nxsl.lab import (
    CLOUD_TOKEN,
    EXPIRED_TOKEN,
    Cssm,
    Damaged,
    License,
    Message,
    PolicyFailure,
    PolicyState,
    Reload,
    ReportState,
    SwitchSpec,
    Unreadable,
    never_reported,
    reporting,
)
from nxsl.lab.policy_texts import TRUST_REQUIRED
from nxsl.lab.texts import BACKEND_DOWN, RESOLVE_ERROR, SEND_ERROR, SYNC_STARTED
from tests.lab.policy import CSLU, QUICK, SMART, block, failure, trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab import Lab
    from tests.lab.conftest import Start, User

    Eventually = Callable[[Callable[[], object]], None]
    Login = Callable[..., User]

PROXY = "license smart proxy address proxy.example.com\nlicense smart proxy port 8080\n"


# -- reports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["all", "local"])
def test_sync_reports_and_is_acknowledged(
    scope: str, policy: Start, login: Login, eventually: Eventually
) -> None:
    switch = policy(config=SMART, policy=never_reported())
    user = login(switch)
    assert user.run(f"license smart sync {scope}") == f"{SYNC_STARTED}\n"
    eventually(lambda: switch.policy.last_report is not None)
    eventually(lambda: switch.policy.last_ack is not None)
    now = switch.policy
    assert now.last_report is not None
    assert now.last_ack is not None
    assert now.last_ack > now.last_report
    assert now.next_report == now.last_report + timedelta(days=30)
    assert now.ack_deadline == now.last_ack + timedelta(days=90)
    assert [report.state for report in now.reports] == [
        ReportState.ACK,
        ReportState.ACK,
        ReportState.OPEN,
    ]
    text = user.run("show license tech support")
    assert "Last Response: OK_POLL on " in block(text, "Usage Reporting")[1]
    assert "Last Response: OK on " in block(text, "Result Polling")[1]
    assert "Total=1, Success=1, Fail=0" in block(text, "Trust Sync")[0]


def test_the_interval_moves_the_next_report(
    policy: Start, login: Login, eventually: Eventually
) -> None:
    switch = policy(config=f"{SMART}\nlicense smart usage interval 7", policy=never_reported())
    user = login(switch)
    assert "\n  Reporting push interval: 7  days\n" in user.run("show license status")
    user.run("license smart sync all")
    eventually(lambda: switch.policy.last_report is not None)
    assert switch.policy.last_report is not None
    assert switch.policy.next_report == switch.policy.last_report + timedelta(days=7)
    user.config("license smart usage interval 0")
    assert "\n  Reporting push interval: 0 (no reporting)\n" in user.run("show license status")


def test_a_cslu_takes_reports_of_a_switch_without_trust_code(
    policy: Start, login: Login, eventually: Eventually
) -> None:
    switch = policy(config=CSLU)
    user = login(switch)
    user.run("license smart sync all")
    eventually(lambda: switch.policy.last_ack is not None)
    assert switch.policy.trusted is None
    assert "Communication Level Allowed: INDIRECT" in user.run("show license tech support")


def test_the_cloud_takes_none_without_trust_code(
    policy: Start, login: Login, eventually: Eventually
) -> None:
    switch = policy(config=SMART)
    login(switch).run("license smart sync all")
    eventually(lambda: failure(switch, Message.USAGE) == TRUST_REQUIRED)
    assert switch.policy.last_report is None


def test_an_acknowledgement_that_never_comes(
    policy: Start, login: Login, eventually: Eventually
) -> None:
    backend = replace(QUICK, acknowledge=False)
    switch = policy(config=SMART, policy=never_reported(), backend=backend)
    user = login(switch)
    user.run("license smart sync all")
    eventually(lambda: switch.policy.exchanges[Message.POLL].succeeded)
    assert switch.policy.last_report is not None
    assert switch.policy.last_ack is None
    assert "  UNACKNOWLEDGED" in user.run("show license rum id all")
    assert "Waiting for Ack: 2\n" in user.run("show license all")


def test_a_report_that_fails(policy: Start, login: Login, eventually: Eventually) -> None:
    backend = replace(QUICK, report_failure=BACKEND_DOWN)
    switch = policy(config=SMART, policy=reporting(), backend=backend)
    before = switch.policy.last_report
    user = login(switch)
    user.run("license smart sync all")
    eventually(lambda: failure(switch, Message.USAGE))
    assert switch.policy.last_report == before
    lines = block(user.run("show license tech support"), "Usage Reporting")
    assert lines[0].startswith("  Attempts: Total=2, Success=1, Fail=1")
    assert lines[2] == f"    Failure Reason: {BACKEND_DOWN}"
    assert "  CLOSED" in user.run("show license rum id all")


def test_a_report_that_is_lost(policy: Start, login: Login, eventually: Eventually) -> None:
    switch = policy(config=SMART, policy=reporting(), name_servers=())
    user = login(switch)
    user.run("license smart sync all")
    eventually(lambda: failure(switch, Message.USAGE) == RESOLVE_ERROR)
    lines = block(user.run("show license tech support"), "Usage Reporting")
    assert lines[0].endswith("  Ongoing Failure: Overall=1 Communication=1")
    assert lines[1].startswith("  Last Response: NO REPLY on ")


def test_a_lost_report_is_sent_again_by_itself(
    policy: Start, login: Login, eventually: Eventually
) -> None:
    backend = replace(QUICK, retry_after=0.05)
    switch = policy(config=SMART, policy=reporting(), name_servers=(), backend=backend)
    before = switch.policy.last_ack
    login(switch).run("license smart sync all")
    eventually(lambda: switch.policy.exchanges[Message.USAGE].failed > 1)
    switch.configure("vrf context management", "ip name-server 192.0.2.53")
    eventually(lambda: switch.policy.last_ack != before)
    assert failure(switch, Message.USAGE) == ""


def test_an_acknowledgement_is_asked_for_again(
    policy: Start, login: Login, eventually: Eventually
) -> None:
    backend = replace(QUICK, ack_latency=0.3, retry_after=0.05)
    switch = policy(config=SMART, policy=reporting(), backend=backend)
    before = switch.policy
    login(switch).run("license smart sync all")
    eventually(lambda: switch.policy.last_report != before.last_report)
    switch.configure("no ip domain-lookup")
    eventually(lambda: failure(switch, Message.POLL) == RESOLVE_ERROR)
    assert switch.policy.last_ack == before.last_ack
    switch.configure("ip domain-lookup")
    eventually(lambda: switch.policy.last_ack != before.last_ack)


@pytest.mark.parametrize("licenses", [(), (License(in_use=False),)])
def test_without_licences_in_use_nothing_is_sent(
    licenses: tuple[License, ...], policy: Start, login: Login
) -> None:
    backend = replace(QUICK, report_latency=0.0)
    switch = policy(config=SMART, policy=never_reported(), licenses=licenses, backend=backend)
    user = login(switch)
    assert user.run("license smart sync all") == f"{SYNC_STARTED}\n"
    assert switch.policy.last_report is None
    assert switch.policy.reports == ()
    assert "IN USE(15)" not in user.run("show license tech support")
    words = "  Status: NOT IN USE\n" if licenses else "No licenses in use\n"
    assert words in user.run("show license usage")


# -- the state at the start and the screens -------------------------------------------------------


def test_any_state_can_be_the_start(policy: Start, login: Login) -> None:
    state = PolicyState(
        trusted=timedelta(days=-100),
        smart_account="Example Corporation",
        virtual_account="Default",
        last_report=timedelta(days=-95),
        last_ack=timedelta(days=-98),
        ack_deadline=timedelta(days=-8),
        next_report=timedelta(days=-65),
        last_file_write=timedelta(hours=-2),
        policy_name="Example Policy",
        policy_installed=timedelta(days=-100),
        report_interval=60,
        unreported=2,
        failures=(
            PolicyFailure(message=Message.USAGE, reason=SEND_ERROR, at=timedelta(days=-1), count=3),
        ),
    )
    switch = policy(policy=state)
    user = login(switch)
    text = user.run("show license status")
    assert "\n  Policy in use: Installed On " in text
    assert "\n  Policy name: Example Policy\n" in text
    assert "yes (Customer Policy)" in text
    assert "CISCO default" not in text
    assert "\n  Reporting push interval: 60  days\n" in text
    assert switch.policy.ack_deadline is not None
    assert f"\n  Next ACK deadline: {switch.policy.ack_deadline:%b %d %H:%M:%S %Y} UTC\n" in text
    lines = block(user.run("show license tech support"), "Usage Reporting")
    assert lines[0] == (
        "  Attempts: Total=4, Success=1, Fail=3  Ongoing Failure: Overall=3 Communication=3"
    )
    assert lines[2] == f"    Failure Reason: {SEND_ERROR}"
    states = [report.state for report in switch.policy.reports]
    assert states == [
        ReportState.UNACKNOWLEDGED,
        ReportState.CLOSED,
        ReportState.CLOSED,
        ReportState.OPEN,
    ]


def test_status_has_every_block(policy: Start, login: Login) -> None:
    text = login(policy()).run("show license status")
    heads = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert heads == [
        "Utility:",
        "Smart Licensing Using Policy:",
        "Account Information:",
        "Data Privacy:",
        "Transport:",
        "Policy:",
        "Miscellaneous:",
        "Usage Reporting:",
        "Trust Code Installed: <none>",
    ]
    assert (
        "\nTransport:\n  Type: cslu\n  Cslu address: <empty>\n  Proxy:\n    Not Configured" in text
    )
    assert text.count("<none>") == 9


def test_dates_are_those_of_the_switch(policy: Start, login: Login) -> None:
    zone = ("CET", timedelta(hours=1))
    switch = policy(policy=reporting(), zone=zone)
    trusted = switch.policy.trusted
    assert trusted is not None
    expected = f"{trusted + timedelta(hours=1):%b %d %H:%M:%S %Y} CET"
    assert f"Trust Code Installed: {expected}\n" in login(switch).run("show license status")


@pytest.mark.parametrize("kind", ["smart", "callhome", "proxy"])
def test_transport_block(kind: str, policy: Start, login: Login) -> None:
    lines = {
        "smart": (
            SMART,
            "  Type: Smart\n  URL: https://smartreceiver.cisco.com/licservice/license",
        ),
        "callhome": ("license smart transport callhome", "  Type: Callhome\n"),
        "proxy": (
            f"{PROXY}license smart vrf blue\n{SMART}",
            "  Proxy:\n    Address: proxy.example.com\n    Port: 8080\n  VRF:\n    blue\n",
        ),
    }
    config, expected = lines[kind]
    assert expected in login(policy(config=config)).run("show license status")


def test_the_other_screens(policy: Start, login: Login) -> None:
    switch = policy(policy=reporting())
    user = login(switch)
    assert user.run("show license udi") == f"UDI: {switch.udi}\n"
    assert switch.udi == f"PID:N9K-C93108TC-EX,SN:{switch.serial}"
    status = user.run("show license status").rstrip()
    everything = user.run("show license all")
    assert status in everything
    assert "\nUsage Report Summary:\n=====================\nTotal: 2,  Purged: 0\n" in everything
    assert status in user.run("show license tech support")
    summary = user.run("show license summary").splitlines()
    assert summary[0] == "License Usage:"
    assert summary[3].split() == ["(LAN_ENTERPRISE_SERVICES_PKG)", "1", "IN", "USE"]
    number = switch.policy.reports[0].number
    rows = user.run("show license rum id all").splitlines()
    assert rows[3] == f"{number}          ACK       N     LAN_ENTERPRISE_SERVICES_PKG"
    assert rows[4].split()[1] == "OPEN"


def test_history(policy: Start, login: Login, eventually: Eventually) -> None:
    switch = policy(config=SMART)
    user = login(switch)
    empty = user.run("show license history message")
    assert empty.startswith("Message History (oldest to newest):\n====")
    assert empty.count("  No past history\n") == 6
    assert empty.count("  No past Import history\n") == 6
    trust(user, EXPIRED_TOKEN)
    eventually(lambda: failure(switch))
    trust(user)
    eventually(lambda: switch.policy.trusted is not None)
    text = user.run("show license history message")
    assert text.index("is expired") < text.index("  OK on ")


def test_an_operator_may_look_and_not_touch(policy: Start, login: Login) -> None:
    user = login(policy(role="network-operator", config=SMART))
    assert "Trust Code Installed: <none>" in user.run("show license status")
    for line in (
        f"license smart trust idtoken {CLOUD_TOKEN}",
        "license smart sync all",
        "license smart save usage all file bootflash:x",
        "license smart import bootflash:x",
        "delete bootflash:x no-prompt",
    ):
        assert user.run(line) == "% Permission denied for the role\n"


def test_state_outlives_a_reload(policy: Start, login: Login, eventually: Eventually) -> None:
    switch = policy(Reload(line="show clock", seconds=0.05), policy=reporting(), files={"a": b"b"})
    before = switch.policy
    user = login(switch)
    user.type("show clock\r")
    eventually(lambda: switch.open_sessions == 0)
    assert switch.policy == before
    assert switch.files == {"a": b"b"}


# -- by hand --------------------------------------------------------------------------------------


def test_reports_travel_by_file(policy: Start, login: Login) -> None:
    switch = policy(config="license smart transport off")
    user = login(switch)
    assert user.run("license smart save usage unreported file bootflash:usage.txt") == ""
    assert switch.policy.last_file_write is not None
    data = switch.files["usage.txt"]
    assert switch.udi.encode() in data
    assert max(map(len, data.splitlines())) > 2000
    assert any(byte > 0x7F for byte in data)
    switch.put_file("ack.txt", switch._lab.cssm.acknowledge(data))
    assert user.run("license smart import bootflash:ack.txt") == "Import Data Successful\n"
    now = switch.policy
    assert now.last_ack is not None
    assert now.ack_deadline == now.last_ack + timedelta(days=90)
    assert [report.state for report in now.reports] == [ReportState.ACK, ReportState.OPEN]
    assert "Import RUM ACK:\n  Import successful on " in user.run("show license history message")


@pytest.mark.parametrize("selection", ["all", "days 7", "unreported", "rum-id {number}"])
def test_selections(selection: str, policy: Start, login: Login) -> None:
    switch = policy(policy=PolicyState(last_report=timedelta(days=-9), last_ack=timedelta(days=-8)))
    old, new = switch.policy.reports[:2]
    words = selection.format(number=new.number)
    user = login(switch)
    assert user.run(f"license smart save usage {words} file bootflash:u") == ""
    data = switch.files["u"]
    assert str(new.number).encode() in data
    assert (str(old.number).encode() in data) == (selection == "all")
    # What was written stays the same until something new happens.
    user.run(f"license smart save usage {words} file bootflash:again")
    assert switch.files["again"] == data


def test_nothing_to_save(policy: Start, login: Login) -> None:
    switch = policy(licenses=())
    user = login(switch)
    assert "No usage data" in user.run("license smart save usage all file bootflash:u")
    assert switch.files == {}
    assert switch.policy.last_file_write is None
    busy = login(policy())
    assert "No usage data" in busy.run("license smart save usage rum-id 1 file bootflash:u")


def test_a_policy_file(policy: Start, login: Login) -> None:
    switch = policy()
    switch.put_file("policy.txt", switch._lab.cssm.policy_file("Example Policy"))
    user = login(switch)
    assert user.run("license smart import bootflash:policy.txt") == "Import Data Successful\n"
    assert switch.policy.policy_name == "Example Policy"
    assert "\n  Policy name: Example Policy\n" in user.run("show license status")


def test_a_trust_file(policy: Start, login: Login) -> None:
    switch = policy(config="license smart transport off")
    user = login(switch)
    assert user.run("license smart save trust-request bootflash:request.txt") == ""
    answer = switch._lab.cssm.trust_file(switch.files["request.txt"])
    switch.put_file("trust.txt", answer)
    assert user.run("license smart import bootflash:trust.txt") == "Import Data Successful\n"
    assert switch.policy.trusted is not None
    assert switch.policy.smart_account == "Example Corporation"


def test_files_that_are_refused(login: Login, nxsl_lab: Callable[..., Lab]) -> None:
    lab = nxsl_lab([SwitchSpec(name=name, release="10.3(6)") for name in ("leaf1", "leaf2")])
    switch, other, cssm = lab["leaf1"], lab["leaf2"], lab.cssm
    user, neighbour = login(switch), login(other)
    neighbour.run("license smart save usage all file bootflash:u")
    neighbour.run("license smart save trust-request bootflash:r")
    user.run("license smart save usage all file bootflash:u")
    good = cssm.acknowledge(switch.files["u"])
    bad = {
        "foreign": (
            cssm.acknowledge(other.files["u"]),
            f"UDI mismatch, the data is for {other.udi}",
        ),
        "stranger": (cssm.trust_file(other.files["r"]), "UDI mismatch"),
        "damaged": (good.replace(b"report", b"rapport", 1), "Data and signature do not match"),
        "text": (b"hello\n", "not valid"),
        "binary": (b"\xff\x00", "do not match"),
        "request": (switch.files["u"], "not valid"),
    }
    before = switch.policy
    for name, (data, text) in bad.items():
        switch.put_file(name, data)
        answer = user.run(f"license smart import bootflash:{name}")
        assert "Import Data Failed: " in answer
        assert text in answer
    assert user.run("license smart import bootflash:gone") == "No such file or directory\n"
    after = switch.policy
    assert (after.last_ack, after.trusted, after.reports) == (None, None, before.reports)


def test_the_server_refuses_what_is_no_such_file() -> None:
    cssm = Cssm()
    with pytest.raises(Unreadable):
        cssm.acknowledge(cssm.policy_file("Example Policy"))
    with pytest.raises(Unreadable):
        cssm.trust_file(b"nothing of the kind")
    with pytest.raises(Damaged):
        cssm.acknowledge(cssm.policy_file("Example").replace(b"Example", b"Other"))


def test_the_start_is_relative_to_now(policy: Start) -> None:
    switch = policy(policy=reporting(ago=timedelta(days=3)))
    trusted = switch.policy.trusted
    assert trusted is not None
    assert abs(datetime.now(UTC) - trusted - timedelta(days=3)) < timedelta(minutes=1)
