"""nornir-scrapli with ssh2-python, the fastest of its transports that runs in threads here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nornir.core.inventory import ConnectionOptions
from nornir.core.task import Result, Task
from nornir_scrapli.tasks import send_commands

from benchmarks.clients.plain import open_inventory, work
from benchmarks.job import COMMANDS, Job
from benchmarks.reading import read, warm

if TYPE_CHECKING:
    from benchmarks.job import Work

TRANSPORT = "ssh2"


def prepare(job: Job) -> Work:
    """Open the inventory."""
    nr = open_inventory(job)
    nr.inventory.defaults.connection_options["scrapli"] = ConnectionOptions(
        extras={
            "auth_strict_key": False,
            "ssh_config_file": False,
            "transport": TRANSPORT,
        }
    )
    warm()
    return lambda: work(nr, one_host)


def one_host(task: Task) -> Result:
    """Connect, read, parse, close."""
    try:
        result: Any = task.run(send_commands, commands=list(COMMANDS))[0]
        replies = result.scrapli_response
        texts = [reply.result for reply in replies]
    finally:
        task.host.close_connections()
    return Result(host=task.host, result=read(texts))
