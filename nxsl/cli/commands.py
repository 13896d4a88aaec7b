"""The commands that work on a fleet."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import nxsl
from nxsl.cli import options
from nxsl.cli.plan_commands import What, kinds_of, token_for
from nxsl.cli.shared import changing, reading
from nxsl.cli.status import FINDINGS, status_of
from nxsl.core.findings import Severity, Thresholds
from nxsl.core.outcome import VerifyRecord

if TYPE_CHECKING:
    from nornir.core.task import AggregatedResult

    from nxsl.cli.fleet_run import FleetRun


class ReportTable(StrEnum):
    """The tables that `verify` can print."""

    STATUS = "status"
    USAGE = "usage"
    TRANSPORT = "transport"
    EXPIRY = "expiry"
    FINDINGS = "findings"
    FAILURES = "failures"


class FailOn(StrEnum):
    """From which severity on findings make exit status 3."""

    CRITICAL = "critical"
    WARNING = "warning"
    NEVER = "never"


@changing
def configure(
    run: FleetRun,
    *,
    remove_strays: Annotated[
        bool,
        typer.Option(
            "--remove-strays",
            metavar="",
            help="Also remove https destinations that are not intended; they are always reported.",
        ),
    ] = False,
    checkpoint: Annotated[
        bool,
        typer.Option(
            "--checkpoint",
            metavar="",
            help="Take an NX-OS checkpoint of the whole configuration first, and go back to it "
            "where nxsl's own lines cannot be undone.",
        ),
    ] = False,
) -> None:
    """Bring the transport to what the inventory intends: direct, proxy or on-prem.

    Under Smart Licensing that is call home; under Smart Licensing Using Policy the lines of
    `license smart`: transport, URL, VRF and proxy. Licence files need none.

    Reads what is there, shows the difference, asks, writes only the difference, reads back, saves,
    and checks that it was saved. A refused line undoes what was written before it.
    """
    result = run.change("configure", {"remove_strays": remove_strays, "checkpoint": checkpoint})
    run.finish_change(result)


@changing
def register(
    run: FleetRun,
    *,
    token_env: options.TokenEnv = None,
    token_file: options.TokenFile = None,
    token_keyring: options.TokenKeyring = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            metavar="",
            help="Register again what is registered already, be it to another account.",
        ),
    ] = False,
    wait: options.Wait = 600.0,
) -> None:
    """Register switches with an ID token, and wait until that is proven.

    Under Smart Licensing until a switch is registered and authorized; under Smart Licensing Using
    Policy until its trust code is installed. A switch that belongs to the intended account is left
    alone; one whose transport or clock could not work is refused before a token is spent.
    """
    result = run.change(
        "register",
        {"force": force},
        token=lambda todo: token_for(
            run, "register", todo, lambda: options.token_of(token_env, token_file, token_keyring)
        ),
        wait=wait,
    )
    run.finish_change(result)


@changing
def deregister(
    run: FleetRun,
    *,
    wait: options.Wait = 60.0,
) -> None:
    """Take switches out of their virtual account; to come back they need a token."""
    result = run.change("deregister", wait=wait)
    run.finish_change(result)


@changing
def renew(
    run: FleetRun,
    *,
    what: Annotated[
        What,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="The ID certificate (id), the authorization (auth), or both; under Smart "
            "Licensing Using Policy there is only the usage report.",
        ),
    ] = What.BOTH,
    due_within: Annotated[
        float | None,
        typer.Option(
            "--due-within", help="Only what runs out within so many days.", metavar="DAYS"
        ),
    ] = None,
    wait: options.Wait = 300.0,
) -> None:
    """Renew what runs out, and prove it by fresh dates.

    Under Smart Licensing the registration (ID certificate) and the authorization; under Smart
    Licensing Using Policy a fresh usage report and its acknowledgement. A switch that uses no
    licence makes no report, which is fine.
    """
    due = None if due_within is None else round(due_within * 86400)
    result = run.change("renew", {"kinds": kinds_of(what), "due_within": due}, wait=wait)
    run.finish_change(result)


@reading
def verify(
    run: FleetRun,
    *,
    table: Annotated[
        ReportTable | None,
        typer.Option(
            "--table",
            "-t",
            help=f"Which table: {', '.join(ReportTable)}; status and what is wrong by default.",
            metavar="NAME",
        ),
    ] = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            "--fail-on",
            metavar="SEVERITY",
            help=f"From which findings on to exit with 3: {', '.join(FailOn)}.",
        ),
    ] = FailOn.CRITICAL,
    certificate_days: Annotated[
        float, typer.Option(metavar="DAYS", help="Warn when the registration has less left.")
    ] = Thresholds().certificate.days,
    authorization_days: Annotated[
        float, typer.Option(metavar="DAYS", help="Warn when the authorization has less left.")
    ] = Thresholds().authorization.days,
    evaluation_days: Annotated[
        float, typer.Option(metavar="DAYS", help="Warn when the evaluation period has less left.")
    ] = Thresholds().evaluation.days,
    critical_days: Annotated[
        float, typer.Option(metavar="DAYS", help="Below this any of them is critical.")
    ] = Thresholds().critical.days,
    raw: Annotated[
        Path | None,
        typer.Option(
            "--raw",
            metavar="FOLDER",
            file_okay=False,
            help="Also keep what the switches printed: FOLDER/HOST/COMMAND.txt, secrets masked.",
        ),
    ] = None,
) -> None:
    """Read everything and say what is wrong; sends show commands only.

    Facts, licensing regime, registration, authorization, every licence, transport, dates, and
    findings with what to do about each. Every host of the inventory has a row, whatever happens.
    """
    thresholds = Thresholds(
        certificate=timedelta(days=certificate_days),
        authorization=timedelta(days=authorization_days),
        evaluation=timedelta(days=evaluation_days),
        critical=timedelta(days=critical_days),
    )
    if raw is not None:
        _make_ready(raw)
    result = run.run("verify", nxsl.verify, thresholds=thresholds, raw=raw is not None)
    report = nxsl.FleetReport(run.hosts, result)
    run.deliver(report, table or ReportTable.STATUS)
    if table is None and run.screen.kind == options.TABLE:
        run.screen.overview(report)
    if raw is not None:
        _write_raw(run, result, raw)
    run.finish(status_of(result) or _findings_status(result, fail_on))


def _make_ready(folder: Path) -> None:
    """Make a folder that can be written to, before a fleet is read for nothing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise _of_no_use(folder, error) from None


def _of_no_use(folder: Path, error: OSError) -> typer.BadParameter:
    problem = error.strerror or type(error).__name__
    return typer.BadParameter(f"{folder}: {problem}", param_hint="--raw")


def _write_raw(run: FleetRun, result: AggregatedResult, folder: Path) -> None:
    """Write what the switches printed, and say so."""
    from nxsl.fleet.raw_files import write_raw  # noqa: PLC0415 (pydantic)

    records = {host: multi[0].result for host, multi in result.items()}
    try:
        for host, record in records.items():
            if isinstance(record, VerifyRecord) and record.raw is not None:
                write_raw(folder, host, record.raw)
    except OSError as error:
        run.close()
        raise _of_no_use(folder, error) from None
    run.screen.err.print(f"written: {folder}", markup=False, soft_wrap=True)


def _findings_status(result: AggregatedResult, fail_on: FailOn) -> int:
    if fail_on is FailOn.NEVER:
        return 0
    least = Severity.CRITICAL if fail_on is FailOn.CRITICAL else Severity.WARNING
    found = any(
        finding.severity >= least
        for multi in result.values()
        if isinstance(multi[0].result, VerifyRecord)
        for finding in multi[0].result.findings
    )
    return FINDINGS if found else 0
