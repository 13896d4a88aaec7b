"""A plan as people read it before they agree: a table, and the changes themselves."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from nxsl.core.text import visible
from nxsl.reports.rows import Row, shown
from nxsl.reports.tables import PLAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from nxsl.core.fleet_plan import FleetPlan


def plan_rows(plan: FleetPlan) -> Iterator[Row]:
    """A row for each host, in the inventory's order."""
    for each in plan.hosts:
        yield shown(
            host=each.host,
            address=each.address,
            model=each.model,
            expects=each.expects,
            steps=len(each.steps),
            reason=each.reason,
            detail=each.detail,
            remedy=each.remedy,
        )


def plan_frame(plan: FleetPlan) -> pd.DataFrame:
    """The plan as the table `PLAN`."""
    return PLAN.frame(list(plan_rows(plan)))


def plan_diff(plan: FleetPlan) -> str:
    """What is going to change, hosts with the same change together; empty where nothing is."""
    groups = same_together(
        (each.host, planned_text(each.detail, each.diff, each.steps)) for each in plan.to_change
    )
    return "\n".join(f"{heading(hosts)}\n{_indented(text)}\n" for text, hosts in groups.items())


def same_together(planned: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The hosts by what is planned for them.

    Args:
        planned: host and text.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for host, text in planned:
        groups[text].append(host)
    return dict(groups)


def planned_text(detail: str, diff: str, typed: Sequence[str]) -> str:
    """What is planned for one host: the sentence, the diff, and the lines in their order."""
    text = f"{detail}\n{diff}" if diff else detail
    if typed:
        text += "\nto be typed:\n" + "\n".join(f"  {line}" for line in typed)
    return visible(text)


def heading(hosts: Sequence[str]) -> str:
    """All hosts of a group by name, as they are what is agreed to."""
    count = f"{len(hosts)} switches: " if len(hosts) > 1 else ""
    return visible(count + ", ".join(hosts))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
