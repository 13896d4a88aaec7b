"""Results of tasks as Nornir gives them, made by hand, for the tests of the reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from nornir.core.task import AggregatedResult, MultiResult, Result

from nxsl.core.assess import assess
from nxsl.core.outcome import Outcome, TaskRecord, VerifyRecord
from nxsl.core.records import LicenseUsage, PakLicense, PakUsage
from tests.core.builders import FACTS, LICENSE, intent, state

if TYPE_CHECKING:
    from nxsl.core.state import SwitchState

READ_AT = datetime(2022, 6, 22, 16, 16, 28, tzinfo=UTC)

# What a hostile switch might send: cursor movement, a title, bidirectional marks, a false cell.
HOSTILE = '\x1b[2J\x1b]0;owned\x07\u202eREGISTERED\u202c\x9b31m\r=cmd|"/C calc"!A0\u2028<b>x</b>'
RAW = frozenset("\x1b\x07\u202e\u202c\x9b\r\u2028\x00\x7f\u200b")


def single(host: str, record: object, **fields: Any) -> MultiResult:
    """The result of one task on one host."""
    multi = MultiResult("task")
    outcome = getattr(record, "outcome", None)
    failed = outcome is not None and not outcome.good
    multi.append(Result(host=None, result=record, **{"failed": failed, **fields}))
    return multi


def aggregated(name: str, **hosts: object) -> AggregatedResult:
    """The result of one task: a record for each host, or a `MultiResult`."""
    result = AggregatedResult(name)
    for host, each in hosts.items():
        result[host] = each if isinstance(each, MultiResult) else single(host, each)
    return result


def reading(found: SwitchState | None = None, **fields: Any) -> VerifyRecord:
    """The record of a verify that read the switch."""
    found = found or state()
    return VerifyRecord(
        **{
            "outcome": Outcome.READ,
            "detail": "read",
            "facts": found.facts,
            "state": found,
            "platform": found.platform,
            "regime": found.regime,
            "intent": intent(),
            "findings": assess(found, intent=intent()),
            **fields,
        }
    )


def failure(outcome: Outcome = Outcome.FAILED_CLEAN, **fields: Any) -> VerifyRecord:
    """The record of a verify that did not read the switch."""
    usual: dict[str, Any] = {
        "reason": "connect-timeout",
        "detail": "192.0.2.1 does not answer",
        "remedy": "try again",
        "evidence": "",
    }
    return VerifyRecord(outcome=outcome, **{**usual, **fields})


def task_record(outcome: Outcome, **fields: Any) -> TaskRecord:
    """The record of another task."""
    return TaskRecord(outcome=outcome, **fields)


def crashed(error: Exception) -> MultiResult:
    """What Nornir makes of a task that raised: the traceback as the result."""
    return single("", f"Traceback ...\n{error!r}", exception=error, failed=True)


def pak_state() -> SwitchState:
    """A switch with licence files."""
    licenses = (
        PakLicense(feature="A_PKG", installed=True, count=1, status="In use"),
        PakLicense(
            feature="B_PKG",
            installed=False,
            count=None,
            status="Unused",
            grace_remaining=timedelta(days=119, hours=12),
        ),
    )
    return state(usage=PakUsage(licenses=licenses))


def hostile_state() -> SwitchState:
    """A switch whose every free text is hostile."""
    base = state()
    assert base.status is not None
    assert base.status.registration is not None
    assert base.status.authorization is not None
    assert base.transport is not None
    registration = replace(
        base.status.registration,
        status=HOSTILE,
        smart_account=HOSTILE,
        virtual_account=HOSTILE,
        export_controlled=HOSTILE,
    )
    authorization = replace(base.status.authorization, status=HOSTILE)
    call_home = replace(
        base.transport.call_home,
        email=HOSTILE,
        vrf=HOSTILE,
        proxy_server=HOSTILE,
        proxy_enabled=True,
    )
    license_use = replace(
        LICENSE,
        tag=HOSTILE,
        status=HOSTILE,
        description=HOSTILE,
        enforcement=HOSTILE,
    )
    return replace(
        base,
        facts=replace(FACTS, hostname=HOSTILE, model=HOSTILE, serial=HOSTILE),
        status=replace(
            base.status,
            registration=registration,
            authorization=authorization,
            other=(HOSTILE,),
        ),
        usage=LicenseUsage(authorization=HOSTILE, licenses=(license_use,)),
        transport=replace(base.transport, call_home=call_home, source_interface=HOSTILE),
    )
