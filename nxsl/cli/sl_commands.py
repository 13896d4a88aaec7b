"""The commands that only classic Smart Licensing has: conversion and reservation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from nxsl import tasks
from nxsl.cli import options
from nxsl.cli.fleet_run import EXIT_STATUS, FleetRun, open_run
from nxsl.cli.screen import Screen

_INVENTORY = Path("inventory")

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
def convert_start(
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
    wait: options.Wait = 600.0,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Start the conversion of licence files on registered switches, and wait for its end.

    The smart account decides about each file, which may take up to an hour; what is not done in
    time goes on by itself, and `nxsl verify` tells. A switch that is converted already, or at it,
    is left alone; one that is not registered, or reserved, is refused.
    """
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    _convert(run, "start", "Convert the licence files of {}?", wait, dry_run=dry_run, yes=yes)


@convert.command("stop", epilog=EXIT_STATUS)
def convert_stop(
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
    wait: options.Wait = 60.0,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Stop a conversion that is under way; one that has come to its end stays as it is."""
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    _convert(run, "stop", "Stop the conversion on {}?", wait, dry_run=dry_run, yes=yes)


@reserve.command("request", epilog=EXIT_STATUS)
def reserve_request(
    folder: Folder,
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Let switches make request codes, one file each: FOLDER/HOST.request-code.

    Writes `license smart reservation` where it is missing, asks for the code, and saves. Enter
    each code in the portal (Inventory, Licenses, License Reservation), and put the answer beside
    it as HOST.authorization-code. Codes are secrets: none is shown, and only you can read the
    files. A switch that is registered is refused; one that is reserved is left alone.
    """
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    result = run.change(
        "reserve request",
        tasks.request_reservation,
        question="Request a reservation on {}?",
        dry_run=dry_run,
        yes=yes,
        folder=folder,
        patience=tasks.Patience(stop=run.stop),
    )
    run.finish_change(result)


@reserve.command("install", epilog=EXIT_STATUS)
def reserve_install(
    folder: Folder,
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
    wait: options.Wait = 60.0,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Install the authorization codes of the portal, from FOLDER/HOST.authorization-code.

    Each file holds one code, a single word, and is open to nobody else (`chmod 600`). A switch
    without an open request is refused; one that is reserved already is left alone.
    """
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    result = run.change(
        "reserve install",
        tasks.install_reservation,
        question="Install the authorization codes on {}?",
        dry_run=dry_run,
        yes=yes,
        folder=folder,
        patience=tasks.Patience(deadline=wait, stop=run.stop),
    )
    run.finish_change(result)


@reserve.command("return", epilog=EXIT_STATUS)
def reserve_return(
    folder: Folder,
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
    wait: options.Wait = 60.0,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Give reserved licences back; the return code goes to FOLDER/HOST.return-code.

    The switch is unregistered from then on, and the licences are free for others once the code
    has been entered in the portal. A return code that is in FOLDER already is never overwritten.
    """
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    result = run.change(
        "reserve return",
        tasks.return_reservation,
        question="Give the reserved licences of {} back? They fall back to evaluation mode.",
        dry_run=dry_run,
        yes=yes,
        folder=folder,
        patience=tasks.Patience(deadline=wait, stop=run.stop),
    )
    run.finish_change(result)


@reserve.command("cancel", epilog=EXIT_STATUS)
def reserve_cancel(
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
    wait: options.Wait = 60.0,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Forget open requests; their codes are worth nothing any more.

    A reservation that is installed is refused: `nxsl reserve return` gives that back.
    """
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    result = run.change(
        "reserve cancel",
        tasks.cancel_reservation,
        question="Cancel the open request on {}?",
        dry_run=dry_run,
        yes=yes,
        patience=tasks.Patience(deadline=wait, stop=run.stop),
    )
    run.finish_change(result)


def _convert(
    run: FleetRun,
    action: Literal["start", "stop"],
    question: str,
    wait: float,
    *,
    dry_run: bool,
    yes: bool,
) -> NoReturn:
    result = run.change(
        f"convert {action}",
        tasks.convert,
        question=question,
        dry_run=dry_run,
        yes=yes,
        action=action,
        patience=tasks.Patience(deadline=wait, stop=run.stop),
    )
    run.finish_change(result)
