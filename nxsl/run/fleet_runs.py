"""Plans, applies, resumes and retries: the way in for commands, scripts and notebooks."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import nxsl
from nxsl.core.errors import Locked, SelectionError, Stopped
from nxsl.core.fleet_plan import FleetPlan, from_json, new_plan_id, new_run_id, plan_of, to_json
from nxsl.core.resume import require_unfinished
from nxsl.core.run_records import HostEntry, RunHead
from nxsl.core.waves import WaveSpec, plan_waves
from nxsl.fleet.host_checks import place_of
from nxsl.fleet.pairs import require_attribute, wave_hosts
from nxsl.fleet.stop import Stop, stopping_by_signals
from nxsl.run.breakers import logins_of
from nxsl.run.crew import Crew, runner_for
from nxsl.run.jobs import job_named
from nxsl.run.observer import Observers
from nxsl.run.one_run import Means, OneRun
from nxsl.run.reading import ReadingGuard
from nxsl.run.resuming import waves_of
from nxsl.run.settings import RunSettings
from nxsl.run.store import holder, lock_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nornir.core import Nornir
    from nornir.core.inventory import Host
    from nornir.core.plugins.runners import RunnerPlugin
    from nornir.core.processor import Processor
    from nornir.core.task import Result

    from nxsl.core.plain import Plain
    from nxsl.fleet.credentials import AnyToken
    from nxsl.fleet.runner import Workers
    from nxsl.run.breakers import Logins
    from nxsl.run.ending import RunEnding
    from nxsl.run.observer import RunObserver
    from nxsl.run.store import RunStore
    from nxsl.tasks import Patience

    Asked = Callable[[int, Sequence[str], str], bool]

# The runs that this process is at; one of its own that is not among them has broken off.
_AT_WORK: set[str] = set()
_LOCK = threading.Lock()


@runtime_checkable
class HeedsStop(Protocol):
    """A runner that has to be told what stops it, as it cannot hear signals where it works."""

    def heed(self, stop: Stop) -> None:
        """Let a run's stop count."""


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
        workers: hosts at a time, of nxsl's own runner; by default as many as pay off.
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
        workers: Workers = None,
        limits: Mapping[str, int] | None = None,
        logins: Logins | None = None,
    ) -> None:
        self.nr = nr
        self.stop = stop or Stop()
        self._store = store
        self._own_stop = stop is None
        self._inventory = str(Path(inventory).absolute())
        self._selection = dict(selection or {})
        self._observers = tuple(observers)
        self._runner, self._workers, self._limits = runner, workers, limits
        self._logins = logins

    def _means(self) -> Means:
        """What one run works with; a stop that was meant for another run is forgotten."""
        if self._own_stop and self.stop.requested.is_set():
            self.stop = Stop()
        if isinstance(self._runner, HeedsStop):
            self._runner.heed(self.stop)
        return Means(
            nr=self.nr,
            runner=self._runner
            or runner_for(self.nr, self._workers, limits=self._limits, stop=self.stop),
            logins=self._logins or logins_of(self.nr, stop=self.stop.requested),
            observers=Observers(*self._observers),
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
            Stopped: a signal came meanwhile, so that not every switch was read.
        """
        plan, _ = self.plan_and_results(job, options)
        if self.stop.requested.is_set():
            raise Stopped("the run was stopped while it was planned; nothing was sent")
        return plan

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
        operands = what.operands(options or {})
        means = self._means()
        crew = Crew(self.nr, means.runner, ReadingGuard(means.logins), processors)
        with stopping_by_signals(means.stop):
            found = crew.run(what.task, list(self.nr.inventory.hosts), dry_run=True, **operands)
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
            SelectionError: a host of the plan is not among those that are open.
            Locked: somebody else is at work on the inventory or a switch.
            JournalFailed: the run store cannot be written; nothing was sent.
        """
        self._require_hosts([each.host for each in plan.hosts])
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
        course = settings.course(patience, go_on)
        run = OneRun(self._means(), self.store, head, plan, entries, token, course)
        with _at_work(head.id):
            self.store.begin(head, to_json(plan), tuple(entries.values()), locks=self._locks(plan))
            return run.go(waves, lambda: run.apply(waves, look=not fresh))

    def require_free(self, plan: FleetPlan | None = None, *, take_over: str = "") -> None:
        """Look whether somebody else is at work where a plan, or any for these hosts, would be.

        No lock is taken; `apply` does that.

        Args:
            plan: the plan; None where there is none yet.
            take_over: the run whose locks do not count.

        Raises:
            Locked: somebody is; the message names them.
        """
        if plan is not None:
            self._require_hosts([each.host for each in plan.hosts])
        addresses = (_address(host) for host in self.nr.inventory.hosts.values())
        locks = self._locks(plan) if plan else lock_names(self._inventory, addresses)
        self.store.require_free(locks, run=take_over)

    def _locks(self, plan: FleetPlan) -> tuple[str, ...]:
        """What nobody else may work on: the inventory, and each switch by address and serial."""
        hosts = [each.host for each in plan.to_change]
        if not hosts:
            return ()
        serials = {dict(each.seen.parts).get("serial", "") for each in plan.to_change if each.seen}
        return (
            *lock_names(self._inventory, (_address(self.nr.inventory.hosts[h]) for h in hosts)),
            *(f"serial:{serial}" for serial in sorted(serials - {""})),
        )

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
        known = self.store.run(run)
        self._require_hosts([each.host for each in known.hosts])
        require_unfinished(known.head)
        plan = from_json(known.plan)
        settings = RunSettings.from_plain(_mapping(known.head.options["run"]))
        if wait is not None:
            settings = settings.waiting(wait)
        course = settings.course(patience, go_on)
        me, former = holder(), known.head.holder
        ours = bool(me.mark) and (me.mark, me.machine) == (former.mark, former.machine)
        with _at_work(known.head.id):
            view = self.store.resume(known.head.id, me, take_over=take_over or ours)
            entries = {each.host: each for each in view.hosts}
            under = OneRun(self._means(), self.store, view.head, plan, entries, token, course)
            return under.go(waves_of(view.hosts), lambda: under.resume(view, settle=settle))

    def _require_hosts(self, names: Iterable[str]) -> None:
        missing = [name for name in names if name not in self.nr.inventory.hosts]
        if missing:
            raise SelectionError(
                f"not among the hosts that are open: {', '.join(missing)}",
                remedy="open the inventory with all hosts of the plan or run",
            )


@contextmanager
def _at_work(run: str) -> Iterator[None]:
    """Note that this process is at a run.

    Raises:
        Locked: another thread of it is.
    """
    with _LOCK:
        if run in _AT_WORK:
            raise Locked(f"run {run} is under way in this very process")
        _AT_WORK.add(run)
    try:
        yield
    finally:
        with _LOCK:
            _AT_WORK.discard(run)


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
