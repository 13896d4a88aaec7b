"""The lab as a whole: its files, its fleets, its end; ordinary clients; the network's tests."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from netmiko import ConnectHandler
from nornir import InitNornir
from ruamel.yaml import YAML

import nxsl.lab
from nxsl.lab import (
    CALLHOME_DIRECT,
    CALLHOME_PROXY,
    CLOUD_TOKEN,
    CLOUD_URL,
    ON_PREM_TOKEN,
    BlackHole,
    Flood,
    Hang,
    HostKeyChanged,
    HostKeyUnknown,
    Lab,
    Meanwhile,
    Network,
    Regime,
    SwitchSpec,
    demo_fleet,
    fleet,
)
from nxsl.lab.releases import platform_of, regime_of, render_version, sample_for, sample_text
from nxsl.lab.texts import Recalled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lab.conftest import Start, User

    Login = Callable[..., User]

DATA = Path(__file__).parent / "data"


def test_an_ordinary_client_can_work_with_it(start: Start) -> None:
    switch = start(callhome="email-contact a@b.c")
    with ConnectHandler(
        device_type="cisco_nxos",
        host="127.0.0.1",
        port=switch.port,
        username="admin",
        password="lab-only",
    ) as client:
        assert client.find_prompt() == "leaf1#"
        assert "NXOS: version 9.3(4)" in client.send_command("show version")
        client.send_config_set(
            ["callhome", f"destination-profile CiscoTAC-1 http {CLOUD_URL}", "enable"]
        )
        assert "Copy complete." in client.save_config()
    assert switch.saved
    assert switch.running_callhome[-1] == "enable"


def test_running_config_callhome_has_the_head_of_the_sample(start: Start, login: Login) -> None:
    text = login(start(callhome=CALLHOME_DIRECT)).run("show run callhome")
    lines = text.splitlines()
    assert lines[0] == "!Command: show running-config callhome"
    assert lines[1].startswith("!Running configuration last done at: ")
    assert lines[2].startswith("!Time: ")
    assert lines[3:] == [
        "",
        "version 9.3(4) Bios:version 07.67",
        "callhome",
        "  email-contact sch-smart-licensing@cisco.com",
        "  destination-profile CiscoTAC-1 transport-method http",
        f"  destination-profile CiscoTAC-1 index 1 http {CLOUD_URL}",
        "  transport http use-vrf management",
        "  enable",
        "",
    ]


def test_proxy_lines_keep_the_order_of_the_sample(start: Start) -> None:
    assert start(callhome=CALLHOME_PROXY).running_callhome[-4:] == (
        "transport http proxy server proxy.example.com port 8080",
        "transport http use-vrf management",
        "transport http proxy enable",
        "enable",
    )


def test_configuration_can_be_taken_back(start: Start, login: Login) -> None:
    switch = start(callhome=CALLHOME_PROXY, config="ip http source-interface mgmt0")
    user = login(switch)
    assert not user.config(
        "no ip http source-interface",
        "no ip domain-lookup",
        "vrf context management",
        "no ip name-server 192.0.2.53",
        "ip name-server 192.0.2.1 192.0.2.2",
        "callhome",
        "no enable",
        "no transport http proxy enable",
        "no transport http proxy server",
        "no transport http use-vrf",
        f"no destination-profile CiscoTAC-1 http {CLOUD_URL}",
        "no destination-profile CiscoTAC-1 transport-method http",
        "no email-contact",
    ).count("%")
    assert switch.running_callhome == ()
    assert "callhome" not in switch.running_config
    assert "no ip domain-lookup" in switch.running_config
    assert "  ip name-server 192.0.2.1 192.0.2.2" in switch.running_config


def test_a_second_destination_gets_the_next_index(start: Start, login: Login) -> None:
    switch = start()
    login(switch).config(
        "callhome",
        "destination-profile CiscoTAC-1 http https://a.example/x",
        "destination-profile CiscoTAC-1 http https://b.example/x",
        "destination-profile CiscoTAC-1 http https://a.example/x",
        "destination-profile CiscoTAC-1 index 2 http https://c.example/x",
    )
    assert switch.running_callhome == (
        "destination-profile CiscoTAC-1 index 1 http https://a.example/x",
        "destination-profile CiscoTAC-1 index 2 http https://c.example/x",
    )


def test_enable_wants_a_contact(start: Start, login: Login) -> None:
    switch = start()
    assert login(switch).config("callhome", "enable").splitlines()[1].startswith("ERROR: ")
    assert switch.running_callhome == ()


def test_ping_and_telnet(start: Start, login: Login) -> None:
    switch = start(ping_seconds=0.05)
    user = login(switch)
    alive = user.run("ping tools.cisco.com vrf management")
    assert alive.startswith("PING tools.cisco.com (72.163.4.38): 56 data bytes\n64 bytes from 72")
    assert "5 packets transmitted, 5 packets received, 0.00% packet loss\n" in alive
    assert user.run("ping tools.cisco.com").startswith("% Invalid host/interface tools.cisco.com")
    dead = user.run("ping 8.8.8.8 vrf default")
    assert dead.replace("56 data", "100 data") == (DATA / "ping_timed_out.txt").read_text()
    user.type("telnet tools.cisco.com 443 vrf management\r")
    user.until(r"Connected to tools\.cisco\.com\.\r\nEscape character is '\^\]'\.\r\n$")
    user.type("\x03")
    user.until(r"\^CConnection closed by foreign host\.\r\nleaf1# $")
    user.type("telnet tools.cisco.com 443 vrf management\r")
    user.until("Escape character")
    user.type("\x1d")
    user.until("telnet> $")
    user.type("quit\r")
    user.until(r"Connection closed\.\r\nleaf1# $")


def test_the_clock_and_its_zone(start: Start, login: Login) -> None:
    zone = ("CET", timedelta(hours=1))
    text = login(start(zone=zone, clock_skew=timedelta(days=-400))).run("show clock")
    assert " CET " in text
    assert text.count(":") == 2


@pytest.mark.parametrize(
    ("release", "regime"),
    [
        ("7.0(3)I7(2)", Regime.TRADITIONAL),
        ("9.2(3)", Regime.TRADITIONAL),
        ("9.3(2)", Regime.TRADITIONAL),
        ("9.3(3)", Regime.SMART),
        ("9.3(6)", Regime.SMART),
        ("9.3(15)", Regime.SMART),
        ("10.1(1)", Regime.SMART),
        ("10.1(2)", Regime.SMART),
        ("10.2(3)", Regime.POLICY),
        ("10.4(5)", Regime.POLICY),
        ("6.0(2)U6(10)", Regime.TRADITIONAL),
        ("7.1(4)N1(1)", Regime.TRADITIONAL),
        ("8.1(1)", Regime.SMART),
        ("8.4(2b)", Regime.SMART),
        ("15.3(2b)", Regime.NONE),
    ],
)
def test_releases_choose_a_sample_and_a_regime(release: str, regime: Regime) -> None:
    sample = sample_for(release)
    assert regime_of(platform_of(sample), release) is regime
    text = render_version(sample, release, "me", "FDO00000000")
    assert f"version {release}" in text or f"[build {release}]" in text
    assert "Device name: me\n" in text
    assert "Processor Board ID FDO00000000\n" in text


def test_an_exact_sample_keeps_its_words() -> None:
    sample = "n9kv_9.3.3_first_smart_licensing_release"
    assert render_version(sample, "9.3(3)", "nxos-9kv-933", "9J9LUC1LLV5") == sample_text(sample)


def test_the_inventory_is_one_nornir_reads(nxsl_lab: Callable[..., Lab], tmp_path: Path) -> None:
    lab = nxsl_lab(
        [
            *fleet(3),
            SwitchSpec(name="new", faults=(HostKeyUnknown(),)),
            SwitchSpec(name="changed", faults=(HostKeyChanged(),), password="other"),
        ]
    )
    config = lab.write_inventory(tmp_path / "inv", intents={"new": {"method": "direct"}})
    nornir = InitNornir(config_file=str(config))
    hosts = nornir.inventory.hosts
    assert [hosts[name].port for name in lab] == [switch.port for switch in lab.values()]
    assert hosts["new"]["licensing"] == {"method": "direct"}
    assert hosts["sw0001"]["licensing"]["proxy"] == {"server": "proxy.example.com", "port": 8080}
    assert {host.platform for host in hosts.values()} == {"cisco_nxos"}
    assert hosts["changed"].password == "other"
    assert hosts["new"].password == "lab-only"
    known = (tmp_path / "inv" / "known_hosts").read_text().splitlines()
    keys = {line.split()[0]: line.split()[2] for line in known}
    assert len(keys) == 4
    assert f"[127.0.0.1]:{lab['new'].port}" not in keys
    assert len(set(keys.values())) == 2
    token = tmp_path / "inv" / "token.txt"
    assert token.read_text() == f"{CLOUD_TOKEN}\n"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert YAML(typ="safe").load(config)["logging"] == {"enabled": False}
    nornir.close_connections()


def test_ready_made_fleets() -> None:
    demo = demo_fleet()
    assert len({spec.name for spec in demo}) == 24
    assert {spec.regime for spec in demo} == {Regime.TRADITIONAL, Regime.SMART, Regime.POLICY}
    assert fleet(120) == fleet(120)
    assert len({spec.name for spec in fleet(120)}) == 120
    odd = [spec for spec in fleet(100) if spec.registration != fleet(1)[0].registration]
    assert len(odd) == 4


def lines_for(intent: Mapping[str, Any]) -> list[str]:
    """Give the lines that the intent of a ready-made fleet comes to."""
    source = intent.get("source_interface")
    lines = [f"ip http source-interface {source}"] if source else []
    lines += ["license smart enable", f"vrf context {intent['vrf']}"]
    lines += [f"ip name-server {server}" for server in intent.get("name_servers", ())]
    lines += ["callhome", f"email-contact {intent['email']}"]
    lines += [f"no destination-profile CiscoTAC-1 http {CLOUD_URL.replace('https', 'http')}"]
    lines += ["destination-profile CiscoTAC-1 transport-method http"]
    lines += [f"destination-profile CiscoTAC-1 http {intent.get('url', CLOUD_URL)}"]
    lines += [f"transport http use-vrf {intent['vrf']}"]
    if proxy := intent.get("proxy"):
        lines += [f"transport http proxy server {proxy['server']} port {proxy['port']}"]
        lines += ["transport http proxy enable"]
    return [*lines, "enable"]


@pytest.mark.parametrize(
    ("specs", "healthy"),
    [(demo_fleet()[:11], 11), (fleet(50), 46)],
    ids=["demo", "fleet"],
)
def test_the_healthy_ones_register_when_their_intent_is_configured(
    nxsl_lab: Callable[..., Lab],
    login: Login,
    eventually: Callable[[Callable[[], object]], None],
    specs: list[SwitchSpec],
    healthy: int,
) -> None:
    quick = [
        replace(
            spec,
            backend=replace(spec.backend, register_latency=0.05, authorize_latency=0.05),
        )
        for spec in specs
    ]
    lab = nxsl_lab(quick)
    fresh = [switch for switch in lab.values() if not switch.registered]
    for switch in fresh:
        intent = switch.spec.intent or {}
        token = ON_PREM_TOKEN if intent["method"] == "on-prem" else CLOUD_TOKEN
        switch.configure(*lines_for(intent))
        login(switch).run(f"license smart register idtoken {token}")
    eventually(lambda: all(switch.licensing.initial is not None for switch in fresh))
    eventually(lambda: sum(s.licensing.authorization == "AUTHORIZED" for s in fresh) == healthy)


def test_a_large_fleet_starts_and_ends_without_a_trace() -> None:
    before = set(threading.enumerate())  # some of other tests may be about to end
    with Lab(fleet(200)) as lab:
        assert len({switch.port for switch in lab.values()}) == 200
        assert len(set(threading.enumerate()) - before) == 1
    assert not set(threading.enumerate()) - before
    assert lab["sw0001"].commands == ()
    assert "hostname sw0001" in lab["sw0001"].running_config


def test_a_bad_specification_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="one name"):
        Lab([SwitchSpec(name="a"), SwitchSpec(name="a")])
    before = threading.active_count()
    with (
        pytest.raises(ValueError, match="frobnicate"),
        Lab([SwitchSpec(name="a", config="frobnicate")]),
    ):
        pass
    assert threading.active_count() == before


def test_a_defect_of_the_lab_does_not_pass_for_one_of_the_switch(login: Login) -> None:
    spec = SwitchSpec(name="leaf1", faults=(Meanwhile(line="show clock", lines=("nonsense",)),))

    def use() -> None:
        with Lab([spec]) as lab:
            user = login(lab["leaf1"])
            with pytest.raises(ConnectionError):
                user.run("show clock")

    with pytest.raises(ValueError, match="nonsense"):
        use()


def test_it_can_be_configured_and_cut_from_outside(start: Start, login: Login) -> None:
    switch = start(network=Network())
    user = login(switch)
    switch.configure("callhome", "email-contact a@b.c")
    assert switch.running_callhome == ("email-contact a@b.c",)
    with pytest.raises(ValueError, match="Invalid"):
        switch.configure("nonsense")
    switch.hang_up()
    with pytest.raises(ConnectionError):
        user.until("never")


def test_it_can_be_upgraded_between_two_sessions(start: Start, login: Login) -> None:
    switch = start()
    assert "NXOS: version 9.3(4)" in login(switch).run("show version")
    switch.upgrade("10.3(6)")
    user = login(switch)
    assert "NXOS: version 10.3(6)" in user.run("show version")
    assert "% Invalid command" in user.run("license smart register idtoken abc")


def test_recalled_texts_are_marked_and_named() -> None:
    texts = nxsl.lab.texts
    marked = {name for name, value in vars(texts).items() if isinstance(value, Recalled)}
    assert {"ALREADY_REGISTERED", "BAD_TOKEN", "SMART_DISABLED", "NO_SPACE"} <= marked
    assert not isinstance(texts.REGISTRATION_INITIATED, Recalled)


def test_without_asyncssh_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['asyncssh'] = None\n"
        "import nxsl.lab.pytest_plugin\n"
        "from nxsl.lab import SwitchSpec\n"
        "from nxsl.lab import Lab\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'nxsl[lab]'" in done.stderr


def test_it_ends_in_the_middle_of_everything(login: Login) -> None:
    faults = (Flood(line="show clock", size=None), Hang(line="show version"))
    lab = Lab(
        [SwitchSpec(name="leaf1", faults=faults), SwitchSpec(name="b", faults=(BlackHole(),))]
    )
    with lab, socket.create_connection(("127.0.0.1", lab["b"].port)):
        for line in ("show clock", "show version", "show ver"):
            login(lab["leaf1"]).type(f"{line}\r")
        login(lab["leaf1"]).type("copy run start\r")
    assert lab["leaf1"].open_sessions == 0


def test_nothing_of_nxsl_outside_is_imported() -> None:
    code = "import sys, nxsl.lab.pytest_plugin as p; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert "asyncssh" not in modules
    code = "import sys, nxsl.lab.lab; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    foreign = {
        name
        for name in done.stdout.split()
        if name.startswith("nxsl.") and not name.startswith("nxsl.lab")
    }
    assert foreign == set()
