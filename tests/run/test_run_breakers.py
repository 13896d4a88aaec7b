"""Logins and tokens of a run, with threads that meet at barriers."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from nornir.core.task import Result

from nxsl.core import errors
from nxsl.core.breakers import RUNS_TOKEN
from nxsl.core.guard import guard
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.run.breakers import Logins, Tokens
from nxsl.run.reading import ReadingGuard
from nxsl.run.watched import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nornir.core.task import Task

WORD = "admin#0123456789ab"
LONG = 20.0


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(60) as made:
        yield made


class Fleet:
    """Hosts that count who logs in, and how many do so at the same time."""

    def __init__(self, logins: Logins, end: Callable[[str], None] = lambda _host: None) -> None:
        self.logins = logins
        self.end = end
        self.lock = threading.Lock()
        self.tried: list[str] = []
        self.now = 0
        self.most = 0

    def log_in(self, host: str, word: str = WORD) -> None:
        with self.logins.trying(host, word):
            with self.lock:
                self.tried.append(host)
                self.now += 1
                self.most = max(self.most, self.now)
            try:
                self.end(host)
            finally:
                with self.lock:
                    self.now -= 1


def refuse(host: str) -> None:
    raise errors.LoginFailed("no", host=host)


def reasons_of(futures: list[Future[None]]) -> list[str]:
    found = (future.exception(LONG) for future in futures)
    return [each.reason if isinstance(each, errors.NxslError) else "" for each in found]


def test_a_wrong_password_is_tried_once_by_fifty_workers(pool: ThreadPoolExecutor) -> None:
    fleet = Fleet(Logins(), refuse)
    ends = reasons_of([pool.submit(fleet.log_in, f"leaf{number}") for number in range(200)])
    assert len(fleet.tried) == 1
    assert sorted(ends) == ["credential-breaker"] * 199 + ["login-failed"]
    assert [each.refused_by for each in fleet.logins.refused()] == fleet.tried


def test_ends_that_say_nothing_let_the_next_one_try_and_never_two_at_once(
    pool: ThreadPoolExecutor,
) -> None:
    def end(host: str) -> None:
        raise errors.HostKeyUnknown("who is it", host=host)

    fleet = Fleet(Logins(), end)
    ends = reasons_of([pool.submit(fleet.log_in, f"leaf{number}") for number in range(50)])
    assert set(ends) == {"host-key-unknown"}
    assert (len(fleet.tried), fleet.most) == (50, 1)


def test_after_it_has_worked_the_others_are_in_parallel(pool: ThreadPoolExecutor) -> None:
    """Each round only ends when twice as many as in the one before are inside together."""
    logins = Logins()
    for size in (1, 2, 4, 8, 16):
        together = threading.Barrier(size)
        fleet = Fleet(logins, lambda _host, meet=together: meet.wait(LONG))  # type: ignore[misc]
        ends = [pool.submit(fleet.log_in, f"{size}-{number}") for number in range(size)]
        assert reasons_of(ends) == [""] * size
        assert fleet.most == size


def test_a_late_refusal_costs_no_more_than_those_under_way(pool: ThreadPoolExecutor) -> None:
    logins = Logins()
    for number in range(3):
        with logins.trying(f"spine{number}", WORD):
            pass
    together = threading.Barrier(4)

    def end(host: str) -> None:
        together.wait(LONG)  # four are inside: three have worked
        refuse(host)

    fleet = Fleet(logins, end)
    ends = reasons_of([pool.submit(fleet.log_in, f"leaf{number}") for number in range(50)])
    assert len(fleet.tried) == 4
    assert sorted(ends) == ["credential-breaker"] * 46 + ["login-failed"] * 4


def test_a_host_where_it_worked_may_log_in_again(pool: ThreadPoolExecutor) -> None:
    fleet = Fleet(Logins())
    fleet.log_in("leaf1")
    with (
        fleet.logins.trying("leaf2", WORD),
        fleet.logins.trying("leaf3", WORD),
    ):  # nobody else gets a turn now, but a known host needs none
        assert reasons_of([pool.submit(fleet.log_in, "leaf1")]) == [""]
    with pytest.raises(errors.LoginFailed), fleet.logins.trying("leaf4", WORD):
        refuse("leaf4")
    fleet.log_in("leaf1")
    with pytest.raises(errors.LoginFailed), fleet.logins.trying("leaf1", WORD):
        refuse("leaf1")
    for host in ("leaf1", "leaf2", "leaf9"):
        with pytest.raises(errors.CredentialBreaker):
            fleet.log_in(host)


def test_another_credential_is_not_concerned() -> None:
    fleet = Fleet(Logins(), lambda host: refuse(host) if host == "leaf1" else None)
    with pytest.raises(errors.LoginFailed):
        fleet.log_in("leaf1", "admin#one")
    with pytest.raises(errors.CredentialBreaker):
        fleet.log_in("leaf2", "admin#one")
    fleet.log_in("leaf2", "admin#two")


def test_what_one_host_alone_uses_fails_plainly_each_time(pool: ThreadPoolExecutor) -> None:
    fleet = Fleet(Logins({"own": 1, WORD: 200}), refuse)
    for _ in range(2):
        with pytest.raises(errors.LoginFailed):
            fleet.log_in("leaf1", "own")
    assert fleet.logins.refused() == ()


def test_waiting_ends_when_the_run_is_stopped(pool: ThreadPoolExecutor) -> None:
    stop = threading.Event()
    fleet = Fleet(Logins(stop=stop))
    with fleet.logins.trying("leaf1", WORD):
        waiting = [pool.submit(fleet.log_in, f"leaf{number}") for number in range(2, 10)]
        stop.set()
        assert reasons_of(waiting) == ["stopped"] * 8
    assert fleet.tried == []
    fleet.log_in("leaf1")  # what is under way may come to its end


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_whatever_ends_an_attempt_gives_the_turn_away(error: type[BaseException]) -> None:
    logins = Logins()
    with pytest.raises(error), logins.trying("leaf1", WORD):
        raise error
    Fleet(logins).log_in("leaf2")


def test_dead_hosts_are_found_out_together(pool: ThreadPoolExecutor) -> None:
    """While one host tries the credential, those that must wait are knocked at, all at once."""
    together = threading.Barrier(20)

    def knock(host: str) -> None:
        together.wait(LONG)
        if host != "leaf7":
            raise errors.ConnectTimeout("silence", host=host)

    fleet = Fleet(Logins(knock=knock))
    with fleet.logins.trying("leaf0", WORD):
        waiting = [pool.submit(fleet.log_in, f"leaf{number}") for number in range(1, 21)]
        dead = [each for number, each in enumerate(waiting, 1) if number != 7]
        assert reasons_of(dead) == ["connect-timeout"] * 19
    assert reasons_of(waiting[6:7]) == [""]
    assert fleet.tried == ["leaf7"]
    fleet.log_in("leaf99")  # proven: no need to knock, which would wait for nineteen others


def test_a_watched_task_keeps_its_name_and_meets_the_guard() -> None:
    by = ReadingGuard(Logins())

    def look(task: Task, *, words: str) -> Result:
        """Say it."""
        assert guard() is by
        return Result(host=None, result=words)

    seen = watched(look, by)
    assert (seen.__name__, seen.__doc__) == ("look", "Say it.")
    assert seen(None, words="it").result == "it"
    assert guard() is not by


# ----------------------------------------------------------------------------------------- tokens

REFUSED = TaskRecord(
    outcome=Outcome.FAILED_CLEAN,
    reason=Reason.REGISTRATION_FAILED,
    evidence="the token has expired",
)


def test_a_refused_token_stops_its_own_hosts_only() -> None:
    tokens = Tokens({"leaf1": "env:A", "leaf2": "env:A", "leaf3": "env:B"})
    for host in ("leaf1", "leaf2", "leaf3", "leaf4"):
        tokens.before(host)
    tokens.note("leaf1", REFUSED)
    tokens.note("leaf2", REFUSED)
    with pytest.raises(errors.TokenBreaker, match="leaf1 failed with the same token \\(env:A\\)"):
        tokens.before("leaf2")
    tokens.before("leaf3")
    tokens.before("leaf4")
    tokens.note("leaf4", REFUSED)
    with pytest.raises(errors.TokenBreaker, match=RUNS_TOKEN):
        tokens.before("leaf5")
    assert [each.source for each in tokens.refused()] == ["env:A", RUNS_TOKEN]


def test_other_failures_say_nothing_about_the_token() -> None:
    tokens = Tokens({})
    silent = "Fail to send out Call Home HTTP message"
    for reason, evidence in (
        (Reason.REGISTRATION_FAILED, silent),
        (Reason.SESSION_DROPPED, "token"),
    ):
        tokens.note(
            "leaf1",
            TaskRecord(outcome=Outcome.FAILED_CLEAN, reason=reason, evidence=evidence),
        )
    tokens.before("leaf2")
