"""Reads an inventory's files, and names what is wrong in them before Nornir stumbles on it."""

from __future__ import annotations

import difflib
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from nxsl.core.errors import InventoryError
from nxsl.fleet._near import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

HOSTS_FILE = "hosts.yaml"

FILES = {
    "host_file": HOSTS_FILE,
    "group_file": "groups.yaml",
    "defaults_file": "defaults.yaml",
}

_CONNECTION = ("hostname", "port", "username", "password", "platform")
_FIELDS = (*_CONNECTION, "groups", "data", "connection_options")
_DEFAULTS_FIELDS = (*_CONNECTION, "data", "connection_options")
_OPTIONS_FIELDS = (*_CONNECTION, "extras")


def load(file: Path, encoding: str = "utf-8") -> Any:  # noqa: ANN401
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


def check_files(options: dict[str, Any]) -> None:
    """Check what Nornir answers with a traceback, or passes over in silence."""
    encoding = options.get("encoding", "utf-8")
    hosts, groups, defaults = (
        _mapping(Path(options[option]), encoding, needed=option == "host_file") for option in FILES
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
        raise InventoryError(
            f"there is no file {file}",
            remedy="write it, as it names the switches; or name another folder with --inventory",
        )
    content = load(file, encoding) or {}
    if not isinstance(content, dict):
        raise InventoryError(f"{file} is not a mapping")
    return content


def _check_body(where: str, body: object, fields: Collection[str]) -> None:
    if not isinstance(body, dict):
        raise InventoryError(f"{where} is not a mapping", remedy="with nothing to say, write {}")
    check_names(where, body, fields, what="field")
    for field in ("data", "extras", "connection_options"):
        value = body.get(field, {})
        if not isinstance(value, dict) and (value is not None or field == "connection_options"):
            raise InventoryError(f"{where}: {field} is not a mapping")
    for name, options in body.get("connection_options", {}).items():
        _check_body(f"{where}: connection_options of {name}", options, _OPTIONS_FIELDS)


def check_names(where: str, body: Mapping[Any, object], known: Collection[str], what: str) -> None:
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
                f"{where}: there is no group '{group}'", remedy=suggest(group, groups)
            )
