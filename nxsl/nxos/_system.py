"""The commands about the switch and its network, and two answers: matched lines to records."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from nxsl.core.records import (
    Clock,
    DeviceFacts,
    Ping,
    RegisterReply,
    SaveReply,
    TelnetProbe,
)
from nxsl.nxos import _values as values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nxsl.nxos._matched import Matched

_RELEASE = (
    r"[0-9]{1,2}\.[0-9]{1,2}\([0-9]{1,4}[a-z]{0,3}\)(?:[A-Z]{1,4}[0-9]{0,2}(?:\([0-9a-z]{1,6}\))?)?"
)
_VERSION = re.compile(rf"({_RELEASE})((?: \[[^\[\]]+\])*)")
_BUILD = re.compile(rf"\[build ({_RELEASE})\]")
# After an upgrade without disruption 9.3(6) prints `9.3(6uu)I9(1uu) [build 9.3(6)]`: there, and
# only there, the build is the release. A Nexus 7000 prints `8.1(1) [build 8.1(0.129)] [gdb]`.
_UPGRADED = re.compile(r"[0-9]uu\)")
_CHASSIS = re.compile(r"(\S+(?: \S+)*?)(?: \([0-9]+ Slots?\))?(?: [Cc]hassis)?(?: \(.*\))?")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?")
_FAMILY = re.compile(r"Nexus(?:[0-9]{4})?|MDS")


def facts(matched: Matched) -> DeviceFacts:
    """Make the record of `show version`.

    Every fact counts only in its part of the text (`Software`, `Hardware`) and once. The line
    `Kernel uptime is ...` must follow, so that a cut name is not taken for a name.
    """
    parts: dict[str, dict[str, str]] = {"": {}, "Software": {}, "Hardware": {}, "plugin": {}}
    part = ""
    for line, match in matched:
        if "section" in match:
            part = match["section"]
            if part in parts[""]:
                raise ValueError(f"`{part}` is there twice")
            parts[""][part] = part
        elif "other" not in match and part in {"Software", "Hardware"}:
            if match.keys() & parts[part].keys():
                raise ValueError(f"a line is there twice: {line}")
            parts[part].update(match)
    software, hardware = parts["Software"], parts["Hardware"]
    labels = [(software[key], label) for key, label in _LABELS if key in software]
    if len(labels) != 1:
        raise ValueError("the release is not there exactly once")
    _need(software, ("image",))
    _need(hardware, ("chassis", "serial", "hostname", "uptime"))
    version, label = labels[0]
    chassis = _CHASSIS.fullmatch(" ".join(hardware["chassis"].split()))
    if not chassis:
        raise ValueError("the chassis cannot be read")
    return DeviceFacts(
        hostname=hardware["hostname"],
        chassis=chassis[1],
        model=_model(chassis[1]),
        serial=hardware["serial"],
        version=version,
        release=_release(version),
        image_label=label,
        boot_image=software["image"],
        uptime=values.uptime(hardware["uptime"]),
    )


_LABELS = (("nxos", "NXOS"), ("system", "system"))


def _need(found: Iterable[str], names: Iterable[str]) -> None:
    for name in names:
        if name not in found:
            raise ValueError(f"the line with the {name} is missing")


def _release(version: str) -> str:
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is not a release")
    if not _UPGRADED.search(found[1]):
        return found[1]
    build = _BUILD.search(found[2])
    if not build or _UPGRADED.search(build[1]):
        raise ValueError(f"{version!r} does not tell the release behind the upgrade")
    return build[1]


def _model(chassis: str) -> str:
    """`C9396PX` of `Nexus9000 C9396PX`, `3048` of `Nexus 3048`, `9148S` of `MDS 9148S 16G`."""
    words = chassis.split()
    if _FAMILY.fullmatch(words[0]) and len(words) > 1:
        return words[1]
    return words[0]


def clock(matched: Matched) -> Clock:
    """Make the record of `show clock`."""
    (line, time), *rest = matched
    if "time" not in time or len(rest) > 1 or any("source" not in match for _, match in rest):
        raise ValueError(f"this is not the time of day: {line}")
    found = _TIME.fullmatch(time["time"])
    if not found:
        raise ValueError(f"this is not the time of day: {line}")
    hour, minute, second, fraction = found.groups(default="")
    local = values.naive((time["year"], time["month"], time["day"]), (hour, minute, second))
    if values.DAYS[local.weekday()] != time["weekday"]:
        raise ValueError(f"the day of the week is not that of the date: {line}")
    return Clock(
        local=local + timedelta(microseconds=int(fraction.ljust(6, "0"))),
        zone=time["zone"],
        source=rest[0][1]["source"] if rest else "",
    )


def ping(matched: Matched) -> Ping:
    """Make the record of a ping."""
    (line, head), *rest = matched
    if name := _unresolved(head):
        if rest:
            raise ValueError(f"this line is not known: {rest[0][0]}")
        return Ping(target=name, address="", sent=0, received=0, resolved=False)
    if "target" not in head:
        raise ValueError(f"this is not the head of a ping: {line}")
    counted = {"sequence": 0, "timed_out": 0}
    statistics: list[tuple[int, int]] = []
    for line, match in rest:
        if "other" in match or "target" in match:
            raise ValueError(f"this line is not known: {line}")
        if "sent" in match:
            statistics.append((values.count(match["sent"]), values.count(match["received"])))
        for name in match.keys() & counted.keys():
            counted[name] += 1
    sent, received = sum(counted.values()), counted["sequence"]
    if len(statistics) > 1 or statistics not in ([], [(sent, received)]) or not sent:
        raise ValueError("the statistics are not those of the answers and timeouts")
    return Ping(
        target=head["target"],
        address=str(ip_address(head["address"])),
        sent=sent,
        received=received,
    )


_NO_NAME = re.compile(r"unknown host (\S+)|cannot resolve (\S+): unknown host", re.IGNORECASE)


def _unresolved(match: Mapping[str, str]) -> str:
    """The name that does not resolve, where a line says so."""
    found = _NO_NAME.fullmatch(match.get("complaint", ""))
    return match.get("unresolved", "") or (found[1] or found[2] if found else "")


def telnet(matched: Matched) -> TelnetProbe:
    """Make the record of a telnet. What follows the connection is the other side's text."""
    if "unresolved" in matched[0][1] and len(matched) == 1:
        return TelnetProbe(connected=False, resolved=False)
    tried: list[str] = []
    for _, match in matched:
        if "tried" in match:
            tried.append(str(ip_address(match["tried"].removesuffix("..."))))
        if "connected" in match and tried:
            return TelnetProbe(connected=True, tried=tuple(tried))
    if not tried and "failed" not in matched[0][1]:
        raise ValueError("no address was tried")
    return TelnetProbe(connected=False, tried=tuple(tried))


def save_reply(matched: Matched) -> SaveReply:
    """Make the record of the answer to `copy running-config startup-config`.

    Saved is proven by a bar that reached 100% and, as the last line, `Copy complete.` or the line
    about saving to disk, behind which a Nexus 5000 stops. Any other line disproves it.
    """
    kinds = [next(iter(match)) for _, match in matched]
    if not set(kinds) & {"bar", "saving", "complete"}:
        raise ValueError("this is not the answer of a copy")
    bars = [match["percent"] for _, match in matched if "percent" in match]
    tail = kinds[len(bars) :]
    saved = (
        bars[-1:] == ["100"]
        and kinds[: len(bars)] == ["bar"] * len(bars)
        and tail in (["saving"], ["complete"], ["saving", "complete"])
    )
    return SaveReply(saved=saved, words=matched[-1][0])


# How Cisco's agent says no on other platforms; the words of NX-OS are not known.
_REFUSAL = re.compile(
    r"(?i)\b(?:already (?:registered|in progress)|not enabled|disabled|failed|failure|error)\b"
)


def register_reply(matched: Matched) -> RegisterReply:
    """Make the record of the answer to `license smart register`."""
    words = " ".join(line for line, _ in matched)
    accepted = "accepted" in matched[0][1]
    if len(matched) > 1 or not (accepted or _REFUSAL.search(words)):
        raise ValueError("the answer is neither the known acceptance nor a known refusal")
    return RegisterReply(accepted=accepted, words=words)
