"""The simulated fleet on the command line: `nxsl lab up` and `nxsl demo`."""

from __future__ import annotations

import io
import re
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from nxsl import tasks
from nxsl.cli.fleet_run import FleetRun
from nxsl.cli.screen import Screen, console
from nxsl.core.errors import InventoryError, MissingExtra
from nxsl.fleet.credentials import token_from_file
from nxsl.fleet.inventory import open_fleet
from nxsl.reports import TABLES, FleetReport, write_tables

if TYPE_CHECKING:
    from types import ModuleType

    from nornir.core.task import AggregatedResult

    from nxsl.lab.spec import SwitchSpec

_LAB_FOLDER = Path("lab-inventory")
_REPORT_FOLDER = Path("demo-report")
_PICTURE_WIDTH = 150

# The simulated agents answer within seconds, and one of them never does.
_PATIENCE = {"deadline": 20.0, "first_pause": 0.5, "longest_pause": 2.0}


def _lab() -> ModuleType:
    try:
        from nxsl import lab  # noqa: PLC0415 (an extra)

        _ = lab.Lab  # loads asyncssh
    except ImportError as error:
        raise MissingExtra(
            f"the simulated fleet needs {error.name}", remedy="pip install 'nxsl[lab]'"
        ) from None
    return lab


def up(
    switches: Annotated[int, typer.Option("--switches", min=1, max=2000, help="How many.")] = 24,
    folder: Annotated[
        Path, typer.Option("--directory", "-d", help="Where the inventory is written.")
    ] = _LAB_FOLDER,
    demo_fleet: Annotated[
        bool,
        typer.Option(
            "--mishaps", metavar="", help="The 24 switches of `nxsl demo`, most mishaps among them."
        ),
    ] = False,
    regimes: Annotated[
        bool,
        typer.Option(
            "--regimes",
            metavar="",
            help="A switch for every platform, border of releases and licensing state instead.",
        ),
    ] = False,
) -> None:
    """Run a simulated fleet until Ctrl-C, and write an inventory that any command can use.

    The switches listen on 127.0.0.1 and answer over real SSH as NX-OS does.
    """
    lab = _lab()
    _require_own_folder(folder)
    if demo_fleet and regimes:
        raise typer.BadParameter("name one of --mishaps and --regimes", param_hint="--regimes")
    specs = _specs(lab, switches, mishaps=demo_fleet, regimes=regimes)
    with lab.Lab(specs) as running:
        running.write_inventory(folder)
        say = console()
        say.print(f"{len(specs)} simulated switches are up. In another terminal:\n")
        for words in (
            "verify",
            "configure",
            f"register --token-file {folder / 'token.txt'}",
            "renew",
        ):
            say.print(f"  nxsl {words} --inventory {folder}", markup=False, soft_wrap=True)
        say.print(
            "\nA few of them are in trouble on purpose: no name server, a backend that does not "
            "answer.\nCtrl-C ends them."
        )
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            say.print("\ndown")


def _specs(lab: ModuleType, switches: int, *, mishaps: bool, regimes: bool) -> list[SwitchSpec]:
    if regimes:
        return list(lab.regime_fleet())
    return list(lab.demo_fleet() if mishaps else lab.fleet(switches))


def _require_own_folder(folder: Path) -> None:
    """Refuse to write over an inventory that somebody else has made."""
    hosts = folder / "hosts.yaml"
    if hosts.exists() and "nxsl.lab" not in hosts.read_text(encoding="utf-8")[:200]:
        raise InventoryError(
            f"{folder} holds an inventory that is not of a simulated fleet",
            remedy="name another folder with --directory",
        )


def demo(
    output: Annotated[
        Path, typer.Option("--output", help="Where the reports are written.")
    ] = _REPORT_FOLDER,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="Also draw the last table into an SVG file."),
    ] = None,
) -> None:
    """Do the whole job on 24 simulated switches: plan, configure, register, verify, renew.

    The fleet is mixed: releases, transport methods, and a dozen mishaps, such as a used-up token,
    a changed host key or a session that drops in the middle.
    """
    lab = _lab()
    screen = Screen()
    with (
        tempfile.TemporaryDirectory(prefix="nxsl-demo-") as folder,
        lab.Lab(lab.demo_fleet()) as running,
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
