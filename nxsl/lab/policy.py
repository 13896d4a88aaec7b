"""The agent of Smart Licensing Using Policy: trust code, usage reports and what came of them.

As with classic licensing a command only starts something. Intervals are those of the IOS-XE
screens (same agent): a push every 30 days, an acknowledgement within 90.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nxsl.lab import policy_files, policy_texts, texts
from nxsl.lab.backend import Admission, Answer, Backend, LicenseServer
from nxsl.lab.callhome_agent import Unreachable
from nxsl.lab.policy_reach import Cslu
from nxsl.lab.policy_record import LOST, Event, PolicyRecord, fail, past_reports, record_at, succeed
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
        self.store = Store(used, first, past_reports(start, self.record, now), now)

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

    def install(self, admission: Admission) -> None:
        """Install a trust code, however it came here."""
        record, now = self.record, self._around.clock()
        waiting = self._timers.pop(Message.TRUST, None)
        if waiting is not None:
            waiting.cancel()
        record.trusted = record.account_as_of = now
        record.smart_account = self._backend.smart_account or admission.smart_account
        record.virtual_account = self._backend.virtual_account or admission.virtual_account

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
        self.install(Admission(document.one("smart_account"), document.one("virtual_account")))
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
        succeed(self.record.exchanges[message], self._around.clock(), word)
        self._note(message, word)

    def _failed(self, message: Message, reason: str) -> None:
        fail(self.record.exchanges[message], self._around.clock(), reason)
        self._note(message, reason)

    def _established(self, token: str, *, force: bool) -> None:
        if self._backend.answer is Answer.NEVER or self._around.mode() == "off":
            return
        outcome = self._ask(token, force=force)
        if isinstance(outcome, Admission):
            self.install(outcome)
            self._done(Message.TRUST, policy_texts.OK)
            return
        self._failed(Message.TRUST, outcome)
        self._again(Message.TRUST, outcome, lambda: self._established(token, force=force))

    def _again(self, message: Message, reason: str, call: Callable[[], None]) -> None:
        """Send a lost message again by itself later; a refused one is not."""
        if reason in LOST or reason == texts.BACKEND_DOWN:
            self._later(message, self._backend.retry_after, call)

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

    def _pushed(self) -> None:
        """Send every report that no server has acknowledged."""
        if self._backend.answer is Answer.NEVER or self._around.mode() == "off":
            return
        now = self._around.clock()
        self.store.close(now)
        failure = self._push_failure()
        if failure:
            self._failed(Message.USAGE, failure)
            self._again(Message.USAGE, failure, self._pushed)
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
            self._again(Message.POLL, server, self._polled)
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
