"""What keeps every host's ending whole: in a thread here, and in a process elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nornir.core.task import MultiResult, Result

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nornir.core.inventory import Host
    from nornir.core.task import Task

EARLIER = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.FAILED_EARLIER,
    detail="left out, as an earlier task failed on this host",
    remedy="nr.data.reset_failed_hosts() lets it take part again",
)


def kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """A task's function, with an end that Nornir can keep whatever happens in it."""

    def run(task: Task, /, **operands: Any) -> Any:  # noqa: ANN401 (each task's own)
        host = task.host
        try:
            result = function(task, **operands)
        except MemoryError as error:
            return died(task, host, error)
        except Exception:
            raise  # Nornir keeps it with its traceback
        except BaseException as error:  # noqa: BLE001 (only this host's task ends)
            return died(task, host, error)
        if not isinstance(result, Result):
            return result  # Nornir makes one of it
        if result.host is not None and result.host.name != host.name:
            return _without(task, host, _fault("the task gave the result of another host"))
        result.host = host
        return result

    return run


def whole(multi: MultiResult, task: Task, host: Host) -> MultiResult:
    """The results, or what stands for them: task and processors may have put anything there."""
    if multi and _are_results(multi):
        return multi
    return alone(_without(task, host, _fault("the task's results are none")))


def alone(result: Result) -> MultiResult:
    """One result, as the ending of its host."""
    multi = MultiResult(str(result.name))
    multi.append(result)
    return multi


def died(task: Task, host: Host, error: BaseException) -> Result:
    """The result of a task that came to no end of its own."""
    return _without(task, host, died_of(error))


def died_of(error: BaseException) -> TaskRecord:
    """What is said of a task that came to no end of its own."""
    return _fault(f"the task died of {type(error).__name__}")


def failed_earlier(task: Task, hosts: list[Host]) -> Iterator[Host]:
    """The hosts that `Nornir.run` passes over in silence.

    Where it runs on failed hosts only, they are among `hosts`, and there is nothing to tell.
    """
    passed = {host.name for host in hosts}
    failed = task.nornir.data.failed_hosts
    for name, host in task.nornir.inventory.hosts.items():
        if name in failed and name not in passed:
            yield host


def _are_results(multi: Iterable[object]) -> bool:
    return all(
        _are_results(each) if isinstance(each, MultiResult) else isinstance(each, Result)
        for each in multi
    )


def _fault(detail: str) -> TaskRecord:
    return TaskRecord(
        outcome=Outcome.UNKNOWN,
        reason=Reason.INTERNAL,
        detail=detail,
        remedy="this is a fault of the program: please report it",
    )


def _without(task: Task, host: Host, record: TaskRecord) -> Result:
    return Result(host=host, result=record, failed=True, name=task.name)
