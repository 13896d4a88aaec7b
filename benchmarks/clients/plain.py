"""Plain nornir and nornir-netmiko, as a careful user would write it.

`netmiko_send_command` for each command with netmiko's defaults, TTP templates that are compiled
once for each thread, one DataFrame at the end, and each connection closed as its host finishes.
Host keys are not checked, as netmiko does not unless it is told to; that is to plain's advantage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nornir import InitNornir
from nornir.core.task import Result, Task
from nornir_netmiko.tasks import netmiko_send_command

from benchmarks.job import COMMANDS, Done, Job
from benchmarks.reading import Reading, frame, read, warm

if TYPE_CHECKING:
    from nornir.core import Nornir

    from benchmarks.job import Work


def open_inventory(job: Job) -> Nornir:
    """Nornir as usual, without checks of host keys."""
    folder = job.inventory
    files = {f"{name}_file": str(folder / f"{name}s.yaml") for name in ("host", "group")}
    nr = InitNornir(
        inventory={
            "plugin": "SimpleInventory",
            "options": {**files, "defaults_file": str(folder / "defaults.yaml")},
        },
        runner={"plugin": "threaded", "options": {"num_workers": job.workers}},
        logging={"enabled": False},
    )
    nr.inventory.defaults.connection_options.pop("netmiko")
    wanted = set(list(nr.inventory.hosts)[: job.hosts])
    return nr.filter(filter_func=lambda host: host.name in wanted)


def prepare(job: Job) -> Work:
    """Open the inventory."""
    nr = open_inventory(job)
    warm()
    return lambda: work(nr, one_host)


def work(nr: Nornir, task: Any) -> Done:  # noqa: ANN401 (a Nornir task)
    """Run the task everywhere and make the frame."""
    result = nr.run(task=task)
    readings: dict[str, Reading] = {
        host: each[0].result for host, each in result.items() if not each.failed
    }
    errors = [f"{host}: {each[-1].exception!r}" for host, each in result.items() if each.failed]
    return Done(readings=readings, rows=len(frame(readings)), errors=tuple(errors[:5]))


def one_host(task: Task) -> Result:
    """Connect, read, parse, close."""
    try:
        texts = [
            str(task.run(netmiko_send_command, command_string=command).result)
            for command in COMMANDS
        ]
    finally:
        task.host.close_connections()
    return Result(host=task.host, result=read(texts))
