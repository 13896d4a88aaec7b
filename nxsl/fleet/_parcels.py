"""What travels to a worker and back: pickles, made so that no secret can be in one.

Used on both sides, by processes of this machine and by those of Dask. What Dask needs on top, which
is an extra, is in `_notebook`.
"""

from __future__ import annotations

import io
import pickle
import re
import threading
import uuid
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from nornir.core import Nornir
from nornir.core.exceptions import NornirSubTaskError
from nornir.core.inventory import Host
from nornir.core.task import MultiResult, Result, Task

from nxsl.core.errors import RemoteTaskError, SecretError
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reading import is_reading
from nxsl.core.reason_words import Reason
from nxsl.core.secret import Password, SecretText, Token, redact, redact_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# The last word of a key that holds a secret; `token_from` says where one is, and is none.
_SECRET_KEY = re.compile(
    r"(^|[^a-z])(password|passwd|passphrase|secret|token|idtoken|community|pkey|private_?key|"
    r"api_?key)$",
    re.IGNORECASE,
)

_INHERITED = ("hostname", "port", "username", "password", "platform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A task, without hosts.

    Attributes:
        run: a word that no other run has.
        function: the task's function.
        params: its operands.
        name: the task's name.
        severity: the task's severity level.
        dry_run: Nornir's own setting.
        ssh_config: the file of Nornir's SSH configuration; of the worker.
        threads: hosts at a time.
        credentials: where the worker has user names and passwords from.
    """

    run: str
    function: Callable[..., Any]
    params: Mapping[str, Any]
    name: str
    severity: int
    dry_run: bool
    ssh_config: str
    threads: int
    credentials: str


def job_of(task: Task, *, threads: int, credentials: str) -> Job:
    """What travels of Nornir's task."""
    return Job(
        run=uuid.uuid4().hex,
        function=task.task,
        params=task.params,
        name=task.name,
        severity=task.severity_level,
        dry_run=task.global_dry_run,
        ssh_config=task.nornir.config.ssh.config_file,
        threads=threads,
        credentials=credentials,
    )


def pack_job(job: Job, packer: type[pickle.Pickler]) -> bytes:
    """Pickle a task.

    Raises:
        SecretError: a token or password is among its operands.
        Exception: whatever pickle raises on what it cannot do.
    """
    try:
        return pack(job, packer)
    except SecretError as error:
        raise SecretError(
            f"{job.name}: {error.message}",
            remedy='say where the worker finds it: token=TokenSource("env:NXSL_TOKEN")',
        ) from None


def is_changing(task: Task, said: bool | None) -> bool:
    """Whether a task may change something, where that is not said."""
    if said is not None:
        return said
    return not is_reading(task.task) and not task.is_dry_run(task.params.get("dry_run"))  # type: ignore[arg-type]


SECRETS: tuple[type, ...] = (Token, SecretText, Password)
BULKY: tuple[type, ...] = (Host, Task, Nornir)
"""What would drag a whole inventory along."""


def by_rule(obj: object, refused: tuple[type, ...]) -> Any:  # noqa: ANN401 (pickle's protocol)
    """How something is pickled that must not be, or that pickle knows nothing of."""
    if isinstance(obj, refused):
        raise SecretError(f"a {type(obj).__name__} does not travel to or from a worker")
    if isinstance(obj, Host):
        return _as_said(obj)
    if isinstance(obj, threading.Event):  # of `Patience`; what is set here is not set there
        return _event, (obj.is_set(),)
    return NotImplemented


def _as_said(host: Host) -> Any:  # noqa: ANN401 (likewise)
    """Pickle asks a host for its attributes, and gets what it inherits: that would become its own.

    Then the user name of a worker, which goes into its defaults, would never count.
    """
    usual: Any = host.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    make, operands, (rest, slots) = usual[:3]
    said = {name: object.__getattribute__(host, name) for name in _INHERITED}
    return make, operands, (rest, {**slots, **said})


class Packer(pickle.Pickler):
    """Refuses secrets wherever they are, and what another process could not import."""

    refused = SECRETS

    def reducer_override(self, obj: Any) -> Any:  # noqa: ANN401 (pickle's protocol)
        """Pickle's hook."""
        if isinstance(obj, FunctionType | type) and obj.__module__ == "__main__":
            raise pickle.PicklingError(f"{obj.__qualname__} is defined in the script itself")
        return by_rule(obj, self.refused)


class EndingPacker(Packer):
    """Refuses what would drag a whole inventory along as well."""

    refused = (*SECRETS, *BULKY)


def _event(is_set: bool) -> threading.Event:
    event = threading.Event()
    if is_set:
        event.set()
    return event


def pack(thing: object, packer: type[pickle.Pickler] = Packer) -> bytes:
    """Pickle something that is to travel.

    Raises:
        SecretError: a secret is in it.
        Exception: whatever pickle raises on what it cannot do.
    """
    stream = io.BytesIO()
    packer(stream, protocol=pickle.HIGHEST_PROTOCOL).dump(thing)
    return stream.getvalue()


def unpack(data: bytes) -> Any:  # noqa: ANN401 (whatever was packed)
    """Read what `pack` has made; only ever from a worker or client that may run code here."""
    return pickle.loads(data)  # noqa: S301 (Dask's own protocol is nothing else)


def is_secret(key: object, value: object) -> bool:
    """Whether an entry of an inventory is a secret, by its key or its type."""
    if isinstance(value, Token | SecretText | Password):
        return True
    return isinstance(key, str) and bool(value) and bool(_SECRET_KEY.search(key))


# -- endings: what comes back of one host -------------------------------------------------------


def made_up(
    name: str, record: TaskRecord, *, host: Host | None = None, error: Exception | None = None
) -> MultiResult:
    """The ending of a host whose task has not made one."""
    multi = MultiResult(name)
    result = Result(host=host, result=record, failed=True, exception=error)
    result.name = name  # type: ignore[assignment]
    multi.append(result)
    return multi


def pack_ending(
    multi: MultiResult, secrets: Iterable[str], packer: type[pickle.Pickler] = EndingPacker
) -> bytes:
    """Pickle an ending, without host and without what cannot travel."""
    secrets = tuple(secrets)
    _make_portable(multi, secrets, packer)
    try:
        return pack(multi, packer)
    except Exception as error:  # noqa: BLE001 (whatever it is, the ending says so)
        record = TaskRecord(
            outcome=Outcome.UNKNOWN,
            reason=Reason.INTERNAL,
            detail=f"the task ended, and its result cannot travel: {_words(error, secrets)}",
            remedy="let the task return what can be pickled, without hosts and secrets",
        )
        return pack(made_up(multi.name, record))


def unpack_ending(data: bytes, host: Host) -> MultiResult:
    """Read an ending, and put the host back into it."""
    multi: MultiResult = unpack(data)
    _bind(multi, host)
    return multi


def _bind(multi: MultiResult, host: Host | None) -> None:
    for each in multi:
        if isinstance(each, MultiResult):  # Nornir's, of a subtask that has subtasks
            _bind(each, host)
        else:
            each.host = host


def _make_portable(
    multi: MultiResult, secrets: tuple[str, ...], packer: type[pickle.Pickler]
) -> None:
    for each in multi:
        if isinstance(each, MultiResult):
            _make_portable(each, secrets, packer)
            continue
        each.host = None
        if each.exception is not None:
            each.exception = portable(each.exception, secrets, packer)
            if isinstance(each.result, str):  # Nornir's: the traceback
                each.result = _redacted(each.result, secrets)


def portable(
    error: BaseException,
    secrets: tuple[str, ...] = (),
    packer: type[pickle.Pickler] = EndingPacker,
) -> BaseException:
    """The same exception if it can travel and shows no secret, else one that stands for it."""
    # A chain may hold anything, and frames hold local variables.
    error.__traceback__ = error.__cause__ = error.__context__ = None
    if not isinstance(error, NornirSubTaskError) and _shows_none(error, secrets):
        try:
            data = pack(error, packer)
            if type(unpack(data)) is type(error):
                return error
        except Exception:  # noqa: BLE001, S110 (then something stands for it, below)
            pass
    return RemoteTaskError(_words(error, secrets))


def _shows_none(error: BaseException, secrets: tuple[str, ...]) -> bool:
    try:
        text = f"{error!r} {error}"
    except Exception:  # noqa: BLE001 (somebody else's code: nobody could read it there, either)
        return False
    return _redacted(text, secrets) == text


def _words(error: BaseException, secrets: tuple[str, ...]) -> str:
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 (likewise)
        words = "it cannot be shown"
    return _redacted(f"{type(error).__name__}: {words}", secrets)


def _redacted(text: str, secrets: tuple[str, ...]) -> str:
    return redact(redact_tokens(text), secrets)
