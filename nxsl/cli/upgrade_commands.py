"""The commands around an upgrade to Smart Licensing Using Policy."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nxsl.cli.shared import reading
from nxsl.cli.status import EXIT_STATUS
from nxsl.core.regime import Release
from nxsl.fleet.credentials import TOKEN_VARIABLE

if TYPE_CHECKING:
    from nxsl.cli.fleet_run import FleetRun

_SNAPSHOTS = Path("snapshots")

upgrade = typer.Typer(
    no_args_is_help=True,
    help="Before and after an upgrade to 10.2 or later, where licensing turns over.",
)


class GateTable(StrEnum):
    """The tables that `upgrade check` can print."""

    GATE = "gate"
    CHECKS = "checks"
    CHANGES = "changes"


@upgrade.command(epilog=EXIT_STATUS)
@reading
def snapshot(
    run: FleetRun,
    *,
    directory: Annotated[
        Path,
        typer.Option("--directory", "-d", help="Where the snapshots go, one file a host."),
    ] = _SNAPSHOTS,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            metavar="",
            help="Also replace snapshots of another release, or that cannot be read; those of "
            "before the upgrade are lost then.",
        ),
    ] = False,
) -> None:
    """Read everything and keep it, to be compared with after the upgrade.

    Sends show commands only. Every host has a row, whatever happens. A snapshot of another release
    is kept: it is most likely the one from before the upgrade.
    """
    from nxsl.cli.upgrading import keep_snapshots  # noqa: PLC0415 (pandas)

    keep_snapshots(run, directory, replace=replace)


def _release(text: str) -> Release:
    try:
        found = Release.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if text.rstrip("FM") != str(found):  # 10.3(6)M, as Cisco calls it
        raise typer.BadParameter(f"'{text}' is not an NX-OS release such as 10.3(6)")
    return found


@upgrade.command(epilog=EXIT_STATUS)
@reading
def check(
    run: FleetRun,
    *,
    before: Annotated[
        Path | None,
        typer.Option(
            "--before", help="Compare with the snapshots in this folder: has everything arrived?"
        ),
    ] = None,
    target: Annotated[
        Release | None,
        typer.Option(
            parser=_release, metavar="RELEASE", help="The release to go to, such as 10.3(6)."
        ),
    ] = None,
    token_ready: Annotated[
        bool,
        typer.Option(
            "--token-ready",
            metavar="",
            help=f"A token is at hand where the inventory names none; so says {TOKEN_VARIABLE}.",
        ),
    ] = False,
    probes: Annotated[
        bool,
        typer.Option(
            "--probes/--no-probes",
            metavar="",
            help="Try, by ping and telnet from each switch, whether it reaches the new backend.",
        ),
    ] = True,
    table: Annotated[
        GateTable | None,
        typer.Option(
            "--table",
            "-t",
            metavar="NAME",
            help=f"Which table: {', '.join(GateTable)}; the gate and what is left to do "
            "by default.",
        ),
    ] = None,
) -> None:
    """Say what an upgrade needs and changes or, with --before, whether all switches arrived.

    Sends show commands and, before the upgrade, a ping and a telnet to the backend that reports
    will go to. Exit status 0 where every switch is ready, arrived or not concerned.
    """
    from nxsl.cli.upgrading import check_gate  # noqa: PLC0415 (pandas)

    check_gate(
        run,
        before=before,
        target=target,
        token_ready=token_ready,
        probes=probes,
        table=None if table is None else str(table),
    )
