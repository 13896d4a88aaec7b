"""`configure_transport` under Smart Licensing Using Policy, over real SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.lab import (
    Ignore,
    Reject,
)
from nxsl.lab.network import PROXY_HOST
from nxsl.tasks import configure_transport
from tests.conftest import DIRECT, Fleet
from tests.tasks.policy_switches import (
    ON_PREM,
    ON_PREM_URL,
    PROXY,
    SMART,
    policy,
    sent,
)

if TYPE_CHECKING:
    from collections.abc import Callable


CONFIGURATIONS = [
    ({"intent": DIRECT, "config": ""}, ("license smart transport smart",)),
    (
        {"intent": PROXY, "config": ""},
        (
            f"license smart proxy address {PROXY_HOST}",
            "license smart proxy port 8080",
            "license smart transport smart",
        ),
    ),
    ({"intent": ON_PREM, "config": ""}, (f"license smart url cslu {ON_PREM_URL}",)),
    (
        {"intent": {"policy": {"transport": "cslu", "url": "http://192.0.2.20:8182/cslu/v1/pi"}}},
        (
            "license smart url cslu http://192.0.2.20:8182/cslu/v1/pi",
            "license smart transport cslu",
        ),
    ),
    ({"intent": {"policy": {"transport": "off"}}}, ("license smart transport off",)),
    (
        {"intent": {"policy": {"transport": "callhome"}}, "callhome": ""},
        (
            "email-contact sch-smart-licensing@cisco.com",
            "destination-profile CiscoTAC-1 transport-method http",
            "destination-profile CiscoTAC-1 http "
            "https://tools.cisco.com/its/service/oddce/services/DDCEService",
            "transport http use-vrf management",
            "enable",
            "license smart transport callhome",
        ),
    ),
    (
        {"intent": {"vrf": "blue"}, "config": f"vrf context blue\n{SMART}"},
        ("license smart vrf blue",),
    ),
    (
        {"intent": DIRECT, "config": f"{SMART}\nlicense smart proxy address old.example.com"},
        ("no license smart proxy address",),
    ),
]


@pytest.mark.parametrize(("changes", "lines"), CONFIGURATIONS)
def test_the_difference_is_written_read_back_and_saved(
    fleet: Callable[..., Fleet], changes: dict[str, Any], lines: tuple[str, ...]
) -> None:
    run = fleet(policy(**changes))
    planned = run.result(configure_transport, dry_run=True)
    assert planned.result.outcome is Outcome.PLANNED
    assert sent(run) == []
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.CHANGED_OK, str(result.result)
    assert tuple(line.strip() for line in run.lab["leaf1"].config_lines) == lines
    assert result.diff == planned.diff
    assert run.lab["leaf1"].saved
    before = len(sent(run))
    again = run.result(configure_transport)
    assert again.result.outcome is Outcome.ALREADY_OK
    assert not again.changed
    assert len(sent(run)) == before


@pytest.mark.parametrize(("changes", "lines"), CONFIGURATIONS[:4])
def test_a_refused_line_takes_everything_back(
    fleet: Callable[..., Fleet], changes: dict[str, Any], lines: tuple[str, ...]
) -> None:
    run = fleet(policy(**changes, faults=(Reject(line=f"^{lines[-1]}"),)))
    before = run.lab["leaf1"].running_config
    result = run.result(configure_transport)
    assert result.result.outcome in {Outcome.ROLLED_BACK, Outcome.FAILED_CLEAN}
    assert result.result.reason == "command-rejected"
    assert not result.changed
    assert run.lab["leaf1"].running_config == before


def test_a_line_without_effect_is_noticed(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(config="", faults=(Ignore(line="^license smart transport"),)))
    result = run.result(configure_transport)
    assert result.result.reason == "not-applied"
    assert "+license smart transport smart" not in result.diff


@pytest.mark.parametrize(
    ("release", "warned"), [("10.2(3)", True), ("10.3(6)", False), ("10.4(5)", False)]
)
def test_a_vrf_that_the_release_does_not_know_is_warned_of(
    fleet: Callable[..., Fleet], release: str, *, warned: bool
) -> None:
    intent = {"vrf": "blue"}
    run = fleet(policy(release=release, intent=intent, config=f"vrf context blue\n{SMART}"))
    detail = run.result(configure_transport, dry_run=True).result.detail
    assert ("VRF management only" in detail) == warned


def test_on_prem_without_its_url_is_refused_and_named(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(intent={key: ON_PREM[key] for key in ("method", "url")}))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.REFUSED
    assert "licensing.policy.url" in result.result.detail
    assert "/cslu/v1/pi/" in result.result.remedy
    assert sent(run) == []
