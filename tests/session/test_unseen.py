"""Replies that hold a code: given to the caller, and shown in no error and no session log."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core import errors
from nxsl.lab import Ask, Drop, Flood, Hang, Reject, Replace
from nxsl.nxos.connect import close_session, open_session
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nxsl.nxos.session import Session

CODE = "CB-ZN9K-C93180YC-EX:FDO0CANARY1-A1B2C3D4-E5"
COMMAND = "license smart reservation request local"
ON = "license smart reservation"


@pytest.fixture
def door(fleet: Callable[..., Fleet], tmp_path: Path) -> Iterator[Callable[..., Session]]:
    """Give a function that opens a session with netmiko's session log on."""
    opened: list[Any] = []

    def open_one(*faults: Any) -> Session:
        run = fleet(switch(config=ON, faults=faults))
        host = run.nr.inventory.hosts["leaf1"]
        extras = run.nr.inventory.defaults.connection_options["netmiko"].extras
        assert extras is not None
        extras["session_log"] = str(tmp_path / "session.log")
        opened.append(host)
        return open_session(host, run.nr.config)

    yield open_one
    for host in opened:
        close_session(host)


def told(error: BaseException) -> str:
    """Everything that an error may show, local variables included; not those of the test."""
    assert error.__traceback__ is not None
    frames = traceback.TracebackException(
        type(error), error, error.__traceback__.tb_next, capture_locals=True
    )
    return f"{error!r}{error}{vars(error)}{''.join(frames.format())}"


def test_the_reply_is_given_and_not_logged(door: Callable[..., Session], tmp_path: Path) -> None:
    session = door(Replace(line="request", text=f"a code: {CODE}"))
    reply = session.execute_unseen(COMMAND)
    assert reply.reveal() == f"a code: {CODE}"
    assert session.show("show clock")  # the session goes on
    log = (tmp_path / "session.log").read_text()
    assert f"{COMMAND}\n(not shown: it may hold a code)\n" in log
    assert CODE not in log
    assert "show clock" in log


def test_a_known_phrase_of_a_refusal_is_shown_alone(door: Callable[..., Session]) -> None:
    session = door(Reject(line="request", text=f"{CODE}\n% Invalid command at '^' of {CODE}"))
    with pytest.raises(errors.CommandRejected) as refused:
        session.execute_unseen(COMMAND)
    assert refused.value.text == "% Invalid command"
    assert refused.value.command == COMMAND
    assert CODE not in told(refused.value)


def test_a_denial_is_one(door: Callable[..., Session]) -> None:
    session = door(Reject(line="request", text=f"% Permission denied for the role {CODE}"))
    with pytest.raises(errors.PermissionDenied) as refused:
        session.execute_unseen(COMMAND)
    assert CODE not in told(refused.value)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Replace(line="request", text=f"ERROR: {CODE}"), errors.CommandRejected),
        (Ask(line="request", question=f"{CODE} (y/n)? "), errors.UnexpectedQuestion),
        (Drop(line="request", when="reply", after_bytes=130), errors.SessionDropped),
        (Hang(line="request"), errors.ReplyTimeout),
        (Flood(line="request", size=9_000_000, filler=f"{CODE}\n"), errors.ReplyTooLong),
    ],
)
def test_errors_show_nothing_of_the_reply(
    door: Callable[..., Session],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Any,
    kind: type[errors.NxslError],
) -> None:
    monkeypatch.setattr("nxsl.nxos.conversation.SHOW_TIMEOUT", 2.0)
    session = door(fault)
    with pytest.raises(kind) as error:
        session.execute_unseen(COMMAND)
    assert error.value.text == ""
    for text in (told(error.value), (tmp_path / "session.log").read_text()):
        assert CODE not in text
        assert "CB-Z" not in text
        assert "Enter this request code" not in text


def test_what_the_answers_name_is_answered(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(config=ON, faults=(Ask(line="request", question="Go on (y/n)? "),)))
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    reply = session.execute_unseen(COMMAND, answers={"Go on": "y"})
    assert "Enter this request code" in reply.reveal()
    close_session(host)
