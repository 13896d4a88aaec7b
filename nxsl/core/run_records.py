"""What a run over a fleet is, and what its journal holds; pure records, no secret in any."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from nxsl.core.outcome import Outcome
    from nxsl.core.plain import Plain


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    """Under way, or its process was killed: the holder of its lock tells."""
    DONE = "done"
    """Every host has come to its end; whether a good one, the outcomes say."""
    PAUSED = "paused"
    """A wave was inconclusive, or somebody said no between two waves; it can be resumed."""
    ABORTED = "aborted"
    """The limit of bad hosts was reached, or a breaker has left nothing to do."""
    STOPPED = "stopped"
    """Somebody stopped it by a signal; it can be resumed."""
    BROKEN = "broken"
    """The journal could not be written any more, or the run was taken over; it can be resumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a run and its locks.

    Attributes:
        user: the user's name on that machine.
        machine: the machine's name.
        pid: the process there.
        since: when it took them, in UTC.
        mark: what tells the process from a later one with the same number; empty where the
            operating system does not say.
    """

    user: str
    machine: str
    pid: int
    since: datetime
    mark: str = ""

    def __str__(self) -> str:
        since = f"{self.since:%Y-%m-%d %H:%M:%S} UTC"
        return f"{self.user} on {self.machine} (process {self.pid}, since {since})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHead:
    """Who does what to which switches.

    Attributes:
        id: the run's name; later runs sort behind earlier ones.
        job: what is done, such as `register`; a name of `nxsl.run.jobs`.
        holder: who runs it.
        version: of nxsl.
        started_at: in UTC.
        inventory: the folder or file, absolute.
        selection: `hosts` (a list) and `filters` (a mapping), as they were asked for.
        options: of the job and of the run, such as `force` or `waves`.
        plan: the identity of the plan that is applied.
        parent: the run that this one retries; empty for none.
        state: how it stands.
        ended_at: in UTC; None while it runs.
    """

    id: str
    job: str
    holder: Holder
    version: str
    started_at: datetime
    inventory: str
    selection: Mapping[str, Plain] = field(default_factory=dict)
    options: Mapping[str, Plain] = field(default_factory=dict)
    plan: str = ""
    parent: str = ""
    state: RunState = RunState.RUNNING
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEntry:
    """One host of a run.

    Attributes:
        host: the inventory's name.
        address: where it is reached, `ADDRESS:PORT`.
        wave: which wave it belongs to, from 1 on; 0 where nothing was to be changed.
        outcome: how it ended; None while it has not.
        reason: a word of `nxsl.core.outcome.Reason`.
        detail: one sentence.
        remedy: what to do next.
        evidence: the switch's own words.
        changed: whether the switch was changed.
        diff: what changed.
        ticket: a `nxsl.core.tickets.Ticket` as plain values, where something is under way.
        updated_at: in UTC.
    """

    host: str
    address: str
    wave: int
    outcome: Outcome | None = None
    reason: str = ""
    detail: str = ""
    remedy: str = ""
    evidence: str = ""
    changed: bool = False
    diff: str = ""
    ticket: Plain = None
    updated_at: datetime | None = None


class EventKind(StrEnum):
    """What happened."""

    RUN_STARTED = "run started"
    RUN_RESUMED = "run resumed"
    WAVE_STARTED = "wave started"
    HOST_STARTED = "host started"
    BEFORE = "before"
    """A step is about to be taken; from here to its `after` nobody knows whether it was."""
    AFTER = "after"
    """A step has ended; `end` says how."""
    NOT_TAKEN = "not taken"
    """A fresh read has proven that the last step never reached the switch."""
    PENDING = "pending"
    """Something was started and is under way; the host's ticket tells what."""
    OUTCOME = "outcome"
    WAVE_ENDED = "wave ended"
    RUN_ENDED = "run ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a journal.

    Attributes:
        number: rises with every event of the run.
        at: in UTC.
        kind: what happened.
        host: on which host; empty where the run as a whole is concerned.
        data: the rest, such as `step`, `commands` and `end`.
    """

    number: int
    at: datetime
    kind: EventKind
    host: str = ""
    data: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """Everything that the store knows of one run.

    Attributes:
        head: who, what, when.
        hosts: in the inventory's order.
        events: in their order.
        plan: the plan that is applied, as `nxsl.core.fleet_plan.to_json` gives it.
    """

    head: RunHead
    hosts: tuple[HostEntry, ...]
    events: tuple[Event, ...]
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run in a list of runs.

    Attributes:
        head: who, what, when.
        hosts: how many hosts it has.
        outcomes: how many of them ended in which way; one that has not ended is in none.
    """

    head: RunHead
    hosts: int
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
