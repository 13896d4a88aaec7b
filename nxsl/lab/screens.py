"""The `show license ...` screens, laid out as the smart agent of NX-OS lays them out.

Seen in sources: `show license status` and the first half of `show license summary` of a registered
switch, the table of traditional licences, and (ASA and IOS-XE, same agent) the lines of failure, of
evaluation and of `show license all`. Recalled: `show license usage` of classic smart licensing on
NX-OS, the usage table in the summary, and `show license udi`. The screens of Smart Licensing Using
Policy are in `policy_screens` and `policy_tech`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nxsl.lab import texts

if TYPE_CHECKING:
    from nxsl.lab.licensing import Attempt, LicensingState
    from nxsl.lab.spec import License

Dates = Callable[[datetime], str]

# The traditional table of a Nexus 9000v, every tag NX-OS lists whether or not it is used.
_TAGS = (
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
)
# The one of a Nexus 7000.
_N7K_TAGS = (
    "MPLS_PKG",
    "STORAGE-ENT",
    "VDC_LICENSES",
    "ENTERPRISE_PKG",
    "FCOE-N7K-F132XP",
    "FCOE-N7K-F248XP",
    "ENHANCED_LAYER2_PKG",
    "SCALABLE_SERVICES_PKG",
    "TRANSPORT_SERVICES_PKG",
    "LAN_ADVANCED_SERVICES_PKG",
    "LAN_ENTERPRISE_SERVICES_PKG",
)
_COUNTED = frozenset(
    {
        "SECURITY_PKG",
        "PORT_ACTIVATION_PKG",
        "FC_PORT_ACTIVATION_PKG",
        "VDC_LICENSES",
        "FCOE-N7K-F132XP",
        "FCOE-N7K-F248XP",
    }
)
_RULE = "-" * 80


def status(
    state: LicensingState, now: datetime, dates: Dates, *, automatic: bool = False
) -> list[str]:
    """Render `show license status` of classic smart licensing."""
    return [
        "Smart Licensing is ENABLED",
        "",
        *_registration(state, dates),
        "",
        *_authorization(state, now, dates),
        "",
        *state.conversion.lines(dates, automatic=automatic),
    ]


def _accounts(state: LicensingState) -> list[str]:
    found = ["Registration:", f"  Status: {state.words}"]
    if state.smart_account:
        found.append(f"  Smart Account: {state.smart_account}")
        found.append(f"  Virtual Account: {state.virtual_account}")
    allowed = "Allowed" if state.registered else "Not Allowed"
    return [*found, f"  Export-Controlled Functionality: {allowed}"]


def _registration(state: LicensingState, dates: Dates) -> list[str]:
    found = _accounts(state)
    if state.initial is not None:
        found += _attempt("Initial Registration", state.initial, dates)
    if state.next_registration is not None:
        found.append(f"  Next Registration Attempt: {dates(state.next_registration)}")
    if state.next_renewal is None:
        return found
    if state.renewal is None:
        found.append("  Last Renewal Attempt: None")
    else:
        found += _attempt("Last Renewal Attempt", state.renewal, dates)
    found.append(f"  Next Renewal Attempt: {dates(state.next_renewal)}")
    if state.expires is not None:
        found.append(f"  Registration Expires: {dates(state.expires)}")
    return found


def _attempt(name: str, attempt: Attempt, dates: Dates) -> list[str]:
    if attempt.failure:
        return [
            f"  {name}: FAILED on {dates(attempt.at)}",
            f"    Failure reason: {attempt.failure}",
        ]
    return [f"  {name}: SUCCEEDED on {dates(attempt.at)}"]


def _authorization_status(state: LicensingState, now: datetime, dates: Dates) -> list[str]:
    if state.authorization == "EVAL MODE":
        left = (state.evaluation_end or now) - now
        return ["  Status: EVAL MODE", f"  Evaluation Period Remaining: {duration(left)}"]
    on = f" on {dates(state.authorized)}" if state.authorized and state.authorization else ""
    return [f"  Status: {state.authorization}{on}"]


def _authorization(state: LicensingState, now: datetime, dates: Dates) -> list[str]:
    # The blank behind the colon is NX-OS's own.
    found = ["License Authorization: ", *_authorization_status(state, now, dates)]
    if state.communication is not None:
        found += _attempt("Last Communication Attempt", state.communication, dates)
    return found + _communication_dates(state, dates)


def _communication_dates(state: LicensingState, dates: Dates) -> list[str]:
    found = []
    if state.next_communication is not None:
        found.append(f"  Next Communication Attempt: {dates(state.next_communication)}")
    if state.deadline is not None:
        found.append(f"  Communication Deadline: {dates(state.deadline)}")
    return found


def duration(left: timedelta) -> str:
    """Write a remaining time as the agent does."""
    seconds = max(0, int(left.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    return f"{days} days, {hours} hours, {minutes} minutes, {seconds} seconds"


def summary(
    state: LicensingState,
    licenses: Sequence[License],
    now: datetime,
    dates: Dates,
    *,
    automatic: bool = False,
) -> list[str]:
    """Render `show license summary` of classic smart licensing; the usage table is recalled."""
    found = ["Smart Licensing is ENABLED", "", *_accounts(state), "", "License Authorization: "]
    found += [*_authorization_status(state, now, dates), ""]
    if state.communication is not None:
        word = "FAILED" if state.communication.failure else "SUCCEEDED"
        found.append(f"  Last Communication Attempt: {word}")
        found += [*_communication_dates(state, dates), ""]
    found += [
        *state.conversion.lines(dates, automatic=automatic),
        "",
        "License Usage:",
        "License                    Entitlement Tag               Count Status",
        "-" * 77,
    ]
    for used in licenses:
        words = used.status or state.authorization
        found.append(f"{'':<26} ({used.tag}) {used.count:>{max(1, 31 - len(used.tag))}} {words}")
    return found


def usage(
    state: LicensingState, licenses: Sequence[License], now: datetime, dates: Dates
) -> list[str]:
    """Render `show license usage` of classic smart licensing (recalled, after ASA and IOS-XE)."""
    found = ["License Authorization: ", *_authorization_status(state, now, dates), ""]
    if not licenses:
        return [*found, "No licenses in use"]
    for used in licenses:
        found += _license(used, used.status or state.authorization or "INIT")
        found.append("")
    return found[:-1]


def _license(used: License, words: str) -> list[str]:
    return [
        f"({used.tag}):",
        f"  Description: {used.description}",
        f"  Count: {used.count}",
        "  Version: 1.0",
        f"  Status: {words}",
    ]


def udi(product: str, serial: str) -> list[str]:
    """Render `show license udi` (recalled)."""
    return [f"UDI: PID:{product},SN:{serial}"]


def everything(status_lines: list[str], usage_lines: list[str], udi_lines: list[str]) -> list[str]:
    """Render `show license all` from its parts, headed as the agent heads them elsewhere."""
    return [
        "Smart Licensing Status",
        "======================",
        "",
        *status_lines,
        "",
        "License Usage",
        "==============",
        "",
        *usage_lines,
        "",
        "Product Information",
        "===================",
        *udi_lines,
        "",
        "Agent Version",
        "=============",
        "Smart Agent for Licensing: 4.3.6_rel/38",
    ]


def pak_usage(licenses: Sequence[License], platform: str = "") -> list[str]:
    """Render `show license usage` of the traditional licensing."""
    known = {used.tag: used for used in licenses}
    found = [
        "Feature                      Ins  Lic   Status Expiry Date Comments",
        "                                 Count",
        _RULE,
    ]
    tags = _N7K_TAGS if platform == "n7k" else _TAGS
    for tag in (*tags, *(tag for tag in known if tag not in tags)):
        used = known.get(tag)
        installed = "Yes" if used is not None and used.installed else "No "
        words = "In use" if used is not None and used.in_use else "Unused"
        count = "0" if tag in _COUNTED else "-"
        expiry = used.expiry if used is not None and used.installed else ""
        found.append(f"{tag:<30}{installed}   {count}   {words} {expiry:<11} {_comment(used)}")
    return [*found, _RULE]


def _comment(used: License | None) -> str:
    """Give the last column of the traditional table; `license missing` is recalled."""
    if used is None:
        return "-"
    if used.grace or used.missing:
        return used.grace or texts.LICENSE_MISSING
    return "Grace 119D 22H" if used.in_use and not used.installed else "-"


def license_files(licenses: Sequence[License], serial: str) -> list[str]:
    """Render `show license` of the traditional licensing: its licence files."""
    found: list[str] = []
    there = (used for used in licenses if used.installed and not used.missing)
    for number, used in enumerate(there, start=1):
        until = used.expiry.replace(" ", "-").lower().replace("never", "permanent")
        found += [
            f"{serial}_{number}.lic:",
            "SERVER this_host ANY",
            "VENDOR cisco",
            f"FEATURE {used.tag} cisco 1.0 {until} uncounted \\",
            f"        HOSTID=VDH={serial} \\",
            "        SIGN=0000000000",
        ]
    return found
