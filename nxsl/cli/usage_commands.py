"""`nxsl usage`: reports and their answers as files, for switches without a way to Cisco."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nxsl.cli import options
from nxsl.cli.shared import changing
from nxsl.cli.status import EXIT_STATUS
from nxsl.core.usage_files import ImportKind, selection_words

if TYPE_CHECKING:
    from nxsl.cli.fleet_run import FleetRun

usage = typer.Typer(
    no_args_is_help=True, help="Usage reports and their answers as files, without a way to Cisco."
)

_UPLOAD = (
    "upload the new files in {folder} to CSSM (Reports > Usage Data Files > Upload Usage Data)"
)

Directory = Annotated[
    Path,
    typer.Option(
        "--directory",
        "-d",
        file_okay=False,
        help="The folder of reports, answers and their manifest; made where it is not there.",
    ),
]


@usage.command(epilog=EXIT_STATUS)
@changing
def save(
    run: FleetRun,
    *,
    directory: Directory,
    which: Annotated[
        str,
        typer.Option(
            "--which",
            metavar="WHICH",
            help="Which reports: unreported, all, days:N or rum-id:ID.",
        ),
    ] = "unreported",
    keep_on_switch: Annotated[
        bool,
        typer.Option("--keep-on-switch", metavar="", help="Leave the files on bootflash: as well."),
    ] = False,
) -> None:
    """Let switches write their usage reports, and fetch them into a folder.

    Each file is compared by its MD5 and noted in the folder's manifest.json. Where `feature
    scp-server` is off, the console carries it, exact to the byte or not at all.
    """
    try:
        selection_words(which)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--which") from None
    result = run.change(
        "usage save",
        {
            "folder": str(directory.absolute()),
            "which": which,
            "keep_on_switch": keep_on_switch,
        },
    )
    run.finish_change(
        result,
        f"{_UPLOAD.format(folder=directory)}; put what it gives, ACK_..., into the same folder; "
        f"then: nxsl usage import --directory {directory}",
    )


@usage.command(epilog=EXIT_STATUS)
@changing
def trust_request(
    run: FleetRun,
    *,
    directory: Directory,
) -> None:
    """Let switches write requests for a trust code, and fetch them into a folder."""
    result = run.change("usage trust-request", {"folder": str(directory.absolute())})
    run.finish_change(
        result,
        f"{_UPLOAD.format(folder=directory)}; put what it gives, ACK_..., into the same folder; "
        f"then: nxsl usage import --kind trust --directory {directory}",
    )


@usage.command("import", epilog=EXIT_STATUS)
@changing
def import_(
    run: FleetRun,
    *,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--directory",
            "-d",
            file_okay=False,
            exists=True,
            help="The folder with the manifest and the answers; each switch gets its own.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", dir_okay=False, exists=True, help="This file instead."),
    ] = None,
    what: Annotated[
        ImportKind,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="ack (acknowledgement), policy or trust (trust code); a policy needs --file.",
        ),
    ] = ImportKind.ACK,
    wait: options.Wait = 120.0,
) -> None:
    """Import on switches what CSSM gave for their files, and prove it by their status.

    A file of another switch is refused; one that is in is left alone. Needs `feature scp-server`.
    """
    if directory is None and file is None:
        raise typer.BadParameter("give one of them", param_hint="--directory, --file")
    if file is None and what is ImportKind.POLICY:
        raise typer.BadParameter("a policy is for no switch by its name", param_hint="--file")
    if file is not None and what.answers is not None and len(run.hosts) > 1:
        run.close()
        raise typer.BadParameter(
            "one answer is for one switch: name it with --hosts, or give --directory alone",
            param_hint="--file",
        )
    result = run.change(
        "usage import",
        {
            "folder": str(directory.absolute()) if directory else None,
            "file": str(file.absolute()) if file else None,
            "kind": str(what),
        },
        wait=wait,
    )
    run.finish_change(result, "nxsl verify")
