"""What the limits of a run count: values of a host's attributes, and what it is reached through."""

from __future__ import annotations

import shlex
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nxsl.core.errors import InventoryError
from nxsl.core.file_words import why

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nornir.core.inventory import Host
    from paramiko import SSHConfig

JUMP_HOST = "jump_host"
"""The attribute for which OpenSSH's configuration is asked where the inventory has none."""


class JumpHosts:
    """What hosts are reached through: `jump_host` of the inventory, or else the SSH configuration.

    Args:
        config_file: OpenSSH's client configuration, as netmiko will read it.
    """

    def __init__(self, config_file: str | None) -> None:
        self._file = Path(config_file).expanduser() if config_file else None

    def of(self, host: Host) -> str:
        """The jump host, or what stands for it; empty where there is none.

        For `ProxyCommand` that is the command without what differs from host to host.

        Raises:
            InventoryError: the SSH configuration cannot be read.
        """
        told = _texts(_from_data(host, JUMP_HOST))
        if told:
            return told[0]
        if self._config is None or not host.hostname:
            return ""
        try:
            found = self._config.lookup(host.hostname)
        except Exception as error:  # noqa: BLE001 (paramiko's own have no common root)
            raise self._unreadable(error) from None
        # netmiko looks at them in this order, too.
        if "proxycommand" in found:
            here = (found.get("hostname", host.hostname), str(host.port or found.get("port", 22)))
            return _without(found["proxycommand"], here)
        jump = found.get("proxyjump", "none")
        first = jump.partition(",")[0].strip()
        return "" if jump.lower() == "none" else first.rpartition("@")[2]

    @cached_property
    def _config(self) -> SSHConfig | None:
        if self._file is None or not self._file.is_file():
            return None
        from paramiko import SSHConfig  # noqa: PLC0415 (costs time, and is seldom needed)

        try:
            return SSHConfig.from_path(str(self._file))
        except Exception as error:  # noqa: BLE001 (likewise)
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> InventoryError:
        problem = type(error).__name__
        if isinstance(error, OSError | UnicodeDecodeError):
            problem = why(error)
        return InventoryError(
            f"the SSH configuration {self._file} cannot be used: {problem}",
            remedy="try it by hand with ssh -G HOST",
        )


def _without(command: str, here: tuple[str, str]) -> str:
    host, port = here
    own = {host, port, f"{host}:{port}", f"[{host}]:{port}"}
    try:
        words = shlex.split(command)
    except ValueError:  # it is the shell's business whether the quotes are right
        words = command.split()
    return " ".join(word for word in words if word not in own)


def keys_of(host: Host, attributes: Iterable[str], jumps: JumpHosts) -> tuple[tuple[str, str], ...]:
    """What a host counts towards: pairs of attribute and value; none for what it lacks.

    Attributes are found in the host's data, inherited or its own; a dotted name reaches into it,
    and `group` is every group that it is a member of.
    """
    return tuple(
        (attribute, value)
        for attribute in attributes
        for value in dict.fromkeys(_values(host, attribute, jumps))
    )


def _values(host: Host, attribute: str, jumps: JumpHosts) -> list[str]:
    if attribute == "group":
        return [group.name for group in host.extended_groups()]
    if attribute == JUMP_HOST:
        return [jump] if (jump := jumps.of(host)) else []
    return _texts(_from_data(host, attribute))


def _from_data(host: Host, attribute: str) -> object:
    data: object = host.extended_data()
    if isinstance(data, dict) and attribute in data:
        return data[attribute]
    for part in attribute.split("."):
        data = data.get(part) if isinstance(data, dict) else None
    return data


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list | tuple | set) else [value]
    return [str(each) for each in values if each is not None and str(each)]
