"""`nxsl`, the command."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

import nxsl
from nxsl.cli.catalogue import CATALOGUE, MARKUP, Deferred
from nxsl.cli.status import EXIT_STATUS, USAGE
from nxsl.core.errors import NxslError

app = typer.Typer(
    name="nxsl",
    no_args_is_help=True,
    rich_markup_mode=MARKUP,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, secrets among them
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_STATUS,
)


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


def command() -> Any:  # noqa: ANN401 (click's, of whichever click Typer works with)
    """Make the command line; commands are imported when they are called."""
    group: Any = typer.main.get_command(app)
    for listed in CATALOGUE:
        group.add_command(Deferred(listed))
    return group


def main() -> None:
    """Run the command line; errors of nxsl end as two lines, not as a traceback."""
    try:
        command()()
    except NxslError as error:
        _complain([error])
    except ExceptionGroup as group:
        known, others = group.split(NxslError)
        if others is not None or known is None:
            raise
        _complain([each for each in known.exceptions if isinstance(each, NxslError)])


def _complain(problems: list[NxslError]) -> None:
    from nxsl.cli.console import console  # noqa: PLC0415 (rich)

    err = console(stderr=True)
    for error in problems:
        where = f"{error.host}: " if error.host else ""
        err.print("error: ", style="bold red", end="")
        err.print(f"{where}{error.message}", markup=False, soft_wrap=True)
        if error.remedy:
            err.print(f"  next: {error.remedy}", markup=False, soft_wrap=True)
    sys.exit(USAGE)
