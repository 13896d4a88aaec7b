"""Progress: a line a host for a pipe, rows for a terminal, and never an exception."""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest
from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result
from rich.console import Console

from nxsl.core.outcome import Outcome, TaskRecord, VerifyRecord
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.progress import ShowProgress, view_for
from nxsl.run.observer import Observers
from tests.fleet.files import run, write
from tests.run.heads import COUNTS, HEAD, tell

if TYPE_CHECKING:
    from pathlib import Path

    from nornir.core.task import Task

TASK = cast("Task", None)


@pytest.fixture(autouse=True)
def nobodys_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def multi(result: object, **fields: Any) -> MultiResult:
    found = MultiResult("verify")
    found.append(Result(host=None, result=result, **fields))
    return found


GOOD = TaskRecord(outcome=Outcome.CHANGED_OK)
BAD = VerifyRecord(outcome=Outcome.FAILED_CLEAN)


def shown(*results: MultiResult, terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=60, highlight=False)
    progress = ShowProgress(console, total=len(results), label="verify")
    progress.task_started(TASK)
    for number, each in enumerate(results, start=1):
        host = Host(f"leaf{number}")
        progress.task_instance_started(TASK, host)
        progress.subtask_instance_started(TASK, host)
        progress.subtask_instance_completed(TASK, host, each)
        progress.task_instance_completed(TASK, host, each)
    progress.task_completed(TASK, AggregatedResult("verify"))
    return file.getvalue()


def test_a_pipe_gets_a_line_a_host() -> None:
    assert shown(multi(GOOD), multi(BAD)).splitlines() == [
        "verify 1/2 leaf1: changed ok",
        "verify 2/2 leaf2: failed clean",
    ]


@pytest.mark.parametrize("name", ["leaf[bold]1[/bold]", "[/]", "x" * 200, ":smile:"])
def test_a_line_is_neither_cut_nor_taken_for_markup(name: str) -> None:
    file = io.StringIO()
    progress = ShowProgress(Console(file=file, width=20), total=1, label="[red]")
    progress.task_instance_completed(TASK, Host(name), multi(GOOD))
    assert file.getvalue() == f"[red] 1/1 {name}: changed ok\n"


def test_a_terminal_gets_a_bar_with_counts() -> None:
    text = shown(multi(GOOD), multi(BAD), multi(GOOD), terminal=True)
    assert "3/3" in text
    assert "1 failed clean" in text
    assert "2 changed ok" in text
    assert "leaf1" not in text.rpartition("3/3")[2]  # at the end, counts are all


def test_near_the_end_it_is_said_who_is_waited_for() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True)
    progress = ShowProgress(console, total=2, label="register")
    progress.task_started(TASK)
    for name in ("leaf1", "leaf2"):
        progress.task_instance_started(TASK, Host(name))
    progress.task_instance_completed(TASK, Host("leaf1"), multi(GOOD))
    progress.task_completed(TASK, AggregatedResult("register"))
    assert "waiting for leaf2" in file.getvalue()


@pytest.mark.parametrize(
    "odd",
    [
        MultiResult("verify"),
        cast("MultiResult", None),
        multi(None),
        multi("Traceback (most recent call last): ..."),
        multi({"outcome": "read"}),
        multi(None, exception=ValueError("x"), failed=True),
    ],
    ids=["empty", "none", "no-result", "text", "mapping", "exception"],
)
@pytest.mark.parametrize("terminal", [False, True])
def test_an_odd_result_counts_as_failed(odd: MultiResult, terminal: bool) -> None:
    text = shown(odd, terminal=terminal)
    assert ("1 failed" if terminal else "verify 1/1 leaf1: failed\n") in text


class Broken(io.StringIO):
    """A pipe whose reader has gone."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def write(self, _text: str) -> int:
        raise self._error


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), ValueError("I/O operation on closed file")],
)
def test_a_console_that_cannot_be_written_to_costs_no_result(error: Exception) -> None:
    progress = ShowProgress(Console(file=Broken(error)), total=2, label="verify")
    for name in ("leaf1", "leaf2"):
        progress.task_instance_completed(TASK, Host(name), multi(GOOD))


def test_a_reader_that_has_gone_costs_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich ends the program then; in a worker's thread that would lose every host's result."""

    def give_up(_: Console) -> None:
        raise SystemExit(1)

    monkeypatch.setattr(Console, "on_broken_pipe", give_up)
    progress = ShowProgress(Console(file=Broken(BrokenPipeError())), total=1, label="verify")
    progress.task_instance_completed(TASK, Host("leaf1"), multi(GOOD))


def test_nornir_keeps_every_result_beside_the_progress(tmp_path: Path) -> None:
    file = io.StringIO()
    nr = open_fleet(write(tmp_path))
    progress = ShowProgress(Console(file=file, width=80), total=4, label="verify")
    results = {"leaf1": GOOD, "leaf2": ValueError("a fault"), "spine1": None, "lab-1": BAD}
    found = run(nr.with_processors([progress]), results)
    assert set(found) == set(results)
    lines = sorted(
        line.partition(" ")[2].partition(" ")[2] for line in file.getvalue().splitlines()
    )
    assert lines == [
        "lab-1: failed clean",
        "leaf1: changed ok",
        "leaf2: failed",
        "spine1: failed",
    ]


RUN_LINES = """\
register: 4 hosts in 3 waves: 1, 2, 1
register wave 1/3: 1 host
register 1/4 leaf1: changed ok
register wave 1/3: soaks for 0:00
register wave 1/3: passed
register wave 2/3: 2 hosts
register leaf2: pending
register 2/4 leaf3: failed clean
register 3/4 leaf2: changed ok
register 3/4 leaf2: unknown
register wave 2/3: failed: 2 of 2 are bad, none may be (********)
register 4/4 leaf4: not run
"""


def test_a_run_in_a_pipe() -> None:
    file = io.StringIO()
    tell(Observers(view_for(Console(file=file, width=30))))
    *lines, end = file.getvalue().splitlines()
    assert lines == RUN_LINES.splitlines()
    state, _, rest = end.partition(": ")
    *counts, time = rest.split(", ")
    assert state == "register aborted"
    assert set(counts) == {f"{count} {word}" for word, count in COUNTS.items()}
    assert time.startswith("in 0:0")


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_run_on_a_terminal_leaves_its_end(width: int) -> None:
    file = io.StringIO()
    tell(view_for(Console(file=file, force_terminal=True, width=width, height=30)))
    last = file.getvalue().rpartition("register 5/5")[2]
    for words in ("wave 1", "passed", "1 changed ok", "1 unknown", "1 not run", "register aborted"):
        assert words in last
    assert not [thread for thread in threading.enumerate() if thread.name == "nxsl-view"]


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (10, 3)])
def test_a_tiny_terminal_costs_nothing(
    size: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=size[0], height=size[1])
    tell(view_for(console))
    assert caplog.records == []


def test_rows_move_while_nothing_happens() -> None:
    """Drawn by a thread of its own, with the times going on."""
    file = Watched("waiting for leaf1 running 1:00")
    now = [0.0]
    console = Console(file=file, force_terminal=True, width=100)
    progress = ShowProgress(console, total=1, label="verify", clock=lambda: now[0])
    progress.task_started(TASK)
    progress.task_instance_started(TASK, Host("leaf1"))
    now[0] = 60.0
    assert file.seen.wait(20)
    progress.close()
    progress.close()


class Watched(io.StringIO):
    """Tells when a text was written."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.seen = threading.Event()

    def write(self, text: str) -> int:
        if self._text in text:
            self.seen.set()
        return super().write(text)


def test_a_question_has_the_terminal_for_itself() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100)
    view = view_for(console)
    view.run_started(HEAD, [["leaf1"], ["leaf2"]])
    with view.paused():
        assert not [thread for thread in threading.enumerate() if thread.name == "nxsl-view"]
        before = file.getvalue()
        file.write("go on?")
    assert before.endswith("\x1b[?25h")  # the cursor is there to answer
    assert file.getvalue().partition("go on?")[2]
    view.close()
    with view.paused():
        pass
    assert not [thread for thread in threading.enumerate() if thread.name == "nxsl-view"]


def test_one_of_it_serves_several_tasks(tmp_path: Path) -> None:
    file = io.StringIO()
    nr = open_fleet(write(tmp_path))
    nr = nr.with_processors([ShowProgress(Console(file=file), total=4, label="verify")])
    for _ in range(2):
        run(nr, dict.fromkeys(nr.inventory.hosts, GOOD))
    assert [line.split()[1] for line in file.getvalue().splitlines()] == [
        *("1/4", "2/4", "3/4", "4/4"),
        *("1/4", "2/4", "3/4", "4/4"),
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_a_console_that_fails_is_told_of_once(
    terminal: bool, caplog: pytest.LogCaptureFixture
) -> None:
    file = Broken(OSError(5, "Input/output error"))
    console = Console(file=file, force_terminal=terminal, width=80)
    before = sys.stdout, sys.stderr
    with caplog.at_level(logging.WARNING):
        tell(view_for(console))
    assert (sys.stdout, sys.stderr) == before
    assert [record.getMessage() for record in caplog.records] == [
        "progress: OSError: [Errno 5] Input/output error; the run goes on"
    ]


def test_a_pipe_of_another_encoding_gets_every_line() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    progress = ShowProgress(Console(file=file), total=1, label="verify")
    progress.task_instance_completed(TASK, Host("zürich\n"), multi(GOOD))
    assert raw.getvalue() == b"verify 1/1 z\\xfcrich\\x0a: changed ok\n".replace(
        b"\n", os.linesep.encode()
    )


def test_a_terminal_of_another_encoding_gets_signs_that_it_has() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    tell(view_for(Console(file=file, force_terminal=True, width=80)))
    assert b"====" in raw.getvalue()


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_a_log_of_ci_gets_lines(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    file = io.StringIO()
    console = Console(file=file)
    assert console.is_terminal
    tell(view_for(console))
    assert "register 1/4 leaf1: changed ok\n" in file.getvalue()
    assert "\x1b" not in file.getvalue()


def test_quiet_is_quiet() -> None:
    file = io.StringIO()
    tell(view_for(Console(file=file, quiet=True)))
    assert file.getvalue() == ""
