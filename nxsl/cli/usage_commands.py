"""`nxsl usage`: reports and their answers as files, for switches without a way to Cisco."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nxsl import tasks
from nxsl.cli import options
from nxsl.cli.fleet_run import open_run
from nxsl.cli.screen import Screen
from nxsl.core.usage_files import ImportKind, selection_words

_INVENTORY = Path("inventory")
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


def save(
    directory: Directory,
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
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
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Let switches write their usage reports, and fetch them into a folder.

    Each file is compared by its MD5 and noted in the folder's manifest.json. Where `feature
    scp-server` is off, the console carries it, exact to the byte or not at all.
    """
    try:
        selection_words(which)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--which") from None
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    result = run.change(
        "usage save",
        tasks.save_usage,
        question="Let {} write usage reports?",
        dry_run=dry_run,
        yes=yes,
        folder=directory,
        which=which,
        keep_on_switch=keep_on_switch,
    )
    run.finish_change(
        result,
        f"{_UPLOAD.format(folder=directory)}; put what it gives, ACK_..., into the same folder; "
        f"then: nxsl usage import --directory {directory}",
    )


def trust_request(
    directory: Directory,
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Let switches write requests for a trust code, and fetch them into a folder."""
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    result = run.change(
        "usage trust-request",
        tasks.save_trust_request,
        question="Let {} write trust requests?",
        dry_run=dry_run,
        yes=yes,
        folder=directory,
    )
    run.finish_change(
        result,
        f"{_UPLOAD.format(folder=directory)}; put what it gives, ACK_..., into the same folder; "
        f"then: nxsl usage import --kind trust --directory {directory}",
    )


def import_(
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
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
    wait: options.Wait = 120.0,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Import on switches what CSSM gave for their files, and prove it by their status.

    A file of another switch is refused; one that is in is left alone. Needs `feature scp-server`.
    """
    if directory is None and file is None:
        raise typer.BadParameter("give one of them", param_hint="--directory, --file")
    if file is None and what is ImportKind.POLICY:
        raise typer.BadParameter("a policy is for no switch by its name", param_hint="--file")
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    if file is not None and what.answers is not None and len(run.hosts) > 1:
        run.close()
        raise typer.BadParameter(
            "one answer is for one switch: name it with --hosts, or give --directory alone",
            param_hint="--file",
        )
    result = run.change(
        "usage import",
        tasks.import_ack,
        question="Import on {}?",
        dry_run=dry_run,
        yes=yes,
        folder=directory,
        file=file,
        kind=what,
        patience=tasks.Patience(deadline=wait, stop=run.stop),
    )
    run.finish_change(result, "nxsl verify")
