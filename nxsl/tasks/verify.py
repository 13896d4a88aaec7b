"""The task `verify`: read everything, change nothing, say what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.assess import assess
from nxsl.core.outcome import Outcome, VerifyRecord
from nxsl.core.raw import RawKeeper
from nxsl.core.reading import reads_only
from nxsl.core.reason_words import Reason
from nxsl.core.sharing import compact, shared
from nxsl.core.ways import NOWHERE
from nxsl.nxos.read import read_state
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from nornir.core.task import Result, Task

    from nxsl.core.findings import Severity, Thresholds
    from nxsl.core.regime import Regime

CONNECTION_NAME = "netmiko"


@reads_only
def verify(task: Task, *, thresholds: Thresholds | None = None, raw: bool = False) -> Result:
    """Read a switch's licensing and assess it; sends show commands only.

    Facts, regime, registration, authorization, every licence in use, transport (running and
    saved), clock; compared with the inventory's intent where there is one.

    Args:
        task: Nornir's.
        thresholds: from when on dates are findings; `Thresholds()` by default.
        raw: keep what the switch printed, compressed, secrets masked; else none of it is kept.

    Returns:
        Result with the following attributes set:
          * result (`VerifyRecord`): the state and the findings
          * changed (`bool`): always False
          * failed (`bool`): the switch could not be read, or nxsl has no way for its platform and
            release; findings alone do not fail a host
    """
    return run_on_switch(task, VerifyRecord, lambda switch: _verify(switch, thresholds, raw=raw))


def _verify(switch: Switch, thresholds: Thresholds | None, *, raw: bool) -> VerifyRecord:
    intent = switch.intent
    keeper = switch.session.raw = RawKeeper() if raw else None
    try:
        state = read_state(switch.session, intent=intent)
    finally:  # what could not be read is wanted most of all
        texts = switch.notes["raw"] = keeper.texts if keeper else None
    state, intent = compact(state), shared(intent)
    findings = tuple(map(shared, assess(state, intent=intent, thresholds=thresholds)))
    nowhere = state.regime in NOWHERE
    return VerifyRecord(
        outcome=Outcome.UNSUPPORTED if nowhere else Outcome.READ,
        reason=Reason.REGIME if nowhere else "",
        remedy=findings[0].remedy if nowhere and findings else "",
        detail=findings[0].message
        if nowhere and findings
        else _say(state.regime, [finding.severity for finding in findings]),
        facts=state.facts,
        state=state,
        platform=state.platform,
        regime=state.regime,
        intent=intent,
        findings=findings,
        raw=texts,
    )


def _say(regime: Regime, severities: list[Severity]) -> str:
    if not severities:
        return f"{regime.words}, no findings"
    count = f"{len(severities)} finding{'s' if len(severities) > 1 else ''}"
    return f"{regime.words}, {count}, the worst {max(severities)}"
