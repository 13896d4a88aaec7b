"""Every configuration and case of cisco.com document 217965, from bad to good, over real SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nxsl import Token
from nxsl.core.outcome import Outcome
from nxsl.lab import (
    CALLHOME_217965,
    CALLHOME_DIRECT,
    CALLHOME_ON_PREM,
    CALLHOME_PROXY,
    CLOUD_URL,
    ON_PREM_URL,
    Network,
)
from nxsl.tasks import configure_transport, register, verify
from tests.conftest import DIRECT, PATIENCE, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable

PROXY = {
    "method": "proxy",
    "vrf": "management",
    "proxy": {"server": "proxy.example.com", "port": 8080},
}
ON_PREM = {"method": "on-prem", "vrf": "management", "url": ON_PREM_URL}

# The three blocks of the document's page, below `callhome`.
DIRECT_BLOCK = (
    "email-contact sch-smart-licensing@cisco.com",
    "destination-profile CiscoTAC-1 transport-method http",
    f"destination-profile CiscoTAC-1 index 1 http {CLOUD_URL}",
    "transport http use-vrf management",
    "enable",
)
PROXY_BLOCK = (
    *DIRECT_BLOCK[:3],
    "transport http proxy server proxy.example.com port 8080",
    "transport http use-vrf management",
    "transport http proxy enable",
    "enable",
)
ON_PREM_BLOCK = (
    *DIRECT_BLOCK[:2],
    f"destination-profile CiscoTAC-1 index 1 http {ON_PREM_URL}",
    *DIRECT_BLOCK[3:],
)


def tokens(run: Fleet) -> dict[str, Any]:
    """The operands of a registration."""
    return {"token": Token(token_value()), "patience": PATIENCE}


@pytest.mark.parametrize(
    ("intent", "block", "network"),
    [
        (DIRECT, DIRECT_BLOCK, Network()),
        (PROXY, PROXY_BLOCK, Network(proxy_required=True)),
        (ON_PREM, ON_PREM_BLOCK, Network()),
    ],
    ids=["direct", "proxy", "on-prem"],
)
def test_each_method_is_configured_registered_and_authorized(
    fleet: Callable[..., Fleet],
    intent: dict[str, Any],
    block: tuple[str, ...],
    network: Network,
) -> None:
    run = fleet(switch(intent=intent, network=network))
    assert run.result(configure_transport).result.outcome is Outcome.CHANGED_OK
    assert set(run.lab["leaf1"].running_callhome) == set(block)
    assert run.lab["leaf1"].startup_callhome == run.lab["leaf1"].running_callhome
    result = run.result(register, **tokens(run))
    assert result.result.outcome is Outcome.CHANGED_OK
    assert run.result(verify).result.findings == ()


def test_the_case_study_is_mended_with_the_documents_own_lines(
    fleet: Callable[..., Fleet],
) -> None:
    """The document's case: an http URL, no `enable`, and the wrong http source interface."""
    run = fleet(
        switch(
            release="9.3(5)",
            callhome=CALLHOME_217965,
            config="ip http source-interface Vlan27",
            intent={**DIRECT, "source_interface": "mgmt0"},
        )
    )
    codes = {each.code for each in run.result(verify).result.findings}
    assert {
        "http-destination",
        "call-home-not-enabled",
        "source-interface-outside-vrf",
        "unregistered",
    } <= codes
    assert run.result(register, **tokens(run)).result.outcome is Outcome.REFUSED
    assert run.result(configure_transport).result.outcome is Outcome.CHANGED_OK
    old = "http://tools.cisco.com/its/service/oddce/services/DDCEService"
    assert run.lab["leaf1"].config_lines == (
        "ip http source-interface mgmt0",
        f"no destination-profile CiscoTAC-1 index 1 http {old}",
        f"destination-profile CiscoTAC-1 http {CLOUD_URL}",
        "enable",
    )
    assert "phone-contact +919000000000" in run.lab["leaf1"].running_config
    assert run.result(register, **tokens(run)).result.outcome is Outcome.CHANGED_OK
    assert run.result(verify).result.findings == ()


# The document's four findings, each alone. The lab's switch fails with it by its own rules; what
# nxsl says before a token is spent, and what it does about it, is asserted.
@pytest.mark.parametrize(
    ("changes", "code", "refused"),
    [
        (
            {"callhome": CALLHOME_DIRECT.replace("https://", "http://")},
            "http-destination",
            True,
        ),
        ({"callhome": CALLHOME_DIRECT.replace("enable\n", "")}, "call-home-not-enabled", True),
        ({"config": "ip http source-interface Vlan27"}, "source-interface-outside-vrf", True),
        ({"name_servers": ()}, "", False),
    ],
    ids=["http-url", "not-enabled", "source-interface", "no-dns"],
)
def test_each_finding_of_the_document(
    fleet: Callable[..., Fleet], changes: dict[str, Any], code: str, refused: bool
) -> None:
    intent = {**DIRECT, "source_interface": "mgmt0", "name_servers": ["192.0.2.53"]}
    blind = {**DIRECT}
    run = fleet(
        switch("leaf1", **{"callhome": CALLHOME_DIRECT, **changes, "intent": intent}),
        switch("leaf2", **{"callhome": CALLHOME_DIRECT, **changes, "intent": blind}),
    )
    # Without the intent's help the registration is refused or fails, with the right reason.
    first = run.result(register, "leaf2", **tokens(run))
    assert not first.result.outcome.good
    assert first.result.outcome is (Outcome.REFUSED if refused else Outcome.FAILED_CLEAN)
    if refused:
        codes = {each.code for each in run.result(verify, "leaf2").result.findings}
        assert code in codes
        assert run.lab["leaf2"].register_commands == ()
    else:
        assert "name-server" in first.result.remedy
    # With it, the cause is mended and the switch registers.
    assert run.result(configure_transport, "leaf1").result.outcome is Outcome.CHANGED_OK
    assert run.result(register, "leaf1", **tokens(run)).result.outcome is Outcome.CHANGED_OK


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"callhome": CALLHOME_DIRECT.replace("use-vrf management", "use-vrf tenant1")}, "VRF"),
        (
            {"callhome": CALLHOME_DIRECT, "network": Network(proxy_required=True)},
            "send",
        ),
        ({"callhome": CALLHOME_PROXY.replace("8080", "80"), "intent": PROXY}, "proxy"),
        (
            {
                "callhome": CALLHOME_ON_PREM.replace("ssm.example.net", "192.0.2.10"),
                "intent": {**ON_PREM, "url": ON_PREM_URL.replace("ssm.example.net", "192.0.2.10")},
            },
            "cert",
        ),
    ],
    ids=["wrong-vrf", "proxy-missing", "wrong-proxy-port", "name-not-in-certificate"],
)
def test_other_ways_to_fail(
    fleet: Callable[..., Fleet], changes: dict[str, Any], words: str
) -> None:
    run = fleet(switch(**changes))
    result = run.result(register, **tokens(run))
    assert not result.result.outcome.good
    assert words in result.result.detail
    assert result.result.remedy
