"""What `nxsl demo` does: the whole job on simulated switches."""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from nxsl import tasks
from nxsl.cli.fleet_run import FleetRun
from nxsl.cli.screen import Screen
from nxsl.fleet.credentials import token_from_file
from nxsl.fleet.inventory import open_fleet
from nxsl.reports import TABLES, FleetReport, write_tables

if TYPE_CHECKING:
    from types import ModuleType

    from nornir.core.task import AggregatedResult

_PICTURE_WIDTH = 150

# The simulated agents answer within seconds, and one of them never does.
_PATIENCE = {"deadline": 20.0, "first_pause": 0.5, "longest_pause": 2.0}


def demonstrate(simulated: ModuleType, output: Path, picture: Path | None) -> None:
    """Plan, configure, register, renew, verify; write the tables.

    Args:
        simulated: the package `nxsl.lab`.
        output: the folder of the tables.
        picture: a file for a picture of the last table; None for none.
    """
    screen = Screen()
    with (
        tempfile.TemporaryDirectory(prefix="nxsl-demo-") as folder,
        simulated.Lab(simulated.demo_fleet()) as running,
    ):
        running.write_inventory(Path(folder))
        run = FleetRun(open_fleet(folder), screen)
        report = _whole_job(run, Path(folder) / "token.txt")
        if run.stopped:
            run.finish(0)
        run.close()
    paths = write_tables(report, output, ("csv", "json"))
    screen.say(
        f"\n{len(paths)} tables are in {output}/: {', '.join(TABLES)}, as CSV and JSON lines."
    )
    screen.say("Now try one command at a time: nxsl lab up --mishaps")
    if picture is not None:
        _draw(report, picture)


def _whole_job(run: FleetRun, token_file: Path) -> FleetReport:
    screen = run.screen
    screen.heading("1  plan: what would be written (dry run, only show commands)")
    planned = run.run("plan", tasks.configure_transport, dry_run=True)
    screen.plan(planned)
    screen.heading("2  configure: write the difference, read back, save")
    configured = run.run("configure", tasks.configure_transport)
    _count(run, configured)
    screen.heading("3  register: spend the token where it can work, wait for the answer")
    ready = [host for host in run.hosts if not configured[host].failed]
    registered = run.run(
        "register",
        tasks.register,
        only=ready,
        token=token_from_file(token_file),
        patience=tasks.Patience(**_PATIENCE, stop=run.stop.requested),
    )
    _count(run, registered)
    screen.heading("4  renew: authorization and ID certificate, proven by fresh dates")
    done = [host for host in ready if not registered[host].failed]
    renewed = run.run(
        "renew",
        tasks.renew,
        only=done,
        patience=tasks.Patience(**_PATIENCE, stop=run.stop.requested),
    )
    _count(run, renewed)
    screen.heading("5  verify: what is true now")
    verified = run.run("verify", tasks.verify)
    report = FleetReport(run.hosts, configured, registered, renewed, verified)
    screen.table(TABLES["status"], report.status)
    screen.overview(report)
    return report


def _count(run: FleetRun, result: AggregatedResult) -> None:
    """One line: how many switches ended how. The failures have a table at the end."""
    counts = FleetReport(list(result), result).outcomes["outcome"].value_counts()
    run.screen.say(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))


def _draw(report: FleetReport, path: Path) -> None:
    """Draw the status as a terminal shows it."""
    paper = Console(
        record=True,
        file=io.StringIO(),
        width=_PICTURE_WIDTH,
        highlight=False,
        force_terminal=True,
        color_system="truecolor",
    )
    screen = Screen(out=paper)
    screen.say("$ nxsl verify --inventory lab-inventory\n", style="bold")
    screen.table(TABLES["status"], report.status)
    # Without the fonts that rich would have the viewer fetch from the network.
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    path.write_text(
        paper.export_svg(title="nxsl", code_format=template, unique_id="nxsl"), encoding="utf-8"
    )
