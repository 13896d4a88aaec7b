"""The plan under Smart Licensing Using Policy: exact lines, their order, and their undos."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.errors import IntentError
from nxsl.core.intent import CLOUD_URL, LicensingIntent
from nxsl.core.plan import is_still_ours, plan_transport
from nxsl.core.policy_lines import what_is_missing
from nxsl.core.policy_records import SMART_URL, PolicyMode, PolicyTransport
from nxsl.core.records import CallHome
from nxsl.core.transport import (
    PROFILE,
    Transport,
    diff_transport,
    render_transport,
    same_transport,
    vrf_used,
)
from tests.core.builders import (
    EMAIL,
    HTTP_URL,
    ON_PREM_URL,
    OTHER_URL,
    call_home,
    intent,
    proxy_intent,
)
from tests.core.policy_builders import CSLU_URL, ON_PREM_POLICY_URL, policy_transport

if TYPE_CHECKING:
    from nxsl.core.transport import TransportPlan

NEW = policy_transport("cslu")  # a switch as it comes
OTHER_SMART = "https://receiver.example.com/licservice/license"


def by(transport: str | None = None, **fields: Any) -> LicensingIntent:
    """An intent with a transport of its own for this regime."""
    policy = {
        key: fields.pop(f"policy_{key}") for key in ("url", "vrf") if f"policy_{key}" in fields
    }
    return intent(policy={"transport": transport, **policy}, **fields)


DIRECT = intent()
PROXY = proxy_intent(port=8080)
ON_PREM = intent(method="on-prem", url=ON_PREM_URL, policy={"url": ON_PREM_POLICY_URL})
OFF = by("off")
CALLHOME = by("callhome")
CSLU = by("cslu", policy_url=CSLU_URL)
INTENTS = {
    "direct": DIRECT,
    "proxy": PROXY,
    "on-prem": ON_PREM,
    "off": OFF,
    "callhome": CALLHOME,
    "cslu": CSLU,
}


def lines(plan: TransportPlan) -> list[str]:
    return [each.line for each in plan.lines]


def undos(plan: TransportPlan) -> list[str]:
    return [each.undo for each in plan.lines]


def pairs(current: Transport, wanted: LicensingIntent) -> list[tuple[str, str]]:
    return [(each.line, each.undo) for each in plan_transport(current, wanted).lines]


# ------------------------------------------------------------------------------ from nothing

CALL_HOME_LINES = [
    (f"email-contact {EMAIL}", "no email-contact"),
    (
        f"destination-profile {PROFILE} transport-method http",
        f"no destination-profile {PROFILE} transport-method http",
    ),
    (
        f"destination-profile {PROFILE} http {CLOUD_URL}",
        f"no destination-profile {PROFILE} http {CLOUD_URL}",
    ),
    ("transport http use-vrf management", "no transport http use-vrf"),
    ("enable", "no enable"),
]
GOLDEN = {
    "direct": [("license smart transport smart", "license smart transport cslu")],
    "proxy": [
        ("license smart proxy address proxy.example.com", "no license smart proxy address"),
        ("license smart proxy port 8080", "no license smart proxy port"),
        ("license smart transport smart", "license smart transport cslu"),
    ],
    "on-prem": [(f"license smart url cslu {ON_PREM_POLICY_URL}", "no license smart url cslu")],
    "off": [("license smart transport off", "license smart transport cslu")],
    "callhome": [
        *CALL_HOME_LINES,
        ("license smart transport callhome", "license smart transport cslu"),
    ],
    "cslu": [(f"license smart url cslu {CSLU_URL}", "no license smart url cslu")],
}


@pytest.mark.parametrize("name", INTENTS)
def test_each_way_from_a_switch_as_it_comes(name: str) -> None:
    assert pairs(NEW, INTENTS[name]) == GOLDEN[name]


def test_only_call_home_leaves_the_global_mode() -> None:
    for wanted in INTENTS.values():
        for each in plan_transport(NEW, wanted).lines:
            is_global = each.line.startswith("license smart ")
            assert each.context == (() if is_global else ("callhome",))


def test_the_mode_comes_last_with_everything_asked_for() -> None:
    wanted = proxy_intent(
        port=3128,
        vrf="OOB",
        source_interface="Vlan27",
        name_servers=["192.0.2.53"],
        policy={"url": OTHER_SMART},
    )
    plan = plan_transport(NEW, wanted)
    assert plan.commands == (
        "vrf context OOB",
        "  ip name-server 192.0.2.53",
        "ip http source-interface Vlan27",
        f"license smart url smart {OTHER_SMART}",
        "license smart vrf OOB",
        "license smart proxy address proxy.example.com",
        "license smart proxy port 3128",
        "license smart transport smart",
    )
    assert undos(plan)[2:] == [
        "no license smart url smart",
        "no license smart vrf",
        "no license smart proxy address",
        "no license smart proxy port",
        "license smart transport cslu",
    ]
    assert plan_transport(plan.after, wanted).lines == ()


# --------------------------------------------------------------------------- values that differ

FULL: dict[str, Any] = {
    "cslu_url": CSLU_URL,
    "smart_url": OTHER_SMART,
    "vrf": "OOB",
    "proxy_address": "192.0.2.80",
    "proxy_port": 80,
}


def test_each_value_has_an_undo_that_names_the_former_one() -> None:
    assert pairs(policy_transport("smart", **FULL), PROXY) == [
        (f"license smart url smart {SMART_URL}", f"license smart url smart {OTHER_SMART}"),
        ("license smart vrf management", "license smart vrf OOB"),
        (
            "license smart proxy address proxy.example.com",
            "license smart proxy address 192.0.2.80",
        ),
        ("license smart proxy port 8080", "license smart proxy port 80"),
    ]


def test_a_proxy_that_is_not_intended_is_taken_away() -> None:
    found = policy_transport("smart", proxy_address="192.0.2.80", proxy_port=80)
    assert pairs(found, DIRECT) == [
        ("no license smart proxy address", "license smart proxy address 192.0.2.80"),
        ("no license smart proxy port", "license smart proxy port 80"),
    ]
    bare = policy_transport("smart", proxy_address="192.0.2.80")
    assert lines(plan_transport(bare, DIRECT)) == ["no license smart proxy address"]


def test_a_port_without_a_proxy_is_left_alone() -> None:
    assert pairs(policy_transport("smart", proxy_port=80), DIRECT) == []
    assert pairs(policy_transport("smart", proxy_port=8080), PROXY) == [
        ("license smart proxy address proxy.example.com", "no license smart proxy address")
    ]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (policy_transport("smart"), DIRECT),
        (policy_transport("smart", smart_url=SMART_URL, vrf="management"), DIRECT),
        (policy_transport("smart", cslu_url=CSLU_URL), DIRECT),
        (policy_transport("cslu", cslu_url=CSLU_URL, smart_url=OTHER_SMART), CSLU),
        (policy_transport("off", **FULL), OFF),
        (policy_transport("callhome", call_home=call_home(), **FULL), CALLHOME),
    ],
)
def test_what_is_as_intended_or_of_no_effect_is_left_alone(
    found: Transport, wanted: LicensingIntent
) -> None:
    plan = plan_transport(found, wanted)
    assert plan.lines == ()
    assert plan.diff == ""
    assert plan.after == found


def test_the_vrf_for_this_regime_goes_before_that_of_the_whole_intent() -> None:
    both = by(policy_vrf="OOB", vrf="default", name_servers=["192.0.2.53"])
    plan = plan_transport(policy_transport("smart"), both)
    assert plan.commands == (
        "vrf context OOB",
        "  ip name-server 192.0.2.53",
        "license smart vrf OOB",
    )
    assert vrf_used(plan.after) == "OOB"
    one = plan_transport(policy_transport("smart"), by(vrf="default"))
    assert lines(one) == ["license smart vrf default"]
    assert vrf_used(one.after) == "default"


def test_transport_off_needs_no_surroundings() -> None:
    wanted = by("off", source_interface="mgmt0", name_servers=["192.0.2.53"])
    assert pairs(policy_transport("off"), wanted) == []
    assert vrf_used(policy_transport("off", vrf="OOB")) == "management"


# ----------------------------------------------------------------------------- from way to way


@pytest.mark.parametrize(("start", "end"), list(product(INTENTS, INTENTS)))
def test_from_each_way_to_each_other_and_back(start: str, end: str) -> None:
    first = plan_transport(NEW, INTENTS[start]).after
    assert plan_transport(first, INTENTS[start]).lines == ()
    plan = plan_transport(first, INTENTS[end])
    assert (plan.lines == ()) == (start == end)
    assert bool(plan.diff) == (start != end)
    after = plan.after
    assert after.policy is not None
    assert after.policy.mode is INTENTS[end].policy_mode
    assert plan_transport(after, INTENTS[end]).lines == ()
    modes = [each for each in lines(plan) if each.startswith("license smart transport ")]
    same_mode = INTENTS[start].policy_mode is INTENTS[end].policy_mode
    assert modes == ([] if same_mode else [f"license smart transport {INTENTS[end].policy_mode}"])
    assert lines(plan)[-1:] == (modes or lines(plan)[-1:])
    undone = [] if same_mode else [f"license smart transport {INTENTS[start].policy_mode}"]
    assert [each for each in undos(plan) if each.startswith("license smart transport ")] == undone


# -------------------------------------------------------------------------------- by call home

USED = call_home(HTTP_URL, OTHER_URL, enabled=False, vrf="")


def test_call_home_is_put_right_before_it_becomes_the_transport() -> None:
    plan = plan_transport(policy_transport("smart", call_home=USED), CALLHOME)
    assert lines(plan) == [
        f"no destination-profile {PROFILE} index 1 http {HTTP_URL}",
        f"destination-profile {PROFILE} http {CLOUD_URL}",
        "transport http use-vrf management",
        "enable",
        "license smart transport callhome",
    ]
    assert plan.strays == (OTHER_URL,)
    without = plan_transport(
        policy_transport("smart", call_home=USED), CALLHOME, remove_strays=True
    )
    assert f"no destination-profile {PROFILE} index 2 http {OTHER_URL}" in lines(without)


def test_only_what_changes_of_call_home_is_in_the_diff() -> None:
    ready = plan_transport(policy_transport("smart", call_home=call_home()), CALLHOME)
    changes = [each for each in ready.diff.splitlines() if each[0] in "+-"]
    assert changes == ["-license smart transport smart", "+license smart transport callhome"]
    leaving = plan_transport(policy_transport("callhome", call_home=call_home()), DIRECT)
    assert leaving.diff.splitlines() == [
        "-license smart transport callhome",
        "+license smart transport smart",
    ]


@pytest.mark.parametrize("written", range(6))
def test_what_was_written_to_call_home_before_a_refusal_is_ours_to_undo(written: int) -> None:
    plan = plan_transport(policy_transport("smart"), CALLHOME)
    now = plan.before
    for each in plan.lines[:written]:
        now = each.effect(now)
    assert same_transport(plan.before, now) == (written == 0)
    ours = [is_still_ours(each, before=plan.before, now=now) for each in plan.lines]
    assert ours == [at < written for at in range(len(plan.lines))]


def test_a_switch_that_leaves_call_home_is_compared_without_it() -> None:
    plan = plan_transport(policy_transport("callhome", call_home=call_home()), DIRECT)
    assert same_transport(plan.after, policy_transport("smart"))
    assert is_still_ours(plan.lines[-1], before=plan.before, now=policy_transport("smart"))
    assert not is_still_ours(plan.lines[-1], before=plan.before, now=plan.before)


def test_strays_only_matter_where_reports_travel_by_call_home() -> None:
    found = policy_transport("callhome", call_home=call_home(CLOUD_URL, OTHER_URL))
    assert plan_transport(found, DIRECT).strays == ()
    assert plan_transport(found, CALLHOME).strays == (OTHER_URL,)


# -------------------------------------------------------------------------------- how it reads


def test_a_transport_is_rendered_as_the_configuration_shows_it() -> None:
    found = replace(
        policy_transport("smart", **FULL),
        source_interface="Vlan27",
        name_servers=(("OOB", ("192.0.2.53",)),),
    )
    assert render_transport(found) == (
        "license smart transport smart",
        f"license smart url cslu {CSLU_URL}",
        f"license smart url smart {OTHER_SMART}",
        "license smart vrf OOB",
        "license smart proxy address 192.0.2.80",
        "license smart proxy port 80",
        "ip http source-interface Vlan27",
        "vrf context OOB",
        "  ip name-server 192.0.2.53",
    )
    assert render_transport(NEW) == ()
    by_call_home = render_transport(policy_transport("callhome", call_home=call_home()))
    assert by_call_home[:3] == (
        "license smart transport callhome",
        "callhome",
        f"  email-contact {EMAIL}",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"mode": PolicyMode.OFF},
        {"cslu_url": CSLU_URL},
        {"smart_url": OTHER_SMART},
        {"vrf": "OOB"},
        {"proxy_address": "192.0.2.80"},
        {"proxy_port": 80},
    ],
)
def test_every_difference_shows_and_defaults_are_none(changed: dict[str, Any]) -> None:
    plain = policy_transport("smart")
    other = replace(plain, policy=replace(plain.policy or PolicyTransport(), **changed))
    assert not same_transport(plain, other)
    assert diff_transport(plain, other)
    spelled = policy_transport("smart", smart_url=SMART_URL, vrf="management")
    assert same_transport(plain, spelled)


def test_call_home_that_is_gone_while_it_is_the_transport_shows() -> None:
    found, bare = (policy_transport("callhome", call_home=each) for each in (USED, CallHome()))
    assert "-callhome" in diff_transport(found, bare).splitlines()


# ----------------------------------------------------------------- an intent that is not whole


def test_without_the_on_prem_servers_url_nothing_is_planned() -> None:
    for wanted in (intent(method="on-prem", url=ON_PREM_URL), by("cslu")):
        assert "licensing.policy.url" in what_is_missing(wanted)
        with pytest.raises(IntentError, match=r"licensing\.policy\.url") as caught:
            plan_transport(NEW, wanted)
        assert "https://ssm.example.com/cslu/v1/pi/ACCOUNT" in caught.value.remedy
    for wanted in INTENTS.values():
        assert what_is_missing(wanted) == ""
