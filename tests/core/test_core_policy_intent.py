"""What an inventory may say about Smart Licensing Using Policy, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from nxsl.core.errors import IntentError
from nxsl.core.intent import read_intent
from nxsl.core.policy_records import SMART_URL, PolicyMode
from tests.core.builders import ON_PREM_URL, intent
from tests.core.policy_builders import CSLU_URL, ON_PREM_POLICY_URL

OTHER_SMART = "https://receiver.example.com/licservice/license"


def test_the_vrf_is_that_of_the_whole_intent_unless_named() -> None:
    assert intent().policy_vrf == "management"
    assert intent(vrf="OOB").policy_vrf == "OOB"
    assert intent(vrf="OOB", policy={"vrf": "default"}).policy_vrf == "default"


@pytest.mark.parametrize(
    ("fields", "mode", "url"),
    [
        ({}, PolicyMode.SMART, SMART_URL),
        ({"method": "proxy"}, PolicyMode.SMART, SMART_URL),
        ({"method": "on-prem"}, PolicyMode.CSLU, ""),
        ({"method": "on-prem", "policy": {"url": CSLU_URL}}, PolicyMode.CSLU, CSLU_URL),
        ({"policy": {"transport": "cslu", "url": CSLU_URL}}, PolicyMode.CSLU, CSLU_URL),
        ({"policy": {"url": OTHER_SMART}}, PolicyMode.SMART, OTHER_SMART),
        ({"method": "on-prem", "policy": {"transport": "smart"}}, PolicyMode.SMART, SMART_URL),
        ({"policy": {"transport": "off"}}, PolicyMode.OFF, ""),
        ({"policy": {"transport": "callhome"}}, PolicyMode.CALLHOME, ""),
    ],
)
def test_the_transport_follows_from_the_method_unless_it_is_named(
    fields: dict[str, Any], mode: PolicyMode, url: str
) -> None:
    more: dict[str, dict[str, Any]] = {
        "proxy": {"proxy": {"server": "proxy.example.com", "port": 80}},
        "on-prem": {"url": ON_PREM_URL},
    }
    wanted = intent(**fields, **more.get(fields.get("method", ""), {}))
    assert (wanted.policy_mode, wanted.policy_url) == (mode, url)


@pytest.mark.parametrize("value", ["off", False])
def test_off_may_have_been_read_as_a_boolean(value: object) -> None:
    found = read_intent("leaf1", {"policy": {"transport": value}})
    assert found.policy_mode is PolicyMode.OFF


HTTP_SMART = "http://receiver.example.com/licservice/license"
ON_PREM_HTTP = {"method": "on-prem", "url": ON_PREM_URL}
REFUSED: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"transport": "smart", "url": HTTP_SMART}, {}, "licensing", "'policy.url' must begin with"),
    ({"url": HTTP_SMART}, {}, "licensing", "'policy.url' must begin with https://"),
    ({"transport": "smart", "url": HTTP_SMART}, ON_PREM_HTTP, "licensing", "'policy.url' must"),
    ({"transport": "off", "url": CSLU_URL}, {}, "licensing.policy", "transport off takes no 'url'"),
    (
        {"transport": "callhome", "url": CSLU_URL},
        {},
        "licensing.policy",
        "transport callhome takes no 'url'",
    ),
    (
        {"transport": "callhome", "vrf": "OOB"},
        {},
        "licensing.policy",
        "transport callhome takes no 'vrf'",
    ),
    ({"x": 1}, {}, "licensing.policy.x", "no such field; there are transport, url, vrf"),
    ({"transport": "automatic"}, {}, "licensing.policy.transport", "'callhome' or 'off'"),
    ({"transport": True}, {}, "licensing.policy.transport", "'callhome' or 'off'"),
    ({"transport": "cslu", "url": "cslu.example.com"}, {}, "licensing.policy.url", "must be a URL"),
    ({"transport": "cslu", "url": "ftp://cslu.example.com/"}, {}, "licensing.policy.url", "URL"),
    ({"transport": "cslu", "url": "http://u:p@example.com/"}, {}, "licensing.policy.url", "pass"),
    ({"transport": "cslu", "url": "http://example.com:99999/"}, {}, "licensing.policy.url", "port"),
    ({"transport": "cslu", "url": "http://example.com/a b"}, {}, "licensing.policy.url", "word"),
    ({"vrf": "a b"}, {}, "licensing.policy.vrf", "one word"),
    ({"vrf": ""}, {}, "licensing.policy.vrf", "at least 1"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "more", "field", "words"), REFUSED)
def test_what_makes_no_sense_is_refused_with_its_field(
    policy: dict[str, Any], more: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(IntentError) as caught:
        read_intent("leaf1", {**more, "policy": policy})
    assert caught.value.host == "leaf1"
    assert caught.value.message.startswith(f"{field}: ")
    assert words in caught.value.message
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("url", [CSLU_URL, "HTTP://cslu.example.com:8182/x", ON_PREM_POLICY_URL])
def test_a_cslu_may_listen_on_plain_http(url: str) -> None:
    assert intent(policy={"transport": "cslu", "url": url}).policy_url == url
