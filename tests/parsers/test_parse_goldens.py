"""Every saved output: what is read from it, or that it is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nxsl.core.errors import ParseError
from nxsl.core.records import (
    Attempt,
    AttemptResult,
    Authorization,
    AuthorizationState,
    CallHome,
    Clock,
    Conversion,
    Destination,
    DeviceFacts,
    Features,
    LicenseFile,
    LicenseState,
    LicenseStatus,
    LicenseSummary,
    LicenseUsage,
    LicenseUse,
    PakLicense,
    PakUsage,
    Ping,
    RegisterReply,
    Registration,
    RegistrationState,
    SaveReply,
    TelnetProbe,
)
from nxsl.core.regime import Platform, Regime, platform_of, regime_of
from nxsl.nxos.parse import COMMANDS, parse
from tests.parsers.checkpoint_goldens import CHECKPOINT_GOLDEN
from tests.parsers.policy_goldens import POLICY_GOLDEN, ZONES

DATA = Path(__file__).parents[1] / "data" / "outputs"
SAME_AGENT = "_reference_same_agent/"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # six numbers


def span(days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def done(*parts: int) -> Attempt:
    return Attempt(result=AttemptResult.SUCCEEDED, word="SUCCEEDED", at=utc(*parts))


NONE = Attempt(result=AttemptResult.NONE, word="None")
NOT_STARTED = Conversion(automatic=False, status="Not started")
DIRECT = "https://tools.cisco.com/its/service/oddce/services/DDCEService"
ONPREM = "/Transportgateway/services/DeviceRequestHandler"
CISCO_EMAIL = "sch-smart-licensing@cisco.com"
HTTP = (("CiscoTAC-1", "http"),)
XE_OTHER = (
    "Utility:",
    "Status: DISABLED",
    "Data Privacy:",
    "Sending Hostname: yes",
    "Callhome hostname privacy: DISABLED",
    "Smart Licensing hostname privacy: DISABLED",
    "Version privacy: DISABLED",
    "Transport:",
    "Type: Callhome",
    "Export Authorization Key:",
    "Features Authorized:",
    "<none>",
)


def tac1(url: str) -> tuple[Destination, ...]:
    return (Destination(profile="CiscoTAC-1", url=url, index=1),)


def pak(
    feature: str, installed: bool, status: str, expiry: str = "", comments: str = "", **more: Any
) -> PakLicense:
    return PakLicense(
        feature=feature,
        installed=installed,
        count=more.get("count"),
        status=status,
        expiry=expiry,
        comments=comments,
        grace_remaining=more.get("grace"),
    )


STATUS = "show license status"
USAGE = "show license usage"
SUMMARY = "show license summary"
VERSION = "show version"
CALLHOME = "show running-config callhome"

GOLDEN: dict[str, tuple[str, Any]] = {
    "show_license_status/n9k_9.3.4_registered_authorized.txt": (
        STATUS,
        LicenseStatus(
            enabled=True,
            registration=Registration(
                state=RegistrationState.REGISTERED,
                status="REGISTERED",
                smart_account="ldap_user_test",
                virtual_account="Default",
                export_controlled="Allowed",
                initial=done(2022, 6, 22, 16, 15, 41),
                last_renewal=NONE,
                next_renewal=utc(2022, 12, 19, 16, 15, 41),
                expires=utc(2023, 6, 22, 16, 13, 53),
            ),
            authorization=Authorization(
                state=AuthorizationState.AUTHORIZED,
                status="AUTHORIZED",
                since=utc(2022, 6, 22, 16, 15, 44),
                last_communication=done(2022, 6, 22, 16, 15, 44),
                next_communication=utc(2022, 7, 22, 16, 15, 43),
                deadline=utc(2022, 9, 20, 16, 12, 55),
            ),
            conversion=NOT_STARTED,
        ),
    ),
    # Tolerated: the same agent on IOS-XE, under Smart Licensing. It has no conversion block, and
    # sections of its own.
    f"{SAME_AGENT}show_license_status/iosxe_sl_registered_OUT_OF_COMPLIANCE.txt": (
        STATUS,
        LicenseStatus(
            enabled=True,
            registration=Registration(
                state=RegistrationState.REGISTERED,
                status="REGISTERED",
                smart_account="ACME Corporation",
                virtual_account="Wile E. Coyote",
                export_controlled="ALLOWED",
                initial=done(2022, 8, 22, 18, 58, 3),
                last_renewal=NONE,
                next_renewal=utc(2023, 2, 18, 18, 58, 3),
                expires=utc(2023, 8, 22, 18, 52, 49),
            ),
            authorization=Authorization(
                state=AuthorizationState.OUT_OF_COMPLIANCE,
                status="OUT OF COMPLIANCE",
                since=utc(2022, 8, 22, 18, 58, 17),
                last_communication=done(2022, 8, 22, 18, 58, 17),
                next_communication=utc(2022, 8, 23, 6, 58, 17),
                deadline=utc(2022, 11, 20, 18, 53, 16),
            ),
            other=XE_OTHER,
        ),
    ),
    f"{SAME_AGENT}show_license_status/iosxe_sl_registered_authorized_csr.txt": (
        STATUS,
        LicenseStatus(
            enabled=True,
            registration=Registration(
                state=RegistrationState.REGISTERED,
                status="REGISTERED",
                smart_account="Cisco Systems, TAC",
                virtual_account="RADKit-LMM-NA",
                export_controlled="ALLOWED",
                initial=done(2024, 3, 13, 8, 9, 24),
                last_renewal=NONE,
                next_renewal=utc(2024, 9, 9, 8, 9, 23),
                expires=utc(2025, 3, 13, 8, 4, 56),
            ),
            authorization=Authorization(
                state=AuthorizationState.AUTHORIZED,
                status="AUTHORIZED",
                since=utc(2024, 3, 13, 8, 9, 28),
                last_communication=done(2024, 3, 13, 8, 9, 28),
                next_communication=utc(2024, 4, 12, 8, 9, 28),
                deadline=utc(2024, 6, 11, 8, 5, 2),
            ),
            other=XE_OTHER,
        ),
    ),
    # Read as far as it goes: the table of licences is cut within its header.
    "show_license_summary/n9k_9.3-10.1_registered_authorized_TRUNCATED.txt": (
        SUMMARY,
        LicenseSummary(
            status=LicenseStatus(
                enabled=True,
                registration=Registration(
                    state=RegistrationState.REGISTERED,
                    status="REGISTERED",
                    smart_account="BU Production Test 1",
                    virtual_account="N9K_SA_49_Testing",
                    export_controlled="Allowed",
                ),
                authorization=Authorization(
                    state=AuthorizationState.AUTHORIZED,
                    status="AUTHORIZED",
                    since=utc(2021, 7, 16, 14, 26, 1),
                    last_communication=Attempt(result=AttemptResult.SUCCEEDED, word="SUCCEEDED"),
                    next_communication=utc(2021, 8, 15, 14, 26, 1),
                    deadline=utc(2021, 10, 14, 14, 20, 59),
                ),
                conversion=NOT_STARTED,
            ),
        ),
    ),
    "show_license_usage/n9k_10.x_slp_in_use.txt": (
        USAGE,
        LicenseUsage(
            authorization="Not Applicable",
            licenses=(
                LicenseUse(
                    tag="LAN_ENTERPRISE_SERVICES_PKG",
                    state=LicenseState.IN_USE,
                    status="IN USE",
                    count=1,
                    description="LAN license for Nexus 9300-XF",
                    version="1.0",
                    enforcement="NOT ENFORCED",
                    license_type="Generic",
                ),
            ),
        ),
    ),
    "show_license_usage/n7k_traditional_pak.txt": (
        USAGE,
        PakUsage(
            licenses=(
                pak("MPLS_PKG", False, "Unused", "", "Grace 10D 1H", grace=span(10, 1)),
                pak("STORAGE-ENT", False, "Unused", "", "Grace 20D 6H", grace=span(20, 6)),
                pak("VDC_LICENSES", False, "Unused", count=0),
                pak("ENTERPRISE_PKG", False, "Unused"),
                pak("FCOE-N7K-F132XP", False, "Unused", count=0),
                pak("FCOE-N7K-F248XP", False, "Unused", count=0),
                pak("ENHANCED_LAYER2_PKG", False, "Unused", "", "Grace 20D 6H", grace=span(20, 6)),
                pak("SCALABLE_SERVICES_PKG", False, "Unused"),
                pak("TRANSPORT_SERVICES_PKG", True, "Unused", "Never"),
                pak("LAN_ADVANCED_SERVICES_PKG", True, "Unused", "Never"),
                pak("LAN_ENTERPRISE_SERVICES_PKG", True, "In use", "Never"),
            )
        ),
    ),
    "show_license_usage/n9k_9.3.8_traditional_pak.txt": (
        USAGE,
        PakUsage(
            licenses=(
                pak("LAN_ENTERPRISE_SERVICES_PKG", True, "In use", "Never"),
                pak(
                    "LAN_ADVANCED_SERVICES_PKG",
                    False,
                    "In use",
                    "",
                    "Grace 119D 22H",
                    grace=span(119, 22),
                ),
                pak("FC_PORT_ACTIVATION_PKG", False, "Unused", count=0),
                pak("FM_SERVER_PKG", False, "Unused"),
                pak("ENTERPRISE_PKG", True, "In use", "never"),
            )
        ),
    ),
    "show_license_usage/n9kv_9.x_traditional_pak_all_unused.txt": (
        USAGE,
        PakUsage(
            licenses=tuple(
                pak(feature, False, "Unused", count=0 if feature in counted else None)
                for counted in [{"SECURITY_PKG", "PORT_ACTIVATION_PKG", "FC_PORT_ACTIVATION_PKG"}]
                for feature in [
                    "N9K_LIC_1G",
                    "VPN_FABRIC",
                    "NXOS_OE_PKG",
                    "FCOE_NPV_PKG",
                    "SECURITY_PKG",
                    "N9K_UPG_EX_10G",
                    "TP_SERVICES_PKG",
                    "NXOS_ADVANTAGE_GF",
                    "NXOS_ADVANTAGE_M4",
                    "NXOS_ADVANTAGE_XF",
                    "NXOS_ESSENTIALS_GF",
                    "NXOS_ESSENTIALS_M4",
                    "NXOS_ESSENTIALS_XF",
                    "SAN_ENTERPRISE_PKG",
                    "PORT_ACTIVATION_PKG",
                    "NETWORK_SERVICES_PKG",
                    "NXOS_ADVANTAGE_M8-16",
                    "NXOS_ESSENTIALS_M8-16",
                    "FC_PORT_ACTIVATION_PKG",
                    "LAN_ENTERPRISE_SERVICES_PKG",
                ]
            )
        ),
    ),
    "show_license/n3k_7.0.3.I3.1_traditional_pak.txt": (
        "show license",
        (LicenseFile(name="license_xxxxxxxxx_5_1.lic", features=("LAN_BASE_SERVICES_PKG",)),),
    ),
    "license_smart_register/n9k_9.3.4_accepted.txt": (
        "license smart register",
        RegisterReply(
            accepted=True,
            words="Initiated device registration with backend. run show license status, for"
            " registration status",
        ),
    ),
    "show_running-config_callhome/n9k_9.3.4_direct_cloud.txt": (
        CALLHOME,
        CallHome(
            enabled=True,
            email=CISCO_EMAIL,
            methods=HTTP,
            destinations=tac1(DIRECT),
            vrf="management",
        ),
    ),
    # `call home` and `<mailto:...>` are of the document; `enable` is absent there.
    "show_running-config_callhome/n9k_9.3.4_https_proxy.txt": (
        CALLHOME,
        CallHome(
            enabled=False,
            email=CISCO_EMAIL,
            methods=HTTP,
            destinations=tac1(DIRECT),
            vrf="management",
            proxy_server="X.X.X.X",
            proxy_port=80,
            proxy_enabled=True,
        ),
    ),
    # `end` is glued to the address in the document.
    "show_running-config_callhome/n9k_9.3.4_onprem_satellite.txt": (
        CALLHOME,
        CallHome(
            enabled=True,
            email=CISCO_EMAIL,
            methods=HTTP,
            destinations=tac1(f"https://10.106.41.xx{ONPREM}"),
            vrf="management",
        ),
    ),
    "show_running-config_callhome/n9k_9.3.5_broken_http_destination.txt": (
        CALLHOME,
        CallHome(
            enabled=False,
            email="abc@example.com",
            methods=HTTP,
            destinations=tac1(DIRECT.replace("https:", "http:")),
            vrf="management",
            # The published output hides the digits so; the golden keeps its very text.
            other=("phone-contact +919XXXXXXXXX", "streetaddress ST3, RD 4, Bangalore"),
        ),
    ),
    "show_running-config_callhome/n9k_onprem_from_public_config.txt": (
        CALLHOME,
        CallHome(
            enabled=True,
            email=CISCO_EMAIL,
            methods=HTTP,
            destinations=tac1(f"https://172.21.120.17{ONPREM}"),
            vrf="management",
        ),
    ),
    "ping/n9k_9.3.5_tools.cisco.com_vrf_management_ok.txt": (
        "ping",
        Ping(target="tools.cisco.com", address="72.163.4.38", sent=5, received=5),
    ),
    "ping/nxos_ok_full_with_statistics.txt": (
        "ping",
        Ping(target="8.8.8.8", address="8.8.8.8", sent=5, received=5),
    ),
    "ping/nxos_timed_out.txt": (
        "ping",
        Ping(target="8.8.8.8", address="8.8.8.8", sent=5, received=0),
    ),
    "ping/nxos_destination_host_unreachable.txt": (
        "ping",
        Ping(target="8.8.8.8", address="8.8.8.8", sent=5, received=0),
    ),
    "telnet/n9k_9.3.5_tools.cisco.com_443_vrf_management_ok.txt": (
        "telnet",
        TelnetProbe(connected=True, tried=("2001:420:1101:5::a", "72.163.4.38")),
    ),
    "copy_running-config_startup-config/n9k_ok.txt": (
        "copy running-config startup-config",
        SaveReply(saved=True, words="Copy complete."),
    ),
    "show_clock/nxos.txt": (
        "show clock",
        Clock(local=datetime(2015, 10, 19, 18, 57, 38, 347000), zone="UTC"),  # noqa: DTZ001
    ),
    "show_feature/mds_license-smart_enabled.txt": (
        "show feature",
        Features(
            enabled=frozenset(
                [
                    "analytics",
                    "fport-channel-trunk",
                    "http-server",
                    "isapi",
                    "license-smart",
                    "npiv",
                    "port_track",
                    "scheduler",
                    "scpServer",
                    "sshServer",
                    "tacacs",
                    "telemetry",
                    "telnetServer",
                ]
            ),
            known=frozenset(
                [
                    "analytics",
                    "bulkstat",
                    "cimserver",
                    "cluster",
                    "dpvm",
                    "elo",
                    "evmed",
                    "extended_credit",
                    "fabric-access",
                    "fabric-binding",
                    "fcsp",
                    "fpm",
                    "fport-channel-trunk",
                    "http-server",
                    "isapi",
                    "ivr",
                    "ldap",
                    "license-smart",
                    "npiv",
                    "port-security",
                    "port_track",
                    "privilege",
                    "qos-manager",
                    "scheduler",
                    "scpServer",
                    "sdv",
                    "sfm",
                    "sftpServer",
                    "sshServer",
                    "tacacs",
                    "telemetry",
                    "telnetServer",
                    "tpc",
                    "vmis",
                ]
            ),
        ),
    ),
    "show_feature/n9k_7.x.txt": (
        "show feature",
        Features(
            enabled=frozenset(
                ["bash-shell", "hsrp_engine", "interface-vlan", "lacp", "lldp", "ospf"]
            ),
            known=frozenset(
                [
                    "bash-shell",
                    "bfd",
                    "bgp",
                    "dhcp",
                    "eigrp",
                    "evmed",
                    "fabric_mcast",
                    "hmm",
                    "hsrp_engine",
                    "interface-vlan",
                    "isis",
                    "itd",
                    "lacp",
                    "ldap",
                    "ldp",
                    "lldp",
                    "mpls_static",
                    "msdp",
                    "nat",
                    "ospf",
                ]
            ),
        ),
    ),
}

# file: hostname, chassis, model, serial, version, release, image label, image, uptime,
# platform, regime
_VERSIONS: dict[str, tuple[str, str, str, str, str, str, str, str, timedelta, Platform, Regime]] = {
    "mds_8.4.2b": (
        "sw109-Mini",
        "MDS 9148S 16G 48 FC",
        "9148S",
        "JAF1751BGPS",
        "8.4(2b)",
        "8.4(2b)",
        "system",
        "bootflash:///m9100-s5ek9-mz.8.4.2b.bin",
        span(42, 23, 31, 29),
        Platform.MDS,
        Regime.UNKNOWN,
    ),
    "n3k_6.0.2.U6.10_kickstart": (
        "n3k",
        "Nexus 3048",
        "3048",
        "FOC19243WQN",
        "6.0(2)U6(10)",
        "6.0(2)U6(10)",
        "system",
        "bootflash:///n3000-uk10.225.0.2.U6.10.bin",
        span(796, 15, 58, 29),
        Platform.N3000_U,
        Regime.TRADITIONAL,
    ),
    "n3k_9.3.15": (
        "N3K-LAB-19",
        "Nexus3000 C3232C",
        "C3232C",
        "FOC21261DQD",
        "9.3(15)",
        "9.3(15)",
        "NXOS",
        "bootflash:///nxos.9.3.15.bin",
        span(60, 17, 8, 18),
        Platform.N9000,
        Regime.SMART_LICENSING,
    ),
    "n5k_7.1.4.N1.1": (
        "IEDP02-N5K-SW01",
        "Nexus 5596",
        "5596",
        "FOC17153X08",
        "7.1(4)N1(1)",
        "7.1(4)N1(1)",
        "system",
        "bootflash:///n5000-uk9.7.1.4.N1.1.bin",
        span(749, 15, 17, 48),
        Platform.N5000,
        Regime.TRADITIONAL,
    ),
    "n7k_8.1.1": (
        "PE1",
        "Nexus7000 C7009",
        "C7009",
        "JAF1708AAKL",
        "8.1(1) [build 8.1(0.129)] [gdb]",
        "8.1(1)",
        "system",
        "slot0:///n7000-s2-dk9.8.1.0.129.gbin",
        span(0, 0, 53, 5),
        Platform.N7000,
        Regime.SMART_LICENSING,
    ),
    "n9k_10.2.3": (
        "Spine-12",
        "Nexus9000 C9332D-GX2B",
        "C9332D-GX2B",
        "FDO26380WD1",
        "10.2(3) [Feature Release]",
        "10.2(3)",
        "NXOS",
        "bootflash:///nxos64-cs.10.2.3.F.bin",
        span(49, 10, 45, 34),
        Platform.N9000,
        Regime.USING_POLICY,
    ),
    "n9k_10.3.6": (
        "N9K-LAB-07",
        "Nexus9000 C93108TC-EX",
        "C93108TC-EX",
        "FDO23490570",
        "10.3(6) [Maintenance Release]",
        "10.3(6)",
        "NXOS",
        "bootflash:///nxos64-cs.10.3.6.M.bin",
        span(60, 17, 29, 10),
        Platform.N9000,
        Regime.USING_POLICY,
    ),
    "n9k_10.4.5": (
        "N9K-LAB-15",
        "Nexus9000 C93180YC-FX3",
        "C93180YC-FX3",
        "FLM27400B3D",
        "10.4(5) [Maintenance Release]",
        "10.4(5)",
        "NXOS",
        "bootflash:///nxos64-cs.10.4.5.M.bin",
        span(60, 17, 26, 51),
        Platform.N9000,
        Regime.USING_POLICY,
    ),
    "n9k_7.0.3.I7.2": (
        "SWITCHNAME",
        "Nexus9000 93180YC-EX",
        "93180YC-EX",
        "FDO21270U84",
        "7.0(3)I7(2)",
        "7.0(3)I7(2)",
        "NXOS",
        "bootflash:///nxos.7.0.3.I7.2.bin",
        span(2, 23, 4, 51),
        Platform.N9000,
        Regime.TRADITIONAL,
    ),
    "n9k_9.3.6": (
        "N9K-ACC-2",
        "Nexus9000 C9396PX",
        "C9396PX",
        "SAL18432P5N",
        "9.3(6uu)I9(1uu) [build 9.3(6)]",
        "9.3(6)",
        "NXOS",
        "bootflash:///nxos.9.3.6.bin.upg",
        span(0, 0, 1, 33),
        Platform.N9000,
        Regime.SMART_LICENSING,
    ),
    "n9k_aci_15.3.2b": (
        "fl-wwops-corp-l3301f-aci",
        "N9K-C93180YC-EX",
        "N9K-C93180YC-EX",
        "FDO24210DKA",
        "15.3(2b) [build 15.3(2b)]",
        "15.3(2b)",
        "system",
        "/bootflash/auto-s",
        span(270, 14, 5, 29),
        Platform.ACI,
        Regime.UNSUPPORTED,
    ),
    "n9kv_10.1.1_last_sl_train": (
        "S31R28-TOR1",
        "Nexus9000 C9500v",
        "C9500v",
        "99IWXCECUI7",
        "10.1(1)",
        "10.1(1)",
        "NXOS",
        "bootflash:///nxos64.10.1.1.bin",
        span(0, 0, 22, 44),
        Platform.N9000,
        Regime.SMART_LICENSING,
    ),
    "n9kv_9.3.3_first_smart_licensing_release": (
        "nxos-9kv-933",
        "Nexus9000 C9300v",
        "C9300v",
        "9J9LUC1LLV5",
        "9.3(3)",
        "9.3(3)",
        "NXOS",
        "bootflash:///nxos.9.3.3.bin",
        span(2, 5, 5, 41),
        Platform.N9000,
        Regime.SMART_LICENSING,
    ),
}
for _file, _row in _VERSIONS.items():
    _names = [
        "hostname",
        "chassis",
        "model",
        "serial",
        "version",
        "release",
        "image_label",
        "boot_image",
        "uptime",
    ]
    GOLDEN[f"show_version/{_file}.txt"] = (
        VERSION,
        DeviceFacts(**dict(zip(_names, _row[:9], strict=True))),  # type: ignore[arg-type]
    )

GOLDEN |= POLICY_GOLDEN | CHECKPOINT_GOLDEN

# Read by no command of nxsl: errors of the command line, other commands, and what the same agent
# prints under Smart Licensing Using Policy or on other platforms.
REFUSED = (
    "cli_errors/n9k_invalid_command_config-if.txt",
    "cli_errors/n9k_invalid_command_exec.txt",
    "cli_errors/n9kv_9.3.12_permission_denied.txt",
    "cli_errors/n9kv_9.3.12_ssh_exec_channel_unknown_command.txt",
    "cli_errors/nxos_ambiguous_command.txt",
    "cli_errors/nxos_incomplete_command.txt",
    "logging/n3k_7.0.3.I3.1_license_not_found_warning.txt",
    "nxapi_show_license/n7k_json_TRUNCATED.txt",
    f"{SAME_AGENT}show_call-home_smart-licensing/iosxe.txt",
    f"{SAME_AGENT}show_license_all/asa_registered_authorized.txt",
    f"{SAME_AGENT}show_license_all/asa_registered_no_licenses_in_use.txt",
    f"{SAME_AGENT}show_license_all/asa_renewal_FAILED_with_failure_reason.txt",
    f"{SAME_AGENT}show_license_all/asa_unregistered_eval_mode.txt",
    f"{SAME_AGENT}show_license_all/iosxe_slp_2.txt",
    f"{SAME_AGENT}show_license_all/iosxe_slp_3.txt",
    f"{SAME_AGENT}show_license_all/iosxe_slp_callhome_not_reported.txt",
    f"{SAME_AGENT}show_license_authorization/iosxe_c9300.txt",
    f"{SAME_AGENT}show_license_eventlog/iosxe.txt",
    f"{SAME_AGENT}show_license_history_message/iosxe_empty.txt",
    f"{SAME_AGENT}show_license_rum_id_detail/iosxe.txt",
    f"{SAME_AGENT}show_license_summary/iosxe_slp_1.txt",
    f"{SAME_AGENT}show_license_summary/iosxe_slp_2.txt",
    f"{SAME_AGENT}show_license_summary/iosxe_slp_3.txt",
    f"{SAME_AGENT}show_license_summary/iosxe_slp_4.txt",
    f"{SAME_AGENT}show_license_usage/iosxe_slp.txt",
    f"{SAME_AGENT}syslog/iosxe_iosxr_smart_lic_failures.txt",
)


def text_of(file: str) -> str:
    return (DATA / file).read_text(encoding="utf-8")


def smart_status(text: str, **more: Any) -> LicenseStatus:
    status = parse("show license status", text, **more)
    assert isinstance(status, LicenseStatus)
    return status


def test_no_saved_output_is_without_an_expectation() -> None:
    there = {str(file.relative_to(DATA)) for file in DATA.rglob("*.txt")}
    assert there == set(GOLDEN) | set(REFUSED)
    assert not set(GOLDEN) & set(REFUSED)


@pytest.mark.parametrize("file", GOLDEN)
def test_a_saved_output_gives_its_record(file: str) -> None:
    command, record = GOLDEN[file]
    assert parse(command, text_of(file), zones=ZONES) == record


@pytest.mark.parametrize("file", [*GOLDEN, *REFUSED])
def test_a_saved_output_is_refused_by_every_other_command(file: str) -> None:
    own = GOLDEN[file][0].replace("running-config", "") if file in GOLDEN else None
    for command in COMMANDS:
        if command.replace("running-config", "").replace("startup-config", "") == own:
            continue
        if own and command.startswith("copy") and own.startswith("copy"):
            continue
        with pytest.raises(ParseError) as caught:
            parse(command, text_of(file), zones=ZONES)
        assert caught.value.command == command


@pytest.mark.parametrize("file", [file for file in GOLDEN if "callhome" in file])
def test_the_startup_configuration_reads_alike(file: str) -> None:
    assert parse("show startup-config callhome", text_of(file)) == GOLDEN[file][1]


def test_the_index_of_a_destination_is_kept() -> None:
    # `index` is no part of equality.
    text = text_of("show_running-config_callhome/n9k_9.3.4_direct_cloud.txt")
    assert [each.index for each in parse("show running-config callhome", text).destinations] == [1]
    bare = text.replace(" index 1", "")
    assert [each.index for each in parse("show running-config callhome", bare).destinations] == [
        None
    ]


@pytest.mark.parametrize("file", _VERSIONS)
def test_platform_and_regime_of_the_saved_versions(file: str) -> None:
    facts = parse("show version", text_of(f"show_version/{file}.txt"))
    assert (platform_of(facts), regime_of(facts)) == _VERSIONS[file][9:]


def _status_part(file: str) -> str:
    text = text_of(f"{SAME_AGENT}show_license_all/{file}.txt")
    return text[text.index("Smart Licensing is ") : text.index("License Usage\n")]


def _usage_part(file: str) -> str:
    text = text_of(f"{SAME_AGENT}show_license_all/{file}.txt")
    overall = next(
        line
        for line in text[text.index("License Authorization:") :].splitlines()
        if "Status:" in line
    )
    rows = text[text.index("License Usage\n") : text.index("Product Information")]
    return "License Authorization:\n" + overall + "\n" + "\n".join(rows.splitlines()[2:])


class TestTheSameAgentOnAsa:
    """ASA prints the two commands as parts of `show license all`; the parts are read alike."""

    def test_failed_renewal_and_communication_have_their_reasons(self) -> None:
        status = smart_status(_status_part("asa_renewal_FAILED_with_failure_reason"))
        reason = "Communication message send error"
        assert status.registration
        assert status.registration.state is RegistrationState.REGISTERED
        assert status.registration.last_renewal == Attempt(
            result=AttemptResult.FAILED,
            word="FAILED",
            at=utc(2018, 12, 3, 18, 40, 22),
            failure_reason=reason,
        )
        assert status.authorization
        assert status.authorization.state is AuthorizationState.AUTHORIZED
        assert status.authorization.last_communication == Attempt(
            result=AttemptResult.FAILED,
            word="FAILED",
            at=utc(2018, 12, 3, 18, 40, 28),
            failure_reason=reason,
        )
        assert status.conversion is None

    def test_evaluation(self) -> None:
        status = smart_status(_status_part("asa_unregistered_eval_mode"))
        assert status == LicenseStatus(
            enabled=True,
            registration=Registration(
                state=RegistrationState.UNREGISTERED,
                status="UNREGISTERED",
                export_controlled="Not Allowed",
            ),
            authorization=Authorization(
                state=AuthorizationState.EVALUATION,
                status="EVAL MODE",
                evaluation_remaining=span(89, 1, 33, 51),
            ),
        )

    def test_success_is_another_word_for_succeeded(self) -> None:
        status = smart_status(_status_part("asa_registered_authorized"))
        assert status.authorization
        assert status.authorization.last_communication == Attempt(
            result=AttemptResult.SUCCEEDED, word="SUCCESS", at=utc(2018, 12, 3, 16, 43, 56)
        )

    def test_dates_with_the_year_before_the_time(self) -> None:
        status = smart_status(_status_part("asa_registered_no_licenses_in_use"))
        assert status.registration
        assert status.registration.initial == done(2023, 1, 5, 12, 19, 1)
        assert status.registration.expires == utc(2024, 1, 20, 14, 53, 47)
        assert status.other[0] == "Utility:"

    @pytest.mark.parametrize(
        ("file", "state", "licenses"),
        [
            ("asa_registered_authorized", "AUTHORIZED", [LicenseState.AUTHORIZED]),
            ("asa_unregistered_eval_mode", "EVAL MODE", [LicenseState.EVALUATION]),
            ("asa_registered_no_licenses_in_use", "AUTHORIZED", []),
        ],
    )
    def test_usage(self, file: str, state: str, licenses: list[LicenseState]) -> None:
        usage = parse("show license usage", _usage_part(file))
        assert isinstance(usage, LicenseUsage)
        assert usage.authorization == state
        assert [each.state for each in usage.licenses] == licenses
        assert [each.tag for each in usage.licenses] == ["ASAv-STD-100M"] * len(licenses)
        assert usage.other == ()
