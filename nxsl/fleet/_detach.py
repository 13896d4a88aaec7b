"""Hosts without what must not, or cannot, leave this machine: passwords and open connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nornir.core.inventory import (
    ConnectionOptions,
    Defaults,
    Group,
    Groups,
    Host,
    Hosts,
    Inventory,
    ParentGroups,
)

from nxsl.core.errors import InventoryError, SecretError
from nxsl.fleet._parcels import is_secret, pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    """Some hosts, ready to travel.

    Attributes:
        inventory: the hosts, the groups they are in, and the defaults.
        own_secrets: the hosts that had a password or key of their own, or of a group's.
    """

    inventory: Inventory
    own_secrets: frozenset[str]


def detach(hosts: Sequence[Host]) -> Detached:
    """Copy hosts without secrets and connections; the originals stay as they are."""
    groups: dict[str, Group] = {}
    defaults: dict[int, Defaults] = {}
    copies = Hosts({each.name: _copy(each, Host, groups, defaults) for each in hosts})
    shared = next(iter(copies.values())).defaults if copies else None
    return Detached(
        inventory=Inventory(hosts=copies, groups=Groups(groups), defaults=shared),
        own_secrets=frozenset(each.name for each in hosts if _has_own(each)),
    )


def pack_hosts(hosts: Sequence[Host]) -> bytes:
    """Detach and pickle hosts.

    Raises:
        InventoryError: something in their data cannot be pickled; nothing of it is shown.
    """
    try:
        return pack(detach(hosts))
    except SecretError:
        raise
    except Exception as error:  # noqa: BLE001 (pickle raises what it likes)
        names = ", ".join(host.name for host in hosts)
        raise InventoryError(
            f"what the inventory holds of {names} cannot travel to a worker: "
            f"{type(error).__name__}",
            remedy="keep to what YAML can say",
        ) from None


def _copy(
    host: Host, kind: type[Any], groups: dict[str, Group], defaults: dict[int, Defaults]
) -> Any:  # noqa: ANN401 (a Host or a Group)
    for each in host.groups:
        if each.name not in groups:
            groups[each.name] = _copy(each, Group, groups, defaults)
    if id(host.defaults) not in defaults:
        defaults[id(host.defaults)] = _copy_defaults(host.defaults)
    said = _said(host)
    return kind(
        name=host.name,
        **_plain(said),
        groups=ParentGroups(groups[each.name] for each in host.groups),
        data=_clean(host.data),
        connection_options=_options(host.connection_options),
        defaults=defaults[id(host.defaults)],
    )


def _copy_defaults(defaults: Defaults) -> Defaults:
    return Defaults(
        **_plain(_said(defaults)),
        data=_clean(defaults.data),
        connection_options=_options(defaults.connection_options),
    )


def _options(options: Mapping[str, ConnectionOptions]) -> dict[str, ConnectionOptions]:
    return {
        name: ConnectionOptions(
            **_plain(each.dict()), extras=None if each.extras is None else _clean(each.extras)
        )
        for name, each in options.items()
    }


def _said(level: Host | Defaults) -> dict[str, Any]:
    """What a level says of itself; the attributes of a host give what it inherits as well."""
    return level.dict()


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in ("hostname", "port", "username", "platform")}


def _clean(value: Any) -> Any:  # noqa: ANN401 (whatever YAML can say)
    """Copy mappings and lists without the secrets in them."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items() if not is_secret(key, item)}
    if isinstance(value, list | tuple):
        return type(value)(_clean(item) for item in value if not is_secret(None, item))
    return value


def _has_own(host: Host) -> bool:
    """Whether a secret was left out that the worker's environment cannot stand for."""
    levels: list[Host] = [host, *host.extended_groups()]
    if any(_said(each)["password"] for each in levels):
        return True
    options = [host.defaults.connection_options, *(each.connection_options for each in levels)]
    return any(
        each.password or any(is_secret(*extra) for extra in (each.extras or {}).items())
        for level in options
        for each in level.values()
    )
