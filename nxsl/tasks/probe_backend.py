"""The task `probe_backend`: does a switch reach what Smart Licensing Using Policy will need?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core.diagnosis_checks_path import target_of_intent
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reading import reads_only
from nxsl.fleet.intents import required_intent_of
from nxsl.nxos.probe import PING_SECONDS, TELNET_SECONDS, probe
from nxsl.nxos.read import read_facts
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from nornir.core.task import Result, Task

    from nxsl.core.diagnosis import Probe
    from nxsl.core.intent import LicensingIntent

CONNECTION_NAME = "netmiko"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRecord(TaskRecord):
    """The result of `probe_backend`.

    Attributes:
        probe: what came of telnet and ping; None where the intent leads nowhere.
    """

    probe: Probe | None = None

    @property
    def reachable(self) -> bool | None:
        """Whether a connection was made; None where nothing was tried or could be told."""
        if self.probe is None or self.probe.telnet is None:
            return None
        return self.probe.connected


@reads_only
def probe_backend(
    task: Task,
    *,
    intent: LicensingIntent | None = None,
    telnet_seconds: float = TELNET_SECONDS,
    ping_seconds: float = PING_SECONDS,
) -> Result:
    """Try, from the switch, the way that its reports will take after an upgrade.

    Sends `show version`, and telnet and ping to the host that the intent names for Smart Licensing
    Using Policy (or to its proxy), in the intended VRF. Each is ended in time.

    Args:
        task: Nornir's.
        intent: what is intended; the inventory's `licensing` data by default.
        telnet_seconds: how long a connection is waited for.
        ping_seconds: how long a ping may take.

    Returns:
        Result with the following attributes set:
          * result (`ProbeRecord`): the probe
          * changed (`bool`): always False
          * failed (`bool`): the switch could not be asked; an unreachable backend fails no host
    """

    def work(switch: Switch) -> ProbeRecord:
        wanted = intent or required_intent_of(task.host)
        facts = read_facts(switch.session)
        switch.notes["facts"] = facts
        target = target_of_intent(wanted, by_policy=True)
        if target is None:
            detail = "the intent leads to no backend"
            return ProbeRecord(outcome=Outcome.READ, detail=detail, facts=facts)
        made = probe(
            switch.session, target, telnet_seconds=telnet_seconds, ping_seconds=ping_seconds
        )
        words = made.not_made or ("reached" if made.connected else "not reached")
        return ProbeRecord(
            outcome=Outcome.READ, detail=f"{target}: {words}", facts=facts, probe=made
        )

    return run_on_switch(task, ProbeRecord, work)
