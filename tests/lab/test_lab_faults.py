"""Every fault does what its name says, and only at its line."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import paramiko
import pytest

from nxsl.lab import (
    CALLHOME_DIRECT,
    CLOUD_TOKEN,
    Ask,
    Banner,
    BlackHole,
    Chunks,
    Delay,
    Drop,
    FakePrompt,
    Flood,
    Garble,
    Hang,
    Ignore,
    Inject,
    LoginQuestion,
    Meanwhile,
    Refuse,
    Reject,
    RejectAuthentication,
    Reload,
    Replace,
    SaveFails,
    SaveLost,
    SessionLimit,
    SlowAuthentication,
    WeakAlgorithms,
    ignore_terminal_length,
    ignore_terminal_width,
    registered,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.conftest import Start, User

    Eventually = Callable[[Callable[[], object]], None]
    Login = Callable[..., User]

CLOSED = (OSError, EOFError, paramiko.SSHException)
SAVE = "copy running-config startup-config"


def test_refuse(start: Start, login: Login) -> None:
    switch = start(Refuse())
    with pytest.raises(OSError, match="Unable to connect"):
        login(switch)
    assert switch.connections == 0


def test_black_hole(start: Start) -> None:
    switch = start(BlackHole())
    transport = paramiko.Transport(("127.0.0.1", switch.port))
    transport.banner_timeout = 0.2
    with pytest.raises(paramiko.SSHException):
        transport.start_client(timeout=5)
    transport.close()
    assert switch.connections == 1


def test_session_limit(start: Start, login: Login) -> None:
    switch = start(SessionLimit(connections=2))
    for _ in range(2):
        with pytest.raises(CLOSED):
            login(switch)
    assert login(switch).run("show clock")
    assert (switch.connections, switch.logins) == (3, 1)


def test_reject_authentication(start: Start, login: Login) -> None:
    switch = start(RejectAuthentication(times=1))
    with pytest.raises(paramiko.AuthenticationException):
        login(switch)
    login(switch)
    assert (switch.failed_logins, switch.logins) == (1, 1)


def test_wrong_password(start: Start) -> None:
    switch = start()
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        with pytest.raises(paramiko.AuthenticationException):
            client.connect(
                "127.0.0.1", switch.port, "admin", "no", look_for_keys=False, allow_agent=False
            )
    assert (switch.failed_logins, switch.logins) == (1, 0)


def test_slow_authentication(start: Start, login: Login) -> None:
    began = time.monotonic()
    login(start(SlowAuthentication(seconds=0.4)))
    assert time.monotonic() - began >= 0.4


def test_weak_algorithms(start: Start, login: Login) -> None:
    with pytest.raises(paramiko.SSHException):
        login(start(WeakAlgorithms()))


def test_banner_and_login_question(start: Start, login: Login) -> None:
    assert "sw# >>>\r\n" in login(start(Banner(text="sw# >>>\n")), ready=False).until("leaf1# $")
    user = login(start(LoginQuestion()), ready=False)
    user.until("Enter new password: $")
    user.type("x\r")
    user.until("Enter new password: $")


@pytest.mark.parametrize(("when", "done"), [("before", False), ("after", True), ("reply", True)])
def test_drop_at_a_line(start: Start, login: Login, when: str, *, done: bool) -> None:
    drop = Drop(line="email-contact", when=when)  # type: ignore[arg-type]
    switch = start(drop)
    user = login(switch)
    user.run("configure terminal")
    user.run("callhome")
    user.type("email-contact a@example.com\r")
    with pytest.raises(ConnectionError):
        user.until("never")
    assert switch.running_callhome == (("email-contact a@example.com",) if done else ())
    assert switch.config_lines == ("email-contact a@example.com",)
    assert login(switch).run("show clock")


@pytest.mark.parametrize("count", [0, 1, 40, 100_000])
def test_drop_inside_a_reply(start: Start, login: Login, count: int) -> None:
    user = login(start(Drop(line="^show version$", when="reply", after_bytes=count)))
    user.type("show version\r")
    with pytest.raises(ConnectionError) as caught:
        user.until("never")
    reply = caught.value.args[0].removeprefix(b"show version\r\n")
    assert len(reply) == count if count < 1000 else reply.endswith(b"\r\n")


def test_delay_and_occurrence(start: Start, login: Login) -> None:
    user = login(start(Delay(line="show clock", seconds=0.4, occurrence=2)))
    times = []
    for _ in range(3):
        began = time.monotonic()
        user.run("show clock")
        times.append(time.monotonic() - began)
    assert times[1] >= 0.4
    assert max(times[0], times[2]) < 0.4


def test_chunks_and_nothing_else_changes(start: Start, login: Login) -> None:
    user = login(start(Chunks(line="show version", size=50, pause=0.001)))
    assert user.run("show version") == user.run("show version")


def test_reject_ignore_replace(start: Start, login: Login) -> None:
    switch = start(
        Reject(line="phone", text="% Invalid number", caret=3),
        Ignore(line="streetaddress"),
        Replace(line="show clock", text="no clock"),
    )
    user = login(switch)
    said = user.config("callhome", "email-contact a@b.c", "phone-contact 1", "streetaddress x")
    assert said.endswith("   ^\n% Invalid number\n")
    assert switch.running_callhome == ("email-contact a@b.c",)
    assert user.run("show clock") == "no clock\n"


@pytest.mark.parametrize(("answer", "done"), [("y", True), ("n", False), ("", False)])
def test_ask(start: Start, login: Login, answer: str, *, done: bool) -> None:
    switch = start(Ask(line="hostname"))
    user = login(switch)
    user.run("configure terminal")
    user.type("hostname other\r")
    user.until(r"Do you want to continue \(y/n\)\? \[n\] $")
    user.type(f"{answer}\r")
    user.until(r"\(config\)# $")
    assert ("hostname other" in switch.running_config) is done


def test_inject_and_fake_prompt(start: Start, login: Login) -> None:
    user = login(start(Inject(line="show clock"), FakePrompt(line="show version", at=2)))
    lines = user.run("show clock").splitlines()
    assert len(lines) == 2
    assert "leaf1 %ETHPORT-5-IF_UP" in lines[1]
    user.type("show version\r")
    text = user.until(r"Active Package\(s\):\r\nleaf1# $")
    assert text.split("\r\n")[3] == "leaf1# "


def test_hang_until_the_user_leaves(start: Start, login: Login, eventually: Eventually) -> None:
    switch = start(Hang(line="show clock"))
    user = login(switch)
    user.type("show clock\r!more\r")
    eventually(lambda: switch.commands[-1] == "show clock")
    user.client.close()
    eventually(lambda: switch.open_sessions == 0)


def test_garble(start: Start, login: Login) -> None:
    user = login(start(Garble(line="status"), registration=registered()))
    assert "Status: REG\ufffd\ufffdISTERED\n" in user.run("show license status")
    assert "Status: REGISTERED\n" in user.run("show license status")


def test_flood(start: Start, login: Login) -> None:
    user = login(start(Flood(line="show clock", size=1_000_000)))
    assert len(user.run("show clock")) >= 1_000_000


def test_flood_without_end_stops_with_the_user(
    start: Start, login: Login, eventually: Eventually
) -> None:
    switch = start(Flood(line="show clock", size=None))
    user = login(switch)
    user.type("show clock\r")
    user.until("0123456789")
    user.client.close()
    eventually(lambda: switch.open_sessions == 0)


def test_meanwhile(start: Start, login: Login) -> None:
    switch = start(Meanwhile(line="show clock", lines=("callhome", "email-contact x@y.z")))
    login(switch).run("show clock")
    assert switch.running_callhome == ("email-contact x@y.z",)
    assert switch.config_lines == ()


def test_reload(start: Start, login: Login, eventually: Eventually) -> None:
    switch = start(Reload(line="show clock", seconds=0.2), registration=registered())
    user = login(switch)
    user.config("callhome", "email-contact a@b.c")
    user.type("show clock\r")
    with pytest.raises(ConnectionError):
        user.until("never")
    with pytest.raises(CLOSED):
        login(switch)

    def back() -> bool:
        try:
            return bool(login(switch).run("show clock"))
        except CLOSED:
            return False

    eventually(back)
    assert switch.running_callhome == ()
    assert switch.registered


def test_save(start: Start, login: Login) -> None:
    switch = start()
    user = login(switch)
    user.config("callhome", "email-contact a@b.c")
    assert not switch.saved
    text = user.run(SAVE)
    assert text.startswith("\r[#")
    assert re.findall(r"\r\[(#+) *\] +(\d+)%", text)[-1] == ("#" * 40, "100")
    assert text.endswith(
        "] 100%\nCopy complete, now saving to disk (please wait)...\nCopy complete.\n"
    )
    assert switch.saved
    assert switch.startup_callhome == ("email-contact a@b.c",)
    assert "  email-contact a@b.c" in user.run("show startup-config callhome")


def test_save_fails_or_is_lost(start: Start, login: Login) -> None:
    switch = start(SaveFails())
    user = login(switch)
    user.config("callhome", "email-contact a@b.c")
    assert user.run(SAVE).endswith("99%Configuration update aborted: No space left on device\n")
    assert switch.startup_callhome == ()
    switch = start(SaveLost())
    user = login(switch)
    user.config("callhome", "email-contact a@b.c")
    assert user.run(SAVE).endswith("Copy complete.\n")
    assert switch.startup_callhome == ()


def test_terminal_settings_may_be_ignored(start: Start, login: Login) -> None:
    user = login(start(ignore_terminal_length(), ignore_terminal_width()))
    user.type("show version\r")
    user.until("--More--$")


def test_register_dropped_after_execution_is_done_all_the_same(
    start: Start, login: Login, eventually: Eventually
) -> None:
    switch = start(Drop(line="smart register", when="after"), callhome=CALLHOME_DIRECT)
    user = login(switch)
    user.type(f"license smart register idtoken {CLOUD_TOKEN}\r")
    with pytest.raises(ConnectionError):
        user.until("never")
    eventually(lambda: switch.registered)
    assert len(switch.register_commands) == 1
