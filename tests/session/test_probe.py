"""Ping and telnet over real SSH: time-boxed, always closed, and the session is fit afterwards."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core import errors
from nxsl.core.diagnosis import Target
from nxsl.lab import (
    CALLHOME_DIRECT,
    Chunks,
    DeafPeer,
    Drop,
    Garble,
    Hang,
    Inject,
    Network,
    Reject,
    Replace,
)
from nxsl.nxos import _ending
from nxsl.nxos.connect import close_session, open_session
from nxsl.nxos.probe import answers_ping, ping, probe, telnet
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.lab import Switch
    from nxsl.nxos.session import Session

Door = tuple["Session", "Switch"]

CLOUD = "tools.cisco.com"
TARGET = Target(host=CLOUD, port=443, vrf="management")
WALL = Network(unreachable=(CLOUD,))
SILENT = {"network": WALL, "telnet_seconds": 60.0}

WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "carriage returns": {"nxos_line_ends": True},
    "echo ahead": {"echo_ahead": True},
    "bytes": {"faults": (Chunks(line="telnet|ping|show", size=1, pause=0.0, occurrence=None),)},
    "IPv6 first": {"network": Network(names6={CLOUD: "2001:db8::a"})},
}


@pytest.fixture
def door(fleet: Callable[..., Fleet]) -> Iterator[Callable[..., Door]]:
    """Give a function that opens a session on a switch."""
    opened: list[Any] = []

    def open_one(**changes: Any) -> Door:
        run = fleet(switch(**{"callhome": CALLHOME_DIRECT, **changes}))
        host = run.nr.inventory.hosts["leaf1"]
        opened.append(host)
        return open_session(host, run.nr.config), run.lab["leaf1"]

    yield open_one
    for host in opened:
        close_session(host)


def assert_fit(session: Session) -> None:
    """The session is at its prompt, and replies belong to their commands."""
    assert session.mode == ""
    for _ in range(2):
        assert session.show("show clock").count("\n") == 0
        assert "email-contact" in session.show("show running-config callhome")


@pytest.mark.parametrize("changes", WAYS.values(), ids=WAYS)
def test_a_telnet_that_connects_is_closed(
    door: Callable[..., Door], changes: dict[str, Any]
) -> None:
    session, box = door(**changes)
    for _ in range(2):
        found = telnet(session, CLOUD, 443, "management", seconds=20.0)
        assert found.connected
        assert found.tried[-1] == "72.163.4.38"
        assert_fit(session)
    sent = [line for line in box.commands if line.startswith("telnet")]
    assert sent == [f"telnet {CLOUD} 443 vrf management"] * 2


@pytest.mark.parametrize("changes", WAYS.values(), ids=WAYS)
def test_a_telnet_that_hangs_is_cut_in_time(
    door: Callable[..., Door], changes: dict[str, Any]
) -> None:
    session, _ = door(**{**changes, **SILENT})
    began = time.monotonic()
    found = telnet(session, CLOUD, 443, "management", seconds=0.5)
    assert time.monotonic() - began < 10.0
    assert not found.connected
    assert found.resolved
    assert_fit(session)


def test_a_telnet_that_fails_by_itself(door: Callable[..., Door]) -> None:
    session, _ = door(network=WALL, telnet_seconds=0.1)
    made = probe(session, TARGET, telnet_seconds=20.0)
    assert not made.connected
    assert "Unable to connect" in made.words
    assert made.ping is not None
    assert made.ping.received == 0
    assert_fit(session)


def test_the_other_side_may_send_anything(door: Callable[..., Door]) -> None:
    """Bytes that are no text, an escape sequence, and something like a prompt."""
    noise = b"\xff\xfe\x00\x1b[2J leaf1#\n leaf2# "
    session, _ = door(faults=(Garble(line="telnet", old=b"Escape", new=noise),))
    made = probe(session, TARGET)
    assert made.connected
    assert made.words.splitlines()[-1] == f"Connected to {CLOUD}."
    assert_fit(session)


def test_a_log_line_in_between_does_not_matter(door: Callable[..., Door]) -> None:
    session, _ = door(faults=(Inject(line="telnet", occurrence=None),))
    assert telnet(session, CLOUD, 443, "management").connected
    assert_fit(session)


def test_where_ctrl_c_does_nothing_telnet_is_left_by_its_own_escape(
    door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ending, "_GRACE", 1.0)
    session, _ = door(faults=(DeafPeer(),))
    assert telnet(session, CLOUD, 443, "management").connected
    assert_fit(session)


def test_what_cannot_be_ended_is_an_error_in_time(
    door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ending, "_GRACE", 0.3)
    session, _ = door(faults=(Hang(line="^telnet"),))
    began = time.monotonic()
    with pytest.raises(errors.ReplyTimeout):
        telnet(session, CLOUD, 443, "management", seconds=0.3)
    assert time.monotonic() - began < 10.0


@pytest.mark.parametrize("when", ["before", "after", "reply"])
def test_a_session_that_breaks_is_named(door: Callable[..., Door], when: Any) -> None:
    session, _ = door(faults=(Drop(line="^telnet", when=when, after_bytes=12),))
    with pytest.raises(errors.SessionDropped):
        telnet(session, CLOUD, 443, "management")


def test_a_denial_is_a_denial_and_a_refusal_a_refusal(door: Callable[..., Door]) -> None:
    denied = Reject(line="^(telnet|ping)", text="% Permission denied for the role", occurrence=None)
    session, _ = door(faults=(denied,))
    with pytest.raises(errors.PermissionDenied):
        telnet(session, CLOUD, 443, "management")
    with pytest.raises(errors.PermissionDenied):
        ping(session, CLOUD, "management")
    made = probe(session, TARGET)
    assert (made.telnet, made.ping, made.resolved) == (None, None, None)
    assert "% Permission denied for the role" in made.not_made
    assert_fit(session)
    session, _ = door(faults=(Reject(line="^telnet", caret=8),))
    with pytest.raises(errors.CommandRejected, match="% Invalid command"):
        telnet(session, CLOUD, 443, "management")
    assert_fit(session)


def test_what_is_no_telnet_is_no_answer(door: Callable[..., Door]) -> None:
    session, _ = door(faults=(Replace(line="^telnet", text="Moon is full", occurrence=None),))
    made = probe(session, TARGET)
    assert made.telnet is None
    assert made.not_made
    assert made.ping is not None


def test_a_name_without_an_address(door: Callable[..., Door]) -> None:
    session, _ = door(network=Network(names={}))
    made = probe(session, TARGET)
    assert made.resolved is False
    assert (made.connected, made.ping) == (False, None)
    assert CLOUD in made.words
    assert not ping(session, CLOUD, "management").resolved
    assert_fit(session)


def test_ping(door: Callable[..., Door]) -> None:
    session, _ = door(network=WALL, ping_seconds=0.1)
    assert not answers_ping(session, CLOUD, "management")
    assert answers_ping(session, "192.0.2.53", "management")
    assert_fit(session)


@pytest.mark.parametrize(
    ("host", "vrf"),
    [
        ("tools.cisco.com; reload", "management"),
        ("tools.cisco.com\nreload", "management"),
        ("-v", "management"),
        ("tools.cisco.com?", "management"),
        (CLOUD, "management | no-more"),
        ("", "management"),
    ],
)
def test_more_than_a_word_is_never_typed(door: Callable[..., Door], host: str, vrf: str) -> None:
    session, box = door()
    before = box.received
    for attempt in (
        lambda: telnet(session, host, 443, vrf),
        lambda: ping(session, host, vrf),
    ):
        with pytest.raises(errors.CommandRejected, match="not typed"):
            attempt()
    assert box.received == before
