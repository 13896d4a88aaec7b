"""The show commands that are read, as they are typed, and which of them are asked together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nxsl.core.policy_records import PolicyMode
from nxsl.core.ways import Part

if TYPE_CHECKING:
    from nxsl.core.intent import LicensingIntent

Config = Literal["running-config", "startup-config"]

STARTUP: Config = "startup-config"

STATUS = "show license status"
CLOCK = "show clock"
"""Asked last where several are asked in one go: the time here is taken when they are read."""
USAGE = "show license usage"
EXCHANGES = "show license tech support"
VERSION = "show version"
HOST_ID = "show license host-id"


def transport_commands(
    *, policy: bool, intent: LicensingIntent | None, of: Config = "running-config"
) -> tuple[str, ...]:
    """What `read_transport`, or `read_policy_transport`, is certain to ask."""
    first = [smart_lines(of)] if policy or of == "startup-config" else []
    if not policy or (intent is not None and intent.policy_mode is PolicyMode.CALLHOME):
        first.insert(0, callhome_lines(of))
    servers = [vrf_lines(of), name_server_lines(of)] if intent and intent.name_servers else []
    return (*first, http_lines(of), *servers)


def callhome_lines(of: Config) -> str:
    """The call-home block of a configuration."""
    return f"show {of} callhome"


def smart_lines(of: Config) -> str:
    """Its `license smart` lines."""
    return f'show {of} | include "license smart"'


def http_lines(of: Config) -> str:
    """Its lines of the HTTP client's source."""
    return f'show {of} | include "ip http source-interface"'


def vrf_lines(of: Config) -> str:
    """Its VRF contexts."""
    return f'show {of} | section "vrf context"'


def name_server_lines(of: Config) -> str:
    """Its global name servers."""
    return f'show {of} | include "^ip name-server"'


def state_commands(reads: frozenset[Part], intent: LicensingIntent | None) -> tuple[str, ...]:
    """What is certain to be asked for these parts."""
    policy = Part.POLICY in reads
    return (
        *((STATUS,) if reads & {Part.STATUS, Part.POLICY} else ()),
        *((USAGE,) if Part.USAGE in reads else ()),
        *((HOST_ID,) if Part.HOST_ID in reads and Part.STATUS not in reads else ()),
        *(transport_commands(policy=policy, intent=intent) if Part.TRANSPORT in reads else ()),
        *(
            transport_commands(policy=policy, intent=intent, of="startup-config")
            if Part.SAVED in reads
            else ()
        ),
    )
