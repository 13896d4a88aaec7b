"""The upgrade gate before the upgrade: what must be prepared.

Sources: cisco.com document 217965; Cisco's guide for Smart Licensing Using Policy on Nexus, its
chapters on migration and troubleshooting; community guide 4892512. What is deduced from them is
marked as inferred.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nxsl.core.assess import assess
from nxsl.core.checks_files import is_grace_over
from nxsl.core.checks_policy_transport import vrf_limit
from nxsl.core.conversion import ConversionState, conversion_state, words_of
from nxsl.core.findings import Severity
from nxsl.core.gate import failed, passed, skipped, warned
from nxsl.core.gate_changes import OFF, asked_host, backend_of, is_plain_cslu, release_after, steps
from nxsl.core.intent import Method
from nxsl.core.policy_lines import what_is_missing
from nxsl.core.policy_records import PolicyMode
from nxsl.core.records import PakUsage
from nxsl.core.regime import QUIRKS, Quirk, Regime, first_release_of
from nxsl.core.registration import MAX_CLOCK_SKEW
from nxsl.core.state import clock_skew, span
from nxsl.core.transport import diff_transport, same_transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.gate import GateCheck, Upgrade
    from nxsl.core.intent import LicensingIntent
    from nxsl.core.records import PakLicense

_NO_INTENT = "the inventory says nothing about how this switch is to be licensed"


def platform(upgrade: Upgrade) -> GateCheck:
    """Whether the platform has such a release, by the table of regimes."""
    facts, found = upgrade.before.facts, upgrade.before.platform
    name = f"{facts.chassis} ({found})"
    if upgrade.before.regime is Regime.UNKNOWN:
        return failed(
            "platform",
            f"nxsl has no rule for {name} with NX-OS {facts.release}",
            "see the licensing guide of its release",
            blocking=True,
        )
    first = first_release_of(found, Regime.USING_POLICY)
    if first is None:
        return failed(
            "platform",
            f"no NX-OS with {Regime.USING_POLICY.words} is known for {name}",
            "leave it on the release it has; choose another target",
            blocking=True,
        )
    return passed("platform", f"{found} has {Regime.USING_POLICY.words} from {first} on")


def read(upgrade: Upgrade) -> GateCheck:
    """What could not be read is not known, and so never fine."""
    if upgrade.before.not_read:
        return failed(
            "read",
            f"could not be read: {'; '.join(upgrade.before.not_read)}",
            "nxsl verify, with an account that may see it",
        )
    return passed("read", "everything that its regime knows was read")


def intended(upgrade: Upgrade) -> GateCheck:
    """Whether the intent gives a whole transport for SLP."""
    intent = upgrade.intent
    if intent is None:
        return failed(
            "transport", _NO_INTENT, "give the host 'licensing' data with method, vrf and policy"
        )
    mode = intent.policy_mode
    if mode is PolicyMode.OFF:
        return passed("transport", f"{OFF}; reports and acknowledgements travel as files")
    missing = what_is_missing(intent)
    if missing:
        return failed(
            "transport",
            missing,
            "put policy.url into the intent: exactly the CSLU URL that the on-prem server shows",
        )
    host = backend_of(intent)
    return passed("transport", f"transport {mode} to {host} in VRF {intent.policy_vrf}")


def vrf(upgrade: Upgrade) -> GateCheck:
    """Transport smart knows other VRFs than management from 10.3(2)F on (guide 4892512)."""
    intent = upgrade.intent
    if intent is None:
        return skipped("vrf", _NO_INTENT)
    mode, wanted = intent.policy_mode, intent.policy_vrf
    release = release_after(upgrade)
    limit = vrf_limit(mode, wanted, replace(upgrade.before.facts, release=str(release)))
    if not limit:
        return passed("vrf", f"NX-OS {release} knows transport {mode} in VRF {wanted}")
    until = {each.quirk: each.until for each in QUIRKS}[Quirk.MANAGEMENT_VRF_ONLY]
    remedy = f"go to {until} or later, or put policy.vrf: management into the intent"
    if upgrade.target is None:
        return warned("vrf", f"{limit}; no target release was named", remedy)
    return failed("vrf", limit, remedy)


def reachable(upgrade: Upgrade) -> GateCheck:
    """Whether the new backend answers; smart goes to another host than call home."""
    intent = upgrade.intent
    if intent is None:
        return skipped("reachable", _NO_INTENT)
    host = asked_host(intent)
    if not host:
        off = intent.policy_mode is PolicyMode.OFF
        return skipped("reachable", OFF if off else "the intent names no backend")
    where = f"{host} in VRF {intent.policy_vrf}"
    firewall = _firewall(intent)
    if upgrade.reachable is None:
        return skipped("reachable", f"nobody tried whether the switch reaches {where}{firewall}")
    if upgrade.reachable:
        return passed("reachable", f"the switch reaches {where}")
    return failed(
        "reachable",
        f"the switch does not reach {where}{firewall}",
        f"look at name server, route and firewall for {where}",
    )


def _firewall(intent: LicensingIntent) -> str:
    new, old = backend_of(intent), urlsplit(intent.url).hostname or ""
    if new == old or intent.policy_mode is PolicyMode.CALLHOME:
        return ""
    who = "the proxy" if intent.method is Method.PROXY else "the firewall"
    return f"; {who} must let it to {new}, no longer to {old}"


def name_server(upgrade: Upgrade) -> GateCheck:
    """A name server in the VRF that reports leave from; the first cause in Cisco's guide."""
    intent, found = upgrade.intent, upgrade.before.transport
    if intent is None:
        return skipped("name-server", _NO_INTENT)
    host = asked_host(intent)
    if not host or _is_address(host):
        return passed("name-server", "no name is to be looked up")
    where = intent.policy_vrf
    if found is not None and found.servers_of(where):
        servers = ", ".join(found.servers_of(where))
        return passed("name-server", f"VRF {where} has name server {servers} for {host}")
    if found is None or not intent.name_servers:
        return skipped(
            "name-server",
            f"the name servers of VRF {where} were not read: nxsl does so under Smart Licensing, "
            "where the intent has name_servers",
        )
    # The configuration outlives the upgrade; the intent names them for its own VRF.
    return failed(
        "name-server",
        f"VRF {where} has no name server; {host} cannot be looked up",
        "nxsl configure" if where == intent.vrf else f"ip name-server in vrf context {where}",
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def token(upgrade: Upgrade) -> GateCheck:
    """`license smart trust idtoken` takes the place of `register`.

    That an old registration becomes a trust code by itself is told of IOS-XE alone, so a token is
    asked for.
    """
    intent = upgrade.intent
    if intent is not None and intent.policy_mode is PolicyMode.OFF:
        return skipped("token", f"{OFF}; trust comes with an imported file")
    if intent is not None and is_plain_cslu(intent):
        return skipped("token", "a CSLU on plain http collects reports without a trust code")
    if upgrade.token:
        return passed("token", "a token is at hand")
    if intent is not None and intent.token_from:
        return passed("token", f"the intent says where the token is: {intent.token_from}")
    return failed(
        "token",
        "no token for the trust code is at hand",
        "make one in the virtual account; put token_from into the intent, or set NXSL_TOKEN",
    )


def clock(upgrade: Upgrade) -> GateCheck:
    """A trust code needs a skew of less than an hour (Cisco's troubleshooting guide)."""
    state = upgrade.before
    if state.clock is None:
        return skipped("clock", "the clock was not read")
    skew = clock_skew(state.clock, state.read_at)
    if skew is None:
        return warned(
            "clock",
            f"the clock runs in zone {state.clock.zone}; whether it is right cannot be told",
            "compare `show clock` with the true time; less than one hour may be missing",
        )
    if abs(skew) >= MAX_CLOCK_SKEW:
        return failed(
            "clock",
            f"the clock is {span(abs(skew))} off; no trust code would be installed",
            "configure `ntp server ADDRESS use-vrf management`",
        )
    return passed("clock", "the clock is less than an hour off")


# What other checks here judge.
_JUDGED_HERE = frozenset({"clock-skew", "not-read", "grace-expired", "unlicensed-use"})


def health(upgrade: Upgrade) -> GateCheck:
    """Whether anything critical is wrong now; a broken registration is not converted (inferred)."""
    found = [
        each
        for each in assess(upgrade.before, intent=upgrade.intent)
        if each.severity is Severity.CRITICAL and each.code not in _JUDGED_HERE
    ]
    if not found:
        return passed("health", "its licensing has no critical finding")
    return failed(
        "health",
        "; ".join(each.message for each in found),
        steps(found),
    )


def conversion(upgrade: Upgrade) -> GateCheck:
    """No upgrade in the middle of a conversion (inferred: its answer would meet another agent)."""
    status = upgrade.before.status
    if status is None or status.conversion is None:
        return skipped("conversion", "its regime shows no conversion")
    state, words = conversion_state(status), f"the conversion is: {words_of(status)}"
    if status.conversion.failure_reason:
        words += f" ({status.conversion.failure_reason})"
    if state.under_way:
        return failed(
            "conversion",
            words,
            "wait until it has come to its end: show license status",
            blocking=True,
        )
    if state is ConversionState.FAILED:
        return warned("conversion", f"{words}; the new release tries again by itself")
    if state is ConversionState.UNKNOWN:
        return warned("conversion", f"{words}, words that nxsl does not know", "look at the switch")
    return passed("conversion", words)


def reservation(upgrade: Upgrade) -> GateCheck:
    """A reserved switch has no way out: under SLP it lives with transport off and files."""
    registration = upgrade.before.status.registration if upgrade.before.status else None
    if registration is None:
        return skipped("reservation", "its regime shows no reservation")
    if not registration.reserved:
        return passed("reservation", "no licences are reserved")
    if upgrade.intent is not None and upgrade.intent.policy_mode is PolicyMode.OFF:
        return passed("reservation", f"{registration.status}; transport off is planned")
    return failed(
        "reservation",
        f"{registration.status}, and transport off is not planned",
        "put policy.transport: off into the intent, and carry reports as files with nxsl usage",
    )


def saved(upgrade: Upgrade) -> GateCheck:
    """What only the running configuration has does not outlive the upgrade's reload."""
    running, startup = upgrade.before.transport, upgrade.before.saved
    if running is None or startup is None:
        return skipped("saved", "running and startup configuration were not both read")
    if same_transport(startup, running):
        return passed("saved", "the startup configuration has the same transport")
    lines = diff_transport(startup, running).splitlines()
    return failed(
        "saved",
        "the startup configuration differs: "
        + "; ".join(f"{each[0]} {each[1:].strip()}" for each in lines if each[0] in "+-"),
        "copy running-config startup-config",
    )


def license_files(upgrade: Upgrade) -> GateCheck:
    """Licence files are converted; what is in use without one is not covered by anything."""
    usage = upgrade.before.usage
    if upgrade.before.regime is not Regime.TRADITIONAL:
        return skipped("license-files", "it is not licensed by licence files")
    if not isinstance(usage, PakUsage):
        return skipped("license-files", "its licence files were not read")
    bare = [each for each in usage.licenses if each.in_use and not each.installed]
    over = [each.feature for each in bare if _grace_is_over(each)]
    if over:
        return failed(
            "license-files",
            f"in use without a licence file, and the grace period is over: {', '.join(over)}",
            "install the licence file, or have the licence in the virtual account",
        )
    if bare:
        return warned(
            "license-files",
            f"in use without a licence file: {', '.join(each.feature for each in bare)}",
            "have these licences in the virtual account; there is no file to convert",
        )
    files = [each.feature for each in usage.licenses if each.installed]
    return passed("license-files", f"licence files: {', '.join(files) or 'none, and none needed'}")


def _grace_is_over(row: PakLicense) -> bool:
    return is_grace_over(row) or row.grace_remaining == timedelta()


CHECKS: tuple[Callable[[Upgrade], GateCheck], ...] = (
    read,
    intended,
    vrf,
    reachable,
    name_server,
    token,
    clock,
    health,
    conversion,
    reservation,
    saved,
    license_files,
)
"""All but `platform`, without which there is nothing to prepare."""
