"""The agent of Smart Licensing Using Policy: trust code, usage reports and what came of them.

As with classic licensing a command only starts something. Intervals are those of the IOS-XE
screens (same agent): a push every 30 days, an acknowledgement within 90.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nxsl.lab import policy_files, policy_texts, texts
from nxsl.lab.backend import Admission, Answer, Backend, LicenseServer
from nxsl.lab.callhome_agent import Unreachable
from nxsl.lab.policy_reach import Cslu
from nxsl.lab.policy_reports import Report, ReportState, Store
from nxsl.lab.policy_spec import Message, PolicyState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nxsl.lab.licensing import Timer

_ACK_WITHIN = timedelta(days=90)
_ACK_CHECK = timedelta(minutes=2)
_TOKEN_ANSWERS = {
    Answer.BAD_TOKEN: texts.BAD_TOKEN,
    Answer.EXPIRED_TOKEN: texts.EXPIRED_TOKEN,
    Answer.USED_UP_TOKEN: texts.USED_UP_TOKEN,
}
# Reasons after which nothing was heard of the server; after others it was heard and said no.
_LOST = frozenset({texts.SEND_ERROR, texts.RESOLVE_ERROR, texts.TLS_ERROR, texts.CALL_HOME_ERROR})


@dataclass(slots=True)
class Exchange:
    """What the communication statistics count of one message."""

    succeeded: int = 0
    failed: int = 0
    ongoing: int = 0
    lost: int = 0
    response: str = ""
    responded: datetime | None = None
    reason: str = ""
    last_success: datetime | None = None
    last_failure: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the message history."""

    at: datetime
    message: str
    words: str


@dataclass(slots=True)
class PolicyRecord:
    """What the screens of Smart Licensing Using Policy tell; times are the switch's clock.

    Attributes:
        trusted: When the trust code was installed.
        smart_account: The account it belongs to.
        virtual_account: Likewise.
        account_as_of: When the server last named the account.
        last_report: When usage was last reported.
        last_ack: When a report was last acknowledged.
        ack_deadline: When an acknowledgement is due.
        ack_check: When the agent asks for it next.
        next_report: When usage is reported next.
        last_file_write: When reports were last written into a file.
        policy_name: The policy of the account; empty is Cisco's default.
        policy_installed: When it was installed.
        reports: The usage reports, oldest first.
        exchanges: The communication statistics, by message.
        history: The messages and imports, oldest first.
    """

    trusted: datetime | None = None
    smart_account: str = ""
    virtual_account: str = ""
    account_as_of: datetime | None = None
    last_report: datetime | None = None
    last_ack: datetime | None = None
    ack_deadline: datetime | None = None
    ack_check: datetime | None = None
    next_report: datetime | None = None
    last_file_write: datetime | None = None
    policy_name: str = ""
    policy_installed: datetime | None = None
    reports: tuple[Report, ...] = ()
    exchanges: dict[Message, Exchange] = field(
        default_factory=lambda: {message: Exchange() for message in Message}
    )
    history: tuple[Event, ...] = ()

    def failure(self, message: Message) -> str:
        """Give the reason of the last failure of a message; empty after a success."""
        return self.exchanges[message].reason


def record_at(start: PolicyState, now: datetime) -> PolicyRecord:
    """Turn a description relative to the start into dates."""

    def moment(offset: timedelta | None) -> datetime | None:
        return None if offset is None else now + offset

    record = PolicyRecord(
        trusted=moment(start.trusted),
        smart_account=start.smart_account,
        virtual_account=start.virtual_account,
        account_as_of=moment(start.last_ack if start.last_ack is not None else start.trusted),
        last_report=moment(start.last_report),
        last_ack=moment(start.last_ack),
        ack_deadline=moment(start.ack_deadline),
        ack_check=moment(start.ack_check),
        next_report=moment(start.next_report),
        last_file_write=moment(start.last_file_write),
        policy_name=start.policy_name,
        policy_installed=moment(start.policy_installed),
    )
    succeeded = {
        Message.TRUST: record.trusted,
        Message.USAGE: record.last_report,
        Message.POLL: record.last_ack,
    }
    for message, at in succeeded.items():
        if at is not None:
            word = policy_texts.OK_POLL if message is Message.USAGE else policy_texts.OK
            _succeed(record.exchanges[message], at, word)
    for failure in start.failures:
        for _ in range(failure.count):
            _fail(record.exchanges[failure.message], now + failure.at, failure.reason)
    return record


def _past(
    start: PolicyState, record: PolicyRecord, now: datetime
) -> list[tuple[ReportState, datetime]]:
    """Give the reports that the dates of the start speak of."""
    found: list[tuple[ReportState, datetime]] = []
    if record.last_report is not None:
        acked = record.last_ack is not None and record.last_ack >= record.last_report
        state = ReportState.ACK if acked else ReportState.UNACKNOWLEDGED
        found.append((state, record.last_report))
    return found + [(ReportState.CLOSED, now)] * start.unreported


def _succeed(exchange: Exchange, at: datetime, word: str) -> None:
    exchange.succeeded += 1
    exchange.ongoing = exchange.lost = 0
    exchange.response, exchange.responded, exchange.reason = word, at, ""
    exchange.last_success = at


def _fail(exchange: Exchange, at: datetime, reason: str) -> None:
    lost = reason in _LOST
    exchange.failed += 1
    exchange.ongoing += 1
    exchange.lost += lost
    exchange.response = policy_texts.NO_REPLY if lost else policy_texts.REFUSED
    exchange.responded, exchange.reason, exchange.last_failure = at, reason, at


@dataclass(frozen=True, slots=True)
class PolicySurroundings:
    """What the agent needs of its switch.

    Attributes:
        clock: The switch's clock.
        later: Runs a call after some seconds.
        reach: Tries to get to the server with the configuration of this moment.
        mode: Tells the transport of this moment.
        interval: Tells the days between two reports; 0 is none.
        serial: The serial number.
        udi: The UDI as the licensing screens write it.
    """

    clock: Callable[[], datetime]
    later: Callable[[float, Callable[[], None]], Timer]
    reach: Callable[[], LicenseServer | Cslu | Unreachable]
    mode: Callable[[], str]
    interval: Callable[[], int]
    serial: str
    udi: Callable[[], str]


class PolicyAgent:
    """Installs trust codes and reports usage, as the commands and the server have it.

    Args:
        start: The state at the start.
        used: Tag and count of every licence in use.
        backend: How the server treats this switch.
        around: The switch.
    """

    def __init__(
        self,
        start: PolicyState,
        used: Sequence[tuple[str, int]],
        backend: Backend,
        around: PolicySurroundings,
    ) -> None:
        now = around.clock()
        self.record = record_at(start, now)
        self._backend = backend
        self._around = around
        self._attempts = 0
        self._timers: dict[str, Timer] = {}
        first = 1_700_000_000 + zlib.crc32(around.serial.encode()) % 50_000_000
        self.store = Store(used, first, _past(start, self.record, now), now)

    # -- commands ---------------------------------------------------------------------------------

    def trust(self, token: str, *, force: bool) -> str:
        """Start a trust establishment and answer before anything is known.

        Args:
            token: The registration token.
            force: Ask for a new trust code even if there is one.
        """
        if self._around.mode() == "off":
            return policy_texts.TRANSPORT_OFF
        seconds = self._backend.register_latency
        self._later(Message.TRUST, seconds, lambda: self._established(token, force=force))
        return texts.TRUST_STARTED

    def sync(self) -> str:
        """Start to send the usage reports."""
        if self._around.mode() == "off":
            return policy_texts.TRANSPORT_OFF
        if self.store.any_used:
            self._later(Message.USAGE, self._backend.report_latency, self._pushed)
        return texts.SYNC_STARTED

    def snapshot(self) -> PolicyRecord:
        """Copy the state."""
        return replace(
            self.record,
            reports=tuple(replace(report) for report in self.store.reports),
            exchanges={key: replace(value) for key, value in self.record.exchanges.items()},
        )

    def cancel(self) -> None:
        """Call off whatever is under way."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    # -- files ------------------------------------------------------------------------------------

    def usage_file(self, select: Callable[[Report], bool]) -> bytes:
        """Write the reports that fit into the bytes of a file; nothing if none does."""
        self.store.close_unless_waiting(self._around.clock())
        chosen = [
            policy_files.Measured(r.number, r.tag, r.count)
            for r in self.store.reports
            if r.state is not ReportState.OPEN and select(r)
        ]
        return policy_files.usage_report(self._around.udi(), chosen) if chosen else b""

    def file_written(self) -> None:
        """Note that reports were written into a file."""
        self.record.last_file_write = self._around.clock()

    def trust_request(self) -> bytes:
        """Write a request for a trust code."""
        return policy_files.trust_request(self._around.udi())

    def take_in(self, data: bytes) -> str:
        """Import a file.

        Returns:
            What the switch says.
        """
        try:
            document = policy_files.read(data)
        except policy_files.Unreadable:
            return policy_texts.IMPORT_UNKNOWN
        except policy_files.Damaged:
            return policy_texts.IMPORT_DAMAGED
        kind, udi = document.kind, document.one("udi")
        if kind not in _IMPORTS:
            return policy_texts.IMPORT_UNKNOWN
        if kind is not policy_files.FileKind.POLICY and udi != self._around.udi():
            return policy_texts.IMPORT_FOREIGN.format(udi=udi)
        refused = _IMPORTS[kind](self, document)
        self._note(_IMPORT_NAMES[kind], refused or "Import successful")
        return refused or policy_texts.IMPORT_DONE

    def _import_ack(self, document: policy_files.Document) -> str:
        numbers = {int(number) for number in document.all("report")}
        if not self.store.acknowledge(numbers):
            return policy_texts.IMPORT_NO_REPORT
        self._ack_received()
        return ""

    def _import_policy(self, document: policy_files.Document) -> str:
        self.record.policy_name = document.one("name")
        self.record.policy_installed = self._around.clock()
        return ""

    def _import_trust(self, document: policy_files.Document) -> str:
        self._install(Admission(document.one("smart_account"), document.one("virtual_account")))
        return ""

    # -- what happens later -----------------------------------------------------------------------

    def _later(self, what: str, seconds: float, call: Callable[[], None]) -> None:
        """Do something later; what was to come of the same errand is called off."""
        known = self._timers.pop(what, None)
        if known is not None:
            known.cancel()
        if seconds <= 0:
            call()
        else:
            self._timers[what] = self._around.later(seconds, call)

    def _note(self, message: str, words: str) -> None:
        self.record.history += (Event(self._around.clock(), message, words),)

    def _done(self, message: Message, word: str) -> None:
        _succeed(self.record.exchanges[message], self._around.clock(), word)
        self._note(message, word)

    def _failed(self, message: Message, reason: str) -> None:
        _fail(self.record.exchanges[message], self._around.clock(), reason)
        self._note(message, reason)

    def _established(self, token: str, *, force: bool) -> None:
        if self._backend.answer is Answer.NEVER or self._around.mode() == "off":
            return
        outcome = self._ask(token, force=force)
        if isinstance(outcome, Admission):
            self._install(outcome)
            self._done(Message.TRUST, policy_texts.OK)
            return
        self._failed(Message.TRUST, outcome)
        if outcome in _LOST or outcome == texts.BACKEND_DOWN:
            # A lost message is sent again by itself, a refused one is not.
            seconds = self._backend.retry_after
            self._later(Message.TRUST, seconds, lambda: self._established(token, force=force))

    def _ask(self, token: str, *, force: bool) -> Admission | str:
        """Send the trust request; a text is the reason of its failure."""
        if self.record.trusted is not None and not force:
            return policy_texts.TRUST_INSTALLED
        self._attempts += 1
        if self._attempts <= self._backend.fail_first:
            return self._backend.fail_reason
        server = self._reach()
        if isinstance(server, str):
            return server
        if isinstance(server, Cslu):
            return policy_texts.CSLU_WITHOUT_TRUST
        refusal = _TOKEN_ANSWERS.get(self._backend.answer)
        if refusal is not None:
            return refusal.format(token=token)
        return server.admit(self._around.serial, token)

    def _reach(self) -> LicenseServer | Cslu | str:
        server = self._around.reach()
        if isinstance(server, Unreachable):
            return server.reason
        if self._backend.answer is Answer.UNREACHABLE:
            return texts.SEND_ERROR
        return texts.BACKEND_DOWN if self._backend.answer is Answer.DOWN else server

    def _install(self, admission: Admission) -> None:
        record, now = self.record, self._around.clock()
        record.trusted = record.account_as_of = now
        record.smart_account = self._backend.smart_account or admission.smart_account
        record.virtual_account = self._backend.virtual_account or admission.virtual_account

    def _pushed(self) -> None:
        """Send every report that no server has acknowledged."""
        if self._backend.answer is Answer.NEVER or self._around.mode() == "off":
            return
        now = self._around.clock()
        self.store.close(now)
        failure = self._push_failure()
        if failure:
            self._failed(Message.USAGE, failure)
            return
        self.store.send()
        self.record.last_report = now
        self.record.next_report = self._next_report(now)
        self.record.ack_check = now + _ACK_CHECK
        self._done(Message.USAGE, policy_texts.OK_POLL)
        if self.record.trusted is not None:
            self._done(Message.SYNC, policy_texts.OK)
        self._later(Message.POLL, self._backend.ack_latency, self._polled)

    def _push_failure(self) -> str:
        """Try the way to the server; give the reason if it ends there."""
        if self._backend.report_failure:
            return self._backend.report_failure
        server = self._reach()
        if isinstance(server, str):
            return server
        direct = self._around.mode() != "cslu"
        return policy_texts.TRUST_REQUIRED if direct and self.record.trusted is None else ""

    def _next_report(self, now: datetime) -> datetime | None:
        days = self._around.interval()
        return now + timedelta(days=days) if days else None

    def _polled(self) -> None:
        """Ask for the acknowledgement of what was sent."""
        if self._around.mode() == "off":
            return
        server = self._reach()
        if isinstance(server, str):
            self._failed(Message.POLL, server)
        elif not self._backend.acknowledge:
            self.store.miss()
            self._done(Message.POLL, policy_texts.OK_POLL)
        else:
            self.store.acknowledge(None)
            self._ack_received()
            self._done(Message.POLL, policy_texts.OK)

    def _ack_received(self) -> None:
        record, now = self.record, self._around.clock()
        record.last_ack = now
        record.ack_deadline = now + _ACK_WITHIN
        record.ack_check = None
        if record.smart_account:
            record.account_as_of = now


_IMPORTS: dict[policy_files.FileKind, Callable[[PolicyAgent, policy_files.Document], str]] = {
    policy_files.FileKind.ACK: PolicyAgent._import_ack,  # noqa: SLF001 - its own table
    policy_files.FileKind.POLICY: PolicyAgent._import_policy,  # noqa: SLF001
    policy_files.FileKind.TRUST: PolicyAgent._import_trust,  # noqa: SLF001
}
_IMPORT_NAMES = {
    policy_files.FileKind.ACK: "Import RUM ACK",
    policy_files.FileKind.POLICY: "Import POLICY",
    policy_files.FileKind.TRUST: "Import TRUST CODE",
}
