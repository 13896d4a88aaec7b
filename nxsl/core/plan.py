"""From what a switch has to what it should have: the plan of `configure_transport`.

Pure: `plan_transport(current, intent)` gives the lines, each with the line that undoes it, and
the state they lead to. Planning again from that state gives no lines (a test holds it to that).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.callhome_lines import is_http, smart_lines
from nxsl.core.policy_lines import policy_lines
from nxsl.core.policy_records import PolicyMode
from nxsl.core.transport import TransportPlan, destinations, same_transport

if TYPE_CHECKING:
    from nxsl.core.intent import LicensingIntent
    from nxsl.core.transport import ConfigLine, Transport


def plan_transport(
    current: Transport, intent: LicensingIntent, *, remove_strays: bool = False
) -> TransportPlan:
    """Plan the difference between `current` and `intent`.

    An `http://` destination of the profile is always removed, before the https one is added: the
    agent tries it and fails (cisco.com document 217965). Other destinations are strays; they are
    reported, and removed only with `remove_strays`.

    Raises:
        IntentError: the intent does not say where reports go under Smart Licensing Using Policy.
    """
    strays = _strays(current, intent)
    unwanted = strays if remove_strays else ()
    write = smart_lines if current.policy is None else policy_lines
    lines = tuple(write(current, intent, unwanted))
    state = current
    for each in lines:
        state = each.effect(state)
    return TransportPlan(before=current, after=state, lines=lines, strays=strays)


def is_still_ours(line: ConfigLine, *, before: Transport, now: Transport) -> bool:
    """Whether what a line did is there now and was not there before.

    Only then may it be undone: somebody else may have changed the same thing meanwhile.
    """
    return same_transport(line.effect(now), now) and not same_transport(line.effect(before), before)


def _strays(current: Transport, intent: LicensingIntent) -> tuple[str, ...]:
    if current.policy is not None and intent.policy_mode is not PolicyMode.CALLHOME:
        return ()
    return tuple(
        url for url in destinations(current.call_home) if url != intent.url and not is_http(url)
    )
