"""The lab: a whole fleet of simulated switches in one thread, and the handles to look at them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self, TypeVar

import asyncssh

from nxsl.lab import faults, inventory, upgrade
from nxsl.lab.backend import Cssm
from nxsl.lab.device import Device, Kind, Received, Traffic
from nxsl.lab.server import LOOPBACK, Listener
from nxsl.lab.shell import CALLHOME, type_in

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from nxsl.lab.licensing import LicensingState
    from nxsl.lab.policy_record import PolicyRecord
    from nxsl.lab.spec import SwitchSpec

T = TypeVar("T")

_START_SECONDS = 60.0


class Switch:
    """The handle of one running switch; every property may be read from any thread.

    Attributes:
        spec: What it was at the start.
    """

    def __init__(self, lab: Lab, device: Device, listener: Listener) -> None:
        self.spec = device.spec
        self._lab = lab
        self._device = device
        self._listener = listener
        self._port = listener.port

    def __repr__(self) -> str:
        return f"Switch({self.spec.name!r}, {LOOPBACK}:{self.port})"

    @property
    def name(self) -> str:
        """Its name in the lab."""
        return self.spec.name

    @property
    def port(self) -> int:
        """Its SSH port on 127.0.0.1."""
        return self._port

    @property
    def serial(self) -> str:
        """Its serial number."""
        return self._device.serial

    # -- what it is now ---------------------------------------------------------------------------

    @property
    def running_config(self) -> str:
        """The running configuration, without the head that holds times."""
        return self._lab.call(lambda: "\n".join(self._device.running.lines()))

    @property
    def startup_config(self) -> str:
        """The startup configuration, without the head that holds times."""
        return self._lab.call(lambda: "\n".join(self._device.startup.lines()))

    @property
    def running_callhome(self) -> tuple[str, ...]:
        """The lines below `callhome`, without indentation."""
        return self._lab.call(lambda: tuple(self._device.running.callhome.lines()))

    @property
    def startup_callhome(self) -> tuple[str, ...]:
        """The lines below `callhome` that were saved."""
        return self._lab.call(lambda: tuple(self._device.startup.callhome.lines()))

    @property
    def saved(self) -> bool:
        """Whether the startup configuration is the running one."""
        return self._lab.call(lambda: self._device.startup == self._device.running)

    @property
    def smart_enabled(self) -> bool:
        """Whether classic smart licensing is on."""
        return self._lab.call(lambda: self._device.smart)

    @property
    def licensing(self) -> LicensingState:
        """The licensing state of this moment, a copy."""
        return self._lab.call(self._device.agent.snapshot)

    @property
    def registered(self) -> bool:
        """Whether it is registered."""
        return self.licensing.registered

    @property
    def policy(self) -> PolicyRecord:
        """The state of Smart Licensing Using Policy of this moment, a copy."""
        return self._lab.call(self._device.policy.snapshot)

    @property
    def udi(self) -> str:
        """Its UDI, as the files of Smart Licensing Using Policy name it."""
        return self._lab.call(self._device.udi)

    @property
    def files(self) -> dict[str, bytes]:
        """What `bootflash:` holds, by name; a copy."""
        return self._lab.call(self._device.flash.snapshot)

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """The names of its checkpoints, the oldest first."""
        return self._lab.call(lambda: self._device.checkpoints.names)

    # -- what it was told -------------------------------------------------------------------------

    @property
    def received(self) -> tuple[Received, ...]:
        """Every line it received, in order."""
        return tuple(self._device.record.received)

    @property
    def commands(self) -> tuple[str, ...]:
        """Every line but empty ones, `!` comments and answers to questions."""
        silent = {Kind.COMMENT, Kind.EMPTY, Kind.ANSWER}
        return tuple(entry.line for entry in self.received if entry.kind not in silent)

    @property
    def config_lines(self) -> tuple[str, ...]:
        """The configuration commands it received: no comment, nothing that only moves about."""
        return tuple(entry.line for entry in self.received if entry.kind is Kind.CONFIG)

    @property
    def register_commands(self) -> tuple[Received, ...]:
        """The lines that start a registration or a trust."""
        return tuple(e for e in self.received if e.secret and "idt" in e.line)

    # -- who came ---------------------------------------------------------------------------------

    @property
    def open_sessions(self) -> int:
        """How many sessions are open now."""
        return self._listener.open_sessions

    @property
    def connections(self) -> int:
        """How many TCP connections were taken."""
        return self._device.record.connections

    @property
    def traffic(self) -> Traffic:
        """What went over its terminal lines so far."""
        return self._lab.call(self._count)

    def _count(self) -> Traffic:
        record = self._device.record
        return Traffic(record.rounds, record.prompts, record.typed, record.printed)

    @property
    def logins(self) -> int:
        """How many logins were let in."""
        return self._device.record.logins

    @property
    def failed_logins(self) -> int:
        """How many passwords were refused."""
        return self._device.record.failed_logins

    # -- what a test may do to it -----------------------------------------------------------------

    def configure(self, *lines: str) -> None:
        """Configure it behind everyone's back, from global configuration mode on.

        Raises:
            ValueError: If it does not know a line.
        """
        self._lab.call(lambda: type_in(self._device, lines))

    def put_file(self, name: str, data: bytes) -> None:
        """Put a file into `bootflash:` behind everyone's back.

        Raises:
            NoSpace: If it does not fit.
        """
        self._lab.call(lambda: self._device.flash.write(name, data))

    def move_away(self, latency: float) -> None:
        """Put so many seconds, there and back, between it and whoever connects from now on."""
        self._lab.call(lambda: setattr(self._listener, "latency", latency))

    def upgrade(
        self, release: str, *, down: float = 0.0, fate: upgrade.Fate = upgrade.Fate.ARRIVES
    ) -> None:
        """Reload it into another release; what was not saved is lost.

        Args:
            release: The release that it is to run.
            down: The seconds until it takes connections again.
            fate: How the upgrade comes out.
        """
        self._lab.call(lambda: upgrade.run(self._device, release, down=down, fate=fate))

    def hang_up(self) -> None:
        """Cut every connection to it."""
        self._lab.call(self._device.hang_up)


class Lab(Mapping[str, Switch]):
    """A running fleet; a mapping from the names of the switches to their handles.

    Args:
        specs: The switches.
        cssm: The licence servers of the fleet.
        loop_factory: Makes the event loop; the one of asyncio by default.

    Attributes:
        errors: What broke in the lab itself; the first one is raised at the end.

    Raises:
        ValueError: If two switches have one name, or a specification holds an unknown line.
    """

    def __init__(
        self,
        specs: Iterable[SwitchSpec],
        *,
        cssm: Cssm | None = None,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> None:
        self._loop_factory = loop_factory
        self.specs = tuple(specs)
        names = [spec.name for spec in self.specs]
        if len(set(names)) != len(names):
            raise ValueError("two switches of the lab have one name")
        self.cssm = cssm if cssm is not None else Cssm()
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        self._other_key = asyncssh.generate_private_key("ssh-ed25519")
        self._switches: dict[str, Switch] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started: Future[None] = Future()
        self.errors: list[Exception] = []
        self._thread = threading.Thread(target=self._serve, name="nxsl-lab", daemon=True)

    # -- life -------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def start(self) -> Self:
        """Start every switch and wait until all of them listen; `close` ends them.

        For a notebook, whose cells no `with` can span.
        """
        self._thread.start()
        try:
            self._started.result(_START_SECONDS)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything.

        Raises:
            Exception: What broke in the lab itself, if the body of `with` raised nothing: a test
                must not take a defect of its test bed for one of the switch.
        """
        self.close()
        if value is None and self.errors:
            raise self.errors[0]

    def close(self) -> None:
        """End every session, free every port and end the thread."""
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None and self._thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
        if self._thread.ident is not None:
            self._thread.join()

    def _serve(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                runner.run(self._main())
        except BaseException as error:  # noqa: BLE001 - it is handed to the thread that waits
            if not self._started.done():
                self._started.set_exception(error)
            elif isinstance(error, Exception):
                self.errors.append(error)

    async def _main(self) -> None:
        loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._loop = loop
        listeners: list[Listener] = []
        try:
            for spec in self.specs:
                device = make_device(spec, self.cssm, loop)
                listener = Listener(device, self._host_key, self.errors)
                listeners.append(listener)
                self._switches[spec.name] = Switch(self, device, listener)
                await listener.start()
            self._started.set_result(None)
            await self._stop.wait()
        finally:
            await asyncio.gather(*(listener.close() for listener in listeners))

    def call(self, question: Callable[[], T]) -> T:
        """Ask something in the thread of the lab, where nothing moves meanwhile."""
        loop = self._loop
        inside = threading.current_thread() is self._thread
        if loop is None or inside or not self._thread.is_alive():
            return question()
        answer: Future[T] = Future()

        def ask() -> None:
            try:
                answer.set_result(question())
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked
                answer.set_exception(error)

        try:
            loop.call_soon_threadsafe(ask)
        except RuntimeError:
            # Closed between the check and the call: nothing moves any more.
            return question()
        return answer.result(_START_SECONDS)

    # -- the switches -----------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Switch:
        return self._switches[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._switches)

    def __len__(self) -> int:
        return len(self._switches)

    # -- files ------------------------------------------------------------------------------------

    @property
    def known_hosts(self) -> str:
        """The text of a `known_hosts` file for the whole lab."""
        lines = [self._known_host(switch) for switch in self._switches.values()]
        return "".join(lines)

    def _known_host(self, switch: Switch) -> str:
        kinds = {type(fault) for fault in switch.spec.faults}
        if faults.HostKeyUnknown in kinds:
            return ""
        key = self._other_key if faults.HostKeyChanged in kinds else self._host_key
        kind, blob = key.export_public_key().decode().split()[:2]
        return f"[{LOOPBACK}]:{switch.port} {kind} {blob}\n"

    def write_inventory(
        self,
        path: Path,
        *,
        intents: Mapping[str, Mapping[str, object]] | None = None,
        num_workers: int = 24,
    ) -> Path:
        """Write a Nornir SimpleInventory for the running lab.

        Args:
            path: A directory; it is made if it is not there.
            intents: What is asked of switches, by name; the others have the one of their spec.
            num_workers: Workers of Nornir's threaded runner.

        Returns:
            The path of `config.yaml`.
        """
        return inventory.write(
            path,
            [(switch.spec, switch.port) for switch in self._switches.values()],
            known_hosts=self.known_hosts,
            intents=intents or {},
            num_workers=num_workers,
        )


def make_device(spec: SwitchSpec, cssm: Cssm, loop: asyncio.AbstractEventLoop) -> Device:
    """Make a switch and type in the configuration of its specification."""
    device = Device(spec, cssm, loop.call_later)
    type_in(device, spec.callhome.splitlines(), CALLHOME)
    type_in(device, spec.config.splitlines())
    device.save()
    return device
