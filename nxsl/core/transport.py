"""The way from a switch to its licensing backend: what it is, how it reads, whether it differs."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from nxsl.core.policy_records import DEFAULT_POLICY_VRF, SMART_URL, PolicyMode
from nxsl.core.records import CallHome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nxsl.core.policy_records import PolicyTransport

Effect: TypeAlias = "Callable[[Transport], Transport]"

PROFILE = "CiscoTAC-1"
"""The one profile that the licensing agent of NX-OS uses; custom profiles are ignored."""

DEFAULT_VRF = "default"
"""The VRF of a call home without a `use-vrf` line."""

_CALLHOME = ("callhome",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """Everything on a switch that decides how its licensing agent reaches the backend.

    Attributes:
        smart_enabled: whether Smart Licensing is on.
        call_home: the call-home configuration. Under Smart Licensing Using Policy it is empty
            unless reports travel, or are to travel, by call home.
        source_interface: `ip http source-interface`; empty where the switch chooses.
        source_vrf: the VRF that this line names; empty where it names none.
        name_servers: (VRF, name servers) of the VRFs that have any.
        policy: the transport of Smart Licensing Using Policy; None under classic Smart Licensing.
    """

    smart_enabled: bool
    call_home: CallHome
    source_interface: str = ""
    source_vrf: str = ""
    name_servers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    policy: PolicyTransport | None = None

    def servers_of(self, vrf: str) -> tuple[str, ...]:
        """The name servers configured in `vrf`."""
        return dict(self.name_servers).get(vrf, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigLine:
    """One configuration line.

    Attributes:
        context: the lines that lead into its mode, such as `("callhome",)`; empty for global.
        line: the line.
        undo: the line, in the same mode, that brings back what was before.
        effect: what the line does to a state.
    """

    context: tuple[str, ...]
    line: str
    undo: str
    effect: Effect = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportPlan:
    """What `configure_transport` would do.

    Attributes:
        before: the state the plan was made from.
        after: the state the lines lead to.
        lines: what to write, in order; empty where the switch is as intended.
        strays: https destinations of the profile that the intent does not name.
    """

    before: Transport
    after: Transport
    lines: tuple[ConfigLine, ...]
    strays: tuple[str, ...] = ()

    @property
    def diff(self) -> str:
        """What changes, as a unified diff of the lines concerned; empty where nothing does."""
        return diff_transport(self.before, self.after)

    @property
    def commands(self) -> tuple[str, ...]:
        """The lines as one would type them behind `configure terminal`, modes included."""
        return typed((each.context, each.line) for each in self.lines)


def typed(lines: Iterable[tuple[tuple[str, ...], str]]) -> tuple[str, ...]:
    """Lines, each with its mode, as one would type them; indented by the depth of the mode."""
    shown: list[str] = []
    current: tuple[str, ...] = ()
    for context, line in lines:
        if context != current:
            shown.extend(context)
            current = context
        shown.append("  " * len(context) + line)
    return tuple(shown)


def destinations(call_home: CallHome) -> tuple[str, ...]:
    """The URLs of the profile that the licensing agent uses, in the switch's order."""
    return tuple(each.url for each in call_home.destinations if each.profile == PROFILE)


def uses_http(call_home: CallHome) -> bool:
    """Whether the agent's profile has transport method http, which https URLs need."""
    return (PROFILE, "http") in call_home.methods


def vrf_of(call_home: CallHome) -> str:
    """The VRF that call home uses; `default` where no line names one."""
    return call_home.vrf or DEFAULT_VRF


def vrf_used(transport: Transport) -> str:
    """The VRF that the agent leaves by, under either regime."""
    policy = transport.policy
    if policy is None or policy.mode is PolicyMode.CALLHOME:
        return vrf_of(transport.call_home)
    return DEFAULT_POLICY_VRF if policy.mode is PolicyMode.OFF else policy.vrf or DEFAULT_POLICY_VRF


def is_always_there(vrf: str) -> bool:
    """Whether every switch has this VRF; `vrf context` would silently make any other."""
    return vrf in {DEFAULT_VRF, "management"}


def name_server_context(vrf: str) -> tuple[str, ...]:
    """The mode of `ip name-server`; those of VRF default stand in the global one."""
    return () if vrf == DEFAULT_VRF else (f"vrf context {vrf}",)


def source_line(transport: Transport) -> str:
    """The line of the source interface; empty where there is none."""
    if not transport.source_interface:
        return ""
    vrf = f" vrf {transport.source_vrf}" if transport.source_vrf else ""
    return f"ip http source-interface {transport.source_interface}{vrf}"


def proxy_line(server: str, port: int | None) -> str:
    """The line of call home's proxy server."""
    return f"transport http proxy server {server}" + (f" port {port}" if port else "")


def render_transport(transport: Transport) -> tuple[str, ...]:
    """The lines nxsl looks after, as the running configuration would show them."""
    switched_on = transport.smart_enabled and transport.policy is None
    lines = ["license smart enable"] if switched_on else []
    lines.extend(_policy_lines(transport.policy) if transport.policy else ())
    if transport.source_interface:
        lines.append(source_line(transport))
    for vrf, servers in transport.name_servers:
        context = name_server_context(vrf)
        lines.extend(context)
        lines.extend("  " * len(context) + f"ip name-server {server}" for server in servers)
    if transport.policy is None or transport.call_home != CallHome():
        lines.extend(_call_home_lines(transport.call_home))
    return tuple(lines)


def _policy_lines(found: PolicyTransport) -> Iterator[str]:
    """As the switch would show them; what is the default anyway is left out."""
    if found.mode is not PolicyMode.CSLU:
        yield f"license smart transport {found.mode}"
    if found.cslu_url:
        yield f"license smart url cslu {found.cslu_url}"
    if found.smart_url not in {"", SMART_URL}:
        yield f"license smart url smart {found.smart_url}"
    if found.vrf not in {"", DEFAULT_POLICY_VRF}:
        yield f"license smart vrf {found.vrf}"
    if found.proxy_address:
        yield f"license smart proxy address {found.proxy_address}"
    if found.proxy_port is not None:
        yield f"license smart proxy port {found.proxy_port}"


def _call_home_lines(call_home: CallHome) -> Iterator[str]:
    inner = [f"email-contact {call_home.email}"] if call_home.email else []
    inner += [
        f"destination-profile {profile} transport-method {method}"
        for profile, method in call_home.methods
    ]
    inner += [
        f"destination-profile {each.profile} http {each.url}" for each in call_home.destinations
    ]
    if call_home.proxy_server:
        inner.append(proxy_line(call_home.proxy_server, call_home.proxy_port))
    if vrf_of(call_home) != DEFAULT_VRF:
        inner.append(f"transport http use-vrf {call_home.vrf}")
    if call_home.proxy_enabled:
        inner.append("transport http proxy enable")
    if call_home.enabled:
        inner.append("enable")
    yield "callhome"
    yield from (f"  {line}" for line in inner)


def diff_transport(before: Transport, after: Transport) -> str:
    """A unified diff between two states; empty where they are equal."""
    by_call_home = after.policy is None or after.policy.mode is PolicyMode.CALLHOME
    if not by_call_home and after.call_home == CallHome():
        # It stays as it is where reports no longer travel by it; it only goes unread.
        before = replace(before, call_home=CallHome())
    old, new = render_transport(before), render_transport(after)
    context = max(len(old), len(new))
    lines = difflib.unified_diff(old, new, lineterm="", n=context)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def same_transport(one: Transport, other: Transport) -> bool:
    """Whether two states are the same to the licensing agent, whatever their lines' order."""
    return _essence(one) == _essence(other)


def _essence(transport: Transport) -> tuple[tuple[str, ...], frozenset[tuple[str, str]]]:
    servers = frozenset((vrf, each) for vrf, found in transport.name_servers for each in found)
    # The switch spells an interface in its own way: `Vlan27`, where `vlan27` was typed.
    source = transport.source_interface.lower()
    # Whether it also names the VRF makes no difference; only the undo repeats it.
    rest = replace(transport, name_servers=(), source_interface=source, source_vrf="")
    # A line that is there twice is not the same as one that is there once.
    return tuple(sorted(render_transport(rest))), servers
