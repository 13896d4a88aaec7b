"""Where a worker has user names and passwords from: never from the one who sent the task."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from nornir.core.inventory import ConnectionOptions

from nxsl.core.errors import NxslError, SecretError
from nxsl.core.secret import Password
from nxsl.fleet._parcels import is_secret
from nxsl.fleet.credentials import PASSWORD_VARIABLE, USERNAME_VARIABLE, lacks_password
from nxsl.fleet.inventory import open_fleet

if TYPE_CHECKING:
    from nornir.core import Nornir
    from nornir.core.inventory import Host

CONNECTION_NAME = "netmiko"

HERE = "here"
"""They were handed to a process of this machine together with the hosts."""
WAYS = "env, inventory:FOLDER, call:MODULE:FUNCTION or none"
_reading = threading.Lock()
_EXTRAS = ("secret", "passphrase")
_KNOWN = frozenset({"username", "password", *_EXTRAS})


def check_way(credentials: str) -> None:
    """Refuse what is no way to credentials.

    Raises:
        SecretError: it is none; it is not shown, as it may be a password.
    """
    kind, _, rest = credentials.partition(":")
    module, _, function = rest.partition(":")
    well = credentials in {"env", "none"} or (
        rest if kind == "inventory" else kind == "call" and module and function
    )
    if not well:
        raise SecretError(f"credentials is none of {WAYS}")


def put_secrets(host: Host, credentials: str, *, run: str, own: bool) -> None:
    """Give a host its user name and password, masked.

    Args:
        host: the host, without any.
        credentials: `env`, NXSL_USERNAME and NXSL_PASSWORD; `inventory:FOLDER`, an inventory on
            this machine; `call:MODULE:FUNCTION`, a function that is given the host's name and
            gives a mapping of `username`, `password`, `secret`, `passphrase`; `none`; `here`, they
            are there already.
        run: the run that asks; an inventory is read once for each.
        own: whether the sender's inventory has secrets that are for this host, or its group, only.

    Raises:
        SecretError: it has none, and nothing was sent: a wrong password locks accounts.
    """
    kind, _, place = credentials.partition(":")
    match kind:
        case "none" | "here":
            return
        case "env":
            _from_environment(host, own=own)
        case "inventory":
            _from_inventory(host, place, run)
        case _:
            _from_function(host, place)
    if lacks_password(host):
        raise SecretError(
            "this worker has no password for the host",
            remedy=f"set {PASSWORD_VARIABLE} for the worker's process, or see `credentials`",
        )


def secrets_of(host: Host) -> tuple[str, ...]:
    """What must not be in anything that the worker gives."""
    parameters = host.get_connection_parameters(CONNECTION_NAME)
    extras = (parameters.extras or {}).items()
    found = (host.password, parameters.password, *(v for k, v in extras if is_secret(k, v)))
    return tuple(str.__str__(each) for each in found if isinstance(each, str) and each)


def _from_environment(host: Host, *, own: bool) -> None:
    if own:
        raise SecretError(
            "the inventory has a secret for this host alone, which stays where it is",
            remedy="credentials='inventory:FOLDER' or 'call:MODULE:FUNCTION'",
        )
    _put(
        host,
        username=os.environ.get(USERNAME_VARIABLE, ""),
        password=os.environ.get(PASSWORD_VARIABLE, ""),
        extras={},
        defaults=True,
    )


def _from_inventory(host: Host, folder: str, run: str) -> None:
    with _reading:  # the other hosts of the parcel wait for the same
        nr = _open(folder, run)
    theirs = nr.inventory.hosts.get(host.name)
    if theirs is None:
        raise SecretError(f"the worker's inventory {folder} has no such host")
    parameters = theirs.get_connection_parameters(CONNECTION_NAME)
    extras = (parameters.extras or {}).items()
    _put(
        host,
        username=parameters.username or "",
        password=parameters.password or "",
        extras={key: value for key, value in extras if is_secret(key, value)},
    )


@lru_cache(maxsize=4)
def _open(folder: str, run: str) -> Nornir:  # noqa: ARG001 (each run reads it anew)
    try:
        return open_fleet(folder)
    except NxslError as error:
        raise SecretError(f"the worker's inventory cannot be read: {error.message}") from None
    except ExceptionGroup as group:
        raise SecretError(
            f"the worker's inventory {folder} is not valid: {group.message}"
        ) from None


def _from_function(host: Host, place: str) -> None:
    module, _, function = place.partition(":")
    try:
        found = getattr(import_module(module), function)(host.name)
    except Exception as error:  # noqa: BLE001 (somebody else's code; its words may hold secrets)
        raise SecretError(f"{place} raised {type(error).__name__}") from None
    if not isinstance(found, Mapping) or not found.keys() <= _KNOWN:
        raise SecretError(f"{place} gives no mapping of {', '.join(sorted(_KNOWN))}")
    _put(
        host,
        username=found.get("username") or "",
        password=found.get("password") or "",
        extras={name: found[name] for name in _EXTRAS if found.get(name)},
    )


def _put(
    host: Host,
    *,
    username: str,
    password: str,
    extras: Mapping[str, object],
    defaults: bool = False,
) -> None:
    """Write it where it wins: beside what the connection is made of; else into the defaults."""
    if defaults:  # what a host or group says of itself stays
        host.defaults.username = username or host.defaults.username
        host.defaults.password = Password(password) if password else None
        return
    parameters = host.get_connection_parameters(CONNECTION_NAME)
    options = host.connection_options.setdefault(CONNECTION_NAME, ConnectionOptions())
    options.username = host.username = username or host.username
    options.password = host.password = Password(password) if password else None
    masked = {k: Password(v) if isinstance(v, str) else v for k, v in extras.items()}
    options.extras = {**(parameters.extras or {}), **masked}
