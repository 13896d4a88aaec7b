"""What `nxsl doctor` does: diagnoses, shows the checks, and mends where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nxsl.cli.options import TABLE
from nxsl.cli.status import FINDINGS, status_of
from nxsl.reports import TABLES, FleetReport, write_table
from nxsl.reports.diagnosis import DIAGNOSIS, diagnoses, diagnosis_frame
from nxsl.reports.export import SUFFIXES
from nxsl.run.wording import part_words
from nxsl.tasks.diagnose import diagnose

if TYPE_CHECKING:
    from nornir.core.task import AggregatedResult

    from nxsl.cli.fleet_run import FleetRun


def examine(run: FleetRun, *, everything: bool, probes: bool, fix: bool) -> None:
    """Diagnose the hosts of a run, and end it."""
    result = run.run("doctor", diagnose, probes=probes)
    sick = _failures(result)
    if fix and sick and not run.stopped:
        if run.screen.kind == TABLE:
            _show(run, result, everything=everything)
        _mend(run, sick)
        result = run.run("doctor", diagnose, probes=probes)
    _show(run, result, everything=everything)
    _write(run, result, everything=everything)
    run.finish(status_of(result) or (FINDINGS if _failures(result) else 0))


def _mend(run: FleetRun, sick: list[str]) -> None:
    """What `nxsl configure` does, on some switches."""
    changed = run.change("configure", only=sick)
    report = FleetReport(sick, changed)
    run.screen.heading("configure")
    if run.screen.kind == TABLE:
        run.screen.table(TABLES["outcomes"], report.outcomes)
    run.screen.next_steps(report.failures)


def _show(run: FleetRun, result: AggregatedResult, *, everything: bool) -> None:
    """Print the checks, what to do about those that fail, and the sum of it."""
    frame = diagnosis_frame(result, failures_only=not everything)
    unread = FleetReport(run.hosts, result).failures
    if run.screen.kind != TABLE:
        if run.output is None:
            run.screen.table(DIAGNOSIS, frame)
        return
    if not frame.empty:
        run.screen.table(DIAGNOSIS, frame)
    if not unread.empty:
        run.screen.heading("failures")
        run.screen.table(TABLES["failures"], unread)
    steps = _steps(diagnosis_frame(result, failures_only=True))
    run.screen.next_steps(pd.concat([steps, unread[list(steps.columns)]]))
    _sum_up(run, result)


def _steps(failures: pd.DataFrame) -> pd.DataFrame:
    """What to type, in the form of `Screen.next_steps`; where nothing is to be typed, why."""
    typed = failures["lines"].where(failures["lines"] != "", failures["why"])
    return failures.assign(remedy=typed)[["host", "remedy", "evidence"]]


def _failures(result: AggregatedResult) -> list[str]:
    """The hosts on which a check fails."""
    return [host for host, diagnosis in diagnoses(result) if diagnosis.failures]


def _sum_up(run: FleetRun, result: AggregatedResult) -> None:
    found, sick = list(diagnoses(result)), _failures(result)
    run.screen.say("")
    part = part_words(len(found) - len(sick), len(run.hosts), "switch has", "switches have")
    run.screen.say(f"{part} no failing check.")
    for host, diagnosis in found:
        advice = diagnosis.advice
        if host in sick and advice and advice.tried and advice.method is None:
            run.screen.say(f"{host}: {advice.why}")


def _write(run: FleetRun, result: AggregatedResult, *, everything: bool) -> None:
    """Write the table where that was asked for."""
    if run.output is None:
        return
    path, kind = run.output.path, run.output.kind
    path = path / f"{DIAGNOSIS.name}{SUFFIXES[kind]}" if run.output.folder else path
    write_table(diagnosis_frame(result, failures_only=not everything), path, kind)
    run.screen.err.print(f"written: {path}", soft_wrap=True)
