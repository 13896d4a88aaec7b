"""Lets the records of a fleet share what is equal in them, so that a finished host keeps little."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from nxsl.core.records import LicenseUsage

if TYPE_CHECKING:
    from collections.abc import Hashable

    from nxsl.core.state import SwitchState

T = TypeVar("T")

# A fleet has few transports and intents, and they are small.
_MOST = 4096


def shared(value: T) -> T:
    """An equal value from before, or this one; for immutable values without dates.

    Dates are equal in any zone: a record would get the zone of another one.
    """
    return _first(type(value), value)  # type: ignore[arg-type, no-any-return]


@lru_cache(maxsize=_MOST)
def _first(_kind: type, value: Hashable) -> Any:  # noqa: ANN401 (what is given)
    return value


def compact(state: SwitchState) -> SwitchState:
    """The same state, of whose parts those are shared that are the same on many switches."""
    usage = state.usage
    if isinstance(usage, LicenseUsage):
        usage = replace(_interned(usage), licenses=shared(usage.licenses))
    return replace(
        state,
        facts=_interned(state.facts),
        usage=usage,
        transport=shared(state.transport),
        saved=shared(state.saved),
    )


def _interned(record: T) -> T:
    """The same record with texts that equal ones share."""
    texts = {
        each.name: sys.intern(text)
        for each in fields(record)  # type: ignore[arg-type]
        if type(text := getattr(record, each.name)) is str
    }
    return replace(record, **texts)  # type: ignore[type-var]
