"""Runs tasks for the commands: progress, plan before change, tables, exit status."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from nornir.core.task import AggregatedResult

from nxsl.cli.how import How
from nxsl.cli.options import TABLE
from nxsl.cli.output import Output, output_of
from nxsl.cli.sharing import allowed, reader
from nxsl.cli.status import DECLINED, STOPPED, outcome_on, planned_hosts, status_of
from nxsl.core.errors import SecretError
from nxsl.core.outcome import Outcome
from nxsl.fleet.credentials import PASSWORD_VARIABLE, lacks_password
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.progress import ShowProgress
from nxsl.fleet.runner import is_count
from nxsl.fleet.stop import Stop, stopping_by_signals
from nxsl.reports import TABLES, FleetReport, write_table
from nxsl.reports.export import SUFFIXES
from nxsl.run.breakers import logins_of
from nxsl.run.crew import aggregated, runner_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    import pandas as pd
    from nornir.core import Nornir
    from nornir.core.plugins.runners import RunnerPlugin
    from nornir.core.task import Result

    from nxsl.cli.screen import Screen
    from nxsl.core.plain import Plain
    from nxsl.core.secret import Token
    from nxsl.fleet.reading_runner import ReadingRunner
    from nxsl.fleet.runner import Workers
    from nxsl.reports.tables import Table

_SIGNALLED = {"SIGINT": STOPPED, "SIGTERM": 143, "SIGHUP": 129}


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a question; the handler of a run would let it be asked on."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


_OURS = frozenset({"threaded", "nxsl"})


class FleetRun:
    """One command's run over the selected hosts.

    Attributes:
        nr: Nornir, with the selected hosts.
        screen: where things are shown.
        output: where a table goes beside the screen; None for the screen alone.
        how: how a changing command goes about it; None for a command that only reads.
        source: what the hosts were opened from, so that a run can be resumed.
        limits: hosts at a time for each value of an attribute.
        stop: set by Ctrl-C and the like.
        logins: the breakers of the credentials, shared by all that the command does.
        ended_early: the exit status of a run that ended early; 0 for none.
        asking_in_between: whether a run is under way, so that Ctrl-C at a question stops it.
    """

    def __init__(
        self,
        nr: Nornir,
        screen: Screen,
        output: Output | None = None,
        *,
        how: How | None = None,
        source: Source | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self.nr = nr
        self.screen = screen
        self.output = output
        self.how = how
        self.source = source or Source()
        self.limits = dict(limits or {})
        self.stop = Stop()
        self.logins = logins_of(nr, stop=self.stop.requested)
        self.ended_early = 0
        self.asking_in_between = False
        self._processes: int | None = 1

    @property
    def hosts(self) -> list[str]:
        """The selected hosts, in the inventory's order."""
        return list(self.nr.inventory.hosts)

    @property
    def stopped(self) -> bool:
        """Whether somebody has stopped it."""
        return self.stop.requested.is_set()

    @property
    def workers(self) -> int | None:
        """Hosts at a time; None for as many as pay off."""
        found = self.nr.config.runner.options.get("num_workers")
        return found if is_count(found) else None

    @property
    def runner(self) -> RunnerPlugin:
        """The user's own runner where the inventory names one, else nxsl's."""
        chosen = self.nr.config.runner
        if chosen.plugin not in _OURS:
            return self.nr.runner
        limits = {**chosen.options.get("limits", {}), **self.limits}
        return runner_for(self.nr, self.workers, limits=limits, stop=self.stop)

    def share(self, processes: int | None) -> None:
        """Read in so many processes; None for as many as pay.

        Raises:
            typer.BadParameter: more than one, where something counts hosts, or runs them, here.
        """
        self._processes = allowed(self.runner, processes)

    @cached_property
    def _reader(self) -> ReadingRunner:
        """What reads: threads, or several processes."""
        return reader(self.runner, self._processes, self.workers, self.logins, self.stop)

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
        chosen = self._some(only)
        progress = ShowProgress(self.screen.err, total=len(chosen.inventory.hosts), label=label)
        with self.stoppable():
            return (
                chosen.with_processors([progress]).with_runner(self._reader).run(task, **operands)
            )

    def _some(self, only: Collection[str] | None) -> Nornir:
        if only is None:
            return self.nr
        wanted = frozenset(only)
        return self.nr.filter(filter_func=lambda host: host.name in wanted)

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Let signals stop what runs inside, and say so."""
        with stopping_by_signals(self.stop, on_first=self._say_stop):
            yield

    def _say_stop(self, _stop: Stop) -> None:
        self.screen.err.print(
            "\nstopping: no further switch is begun, those under way come to their end; "
            "Ctrl-C again leaves them"
        )

    def change(
        self,
        job: str,
        options: Mapping[str, Plain] | None = None,
        *,
        token: Callable[[Collection[str]], Token | None] = lambda _hosts: None,
        wait: float | None = None,
        only: Collection[str] | None = None,
    ) -> AggregatedResult:
        """Plan, show the plan, ask, and apply where something is planned.

        Args:
            job: a name of `nxsl.run.jobs`.
            options: of the job.
            token: gives the ID token for the hosts on which something is planned.
            wait: seconds to wait for each licensing agent.
            only: the hosts that are concerned; all by default.

        Raises:
            typer.Exit: with `DECLINED`, where the plan is not confirmed.
        """
        from nxsl.cli.changing import Changing  # noqa: PLC0415 (SQLAlchemy takes its time)

        acts = Changing(self, self._some(only))
        how = self.how or How()
        if how.dry_run:
            _, planned = acts.plan(job, options or {})
            self.screen.plan(planned)
            return planned
        self.require_somebody(how)
        with acts.ready():
            acts.require_free()
            plan, planned = acts.plan(job, options or {})
            self.screen.plan(planned)
            if self.stopped:
                return planned
            todo = planned_hosts(planned)
            question = acts.question(plan)
            given = token(todo) if todo else None
            if todo:
                self.confirm(question, yes=how.yes)
            ending = acts.apply(plan, token=given, wait=wait)
        self.ended_early = acts.say_ending(ending)
        return overlaid(planned, aggregated(job, {host: ending.results[host] for host in todo}))

    def require_somebody(self, how: How) -> None:
        """Refuse to ask between waves where nobody would answer.

        Raises:
            typer.BadParameter: nobody would.
        """
        if how.ask and not sys.stdin.isatty():
            raise typer.BadParameter("there is nobody to ask here", param_hint="--ask")

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before anything is written.

        Raises:
            typer.Exit: with `DECLINED`, where the answer is no or there is nobody to ask.
        """
        if yes:
            return
        if not sys.stdin.isatty():
            self.screen.err.print("Not confirmed: there is nobody to ask. Give --yes.")
            raise typer.Exit(DECLINED)
        if not self.agreed(question):
            self.screen.err.print("Nothing was written.")
            raise typer.Exit(DECLINED)

    def agreed(self, question: str) -> bool:
        """Whether somebody says yes; Ctrl-C says no, and stops the run."""
        try:
            with _interruptible():
                return bool(typer.confirm(f"\n{question}", default=False, err=True))
        except (typer.Abort, KeyboardInterrupt):
            self.screen.err.print()
            if self.asking_in_between:
                self.stop.heard("SIGINT")
            return False

    def deliver(self, report: FleetReport, table: str) -> None:
        """Print a table, and write it, or all of them, where that was asked for."""
        if self.output is None or self.screen.kind == TABLE:
            self.screen.table(TABLES[table], report.table(table))
        if self.output is not None:
            self.output.write(report, table)
            self.screen.err.print(f"written: {self.output.path}", soft_wrap=True)

    def deliver_table(self, schema: Table, frame: pd.DataFrame) -> None:
        """Print a table that is none of a report, and write it where that was asked for."""
        if self.output is None or self.screen.kind == TABLE:
            self.screen.table(schema, frame)
        if self.output is not None:
            path, kind = self.output.path, self.output.kind
            path = path / f"{schema.name}{SUFFIXES[kind]}" if self.output.folder else path
            write_table(frame, path, kind)
            self.screen.err.print(f"written: {path}", soft_wrap=True)

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
        if hint and any(outcome_on(host, result) is Outcome.CHANGED_OK for host in result):
            self.screen.say(f"\nnext: {hint}", style="cyan")
        self.finish(status_of(result))

    def finish(self, status: int) -> NoReturn:
        """Close what is open, and end the process with a status."""
        ending = _SIGNALLED.get(self.stop.signal, STOPPED) if self.stopped else None
        if self.stop.urgent.is_set():
            # Threads are at work that nobody waits for; an ordinary exit would.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ending or STOPPED)
        self.close()
        raise typer.Exit(ending or self.ended_early or status)

    def close(self) -> None:
        """Close every connection, also of hosts that failed."""
        if "_reader" in vars(self):
            self._reader.close()
        for host in self.nr.inventory.hosts.values():
            host.close_connections()


def open_run(
    inventory: Path,
    hosts: str,
    filters: dict[str, str],
    workers: Workers,
    screen: Screen,
    output: Path | None,
    *,
    limits: Mapping[str, int] | None = None,
    how: How | None = None,
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
    for key in (limits or {}).keys() - {"group", "jump_host"}:
        if all(host.get(key) is None for host in nr.inventory.hosts.values()):
            raise typer.BadParameter(f"no switch has '{key}'", param_hint="--at-most")
    source = Source(inventory.absolute(), tuple(names), dict(filters))
    return FleetRun(nr, screen, where, how=how, source=source, limits=limits)


@dataclass(frozen=True, slots=True)
class Source:
    """What the hosts of a command were opened from.

    Attributes:
        inventory: the folder or file, absolute.
        hosts: the names that were given.
        filters: the filters that were given.
    """

    inventory: Path = Path()
    hosts: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)


def overlaid(planned: AggregatedResult, applied: AggregatedResult) -> AggregatedResult:
    """The results of the application, and of the plan where nothing was applied."""
    merged = AggregatedResult(applied.name)
    for host, result in planned.items():
        merged[host] = applied.get(host, result)
    return merged
