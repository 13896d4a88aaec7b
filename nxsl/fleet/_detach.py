"""Hosts without what must not, or cannot, leave this machine: passwords and open connections."""

from __future__ import annotations

import os
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
from nxsl.fleet._parcels import Packer, is_secret, pack
from nxsl.fleet.credentials import PASSWORD_VARIABLE, TOKEN_VARIABLE

if TYPE_CHECKING:
    import pickle
    from collections.abc import Mapping, Sequence

_LONG = 12
"""Characters."""


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


def pack_hosts(hosts: Sequence[Host], packer: type[pickle.Pickler] = Packer) -> bytes:
    """Detach and pickle hosts.

    Raises:
        InventoryError: something in their data cannot be pickled; nothing of it is shown.
        SecretError: their data holds a password under an innocent name.
    """
    try:
        data = pack(detach(hosts), packer)
    except SecretError:
        raise
    except Exception as error:  # noqa: BLE001 (pickle raises what it likes)
        names = ", ".join(host.name for host in hosts)
        raise InventoryError(
            f"what the inventory holds of {names} cannot travel to a worker: "
            f"{type(error).__name__}",
            remedy="keep to what YAML can say",
        ) from None
    require_none(data, hosts, "what the inventory says of " + hosts[0].name)
    return data


def require_none(data: bytes, hosts: Sequence[Host], what: str) -> None:
    """Refuse a pickle that holds a known password or token as plain text, wherever it has it from.

    Short ones are not looked for: "password" is a password, and stands in any pickle.

    Raises:
        SecretError: it holds one.
    """
    levels: list[Host | Defaults] = []
    for host in hosts:
        levels += (host, *host.extended_groups(), host.defaults)
    said = [_said(each) for each in {id(each): each for each in levels}.values()]
    known = [os.environ.get(TOKEN_VARIABLE), os.environ.get(PASSWORD_VARIABLE)]
    known += [each["password"] for each in said]
    known += [
        options["password"] for each in said for options in each["connection_options"].values()
    ]
    for secret in set(filter(None, known)):
        plain = str.__str__(secret).encode()
        if len(plain) >= _LONG and plain in data:
            raise SecretError(
                f"{what} holds a password or token as plain text, which does not travel",
                remedy="see `credentials` for passwords, and TokenSource for tokens",
            )


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
