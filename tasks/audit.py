"""Read the licensing of every switch, write the tables, and say what is wrong; changes nothing.

Where all is well it prints nothing but its progress, on stderr. A service for a systemd timer:

    [Service]
    Type=oneshot
    WorkingDirectory=/srv/licensing
    EnvironmentFile=/srv/licensing/env
    ExecStart=/srv/licensing/.venv/bin/python tasks/audit.py

The file `env`, which only its owner may read, holds NXSL_USERNAME=... and NXSL_PASSWORD=... The
role network-operator is enough for the licences, and not for call home, which is a finding then.

Exit status: 0 all is well, 1 a switch could not be read, 2 nothing was started because the
inventory or a credential is wrong, 3 all was read and there are findings.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

import nxsl


def main() -> int:
    """Read and report; give the exit status."""
    parser = argparse.ArgumentParser(description="Report the licensing of a fleet.")
    parser.add_argument("--inventory", type=Path, default="inventory", help="its folder")
    parser.add_argument("--report", type=Path, default="report", help="folder for the tables")
    parser.add_argument(
        "--least",
        choices=[str(severity) for severity in nxsl.Severity],
        default="warning",
        help="the least severity that counts (warning)",
    )
    options = parser.parse_args()

    with (
        nxsl.stopping_by_signals(),  # Ctrl-C, or systemd, starts no further switch
        nxsl.open_fleet(options.inventory) as fleet,  # filters={"site": "dc1"} takes a part
    ):
        total = len(fleet.inventory.hosts)
        progress = nxsl.ShowProgress(Console(stderr=True), total=total, label="verify")
        verified = fleet.with_processors([progress]).run(nxsl.verify)

    report = nxsl.FleetReport(fleet.inventory.hosts, verified)
    nxsl.write_tables(report, options.report, kinds=("csv", "json"))
    counted = [str(each) for each in nxsl.Severity if each >= nxsl.Severity[options.least.upper()]]
    findings = report.findings[report.findings["severity"].isin(counted)]
    for bad in report.failures.itertuples():
        print(f"{bad.host}: {bad.reason}: {bad.detail} ({bad.remedy})")
    for bad in findings.itertuples():
        print(f"{bad.host}: {bad.severity}: {bad.message} ({bad.remedy})")
    return 1 if len(report.failures) else 3 if len(findings) else 0


if __name__ == "__main__":
    try:
        status = main()
    except* nxsl.NxslError as problems:
        print(*problems.exceptions, sep="\n", file=sys.stderr)
        status = 2
    sys.exit(status)
