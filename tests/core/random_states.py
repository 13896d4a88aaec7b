"""Random states of a switch, every field of every record included."""

from __future__ import annotations

import dataclasses
import typing
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union

from hypothesis import strategies as st

from nxsl.core import plain, records
from nxsl.core.intent import LicensingIntent
from nxsl.core.snapshot import Snapshot
from nxsl.core.state import SwitchState
from tests.core.test_core_transport_properties import intents

# Whatever a switch may print, control characters and broken Unicode among it.
texts = st.text(max_size=12)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(),
    bool: st.booleans(),
    NoneType: st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.timedeltas(),
}


def strategy_of(hint: Any) -> st.SearchStrategy[Any]:
    """All values of a type hint."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of(*map(strategy_of, inner))
    if origin is tuple and inner[-1] is Ellipsis:
        return st.lists(strategy_of(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(strategy_of, inner))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        fields = {name: strategy_of(each) for name, each in plain._hints(hint).items()}
        if hint is records.Clock:
            fields["local"] = st.datetimes()
        return st.builds(hint, **fields)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return LEAVES[hint]


states: st.SearchStrategy[SwitchState] = strategy_of(SwitchState)
policies = st.sampled_from(
    [
        {},
        {"transport": "off", "vrf": "OOB"},
        {"transport": "cslu", "url": "http://cslu.example.com:8182/cslu/v1/pi"},
    ]
)


@st.composite
def any_intents(draw: st.DrawFn) -> LicensingIntent:
    """An intent, with what differs under Smart Licensing Using Policy."""
    fields = draw(intents()).model_dump(exclude_unset=True)
    return LicensingIntent.model_validate({**fields, "policy": draw(policies)})


snapshots = st.builds(
    Snapshot,
    host=texts,
    state=states,
    intent=st.none() | any_intents(),
    taken_by=texts,
    format=st.just(1),
)
