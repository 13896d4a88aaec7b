"""The lines of call home that lead from what a switch has to what is intended.

Each line carries the one that undoes it and what it does to a state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nxsl.core.intent import DEFAULT_EMAIL, Method
from nxsl.core.records import Destination
from nxsl.core.transport import (
    PROFILE,
    ConfigLine,
    destinations,
    name_server_context,
    proxy_line,
    source_line,
    uses_http,
    vrf_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.records import CallHome
    from nxsl.core.transport import Effect, Transport

_CALLHOME = ("callhome",)


class SetFields:
    """A change of some fields, as a function of the state it is applied to."""

    def __init__(self, **fields: object) -> None:
        self._fields = fields

    def __call__(self, state: Transport) -> Transport:
        """Give the changed state."""
        return replace(state, **self._fields)  # type: ignore[arg-type]


class _SetCallHome(SetFields):
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


def smart_lines(
    current: Transport, intent: LicensingIntent, unwanted: tuple[str, ...]
) -> Iterator[ConfigLine]:
    """The lines of classic Smart Licensing."""
    if not current.smart_enabled:
        yield ConfigLine(
            context=(),
            line="license smart enable",
            undo="no license smart enable",
            effect=SetFields(smart_enabled=True),
        )
    yield from surroundings(current, intent, intent.vrf)
    yield from call_home_lines(current.call_home, intent, unwanted)


def call_home_lines(
    current: CallHome, intent: LicensingIntent, unwanted: tuple[str, ...]
) -> Iterator[ConfigLine]:
    """The lines below `callhome`."""
    yield from _profile_lines(current, intent, unwanted)
    yield from _way_lines(current, intent)
    # Last: with `enable` the agent begins to use what stands above.
    if not current.enabled:
        yield _callhome("enable", "no enable", _SetCallHome(enabled=True))


def surroundings(current: Transport, intent: LicensingIntent, vrf: str) -> Iterator[ConfigLine]:
    """Name servers of the VRF that is used, and the source interface, where the intent has any."""
    for server in dict.fromkeys(intent.name_servers):
        if server not in current.servers_of(vrf):
            line = f"ip name-server {server}"
            yield ConfigLine(
                context=name_server_context(vrf),
                line=line,
                undo=f"no {line}",
                effect=_WithServer(vrf, server),
            )
    wanted = intent.source_interface
    if wanted and wanted.lower() != current.source_interface.lower():
        yield ConfigLine(
            context=(),
            line=f"ip http source-interface {wanted}",
            undo=source_line(current) or "no ip http source-interface",
            effect=SetFields(source_interface=wanted, source_vrf=""),
        )


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
        if each.profile == PROFILE and (each.url in unwanted or is_http(each.url)):
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
                proxy_line(server, port),
                _undo_proxy(current),
                _SetCallHome(proxy_server=server, proxy_port=port),
            )
        if not current.proxy_enabled:
            yield _callhome(switch_on, switch_off, _SetCallHome(proxy_enabled=True))
    elif current.proxy_enabled:
        # The server's line may stay: without `enable` it has no effect.
        yield _callhome(switch_off, switch_on, _SetCallHome(proxy_enabled=False))


def is_http(url: str) -> bool:
    """Whether a URL is one that no backend answers any more."""
    return url.lower().startswith("http://")


def _callhome(line: str, undo: str, effect: Effect) -> ConfigLine:
    return ConfigLine(context=_CALLHOME, line=line, undo=undo, effect=effect)


def _undo_proxy(current: CallHome) -> str:
    if current.proxy_server:
        return proxy_line(current.proxy_server, current.proxy_port)
    return "no transport http proxy server"
