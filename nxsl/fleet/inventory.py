"""Opens an inventory: a folder with Nornir's files, checked before anything connects."""

from __future__ import annotations

import difflib
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir import InitNornir
from nornir.core.exceptions import PluginNotRegistered
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from nxsl.core.errors import IntentError, InventoryError, SelectionError
from nxsl.core.secret import Password
from nxsl.fleet.credentials import apply_credentials
from nxsl.fleet.intents import KEY, check_intents, licensing_data

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from nornir.core import Nornir
    from nornir.core.inventory import Defaults, Group, Host, Inventory

CONFIG_FILE = "config.yaml"
HOSTS_FILE = "hosts.yaml"
WORKERS = 50
"""Hosts at a time, unless the configuration or the caller says otherwise."""

_SECTIONS = ("inventory", "runner", "logging", "ssh", "core", "user_defined")

_FILES = {
    "host_file": HOSTS_FILE,
    "group_file": "groups.yaml",
    "defaults_file": "defaults.yaml",
}

_CONNECTION = ("hostname", "port", "username", "password", "platform")
_FIELDS = (*_CONNECTION, "groups", "data", "connection_options")
_DEFAULTS_FIELDS = (*_CONNECTION, "data", "connection_options")
_OPTIONS_FIELDS = (*_CONNECTION, "extras")

_SSH_FILES = frozenset({"alt_key_file", "key_file", "session_log"})

# What plugins raise on options and contents that they cannot use.
_UNUSABLE = (OSError, YAMLError, AttributeError, TypeError, LookupError, ValueError)

_ATTRIBUTES = ("name", "hostname", "platform", "port", "username")

_PRIVATE = re.compile("pass|secret|token|key|community", re.IGNORECASE)

_MANY = 5
"""No more names than this in one remedy."""


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
    config, settings = _settings(Path(path))
    folder = config.parent
    _resolve(settings, config)
    settings.setdefault("logging", {"enabled": False})
    _set_workers(settings, config, workers)
    if settings["inventory"]["plugin"] == "SimpleInventory":
        _check_files(settings["inventory"]["options"])
    try:
        nr = InitNornir(**settings)
    except (*_UNUSABLE, PluginNotRegistered) as error:
        raise InventoryError(
            f"the inventory in {folder} cannot be read: {type(error).__name__}: {error}",
            remedy="compare it with the sample inventory of nxsl",
        ) from None
    _place_files(nr.inventory, folder)
    nr = _select(nr, tuple(hosts), filters or {})
    apply_credentials(nr.inventory, username=username, password=password)
    check_intents(nr.inventory.hosts.values())
    return nr


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
            remedy="name a folder with hosts.yaml, or try the simulated fleet: nxsl lab up",
        )
    settings = _load(config)
    if not isinstance(settings, dict | None):
        raise InventoryError(f"{config} is not a mapping")
    # A section that is named and left empty is as good as none.
    settings = {name: value for name, value in (settings or {}).items() if value is not None}
    _check_names(str(config), settings, _SECTIONS, what="section")
    for name, section in settings.items():
        if not isinstance(section, dict):
            raise InventoryError(f"{config}: {name} is not a mapping")
    return config, settings


def _load(file: Path, encoding: str = "utf-8") -> Any:  # noqa: ANN401
    """Read a YAML file.

    Raises:
        InventoryError: what is wrong and where; not the text that is wrong, which may be a
            password.
    """
    line, remedy = None, ""
    try:
        return YAML(typ="safe").load(file.read_text(encoding))
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        problem = f"it is not {encoding}"
    except DuplicateKeyError as error:
        line, problem = error.problem_mark, "a key is there twice"
    except MarkedYAMLError as error:
        line = error.problem_mark or error.context_mark
        problem = ": ".join(_unquoted(str(text)) for text in (error.context, error.problem) if text)
        remedy = "look at the indentation and the quotes there and in the line above"
        if r"'\t'" in problem:
            remedy = "indent with blanks, not with tabs"
        elif re.search("alias|anchor|tag|cannot start any token", problem):
            remedy = "a text that begins with ! * & % @ or ` needs quotes"
    except YAMLError as error:
        problem = str(error).partition("\n")[0]
    except ValueError:  # its message shows the text
        problem = "a value looks like a date or a number and is none; put it in quotes"
    where = f"{file} line {line.line + 1}" if line else f"{file} cannot be read"
    raise InventoryError(f"{where}: {problem}", remedy=remedy)


def _unquoted(problem: str) -> str:
    """A sentence of the YAML library without what it quotes, but for signs and its own terms."""
    own = r"""((["'])(?:\\?.|<[a-z ]+>)\2)"""
    return re.sub(own + r"""|(["']).*\3""", lambda found: found[1] or "…", problem, flags=re.DOTALL)


def _check_files(options: dict[str, Any]) -> None:
    """Check what Nornir answers with a traceback, or passes over in silence."""
    encoding = options.get("encoding", "utf-8")
    hosts, groups, defaults = (
        _mapping(Path(options[option]), encoding, needed=option == "host_file") for option in _FILES
    )
    _check_body("defaults", defaults, _DEFAULTS_FIELDS)
    for kind, bodies in (("group", groups), ("host", hosts)):
        for name, body in bodies.items():
            if not isinstance(name, str):
                raise InventoryError(f"{kind} {name}: a name is a text", remedy="put it in quotes")
            _check_body(f"{kind} {name}", body, _FIELDS)
            _check_groups(f"{kind} {name}", body.get("groups") or [], groups)
    try:
        TopologicalSorter(
            {name: body.get("groups") or () for name, body in groups.items()}
        ).prepare()
    except CycleError as error:
        raise InventoryError(
            f"groups that hold each other: {', '.join(sorted({*error.args[1]}))}"
        ) from None


def _mapping(file: Path, encoding: str, *, needed: bool) -> dict[Any, Any]:
    if not file.exists() and not needed:
        return {}
    if not file.exists():
        raise InventoryError(f"there is no file {file}", remedy="it names the switches")
    content = _load(file, encoding) or {}
    if not isinstance(content, dict):
        raise InventoryError(f"{file} is not a mapping")
    return content


def _check_body(where: str, body: object, fields: Collection[str]) -> None:
    if not isinstance(body, dict):
        raise InventoryError(f"{where} is not a mapping", remedy="with nothing to say, write {}")
    _check_names(where, body, fields, what="field")
    for field in ("data", "extras", "connection_options"):
        value = body.get(field, {})
        if not isinstance(value, dict) and (value is not None or field == "connection_options"):
            raise InventoryError(f"{where}: {field} is not a mapping")
    for name, options in body.get("connection_options", {}).items():
        _check_body(f"{where}: connection_options of {name}", options, _OPTIONS_FIELDS)


def _check_names(where: str, body: Mapping[Any, object], known: Collection[str], what: str) -> None:
    for name, value in body.items():
        if name in known:
            continue
        # In {password: Abc,def} and {password:Abcdef} a part of the password is a name.
        near = difflib.get_close_matches(str(name), known, n=1)
        if re.fullmatch(r"\w[\w-]*", str(name)) and (value is not None or near):
            problem = f"no such {what} '{name}'"
            remedy = f"did you mean {near[0]}?" if near else ""
        else:
            problem = f"a {what} with a wrong name, not shown as it may belong to a password"
            remedy = "put texts with commas and colons in quotes, and a blank behind each colon"
        raise InventoryError(f"{where}: {problem}; there are {', '.join(known)}", remedy=remedy)


def _check_groups(where: str, named: object, groups: Mapping[str, object]) -> None:
    if not isinstance(named, list) or not all(isinstance(group, str) for group in named):
        raise InventoryError(f"{where}: groups is not a list of names")
    for group in named:
        if group not in groups:
            raise InventoryError(
                f"{where}: there is no group '{group}'", remedy=_suggest(group, groups)
            )


def _suggest(name: str, known: Collection[str]) -> str:
    """A remedy for a name that is not known: those near to it, or else some."""
    near = [each for each in known if each.startswith(f"{name}.")][:3]
    near = near or difflib.get_close_matches(name, known, cutoff=0.75)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there are: {_some(known)}" if known else "there are none"


def _some(names: Collection[str]) -> str:
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(list(names)[:_MANY]) + more


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


def _set_workers(settings: dict[str, Any], config: Path, workers: int | None) -> None:
    runner = settings.setdefault("runner", {})
    options = _options(config, "runner", runner)
    if runner.setdefault("plugin", "threaded") == "threaded":
        found = options.get("num_workers")
        if found is not None and (type(found) is not int or found < 1):
            raise InventoryError(
                f"{config}: runner.options.num_workers is not a whole number of 1 or more"
            )
        options["num_workers"] = workers or found or WORKERS
    runner["options"] = options


def _resolve(settings: dict[str, Any], config: Path) -> None:
    """Make SimpleInventory's file names, and those of SSH, relative to the configuration."""
    inventory = settings.setdefault("inventory", {})
    options = inventory["options"] = _options(config, "inventory", inventory)
    if inventory.setdefault("plugin", "SimpleInventory") == "SimpleInventory":
        for option, name in _FILES.items():
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


def _select(nr: Nornir, hosts: tuple[str, ...], filters: Mapping[str, str]) -> Nornir:
    known = nr.inventory.hosts
    for host in hosts:
        if host not in known:
            raise SelectionError(
                f"the inventory has no host '{host}'", remedy=_suggest(host, known)
            )
    facts = {name: _facts(host) for name, host in known.items() if not hosts or name in hosts}
    left = {
        name
        for name, has in facts.items()
        if all(value in has.get(key, ()) for key, value in filters.items())
    }
    if not left:
        asked = ", ".join(f"{key}={value}" for key, value in filters.items())
        raise SelectionError(
            f"no host is left of {len(facts)}" + (f" with {asked}" if asked else ""),
            remedy=_why_none(list(facts.values()), filters) if facts else "fill hosts.yaml",
        )
    return nr.filter(filter_func=lambda host: host.name in left)


def _facts(host: Host) -> dict[str, set[str]]:
    """What a filter may ask for: each key with the values that the host has for it."""
    data = host.extended_data()
    try:
        data[KEY] = licensing_data(host)
    except IntentError:
        data[KEY] = None  # told by `check_intents` where the host is selected all the same
    data |= {name: getattr(host, name) for name in _ATTRIBUTES}
    facts = {key: {str(value)} for key, value in _flat(data) if value is not None}
    return {**facts, "group": {group.name for group in host.extended_groups()}}


def _flat(data: Mapping[Any, object], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _why_none(facts: list[dict[str, set[str]]], filters: Mapping[str, str]) -> str:
    """Say what there is instead of the first thing that no host has."""
    for key, value in filters.items():
        there = sorted({text for has in facts for text in has.get(key, ())})
        if value in there:
            continue
        if not there:
            return (
                f"no host has '{key}'; {_suggest(key, sorted({k for has in facts for k in has}))}"
            )
        if _PRIVATE.search(key):
            return f"{key} has other values"
        near = difflib.get_close_matches(value, there)
        return f"{key} has: {_some(near + [each for each in there if each not in near])}"
    return "each of them holds for a host, but no host has all"
