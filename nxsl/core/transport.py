"""From what a switch has to what it should have: the plan of `configure_transport`.

Pure: `plan_transport(current, intent)` gives the lines, each with the line that undoes it, and
the state they lead to. Planning again from that state gives no lines (a test holds it to that).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from nxsl.core.intent import DEFAULT_EMAIL, LicensingIntent, Method
from nxsl.core.records import CallHome, Destination

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
        call_home: the call-home configuration.
        source_interface: `ip http source-interface`; empty where the switch chooses.
        source_vrf: the VRF that this line names; empty where it names none.
        name_servers: (VRF, name servers) of the VRFs that have any.
    """

    smart_enabled: bool
    call_home: CallHome
    source_interface: str = ""
    source_vrf: str = ""
    name_servers: tuple[tuple[str, tuple[str, ...]], ...] = ()

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
        typed: list[str] = []
        context: tuple[str, ...] = ()
        for each in self.lines:
            if each.context != context:
                typed.extend(each.context)
                context = each.context
            typed.append("  " * len(each.context) + each.line)
        return tuple(typed)


def destinations(call_home: CallHome) -> tuple[str, ...]:
    """The URLs of the profile that the licensing agent uses, in the switch's order."""
    return tuple(each.url for each in call_home.destinations if each.profile == PROFILE)


def uses_http(call_home: CallHome) -> bool:
    """Whether the agent's profile has transport method http, which https URLs need."""
    return (PROFILE, "http") in call_home.methods


def vrf_of(call_home: CallHome) -> str:
    """The VRF that call home uses; `default` where no line names one."""
    return call_home.vrf or DEFAULT_VRF


def is_always_there(vrf: str) -> bool:
    """Whether every switch has this VRF; `vrf context` would silently make any other."""
    return vrf in {DEFAULT_VRF, "management"}


def plan_transport(
    current: Transport, intent: LicensingIntent, *, remove_strays: bool = False
) -> TransportPlan:
    """Plan the difference between `current` and `intent`.

    An `http://` destination of the profile is always removed, before the https one is added: the
    agent tries it and fails (cisco.com document 217965). Other destinations are strays; they are
    reported, and removed only with `remove_strays`.
    """
    strays = tuple(
        url for url in destinations(current.call_home) if url != intent.url and not _is_http(url)
    )
    lines = tuple(_lines(current, intent, strays if remove_strays else ()))
    state = current
    for each in lines:
        state = each.effect(state)
    return TransportPlan(before=current, after=state, lines=lines, strays=strays)


def is_still_ours(line: ConfigLine, *, before: Transport, now: Transport) -> bool:
    """Whether what a line did is there now and was not there before.

    Only then may it be undone: somebody else may have changed the same thing meanwhile.
    """
    return same_transport(line.effect(now), now) and not same_transport(line.effect(before), before)


class _Set:
    """A change of some fields, as a function of the state it is applied to."""

    def __init__(self, **fields: object) -> None:
        self._fields = fields

    def __call__(self, state: Transport) -> Transport:
        return replace(state, **self._fields)  # type: ignore[arg-type]


class _SetCallHome(_Set):
    """The same for the call-home part."""

    def __call__(self, state: Transport) -> Transport:
        call_home = replace(state.call_home, **self._fields)  # type: ignore[arg-type]
        return replace(state, call_home=call_home)


class _WithoutUrl:
    """The removal of one destination of the profile."""

    def __init__(self, url: str) -> None:
        self._destination = Destination(profile=PROFILE, url=url)

    def __call__(self, state: Transport) -> Transport:
        kept = tuple(each for each in state.call_home.destinations if each != self._destination)
        return replace(state, call_home=replace(state.call_home, destinations=kept))


class _WithUrl(_WithoutUrl):
    """The addition of one destination of the profile."""

    def __call__(self, state: Transport) -> Transport:
        if self._destination in state.call_home.destinations:
            return state
        all_of_them = (*state.call_home.destinations, self._destination)
        return replace(state, call_home=replace(state.call_home, destinations=all_of_them))


def _with_http_method(state: Transport) -> Transport:
    if uses_http(state.call_home):
        return state
    methods = (*state.call_home.methods, (PROFILE, "http"))
    return replace(state, call_home=replace(state.call_home, methods=methods))


class _WithServer:
    """The addition of one name server of a VRF."""

    def __init__(self, vrf: str, server: str) -> None:
        self._vrf = vrf
        self._server = server

    def __call__(self, state: Transport) -> Transport:
        servers = state.servers_of(self._vrf)
        if self._server in servers:
            return state
        others = tuple(each for each in state.name_servers if each[0] != self._vrf)
        more = (self._vrf, (*servers, self._server))
        return replace(state, name_servers=tuple(sorted((*others, more))))


def _lines(
    current: Transport, intent: LicensingIntent, unwanted: tuple[str, ...]
) -> Iterator[ConfigLine]:
    yield from _global_lines(current, intent)
    yield from _profile_lines(current.call_home, intent, unwanted)
    yield from _way_lines(current.call_home, intent)
    # Last: with `enable` the agent begins to use what stands above.
    if not current.call_home.enabled:
        yield _callhome("enable", "no enable", _SetCallHome(enabled=True))


def _global_lines(current: Transport, intent: LicensingIntent) -> Iterator[ConfigLine]:
    if not current.smart_enabled:
        yield ConfigLine(
            context=(),
            line="license smart enable",
            undo="no license smart enable",
            effect=_Set(smart_enabled=True),
        )
    for server in dict.fromkeys(intent.name_servers):
        if server not in current.servers_of(intent.vrf):
            line = f"ip name-server {server}"
            yield ConfigLine(
                context=_name_server_context(intent.vrf),
                line=line,
                undo=f"no {line}",
                effect=_WithServer(intent.vrf, server),
            )
    wanted = intent.source_interface
    if wanted and wanted.lower() != current.source_interface.lower():
        yield ConfigLine(
            context=(),
            line=f"ip http source-interface {wanted}",
            undo=_source_line(current) or "no ip http source-interface",
            effect=_Set(source_interface=wanted, source_vrf=""),
        )


def _name_server_context(vrf: str) -> tuple[str, ...]:
    """The mode of `ip name-server`; those of VRF default stand in the global one."""
    return () if vrf == DEFAULT_VRF else (f"vrf context {vrf}",)


def _profile_lines(
    current: CallHome, intent: LicensingIntent, unwanted: tuple[str, ...]
) -> Iterator[ConfigLine]:
    # The contact first: NX-OS is said to refuse `enable` without one (to be confirmed).
    email = intent.email or (None if current.email else DEFAULT_EMAIL)
    if email and email != current.email:
        undo = f"email-contact {current.email}" if current.email else "no email-contact"
        yield _callhome(f"email-contact {email}", undo, _SetCallHome(email=email))
    if not uses_http(current):
        line = f"destination-profile {PROFILE} transport-method http"
        yield _callhome(line, f"no {line}", _with_http_method)
    for each in current.destinations:
        if each.profile == PROFILE and (each.url in unwanted or _is_http(each.url)):
            # Both forms as in cisco.com document 217965: removed with the index, added without.
            index = f" index {each.index}" if each.index else ""
            yield _callhome(
                f"no destination-profile {PROFILE}{index} http {each.url}",
                f"destination-profile {PROFILE} http {each.url}",
                _WithoutUrl(each.url),
            )
    if intent.url not in destinations(current):
        line = f"destination-profile {PROFILE} http {intent.url}"
        yield _callhome(line, f"no {line}", _WithUrl(intent.url))


def _way_lines(current: CallHome, intent: LicensingIntent) -> Iterator[ConfigLine]:
    if intent.vrf != vrf_of(current):
        undo = (
            f"transport http use-vrf {current.vrf}" if current.vrf else "no transport http use-vrf"
        )
        yield _callhome(f"transport http use-vrf {intent.vrf}", undo, _SetCallHome(vrf=intent.vrf))
    switch_on, switch_off = "transport http proxy enable", "no transport http proxy enable"
    if intent.method is Method.PROXY and intent.proxy:
        server, port = intent.proxy.server, intent.proxy.port
        if (server, port) != (current.proxy_server, current.proxy_port):
            yield _callhome(
                _proxy_line(server, port),
                _undo_proxy(current),
                _SetCallHome(proxy_server=server, proxy_port=port),
            )
        if not current.proxy_enabled:
            yield _callhome(switch_on, switch_off, _SetCallHome(proxy_enabled=True))
    elif current.proxy_enabled:
        # The server's line may stay: without `enable` it has no effect.
        yield _callhome(switch_off, switch_on, _SetCallHome(proxy_enabled=False))


def _is_http(url: str) -> bool:
    return url.lower().startswith("http://")


def _callhome(line: str, undo: str, effect: Effect) -> ConfigLine:
    return ConfigLine(context=_CALLHOME, line=line, undo=undo, effect=effect)


def _source_line(transport: Transport) -> str:
    if not transport.source_interface:
        return ""
    vrf = f" vrf {transport.source_vrf}" if transport.source_vrf else ""
    return f"ip http source-interface {transport.source_interface}{vrf}"


def _proxy_line(server: str, port: int | None) -> str:
    return f"transport http proxy server {server}" + (f" port {port}" if port else "")


def _undo_proxy(current: CallHome) -> str:
    if current.proxy_server:
        return _proxy_line(current.proxy_server, current.proxy_port)
    return "no transport http proxy server"


def render_transport(transport: Transport) -> tuple[str, ...]:
    """The lines nxsl looks after, as the running configuration would show them."""
    call_home = transport.call_home
    lines = ["license smart enable"] if transport.smart_enabled else []
    if transport.source_interface:
        lines.append(_source_line(transport))
    for vrf, servers in transport.name_servers:
        context = _name_server_context(vrf)
        lines.extend(context)
        lines.extend("  " * len(context) + f"ip name-server {server}" for server in servers)
    lines.append("callhome")
    inner = [f"email-contact {call_home.email}"] if call_home.email else []
    inner += [
        f"destination-profile {profile} transport-method {method}"
        for profile, method in call_home.methods
    ]
    inner += [
        f"destination-profile {each.profile} http {each.url}" for each in call_home.destinations
    ]
    if call_home.proxy_server:
        inner.append(_proxy_line(call_home.proxy_server, call_home.proxy_port))
    if vrf_of(call_home) != DEFAULT_VRF:
        inner.append(f"transport http use-vrf {call_home.vrf}")
    if call_home.proxy_enabled:
        inner.append("transport http proxy enable")
    if call_home.enabled:
        inner.append("enable")
    return (*lines, *(f"  {line}" for line in inner))


def diff_transport(before: Transport, after: Transport) -> str:
    """A unified diff between two states; empty where they are equal."""
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
