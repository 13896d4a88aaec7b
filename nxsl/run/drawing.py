"""A run as lines of coloured text for a terminal of any size; pure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from nxsl.core.waves import Verdict
from nxsl.run.shown import BESIDE, OVERDUE, SKIPPED
from nxsl.run.wording import (
    cells,
    count_words,
    duration,
    hosts_words,
    one_line,
    sentence,
    time_words,
    title,
    verdict_style,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nxsl.run.shown import RunShown, WaveShown

Phrase = tuple[str, str]
"""A text that is not broken, with its style."""

# Good, overdue, bad, under way, queued: told apart by their signs, for those who see no colours.
_SIGNS = ("━╍\u2573╌·", "=~x-.")
_SIGN_STYLES = ("green", "yellow", "red", "cyan", "dim")
_BARS = ((120, 30), (80, 20), (0, 10))
# With less room beside the bar, the counts stand below it.
_ROOM_FOR_COUNTS = 40
_INDENT = 4
_GAP = "  "
# More rows than this are folded: what has passed into one, what is to come into another.
_MOST_ROWS = 16
_UNLIMITED = 10_000


@dataclass(frozen=True, slots=True)
class _Row:
    title: str
    wave: WaveShown
    to_come: bool = False


@dataclass(frozen=True, slots=True)
class _Sizes:
    width: int
    titles: int
    bar: int
    done: int
    time: int

    @property
    def beside(self) -> int:
        """Where the text beside the bar begins."""
        return self.titles + self.bar + self.done + self.time + 4 * len(_GAP)


def draw(
    shown: RunShown, *, width: int, height: int = _UNLIMITED, plain: bool = False
) -> list[Text]:
    """Draw a run.

    Args:
        shown: the run.
        width: no line is wider.
        height: there are no more lines; what goes on now is left out last.
        plain: with ASCII alone.
    """
    rows = _rows(shown.waves, shown.label)
    lines = _drawn(shown, rows, width, plain=plain)
    if len(lines) > height or len(rows) > _MOST_ROWS:
        rows = list(_folded(rows))
        lines = _drawn(shown, rows, width, plain=plain)
    if len(lines) > height:
        rows = [row for row in rows if row.wave.verdict is None and not row.to_come] or rows[-1:]
        lines = _drawn(shown, rows, width, plain=plain)
    for line in lines:
        line.rstrip()
        line.truncate(width, overflow="ellipsis" if not plain else "crop")
    return lines[: max(height, 1)]


def _rows(waves: Sequence[WaveShown], label: str) -> list[_Row]:
    if len(waves) == 1:
        return [_Row(one_line(label), waves[0])]
    return [_Row(title(wave.number), wave) for wave in waves]


def _folded(rows: Sequence[_Row]) -> Iterator[_Row]:
    passed = [row for row in rows if row.wave.verdict is Verdict.PASSED]
    to_come = [row for row in rows if row.wave.elapsed is None and row.wave.number != BESIDE]
    if passed:
        yield _fold(passed)
    yield from (row for row in rows if row not in passed and row not in to_come)
    if to_come:
        yield _fold(to_come)


def _fold(rows: Sequence[_Row]) -> _Row:
    first, last = rows[0].wave, rows[-1].wave
    if len(rows) == 1:
        return _Row(rows[0].title, first, to_come=first.elapsed is None)
    ended: dict[str, int] = {}
    for row in rows:
        for word, count in row.wave.ended.items():
            ended[word] = ended.get(word, 0) + count
    began = [row.wave.elapsed for row in rows if row.wave.elapsed is not None]
    wave = type(first)(
        number=first.number,
        hosts=sum(row.wave.hosts for row in rows),
        queued=sum(row.wave.queued for row in rows),
        running=sum(row.wave.running for row in rows),
        pending=sum(row.wave.pending for row in rows),
        ended=ended,
        bad=sum(row.wave.bad for row in rows),
        elapsed=sum(began) if began else None,
        slowest=(),
        slowest_done=(),
        eta=None,
        soak_left=None,
        verdict=first.verdict,
        why="",
    )
    return _Row(f"waves {first.number}-{last.number}", wave, to_come=first.elapsed is None)


def _drawn(shown: RunShown, rows: Sequence[_Row], width: int, *, plain: bool) -> list[Text]:
    lines: list[Text] = []
    many = len(shown.waves) > 1
    if many:
        head = f"{one_line(shown.label)} {shown.done}/{shown.hosts}"
        lines.append(Text(f"{head}{_GAP}{duration(shown.elapsed)}", style="bold"))
    sizes = _sizes(rows, width)
    for row in rows:
        lines += _row_lines(row, sizes, over=shown.over, plain=plain)
    if shown.state is not None:
        over = f"{one_line(shown.label)} {shown.state}: {sentence(shown)}"
        text = f"{over}, in {duration(shown.elapsed)}"
        lines += [Text(line, style="bold") for line in textwrap.wrap(text, max(width, 1))]
    return lines or [Text(f"{one_line(shown.label)}: {hosts_words(0)}")]


def _sizes(rows: Sequence[_Row], width: int) -> _Sizes:
    return _Sizes(
        width=width,
        titles=min(max((cell_len(row.title) for row in rows), default=0), max(width // 3, 8)),
        bar=next(bar for least, bar in _BARS if width >= least),
        done=max((len(_done(row.wave)) for row in rows), default=0),
        time=max((len(_elapsed(row.wave)) for row in rows), default=0),
    )


def _done(wave: WaveShown) -> str:
    return f"{wave.done}/{wave.hosts}"


def _elapsed(wave: WaveShown) -> str:
    return "" if wave.elapsed is None else duration(wave.elapsed)


def _row_lines(row: _Row, sizes: _Sizes, *, over: bool, plain: bool) -> list[Text]:
    wave = row.wave
    name = Text(row.title)
    name.truncate(sizes.titles, overflow="crop", pad=True)
    head = Text.assemble(
        name,
        _GAP,
        *_bar(wave, sizes.bar, _SIGNS[plain]),
        _GAP,
        _done(wave).rjust(sizes.done),
        _GAP,
        _elapsed(wave).rjust(sizes.time),
        _GAP,
    )
    phrases = count_words(wave)
    if wave.verdict is not None:
        phrases = [(str(wave.verdict), verdict_style(wave.verdict)), *phrases]
    dot = " - " if plain else " · "
    room = sizes.width - sizes.beside
    beside = room >= _ROOM_FOR_COUNTS
    indent = sizes.beside if beside else min(_INDENT, sizes.width // 4)
    below = list(_packed(phrases, sizes.width - indent, dot))
    if beside and below:
        head.append_text(below.pop(0))
    if wave.verdict is None and (wave.slowest or not over):
        now = [(words, "dim") for words in time_words(wave)]
        below += _packed(now, sizes.width - indent, dot)
    elif wave.verdict not in {None, Verdict.PASSED}:
        below += [Text(line) for line in textwrap.wrap(one_line(wave.why), sizes.width - indent)]
    return [head, *(Text.assemble(" " * indent, line) for line in below)]


def _bar(wave: WaveShown, width: int, signs: str) -> Iterator[Phrase]:
    overdue, skipped = wave.ended.get(OVERDUE, 0), wave.ended.get(SKIPPED, 0)
    parts = (
        wave.done - wave.bad,
        overdue,
        wave.bad - overdue - skipped,
        wave.running + wave.pending,
        wave.queued + skipped,
    )
    shares = cells(parts, width)
    for sign, style, share in zip(signs, _SIGN_STYLES, shares, strict=True):
        yield sign * share, style
    yield " " * (width - sum(shares)), ""


def _packed(phrases: Iterable[Phrase], width: int, dot: str) -> Iterator[Text]:
    """Put as many phrases on each line as there is room for."""
    line = Text()
    for words, style in phrases:
        if line and line.cell_len + len(dot) + cell_len(words) > width:
            yield line
            line = Text()
        line.append(dot if line else "", "dim")
        line.append(words, style)
    if line:
        yield line
