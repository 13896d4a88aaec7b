"""Gives commands the options that all of them share, and a `FleetRun` in their place.

A command says what is its own and takes a run; `reading`, `changing` and `acting` add the rest, so
that `--inventory`, `--format` or `--waves` are written once and mean the same everywhere.

What runs a command is loaded when it runs: its help needs no more than its options.
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from nxsl.cli import options
from nxsl.cli.how import How, how_of, how_to_go_on, how_to_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nxsl.cli.fleet_run import FleetRun
    from nxsl.cli.screen import Screen
    from nxsl.fleet.runner import Workers

_INVENTORY = Path("inventory")
# Annotates what a command is given by this module, not an option; not loaded for a help text.
_GIVEN = {"FleetRun": object}


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What is known before it is known which hosts are meant.

    Attributes:
        screen: where things are shown.
        how: how a changing command goes about it; None for one that only reads.
    """

    screen: Screen
    how: How | None = None
    workers: Workers = None
    processes: int | None = 1
    limits: Mapping[str, int]
    output: Path | None = None

    def open(self, inventory: Path, hosts: str, filters: Mapping[str, str]) -> FleetRun:
        """Open the inventory."""
        from nxsl.cli.fleet_run import open_run  # noqa: PLC0415 (Nornir, pandas)

        run = open_run(
            inventory,
            hosts,
            dict(filters),
            self.workers,
            self.screen,
            self.output,
            limits=self.limits,
            how=self.how,
        )
        run.share(self.processes)
        return run


def _which(
    *,
    inventory: options.Inventory = _INVENTORY,
    hosts: options.Hosts = "",
    filters: options.Filters = None,
) -> tuple[Path, str, dict[str, str]]:
    return inventory, hosts, options.filters_of(filters)


def _processes(*, processes: options.Processes = "auto") -> int | None:
    return options.processes_of(processes)


def _shown(
    *,
    workers: options.Workers = None,
    at_most: options.AtMost = None,
    kind: options.Kind = options.Format.TABLE,
    output: options.Output = None,
) -> dict[str, Any]:
    from nxsl.cli.screen import Screen  # noqa: PLC0415 (pandas)

    return {
        "workers": options.workers_of(workers),
        "limits": options.limits_of(at_most),
        "screen": Screen(kind=kind),
        "output": output,
    }


def reading(command: Callable[..., None]) -> Callable[..., None]:
    """Add what a command needs that only reads; it takes a `FleetRun` first."""

    def call(given: dict[str, Any]) -> None:
        opening = Opening(**_take(_shown, given), processes=_take(_processes, given))
        command(opening.open(*_take(_which, given)), **given)

    return _with(command, call, before=(_which,), behind=(_processes, _shown))


def changing(command: Callable[..., None]) -> Callable[..., None]:
    """Add what a command needs that changes switches: plan, waves, limits, the run store."""

    def call(given: dict[str, Any]) -> None:
        opening = Opening(**_take(_shown, given), how=_take(how_of, given))
        command(opening.open(*_take(_which, given)), **given)

    return _with(command, call, before=(_which,), behind=(how_of, _shown))


def planning(command: Callable[..., None]) -> Callable[..., None]:
    """Add what a command needs that only plans; it takes a `FleetRun` first."""

    def call(given: dict[str, Any]) -> None:
        opening = Opening(**_take(_shown, given), how=_take(how_to_plan, given))
        command(opening.open(*_take(_which, given)), **given)

    return _with(command, call, before=(_which,), behind=(how_to_plan, _shown))


def acting(command: Callable[..., None]) -> Callable[..., None]:
    """The same for a command that finds out which hosts are meant; it takes an `Opening` first."""

    def call(given: dict[str, Any]) -> None:
        command(Opening(**_take(_shown, given), how=_take(how_of, given)), **given)

    return _with(command, call, before=(), behind=(how_of, _shown))


def going_on(command: Callable[..., None]) -> Callable[..., None]:
    """The same for a run whose waves and limit are settled; it takes an `Opening` first."""

    def call(given: dict[str, Any]) -> None:
        command(Opening(**_take(_shown, given), how=_take(how_to_go_on, given)), **given)

    return _with(command, call, before=(), behind=(how_to_go_on, _shown))


def _take(make: Callable[..., Any], given: dict[str, Any]) -> Any:  # noqa: ANN401
    """Call one of the functions above with its own part of what was given."""
    return make(**{each.name: given.pop(each.name) for each in _parameters(make)})


def _with(
    command: Callable[..., None],
    call: Callable[[dict[str, Any]], None],
    *,
    before: tuple[Callable[..., Any], ...],
    behind: tuple[Callable[..., Any], ...],
) -> Callable[..., None]:
    @functools.wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401 (Typer's)
        call(given)

    _first, *own = _parameters(command)
    groups = [*map(_parameters, before), own, *map(_parameters, behind)]
    shown = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for group in groups for each in group
    ]
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in shown}
    del run.__wrapped__  # its signature is not this one
    return run


@functools.cache
def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters, with annotations that need no look-up any more."""
    hints = get_type_hints(function, localns=_GIVEN, include_extras=True)
    found = inspect.signature(function).parameters.values()
    return [each.replace(annotation=hints[each.name]) for each in found]
