"""A switch that is upgraded: what it keeps, and how its licences come over."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.lab import (
    CALLHOME_DIRECT,
    CALLHOME_ON_PREM,
    CLOUD_TOKEN,
    RESERVED,
    Backend,
    Fate,
    License,
    Message,
    Network,
    Regime,
    registered,
)
from nxsl.lab.upgrade import UpgradedAgent

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab import Switch
    from tests.lab.conftest import Start, User

    Login = Callable[..., User]
    Eventually = Callable[[Callable[[], object]], None]

QUICK = Backend(register_latency=0.05, report_latency=0.05, ack_latency=0.05)
NEW = "10.3(6)"
TWO = (License(), License(tag="SECURITY_PKG", description="Security license", count=2))


@pytest.fixture
def known(start: Start) -> Callable[..., Switch]:
    """Give a function that starts a registered switch."""

    def start_known(**spec: Any) -> Switch:
        usual = {
            "callhome": CALLHOME_DIRECT,
            "registration": registered(smart_account="Acme", virtual_account="Lab"),
            "backend": QUICK,
        }
        return start(**{**usual, **spec})

    return start_known


def failures(switch: Switch, message: Message) -> int:
    return switch.policy.exchanges[message].failed


def test_a_registered_switch_arrives(
    known: Callable[..., Switch], login: Login, eventually: Eventually
) -> None:
    switch = known()
    switch.configure("hostname nobody-saved-this")
    switch.upgrade(NEW)
    user = login(switch)
    assert "NXOS: version 10.3(6)" in user.run("show version")
    config = user.run("show running-config")
    assert "\nlicense smart transport callhome\n" in config
    assert "license smart enable" not in config
    assert "\nhostname leaf1\n" in config
    assert "\n  email-contact sch-smart-licensing@cisco.com\n" in config
    assert "license smart enable" in switch.startup_config
    eventually(lambda: switch.policy.last_ack is not None)
    record = switch.policy
    assert record.trusted is not None
    assert record.last_report is not None
    assert record.last_ack is not None
    assert record.trusted < record.last_report < record.last_ack
    assert (record.smart_account, record.virtual_account) == ("Acme", "Lab")
    assert not switch.registered
    assert "  Status: IN USE\n" in user.run("show license usage")


def test_it_is_down_for_a_while(known: Callable[..., Switch], login: Login) -> None:
    switch = known()
    user = login(switch)
    switch.upgrade(NEW, down=60.0)
    with pytest.raises(ConnectionError):
        user.until("never")
    with socket.create_connection(("127.0.0.1", switch.port), 5) as peer:
        assert peer.recv(100) == b""
    assert switch.policy.trusted is None
    switch._lab.call(switch._device._up)
    assert "10.3(6)" in login(switch).run("show version")


def test_trust_waits_until_it_is_up(known: Callable[..., Switch], eventually: Eventually) -> None:
    switch = known()
    begun = datetime.now(UTC)
    switch.upgrade(NEW, down=0.1)
    eventually(lambda: switch.policy.trusted is not None)
    assert switch.policy.trusted is not None
    assert switch.policy.trusted - begun >= timedelta(seconds=0.1)


def test_a_later_reload_does_not_bring_old_lines_back(
    known: Callable[..., Switch], login: Login
) -> None:
    switch = known()
    switch.upgrade(NEW)
    switch._lab.call(lambda: switch._device.reboot(0.0))
    assert "license smart" not in switch.running_config
    assert switch.running_callhome[-1] == "enable"


def test_staying_with_the_old_release(known: Callable[..., Switch], login: Login) -> None:
    switch = known()
    switch.upgrade(NEW, fate=Fate.STAYED)
    user = login(switch)
    assert "NXOS: version 9.3(4)" in user.run("show version")
    assert "license smart enable" in switch.running_config
    assert switch.registered
    assert switch.policy.trusted is None


def test_no_trust(known: Callable[..., Switch], eventually: Eventually) -> None:
    switch = known()
    switch.upgrade(NEW, fate=Fate.NO_TRUST)
    eventually(lambda: failures(switch, Message.USAGE))
    assert switch.policy.trusted is None
    assert switch.policy.last_report is None
    assert "license smart transport callhome" in switch.running_config


def test_no_report(known: Callable[..., Switch], login: Login, eventually: Eventually) -> None:
    switch = known()
    switch.upgrade(NEW, fate=Fate.NO_REPORT)
    eventually(lambda: failures(switch, Message.USAGE) == 1)
    assert switch.policy.trusted is not None
    login(switch).run("license smart sync all")
    eventually(lambda: failures(switch, Message.USAGE) == 2)
    assert switch.policy.last_report is None


def test_no_acknowledgement(known: Callable[..., Switch], eventually: Eventually) -> None:
    switch = known()
    switch.upgrade(NEW, fate=Fate.NO_ACK)
    eventually(lambda: switch.policy.exchanges[Message.POLL].succeeded)
    assert switch.policy.last_report is not None
    assert switch.policy.last_ack is None


@pytest.mark.parametrize(
    ("licenses", "tags"),
    [
        (TWO, {"LAN_ENTERPRISE_SERVICES_PKG": 1}),
        ((License(count=3),), {"LAN_ENTERPRISE_SERVICES_PKG": 2}),
        ((License(),), {}),
    ],
)
def test_a_lost_licence(
    known: Callable[..., Switch],
    login: Login,
    eventually: Eventually,
    licenses: tuple[License, ...],
    tags: dict[str, int],
) -> None:
    switch = known(licenses=licenses)
    switch.upgrade(NEW, fate=Fate.LICENSE_LOST)
    eventually(lambda: switch.policy.trusted is not None)
    text = login(switch).run("show license usage")
    for tag, count in tags.items():
        assert f"({tag}):\n" in text
        assert f"  Count: {count}\n" in text
    assert text.count("  Count: ") == len(tags)
    assert ("No licenses in use" in text) is not bool(tags)
    assert {report.tag: report.count for report in switch.policy.reports} == tags


def test_the_wrong_transport(known: Callable[..., Switch], eventually: Eventually) -> None:
    switch = known()
    switch.upgrade(NEW, fate=Fate.WRONG_TRANSPORT)
    eventually(lambda: failures(switch, Message.TRUST))
    assert "license smart transport" not in switch.running_config
    assert switch.policy.failure(Message.TRUST) == "Unable to resolve server hostname/domain name"
    assert switch.policy.trusted is None


def test_trust_follows_the_way_that_is_configured(
    known: Callable[..., Switch], eventually: Eventually
) -> None:
    backend = Backend(register_latency=0.02, retry_after=0.05)
    switch = known(
        backend=backend, callhome=CALLHOME_DIRECT.replace("enable\n", ""), network=Network()
    )
    switch.upgrade(NEW)
    eventually(lambda: failures(switch, Message.TRUST) > 1)
    switch.configure("callhome", "enable")
    eventually(lambda: switch.policy.trusted is not None)


def test_on_prem_arrives_as_well(known: Callable[..., Switch], eventually: Eventually) -> None:
    switch = known(callhome=CALLHOME_ON_PREM)
    switch.upgrade(NEW)
    eventually(lambda: switch.policy.last_ack is not None)


def test_licence_files_are_converted_with_the_first_report(
    start: Start, login: Login, eventually: Eventually
) -> None:
    switch = start(release="9.3(2)", licenses=(License(installed=True),), backend=QUICK)
    switch.upgrade(NEW)
    assert switch.licensing.conversion.words == "Started"
    assert "license smart transport" not in switch.running_config
    eventually(lambda: failures(switch, Message.USAGE))  # there is no CSLU
    assert switch.policy.trusted is None
    user = login(switch)
    user.config("license smart transport smart")
    user.run(f"license smart trust idtoken {CLOUD_TOKEN} all")
    eventually(lambda: switch.policy.trusted is not None)
    user.run("license smart sync all")
    eventually(lambda: switch.licensing.conversion.words == "Successful")
    assert switch.policy.last_ack is not None


def test_without_licence_files_nothing_is_converted(
    known: Callable[..., Switch], eventually: Eventually
) -> None:
    switch = known()
    switch.upgrade(NEW)
    eventually(lambda: switch.policy.last_ack is not None)
    assert switch.licensing.conversion.words == "Not started"


def test_a_reservation_comes_over_with_the_transport_off(
    known: Callable[..., Switch], login: Login
) -> None:
    switch = known(registration=RESERVED, callhome="")
    assert "license smart reservation" in switch.running_config
    switch.upgrade(NEW)
    assert "license smart transport off" in switch.running_config
    assert "reservation" not in switch.running_config


def test_an_upgrade_within_smart_licensing_keeps_the_registration(
    known: Callable[..., Switch], login: Login
) -> None:
    switch = known()
    switch.upgrade("10.1(2)")
    assert switch.registered
    assert "Status: REGISTERED\n" in login(switch).run("show license status")


def test_and_one_from_licence_files_starts_unregistered(start: Start, login: Login) -> None:
    switch = start(release="9.3(2)", config="license grace-period")
    switch.upgrade("9.3(15)")
    assert "license grace-period" in switch.running_config
    assert login(switch).run("show license status") == "Smart Licensing is DISABLED\n"


def test_going_back_forgets_the_policy(known: Callable[..., Switch], login: Login) -> None:
    switch = known()
    switch.upgrade(NEW)
    login(switch).run("copy running-config startup-config")
    assert "license smart transport callhome" in switch.startup_config
    switch.upgrade("9.3(4)")
    assert "license smart" not in switch.running_config
    assert not switch.smart_enabled


def test_an_upgrade_within_the_policy_keeps_the_trust(
    known: Callable[..., Switch], eventually: Eventually
) -> None:
    switch = known()
    switch.upgrade(NEW)
    eventually(lambda: switch.policy.last_ack is not None)
    before = switch.policy
    switch.upgrade("10.4(5)", fate=Fate.NO_TRUST)
    assert switch.policy == before
    assert isinstance(switch._device.policy, UpgradedAgent)
    assert switch._device.regime is Regime.POLICY
