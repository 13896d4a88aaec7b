"""The smallest cell is measured really, and page, chart and JSON are written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import measure
from benchmarks.cases import LIMIT, NXSL, PLAIN, SHELL, smallest
from benchmarks.course import Run
from benchmarks.figures import figures_of, goals_of
from benchmarks.paper import BEGIN, END, block, write_block

if TYPE_CHECKING:
    from pathlib import Path

RUN = Run(
    phase="cell", contestant=PLAIN, hosts=200, latency_ms=0, workers=50, repetition=0, right=200,
    wall=5.0, cpu=4.0, rss_mb=100.0, imports=1.0, fleet_cpu=1.0, load=0.0,
)  # fmt: skip


def test_the_smallest_cell(tmp_path: Path) -> None:
    assert measure(smallest(), tmp_path) == []
    told = json.loads((tmp_path / "performance.json").read_text())
    assert {run["contestant"]: run["right"] for run in told["runs"]} == {
        PLAIN: 2,
        SHELL: 2,
        NXSL: 2,
    }
    assert all(run["wall"] > 0 and run["cpu"] > 0 for run in told["runs"])
    page = (tmp_path / "performance.md").read_text()
    assert "| 2 \u00d7 0 ms |" in page
    assert (tmp_path / "performance.svg").read_text().rstrip().endswith("</svg>")


def test_medians_leave_out_what_failed() -> None:
    runs = [replace(RUN, wall=wall) for wall in (5.0, 9.0, 7.0)]
    figure = figures_of([*runs, replace(RUN, wall=0.1, right=199)])[200, 0, PLAIN]
    assert (figure.wall, figure.runs, figure.failed) == (7.0, 4, 1)


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
