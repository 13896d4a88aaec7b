"""Checks a selection of hosts before anything starts."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from nxsl.core.errors import SelectionError
from nxsl.core.host_checks import Place, check_names, check_places, shared, twins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nornir.core.inventory import Defaults, Host

    from nxsl.fleet.limits import JumpHosts

_LOG = logging.getLogger("nxsl")
_CONNECTION = "netmiko"
_SSH = 22


def check_hosts(hosts: Mapping[str, Host], jumps: JumpHosts) -> None:
    """Check the hosts of a run.

    Two names that differ in case alone are only warned of, as they can be two switches.

    Raises:
        SelectionError: there is no host, or two are one switch.
        InventoryError: a host's name is odd.
    """
    if not hosts:
        raise SelectionError("no host is selected", remedy="look at the filters")
    check_names(hosts)
    for names in twins(hosts):
        _LOG.warning("these hosts differ in nothing but case: %s", ", ".join(names))
    places = [place for host in hosts.values() if (place := place_of(host))]
    if shared(places):  # only then is it of interest what they are reached through
        check_places(replace(place, jump=jumps.of(hosts[place.name])) for place in places)


def place_of(host: Host) -> Place | None:
    """Where a host is reached; None where the inventory has no address."""
    # Not `get_connection_parameters`: that writes into the inventory what it finds.
    hostname: str | None = None
    port: int | None = None
    for options in _options(host):
        hostname = hostname if hostname is not None else options[0]
        port = port if port is not None else options[1]
    hostname = hostname if hostname is not None else host.hostname
    port = port if port is not None else host.port
    return Place(name=host.name, address=hostname, port=port or _SSH) if hostname else None


def _options(host: Host) -> Iterator[tuple[str | None, int | None]]:
    levels: tuple[Host | Defaults, ...] = (host, *host.extended_groups(), host.defaults)
    for level in levels:
        found = level.connection_options.get(_CONNECTION)
        if found is not None:
            yield found.hostname, found.port
