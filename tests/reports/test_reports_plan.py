"""A plan as a table and as a diff."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from nxsl.core.fleet_plan import HostPlan
from nxsl.core.outcome import Outcome
from nxsl.reports.plan import plan_diff, plan_frame
from nxsl.reports.tables import PLAN as SCHEMA
from tests.core.test_core_fleet_plan import PLAN
from tests.reports.results import HOSTILE, RAW

EMPTY = replace(PLAN, hosts=())


def change(host: str, text: str = "2 lines", diff: str = "-a\n+b") -> HostPlan:
    """Something that is going to be done."""
    return HostPlan(
        host=host,
        address="192.0.2.1:22",
        expects=Outcome.CHANGED_OK,
        detail=text,
        remedy=text,
        model=text,
        steps=("configure", "  b"),
        diff=diff,
    )


def test_the_table_has_every_host_of_the_plan() -> None:
    frame = plan_frame(PLAN)
    assert list(frame.columns) == [column.name for column in SCHEMA.columns]
    assert frame.to_dict("records") == [
        {
            "host": "leaf1",
            "address": "192.0.2.1:22",
            "model": "C93180YC-EX",
            "expects": "changed ok",
            "steps": 1,
            "reason": "",
            "detail": "would be registered",
            "remedy": "",
        },
        {
            "host": "leaf2",
            "address": "192.0.2.2:22",
            "model": "",
            "expects": "refused",
            "steps": 0,
            "reason": "clock",
            "detail": "the clock is off",
            "remedy": "set it",
        },
    ]


def test_an_empty_plan_has_the_same_columns_and_types() -> None:
    full, empty = plan_frame(PLAN), plan_frame(EMPTY)
    assert len(empty) == 0
    assert dict(full.dtypes) == dict(empty.dtypes)
    for column in SCHEMA.columns:
        assert str(full[column.name].dtype) == column.dtype
        assert not full[column.name].isna().any()
    assert len(pd.concat([full, empty])) == 2


def test_hosts_with_the_same_change_are_shown_together() -> None:
    hosts = (
        change("leaf1"),
        change("leaf2", diff="-a\n+c"),
        change("leaf3"),
        HostPlan(host="leaf4", address="192.0.2.4:22", expects=Outcome.ALREADY_OK, detail="fine"),
    )
    assert plan_diff(replace(PLAN, hosts=hosts)) == (
        "2 switches: leaf1, leaf3\n"
        "  2 lines\n"
        "  -a\n"
        "  +b\n"
        "  to be typed:\n"
        "    configure\n"
        "      b\n"
        "\n"
        "leaf2\n"
        "  2 lines\n"
        "  -a\n"
        "  +c\n"
        "  to be typed:\n"
        "    configure\n"
        "      b\n"
    )


def test_every_host_of_a_large_group_is_named() -> None:
    names = [f"leaf{number}" for number in range(300)]
    text = plan_diff(replace(PLAN, hosts=tuple(change(name) for name in names)))
    assert text.splitlines()[0] == "300 switches: " + ", ".join(names)


def test_where_nothing_is_going_to_change_there_is_no_diff() -> None:
    assert plan_diff(EMPTY) == ""
    assert plan_diff(replace(PLAN, hosts=PLAN.hosts[1:])) == ""


def test_nothing_raw_from_a_switch_is_shown() -> None:
    hosts = (change(HOSTILE, HOSTILE, HOSTILE),)
    plan = replace(PLAN, hosts=hosts)
    shown = plan_diff(plan) + "".join(map(str, plan_frame(plan).iloc[0]))
    assert not RAW & set(shown)
