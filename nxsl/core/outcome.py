"""How a task ended on one switch: a closed set, so that every host can be accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

from nxsl.core import errors
from nxsl.core.reason_words import Reason

if TYPE_CHECKING:
    from nxsl.core.findings import Finding
    from nxsl.core.intent import LicensingIntent
    from nxsl.core.policy_records import PolicyStatus
    from nxsl.core.raw import RawTexts
    from nxsl.core.records import DeviceFacts, LicenseStatus
    from nxsl.core.regime import Platform, Regime
    from nxsl.core.seen import Seen
    from nxsl.core.state import SwitchState
    from nxsl.core.tickets import Ticket
    from nxsl.core.transport import TransportPlan

AnyStatus: TypeAlias = "LicenseStatus | PolicyStatus"
"""`show license status`, of Smart Licensing or of Smart Licensing Using Policy."""


class Outcome(StrEnum):
    """The end of one task on one switch.

    "Proven" means: by a read made after the last write.
    """

    READ = "read"
    """The state was read; whether it is good, the findings say."""
    ALREADY_OK = "already ok"
    """The switch was as intended; nothing was written."""
    PLANNED = "planned"
    """A dry run: nothing was written, and something would be."""
    CHANGED_OK = "changed ok"
    """Written, and proven to be as intended."""
    PENDING = "pending"
    """Started; the deadline passed before the agent had come to an end."""
    FAILED_CLEAN = "failed clean"
    """Failed; the switch's configuration is what it was."""
    FAILED_DIRTY = "failed dirty"
    """Failed, and something of it is on the switch; the diff shows what."""
    ROLLED_BACK = "rolled back"
    """Failed; what had been written was undone, proven."""
    UNKNOWN = "unknown"
    """The session broke after a write and the switch could not be asked again."""
    NOT_APPLICABLE = "not applicable"
    """The switch's regime knows nothing of the kind; nothing was sent."""
    UNSUPPORTED = "unsupported"
    """nxsl has no way for this platform and release; nothing was attempted."""
    REFUSED = "refused"
    """nxsl did not start: it could not have worked, or was not safe."""
    NOT_RUN = "not run"
    """The task was not started on this host."""

    @property
    def good(self) -> bool:
        """Whether the task did what it was asked for."""
        return self in _GOOD


_GOOD = frozenset(
    {
        Outcome.READ,
        Outcome.ALREADY_OK,
        Outcome.PLANNED,
        Outcome.CHANGED_OK,
        Outcome.NOT_APPLICABLE,
    }
)


_REASONS = {
    Outcome.READ: Reason.READ,
    Outcome.ALREADY_OK: Reason.AS_INTENDED,
    Outcome.PLANNED: Reason.PLANNED,
    Outcome.CHANGED_OK: Reason.PROVEN,
    Outcome.NOT_APPLICABLE: Reason.NOT_APPLICABLE,
}


def outcome_of(error: errors.NxslError, *, wrote: bool) -> Outcome:
    """The outcome that an error means, where the task does not know better.

    Args:
        error: the error.
        wrote: whether anything that changes the switch had been sent. Then only a later read may
            say that the switch is clean, and `LicensingError` is raised from such a read.
    """
    for kinds, outcome in _ALWAYS:
        if isinstance(error, kinds):
            return outcome
    if wrote:
        return Outcome.UNKNOWN
    if isinstance(error, errors.NotTried | errors.JournalFailed):
        return Outcome.NOT_RUN
    unsafe = isinstance(error, errors.HostKeyUnknown | errors.HostKeyChanged)
    return Outcome.REFUSED if unsafe else Outcome.FAILED_CLEAN


# Whatever had been written by then; the first that fits.
_ALWAYS = (
    ((errors.StillPending,), Outcome.PENDING),
    ((errors.NotApplicable,), Outcome.NOT_APPLICABLE),
    ((errors.RegimeRefused,), Outcome.UNSUPPORTED),
    ((errors.Stopped,), Outcome.NOT_RUN),
    (
        (errors.WrongAccount, errors.SaveFailed, errors.NotApplied, errors.RollbackFailed),
        Outcome.FAILED_DIRTY,
    ),
    ((errors.LicensingError,), Outcome.FAILED_CLEAN),
    (
        (
            errors.Refused,
            errors.IntentError,
            errors.SecretError,
            errors.ManifestError,
            errors.Locked,
            errors.PlanFileError,
        ),
        Outcome.REFUSED,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """What every task gives as `Result.result`.

    Attributes:
        outcome: how it ended.
        reason: one or two words for tables and scripts; that of the outcome where none is given.
        detail: one sentence for people.
        remedy: what to do or type next; may be empty.
        evidence: the switch's own words, secrets masked; may be empty.
        facts: hostname, model, serial, release; None where the switch could not be reached.
        seen: what the decision was made from; None where it was not come to.
        steps: what a dry run would type, in order, secrets masked.
        ticket: by what `follow` tells how it goes on, where the outcome is pending.
    """

    outcome: Outcome
    reason: Reason | Literal[""] = ""
    detail: str = ""
    remedy: str = ""
    evidence: str = ""
    facts: DeviceFacts | None = None
    seen: Seen | None = None
    steps: tuple[str, ...] = ()
    ticket: Ticket | None = None

    def __post_init__(self) -> None:
        """Give an outcome that says why by itself its reason."""
        if not self.reason:
            object.__setattr__(self, "reason", _REASONS.get(self.outcome, ""))

    def __str__(self) -> str:
        parts = [f"{self.outcome}: {self.detail}" if self.detail else str(self.outcome)]
        if self.evidence and not self.outcome.good:
            parts.append(self.evidence)
        if self.remedy:
            parts.append(f"next: {self.remedy}")
        return "\n".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureRecord(TaskRecord):
    """The result of `configure_transport`.

    Attributes:
        plan: the state found, the state intended, and the lines between them.
        saved: whether the startup configuration has it, proven; None where that was not checked.
        checkpoint: the name of the checkpoint on the switch that was made before; empty where
            none was.
    """

    plan: TransportPlan | None = None
    saved: bool | None = None
    checkpoint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRecord(TaskRecord):
    """The result of `register` and `deregister`.

    Attributes:
        before: `show license status` before.
        after: the last one read; None where nothing was sent.
    """

    before: AnyStatus | None = None
    after: AnyStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewRecord(TaskRecord):
    """The result of `renew`.

    Attributes:
        renewed: the kinds (`id`, `auth`; `usage` under Smart Licensing Using Policy) that were
            renewed, proven by fresh dates.
        before: `show license status` before.
        after: the last one read; None where nothing was sent.
    """

    renewed: tuple[str, ...] = ()
    before: AnyStatus | None = None
    after: AnyStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRecord(TaskRecord):
    """The result of `verify`.

    Attributes:
        state: everything that was read; None where the switch could not be read.
        platform: the family of the switch.
        regime: how it is licensed.
        intent: what it was compared with; None where the inventory says nothing.
        findings: what is wrong or soon will be; the worst first.
        raw: what the switch printed, where that was asked for; also of a reading that failed.
    """

    state: SwitchState | None = None
    platform: Platform | None = None
    regime: Regime | None = None
    intent: LicensingIntent | None = None
    findings: tuple[Finding, ...] = field(default=())
    raw: RawTexts | None = None
