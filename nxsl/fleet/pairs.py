"""What the inventory says about switches that must not be changed at the same time.

A switch of a vPC pair carries the other's traffic while that one is changed. The data of a host,
or of its groups, tells the pair in one of two ways:

- `vpc_peer: NAME`, the inventory's name of the other switch. One of the two is enough, and it is
  exact: for these two the domain is not asked.
- `vpc_domain: NUMBER`. All switches with the same number are kept apart, where they have a `site`
  those of the same number and site. Where a number is used by several pairs of a site, this keeps
  more switches apart than is needed, and `vpc_peer` is better.

nxsl does not ask the switches: one that is down, or that was just replaced, would say nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.errors import InventoryError
from nxsl.core.waves import WaveHost
from nxsl.fleet._near import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nornir.core.inventory import Host

PEER = "vpc_peer"
DOMAIN = "vpc_domain"
SITE = "site"
MODEL = "model"


def wave_hosts(
    hosts: Iterable[Host], models: Mapping[str, str] | None = None
) -> tuple[WaveHost, ...]:
    """Give what waves are planned from.

    The attributes are whatever the inventory's data says in one word, as text.

    Args:
        hosts: those that are to be changed.
        models: the products by host, as the switches said; for hosts whose data says no `model`.

    Raises:
        InventoryError: a peer or a domain is none.
    """
    chosen = list(hosts)
    peers = _peers(chosen)
    return tuple(
        WaveHost(
            name=host.name,
            attributes=_attributes(host, (models or {}).get(host.name, "")),
            apart=frozenset(_keys(host, peers)),
        )
        for host in chosen
    )


def check_pairs(hosts: Iterable[Host]) -> None:
    """Check all pairs of an inventory before anything connects.

    Args:
        hosts: all of the inventory, not only the selected ones.

    Raises:
        InventoryError: a peer is not in the inventory or names another peer, or a domain is none.
    """
    known = {host.name: host for host in hosts}
    for name, host in known.items():
        _domain(host)
        peer = _peer(host)
        if not peer:
            continue
        if peer not in known:
            raise InventoryError(
                f"{name}: {PEER} is '{peer}', which the inventory does not have",
                remedy=suggest(peer, known),
            )
        back = _peer(known[peer])
        if back not in ("", name):
            raise InventoryError(
                f"{name}: {PEER} is '{peer}', whose own {PEER} is '{back}'",
                remedy="a vPC pair is two switches: let each name the other, or one of them",
            )


def require_attribute(hosts: Iterable[WaveHost], name: str) -> None:
    """Check that an attribute by which waves are to be planned means something.

    Args:
        hosts: better all of the inventory than only those that are to be changed.
        name: the attribute.

    Raises:
        ValueError: no host has it; the message says what there is.
    """
    known = sorted({each for host in hosts for each in host.attributes})
    if name not in known:
        raise ValueError(f"no host has '{name}'; {suggest(name, known)}")


def _attributes(host: Host, model: str) -> dict[str, str]:
    told = {
        str(name): str(value)
        for name, value in host.extended_data().items()
        if isinstance(value, str | int) and value != ""
    }
    return {MODEL: model, **told} if model else told


def _peers(hosts: Iterable[Host]) -> dict[str, set[frozenset[str]]]:
    """The pairs of each host that are told by name, by itself or by the other."""
    found: dict[str, set[frozenset[str]]] = {}
    for host in hosts:
        if peer := _peer(host):
            pair = frozenset({host.name, peer})
            for name in pair:
                found.setdefault(name, set()).add(pair)
    return found


def _keys(host: Host, peers: Mapping[str, set[frozenset[str]]]) -> Iterable[str]:
    domain = _domain(host)
    if host.name in peers:
        for pair in peers[host.name]:
            yield f"{PEER} {sorted(pair)}"
    elif domain:
        yield f"{DOMAIN} {domain} {host.get(SITE, '')}"


def _peer(host: Host) -> str:
    found = host.get(PEER)
    if found is None:
        return ""
    if not isinstance(found, str) or not found or found == host.name:
        raise InventoryError(
            f"{host.name}: {PEER} must be the name of another host",
            remedy=f"write '{PEER}: NAME' into its data",
        )
    return found


def _domain(host: Host) -> str:
    found = host.get(DOMAIN)
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise InventoryError(
            f"{host.name}: {DOMAIN} must be a number", remedy=f"write '{DOMAIN}: 10' into its data"
        )
    return str(found)
