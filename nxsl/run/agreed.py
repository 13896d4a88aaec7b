"""Nothing but what somebody has agreed to: a guard made of plans, without a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.expectation import Expectation, require_expected
from nxsl.core.guard import Unguarded
from nxsl.core.outcome import TaskRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nornir.core.task import AggregatedResult

    from nxsl.core.seen import Seen


class Agreed(Unguarded):
    """Lets a host be changed only where it still is as it was when its plan was shown.

    It can be pickled, so it travels to workers in other processes.
    """

    def __init__(self, plans: Mapping[str, Expectation]) -> None:
        """Take the plans, by host."""
        self._plans = dict(plans)

    @classmethod
    def to(cls, planned: AggregatedResult) -> Agreed:
        """Agree to what a dry run has shown."""
        records = {host: multi[0].result for host, multi in planned.items() if multi}
        return cls(
            {
                host: Expectation(seen=record.seen, steps=record.steps)
                for host, record in records.items()
                if isinstance(record, TaskRecord) and record.seen is not None
            }
        )

    def require_planned(self, host: str, seen: Seen, steps: tuple[str, ...]) -> None:
        """Refuse what nobody has seen."""
        require_expected(self._plans.get(host), host, seen, steps)
