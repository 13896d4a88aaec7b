"""Every platform and release the regime table knows, the contexts, and what surrounds licensing."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nxsl.core import regime as core
from nxsl.lab import CALLHOME_DIRECT, CLOUD_TOKEN, Backend, License, Network, Regime, SwitchSpec
from nxsl.lab.network import IDENTRUST, QUOVADIS
from nxsl.lab.regime_fleet import MDS_9148S, N3064, N6001, N7009, regime_fleet
from nxsl.lab.releases import product_of, render_version
from nxsl.nxos.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab import Lab
    from tests.lab.conftest import Start, User

    Login = Callable[..., User]
    Eventually = Callable[[Callable[[], object]], None]

DATA = Path(__file__).parent / "data"
QUICK = Backend(register_latency=0.02, authorize_latency=0.02)

FLEET = {spec.name: spec for spec in regime_fleet()}
PAK, SMART, POLICY, NONE = Regime.TRADITIONAL, Regime.SMART, Regime.POLICY, Regime.NONE

REGIMES = {
    "n9k-7-0-3-i7-2": PAK,
    "n9k-9-3-2": PAK,
    "n9k-9-3-3": SMART,
    "n9k-9-3-6": SMART,
    "n9k-10-1-2": SMART,
    "n9k-10-2-1": POLICY,
    "n9k-10-4-5": POLICY,
    "n3k-9-3-15": SMART,
    "n3k-10-3-6": POLICY,
    "n3016-7-0-3-i7-9": PAK,
    "n3064-9-3-5": PAK,
    "n3064-10-2-3": PAK,
    "n3k-6-0-2-u6": PAK,
    "n3550t-10-2-3t": POLICY,
    "n5k-7-1-4": PAK,
    "n6k-7-3-8": PAK,
    "n7k-7-3-2": PAK,
    "n7k-8-0-1": SMART,
    "n7k-8-1-1": SMART,
    "n7k-8-4-2": SMART,
    "n7k-8-1-1-tenant": SMART,
    "mds-8-4-2b": SMART,
    "mds-9-2-1": SMART,
    "mds-9-2-2": POLICY,
    "aci-15-3-2b": NONE,
    "unknown-9-3-5": NONE,
}
# The lab is a switch and has a regime also where no source tells nxsl which one it is.
UNSOURCED = {"mds-8-4-2b", "mds-9-2-1", "unknown-9-3-5"}
IN_CORE = {
    PAK: core.Regime.TRADITIONAL,
    SMART: core.Regime.SMART_LICENSING,
    POLICY: core.Regime.USING_POLICY,
    NONE: core.Regime.UNSUPPORTED,
}

USAGE = {
    PAK: "Status Expiry Date Comments",
    SMART: "License Authorization: \n  Status: ",
    POLICY: "License Authorization:\n  Status: Not Applicable\n",
    NONE: "% Invalid command",
}


def version_of(spec: SwitchSpec) -> str:
    return render_version(spec.sample, spec.real_release, "me", "FDO00000000", spec.chassis)


@pytest.mark.parametrize("name", REGIMES)
def test_every_row_has_its_regime_and_nxsl_agrees(name: str) -> None:
    spec = FLEET[name]
    assert spec.regime is REGIMES[name]
    facts = parse("show version", version_of(spec))
    assert facts.release == spec.release
    wanted = core.Regime.UNKNOWN if name in UNSOURCED else IN_CORE[spec.regime]
    assert core.regime_of(facts) is wanted


def test_the_fleet_is_whole() -> None:
    assert len(FLEET) == len(regime_fleet())
    states = {name for name in FLEET if name.startswith(("pak-", "sl-", "slp-"))}
    assert set(REGIMES) == set(FLEET) - states
    assert {spec.regime for spec in FLEET.values()} == set(Regime)


@pytest.mark.parametrize(
    ("chassis", "product"),
    [
        ("Nexus9000 C93180YC-EX chassis", "N9K-C93180YC-EX"),
        ("Nexus9000 93180YC-EX chassis ", "N9K-C93180YC-EX"),
        (N3064, "N3K-C3064PQ"),
        (N6001, "N6K-C6001"),
        (N7009, "N7K-C7009"),
        (MDS_9148S, "DS-C9148S"),
        ('N9K-C93180YC-EX ("supervisor")', "N9K-C93180YC-EX"),
    ],
)
def test_products_are_named_after_the_chassis(chassis: str, product: str) -> None:
    assert product_of(f"Hardware\n  cisco {chassis}\n  Device name: me\n") == product


def test_another_release_of_a_nexus_7000_prints_no_engineering_build() -> None:
    text = version_of(FLEET["n7k-7-3-2"])
    assert "  system:    version 7.3(2)D1(1)\n" in text
    assert "n7000-s2-dk9.7.3.2.D1.1.bin" in text
    assert "8.1" not in text.partition("Hardware")[0]
    assert "///n6000-uk9.7.3.8.N1.1.bin" in version_of(FLEET["n6k-7-3-8"])


def test_each_switch_of_the_fleet_can_be_run_and_asked(
    nxsl_lab: Callable[..., Lab], login: Login
) -> None:
    lab = nxsl_lab(FLEET.values())
    for name, switch in lab.items():
        user = login(switch)
        assert switch.spec.real_release in user.run("show version")
        usage = user.run("show license usage")
        status = user.run("show license status")
        regime = switch.spec.regime if switch.spec.smart_enabled else PAK
        assert USAGE[regime] in usage, name
        known = switch.spec.regime in {SMART, POLICY}
        assert ("% Invalid command" in status) is not known, name


def test_the_registered_states_are_printed(nxsl_lab: Callable[..., Lab], login: Login) -> None:
    wanted = {
        "sl-authorized": ("REGISTERED", "AUTHORIZED on "),
        "sl-eval": ("UNREGISTERED", "EVAL MODE"),
        "sl-eval-expired": ("UNREGISTERED", "EVAL EXPIRED"),
        "sl-out-of-compliance": ("REGISTERED", "OUT OF COMPLIANCE on "),
        "sl-auth-expired": ("REGISTERED", "AUTH EXPIRED on "),
        "sl-registration-failed": ("UNREGISTERED - REGISTRATION FAILED", "EVAL MODE"),
        "sl-registration-expired": ("UNREGISTERED - REGISTRATION EXPIRED", "EVAL EXPIRED"),
        "sl-reserved": ("REGISTERED - SPECIFIC LICENSE RESERVATION", "AUTHORIZED - RESERVED on "),
        "sl-idle": ("REGISTERED", "NO LICENSES IN USE on "),
    }
    lab = nxsl_lab([FLEET[name] for name in wanted])
    for name, (state, authorization) in wanted.items():
        text = login(lab[name]).run("show license status")
        assert f"Registration:\n  Status: {state}\n" in text
        assert f"License Authorization: \n  Status: {authorization}" in text


def rows(user: User) -> dict[str, str]:
    found = {}
    for line in user.run("show license usage").splitlines():
        tag, _, rest = line.partition(" ")
        found[tag] = " ".join(rest.split())
    return found


def test_the_states_of_licence_files(nxsl_lab: Callable[..., Lab], login: Login) -> None:
    names = [name for name in FLEET if name.startswith("pak-")]
    lab = nxsl_lab([FLEET[name] for name in names])
    licensed = rows(login(lab["pak-licensed"]))
    assert licensed["LAN_ENTERPRISE_SERVICES_PKG"] == "Yes - In use Never -"
    assert licensed["VPN_FABRIC"] == "Yes - In use 08 Oct 2027 -"
    assert rows(login(lab["pak-grace"]))["SECURITY_PKG"] == "No 0 In use Grace 119D 22H"
    expired = rows(login(lab["pak-grace-expired"]))
    assert expired["NETWORK_SERVICES_PKG"] == "No - In use Grace expired"
    user = login(lab["pak-missing"])
    assert rows(user)["LAN_ENTERPRISE_SERVICES_PKG"] == "Yes - In use Never license missing"
    assert user.run("show license") == ""
    files = login(lab["pak-licensed"]).run("show license")
    assert "FEATURE VPN_FABRIC cisco 1.0 08-oct-2027 uncounted \\\n" in files
    assert "LAN_ENTERPRISE_SERVICES_PKG cisco 1.0 permanent uncounted \\\n" in files
    assert user.run("show license host-id") == f"License hostid: VDH={lab['pak-missing'].serial}\n"


def test_the_table_of_a_nexus_7000_is_the_saved_one(start: Start, login: Login) -> None:
    grace = {"MPLS_PKG": "10D 1H", "STORAGE-ENT": "20D 6H", "ENHANCED_LAYER2_PKG": "20D 6H"}
    licenses = [
        *(License(tag=tag, in_use=False, grace=f"Grace {left}") for tag, left in grace.items()),
        License(tag="TRANSPORT_SERVICES_PKG", in_use=False, installed=True),
        License(tag="LAN_ADVANCED_SERVICES_PKG", in_use=False, installed=True),
        License(installed=True),
    ]
    user = login(start(release="7.3(2)D1(1)", chassis=N7009, licenses=tuple(licenses)))
    assert user.run("show license usage") == (DATA / "pak_usage_n7k.txt").read_text()


def test_a_tenant_context_may_not_license(start: Start, login: Login) -> None:
    tenant = login(start(release="8.1(1)", vdc=(3, "tenant"), callhome=CALLHOME_DIRECT))
    assert tenant.run("show vdc current-vdc") == "Current vdc is 3 - tenant\n"
    denied = "% Permission denied for the role\n"
    assert tenant.run("license smart register idtoken abc") == denied
    assert tenant.config("license smart enable").count(denied) == 1
    assert "Smart Licensing is ENABLED" in tenant.run("show license status")


def test_the_default_context_may(start: Start, login: Login, eventually: Eventually) -> None:
    switch = start(release="8.1(1)", callhome=CALLHOME_DIRECT, backend=QUICK)
    user = login(switch)
    assert user.run("show vdc current-vdc") == "Current vdc is 1 - leaf1\n"
    table = user.run("show vdc").splitlines()
    assert table[3].split() == ["vdc_id", "vdc_name", "state", "mac", "type", "lc"]
    assert table[5].startswith("1       leaf1                             active    ")
    user.run(f"license smart register idtoken {CLOUD_TOKEN}")
    eventually(lambda: switch.registered)


@pytest.mark.parametrize(("form", "state"), [(True, "enabled"), (False, "disabled")])
def test_the_features_of_an_mds(start: Start, login: Login, form: bool, state: str) -> None:
    text = login(start(release="8.4(2b)", smart_enabled=form)).run("show feature")
    assert text.startswith("Feature Name         Instance State\n")
    assert f"\nlicense-smart        1        {state}\n" in text
    later = login(start(release="9.2(2)", chassis=MDS_9148S)).run("show feature")
    assert "license-smart" not in later


# -- certificates ---------------------------------------------------------------------------------


def test_the_roots_are_laid_out_as_a_nexus_prints_them(start: Start, login: Login) -> None:
    user = login(start(trust_anchors=(IDENTRUST, QUOVADIS)))
    points = user.run("show crypto ca trustpoints")
    assert points.startswith(
        "trustpoint: IdenTrust-Commercial-Root-CA-1; key-pair: \nrevokation methods:  crl\n\n"
    )
    text = user.run("show crypto ca certificates")
    assert text.count("CA certificate 0:\nsubject= /C=") == 2
    assert "\nnotAfter=Jan 16 18:12:23 2034 GMT\nSHA1 Fingerprint=DF:71:7E:AA" in text
    assert "\npurposes: sslserver sslclient \n\nTrustpoint: QuoVadis-Root-CA-2\n" in text


@pytest.mark.parametrize(
    ("anchors", "network", "failure"),
    [
        ((IDENTRUST,), Network(), ""),
        ((QUOVADIS,), Network(), "Fail to send out Call Home HTTP message"),
        ((QUOVADIS,), Network(cloud_root=QUOVADIS), ""),
        ((), Network(), "Fail to send out Call Home HTTP message"),
    ],
)
def test_the_cloud_needs_the_root_of_its_chain(
    start: Start,
    login: Login,
    eventually: Eventually,
    anchors: tuple[str, ...],
    network: Network,
    failure: str,
) -> None:
    switch = start(callhome=CALLHOME_DIRECT, backend=QUICK, network=network, trust_anchors=anchors)
    login(switch).run(f"license smart register idtoken {CLOUD_TOKEN}")
    eventually(lambda: switch.licensing.initial is not None)
    assert getattr(switch.licensing.initial, "failure", None) == failure
    assert switch.registered is not bool(failure)


# -- time -----------------------------------------------------------------------------------------


def test_ntp_screens(start: Start, login: Login) -> None:
    user = login(start(ntp=("192.0.2.123", "192.0.2.124"), clock_source="NTP"))
    assert user.run("show clock").splitlines()[1:] == ["Time source is NTP"]
    head = "Total peers : 2\n* - selected for sync, + -  peer mode(active), \n"
    status = user.run("show ntp peer-status")
    assert status.startswith(head)
    peers = [line.split() for line in status.splitlines()[5:]]
    assert peers == [
        ["*192.0.2.123", "0.0.0.0", "2", "64", "377", "0.01311", "management"],
        ["=192.0.2.124", "0.0.0.0", "2", "64", "377", "0.01311", "management"],
    ]
    assert status.splitlines()[5].index("0.0.0.0") == status.splitlines()[3].index("local")
    assert user.run("show ntp peers").splitlines()[4:] == [
        "  192.0.2.123                   Server (configured)",
        "  192.0.2.124                   Server (configured)",
    ]
    user.config("no ntp server 192.0.2.124", "ntp server 192.0.2.9")
    assert "ntp server 192.0.2.123 use-vrf management\nntp server 192.0.2.9\n" in user.run(
        "show running-config"
    )


def test_ntp_without_an_answer(start: Start, login: Login) -> None:
    user = login(start(ntp=("192.0.2.123",), ntp_synchronised=False))
    row = user.run("show ntp peer-status").splitlines()[-1].split()
    assert row == ["=192.0.2.123", "0.0.0.0", "16", "64", "0", "0.00000", "management"]
    assert user.run("show clock").count("\n") == 1


# -- reachability ---------------------------------------------------------------------------------


def test_telnet_hangs_at_a_wall_until_ctrl_c(start: Start, login: Login) -> None:
    network = Network(
        unreachable=("tools.cisco.com",), names6={"tools.cisco.com": "2001:db8:1101:5::a"}
    )
    user = login(start(network=network, telnet_seconds=60.0))
    begun = time.monotonic()
    user.type("telnet tools.cisco.com 443 vrf management\r")
    user.until(r"Trying 2001:db8:1101:5::a\.\.\.\r\nTrying 72\.163\.4\.38\.\.\.\r\n$")
    user.type("x\x03")
    user.until(r"\^C\r\nleaf1# $")
    assert time.monotonic() - begun < 30


def test_telnet_gives_up_by_itself(start: Start, login: Login) -> None:
    network = Network(unreachable=("tools.cisco.com",))
    text = login(start(network=network, telnet_seconds=0.02)).run(
        "telnet tools.cisco.com 443 vrf management"
    )
    assert text == (
        "Trying 72.163.4.38...\ntelnet: Unable to connect to remote host: Connection timed out\n"
    )


def test_ping_and_telnet_keep_to_their_vrf(start: Start, login: Login) -> None:
    user = login(start(ping_seconds=0.02, telnet_seconds=0.02))
    assert "5 packets received" in user.run("ping 192.0.2.10 vrf management")
    assert "100.00% packet loss" in user.run("ping 192.0.2.10")
    assert "100.00% packet loss" in user.run("ping 192.0.2.10 vrf nowhere")
    assert user.run("telnet 192.0.2.10 443 vrf default").endswith("Connection timed out\n")


def test_the_interfaces_of_a_vrf(start: Start, login: Login) -> None:
    user = login(start())
    assert user.run("show ip interface brief vrf management") == (
        'IP Interface Status for VRF "management"(2)\n'
        "Interface            IP Address      Interface Status\n"
        "mgmt0                192.0.2.101     protocol-up/link-up/admin-up\n"
    )
    rows = user.run("show ip interface brief").splitlines()[2:]
    assert [row.split()[0] for row in rows] == ["Lo0", "Vlan27"]
    assert user.run("show ip interface brief vrf blue") == "% VRF blue does not exist\n"


def test_names_nobody_knows(start: Start, login: Login) -> None:
    user = login(start())
    name = "no-such-host.example.com"
    assert user.run(f"ping {name} vrf management") == f"% Invalid host/interface {name}\n"
    assert user.run(f"telnet {name} 443 vrf management") == f"{name}: Name or service not known\n"


def test_a_spec_can_be_replaced_by_another_platform() -> None:
    spec = replace(SwitchSpec(name="a"), chassis=N7009, release="8.2(1)")
    assert (spec.platform, spec.regime) == ("n7k", SMART)
