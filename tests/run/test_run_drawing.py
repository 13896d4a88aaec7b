"""What people see of a run, at every size of a terminal."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nxsl.core.run_records import RunState
from nxsl.core.waves import Verdict
from nxsl.run.drawing import draw
from nxsl.run.faces import to_html
from nxsl.run.progress import RunProgress
from nxsl.run.shown import End

OK = End(word="changed ok", good=True)
BAD = End(word="failed clean", good=False)
LATE = End(word="pending", good=False)
NOT_RUN = End(word="not run", good=False)


def sample(*, over: bool = False, waves: int = 4) -> RunProgress:
    """A run in the middle of its third wave, or after its end."""
    names = [[f"w{wave}-leaf{n}" for n in range(10)] for wave in range(1, waves + 1)]
    progress = RunProgress("register", names, 0)
    for number in (1, 2):
        progress.wave_started(number, names[number - 1], 0)
        for name in names[number - 1]:
            progress.host_started(name, 0)
            progress.host_ended(name, OK, 30)
        progress.wave_ended(number, Verdict.PASSED, "", 60)
    progress.wave_started(3, names[2], 60)
    for name in names[2][:8]:
        progress.host_started(name, 60)
    progress.host_pending(names[2][7], 62)
    for at, end in enumerate((OK, OK, OK, OK, BAD, LATE)):
        progress.host_ended(names[2][at], end, 70 + at)
    if over:
        progress.wave_ended(3, Verdict.FAILED, "2 of 10 are bad, 1 may be", 90)
        for name, each in dict.fromkeys(names[2][6:] + names[3], NOT_RUN).items():
            progress.host_ended(name, each, 91)
        progress.run_ended(RunState.ABORTED, 91)
    return progress


def text(progress: RunProgress, width: int = 100, height: int = 50) -> list[str]:
    return [line.plain for line in draw(progress.shown(77), width=width, height=height)]


def test_a_run_at_a_hundred_columns() -> None:
    assert text(sample()) == [
        "register 26/40  1:17",
        "wave 1  ━━━━━━━━━━━━━━━━━━━━  10/10  1:00  passed · 10 changed ok",
        "wave 2  ━━━━━━━━━━━━━━━━━━━━  10/10  0:00  passed · 10 changed ok",
        "wave 3  ━━━━━━━━╍╍\u2573\u2573╌╌╌╌····   6/10  0:17  "
        "4 changed ok · 1 failed clean · 2 pending (1 overdue)",
        f"{'':43}1 running · 2 queued",
        f"{'':43}8 to 20 s left · slowest: w3-leaf6 running 0:17",
        f"{'':43}w3-leaf7 pending 0:17",
        "wave 4  ····················   0/10        10 queued",
    ]


def test_a_narrow_terminal_has_the_counts_below_the_bars() -> None:
    assert text(sample(), width=60)[5:9] == [
        "wave 3  ━━━━╍\u2573╌╌··   6/10  0:17",
        "    4 changed ok · 1 failed clean · 2 pending (1 overdue)",
        "    1 running · 2 queued",
        "    8 to 20 s left · slowest: w3-leaf6 running 0:17",
    ]


def test_the_end_is_compact() -> None:
    assert text(sample(over=True))[3:] == [
        "wave 3  ━━━━━━━━╍╍\u2573\u2573········  10/10  0:30  "
        "failed · 4 changed ok · 4 not run · 1 failed clean",
        f"{'':43}1 pending",
        f"{'':43}2 of 10 are bad, 1 may be",
        "wave 4  ····················  10/10        10 not run",
        "register aborted: 24 changed ok, 14 not run, 1 failed clean, 1 pending, in 1:31",
    ]


def test_many_waves_are_folded() -> None:
    lines = text(sample(waves=30))
    assert [line.split("  ")[0] for line in lines if not line.startswith(" ")] == [
        "register 26/300",
        "waves 1-2",
        "wave 3",
        "waves 4-30",
    ]
    assert "20/20  1:00  passed · 20 changed ok" in lines[1]
    assert "0/270" in lines[-1]


def test_a_low_terminal_shows_the_wave_that_goes_on() -> None:
    assert len(lines := text(sample(), height=3)) == 3
    assert lines[0].startswith("register")
    assert lines[1].startswith("wave 3")
    assert text(sample(), height=1) == ["register 26/40  1:17"]


@given(
    st.integers(1, 220),
    st.integers(1, 60),
    st.integers(1, 40),
    st.booleans(),
    st.booleans(),
    st.text(max_size=80),
)
def test_no_size_is_too_small(
    width: int, height: int, waves: int, over: bool, plain: bool, odd: str
) -> None:
    progress = sample(over=over, waves=max(waves, 4))
    progress.label = odd
    progress.host_started(f"{odd} host", 70)
    lines = draw(progress.shown(77), width=width, height=height, plain=plain)
    assert 1 <= len(lines) <= height
    assert all(cell_len(line.plain) <= width for line in lines)
    assert "\n" not in "".join(line.plain for line in lines)
    if plain and odd.isascii():
        assert all(line.plain.isascii() for line in lines)


@pytest.mark.parametrize("width", range(60, 201, 10))
def test_no_count_is_cut_on_a_usual_terminal(width: int) -> None:
    shown = " ".join(text(sample(), width=width))
    for words in ("4 changed ok", "2 pending (1 overdue)", "270 queued"[2:], "8 to 20 s left"):
        assert words in shown
    assert "…" not in shown


def test_words_are_coloured() -> None:
    styles = {
        line.plain[span.start : span.end].strip(): str(span.style)
        for line in draw(sample(over=True).shown(0), width=100)
        for span in line.spans
    }
    assert styles["4 changed ok"] == "bold green"
    assert styles["1 failed clean"] == "red"
    assert styles["failed"] == "bold red"
    assert styles["passed"] == "green"


def test_the_table_of_a_notebook_is_escaped_and_can_be_read_aloud() -> None:
    progress = RunProgress("<b>register</b>", [["<script>x</script>"]], 0)
    progress.wave_started(1, [], 0)
    progress.host_started("<script>x</script>", 0)
    shown = to_html(progress.shown(5))
    assert not re.search("<script|<b>", shown)
    assert html.escape("<script>x</script>") in shown
    for part in ("<caption", 'scope="col"', 'scope="row"', 'aria-label="wave 1"', "1 running"):
        assert part in shown
    assert 'value="0" max="1"' in shown


def test_the_table_of_a_notebook_tells_the_end() -> None:
    shown = to_html(sample(over=True).shown(99))
    assert "register: aborted: 40/40, 24 changed ok, 14 not run" in shown
    assert "failed: 2 of 10 are bad, 1 may be" in shown
    assert shown.count("<tr>") == 5
