"""Runs tasks for the commands: progress, plan before change, tables, exit status."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from nornir.core.task import AggregatedResult

from nxsl.cli.screen import TABLE, Screen
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.fleet.credentials import lacks_password
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.progress import ShowProgress
from nxsl.reports import FORMATS, TABLES, FleetReport, write_table, write_tables
from nxsl.reports.export import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from nornir.core import Nornir
    from nornir.core.task import Result

FAILED = 1
"""At least one switch failed, was refused, or is still pending."""
USAGE = 2
"""The command line, the inventory or a credential is wrong; nothing was sent."""
FINDINGS = 3
"""Everything was read, and there are findings."""
DECLINED = 4
"""The plan was not confirmed; nothing was written."""

EXIT_STATUS = (
    "**Exit status**: 0 all is well · 1 a switch failed, was refused or is pending · "
    "2 wrong usage, inventory or credential · 3 read, with findings · 4 not confirmed"
)


class FleetRun:
    """One command's run over the selected hosts.

    Attributes:
        nr: Nornir, with the selected hosts.
        screen: where things are shown.
    """

    def __init__(self, nr: Nornir, screen: Screen) -> None:
        self.nr = nr
        self.screen = screen

    @property
    def hosts(self) -> list[str]:
        """The selected hosts, in the inventory's order."""
        return list(self.nr.inventory.hosts)

    def run(
        self,
        label: str,
        task: Callable[..., Result],
        *,
        only: Collection[str] | None = None,
        **operands: Any,  # noqa: ANN401 (each task's own)
    ) -> AggregatedResult:
        """Run a task on all hosts, or on some, and show how it goes."""
        self.nr.data.reset_failed_hosts()
        chosen = self.nr
        if only is not None:
            chosen = self.nr.filter(filter_func=lambda host: host.name in only)
        total = len(chosen.inventory.hosts)
        progress = ShowProgress(self.screen.err, total=total, label=label)
        return chosen.with_processors([progress]).run(task, **operands)

    def change(
        self,
        label: str,
        task: Callable[..., Result],
        *,
        question: str,
        dry_run: bool,
        yes: bool,
        needs: Callable[[AggregatedResult], dict[str, Any]] = lambda _planned: {},
        **operands: Any,  # noqa: ANN401 (each task's own)
    ) -> AggregatedResult:
        """Plan, show the plan, ask, and apply where something is planned.

        Args:
            label: what is shown beside the progress.
            task: a task with `dry_run`.
            question: asked before anything is written; `{}` is the number of switches.
            dry_run: stop after the plan.
            yes: do not ask.
            needs: gives the operands that only the application has, such as a token, from the
                results of the plan.
            **operands: of the task, for plan and application.

        Raises:
            typer.Exit: with `DECLINED`, where the plan is not confirmed.
        """
        planned = self.run(f"{label} (plan)", task, dry_run=True, **operands)
        todo = planned_hosts(planned)
        self.screen.plan(planned)
        if dry_run or not todo:
            return planned
        extra = needs(planned)
        self._confirm(question.format(len(todo)), yes=yes)
        applied = self.run(label, task, only=todo, dry_run=False, **operands, **extra)
        return overlaid(planned, applied)

    def _confirm(self, question: str, *, yes: bool) -> None:
        if yes:
            return
        if not sys.stdin.isatty():
            self.screen.err.print("Not confirmed: there is nobody to ask. Give --yes.")
            raise typer.Exit(DECLINED)
        if not typer.confirm(question, default=False, err=True):
            self.screen.err.print("Nothing was written.")
            raise typer.Exit(DECLINED)

    def deliver(self, report: FleetReport, table: str, output: Path | None) -> None:
        """Print a table, or write it, or all of them."""
        if output is None:
            if self.screen.kind == "parquet":
                raise typer.BadParameter("parquet needs --output", param_hint="--format")
            self.screen.table(TABLES[table], report.table(table))
            return
        kind = next((each for each in FORMATS if SUFFIXES[each] == output.suffix), None)
        if kind:
            write_table(report.table(table), output, kind)
        else:
            chosen = self.screen.kind if self.screen.kind != TABLE else "csv"
            write_tables(report, output, (chosen,))
        if self.screen.kind == TABLE:
            self.screen.table(TABLES[table], report.table(table))
        self.screen.err.print(f"written: {output}", soft_wrap=True)

    def close(self) -> None:
        """Close every connection, also of hosts that failed."""
        for host in self.nr.inventory.hosts.values():
            host.close_connections()


def open_run(
    inventory: Path,
    hosts: str,
    filters: dict[str, str],
    workers: int | None,
    screen: Screen,
) -> FleetRun:
    """Open the inventory for a command; ask for the password where none is known."""
    names = [name.strip() for name in hosts.split(",") if name.strip()]
    nr = open_fleet(inventory, hosts=names, filters=filters, workers=workers)
    lacking = [host for host in nr.inventory.hosts.values() if lacks_password(host)]
    if lacking and sys.stdin.isatty():
        user = lacking[0].username or "the switches"
        password = typer.prompt(f"Password of {user}", hide_input=True, err=True)
        nr = open_fleet(inventory, hosts=names, filters=filters, workers=workers, password=password)
    return FleetRun(nr, screen)


def overlaid(planned: AggregatedResult, applied: AggregatedResult) -> AggregatedResult:
    """The results of the application, and of the plan where nothing was applied."""
    merged = AggregatedResult(applied.name)
    for host, result in planned.items():
        merged[host] = applied.get(host, result)
    return merged


def planned_hosts(result: AggregatedResult) -> list[str]:
    """The hosts on which something would be done."""
    return [host for host in result if _outcome(result, host) is Outcome.PLANNED]


def status_of(result: AggregatedResult) -> int:
    """The exit status that a run's outcomes mean."""
    good = all((outcome := _outcome(result, host)) and outcome.good for host in result)
    return 0 if good else FAILED


def _outcome(result: AggregatedResult, host: str) -> Outcome | None:
    record = result[host][0].result if result.get(host) else None
    return record.outcome if isinstance(record, TaskRecord) else None
