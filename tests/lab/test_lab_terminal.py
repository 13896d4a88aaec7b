"""The command line: echo, modes, abbreviations, markers, pages, pipes, rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko
import pytest

from nxsl.lab import Delay, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.conftest import Start, User


def test_a_session_begins_with_the_banner_and_the_exec_prompt(
    start: Start, login: Callable[..., User]
) -> None:
    user = login(start(), ready=False)
    text = user.until(user.prompt)
    assert text.startswith("Cisco NX-OS Software\r\nCopyright (c) ")
    assert text.endswith("\r\nleaf1# ")


def test_modes_show_in_the_prompt_and_fall_outwards(
    start: Start, login: Callable[..., User]
) -> None:
    user = login(start())
    assert user.run("conf t") == ("Enter configuration commands, one per line. End with CNTL/Z.\n")
    user.type("callhome\r")
    user.until(r"leaf1\(config-callhome\)# $")
    user.type("vrf context management\r")
    user.until(r"leaf1\(config-vrf\)# $")
    user.type("ip domain-lookup\r")
    user.until(r"leaf1\(config\)# $")
    assert "UTC" in user.run("show clock")
    user.type("callhome\r")
    user.until(r"leaf1\(config-callhome\)# $")
    user.type("exit\r")
    user.until(r"leaf1\(config\)# $")
    user.type("\x1a")
    user.until(r"\^Z\r\nleaf1# $")


@pytest.mark.parametrize(
    ("line", "marked", "message"),
    [
        ("show eigrp", "show ", "Invalid"),
        ("foo bar", "", "Invalid"),
        ("show running-config foo", "show running-config ", "Invalid"),
        ("show", "show ", "Incomplete"),
        ("co", "", "Ambiguous"),
        ("show version | fancy x", "show version | ", "Invalid"),
    ],
)
def test_a_marker_stands_under_the_first_bad_word(
    start: Start, login: Callable[..., User], line: str, marked: str, message: str
) -> None:
    marker = " " * len(f"leaf1# {marked}") + "^"
    assert login(start()).run(line) == f"{marker}\n% {message} command at '^' marker.\n"


def test_comments_and_empty_lines_only_bring_a_new_prompt(
    start: Start, login: Callable[..., User]
) -> None:
    switch = start()
    user = login(switch)
    assert user.run("!nonce 17") == ""
    assert user.run("") == ""
    user.run("configure terminal")
    assert user.run("! a comment") == ""
    kinds = [entry.kind for entry in switch.received]
    assert kinds.count(Kind.COMMENT) == 2
    assert kinds.count(Kind.EMPTY) == 1
    assert switch.commands == ("terminal length 0", "terminal width 511", "configure terminal")


def test_type_ahead_is_executed_in_order(start: Start, login: Callable[..., User]) -> None:
    user = login(start(command_seconds=0.02))
    user.type("!one\rshow clock\r!two\r")
    text = user.until(r"(?s)!two\r\nleaf1# $")
    assert [text.index(part) for part in ("!one", "show clock", " UTC ", "!two")] == sorted(
        text.index(part) for part in ("!one", "show clock", " UTC ", "!two")
    )


def test_type_ahead_may_be_echoed_before_the_prompt(
    start: Start, login: Callable[..., User]
) -> None:
    switch = start(Delay(line="show clock", seconds=0.3), echo_ahead=True)
    user = login(switch)
    user.type("show clock\r")
    user.until("show clock\r\n$")
    user.type("!nonce\r")
    assert user.until("nonce\r\n$") == "!nonce\r\n"
    assert user.until(r"20\d\d\r\nleaf1# leaf1# $")
    assert user.run("!again") == ""
    assert [e.line for e in switch.received][-2:] == ["!nonce", "!again"]


def test_backspace_and_interrupt(start: Start, login: Callable[..., User]) -> None:
    switch = start()
    user = login(switch)
    user.type("show clocj\x7fk\r")
    assert " UTC " in user.until(r"UTC .*\r\nleaf1# $")
    user.type("show vers\x03")
    assert user.until(r"\^C\r\nleaf1# $").startswith("show vers")
    assert switch.commands[-1] == "show clock"


def test_pages(start: Start, login: Callable[..., User]) -> None:
    user = login(start(), paged=True)
    user.type("show feature\r")
    assert user.until("--More--").count("\r\n") == 24  # the echo and 23 lines
    user.type("\r")
    assert user.until("--More--").count("\r\n") == 1
    user.type(" ")
    assert user.until("--More--").count("\r\n") == 23
    user.type("q")
    user.until(user.prompt)
    user.type("show license status\r")
    assert "--More--" not in user.until(user.prompt)


def test_width_wraps_output_and_echo(start: Start, login: Callable[..., User]) -> None:
    user = login(start())
    user.run("terminal width 24")
    user.type("show clock | include UTC\r")
    text = user.until(r"20\d\d\r\nleaf1# $")
    assert text.startswith("show clock | incl \rude UTC\r\n")
    rows = text.split("\r\n")[1:-1]
    assert max(map(len, rows)) <= 24
    user.type("terminal width 511\r")
    user.until(user.prompt)
    assert max(map(len, user.run("show version").splitlines())) > 70


@pytest.mark.parametrize(
    ("pipe", "expected"),
    [
        ('include "Device name|NXOS: "', 2),
        ("include NXOS:", 1),
        ('section "^Hardware"', 4),
        ("exclude .", 7),
        ("count", 1),
        ("include zzz", 0),
    ],
)
def test_pipes(start: Start, login: Callable[..., User], pipe: str, expected: int) -> None:
    assert len(login(start()).run(f"show version | {pipe}").splitlines()) == expected


def test_section_gives_the_lines_below(start: Start, login: Callable[..., User]) -> None:
    user = login(start())
    assert user.run('show running-config | section "vrf context"') == (
        "vrf context management\n  ip name-server 192.0.2.53\n"
    )


def test_an_operator_may_look_but_not_read_the_configuration(
    start: Start, login: Callable[..., User]
) -> None:
    switch = start(role="network-operator")
    user = login(switch)
    assert "9.3(4)" in user.run("show version")
    assert user.run("show license status").startswith("Smart Licensing is ENABLED")
    for line in (
        "show running-config",
        "show running-config callhome",
        "configure terminal",
        "copy running-config startup-config",
        "license smart register idtoken abc",
    ):
        assert user.run(line) == "% Permission denied for the role\n"


def test_a_command_whose_feature_is_off_is_invalid(
    start: Start, login: Callable[..., User]
) -> None:
    user = login(start(smart_enabled=False))
    assert "% Invalid command at '^' marker." in user.run("license smart register idtoken abc")
    user.config("feature license smart")
    assert user.run("license smart register idtoken abc").startswith("Initiated")


def test_exec_channel_speaks_otherwise(start: Start) -> None:
    switch = start()
    operator = start(role="network-operator")
    answers = []
    for one, line in ((switch, "show clock"), (switch, "foo"), (operator, "show running-config")):
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            client.connect(
                "127.0.0.1", one.port, "admin", "lab-only", look_for_keys=False, allow_agent=False
            )
            _, out, _ = client.exec_command(line)
            text = out.read().decode()
            answers.append((text, out.channel.recv_exit_status()))
    assert answers[0][1] == 0
    assert answers[1] == ("Syntax error while parsing 'foo'\n", 16)
    assert answers[2] == ("% Permission denied for the role\n", 30)


def test_real_line_ends(start: Start, login: Callable[..., User]) -> None:
    user = login(start(nxos_line_ends=True), ready=False)
    user.until("\rleaf1# $")
    user.type("show clock\r")
    assert "show clock\r\r\n" in user.until(r"20\d\d\r\n\rleaf1# $")
