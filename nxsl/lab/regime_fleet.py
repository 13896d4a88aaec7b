"""A fleet with one switch for each row of the regime table, and for each licensing state.

The first half goes by platform and release, with a switch on both sides of every border; the second
by the state a switch of each regime may be in.
"""

from __future__ import annotations

from datetime import timedelta

from nxsl.lab.policy_spec import NEVER_TRUSTED, PolicyState, never_reported, reporting
from nxsl.lab.spec import (
    CALLHOME_DIRECT,
    EVALUATION_EXPIRED,
    RESERVED,
    License,
    Registration,
    SwitchSpec,
    out_of_compliance,
    registered,
)

N3016 = "Nexus3000 C3016Q"
N3064 = "Nexus3000 C3064PQ"
N3550T = "Nexus 3550-T"
N5596 = 'Nexus 5596 Chassis ("O2 48X10GE/Modular Supervisor")'
N6001 = 'Nexus 6001 Chassis ("Nexus 64 Supervisor")'
N7009 = 'Nexus7000 C7009 (9 Slot) Chassis ("Supervisor Module-2")'
MDS_9148S = 'MDS 9148S 16G 48 FC (1 Slot) Chassis ("2/4/8/16 Gbps FC/Supervisor")'
UNHEARD_OF = "Nexus2999 C2999XQ"

# Name, release, chassis words; without the latter the release chooses a Nexus 9000 or its kin.
_ROWS: tuple[tuple[str, str, str], ...] = (
    ("n9k-7-0-3-i7-2", "7.0(3)I7(2)", ""),
    ("n9k-9-3-2", "9.3(2)", ""),
    ("n9k-9-3-3", "9.3(3)", ""),
    ("n9k-9-3-6", "9.3(6)", ""),
    ("n9k-10-1-2", "10.1(2)", ""),
    ("n9k-10-2-1", "10.2(1)", ""),
    ("n9k-10-4-5", "10.4(5)", ""),
    ("n3k-9-3-15", "9.3(15)", "Nexus3000 C3232C"),
    ("n3k-10-3-6", "10.3(6)", "Nexus3000 C3232C"),
    ("n3016-7-0-3-i7-9", "7.0(3)I7(9)", N3016),
    ("n3064-9-3-5", "9.3(5)", N3064),
    ("n3064-10-2-3", "10.2(3)", N3064),
    ("n3k-6-0-2-u6", "6.0(2)U6(10)", ""),
    ("n3550t-10-2-3t", "10.2(3t)", N3550T),
    ("n5k-7-1-4", "7.1(4)N1(1)", N5596),
    ("n6k-7-3-8", "7.3(8)N1(1)", N6001),
    ("n7k-7-3-2", "7.3(2)D1(1)", N7009),
    ("n7k-8-0-1", "8.0(1)", N7009),
    ("n7k-8-1-1", "8.1(1)", N7009),
    ("n7k-8-4-2", "8.4(2)", N7009),
    ("mds-8-4-2b", "8.4(2b)", MDS_9148S),
    ("mds-9-2-1", "9.2(1)", MDS_9148S),
    ("mds-9-2-2", "9.2(2)", MDS_9148S),
    ("aci-15-3-2b", "15.3(2b)", ""),
    ("unknown-9-3-5", "9.3(5)", UNHEARD_OF),
)

_INSTALLED = License(installed=True)
_UNLICENSED = License(tag="SECURITY_PKG", description="Security license", grace="Grace 119D 22H")
_EXPIRED = License(
    tag="NETWORK_SERVICES_PKG", description="Network services license", grace="Grace expired"
)
_DATED = License(
    tag="VPN_FABRIC", description="VPN fabric license", installed=True, expiry="08 Oct 2027"
)

_TRADITIONAL: tuple[tuple[str, tuple[License, ...]], ...] = (
    ("pak-licensed", (_INSTALLED, _DATED)),
    ("pak-grace", (_INSTALLED, _UNLICENSED)),
    ("pak-grace-expired", (_INSTALLED, _EXPIRED)),
    ("pak-missing", (License(installed=True, missing=True),)),
    ("pak-unused", ()),
)

AUTHORIZATION_EXPIRED = registered(
    ago=timedelta(days=200),
    authorization="AUTH EXPIRED",
    authorized=timedelta(days=-10),
    communication=timedelta(days=-1),
    communication_failure="Communication message send error",
    next_communication=timedelta(hours=1),
    deadline=timedelta(days=-10),
)
REGISTRATION_EXPIRED = Registration(
    state="UNREGISTERED - REGISTRATION EXPIRED",
    initial=timedelta(days=-400),
    renewal=timedelta(days=-35),
    renewal_failure="Communication message send error",
    next_renewal=timedelta(days=1),
    expires=timedelta(days=-35),
    authorization="EVAL EXPIRED",
    evaluation_left=timedelta(0),
)
REGISTRATION_FAILED = Registration(
    state="UNREGISTERED - REGISTRATION FAILED",
    initial=timedelta(hours=-3),
    initial_failure="Fail to send out Call Home HTTP message",
)

_SMART: tuple[tuple[str, Registration], ...] = (
    ("sl-authorized", registered()),
    ("sl-eval", Registration()),
    ("sl-eval-expired", EVALUATION_EXPIRED),
    ("sl-out-of-compliance", out_of_compliance()),
    ("sl-auth-expired", AUTHORIZATION_EXPIRED),
    ("sl-registration-failed", REGISTRATION_FAILED),
    ("sl-registration-expired", REGISTRATION_EXPIRED),
    ("sl-reserved", RESERVED),
)


def regime_fleet() -> list[SwitchSpec]:
    """Give a switch for each row of the regime table, both sides of each border, and each state."""
    return [*_by_release(), *_traditional(), *_smart(), *_policy()]


_SMART_TRANSPORT = "license smart transport smart"
_UNKNOWN_WORD = License(status="BLESSED")
_NOT_AUTHORIZED = License(status="NOT AUTHORIZED")

_POLICY: tuple[tuple[str, PolicyState, tuple[License, ...]], ...] = (
    ("slp-reporting", reporting(), (License(),)),
    ("slp-untrusted", NEVER_TRUSTED, (License(),)),
    ("slp-never-reported", never_reported(), (License(),)),
    (
        "slp-not-acknowledged",
        never_reported(last_report=timedelta(days=-2), next_report=timedelta(days=28)),
        (License(),),
    ),
    (
        "slp-ack-overdue",
        reporting(last_ack=timedelta(days=-91), ack_deadline=timedelta(days=-1)),
        (License(),),
    ),
    ("slp-report-overdue", reporting(next_report=timedelta(days=-3)), (License(),)),
    ("slp-idle", never_reported(), ()),
    ("slp-refused", reporting(), (_NOT_AUTHORIZED,)),
    ("slp-strange", reporting(), (_UNKNOWN_WORD,)),
)


def _policy() -> list[SwitchSpec]:
    """Give a switch for each state of Smart Licensing Using Policy."""
    found = [
        SwitchSpec(
            name=name, release="10.3(6)", config=_SMART_TRANSPORT, policy=state, licenses=licenses
        )
        for name, state, licenses in _POLICY
    ]
    carried = reporting(
        trusted=None, last_report=None, next_report=None, last_file_write=timedelta(days=-9)
    )
    by_file = SwitchSpec(
        name="slp-by-file", release="10.3(6)", config="license smart transport off", policy=carried
    )
    return [*found, by_file]


def _by_release() -> list[SwitchSpec]:
    found = [
        SwitchSpec(name=name, release=release, chassis=chassis) for name, release, chassis in _ROWS
    ]
    tenant = SwitchSpec(name="n7k-8-1-1-tenant", release="8.1(1)", chassis=N7009, vdc=(3, "tenant"))
    return [*found, tenant]


def _traditional() -> list[SwitchSpec]:
    """Give a switch for each state of its licence files."""
    return [
        SwitchSpec(name=name, release="9.2(3)", licenses=licenses)
        for name, licenses in _TRADITIONAL
    ]


def _smart() -> list[SwitchSpec]:
    """Give a switch for each state of classic smart licensing."""
    found = [
        SwitchSpec(name=name, callhome=CALLHOME_DIRECT, registration=state)
        for name, state in _SMART
    ]
    unregistered = SwitchSpec(name="sl-unregistered")
    off = SwitchSpec(name="sl-off", smart_enabled=False)
    idle = SwitchSpec(
        name="sl-idle",
        callhome=CALLHOME_DIRECT,
        licenses=(),
        registration=registered(authorization="NO LICENSES IN USE"),
    )
    return [*found, unregistered, off, idle]
