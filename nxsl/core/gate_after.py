"""The upgrade gate after the upgrade: whether a switch has arrived, with all that it had.

Sources: the conversion's request goes with the usage report and "may take up to an hour", a switch
without licences in use makes no report (Cisco's guide for Smart Licensing Using Policy on Nexus).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from nxsl.core.assess import assess
from nxsl.core.findings import Severity
from nxsl.core.gate import CheckResult, GateCheck, failed, passed, skipped, warned
from nxsl.core.gate_changes import is_plain_cslu, steps
from nxsl.core.plan import plan_transport
from nxsl.core.policy_lines import what_is_missing
from nxsl.core.policy_records import PolicyMode
from nxsl.core.records import LicenseState, LicenseUsage, PakUsage
from nxsl.core.regime import Regime
from nxsl.core.state import clock_skew, span
from nxsl.core.transport import diff_transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from nxsl.core.gate import Upgrade
    from nxsl.core.intent import LicensingIntent
    from nxsl.core.policy_records import PolicyStatus
    from nxsl.core.state import SwitchState

PATIENCE = timedelta(hours=1)
"""How long after the boot trust, report and acknowledgement may take."""

# Uptime and clock are read to the second, one after the other.
_SLACK = timedelta(minutes=1)

_AGAIN = "nxsl upgrade check again, an hour after the switch came up"
_SYNC = "nxsl renew, then nxsl upgrade check again"
_AS_BEFORE = "its reports go on at the interval that they had before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A switch that runs Smart Licensing Using Policy now.

    Attributes:
        before: the switch before.
        after: the switch after.
        policy: its `show license status`.
        upgrade: the whole of it.
    """

    before: SwitchState
    after: SwitchState
    policy: PolicyStatus
    upgrade: Upgrade

    @property
    def booted_at(self) -> datetime:
        """When the new release came up, by this machine's clock; the earliest that is possible.

        Not before the snapshot, whatever the uptime: an upgrade in service need not reset it.
        """
        uptime = self.after.facts.uptime
        shown = self.before.read_at if uptime is None else self.after.read_at - uptime
        return max(shown, self.before.read_at)

    @property
    def mode(self) -> PolicyMode | None:
        """The transport that it has; None for an unknown word."""
        if self.after.transport is not None and self.after.transport.policy is not None:
            return self.after.transport.policy.mode
        return _mode_of(self.policy.transport)

    @property
    def is_off(self) -> bool:
        """Whether nothing is sent, as intended: then files are carried."""
        intent = self.upgrade.intent
        wanted = intent is not None and intent.policy_mode is PolicyMode.OFF
        return wanted and self.mode is PolicyMode.OFF

    @property
    def uses_nothing(self) -> bool:
        """Whether no licence is in use; such a switch makes no report."""
        return self.after.usage is not None and not used(self.after)

    def is_since_boot(self, when: datetime | None) -> bool:
        """Whether a date of the switch is later than its boot."""
        if when is None:
            return False
        clock = self.after.clock
        skew = clock_skew(clock, self.after.read_at) if clock else None
        return when >= self.booted_at + (skew or timedelta()) - _SLACK

    def not_yet(self, code: str, evidence: str, remedy: str) -> GateCheck:
        """Failed or, in the first hour, not there yet."""
        up = self.upgrade.now - self.booted_at
        if up >= PATIENCE:
            return failed(code, f"{evidence}, {span(up)} after the switch came up", remedy)
        return GateCheck(
            code=code,
            result=CheckResult.WAIT,
            evidence=f"{evidence}; the switch came up {span(up)} ago, and it takes up to an hour",
            remedy=_AGAIN,
        )


def _mode_of(word: str) -> PolicyMode | None:
    """The mode that `show license status` names, such as `Transport Off` or `Callhome`."""
    flat = "".join(filter(str.isalpha, word.lower())).removeprefix("transport")
    return next((mode for mode in PolicyMode if mode.value == flat), None)


def device(before: SwitchState, after: SwitchState) -> GateCheck:
    """Trust is bound to the product instance, so another chassis is another switch."""
    if before.facts.serial == after.facts.serial:
        return passed("device", f"serial number {after.facts.serial}, as before")
    return failed(
        "device",
        f"serial number {after.facts.serial}; it was {before.facts.serial}: another device",
        "license it as a new one: nxsl configure, then nxsl register",
    )


def release(upgrade: Upgrade, after: SwitchState) -> GateCheck:
    """Whether the new release runs, and brought Smart Licensing Using Policy."""
    was, now = upgrade.before.facts.release, after.facts.release
    wanted = str(upgrade.target) if upgrade.target else ""
    again = "see `show install all status` and `show boot` on the switch; upgrade it again"
    if was == now and now != wanted:
        uptime = after.facts.uptime
        if uptime is not None and after.read_at - uptime < upgrade.before.read_at:
            words = f"it still runs {now}, and was not reloaded since the snapshot"
            return failed("release", words, "upgrade it")
        return failed("release", f"it came back with the old release {now}", again)
    if after.regime is not Regime.USING_POLICY:
        return failed("release", f"NX-OS {now} has {after.regime.words}; it was {was}", again)
    if wanted and now != wanted:
        return failed("release", f"it came up with NX-OS {now}, not with {wanted}", again)
    return passed("release", f"NX-OS {was} became {now}, with {after.regime.words}")


def read(after: SwitchState) -> GateCheck:
    """What could not be read is not known, and so never fine."""
    missing = list(after.not_read)
    if after.regime is Regime.USING_POLICY and after.policy is None and not missing:
        missing = ["licensing status"]
    if missing:
        return failed(
            "read",
            f"could not be read: {'; '.join(missing)}",
            "nxsl verify, with an account that may see it",
        )
    return passed("read", "everything that its regime knows was read")


def trust(arrival: Arrival) -> GateCheck:
    """Without a trust code no report is signed."""
    at = arrival.policy.trusted_at
    if at is not None:
        return passed("trust", f"a trust code was installed on {at:%Y-%m-%d %H:%M} UTC")
    if arrival.is_off:
        return skipped("trust", "transport off: trust comes with an imported file")
    if arrival.upgrade.intent is not None and is_plain_cslu(arrival.upgrade.intent):
        return skipped("trust", "a CSLU on plain http collects reports without a trust code")
    if arrival.uses_nothing:
        return warned("trust", "no trust code, and no licence is in use to report", "nxsl register")
    return arrival.not_yet("trust", "no trust code is installed", "nxsl register")


def transport(arrival: Arrival) -> GateCheck:
    """Whether reports travel as intended."""
    intent, mode = arrival.upgrade.intent, arrival.mode
    if mode is None:
        word = arrival.policy.transport or "not set"
        return failed("transport", f"the transport is {word}", "nxsl configure")
    if intent is None and mode is PolicyMode.OFF:
        return failed("transport", "the transport is off, and no intent says so", "nxsl configure")
    if intent is None and mode is PolicyMode.CSLU and not _cslu_url(arrival):
        return failed(
            "transport",
            "the transport is cslu without a URL, as on a switch that nobody has configured",
            "give the host 'licensing' data, then nxsl configure",
        )
    if intent is None:
        return warned(
            "transport",
            f"the transport is {mode}; the inventory does not say what it is to be",
            "give the host 'licensing' data",
        )
    differences = list(_differences(arrival, intent))
    if differences:
        return failed("transport", "; ".join(differences), "nxsl configure")
    return passed("transport", f"transport {mode} {intent.policy_url}".rstrip() + ", as intended")


def _cslu_url(arrival: Arrival) -> str:
    found = arrival.after.transport
    return found.policy.cslu_url if found and found.policy else arrival.policy.transport_url


def _differences(arrival: Arrival, intent: LicensingIntent) -> Iterator[str]:
    mode, wanted = arrival.mode, intent.policy_mode
    missing = what_is_missing(intent)
    if missing:
        yield missing
        return
    if mode is not wanted:
        yield f"the transport is {mode}; {wanted} is intended"
        return
    found = arrival.after.transport
    if found is not None and found.policy is not None:
        plan = plan_transport(found, intent)
        for line in diff_transport(plan.before, plan.after).splitlines():
            if line[0] in "+-":
                word = "is missing" if line[0] == "+" else "is too much"
                yield f"`{line[1:].strip()}` {word}"
        return
    url = arrival.policy.transport_url
    if url and intent.policy_url and url != intent.policy_url:
        yield f"reports go to {url}; {intent.policy_url} is intended"


def report(arrival: Arrival) -> GateCheck:
    """The first usage report after the upgrade; licence files are converted with it."""
    reporting = arrival.policy.reporting
    if arrival.before.regime is Regime.USING_POLICY:
        return skipped("report", _AS_BEFORE)
    if arrival.uses_nothing:
        return passed("report", "no licence is in use: such a switch makes no usage report")
    if arrival.is_off:
        if arrival.is_since_boot(reporting.last_file):
            return passed("report", f"saved to a file on {reporting.last_file:%Y-%m-%d %H:%M} UTC")
        return arrival.not_yet(
            "report", "transport off, and no usage was saved to a file", "nxsl usage save"
        )
    if arrival.is_since_boot(reporting.last_report):
        return passed("report", f"sent on {reporting.last_report:%Y-%m-%d %H:%M} UTC")
    last = reporting.last_report
    seen = f"the last usage report is of {last:%Y-%m-%d %H:%M} UTC" if last else "no usage report"
    return arrival.not_yet("report", f"{seen}, none since the upgrade", _SYNC)


def acknowledgement(arrival: Arrival) -> GateCheck:
    """Cisco's answer to the report; only then is it known to have arrived."""
    at = arrival.policy.reporting.last_ack
    why = _not_awaited(arrival)
    if arrival.is_since_boot(at):
        return passed("acknowledgement", f"received on {at:%Y-%m-%d %H:%M} UTC")
    if why:
        return skipped("acknowledgement", why)
    if arrival.is_off:
        return warned(
            "acknowledgement",
            "none was imported since the upgrade",
            "upload the saved usage, then nxsl usage import",
        )
    return arrival.not_yet("acknowledgement", "the report was not acknowledged", _SYNC)


def _not_awaited(arrival: Arrival) -> str:
    """Why no acknowledgement can be expected; empty where one can."""
    if arrival.before.regime is Regime.USING_POLICY:
        return _AS_BEFORE
    if arrival.policy.policy.ack_required is False:
        return "the policy asks for none"
    if arrival.uses_nothing:
        return "without a report there is none"
    if not arrival.is_off and report(arrival).result is not CheckResult.PASS:
        return "there was no report that could be acknowledged"
    return ""


_IDLE = frozenset({LicenseState.NOT_IN_USE, LicenseState.NOT_APPLICABLE, LicenseState.DISABLED})


def used(state: SwitchState) -> Mapping[str, int]:
    """The licences in use, by tag; one of licence files counts as one."""
    found: dict[str, int] = {}
    if isinstance(state.usage, LicenseUsage):
        for each in state.usage.licenses:
            if each.state not in _IDLE:
                found[each.tag] = found.get(each.tag, 0) + each.count
    elif isinstance(state.usage, PakUsage):
        found = {each.feature: 1 for each in state.usage.licenses if each.in_use}
    return found


def licenses(before: SwitchState, after: SwitchState) -> GateCheck:
    """Whether every licence that was in use is in use."""
    if before.usage is None:
        return warned(
            "licenses",
            "the licences in use before were not read, so that none can be missed now",
            "compare `show license usage` with what is known of the switch",
        )
    if after.usage is None:
        return skipped("licenses", "the licences in use now were not read")
    was, now = used(before), used(after)
    lost = [
        f"{tag} is no longer in use" if tag not in now else f"{tag} {count} became {now[tag]}"
        for tag, count in sorted(was.items())
        if now.get(tag, 0) < count
    ]
    more = [
        f"{tag} {was[tag]} became {count}" if tag in was else f"{tag} is new"
        for tag, count in sorted(now.items())
        if count > was.get(tag, 0)
    ]
    if lost:
        return failed(
            "licenses",
            "; ".join((*lost, *more)),
            "see `show feature` and `show license usage`; compare with the running configuration",
        )
    if more:
        return warned("licenses", "; ".join(more), "see that the virtual account covers it")
    same = ", ".join(f"{tag} {count}" for tag, count in sorted(now.items()))
    return passed("licenses", f"as before: {same}" if same else "none is in use, as before")


def findings(upgrade: Upgrade, after: SwitchState) -> GateCheck:
    """Critical findings that were not there before."""
    known = {each.code for each in assess(upgrade.before, intent=upgrade.intent)}
    found = [
        each
        for each in assess(after, intent=upgrade.intent)
        if each.severity is Severity.CRITICAL
        and each.code not in known
        and each.code not in _JUDGED_HERE
    ]
    if not found:
        return passed("findings", "no new critical finding")
    return failed(
        "findings",
        "; ".join(each.message for each in found),
        steps(found),
    )


# What the checks above judge themselves, with more patience.
_JUDGED_HERE = frozenset(
    {
        "no-trust-code",
        "report-overdue",
        "ack-overdue",
        "no-cslu-url",
        "http-destination",
        "not-read",
    }
)

_OF_POLICY: tuple[Callable[[Arrival], GateCheck], ...] = (trust, transport, report, acknowledgement)


def checks(upgrade: Upgrade, after: SwitchState) -> tuple[GateCheck, ...]:
    """All of them; those of Smart Licensing Using Policy only where it runs."""
    found = [device(upgrade.before, after), release(upgrade, after), read(after)]
    if after.policy is None:
        why = "its licensing was not read"
        if after.regime is not Regime.USING_POLICY:
            why = f"it has {after.regime.words}"
        found.extend(skipped(each.__name__, why) for each in _OF_POLICY)
    else:
        arrival = Arrival(before=upgrade.before, after=after, policy=after.policy, upgrade=upgrade)
        found.extend(each(arrival) for each in _OF_POLICY)
    return (*found, licenses(upgrade.before, after), findings(upgrade, after))
