"""The jobs that a run can do: which task, with which operands, and how it is looked at again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nxsl import tasks
from nxsl.core.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nornir.core.task import Result

    from nxsl.core.plain import Plain

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something that a run does to each of its switches.

    Attributes:
        name: as on the command line and in the store.
        task: the Nornir task; it knows `dry_run`.
        question: asked before anything is written; `{}` is `3 switches`.
        detaches: whether it can be left alone once it has begun: it knows `detach`, and `follow`
            tells how it goes on.
        waits: whether it waits for the licensing agent: it knows `patience`.
        needs_token: whether it sends an ID token.
        sends_code: whether it sends another secret that must not be sent twice.
        again: operands with which a dry run looks whether the job has lasted; None where no dry run
            can tell that.
        lasting: the outcomes of that dry run that say so.
    """

    name: str
    task: Callable[..., Result]
    question: str
    detaches: bool = False
    waits: bool = False
    needs_token: bool = False
    sends_code: bool = False
    again: Mapping[str, Any] | None = field(default_factory=lambda: _NOTHING)
    lasting: frozenset[Outcome] = frozenset({Outcome.ALREADY_OK})

    @property
    def sends_secret(self) -> bool:
        """Whether something is sent that must not be sent twice."""
        return self.needs_token or self.sends_code

    def operands(self, options: Mapping[str, Plain]) -> dict[str, Any]:
        """The task's operands, from the options that a plan or a journal holds.

        Raises:
            ValueError: an option is none of this job's.
        """
        made: dict[str, Any] = {}
        for name, value in options.items():
            if name not in _OPTIONS:
                raise ValueError(f"the job {self.name} has no option '{name}'")
            made[name] = None if value is None else _OPTIONS[name](value)
        return made


def _days(value: Plain) -> timedelta:
    return timedelta(seconds=int(str(value)))


def _words(value: Plain) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


_OPTIONS: Mapping[str, Callable[[Plain], Any]] = {
    "remove_strays": bool,
    "checkpoint": bool,
    "force": bool,
    "kinds": _words,
    "due_within": _days,  # seconds
    "action": str,
    "folder": lambda value: Path(str(value)),
    "file": lambda value: Path(str(value)),
    "kind": str,
    "which": str,
    "keep_on_switch": bool,
}

JOBS: Mapping[str, Job] = {
    job.name: job
    for job in (
        Job(
            name="configure",
            task=tasks.configure_transport,
            question="Write these lines on {}?",
        ),
        Job(
            name="register",
            task=tasks.register,
            question="Register {}?",
            detaches=True,
            waits=True,
            needs_token=True,
            again={"force": False},
        ),
        Job(
            name="renew",
            task=tasks.renew,
            question="Renew on {}?",
            detaches=True,
            waits=True,
            # What has been renewed can be renewed again: it lasts where the switch can be asked.
            lasting=frozenset({Outcome.ALREADY_OK, Outcome.PLANNED}),
        ),
        Job(
            name="deregister",
            task=tasks.deregister,
            question="Deregister {}? They fall back to evaluation mode.",
            waits=True,
        ),
        Job(
            name="convert start",
            task=tasks.convert,
            question="Convert the licence files of {}?",
            waits=True,
        ),
        Job(
            name="convert stop",
            task=tasks.convert,
            question="Stop the conversion on {}?",
            waits=True,
        ),
        Job(
            name="reserve request",
            task=tasks.request_reservation,
            question="Request a reservation on {}?",
            waits=True,
        ),
        Job(
            name="reserve install",
            task=tasks.install_reservation,
            question="Install the authorization codes on {}?",
            waits=True,
            sends_code=True,
        ),
        Job(
            name="reserve return",
            task=tasks.return_reservation,
            question="Give the reserved licences of {} back? They fall back to evaluation mode.",
            waits=True,
            again=None,  # the return code that is there now makes a second look refuse
        ),
        Job(
            name="reserve cancel",
            task=tasks.cancel_reservation,
            question="Cancel the open request on {}?",
            waits=True,
        ),
        Job(
            name="usage save",
            task=tasks.save_usage,
            question="Let {} write usage reports?",
            again=None,  # there is always another report to save
        ),
        Job(
            name="usage import",
            task=tasks.import_ack,
            question="Import on {}?",
            waits=True,
            again=None,  # a policy can be imported again and again
        ),
        Job(
            name="usage trust-request",
            task=tasks.save_trust_request,
            question="Let {} write trust requests?",
            again=None,
        ),
    )
}
"""By name."""


def job_named(name: str) -> Job:
    """Give a job.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in JOBS:
        raise ValueError(f"no job '{name}'; there are {', '.join(JOBS)}")
    return JOBS[name]
