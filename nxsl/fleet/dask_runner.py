"""A Nornir runner on a Dask cluster: workers on other machines, in zones this one cannot reach.

Nornir loads every runner that is installed, so nothing here needs Dask before one is made.

What Dask carries are pickles, and a pickle is code: who can talk to a scheduler can run anything on
it, on its workers, and on whoever asks them. So a scheduler that is not on this machine has to be
one of TLS, with certificates on both sides, and the cluster that is started here is that as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from nornir.core.task import AggregatedResult
from nornir.plugins.runners import ThreadedRunner

from nxsl.core.errors import MissingExtra, Refused
from nxsl.fleet._endings import EARLIER, failed_earlier

if TYPE_CHECKING:
    from pathlib import Path

    from distributed import Client, LocalCluster
    from distributed.security import Security
    from nornir.core.inventory import Host
    from nornir.core.task import Task

    from nxsl.fleet._dask_errands import DaskErrand
    from nxsl.fleet._errands import StopLike

_NORNIR = "nornir.core"
"""Its only task closes the connections that are open here."""
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_ALLOWED_FAILURES = "distributed.scheduler.allowed-failures"
# Dask's web server cannot be turned off, and knows no passwords: it has nothing to show.
_NO_PAGES: dict[str, list[str]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


class DaskRunner:
    """Runs tasks on the workers of a Dask cluster, in parcels of hosts.

    Workers need the same nxsl, Python and Dask. They get hosts without passwords, find those by
    `credentials` on their own machine, and give back results, which are in the hosts' order here.
    Processors are called here: started when a host's parcel is handed over, completed when its
    ending is there. Those of subtasks are not called. What a task writes on its host is lost, and
    files that it reads or writes are those of the worker. Data whose key ends in `password`,
    `secret`, `token` or the like stays here.

    **Nothing is done twice.** Dask runs a task again when its worker goes away, even when the
    result was there already. For a task that changes something the scheduler is asked to allow no
    failures, or the run is refused; and each parcel has one right to begin, kept by the scheduler,
    without which a second worker does nothing. Hosts whose worker was lost end as unknown, reason
    `worker-lost`. Every task counts as changing but dry runs and those marked by
    `nxsl.core.reading.reads_only`.

    A script that lets this start workers of its own needs `if __name__ == "__main__":`, as
    everything that starts Python processes does.

    Args:
        address: the scheduler's, such as `tls://scheduler.example.com:8786`; without one, and
            without `client`, workers are started on this machine, as Python processes.
        client: a connected `distributed.Client` instead; it is not closed.
        workers: how many are started on this machine.
        threads: hosts at a time in each parcel.
        chunk: hosts in a parcel.
        changes: whether tasks change something, where it is not to be told from them.
        credentials: where a worker has user names and passwords from: `env` (NXSL_USERNAME and
            NXSL_PASSWORD), `inventory:FOLDER`, `call:MODULE:FUNCTION` (a function of the host's
            name that gives a mapping), or `none`, for tasks that need none.
        zone: the name in a host's data of the Dask resource that its worker must offer.
        patience: seconds to wait for a worker where none can take a host.
        tls_ca: file of the certificate authority.
        tls_cert: file of this machine's certificate.
        tls_key: file of its key.
        security: a `distributed.Security` instead.
        insecure: let a scheduler elsewhere do without TLS.
        stop: its event `requested` lets nothing more be begun, as Ctrl-C does; its event `urgent`,
            if it has one, leaves what is under way, as a second Ctrl-C does.

    Attributes:
        remote: tasks run in other processes: what is set up around them here is not there.
        stopped: whether the last run was stopped.
        left: the hosts that the last run has left, and that may still be worked on.

    Raises:
        MissingExtra: Dask is not installed.
        Refused: the address is elsewhere and without TLS.
        SecretError: `credentials` is none of those.
        ValueError: a number is not positive.
    """

    remote = True

    def __init__(
        self,
        address: str | None = None,
        *,
        client: Client | None = None,
        workers: int = 2,
        threads: int = 25,
        chunk: int = 25,
        changes: bool | None = None,
        credentials: str = "env",
        zone: str = "zone",
        patience: float = 10.0,
        tls_ca: str | Path | None = None,
        tls_cert: str | Path | None = None,
        tls_key: str | Path | None = None,
        security: Security | None = None,
        insecure: bool = False,
        stop: StopLike | None = None,
    ) -> None:
        try:
            from distributed.security import Security as Certificates  # noqa: PLC0415 (an extra)

            from nxsl.fleet._worker_secrets import check_way  # noqa: PLC0415 (needs it as well)
        except ImportError:
            raise MissingExtra(
                "runs beyond one machine need the package distributed",
                remedy="pip install 'nxsl[dask]'",
            ) from None
        if min(workers, threads, chunk) < 1:
            raise ValueError("workers, threads and chunk are whole numbers of 1 or more")
        check_way(credentials)
        if security is None and (tls_ca or tls_cert or tls_key):
            security = Certificates(
                tls_ca_file=_path(tls_ca),
                tls_client_cert=_path(tls_cert),
                tls_client_key=_path(tls_key),
                require_encryption=True,
            )
        if not insecure:
            _require_safe(address or _address_of(client))
        self.workers, self.threads, self.chunk = workers, threads, chunk
        self.stopped = False
        self.left: tuple[str, ...] = ()
        self._address, self._security = address, security
        self._changes, self._credentials = changes, credentials
        self._zone, self._patience, self._stop = zone, patience, stop
        self._client, self._own_client = client, client is None
        self._cluster: LocalCluster | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the scheduler, and end the workers that were started here."""
        if self._own_client and self._client is not None:
            self._client.close()
            self._client = None
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None

    @property
    def client(self) -> Client:
        """Dask's client; connected, and workers started, when it is first needed.

        Raises:
            Refused: the scheduler cannot be talked to.
        """
        if self._client is None:
            from distributed import Client  # noqa: PLC0415 (an extra)

            if self._address is None:
                self._cluster = _start(self.workers)
            try:
                self._client = Client(
                    self._cluster or self._address,
                    security=self._security if self._cluster is None else None,
                    set_as_default=False,
                )
            except OSError as error:  # Dask's errors of communication, and those of TLS, are some
                raise Refused(
                    f"the Dask scheduler {self._address} cannot be talked to: {error}",
                    remedy="check its address, and whether both sides have certificates of one "
                    "authority",
                ) from None
        return self._client

    def heed(self, stop: StopLike) -> None:
        """Let a run's stop count; it takes the place of the one given before."""
        self._stop = stop

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a task on hosts; each of them is in the result, in their order.

        Raises:
            SecretError: a token or password is among the operands.
            Refused: the task changes something, and the scheduler would do it again.
            InventoryError: something in the inventory cannot be pickled.
            TypeError: the task or an operand cannot be pickled.
        """
        from nxsl.fleet._parcels import made_up  # noqa: PLC0415 (takes its time)

        self.stopped, self.left = False, ()
        if getattr(task.task, "__module__", "") == _NORNIR:
            return ThreadedRunner().run(task, hosts)
        result = self._run(task, hosts) if hosts else AggregatedResult(task.name)
        for host in failed_earlier(task, hosts):
            result[host.name] = made_up(task.name, EARLIER, host=host)
        return result

    def _run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        from nxsl.fleet._dask_errands import DaskErrands  # noqa: PLC0415 (needs the extra)
        from nxsl.fleet._detach import require_none  # noqa: PLC0415 (takes its time)
        from nxsl.fleet._notebook import NotebookPacker  # noqa: PLC0415 (needs the extra)
        from nxsl.fleet._parcels import is_changing, job_of, pack_job  # noqa: PLC0415 (as above)

        changes = is_changing(task, self._changes)
        packed = job_of(task, threads=self.threads, credentials=self._credentials)
        job = pack_job(packed, NotebookPacker)
        require_none(job, hosts, f"{task.name}: an operand")
        errands = self._parcels(hosts)
        if changes:
            require_no_repetition(self.client)
        work = DaskErrands(
            self.client, task, job, changes=changes, patience=self._patience, stop=self._stop
        )
        work.do(errands)
        self.stopped, self.left = work.stopped, work.left
        result = AggregatedResult(task.name)
        for host in hosts:
            result[host.name] = work.endings[host.name]
        return result

    def _parcels(self, hosts: list[Host]) -> list[DaskErrand]:
        from nxsl.fleet._dask_errands import DaskErrand  # noqa: PLC0415 (needs the extra)
        from nxsl.fleet._detach import pack_hosts  # noqa: PLC0415 (takes its time)
        from nxsl.fleet._notebook import NotebookPacker  # noqa: PLC0415 (needs the extra)

        zones: dict[str, list[Host]] = {}
        for host in hosts:
            zones.setdefault(str(host.get(self._zone) or ""), []).append(host)
        return [
            DaskErrand(hosts=few, zone=zone, parcel=pack_hosts(few, NotebookPacker))
            for zone, members in zones.items()
            for few in (
                members[start : start + self.chunk] for start in range(0, len(members), self.chunk)
            )
        ]


def require_no_repetition(client: Client) -> None:
    """Refuse a scheduler that runs tasks of dead workers again.

    Raises:
        Refused: it does.
    """

    def ask(dask_scheduler: Any = None) -> int:  # noqa: ANN401 (travels by value: no import there)
        allowed: int = dask_scheduler.allowed_failures
        return allowed

    allowed = client.run_on_scheduler(ask)
    if allowed != 0:
        raise Refused(
            f"the Dask scheduler would run a task again when its worker dies: "
            f"{_ALLOWED_FAILURES} is {allowed}, and this task changes switches",
            remedy="start it with DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0",
        )


def _start(workers: int) -> LocalCluster:
    """Start workers on this machine, which nobody else can reach or talk to.

    Others may be logged in on it, so that 127.0.0.1 alone is not enough.
    """
    import dask.config  # noqa: PLC0415 (an extra)
    from distributed import LocalCluster  # noqa: PLC0415 (likewise)
    from distributed.security import Security  # noqa: PLC0415

    with dask.config.set(_NO_PAGES):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            protocol="tls://",
            security=Security.temporary(),
            dashboard_address="127.0.0.1:0",  # None means port 8787, also where that is taken
            scheduler_kwargs={"allowed_failures": 0, "dashboard": False},
            memory_limit=None,  # else Dask kills a worker that grows, in the middle of its work
            preload=["nxsl.fleet._detached"],
        )


def _address_of(client: Client | None) -> str:
    scheduler = client.scheduler if client is not None else None
    return str(scheduler.address) if scheduler is not None else ""


def _require_safe(address: str) -> None:
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if address and parts.scheme not in {"tls", "inproc"} and parts.hostname not in _HERE:
        raise Refused(
            f"{address} is not on this machine and does not use TLS: whoever is on the way could "
            "run code here and on every worker",
            remedy="tls://..., with tls_ca, tls_cert and tls_key",
        )


def _path(path: str | Path | None) -> str | None:
    return None if path is None else str(path)
