"""What runs on a worker: the task on a few hosts, with secrets that are found there."""

from __future__ import annotations

import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.processor import Processors
from nornir.core.state import GlobalState
from nornir.core.task import Task
from nornir.plugins.runners import SerialRunner

from nxsl.core.errors import NxslError
from nxsl.core.outcome import TaskRecord, outcome_of
from nxsl.fleet._endings import died_of, kept, whole
from nxsl.fleet._parcels import EndingPacker, made_up, pack, pack_ending, unpack
from nxsl.fleet._worker_secrets import put_secrets, secrets_of

if TYPE_CHECKING:
    import pickle

    from nornir.core.inventory import Host
    from nornir.core.task import MultiResult

    from nxsl.fleet._detach import Detached
    from nxsl.fleet._parcels import Job

_LOG = logging.getLogger("nxsl")


def dask_setup(_worker: object) -> None:
    """Leave Ctrl-C to the parent: the terminal sends it to the workers of this machine as well."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_parcel(job: bytes, hosts: bytes, claim: str = "") -> list[tuple[str, bytes]] | None:
    """Run a task on some hosts; what Dask calls.

    Args:
        job: a packed `Job`.
        hosts: packed `Detached` hosts.
        claim: the queue whose one item is the right to begin; empty where it may be done twice.

    Returns:
        (host, packed ending) in the order in which they were given; None where somebody else has
        begun: Dask runs a task again when its worker goes away, even when its result was there.
    """
    from nxsl.fleet._notebook import NotebookEndingPacker  # noqa: PLC0415 (an extra)

    work: Job = unpack(job)
    detached: Detached = unpack(hosts)
    nornir = nornir_of(work, detached)
    if claim and not _claimed(claim):  # last: what failed before has begun nothing
        return None
    with ThreadPoolExecutor(work.threads, thread_name_prefix="nxsl") as pool:
        futures = {
            # In this thread's context, so that a task can ask Dask which worker it is on.
            name: pool.submit(
                copy_context().run,
                partial(
                    run_host,
                    work,
                    nornir,
                    name,
                    own=name in detached.own_secrets,
                    packer=NotebookEndingPacker,
                ),
            )
            for name in detached.inventory.hosts
        }
        return [(name, future.result()) for name, future in futures.items()]


def _claimed(name: str) -> bool:
    """Take the right to begin, which is kept by the scheduler and there only once."""
    from distributed import get_worker  # noqa: PLC0415 (an extra)
    from distributed.utils import sync  # noqa: PLC0415 (likewise)

    worker = get_worker()
    # A `Queue` would need a client, and each worker would keep one of its own.
    return bool(sync(worker.loop, worker.scheduler.queue_get, name=name, batch=True))


def nornir_of(job: Job, detached: Detached) -> Nornir:
    """Nornir for the hosts of a parcel."""
    ConnectionPluginRegister.auto_register()
    config = Config()
    config.ssh.config_file = job.ssh_config
    return Nornir(
        inventory=detached.inventory,
        runner=SerialRunner(),
        config=config,
        data=GlobalState(dry_run=job.dry_run),
        processors=Processors(),
    )


def run_host(
    job: Job,
    nornir: Nornir,
    name: str,
    *,
    own: bool,
    packer: type[pickle.Pickler] = EndingPacker,
) -> bytes:
    """Run a task on a host, and close what it has opened; whatever happens, it has an ending."""
    host = nornir.inventory.hosts[name]
    try:
        ending = _ending(job, nornir, host, own=own)
    except BaseException as error:  # noqa: BLE001 (it costs this host, and no other one)
        ending = made_up(job.name, died_of(error))
    finally:
        _close(host)
    try:
        return pack_ending(ending, secrets_of(host), packer)
    except BaseException as error:  # noqa: BLE001 (a result may do anything when it is looked at)
        return pack(made_up(job.name, died_of(error)))


def _ending(job: Job, nornir: Nornir, host: Host, *, own: bool) -> MultiResult:
    try:
        put_secrets(host, job.credentials, run=job.run, own=own)
    except NxslError as error:
        record = TaskRecord(
            outcome=outcome_of(error, wrote=False),
            reason=error.reason,
            detail=error.message,
            remedy=error.remedy,
        )
        return made_up(job.name, record, error=error)
    params: dict[str, Any] = dict(job.params)
    task = Task(
        kept(job.function),
        nornir,
        global_dry_run=job.dry_run,
        processors=nornir.processors,
        name=job.name,
        severity_level=job.severity,
        **params,
    )
    return whole(task.start(host), task, host)


def _close(host: Host) -> None:
    """Close what the task has opened: nobody else on this machine knows of it."""
    for name in list(host.connections):
        try:
            host.close_connection(name)
        except BaseException as error:  # noqa: BLE001 (the ending is known, and worth more)
            _LOG.warning("%s: closing %s raised %s", host.name, name, type(error).__name__)
