"""The secrets of hosts, for a worker process of this machine: what `detach` leaves out, on its own.

They go over the private line only, and are masked again on the other side.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from nxsl.core.errors import SecretError
from nxsl.core.secret import MASK, Password
from nxsl.fleet._parcels import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nornir.core.inventory import Defaults, Group, Host, Inventory


class Keys:
    """Passwords and the like by the level that has them; shows itself masked.

    Pickling gives the values: for the private line, and for nothing else.
    """

    __slots__ = ("_levels",)

    def __init__(self, levels: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        self._levels = levels

    def __repr__(self) -> str:
        return f"Keys({MASK})"

    def __reduce__(self) -> tuple[type[Keys], tuple[dict[tuple[str, str], dict[str, Any]]]]:
        return Keys, ({level: dict(said) for level, said in self._levels.items()},)

    def put(self, inventory: Inventory) -> None:
        """Give hosts, groups and defaults what they had, masked."""
        for known, level in _levels_of(inventory):
            said = self._levels.get(known)
            if said is None:
                continue
            if said["password"]:
                level.password = Password(said["password"])
            for name, options in said["options"].items():
                mine = level.connection_options[name]
                if options["password"]:
                    mine.password = Password(options["password"])
                if options["extras"]:
                    mine.extras = {**(mine.extras or {}), **_closed(options["extras"])}


def keys_of(hosts: Sequence[Host]) -> Keys:
    """What the hosts, their groups and the defaults have of secrets.

    Raises:
        SecretError: one of them is no text, and cannot be handed over.
    """
    levels: dict[tuple[str, str], Host | Group | Defaults] = {}
    for host in hosts:
        levels["host", host.name] = host
        levels |= {("group", group.name): group for group in host.extended_groups()}
        levels["defaults", ""] = host.defaults
    found = {}
    for known, level in levels.items():
        options = {
            name: {"password": _open(each.password), "extras": _secrets(each.extras)}
            for name, each in level.connection_options.items()
        }
        kept = {name: each for name, each in options.items() if any(each.values())}
        password = _open(level.dict()["password"])
        if password or kept:
            found[known] = {"password": password, "options": kept}
    _require_portable(found)
    return Keys(found)


def _require_portable(found: object) -> None:
    try:
        pickle.loads(pickle.dumps(found))  # noqa: S301 (just made; the other side dies of it)
    except Exception as error:  # noqa: BLE001 (pickle raises what it likes, and may quote it)
        raise SecretError(
            f"a key of the inventory cannot be handed to another process: {type(error).__name__}",
            remedy="name a file: key_file; or run it on threads",
        ) from None


def _levels_of(inventory: Inventory) -> Iterator[tuple[tuple[str, str], Host | Group | Defaults]]:
    yield ("defaults", ""), inventory.defaults
    for name, group in inventory.groups.items():
        yield ("group", name), group
    for name, host in inventory.hosts.items():
        yield ("host", name), host


def _secrets(extras: Mapping[str, Any] | None) -> dict[str, Any]:
    """The extras that are secrets, or hold one."""
    return {key: _open(value) for key, value in (extras or {}).items() if _holds(key, value)}


def _holds(key: object, value: object) -> bool:
    if is_secret(key, value):
        return True
    if isinstance(value, dict):
        return any(_holds(*each) for each in value.items())
    return isinstance(value, list | tuple) and any(_holds(None, each) for each in value)


def _open(value: Any) -> Any:  # noqa: ANN401 (whatever an inventory can hold)
    if isinstance(value, Password):
        return str.__str__(value)
    if isinstance(value, dict):
        return {key: _open(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_open(each) for each in value)
    return value


def _closed(extras: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _masked(key, value) for key, value in extras.items()}


def _masked(key: object, value: Any) -> Any:  # noqa: ANN401 (likewise)
    if isinstance(value, dict):
        return {name: _masked(name, each) for name, each in value.items()}
    return Password(value) if isinstance(value, str) and is_secret(key, value) else value
