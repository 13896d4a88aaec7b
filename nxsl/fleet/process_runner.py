"""A Nornir runner on several processes of this machine: one Python uses no more than one core.

Nornir loads every runner that is installed: what this needs is imported when one is used.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Self

from nornir.core.task import AggregatedResult
from nornir.plugins.runners import ThreadedRunner

from nxsl.core.errors import Refused, SecretError
from nxsl.fleet._endings import EARLIER, failed_earlier
from nxsl.fleet.stop import stopping_by_signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nornir.core.inventory import Host
    from nornir.core.task import Task

    from nxsl.fleet._children import Children
    from nxsl.fleet._desk import LoggingIn
    from nxsl.fleet._process_errands import ProcessErrand
    from nxsl.fleet.stop import Stop

_NORNIR = "nornir.core"
"""Its only task closes the connections that are open here."""
_CHUNK = 25
_ROUNDS = 6
"""Parcels that each process gets at least, so that all of them end at about the same time."""


class ProcessRunner:
    """Runs tasks in processes of this machine, which are started when they are first needed.

    As with threads, but: results come back in pickles; what a task writes on its host is lost, and
    connections are closed when its host is done; processors of subtasks are not called; what a
    task prints goes to standard error. Data whose key ends in `password`, `secret`, `token` or the
    like stays here; user names, passwords and keys go along, over a pipe that nobody else has.

    The task and its operands have to be importable: neither a lambda nor a function of a notebook,
    or of the script itself. The script is not run again, so it needs no `if __name__`.

    SIGINT, SIGTERM and SIGHUP concern this process alone. At the first one nothing new is begun; a
    second SIGINT or SIGTERM ends the processes with the hosts under way. Where a process dies, the
    hosts that it was at end as unknown, or as failed where the task only reads; none is begun
    twice, and others take over the rest. Where this process dies, they end.

    Args:
        processes: how many; by default one for each core that may be used.
        threads: hosts at a time in each of them.
        chunk: hosts in a parcel; by default what suits their number.
        changes: whether tasks change something, where it is not to be told from them.
        credentials: where user names and passwords come from: `here`, the inventory of this
            process; else as for `DaskRunner`.
        stop: asks to stop; by default signals, or what is set up around.
        logging_in: surrounds, in this process, each attempt to log in to a host.

    Attributes:
        remote: tasks run in other processes: what is set up around them here is not there.
        stopped: whether the last run was stopped.
        left: the hosts that were under way when the last run could wait no longer.

    Raises:
        SecretError: `credentials` is none of those.
        ValueError: a number is not positive.
    """

    remote = True

    def __init__(
        self,
        processes: int | None = None,
        threads: int = 25,
        chunk: int | None = None,
        changes: bool | None = None,
        credentials: str = "here",
        stop: Stop | None = None,
        logging_in: LoggingIn | None = None,
    ) -> None:
        if min(cores() if processes is None else processes, threads, chunk or 1) < 1 or chunk == 0:
            raise ValueError("processes, threads and chunk are whole numbers of 1 or more")
        if credentials != "here":
            from nxsl.fleet._worker_secrets import check_way  # noqa: PLC0415 (takes its time)

            check_way(credentials)
        self.processes = cores() if processes is None else processes
        self.threads, self.chunk = threads, chunk
        self.stopped = False
        self.left: tuple[str, ...] = ()
        self._changes, self._credentials = changes, credentials
        self._stop, self._logging_in = stop, logging_in
        self._children: Children | None = None
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that are there now."""
        return self._children.pids if self._children is not None else ()

    def close(self) -> None:
        """End the processes; the next run starts new ones."""
        if self._children is not None:
            self._children.close()

    def heed(self, stop: Stop) -> None:
        """Let a run's stop count; it takes the place of the one given before."""
        self._stop = stop

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a task on hosts; each of them is in the result, in their order.

        Raises:
            SecretError: a token or password is among the operands, or a key cannot be handed over.
            Refused: the task cannot be imported elsewhere, or no process can be started.
            InventoryError: something in the inventory cannot be pickled.
        """
        if getattr(task.task, "__module__", "") == _NORNIR:
            return ThreadedRunner().run(task, hosts)
        return self.carry_out(task, hosts, *(self.pack(task, hosts) if hosts else (b"", [])))

    def pack(self, task: Task, hosts: list[Host]) -> tuple[bytes, list[ProcessErrand]]:
        """Make what travels; nothing is started.

        Raises:
            SecretError, Refused, InventoryError: as `run`.
        """
        from nxsl.fleet._detach import require_none  # noqa: PLC0415 (takes its time)
        from nxsl.fleet._parcels import Packer, job_of, pack_job  # noqa: PLC0415 (likewise)

        try:
            job = pack_job(
                job_of(task, threads=self.threads, credentials=self._credentials), Packer
            )
        except SecretError:
            raise
        except Exception as error:  # noqa: BLE001 (pickle raises what it likes, and may quote it)
            raise Refused(
                f"{task.name} cannot be run in another process: it, or an operand, cannot be "
                f"imported or pickled ({type(error).__name__})",
                remedy="put the task into a module of its own, and import it; or run it on threads",
            ) from None
        require_none(job, hosts, f"{task.name}: an operand")
        size = self.chunk or max(1, min(_CHUNK, len(hosts) // (self.processes * _ROUNDS)))
        errands = [self._errand(hosts[at : at + size]) for at in range(0, len(hosts), size)]
        return job, errands

    def carry_out(
        self, task: Task, hosts: list[Host], job: bytes, errands: list[ProcessErrand]
    ) -> AggregatedResult:
        """Run what `pack` has made.

        Raises:
            Refused: no process can be started; nothing was begun.
        """
        from nxsl.fleet._desk import Desk  # noqa: PLC0415 (takes its time)
        from nxsl.fleet._parcels import is_changing, made_up  # noqa: PLC0415 (likewise)
        from nxsl.fleet._process_errands import ProcessErrands  # noqa: PLC0415

        result = AggregatedResult(task.name)
        with self._one_at_a_time:
            self.stopped, self.left = False, ()
            children = self._begin(len(errands))
            desk = None
            if self._logging_in is not None:
                desk = Desk(self._logging_in, hosts, self.processes * self.threads)
            work = ProcessErrands(
                children,
                task,
                job,
                threads=self.threads,
                pack=self._errand,
                desk=desk,
                changes=is_changing(task, self._changes),
            )
            try:
                with stopping_by_signals(
                    self._stop, on_first=lambda _stop: work.tell_to_stop()
                ) as stop:
                    work.heed(stop)
                    work.begin(len(errands))
                    work.do(errands)
            except BaseException:
                children.close()  # nobody waits for what they are at
                raise
            finally:
                if desk is not None:
                    desk.close()
            self.stopped, self.left = work.stopped, work.left
        for host in hosts:
            result[host.name] = work.endings[host.name]
        for host in failed_earlier(task, hosts):
            result[host.name] = made_up(task.name, EARLIER, host=host)
        return result

    def start(self, hosts: int) -> None:
        """Start what is needed for so many hosts, before the run.

        Raises:
            Refused: no process can be started.
        """
        with self._one_at_a_time:
            self._begin(hosts)

    def _begin(self, wanted: int) -> Children:
        from nxsl.fleet._children import Children  # noqa: PLC0415 (takes its time)

        self._children = self._children or Children(self.processes)
        self._children.ready(wanted)
        return self._children

    def _errand(self, hosts: Sequence[Host]) -> ProcessErrand:
        from nxsl.fleet._detach import pack_hosts  # noqa: PLC0415 (takes its time)
        from nxsl.fleet._keys import keys_of  # noqa: PLC0415 (likewise)
        from nxsl.fleet._process_errands import ProcessErrand  # noqa: PLC0415

        keys = keys_of(hosts) if self._credentials == "here" else None
        return ProcessErrand(hosts=list(hosts), parcel=pack_hosts(hosts), keys=keys)


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
