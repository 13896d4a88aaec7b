"""The options that the commands share."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from nxsl.core.secret import Token
from nxsl.fleet.credentials import (
    TOKEN_VARIABLE,
    token_from_env,
    token_from_file,
    token_from_keyring,
    token_from_prompt,
)

_FLAG = ""  # else Typer shows `<bool>`, as if the flag took a value
_WHICH = "Which switches"
_HOW = "How to run"
_OUTPUT = "Output"
_TOKEN = "Where the ID token is (never on the command line)"  # noqa: S105 (a title)


class Format(StrEnum):
    """What a table is printed as."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


TABLE = Format.TABLE

Inventory = Annotated[
    Path,
    typer.Option(
        "--inventory",
        "-i",
        help="The inventory: a folder with hosts.yaml (and config.yaml).",
        envvar="NXSL_INVENTORY",
        rich_help_panel=_WHICH,
    ),
]
Hosts = Annotated[
    str,
    typer.Option("--hosts", help="Only these hosts, separated by commas.", rich_help_panel=_WHICH),
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        "-f",
        help="Only hosts with this value: site=paris, group=leafs, licensing.method=on-prem. "
        "May be given several times; all must hold.",
        metavar="KEY=VALUE",
        rich_help_panel=_WHICH,
    ),
]
Workers = Annotated[
    str | None,
    typer.Option(
        "--workers",
        "-w",
        metavar="N|auto",
        help="Switches at a time; auto is as many as pay off, unless config.yaml says otherwise.",
        rich_help_panel=_HOW,
    ),
]
AtMost = Annotated[
    list[str] | None,
    typer.Option(
        "--at-most",
        metavar="KEY=N",
        help="No more switches at a time with the same value of a key: site=5, jump_host=10.",
        rich_help_panel=_HOW,
    ),
]
Processes = Annotated[
    str,
    typer.Option(
        "--processes",
        metavar="N",
        help="Processes that share the reading; auto: two, where the number of workers is given "
        "and there are 2,000 switches or more; 1: threads alone.",
        rich_help_panel=_HOW,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        "-n",
        help="Show the plan and stop: only show commands are sent.",
        metavar=_FLAG,
        rich_help_panel=_HOW,
    ),
]
Yes = Annotated[
    bool,
    typer.Option(
        "--yes", "-y", help="Do not ask; for scripts.", metavar=_FLAG, rich_help_panel=_HOW
    ),
]
Wait = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0.0,
        metavar="SECONDS",
        help="Seconds to wait for each switch's licensing agent.",
        rich_help_panel=_HOW,
    ),
]
Kind = Annotated[
    Format,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="What to print: table, csv, json (one object a line) or parquet.",
        rich_help_panel=_OUTPUT,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="Write to a file (.csv, .json, .parquet), or every table into a folder.",
        rich_help_panel=_OUTPUT,
    ),
]
TokenEnv = Annotated[
    str | None,
    typer.Option(
        "--token-env",
        help="An environment variable; NXSL_TOKEN where nothing is said, else it is asked for.",
        metavar="NAME",
        rich_help_panel=_TOKEN,
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        help="A file that only you can read and that holds nothing else.",
        rich_help_panel=_TOKEN,
    ),
]
TokenKeyring = Annotated[
    str | None,
    typer.Option(
        "--token-keyring",
        help="An entry of the operating system's keyring, user 'idtoken'.",
        metavar="SERVICE",
        rich_help_panel=_TOKEN,
    ),
]


def filters_of(given: list[str] | None) -> dict[str, str]:
    """Split KEY=VALUE.

    Raises:
        typer.BadParameter: one has no `=`.
    """
    pairs: dict[str, str] = {}
    for each in given or []:
        key, equals, value = each.partition("=")
        if not (key and equals):
            raise typer.BadParameter(f"'{each}' is not KEY=VALUE", param_hint="--filter")
        pairs[key] = value
    return pairs


def workers_of(given: str | None) -> int | Literal["auto"] | None:
    """Read a number of workers.

    Raises:
        typer.BadParameter: it is none.
    """
    if given is None:
        return None
    if given == "auto":
        return "auto"
    if not given.isdecimal() or int(given) < 1:
        raise typer.BadParameter(f"'{given}' is neither 1 or more nor auto", param_hint="--workers")
    return int(given)


def processes_of(given: str) -> int | None:
    """Read N or auto; None is auto.

    Raises:
        typer.BadParameter: it is neither.
    """
    if given == "auto":
        return None
    if not given.isdecimal() or int(given) < 1:
        raise typer.BadParameter(
            f"'{given}' is neither a number nor auto", param_hint="--processes"
        )
    return int(given)


def limits_of(given: list[str] | None) -> dict[str, int]:
    """Split KEY=N.

    Raises:
        typer.BadParameter: one is not that.
    """
    limits: dict[str, int] = {}
    for each in given or []:
        key, _, number = each.partition("=")
        if not key or not number.isdecimal() or int(number) < 1:
            raise typer.BadParameter(f"'{each}' is not KEY=N", param_hint="--at-most")
        if key in limits:
            raise typer.BadParameter(f"'{key}' is there twice", param_hint="--at-most")
        limits[key] = int(number)
    return limits


def token_of(env: str | None, file: Path | None, keyring: str | None) -> Token:
    """Fetch the token from where the options say; ask for it where they say nothing.

    Raises:
        typer.BadParameter: more than one place is named.
        SecretError: it is not there.
    """
    if sum(each is not None for each in (env, file, keyring)) > 1:
        raise typer.BadParameter(
            "name one place", param_hint="--token-env, --token-file, --token-keyring"
        )
    if file is not None:
        return token_from_file(file)
    if keyring is not None:
        return token_from_keyring(keyring)
    if env is None and TOKEN_VARIABLE not in os.environ and sys.stdin.isatty():
        return token_from_prompt()
    return token_from_env(env) if env is not None else token_from_env()
