"""The words, colours and bars of a run's views; pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome
from nxsl.core.text import visible
from nxsl.core.waves import Verdict
from nxsl.run.shown import BESIDE, FEW, OVERDUE, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nxsl.run.shown import Eta, RunShown, Slow, WaveShown

STYLES = {
    str(Outcome.READ): "green",
    str(Outcome.ALREADY_OK): "green",
    str(Outcome.CHANGED_OK): "bold green",
    str(Outcome.PLANNED): "cyan",
    str(Outcome.PENDING): "yellow",
    str(Outcome.ROLLED_BACK): "yellow",
    str(Outcome.REFUSED): "magenta",
    str(Outcome.UNSUPPORTED): "magenta",
    str(Outcome.NOT_APPLICABLE): "dim",
    str(Outcome.FAILED_CLEAN): "red",
    str(Outcome.FAILED_DIRTY): "bold red",
    str(Outcome.UNKNOWN): "bold red",
    str(Outcome.NOT_RUN): "dim",
    "failed": "red",
    str(Stage.RUNNING): "cyan",
    str(Stage.QUEUED): "dim",
    str(Verdict.PASSED): "green",
    str(Verdict.INCONCLUSIVE): "yellow",
}
"""How a word is coloured; `Verdict.FAILED` is the same word as a failed host's."""

_MINUTE, _HOUR = 60, 3600
# Up to so many of a unit are told in it.
_MANY = 90
# A range that is no wider is told as one number.
_NARROW = 1.5


def one_line(text: str) -> str:
    """A text that moves no cursor and begins no line."""
    return visible(text).replace("\n", "\\x0a").replace("\t", "\\x09")


def duration(seconds: float) -> str:
    """Seconds as `0:42` or `1:02:03`."""
    minutes, rest = divmod(int(max(seconds, 0.0)), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def eta_words(eta: Eta) -> str:
    """An estimate as `about 25 s left` or `2 to 6 min left`."""
    unit, size = "h", _HOUR
    if eta.high <= _MANY * _MINUTE:
        unit, size = "min", _MINUTE
    if eta.high <= _MANY:
        unit, size = "s", 1
    low = max(round(eta.low / size), 1)
    high = max(math.ceil(eta.high / size), low)
    if high <= max(low * _NARROW, low):
        return f"about {round((low + high) / 2)} {unit} left"
    return f"{low} to {high} {unit} left"


def count_words(wave: WaveShown) -> list[tuple[str, str]]:
    """How many hosts of a wave are where, as texts with their styles.

    Pending hosts are one number, whether they are still asked or are past their deadline; where
    there are both, the latter stand in brackets.
    """
    counts = {word: count for word, count in wave.ended.items() if word != OVERDUE}
    overdue = wave.ended.get(OVERDUE, 0)
    pending = wave.pending + overdue
    words = [(f"{count} {word}", STYLES.get(word, "")) for word, count in counts.items()]
    if pending:
        note = f" ({overdue} overdue)" if overdue and wave.pending else ""
        words.append((f"{pending} pending{note}", STYLES[OVERDUE]))
    for stage, count in ((Stage.RUNNING, wave.running), (Stage.QUEUED, wave.queued)):
        if count:
            words.append((f"{count} {stage}", STYLES[stage]))
    return words


def verdict_style(verdict: Verdict) -> str:
    """How a verdict is coloured."""
    return "bold red" if verdict is Verdict.FAILED else STYLES[verdict]


def time_words(wave: WaveShown) -> list[str]:
    """What a wave still needs, and whom it waits for; phrases that belong behind each other."""
    words = []
    if wave.eta:
        words.append(eta_words(wave.eta))
    if wave.soak_left is not None:
        words.append(f"soaks, {duration(wave.soak_left)} left")
    left = wave.hosts - wave.done
    waits = bool(wave.slowest) and left == wave.running + wave.pending <= FEW
    first, *more = _named(wave.slowest or wave.slowest_done) or [""]
    if first:
        words += [f"{'waiting for' if waits else 'slowest:'} {first}", *more]
    return words


def _named(hosts: Iterable[Slow]) -> list[str]:
    return [f"{one_line(each.host)} {each.word} {duration(each.seconds)}" for each in hosts]


def sentence(shown: RunShown) -> str:
    """How a run stands, as `190 changed ok, 10 failed clean`; what was not begun as `queued`."""
    counts = dict(shown.ended)
    for word, count in (
        (str(Stage.PENDING), sum(wave.pending for wave in shown.waves)),
        (str(Stage.RUNNING), sum(wave.running for wave in shown.waves)),
        (str(Stage.QUEUED), sum(wave.queued for wave in shown.waves)),
    ):
        if count:
            counts[word] = counts.get(word, 0) + count
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "no hosts"


def title(number: int) -> str:
    """The name of a wave."""
    return "beside" if number == BESIDE else f"wave {number}"


def hosts_words(count: int) -> str:
    """A number of hosts."""
    return "1 host" if count == 1 else f"{count or 'no'} hosts"


def switches_words(count: int) -> str:
    """A number of switches."""
    return "1 switch" if count == 1 else f"{count or 'no'} switches"


def part_words(count: int, total: int, one: str, many: str) -> str:
    """So many of so many; what follows agrees with all of them."""
    return f"{count} of {total} {one if total == 1 else many}"


def cells(parts: Sequence[int], width: int) -> list[int]:
    """Share the cells of a bar among parts, in proportion; no part that is there gets none.

    With more parts than cells the first ones get theirs. They add up to the width where there is
    any part at all.
    """
    total = sum(parts)
    if not total or width <= 0:
        return [0] * len(parts)
    exact = [part * width / total for part in parts]
    shares = [max(int(share), 1) if part else 0 for part, share in zip(parts, exact, strict=True)]
    order = sorted(range(len(parts)), key=lambda at: shares[at] - exact[at])
    while (rest := width - sum(shares)) > 0:
        for at in [each for each in order if parts[each]][:rest]:
            shares[at] += 1
    while sum(shares) > width:
        # From the largest, and from the last of equal ones.
        shares[max(range(len(parts)), key=lambda at: (shares[at], at))] -= 1
    return shares
