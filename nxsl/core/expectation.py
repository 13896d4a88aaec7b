"""What a plan says about a host, and whether what is about to be done is that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core.errors import PlanRefused
from nxsl.core.seen import Seen, differences

if TYPE_CHECKING:
    from collections.abc import Iterable

_AGAIN = "plan again, and look at the new plan"

# What tells one switch from another; a switch that was replaced is not the planned one.
_IDENTITY = frozenset({"hostname", "serial", "model", "release"})


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
        raise PlanRefused("the plan has nothing to do on this switch", host=host, remedy=_AGAIN)
    changed = differences(expected.seen, seen)
    if expected.partly:
        changed = tuple(each for each in changed if each.partition(":")[0] in _IDENTITY)
        more = Counter(_lines(steps)) - Counter(_lines(expected.steps))
        same = not changed and not more
    else:
        same = not changed and steps == expected.steps
    if not same:
        what = "; ".join(changed) or "other steps are needed now"
        raise PlanRefused(
            f"changed since the plan was made: {what}",
            host=host,
            remedy=_AGAIN,
            text="\n".join([f"-{step}" for step in expected.steps] + [f"+{step}" for step in steps])
            if steps != expected.steps
            else "",
        )


def _lines(steps: Iterable[str]) -> list[str]:
    """The steps without the lines that only lead into a mode, which are needed again."""
    return [step.strip() for step in steps if step not in _MODES]


_MODES = frozenset({"callhome"})
