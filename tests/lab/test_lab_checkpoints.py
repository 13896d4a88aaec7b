"""Checkpoints of the simulated switch: limits, what comes back, and how each fault bites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nxsl.lab import (
    CALLHOME_DIRECT,
    CheckpointBusy,
    CheckpointLost,
    CheckpointsFull,
    CheckpointTaken,
    Drop,
    Meanwhile,
    RollbackFails,
    checkpoint_texts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.conftest import Start, User

    Login = Callable[..., User]

PATCH = "show diff rollback-patch checkpoint a running-config"
VRF = "transport http use-vrf management"
BACK = "rollback running-config checkpoint a atomic"


def test_a_checkpoint_holds_everything_and_brings_it_back(start: Start, login: Login) -> None:
    switch = start(callhome=CALLHOME_DIRECT, save_seconds=0.0)
    user = login(switch)
    before = switch.running_config
    assert user.run("checkpoint a description before the work") == ".Done\n"
    assert user.run(PATCH).splitlines()[-1] == "Rollback Patch is Empty"
    user.config("callhome", "no enable", "email-contact ops@example.com", "exit")
    user.config("feature sftp-server", "no ip domain-lookup", "vrf context blue")
    shown = [line for line in user.run(PATCH).splitlines() if line]
    assert shown[:3] == ["Collecting Running-Config", "#Generating Rollback Patch", "!!"]
    for line in ("callhome", "  no enable", "  email-contact ops@example.com"):
        assert line in shown
    assert "  no email-contact sch-smart-licensing@cisco.com" in shown
    assert {"feature sftp-server", "no ip domain-lookup", "vrf context blue"} <= set(shown)
    text = user.run(BACK)
    assert text.rstrip().endswith("Rollback completed successfully.")
    assert switch.running_config == before
    assert switch.checkpoints == ("a",)


def test_the_summary(start: Start, login: Login) -> None:
    user = login(start(clock_source=""))
    assert user.run("show checkpoint summary") == ""
    user.run("checkpoint a")
    user.run("checkpoint b description two words")
    lines = user.run("show checkpoint summary").splitlines()
    assert lines[0] == "User Checkpoint Summary"
    assert [line for line in lines if line.endswith(":")] == ["1) a:", "2) b:"]
    assert lines.count("Created by admin") == 2
    assert [line for line in lines if line.startswith("Desc")] == [
        "Description: None",
        "Description: two words",
    ]


def test_names_are_not_overwritten_and_no_more_than_ten(start: Start, login: Login) -> None:
    switch = start(checkpoints=tuple(f"c{n}" for n in range(9)))
    user = login(switch)
    assert user.run("checkpoint c3").strip() == checkpoint_texts.TAKEN
    assert user.run("checkpoint system-mine").strip() == checkpoint_texts.BAD_NAME
    assert user.run("checkpoint " + "x" * 76).strip() == checkpoint_texts.BAD_NAME
    assert user.run("checkpoint " + "x" * 75).strip() == ".Done"
    assert user.run("checkpoint more").strip() == checkpoint_texts.FULL
    assert user.run("no checkpoint c0") == ""
    assert user.run("no checkpoint c0").strip() == checkpoint_texts.UNKNOWN
    assert user.run("checkpoint more").strip() == ".Done"
    assert len(switch.checkpoints) == 10
    assert user.run("rollback running-config checkpoint c0").strip() == checkpoint_texts.UNKNOWN


def test_names_of_a_nexus_5000_are_shorter(start: Start, login: Login) -> None:
    user = login(start(release="7.1(4)N1(1)", chassis="Nexus5596 Chassis"))
    assert user.run("checkpoint " + "x" * 33).strip() == checkpoint_texts.BAD_NAME
    assert user.run("checkpoint " + "x" * 32).strip() == ".Done"


def test_a_reader_may_not(start: Start, login: Login) -> None:
    user = login(start(role="network-operator"))
    for line in ("checkpoint a", "no checkpoint a", BACK, "show checkpoint summary"):
        assert user.run(line).strip() == "% Permission denied for the role"


def test_checkpoints_outlive_a_reload(start: Start, login: Login) -> None:
    switch = start(checkpoints=("a",))
    switch.upgrade("9.3(5)")
    assert switch.checkpoints == ("a",)
    assert login(switch).run(BACK)


def test_busy(start: Start, login: Login) -> None:
    switch = start(CheckpointBusy(times=2), checkpoints=("a",))
    user = login(switch)
    assert user.run("checkpoint b").strip() == checkpoint_texts.BUSY
    assert user.run(BACK).strip() == checkpoint_texts.BUSY
    assert user.run("checkpoint b").strip() == ".Done"


def test_somebody_who_saves_keeps_the_others_out(start: Start, login: Login) -> None:
    switch = start(save_seconds=1.0)
    first, second = login(switch), login(switch)
    first.type("copy running-config startup-config\r")
    first.until("%")
    assert second.run("checkpoint a").strip() == checkpoint_texts.BUSY
    assert second.run("copy running-config startup-config").strip() == checkpoint_texts.BUSY
    first.until(first.prompt)
    assert second.run("checkpoint a").strip() == ".Done"


def test_full(start: Start, login: Login) -> None:
    assert login(start(CheckpointsFull())).run("checkpoint a").strip() == checkpoint_texts.FULL


def test_taken(start: Start, login: Login) -> None:
    user = login(start(CheckpointTaken(times=1)))
    assert user.run("checkpoint a").strip() == checkpoint_texts.TAKEN
    assert user.run("checkpoint a").strip() == ".Done"


def test_lost(start: Start, login: Login) -> None:
    switch = start(CheckpointLost())
    assert login(switch).run("checkpoint a").strip() == ".Done"
    assert switch.checkpoints == ()


@pytest.mark.parametrize(
    ("mode", "says", "missing"),
    [
        ("no effect", "Rollback failed.", {VRF, "enable"}),
        ("lost", "Rollback completed successfully.", {VRF, "enable"}),
        ("half", "Rollback failed.", {"enable"}),
        ("half lost", "Rollback completed successfully.", {"enable"}),
        ("denied", "% Permission denied for the role", {VRF, "enable"}),
    ],
)
def test_rollbacks_that_fail(
    start: Start, login: Login, mode: Any, says: str, missing: set[str]
) -> None:
    switch = start(RollbackFails(mode=mode), callhome=CALLHOME_DIRECT, save_seconds=0.0)
    user = login(switch)
    user.run("checkpoint a")
    user.config("callhome", "no transport http use-vrf", "no enable")
    assert user.run(BACK).rstrip().endswith(says)
    assert {VRF, "enable"} - set(switch.running_callhome) == missing


def test_a_session_that_drops_in_a_rollback(
    start: Start, login: Login, eventually: Callable[[Callable[[], object]], None]
) -> None:
    drop = Drop(line="^rollback", when="reply", after_bytes=200)
    switch = start(drop, callhome=CALLHOME_DIRECT, save_seconds=0.0)
    user = login(switch)
    user.run("checkpoint a")
    before = switch.running_config
    user.config("callhome", "no enable")
    user.type(f"{BACK}\r")
    eventually(lambda: switch.open_sessions == 0)
    # The reply was cut before its end; whether the rollback was done, only a read can tell.
    assert switch.running_config in (before, before.replace("  enable\n", ""))


def test_what_somebody_else_wrote_goes_as_well(start: Start, login: Login) -> None:
    switch = start(Meanwhile(line="^rollback", lines=("feature sftp-server",)), save_seconds=0.0)
    user = login(switch)
    user.run("checkpoint a")
    user.run(BACK)
    assert "feature sftp-server" not in switch.running_config
