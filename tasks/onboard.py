"""Bring every switch of an inventory to its licences: configure, register, verify, report.

Under Smart Licensing a switch is registered, under Smart Licensing Using Policy it gets its trust
code; one that only knows licence files is left alone and reported.

Only what is missing is done, so it may run every night and picks up new switches. In a crontab:

    30 2 * * *  cd /srv/licensing && set -a && . ./env && .venv/bin/python tasks/onboard.py

The file `env`, which only its owner may read, holds NXSL_PASSWORD=... and NXSL_TOKEN=..., the ID
token of the switches whose inventory does not name another with `token_from`. Try `--dry-run`
first: it shows the lines that would be written, and sends show commands only.

Exit status: 0 all is well, 1 a switch failed or is pending, 2 nothing was started because the
inventory or a credential is wrong, 3 all was done and there are critical findings.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.task import AggregatedResult, Result
from rich.console import Console

import nxsl


def main() -> int:
    """Do the whole job; give the exit status."""
    parser = argparse.ArgumentParser(description="Configure, register and verify a fleet.")
    parser.add_argument("--inventory", type=Path, default="inventory", help="its folder")
    parser.add_argument("--report", type=Path, default="report", help="folder for the tables")
    parser.add_argument("--dry-run", action="store_true", help="show what would be written")
    options = parser.parse_args()
    token = nxsl.token_from_env() if "NXSL_TOKEN" in os.environ else None

    with (
        nxsl.stopping_by_signals(),  # Ctrl-C, or systemd, starts no further switch
        nxsl.open_fleet(options.inventory) as fleet,  # filters={"site": "dc1"} takes a part
    ):
        results = [run(fleet, nxsl.configure_transport, dry_run=options.dry_run)]
        if not options.dry_run:  # each task leaves out the switches that failed before it
            results.append(run(fleet, nxsl.register, token=token))
        results.append(run(fleet, nxsl.verify, on_failed=True))
    for result in results:
        for host, (first, *_) in result.items():
            if first.diff:
                print(f"{host}: {result.name}", first.diff, sep="\n", end="\n\n")

    report = nxsl.FleetReport(fleet.inventory.hosts, *results)
    nxsl.write_tables(report, options.report)
    critical = report.findings[report.findings["severity"] == "critical"]
    for bad in report.failures.itertuples():
        print(f"{bad.host}: {bad.task} {bad.outcome}: {bad.detail} ({bad.remedy})")
    for bad in critical.itertuples():
        print(f"{bad.host}: {bad.severity}: {bad.message} ({bad.remedy})")
    return 1 if len(report.failures) else 3 if len(critical) else 0


def run(fleet: Nornir, task: Callable[..., Result], **operands: Any) -> AggregatedResult:  # noqa: ANN401
    """Run a task on the whole fleet and show on stderr how it goes."""
    console = Console(stderr=True)
    progress = nxsl.ShowProgress(console, total=len(fleet.inventory.hosts), label=task.__name__)
    return fleet.with_processors([progress]).run(task, **operands)


if __name__ == "__main__":
    try:
        status = main()
    except* nxsl.NxslError as problems:
        print(*problems.exceptions, sep="\n", file=sys.stderr)
        status = 2
    sys.exit(status)
