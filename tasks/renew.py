"""Renew what runs out soon, verify, report.

Healthy switches renew by themselves: the authorization every 30 days for 90, the ID certificate
every half year for a year. So whatever has less than `--days` left is a switch whose own renewals
fail, and this either mends it in time or says why not. Once a week in a crontab:

    0 3 * * 1  cd /srv/licensing && set -a && . ./env && .venv/bin/python tasks/renew.py --days 45

The file `env`, which only its owner may read, holds NXSL_PASSWORD=...; no token is needed.

Exit status: 0 all is well, 1 a switch failed or is pending, 2 nothing was started because the
inventory or a credential is wrong, 3 all was done and there are critical findings.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.task import AggregatedResult, Result
from rich.console import Console

import nxsl


def main() -> int:
    """Renew what is due; give the exit status."""
    parser = argparse.ArgumentParser(description="Renew what runs out soon, and verify the fleet.")
    parser.add_argument("--inventory", type=Path, default="inventory", help="its folder")
    parser.add_argument("--report", type=Path, default="report", help="folder for the tables")
    parser.add_argument("--days", type=float, default=45, help="due is what has less left (45)")
    parser.add_argument("--dry-run", action="store_true", help="show what would be renewed")
    options = parser.parse_args()
    due = timedelta(days=options.days)

    with (
        nxsl.stopping_by_signals(),  # Ctrl-C, or systemd, starts no further switch
        nxsl.open_fleet(options.inventory) as fleet,  # filters={"site": "dc1"} takes a part
    ):
        renewed = run(fleet, nxsl.renew, due_within=due, dry_run=options.dry_run)
        verified = run(fleet, nxsl.verify, on_failed=True)
    for host, (first, *_) in renewed.items():
        if first.diff:
            print(host, first.diff, sep="\n", end="\n\n")

    report = nxsl.FleetReport(fleet.inventory.hosts, renewed, verified)
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
