"""`nxsl`, the command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import nxsl
from nxsl.cli import (
    commands,
    doctor_commands,
    lab_commands,
    plan_commands,
    run_commands,
    sl_commands,
    upgrade_commands,
    usage_commands,
)
from nxsl.cli.fleet_run import EXIT_STATUS, USAGE
from nxsl.cli.screen import console
from nxsl.core.errors import NxslError

app = typer.Typer(
    name="nxsl",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # its tracebacks show local variables, secrets among them
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_STATUS,
)
usage = typer.Typer(
    no_args_is_help=True, help="Usage reports and their answers as files, without a way to Cisco."
)
lab = typer.Typer(no_args_is_help=True, help="A simulated fleet, to try everything on.")

_DAILY = "The usual way"
_RUNS = "Plans and runs"
_SPECIAL = "Special cases"
_TRYING = "Trying it out"

for command in (
    commands.configure,
    commands.register,
    commands.verify,
    commands.renew,
    commands.deregister,
    doctor_commands.doctor,
):
    app.command(epilog=EXIT_STATUS, rich_help_panel=_DAILY)(command)
for command in (plan_commands.plan, plan_commands.apply, run_commands.resume):
    app.command(epilog=EXIT_STATUS, rich_help_panel=_RUNS)(command)
app.add_typer(run_commands.runs, name="runs", rich_help_panel=_RUNS)
app.add_typer(upgrade_commands.upgrade, name="upgrade", rich_help_panel=_SPECIAL)
app.add_typer(sl_commands.convert, name="convert", rich_help_panel=_SPECIAL)
app.add_typer(sl_commands.reserve, name="reserve", rich_help_panel=_SPECIAL)
usage.command(epilog=EXIT_STATUS)(usage_commands.save)
usage.command("import", epilog=EXIT_STATUS)(usage_commands.import_)
usage.command(epilog=EXIT_STATUS)(usage_commands.trust_request)
app.add_typer(usage, name="usage", rich_help_panel=_SPECIAL)
app.command(rich_help_panel=_TRYING)(lab_commands.demo)
lab.command()(lab_commands.up)
app.add_typer(lab, name="lab", rich_help_panel=_TRYING)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nxsl {nxsl.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """License whole fleets of Cisco Nexus (NX-OS) switches.

    The usual way: **configure** the transport, **register** with an ID token, **verify** what is
    true, **renew** before anything runs out. Each command works on all switches of an inventory in
    parallel, shows a plan before it writes anything, and proves what it says by reading it back.

    Try it without a switch: `nxsl demo`, or `nxsl lab up` and any command with
    `--inventory lab-inventory`.
    """


def main() -> None:
    """Run the command line; errors of nxsl end as two lines, not as a traceback."""
    try:
        app()
    except NxslError as error:
        _complain([error])
    except ExceptionGroup as group:
        known, others = group.split(NxslError)
        if others is not None or known is None:
            raise
        _complain([each for each in known.exceptions if isinstance(each, NxslError)])


def _complain(problems: list[NxslError]) -> None:
    err = console(stderr=True)
    for error in problems:
        where = f"{error.host}: " if error.host else ""
        err.print("error: ", style="bold red", end="")
        err.print(f"{where}{error.message}", markup=False, soft_wrap=True)
        if error.remedy:
            err.print(f"  next: {error.remedy}", markup=False, soft_wrap=True)
    sys.exit(USAGE)
