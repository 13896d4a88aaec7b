"""What a plan says about a host, and whether what is about to be done is that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core.errors import PlanRefused
from nxsl.core.seen import Seen, differences, plan_differences

if TYPE_CHECKING:
    from collections.abc import Iterable

_AGAIN = "plan again, and look at the new plan"

# What tells one switch from another; a switch that was replaced is not the planned one.
_IDENTITY = frozenset({"hostname", "serial", "model", "release"})

# Lines that only lead into a mode, and are needed again for what is left in it.
_MODES = frozenset({"callhome"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What somebody has agreed to for one host.

    Attributes:
        seen: what the plan was made from.
        steps: what is to be typed.
        partly: whether the run has been at this host before, so that some of the steps may be done
            and the state has moved: then what is left must be among them.
    """

    seen: Seen
    steps: tuple[str, ...]
    partly: bool = False


def require_expected(
    expected: Expectation | None, host: str, seen: Seen, steps: tuple[str, ...]
) -> None:
    """Refuse what nobody has agreed to.

    Raises:
        PlanRefused: the host is not in the plan, has changed since, or other steps are needed.
    """
    if expected is None:
        changed: tuple[str, ...] = ("there is no plan for it",)
    elif expected.partly:
        changed = _beyond(expected, seen, steps)
    else:
        changed = plan_differences(expected.seen, expected.steps, seen, steps)
    if changed:
        raise PlanRefused(
            f"the switch is no longer as it was when the plan was made: {'; '.join(changed)}",
            host=host,
            remedy=_AGAIN,
        )


def _beyond(expected: Expectation, seen: Seen, steps: tuple[str, ...]) -> tuple[str, ...]:
    """What goes beyond a plan of which some is done."""
    other = tuple(
        each for each in differences(expected.seen, seen) if each.partition(":")[0] in _IDENTITY
    )
    more = Counter(_lines(steps)) - Counter(_lines(expected.steps))
    return (*other, *(f"'{line}' is needed now, and was not planned" for line in more))


def _lines(steps: Iterable[str]) -> list[str]:
    return [step.strip() for step in steps if step.strip() not in _MODES]
