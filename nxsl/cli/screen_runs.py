"""One run on the screen: who and what, how each switch ended, and every step on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from nxsl.cli.screen import TABLE
from nxsl.core.run_records import EventKind
from nxsl.reports.run_tables import RUN_HOSTS
from nxsl.reports.runs import run_frame

if TYPE_CHECKING:
    from nxsl.cli.screen import Screen
    from nxsl.core.run_records import Event, RunView


def show_run(screen: Screen, view: RunView, *, steps: bool) -> None:
    """Print a run."""
    head = view.head
    if screen.kind == TABLE:
        ended = f", ended {head.ended_at:%Y-%m-%d %H:%M:%S} UTC" if head.ended_at else ""
        screen.say(f"run {head.id}: {head.job}, {head.state}", style="bold")
        screen.say(f"started {head.started_at:%Y-%m-%d %H:%M:%S} UTC{ended}")
        screen.say(f"by {head.holder}, nxsl {head.version}")
        screen.say(f"inventory {head.inventory}, plan {head.plan}")
        for event in view.events:
            if event.kind is EventKind.WAVE_ENDED:
                screen.say(_wave(event))
        screen.say("")
    screen.table(RUN_HOSTS, run_frame(view))
    if steps:
        screen.heading("steps")
        for event in view.events:
            if event.host:
                screen.words.print(Text(_line(event)), soft_wrap=True)


def _wave(event: Event) -> str:
    return f"wave {event.data.get('wave')}: {event.data.get('verdict')}, {event.data.get('why')}"


def _line(event: Event) -> str:
    """One step, in one line."""
    data = event.data
    words = [f"{event.at:%H:%M:%S}", event.host, str(event.kind)]
    words += [str(data[name]) for name in ("step", "end", "outcome", "reason") if data.get(name)]
    typed = data.get("commands")
    if isinstance(typed, list) and typed:
        words.append("| " + " ; ".join(map(str, typed)))
    return "  ".join(words)
