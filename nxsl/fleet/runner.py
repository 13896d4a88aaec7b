"""A Nornir runner that can be stopped, and that loses no host whatever a task does.

Nornir loads every runner that is installed, also where another one is used: importing this must
stay cheap, and must not need anything that is optional.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard, get_args

from nornir.core.task import AggregatedResult, MultiResult, Result

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.fleet._crew import Crew
from nxsl.fleet._endings import EARLIER, failed_earlier
from nxsl.fleet._log import where
from nxsl.fleet.advice import Growth, advise
from nxsl.fleet.host_checks import check_hosts
from nxsl.fleet.limits import JumpHosts, keys_of
from nxsl.fleet.schedule import Schedule
from nxsl.fleet.stop import stopping_by_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nornir.core.inventory import Host
    from nornir.core.task import Task

    from nxsl.fleet.stop import Stop

_LOG = logging.getLogger("nxsl")

Close = Literal["failed", "always", "never"]
Workers: TypeAlias = int | Literal["auto"] | None
"""Hosts at a time; `auto` or None: as many as pay off."""

_STOPPED = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.STOPPED,
    detail="stopped before this host began",
    remedy="run it again: hosts that are done are left alone",
)
_LEFT = TaskRecord(
    outcome=Outcome.UNKNOWN,
    reason=Reason.STOPPED,
    detail="left while this host was under way",
    remedy="nxsl verify tells how it stands",
)


class FleetRunner:
    """Like Nornir's threaded runner, but a signal starts no further host and keeps every result.

    At the first SIGINT, SIGTERM or SIGHUP nothing new is begun, and the hosts under way come to
    their end; at a second SIGINT or SIGTERM they are left. A host whose task dies, of whatever it
    may be, costs itself only, and a processor that raises costs nothing. Hosts that Nornir leaves
    out because they failed earlier are in the result, as not run.

    A script with several runs puts `stopping_by_signals` around them: then the stop of one is the
    stop of all. Otherwise the next one starts, as after any run.

    In Nornir's configuration:

    ```yaml
    runner: {plugin: nxsl, options: {limits: {site: 5, jump_host: 10}}}
    ```

    Args:
        num_workers: hosts at a time; `auto` or nothing for as many as pay off: see `Growth`.
        limits: how many hosts at a time with the same value of an attribute of their data;
            `group` means membership, and `jump_host` is looked for in the SSH configuration where
            the inventory has none. A host without the attribute is not limited.
        close: whose connections are closed when their task has ended.
        check: whether hosts with odd names, and one switch under two names, are refused.
        stop: asks to stop; by default what `stopping_by_signals` has set up around, or signals.
        on_stop: called once, when the run is stopped, with the names of the hosts under way; it
            must return soon.

    Attributes:
        workers: how many hosts at a time the last run came to.
        stopped: whether the last run was stopped.
        left: the hosts that the last run has left, and that may still be worked on.
    """

    def __init__(
        self,
        num_workers: Workers = None,
        *,
        limits: Mapping[str, int] | None = None,
        close: Close = "failed",
        check: bool = True,
        stop: Stop | None = None,
        on_stop: Callable[[Sequence[str]], None] = lambda _under_way: None,
    ) -> None:
        if not (num_workers is None or num_workers == "auto" or is_count(num_workers)):
            raise ValueError("num_workers is neither a whole number of 1 or more nor 'auto'")
        if not all(is_count(limit) for limit in (limits or {}).values()):
            raise ValueError("limits: a limit is not a whole number of 1 or more")
        if close not in get_args(Close):
            raise ValueError(f"close is none of {', '.join(get_args(Close))}")
        self.num_workers: int | None = None if num_workers == "auto" else num_workers
        self.workers = 0
        self._reached = 0
        self.limits = dict(limits or {})
        self.close = close
        self.stopped = False
        self.left: tuple[str, ...] = ()
        self._check = check
        self._stop = stop
        self._on_stop = on_stop

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a task on hosts; each of them is in the result, in their order.

        Raises:
            SelectionError: there is no host at all, or two of them are one switch.
            InventoryError: a host's name is odd, or the SSH configuration cannot be read.
        """
        jumps = JumpHosts(task.nornir.config.ssh.config_file)
        if self._check and (hosts or not task.nornir.inventory.hosts):
            check_hosts({host.name: host for host in hosts}, jumps)
        keys = [keys_of(host, self.limits, jumps) for host in hosts]
        schedule = Schedule(keys, self.limits)
        workers = self._workers(schedule.most)
        with stopping_by_signals(self._stop) as stop:
            crew = Crew(task, hosts, schedule, stop, close=self.close)
            crew.work(workers, self._say)
        self.workers = workers.workers if isinstance(workers, Growth) else workers
        self._reached = max(self._reached, self.workers)
        self.stopped, self.left = stop.requested.is_set(), crew.left
        result = AggregatedResult(task.name)
        for number, host in enumerate(hosts):
            ending = crew.endings.get(number)
            missing = _LEFT if host.name in crew.left else _STOPPED
            result[host.name] = _made_up(task, host, missing) if ending is None else ending
        for host in failed_earlier(task, hosts):
            result[host.name] = _made_up(task, host, EARLIER)
        return result

    def _workers(self, most: int) -> int | Growth:
        """A number, or what decides it; that begins with what the run before came to."""
        if self.num_workers is not None:
            return min(self.num_workers, most)
        first = advise(most).workers if most else 0
        return Growth(most=most, first=max(first, self._reached))

    def _say(self, under_way: Sequence[str]) -> None:
        try:
            self._on_stop(under_way)
        except (Exception, SystemExit) as error:  # noqa: BLE001 (the terminal may have gone)
            _LOG.error("on_stop raised %s", where(error))


def is_count(value: object) -> TypeGuard[int]:
    """Whether it is a number of workers, or a limit."""
    return type(value) is int and value >= 1


def _made_up(task: Task, host: Host, record: TaskRecord) -> MultiResult:
    multi = MultiResult(task.name)
    multi.append(
        Result(host=host, result=record, failed=True, name=task.name, severity_level=logging.ERROR)
    )
    return multi
