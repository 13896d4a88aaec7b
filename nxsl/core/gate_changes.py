"""Whether an upgrade turns a switch's licensing over, and what changes with it.

Sources: cisco.com document 217965 and the migration chapter of Cisco's guide for Smart Licensing
Using Policy on Nexus. That a downgrade may need a new registration is told of IOS-XE.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nxsl.core.checks_transport import CONFIGURE
from nxsl.core.intent import Method
from nxsl.core.policy_records import PolicyMode
from nxsl.core.records import LicenseUsage, PakUsage
from nxsl.core.regime import Regime, Release, first_release_of, regime_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nxsl.core.findings import Finding
    from nxsl.core.gate import Upgrade
    from nxsl.core.intent import LicensingIntent

OFF = "transport off: nothing is sent"

# Where a platform has no SLP at all, this is what a target release of it would be meant for.
_ELSEWHERE = Release(10, 2, 1)


def is_concerned(upgrade: Upgrade) -> bool:
    """Whether the licensing of this switch turns over with this upgrade, or nobody can tell."""
    regime = upgrade.before.regime
    if regime in {Regime.USING_POLICY, Regime.UNSUPPORTED}:
        return False
    if upgrade.target is None:
        first = first_release_of(upgrade.before.platform, Regime.USING_POLICY)
        return regime is Regime.UNKNOWN or first is not None
    return _regime_of_target(upgrade, upgrade.target) is not upgrade.before.regime


def why_not(upgrade: Upgrade) -> str:
    """Why it is not concerned, in one sentence."""
    state = upgrade.before
    name = f"{state.facts.chassis} with NX-OS {state.facts.release} has {state.regime.words}"
    if state.regime is Regime.USING_POLICY:
        return f"{name} already"
    if state.regime is Regime.UNSUPPORTED:
        return f"{name}; its controller licenses it"
    if upgrade.target is not None:
        return f"{name}, and with {upgrade.target} still has"
    return f"{name}; no release with {Regime.USING_POLICY.words} is known for it"


def _regime_of_target(upgrade: Upgrade, target: Release) -> Regime:
    """The regime that a target means, also where the platform has no such release."""
    if first_release_of(upgrade.before.platform, Regime.USING_POLICY):
        found = regime_of(replace(upgrade.before.facts, release=str(target)))
        # From licence files to classic Smart Licensing nothing turns over: both go there.
        return found if found is Regime.USING_POLICY else upgrade.before.regime
    return Regime.USING_POLICY if target >= _ELSEWHERE else upgrade.before.regime


def release_after(upgrade: Upgrade) -> Release | None:
    """The target or, where nothing names one, the platform's first release with SLP."""
    first = first_release_of(upgrade.before.platform, Regime.USING_POLICY)
    return upgrade.target or first


def backend_of(intent: LicensingIntent) -> str:
    """The host that the switch will talk to under SLP; empty for transport off and unknown ones."""
    if intent.policy_mode is PolicyMode.OFF:
        return ""
    url = intent.url if intent.policy_mode is PolicyMode.CALLHOME else intent.policy_url
    return urlsplit(url).hostname or ""


def is_plain_cslu(intent: LicensingIntent) -> bool:
    """Whether reports go to a CSLU on plain http, which wants no trust code (policy article)."""
    plain = intent.policy_url.lower().startswith("http://")
    return plain and intent.policy_mode is PolicyMode.CSLU


def asked_host(intent: LicensingIntent) -> str:
    """The host whose name the switch itself looks up: the proxy's where there is one."""
    proxied = intent.method is Method.PROXY and intent.policy_mode is PolicyMode.SMART
    return intent.proxy.server if proxied and intent.proxy else backend_of(intent)


def steps(findings: Sequence[Finding]) -> str:
    """What to do about several findings, in one order: no registration before its transport."""
    remedies = dict.fromkeys(each.remedy for each in findings if each.remedy)
    ordered = sorted(remedies, key=lambda remedy: remedy != CONFIGURE)
    return ", then ".join(ordered) or "nxsl verify"


def changes(upgrade: Upgrade) -> Iterator[str]:
    """What the upgrade turns over on this switch."""
    state = upgrade.before
    yield f"{state.regime.words} becomes {Regime.USING_POLICY.words}"
    if state.regime is Regime.SMART_LICENSING:
        yield "`license smart register` is gone: a token is for `license smart trust idtoken`"
        yield "`license smart enable` disappears from the configuration"
        yield (
            "REGISTERED and AUTHORIZED are no longer shown: a licence is IN USE, and the "
            "authorization is Not Applicable"
        )
    yield from _new_transport(upgrade.intent)
    if _has_licence_files(upgrade):
        yield (
            "the switch converts its licence files by itself (DLC), with its first usage report; "
            "that takes up to an hour"
        )
    if _uses_nothing(upgrade):
        yield "no licence is in use: such a switch makes no usage report"
    yield "after a downgrade the switch may have to be registered again"


def _new_transport(intent: LicensingIntent | None) -> Iterator[str]:
    if intent is None:
        yield "call home is no longer the default transport; the inventory names no other"
        return
    mode = intent.policy_mode
    if mode is PolicyMode.CALLHOME:
        yield f"call home stays the transport, to {intent.url}; it has to be said: transport {mode}"
        return
    if mode is PolicyMode.OFF:
        yield f"call home is no longer the transport; {OFF}, reports are carried as files"
        return
    url = intent.policy_url or "a URL that is still to be named"
    yield (
        f"call home is no longer the default transport: behind the upgrade, nxsl configure writes "
        f"`license smart transport {mode}` to {url} in VRF {intent.policy_vrf}"
    )


def _has_licence_files(upgrade: Upgrade) -> bool:
    usage = upgrade.before.usage
    if upgrade.before.regime is not Regime.TRADITIONAL:
        return False
    # Where they could not be read there may be some.
    return not isinstance(usage, PakUsage) or any(each.installed for each in usage.licenses)


def _uses_nothing(upgrade: Upgrade) -> bool:
    usage = upgrade.before.usage
    if isinstance(usage, PakUsage):
        return not any(each.in_use for each in usage.licenses)
    return isinstance(usage, LicenseUsage) and not usage.licenses
