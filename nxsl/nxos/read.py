"""Reads a switch's state: which commands, in which order, for what."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timezone
from typing import TYPE_CHECKING, TypeVar

from nxsl.core import errors
from nxsl.core.policy_records import Exchanges, PolicyMode, PolicyStatus, PolicyTransport
from nxsl.core.records import CallHome, LicenseStatus, PakUsage
from nxsl.core.regime import Platform, platform_of
from nxsl.core.state import SwitchState, is_utc, zone_of
from nxsl.core.transport import Transport
from nxsl.core.ways import Part, way_of
from nxsl.nxos.commands import (
    CLOCK,
    EXCHANGES,
    HOST_ID,
    STATUS,
    USAGE,
    VERSION,
    Config,
    callhome_lines,
    http_lines,
    name_server_lines,
    smart_lines,
    state_commands,
    vrf_lines,
)
from nxsl.nxos.parse import NO_ZONES, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta, tzinfo

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.records import (
        Clock,
        DeviceFacts,
        HttpClient,
        LicenseUsage,
        VrfContexts,
    )
    from nxsl.nxos.session import Session

T = TypeVar("T")

# What a switch prints that was never saved, or whose configuration was erased (recalled).
_NEVER_SAVED = re.compile(r"^ *no startup.?config", re.IGNORECASE | re.MULTILINE)


def read_facts(session: Session) -> DeviceFacts:
    """Hostname, model, serial, release; on a Nexus 7000 also the session's VDC."""
    facts = parse("show version", session.show(VERSION))
    if platform_of(facts) is not Platform.N7000:
        return facts
    try:
        vdc = parse("show vdc current-vdc", session.show("show vdc current-vdc"))
    except errors.CommandRejected:
        return facts  # a note only, and a user's role may hide it
    return replace(facts, vdc=str(vdc))


def read_clock(session: Session, *, timeout: float | None = None) -> tuple[Clock, datetime]:
    """The switch's clock, and this machine's time (UTC) right after."""
    clock = parse("show clock", session.show(CLOCK, timeout=timeout))
    return clock, datetime.now(UTC)


def read_status(session: Session, *, timeout: float | None = None) -> LicenseStatus:
    """`show license status`; a switch on which the command does not exist has it disabled.

    A command whose feature is off is an invalid one on NX-OS, so `show feature` has the last word.
    """
    try:
        text = session.show(STATUS, timeout=timeout)
    except errors.PermissionDenied:
        raise
    except errors.CommandRejected:
        features = parse("show feature", session.show("show feature", timeout=timeout))
        if any(name.replace("_", "-").startswith(_FEATURES) for name in features.enabled):
            raise
        return LicenseStatus(enabled=False)
    return _of_form(LicenseStatus, session, text, timeout)


def read_policy_status(session: Session, *, timeout: float | None = None) -> PolicyStatus:
    """`show license status` of a switch with Smart Licensing Using Policy."""
    text = session.show(STATUS, timeout=timeout)
    return _of_form(PolicyStatus, session, text, timeout)


def require_exchanges(session: Session, *, timeout: float | None = None) -> Exchanges:
    """`show license tech support`: the statistics of the agent's messages.

    Raises:
        CommandRejected, ParseError: the switch does not show them, or not readably.
        SessionError.
    """
    text = session.show(EXCHANGES, timeout=timeout)
    return _in_its_zone(
        session,
        lambda zones: parse("show license tech support", text, zones=zones),
        timeout=timeout,
    )


def read_exchanges(session: Session, *, timeout: float | None = None) -> Exchanges | None:
    """The same; None where the switch does not show them readably.

    They only say why something failed, so without them less is known and nothing is wrong.
    """
    try:
        return require_exchanges(session, timeout=timeout)
    except (errors.CommandRejected, errors.ParseError):
        return None


def _of_form(form: type[T], session: Session, text: str, timeout: float | None) -> T:
    """Read a status, and refuse that of the other regime."""
    status = _in_its_zone(
        session, lambda zones: parse("show license status", text, zones=zones), timeout=timeout
    )
    if not isinstance(status, form):
        raise errors.ParseError(
            "`show license status`: this is the status of the other way of Smart Licensing",
            command="show license status",
            text=text,
        )
    return status


def _in_its_zone(
    session: Session,
    read: Callable[[Mapping[str, tzinfo]], T],
    *,
    timeout: float | None = None,
) -> T:
    """Read dates as UTC and, where that fails, in the zone that the switch's clock shows."""
    try:
        return read(NO_ZONES)
    except errors.ParseError:
        zones = _zones(session, timeout)
        if not zones:
            raise
        return read(zones)


def _zones(session: Session, timeout: float | None) -> Mapping[str, tzinfo]:
    """What the zone names of a switch mean whose clock does not run in UTC; empty for UTC.

    The agent prints its dates in the switch's zone, in summer under another name than in winter.
    """
    if session.zones is None:
        clock, read_at = read_clock(session, timeout=timeout)
        session.zones = {} if is_utc(clock) else _AnyName(zone_of(clock, read_at))
    return session.zones


def zone_ahead(session: Session) -> timedelta | None:
    """What the zone of a session's dates was taken for; None for UTC, or where none was needed."""
    return session.zones.zone.utcoffset(None) if isinstance(session.zones, _AnyName) else None


def assume_zone(session: Session, ahead: timedelta | None) -> None:
    """Read dates as an earlier session did: they must not move when the clock is corrected."""
    if ahead is not None:
        session.zones = _AnyName(timezone(ahead))


class _AnyName(dict[str, "tzinfo"]):
    """A mapping in which every name of a zone means the same."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self.zone = zone

    def __contains__(self, _name: object) -> bool:
        return True

    def __getitem__(self, _name: str) -> tzinfo:
        return self.zone

    def __bool__(self) -> bool:
        return True


_FEATURES = ("license-smart", "smart-license")


def read_usage(session: Session) -> LicenseUsage | PakUsage:
    """`show license usage`."""
    text = session.show(USAGE)
    return _in_its_zone(session, lambda zones: parse("show license usage", text, zones=zones))


def read_transport(
    session: Session,
    *,
    smart_enabled: bool,
    intent: LicensingIntent | None,
    of: Config = "running-config",
) -> Transport:
    """The lines that decide how the agent of classic Smart Licensing reaches its backend.

    Args:
        session: the switch.
        smart_enabled: what `show license status` says.
        intent: name servers are read only where it names some; else nothing depends on them.
        of: which configuration.
    """
    call_home = _call_home(session, of)
    if call_home is None:
        return Transport(smart_enabled=False, call_home=CallHome())
    if of == "startup-config":
        smart_enabled = _is_smart_saved(session, enabled=smart_enabled)
    transport = Transport(smart_enabled=smart_enabled, call_home=call_home)
    return _with_surroundings(transport, session, intent, of)


def read_policy_transport(
    session: Session, *, intent: LicensingIntent | None, of: Config = "running-config"
) -> Transport:
    """The lines that decide how reports travel under Smart Licensing Using Policy.

    Call home is read only where it is, or is to be, the transport.
    """
    text = session.show(smart_lines(of), verbatim=True)
    if of == "startup-config" and _NEVER_SAVED.search(text):
        return Transport(smart_enabled=True, call_home=CallHome(), policy=PolicyTransport())
    policy = parse('show running-config | include "license smart"', text).transport
    modes = {policy.mode, intent.policy_mode if intent else policy.mode}
    call_home = _call_home(session, of) if PolicyMode.CALLHOME in modes else None
    transport = Transport(smart_enabled=True, call_home=call_home or CallHome(), policy=policy)
    return _with_surroundings(transport, session, intent, of)


def _call_home(session: Session, of: Config) -> CallHome | None:
    """The call-home configuration; None where nothing was ever saved."""
    text = session.show(callhome_lines(of), verbatim=True)
    if of == "startup-config" and _NEVER_SAVED.search(text):
        return None
    return parse("show running-config callhome", text)  # the startup one prints the same


def _with_surroundings(
    transport: Transport, session: Session, intent: LicensingIntent | None, of: Config
) -> Transport:
    client = _http_client(session, of)
    wanted = intent is not None and bool(intent.name_servers)
    servers = _name_servers(session, of) if wanted else {}
    return replace(
        transport,
        source_interface=client.source_interface,
        source_vrf=client.vrf,
        name_servers=tuple(sorted(servers.items())),
    )


def _is_smart_saved(session: Session, *, enabled: bool) -> bool:
    """Whether the startup configuration has Smart Licensing on.

    Where neither configuration shows a line although it is on, this release shows none (that some
    do not is to be confirmed), and nothing can be missing.
    """
    if _shows_smart(session, "startup-config"):
        return True
    return enabled and not _shows_smart(session, "running-config")


def _shows_smart(session: Session, of: Config) -> bool:
    found = parse(
        'show running-config | include "license smart"',
        session.show(smart_lines(of)),
    )
    return found.enabled


def read_reservation_line(session: Session, of: Config = "running-config") -> bool:
    """Whether a configuration has `license smart reservation`."""
    text = session.show(smart_lines(of))
    if of == "startup-config" and _NEVER_SAVED.search(text):
        return False
    return parse('show running-config | include "license smart"', text).reservation


def _http_client(session: Session, of: Config) -> HttpClient:
    return parse(
        'show running-config | include "ip http source-interface"',
        session.show(http_lines(of)),
    )


def read_vrfs(session: Session, of: Config = "running-config") -> VrfContexts:
    """The VRFs that are configured."""
    return parse(
        'show running-config | section "vrf context"',
        session.show(vrf_lines(of)),
    )


def _name_servers(session: Session, of: Config) -> dict[str, tuple[str, ...]]:
    """The name servers by VRF: those of the VRF contexts, and the global lines."""
    contexts = read_vrfs(session, of)
    globally = parse(
        'show running-config | include "^ip name-server"',
        session.show(name_server_lines(of)),
    )
    servers: dict[str, tuple[str, ...]] = {}
    for each in (*contexts.vrfs, *globally.vrfs):
        if each.name_servers:
            servers[each.name] = (*servers.get(each.name, ()), *each.name_servers)
    return servers


def read_state(session: Session, *, intent: LicensingIntent | None) -> SwitchState:
    """Everything that `verify` looks at; only what the switch's regime knows is asked for.

    What a switch does not show, or shows in a way that cannot be read, is missing from the state
    and named in `not_read`; the rest is told all the same. Facts and status must be there.
    """
    with session.ahead(VERSION, CLOCK):
        facts = read_facts(session)
        clock, read_at = read_clock(session)
    with session.ahead(*state_commands(way_of(facts).reads, intent)):
        return _read_parts(session, facts, clock, read_at, intent)


def _read_parts(
    session: Session,
    facts: DeviceFacts,
    clock: Clock,
    read_at: datetime,
    intent: LicensingIntent | None,
) -> SwitchState:
    reads = way_of(facts).reads
    status = read_status(session) if Part.STATUS in reads else None
    policy = read_policy_status(session) if Part.POLICY in reads else None
    not_read: list[str] = []

    def part(name: Part, read: Callable[[], T], absent: T) -> T:
        if name not in reads:
            return absent
        try:
            return read()
        except (errors.CommandRejected, errors.ParseError) as error:
            not_read.append(f"{name}: {error.message}")
            return absent

    def transport(of: Config) -> Transport | None:
        if policy is not None:
            return read_policy_transport(session, intent=intent, of=of)
        enabled = status is not None and status.enabled
        return read_transport(session, smart_enabled=enabled, intent=intent, of=of)

    usage = part(Part.USAGE, lambda: read_usage(session), None)
    by_file = isinstance(usage, PakUsage)
    return SwitchState(
        facts=facts,
        read_at=read_at,
        clock=clock,
        status=status,
        policy=policy,
        usage=usage,
        host_id=part(Part.HOST_ID, lambda: read_host_id(session), "") if by_file else "",
        transport=part(Part.TRANSPORT, lambda: transport("running-config"), None),
        saved=part(Part.SAVED, lambda: transport("startup-config"), None),
        not_read=tuple(not_read),
    )


def read_host_id(session: Session) -> str:
    """What licence files (PAK) of this switch are made out to."""
    return parse("show license host-id", session.show(HOST_ID)).host_id
