"""What `nxsl upgrade` does: keeps snapshots, and says what an upgrade needs and changes."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING

from rich.text import Text

from nxsl import tasks
from nxsl.cli.options import TABLE
from nxsl.cli.screen import names_of, together
from nxsl.cli.status import FAILED, FINDINGS, status_of
from nxsl.core.errors import SnapshotError
from nxsl.core.outcome import Outcome, TaskRecord, VerifyRecord
from nxsl.core.regime import Regime
from nxsl.core.snapshot import Snapshot
from nxsl.fleet.credentials import TOKEN_VARIABLE
from nxsl.fleet.snapshots import read_snapshots, write_snapshot
from nxsl.reports import write_table
from nxsl.reports.export import SUFFIXES
from nxsl.reports.fleet import entry_for
from nxsl.reports.gate import GateReport
from nxsl.reports.gate_tables import CHECKS, GATE_TABLES, SNAPSHOTS
from nxsl.reports.rows import shown
from nxsl.run.wording import part_words
from nxsl.tasks.probe_backend import ProbeRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from nornir.core.task import AggregatedResult

    from nxsl.cli.fleet_run import FleetRun
    from nxsl.cli.screen import Screen
    from nxsl.core.regime import Release
    from nxsl.reports import Table
    from nxsl.reports.rows import Row

_GATE = "gate"


def keep_snapshots(run: FleetRun, directory: Path, *, replace: bool) -> None:
    """Write a snapshot of each host, and end the run."""
    kept = {} if replace or not directory.exists() else read_snapshots(directory)
    result = run.run("snapshot", tasks.verify)
    rows = [
        _keep(directory, host, entry_for(result, host).record, kept.get(host)) for host in run.hosts
    ]
    frame = SNAPSHOTS.frame(rows)
    _deliver(run, {"snapshots": (SNAPSHOTS, frame)}, "snapshots")
    written = sum(row["result"] == "written" for row in rows)
    part = part_words(written, len(rows), "snapshot", "snapshots")
    run.screen.say(f"\n{part} written to {directory}")
    run.finish(0 if written == len(rows) else FAILED)


def _keep(directory: Path, host: str, record: TaskRecord, older: Snapshot | None) -> Row:
    """Write one host's snapshot; its row says how that went."""
    state = record.state if isinstance(record, VerifyRecord) else None
    intent = record.intent if isinstance(record, VerifyRecord) else None
    result, file, detail, step = "failed", "", record.detail, record.remedy
    was = f"the snapshot of {older.state.read_at:%Y-%m-%d} stays" if older else ""
    if state is None:
        detail = f"{detail}; {was}" if was else detail
    elif older is not None and older.state.facts.release != state.facts.release:
        result = "kept"
        detail = f"{was}: it is of {older.state.facts.release}"
        step = "give another --directory, or --replace"
    else:
        try:
            file = str(write_snapshot(directory, Snapshot(host=host, state=state, intent=intent)))
        except SnapshotError as error:
            detail, step = error.message, error.remedy
        else:
            result, detail = "written", "; ".join(f"without {each}" for each in state.not_read)
    return shown(
        host=host,
        release=record.facts.release if record.facts else "",
        regime=state.regime if state else "",
        result=result,
        file=file,
        detail=detail,
        next_step=step,
        read_at=state.read_at if state else None,
    )


def check_gate(
    run: FleetRun,
    *,
    before: Path | None,
    target: Release | None,
    token_ready: bool,
    probes: bool,
    table: str | None,
) -> None:
    """Judge each host before or after its upgrade, and end the run."""
    kept = None if before is None else read_snapshots(before)
    result = run.run("check", tasks.verify)
    reachable = _probed(run, result) if probes and before is None else {}
    report = GateReport(
        run.hosts,
        result,
        snapshots=kept,
        target=target,
        token=token_ready or TOKEN_VARIABLE in os.environ,
        reachable=reachable,
    )
    tables = {name: (schema, report.table(name)) for name, schema in GATE_TABLES.items()}
    _deliver(run, tables, table or _GATE)
    if table is None and run.screen.kind == TABLE:
        _overview(run.screen, report)
    _name_others(run, kept)
    run.finish(status_of(result) or (0 if report.good else FINDINGS))


def _probed(run: FleetRun, verified: AggregatedResult) -> dict[str, bool]:
    """Which of the switches that may be upgraded reach their new backend."""
    chosen = [
        host
        for host in run.hosts
        if isinstance(record := entry_for(verified, host).record, VerifyRecord)
        and record.intent is not None
        and record.outcome is Outcome.READ
        and record.regime is not Regime.USING_POLICY
    ]
    if not chosen:
        return {}
    probed = run.run("probe", tasks.probe_backend, only=chosen)
    records = {host: entry_for(probed, host).record for host in chosen}
    return {
        host: record.reachable
        for host, record in records.items()
        if isinstance(record, ProbeRecord) and record.reachable is not None
    }


def _deliver(run: FleetRun, tables: Mapping[str, tuple[Table, pd.DataFrame]], name: str) -> None:
    """Print a table, and write it, or all of them, where that was asked for."""
    where = run.output
    if where is None or run.screen.kind == TABLE:
        run.screen.table(*tables[name])
    if where is None:
        return
    if where.folder:
        for each, (_, frame) in tables.items():
            write_table(frame, where.path / f"{each}{SUFFIXES[where.kind]}", where.kind)
    else:
        write_table(tables[name][1], where.path, where.kind)
    run.screen.err.print(f"written: {where.path}", soft_wrap=True)


def _overview(screen: Screen, report: GateReport) -> None:
    """Print what is left to do and what will change, same things together."""
    if not report.to_do.empty:
        screen.heading("to do")
        screen.table(CHECKS, together(report.to_do))
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for each in report.hosts:
        if each.gate and each.gate.changes:
            groups[each.gate.changes].append(each.host)
    if groups:
        screen.heading("what will change")
    for changes, named in groups.items():
        screen.say(names_of(named), style="bold")
        for change in changes:
            screen.words.print(Text(f"  - {change}"), soft_wrap=True)
    screen.say("")
    good = [each.gate is not None and each.gate.verdict.good for each in report.hosts]
    screen.say(f"{part_words(sum(good), len(good), 'switch needs', 'switches need')} nothing.")
    bad = [each.host for each, fine in zip(report.hosts, good, strict=True) if not fine]
    if bad:
        screen.say(f"In need of work: {names_of(bad)}")


def _name_others(run: FleetRun, kept: Mapping[str, Snapshot] | None) -> None:
    """Name the snapshots that were not compared with anything."""
    others = [host for host in kept or {} if host not in run.hosts]
    if others:
        run.screen.err.print(
            f"not compared, as they were not selected: {', '.join(sorted(others))}",
            soft_wrap=True,
            markup=False,
        )
