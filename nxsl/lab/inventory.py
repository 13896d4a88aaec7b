"""A Nornir inventory for a running lab, with everything a real one needs and nothing secret."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from nxsl.lab.backend import CLOUD_TOKEN, ON_PREM_TOKEN
from nxsl.lab.spec import SwitchSpec

if TYPE_CHECKING:
    from pathlib import Path

PLATFORM = "cisco_nxos"
TOKEN_FILE = "token.txt"  # noqa: S105 - the name of a file
ON_PREM_TOKEN_FILE = "token-on-prem.txt"  # noqa: S105 - likewise
_HEAD = "# Written by nxsl.lab: simulated switches only, nothing in here is a real credential.\n"
_PRIVATE = 0o600


def write(
    path: Path,
    switches: Sequence[tuple[SwitchSpec, int]],
    *,
    known_hosts: str,
    intents: Mapping[str, Mapping[str, object]],
    num_workers: int,
) -> Path:
    """Write the inventory, `known_hosts` and the token files.

    Args:
        path: The directory.
        switches: Each switch and its port.
        known_hosts: The text of that file.
        intents: What is asked of switches, by name, before what their specs say.
        num_workers: Workers of Nornir's threaded runner.

    Returns:
        The path of `config.yaml`.
    """
    path = path.resolve()
    path.mkdir(parents=True, exist_ok=True)
    keys = path / "known_hosts"
    keys.write_text(known_hosts, encoding="utf-8")
    write_private(path / TOKEN_FILE, f"{CLOUD_TOKEN}\n")
    write_private(path / ON_PREM_TOKEN_FILE, f"{ON_PREM_TOKEN}\n")
    first = switches[0][0] if switches else SwitchSpec(name="none")
    hosts = {spec.name: _host(spec, port, intents, first) for spec, port in switches}
    for host in hosts.values():
        licensing = host["data"].get("licensing", {})
        if licensing.get("method") == "on-prem":
            # A token of the cloud is worth nothing on an on-prem server.
            licensing.setdefault("token_from", f"file:{path / ON_PREM_TOKEN_FILE}")
    _dump(path / "hosts.yaml", hosts)
    _dump(path / "groups.yaml", {"nxos": {"platform": PLATFORM}})
    _dump(path / "defaults.yaml", _defaults(first, keys))
    config = path / "config.yaml"
    _dump(config, _config(path, num_workers))
    return config


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, and never for a moment otherwise."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def _host(
    spec: SwitchSpec, port: int, intents: Mapping[str, Mapping[str, object]], first: SwitchSpec
) -> dict[str, Any]:
    intent = intents.get(spec.name, spec.intent)
    data: dict[str, Any] = {"site": spec.site, "role": spec.function}
    if intent is not None:
        data["licensing"] = _plain(intent)
    host: dict[str, Any] = {"hostname": "127.0.0.1", "port": port, "groups": ["nxos"]}
    if spec.username != first.username:
        host["username"] = spec.username
    if spec.password != first.password:
        host["password"] = spec.password
    return {**host, "data": data}


def _plain(value: object) -> object:
    """Turn mappings and tuples into what YAML writes plainly."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _defaults(first: SwitchSpec, keys: Path) -> dict[str, Any]:
    extras = {
        "ssh_strict": True,
        "system_host_keys": False,
        "alt_host_keys": True,
        "alt_key_file": str(keys),
    }
    return {
        "username": first.username,
        "password": first.password,
        "connection_options": {"netmiko": {"extras": extras}},
    }


def _config(path: Path, num_workers: int) -> dict[str, Any]:
    options = {
        "host_file": str(path / "hosts.yaml"),
        "group_file": str(path / "groups.yaml"),
        "defaults_file": str(path / "defaults.yaml"),
    }
    return {
        "inventory": {"plugin": "SimpleInventory", "options": options},
        "runner": {"plugin": "threaded", "options": {"num_workers": num_workers}},
        "logging": {"enabled": False},
    }


def _dump(path: Path, document: dict[str, Any]) -> None:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    with path.open("w", encoding="utf-8") as stream:
        stream.write(_HEAD)
        writer.dump(document, stream)
