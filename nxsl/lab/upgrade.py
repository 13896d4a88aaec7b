"""A simulated upgrade: what a switch keeps, what it forgets and what becomes of its licences.

A switch comes back with its saved configuration, without the lines that its new release does not
know. That Smart Licensing Using Policy turns a registration into a trust code, keeps the call-home
transport of a registered switch, switches the transport off after a reservation and uses `cslu`
else is known from IOS-XE, which has the same agent, and inferred for NX-OS; that licence files
start a conversion that goes with the first report is in Cisco's migration guide for NX-OS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from nxsl.lab import policy_texts, texts
from nxsl.lab.backend import Admission
from nxsl.lab.configuration import Configuration, SlpTransport
from nxsl.lab.conversion import FAILED, NOT_STARTED, POLLING, STARTED, SUCCESSFUL, Conversion
from nxsl.lab.policy import PolicyAgent
from nxsl.lab.policy_spec import Message
from nxsl.lab.releases import Regime

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab.device import Device
    from nxsl.lab.spec import License


class Fate(Enum):
    """How an upgrade comes out."""

    ARRIVES = "arrives"
    """The trust code, a first report and its acknowledgement follow by themselves."""
    NO_TRUST = "no trust"
    """The registration is not turned into a trust code."""
    NO_REPORT = "no report"
    """No usage report gets through."""
    NO_ACK = "no acknowledgement"
    """Reports get through and are never acknowledged."""
    LICENSE_LOST = "license lost"
    """The last licence of several is gone, or its count is lower, afterwards."""
    STAYED = "stayed"
    """The switch comes back with the release it had."""
    WRONG_TRANSPORT = "wrong transport"
    """The switch comes back with transport `cslu`, whatever it used before."""


@dataclass(frozen=True, slots=True)
class _Former:
    """What a switch was before.

    Attributes:
        regime: How it licensed.
        admission: Where it was registered; None if it was not.
        reserved: Whether it had a reservation instead.
        files: Whether it had licence files.
    """

    regime: Regime
    admission: Admission | None
    reserved: bool
    files: bool


def run(device: Device, release: str, *, down: float, fate: Fate) -> None:
    """Upgrade a switch.

    Args:
        device: The switch.
        release: The release that it is to run.
        down: The seconds until it takes connections again.
        fate: How it comes out.
    """
    if fate is Fate.STAYED:
        device.reboot(down)
        return
    before = _former(device)
    licenses = device.spec.licenses
    if fate is Fate.LICENSE_LOST:
        licenses = _fewer(licenses)
    device.spec = replace(device.spec, release=release, show_version="", licenses=licenses)
    device.reboot(down)
    if device.regime is Regime.POLICY and before.regime is not Regime.POLICY:
        _to_policy(device, before, down, fate)


def forget_unknown(running: Configuration, regime: Regime) -> None:
    """Take the lines out of a configuration that a release does not know."""
    if regime is not Regime.SMART:
        running.smart = ""
        running.reservation = running.conversion_automatic = False
    if regime is Regime.POLICY:
        running.grace_period = False
    else:
        running.slp = SlpTransport()


def _former(device: Device) -> _Former:
    state = device.agent.state
    smart = device.regime is Regime.SMART and device.smart
    account = Admission(state.smart_account, state.virtual_account)
    return _Former(
        regime=device.regime,
        admission=account if smart and state.words == "REGISTERED" else None,
        reserved=smart and device.reservation.installed,
        files=not smart and any(used.installed for used in device.spec.licenses),
    )


def _fewer(licenses: tuple[License, ...]) -> tuple[License, ...]:
    *kept, last = licenses
    if kept or last.count == 1:
        return tuple(kept)
    return (replace(last, count=last.count - 1),)


def _to_policy(device: Device, before: _Former, down: float, fate: Fate) -> None:
    """Begin with Smart Licensing Using Policy."""
    if before.reserved:
        device.running.slp.mode = "off"
    elif before.admission is not None and fate is not Fate.WRONG_TRANSPORT:
        device.running.slp.mode = "callhome"
    device.agent.forget()
    started = Conversion(STARTED, device.now()) if before.files else Conversion()
    device.agent.state.conversion = started
    backend = device.spec.backend
    if fate is Fate.NO_REPORT:
        backend = replace(backend, report_failure=texts.SEND_ERROR)
    elif fate is Fate.NO_ACK:
        backend = replace(backend, acknowledge=False)
    device.spec = replace(device.spec, backend=backend)
    agent = device.new_policy_agent(UpgradedAgent)
    admission = None if fate is Fate.NO_TRUST else before.admission
    agent.begin(admission, down, lambda words: _converts(device, words))


def _converts(device: Device, words: str) -> None:
    """Move a conversion that was started; where there were no licence files, there is none."""
    state = device.agent.state
    if state.conversion.words not in {NOT_STARTED, SUCCESSFUL, FAILED}:
        state.conversion = Conversion(words, None if words == POLLING else device.now())


class UpgradedAgent(PolicyAgent):
    """The agent of a switch that was licensed otherwise before."""

    _converts: Callable[[str], None]

    def begin(
        self, admission: Admission | None, down: float, converts: Callable[[str], None]
    ) -> None:
        """Start what the agent does by itself after the upgrade.

        Args:
            admission: The registration to be turned into a trust code, if there is one.
            down: The seconds until the switch is up.
            converts: Is told how far the conversion of licence files is.
        """
        self._converts = converts
        seconds = down + self._backend.register_latency
        if admission is None:
            self._later(Message.USAGE, seconds, self._first_report)
        else:
            self._later(Message.TRUST, seconds, lambda: self._inherited(admission))

    def _inherited(self, admission: Admission) -> None:
        """Turn a registration into a trust code; a lost message is sent again."""
        server = self._reach()
        if isinstance(server, str):
            self._failed(Message.TRUST, server)
            self._later(
                Message.TRUST, self._backend.retry_after, lambda: self._inherited(admission)
            )
            return
        self.install(admission)
        self._done(Message.TRUST, policy_texts.OK)
        self._later(Message.USAGE, self._backend.report_latency, self._first_report)

    def _first_report(self) -> None:
        """Report usage, and try again later until that has come about."""
        if not self.store.any_used:
            return
        self._pushed()
        if self.record.last_report is None:
            self._later(Message.USAGE, self._backend.retry_after, self._first_report)

    def _pushed(self) -> None:
        super()._pushed()
        if self.record.last_report is not None:
            self._converts(POLLING)

    def _ack_received(self) -> None:
        super()._ack_received()
        self._converts(SUCCESSFUL)
