"""Runs tasks for the commands: progress, plan before change, tables, exit status."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from nornir.core.task import AggregatedResult

from nxsl.cli.screen import TABLE, Screen
from nxsl.core.errors import MissingExtra, SecretError
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.fleet.credentials import PASSWORD_VARIABLE, lacks_password
from nxsl.fleet.inventory import WORKERS, open_fleet
from nxsl.fleet.progress import ShowProgress
from nxsl.fleet.runner import StoppableRunner
from nxsl.reports import TABLES, FleetReport, write_table, write_tables
from nxsl.reports.export import SUFFIXES
from nxsl.run.agreed import Agreed, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from nornir.core import Nornir
    from nornir.core.task import Result

FAILED = 1
"""At least one switch failed, was refused, is unsupported, or is still pending."""
USAGE = 2
"""The command line, the inventory or a credential is wrong; nothing was sent."""
FINDINGS = 3
"""Everything was read, and there are findings."""
DECLINED = 4
"""The plan was not confirmed; nothing was written."""
STOPPED = 130
"""Ctrl-C: no further switch was begun; those that were begun are in the table."""

EXIT_STATUS = (
    "**Exit status**: 0 all is well · 1 a switch failed, was refused, is unsupported or pending · "
    "2 wrong usage, inventory or credential; nothing was sent · 3 read, with findings · "
    "4 not confirmed · 130 stopped by Ctrl-C"
)


class FleetRun:
    """One command's run over the selected hosts.

    Attributes:
        nr: Nornir, with the selected hosts.
        screen: where things are shown.
        output: where a table goes beside the screen; None for the screen alone.
        stop: set at the first Ctrl-C, so that nothing is waited for any longer.
        stopped: whether Ctrl-C was pressed.
    """

    def __init__(self, nr: Nornir, screen: Screen, output: Output | None = None) -> None:
        self.nr = nr
        self.screen = screen
        self.output = output
        self.stop = threading.Event()
        self.stopped = False
        self._left = False

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
        runner = chosen.config.runner
        if runner.plugin != "threaded":  # the user's own choice
            return chosen.with_processors([progress]).run(task, **operands)
        ours = StoppableRunner(runner.options.get("num_workers", WORKERS), on_stop=self._say_stop)
        result = chosen.with_processors([progress]).with_runner(ours).run(task, **operands)
        self.stopped = self.stopped or ours.stopped
        self._left = self._left or ours.left
        return result

    def _say_stop(self, running: int) -> None:
        self.stop.set()
        self.screen.err.print(
            f"\nstopping: no further switch is begun, {running} come to their end; "
            "Ctrl-C again leaves them"
        )

    def change(
        self,
        label: str,
        task: Callable[..., Result],
        *,
        question: str,
        dry_run: bool,
        yes: bool,
        needs: Callable[[AggregatedResult], dict[str, Any]] = lambda _planned: {},
        only: Collection[str] | None = None,
        **operands: Any,  # noqa: ANN401 (each task's own)
    ) -> AggregatedResult:
        """Plan, show the plan, ask, and apply where something is planned.

        Args:
            label: what is shown beside the progress.
            task: a task with `dry_run`.
            question: asked before anything is written; `{}` is `3 switches`.
            dry_run: stop after the plan.
            yes: do not ask.
            needs: gives the operands that only the application has, such as a token, from the
                results of the plan.
            only: the hosts that are concerned; all by default.
            **operands: of the task, for plan and application.

        Raises:
            typer.Exit: with `DECLINED`, where the plan is not confirmed.
        """
        planned = self.run(f"{label} (plan)", task, only=only, dry_run=True, **operands)
        todo = planned_hosts(planned)
        self.screen.plan(planned)
        if dry_run or not todo or self.stopped:
            return planned
        extra = needs(planned)
        switches = f"{len(todo)} switch{'es' if len(todo) > 1 else ''}"
        self._confirm(question.format(switches), yes=yes)
        agreed = watched(task, Agreed.to(planned))
        applied = self.run(label, agreed, only=todo, dry_run=False, **operands, **extra)
        return overlaid(planned, applied)

    def _confirm(self, question: str, *, yes: bool) -> None:
        if yes:
            return
        if not sys.stdin.isatty():
            self.screen.err.print("Not confirmed: there is nobody to ask. Give --yes.")
            raise typer.Exit(DECLINED)
        try:
            agreed = typer.confirm(f"\n{question}", default=False, err=True)
        except (typer.Abort, KeyboardInterrupt):
            self.screen.err.print()
            agreed = False
        if not agreed:
            self.screen.err.print("Nothing was written.")
            raise typer.Exit(DECLINED)

    def deliver(self, report: FleetReport, table: str) -> None:
        """Print a table, and write it, or all of them, where that was asked for."""
        if self.output is None or self.screen.kind == TABLE:
            self.screen.table(TABLES[table], report.table(table))
        if self.output is not None:
            self.output.write(report, table)
            self.screen.err.print(f"written: {self.output.path}", soft_wrap=True)

    def finish_change(self, result: AggregatedResult, hint: str = "") -> NoReturn:
        """Show how a changing run ended, and end with its status.

        Args:
            result: of the run.
            hint: what comes next where something was done.
        """
        report = FleetReport(self.hosts, result)
        self.screen.say("")
        self.deliver(report, "outcomes")
        self.screen.next_steps(report.failures)
        if hint and any(_outcome(result, host) is Outcome.CHANGED_OK for host in result):
            self.screen.say(f"\nnext: {hint}", style="cyan")
        self.finish(status_of(result))

    def finish(self, status: int) -> NoReturn:
        """Close what is open, and end the process with a status."""
        if self._left:
            # Threads are at work that nobody waits for; an ordinary exit would.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(STOPPED)
        self.close()
        raise typer.Exit(STOPPED if self.stopped else status)

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
    output: Path | None,
) -> FleetRun:
    """Open the inventory for a command; ask for the password where none is known.

    Raises:
        SecretError: no password is known, and there is nobody to ask.
        typer.BadParameter: the output cannot be what was asked for.
    """
    where = output_of(output, screen.kind)
    names = [name.strip() for name in hosts.split(",") if name.strip()]
    nr = open_fleet(inventory, hosts=names, filters=filters, workers=workers)
    lacking = [host for host in nr.inventory.hosts.values() if lacks_password(host)]
    if lacking and not sys.stdin.isatty():
        raise SecretError(
            f"no password or key is known for {lacking[0].name}"
            + (f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""),
            remedy=f"set {PASSWORD_VARIABLE}",
        )
    if lacking:
        user = lacking[0].username or "the switches"
        password = typer.prompt(f"Password of {user}", hide_input=True, err=True)
        nr = open_fleet(inventory, hosts=names, filters=filters, workers=workers, password=password)
    return FleetRun(nr, screen, where)


@dataclass(frozen=True, slots=True)
class Output:
    """A file for one table, or a folder for all of them.

    Attributes:
        path: where.
        kind: one of `nxsl.reports.FORMATS`.
        folder: whether it is a folder.
    """

    path: Path
    kind: str
    folder: bool

    def write(self, report: FleetReport, table: str) -> None:
        """Write the table, or all."""
        if self.folder:
            write_tables(report, self.path, (self.kind,))
        else:
            write_table(report.table(table), self.path, self.kind)


def output_of(path: Path | None, kind: str) -> Output | None:
    """What `--output` and `--format` mean together; checked before anything is sent.

    Raises:
        typer.BadParameter: they contradict each other, or mean nothing.
        MissingExtra: Parquet is wanted, and pyarrow is not there.
    """
    hint = "--output"
    if path is None:
        if kind == "parquet":
            raise typer.BadParameter("parquet needs --output", param_hint="--format")
        return None
    suffix = path.suffix.lower()
    if path.is_dir() or not suffix:
        made = Output(path, "csv" if kind == TABLE else kind, folder=True)
    elif suffix in _KINDS:
        made = Output(path, _KINDS[suffix], folder=False)
        if kind not in {TABLE, made.kind}:
            raise typer.BadParameter(f"{path.name} is no name for {kind}", param_hint=hint)
    else:
        raise typer.BadParameter(
            f"'{path.name}': end it with {', '.join(_KINDS)}, or name a folder", param_hint=hint
        )
    if made.kind == "parquet" and importlib.util.find_spec("pyarrow") is None:
        raise MissingExtra("Parquet needs pyarrow", remedy="pip install 'nxsl[parquet]'")
    return made


_KINDS = {**{suffix: kind for kind, suffix in SUFFIXES.items()}, ".json": "json"}


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
