"""How a changing command goes about it: plan, confirmation, waves, limit, run store."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nxsl.cli import options
from nxsl.core.limits import DEFAULT_LIMIT, BadLimit
from nxsl.core.waves import DEFAULT_WAVES, WaveSpec

if TYPE_CHECKING:
    from nxsl.run.settings import RunSettings

_WAVES = "Waves (small ones first)"
_RECORD = "Record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Where a run is recorded.

    Attributes:
        store: the run store: a URL, or a SQLite file; None for `NXSL_STORE` or the default.
        take_over: the run whose locks are taken away; empty for none.
        log: a file for the JSON log; None for none.
    """

    store: str | None = None
    take_over: str = ""
    log: Path | None = None


def _settings(**given: Any) -> RunSettings:  # noqa: ANN401 (its own)
    from nxsl.run.settings import RunSettings  # noqa: PLC0415 (the engine, netmiko)

    return RunSettings(**given)


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a changing command goes about it.

    Attributes:
        dry_run: stop after the plan.
        yes: do not ask.
        ask: ask between waves.
        settings: waves, limit and soak.
        record: where the run is recorded.
    """

    dry_run: bool = False
    yes: bool = False
    ask: bool = False
    settings: RunSettings = field(default_factory=_settings)
    record: Record = field(default_factory=Record)


Waves = Annotated[
    str,
    typer.Option(
        "--waves",
        metavar="SIZES",
        help="How many switches at first and then: numbers, percentages of all, rest; or all.",
        rich_help_panel=_WAVES,
    ),
]
FirstOf = Annotated[
    str,
    typer.Option(
        "--first-of",
        metavar="KEY",
        help="The first wave is one switch of each value of this key, such as site or model.",
        rich_help_panel=_WAVES,
    ),
]
MaxBad = Annotated[
    str,
    typer.Option(
        "--max-bad",
        metavar="LIMIT",
        help="Stop before more switches than this end badly: a number, or a percentage of the "
        "waves so far; 100% for no limit. Counts failed, refused, unknown and overdue ones.",
        rich_help_panel=_WAVES,
    ),
]
Soak = Annotated[
    float,
    typer.Option(
        "--soak",
        min=0.0,
        metavar="SECONDS",
        help="Leave a wave alone for so long before it is looked at again and the next begins.",
        rich_help_panel=_WAVES,
    ),
]
Ask = Annotated[
    bool,
    typer.Option("--ask", metavar="", help="Ask before each further wave.", rich_help_panel=_WAVES),
]
Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="The run store: postgresql+psycopg://… for a team, or a SQLite file; a file of your "
        "own by default (see nxsl runs).",
        envvar="NXSL_STORE",
        show_envvar=True,
        rich_help_panel=_RECORD,
    ),
]
TakeOver = Annotated[
    str,
    typer.Option(
        "--take-over",
        metavar="RUN",
        help="Take the locks of this run away from it; it can write nothing any more.",
        rich_help_panel=_RECORD,
    ),
]
LogJson = Annotated[
    Path | None,
    typer.Option(
        "--log-json",
        dir_okay=False,
        metavar="FILE",
        help="Also write what happens as JSON, one object a line.",
        rich_help_panel=_RECORD,
    ),
]


GoOnTakeOver = Annotated[
    bool,
    typer.Option(
        "--take-over",
        metavar="",
        help="Also from a process that may still be at work; it can write nothing any more.",
        rich_help_panel=_RECORD,
    ),
]


def how_to_plan(*, store: Store = None) -> How:
    """The same for a command that only plans."""
    return How(record=Record(store=store))


def how_to_go_on(
    *,
    yes: options.Yes = False,
    ask: Ask = False,
    store: Store = None,
    take_over: GoOnTakeOver = False,
    log_json: LogJson = None,
) -> How:
    """The same for a run whose waves and limit are settled."""
    record = Record(store=store, take_over="it" if take_over else "", log=log_json)
    return How(yes=yes, ask=ask, record=record)


def how_of(
    *,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    waves: Waves = DEFAULT_WAVES,
    first_of: FirstOf = "",
    max_bad: MaxBad = DEFAULT_LIMIT,
    soak: Soak = 0.0,
    ask: Ask = False,
    store: Store = None,
    take_over: TakeOver = "",
    log_json: LogJson = None,
) -> How:
    """Put the options together.

    Raises:
        typer.BadParameter: waves or limit are not understood.
    """
    for option, parse, text in (
        ("--waves", WaveSpec.parse, waves),
        ("--max-bad", BadLimit.parse, max_bad),
    ):
        try:
            parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=option) from None
    settings = _settings(waves=waves, first_of=first_of, limit=max_bad, soak=soak)
    return How(
        dry_run=dry_run,
        yes=yes,
        ask=ask,
        settings=settings,
        record=Record(store=store, take_over=take_over, log=log_json),
    )
