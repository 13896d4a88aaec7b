"""The pure text functions below the session."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxsl import Token
from nxsl.nxos import wire

FENCE = "!nxsl-0badcafe"
HOSTNAMES = ["leaf1", "s", "sw#1", "a>b", "N9K-[x](1)", "swïtch", "x" * 63, "a.b-c_d", "(weird)"]


@pytest.mark.parametrize("hostname", HOSTNAMES)
@pytest.mark.parametrize("mode", ["", "(config)", "(config-callhome)", "(config-vrf)"])
def test_prompts_are_taken_apart(hostname: str, mode: str) -> None:
    assert wire.read_prompt(f"{hostname}{mode}# ") == wire.Prompt(hostname, mode)
    pattern = wire.OwnPrompt(hostname)
    assert pattern.ends(f"text\r\n{hostname}{mode}# ")
    assert not pattern.ends(f"text {hostname}{mode}# ")
    assert not pattern.ends(f"{hostname}{mode}# text")


@pytest.mark.parametrize("line", ["", "#", "switch>", "switch# show", "Password: "])
def test_what_is_no_prompt(line: str) -> None:
    assert wire.read_prompt(line) is None


def raw(command: str, reply: str, host: str = "leaf1", end: str = "\r\n") -> str:
    """What comes over the wire for a command and its fence."""
    body = reply.replace("\n", end) + (end if reply else "")
    return f"{command}{end}{body}{host}# {FENCE}{end}{host}# "


def cut(text: str, command: str = "show clock", host: str = "leaf1") -> str:
    """The reply in it."""
    pattern = wire.OwnPrompt(host)
    return wire.reply_of(text, echo=wire.Echo(command), fence=FENCE, prompt=pattern)


@pytest.mark.parametrize("end", ["\r\n", "\r\r\n", "\n"])
@pytest.mark.parametrize("host", HOSTNAMES)
def test_a_reply_is_cut_out(host: str, end: str) -> None:
    reply = "first line\n  second line\n\nlast"
    assert cut(raw("show clock", reply, host, end), host=host) == reply
    assert not cut(raw("show clock", "", host, end), host=host)


def test_prompt_like_text_inside_a_reply_stays() -> None:
    reply = "one\nleaf1# \nleaf1# show run\nlast"
    assert cut(raw("show clock", reply)) == reply


def test_a_fence_echoed_too_early_is_taken_out() -> None:
    text = f"show clock\r\n{FENCE}\r\nlate answer\r\nleaf1# \r\nleaf1# "
    assert cut(text) == "late answer"


def test_a_wrapped_echo_is_taken_out() -> None:
    command = "show running-config | include something that is long"
    wrapped = command[:30] + " \r" + command[30:]
    folded = command[:30] + "\r\n" + command[30:]
    assert cut(raw(folded, "answer"), command) == "answer"
    assert cut(raw(wrapped, "answer"), command) == "answer"


def test_looking_for_an_echo_takes_time_in_proportion() -> None:
    echo = wire.Echo("show version")
    started = time.process_time()
    assert echo.end_in("s" + "\r\n" * 20_000 + "s \r\n" * 20_000) is None
    assert time.process_time() - started < 5


def test_the_pagers_remains_are_taken_out() -> None:
    assert cut(raw("show clock", "one\n--More--\x08\x08\x08        \x08\x08two")) == "one\ntwo"


def test_a_log_line_behind_the_prompt_is_no_prompt() -> None:
    log = "2026 Nov 24 03:00:00 leaf1 %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up"
    text = f"show clock\r\nanswer\r\nleaf1# {log}\r\n{FENCE}\r\nleaf1# "
    assert cut(text) == f"answer\n{log}"


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=200))
def test_any_line_of_text_survives(reply: str) -> None:
    reply = reply.strip()
    if re.search(r"--More--|^leaf1|nxsl-", reply) or not reply:
        return
    assert cut(raw("show clock", reply)).strip() == reply


@pytest.mark.parametrize(
    "text",
    [
        "                 ^\n% Invalid command at '^' marker.",
        "% Incomplete command at '^' marker.",
        "% Ambiguous command at '^' marker.",
        "% Permission denied for the role",
        "Syntax error while parsing 'show x'",
        "warning first\n% Invalid parameter at '^' marker.",
        "leaf1# % Invalid command at '^' marker.",
    ],
)
@pytest.mark.parametrize("silent", [True, False])
def test_refusals_are_seen(text: str, silent: bool) -> None:
    assert wire.refusal_in(text, silent=silent) == text


@pytest.mark.parametrize(
    "text", ["ERROR: no", "Error: no", "% This is odd", "Failed to do it", "Cannot do it"]
)
def test_complaints_count_where_silence_is_expected(text: str) -> None:
    assert wire.refusal_in(text, silent=True) == text
    assert wire.refusal_in(text, silent=False) is None


def test_ordinary_text_is_no_refusal() -> None:
    text = "Smart Licensing is ENABLED\n  Failure reason: Communication message send error"
    assert wire.refusal_in(text, silent=False) is None
    assert wire.refusal_in("[####] 100%\nCopy complete.", silent=True) is None


@pytest.mark.parametrize(
    "tail",
    [
        "Do you want to continue (y/n)? [n] ",
        "This command will reboot the system. (y/n)?  [n] ",
        "Are you sure you want to continue connecting (yes/no)? ",
        "Continue? [yes/no]: ",
        "Do you want to overwrite (y/n)?[n] ",
    ],
)
def test_questions_are_seen(tail: str) -> None:
    assert wire.QUESTION.search("text\r\n" + tail)


def test_a_secret_command_shows_itself_masked() -> None:
    command = wire.SecretCommand("license smart register idtoken ", Token("Zm9vYmFyMTIz"), " force")
    assert command.reveal() == "license smart register idtoken Zm9vYmFyMTIz force"
    assert "Zm9v" not in f"{command}{command!r}"
    assert "Zm9v" not in wire.mask("echo Zm9vYmFyMTIz", command)
