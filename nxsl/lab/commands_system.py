"""Commands about the switch around its licensing: contexts, certificates and time.

Layouts: `show vdc` and `show vdc current-vdc` as Nexus 7000 and 9500 print them, `show ntp peers`
and `show ntp peer-status` as genieparser's saved NX-OS outputs do, `show crypto ca certificates`
and `show crypto ca trustpoints` as a Nexus 9000 does. Recalled: that the roots the licensing agent
trusts stand among the latter, the word behind `key-pair:` of a trustpoint without keys, and the NTP
screens without servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.lab import texts
from nxsl.lab.configuration import NtpServer
from nxsl.lab.network import IDENTRUST, QUOVADIS
from nxsl.lab.shell import CONFIG, EXEC, Operands, Reply, Shell, command, config

if TYPE_CHECKING:
    from nxsl.lab.device import Device


# -- what it is made of ---------------------------------------------------------------------------


@command(EXEC, "show inventory")
def _inventory(shell: Shell, _: Operands) -> Reply:
    """The chassis alone; the layout is recalled, by it Ansible's cliconf tells the model."""
    model, serial = shell.device.identity()
    return [
        texts.Recalled(f'NAME: "Chassis",  DESCR: "Nexus {model} chassis"'),
        texts.Recalled(f"PID: {model:<20} ,  VID: V01 ,  SN: {serial}"),
    ]


# -- virtual device contexts ----------------------------------------------------------------------


def _has_vdc(device: Device) -> bool:
    return device.spec.platform in {"n7k", "n9k", "n3k"}


@command(EXEC, "show vdc current-vdc", available=_has_vdc)
def _current_vdc(shell: Shell, _: Operands) -> Reply:
    number, name = shell.device.vdc
    return f"Current vdc is {number} - {name}"


@command(EXEC, "show vdc", available=_has_vdc)
def _vdc(shell: Shell, _: Operands) -> Reply:
    number, name = shell.device.vdc
    cards = "f2e f3" if shell.device.spec.platform == "n7k" else "None"
    return [
        "",
        f"Switchwide mode is {cards}",
        "",
        f"{'vdc_id':<8}{'vdc_name':<34}{'state':<20}{'mac':<20}{'type':<12}lc",
        f"{'------':<8}{'--------':<34}{'-----':<20}{'----------':<20}{'---------':<12}------",
        f"{number:<8}{name:<34}{'active':<20}{'00:00:5e:00:53:41':<20}{'Ethernet':<12}{cards}",
        "",
    ]


# -- certificates ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Root:
    """What a root certificate says of itself."""

    subject: str
    serial: str
    begins: str
    ends: str
    fingerprint: str


_ROOTS = {
    IDENTRUST: _Root(
        f"/C=US/O=IdenTrust/CN={IDENTRUST}",
        "0A0142800000014523C844B500000002",
        "Jan 16 18:12:23 2014 GMT",
        "Jan 16 18:12:23 2034 GMT",
        "DF:71:7E:AA:4A:D9:4E:C9:55:84:99:60:2D:48:DE:5F:BC:F0:3A:25",
    ),
    QUOVADIS: _Root(
        f"/C=BM/O=QuoVadis Limited/CN={QUOVADIS}",
        "0509",
        "Nov 24 18:27:00 2006 GMT",
        "Nov 24 18:23:33 2031 GMT",
        "CA:3A:FB:CF:12:40:36:4B:44:B2:16:20:88:80:48:39:19:93:7C:F7",
    ),
}


def _root(name: str) -> _Root:
    """Give a known root, or one made up for a name nobody knows."""
    made_up = _Root(
        f"/O=Example/CN={name}",
        "01",
        "Jan  1 00:00:00 2020 GMT",
        "Jan  1 00:00:00 2040 GMT",
        ":".join(["00"] * 20),
    )
    return _ROOTS.get(name, made_up)


def _point(name: str) -> str:
    """Make the name of a trustpoint, which holds no blanks, from the one of its root."""
    return name.replace(" ", "-")


@command(EXEC, "show crypto ca trustpoints", admin=True)
def _trustpoints(shell: Shell, _: Operands) -> Reply:
    found = []
    for name in shell.device.spec.trust_anchors:
        found += [f"trustpoint: {_point(name)}; key-pair: ", "revokation methods:  crl", ""]
    return found


@command(EXEC, "show crypto ca certificates", admin=True)
def _certificates(shell: Shell, _: Operands) -> Reply:
    found = []
    for name in shell.device.spec.trust_anchors:
        root = _root(name)
        found += [
            f"Trustpoint: {_point(name)}",
            "CA certificate 0:",
            f"subject= {root.subject}",
            f"issuer= {root.subject}",
            f"serial={root.serial}",
            f"notBefore={root.begins}",
            f"notAfter={root.ends}",
            f"SHA1 Fingerprint={root.fingerprint}",
            "purposes: sslserver sslclient ",
            "",
        ]
    return found


# -- time -----------------------------------------------------------------------------------------


@config(CONFIG, "ntp server <address>", "ntp server <address> use-vrf <vrf>")
def _ntp(shell: Shell, op: Operands) -> Reply:
    running = shell.device.running
    running.ntp = [server for server in running.ntp if server.address != op["address"]]
    running.ntp.append(NtpServer(op["address"], op.get("vrf", "default")))
    return None


@config(CONFIG, "no ntp server <address>", "no ntp server <address> use-vrf <vrf>")
def _no_ntp(shell: Shell, op: Operands) -> Reply:
    running = shell.device.running
    running.ntp = [server for server in running.ntp if server.address != op["address"]]
    return None


@command(EXEC, "show ntp peers")
def _ntp_peers(shell: Shell, _: Operands) -> Reply:
    rows = [f"  {server.address:<30}Server (configured)" for server in shell.device.running.ntp]
    ruler = "-" * 50
    return ["", ruler, "  Peer IP Address               Serv/Peer          ", ruler, *rows]


@command(EXEC, "show ntp peer-status")
def _ntp_status(shell: Shell, _: Operands) -> Reply:
    servers = shell.device.running.ntp
    found = [
        f"Total peers : {len(servers)}",
        "* - selected for sync, + -  peer mode(active), ",
        "- - peer mode(passive), = - polled in client mode ",
        f"    {'remote':<39}{'local':<48}st   poll   reach delay   vrf",
        "-" * 119,
    ]
    for number, server in enumerate(servers):
        heard = shell.device.spec.ntp_synchronised
        mark = "*" if heard and number == 0 else "="
        numbers = " 2   64     377   0.01311" if heard else "16   64       0   0.00000"
        found.append(f"{mark}{server.address:<42}{'0.0.0.0':<38}{numbers} {server.vrf}")
    return found
