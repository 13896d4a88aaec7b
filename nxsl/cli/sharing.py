"""Over how many processes a command reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from nxsl.fleet.reading_runner import ReadingRunner
from nxsl.fleet.runner import FleetRunner
from nxsl.nxos.credential import credential_key
from nxsl.run.reading import ReadingGuard
from nxsl.run.watched import watched

if TYPE_CHECKING:
    from nornir.core.plugins.runners import RunnerPlugin

    from nxsl.fleet.stop import Stop
    from nxsl.run.breakers import Logins


def allowed(runner: RunnerPlugin, asked: int | None) -> int | None:
    """So many processes as were asked for; None for as many as pay.

    Raises:
        typer.BadParameter: more than one, where something counts hosts, or runs them, here.
    """
    if isinstance(runner, FleetRunner) and not runner.limits:
        return asked
    if (asked or 1) > 1:
        raise typer.BadParameter(
            "not with limits by attribute, nor with a runner of the inventory's own",
            param_hint="--processes",
        )
    return 1


def reader(
    threads: RunnerPlugin, processes: int | None, workers: int | None, logins: Logins, stop: Stop
) -> ReadingRunner:
    """What a command reads with; every login is surrounded by `logins`, wherever it is made."""
    remote = getattr(threads, "remote", False)  # a guard does not travel
    guard = ReadingGuard(logins)
    return ReadingRunner(
        threads,
        processes=processes,
        workers=workers,
        watch=(lambda task: task) if remote else (lambda task: watched(task, guard)),
        logging_in=lambda host: logins.trying(host.name, credential_key(host)),
        stop=stop,
    )
