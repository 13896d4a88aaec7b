"""Runs Nornir tasks for a run: some hosts, a guard in each worker, one `Result` a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from nornir.core.task import AggregatedResult, MultiResult, Result

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.fleet.runner import FleetRunner
from nxsl.run.watched import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from nornir.core import Nornir
    from nornir.core.plugins.runners import RunnerPlugin

    from nxsl.core.guard import Guard
    from nxsl.fleet.runner import Workers
    from nxsl.fleet.stop import Stop


_KEPT_OPEN = 50
"""Hosts whose connections may stay open, where the number of workers is not settled."""


def runner_for(
    nr: Nornir,
    workers: Workers,
    *,
    limits: Mapping[str, int] | None = None,
    stop: Stop | None = None,
) -> FleetRunner:
    """Nxsl's own runner for a run over these hosts.

    With more hosts than workers a connection is closed as soon as nothing is done on it: switches
    have few vty lines, and a bastion few sessions. With fewer it serves the next task as well.
    """
    many = len(nr.inventory.hosts) > (workers if isinstance(workers, int) else _KEPT_OPEN)
    return FleetRunner(workers, limits=limits, stop=stop, close="always" if many else "failed")


HandOver: TypeAlias = "Callable[[Collection[str]], dict[str, Result]]"

# So many hosts are out of reach at a time, once they are handed to workers elsewhere.
_PARCEL = 100


def _hand_over(_hosts: Collection[str]) -> dict[str, Result]:
    return {}


def _tell_nobody(_host: str, _record: TaskRecord) -> None:
    """Nobody wants to know."""


class Crew:
    """The workers of a run.

    Args:
        nr: Nornir with all hosts of the run.
        runner: Nornir's runner for changing and reading alike.
        guard: watches every task.
        processors: Nornir's, for each task that is run.

    Attributes:
        nr: Nornir with all hosts of the run.
        remote: whether the runner works in other processes, where the guard cannot be.
    """

    def __init__(
        self,
        nr: Nornir,
        runner: RunnerPlugin,
        guard: Guard,
        processors: Sequence[Any] = (),
    ) -> None:
        self.nr = nr
        self.remote = bool(getattr(runner, "remote", False))
        self._runner = runner
        self._guard = guard
        self._processors = list(processors)
        self._logged_in = False
        self._refused: str | None = None

    def run(
        self,
        task: Callable[..., Result],
        hosts: Collection[str],
        *,
        guard: Guard | None = None,
        quiet: bool = False,
        handing_over: HandOver = _hand_over,
        told: Callable[[str, TaskRecord], None] = _tell_nobody,
        **operands: Any,  # noqa: ANN401 (each task's own)
    ) -> dict[str, Result]:
        """Run a task on some hosts; each of them has a result, in the inventory's order.

        Args:
            task: a task of nxsl.
            hosts: their names.
            guard: another one for this task; for a remote runner it travels to the workers.
            quiet: whether observers are to learn nothing of it, as it only looks.
            handing_over: for a remote runner, asked before a parcel of hosts; gives those that are
                held back.
            told: for a remote runner, how each host of a parcel has ended, before the next parcel.
            **operands: of the task.
        """
        watching = guard or (None if self.remote else self._guard)
        wrapped = watched(task, watching) if watching else task
        if not self.remote:
            return self._run(wrapped, hosts, operands, quiet=quiet)
        left, found = list(hosts), dict[str, Result]()
        while left and self._refused is None:
            size = _PARCEL if self._logged_in else 1
            parcel, left = left[:size], left[size:]
            held = handing_over(parcel)
            given = [host for host in parcel if host not in held]
            found |= held | self._run(wrapped, given, operands, quiet=quiet)
            for host in given:
                self._learn(host, found[host].result)
                told(host, found[host].result)
        for host in left:
            found[host] = made_up(_same_credential(self._refused))
        return {host: found[host] for host in self.nr.inventory.hosts if host in found}

    def _run(
        self,
        task: Callable[..., Result],
        hosts: Collection[str],
        operands: Mapping[str, Any],
        *,
        quiet: bool,
    ) -> dict[str, Result]:
        if not hosts:
            return {}
        self.nr.data.reset_failed_hosts()
        wanted = frozenset(hosts)
        chosen = self.nr.filter(filter_func=lambda host: host.name in wanted)
        processors = [] if quiet else self._processors
        chosen = chosen.with_processors(processors).with_runner(self._runner)
        found = chosen.run(task, **operands)
        self.nr.data.reset_failed_hosts()
        return {host: result_of(found, host) for host in chosen.inventory.hosts}

    def _learn(self, host: str, record: TaskRecord) -> None:
        """Which credentials the workers use is not known here; all count as one."""
        self._logged_in = self._logged_in or record.facts is not None
        if record.reason is Reason.LOGIN_FAILED and self._refused is None:
            self._refused = host


def _same_credential(host: str | None) -> TaskRecord:
    return TaskRecord(
        outcome=Outcome.NOT_RUN,
        reason=Reason.CREDENTIAL_BREAKER,
        detail=f"not tried: {host} has refused the login of the workers",
        remedy="see the credentials of the workers, or leave that switch out; then run it again",
    )


def result_of(found: AggregatedResult, host: str) -> Result:
    """The result of a host, with a true record also where the task gave none."""
    multi = found.get(host)
    first = multi[0] if multi else None
    if first is not None and isinstance(first.result, TaskRecord):
        return first
    error = first.exception if first is not None else None
    record = TaskRecord(
        outcome=Outcome.UNKNOWN,
        reason=Reason.INTERNAL,
        detail=f"the task died of {type(error).__name__}" if error else "the task gave no record",
        remedy="nxsl verify tells how the switch stands; please report this fault of the program",
    )
    return Result(host=None, result=record, failed=True)


def made_up(record: TaskRecord) -> Result:
    """A result for a host on which nothing was run."""
    return Result(host=None, result=record, failed=not record.outcome.good)


def aggregated(name: str, results: Mapping[str, Result]) -> AggregatedResult:
    """Results in the form that Nornir gives and `nxsl.FleetReport` takes."""
    made = AggregatedResult(name)
    for host, result in results.items():
        multi = MultiResult(name)
        multi.append(result)
        made[host] = multi
    return made
