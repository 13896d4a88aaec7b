"""Smart Licensing Using Policy as the switch decides it: the transport, the trust code, the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.lab import (
    CALLHOME_DIRECT,
    CLOUD_TOKEN,
    EXPIRED_TOKEN,
    ON_PREM_TOKEN,
    USED_UP_TOKEN,
    Answer,
    Message,
    Network,
    reporting,
)
from nxsl.lab.network import NAMES
from nxsl.lab.policy_texts import (
    CSLU_WITHOUT_TRUST,
    TRANSPORT_OFF,
    TRUST_INSTALLED,
)
from nxsl.lab.texts import (
    BACKEND_DOWN,
    CALL_HOME_ERROR,
    CLOCK_ERROR,
    RESOLVE_ERROR,
    RESPONSE_ERROR,
    SEND_ERROR,
    TLS_ERROR,
    TRUST_STARTED,
)
from tests.lab.policy import CSLU, ON_PREM, QUICK, SMART, block, failure, trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.conftest import Start, User

    Eventually = Callable[[Callable[[], object]], None]
    Login = Callable[..., User]


# -- the transport --------------------------------------------------------------------------------

SETTINGS = (
    "license smart transport smart",
    "license smart url cslu http://192.0.2.20:8182/cslu/v1/pi",
    "license smart url smart https://ssm.example.net/SmartTransport",
    "license smart vrf blue",
    "license smart proxy address proxy.example.com",
    "license smart proxy port 8080",
    "license smart usage interval 14",
)


def test_settings_stand_in_the_configurations(policy: Start, login: Login) -> None:
    switch = policy()
    user = login(switch)
    show = 'show running-config | include "license smart"'
    assert user.run(show) == ""
    user.config(*SETTINGS)
    assert user.run(show) == "".join(f"{line}\n" for line in SETTINGS)
    assert "license smart" not in switch.startup_config
    user.run("copy running-config startup-config")
    assert all(line in switch.startup_config for line in SETTINGS)
    for line in SETTINGS:
        assert user.config(f"no {line}").count("%") == 0
    assert user.run(show) == ""


@pytest.mark.parametrize("mode", ["smart", "callhome", "off"])
def test_only_a_mode_that_is_not_the_default_is_printed(
    mode: str, policy: Start, login: Login
) -> None:
    switch = policy()
    user = login(switch)
    user.config(f"license smart transport {mode}")
    assert f"license smart transport {mode}" in switch.running_config.splitlines()
    user.config("license smart transport cslu")
    assert "license smart transport" not in switch.running_config


def test_unknown_words_are_marked(policy: Start, login: Login) -> None:
    user = login(policy())
    user.run("configure terminal")
    column = len("leaf1(config)# license smart transport ")
    marked = f"{' ' * column}^\n% Invalid command at '^' marker.\n"
    assert user.run("license smart transport automatic") == marked
    assert "% Invalid" in user.run("license smart usage interval often")
    assert "% Invalid" in user.run("license smart proxy port high")
    assert "% Incomplete" in user.run("license smart url cslu")


def test_the_url_goes_back_to_the_default(policy: Start, login: Login) -> None:
    user = login(policy(config=f"license smart url smart https://ssm.example.net/x\n{SMART}"))
    assert "\n  URL: https://ssm.example.net/x\n" in user.run("show license status")
    user.config("license smart url default")
    url = "https://smartreceiver.cisco.com/licservice/license"
    assert f"\n  URL: {url}\n" in user.run("show license status")


def test_the_transport_is_not_known_to_other_regimes(start: Start, login: Login) -> None:
    classic = login(start())
    for line in (
        "license smart transport smart",
        "license smart sync all",
        "show license rum id all",
    ):
        assert "% Invalid command" in classic.config(line)
    assert "% Invalid command" in trust(classic)


# -- trust ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["", " force", " all", " all force", " local", " local force"])
def test_trust_is_answered_at_once_and_installed_later(
    words: str, policy: Start, login: Login, eventually: Eventually
) -> None:
    switch = policy(config=SMART)
    user = login(switch)
    assert trust(user, words=words) == f"{TRUST_STARTED}\n"
    eventually(lambda: switch.policy.trusted is not None)
    text = user.run("show license status")
    assert switch.policy.trusted is not None
    assert f"\nTrust Code Installed: {switch.policy.trusted:%b %d %H:%M:%S %Y} UTC\n" in text
    assert "\n  Smart Account: Example Corporation As of " in text
    assert "\n  Virtual Account: Default\n" in text
    assert switch.serial in switch._lab.cssm.cloud.instances
    [received] = switch.register_commands
    assert CLOUD_TOKEN not in repr(received)


def test_nothing_is_known_before_the_server_answers(policy: Start, login: Login) -> None:
    user = login(policy(config=SMART, backend=replace(QUICK, register_latency=600.0)))
    assert trust(user) == f"{TRUST_STARTED}\n"
    assert "\nTrust Code Installed: <none>\n" in user.run("show license status")
    lines = block(user.run("show license tech support"), "Trust Establishment")
    assert lines[0].startswith("  Attempts: Total=0,")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer.UNREACHABLE, SEND_ERROR),
        (Answer.DOWN, BACKEND_DOWN),
        (Answer.BAD_TOKEN, "is not valid"),
        (Answer.EXPIRED_TOKEN, "is expired"),
        (Answer.USED_UP_TOKEN, "maximum number of uses"),
    ],
)
def test_answers_of_the_server(
    answer: Answer, reason: str, policy: Start, login: Login, eventually: Eventually
) -> None:
    switch = policy(config=SMART, backend=replace(QUICK, answer=answer))
    user = login(switch)
    trust(user)
    eventually(lambda: reason in failure(switch))
    assert switch.policy.trusted is None
    lines = block(user.run("show license tech support"), "Trust Establishment")
    assert lines[0].startswith("  Attempts: Total=1, Success=0, Fail=1  Ongoing Failure: Overall=1")
    assert lines[2].startswith("    Failure Reason: ")
    assert reason in lines[2]
    assert lines[3] == "  Last Success Time: <none>"
    assert "<none>" not in lines[4]
    assert reason not in user.run("show license status")


def test_a_server_that_never_answers(policy: Start, login: Login) -> None:
    switch = policy(config=SMART, backend=replace(QUICK, answer=Answer.NEVER, register_latency=0.0))
    user = login(switch)
    trust(user)
    user.run("license smart sync all")
    assert switch.policy.trusted is None
    assert "Total=0" in block(user.run("show license tech support"), "Trust Establishment")[0]


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (EXPIRED_TOKEN, "is expired"),
        (USED_UP_TOKEN, "maximum number of uses"),
        (ON_PREM_TOKEN, "is not valid"),
    ],
)
def test_tokens_of_the_cloud(
    token: str, reason: str, policy: Start, login: Login, eventually: Eventually
) -> None:
    switch = policy(config=SMART)
    trust(login(switch), token)
    eventually(lambda: reason in failure(switch))


def test_a_lost_message_is_sent_again_by_itself(
    policy: Start, login: Login, eventually: Eventually
) -> None:
    backend = replace(QUICK, fail_first=2, retry_after=0.05)
    switch = policy(config=SMART, backend=backend)
    trust(login(switch))
    eventually(lambda: switch.policy.trusted is not None)
    exchange = switch.policy.exchanges[Message.TRUST]
    assert (exchange.succeeded, exchange.failed, exchange.ongoing) == (1, 2, 0)


def test_a_trust_file_ends_the_attempts(
    policy: Start, login: Login, eventually: Eventually
) -> None:
    backend = replace(QUICK, fail_first=1, retry_after=0.2, ack_latency=0.3)
    switch = policy(config=SMART, backend=backend)
    user = login(switch)
    trust(user)
    eventually(lambda: failure(switch))
    user.run("license smart save trust-request bootflash:r")
    switch.put_file("t", switch._lab.cssm.trust_file(switch.files["r"]))
    user.run("license smart import bootflash:t")
    assert switch.policy.trusted is not None
    user.run("license smart sync all")
    # The acknowledgement comes after the attempt would have come.
    eventually(lambda: switch.policy.last_ack is not None)
    assert switch.policy.exchanges[Message.TRUST].failed == 1


def test_the_account_may_be_another(policy: Start, login: Login, eventually: Eventually) -> None:
    backend = replace(QUICK, smart_account="Example Two", virtual_account="Lab")
    switch = policy(config=SMART, backend=backend)
    trust(login(switch))
    eventually(lambda: switch.policy.trusted is not None)
    assert (switch.policy.smart_account, switch.policy.virtual_account) == ("Example Two", "Lab")


def test_a_trust_code_that_is_there_takes_force(
    policy: Start, login: Login, eventually: Eventually
) -> None:
    switch = policy(config=SMART, policy=reporting())
    before = switch.policy.trusted
    user = login(switch)
    assert trust(user) == f"{TRUST_STARTED}\n"
    eventually(lambda: failure(switch) == TRUST_INSTALLED)
    assert switch.policy.trusted == before
    trust(user, words=" all force")
    eventually(lambda: switch.policy.trusted != before)
    assert failure(switch) == ""


def test_grammar_with_and_without_scope(policy: Start, login: Login) -> None:
    needing = login(policy(trust_scope_required=True))
    assert "% Incomplete command" in trust(needing, words="")
    assert trust(needing, words=" local") == f"{TRUST_STARTED}\n"
    plain = login(policy(trust_scope_unknown=True))
    for words in (" all", " local force"):
        assert "% Invalid command" in trust(plain, words=words)
    assert trust(plain, words=" force") == f"{TRUST_STARTED}\n"


# -- how far messages get -------------------------------------------------------------------------

BEHIND_PROXY = Network(proxy_required=True)
BLUE = Network(routed_vrfs=("management", "blue"))
BLUE_NAMES = "vrf context blue\nip name-server 192.0.2.53\n"
PROXY = "license smart proxy address proxy.example.com\nlicense smart proxy port 8080\n"
REACH: dict[str, tuple[dict[str, Any], str, str]] = {
    "cloud": ({"config": SMART}, CLOUD_TOKEN, ""),
    "no name server": ({"config": SMART, "name_servers": ()}, CLOUD_TOKEN, RESOLVE_ERROR),
    "wall": ({"config": SMART, "network": BEHIND_PROXY}, CLOUD_TOKEN, SEND_ERROR),
    "proxy": ({"config": PROXY + SMART, "network": BEHIND_PROXY}, CLOUD_TOKEN, ""),
    "wrong proxy port": (
        {"config": f"{PROXY}license smart proxy port 3128\n{SMART}", "network": BEHIND_PROXY},
        CLOUD_TOKEN,
        SEND_ERROR,
    ),
    "unknown proxy": (
        {"config": f"license smart proxy address gone.example.com\n{SMART}"},
        CLOUD_TOKEN,
        RESOLVE_ERROR,
    ),
    "wrong path": (
        {"config": f"license smart url smart https://smartreceiver.cisco.com/\n{SMART}"},
        CLOUD_TOKEN,
        RESPONSE_ERROR,
    ),
    "plain http": (
        {"config": f"license smart url smart http://smartreceiver.cisco.com/x\n{SMART}"},
        CLOUD_TOKEN,
        SEND_ERROR,
    ),
    "smart transport of an on-prem server": (
        {"config": f"license smart url smart https://ssm.example.net/SmartTransport\n{SMART}"},
        ON_PREM_TOKEN,
        "",
    ),
    "another VRF": (
        {"config": f"{BLUE_NAMES}license smart vrf blue\n{SMART}", "network": BLUE},
        CLOUD_TOKEN,
        "",
    ),
    "another VRF before 10.3(2)": (
        {
            "config": f"{BLUE_NAMES}license smart vrf blue\n{SMART}",
            "network": BLUE,
            "release": "10.2(3)",
        },
        CLOUD_TOKEN,
        SEND_ERROR,
    ),
    "VRF management before 10.3(2)": (
        {"config": f"license smart vrf management\n{SMART}", "release": "10.2(3)"},
        CLOUD_TOKEN,
        "",
    ),
    "a VRF that leads nowhere": (
        {"config": f"{BLUE_NAMES}license smart vrf blue\n{SMART}"},
        CLOUD_TOKEN,
        RESOLVE_ERROR,
    ),
    "skewed clock": (
        {"config": SMART, "clock_skew": timedelta(minutes=61)},
        CLOUD_TOKEN,
        CLOCK_ERROR,
    ),
    "nearly right clock": (
        {"config": SMART, "clock_skew": timedelta(minutes=-59)},
        CLOUD_TOKEN,
        "",
    ),
    "discovery": ({}, CLOUD_TOKEN, RESOLVE_ERROR),
    "discovered": (
        {"network": Network(names={**NAMES, "cslu-local": "192.0.2.20"})},
        CLOUD_TOKEN,
        CSLU_WITHOUT_TRUST,
    ),
    "CSLU": ({"config": CSLU}, CLOUD_TOKEN, CSLU_WITHOUT_TRUST),
    "CSLU at another port": (
        {"config": CSLU.replace("8182", "8080")},
        CLOUD_TOKEN,
        SEND_ERROR,
    ),
    "CSLU with another path": ({"config": f"{CSLU}x"}, CLOUD_TOKEN, RESPONSE_ERROR),
    "CSLU that does not answer": (
        {"config": CSLU, "network": Network(unreachable=("192.0.2.20",))},
        CLOUD_TOKEN,
        SEND_ERROR,
    ),
    "no URL at all": ({"config": "license smart url cslu http://[x"}, CLOUD_TOKEN, RESOLVE_ERROR),
    "on-prem": ({"config": ON_PREM}, ON_PREM_TOKEN, ""),
    "on-prem with the cloud's token": ({"config": ON_PREM}, CLOUD_TOKEN, "is not valid"),
    "on-prem by its address": (
        {"config": ON_PREM.replace("ssm.example.net", "192.0.2.10")},
        ON_PREM_TOKEN,
        TLS_ERROR,
    ),
    "on-prem without tenant": (
        {"config": ON_PREM.removesuffix("/example-1")},
        ON_PREM_TOKEN,
        RESPONSE_ERROR,
    ),
    "call home": (
        {"config": "license smart transport callhome", "callhome": CALLHOME_DIRECT},
        CLOUD_TOKEN,
        "",
    ),
    "call home not set up": (
        {"config": "license smart transport callhome"},
        CLOUD_TOKEN,
        CALL_HOME_ERROR,
    ),
}


@pytest.mark.parametrize("case", REACH)
def test_reach(case: str, policy: Start, login: Login, eventually: Eventually) -> None:
    spec, token, reason = REACH[case]
    switch = policy(**spec)
    trust(login(switch), token)
    eventually(lambda: switch.policy.trusted is not None or failure(switch))
    if reason:
        assert reason in failure(switch)
    assert (switch.policy.trusted is None) == bool(reason)


def test_transport_off_sends_nothing(policy: Start, login: Login) -> None:
    switch = policy(config="license smart transport off", policy=reporting())
    before = switch.policy
    user = login(switch)
    assert trust(user) == f"{TRANSPORT_OFF}\n"
    assert user.run("license smart sync all") == f"{TRANSPORT_OFF}\n"
    assert switch.policy == before
    assert "Transport:\n  Type: Transport Off\n\nPolicy:" in user.run("show license status")
