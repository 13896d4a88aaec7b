"""The plan from call home as it is to call home as it should be: exact lines, in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nxsl.core.intent import CLOUD_URL, LicensingIntent
from nxsl.core.plan import plan_transport
from nxsl.core.records import CallHome
from nxsl.core.transport import (
    PROFILE,
    ConfigLine,
    Transport,
    TransportPlan,
    diff_transport,
    render_transport,
    same_transport,
)
from tests.core.builders import (
    EMAIL,
    HTTP_URL,
    ON_PREM_URL,
    OTHER_URL,
    call_home,
    destination,
    intent,
    proxy_intent,
    transport,
)

EMPTY = Transport(smart_enabled=True, call_home=CallHome())
DIRECT = intent(method="direct")
ON_PREM = intent(method="on-prem", url=ON_PREM_URL)
PROXY = proxy_intent("192.0.2.80", 80)

# The four configurations of cisco.com document 217965, and how each is reached from nothing.
HEAD = [f"email-contact {EMAIL}", f"destination-profile {PROFILE} transport-method http"]
GOLDEN = [
    pytest.param(
        DIRECT,
        transport(CLOUD_URL),
        [
            *HEAD,
            f"destination-profile {PROFILE} http {CLOUD_URL}",
            "transport http use-vrf management",
            "enable",
        ],
        id="direct",
    ),
    pytest.param(
        PROXY,
        transport(CLOUD_URL, proxy_server="192.0.2.80", proxy_port=80, proxy_enabled=True),
        [
            *HEAD,
            f"destination-profile {PROFILE} http {CLOUD_URL}",
            "transport http use-vrf management",
            "transport http proxy server 192.0.2.80 port 80",
            "transport http proxy enable",
            "enable",
        ],
        id="proxy",
    ),
    pytest.param(
        ON_PREM,
        transport(ON_PREM_URL),
        [
            *HEAD,
            f"destination-profile {PROFILE} http {ON_PREM_URL}",
            "transport http use-vrf management",
            "enable",
        ],
        id="on-prem",
    ),
]


def inner(plan: TransportPlan) -> list[str]:
    """The lines, all of which must be of the call-home mode."""
    assert {each.context for each in plan.lines} <= {("callhome",)}
    return [each.line for each in plan.lines]


def undos(plan: TransportPlan) -> list[str]:
    return [each.undo for each in plan.lines]


@pytest.mark.parametrize(("wanted", "target", "lines"), GOLDEN)
def test_a_bare_switch_gets_the_documents_configuration(
    wanted: LicensingIntent, target: Transport, lines: list[str]
) -> None:
    plan = plan_transport(EMPTY, wanted)
    assert inner(plan) == lines
    assert plan.after == target
    assert plan.before == EMPTY
    assert plan.strays == ()


@pytest.mark.parametrize(("wanted", "target", "lines"), GOLDEN)
def test_the_documents_configuration_is_left_alone(
    wanted: LicensingIntent, target: Transport, lines: list[str]
) -> None:
    plan = plan_transport(target, wanted)
    assert plan.lines == ()
    assert plan.diff == ""
    assert plan.commands == ()
    assert plan.after == plan.before == target


def line(**fields: Any) -> ConfigLine:
    """A line as it is typed; what it does to a state is not compared."""
    return ConfigLine(**fields, effect=lambda state: state)


def test_the_broken_switch_of_the_document_is_mended_with_its_lines() -> None:
    """An http destination, no `enable`, the source interface in another VRF, another contact."""
    broken = transport(HTTP_URL, email="abc@example.com", enabled=False, source="Vlan27")
    plan = plan_transport(broken, intent(method="direct", source_interface="mgmt0"))
    assert plan.lines == (
        line(
            context=(),
            line="ip http source-interface mgmt0",
            undo="ip http source-interface Vlan27",
        ),
        line(
            context=("callhome",),
            line=f"no destination-profile {PROFILE} index 1 http {HTTP_URL}",
            undo=f"destination-profile {PROFILE} http {HTTP_URL}",
        ),
        line(
            context=("callhome",),
            line=f"destination-profile {PROFILE} http {CLOUD_URL}",
            undo=f"no destination-profile {PROFILE} http {CLOUD_URL}",
        ),
        line(context=("callhome",), line="enable", undo="no enable"),
    )
    assert plan.commands == (
        "ip http source-interface mgmt0",
        "callhome",
        f"  no destination-profile {PROFILE} index 1 http {HTTP_URL}",
        f"  destination-profile {PROFILE} http {CLOUD_URL}",
        "  enable",
    )
    assert plan.diff.splitlines() == [
        " license smart enable",
        "-ip http source-interface Vlan27",
        "+ip http source-interface mgmt0",
        " callhome",
        "   email-contact abc@example.com",
        f"   destination-profile {PROFILE} transport-method http",
        f"-  destination-profile {PROFILE} http {HTTP_URL}",
        f"+  destination-profile {PROFILE} http {CLOUD_URL}",
        "   transport http use-vrf management",
        "+  enable",
    ]


def test_the_http_destination_goes_even_beside_the_https_one() -> None:
    plan = plan_transport(transport(CLOUD_URL, HTTP_URL), DIRECT)
    assert inner(plan) == [f"no destination-profile {PROFILE} index 2 http {HTTP_URL}"]
    assert plan.strays == ()


def test_every_http_destination_goes_whatever_its_spelling() -> None:
    loud = HTTP_URL.replace("http://", "HTTP://")
    plan = plan_transport(transport(loud, HTTP_URL, CLOUD_URL), DIRECT)
    assert inner(plan) == [
        f"no destination-profile {PROFILE} index 1 http {loud}",
        f"no destination-profile {PROFILE} index 2 http {HTTP_URL}",
    ]


def test_a_destination_without_an_index_is_removed_without_one() -> None:
    bare = replace(EMPTY, call_home=call_home(destinations=(destination(HTTP_URL, None),)))
    assert inner(plan_transport(bare, DIRECT))[0] == (
        f"no destination-profile {PROFILE} http {HTTP_URL}"
    )


def test_the_order_is_global_contact_method_destinations_way_enable() -> None:
    bare = Transport(smart_enabled=False, call_home=call_home(HTTP_URL, email="", enabled=False))
    bare = replace(bare, call_home=replace(bare.call_home, methods=(), vrf=""))
    wanted = proxy_intent(source_interface="mgmt0", name_servers=["192.0.2.53"])
    plan = plan_transport(bare, wanted)
    assert [(each.context, each.line) for each in plan.lines] == [
        ((), "license smart enable"),
        (("vrf context management",), "ip name-server 192.0.2.53"),
        ((), "ip http source-interface mgmt0"),
        (("callhome",), f"email-contact {EMAIL}"),
        (("callhome",), f"destination-profile {PROFILE} transport-method http"),
        (("callhome",), f"no destination-profile {PROFILE} index 1 http {HTTP_URL}"),
        (("callhome",), f"destination-profile {PROFILE} http {CLOUD_URL}"),
        (("callhome",), "transport http use-vrf management"),
        (("callhome",), "transport http proxy server proxy.example.com port 80"),
        (("callhome",), "transport http proxy enable"),
        (("callhome",), "enable"),
    ]
    assert undos(plan) == [
        "no license smart enable",
        "no ip name-server 192.0.2.53",
        "no ip http source-interface",
        "no email-contact",
        f"no destination-profile {PROFILE} transport-method http",
        f"destination-profile {PROFILE} http {HTTP_URL}",
        f"no destination-profile {PROFILE} http {CLOUD_URL}",
        "no transport http use-vrf",
        "no transport http proxy server",
        "no transport http proxy enable",
        "no enable",
    ]


def test_commands_leave_and_enter_modes_as_one_would_type() -> None:
    wanted = intent(name_servers=["192.0.2.53", "192.0.2.54"])
    plan = plan_transport(transport(enabled=False, on=False), wanted)
    assert plan.commands == (
        "license smart enable",
        "vrf context management",
        "  ip name-server 192.0.2.53",
        "  ip name-server 192.0.2.54",
        "callhome",
        "  enable",
    )


# ------------------------------------------------------------------------------------- strays


def test_another_https_destination_is_reported_and_left() -> None:
    plan = plan_transport(transport(OTHER_URL, CLOUD_URL), DIRECT)
    assert plan.strays == (OTHER_URL,)
    assert plan.lines == ()


def test_another_https_destination_is_removed_when_asked() -> None:
    plan = plan_transport(transport(OTHER_URL, CLOUD_URL), DIRECT, remove_strays=True)
    assert plan.strays == (OTHER_URL,)
    assert inner(plan) == [f"no destination-profile {PROFILE} index 1 http {OTHER_URL}"]
    assert undos(plan) == [f"destination-profile {PROFILE} http {OTHER_URL}"]
    assert plan_transport(plan.after, DIRECT, remove_strays=True).strays == ()


def test_destinations_of_other_profiles_are_neither_strays_nor_touched() -> None:
    own = destination(CLOUD_URL)
    others = (destination(OTHER_URL, 1, "mine"), destination(HTTP_URL, 1, "old"))
    state = replace(EMPTY, call_home=call_home(destinations=(own, *others)))
    plan = plan_transport(state, DIRECT, remove_strays=True)
    assert plan.lines == ()
    assert plan.strays == ()


def test_another_profile_with_the_right_url_does_not_count() -> None:
    state = replace(EMPTY, call_home=call_home(destinations=(destination(CLOUD_URL, 1, "mine"),)))
    assert inner(plan_transport(state, DIRECT)) == [
        f"destination-profile {PROFILE} http {CLOUD_URL}"
    ]


def test_another_profile_with_method_http_does_not_count() -> None:
    state = transport(methods=(("mine", "http"), (PROFILE, "email")))
    assert inner(plan_transport(state, DIRECT)) == [
        f"destination-profile {PROFILE} transport-method http"
    ]


# ---------------------------------------------------------------------------- change of method


PROXIED = transport(proxy_server="192.0.2.80", proxy_port=80, proxy_enabled=True)


def test_from_proxy_to_direct_the_proxy_is_disabled() -> None:
    plan = plan_transport(PROXIED, DIRECT)
    assert inner(plan) == ["no transport http proxy enable"]
    assert undos(plan) == ["transport http proxy enable"]


def test_a_proxy_that_is_named_and_not_enabled_does_not_matter_to_direct() -> None:
    named = transport(proxy_server="192.0.2.80", proxy_port=80)
    assert plan_transport(named, DIRECT).lines == ()
    assert inner(plan_transport(named, PROXY)) == ["transport http proxy enable"]


def test_from_one_proxy_to_another_the_former_is_the_undo() -> None:
    plan = plan_transport(PROXIED, proxy_intent("192.0.2.81", 8080))
    assert inner(plan) == ["transport http proxy server 192.0.2.81 port 8080"]
    assert undos(plan) == ["transport http proxy server 192.0.2.80 port 80"]


def test_the_undo_of_a_proxy_without_port_names_no_port() -> None:
    plan = plan_transport(transport(proxy_server="192.0.2.80", proxy_enabled=True), PROXY)
    assert inner(plan) == ["transport http proxy server 192.0.2.80 port 80"]
    assert undos(plan) == ["transport http proxy server 192.0.2.80"]


def test_from_direct_to_on_prem_the_cloud_becomes_a_stray() -> None:
    plan = plan_transport(transport(), ON_PREM)
    assert inner(plan) == [f"destination-profile {PROFILE} http {ON_PREM_URL}"]
    assert plan.strays == (CLOUD_URL,)
    plan = plan_transport(transport(), ON_PREM, remove_strays=True)
    assert inner(plan) == [
        f"no destination-profile {PROFILE} index 1 http {CLOUD_URL}",
        f"destination-profile {PROFILE} http {ON_PREM_URL}",
    ]


def test_from_proxy_to_on_prem_the_proxy_is_disabled_as_well() -> None:
    assert inner(plan_transport(PROXIED, ON_PREM)) == [
        f"destination-profile {PROFILE} http {ON_PREM_URL}",
        "no transport http proxy enable",
    ]


# ---------------------------------------------------------------------------------- the fields


def test_the_contact_is_kept_unless_the_intent_names_another() -> None:
    mine = transport(email="noc@example.com")
    assert plan_transport(mine, DIRECT).lines == ()
    plan = plan_transport(mine, intent(email=EMAIL))
    assert inner(plan) == [f"email-contact {EMAIL}"]
    assert undos(plan) == ["email-contact noc@example.com"]


def test_another_vrf_is_replaced_and_the_former_is_the_undo() -> None:
    plan = plan_transport(transport(vrf="OOB"), DIRECT)
    assert inner(plan) == ["transport http use-vrf management"]
    assert undos(plan) == ["transport http use-vrf OOB"]


def test_no_use_vrf_line_means_the_default_vrf() -> None:
    assert plan_transport(transport(vrf=""), intent(vrf="default")).lines == ()
    assert plan_transport(transport(vrf="default"), intent(vrf="default")).lines == ()
    plan = plan_transport(transport(), intent(vrf="default"))
    assert inner(plan) == ["transport http use-vrf default"]
    assert plan.diff.count("\n-") == 1


def test_the_source_interface_is_kept_unless_the_intent_names_another() -> None:
    assert plan_transport(transport(source="Vlan27"), DIRECT).lines == ()
    assert plan_transport(transport(source="mgmt0"), intent(source_interface="Mgmt0")).lines == ()


def test_only_missing_name_servers_are_added() -> None:
    state = replace(
        transport(),
        name_servers=(("default", ("192.0.2.54",)), ("management", ("192.0.2.53", "192.0.2.99"))),
    )
    wanted = intent(name_servers=["192.0.2.53", "192.0.2.54", "192.0.2.54"])
    plan = plan_transport(state, wanted)
    assert [(each.context, each.line) for each in plan.lines] == [
        (("vrf context management",), "ip name-server 192.0.2.54")
    ]
    assert plan.after.servers_of("management") == ("192.0.2.53", "192.0.2.99", "192.0.2.54")
    assert plan.after.servers_of("default") == ("192.0.2.54",)
    assert plan.diff
    assert not same_transport(plan.before, plan.after)


def test_smart_licensing_is_switched_on_first() -> None:
    plan = plan_transport(transport(on=False), DIRECT)
    assert plan.lines == (
        line(context=(), line="license smart enable", undo="no license smart enable"),
    )
    assert plan.diff.startswith("+license smart enable\n")


# ------------------------------------------------------------------------------ the comparison


def test_order_and_index_of_destinations_make_no_difference() -> None:
    one = transport(CLOUD_URL, OTHER_URL)
    other = transport(OTHER_URL, CLOUD_URL)
    assert same_transport(one, other)
    assert diff_transport(one, one) == ""


def test_the_switchs_spelling_of_an_interface_makes_no_difference() -> None:
    assert same_transport(transport(source="vlan27"), transport(source="Vlan27"))
    assert not same_transport(transport(source="vlan27"), transport(source="vlan28"))


def test_a_name_server_belongs_to_its_vrf() -> None:
    def state(**servers: tuple[str, ...]) -> Transport:
        return replace(transport(), name_servers=tuple(sorted(servers.items())))

    assert same_transport(state(a=("x", "y"), b=("z",)), state(a=("y", "x"), b=("z",)))
    assert not same_transport(state(a=("x",), b=("y",)), state(a=("y",), b=("x",)))
    assert not same_transport(state(a=("x",), b=("y",)), state(a=("x", "y"), b=("y",)))


@pytest.mark.parametrize(
    "changed",
    [
        transport(on=False),
        transport(source="mgmt0"),
        transport(enabled=False),
        transport(email="noc@example.com"),
        transport(methods=()),
        transport(OTHER_URL),
        transport(vrf=""),
        transport(proxy_server="192.0.2.80"),
        transport(proxy_enabled=True),
    ],
)
def test_every_difference_shows(changed: Transport) -> None:
    assert not same_transport(transport(), changed)
    assert diff_transport(transport(), changed)


def test_a_transport_is_rendered_as_the_configuration_shows_it() -> None:
    state = replace(
        transport(proxy_server="192.0.2.80", proxy_port=80, proxy_enabled=True, source="mgmt0"),
        name_servers=(("management", ("192.0.2.53",)),),
    )
    assert render_transport(state) == (
        "license smart enable",
        "ip http source-interface mgmt0",
        "vrf context management",
        "  ip name-server 192.0.2.53",
        "callhome",
        f"  email-contact {EMAIL}",
        f"  destination-profile {PROFILE} transport-method http",
        f"  destination-profile {PROFILE} http {CLOUD_URL}",
        "  transport http proxy server 192.0.2.80 port 80",
        "  transport http use-vrf management",
        "  transport http proxy enable",
        "  enable",
    )


def test_the_name_servers_of_vrf_default_stand_in_the_global_mode() -> None:
    wanted = intent(vrf="default", name_servers=["192.0.2.53"])
    plan = plan_transport(transport(vrf=""), wanted)
    assert plan.commands == ("ip name-server 192.0.2.53",)
    assert undos(plan) == ["no ip name-server 192.0.2.53"]
    assert "+ip name-server 192.0.2.53" in plan.diff.splitlines()
