"""nxsl, reading just what the others read: its session, its parser, its runner.

Host keys are checked, as nxsl does by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nornir.core.task import Result, Task

from benchmarks.clients.nxsl_verify import open_inventory
from benchmarks.job import COMMANDS, Done, Job
from benchmarks.reading import Reading, frame, warm
from nxsl import parse
from nxsl.core.records import LicenseStatus, LicenseUsage
from nxsl.nxos.connect import open_session

if TYPE_CHECKING:
    from nornir.core import Nornir

    from benchmarks.job import Work


def prepare(job: Job) -> Work:
    """Open the inventory."""
    nr = open_inventory(job)
    warm()
    return lambda: work(nr)


def work(nr: Nornir) -> Done:
    """Run the task everywhere and make the frame."""
    result = nr.run(task=one_host)
    readings: dict[str, Reading] = {
        host: each[0].result for host, each in result.items() if not each.failed
    }
    errors = [f"{host}: {each[0].exception!r}" for host, each in result.items() if each.failed]
    return Done(readings=readings, rows=len(frame(readings)), errors=tuple(errors[:5]))


def one_host(task: Task) -> Result:
    """Connect, read, parse; the runner closes."""
    session = open_session(task.host, task.nornir.config)
    with session.ahead(*COMMANDS):
        version, status, usage, call_home = map(session.show, COMMANDS)
    facts = parse("show version", version)
    licensing = parse("show license status", status)
    used = parse("show license usage", usage)
    ways = parse("show running-config callhome", call_home)
    if not isinstance(licensing, LicenseStatus) or not isinstance(used, LicenseUsage):
        raise TypeError("the simulated switches have classic Smart Licensing")
    if licensing.registration is None or licensing.authorization is None:
        raise TypeError("Smart Licensing is on, on every switch of the fleet")
    reading = Reading(
        serial=facts.serial,
        registration=licensing.registration.status,
        authorization=licensing.authorization.status,
        tags=tuple(each.tag for each in used.licenses),
        url=next((each.url for each in ways.destinations), ""),
    )
    return Result(host=task.host, result=reading)
