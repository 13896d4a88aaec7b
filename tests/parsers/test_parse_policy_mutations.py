"""Mutilated texts of Smart Licensing Using Policy: never trusted, reported or whole by mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxsl.core.errors import ParseError
from nxsl.core.policy_records import Exchanges, PolicyStatus
from nxsl.nxos.parse import parse
from tests.parsers.policy_goldens import POLICY_GOLDEN, ZONES

DATA = Path(__file__).parents[1] / "data" / "outputs"
STATUS = "show license status"
TEXTS = {
    file.rpartition("/")[2].removesuffix(".txt"): (DATA / file).read_text(encoding="utf-8")
    for file, (command, _) in POLICY_GOLDEN.items()
    if command == STATUS
}
STACK = TEXTS["iosxe_slp_cslu_trust_installed_stack"]
SINGLE = TEXTS["iosxe_slp_smart_trust_installed_custom_policy"]
TECH = {
    file.rpartition("/")[2].removesuffix(".txt"): (DATA / file).read_text(encoding="utf-8")
    for file, (command, _) in POLICY_GOLDEN.items()
    if command == "show license tech support"
}
BEGIN = "Communication Statistics:"
by_text = pytest.mark.parametrize("name", TEXTS)


def read(text: str) -> PolicyStatus | None:
    """Give the record, or None where the text is refused."""
    try:
        status = parse(STATUS, text, zones=ZONES)
    except ParseError:
        return None
    assert isinstance(status, PolicyStatus)
    return status


def decisive(status: PolicyStatus) -> tuple[Any, ...]:
    reporting = status.reporting
    return (
        status.enabled,
        reporting.last_ack,
        reporting.ack_deadline,
        reporting.last_report,
        [each.installed for each in status.trust],
    )


def assert_no_false_verdict(text: str, intact: PolicyStatus) -> None:
    """What decides is read with its intact value, or not at all."""
    status = read(text)
    if status is not None:
        whole = decisive(intact)
        assert decisive(status)[:4] == whole[:4]
        assert [each for each in status.trust if each.installed not in whole[4]] == []


def must(text: str) -> PolicyStatus:
    status = read(text)
    assert status is not None
    return status


@by_text
def test_every_prefix(name: str) -> None:
    text, intact = TEXTS[name], must(TEXTS[name])
    least = text.index("Trust Code Installed:") + len("Trust Code Installed:")
    # Every character where it decides, some of them before and behind.
    decides = range(text.index("Next report push"), least + 120)
    for cut in range(len(text)):
        if cut not in decides and cut % 11:
            continue
        status = read(text[:cut])
        if cut <= least:
            assert status is None, text[:cut]
        elif status is not None:
            assert decisive(status)[:4] == decisive(intact)[:4]
            # Between two units a text that is cut is that of a switch with fewer of them.
            assert status.trust == intact.trust[: len(status.trust)]
            assert bool(status.trust) == bool(intact.trust)


@by_text
def test_every_suffix_is_refused(name: str) -> None:
    text = TEXTS[name]
    whole = text.index("Smart Licensing Using Policy:")
    for cut in range(whole + 1, len(text), 5):
        assert read(text[cut:]) is None


@by_text
def test_every_line_deleted_twice_and_every_range(name: str) -> None:
    lines, intact = TEXTS[name].splitlines(keepends=True), must(TEXTS[name])
    for begin in range(len(lines)):
        assert_no_false_verdict("".join(lines[:begin] + lines[begin + 1 :]), intact)
        for end in range(begin + 2, len(lines), 7):
            assert_no_false_verdict("".join(lines[:begin] + lines[end:]), intact)


def test_every_line_of_a_known_section_twice_is_refused() -> None:
    lines = SINGLE.splitlines(keepends=True)
    unknown = {"Utility:", "Data Privacy:", "Miscellaneous:"}
    section = ""
    for at, line in enumerate(lines):
        section = line.strip() if not line.startswith(" ") else section
        text = "".join([*lines[:at], line, *lines[at:]])
        if section in unknown or not line.strip() or line.strip() in must(SINGLE).other:
            assert_no_false_verdict(text, must(SINGLE))
        elif "Attributes:" not in line:
            assert read(text) is None, line


def test_every_line_moved() -> None:
    lines, intact = STACK.splitlines(keepends=True), must(STACK)
    for source in range(len(lines)):
        for target in range(source % 7, len(lines), 7):
            moved = lines[:source] + lines[source + 1 :]
            moved.insert(target, lines[source])
            assert_no_false_verdict("".join(moved), intact)


def test_every_character_changed() -> None:
    intact = must(SINGLE)
    for at in range(SINGLE.index("Usage Reporting:"), len(SINGLE)):
        for text in (SINGLE[:at] + SINGLE[at + 1 :], SINGLE[:at] + "x" + SINGLE[at + 1 :]):
            status = read(text)
            # A digit less of a year or a day is refused or is another date, as no reader can see;
            # but no date becomes none, and none becomes no date.
            if status is not None:
                mine, whole = decisive(status), decisive(intact)
                assert [each is None for each in mine[:4]] == [each is None for each in whole[:4]]
                assert len(mine[4]) == len(whole[4])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mixed_up_lines(data: st.DataObject) -> None:
    lines = STACK.splitlines(keepends=True)
    chosen = data.draw(st.lists(st.sampled_from(lines), min_size=20, max_size=len(lines) + 4))
    assert_no_false_verdict("".join(chosen), must(STACK))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(list(TEXTS.values())), st.integers(0), st.text(max_size=12))
def test_anything_within_a_text_gives_a_record_or_a_parse_error(
    text: str, where: int, inserted: str
) -> None:
    at = where % (len(text) + 1)
    status = read(text[:at] + inserted + text[at:])
    assert status is None or isinstance(status, PolicyStatus)


@by_text
def test_line_ends_blanks_and_colours_change_nothing(name: str) -> None:
    text, intact = TEXTS[name], must(TEXTS[name])
    lines = text.splitlines()
    assert must("\r\r\n".join(lines)) == intact
    assert must("".join(f"{line.lstrip()}  \t\n\n" for line in lines)) == intact
    assert must("".join(f"\x1b[1m{line}\x1b[0m\r\n" for line in lines)) == intact


NOISE = "2018 Nov  8 12:47:05.724 Switch1 %LICMGR-3-LOG_SMART_LIC_COMM_FAILED: Failure"


def test_a_syslog_line_changes_nothing_and_another_is_kept_apart() -> None:
    lines, intact = STACK.splitlines(), must(STACK)
    for at in range(len(lines) + 1):
        assert must("\n".join([*lines[:at], NOISE, *lines[at:]])) == intact
        status = read("\n".join([*lines[:at], "Broadcast message from root", *lines[at:]]))
        if status is not None:
            assert decisive(status) == decisive(intact)
            assert "Broadcast message from root" in status.other


# ---------------------------------------------------------------------- the statistics


def statistics(text: str) -> Exchanges | None:
    try:
        return parse("show license tech support", text, zones=ZONES)
    except ParseError:
        return None


def part(name: str) -> str:
    """The statistics with a little before them and the title behind them."""
    text = TECH[name]
    begin = text.index(BEGIN)
    end = text.index("License Certificates", begin)
    return "Message:\n" + text[begin:end] + "License Certificates\n====================\nmore\n"


@pytest.mark.parametrize("name", TECH)
def test_only_the_statistics_matter(name: str) -> None:
    assert statistics(part(name)) == statistics(TECH[name]) is not None


@pytest.mark.parametrize("name", TECH)
def test_every_prefix_of_the_statistics_is_refused(name: str) -> None:
    text = part(name)
    least = text.index("License Certificates\n===") + len("License Certificates\n===")
    for cut in range(0, least, 3):
        assert statistics(text[:cut]) is None
    assert statistics(text[:least]) == statistics(text)


def test_every_line_of_the_statistics_deleted_or_twice() -> None:
    lines = part("iosxe_slp_2").splitlines(keepends=True)
    intact = statistics("".join(lines))
    assert intact
    for at in range(1, len(lines) - 2):
        less = statistics("".join(lines[:at] + lines[at + 1 :]))
        more = statistics("".join([*lines[:at], lines[at], *lines[at:]]))
        if lines[at].startswith(("Communication Level", "Overall")) or not lines[at].strip():
            assert less == more == intact
        elif lines[at].startswith("License"):
            assert less is None  # the last message is taken for the title
        else:
            assert less is None, lines[at]
            assert more is None, lines[at]
