"""Opens an inventory: a folder with Nornir's files, checked before anything connects."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir import InitNornir
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from nxsl.core.errors import InventoryError, SelectionError
from nxsl.fleet.credentials import apply_credentials
from nxsl.fleet.intents import check_intents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nornir.core import Nornir
    from nornir.core.inventory import Host

CONFIG_FILE = "config.yaml"
HOSTS_FILE = "hosts.yaml"
WORKERS = 50
"""Hosts at a time, unless the configuration or the caller says otherwise."""

_FILES = {
    "host_file": HOSTS_FILE,
    "group_file": "groups.yaml",
    "defaults_file": "defaults.yaml",
}


def open_fleet(
    path: str | Path = "inventory",
    *,
    hosts: Iterable[str] = (),
    filters: Mapping[str, str] | None = None,
    workers: int | None = None,
    username: str | None = None,
    password: str | None = None,
) -> Nornir:
    """Open an inventory as a Nornir object that is safe to run tasks on.

    Files named in `config.yaml` are looked for beside it. Nornir's own log file, which it would
    write into the working directory, is off unless the configuration turns it on.

    Args:
        path: the folder, or its `config.yaml`. Without one, `hosts.yaml`, `groups.yaml` and
            `defaults.yaml` are taken.
        hosts: only these hosts.
        filters: only hosts whose attribute or data has this value; `group` means membership, and
            a dotted name reaches into data, such as `licensing.method`.
        workers: hosts at a time.
        username: the default user name; NXSL_USERNAME otherwise, then the inventory.
        password: the default password; NXSL_PASSWORD otherwise, then the inventory.

    Raises:
        InventoryError: a file is missing or malformed.
        SelectionError: a host is named that is not there, or no host is left.
        ExceptionGroup: of one IntentError for each host whose intent is not valid.
    """
    folder, settings = _settings(Path(path))
    _resolve(settings, folder)
    settings.setdefault("logging", {"enabled": False})
    runner = settings.setdefault("runner", {"plugin": "threaded", "options": {}})
    if workers or not runner.get("options"):
        runner["options"] = {**runner.get("options", {}), "num_workers": workers or WORKERS}
    try:
        nr = InitNornir(**settings)
    except (OSError, YAMLError, AttributeError, TypeError, KeyError) as error:
        raise InventoryError(
            f"the inventory in {folder} cannot be read: {type(error).__name__}: {error}",
            remedy="compare it with the sample inventory of nxsl",
        ) from None
    nr = _select(nr, tuple(hosts), filters or {})
    apply_credentials(nr.inventory, username=username, password=password)
    check_intents(nr.inventory.hosts.values())
    return nr


def _settings(path: Path) -> tuple[Path, dict[str, Any]]:
    """Read Nornir's configuration; give the folder that its files are in as well."""
    config = path / CONFIG_FILE if path.is_dir() else path
    if path.is_dir() and not config.exists() and (path / HOSTS_FILE).exists():
        return path, {}
    try:
        settings = YAML(typ="safe").load(config)
    except (OSError, YAMLError) as error:
        raise InventoryError(
            f"{config} cannot be read: {error}",
            remedy="name a folder with hosts.yaml, or try the simulated fleet: nxsl lab up",
        ) from None
    if not isinstance(settings, dict | None):
        raise InventoryError(f"{config} is not a mapping")
    return config.parent, settings or {}


def _resolve(settings: dict[str, Any], folder: Path) -> None:
    """Make SimpleInventory's file names, and those of SSH, relative to the configuration."""
    inventory = settings.setdefault("inventory", {"plugin": "SimpleInventory"})
    options = inventory.setdefault("options", {})
    if inventory.get("plugin", "SimpleInventory") == "SimpleInventory":
        for option, name in _FILES.items():
            options[option] = str(folder / options.get(option, name))
    ssh = settings.get("ssh")
    if isinstance(ssh, dict) and ssh.get("config_file"):
        ssh["config_file"] = str(folder / Path(ssh["config_file"]).expanduser())


def _select(nr: Nornir, hosts: tuple[str, ...], filters: Mapping[str, str]) -> Nornir:
    known = list(nr.inventory.hosts)
    for host in hosts:
        if host not in known:
            near = difflib.get_close_matches(host, known, n=1)
            raise SelectionError(
                f"the inventory has no host '{host}'",
                remedy=f"did you mean {near[0]}?" if near else f"it has {len(known)} others",
            )
    selected = nr.filter(
        filter_func=lambda host: (
            (not hosts or host.name in hosts)
            and all(_has(host, name, value) for name, value in filters.items())
        )
    )
    if not selected.inventory.hosts:
        asked = ", ".join(f"{name}={value}" for name, value in filters.items())
        raise SelectionError(
            f"no host is left of {len(known)}" + (f" with {asked}" if asked else ""),
            remedy="check --hosts and --filter" if known else "fill hosts.yaml",
        )
    return selected


def _has(host: Host, name: str, value: str) -> bool:
    if name == "group":
        return host.has_parent_group(value)
    first, *rest = name.split(".")
    found: Any = getattr(host, first, None) if first in _ATTRIBUTES else host.get(first)
    for each in rest:
        found = found.get(each) if isinstance(found, dict) else None
    return str(found) == value


_ATTRIBUTES = frozenset({"name", "hostname", "platform", "port", "username"})
