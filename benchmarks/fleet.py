"""The simulated fleet in processes of its own: started, moved away, asked what is true, ended.

    python -m benchmarks.fleet OPTIONS-AS-JSON

A process serves its share of the switches, says so on stdout in a line of JSON, and answers each
line on stdin with another; it ends where stdin ends.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any

from benchmarks.reading import Reading
from nxsl import lab
from nxsl.lab import Backend, Lab, License, Switch, SwitchSpec, inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_INTENT = {"method": "direct", "vrf": "management"}
_TAGS = ("LAN_ENTERPRISE_SERVICES_PKG", "NXOS_ADVANTAGE_XF", "NXOS_ESSENTIALS_XF", "SECURITY_PKG")


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """A fleet.

    Attributes:
        hosts: how many switches.
        register: the least and the most seconds that a registration takes; with it no switch is
            registered, without it most are.
        processes: which serve it.
    """

    hosts: int
    register: tuple[float, float] | None = None
    processes: int = 2


def specs(options: FleetOptions) -> list[SwitchSpec]:
    """Switches that differ: in state, licences and URL, so that no reply fits another one."""
    return [_one(number, options) for number in range(options.hosts)]


def _one(number: int, options: FleetOptions) -> SwitchSpec:
    """One of seven is not registered, one of eleven is out of compliance."""
    backend, registration = Backend(), lab.registered()
    if options.register is not None:
        least, most = options.register
        share = number * 7919 % options.hosts / max(1, options.hosts - 1)  # in no order
        backend = Backend(register_latency=least + (most - least) * share)
        registration = lab.UNREGISTERED
    elif number % 7 == 6:
        registration = lab.UNREGISTERED
    elif number % 11 == 10:
        registration = lab.out_of_compliance()
    return SwitchSpec(
        name=f"sw{number:05}",
        callhome=lab.CALLHOME_DIRECT,
        licenses=tuple(License(tag=tag) for tag in _TAGS[: 1 + number % 4]),
        registration=registration,
        backend=backend,
        intent=_INTENT,
    )


# -- in the process of the fleet ------------------------------------------------------------------


def truth(switch: Switch) -> Reading:
    """What a right reading of a switch is, told by the switch itself."""
    now = switch.licensing
    urls = [line.rpartition(" ")[2] for line in switch.running_callhome if " index 1 http " in line]
    return Reading(
        serial=switch.serial,
        registration=now.words,
        authorization=now.authorization,
        tags=tuple(each.tag for each in switch.spec.licenses),
        url=urls[0] if urls else "",
    )


def serve(options: FleetOptions, share: int) -> None:
    """Serve every switch whose turn it is, until stdin ends."""
    mine = specs(options)[share :: options.processes]
    with Lab(mine, loop_factory=_loop_factory()) as running:
        ports = {name: each.port for name, each in running.items()}
        _say({"ports": ports, "known_hosts": running.known_hosts})
        for line in sys.stdin:
            question, _, operand = line.strip().partition(" ")
            _say(_answer(running, question, operand))


def _answer(running: Lab, question: str, operand: str) -> object:
    if question == "move":
        for each in running.values():
            each.move_away(float(operand))
        return True
    if question == "truth":
        return {name: truth(each) for name, each in running.items()}
    if question == "cost":
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "cpu": used.ru_utime + used.ru_stime,
            "rss_mb": used.ru_maxrss / 1024,
            "sessions": sum(each.open_sessions for each in running.values()),
            "logins": sum(each.logins for each in running.values()),
        }
    raise ValueError(question)


def _loop_factory() -> Callable[[], Any] | None:
    try:
        import uvloop  # noqa: PLC0415 (of the extra `bench`)
    except ImportError:
        return None
    factory: Callable[[], Any] = uvloop.new_event_loop
    return factory


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


# -- in the process that measures -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the fleet itself has cost so far; memory is the peak."""

    cpu: float
    rss_mb: float
    sessions: int
    logins: int


class Fleet:
    """A running fleet.

    Attributes:
        options: what it was made of.
    """

    def __init__(self, options: FleetOptions, folder: Path, processes: list[_Process]) -> None:
        """Wait until every process serves its share."""
        self.options = options
        self._folder = folder
        self._processes = processes
        self._ports: dict[str, int] = {}
        self._keys: list[str] = []
        for each in processes:
            told = each.heard()
            self._ports |= told["ports"]
            self._keys += told["known_hosts"].splitlines()

    def inventory_of(self, hosts: int) -> Path:
        """A folder with the inventory of the first so many switches, and with their keys only."""
        folder = self._folder / f"first-{hosts}"
        if not folder.exists():
            chosen = specs(self.options)[:hosts]
            ports = [self._ports[spec.name] for spec in chosen]
            names = {f"[127.0.0.1]:{port}" for port in ports}
            inventory.write(
                folder,
                list(zip(chosen, ports, strict=True)),
                known_hosts="".join(
                    f"{line}\n" for line in self._keys if line.partition(" ")[0] in names
                ),
                intents={},
                num_workers=50,
            )
        return folder

    def move_away(self, latency: float) -> None:
        """Put so many seconds, there and back, between it and whoever connects from now on."""
        for each in self._processes:
            each.ask(f"move {latency}")

    def truth(self) -> dict[str, Reading]:
        """What each switch is now."""
        found = self._merged("truth")
        return {name: reading_of(found[name]) for name in sorted(found)}

    def cost(self) -> Cost:
        """What it has cost so far."""
        answers = [each.ask("cost") for each in self._processes]
        return Cost(
            cpu=sum(each["cpu"] for each in answers),
            rss_mb=sum(each["rss_mb"] for each in answers),
            sessions=sum(each["sessions"] for each in answers),
            logins=sum(each["logins"] for each in answers),
        )

    def _merged(self, question: str) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for each in self._processes:
            merged |= each.ask(question)
        return merged


class _Process:
    """One process of the fleet."""

    def __init__(self, options: FleetOptions, share: int) -> None:
        given = json.dumps({**asdict(options), "share": share})
        self._process = subprocess.Popen(  # noqa: S603 (this very program)
            [sys.executable, "-m", "benchmarks.fleet", given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._in = _there(self._process.stdin)
        self._out = _there(self._process.stdout)

    def heard(self) -> Any:  # noqa: ANN401 (JSON)
        line = self._out.readline()
        if not line:
            raise RuntimeError("a process of the simulated fleet has ended")
        return json.loads(line)

    def ask(self, question: str) -> Any:  # noqa: ANN401 (JSON)
        self._in.write(question + "\n")
        self._in.flush()
        return self.heard()

    def end(self) -> None:
        self._in.close()
        self._process.wait()
        self._out.close()


def _there(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("no pipe")
    return pipe


@contextmanager
def running_fleet(options: FleetOptions, folder: Path) -> Iterator[Fleet]:
    """Start a fleet, and end it; its inventories are written below the folder."""
    processes = [_Process(options, share) for share in range(options.processes)]
    try:
        yield Fleet(options, folder, processes)
    finally:
        for each in processes:
            each.end()


def reading_of(given: list[Any]) -> Reading:
    """A reading that has gone through JSON."""
    serial, registration, authorization, tags, url = given
    return Reading(serial, registration, authorization, tuple(tags), url)


def main() -> None:
    """Serve a share of a fleet."""
    given = json.loads(sys.argv[1])
    share = given.pop("share")
    if given["register"] is not None:
        given["register"] = tuple(given["register"])
    os.setpgid(0, 0)  # a Ctrl-C is for the one that measures; it closes stdin
    serve(FleetOptions(**given), share)


if __name__ == "__main__":
    main()
