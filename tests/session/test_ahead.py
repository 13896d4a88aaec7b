"""Several commands in one round trip, over real SSH: the same replies as one by one, or errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core import errors
from nxsl.lab import (
    CALLHOME_DIRECT,
    Ask,
    Banner,
    Chunks,
    Delay,
    Drop,
    FakePrompt,
    Flood,
    Hang,
    Inject,
    Reject,
    Traffic,
    ignore_terminal_length,
    registered,
)
from nxsl.nxos import conversation
from nxsl.nxos.connect import close_session, open_session
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.nxos.session import Session

LOG = "2026 Nov 24 03:00:00.123 {hostname} %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up"
COMMANDS = (
    "show feature",
    "show running-config callhome",
    "show license usage",
    "show startup-config callhome",
)


@pytest.fixture
def door(fleet: Callable[..., Fleet]) -> Iterator[Any]:
    """Give a function that opens a session on a switch, and counts what goes over it."""
    opened: list[Any] = []

    def open_one(**changes: Any) -> tuple[Session, Callable[[], Traffic]]:
        usual = {"callhome": CALLHOME_DIRECT, "registration": registered()}
        run = fleet(switch(**{**usual, **changes}))
        host = run.nr.inventory.hosts["leaf1"]
        opened.append(host)
        session = open_session(host, run.nr.config)
        before = run.lab["leaf1"].traffic
        return session, lambda: run.lab["leaf1"].traffic - before

    yield open_one
    for host in opened:
        close_session(host)


def body(text: str) -> list[str]:
    """The lines that do not depend on the moment."""
    return [line for line in text.splitlines() if not line.startswith("!")]


def one_by_one(session: Session) -> list[list[str]]:
    """The replies, each asked for by itself."""
    return [body(session.show(command)) for command in COMMANDS]


def at_once(session: Session) -> list[list[str]]:
    """The replies, asked for together."""
    with session.ahead(*COMMANDS):
        return one_by_one(session)


def test_four_commands_are_one_round_trip(door: Any) -> None:
    session, traffic = door()
    found = at_once(session)
    assert traffic().rounds == 1
    assert found == one_by_one(session)
    assert traffic().rounds == 1 + len(COMMANDS)


@pytest.mark.parametrize("options", [{}, {"nxos_line_ends": True}])
def test_the_line_is_prepared_along_with_the_first_question(
    fleet: Callable[..., Fleet], options: Any
) -> None:
    run = fleet(switch(**options))
    host, leaf = run.nr.inventory.hosts["leaf1"], run.lab["leaf1"]
    session = open_session(host, run.nr.config)
    assert session.hostname == "leaf1"
    assert leaf.traffic.typed == 0  # the prompt comes by itself
    assert "UTC" in session.show("show clock")
    assert leaf.traffic.rounds == 1
    assert [each.line.rstrip("-") for each in leaf.received][::2] == [
        "terminal width 511",
        "terminal length 0",
        "show clock",
    ]
    assert all(each.line.startswith("!nxsl-") for each in leaf.received[1::2])
    close_session(host)


def test_a_line_of_a_banner_that_is_taken_for_the_prompt_costs_a_login(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nxsl.nxos.terminal._CHUNK", 1)  # no more than this line has come yet
    run = fleet(switch(faults=(Banner(text="leaf9#\n"),)))
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    assert session.hostname == "leaf9"
    assert "UTC" in session.show("show clock")
    assert session.hostname == "leaf1"
    assert run.lab["leaf1"].logins == 2
    close_session(host)


FAULTS: dict[str, dict[str, Any]] = {
    "bytes": {"faults": (Chunks(line="show", size=1, pause=0.0, occurrence=None),)},
    "chunks": {"faults": (Chunks(line="show", size=7, pause=0.001, occurrence=None),)},
    "late": {"faults": (Delay(line="show", seconds=0.7, occurrence=None),)},
    "banner": {"faults": (Banner(text="#### WARNING ####\nleaf1# no prompt>\nleaf1#\n####\n"),)},
    "prompt elsewhere": {"faults": (FakePrompt(line="show feature", occurrence=None),)},
    "a log line in the reply": {"faults": (Inject(line="show", text=LOG, at=1, occurrence=None),)},
    "a log line behind the prompt": {
        "faults": (Inject(line="show", text="{prompt}" + LOG, at=-1, occurrence=None),)
    },
    "much text": {"faults": (Flood(line="show feature", size=300_000, occurrence=None),)},
    "line ends": {"nxos_line_ends": True},
    "echo before its turn": {"echo_ahead": True, "command_seconds": 0.02},
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_comes_together_is_what_comes_one_by_one(door: Any, name: str) -> None:
    session, traffic = door(**FAULTS[name])
    for _ in range(2):
        rounds = traffic().rounds
        found = at_once(session)
        assert traffic().rounds == rounds + 1
        assert found == one_by_one(session)


# On these the replies do not come as they should; asked for one by one, they do.
SHY: dict[str, dict[str, Any]] = {
    "lines lost": {"drops_ahead": True},
    "pages although told not to": {"faults": (ignore_terminal_length(),)},
    "a question": {"faults": (Ask(line="show license usage", occurrence=None),)},
}


@pytest.mark.parametrize("name", ["lines lost", "pages although told not to"])
def test_a_switch_that_does_not_play_along_is_asked_one_by_one(
    door: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nxsl.nxos._line._LOST", 0.6)
    session, traffic = door(**SHY[name])
    expected = at_once(session)
    assert one_by_one(session) == expected
    for _ in range(2):
        assert at_once(session) == expected
    rounds = traffic().rounds
    assert at_once(session) == expected
    # It is not tried again, as that could cost time.
    assert traffic().rounds >= rounds + 2 * len(COMMANDS)


def test_a_question_is_not_answered_by_the_next_line(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nxsl.nxos._line._LOST", 0.6)
    session, _ = door(**SHY["a question"])
    with session.ahead(*COMMANDS):
        assert body(session.show(COMMANDS[0]))
        with pytest.raises(errors.UnexpectedQuestion):
            session.show("show license usage")
        assert body(session.show("show running-config callhome"))


def test_a_refused_command_is_the_only_one(door: Any) -> None:
    session, traffic = door(faults=(Reject(line="show license usage"),))
    with session.ahead(*COMMANDS):
        assert body(session.show("show feature"))
        with pytest.raises(errors.CommandRejected, match="show license usage"):
            session.show("show license usage")
        assert body(session.show("show startup-config callhome"))
    assert traffic().rounds == 1


@pytest.mark.parametrize("when", ["before", "after", "reply"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_session_that_is_cut_anywhere_is_an_error(door: Any, when: Any, command: str) -> None:
    session, _ = door(faults=(Drop(line=command, when=when, after_bytes=20),))
    with pytest.raises(errors.SessionDropped):
        at_once(session)
    assert session.broken


@pytest.mark.parametrize("size", range(0, 1200, 61))
def test_a_reply_cut_anywhere_is_an_error(door: Any, size: int) -> None:
    drop = Drop(line="show license usage", when="reply", after_bytes=size)
    session, _ = door(faults=(drop,))
    with pytest.raises(errors.SessionDropped):
        at_once(session)


def test_a_command_that_hangs_has_its_own_time(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "SHOW_TIMEOUT", 1.0)
    slow = Delay(line="show", seconds=0.7, occurrence=None)
    session, _ = door(faults=(slow,))
    assert at_once(session)  # 2.8 seconds in all
    hung, _ = door(faults=(Hang(line="show license usage"),))
    with pytest.raises(errors.ReplyTimeout) as caught:
        at_once(hung)
    assert "show license usage" in caught.value.text


def test_an_endless_reply_is_cut_off(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nxsl.nxos.terminal._MAX_REPLY", 200_000)
    session, _ = door(faults=(Flood(line="show license usage", size=None),))
    with pytest.raises(errors.ReplyTooLong):
        at_once(session)


def test_a_reply_is_given_once_and_not_after_a_change(door: Any) -> None:
    session, traffic = door()
    with session.ahead("show feature", "show clock"):
        assert session.show("show clock")
        assert traffic().rounds == 1
        assert session.show("show clock")
        rounds = traffic().rounds
        assert rounds == 2
        session.execute("terminal length 0")
        assert body(session.show("show feature"))
        assert traffic().rounds == rounds + 3
    with session.ahead("show feature", "show clock"):
        pass
    rounds = traffic().rounds
    session.show("show clock")
    assert traffic().rounds == rounds + 1


def test_only_reading_is_done_ahead(door: Any) -> None:
    session, traffic = door()
    with (
        pytest.raises(ValueError, match="not a show command"),
        session.ahead("show clock", "reload"),
    ):
        pass
    assert traffic().typed == 0
