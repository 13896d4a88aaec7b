"""Reads the licensing intents out of a Nornir inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.errors import IntentError
from nxsl.core.intent import LicensingIntent, read_intent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nornir.core.inventory import Host

KEY = "licensing"
"""The key in a host's, a group's or the defaults' `data`."""


def intent_of(host: Host) -> LicensingIntent | None:
    """Give the intent of one host; None where the inventory has none for it.

    Unlike other data in Nornir, the mapping is merged field by field: what the host says wins over
    its groups (the first group over the next), and those over the defaults.

    Raises:
        IntentError: naming the host and each wrong field.
    """
    merged = licensing_data(host)
    return read_intent(host.name, merged) if merged else None


def licensing_data(host: Host) -> dict[str, object]:
    """The mapping `licensing` of a host as the inventory has it, merged and not validated.

    Raises:
        IntentError: it is no mapping somewhere.
    """
    merged: dict[str, object] = {}
    for data in _levels(host):
        if KEY not in data:
            continue
        licensing = data[KEY]
        if not isinstance(licensing, dict):
            raise IntentError(
                f"{KEY}: must be a mapping of fields",
                host=host.name,
                remedy=f"see the sample inventory for '{KEY}'",
            )
        merged.update(licensing)
    return merged


def required_intent_of(host: Host) -> LicensingIntent:
    """The same, where the host must have one.

    Raises:
        IntentError: there is none, or it is not valid.
    """
    intent = intent_of(host)
    if intent is None:
        raise IntentError(
            f"{KEY}: the inventory says nothing about how this switch is to be licensed",
            host=host.name,
            remedy=f"give it, a group or the defaults 'data: {{{KEY}: {{method: direct}}}}'",
        )
    return intent


def check_intents(hosts: Iterable[Host]) -> None:
    """Validate all intents before anything connects.

    Raises:
        ExceptionGroup: of one IntentError a host, where any is not valid.
    """
    problems: list[IntentError] = []
    for host in hosts:
        try:
            intent_of(host)
        except IntentError as error:
            problems.append(error)
    if problems:
        raise ExceptionGroup("the inventory's licensing intents are not valid", problems)


def _levels(host: Host) -> Iterator[dict[str, object]]:
    """The data of a host's levels, the weakest first."""
    yield host.defaults.data
    for group in reversed(host.extended_groups()):
        yield group.data
    yield host.data
