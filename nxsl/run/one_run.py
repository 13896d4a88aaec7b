"""One run: its journal, its guard, its workers, and the engine on top of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nxsl.core.expectation import Expectation
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason, reason_named
from nxsl.core.run_records import RunState
from nxsl.fleet.stop import stopping_by_signals
from nxsl.run.agreed import Agreed
from nxsl.run.breakers import Tokens, token_sources
from nxsl.run.crew import Crew, made_up
from nxsl.run.ending import RunEnding
from nxsl.run.engine import Engine, Start
from nxsl.run.guards import RunGuard
from nxsl.run.jobs import job_named
from nxsl.run.journal import Journal
from nxsl.run.ledger import Ledger
from nxsl.run.observer import ObserverProcessor
from nxsl.run.remote import Remote
from nxsl.run.resuming import Resuming

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from nornir.core import Nornir
    from nornir.core.plugins.runners import RunnerPlugin
    from nornir.core.task import Result

    from nxsl.core.fleet_plan import FleetPlan, HostPlan
    from nxsl.core.run_records import HostEntry, RunHead, RunView
    from nxsl.fleet.credentials import AnyToken
    from nxsl.fleet.stop import Stop
    from nxsl.run.breakers import Logins
    from nxsl.run.engine import Course
    from nxsl.run.jobs import Job
    from nxsl.run.observer import Observers
    from nxsl.run.store import RunStore

# Ends of a dry run that say that nothing is to be done; they are looked at again when a plan is
# applied later.
_FINE = frozenset({Outcome.ALREADY_OK, Outcome.NOT_APPLICABLE})


@dataclass(frozen=True, kw_only=True)
class Means:
    """What all runs over an inventory share."""

    nr: Nornir
    runner: RunnerPlugin
    logins: Logins
    observers: Observers
    stop: Stop


class OneRun:
    """One run with its journal, guard and workers."""

    def __init__(
        self,
        means: Means,
        store: RunStore,
        head: RunHead,
        plan: FleetPlan,
        entries: Mapping[str, HostEntry],
        token: AnyToken | None,
        course: Course,
    ) -> None:
        self._means = means
        self._head = head
        self._plan = plan
        self._job: Job = job_named(plan.job)
        self._course = course
        self._operands = self._job.operands(plan.options)
        if self._job.needs_token:
            self._operands["token"] = token
        self._tokens = Tokens(token_sources(means.nr.inventory.hosts.values()))
        self._journal = Journal(store, head.id, dict(entries))
        self._ledger = Ledger(self._journal, means.observers, self._tokens)
        self._expected = {
            each.host: Expectation(seen=each.seen, steps=each.steps)
            for each in plan.hosts
            if each.seen is not None
        }
        guard = RunGuard(self._journal, means.logins, self._tokens, self._expected)
        self._crew = Crew(means.nr, means.runner, guard, [ObserverProcessor(means.observers)])

    def go(self, waves: Sequence[Sequence[str]], begin: Callable[[], RunState]) -> RunEnding:
        """Do the run's work, and account for every host, also where the work dies.

        Args:
            waves: the hosts that are to be changed.
            begin: `apply` or `resume`.
        """
        self._means.observers.run_started(self._head, waves)
        changing = {host for hosts in waves for host in hosts}
        self._ledger.known(
            {
                each.host: made_up(_settled(each))
                for each in self._plan.hosts
                if each.host not in changing
            }
        )
        try:
            with stopping_by_signals(self._means.stop):
                state = begin()
        except BaseException:
            # Hosts without an end stay open in the journal: the run can be resumed.
            self._journal.end(RunState.BROKEN)
            raise
        problem = self._ledger.problem
        return RunEnding(
            head=self._head,
            state=state,
            results={each.host: self._ledger.results[each.host] for each in self._plan.hosts},
            problem=problem.message if problem else "",
        )

    def apply(self, waves: Sequence[Sequence[str]], *, look: bool) -> RunState:
        """Begin with the first wave.

        Args:
            waves: the hosts that are to be changed.
            look: read hosts that need nothing once more, as the plan is some time old.
        """
        if look:
            self.look_at_settled()
        return self._engine().run(Start(waves=waves))

    def resume(self, view: RunView, *, settle: float) -> RunState:
        """Go on where the journal, or else the switches, say that the run stands."""
        return self._engine().run(self._where_it_stands(view, settle=settle))

    def _engine(self) -> Engine:
        return Engine(
            self._head,
            self._job,
            self._operands,
            crew=self._crew,
            journal=self._journal,
            ledger=self._ledger,
            observers=self._means.observers,
            stop=self._means.stop,
            course=self._course,
            remote=Remote(self._journal, self._tokens, self._agreed, self._job),
        )

    def _agreed(self, hosts: Collection[str]) -> Agreed:
        """The guard that travels to workers elsewhere."""
        return Agreed({host: self._expected[host] for host in hosts if host in self._expected})

    def look_at_settled(self) -> None:
        """Read hosts again that needed nothing when the plan was made, some time ago."""
        settled = [each.host for each in self._plan.hosts if each.expects in _FINE]
        operands = {name: value for name, value in self._operands.items() if name != "token"}
        found = self._crew.run(self._job.task, settled, quiet=True, dry_run=True, **operands)
        for host, result in found.items():
            moved = result.result.outcome is Outcome.PLANNED
            self._ledger.note(host, _moved(result) if moved else result)

    def _where_it_stands(self, view: RunView, *, settle: float) -> Start:
        """Tell from the journal, and where that does not tell from the switches, what is left."""
        resuming = Resuming(
            view,
            crew=self._crew,
            journal=self._journal,
            ledger=self._ledger,
            job=self._job,
            operands=self._operands,
        )
        start = resuming.start(settle=settle)
        for host in resuming.partly:
            if host in self._expected:
                self._expected[host] = replace(self._expected[host], partly=True)
        return start


def _settled(planned: HostPlan) -> TaskRecord:
    """The end of a host that a plan does not change."""
    return TaskRecord(
        outcome=planned.expects,
        reason=reason_named(planned.reason) if planned.reason else "",
        detail=planned.detail,
        remedy=planned.remedy,
        seen=planned.seen,
    )


def _moved(result: Result) -> Result:
    record: TaskRecord = result.result
    return made_up(
        TaskRecord(
            outcome=Outcome.REFUSED,
            reason=Reason.CHANGED_SINCE_PLAN,
            detail=f"needed nothing when the plan was made, and now: {record.detail}",
            remedy="plan again, and look at the new plan",
            evidence=str(result.diff or ""),
            facts=record.facts,
            seen=record.seen,
        )
    )
