"""The session over real SSH against faults: complete, correctly paired, or a named error."""

from __future__ import annotations

import threading
import time
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
    ignore_terminal_length,
    ignore_terminal_width,
    registered,
)
from nxsl.nxos.connect import close_session, open_session
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.nxos.session import Session

LOG = "2026 Nov 24 03:00:00.123 {hostname} %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up\n"


def ready(**changes: Any) -> Any:
    """A switch with something to show."""
    return switch(**{"callhome": CALLHOME_DIRECT, "registration": registered(), **changes})


@pytest.fixture
def door(fleet: Callable[..., Fleet]) -> Iterator[Callable[..., Session]]:
    """Give a function that opens a session on a switch."""
    opened: list[Any] = []

    def open_one(**changes: Any) -> Session:
        run = fleet(ready(**changes))
        host = run.nr.inventory.hosts["leaf1"]
        opened.append(host)
        return open_session(host, run.nr.config)

    yield open_one
    for host in opened:
        close_session(host)


STATUS = "show license status"
CALL_HOME = "show running-config callhome"


def body(text: str) -> list[str]:
    """The lines that do not depend on the moment."""
    return [line for line in text.splitlines() if not line.startswith("!")]


@pytest.mark.parametrize(
    "hostname",
    ["leaf1", "s", "sw#1", "a>b", "N9K-[x](1)", "x" * 63, "a.b-c_d"],
)
def test_odd_hostnames(door: Callable[..., Session], hostname: str) -> None:
    session = door(hostname=hostname)
    assert session.hostname == hostname
    assert session.show("show clock").count("\n") == 0
    lines = "callhome", "email-contact a@example.com"
    with session.configuring(lines) as configuration:
        configuration.write(("callhome",), "email-contact a@example.com")
        assert session.mode == "(config-callhome)"
    assert session.mode == ""
    assert "email-contact a@example.com" in session.show(CALL_HOME)


@pytest.mark.parametrize(
    "fault",
    [
        Chunks(line="show", size=1, pause=0.0, occurrence=None),
        Chunks(line="show", size=7, pause=0.001, occurrence=None),
        Delay(line="show", seconds=0.7, occurrence=None),
        ignore_terminal_length(),
        Banner(text="#### WARNING ####\nleaf1# not a prompt>\n"),
        FakePrompt(line="show clock", occurrence=None),
    ],
    ids=["bytes", "chunks", "late", "pager", "banner", "prompt elsewhere"],
)
def test_replies_are_whole_and_belong_to_their_command(
    door: Callable[..., Session], fault: Any
) -> None:
    plain, odd = door(), door(faults=(fault,))
    for _ in range(3):
        odd.show("show clock")
        assert body(odd.show(CALL_HOME)) == body(plain.show(CALL_HOME))
        assert body(odd.show("show feature")) == body(plain.show("show feature"))


@pytest.mark.parametrize("options", [{"nxos_line_ends": True}, {"echo_ahead": True}])
def test_the_ways_of_real_terminals(door: Callable[..., Session], options: dict[str, bool]) -> None:
    plain, odd = door(), door(**options)
    for _ in range(3):
        assert body(odd.show(CALL_HOME)) == body(plain.show(CALL_HOME))


def test_a_terminal_that_wraps_is_noticed(door: Callable[..., Session]) -> None:
    session = door(faults=(ignore_terminal_width(),))
    with pytest.raises(errors.NarrowTerminal):
        session.show("show clock")
    assert session.broken


@pytest.mark.parametrize("at", [-1, 0, 25, 60])
def test_log_lines_anywhere(door: Callable[..., Session], at: int) -> None:
    plain = door()
    odd = door(faults=(Inject(line="show", text=LOG, at=at, occurrence=None),))
    for _ in range(3):
        text = odd.show(CALL_HOME)
        log = LOG.strip().format(hostname="leaf1")
        assert "".join(body(text)).replace(log, "") == "".join(body(plain.show(CALL_HOME)))


def test_the_users_own_log_line_behind_the_prompt(door: Callable[..., Session]) -> None:
    session = door(faults=(Inject(line="show clock", text="{prompt}" + LOG, at=-1),))
    session.show("show clock")
    assert session.show("show clock").count("\n") == 0


def test_a_late_refusal_behind_prompt_like_text_is_seen(door: Callable[..., Session]) -> None:
    late = "leaf1# something#\nleaf1(config-callhome)# \n% Invalid command at '^' marker."
    session = door(faults=(Reject(line="use-vrf", text=late),))
    with (
        pytest.raises(errors.CommandRejected, match="Invalid command"),
        session.configuring(("callhome", "transport http use-vrf management")) as configuration,
    ):
        configuration.write(("callhome",), "transport http use-vrf management")
    assert session.mode == ""


def test_a_closed_session_is_noticed_at_once(door: Callable[..., Session]) -> None:
    for when in ("before", "reply", "after"):
        drop: Any = Drop(line=STATUS, when=when, after_bytes=50)
        session = door(faults=(drop,))
        started = time.monotonic()
        with pytest.raises(errors.SessionDropped):
            session.show(STATUS)
        # netmiko's own reading would notice after its ten seconds.
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("size", range(0, 700, 37))
def test_a_reply_cut_anywhere_is_an_error(door: Callable[..., Session], size: int) -> None:
    session = door(faults=(Drop(line=STATUS, when="reply", after_bytes=size),))
    with pytest.raises(errors.SessionDropped):
        session.show(STATUS)


def test_no_prompt_in_time(door: Callable[..., Session]) -> None:
    session = door(faults=(Hang(line="show clock"),))
    with pytest.raises(errors.ReplyTimeout) as caught:
        session.show("show clock", timeout=0.5)
    assert "show clock" in caught.value.text


def test_an_endless_reply_is_cut_off(
    door: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nxsl.nxos.terminal._MAX_REPLY", 200_000)
    session = door(faults=(Flood(line="show clock", size=None),))
    with pytest.raises(errors.ReplyTooLong):
        session.show("show clock")


def test_an_unknown_question_is_cancelled_and_the_session_stays_good(
    door: Callable[..., Session],
) -> None:
    session = door(faults=(Ask(line="license smart renew"),))
    with pytest.raises(errors.UnexpectedQuestion, match="continue"):
        session.execute("license smart renew auth")
    assert session.show("show clock").count("\n") == 0


def test_show_sends_nothing_else(door: Callable[..., Session]) -> None:
    session = door()
    with pytest.raises(ValueError, match="not a show command"):
        session.show("reload")


def test_configuration_mode_is_left_after_an_error_in_the_body(
    door: Callable[..., Session],
) -> None:
    session = door()

    def fail() -> None:
        with session.configuring(("callhome", "enable")) as configuration:
            configuration.write(("callhome",), "enable")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert session.mode == ""


def test_a_session_left_in_configuration_mode_by_others_is_brought_back(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    host.get_connection("netmiko", run.nr.config).config_mode()
    assert open_session(host, run.nr.config).mode == ""
    assert run.lab["leaf1"].commands[-1] == "end"


def test_a_dead_connection_is_opened_anew(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    open_session(host, run.nr.config).show("show clock")
    run.lab["leaf1"].hang_up()
    assert open_session(host, run.nr.config).show("show clock")
    assert run.lab["leaf1"].logins == 2


def test_nothing_stays_open(fleet: Callable[..., Fleet]) -> None:
    before = threading.active_count()
    run = fleet(ready(), ready(name="leaf2", faults=(Drop(line=STATUS),)))
    for host in run.nr.inventory.hosts.values():
        session = open_session(host, run.nr.config)
        if host.name == "leaf2":
            with pytest.raises(errors.SessionDropped):
                session.show(STATUS)
        close_session(host)
    deadline = time.monotonic() + 5
    while any(each.open_sessions for each in run.lab.values()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [each.open_sessions for each in run.lab.values()] == [0, 0]
    run.lab.close()
    assert threading.active_count() <= before + 1


def test_host_keys_are_checked_where_the_inventory_says_nothing(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    run = fleet(ready())
    run.nr.inventory.defaults.connection_options["netmiko"].extras = {}
    with pytest.raises(errors.HostKeyUnknown):
        open_session(run.nr.inventory.hosts["leaf1"], run.nr.config)
    assert run.lab["leaf1"].logins == 0
    run.nr.inventory.hosts["leaf1"].connection_options.clear()
    run.nr.inventory.defaults.connection_options["netmiko"].extras = {"ssh_strict": False}
    host = run.nr.inventory.hosts["leaf1"]
    assert open_session(host, run.nr.config).show("show clock")


def test_a_missing_file_of_host_keys_is_an_error(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    (run.folder / "known_hosts").unlink()
    with pytest.raises(errors.HostKeyUnknown, match="known_hosts"):
        open_session(run.nr.inventory.hosts["leaf1"], run.nr.config)
