"""Progress: a line a host for a pipe, a bar for a terminal, and never an exception."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

import pytest
from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result
from rich.console import Console

from nxsl.core.outcome import Outcome, TaskRecord, VerifyRecord
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.progress import ShowProgress
from tests.fleet.files import run, write

if TYPE_CHECKING:
    from pathlib import Path

    from nornir.core.task import Task

TASK = cast("Task", None)


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
    assert "changed ok" not in text  # what goes well needs no words
    assert "leaf1" not in text


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
