"""Smart Licensing Using Policy without a network: reports, policies and trust by file."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from nxsl.lab import (
    Cssm,
    Damaged,
    PolicyState,
    ReportState,
    SwitchSpec,
    Unreadable,
    policy_files,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab import Lab
    from tests.lab.conftest import Start, User

    Login = Callable[..., User]


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


def acknowledgement_of(udi: str, number: str) -> bytes:
    return policy_files.write(policy_files.FileKind.ACK, ("udi", udi), ("report", number))


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
        "unknown": (acknowledgement_of(switch.udi, "1"), "no report waits"),
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
