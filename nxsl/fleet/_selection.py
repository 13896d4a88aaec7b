"""Chooses hosts by name and by what is known of them."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from nxsl.core.errors import IntentError, SelectionError
from nxsl.fleet._near import some, suggest
from nxsl.fleet.intents import KEY, licensing_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nornir.core import Nornir
    from nornir.core.inventory import Host

_ATTRIBUTES = ("name", "hostname", "platform", "port", "username")

_PRIVATE = re.compile("pass|secret|token|key|community", re.IGNORECASE)


def select(nr: Nornir, hosts: tuple[str, ...], filters: Mapping[str, str]) -> Nornir:
    known = nr.inventory.hosts
    for host in hosts:
        if host not in known:
            raise SelectionError(f"the inventory has no host '{host}'", remedy=suggest(host, known))
    facts = {name: _facts(host) for name, host in known.items() if not hosts or name in hosts}
    left = {
        name
        for name, has in facts.items()
        if all(value in has.get(key, ()) for key, value in filters.items())
    }
    if not left:
        asked = ", ".join(f"{key}={value}" for key, value in filters.items())
        raise SelectionError(
            f"no host is left of {len(facts)}" + (f" with {asked}" if asked else ""),
            remedy=_why_none(list(facts.values()), filters) if facts else "fill hosts.yaml",
        )
    return nr.filter(filter_func=lambda host: host.name in left)


def _facts(host: Host) -> dict[str, set[str]]:
    """What a filter may ask for: each key with the values that the host has for it."""
    data = host.extended_data()
    try:
        data[KEY] = licensing_data(host)
    except IntentError:
        data[KEY] = None  # told by `check_intents` where the host is selected all the same
    data |= {name: getattr(host, name) for name in _ATTRIBUTES}
    facts = {key: {str(value)} for key, value in _flat(data) if value is not None}
    return {**facts, "group": {group.name for group in host.extended_groups()}}


def _flat(data: Mapping[Any, object], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _why_none(facts: list[dict[str, set[str]]], filters: Mapping[str, str]) -> str:
    """Say what there is instead of the first thing that no host has."""
    for key, value in filters.items():
        there = sorted({text for has in facts for text in has.get(key, ())})
        if value in there:
            continue
        if not there:
            return f"no host has '{key}'; {suggest(key, sorted({k for has in facts for k in has}))}"
        if _PRIVATE.search(key):
            return f"{key} has other values"
        near = difflib.get_close_matches(value, there)
        return f"{key} has: {some(near + [each for each in there if each not in near])}"
    return "each of them holds for a host, but no host has all"
