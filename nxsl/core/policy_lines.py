"""The lines of Smart Licensing Using Policy that lead from what a switch has to what is intended.

The commands: transport and CSLU URL by the object model of NX-OS 10.5, `url smart` by cisco.com
document 222725; `vrf` and `proxy` are recalled. They are global lines. What the switch does by
itself (transport cslu, VRF management, Cisco's URL) is not written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nxsl.core.callhome_lines import call_home_lines, surroundings
from nxsl.core.errors import IntentError
from nxsl.core.intent import Method
from nxsl.core.policy_records import DEFAULT_POLICY_VRF, SMART_URL, PolicyMode, PolicyTransport
from nxsl.core.records import CallHome
from nxsl.core.transport import ConfigLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.transport import Transport


def what_is_missing(intent: LicensingIntent) -> str:
    """What the intent does not say and Smart Licensing Using Policy needs; empty where it is whole.

    An on-prem server's URL for classic Smart Licensing is another one, so it cannot be told.
    """
    if intent.policy_mode is PolicyMode.CSLU and not intent.policy_url:
        return "licensing.policy.url: transport cslu needs the URL that reports go to"
    return ""


def policy_lines(
    current: Transport, intent: LicensingIntent, unwanted: tuple[str, ...]
) -> Iterator[ConfigLine]:
    """The lines.

    Raises:
        IntentError: the intent is not whole for this regime.
    """
    missing = what_is_missing(intent)
    if missing:
        raise IntentError(
            missing,
            remedy="give exactly the URL that the on-prem server shows, such as "
            "https://ssm.example.com/cslu/v1/pi/ACCOUNT, or that of a CSLU, such as "
            "http://cslu.example.com:8182/cslu/v1/pi",
        )
    found, mode = current.policy or PolicyTransport(), intent.policy_mode
    if mode is PolicyMode.CALLHOME:
        yield from surroundings(current, intent, intent.vrf)
        yield from call_home_lines(current.call_home, intent, unwanted)
    elif mode is not PolicyMode.OFF:
        yield from surroundings(current, intent, intent.policy_vrf)
        yield from _url_lines(found, intent)
        yield from _vrf_lines(found, intent)
        yield from _proxy_lines(found, intent)
    # Last: with it the agent begins to use what stands above.
    if found.mode is not mode:
        leaves = found.mode is PolicyMode.CALLHOME
        effect = _LeaveCallHome(mode=mode) if leaves else _SetPolicy(mode=mode)
        yield _line("transport", str(mode), str(found.mode), effect)


def _url_lines(found: PolicyTransport, intent: LicensingIntent) -> Iterator[ConfigLine]:
    wanted = intent.policy_url
    if intent.policy_mode is PolicyMode.CSLU and found.cslu_url != wanted:
        yield _line("url cslu", wanted, found.cslu_url, _SetPolicy(cslu_url=wanted))
    if intent.policy_mode is PolicyMode.SMART and (found.smart_url or SMART_URL) != wanted:
        yield _line("url smart", wanted, found.smart_url, _SetPolicy(smart_url=wanted))


def _vrf_lines(found: PolicyTransport, intent: LicensingIntent) -> Iterator[ConfigLine]:
    wanted = intent.policy_vrf
    if (found.vrf or DEFAULT_POLICY_VRF) != wanted:
        yield _line("vrf", wanted, found.vrf, _SetPolicy(vrf=wanted))


def _proxy_lines(found: PolicyTransport, intent: LicensingIntent) -> Iterator[ConfigLine]:
    proxy = intent.proxy if intent.method is Method.PROXY else None
    address, port = (proxy.server, proxy.port) if proxy else ("", None)
    if found.proxy_address != address:
        yield _line(
            "proxy address", address, found.proxy_address, _SetPolicy(proxy_address=address)
        )
    # A port alone has no effect; it may stay.
    if found.proxy_port != port and (address or found.proxy_address):
        yield _line("proxy port", _text(port), _text(found.proxy_port), _SetPolicy(proxy_port=port))


def _text(port: int | None) -> str:
    return "" if port is None else str(port)


def _line(words: str, wanted: str, found: str, effect: _SetPolicy) -> ConfigLine:
    """A line that sets `words` to `wanted`, or unsets it where that is empty."""
    return ConfigLine(
        context=(), line=_setting(words, wanted), undo=_setting(words, found), effect=effect
    )


def _setting(words: str, value: str) -> str:
    return f"license smart {words} {value}" if value else f"no license smart {words}"


class _SetPolicy:
    """A change of some fields of the transport, as a function of the state it is applied to."""

    def __init__(self, **fields: object) -> None:
        self._fields = fields

    def __call__(self, state: Transport) -> Transport:
        policy = replace(state.policy or PolicyTransport(), **self._fields)  # type: ignore[arg-type]
        return replace(state, policy=policy)


class _LeaveCallHome(_SetPolicy):
    """The same where reports travelled by call home: it stays, and no longer belongs to the way."""

    def __call__(self, state: Transport) -> Transport:
        return replace(super().__call__(state), call_home=CallHome())
