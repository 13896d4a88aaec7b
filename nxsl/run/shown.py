"""What is shown of a run at one moment: frozen records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nxsl.core.outcome import TaskRecord
    from nxsl.core.run_records import RunState
    from nxsl.core.waves import Verdict

BESIDE = 0
"""The number of no wave: hosts that a run speaks of without having planned a change for them."""
FEW = 3
"""So many slowest hosts are named."""
OVERDUE = str(Outcome.PENDING)
"""The word of hosts that were still pending at their deadline."""
SKIPPED = str(Outcome.NOT_RUN)
"""The word of hosts that were not begun."""


class Stage(StrEnum):
    """Where a host is."""

    QUEUED = "queued"
    RUNNING = "running"
    PENDING = "pending"
    """Something was started on it and is under way; no worker waits for it."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a host ended.

    Attributes:
        word: an `Outcome`, or `failed` where a task gave no record.
        good: whether it is what was asked for.
        reason: the record's.
    """

    word: str
    good: bool
    reason: str = ""


FAILED = End(word="failed", good=False)
"""The end of a host whose task gave no record."""


def end_of(record: TaskRecord) -> End:
    """The end that a record tells of."""
    return End(word=str(record.outcome), good=record.outcome.good, reason=record.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A host that takes, or took, its time.

    Attributes:
        host: its name.
        word: its stage, or the word of its end.
        seconds: since its start; for an ended one, from its start to its end.
    """

    host: str
    word: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Eta:
    """When a wave may be done, in seconds from now; as wide as the pace so far is uncertain."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveShown:
    """One wave, as it is at one moment.

    Attributes:
        number: from 1 on, or `BESIDE`.
        hosts: how many; queued + running + pending + done is the same number.
        queued: not begun.
        running: a worker is on them.
        pending: something is under way on them, and no worker waits.
        ended: how many ended in which word, most frequent first.
        bad: how many of the ended ones did not do what was asked for.
        elapsed: seconds since it began, up to its verdict; None before it begins.
        slowest: those that have been running or pending the longest.
        slowest_done: those that took the longest from start to end.
        eta: None while there is no basis for one.
        soak_left: seconds until it is looked at again; None where it does not soak.
        verdict: None until it was judged.
        why: the verdict's sentence.
    """

    number: int
    hosts: int
    queued: int
    running: int
    pending: int
    ended: Mapping[str, int]
    bad: int
    elapsed: float | None
    slowest: tuple[Slow, ...]
    slowest_done: tuple[Slow, ...]
    eta: Eta | None
    soak_left: float | None
    verdict: Verdict | None
    why: str

    @property
    def done(self) -> int:
        """How many have ended."""
        return sum(self.ended.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RunShown:
    """A run, as it is at one moment.

    Attributes:
        label: what is done.
        waves: in their order; hosts beside them come last, as a wave `BESIDE`.
        elapsed: seconds since it began.
        over: whether it has ended.
        state: how it ended; None while it runs, and for a task that is shown as one wave.
    """

    label: str
    waves: tuple[WaveShown, ...]
    elapsed: float
    over: bool
    state: RunState | None

    @property
    def hosts(self) -> int:
        """How many, in all."""
        return sum(wave.hosts for wave in self.waves)

    @property
    def done(self) -> int:
        """How many have ended."""
        return sum(wave.done for wave in self.waves)

    @property
    def ended(self) -> dict[str, int]:
        """How many ended in which word, most frequent first."""
        total: Counter[str] = Counter()
        for wave in self.waves:
            total.update(wave.ended)
        return dict(total.most_common())
