"""From the tasks' records to the rows of each table. Pure, and without pandas."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from nxsl.core.assess import entitlement_of
from nxsl.core.checks_files import expires_at
from nxsl.core.checks_policy_transport import reports_to
from nxsl.core.entitlement import Entitlement
from nxsl.core.outcome import Outcome, TaskRecord, VerifyRecord
from nxsl.core.plan import plan_transport
from nxsl.core.policy_lines import what_is_missing
from nxsl.core.policy_records import PolicyMode
from nxsl.core.reason_words import Reason
from nxsl.core.records import LicenseUsage, PakUsage
from nxsl.core.text import visible
from nxsl.core.transport import destinations, same_transport, vrf_used

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.policy_records import PolicyTransport
    from nxsl.core.records import CallHome
    from nxsl.core.state import SwitchState
    from nxsl.core.transport import Transport
    from nxsl.reports.fleet import Entry

Row = dict[str, object]

_DAY = timedelta(days=1)


def status_row(host: str, entries: Sequence[Entry]) -> Row:
    """The row of one host: from its last reading, or saying why there is none."""
    record = next((each.record for each in reversed(entries) if each.is_reading), None)
    # A task that was skipped tells less than the one that made it be skipped.
    started = [each.record for each in entries if each.record.outcome is not Outcome.NOT_RUN]
    last = record or (started or [each.record for each in entries] or [_NEVER_RUN])[-1]
    facts = last.facts
    state = last.state if isinstance(last, VerifyRecord) else None
    registration = state.status.registration if state and state.status else None
    authorization = state.status.authorization if state and state.status else None
    findings = last.findings if isinstance(last, VerifyRecord) and state else None
    policy = state.policy if state else None
    rule = entitlement_of(state) if state else None
    account = registration or policy
    return shown(
        host=host,
        hostname=facts.hostname if facts else "",
        model=facts.model if facts else "",
        serial=facts.serial if facts else "",
        release=facts.release if facts else "",
        platform=state.platform if state else "",
        regime=state.regime if state else "",
        outcome=last.outcome,
        state=rule.state if rule else Entitlement.UNKNOWN,
        state_reason=rule.reason if rule else why(last),
        registration=_registration(state) if state else "",
        smart_account=account.smart_account if account else "",
        virtual_account=account.virtual_account if account else "",
        authorization=authorization.status if authorization else "",
        export_controlled=registration.export_controlled if registration else "",
        registration_expires=registration.expires if registration else None,
        authorization_deadline=authorization.deadline if authorization else None,
        trusted_at=policy.trusted_at if policy else None,
        last_report=policy.reporting.last_report if policy else None,
        last_ack=policy.reporting.last_ack if policy else None,
        ack_deadline=policy.reporting.ack_deadline if policy else None,
        host_id=state.host_id if state else "",
        vdc=facts.vdc if facts else "",
        worst=str(findings[0].severity) if findings else "",
        findings=None if findings is None else len(findings),
        reason=why(last),
        detail=last.detail,
        read_at=state.read_at if state else None,
    )


def why(record: TaskRecord) -> str:
    """The reason of a bad end; that of a good one says nothing that the state does not."""
    return "" if record.outcome.good else record.reason


def _registration(state: SwitchState) -> str:
    if state.policy is not None:
        return "trust code" if state.policy.trust else "no trust code"
    if state.status is None:
        return ""
    if not state.status.enabled:
        return "not enabled"
    return state.status.registration.status if state.status.registration else ""


_NEVER_RUN = TaskRecord(
    outcome=Outcome.NOT_RUN, reason=Reason.NOT_RUN, detail="no task was started on this host"
)


def usage_rows(host: str, state: SwitchState) -> Iterator[Row]:
    """A row for each licence."""
    account = (state.status.registration if state.status else None) or state.policy
    accounts = {
        "smart_account": account.smart_account if account else "",
        "virtual_account": account.virtual_account if account else "",
    }
    if isinstance(state.usage, LicenseUsage):
        for use in state.usage.licenses:
            yield shown(
                host=host,
                **accounts,
                license=use.tag,
                count=use.count,
                state=use.state,
                status=use.status,
                description=use.description,
                enforcement=use.enforcement,
                grace_days=None,
            )
    elif isinstance(state.usage, PakUsage):
        for row in state.usage.licenses:
            yield shown(
                host=host,
                **accounts,
                license=row.feature,
                count=row.count,
                state="in-use" if row.in_use else "not-in-use",
                status=row.status,
                description="licence file" if row.installed else "no licence file",
                enforcement="",
                grace_days=row.grace_remaining / _DAY if row.grace_remaining else None,
            )


def transport_row(host: str, state: SwitchState, intent: LicensingIntent | None) -> Row | None:
    """The row of one switch; None where its transport was not read."""
    found = state.transport
    if found is None:
        return None
    call_home, policy = found.call_home, found.policy
    by_call_home = policy is None or policy.mode is PolicyMode.CALLHOME
    enabled, url, proxy = (
        _call_home_way(call_home) if by_call_home or policy is None else _policy_way(policy)
    )
    return shown(
        host=host,
        transport=PolicyMode.CALLHOME if policy is None else policy.mode,
        enabled=enabled,
        email=call_home.email,
        destination=url,
        vrf=vrf_used(found),
        proxy=proxy,
        source_interface=found.source_interface,
        as_intended=_is_as_intended(found, intent),
        saved=same_transport(state.saved, found) if state.saved else None,
    )


def _call_home_way(found: CallHome) -> tuple[bool, str, str]:
    proxy = _address(found.proxy_server, found.proxy_port) if found.proxy_enabled else ""
    return found.enabled, " ".join(destinations(found)), proxy


def _policy_way(found: PolicyTransport) -> tuple[bool, str, str]:
    proxy = _address(found.proxy_address, found.proxy_port)
    return found.mode is not PolicyMode.OFF, reports_to(found), proxy


def _address(server: str, port: int | None) -> str:
    return f"{server}:{port or ''}".rstrip(":")


def _is_as_intended(found: Transport, intent: LicensingIntent | None) -> bool | None:
    if intent is None:
        return None
    if found.policy is not None and what_is_missing(intent):
        return False
    return not plan_transport(found, intent).lines


def expiry_rows(host: str, state: SwitchState) -> Iterator[Row]:
    """A row for each date ahead."""
    account = (state.status.registration if state.status else None) or state.policy
    for what, at in (*_smart_dates(state), *_policy_dates(state), *_file_dates(state)):
        if at is not None:
            yield shown(
                host=host,
                virtual_account=account.virtual_account if account else "",
                what=what,
                at=at,
                days_left=round((at - state.read_at) / _DAY, 2),
            )


Dates: TypeAlias = "Iterator[tuple[str, datetime | None]]"


def _smart_dates(state: SwitchState) -> Dates:
    status = state.status
    if status and status.registration:
        yield "registration", status.registration.expires
        yield "id-renewal", status.registration.next_renewal
    if status and status.authorization:
        left = status.authorization.evaluation_remaining
        yield "authorization", status.authorization.deadline
        yield "authorization-renewal", status.authorization.next_communication
        yield "evaluation", state.read_at + left if left is not None else None


def _policy_dates(state: SwitchState) -> Dates:
    if state.policy is not None:
        yield "report", state.policy.reporting.next_report
        yield "acknowledgement", state.policy.reporting.ack_deadline


def _file_dates(state: SwitchState) -> Dates:
    """The earliest end of a grace period and of a licence file, of features in use."""
    usage = state.usage.licenses if isinstance(state.usage, PakUsage) else ()
    used = [each for each in usage if each.in_use]
    grace = [each.grace_remaining for each in used if each.grace_remaining is not None]
    ends = filter(None, (expires_at(each) for each in used if each.installed))
    yield "grace", state.read_at + min(grace) if grace else None
    yield "license-file", min(ends, default=None)


def finding_rows(host: str, record: VerifyRecord) -> Iterator[Row]:
    """A row for each finding."""
    for each in record.findings:
        yield shown(
            host=host,
            severity=str(each.severity),
            code=each.code,
            message=each.message,
            remedy=each.remedy,
        )


def failure_row(host: str, entry: Entry) -> Row:
    """The row of a task that did not do what it was asked for."""
    record = entry.record
    return shown(
        host=host,
        task=entry.task,
        outcome=record.outcome,
        reason=record.reason,
        detail=record.detail,
        remedy=record.remedy,
        evidence=record.evidence,
    )


def outcome_row(host: str, entry: Entry) -> Row:
    """The row of any task."""
    record = entry.record
    return shown(
        host=host,
        task=entry.task,
        outcome=record.outcome,
        changed=entry.changed,
        reason=record.reason,
        detail=record.detail,
    )


def shown(**fields: object) -> Row:
    """A row with its texts made safe to show; enumerations become plain strings."""
    for name, value in fields.items():
        if type(value) is str:  # nearly every text, and nearly every one is safe as it is
            if not (value.isascii() and value.isprintable()):
                fields[name] = visible(value)
        elif isinstance(value, str):
            fields[name] = visible(str(value))
    return fields
