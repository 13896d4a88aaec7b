"""One run on the screen: who and what, how each switch ended, and every step on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from nxsl.cli.changing import words_for
from nxsl.cli.options import TABLE
from nxsl.cli.screen import GOOD_WORDS
from nxsl.core.run_records import EventKind, RunState
from nxsl.reports.run_tables import RUN_HOSTS, RUN_STEPS
from nxsl.reports.runs import run_frame, steps_frame, typed_of
from nxsl.run.store import Life, life_of

if TYPE_CHECKING:
    from nxsl.cli.screen import Screen
    from nxsl.core.run_records import Event, RunHead, RunView


def show_run(screen: Screen, view: RunView, *, steps: bool) -> None:
    """Print a run; as data its steps, or else its hosts."""
    if steps and screen.kind != TABLE:
        screen.table(RUN_STEPS, steps_frame(view))
        return
    head, frame = view.head, run_frame(view)
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
    screen.table(RUN_HOSTS, frame)
    told = frame[(frame["evidence"] != "") & ~frame["outcome"].isin(GOOD_WORDS)]
    screen.next_steps(told)
    if screen.kind == TABLE:
        _say_what_is_left(screen, view.head)
    if steps:
        screen.heading("steps (UTC)")
        for event in view.events:
            if event.host:
                screen.words.print(Text(_line(event)), soft_wrap=True)


def _say_what_is_left(screen: Screen, head: RunHead) -> None:
    """What is to be done about a run that has not come to its end."""
    words = words_for(head.state, head.id)
    if head.state is RunState.RUNNING:
        life = life_of(head.holder)
        words = f"held by {head.holder}, {life.value}"
        if life is not Life.ALIVE:
            words += f"; nxsl resume {head.id} goes on"
    if words:
        screen.say(f"\nrun {head.id}: {words}", style="cyan")


def _wave(event: Event) -> str:
    return f"wave {event.data.get('wave')}: {event.data.get('verdict')}, {event.data.get('why')}"


def _line(event: Event) -> str:
    """One step, in one line."""
    data = event.data
    words = [f"{event.at:%H:%M:%S}", event.host, str(event.kind)]
    words += [str(data[name]) for name in ("step", "end", "outcome", "reason") if data.get(name)]
    if typed := typed_of(event):
        words.append(f"| {typed}")
    return "  ".join(words)
