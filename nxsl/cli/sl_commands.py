"""The commands that only classic Smart Licensing has: conversion and reservation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nxsl.cli import options
from nxsl.cli.shared import changing
from nxsl.cli.status import EXIT_STATUS

if TYPE_CHECKING:
    from nxsl.cli.fleet_run import FleetRun

convert = typer.Typer(
    no_args_is_help=True,
    help="Turn licence files (PAK) into smart licences, asked for by the switch itself.",
    epilog=EXIT_STATUS,
)
reserve = typer.Typer(
    no_args_is_help=True,
    help="Reserve licences for switches that never reach a backend (SLR, PLR).",
    epilog=EXIT_STATUS,
)

Folder = Annotated[
    Path,
    typer.Option(
        "--folder",
        metavar="FOLDER",
        help="Where the codes are: one file a switch, open to nobody but you.",
        show_default=False,
    ),
]


@convert.command("start", epilog=EXIT_STATUS)
@changing
def convert_start(
    run: FleetRun,
    *,
    wait: options.Wait = 600.0,
) -> None:
    """Start the conversion of licence files on registered switches, and wait for its end.

    The smart account decides about each file, which may take up to an hour; what is not done in
    time goes on by itself, and `nxsl verify` tells. A switch that is converted already, or at it,
    is left alone; one that is not registered, or reserved, is refused.
    """
    run.finish_change(run.change("convert start", {"action": "start"}, wait=wait))


@convert.command("stop", epilog=EXIT_STATUS)
@changing
def convert_stop(
    run: FleetRun,
    *,
    wait: options.Wait = 60.0,
) -> None:
    """Stop a conversion that is under way; one that has come to its end stays as it is."""
    run.finish_change(run.change("convert stop", {"action": "stop"}, wait=wait))


@reserve.command("request", epilog=EXIT_STATUS)
@changing
def reserve_request(
    run: FleetRun,
    *,
    folder: Folder,
) -> None:
    """Let switches make request codes, one file each: FOLDER/HOST.request-code.

    Writes `license smart reservation` where it is missing, asks for the code, and saves. Enter
    each code in the portal (Inventory, Licenses, License Reservation), and put the answer beside
    it as HOST.authorization-code. Codes are secrets: none is shown, and only you can read the
    files. A switch that is registered is refused; one that is reserved is left alone.
    """
    run.finish_change(run.change("reserve request", {"folder": str(folder.absolute())}))


@reserve.command("install", epilog=EXIT_STATUS)
@changing
def reserve_install(
    run: FleetRun,
    *,
    folder: Folder,
    wait: options.Wait = 60.0,
) -> None:
    """Install the authorization codes of the portal, from FOLDER/HOST.authorization-code.

    Each file holds one code, a single word, and is open to nobody else (`chmod 600`). A switch
    without an open request is refused; one that is reserved already is left alone.
    """
    run.finish_change(run.change("reserve install", {"folder": str(folder.absolute())}, wait=wait))


@reserve.command("return", epilog=EXIT_STATUS)
@changing
def reserve_return(
    run: FleetRun,
    *,
    folder: Folder,
    wait: options.Wait = 60.0,
) -> None:
    """Give reserved licences back; the return code goes to FOLDER/HOST.return-code.

    The switch is unregistered from then on, and the licences are free for others once the code
    has been entered in the portal. A return code that is in FOLDER already is never overwritten.
    """
    run.finish_change(run.change("reserve return", {"folder": str(folder.absolute())}, wait=wait))


@reserve.command("cancel", epilog=EXIT_STATUS)
@changing
def reserve_cancel(
    run: FleetRun,
    *,
    wait: options.Wait = 60.0,
) -> None:
    """Forget open requests; their codes are worth nothing any more.

    A reservation that is installed is refused: `nxsl reserve return` gives that back.
    """
    run.finish_change(run.change("reserve cancel", wait=wait))
