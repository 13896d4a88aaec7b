"""`probe_backend`: the way that reports will take, tried before the upgrade, over real SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.lab import Network, Reject
from nxsl.lab.network import PROXY_HOST, SMART_RECEIVER
from nxsl.lab.spec import NETWORK_OPERATOR
from nxsl.tasks import probe_backend
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable

PROXY = {"method": "proxy", "proxy": {"server": PROXY_HOST, "port": 8080}}
ON_PREM = {
    "method": "on-prem",
    "url": "https://ssm.example.net/Transportgateway/services/DeviceRequestHandler",
    "policy": {"url": "https://ssm.example.net/cslu/v1/pi/example-1"},
}
SHORT: dict[str, Any] = {"telnet_seconds": 1.0, "ping_seconds": 1.0}


@pytest.mark.parametrize(
    ("changes", "reachable", "typed"),
    [
        ({}, True, f"telnet {SMART_RECEIVER} 443 vrf management"),
        (
            {
                "network": Network(unreachable=(SMART_RECEIVER,)),
                "telnet_seconds": 0.1,
                "ping_seconds": 0.1,
            },
            False,
            f"telnet {SMART_RECEIVER} 443 vrf management",
        ),
        ({"name_servers": ()}, False, f"telnet {SMART_RECEIVER} 443 vrf management"),
        ({"intent": PROXY}, True, f"telnet {PROXY_HOST} 8080 vrf management"),
        ({"intent": ON_PREM}, True, "telnet ssm.example.net 443 vrf management"),
        ({"role": NETWORK_OPERATOR}, True, f"telnet {SMART_RECEIVER} 443 vrf management"),
        (
            {"faults": (Reject(line="^telnet"),)},
            None,
            f"telnet {SMART_RECEIVER} 443 vrf management",
        ),
        ({"intent": {"policy": {"transport": "off"}}}, None, ""),
    ],
)
def test_the_way_is_tried_and_nothing_is_changed(
    fleet: Callable[..., Fleet], changes: dict[str, Any], *, reachable: bool | None, typed: str
) -> None:
    run = fleet(switch(**changes))
    result = run.result(probe_backend, **SHORT)
    assert result.result.outcome is Outcome.READ
    assert not result.changed
    assert result.result.reachable is reachable
    assert [line for line in run.lab["leaf1"].commands if line.startswith("telnet")] == (
        [typed] if typed else []
    )
    assert run.lab["leaf1"].config_lines == ()


def test_a_host_without_intent_is_refused(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(intent=None))
    assert run.result(probe_backend).result.outcome is Outcome.REFUSED
    assert run.lab["leaf1"].connections == 0
