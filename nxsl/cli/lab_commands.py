"""The simulated fleet on the command line: `nxsl lab up` and `nxsl demo`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nxsl.cli.console import console
from nxsl.core.errors import InventoryError, MissingExtra

if TYPE_CHECKING:
    from types import ModuleType

    from nxsl.lab.spec import SwitchSpec

_LAB_FOLDER = Path("lab-inventory")
_REPORT_FOLDER = Path("demo-report")

lab = typer.Typer(no_args_is_help=True, help="A simulated fleet, to try everything on.")


def _simulated() -> ModuleType:
    try:
        import nxsl.lab  # noqa: PLC0415 (an extra)

        _ = nxsl.lab.Lab  # loads asyncssh
    except ImportError as error:
        raise MissingExtra(
            f"the simulated fleet needs {error.name}", remedy="pip install 'nxsl[lab]'"
        ) from None
    return nxsl.lab


@lab.command()
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
    simulated = _simulated()
    _require_own_folder(folder)
    if demo_fleet and regimes:
        raise typer.BadParameter("name one of --mishaps and --regimes", param_hint="--regimes")
    specs = _specs(simulated, switches, mishaps=demo_fleet, regimes=regimes)
    with simulated.Lab(specs) as running:
        running.write_inventory(folder)
        say = console()
        up = "switch is" if len(specs) == 1 else "switches are"
        say.print(f"{len(specs)} simulated {up} up. In another terminal:\n")
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


def _specs(
    simulated: ModuleType, switches: int, *, mishaps: bool, regimes: bool
) -> list[SwitchSpec]:
    if regimes:
        return list(simulated.regime_fleet())
    return list(simulated.demo_fleet() if mishaps else simulated.fleet(switches))


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
    simulated = _simulated()
    from nxsl.cli.demonstration import demonstrate  # noqa: PLC0415 (pandas)

    demonstrate(simulated, output, picture)
