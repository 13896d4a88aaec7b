"""Plans, applies, resumes and retries: the way in for commands, scripts and notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import nxsl
from nxsl.core.fleet_plan import FleetPlan, from_json, new_plan_id, new_run_id, plan_of, to_json
from nxsl.core.run_records import HostEntry, RunHead, RunState
from nxsl.core.waves import WaveSpec, plan_waves
from nxsl.fleet.host_checks import place_of
from nxsl.fleet.pairs import require_attribute, wave_hosts
from nxsl.fleet.stop import Stop
from nxsl.run.breakers import logins_of
from nxsl.run.crew import Crew, aggregated, runner_for
from nxsl.run.engine import Start
from nxsl.run.jobs import job_named
from nxsl.run.observer import Observers
from nxsl.run.one_run import Means, OneRun
from nxsl.run.reading import ReadingGuard
from nxsl.run.settings import RunSettings
from nxsl.run.store import holder, lock_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from nornir.core import Nornir
    from nornir.core.inventory import Host
    from nornir.core.plugins.runners import RunnerPlugin
    from nornir.core.processor import Processor
    from nornir.core.task import Result

    from nxsl.core.plain import Plain
    from nxsl.fleet.credentials import AnyToken
    from nxsl.reports import FleetReport
    from nxsl.run.breakers import Logins
    from nxsl.run.observer import RunObserver
    from nxsl.run.store import RunStore
    from nxsl.tasks import Patience

    Asked = Callable[[int, Sequence[str], str], bool]

# The runs that this process is at; another run of its own that is not among them has broken off.
_AT_WORK: set[str] = set()


@dataclass(frozen=True)
class RunEnding:
    """How a run has ended.

    Attributes:
        head: who did what; its `id` is what `nxsl runs show` takes.
        state: how it has ended.
        results: a Nornir `Result` with a `TaskRecord` for every host of the plan, in its order.
        problem: why the run store could not be written any more; empty where it could.
    """

    head: RunHead
    state: RunState
    results: Mapping[str, Result]
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether every host is as it should be."""
        return self.state is RunState.DONE and all(
            each.result.outcome.good for each in self.results.values()
        )

    @cached_property
    def report(self) -> FleetReport:
        """The tables of the run."""
        from nxsl.reports import FleetReport  # noqa: PLC0415 (pandas only where it is asked for)

        return FleetReport(self.results, aggregated(self.head.job, self.results))


class FleetRuns:
    """Runs over one inventory, with one store.

    ```python
    with RunStore.open() as store:
        runs = FleetRuns(open_fleet("inventory"), store, inventory="inventory")
        plan = runs.plan("configure")
        print(plan_diff(plan))
        ending = runs.apply(plan)
        ending.report.outcomes
    ```

    Args:
        nr: Nornir with the hosts.
        store: where plans and runs are kept; None for one that only plans.
        inventory: the folder or file that `nr` was opened from; part of the lock.
        selection: what was asked for of it, as it is to be opened again by a resumed run.
        observers: are told how it goes.
        stop: ends it early; see `nxsl.fleet.stop.stopping_by_signals`.
        runner: of Nornir, instead of nxsl's own with threads.
        workers: hosts at a time, of nxsl's own runner.
        limits: hosts at a time for each value of an attribute, such as `{"site": 5}`.
        logins: breakers that are shared with other runs over the same hosts.
    """

    def __init__(
        self,
        nr: Nornir,
        store: RunStore | None,
        *,
        inventory: str,
        selection: Mapping[str, Plain] | None = None,
        observers: Iterable[RunObserver] = (),
        stop: Stop | None = None,
        runner: RunnerPlugin | None = None,
        workers: int = 50,
        limits: Mapping[str, int] | None = None,
        logins: Logins | None = None,
    ) -> None:
        self.nr = nr
        self._store = store
        self.stop = stop or Stop()
        self._inventory = inventory
        self._selection = dict(selection or {})
        self._means = Means(
            nr=nr,
            runner=runner or runner_for(nr, workers, limits=limits, stop=self.stop),
            logins=logins or logins_of(nr, stop=self.stop.requested),
            observers=Observers(*observers),
            stop=self.stop,
        )

    @property
    def store(self) -> RunStore:
        """The run store.

        Raises:
            ValueError: there is none.
        """
        if self._store is None:
            raise ValueError("a run store is needed to apply and to resume")
        return self._store

    # -- plan -------------------------------------------------------------------------------------

    def plan(self, job: str, options: Mapping[str, Plain] | None = None) -> FleetPlan:
        """Read every switch and say what would be done; sends show commands only.

        Args:
            job: one of `nxsl.run.jobs.JOBS`.
            options: the job's own, such as `{"force": True}`.

        Raises:
            ValueError: there is no such job, or it has no such option.
        """
        return self.plan_and_results(job, options)[0]

    def plan_and_results(
        self,
        job: str,
        options: Mapping[str, Plain] | None = None,
        *,
        processors: Sequence[Processor] = (),
    ) -> tuple[FleetPlan, dict[str, Result]]:
        """The same, with the dry run's results, which hold more than a plan does.

        `processors` are Nornir's, such as one that shows how it goes.
        """
        what = job_named(job)
        crew = Crew(self.nr, self._means.runner, ReadingGuard(self._means.logins), processors)
        found = crew.run(
            what.task, list(self.nr.inventory.hosts), dry_run=True, **what.operands(options or {})
        )
        now = datetime.now(UTC)
        me = holder()
        plan = FleetPlan(
            id=new_plan_id(now),
            job=job,
            options=dict(options or {}),
            inventory=self._inventory,
            selection=self._selection,
            made_at=now,
            made_by=f"{me.user} on {me.machine}",
            version=nxsl.__version__,
            hosts=plan_of(
                {host: (each.result, str(each.diff or "")) for host, each in found.items()},
                addresses={name: _address(host) for name, host in self.nr.inventory.hosts.items()},
            ),
        )
        return plan, found

    # -- apply ------------------------------------------------------------------------------------

    def apply(
        self,
        plan: FleetPlan,
        *,
        token: AnyToken | None = None,
        settings: RunSettings | None = None,
        patience: Patience | None = None,
        go_on: Asked | None = None,
        parent: str = "",
        fresh: bool = True,
    ) -> RunEnding:
        """Do what a plan says, and nothing else.

        Args:
            plan: the plan; `nxsl.core.fleet_plan.require_usable` says whether it may be used.
            token: the ID token, for jobs that send one.
            settings: waves, limit, soak and wait.
            patience: how often to ask the licensing agents; from `settings` by default.
            go_on: asked between waves.
            parent: the run that this one retries.
            fresh: the plan was made a moment ago, so that hosts that need nothing are not read
                again.

        Raises:
            ValueError: no host has the attribute `settings.first_of`.
            Locked: somebody else is at work on the inventory or a switch.
            JournalFailed: the run store cannot be written; nothing was sent.
        """
        settings = settings or RunSettings()
        now = datetime.now(UTC)
        head = RunHead(
            id=new_run_id(now),
            job=plan.job,
            holder=holder(),
            version=nxsl.__version__,
            started_at=now,
            inventory=self._inventory,
            selection=self._selection,
            options={"job": dict(plan.options), "run": settings.to_plain()},
            plan=plan.id,
            parent=parent,
        )
        waves = self.waves(plan, settings)
        entries = _entries(plan, waves)
        addresses = [each.address for each in plan.to_change]
        self.store.begin(
            head,
            to_json(plan),
            tuple(entries.values()),
            locks=lock_names(self._inventory, addresses) if addresses else (),
        )
        run = OneRun(
            self._means, self.store, head, plan, entries, token, settings.course(patience, go_on)
        )
        if not fresh:
            run.look_at_settled()
        return self._ending(head, run, Start(waves=waves))

    def waves(self, plan: FleetPlan, settings: RunSettings) -> tuple[tuple[str, ...], ...]:
        """The hosts that are to be changed, wave by wave.

        Raises:
            ValueError: no host has the attribute `settings.first_of`.
        """
        models = {each.host: each.model for each in plan.hosts}
        known = wave_hosts(self.nr.inventory.hosts.values(), models)
        if settings.first_of:
            require_attribute(known, settings.first_of)
        todo = {each.host for each in plan.to_change}
        return plan_waves(
            [each for each in known if each.name in todo],
            WaveSpec.parse(settings.waves),
            first_of=settings.first_of,
        )

    def resume(
        self,
        run: str,
        *,
        token: AnyToken | None = None,
        wait: float | None = None,
        patience: Patience | None = None,
        go_on: Asked | None = None,
        settle: float = 30.0,
        take_over: bool = False,
    ) -> RunEnding:
        """Go on with a run that was killed, stopped or paused.

        Hosts that have come to their end are left alone. Where something may have been sent, the
        switch is asked first, and a token is not sent again unless the switch has shown that it
        never took it.

        Args:
            run: its name, or the beginning of it.
            token: the ID token, for jobs that send one.
            wait: seconds to wait for each licensing agent from now on; as before by default.
            patience: how often to ask them as well; from `wait` by default.
            go_on: asked between waves.
            settle: seconds between the two reads that prove that a command never arrived.
            take_over: also from a process that may still be at work.

        Raises:
            Locked: another process holds it.
            SelectionError: there is no such run, or hosts of it are no longer in the inventory.
            JournalFailed: the run store cannot be written.
        """
        head = self.store.run(run).head
        ours = head.holder.mark == holder().mark and head.holder.pid == holder().pid
        view = self.store.resume(
            head.id, holder(), take_over=take_over or (ours and head.id not in _AT_WORK)
        )
        plan = from_json(view.plan)
        settings = RunSettings.from_plain(_mapping(view.head.options["run"]))
        if wait is not None:
            settings = settings.waiting(wait)
        entries = {each.host: each for each in view.hosts}
        under = OneRun(
            self._means,
            self.store,
            view.head,
            plan,
            entries,
            token,
            settings.course(patience, go_on),
        )
        return self._ending(view.head, under, under.where_it_stands(view, settle=settle))

    def _ending(self, head: RunHead, run: OneRun, start: Start) -> RunEnding:
        _AT_WORK.add(head.id)
        try:
            state = run.go(start)
        finally:
            _AT_WORK.discard(head.id)
        problem = run.problem.message if run.problem else ""
        return RunEnding(head=head, state=state, results=run.results, problem=problem)


def _address(host: Host) -> str:
    """Where a host is reached, as locks name it."""
    place = place_of(host)
    return f"{place.address}:{place.port}" if place else host.name


def _mapping(plain: Plain) -> dict[str, Plain]:
    if not isinstance(plain, dict):
        raise TypeError("the options of a run are a mapping")
    return plain


def _entries(plan: FleetPlan, waves: Sequence[Sequence[str]]) -> dict[str, HostEntry]:
    """One entry for each host; one that nothing is to be done on has its end already."""
    number = {host: at for at, hosts in enumerate(waves, 1) for host in hosts}
    return {
        each.host: HostEntry(
            host=each.host,
            address=each.address,
            wave=number.get(each.host, 0),
            outcome=None if each.host in number else each.expects,
            reason="" if each.host in number else each.reason,
            detail="" if each.host in number else each.detail,
            remedy="" if each.host in number else each.remedy,
        )
        for each in plan.hosts
    }
