"""The task `diagnose`: find the one cause, before a token is spent or after a failure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.diagnose import diagnose_state, target_to_try
from nxsl.core.diagnosis import DiagnoseRecord, Diagnosis, Evidence, Probe, Target
from nxsl.core.outcome import Outcome
from nxsl.core.reason_words import Reason
from nxsl.core.ways import NOWHERE
from nxsl.nxos.examine import read_evidence
from nxsl.nxos.probe import PING_SECONDS, TELNET_SECONDS, answers_ping, probe
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from nornir.core.task import Result, Task

    from nxsl.core.intent import LicensingIntent, Method

CONNECTION_NAME = "netmiko"


def diagnose(
    task: Task,
    *,
    intent: LicensingIntent | None = None,
    method: Method | None = None,
    probes: bool = True,
    telnet_seconds: float = TELNET_SECONDS,
    ping_seconds: float = PING_SECONDS,
) -> Result:
    """Check, in the order of cisco.com document 217965, what keeps a switch from its backend.

    Sends show commands, and ping and telnet to what the switch connects to, or should.

    Args:
        task: Nornir's.
        intent: what is intended; the inventory's `licensing` data by default.
        method: what to judge by instead of the intended method.
        probes: send ping and telnet; without them reachability is not judged.
        telnet_seconds: how long a connection is waited for.
        ping_seconds: how long a ping may take.

    Returns:
        Result with the following attributes set:
          * result (`DiagnoseRecord`): the checks
          * changed (`bool`): always False
          * failed (`bool`): the switch could not be read, or nxsl has no way for its platform and
            release; failed checks alone do not fail a host
    """

    def work(switch: Switch) -> DiagnoseRecord:
        wanted = intent or switch.intent
        evidence = read_evidence(switch.session, intent=wanted)
        switch.notes["facts"] = evidence.state.facts
        if probes:
            evidence = _probed(switch, evidence, wanted, telnet_seconds, ping_seconds)
        diagnosis = diagnose_state(evidence, wanted, method)
        nowhere = evidence.state.regime in NOWHERE
        return DiagnoseRecord(
            outcome=Outcome.UNSUPPORTED if nowhere else Outcome.READ,
            reason=Reason.REGIME if nowhere else "",
            detail=_say(diagnosis),
            facts=evidence.state.facts,
            diagnosis=diagnosis,
            regime=evidence.state.regime,
        )

    return run_on_switch(task, DiagnoseRecord, work)


def _probed(
    switch: Switch,
    evidence: Evidence,
    intent: LicensingIntent | None,
    telnet_seconds: float,
    ping_seconds: float,
) -> Evidence:
    """Try the target; where its name has no address, its name servers as well."""
    target = target_to_try(evidence, intent)
    if target is None:
        return evidence
    try:
        made = probe(
            switch.session, target, telnet_seconds=telnet_seconds, ping_seconds=ping_seconds
        )
    except errors.SessionError as error:
        switch.reopen()
        made = Probe(target=target, not_made=f"telnet: {error.message}")
    evidence = replace(evidence, probes=(made,))
    if made.resolved is not False:
        return evidence
    return replace(evidence, server_answers=_ask_servers(switch, evidence, target, ping_seconds))


def _ask_servers(
    switch: Switch, evidence: Evidence, target: Target, seconds: float
) -> tuple[tuple[str, bool], ...]:
    """Ping the name servers; one that cannot be pinged at all is left out."""
    found: list[tuple[str, bool]] = []
    for server in evidence.servers_of(target.vrf):
        try:
            found.append(
                (server, answers_ping(switch.session, server, target.vrf, seconds=seconds))
            )
        except (errors.CommandRejected, errors.ParseError):
            continue
        except errors.SessionError:
            switch.reopen()
    return tuple(found)


def _say(diagnosis: Diagnosis) -> str:
    failures = ", ".join(each.code for each in diagnosis.failures)
    return f"{diagnosis}: {failures}" if failures else f"{diagnosis}"
