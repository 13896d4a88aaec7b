"""Opens an inventory: a folder with Nornir's files, checked before anything connects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir import InitNornir
from nornir.core.exceptions import PluginNotRegistered
from ruamel.yaml.error import YAMLError

from nxsl.core.errors import InventoryError
from nxsl.core.secret import Password
from nxsl.fleet._files import FILES, HOSTS_FILE, check_files, check_names, load
from nxsl.fleet._selection import select
from nxsl.fleet.credentials import apply_credentials
from nxsl.fleet.host_checks import check_hosts
from nxsl.fleet.intents import check_intents
from nxsl.fleet.limits import JumpHosts
from nxsl.fleet.pairs import check_pairs
from nxsl.fleet.runner import is_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nornir.core import Nornir
    from nornir.core.inventory import Defaults, Group, Host, Inventory

    from nxsl.fleet.runner import Workers

CONFIG_FILE = "config.yaml"
WORKERS = 50
"""Hosts at a time with Nornir's own runner, unless somebody says otherwise."""

_SECTIONS = ("inventory", "runner", "logging", "ssh", "core", "user_defined")

_SSH_FILES = frozenset({"alt_key_file", "key_file", "session_log"})

# What plugins raise on options and contents that they cannot use.
_UNUSABLE = (OSError, YAMLError, AttributeError, TypeError, LookupError, ValueError)


def open_fleet(
    path: str | Path = "inventory",
    *,
    hosts: Iterable[str] = (),
    filters: Mapping[str, str] | None = None,
    workers: Workers = None,
    processes: int | None = None,
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
        workers: hosts at a time; `auto` for as many as pay off, which is the default where the
            configuration has no `num_workers`.
        processes: run tasks that only read in so many processes of this machine, and all others
            as the configuration says. That pays with thousands of hosts that are near; see
            `nxsl.fleet.process_runner.ProcessRunner` for what is different then.
        username: the default user name; NXSL_USERNAME otherwise, then the inventory.
        password: the default password; NXSL_PASSWORD otherwise, then the inventory.

    Raises:
        InventoryError: a file is missing or malformed, a host's name is odd, or a vPC pair is none.
        SelectionError: a host is named that is not there, no host is left, or two are one switch.
        ExceptionGroup: of one IntentError for each host whose intent is not valid.
    """
    password = Password(password) if password else None  # masked in tracebacks as well
    config, settings = _settings(Path(path))
    folder = config.parent
    _resolve(settings, config)
    settings.setdefault("logging", {"enabled": False})
    _set_workers(settings, config, workers)
    if settings["inventory"]["plugin"] == "SimpleInventory":
        check_files(settings["inventory"]["options"])
    try:
        nr = InitNornir(**settings)
    except (*_UNUSABLE, PluginNotRegistered) as error:
        raise InventoryError(
            f"the inventory in {folder} cannot be read: {type(error).__name__}: {error}",
            remedy="compare it with the sample inventory of nxsl",
        ) from None
    _place_files(nr.inventory, folder)
    check_pairs(nr.inventory.hosts.values())
    nr = select(nr, tuple(hosts), filters or {})
    check_hosts(nr.inventory.hosts, JumpHosts(nr.config.ssh.config_file))
    apply_credentials(nr.inventory, username=username, password=password)
    check_intents(nr.inventory.hosts.values())
    return nr if processes is None else _shared(nr, processes)


def _shared(nr: Nornir, processes: int) -> Nornir:
    from nxsl.fleet.reading_runner import ReadingRunner  # noqa: PLC0415 (seldom needed)

    found = nr.config.runner.options.get("num_workers")
    workers = found if is_count(found) else None
    return nr.with_runner(ReadingRunner(nr.runner, processes=processes, workers=workers))


def _settings(path: Path) -> tuple[Path, dict[str, Any]]:
    """Read Nornir's configuration; give its file, which may be missing, as well."""
    config = path / CONFIG_FILE if path.is_dir() else path
    if path.is_dir() and not config.exists() and (path / HOSTS_FILE).exists():
        return config, {}
    if not config.exists():
        what = "file" if path.suffix in {".yaml", ".yml"} else "folder"
        raise InventoryError(
            f"{path} has neither {HOSTS_FILE} nor {CONFIG_FILE}"
            if path.is_dir()
            else f"there is no {what} {path}",
            remedy="name a folder with hosts.yaml (--inventory), or try the simulated fleet: "
            "nxsl lab up",
        )
    settings = load(config)
    if not isinstance(settings, dict | None):
        raise InventoryError(f"{config} is not a mapping")
    # A section that is named and left empty is as good as none.
    settings = {name: value for name, value in (settings or {}).items() if value is not None}
    check_names(str(config), settings, _SECTIONS, what="section")
    for name, section in settings.items():
        if not isinstance(section, dict):
            raise InventoryError(f"{config}: {name} is not a mapping")
    return config, settings


def _place_files(inventory: Inventory, folder: Path) -> None:
    """Look for the files that SSH options name beside the others."""
    levels: tuple[Defaults | Group | Host, ...] = (
        inventory.defaults,
        *inventory.groups.values(),
        *inventory.hosts.values(),
    )
    for each in levels:
        options = each.connection_options.get("netmiko")
        extras = options.extras if options else None
        for name in _SSH_FILES & (extras or {}).keys():
            if extras and isinstance(extras[name], str):
                extras[name] = str(folder.resolve() / Path(extras[name]).expanduser())


def _set_workers(settings: dict[str, Any], config: Path, workers: Workers) -> None:
    runner = settings.setdefault("runner", {})
    options = runner["options"] = _options(config, "runner", runner)
    plugin = runner.setdefault("plugin", "nxsl")
    if plugin not in {"threaded", "nxsl"}:
        return
    found = options.pop("num_workers", None)
    auto = plugin == "nxsl"
    if not (found is None or (auto and found == "auto") or is_count(found)):
        raise InventoryError(
            f"{config}: runner.options.num_workers is not a whole number of 1 or more"
            + (", nor auto" if auto else "")
        )
    if workers == "auto":
        runner["plugin"] = "nxsl"  # Nornir's own knows a number only
    number = workers or found or ("auto" if auto else WORKERS)
    if number != "auto":
        options["num_workers"] = number


def _resolve(settings: dict[str, Any], config: Path) -> None:
    """Make SimpleInventory's file names, and those of SSH, relative to the configuration."""
    inventory = settings.setdefault("inventory", {})
    options = inventory["options"] = _options(config, "inventory", inventory)
    if inventory.setdefault("plugin", "SimpleInventory") == "SimpleInventory":
        for option, name in FILES.items():
            file = _beside(config, f"inventory.options.{option}", options.get(option, name))
            # Nornir passes over a missing file; one that was named must be there.
            if option in options and not file.exists():
                raise InventoryError(f"{file}, which the configuration names, is missing")
            options[option] = str(file)
    ssh = settings.get("ssh", {})
    if ssh.get("config_file"):
        ssh["config_file"] = str(_beside(config, "ssh.config_file", ssh["config_file"]))


def _options(config: Path, name: str, section: dict[str, Any]) -> dict[str, Any]:
    options = section.get("options") or {}
    if not isinstance(options, dict):
        raise InventoryError(f"{config}: {name}.options is not a mapping")
    return dict(options)


def _beside(config: Path, field: str, name: object) -> Path:
    if not isinstance(name, str):
        raise InventoryError(f"{config}: {field} is not the name of a file")
    return config.parent / Path(name).expanduser()
