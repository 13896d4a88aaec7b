"""Opens an inventory: a folder with Nornir's files, checked before anything connects."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir import InitNornir
from nornir.core.exceptions import PluginNotRegistered
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scanner import ScannerError

from nxsl.core.errors import InventoryError, SelectionError
from nxsl.core.secret import Password
from nxsl.fleet.credentials import apply_credentials
from nxsl.fleet.intents import KEY, check_intents, licensing_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nornir.core import Nornir
    from nornir.core.inventory import Defaults, Group, Host, Inventory

CONFIG_FILE = "config.yaml"
HOSTS_FILE = "hosts.yaml"
WORKERS = 50
"""Hosts at a time, unless the configuration or the caller says otherwise."""

_SECTIONS = frozenset({"inventory", "runner", "logging", "ssh"})

_UNREADABLE = (
    OSError,
    YAMLError,
    AttributeError,
    TypeError,
    KeyError,
    UnicodeDecodeError,
    PluginNotRegistered,
)

_SSH_FILES = frozenset({"alt_key_file", "key_file", "session_log"})

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

    Files named in `config.yaml`, and those of SSH options, are looked for beside it. Nornir's own
    log file, which it would write into the working directory, is off unless the configuration
    turns it on.

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
    password = Password(password) if password else None  # masked in tracebacks as well
    folder, settings = _settings(Path(path))
    _resolve(settings, folder)
    settings.setdefault("logging", {"enabled": False})
    _set_workers(settings, workers)
    try:
        nr = InitNornir(**settings)
    except _UNREADABLE as error:
        problem = _empty_body(settings) or f"{type(error).__name__}: {_say(error)}"
        raise InventoryError(
            f"the inventory in {folder} cannot be read: {problem}",
            remedy="compare it with the sample inventory of nxsl",
        ) from None
    _check_levels(nr.inventory, folder)
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
            f"{config} cannot be read: {_say(error)}",
            remedy="name a folder with hosts.yaml, or try the simulated fleet: nxsl lab up",
        ) from None
    if not isinstance(settings, dict | None):
        raise InventoryError(f"{config} is not a mapping")
    # A section that is named and left empty is as good as none.
    settings = {name: value for name, value in (settings or {}).items() if value is not None}
    for name in _SECTIONS & settings.keys():
        if not isinstance(settings[name], dict):
            raise InventoryError(f"{config}: {name} is not a mapping")
    return config.parent, settings


def _say(error: Exception) -> str:
    """What is wrong and where; not the text that is wrong, which may be a password."""
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark
        if isinstance(error, DuplicateKeyError):
            problem = "a key is there twice"
        elif isinstance(error, ScannerError):  # its message quotes one character at most
            problem = str(error.problem)
        else:
            problem = "this is not YAML; a text that begins with ! * & % or @ needs quotes"
        return f"{problem}{f', {mark.name} line {mark.line + 1}' if mark else ''}"
    return str(error)


def _empty_body(settings: dict[str, Any]) -> str:
    """Name the first host or group whose body is no mapping; Nornir does not say which it is."""
    for option in ("host_file", "group_file"):
        file = Path(settings["inventory"]["options"].get(option, ""))
        try:
            content = YAML(typ="safe").load(file)
        except (OSError, YAMLError, UnicodeDecodeError):
            continue
        if isinstance(content, dict):
            for name, body in content.items():
                if not isinstance(body, dict):
                    return f"{file}: '{name}' is not a mapping; with nothing to say, write {{}}"
    return ""


def _check_levels(inventory: Inventory, folder: Path) -> None:
    """Check each level's data, and look for the files of its SSH options beside the others."""
    levels: tuple[Defaults | Group | Host, ...] = (
        inventory.defaults,
        *inventory.groups.values(),
        *inventory.hosts.values(),
    )
    for each in levels:
        if not isinstance(each.data, dict):
            raise InventoryError(f"{getattr(each, 'name', 'defaults')}: data is not a mapping")
        options = each.connection_options.get("netmiko")
        extras = options.extras if options else None
        for name in _SSH_FILES & (extras or {}).keys():
            if extras and isinstance(extras[name], str):
                extras[name] = str(folder.resolve() / Path(extras[name]).expanduser())


def _set_workers(settings: dict[str, Any], workers: int | None) -> None:
    runner = settings.setdefault("runner", {})
    options = runner.get("options") or {}
    if runner.setdefault("plugin", "threaded") == "threaded":
        options = {**options, "num_workers": workers or options.get("num_workers") or WORKERS}
    runner["options"] = options


def _resolve(settings: dict[str, Any], folder: Path) -> None:
    """Make SimpleInventory's file names, and those of SSH, relative to the configuration."""
    inventory = settings.setdefault("inventory", {})
    options = inventory["options"] = dict(inventory.get("options") or {})
    if inventory.setdefault("plugin", "SimpleInventory") == "SimpleInventory":
        for option, name in _FILES.items():
            file = folder / Path(options.get(option, name)).expanduser()
            # Nornir passes over a missing file; one that was named must be there.
            if option in options and not file.exists():
                raise InventoryError(f"{file}, which the configuration names, is missing")
            options[option] = str(file)
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
    found: Any
    if first in _ATTRIBUTES:
        found = getattr(host, first)
    else:
        found = licensing_data(host) if first == KEY else host.get(first)
    for each in rest:
        found = found.get(each) if isinstance(found, dict) else None
    return found is not None and str(found) == value


_ATTRIBUTES = frozenset({"name", "hostname", "platform", "port", "username"})
