"""A simulated switch: its configurations, its clock, its licensing agent and what it was told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from nxsl.lab import releases, upgrade
from nxsl.lab.callhome_agent import Unreachable, reach_server
from nxsl.lab.checkpoints import Checkpoints
from nxsl.lab.configuration import SPELLING_ENABLE, Configuration, NtpServer
from nxsl.lab.conversion import Converter
from nxsl.lab.faults import Fault, FlashFull, LineFault
from nxsl.lab.flash import Flash
from nxsl.lab.licensing import Agent, Surroundings, Timer
from nxsl.lab.policy import PolicyAgent, PolicySurroundings
from nxsl.lab.policy_reach import Path, reach_by_policy
from nxsl.lab.releases import Regime
from nxsl.lab.reservation import Reservation
from nxsl.lab.screens import udi

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab.backend import Cssm, LicenseServer
    from nxsl.lab.policy_reach import Cslu
    from nxsl.lab.spec import SwitchSpec

# The word after `idtoken`, and the one after `reservation install`, however they are shortened.
_SECRET = re.compile(r"(\bidt\w*\s+|\bres\w*\s+i\w*\s+)(\S+)")

AgentT = TypeVar("AgentT", bound=PolicyAgent)


class Kind(StrEnum):
    """What a received line was."""

    EXEC = "exec"
    CONFIG = "config"
    NAVIGATION = "navigation"
    INVALID = "invalid"
    COMMENT = "comment"
    EMPTY = "empty"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Received:
    """One line as the switch received it.

    Attributes:
        at: When, in UTC by the real clock.
        mode: The mode it was typed in: `exec`, `config`, `config-callhome`, `config-vrf`.
        line: The line; it holds the token of a registration or the code of a reservation in clear.
        session: The number of the session, counted per switch from 1.
        kind: What it was.
        secret: Whether the line holds a token or a code.
    """

    at: datetime
    mode: str
    line: str
    session: int
    kind: Kind
    secret: bool = False

    def __repr__(self) -> str:
        """Show the line without its secret: this text ends up in the output of failed tests."""
        shown = _SECRET.sub(r"\1********", self.line)
        return f"Received({self.mode}#{self.session} {self.kind}: {shown!r})"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went over the terminal lines of a switch, all sessions together.

    Attributes:
        rounds: how often it had answered all and waited, and then heard more.
        prompts: prompts printed, those of questions included.
        typed: bytes received.
        printed: bytes sent.
    """

    rounds: int = 0
    prompts: int = 0
    typed: int = 0
    printed: int = 0

    def __sub__(self, before: Traffic) -> Traffic:
        """What came since `before`."""
        return Traffic(
            self.rounds - before.rounds,
            self.prompts - before.prompts,
            self.typed - before.typed,
            self.printed - before.printed,
        )


@dataclass(slots=True)
class _Record:
    """Everything that is counted for the tests."""

    received: list[Received] = field(default_factory=list)
    rounds: int = 0
    prompts: int = 0
    typed: int = 0
    printed: int = 0
    logins: int = 0
    failed_logins: int = 0
    connections: int = 0
    sessions: int = 0


class Device:
    """The switch itself; all of it lives in the event loop of the lab.

    Args:
        spec: What it is at the start.
        cssm: The licence servers.
        later: Runs a call after some seconds.
    """

    def __init__(
        self, spec: SwitchSpec, cssm: Cssm, later: Callable[[float, Callable[[], None]], Timer]
    ) -> None:
        self.spec = spec
        self.cssm = cssm
        self._later = later
        self.record = _Record()
        self.running = self._as_delivered()
        self.startup = self.running.copy()
        self.configured_at = self.now()
        self.saved_at = self.configured_at
        self.close_sessions: list[Callable[[], None]] = []
        self.down = False
        self._hits: dict[int, int] = {}
        self.serial = spec.serial or releases.serial_for(spec.name)
        around = Surroundings(self.now, later, self.reach, self.serial, bool(spec.licenses))
        self.agent = Agent(spec.registration, spec.backend, around)
        self.converter = Converter(
            self.agent,
            clock=self.now,
            later=later,
            seconds=spec.backend.convert_latency,
            failure=spec.backend.convert_failure,
        )
        self.reservation = Reservation(self.agent, cssm, self.identity)
        self.policy: PolicyAgent = self._policy_agent(PolicyAgent)
        full = self.fault(FlashFull)
        free = full.free if isinstance(full, FlashFull) else None
        self.flash = Flash(self.now, spec.files, free)
        self.checkpoints = Checkpoints(self)

    # -- what it is -------------------------------------------------------------------------------

    @property
    def regime(self) -> Regime:
        """How its release licenses."""
        return self.spec.regime

    @property
    def smart(self) -> bool:
        """Whether smart licensing is on."""
        return self.regime is Regime.SMART and bool(self.running.smart)

    @property
    def version_text(self) -> str:
        """What `show version` prints."""
        spec = self.spec
        return releases.render_version(
            spec.sample, spec.real_release, self.running.hostname, self.serial, spec.chassis
        )

    @property
    def vdc(self) -> tuple[int, str]:
        """The number and name of the virtual device context."""
        return self.spec.vdc or (1, self.running.hostname)

    def identity(self) -> tuple[str, str]:
        """Give the product ID and the serial number."""
        return releases.product_of(self.version_text), self.serial

    def _as_delivered(self) -> Configuration:
        spec = self.spec
        configuration = Configuration(spec.hostname or spec.name)
        if spec.regime is Regime.SMART and spec.smart_enabled:
            configuration.smart = SPELLING_ENABLE
        configuration.vrfs["management"] = list(spec.name_servers)
        configuration.ntp = [NtpServer(address, "management") for address in spec.ntp]
        configuration.reservation = "RESERVATION" in spec.registration.state
        configuration.users = (f"{spec.username} {spec.role}",)
        if spec.scp_server:
            configuration.file_servers.add("scp-server")
        return configuration

    # -- its clock --------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Read the switch's own clock."""
        return datetime.now(UTC) + self.spec.clock_skew

    def local(self, moment: datetime) -> datetime:
        """Turn a moment into the switch's time zone."""
        return moment + self.spec.zone[1]

    def license_date(self, moment: datetime) -> str:
        """Write a date as the licensing screens do."""
        return f"{self.local(moment):%b %d %H:%M:%S %Y} {self.spec.zone[0]}"

    def header_date(self, moment: datetime) -> str:
        """Write a date as the head of a configuration does."""
        local = self.local(moment)
        return f"{local:%a %b} {local.day:2d} {local:%H:%M:%S %Y}"

    def clock_text(self) -> str:
        """Write what `show clock` prints."""
        local = self.local(self.now())
        fraction = local.microsecond // 1000
        text = f"{local:%H:%M:%S}.{fraction:03d} {self.spec.zone[0]} {local:%a %b %d %Y}"
        source = self.spec.clock_source
        return f"{text}\nTime source is {source}" if source else text

    # -- its licence server -----------------------------------------------------------------------

    def reach(self) -> LicenseServer | Unreachable:
        """Try to get to the licence server with the configuration of this moment."""
        spec = self.spec
        return reach_server(
            self.running, spec.network, self.cssm, spec.clock_skew, spec.trust_anchors
        )

    def _reach_by_policy(self) -> LicenseServer | Cslu | Unreachable:
        spec = self.spec
        path = Path(
            self.running,
            spec.network,
            self.cssm,
            spec.real_release,
            spec.clock_skew,
            spec.trust_anchors,
        )
        return reach_by_policy(path)

    @property
    def report_interval(self) -> int:
        """The days between two usage reports."""
        return int(self.running.slp.usage_interval or self.spec.policy.report_interval)

    def udi(self) -> str:
        """Write the UDI as licensing files do."""
        (line,) = udi(*self.identity())
        return line.removeprefix("UDI: ")

    def new_policy_agent(self, kind: type[AgentT]) -> AgentT:
        """Make the agent of Smart Licensing Using Policy, of this kind and in its first state."""
        self.policy.cancel()
        self.policy = agent = self._policy_agent(kind)
        return agent

    def _policy_agent(self, kind: type[AgentT]) -> AgentT:
        around = PolicySurroundings(
            clock=self.now,
            later=self._later,
            reach=self._reach_by_policy,
            mode=lambda: self.running.slp.mode,
            interval=lambda: self.report_interval,
            serial=self.serial,
            udi=self.udi,
        )
        used = [(used.tag, used.count) for used in self.spec.licenses if used.in_use]
        return kind(self.spec.policy, used, self.spec.backend, around)

    # -- its configurations -----------------------------------------------------------------------

    def configured(self) -> None:
        """Note that the configuration was changed just now."""
        self.configured_at = self.now()

    def save(self) -> None:
        """Make the running configuration the startup configuration."""
        self.startup = self.running.copy()
        self.saved_at = self.now()

    def reboot(self, seconds: float) -> None:
        """Go down, and come back with the saved configuration; the registration outlives it."""
        self.running = self.startup.copy()
        upgrade.forget_unknown(self.running, self.regime)
        self.configured_at = self.now()
        if seconds > 0:
            self.down = True
            self._later(seconds, self._up)
        self.hang_up()

    def _up(self) -> None:
        self.down = False

    def hang_up(self) -> None:
        """Cut every connection."""
        for close in list(self.close_sessions):
            close()

    def config_text(self, command: str, *, startup: bool, body: list[str]) -> str:
        """Put the head of a configuration before its lines."""
        when, word = (
            (self.saved_at, "Startup config saved at")
            if startup
            else (self.configured_at, "Running configuration last done at")
        )
        version = self.spec.real_release
        bios = releases.bios_of(version, self.version_text)
        lines = [
            f"!Command: {command}",
            f"!{word}: {self.header_date(when)}",
            f"!Time: {self.header_date(self.now())}",
            "",
            f"version {version} Bios:version {bios}".rstrip(),
            *body,
        ]
        return "\n".join(lines) + "\n\n"

    # -- what it was told -------------------------------------------------------------------------

    def receive(self, session: int, mode: str, line: str, kind: Kind) -> None:
        """Write down a received line."""
        secret = _SECRET.search(line) is not None
        entry = Received(datetime.now(UTC), mode, line, session, kind, secret)
        self.record.received.append(entry)

    def faults_of(self, line: str) -> list[LineFault]:
        """Give the faults that this line, at this occurrence, runs into."""
        found = []
        for number, fault in enumerate(self.spec.faults):
            if not isinstance(fault, LineFault) or not fault.fits(line):
                continue
            self._hits[number] = self._hits.get(number, 0) + 1
            if fault.occurrence in {None, self._hits[number]}:
                found.append(fault)
        return found

    def fault(self, kind: type[Fault]) -> Fault | None:
        """Give the fault of a kind, if the switch has one."""
        return next((f for f in self.spec.faults if isinstance(f, kind)), None)
