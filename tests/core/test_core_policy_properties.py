"""Whatever the state and the intent, plans under Smart Licensing Using Policy keep their promises.

A small switch of the tests alone takes the lines. Its settings of `license smart ...` have values
and defaults; its call home is the one of the tests for classic Smart Licensing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from nxsl.core.assess import assess
from nxsl.core.intent import LicensingIntent
from nxsl.core.plan import is_still_ours, plan_transport
from nxsl.core.policy_records import PolicyMode, PolicyTransport
from nxsl.core.records import CallHome
from nxsl.core.transport import ConfigLine, Transport, same_transport
from tests.core.builders import EMAIL, ON_PREM_URL, OTHER_URL
from tests.core.policy_builders import CSLU_URL, ON_PREM_POLICY_URL, policy_state
from tests.core.test_core_transport_properties import (
    CALLHOME,
    INTERFACES,
    NOT_AS_INTENDED,
    PROXIES,
    SERVERS,
    VRFS,
    Lines,
    allowed,
    call_homes,
    lines_of,
    servers,
    typed,
)

many = settings(max_examples=300, deadline=None)

CISCO = "https://smartreceiver.cisco.com/licservice/license"
SMART_URLS = [CISCO, "https://receiver.example.com/x", "http://receiver.example.com/x"]
CSLU_URLS = [CSLU_URL, ON_PREM_POLICY_URL]
# What a switch does without a line.
DEFAULTS = {"transport": "cslu", "url smart": CISCO, "vrf": "management"}
LINE = re.compile(
    r"(?P<no>no )?license smart "
    r"(?P<name>transport|url cslu|url smart|vrf|proxy address|proxy port)( (?P<value>\S+))?"
)
MODES = {"smart", "cslu", "callhome", "off"}

RunSettings = dict[str, str]


@dataclass(frozen=True)
class Box:
    """A switch: its settings of `license smart`, and all its other lines."""

    settings: RunSettings
    others: Lines


def smart_settings(policy: PolicyTransport) -> RunSettings:
    """The settings of a state, from its fields alone."""
    port = "" if policy.proxy_port is None else str(policy.proxy_port)
    found = {
        "transport": policy.mode.value,
        "url cslu": policy.cslu_url,
        "url smart": policy.smart_url,
        "vrf": policy.vrf,
        "proxy address": policy.proxy_address,
        "proxy port": port,
    }
    return {name: value or DEFAULTS.get(name, "") for name, value in found.items()}


def box_of(full: Transport) -> Box:
    assert full.policy is not None
    return Box(settings=smart_settings(full.policy), others=lines_of(full))


def take(box: Box, context: tuple[str, ...], line: str) -> Box:
    """What the switch is after a line was typed."""
    match = LINE.fullmatch(line)
    if match is None:
        return replace(box, others=typed(box.others, context, line))
    name, value = match["name"], match["value"]
    assert context == ()
    assert bool(match["no"]) != bool(value), line
    if name == "transport" and value:
        assert value in MODES
    return replace(box, settings={**box.settings, name: value or DEFAULTS.get(name, "")})


def shown(box: Box) -> Box:
    """What of the switch the agent does not use by call home: all but the lines of call home."""
    return replace(box, others=frozenset(each for each in box.others if each[0] != CALLHOME))


policies = st.builds(
    PolicyTransport,
    mode=st.sampled_from(PolicyMode),
    cslu_url=st.sampled_from(["", *CSLU_URLS]),
    smart_url=st.sampled_from(["", *SMART_URLS]),
    vrf=st.sampled_from(["", *VRFS]),
    proxy_address=st.sampled_from(["", *PROXIES]),
    proxy_port=st.sampled_from([None, 80, 8080]),
)
switches = st.builds(
    Transport,
    smart_enabled=st.just(value=True),
    call_home=call_homes,
    source_interface=st.sampled_from(["", *INTERFACES]),
    name_servers=st.dictionaries(st.sampled_from(VRFS), servers).map(
        lambda found: tuple(sorted(found.items()))
    ),
    policy=policies,
)


@st.composite
def intents(draw: st.DrawFn) -> LicensingIntent:
    method = draw(st.sampled_from(["direct", "proxy", "on-prem"]))
    usual = "cslu" if method == "on-prem" else "smart"
    named = draw(st.sampled_from([None, "smart", "cslu", "callhome", "off"]))
    policy: dict[str, object] = {"transport": named}
    if (named or usual) == "cslu":
        policy["url"] = draw(st.sampled_from(CSLU_URLS))
    if (named or usual) == "smart":
        policy["url"] = draw(st.sampled_from([None, *SMART_URLS[:2]]))
    if named != "callhome":
        policy["vrf"] = draw(st.sampled_from([None, *VRFS]))
    fields: dict[str, object] = {
        "method": method,
        "policy": policy,
        "vrf": draw(st.sampled_from(VRFS)),
        "email": draw(st.sampled_from([None, EMAIL, "noc@example.com"])),
        "source_interface": draw(st.sampled_from([None, *INTERFACES, "MGMT0"])),
        "name_servers": draw(st.lists(st.sampled_from(SERVERS))),
    }
    if method == "proxy":
        server, port = draw(st.sampled_from(PROXIES)), draw(st.sampled_from([80, 8080]))
        fields["proxy"] = {"server": server, "port": port}
    if method == "on-prem":
        fields["url"] = draw(st.sampled_from([ON_PREM_URL, OTHER_URL]))
    return LicensingIntent.model_validate(fields)


def read(full: Transport, intent: LicensingIntent) -> Transport:
    """What is read of a switch: call home only where it is, or is to be, the transport."""
    assert full.policy is not None
    if PolicyMode.CALLHOME in {full.policy.mode, intent.policy_mode}:
        return full
    return replace(full, call_home=CallHome())


@many
@given(switches, intents(), st.booleans())
def test_planning_again_from_the_end_plans_nothing(
    full: Transport, intent: LicensingIntent, remove_strays: bool
) -> None:
    plan = plan_transport(read(full, intent), intent, remove_strays=remove_strays)
    again = plan_transport(plan.after, intent, remove_strays=remove_strays)
    assert again.lines == ()
    assert again.after == plan.after
    assert again.strays == (() if remove_strays else plan.strays)


@many
@given(switches, intents(), st.booleans())
def test_the_lines_lead_where_the_plan_says_and_the_undos_lead_back(
    full: Transport, intent: LicensingIntent, remove_strays: bool
) -> None:
    plan = plan_transport(read(full, intent), intent, remove_strays=remove_strays)
    trail = [box_of(full)]
    for each in plan.lines:
        trail.append(take(trail[-1], each.context, each.line))
        assert trail[-1] != trail[-2], f"{each.line!r} changes nothing"
    said = box_of(plan.after)
    if intent.policy_mode is PolicyMode.CALLHOME:
        assert trail[-1] == said
    else:
        assert shown(trail[-1]) == shown(said)
        assert trail[-1].others - shown(trail[-1]).others == {
            each for each in lines_of(full) if each[0] == CALLHOME
        }
    # Undone from any point on, as after a line that the switch has refused.
    now = trail[-1]
    for each, before in zip(reversed(plan.lines), reversed(trail[:-1]), strict=True):
        now = take(now, each.context, each.undo)
        assert now == before, f"{each.undo!r} does not undo {each.line!r}"


@many
@given(switches, intents(), st.booleans(), st.data())
def test_what_is_ours_to_undo_is_what_was_written_and_is_there(
    full: Transport, intent: LicensingIntent, remove_strays: bool, data: st.DataObject
) -> None:
    current = read(full, intent)
    plan = plan_transport(current, intent, remove_strays=remove_strays)
    written = data.draw(st.integers(0, len(plan.lines)))
    now = current
    for each in plan.lines[:written]:
        now = each.effect(now)
    ours = [is_still_ours(each, before=current, now=now) for each in plan.lines]
    assert ours == [position < written for position in range(len(plan.lines))]
    assert same_transport(current, now) == (written == 0)


@many
@given(switches, intents(), st.booleans())
def test_nothing_else_is_ever_written(
    full: Transport, intent: LicensingIntent, remove_strays: bool
) -> None:
    plan = plan_transport(read(full, intent), intent, remove_strays=remove_strays)
    by_call_home = intent.policy_mode is PolicyMode.CALLHOME
    vrf = intent.vrf if by_call_home else intent.policy_vrf
    for each in plan.lines:
        assert is_known(each, each.line, vrf), each
        assert is_known(each, each.undo, vrf), each
        assert by_call_home or each.context != CALLHOME
        assert "license smart enable" not in each.line
    modes = [at for at, each in enumerate(plan.lines) if "smart transport" in each.line]
    assert modes in ([], [len(plan.lines) - 1])
    assert bool(plan.strays) <= by_call_home


def is_known(each: ConfigLine, text: str, vrf: str) -> bool:
    if text.removeprefix("no ").startswith("license smart "):
        return each.context == () and LINE.fullmatch(text) is not None
    return allowed(each, text, vrf)


@many
@given(switches, intents(), st.booleans())
def test_there_is_a_diff_exactly_where_there_are_lines(
    full: Transport, intent: LicensingIntent, remove_strays: bool
) -> None:
    plan = plan_transport(read(full, intent), intent, remove_strays=remove_strays)
    assert bool(plan.diff) == bool(plan.lines)
    assert same_transport(plan.before, plan.after) == (not plan.lines)
    changes = [line for line in plan.diff.splitlines() if line[0] in "+-"]
    # A setting of one value shows as two lines, a default as none.
    assert bool(changes) == bool(plan.lines)
    assert len(changes) <= 2 * len(plan.lines) + 1  # and `callhome` where it was empty


@many
@given(switches, intents())
def test_verify_finds_a_difference_exactly_where_configure_would_write(
    full: Transport, intent: LicensingIntent
) -> None:
    current = read(full, intent)
    found = {finding.code for finding in assess(policy_state(transport=current), intent=intent)}
    differs = found & (NOT_AS_INTENDED | {"transport-differs", "no-cslu-url"})
    assert bool(differs) == bool(plan_transport(current, intent).lines)


@many
@given(switches, intents())
def test_after_configure_nothing_differs(full: Transport, intent: LicensingIntent) -> None:
    after = plan_transport(read(full, intent), intent, remove_strays=True).after
    found = {finding.code for finding in assess(policy_state(transport=after), intent=intent)}
    # What the intent itself asks for may still be wrong, as an interface of another VRF.
    assert found <= {
        "source-interface-outside-vrf",
        "no-trust-code",
        "transport-off",
        "proxy-without-server",
    }
