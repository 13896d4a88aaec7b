"""The commands that work on a fleet."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nxsl import tasks
from nxsl.cli import options
from nxsl.cli.fleet_run import FINDINGS, open_run, planned_hosts, status_of
from nxsl.cli.screen import Screen
from nxsl.core.findings import Severity, Thresholds
from nxsl.core.outcome import VerifyRecord
from nxsl.fleet.intents import intent_of
from nxsl.reports import FleetReport
from nxsl.tasks.renew import KINDS

if TYPE_CHECKING:
    from nornir.core.task import AggregatedResult

_INVENTORY = Path("inventory")


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


class What(StrEnum):
    """What to renew."""

    ID = "id"
    AUTH = "auth"
    BOTH = "both"


def configure(
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
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
            help="Make a checkpoint first; go back to it where the lines cannot be undone.",
        ),
    ] = False,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Bring the transport to what the inventory intends: direct, proxy or on-prem.

    Under Smart Licensing that is call home; under Smart Licensing Using Policy the lines of
    `license smart`: transport, URL, VRF and proxy. Licence files need none.

    Reads what is there, shows the difference, asks, writes only the difference, reads back, saves,
    and checks that it was saved. A refused line undoes what was written before it.
    """
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    result = run.change(
        "configure",
        tasks.configure_transport,
        question="Write these lines on {}?",
        dry_run=dry_run,
        yes=yes,
        remove_strays=remove_strays,
        checkpoint=checkpoint,
    )
    run.finish_change(result)


def register(
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
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
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Register switches with an ID token, and wait until that is proven.

    Under Smart Licensing until a switch is registered and authorized; under Smart Licensing Using
    Policy until its trust code is installed. A switch that belongs to the intended account is left
    alone; one whose transport or clock could not work is refused before a token is spent.
    """
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )

    def token(planned: AggregatedResult) -> dict[str, Any]:
        intents = (intent_of(run.nr.inventory.hosts[host]) for host in planned_hosts(planned))
        if all(intent and intent.token_from for intent in intents):
            return {}
        return {"token": options.token_of(token_env, token_file, token_keyring)}

    result = run.change(
        "register",
        tasks.register,
        question="Register {}?",
        dry_run=dry_run,
        yes=yes,
        needs=token,
        force=force,
        patience=tasks.Patience(deadline=wait, stop=run.stop),
    )
    run.finish_change(result)


def deregister(
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
    """Take switches out of their virtual account; to come back they need a token."""
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    result = run.change(
        "deregister",
        tasks.deregister,
        question="Deregister {}? They fall back to evaluation mode.",
        dry_run=dry_run,
        yes=yes,
        patience=tasks.Patience(deadline=wait, stop=run.stop),
    )
    run.finish_change(result)


def renew(
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
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
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Renew what runs out, and prove it by fresh dates.

    Under Smart Licensing the registration (ID certificate) and the authorization; under Smart
    Licensing Using Policy a fresh usage report and its acknowledgement. A switch that uses no
    licence makes no report, which is fine.
    """
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    result = run.change(
        "renew",
        tasks.renew,
        question="Renew on {}?",
        dry_run=dry_run,
        yes=yes,
        kinds=KINDS if what is What.BOTH else (what.value,),
        due_within=None if due_within is None else timedelta(days=due_within),
        patience=tasks.Patience(deadline=wait, stop=run.stop),
    )
    run.finish_change(result)


def verify(
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
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
    workers: options.Workers = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Read everything and say what is wrong; sends show commands only.

    Facts, licensing regime, registration, authorization, every licence, transport, dates, and
    findings with what to do about each. Every host of the inventory has a row, whatever happens.
    """
    run = open_run(
        inventory, hosts, options.filters_of(filters), workers, Screen(kind=kind), output
    )
    thresholds = Thresholds(
        certificate=timedelta(days=certificate_days),
        authorization=timedelta(days=authorization_days),
        evaluation=timedelta(days=evaluation_days),
        critical=timedelta(days=critical_days),
    )
    result = run.run("verify", tasks.verify, thresholds=thresholds)
    report = FleetReport(run.hosts, result)
    run.deliver(report, table or ReportTable.STATUS)
    if table is None and kind is options.Format.TABLE:
        run.screen.overview(report)
    run.finish(status_of(result) or _findings_status(result, fail_on))


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
