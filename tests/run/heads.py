"""Runs and records for the tests of what is shown of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.core.run_records import Holder, RunHead, RunState
from nxsl.core.tickets import Ticket, TicketKind
from nxsl.core.waves import Verdict

if TYPE_CHECKING:
    from nxsl.run.observer import RunObserver

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TOKEN = "Q2FuYXJ5VG9rZW5Gb3JUaGVIdW50T25seS1ub3QtYS1yZWFsLW9uZQ%3D%3D%0AzZ91"

HEAD = RunHead(
    id="20260102-030405-ab12",
    job="register",
    holder=Holder(user="ops", machine="jump1", pid=7, since=NOW),
    version="1.2.3",
    started_at=NOW,
    inventory="inventory",
    plan="p1",
)
OK = TaskRecord(outcome=Outcome.CHANGED_OK)
ALREADY = TaskRecord(outcome=Outcome.ALREADY_OK)
BAD = TaskRecord(
    outcome=Outcome.FAILED_CLEAN,
    reason=Reason.REGISTRATION_FAILED,
    detail=f"the backend says: The token '{TOKEN}' is not known",
    evidence=f"Failure reason: {TOKEN}",
    steps=(f"license smart register idtoken {TOKEN}",),
)
NOT_RUN = TaskRecord(outcome=Outcome.NOT_RUN, reason=Reason.LIMIT)
TICKET = Ticket(kind=TicketKind.REGISTRATION, sent_at=NOW)
PENDING = TaskRecord(outcome=Outcome.PENDING, reason=Reason.STILL_PENDING, ticket=TICKET)
LOOK_AGAIN = TaskRecord(outcome=Outcome.UNKNOWN, reason=Reason.SESSION_DROPPED)


def tell(observer: RunObserver) -> None:
    """Tell an observer of a run of four hosts: a canary, then a wave that fails; one is left out.

    `leaf2` is told of as pending twice, and ends otherwise after a second look.
    """
    waves = [["leaf1"], ["leaf2", "leaf3"], ["leaf4"]]
    observer.run_started(HEAD, waves)
    observer.wave_started(1, waves[0])
    observer.host_started("leaf1")
    observer.host_ended("leaf1", OK)
    observer.soaking(1, 0.5)
    observer.wave_ended(1, Verdict.PASSED, "")
    observer.wave_started(2, waves[1])
    observer.host_started("leaf2")
    observer.host_pending("leaf2", PENDING)
    observer.host_pending("leaf2", PENDING)
    observer.host_started("leaf3")
    observer.host_ended("leaf3", BAD)
    observer.host_ended("leaf2", OK)
    observer.host_ended("leaf2", OK)
    observer.host_ended("leaf2", LOOK_AGAIN)
    observer.wave_ended(2, Verdict.FAILED, f"2 of 2 are bad, none may be ({TOKEN})")
    records = {"leaf0": ALREADY, "leaf1": OK, "leaf2": LOOK_AGAIN, "leaf3": BAD, "leaf4": NOT_RUN}
    observer.run_ended(HEAD, RunState.ABORTED, records)


COUNTS = {"already ok": 1, "changed ok": 1, "failed clean": 1, "unknown": 1, "not run": 1}


class Noting:
    """Notes the hooks that are called."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __getattr__(self, hook: str) -> Any:
        return lambda *args: self.calls.append((hook, *args))
