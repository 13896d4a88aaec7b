"""Nothing but what somebody has agreed to: a guard made of the results of a dry run."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from nxsl.core import errors
from nxsl.core.guard import Guard, Unguarded, guarded
from nxsl.core.outcome import TaskRecord
from nxsl.core.seen import plan_differences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nornir.core.task import AggregatedResult, Result, Task

    from nxsl.core.seen import Seen


class Agreed(Unguarded):
    """Lets a host be changed only where it still is as it was when its plan was shown."""

    def __init__(self, plans: Mapping[str, tuple[Seen | None, tuple[str, ...]]]) -> None:
        """Take the plans.

        Args:
            plans: by host, what was seen and what would be typed.
        """
        self._plans = dict(plans)

    @classmethod
    def to(cls, planned: AggregatedResult) -> Agreed:
        """Agree to what a dry run has shown."""
        records = {host: multi[0].result for host, multi in planned.items() if multi}
        return cls(
            {
                host: (record.seen, record.steps)
                for host, record in records.items()
                if isinstance(record, TaskRecord)
            }
        )

    def require_planned(self, host: str, seen: Seen, steps: tuple[str, ...]) -> None:
        """Refuse what nobody has seen."""
        require_same(self._plans.get(host, (None, ())), (seen, steps), host=host)


def require_same(
    then: tuple[Seen | None, tuple[str, ...]], now: tuple[Seen, tuple[str, ...]], *, host: str
) -> None:
    """Refuse a host that is no longer as it was when its plan was made.

    Args:
        then: what was seen and what would have been typed; None where there is no plan.
        now: the same now.
        host: the inventory's name.

    Raises:
        PlanRefused: naming what has changed.
    """
    changed = plan_differences(*then, *now)
    if changed:
        raise errors.PlanRefused(
            f"the switch is no longer as it was when the plan was shown: {'; '.join(changed)}",
            host=host,
            remedy="run it again and look at the new plan",
        )


def watched(task: Callable[..., Result], by: Guard) -> Callable[..., Result]:
    """The same Nornir task, watched by a guard in whichever thread it runs."""

    @wraps(task)
    def run(work: Task, **operands: Any) -> Result:  # noqa: ANN401 (each task's own)
        with guarded(by):
            return task(work, **operands)

    return run
