"""The sample inventory is what a user copies: it must load, be safe, and explain everything."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from nxsl import LicensingIntent, Method, configure_transport, open_fleet, register, token_from_env
from nxsl.core.intent import PolicyIntent, Proxy
from nxsl.fleet.intents import KEY, required_intent_of
from nxsl.lab import CLOUD_TOKEN, ON_PREM_TOKEN, Cssm, Network, SwitchSpec, Token
from nxsl.lab.network import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nornir.core import Nornir

    from nxsl.lab import Lab

SAMPLE = Path(__file__).parents[2] / "inventory"
FILES = ("config.yaml", "defaults.yaml", "groups.yaml", "hosts.yaml")
TEXT = "\n".join((SAMPLE / name).read_text(encoding="utf-8") for name in FILES)


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Nornir:
    """The sample, opened from another working directory."""
    for variable in ("NXSL_USERNAME", "NXSL_PASSWORD", "NXSL_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return open_fleet(SAMPLE)


def licensing_in(document: object) -> Iterator[dict[str, Any]]:
    """Every `licensing` mapping in a YAML document."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == KEY:
                yield value
            else:
                yield from licensing_in(value)


def test_folder_holds_the_four_files() -> None:
    assert sorted(path.name for path in SAMPLE.iterdir()) == sorted(FILES)


def test_opens_and_every_host_has_an_intent(sample: Nornir, tmp_path: Path) -> None:
    intents = [required_intent_of(host) for host in sample.inventory.hosts.values()]
    assert {intent.method for intent in intents} == set(Method)
    assert sample.config.runner.plugin == "nxsl"
    assert sample.config.runner.options == {"limits": {"jump_host": 10}}
    assert not sample.config.logging.enabled
    assert list(tmp_path.iterdir()) == []


def test_every_field_of_an_intent_is_shown() -> None:
    documents = [YAML(typ="safe").load(SAMPLE / name) for name in FILES]
    shown = {key for document in documents for each in licensing_in(document) for key in each}
    assert shown == set(LicensingIntent.model_fields)
    proxies = [each["proxy"] for d in documents for each in licensing_in(d) if "proxy" in each]
    assert {key for proxy in proxies for key in proxy} == set(Proxy.model_fields)
    policies = [each["policy"] for d in documents for each in licensing_in(d) if "policy" in each]
    assert {key for policy in policies for key in policy} == set(PolicyIntent.model_fields)


def test_every_field_of_an_intent_is_explained() -> None:
    """Where a field appears first, a comment stands above it or above its neighbour."""
    lines = TEXT.splitlines()
    for field in LicensingIntent.model_fields:
        at = [n for n, line in enumerate(lines) if re.match(rf"\s+{field}:", line)]
        assert any(lines[n - 1].lstrip().startswith("#") for n in at), field


def test_host_keys_are_checked_on_every_host(sample: Nornir) -> None:
    for host in sample.inventory.hosts.values():
        extras = host.get_connection_parameters("netmiko").extras or {}
        assert (extras["ssh_strict"], extras["system_host_keys"]) == (True, True), host.name
        assert "session_log" not in extras


def test_holds_no_secret_and_no_real_address(sample: Nornir) -> None:
    assert not re.search(r"^\s*(password|secret|token|idtoken)\s*:", TEXT, re.MULTILINE)
    documentation = ip_network("192.0.2.0/24")
    for address in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", TEXT):
        assert ip_address(address) in documentation
    names = re.findall(r"\b[\w-]+\.(?:[\w-]+\.)*(?:com|net|org)\b", TEXT)
    assert {name for name in names if "example." not in name} == {"tools.cisco.com", "cisco.com"}
    assert all(not host.password for host in sample.inventory.hosts.values())


def test_works_on_switches_that_have_the_network_it_speaks_of(
    sample: Nornir,
    nxsl_lab: Callable[..., Lab],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its intents, word by word, license simulated switches: no name or URL in it is a slip."""
    intents = {
        name: required_intent_of(host).model_dump(mode="json", exclude_unset=True)
        for name, host in sample.inventory.hosts.items()
    }
    campus = "c2FtcGxlLWNhbXB1cy10b2tlbi1vZi10aGUtbGFi"
    second = "proxy2.example.com"
    special: dict[str, dict[str, Any]] = {
        "dc1-border01": {
            "network": Network(routed_vrfs=("default",)),
            "config": "ip name-server 192.0.2.53",
        },
        "campus-dist01": {
            "network": Network(proxy=(second, 3128), names={**NAMES, second: "192.0.2.81"})
        },
    }
    lab = nxsl_lab(
        [SwitchSpec(name=name, name_servers=(), **special.get(name, {})) for name in intents],
        cssm=Cssm(tokens=(Token(value=CLOUD_TOKEN), Token(value=campus, virtual_account="Campus"))),
    )
    monkeypatch.setenv("NXSL_TOKEN", CLOUD_TOKEN)
    monkeypatch.setenv("NXSL_TOKEN_ONPREM", ON_PREM_TOKEN)
    monkeypatch.setenv("NXSL_TOKEN_CAMPUS", campus)
    lab.write_inventory(tmp_path / "lab", intents=intents)
    with open_fleet(tmp_path / "lab") as fleet:
        for result in (
            fleet.run(configure_transport),
            fleet.run(register, token=token_from_env()),
        ):
            assert {host: str(multi[0].result) for host, multi in result.failed_hosts.items()} == {}
    assert all(switch.registered for switch in lab.values())
    assert lab["campus-core01"].licensing.virtual_account == "Campus"
