"""Measures nxsl against what a user would pick instead, and writes `docs/performance.*`.

    python -m benchmarks [--quick] [--docs FOLDER]

The machine should have nothing else to do. Seconds differ from run to run and from machine to
machine; the ratios of one run are what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import cases
from benchmarks.chart import draw
from benchmarks.course import Course
from benchmarks.figures import figures_of
from benchmarks.goals import goals_of
from benchmarks.paper import block, write_block
from benchmarks.registrations import registrations_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cases import Programme
    from benchmarks.course import Run

_PROGRAMMES = {"full": cases.full, "quick": cases.quick, "smallest": cases.smallest}
_FILES = 20_000
_LIBRARIES = (
    "nornir",
    "nornir-netmiko",
    "netmiko",
    "paramiko",
    "nornir-scrapli",
    "scrapli",
    "ssh2-python",
    "ansible-core",
    "asyncssh",
    "uvloop",
    "ttp",
)


def measure(programme: Programme, docs: Path) -> list[str]:
    """Run a programme, write page, chart and JSON; give what went wrong.

    Where Ctrl-C ends it early, what was run so far is written, and the page says so.
    """
    begun = time.perf_counter()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="nxsl-bench-") as folder:
        course = Course(folder=Path(folder), say=_say)
        try:
            course.run(programme)
        except KeyboardInterrupt:
            wrong.append("ended early by Ctrl-C")
    about = _about(time.perf_counter() - begun, course.fleet_rss_mb)
    if wrong:
        about["not complete"] = wrong[0]
    docs.mkdir(parents=True, exist_ok=True)
    whole = {"about": about, **to_plain(course.runs)}
    (docs / "performance.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    draw(course.runs, docs / "performance.svg")
    write_block(docs / "performance.md", block(course.runs, about))
    # That a contestant misses hosts with some number of workers is a finding of the trials.
    missed = [run for run in course.runs if run.failed and run.phase != "grid"]
    return wrong + [f"{run.contestant}: {run.hosts} hosts" for run in missed]


def to_plain(runs: Sequence[Run]) -> dict[str, Any]:
    """Everything for JSON: what was made of the runs, and each of them as it was."""
    return {
        "goals": [asdict(goal) for goal in goals_of(runs)],
        "cells": [asdict(figure) for figure in figures_of(runs).values()],
        "growth": [asdict(figure) for figure in figures_of(runs, "growth").values()],
        "registrations": [asdict(each) for each in registrations_of(runs)],
        "runs": [run.to_plain() for run in runs],
    }


def _about(seconds: float, fleet_mb: float) -> dict[str, str | float]:
    libraries = ", ".join(f"{name} {found}" for name in _LIBRARIES if (found := _version(name)))
    return {
        "cores, which the simulated fleet shares": os.cpu_count() or 0,
        "Python": platform.python_version(),
        "libraries": libraries,
        "memory of the simulated fleet": f"{fleet_mb:.0f} MB in 2 processes",
        "the whole took": f"{seconds / 60:.0f} min",
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def _allow_many_files() -> None:
    """For thousands of connections; whoever is started from here has the same limit."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(most, _FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def main() -> int:
    """Measure; 1 where a contestant missed a host."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help="10 and 50 hosts, 0 and 50 ms")
    which.add_argument("--programme", choices=sorted(_PROGRAMMES), default="full")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where it is written")
    given = parser.parse_args()
    _allow_many_files()
    failed = measure(_PROGRAMMES["quick" if given.quick else given.programme](), given.docs)
    for each in failed:
        _say(f"FAILED: {each}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
