"""Reads what `diagnose` judges, beyond what `verify` reads: show commands only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from nxsl.core import errors
from nxsl.core.diagnosis import Evidence, Source
from nxsl.core.regime import Platform, Regime
from nxsl.nxos.parse import parse
from nxsl.nxos.read import read_state, read_vrfs, require_exchanges

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.records import VrfContexts
    from nxsl.core.state import SwitchState
    from nxsl.core.system_records import CaCertificates, NtpPeers, Vdc
    from nxsl.nxos.session import Session

T = TypeVar("T")

_VRFS = 'show running-config | section "vrf context"'
_SERVERS = 'show running-config | include "^ip name-server"'
_LOOKUP = 'show running-config | include "ip domain-lookup"'
_NTP = "show ntp peer-status"
_CERTIFICATES = "show crypto ca certificates"
_VDC = "show vdc current-vdc"
_COMMON = (_VRFS, _SERVERS, _LOOKUP, _NTP)

# What `read_state` calls its parts.
_STATE_PARTS = {"running configuration": Source.TRANSPORT, "startup configuration": Source.SAVED}


class _Parts:
    """Reads part by part; what the switch refuses, or cannot be read, is noted with its words."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.not_read: dict[Source, str] = {}

    def read(self, source: Source, read: Callable[[Session], T]) -> T | None:
        """One part; None where it could not be had."""
        try:
            return read(self.session)
        except (errors.CommandRejected, errors.ParseError) as error:
            self.not_read[source] = f"{source}: {error.message}"
            return None


def read_evidence(session: Session, *, intent: LicensingIntent | None) -> Evidence:
    """Read a switch as far as its regime goes; no probe is sent.

    Raises:
        CommandRejected, ParseError: facts, clock or licence status could not be read.
        SessionError.
    """
    state = read_state(session, intent=intent)
    if state.regime not in {Regime.SMART_LICENSING, Regime.USING_POLICY}:
        return Evidence(state=state)
    parts = _Parts(session)
    for each in state.not_read:
        source = _STATE_PARTS.get(each.partition(":")[0])
        if source is not None:
            parts.not_read[source] = each
    if state.regime is Regime.USING_POLICY:
        with session.ahead(*_COMMON):  # the statistics may be long, and are asked for alone
            evidence = _common(state, parts)
        return _with_policy(evidence, parts)
    virtual = state.platform is Platform.N7000
    with session.ahead(*_COMMON, _CERTIFICATES, *((_VDC,) if virtual else ())):
        evidence = _common(state, parts)
        certificates = parts.read(Source.CERTIFICATES, read_certificates)
        vdc = parts.read(Source.VDC, read_vdc) if virtual else None
    return replace(evidence, certificates=certificates, vdc=vdc)


def _common(state: SwitchState, parts: _Parts) -> Evidence:
    contexts = parts.read(Source.VRFS, read_vrfs)
    globally = parts.read(Source.NAME_SERVERS, _read_global_servers)
    if contexts is None:
        parts.not_read[Source.NAME_SERVERS] = parts.not_read[Source.VRFS]
    return Evidence(
        state=state,
        vrfs=None if contexts is None else frozenset(each.name for each in contexts.vrfs),
        name_servers=None
        if contexts is None or globally is None
        else _together(contexts, globally),
        domain_lookup=parts.read(Source.DOMAIN_LOOKUP, read_domain_lookup),
        ntp=parts.read(Source.NTP, read_ntp),
        not_read=parts.not_read,
    )


def _with_policy(evidence: Evidence, parts: _Parts) -> Evidence:
    """With what only Smart Licensing Using Policy has."""
    if Source.TRANSPORT in parts.not_read:
        parts.not_read[Source.POLICY] = parts.not_read[Source.TRANSPORT]
    running, startup = evidence.state.transport, evidence.state.saved
    return replace(
        evidence,
        policy=running.policy if running else None,
        policy_saved=startup.policy if startup else None,
        exchanges=parts.read(Source.EXCHANGES, require_exchanges),
    )


def _together(*found: VrfContexts) -> tuple[tuple[str, tuple[str, ...]], ...]:
    servers: dict[str, tuple[str, ...]] = {}
    for each in (vrf for contexts in found for vrf in contexts.vrfs):
        if each.name_servers:
            servers[each.name] = (*servers.get(each.name, ()), *each.name_servers)
    return tuple(sorted(servers.items()))


def _read_global_servers(session: Session) -> VrfContexts:
    return parse('show running-config | include "^ip name-server"', session.show(_SERVERS))


def read_domain_lookup(session: Session) -> bool:
    """Whether the switch looks names up; it does unless `no ip domain-lookup` is configured.

    Raises:
        ParseError: the filtered configuration holds another line.
    """
    text = session.show(_LOOKUP)
    lines = {line.strip() for line in text.splitlines() if line.strip()}
    if not lines <= {"ip domain-lookup", "no ip domain-lookup"}:
        raise errors.ParseError(f"`{_LOOKUP}`: another line is there", command=_LOOKUP, text=text)
    return "no ip domain-lookup" not in lines


def read_ntp(session: Session) -> NtpPeers:
    """`show ntp peer-status`."""
    return parse("show ntp peer-status", session.show(_NTP))


def read_certificates(session: Session) -> CaCertificates:
    """`show crypto ca certificates`."""
    return parse("show crypto ca certificates", session.show(_CERTIFICATES))


def read_vdc(session: Session) -> Vdc:
    """`show vdc current-vdc`."""
    return parse("show vdc current-vdc", session.show(_VDC))
