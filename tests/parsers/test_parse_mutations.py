"""Mutilated and noisy texts: no false verdict, no changed value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxsl.core.errors import ParseError
from nxsl.core.records import (
    AuthorizationState,
    LicenseStatus,
    LicenseSummary,
    LicenseUsage,
    PakUsage,
    RegistrationState,
)
from nxsl.nxos.parse import parse

DATA = Path(__file__).parents[1] / "data" / "outputs"
SECTIONS = ("Registration:", "License Authorization:", "Smart License Conversion:")


def sample(file: str) -> str:
    return (DATA / file).read_text(encoding="utf-8")


def smart_status(text: str, **more: Any) -> LicenseStatus:
    status = parse("show license status", text, **more)
    assert isinstance(status, LicenseStatus)
    return status


def as_on_the_switch(flat: str) -> str:
    """Give the lines their indentation and blank lines back, which a web page lost."""
    lines = []
    for line in flat.splitlines():
        if line in SECTIONS:
            lines += ["", line]
        else:
            lines.append(line if line.startswith("Smart Licensing is") else f"  {line}")
    return "\n".join(lines) + "\n"


FLAT = sample("show_license_status/n9k_9.3.4_registered_authorized.txt")
STATUS = as_on_the_switch(FLAT)
INTACT = smart_status(STATUS)
FAILED = STATUS.replace(
    "Last Renewal Attempt: None",
    "Last Renewal Attempt: FAILED on Dec 03 18:40:22 2022 UTC\n"
    "    Failure reason: Communication message send error",
)
SUMMARY = sample("show_license_summary/n9k_9.3-10.1_registered_authorized_TRUNCATED.txt")
READ = {
    "show license status": STATUS,
    "show license summary": SUMMARY,
    "show license usage": sample("show_license_usage/n9k_10.x_slp_in_use.txt"),
    "show running-config callhome": sample(
        "show_running-config_callhome/n9k_9.3.4_direct_cloud.txt"
    ),
    "show version": sample("show_version/n9k_10.3.6.txt"),
    "show clock": sample("show_clock/nxos.txt"),
    "show feature": sample("show_feature/mds_license-smart_enabled.txt"),
    "show license": sample("show_license/n3k_7.0.3.I3.1_traditional_pak.txt"),
    "ping": sample("ping/nxos_ok_full_with_statistics.txt"),
    "telnet": sample("telnet/n9k_9.3.5_tools.cisco.com_443_vrf_management_ok.txt"),
    "license smart register": sample("license_smart_register/n9k_9.3.4_accepted.txt"),
    "copy running-config startup-config": sample("copy_running-config_startup-config/n9k_ok.txt"),
}
PAK = sample("show_license_usage/n7k_traditional_pak.txt")
ALL = [*READ.items(), ("show license usage", PAK), ("show license status", FAILED)]
IDS = [*READ, "show license usage (PAK)", "show license status (failed)"]


def read(command: str, text: str) -> Any:
    """Give the record, or None where the text is refused."""
    try:
        return parse(command, text)
    except ParseError:
        return None


def lines_of(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines()}


def assert_no_false_verdict(text: str, record: LicenseStatus | None) -> None:
    """Registered and authorized are only read from intact lines, with the intact values."""
    if record is None:
        return
    there = lines_of(text)
    if record.registration and record.registration.state is RegistrationState.REGISTERED:
        assert "Status: REGISTERED" in there
        assert record.registration == INTACT.registration
    if record.authorization and record.authorization.state in {
        AuthorizationState.AUTHORIZED,
        AuthorizationState.AUTHORIZED_RESERVED,
    }:
        assert "Status: AUTHORIZED on Jun 22 16:15:44 2022 UTC" in there
        assert record.authorization == INTACT.authorization


def test_the_layout_of_the_switch_reads_as_the_flat_one() -> None:
    assert smart_status(FLAT) == INTACT


@pytest.mark.parametrize("layout", [STATUS, FLAT], ids=["switch", "flat"])
def test_every_prefix_of_a_status(layout: str) -> None:
    last_mandatory = "Communication Deadline: Sep 20 16:12:55 2022 UTC"
    least = layout.index(last_mandatory) + len(last_mandatory)
    for cut in range(len(layout)):
        record = read("show license status", layout[:cut])
        if cut < least:
            assert record is None, layout[:cut]
        assert_no_false_verdict(layout[:cut], record)


def test_every_suffix_of_a_status_is_refused() -> None:
    for cut in range(1, len(STATUS)):
        assert read("show license status", STATUS[cut:]) is None


def test_every_prefix_of_a_summary() -> None:
    intact = parse("show license summary", SUMMARY)
    least = SUMMARY.index("License Usage:") + len("License Usage:")
    for cut in range(len(SUMMARY)):
        record = read("show license summary", SUMMARY[:cut])
        if cut < least:
            assert record is None
        elif record is not None:
            assert record.status == intact.status


@pytest.mark.parametrize("command", ["show version", "show license usage", "show license"])
def test_every_prefix_of_other_outputs(command: str) -> None:
    text = READ[command]
    intact = parse(command, text)
    for cut in range(len(text)):
        record = read(command, text[:cut])
        if record is None or command == "show license":
            continue
        if isinstance(record, LicenseUsage):
            # Only the last word of the last line may be shorter.
            assert isinstance(intact, LicenseUsage)
            assert intact.licenses[0].license_type.startswith(record.licenses[0].license_type)
            assert (
                replace(record.licenses[0], license_type=intact.licenses[0].license_type)
                == intact.licenses[0]
            )
        else:
            assert record == intact


def test_every_prefix_of_a_table_of_licence_files() -> None:
    intact = parse("show license usage", PAK)
    for cut in range(len(PAK)):
        record = read("show license usage", PAK[:cut])
        assert record is None or record == intact


def test_every_line_deleted() -> None:
    lines = STATUS.splitlines(keepends=True)
    for at in range(len(lines)):
        text = "".join(lines[:at] + lines[at + 1 :])
        assert_no_false_verdict(text, read("show license status", text))


def test_every_two_lines_deleted_and_every_range() -> None:
    lines = STATUS.splitlines(keepends=True)
    for begin in range(len(lines)):
        for end in range(begin + 1, len(lines)):
            text = "".join(lines[:begin] + lines[end:])
            assert_no_false_verdict(text, read("show license status", text))
            text = "".join(each for at, each in enumerate(lines) if at not in {begin, end})
            assert_no_false_verdict(text, read("show license status", text))


def test_every_line_twice_is_refused() -> None:
    lines = STATUS.splitlines(keepends=True)
    for at in range(len(lines)):
        if lines[at].strip():
            text = "".join([*lines[:at], lines[at], *lines[at:]])
            assert read("show license status", text) is None, lines[at]


def test_every_line_moved_anywhere() -> None:
    lines = STATUS.splitlines(keepends=True)
    for source in range(len(lines)):
        for target in range(len(lines)):
            moved = lines[:source] + lines[source + 1 :]
            moved.insert(target, lines[source])
            assert_no_false_verdict("".join(moved), read("show license status", "".join(moved)))


def test_every_character_deleted_or_changed() -> None:
    least = STATUS.index("Smart License Conversion")
    for at in range(least):
        for text in (STATUS[:at] + STATUS[at + 1 :], STATUS[:at] + "x" + STATUS[at + 1 :]):
            record = read("show license status", text)
            if record is None:
                continue
            # A changed digit or name gives a changed value, which no reader can see; a changed
            # word of a verdict must not give that verdict.
            there = {line.replace("Status:", "Status: ", 1) for line in lines_of(text)}
            there = {" ".join(line.split()) for line in there}
            if record.registration.state is RegistrationState.REGISTERED:
                assert "Status: REGISTERED" in there
            if record.authorization.state is AuthorizationState.AUTHORIZED:
                assert any(line.startswith("Status: AUTHORIZED on ") for line in there)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mixed_up_lines(data: st.DataObject) -> None:
    lines = STATUS.splitlines(keepends=True)
    chosen = data.draw(st.lists(st.sampled_from(lines), min_size=10, max_size=len(lines) + 4))
    text = "".join([lines[0], *chosen])
    assert_no_false_verdict(text, read("show license status", text))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="REGISTUN AUTHORIZED-OFCMPLV", max_size=24))
def test_only_the_exact_words_are_verdicts(words: str) -> None:
    text = STATUS.replace("Status: REGISTERED", f"Status: {words}")
    record = read("show license status", text)
    if record is not None and record.registration.state is RegistrationState.REGISTERED:
        assert words.strip().partition(" - ")[0] == "REGISTERED"
    text = STATUS.replace("Status: AUTHORIZED on", f"Status: {words} on")
    record = read("show license status", text)
    if record is not None and record.authorization.state is AuthorizationState.AUTHORIZED:
        assert words.strip() == "AUTHORIZED"


# -------------------------------------------------------------------------------------- noise


@pytest.mark.parametrize(("command", "text"), ALL, ids=IDS)
def test_line_ends_blanks_and_colours_change_nothing(command: str, text: str) -> None:
    intact = parse(command, text)
    lines = text.splitlines()
    assert parse(command, "\r\n".join(lines)) == intact
    assert parse(command, "\r\r\n".join(lines) + "\r\r\n") == intact
    assert parse(command, "".join(f"{line}  \t\n" for line in lines)) == intact
    assert parse(command, "".join(f"  {line.lstrip()}\n\n" for line in lines)) == intact
    assert parse(command, "\n\n" + text + "\n\n") == intact
    assert parse(command, "".join(f"\x1b[1;32m{line}\x1b[0m\x1b[K\r\n" for line in lines)) == intact


NOISE = (
    "2018 Nov  8 12:47:05.724 Switch1 %LICMGR-3-LOG_SMART_LIC_COMM_FAILED: Communications failure",
    "2018 Nov 18 12:47:05 Switch1 %$ VDC-1 %$ %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up",
    "2018 Nov  8 12:47:05.724 Switch1 [11231]: !!!!!!  WARNING: Status: REGISTERED",
)


@pytest.mark.parametrize(("command", "text"), ALL, ids=IDS)
@pytest.mark.parametrize("noise", NOISE, ids=["licmgr", "vdc", "process"])
def test_a_syslog_line_at_every_boundary_changes_nothing(
    command: str, text: str, noise: str
) -> None:
    intact = parse(command, text)
    lines = text.splitlines()
    for at in range(len(lines) + 1):
        assert parse(command, "\n".join([*lines[:at], noise, *lines[at:]])) == intact


OTHER_NOISE = (
    "Broadcast message from root: going down",
    "%SMART_LIC-3-COMM_FAILED: Communications failure",
    "--More--",
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "switch# ",
    "Cisco Nexus Operating System (NX-OS) Software",
)


@pytest.mark.parametrize(("command", "text"), ALL, ids=IDS)
@pytest.mark.parametrize("noise", OTHER_NOISE)
def test_another_line_at_every_boundary_is_refused_or_kept_apart(
    command: str, text: str, noise: str
) -> None:
    intact: Any = parse(command, text)
    lines = text.splitlines()
    for at in range(len(lines) + 1):
        record = read(command, "\n".join([*lines[:at], noise, *lines[at:]]))
        if record is None or record == intact:
            continue
        kept = noise.strip()
        if isinstance(record, LicenseSummary):
            if record.licenses == (kept,):
                record = replace(record, licenses=())
            else:
                record = replace(record, status=replace(record.status, other=()))
            assert record == intact
        elif command == "copy running-config startup-config":
            assert not record.saved
        else:
            assert kept in record.other
            others = tuple(each for each in record.other if each != kept)
            assert replace(record, other=others) == intact


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ALL), st.integers(0), st.text(max_size=12))
def test_anything_within_a_text_gives_a_record_or_a_parse_error(
    sampled: tuple[str, str], where: int, inserted: str
) -> None:
    command, text = sampled
    at = where % (len(text) + 1)
    record = read(command, text[:at] + inserted + text[at:])
    assert record is None or isinstance(record, type(parse(command, text))) or record in ((), None)


def test_a_pak_row_lost_is_only_that_row() -> None:
    lines = PAK.splitlines()
    whole = parse("show license usage", PAK)
    assert isinstance(whole, PakUsage)
    for at in range(3, len(lines) - 1):
        less = parse("show license usage", "\n".join(lines[:at] + lines[at + 1 :]))
        assert isinstance(less, PakUsage)
        assert less.licenses == whole.licenses[: at - 3] + whole.licenses[at - 2 :]
