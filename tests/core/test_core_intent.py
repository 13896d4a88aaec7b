"""What an inventory may say about licensing, and what is refused with host and field."""

from __future__ import annotations

from typing import Any

import pytest

from nxsl.core.errors import IntentError
from nxsl.core.intent import CLOUD_URL, LicensingIntent, Method, read_intent

PROXY = {"server": "proxy.example.com", "port": 8080}
PLANTED = "ZmFrZS1pZC10b2tlbi1vZi1hLXRlc3Q3"


def problem(data: dict[str, Any]) -> IntentError:
    with pytest.raises(IntentError) as caught:
        read_intent("leaf1", data)
    return caught.value


def refused(field: str, value: object) -> IntentError:
    """The error of one wrong field, in data that are right otherwise."""
    error = problem({**usual(field), field: value})
    assert error.host == "leaf1"
    assert f"licensing.{field}" in error.message
    assert "leaf1" in str(error)
    assert "leaf1" in error.remedy
    return error


def usual(field: str) -> dict[str, Any]:
    return {"method": "proxy", "proxy": PROXY} if field == "proxy" else {}


def test_nothing_but_the_method_means_the_cloud_in_vrf_management() -> None:
    found = read_intent("leaf1", {"method": "direct"})
    assert found == LicensingIntent(
        method=Method.DIRECT, url=CLOUD_URL, vrf="management", name_servers=()
    )
    assert found.email is None
    assert found.source_interface is None


def method_of(field: str) -> dict[str, object]:
    """The method that a field needs: only on-prem takes another URL than the cloud's."""
    return {"method": "on-prem"} if field == "url" else {}


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("method", "direct", Method.DIRECT),
        ("url", "https://ssm.example.com:8443/Transportgateway", None),
        ("url", "https://[2001:db8::1]/x", None),
        ("vrf", "management", None),
        ("vrf", "LICENSE-01_a", None),
        ("vrf", "A", None),
        ("vrf", "v" * 255, None),
        ("smart_account", "A", None),
        ("smart_account", "x" * 255, None),
        ("email", "noc@example.com", None),
        ("source_interface", "mgmt0", None),
        ("source_interface", "port-channel1.100", None),
        ("name_servers", ["192.0.2.53", "2001:db8::53"], ("192.0.2.53", "2001:db8::53")),
        ("name_servers", "192.0.2.53", ("192.0.2.53",)),
        ("name_servers", ["2001:DB8:0::53"], ("2001:db8::53",)),
        ("smart_account", "Example Corp", None),
        ("virtual_account", "Köln & Umgebung", None),
        ("virtual_account", "a; b | c?", None),
        ("token_from", "env:NXSL_TOKEN", None),
        ("token_from", "file:/etc/nxsl/id token", None),
        ("token_from", "keyring:nxsl:campus", None),
    ],
)
def test_a_good_value_is_taken(field: str, value: object, read: object) -> None:
    found = read_intent("leaf1", {**method_of(field), field: value})
    assert getattr(found, field) == (value if read is None else read)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "cloud"),
        ("method", "DIRECT"),
        ("method", ""),
        ("method", None),
        ("method", 1),
        ("url", ""),
        ("url", None),
        ("url", "http://tools.cisco.com/its/service/oddce/services/DDCEService"),
        ("url", "tools.cisco.com"),
        ("url", "https://"),
        ("url", "https:///path"),
        ("url", "ftp://ssm.example.com/x"),
        ("url", "https://user:pass@ssm.example.com/x"),
        ("url", "https://:pass@ssm.example.com/x"),
        ("url", "https://@ssm.example.com/x"),
        ("url", "https://ssm.example.com:0/x"),
        ("url", "https://ssm.example.com:65536/x"),
        ("url", "https://ssm.example.com:port/x"),
        ("url", "https://[2001:db8::1/x"),
        ("url", "https://ssm.example.com/" + "x" * 255),
        ("vrf", ""),
        ("vrf", None),
        ("vrf", 7),
        ("vrf", "v" * 256),
        ("vrf", "VRF-Ü"),
        ("email", "nobody"),
        ("email", "@example.com"),
        ("email", "a@b@c"),
        ("email", "noc@"),
        ("source_interface", ""),
        ("source_interface", "Ethernet 1/1"),
        ("source_interface", "eth1/1"),
        ("source_interface", "Vlan"),
        ("name_servers", ["192.0.2.256"]),
        ("name_servers", ["dns.example.com"]),
        ("name_servers", ["192.0.2.53", ""]),
        ("name_servers", ["fe80::1%mgmt0"]),
        ("name_servers", "192.0.2.53 192.0.2.54"),
        ("name_servers", [3221225985]),
        ("name_servers", {"first": "192.0.2.53"}),
        ("name_servers", None),
        ("smart_account", ""),
        ("smart_account", "x" * 256),
        ("virtual_account", ""),
        ("virtual_account", ["Default"]),
        ("token_from", "NXSL_TOKEN"),
        ("token_from", "env:"),
        ("token_from", "vault:secret/x"),
        ("token_from", ""),
        ("proxy", "proxy.example.com:8080"),
        ("proxy", {"server": "proxy.example.com"}),
        ("proxy", {"port": 8080}),
        ("proxy", {"server": "", "port": 8080}),
        ("proxy", {"server": "proxy.example.com", "port": 0}),
        ("proxy", {"server": "proxy.example.com", "port": 65536}),
        ("proxy", {"server": "proxy.example.com", "port": "http"}),
        ("proxy", {"server": "proxy.example.com", "port": None}),
        ("proxy", {**PROXY, "user": "x"}),
    ],
)
def test_a_bad_value_is_refused_with_host_and_field(field: str, value: object) -> None:
    refused(field, value)


# What could put another command, another line or another word on the switch.
INJECTIONS = [
    "{}\nreload",
    "{}\rreload",
    "{}\r\n",
    "{}\0",
    "{}\x1b[2J",
    "{}\x7f",
    "{}\x85reload",
    "{}\u2028reload",
    "{}\u2029reload",
    "{}\u202e",
    "{}\u200b",
    "{}\v",
    "{}\f",
]
# Only where the value goes to the switch: an account's name is compared, never typed.
TYPED_ONLY = ["{} reload", " {}", "{}\t", "{}\u00a0x", "{}?", "{};reload", "{}|end", "{}\u00e9"]


def injected(value: object, pattern: str) -> object:
    """The value with the pattern put around each text in it."""
    match value:
        case str():
            return pattern.format(value)
        case list():
            return [injected(each, pattern) for each in value]
        case _:
            return value


TYPED: dict[str, object] = {
    "url": "https://ssm.example.com/x",
    "vrf": "management",
    "email": "noc@example.com",
    "source_interface": "mgmt0",
    "name_servers": ["192.0.2.53"],
}
COMPARED: dict[str, object] = {
    "smart_account": "Example",
    "virtual_account": "Default",
    "token_from": "env:NXSL_TOKEN",
}


@pytest.mark.parametrize("pattern", INJECTIONS)
@pytest.mark.parametrize("field", [*TYPED, *COMPARED, "method"])
def test_a_line_end_or_control_character_is_refused_in_every_field(
    field: str, pattern: str
) -> None:
    good = {"method": "direct", **TYPED, **COMPARED}[field]
    refused(field, injected(good, pattern))


@pytest.mark.parametrize("pattern", TYPED_ONLY)
@pytest.mark.parametrize("field", TYPED)
def test_what_the_command_line_would_take_for_more_is_refused(field: str, pattern: str) -> None:
    read_intent("leaf1", {**method_of(field), field: TYPED[field]})
    refused(field, injected(TYPED[field], pattern))


@pytest.mark.parametrize("pattern", [*INJECTIONS, *TYPED_ONLY])
def test_the_proxy_server_is_held_to_the_same(pattern: str) -> None:
    server = pattern.format("proxy.example.com")
    error = refused("proxy", {"server": server, "port": 80})
    assert "licensing.proxy.server: " in error.message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"method": "proxy"}, "method proxy needs 'proxy'"),
        ({"method": "direct", "proxy": PROXY}, "method direct takes no 'proxy'"),
        ({"proxy": PROXY}, "method direct takes no 'proxy'"),
        (
            {"method": "on-prem", "url": "https://ssm.example.com/x", "proxy": PROXY},
            "method on-prem takes no 'proxy'",
        ),
        ({"method": "on-prem"}, "method on-prem needs 'url'"),
    ],
)
def test_method_and_operands_must_agree(data: dict[str, Any], words: str) -> None:
    assert words in problem(data).message


def test_plain_http_is_refused_with_its_own_reason() -> None:
    message = problem({"url": "http://tools.cisco.com/its/service"}).message
    assert "no longer answer http" in message


@pytest.mark.parametrize("method", [{"method": "direct"}, {"method": "proxy", "proxy": PROXY}])
def test_only_on_prem_goes_anywhere_but_to_the_cloud(method: dict[str, object]) -> None:
    """A host that overrides its group's on-prem method must not keep the group's URL."""
    message = problem({**method, "url": "https://ssm.example.com/x"}).message
    assert "needs method on-prem" in message
    assert read_intent("leaf1", {**method, "url": CLOUD_URL}).url == CLOUD_URL


def test_a_host_takes_back_the_proxy_of_its_group_with_null() -> None:
    assert read_intent("leaf1", {"method": "direct", "proxy": None}).proxy is None


def test_every_wrong_field_is_named_at_once() -> None:
    message = problem({"vrf": "a b", "email": "x", "metod": "direct"}).message
    assert [part.partition(":")[0] for part in message.split("; licensing")] == [
        "licensing.vrf",
        ".email",
        ".metod",
    ]


def test_an_unknown_field_is_answered_with_the_known_ones_of_its_level() -> None:
    assert "no such field; there are email, method," in problem({"wrf": "x"}).message
    nested = problem({"method": "proxy", "proxy": {**PROXY, "prt": 1}}).message
    assert nested == "licensing.proxy.prt: no such field; there are port, server"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", PLANTED),
        ("url", PLANTED),
        ("url", f"https://host.example.com:{PLANTED}/"),
        ("url", f"https://{PLANTED}:{PLANTED}@host.example.com/"),
        ("url", f"http://{PLANTED}/"),
        ("vrf", f"{PLANTED} x"),
        ("email", PLANTED),
        ("source_interface", f"{PLANTED}?"),
        ("name_servers", [PLANTED]),
        ("name_servers", PLANTED),
        ("name_servers", {PLANTED: PLANTED}),
        ("smart_account", f"{PLANTED}\n"),
        ("virtual_account", [PLANTED]),
        ("token_from", PLANTED),
        ("token_from", f"token:{PLANTED}"),
        ("proxy", PLANTED),
        ("proxy", {"server": f"{PLANTED} ", "port": 1}),
        ("proxy", {"server": "proxy.example.com", "port": PLANTED}),
        ("proxy", {**PROXY, "password": PLANTED}),
        ("token", PLANTED),
        ("idtoken", {"value": PLANTED}),
    ],
)
def test_an_error_never_shows_the_value(field: str, value: object) -> None:
    error = problem({**usual(field), field: value})
    shown = f"{error} {error!r} {error.args} {error.text} {error.__cause__}"
    assert PLANTED not in shown
    assert PLANTED.lower() not in shown.lower()


def test_an_intent_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_intent("leaf1", {}).vrf = "x"
