"""A run as structured log lines: one JSON object a line.

Every line has `time` (UTC, ISO 8601), `event`, `run` and `job`; the rest depends on the event:

| event | further fields |
|---|---|
| `run started` | `hosts`, `waves` (sizes), `user`, `machine`, `inventory`, `plan`, `parent` |
| `wave started` | `wave`, `hosts` |
| `host started` | `wave`, `host` |
| `host pending` | `wave`, `host`, `kind` (what was started) |
| `host ended` | `wave`, `host`, `outcome`, `good`, `reason`, `detail`, `seconds` |
| `soaking` | `wave`, `seconds` |
| `wave ended` | `wave`, `verdict`, `why`, `hosts`, `counts` (by outcome), `seconds` |
| `run ended` | `state`, `hosts`, `counts` (by outcome), `seconds` |

`wave` counts from 1 on, and is 0 for a host that no change was planned for. `seconds` is null where
something was never begun. A host that is seen to have ended otherwise, as after a soak, has a
second `host ended`; the last one counts. Fields may be added, and are not taken away.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from nxsl.core.errors import MissingExtra, NxslError
from nxsl.core.file_words import why
from nxsl.core.secret import redact_tokens
from nxsl.run.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nxsl.core.outcome import TaskRecord
    from nxsl.core.run_records import RunHead, RunState
    from nxsl.core.waves import Verdict
    from nxsl.run.shown import End, WaveShown

LOGGER = "nxsl.run"
"""The logger of the lines; whoever has set up logging for it gets them as well, as its records."""

GAPS = "nxsl.run.json_log"
"""The logger that is told why lines are missing."""

_PRIVATE = 0o600


class JsonLog(Watcher):
    """Writes what a run does, for machines.

    Args:
        to: a file, which is appended to and which only its owner can read; standard error by
            default.

    Attributes:
        problem: why lines are missing; empty while none are.

    Raises:
        MissingExtra: python-json-logger is not there.
        NxslError: the file cannot be written.
    """

    def __init__(self, to: Path | TextIO | None = None) -> None:
        super().__init__()
        formatter = _formatter()
        self.problem = ""
        self._run = self._job = ""
        self._own: TextIO | None = _open(to) if isinstance(to, Path) else None
        self._to = self._own or (None if isinstance(to, Path) else to)
        self._handler = _Handler(self._to, self._failed)
        self._handler.setFormatter(formatter)
        self._logger = logging.getLogger(LOGGER)

    def close(self) -> None:
        """Close the file; done by itself at the end of a run."""
        own, self._own = self._own, None
        if own is not None:
            try:
                own.close()
            except OSError as error:
                self._failed(error)

    def _failed(self, error: BaseException) -> None:
        if not self.problem:
            self.problem = f"the JSON log has gaps: {type(error).__name__}: {error}"
            logging.getLogger(GAPS).warning("%s; the run goes on", self.problem)

    def _log(self, event: str, **fields: object) -> None:
        common = {"run": self._run, "job": self._job}
        extra = {name: _clean(value) for name, value in {**common, **fields}.items()}
        record = self._logger.makeRecord(
            LOGGER, logging.INFO, __file__, 0, event, (), None, extra=extra
        )
        # Not by way of the logger: whatever level somebody has given it, the file is whole.
        if self._to is None:
            self._handler.setStream(sys.stderr)  # a view may have put another one there
        self._handler.handle(record)
        if self._logger.isEnabledFor(logging.INFO):
            self._logger.handle(record)

    # The hooks.

    def run_started(self, run: RunHead, waves: Sequence[Sequence[str]]) -> None:
        """A run begins."""
        super().run_started(run, waves)
        self._run, self._job = run.id, run.job
        self._log(
            "run started",
            hosts=sum(map(len, waves)),
            waves=[len(wave) for wave in waves],
            user=run.holder.user,
            machine=run.holder.machine,
            inventory=run.inventory,
            plan=run.plan,
            parent=run.parent,
        )

    def wave_started(self, number: int, hosts: Sequence[str]) -> None:
        """A wave begins."""
        super().wave_started(number, hosts)
        self._log("wave started", wave=number, hosts=len(hosts))

    def now_started(self, host: str) -> None:
        """A host is begun."""
        self._log("host started", wave=self.progress.wave_of(host), host=host)

    def now_pending(self, host: str, record: TaskRecord) -> None:
        """Something is under way on a host."""
        kind = str(record.ticket.kind) if record.ticket else ""
        self._log("host pending", wave=self.progress.wave_of(host), host=host, kind=kind)

    def now_ended(self, host: str, end: End, record: TaskRecord | None) -> None:
        """A host has ended."""
        self._log(
            "host ended",
            wave=self.progress.wave_of(host),
            host=host,
            outcome=end.word,
            good=end.good,
            reason=end.reason,
            detail=record.detail if record else "",
            seconds=_rounded(self.progress.seconds_of(host)),
        )

    def soaking(self, number: int, seconds: float) -> None:
        """A wave is left alone."""
        super().soaking(number, seconds)
        self._log("soaking", wave=number, seconds=_rounded(seconds))

    def wave_ended(self, number: int, verdict: Verdict, why: str) -> None:
        """A wave was judged."""
        super().wave_ended(number, verdict, why)
        wave = self._wave(number)
        self._log(
            "wave ended",
            wave=number,
            verdict=str(verdict),
            why=why,
            hosts=wave.hosts,
            counts=dict(wave.ended),
            seconds=_rounded(wave.elapsed),
        )

    def run_ended(self, run: RunHead, state: RunState, records: Mapping[str, TaskRecord]) -> None:
        """A run has ended; the file is closed."""
        super().run_ended(run, state, records)
        shown = self.shown()
        self._log(
            "run ended",
            state=str(state),
            hosts=shown.hosts,
            counts=shown.ended,
            seconds=_rounded(shown.elapsed),
        )
        self.close()

    def _wave(self, number: int) -> WaveShown:
        return next(wave for wave in self.shown().waves if wave.number == number)


class _Handler(logging.StreamHandler[TextIO]):
    """Tells of failures instead of printing them."""

    def __init__(self, stream: TextIO | None, failed: Callable[[BaseException], None]) -> None:
        super().__init__(stream)
        self._failed = failed

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 (logging's name)
        error = sys.exception()
        if error is not None:
            self._failed(error)


def _formatter() -> logging.Formatter:
    try:
        from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 (an extra)
    except ImportError:
        raise MissingExtra(
            "JSON logs need python-json-logger", remedy="pip install 'nxsl[json-log]'"
        ) from None
    return JsonFormatter("%(message)s", rename_fields={"message": "event"}, timestamp="time")


def _open(path: Path) -> TextIO:
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(path, flags, _PRIVATE)
        try:
            # It may have been there, and it may be no file but a terminal or a pipe.
            if hasattr(os, "fchmod") and stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.fchmod(descriptor, _PRIVATE)
            return os.fdopen(descriptor, "w", encoding="utf-8")
        except BaseException:
            os.close(descriptor)
            raise
    except OSError as error:
        problem = why(error, path.parent)
        raise NxslError(
            f"the log {path} cannot be written: {problem}",
            remedy="name another file: --log-json FILE",
        ) from None


def _clean(value: Any) -> Any:  # noqa: ANN401 (of any field)
    return redact_tokens(value) if isinstance(value, str) else value


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
