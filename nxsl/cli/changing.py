"""What every changing command does between its options and the engine: store, views, last words."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import typer

from nxsl.cli.how import How
from nxsl.cli.status import EARLY
from nxsl.core.fleet_plan import to_json
from nxsl.core.run_records import RunState
from nxsl.fleet.progress import ShowProgress, view_for
from nxsl.run.crew import aggregated
from nxsl.run.fleet_runs import FleetRuns
from nxsl.run.jobs import job_named
from nxsl.run.json_log import GAPS as JSON_LOG_GAPS
from nxsl.run.json_log import JsonLog
from nxsl.run.observer import RunObserver
from nxsl.run.store import RunStore, holder
from nxsl.run.webhook import GAPS as WEBHOOK_GAPS
from nxsl.run.webhook import URL_VARIABLE, Webhook, secret_from_env, url_from_env
from nxsl.run.wording import switches_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nornir.core import Nornir
    from nornir.core.task import AggregatedResult

    from nxsl.cli.fleet_run import FleetRun
    from nxsl.cli.screen import Screen
    from nxsl.core.fleet_plan import FleetPlan
    from nxsl.core.plain import Plain
    from nxsl.core.run_records import RunHead
    from nxsl.core.secret import Token
    from nxsl.run.ending import RunEnding


class Changing:
    """The engine, as the command line uses it."""

    def __init__(self, run: FleetRun, nr: Nornir | None = None) -> None:
        self._run = run
        self._how = run.how or How()
        self._nr = nr or run.nr
        self._view = view_for(run.screen.err)
        self._store: RunStore | None = None
        self._told: list[JsonLog | Webhook] = []

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Open what a run needs beside the switches, before any of them is asked for anything.

        Raises:
            JournalFailed, MissingExtra, SecretError: store, log or webhook cannot be used.
        """
        with ExitStack() as opened:
            self._store = opened.enter_context(RunStore.open(self._how.record.store))
            if self._how.record.log is not None:
                self._told.append(JsonLog(self._how.record.log))
            if os.environ.get(URL_VARIABLE):
                self._told.append(Webhook(url_from_env(), secret=secret_from_env()))
            opened.enter_context(_told_once())
            try:
                yield
            finally:
                self._view.close()
                for each in self._told:
                    each.close()
                    if each.problem:
                        self._run.screen.err.print(
                            f"warning: {each.problem}", markup=False, soft_wrap=True
                        )

    @property
    def store(self) -> RunStore:
        """The run store; only inside `ready`."""
        if self._store is None:
            raise ValueError("the run store is not open")
        return self._store

    def plan(self, job: str, options: Mapping[str, Plain]) -> tuple[FleetPlan, AggregatedResult]:
        """Plan; sends show commands only, and needs no run store."""
        runs = self._runs(None, [])
        total = len(self._nr.inventory.hosts)
        view = ShowProgress(self._run.screen.err, total=total, label=f"{job} (plan)")
        with self._run.stoppable():
            plan, found = runs.plan_and_results(job, options, processors=[view])
        return plan, aggregated(job, found)

    def require_free(self, plan: FleetPlan | None = None) -> None:
        """Look whether somebody else is at work there; without a plan, on any of the switches.

        Raises:
            Locked: somebody is; the message names them.
        """
        runs = self._runs(self.store, [])
        runs.require_free(plan, take_over=self._how.record.take_over)

    def keep(self, plan: FleetPlan) -> None:
        """Let the run store know a plan, so that an edited one is noticed."""
        self.store.keep_plan(plan.id, plan.digest, to_json(plan))

    def question(self, plan: FleetPlan) -> str:
        """What is asked before anything is written.

        Raises:
            typer.BadParameter: no switch has what the first wave is to have one of each of.
        """
        try:
            waves = self._runs(None, []).waves(plan, self._how.settings)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--first-of") from None
        count = len(plan.to_change)
        asked = job_named(plan.job).question.format(switches_words(count))
        sizes = ", ".join(str(len(wave)) for wave in waves)
        return f"{asked} (waves: {sizes})" if len(waves) > 1 else asked

    def apply(
        self,
        plan: FleetPlan,
        *,
        token: Token | None = None,
        wait: float | None = None,
        fresh: bool = True,
        parent: str = "",
    ) -> RunEnding:
        """Apply a plan, and record that."""
        settings = self._how.settings
        if wait is not None:
            settings = settings.waiting(wait)
        if self._how.record.take_over:
            self.store.take_over(self._how.record.take_over, holder())
        with self._run.stoppable():
            return self._runs(self.store, self._observers()).apply(
                plan,
                token=token,
                settings=settings,
                go_on=self._asked(),
                fresh=fresh,
                parent=parent,
            )

    def resume(
        self,
        run: str,
        *,
        token: Token | None = None,
        wait: float | None = None,
        settle: float = 30.0,
    ) -> RunEnding:
        """Go on with a run."""
        with self._run.stoppable():
            return self._runs(self.store, self._observers()).resume(
                run,
                token=token,
                wait=wait,
                go_on=self._asked(),
                settle=settle,
                take_over=bool(self._how.record.take_over),
            )

    def say_ending(self, ending: RunEnding) -> int:
        """Say how the run stands where it has not come to its end, and what to type.

        Returns:
            The exit status that this means; 0 where the outcomes decide.
        """
        screen, run = self._run.screen, ending.head.id
        if "taken over" in ending.problem:
            screen.say(f"\nThis run is somebody else's by now: {ending.problem}", style="bold red")
        elif ending.problem:
            screen.say(f"\nThe run store failed: {ending.problem}", style="bold red")
            screen.say("Nothing was sent to any switch after that.")
        words = words_for(ending.state, run)
        if not words:
            return 0
        screen.say(f"\nrun {run}: {words}", style="cyan")
        return EARLY

    def _runs(self, store: RunStore | None, observers: Sequence[RunObserver]) -> FleetRuns:
        run = self._run
        return FleetRuns(
            self._nr,
            store,
            inventory=str(run.source.inventory),
            selection={"hosts": list(run.source.hosts), "filters": dict(run.source.filters)},
            observers=observers,
            stop=run.stop,
            runner=run.runner,
            logins=run.logins,
        )

    def _observers(self) -> list[RunObserver]:
        """The view, and what else is to be told."""
        return [_Named(self._run.screen), self._view, *self._told]

    def _asked(self) -> Any:  # noqa: ANN401
        if not self._how.ask:
            return None

        def go_on(number: int, hosts: Sequence[str], why: str) -> bool:
            some = switches_words(len(hosts))
            self._run.asking_in_between = True
            with self._view.paused():
                return self._run.agreed(f"{why}\nGo on with wave {number}, {some}?")

        return go_on


@contextmanager
def _told_once() -> Iterator[None]:
    """Keep the logs' and webhooks' own warnings off the terminal: `ready` tells of them.

    Logging prints what nobody listens to.
    """
    deaf = logging.NullHandler()
    listened = [logging.getLogger(each) for each in (JSON_LOG_GAPS, WEBHOOK_GAPS)]
    for each in listened:
        each.addHandler(deaf)
    try:
        yield
    finally:
        for each in listened:
            each.removeHandler(deaf)


class _Named(RunObserver):
    """Says at once how the run is called, so that somebody can go on with it, whatever happens."""

    def __init__(self, screen: Screen) -> None:
        self._err = screen.err

    def run_started(self, run: RunHead, waves: Sequence[Sequence[str]]) -> None:  # noqa: ARG002
        """Say it."""
        self._err.print(f"run {run.id}", markup=False, highlight=False)


def words_for(state: RunState, run: str) -> str:
    """What is to be done about a run that has not come to its end; empty where nothing is."""
    return _WORDS.get(state, "").format(run=run)


_WORDS = {
    RunState.PAUSED: "paused; nxsl resume {run} goes on, nxsl runs show {run} tells why",
    RunState.ABORTED: "ended early; mend the cause, then: nxsl runs retry {run}",
    RunState.STOPPED: "stopped; nxsl resume {run} goes on",
    RunState.BROKEN: "broken off; nxsl resume {run} goes on",
}
