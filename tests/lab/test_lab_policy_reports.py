"""Usage reports, the states a switch can start from, and the screens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from nxsl.lab import (
    CLOUD_TOKEN,
    EXPIRED_TOKEN,
    Backend,
    License,
    Message,
    PolicyFailure,
    PolicyState,
    Reload,
    ReportState,
    never_reported,
    reporting,
)
from nxsl.lab.policy import PolicyAgent, PolicySurroundings
from nxsl.lab.policy_reach import Cslu
from nxsl.lab.policy_texts import TRUST_REQUIRED
from nxsl.lab.texts import BACKEND_DOWN, RESOLVE_ERROR, SEND_ERROR, SYNC_STARTED
from tests.lab.policy import CSLU, QUICK, SMART, block, failure, trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab.licensing import Timer
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
    backend = replace(QUICK, ack_latency=0.5, retry_after=0.05)
    switch = policy(config=SMART, policy=reporting(), backend=backend)
    before = switch.policy
    login(switch).run("license smart sync all")
    eventually(lambda: switch.policy.last_report != before.last_report)
    switch.configure("no ip domain-lookup")
    eventually(lambda: failure(switch, Message.POLL) == RESOLVE_ERROR)
    assert switch.policy.last_ack == before.last_ack
    switch.configure("ip domain-lookup")
    eventually(lambda: switch.policy.last_ack != before.last_ack)


class Bench:
    """An agent alone, whose clock stands still and whose timers are fired by hand."""

    def __init__(self, backend: Backend) -> None:
        self.mode = "cslu"
        self.due: list[Callable[[], None]] = []
        around = PolicySurroundings(
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            later=lambda _, call: self._keep(call),
            reach=lambda: Cslu("192.0.2.20"),
            mode=lambda: self.mode,
            interval=lambda: 30,
            serial="FDO24000000",
            udi=lambda: "PID:N9K,SN:FDO24000000",
        )
        self.agent = PolicyAgent(PolicyState(), [("LAN", 1)], backend, around)

    def _keep(self, call: Callable[[], None]) -> Timer:
        self.due.append(call)
        return Mock()

    def fire(self) -> None:
        """Fire the timer that is next."""
        self.due.pop(0)()


def test_a_transport_that_is_switched_off_meanwhile_sends_nothing() -> None:
    bench = Bench(QUICK)
    bench.agent.sync()
    bench.agent.trust("token", force=False)
    bench.mode = "off"
    bench.fire()
    bench.fire()
    assert not bench.due
    assert all(
        exchange.succeeded + exchange.failed == 0
        for exchange in bench.agent.record.exchanges.values()
    )
    bench.mode = "cslu"
    bench.agent.sync()
    bench.fire()
    assert bench.agent.record.last_report is not None
    bench.mode = "off"
    bench.fire()
    assert bench.agent.record.last_ack is None
    assert [report.state for report in bench.agent.store.reports] == [
        ReportState.PENDING,
        ReportState.PENDING,
        ReportState.OPEN,
    ]


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
    assert ("NOT IN USE" if licenses else "No licenses in use") in user.run("show license summary")
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


def test_the_start_is_relative_to_now(policy: Start) -> None:
    switch = policy(policy=reporting(ago=timedelta(days=3)))
    trusted = switch.policy.trusted
    assert trusted is not None
    assert abs(datetime.now(UTC) - trusted - timedelta(days=3)) < timedelta(minutes=1)
