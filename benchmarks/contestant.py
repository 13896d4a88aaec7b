"""One contestant, once, in a process of its own.

    python -m benchmarks.contestant NAME --inventory FOLDER --workers N [--hosts N]

One line of JSON on stdout: seconds and CPU of the work alone, what the imports took, peak memory,
and what was read of each host.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import resource
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.job import Job

if TYPE_CHECKING:
    from benchmarks.job import Done, Work

MODULES = {
    "plain": "plain",
    "scrapli": "scrapli",
    "ansible": "ansible",
    "asyncssh": "shell",
    "limit": "limit",
    "nxsl": "nxsl_same",
    "nxsl-verify": "nxsl_verify",
    "nxsl-register": "nxsl_register",
}


def cpu() -> float:
    """Seconds of CPU of this process and of those that it has waited for."""
    used = (resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def measured(name: str, job: Job) -> dict[str, Any]:
    """Prepare, do the work, and tell."""
    begun = time.perf_counter()
    prepare = importlib.import_module(f"benchmarks.clients.{MODULES[name]}").prepare
    imported = time.perf_counter()
    work: Work = prepare(job)
    prepared = time.perf_counter()
    cpu_before = cpu()
    done: Done = work()
    wall, used = time.perf_counter() - prepared, cpu() - cpu_before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "name": name,
        "workers": job.workers,
        "wall": wall,
        "cpu": used,
        "imports": imported - begun,
        "preparation": prepared - imported,
        "rss_mb": peak / 1024,
        "threads_at_end": threading.active_count(),
        "rows": done.rows,
        "notes": dict(done.notes),
        "errors": list(done.errors),
        "readings": done.readings,
    }


def main() -> None:
    """Measure one contestant."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", choices=sorted(MODULES))
    parser.add_argument("--inventory", type=Path, required=True)
    parser.add_argument("--workers", type=int, required=True, help="0: its own choice")
    parser.add_argument("--hosts", type=int, default=None, help="only the first ones")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    job = Job(inventory=given.inventory, hosts=given.hosts, workers=given.workers)
    out, sys.stdout = sys.stdout, sys.stderr  # libraries that print do not spoil the line
    line = json.dumps(measured(given.name, job))
    out.write(line + "\n")


if __name__ == "__main__":
    main()
