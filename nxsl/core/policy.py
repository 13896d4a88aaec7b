"""Decisions under Smart Licensing Using Policy: trust codes, usage reports, acknowledgements.

Pure. The tasks ask here and talk to the switch themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import errors, reasons
from nxsl.core.policy_records import POLL_EXCHANGE, TRUST_EXCHANGE, USAGE_EXCHANGE, PolicyMode
from nxsl.core.records import LicenseUsage
from nxsl.core.registration import Progress, account_differences

if TYPE_CHECKING:
    from datetime import datetime

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.policy_records import (
        Exchange,
        Exchanges,
        PolicyStatus,
        PolicyTransport,
        UsageReporting,
    )
    from nxsl.core.reasons import Reason
    from nxsl.core.records import PakUsage


def is_trust_settled(status: PolicyStatus, intent: LicensingIntent | None, *, force: bool) -> bool:
    """Whether the switch has a trust code of the intended account, so that nothing need be sent.

    The switch names its account only after an acknowledgement; until then none is compared.

    Raises:
        AccountRefused: it belongs to another account, and `force` was not asked for.
        StateRefused: the switch shows that Smart Licensing Using Policy is not enabled.
    """
    if not status.enabled:
        raise errors.StateRefused(
            "the switch shows Smart Licensing Using Policy as not enabled",
            remedy="look at `show license status` on the switch",
        )
    if status.trusted_at is None or force:
        return False
    differences = policy_account_differences(status, intent)
    if differences:
        raise errors.AccountRefused(
            f"the switch belongs to another account: {'; '.join(differences)}",
            remedy="nxsl register --force moves it, with a token of the intended virtual account",
        )
    return True


def policy_account_differences(
    status: PolicyStatus, intent: LicensingIntent | None
) -> tuple[str, ...]:
    """How the account of a switch differs from the intended one; nothing where none is shown."""
    if intent is None or not status.smart_account:
        return ()
    return account_differences(status, intent)


def require_online(transport: PolicyTransport) -> None:
    """Refuse what needs a backend on a switch that is not to reach any.

    Raises:
        TransportRefused: the transport is off.
    """
    if transport.mode is PolicyMode.OFF:
        raise errors.TransportRefused(
            "transport is off: the switch sends nothing by itself",
            remedy="nxsl usage save and nxsl usage import carry reports and acknowledgements; or "
            "another `policy.transport` in the inventory, then nxsl configure",
        )


def has_new_trust(before: PolicyStatus, now: PolicyStatus) -> bool:
    """Whether a unit shows a trust code that it did not show before.

    A unit that goes moves the newest date as well, and brings no trust code.
    """
    old = {(each.udi, each.installed) for each in before.trust}
    return any((each.udi, each.installed) not in old for each in now.trust)


def trust_progress(
    before: PolicyStatus, now: PolicyStatus, was: Exchanges | None, exchanges: Exchanges | None
) -> Progress:
    """How far a trust code has come that was asked for after `before` was read.

    Installed is what the status shows; a failure only shows in the statistics of exchanges. A
    unit that goes, or changes its role, moves the newest date and brings no trust code.
    """
    if has_new_trust(before, now):
        return Progress.DONE
    return Progress.FAILED if new_failure(TRUST_EXCHANGE, was, exchanges) else Progress.PENDING


def sync_progress(
    before: PolicyStatus, now: PolicyStatus, was: Exchanges | None, exchanges: Exchanges | None
) -> Progress:
    """How far a usage report has come that was asked for after `before` was read.

    It is done when a new report has been sent and, unless the policy asks for none, a new
    acknowledgement has come.
    """
    sent, acknowledged = sync_steps(before, now)
    if sent and (acknowledged or now.policy.ack_required is False):
        return Progress.DONE
    failed = new_failure(USAGE_EXCHANGE, was, exchanges) or new_failure(
        POLL_EXCHANGE, was, exchanges
    )
    return Progress.FAILED if failed else Progress.PENDING


def sync_steps(before: PolicyStatus, now: PolicyStatus) -> tuple[bool, bool]:
    """Whether a new report has been sent, and whether a new acknowledgement has come.

    One that came before the last report was sent is that of an earlier report: a saved output of
    the same agent has it one second before, and the next check for one still ahead.
    """
    old, new = before.reporting, now.reporting
    acknowledged = _moved(old.last_ack, new.last_ack) and is_acknowledged(new, new.last_report)
    return _moved(old.last_report, new.last_report), acknowledged


def is_acknowledged(found: UsageReporting, sent: datetime | None) -> bool:
    """Whether the last acknowledgement is not older than a report of that date."""
    if found.last_ack is None:
        return False
    return sent is None or found.last_ack >= sent


def _moved(old: datetime | None, new: datetime | None) -> bool:
    return new is not None and new != old


def new_failure(name: str, was: Exchanges | None, now: Exchanges | None) -> Exchange | None:
    """The statistics of a kind of message where an attempt has failed since `was` was read.

    One that went well after it makes up for it: the agent tries again by itself. Without both
    statistics nothing is known, and nothing is claimed.
    """
    found = now.named(name) if now else None
    former = was.named(name) if was else None
    if found is None or former is None or found.failed <= former.failed:
        return None
    success, failure = found.last_success, found.last_failure
    made_up = success is not None and failure is not None and success > failure
    return None if made_up else found


def explained(failure: Exchange) -> tuple[str, Reason]:
    """The words and the meaning of a failed exchange."""
    words = failure.failure_reason or failure.response or "the switch gives no reason"
    return words, reasons.explain(words)


def uses_licenses(usage: LicenseUsage | PakUsage | None) -> bool | None:
    """Whether licences are in use; None where that is not known.

    A switch that uses none makes no usage report (Cisco's policy article for Nexus).
    """
    if not isinstance(usage, LicenseUsage):
        return None
    return any(each.count for each in usage.licenses)
