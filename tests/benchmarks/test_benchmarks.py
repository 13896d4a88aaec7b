"""The smallest cell is measured really, and page, chart and JSON are written."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import measure
from benchmarks.cases import (
    ANSIBLE,
    EVERYBODY,
    LIMIT,
    NXSL,
    PLAIN,
    REGISTER,
    SHELL,
    full,
    smallest,
    workers_of,
)
from benchmarks.climb import best_of, next_trial
from benchmarks.course import Course, Run
from benchmarks.figures import Spread, figures_of
from benchmarks.goals import goals_of
from benchmarks.paper import BEGIN, END, block, write_block

if TYPE_CHECKING:
    from pathlib import Path

RUN = Run(
    phase="cell", contestant=PLAIN, hosts=200, latency_ms=0, workers=50, repetition=0, right=200,
    wall=5.0, cpu=4.0, rss_mb=100.0, imports=1.0, fleet_cpu=1.0, load=0.0,
)  # fmt: skip


def test_the_smallest_programme(tmp_path: Path) -> None:
    assert measure(smallest(), tmp_path) == []
    told = json.loads((tmp_path / "performance.json").read_text())
    by = Counter((run["phase"], run["contestant"], run["right"]) for run in told["runs"])
    assert by == {
        ("cell", PLAIN, 2): 1,
        ("cell", SHELL, 2): 1,
        ("cell", NXSL, 2): 1,
        ("growth", NXSL, 3): 2,
        ("register", REGISTER, 2): 2,
    }
    assert all(run["wall"] > 0 and run["cpu"] > 0 for run in told["runs"])
    assert [each["runs"] for each in told["registrations"]] == [2]
    assert all(run["notes"]["verify"] > 0 for run in told["runs"] if run["phase"] == "register")
    page = (tmp_path / "performance.md").read_text()
    assert "| 2 \u00d7 0 ms |" in page
    assert "| 2 | 0.1 to 0.2 s |" in page
    assert (tmp_path / "performance.svg").read_text().rstrip().endswith("</svg>")


def test_ctrl_c_leaves_what_was_measured_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(self: Course, _programme: object) -> None:
        self.runs.append(RUN)
        raise KeyboardInterrupt

    monkeypatch.setattr(Course, "run", run)
    assert measure(smallest(), tmp_path) == ["ended early by Ctrl-C"]
    told = json.loads((tmp_path / "performance.json").read_text())
    assert [each["wall"] for each in told["runs"]] == [5.0]
    assert "not complete: ended early by Ctrl-C" in (tmp_path / "performance.md").read_text()


def test_everything_is_repeated() -> None:
    programme = full()
    assert all(cell.repetitions >= 3 for cell in (*programme.cells, *programme.growth))
    assert all(each.repetitions >= 3 for each in programme.registering)
    cells = {(cell.hosts, cell.latency_ms): cell.contestants for cell in programme.cells[:-2]}
    assert cells == {
        (hosts, ms): EVERYBODY for hosts in (1, 10, 50, 200, 1000) for ms in (0, 50, 200)
    }
    assert [cell.contestants for cell in programme.cells[-2:]] == [(ANSIBLE,), (ANSIBLE,)]


def test_medians_leave_out_what_failed() -> None:
    runs = [replace(RUN, wall=wall) for wall in (5.0, 9.0, 7.0)]
    figure = figures_of([*runs, replace(RUN, wall=0.1, right=199)])[200, 0, PLAIN]
    assert figure.wall == Spread(median=7.0, least=5.0, most=9.0, count=3)
    assert (figure.runs, figure.failed) == (4, 1)


def climbed(seconds: dict[int, list[float]], *grid: int, fewest: int = 1) -> tuple[int | None, str]:
    """The best, and what was tried in which order, given what each trial takes."""
    tried: dict[int, list[float]] = {}
    order = []
    while (workers := next_trial(grid, tried, fewest=fewest, most=200)) is not None:
        order.append(str(workers))
        looks = tried.setdefault(workers, [])
        looks.append(seconds[workers][len(looks)])
    return best_of(tried), " ".join(order)


def test_further_workers_are_tried_while_that_is_faster() -> None:
    up = {50: [40.0], 100: [20.0], 200: [10.0]}
    assert climbed(up, 50, 100) == (200, "50 100 200")
    down = {100: [40.0], 50: [20.0], 25: [10.0], 12: [11.0]}
    assert climbed(down, 50, 100) == (25, "50 100 25 12")
    assert climbed(down, 50, 100, fewest=50) == (50, "50 100")


def test_what_lies_between_is_tried() -> None:
    assert climbed({50: [40.0], 200: [20.0], 100: [10.0]}, 50, 200) == (100, "50 200 100")


def test_numbers_that_are_close_are_tried_twice() -> None:
    near = {50: [9.0], 100: [2.2, 1.0], 200: [2.0, 3.0]}
    assert climbed(near, 50, 100, 200) == (100, "50 100 200 200 100")
    long = {50: [90.0], 100: [22.0], 200: [20.0]}
    assert climbed(long, 100, 200) == (200, "100 200")


def test_workers_that_miss_hosts_are_not_the_best() -> None:
    missing = float("inf")
    assert climbed({50: [2.0], 100: [missing], 25: [9.0]}, 50) == (50, "50 100 25")
    assert climbed({50: [missing]}, 50) == (None, "50")


def test_workers_are_those_of_the_nearest_cell() -> None:
    cells = {cell.hosts: cell for cell in full().cells if cell.latency_ms == 0}
    best = {(PLAIN, 200, 0): 100, (PLAIN, 1000, 0): 400, (PLAIN, 1000, 200): 7}
    assert [workers_of(PLAIN, cells[hosts], best) for hosts in (50, 200, 1000)] == [50, 100, 400]
    assert workers_of(PLAIN, full().growth[0], best) == 400


def registered(seconds: float, verify: float, right: int = 200) -> Run:
    """A registration of 200 switches."""
    notes: dict[str, float | str] = {
        "span": "60",
        "longest": 60.0,
        "plan": 5.0,
        "apply": seconds - 5,
        "verify": verify,
    }
    return replace(RUN, phase="register", contestant=REGISTER, notes=notes, right=right)


def test_registrations_are_judged_by_their_median() -> None:
    runs = [registered(79.0, 2.0), registered(90.0, 1.0), registered(80.5, 3.0)]
    (goal,) = goals_of(runs)
    assert (goal.value, goal.met) == (80.5, False)
    assert "(2.0 s) = 80.0 s" in goal.bound
    assert goal.sides == (Spread(median=80.5, least=79.0, most=90.0, count=3),)
    runs[1] = registered(70.0, 1.0)
    (goal,) = goals_of(runs)
    assert (goal.value, goal.met) == (79.0, True)


def test_a_registration_that_missed_a_switch_does_not_count() -> None:
    runs = [registered(70.0, 2.0), registered(60.0, 2.0, right=198)]
    (goal,) = goals_of(runs)
    assert (goal.value, goal.met) == (70.0, False)
    assert "1 of 2 failed: 2 missed" in block(runs, {"cores": 2})


def test_tables_show_the_least_and_the_most() -> None:
    runs = [replace(RUN, wall=wall) for wall in (5.0, 9.0, 7.0)]
    runs += [replace(RUN, contestant=NXSL, wall=wall) for wall in (2.0, 4.0, 3.5)]
    page = block(runs, {"cores": 2})
    assert "| 2.00\u00d7 | 7.00 (5.00\u20139.00) s \u00f7 3.50 (2.00\u20134.00) s |" in page
    assert (
        "| 200 | 7.00 (5.00\u20139.00), 50 w | 3.50 (2.00\u20134.00), 50 w | 2.00\u00d7 |" in page
    )
    assert "once" not in page
    assert "5.00, once, 50 w" in block([RUN], {"cores": 2})


def test_goals_are_judged_at_their_bounds() -> None:
    others = [replace(RUN, contestant=NXSL, wall=2.0, cpu=2.1)]
    others += [replace(RUN, contestant=LIMIT, wall=1.5)]
    goals = {goal.what: goal for goal in goals_of([RUN, *others])}
    assert goals["faster than plain nornir-netmiko"].met is True
    assert goals["of the exec limit's time"].met is False
    assert goals["of plain nornir-netmiko's"].met is False


def test_a_failed_run_is_shown() -> None:
    assert "failed" in block([replace(RUN, right=3, errors=("sw1: late",))], {"cores": 2})


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_block(page, "new")
    assert page.read_text() == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    page.write_text("no marks\n")
    with pytest.raises(ValueError, match="bench:begin"):
        write_block(page, "new")
