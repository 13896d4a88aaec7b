"""Hosts that would do harm in a run: names that are no names, and one switch under two names."""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core.errors import InventoryError, SelectionError

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 255
"""Bytes; a longer name is no file's name either."""
_SHOWN = 60

# Control, format, surrogate, private and unassigned characters, and what breaks a line.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a host is reached.

    Attributes:
        name: the inventory's name of the host.
        address: as the inventory has it.
        port: of SSH.
        jump: what it is reached through; the same address behind two of them is two switches.
    """

    name: str
    address: str
    port: int = 22
    jump: str = ""

    @property
    def key(self) -> tuple[str, int, str]:
        """The same for the same place, however it is written."""
        return plain_address(self.address), self.port, self.jump


def odd(name: object) -> str:
    """What is wrong with a host's name; empty where nothing is.

    Names become parts of file names, tables and logs.
    """
    if not isinstance(name, str):
        return "it is no text; put it in quotes"
    if any(unicodedata.category(each) in _INVISIBLE for each in name):
        return "it holds a character that cannot be seen"
    checks = (
        (not name.strip(), "it is empty"),
        (name != name.strip(), "it begins or ends with a blank"),
        ("/" in name or "\\" in name, "it holds a slash"),
        (".." in name or name == ".", "it is a folder's name, or holds one"),
        (len(name.encode("utf-8", "replace")) > _LONGEST, f"it has more than {_LONGEST} bytes"),
    )
    return next((problem for holds, problem in checks if holds), "")


def check_names(names: Iterable[object]) -> None:
    """Refuse names that are odd.

    Raises:
        InventoryError: names the first of them, and counts the rest.
    """
    found = [(name, problem) for name in names if (problem := odd(name))]
    if found:
        name, problem = found[0]
        shown = ascii(name)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        more = f"; {len(found) - 1} more names are odd" if len(found) > 1 else ""
        raise InventoryError(
            f"a host is named {shown}: {problem}{more}", remedy="give it another name"
        )


def twins(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Names that differ in case alone, or in how an accent is written.

    Nothing is wrong with them but that a file system may take their files for the same.
    """
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[unicodedata.normalize("NFC", name.casefold())].append(name)
    return [tuple(group) for group in alike.values() if len(group) > 1]


def plain_address(address: str) -> str:
    """One way to write an address, of the many there are; nothing is looked up in the DNS."""
    text = (
        unicodedata.normalize("NFKC", address)
        .strip()
        .casefold()
        .rstrip(".")
        .removeprefix("[")
        .removesuffix("]")
    )
    if text == "localhost" or text.endswith(".localhost"):  # never another machine: RFC 6761
        return "127.0.0.1"
    if re.fullmatch(r"[0-9a-fx]+(\.[0-9a-fx]+){0,3}", text):
        try:  # 192.0.2.01 and 0xc0000201 are addresses to every resolver
            return socket.inet_ntoa(socket.inet_aton(text))
        except OSError:
            pass  # a name such as `fa.de`
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return _plain_name(text)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _plain_name(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def shared(places: Iterable[Place]) -> list[tuple[Place, ...]]:
    """Places that are the same under several names."""
    there: dict[tuple[str, int, str], list[Place]] = defaultdict(list)
    for place in places:
        there[place.key].append(place)
    return [tuple(group) for group in there.values() if len(group) > 1]


def check_places(places: Iterable[Place]) -> None:
    """Refuse a switch that would be worked on under two names, at the same time.

    Raises:
        SelectionError: names both, and counts the rest.
    """
    found = shared(places)
    if not found:
        return
    group = found[0]
    *first, last = (place.name for place in group)
    more = f"; {len(found) - 1} more are there twice" if len(found) > 1 else ""
    raise SelectionError(
        f"{', '.join(first)} and {last} are one switch: "
        f"{plain_address(group[0].address)} port {group[0].port}{more}",
        remedy="leave one of them out, or correct its address",
    )
