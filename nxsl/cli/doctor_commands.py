"""`nxsl doctor`: what keeps switches from their licensing backend, and what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nxsl.cli import options
from nxsl.cli.shared import changing

if TYPE_CHECKING:
    from nxsl.cli.fleet_run import FleetRun


@changing
def doctor(
    run: FleetRun,
    *,
    everything: Annotated[
        bool,
        typer.Option("--all", metavar="", help="Show every check, not only those that fail."),
    ] = False,
    no_probes: Annotated[
        bool,
        typer.Option(
            "--no-probes",
            metavar="",
            help="Send no ping and no telnet; reachability is then not judged.",
        ),
    ] = False,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix",
            metavar="",
            help="Then run what `configure` would write on the switches with a failed check: "
            "shows the plan, asks, and diagnoses again.",
        ),
    ] = False,
    processes: options.Processes = "auto",
) -> None:
    """Find the one cause why a switch does not reach its licensing backend.

    Works before a token is spent and after a failure: checks call home, VRF, proxy, name servers,
    reachability (ping and telnet from the switch), clock, certificates and the agent's last
    failure, in the order of Cisco's document 217965. Exit status 3 means that a check fails.
    """
    from nxsl.cli.doctoring import examine  # noqa: PLC0415 (pandas)

    run.share(options.processes_of(processes))
    examine(run, everything=everything, probes=not no_probes, fix=fix)
