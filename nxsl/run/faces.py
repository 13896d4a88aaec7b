"""What a run is shown on: a pipe, a terminal, a notebook. `ShowProgress` chooses and feeds them."""

from __future__ import annotations

import contextlib
import html
import sys
import uuid
from typing import TYPE_CHECKING, Any, Protocol

from rich.live import Live
from rich.text import Text

from nxsl.run.drawing import draw
from nxsl.run.shown import BESIDE
from nxsl.run.wording import count_words, duration, one_line, sentence, time_words, title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from nxsl.run.shown import RunShown, WaveShown


class Face(Protocol):
    """Something that a run is shown on; whatever fails there is caught by its caller."""

    @property
    def period(self) -> float | None:
        """Seconds between two drawings; None for one that only takes lines."""

    def open(self, shown: RunShown) -> None:
        """Begin; called in the thread of the run."""

    def say(self, line: str) -> None:
        """Something has happened."""

    def draw(self, shown: RunShown) -> None:
        """Show how the run is now; called from a thread of its own."""

    def close(self, shown: RunShown) -> None:
        """Show how the run has ended, and stay like this; called in the thread of the run."""


class PlainView:
    """A line for each thing that happens, for pipes and CI.

    It writes to the console's file itself: rich would break lines, take names for markup, and
    point standard output to nowhere where the reader of standard error has gone.
    """

    period = None

    def __init__(self, console: Console) -> None:
        self._console = console

    def open(self, shown: RunShown) -> None:
        """Nothing to do."""

    def say(self, line: str) -> None:
        """Write a line."""
        if self._console.quiet:
            return
        file = self._console.file
        text = one_line(line) + "\n"
        try:
            file.write(text)
        except UnicodeEncodeError:
            file.write(text.encode("ascii", "backslashreplace").decode("ascii"))
        file.flush()

    def draw(self, shown: RunShown) -> None:
        """Nothing to do."""

    def close(self, shown: RunShown) -> None:
        """Nothing to do."""


class LiveView:
    """Rows that move, for terminals."""

    period = 0.25

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._shown: RunShown | None = None

    def open(self, shown: RunShown) -> None:
        """Take the lower end of the terminal."""
        self._shown = shown
        # Only what would appear on the terminal anyway is led past the rows.
        self._live = Live(
            get_renderable=self._renderable,
            console=self._console,
            auto_refresh=False,
            redirect_stdout=is_terminal(sys.stdout),
            redirect_stderr=is_terminal(sys.stderr),
        )
        self._live.start(refresh=True)

    def _renderable(self) -> Text:
        if self._shown is None:
            return Text()
        width, height = self._console.size
        whole = self._live is None or not self._live.is_started
        lines = draw(
            self._shown,
            width=max(width, 1),
            # The last line of the terminal is the cursor's.
            **({} if whole else {"height": max(height - 1, 1)}),
            plain=not self._console.encoding.startswith("utf") or self._console.legacy_windows,
        )
        return Text("\n", no_wrap=True, overflow="crop").join(lines)

    def say(self, line: str) -> None:
        """The rows tell."""

    def draw(self, shown: RunShown) -> None:
        """Draw the rows."""
        self._shown = shown
        if self._live is not None:
            self._live.refresh()

    def close(self, shown: RunShown) -> None:
        """Draw the rows for the last time, and leave them there."""
        self._shown = shown
        live, self._live = self._live, None
        if live is not None:
            live.stop()


def is_terminal(file: Any) -> bool:  # noqa: ANN401 (whatever somebody has put there)
    """Whether a file is one, and not only said to be."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return bool(file.isatty())
    return False


class NotebookView:
    """One output that is replaced as the run goes on; it needs IPython and no widgets."""

    period = 1.0

    def __init__(self) -> None:
        self._id = ""

    def open(self, shown: RunShown) -> None:
        """Make the output."""
        self._id = f"nxsl-{uuid.uuid4().hex}"
        self._show(shown, update=False)

    def say(self, line: str) -> None:
        """The table tells."""

    def draw(self, shown: RunShown) -> None:
        """Replace the output."""
        self._show(shown, update=True)

    def close(self, shown: RunShown) -> None:
        """Replace the output for the last time."""
        self._show(shown, update=True)

    def _show(self, shown: RunShown, *, update: bool) -> None:
        from IPython.display import display  # noqa: PLC0415 (there in every notebook, only there)

        text = "\n".join(line.plain.rstrip() for line in draw(shown, width=100))
        bundle = {"text/html": to_html(shown), "text/plain": text}
        display(bundle, raw=True, display_id=self._id, update=update)  # type: ignore[no-untyped-call]


def to_html(shown: RunShown) -> str:
    """A run as a table that a screen reader can read; everything in it is escaped."""
    state = f"{shown.state}: " if shown.state else ""
    caption = f"{shown.label}: {state}{shown.done}/{shown.hosts}, {sentence(shown)}"
    columns = ("wave", "progress", "done", "time", "hosts", "")
    head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in columns)
    rows = "".join(_html_row(wave) for wave in shown.waves)
    return (
        '<table class="nxsl-progress">'
        f'<caption style="caption-side:top;text-align:left">{_escaped(caption)}, '
        f"{duration(shown.elapsed)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _html_row(wave: WaveShown) -> str:
    name = "beside" if wave.number == BESIDE else str(wave.number)
    return "<tr>{}</tr>".format(
        "".join(
            (
                f'<th scope="row" style="text-align:left">{name}</th>',
                f'<td><progress value="{wave.done}" max="{max(wave.hosts, 1)}" '
                f'aria-label="{title(wave.number)}"></progress></td>',
                f"<td>{wave.done}/{wave.hosts}</td>",
                f"<td>{'' if wave.elapsed is None else duration(wave.elapsed)}</td>",
                f'<td style="text-align:left">{"; ".join(_html_counts(wave))}</td>',
                f'<td style="text-align:left">{_escaped("; ".join(_notes(wave)))}</td>',
            )
        )
    )


def _html_counts(wave: WaveShown) -> Iterator[str]:
    for words, style in count_words(wave):
        colour = next((value for key, value in _COLOURS.items() if key in style), "")
        yield f'<span style="color:{colour}">{_escaped(words)}</span>' if colour else words


# Dark enough for white paper, light enough for a dark theme.
_COLOURS = {"green": "#2e8b57", "red": "#d0342c", "yellow": "#b8860b", "magenta": "#a64ca6"}


def _notes(wave: WaveShown) -> list[str]:
    if wave.verdict is None:
        return time_words(wave)
    return [f"{wave.verdict}: {wave.why}" if wave.why else str(wave.verdict)]


def _escaped(text: str) -> str:
    return html.escape(one_line(text))
