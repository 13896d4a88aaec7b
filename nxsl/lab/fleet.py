"""Ready-made fleets: one for demonstrations with many a mishap, and healthy ones of any size."""

from __future__ import annotations

from datetime import timedelta

from nxsl.lab.backend import ON_PREM_URL, Answer, Backend
from nxsl.lab.faults import Drop, HostKeyChanged, Refuse, Reject
from nxsl.lab.network import NAME_SERVER, PROXY_HOST, Network
from nxsl.lab.spec import (
    CALLHOME_217965,
    CALLHOME_DIRECT,
    NETWORK_OPERATOR,
    UNREGISTERED,
    SwitchSpec,
    registered,
)

EMAIL = "sch-smart-licensing@cisco.com"
DIRECT: dict[str, object] = {"method": "direct", "vrf": "management", "email": EMAIL}
PROXY: dict[str, object] = {
    "method": "proxy",
    "vrf": "management",
    "email": EMAIL,
    "proxy": {"server": PROXY_HOST, "port": 8080},
}
ON_PREM: dict[str, object] = {
    "method": "on-prem",
    "vrf": "management",
    "email": EMAIL,
    "url": ON_PREM_URL,
}
BEHIND_PROXY = Network(proxy_required=True)

_RELEASES = ("9.3(4)", "9.3(3)", "9.3(8)", "9.3(15)", "10.1(1)", "9.3(6)")

# The places among 50 switches where `fleet` is not healthy; none of them is behind the proxy.
_REGISTERED = frozenset({20, 40})
_NAMELESS = 11
_UNANSWERED = 27


def _backend(seconds: float, answer: Answer = Answer.GOOD) -> Backend:
    return Backend(
        answer=answer, register_latency=seconds, authorize_latency=1.5, renew_latency=3.0
    )


def demo_fleet() -> list[SwitchSpec]:
    """Give 24 switches of mixed releases and methods, 13 of which come out well.

    The latencies make an onboarding of the whole fleet with 24 workers last 20 to 30 seconds.
    """
    return [*_healthy(), *_known(), *_refused(), *_failing(), *_broken_sessions()]


def _healthy() -> list[SwitchSpec]:
    """Give the switches that only wait to be licensed; leaf06 is broken as in document 217965."""
    return [
        SwitchSpec(name="dc1-leaf01", site="dc1", intent=DIRECT, backend=_backend(3.0)),
        SwitchSpec(
            name="dc1-leaf02", site="dc1", release="9.3(3)", intent=DIRECT, backend=_backend(4.0)
        ),
        SwitchSpec(
            name="dc1-leaf03", site="dc1", release="9.3(8)", intent=DIRECT, backend=_backend(5.0)
        ),
        SwitchSpec(
            name="dc1-leaf04",
            site="dc1",
            release="10.1(1)",
            intent=DIRECT,
            callhome=CALLHOME_DIRECT,
            backend=_backend(3.5),
        ),
        SwitchSpec(
            name="dc1-leaf05",
            site="dc1",
            release="9.3(6)",
            intent=PROXY,
            network=BEHIND_PROXY,
            backend=_backend(4.0),
        ),
        SwitchSpec(
            name="dc1-leaf06",
            site="dc1",
            release="9.3(5)",
            callhome=CALLHOME_217965,
            config="ip http source-interface Vlan27",
            intent={**DIRECT, "source_interface": "mgmt0"},
            backend=_backend(4.5),
        ),
        SwitchSpec(
            name="dc1-spine01",
            site="dc1",
            function="spine",
            release="9.3(15)",
            intent=DIRECT,
            backend=_backend(14.0),
        ),
        SwitchSpec(
            name="dc1-spine02",
            site="dc1",
            function="spine",
            smart_enabled=False,
            name_servers=(),
            intent={**DIRECT, "name_servers": [NAME_SERVER]},
            backend=_backend(5.0),
        ),
        SwitchSpec(name="dc2-leaf01", site="dc2", intent=ON_PREM, backend=_backend(3.0)),
        SwitchSpec(
            name="dc2-leaf02", site="dc2", release="9.3(8)", intent=ON_PREM, backend=_backend(4.0)
        ),
        SwitchSpec(
            name="dc2-spine01",
            site="dc2",
            function="spine",
            release="10.1(1)",
            intent=ON_PREM,
            backend=_backend(5.0),
        ),
    ]


def _known() -> list[SwitchSpec]:
    """Give the switches that are registered already; the second one soon not any more."""
    return [
        SwitchSpec(
            name="dc2-leaf03",
            site="dc2",
            callhome=CALLHOME_DIRECT,
            intent=DIRECT,
            registration=registered(),
            backend=_backend(3.0),
        ),
        SwitchSpec(
            name="dc2-leaf04",
            site="dc2",
            callhome=CALLHOME_DIRECT,
            intent=DIRECT,
            registration=registered(
                ago=timedelta(days=360),
                renewal=timedelta(hours=-6),
                renewal_failure="Communication message send error",
                next_renewal=timedelta(minutes=9),
                expires=timedelta(days=5),
                authorized=timedelta(days=-28),
                communication=timedelta(days=-28),
                next_communication=timedelta(days=2),
                deadline=timedelta(days=62),
            ),
            backend=_backend(3.0),
        ),
    ]


def _refused() -> list[SwitchSpec]:
    """Give the switches that classic smart licensing cannot or may not be set up on."""
    return [
        SwitchSpec(name="dc2-leaf05", site="dc2", release="9.2(3)", intent=DIRECT),
        SwitchSpec(name="dc2-leaf06", site="dc2", release="10.3(6)", intent=DIRECT),
        SwitchSpec(name="dc3-leaf01", site="dc3", role=NETWORK_OPERATOR, intent=DIRECT),
    ]


def _failing() -> list[SwitchSpec]:
    """Give the switches whose registration goes wrong although all is done as it should be."""
    return [
        SwitchSpec(
            name="dc3-leaf02",
            site="dc3",
            intent=DIRECT,
            backend=_backend(4.0, Answer.OUT_OF_COMPLIANCE),
        ),
        SwitchSpec(
            name="dc3-leaf03", site="dc3", intent=DIRECT, backend=_backend(5.0, Answer.UNREACHABLE)
        ),
        SwitchSpec(
            name="dc3-leaf04",
            site="dc3",
            release="9.3(3)",
            intent=DIRECT,
            backend=_backend(8.0, Answer.USED_UP_TOKEN),
        ),
        SwitchSpec(name="dc3-leaf05", site="dc3", name_servers=(), intent=DIRECT),
    ]


def _broken_sessions() -> list[SwitchSpec]:
    """Give the switches that cannot be talked to properly."""
    return [
        SwitchSpec(name="dc3-leaf06", site="dc3", intent=DIRECT, faults=(Refuse(),)),
        SwitchSpec(name="dc3-leaf07", site="dc3", intent=DIRECT, faults=(HostKeyChanged(),)),
        SwitchSpec(
            name="dc3-leaf08",
            site="dc3",
            intent=DIRECT,
            faults=(Drop(line=r"transport http use-vrf", when="after"),),
        ),
        SwitchSpec(
            name="dc3-border01",
            site="dc3",
            function="border",
            intent=DIRECT,
            faults=(Reject(line=r"^\s*destination-profile .* http ", occurrence=None, caret=40),),
        ),
    ]


def fleet(n: int) -> list[SwitchSpec]:
    """Give a fleet of any size, always the same: six releases, three methods, few mishaps.

    Of every 50 switches two are registered already, one has no name server and one's licence
    server does not answer; the others only wait to be licensed. Registering takes less than a
    second.

    Args:
        n: How many switches.
    """
    return [_one_of_many(number) for number in range(1, n + 1)]


def _one_of_many(number: int) -> SwitchSpec:
    intent = (DIRECT, PROXY, ON_PREM, DIRECT)[number % 4]
    place = number % 50
    known = place in _REGISTERED
    return SwitchSpec(
        name=f"sw{number:04d}",
        release=_RELEASES[number % len(_RELEASES)],
        site=f"site{number % 5 + 1}",
        function="spine" if number % 10 == 0 else "leaf",
        intent=DIRECT if known else intent,
        network=BEHIND_PROXY if intent is PROXY else Network(),
        callhome=CALLHOME_DIRECT if known else "",
        registration=registered() if known else UNREGISTERED,
        name_servers=() if place == _NAMELESS else (NAME_SERVER,),
        backend=Backend(
            answer=Answer.UNREACHABLE if place == _UNANSWERED else Answer.GOOD,
            register_latency=0.2 + number % 7 / 10,
        ),
    )
