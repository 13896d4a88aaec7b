"""nxsl registers a fleet: plan and apply in one wave, then a verify that proves it.

The agents are asked in rounds, so that a registration of a minute keeps no worker for a minute.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.cases import DEFAULT_WORKERS
from benchmarks.clients import nxsl_verify
from benchmarks.job import Done, Job
from benchmarks.reading import Reading, warm
from nxsl import FleetReport, FleetRuns, RunSettings, RunStore, token_from_file, verify
from nxsl.core.outcome import Outcome

if TYPE_CHECKING:
    from nornir.core import Nornir

    from benchmarks.job import Work

_WAIT = 240.0


def prepare(job: Job) -> Work:
    """Open the inventory."""
    nr = nxsl_verify.open_inventory(job)
    warm()
    return lambda: work(nr, job)


def work(nr: Nornir, job: Job) -> Done:
    """Plan, apply, verify."""
    begun = time.perf_counter()
    with RunStore.open(str(job.inventory / "runs.sqlite")) as store:
        workers = job.workers or DEFAULT_WORKERS
        runs = FleetRuns(nr, store, inventory=str(job.inventory), workers=workers)
        plan = runs.plan("register")
        planned = time.perf_counter()
        ending = runs.apply(
            plan,
            token=token_from_file(job.inventory / "token.txt"),
            settings=RunSettings(waves="all", limit="100%", wait=_WAIT),
        )
        applied = time.perf_counter()
    nr.data.reset_failed_hosts()
    result = nr.run(task=verify)
    FleetReport(nr.inventory.hosts, result).status  # noqa: B018 (the frame is part of a verify)
    verified = time.perf_counter()
    readings: dict[str, Reading] = {}
    errors = []
    for host, each in ending.results.items():
        if each.result.outcome is Outcome.CHANGED_OK and not result[host].failed:
            readings[host] = nxsl_verify.reading_of(result[host][0].result)
        else:
            errors.append(f"{host}: {each.result.outcome}: {each.result.detail}")
    return Done(
        readings=readings,
        rows=len(readings),
        notes={
            "plan": planned - begun,
            "apply": applied - planned,
            "verify": verified - applied,
        },
        errors=tuple(errors[:5]),
    )
