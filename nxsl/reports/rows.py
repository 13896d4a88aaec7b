"""From the tasks' records to the rows of each table. Pure, and without pandas."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome, TaskRecord, VerifyRecord
from nxsl.core.plan import plan_transport
from nxsl.core.records import LicenseUsage, PakUsage
from nxsl.core.text import visible
from nxsl.core.transport import (
    destinations,
    same_transport,
    vrf_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.state import SwitchState
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
    disabled = state is not None and state.status is not None and not state.status.enabled
    return _shown(
        host=host,
        hostname=facts.hostname if facts else "",
        model=facts.model if facts else "",
        serial=facts.serial if facts else "",
        release=facts.release if facts else "",
        platform=state.platform if state else "",
        regime=state.regime if state else "",
        outcome=last.outcome,
        registration="not enabled" if disabled else registration.status if registration else "",
        smart_account=registration.smart_account if registration else "",
        virtual_account=registration.virtual_account if registration else "",
        authorization=authorization.status if authorization else "",
        export_controlled=registration.export_controlled if registration else "",
        registration_expires=registration.expires if registration else None,
        authorization_deadline=authorization.deadline if authorization else None,
        worst=str(findings[0].severity) if findings else "",
        findings=None if findings is None else len(findings),
        reason=last.reason,
        detail=last.detail,
        read_at=state.read_at if state else None,
    )


_NEVER_RUN = TaskRecord(
    outcome=Outcome.NOT_RUN, reason="not-run", detail="no task was started on this host"
)


def usage_rows(host: str, state: SwitchState) -> Iterator[Row]:
    """A row for each licence."""
    registration = state.status.registration if state.status else None
    accounts = {
        "smart_account": registration.smart_account if registration else "",
        "virtual_account": registration.virtual_account if registration else "",
    }
    if isinstance(state.usage, LicenseUsage):
        for use in state.usage.licenses:
            yield _shown(
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
            yield _shown(
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
    plan = plan_transport(found, intent) if intent else None
    call_home = found.call_home
    proxy = f"{call_home.proxy_server}:{call_home.proxy_port or ''}".rstrip(":")
    return _shown(
        host=host,
        enabled=call_home.enabled,
        email=call_home.email,
        destination=" ".join(destinations(call_home)),
        vrf=vrf_of(call_home),
        proxy=proxy if call_home.proxy_enabled else "",
        source_interface=found.source_interface,
        as_intended=not plan.lines if plan else None,
        saved=same_transport(state.saved, found) if state.saved else None,
    )


def expiry_rows(host: str, state: SwitchState) -> Iterator[Row]:
    """A row for each date ahead."""
    if state.status is None:
        return
    registration, authorization = state.status.registration, state.status.authorization
    left = authorization.evaluation_remaining if authorization else None
    dates: tuple[tuple[str, datetime | None], ...] = (
        ("registration", registration.expires if registration else None),
        ("id-renewal", registration.next_renewal if registration else None),
        ("authorization", authorization.deadline if authorization else None),
        ("authorization-renewal", authorization.next_communication if authorization else None),
        ("evaluation", state.read_at + left if left is not None else None),
    )
    for what, at in dates:
        if at is not None:
            yield _shown(
                host=host,
                virtual_account=registration.virtual_account if registration else "",
                what=what,
                at=at,
                days_left=round((at - state.read_at) / _DAY, 2),
            )


def finding_rows(host: str, record: VerifyRecord) -> Iterator[Row]:
    """A row for each finding."""
    for each in record.findings:
        yield _shown(
            host=host,
            severity=str(each.severity),
            code=each.code,
            message=each.message,
            remedy=each.remedy,
        )


def failure_row(host: str, entry: Entry) -> Row:
    """The row of a task that did not do what it was asked for."""
    record = entry.record
    return _shown(
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
    return _shown(
        host=host,
        task=entry.task,
        outcome=record.outcome,
        changed=entry.changed,
        reason=record.reason,
        detail=record.detail,
    )


def _shown(**fields: object) -> Row:
    """A row with its texts made safe to show; enumerations become plain strings."""
    return {
        name: visible(str(value)) if isinstance(value, str) else value
        for name, value in fields.items()
    }
