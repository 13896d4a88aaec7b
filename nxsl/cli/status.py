"""What a command's exit status means, and how results become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome, TaskRecord

if TYPE_CHECKING:
    from nornir.core.task import AggregatedResult

FAILED = 1
"""At least one switch failed, was refused, is unsupported, or is still pending."""
USAGE = 2
"""The command line, the inventory or a credential is wrong; nothing was sent."""
FINDINGS = 3
"""Everything was read, and there are findings."""
DECLINED = 4
"""The plan was not confirmed; nothing was written."""
EARLY = 5
"""The run ended early: the limit of bad switches, a breaker, or an inconclusive wave."""
STOPPED = 130
"""Ctrl-C: no further switch was begun; those that were begun are in the table."""

EXIT_STATUS = (
    "**Exit status**: 0 all is well · 1 a switch failed, was refused, is unsupported or pending · "
    "2 wrong usage, inventory, credential, plan, lock; nothing was sent · 3 read, with findings · "
    "4 not confirmed · 5 ended early: bad switches, a breaker, a wave that tells nothing · "
    "130 stopped by Ctrl-C (129 and 143 by SIGHUP and SIGTERM)"
)


def planned_hosts(result: AggregatedResult) -> list[str]:
    """The hosts on which something would be done."""
    return [host for host in result if outcome_on(host, result) is Outcome.PLANNED]


def status_of(result: AggregatedResult) -> int:
    """The exit status that a run's outcomes mean."""
    good = all((outcome := outcome_on(host, result)) and outcome.good for host in result)
    return 0 if good else FAILED


def outcome_on(host: str, result: AggregatedResult) -> Outcome | None:
    """How it ended on a host; None where no record tells."""
    record = result[host][0].result if result.get(host) else None
    return record.outcome if isinstance(record, TaskRecord) else None
