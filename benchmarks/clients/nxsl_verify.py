"""nxsl as a user writes it: `verify` over `open_fleet`, and the frames of a `FleetReport`.

It reads more than the others: the clock, what is saved, the HTTP client; and it says what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.job import Done, Job
from benchmarks.reading import Reading, warm
from nxsl import FleetReport, FleetRunner, open_fleet, verify

if TYPE_CHECKING:
    from nornir.core import Nornir

    from benchmarks.job import Work
    from nxsl.core.outcome import VerifyRecord


def open_inventory(job: Job) -> Nornir:
    """Nxsl's way, with its runner, which closes each connection as its host finishes."""
    nr = open_fleet(job.inventory, workers=job.workers or None)
    runner = (
        FleetRunner(job.workers, close="always") if job.workers else FleetRunner(close="always")
    )
    wanted = set(list(nr.inventory.hosts)[: job.hosts])
    return nr.filter(filter_func=lambda host: host.name in wanted).with_runner(runner)


def prepare(job: Job) -> Work:
    """Open the inventory."""
    nr = open_inventory(job)
    warm()
    return lambda: work(nr)


def work(nr: Nornir) -> Done:
    """Verify everywhere and make the frames."""
    result = nr.run(task=verify)
    report = FleetReport(nr.inventory.hosts, result)
    rows = sum(len(each) for each in (report.status, report.usage, report.findings))
    records = {host: each[0].result for host, each in result.items() if not each.failed}
    return Done(
        readings={host: reading_of(record) for host, record in records.items()},
        rows=rows,
        errors=tuple(str(each) for each in report.failures.get("detail", ())[:5]),
    )


def reading_of(record: VerifyRecord) -> Reading:
    """What the others read as well."""
    state = record.state
    if state is None or state.status is None or state.usage is None or state.transport is None:
        raise TypeError(f"not everything was read: {record.detail}")
    registration, authorization = state.status.registration, state.status.authorization
    return Reading(
        serial=state.facts.serial,
        registration=registration.status if registration else "",
        authorization=authorization.status if authorization else "",
        tags=tuple(each.tag for each in state.usage.licenses if hasattr(each, "tag")),
        url=next((each.url for each in state.transport.call_home.destinations), ""),
    )
