"""The commands that show configuration: matched lines to records."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from nxsl.core.policy_records import PolicyMode, PolicyTransport
from nxsl.core.records import (
    CallHome,
    Destination,
    Features,
    HttpClient,
    SmartLicensing,
    Vrf,
    VrfContexts,
)
from nxsl.core.secret import hide_secrets
from nxsl.nxos import _values as values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nxsl.nxos._matched import Matched

# A mail program's artefact in cisco.com document 217965: `a@b<mailto:a@b>`.
_MAILTO = re.compile(r"<mailto:[^<>]*>$")
# The same document has the next line, `end`, glued to the path of an on-prem server.
_GLUED_END = "/DeviceRequestHandlerend"
# What may stand before `callhome`: the release and, in a copy of a whole configuration, features.
_HEAD = frozenset({"header", "feature"})


def callhome(matched: Matched) -> CallHome:
    """Make the record of the call-home configuration.

    Without the line `callhome` the switch has none; then nothing but comments and the release may
    be there. A configuration has no last line that could be asked for, so a text that is cut
    between two lines cannot be told from a shorter configuration.
    """
    seen: dict[str, str] = {}
    methods: list[tuple[str, str]] = []
    destinations: list[Destination] = []
    other: list[str] = []
    for line, match in matched:
        if "comment" in match or (match.keys() & _HEAD and "title" not in seen):
            continue
        if "title" not in seen and "title" not in match:
            raise ValueError(f"a line stands before `callhome`: {line}")
        if "method" in match:
            methods.append((match["method_profile"], match["method"]))
        elif "url" in match:
            destinations.append(_destination(match))
        elif "other" in match or match.keys() & _HEAD:
            other.append(line)
        elif match.keys() & seen.keys():
            raise ValueError(f"a line is there twice: {line}")
        else:
            seen.update(match)
    profiles = [line for line, match in matched if match.keys() & {"method", "url"}]
    if len(set(profiles)) != len(profiles):
        raise ValueError("a `destination-profile` line is there twice")
    port = seen.get("proxy_port")
    return CallHome(
        enabled="enabled" in seen,
        email=_MAILTO.sub("", seen.get("email", "")),
        methods=tuple(methods),
        destinations=tuple(destinations),
        vrf=seen.get("vrf", ""),
        proxy_server=seen.get("proxy_server", ""),
        proxy_port=None if port is None else values.count(port, most=65_535),
        proxy_enabled="proxy_enabled" in seen,
        other=tuple(other),
    )


def _destination(match: Mapping[str, str]) -> Destination:
    url = match["url"]
    return Destination(
        profile=match["profile"],
        url=url.removesuffix("end") if url.endswith(_GLUED_END) else url,
        index=values.count(match["index"]) if "index" in match else None,
    )


def vrf_contexts(matched: Matched) -> VrfContexts:
    """Make the record of the VRF contexts; one that is printed in two places is taken as one."""
    servers: dict[str, list[str]] = {}
    vrf = ""
    for line, match in matched:
        if "vrf" in match:
            vrf = match["vrf"]
            servers.setdefault(vrf, [])
        elif not vrf and "comment" not in match:
            raise ValueError(f"a line stands before `vrf context`: {line}")
        elif "name_servers" in match:
            addresses = match["name_servers"].partition(" use-vrf ")[0].split()
            servers[vrf] += [str(ip_address(each)) for each in addresses]
    return VrfContexts(
        vrfs=tuple(Vrf(name=name, name_servers=tuple(each)) for name, each in servers.items())
    )


def global_name_servers(matched: Matched) -> VrfContexts:
    """Make the record of the global `ip name-server` lines: VRF default, or the one they name."""
    servers: dict[str, list[str]] = {}
    for line, match in matched:
        if "other" in match:
            raise ValueError(f"this is no line that was asked for: {line}")
        if "name_servers" in match:
            addresses, _, vrf = match["name_servers"].partition(" use-vrf ")
            known = servers.setdefault(vrf.strip() or "default", [])
            known += [str(ip_address(each)) for each in addresses.split()]
    return VrfContexts(
        vrfs=tuple(Vrf(name=name, name_servers=tuple(each)) for name, each in servers.items())
    )


def http_client(matched: Matched) -> HttpClient:
    """Make the record of the source interface of the HTTP client."""
    if not matched:
        return HttpClient()
    ((line, match),) = matched if len(matched) == 1 else (("more than one line", {}),)
    if "interface" not in match:
        raise ValueError(f"this is not the one line that was asked for: {line}")
    return HttpClient(source_interface=match["interface"], vrf=match.get("vrf", ""))


def smart_licensing(matched: Matched) -> SmartLicensing:
    """Make the record of the `license smart` lines, of either regime."""
    seen: dict[str, str] = {}
    other: list[str] = []
    for line, match in matched:
        if "comment" in match:
            continue
        if "other" in match:
            if "license smart" not in line:
                raise ValueError(f"this is no line that was asked for: {line}")
            other.append(line)
        elif match.keys() & seen.keys() - {"enabled"}:
            raise ValueError(f"a line is there twice: {line}")
        else:
            seen.update(match)
    # `url ...` without a kind is one spelling of `url smart ...` on IOS-XE, which shows both.
    plain = seen.pop("url", "")
    if plain and (plain == "default" or seen.setdefault("smart_url", plain) != plain):
        other.append(f"license smart url {plain}")
    return SmartLicensing(
        enabled="enabled" in seen,
        reservation="reservation" in seen,
        transport=_policy_transport(seen),
        other=tuple(hide_secrets(line) for line in other),
    )


def _policy_transport(seen: Mapping[str, str]) -> PolicyTransport:
    port = seen.get("proxy_port")
    return PolicyTransport(
        mode=PolicyMode(seen["mode"].lower()) if "mode" in seen else PolicyMode.CSLU,
        cslu_url=seen.get("cslu_url", ""),
        smart_url=seen.get("smart_url", ""),
        vrf=seen.get("vrf", ""),
        proxy_address=seen.get("proxy_address", ""),
        proxy_port=None if port is None else values.count(port, most=65_535),
    )


def features(matched: Matched, *, filtered: bool) -> Features:
    """Make the record of `show feature`.

    Args:
        matched: the lines.
        filtered: whether only rows are expected, perhaps none.
    """
    heads = [next(iter(match)) for _, match in matched[:2]]
    rows = matched if filtered else matched[2:]
    if not filtered and (heads != ["header", "ruler"] or not rows):
        raise ValueError("the table has no header or no rows")
    instances: set[tuple[str, str]] = set()
    enabled: set[str] = set()
    for line, match in rows:
        state = re.fullmatch(r"(enabled|disabled)(?: ?\(not-running\))?", match.get("state", ""))
        if not state:
            raise ValueError(f"this is no row of a feature: {line}")
        instance = (match["name"], match["instance"])
        if instance in instances:
            raise ValueError(f"a row is there twice: {line}")
        instances.add(instance)
        if state[1] == "enabled":
            enabled.add(match["name"])
    return Features(enabled=frozenset(enabled), known=frozenset(name for name, _ in instances))
