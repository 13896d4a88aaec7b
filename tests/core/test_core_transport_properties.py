"""Whatever the state and the intent, the plan keeps its promises.

A small switch of the tests alone takes the lines: a set of configuration lines, in which a line of
a kind that is there once takes the place of its predecessor.
"""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from nxsl.core.assess import assess
from nxsl.core.intent import CLOUD_URL, LicensingIntent
from nxsl.core.plan import is_still_ours, plan_transport
from nxsl.core.records import CallHome, Destination
from nxsl.core.transport import (
    PROFILE,
    ConfigLine,
    Transport,
    same_transport,
)
from tests.core.builders import EMAIL, HTTP_URL, ON_PREM_URL, OTHER_URL, state

many = settings(max_examples=300, deadline=None)

Lines = frozenset[tuple[tuple[str, ...], str]]

CALLHOME = ("callhome",)
# Lines of which there is one at most: the head, behind which the value stands.
SINGLE = (
    "email-contact",
    "transport http use-vrf",
    "transport http proxy server",
    "ip http source-interface",
)
# All that may ever be written, by its mode.
ALLOWED = {
    (): r"(no )?(license smart enable|ip http source-interface( \S+)?|ip name-server \S+)",
    CALLHOME: r"(no )?("
    r"email-contact( \S+)?"
    rf"|destination-profile {PROFILE} (transport-method http|(index \d+ )?http \S+)"
    r"|transport http (use-vrf( \S+)?|proxy enable|proxy server( \S+( port \d+)?)?)"
    r"|enable)",
}
NAME_SERVER = r"(no )?ip name-server \S+"


def lines_of(transport: Transport) -> Lines:
    """The configuration lines of a state, from its fields alone."""
    home = transport.call_home
    found: set[tuple[tuple[str, ...], str]] = set()
    if transport.smart_enabled:
        found.add(((), "license smart enable"))
    if transport.source_interface:
        found.add(((), f"ip http source-interface {transport.source_interface}"))
    for vrf, servers in transport.name_servers:
        mode = () if vrf == "default" else (f"vrf context {vrf}",)
        found |= {(mode, f"ip name-server {each}") for each in servers}
    inside = {f"destination-profile {name} transport-method {how}" for name, how in home.methods}
    inside |= {f"destination-profile {each.profile} http {each.url}" for each in home.destinations}
    if home.email:
        inside.add(f"email-contact {home.email}")
    if home.vrf not in {"", "default"}:
        inside.add(f"transport http use-vrf {home.vrf}")
    if home.proxy_server:
        port = f" port {home.proxy_port}" if home.proxy_port else ""
        inside.add(f"transport http proxy server {home.proxy_server}{port}")
    if home.proxy_enabled:
        inside.add("transport http proxy enable")
    if home.enabled:
        inside.add("enable")
    return frozenset(found | {(CALLHOME, line) for line in inside})


def typed(lines: Lines, context: tuple[str, ...], line: str) -> Lines:
    """What the configuration is after a line was typed."""
    line = re.sub(r" index \d+ http ", " http ", line)
    bare = line.removeprefix("no ")
    head = next((each for each in SINGLE if bare == each or bare.startswith(f"{each} ")), None)
    gone = {
        (mode, each)
        for mode, each in lines
        if mode == context and (each == bare or (head and each.startswith(f"{head} ")))
    }
    if line.startswith("no "):
        assert gone, f"nothing is there for {line!r} to remove"
        return lines - gone
    if line == "transport http use-vrf default":  # the default is not shown
        return lines - gone
    return (lines - gone) | {(context, line)}


def allowed(each: ConfigLine, text: str, vrf: str) -> bool:
    if each.context == (f"vrf context {vrf}",):
        return vrf != "default" and re.fullmatch(NAME_SERVER, text) is not None
    return re.fullmatch(ALLOWED[each.context], text) is not None


URLS = [CLOUD_URL, HTTP_URL, ON_PREM_URL, OTHER_URL, "HTTP://OLD.example.com/x"]
VRFS = ["management", "default", "OOB"]
SERVERS = ["192.0.2.53", "192.0.2.54", "2001:db8::53"]
PROXIES = ["192.0.2.80", "proxy.example.com"]
INTERFACES = ["mgmt0", "Vlan27", "loopback0"]

unique_urls = st.lists(
    st.tuples(st.sampled_from([PROFILE, "mine"]), st.sampled_from(URLS)), unique=True, max_size=5
)
call_homes = st.builds(
    CallHome,
    enabled=st.booleans(),
    email=st.sampled_from(["", EMAIL, "noc@example.com"]),
    methods=st.lists(
        st.tuples(st.sampled_from([PROFILE, "mine"]), st.sampled_from(["http", "email"])),
        unique=True,
    ).map(tuple),
    destinations=unique_urls.map(
        lambda pairs: tuple(
            Destination(profile=profile, url=url, index=index)
            for index, (profile, url) in enumerate(pairs, start=1)
        )
    ),
    vrf=st.sampled_from(["", *VRFS]),
    proxy_server=st.sampled_from(["", *PROXIES]),
    proxy_port=st.sampled_from([None, 80, 8080]),
    proxy_enabled=st.booleans(),
    other=st.sampled_from([(), ("phone-contact +1-555-0100",)]),
)
servers = st.lists(st.sampled_from(SERVERS), unique=True, min_size=1).map(tuple)
transports = st.builds(
    Transport,
    smart_enabled=st.booleans(),
    call_home=call_homes,
    source_interface=st.sampled_from(["", *INTERFACES]),
    name_servers=st.dictionaries(st.sampled_from(VRFS), servers).map(
        lambda found: tuple(sorted(found.items()))
    ),
)


@st.composite
def intents(draw: st.DrawFn) -> LicensingIntent:
    method = draw(st.sampled_from(["direct", "proxy", "on-prem"]))
    fields: dict[str, object] = {"method": method, "vrf": draw(st.sampled_from(VRFS))}
    if method == "proxy":
        server, port = draw(st.sampled_from(PROXIES)), draw(st.sampled_from([80, 8080]))
        fields["proxy"] = {"server": server, "port": port}
    if method == "on-prem":
        fields["url"] = draw(st.sampled_from([ON_PREM_URL, OTHER_URL]))
    fields["email"] = draw(st.sampled_from([None, EMAIL, "noc@example.com"]))
    fields["source_interface"] = draw(st.sampled_from([None, *INTERFACES, "MGMT0"]))
    fields["name_servers"] = draw(st.lists(st.sampled_from(SERVERS)))
    return LicensingIntent.model_validate(fields)


@many
@given(transports, intents(), st.booleans())
def test_planning_again_from_the_end_plans_nothing(
    current: Transport, intent: LicensingIntent, remove_strays: bool
) -> None:
    plan = plan_transport(current, intent, remove_strays=remove_strays)
    again = plan_transport(plan.after, intent, remove_strays=remove_strays)
    assert again.lines == ()
    assert again.after == plan.after
    assert again.strays == (() if remove_strays else plan.strays)


@many
@given(transports, intents(), st.booleans())
def test_the_lines_lead_where_the_plan_says_and_the_undos_lead_back(
    current: Transport, intent: LicensingIntent, remove_strays: bool
) -> None:
    plan = plan_transport(current, intent, remove_strays=remove_strays)
    trail = [lines_of(current)]
    for each in plan.lines:
        trail.append(typed(trail[-1], each.context, each.line))
        assert trail[-1] != trail[-2], f"{each.line!r} changes nothing"
    assert trail[-1] == lines_of(plan.after)
    # Undone from any point on, as after a line that the switch has refused.
    now = trail[-1]
    for each, before in zip(reversed(plan.lines), reversed(trail[:-1]), strict=True):
        now = typed(now, each.context, each.undo)
        assert now == before, f"{each.undo!r} does not undo {each.line!r}"


@many
@given(transports, intents(), st.booleans(), st.data())
def test_what_is_ours_to_undo_is_what_was_written_and_is_there(
    current: Transport, intent: LicensingIntent, remove_strays: bool, data: st.DataObject
) -> None:
    plan = plan_transport(current, intent, remove_strays=remove_strays)
    written = data.draw(st.integers(0, len(plan.lines)))
    now = current
    for each in plan.lines[:written]:
        now = each.effect(now)
    ours = [is_still_ours(each, before=current, now=now) for each in plan.lines]
    assert ours == [position < written for position in range(len(plan.lines))]


@many
@given(transports, intents(), st.booleans())
def test_nothing_else_is_ever_written(
    current: Transport, intent: LicensingIntent, remove_strays: bool
) -> None:
    plan = plan_transport(current, intent, remove_strays=remove_strays)
    for each in plan.lines:
        assert allowed(each, each.line, intent.vrf), each
        assert allowed(each, each.undo, intent.vrf), each
    assert plan.after.call_home.other == current.call_home.other
    mine = [each for each in current.call_home.destinations if each.profile == "mine"]
    assert [each for each in plan.after.call_home.destinations if each.profile == "mine"] == mine


@many
@given(transports, intents(), st.booleans())
def test_there_is_a_diff_exactly_where_there_are_lines(
    current: Transport, intent: LicensingIntent, remove_strays: bool
) -> None:
    plan = plan_transport(current, intent, remove_strays=remove_strays)
    assert bool(plan.diff) == bool(plan.lines)
    assert same_transport(plan.before, plan.after) == (not plan.lines)
    changes = [line for line in plan.diff.splitlines() if line[0] in "+-"]
    assert bool(changes) == bool(plan.lines)


@many
@given(transports, intents())
def test_the_https_destination_comes_after_the_last_http_one_has_gone_and_enable_is_last(
    current: Transport, intent: LicensingIntent
) -> None:
    lines = [each.line for each in plan_transport(current, intent).lines]
    removals = [at for at, line in enumerate(lines) if line.startswith("no destination-profile")]
    additions = [
        at for at, line in enumerate(lines) if re.match(r"destination-profile \S+ http ", line)
    ]
    assert all(gone < come for gone in removals for come in additions)
    assert "enable" not in lines[:-1]


NOT_AS_INTENDED = {
    "call-home-not-enabled",
    "http-destination",
    "no-destination",
    "no-http-method",
    "no-email-contact",
    "destination-differs",
    "vrf-differs",
    "email-differs",
    "source-interface-differs",
    "name-server-missing",
    "proxy-differs",
}


@many
@given(transports, intents())
def test_verify_finds_a_difference_exactly_where_configure_would_write(
    current: Transport, intent: LicensingIntent
) -> None:
    read = state(transport=current, saved=current)
    status = read.status
    assert status is not None
    found = {finding.code for finding in assess(read, intent=intent)}
    lines = plan_transport(current, intent).lines
    about_call_home = [each for each in lines if each.line != "license smart enable"]
    assert bool(found & NOT_AS_INTENDED) == bool(about_call_home)
