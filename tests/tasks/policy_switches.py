"""Switches with Smart Licensing Using Policy, and what was sent to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nxsl.core.secret import Token
from nxsl.lab import (
    CLOUD_TOKEN,
    Backend,
)
from nxsl.lab.network import PROXY_HOST
from nxsl.tasks import Patience, register
from tests.conftest import PATIENCE, Fleet, switch

if TYPE_CHECKING:
    from nornir.core.task import Result

    from nxsl.lab import SwitchSpec

SMART = "license smart transport smart"
ON_PREM_URL = "https://ssm.example.net/cslu/v1/pi/example-1"
ON_PREM = {
    "method": "on-prem",
    "url": "https://ssm.example.net/Transportgateway/services/DeviceRequestHandler",
    "policy": {"url": ON_PREM_URL},
}
PROXY = {"method": "proxy", "proxy": {"server": PROXY_HOST, "port": 8080}}
SHORT = Patience(deadline=0.6, first_pause=0.05)


def quick(**changes: Any) -> Backend:
    """A backend that answers soon."""
    usual = {"register_latency": 0.05, "report_latency": 0.05, "ack_latency": 0.05}
    return Backend(**{**usual, **changes})


def policy(name: str = "leaf1", **changes: Any) -> SwitchSpec:
    """A switch of a release with that regime, its transport set up."""
    usual = {"release": "10.3(6)", "config": SMART, "backend": quick()}
    return switch(name, **{**usual, **changes})


def trust(run: Fleet, token: str = CLOUD_TOKEN, **operands: Any) -> Result:
    """Run `register` with a token."""
    return run.result(register, token=Token(token), **{"patience": PATIENCE, **operands})


def sent(run: Fleet, host: str = "leaf1") -> list[str]:
    """What was sent beside show commands and the preparation of the terminal."""
    return [line for line in run.lab[host].commands if not line.startswith(("show ", "terminal "))]
