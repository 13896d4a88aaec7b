"""Which parts of a switch's state decide what is done to it, in words; pure.

What moves by itself is left out or made coarse: that the agent tries again and fails again makes no
difference to what `register` would do, so it must make none to its plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.conversion import conversion_state
from nxsl.core.records import RegistrationState
from nxsl.core.registration import RenewKind, is_renewable, is_under_way
from nxsl.core.transport import render_transport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from nxsl.core.policy_records import PolicyStatus
    from nxsl.core.records import DeviceFacts, LicenseStatus
    from nxsl.core.transport import Transport

Parts = dict[str, str]


def facts_parts(facts: DeviceFacts) -> Parts:
    """Which switch it is, and what it runs."""
    found = {
        "hostname": facts.hostname,
        "model": facts.model,
        "serial": facts.serial,
        "release": facts.release,
    }
    return {**found, "vdc": facts.vdc} if facts.vdc else found


def transport_parts(transport: Transport) -> Parts:
    """The lines that lead to the backend."""
    return {"transport": "; ".join(line.strip() for line in render_transport(transport)) or "none"}


def saved_parts(*, saved: bool) -> Parts:
    """Whether the startup configuration has the lines."""
    return {"saved": _yes(saved)}


def registration_parts(status: LicenseStatus) -> Parts:
    """Whether a switch is registered and to whom, under classic Smart Licensing."""
    found = status.registration
    if not status.enabled or found is None:
        return {"registration": "Smart Licensing is not enabled"}
    if is_under_way(found):
        return {"registration": "under way"}
    plain = {RegistrationState.UNREGISTERED, RegistrationState.REGISTERING}
    if found.state in plain and not found.reserved:
        return {"registration": "not registered"}
    return {
        "registration": found.status,
        "account": _account(found.smart_account, found.virtual_account),
    }


def conversion_parts(status: LicenseStatus) -> Parts:
    """How far the conversion of licence files is."""
    return {**registration_parts(status), "conversion": str(conversion_state(status))}


def renewal_parts(status: LicenseStatus, kinds: Sequence[RenewKind], *, by_date: bool) -> Parts:
    """What decides about a renewal; the dates only where they do (`by_date`)."""
    parts = registration_parts(status)
    parts["licences in use"] = _yes(is_renewable(RenewKind.AUTH, status))
    if by_date:
        parts |= {f"{kind} runs out": _date(kind.end(status)) for kind in kinds}
    return parts


def trust_parts(status: PolicyStatus) -> Parts:
    """Whether a switch is trusted and by whom, under Smart Licensing Using Policy."""
    codes = sorted(f"{_date(each.installed)} {each.udi}".strip() for each in status.trust)
    return {
        "policy": "enabled" if status.enabled else "not enabled",
        "trust codes": "; ".join(codes) or "none",
        "account": _account(status.smart_account, status.virtual_account),
    }


def usage_parts(*, in_use: bool | None, deadline: datetime | None = None) -> Parts:
    """What decides about a usage report; the date only where it does."""
    parts = {"licences in use": "not known" if in_use is None else _yes(in_use)}
    return {**parts, "acknowledgement until": _date(deadline)} if deadline else parts


def file_parts(name: str, sha256: str, shown: datetime | None) -> Parts:
    """What is imported, and the date of what was imported before."""
    return {"file": name, "SHA-256": sha256, "imported before": _date(shown)}


def _account(smart: str, virtual: str) -> str:
    return f"{smart} / {virtual}" if smart or virtual else "none"


def _date(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "none"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
