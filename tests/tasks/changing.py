"""Every task that changes a switch, once each: what it needs, and which steps it takes."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nxsl.core import errors
from nxsl.core.guard import Step, StepEnd, StepKind, guarded
from nxsl.core.secret import Token
from nxsl.lab import CALLHOME_DIRECT, CLOUD_TOKEN, Backend, Cssm, never_reported, registered
from nxsl.tasks import (
    cancel_reservation,
    configure_transport,
    convert,
    deregister,
    import_ack,
    install_reservation,
    register,
    renew,
    request_reservation,
    return_reservation,
    save_trust_request,
    save_usage,
)
from tests.airgap import acknowledge, offline
from tests.conftest import PATIENCE, Fleet, switch
from tests.tasks.policy_switches import policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from nornir.core.task import Result

    from nxsl.core.guard import Guard
    from nxsl.core.seen import Seen
    from nxsl.core.tickets import Ticket
    from nxsl.lab import SwitchSpec

READS = ("show ", "terminal ", "dir ", "scp -f", "exit", "end")
CONFIGURE, SAVE, COMMAND, SECRET, FILE = StepKind
WAIT = {"patience": PATIENCE}


@dataclass(frozen=True)
class Case:
    """One task on one switch, `leaf1`.

    Attributes:
        task: the task.
        spec: gives the switch.
        kinds: of the steps that it takes.
        operands: for the task; `Path` values stand for a path below the test's own folder.
        prepare: brings the switch to where the task has something to do.
        extra: further operands that are only there when it is applied.
    """

    task: Callable[..., Result]
    spec: Callable[[], SwitchSpec]
    kinds: tuple[StepKind, ...]
    operands: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Fleet, Path], object] = lambda _run, _folder: None
    extra: dict[str, Any] = field(default_factory=dict)

    def start(self, fleet: Callable[..., Fleet], folder: Path) -> Fleet:
        """A fleet in which it can be run."""
        run = fleet(self.spec(), cssm=Cssm())
        self.prepare(run, folder)
        run.close()
        return run

    def run(self, run: Fleet, folder: Path, by: Guard | None = None, **operands: Any) -> Any:
        """Run it, under a guard where one is given."""
        given: dict[str, Any] = {
            name: folder / value if isinstance(value, Path) else value
            for name, value in {**self.operands, **self.extra, **operands}.items()
        }
        task = under(by, self.task) if by else self.task
        return run.result(task, **given)


def under(by: Guard, task: Callable[..., Result]) -> Callable[..., Result]:
    """The same task in the presence of a guard."""

    @wraps(task)
    def watched(*arguments: Any, **operands: Any) -> Result:
        with guarded(by):
            return task(*arguments, **operands)

    return watched


class Recording:
    """A guard that writes down what it is told, and stops at one step if it is told to.

    Attributes:
        told: (what, step or ticket), in order.
        fail: the number, from 0 on, of the call of that kind that raises.
        error: what it raises.
        seen: what `require_planned` was told.
    """

    def __init__(
        self,
        *,
        before: int | None = None,
        after: int | None = None,
        error: Callable[[], errors.NxslError] = lambda: errors.NotTried("not today"),
    ) -> None:
        self.fail = {"before": before, "after": after}
        self.error = error
        self.told: list[tuple[str, Any]] = []
        self.ends: list[StepEnd] = []
        self.planned: list[tuple[Seen, tuple[str, ...]]] = []
        self.wants: Callable[[], object] = lambda: None

    def logging_in(self, host: str, credential: str) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()

    def require_planned(self, host: str, seen: Seen, steps: tuple[str, ...]) -> None:  # noqa: ARG002
        self.planned.append((seen, steps))
        self.told.append(("planned", steps))

    def expect(self, host: str, ticket: Ticket) -> None:  # noqa: ARG002
        self.told.append(("expect", ticket))

    def before(self, host: str, step: Step) -> None:
        assert host == "leaf1"
        number = sum(what == "before" for what, _ in self.told)
        if self.fail["before"] is not None and number >= self.fail["before"]:
            raise self.error()
        self.told.append(("before", step))

    def after(self, host: str, step: Step, end: StepEnd) -> None:
        assert host == "leaf1"
        assert ("before", step) in self.told
        number = len(self.ends)
        self.told.append(("after", step))
        self.ends.append(end)
        if self.fail["after"] is not None and number >= self.fail["after"]:
            raise self.error()

    @property
    def steps(self) -> list[Step]:
        """The steps that were let pass."""
        return [what for name, what in self.told if name == "before"]


def sent(run: Fleet) -> list[str]:
    """What `leaf1` received that is neither a read nor a move between modes."""
    return [
        line
        for line in run.lab["leaf1"].commands
        if not line.startswith(READS) and line != "configure terminal"
    ]


def fresh(run: Fleet, since: int) -> list[str]:
    """The same, of what came after so many lines."""
    return sent(run)[since:]


def ready(**changes: Any) -> SwitchSpec:
    """A switch with call home as intended."""
    return switch(**{"callhome": CALLHOME_DIRECT, **changes})


def member(**changes: Any) -> SwitchSpec:
    """A registered switch whose conversion is quick."""
    usual = {"registration": registered(), "backend": Backend(convert_latency=0.05)}
    return ready(**{**usual, **changes})


def request(run: Fleet, folder: Path) -> None:
    """Open a request."""
    run.result(request_reservation, folder=folder)


def answer(run: Fleet, folder: Path) -> None:
    """Open a request, and put the portal's answer beside its code."""
    request(run, folder)
    code = (folder / "leaf1.request-code").read_text().strip()
    file = folder / "leaf1.authorization-code"
    file.write_text(run.lab.cssm.reserve(code, universal=False) + "\n")
    file.chmod(0o600)


def reserve(run: Fleet, folder: Path) -> None:
    """Reserve licences."""
    answer(run, folder)
    run.result(install_reservation, folder=folder, patience=PATIENCE)


def report(run: Fleet, folder: Path) -> None:
    """Save a report, and put CSSM's answer beside it."""
    acknowledge(run, run.result(save_usage, folder=folder).result.path)


TOKEN = {"token": Token(CLOUD_TOKEN)}
FOLDER = {"folder": Path()}

CASES = {
    "configure": Case(configure_transport, switch, (CONFIGURE, SAVE)),
    "checkpoint": Case(
        configure_transport, switch, (COMMAND, CONFIGURE, SAVE), {"checkpoint": True}
    ),
    "register": Case(register, ready, (SECRET,), WAIT, extra=TOKEN),
    "trust": Case(register, policy, (SECRET,), WAIT, extra=TOKEN),
    "renew": Case(renew, lambda: ready(registration=registered()), (COMMAND, COMMAND), WAIT),
    "sync": Case(renew, lambda: policy(policy=never_reported()), (COMMAND,), WAIT),
    "deregister": Case(deregister, lambda: ready(registration=registered()), (COMMAND,), WAIT),
    "convert": Case(convert, member, (COMMAND,), WAIT),
    "request": Case(request_reservation, switch, (CONFIGURE, COMMAND, SAVE), FOLDER),
    "install": Case(install_reservation, switch, (SECRET,), {**FOLDER, **WAIT}, answer),
    "return": Case(return_reservation, switch, (COMMAND,), {**FOLDER, **WAIT}, reserve),
    "cancel": Case(cancel_reservation, switch, (COMMAND,), WAIT, request),
    "save usage": Case(save_usage, offline, (COMMAND, FILE), FOLDER),
    "trust request": Case(save_trust_request, offline, (COMMAND, FILE), FOLDER),
    "import": Case(import_ack, offline, (FILE, COMMAND, FILE), {**FOLDER, **WAIT}, report),
}


def each_step() -> Iterator[tuple[str, int]]:
    """Every case with the number of each of its steps."""
    for name, case in CASES.items():
        for number in range(len(case.kinds)):
            yield name, number
