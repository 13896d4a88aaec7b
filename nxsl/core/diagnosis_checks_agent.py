"""What the licensing agent itself says: the symptom, judged last, and not twice.

A failure that a failed check explains is skipped and names that check. A failure that tells that
the backend was reached and said no (a refused token) is explained by no check of the way to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from nxsl.core import reasons
from nxsl.core.diagnosis import Case, Rule, Source, Verdict, failed, passed, skipped
from nxsl.core.findings import Thresholds
from nxsl.core.records import AttemptResult
from nxsl.core.state import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nxsl.core.policy_records import Exchange
    from nxsl.core.records import Attempt, LicenseStatus

# The backend was reached and answered.
_ANSWERED = frozenset(
    {
        "token-refused",
        "backend-refused",
        "unknown-instance",
        "not-registered",
        "backend-down",
        "already-trusted",
        "already-registered",
    }
)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One attempt of the agent."""

    what: str
    succeeded: bool
    at: datetime | None
    text: str = ""

    @property
    def words(self) -> str:
        result = "SUCCEEDED" if self.succeeded else "FAILED"
        when = f" on {self.at:%b %d %H:%M:%S %Y} UTC" if self.at else ""
        reason = f"\nFailure reason: {self.text}" if self.text else ""
        return f"{self.what}: {result}{when}{reason}"


def _of_attempt(what: str, attempt: Attempt | None) -> Iterator[_Event]:
    if attempt is None or attempt.result not in {AttemptResult.SUCCEEDED, AttemptResult.FAILED}:
        return
    succeeded = attempt.result is AttemptResult.SUCCEEDED
    yield _Event(what=what, succeeded=succeeded, at=attempt.at, text=attempt.failure_reason)


def _of_status(status: LicenseStatus | None) -> list[_Event]:
    registration = status.registration if status else None
    authorization = status.authorization if status else None
    return [
        *_of_attempt("Initial Registration", registration.initial if registration else None),
        *_of_attempt("Last Renewal Attempt", registration.last_renewal if registration else None),
        *_of_attempt(
            "Last Communication Attempt",
            authorization.last_communication if authorization else None,
        ),
    ]


def _of_exchange(exchange: Exchange) -> Iterator[_Event]:
    if exchange.last_success:
        yield _Event(what=exchange.name, succeeded=True, at=exchange.last_success)
    if exchange.last_failure or exchange.failure_reason:
        yield _Event(
            what=exchange.name,
            succeeded=False,
            at=exchange.last_failure,
            text=exchange.failure_reason or exchange.response,
        )


def last_failure(case: Case) -> Verdict:
    """The agent's last attempt went well."""
    return _judge(case, _of_status(case.state.status))


def last_exchange(case: Case) -> Verdict:
    """The same under Smart Licensing Using Policy, from the agent's statistics."""
    if case.evidence.exchanges is None:
        return skipped(case.evidence.why_not(Source.EXCHANGES))
    found = case.evidence.exchanges.exchanges
    return _judge(case, [event for each in found for event in _of_exchange(each)])


def _judge(case: Case, events: list[_Event]) -> Verdict:
    bad = [each for each in events if not each.succeeded]
    good = [each for each in events if each.succeeded]
    if not events:
        return passed(why="the agent has not tried anything yet")
    if not bad:
        return passed(_latest(good).words)
    worst = _latest(bad)
    since = _latest(good) if good else None
    # Without a date a failure cannot be told from one that is over.
    if since and since.at and worst.at and since.at > worst.at:
        return passed(worst.words, why=f"over: {since.words}")
    reason = reasons.explain(worst.text)
    answered = reason.code in _ANSWERED
    if case.failed and not answered:
        return skipped(f"explained by check {case.failed[0]}: {worst.text or 'no reason given'}")
    is_open = not answered and any(each.connected for each in case.evidence.probes)
    note = "; the way is open now, so it may be over: nxsl register or renew tries again"
    return failed(
        f"the last attempt failed: {reason.cause}; {reason.remedy}{note if is_open else ''}",
        evidence=worst.words,
    )


def _latest(events: list[_Event]) -> _Event:
    return max(events, key=lambda each: each.at or _LONG_AGO)


def trust_code(case: Case) -> Verdict:
    """A trust code lets the switch sign its reports; without one it has still to be registered."""
    status = case.state.policy
    if status is None:
        return skipped("show license status: not read")
    if status.trusted_at:
        return passed(f"Trust Code Installed: {status.trusted_at:%b %d %H:%M:%S %Y} UTC")
    return skipped("no trust code is installed yet: nxsl register")


def report_overdue(case: Case) -> Verdict:
    """No usage report and no acknowledgement is late."""
    status = case.state.policy
    if status is None:
        return skipped("show license status: not read")
    now, grace = case.state.read_at, Thresholds().overdue
    dates = (
        ("Next ACK deadline", status.reporting.ack_deadline, timedelta()),
        ("Next report push", status.reporting.next_report, grace),
    )
    late = [(what, at) for what, at, bears in dates if at and now - at > bears]
    if not late:
        return passed()
    words = "\n".join(f"{what}: {at:%b %d %H:%M:%S %Y} UTC" for what, at in late)
    if case.failed:
        return skipped(f"explained by check {case.failed[0]}: {words}")
    return failed(
        f"a usage report or its acknowledgement is {span(now - late[0][1])} late; nxsl renew sends "
        "a report",
        evidence=words,
        lines=("license smart sync all",),
    )


LAST_FAILURE = Rule(
    code="last-failure", title="the agent's last attempt went well", judge=last_failure
)
LAST_EXCHANGE = Rule(
    code="last-failure", title="the agent's last attempt went well", judge=last_exchange
)
TRUST_CODE = Rule(code="trust-code", title="a trust code is installed", judge=trust_code)
REPORT_OVERDUE = Rule(
    code="report-overdue", title="no usage report is overdue", judge=report_overdue
)
