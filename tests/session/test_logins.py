"""Logins where a bastion, a switch or an AAA server has too many of them at a time."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import paramiko
import pytest
from nornir.core.inventory import Host

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.core.reason_words import Reason
from nxsl.core.secret import Password
from nxsl.core.stopping import stopped_by
from nxsl.fleet.runner import FleetRunner
from nxsl.fleet.stop import Stop
from nxsl.lab import Behind, Gate, RejectAuthentication, SessionLimit, SlowAuthentication
from nxsl.nxos import _pace, logins
from nxsl.nxos.connect import open_session
from nxsl.nxos.credential import credential_key
from nxsl.nxos.proxy import Proxy, ProxyEndedError
from nxsl.run.breakers import logins_of
from nxsl.run.reading import ReadingGuard
from nxsl.run.watched import watched
from nxsl.tasks import verify
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nornir.core.task import AggregatedResult

SLOW = SlowAuthentication(seconds=0.1)


@pytest.fixture(autouse=True)
def nothing_learned() -> Iterator[None]:
    """Let no test meet what another has learned of its switches."""
    logins.WAYS.forget()
    yield
    logins.WAYS.forget()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the pauses."""
    usual = _pace.pause
    monkeypatch.setattr(logins, "pause", lambda number: usual(number) / 10)


def extras(run: Fleet) -> dict[str, Any]:
    found = run.nr.inventory.defaults.connection_options["netmiko"].extras
    assert found is not None
    return found


def behind(gate: Gate, count: int, fleet: Callable[..., Fleet]) -> Fleet:
    """A fleet behind one bastion."""
    specs = (switch(f"leaf{n}", faults=(Behind(gate=gate), SLOW)) for n in range(count))
    run = fleet(*specs)
    for host in run.nr.inventory.hosts.values():
        host.data["jump_host"] = "bastion.example.com"
    return run


def reasons(result: AggregatedResult) -> Counter[str]:
    return Counter(multi[0].result.reason for multi in result.values())


# -- a bastion --------------------------------------------------------------------------------


def test_sixty_switches_behind_a_bastion_for_five_logins(fleet: Callable[..., Fleet]) -> None:
    gate = Gate(5)
    run = behind(gate, 60, fleet)
    result = run.nr.with_runner(FleetRunner(50)).run(verify)
    assert reasons(result) == {"read": 60}
    assert gate.most == 5
    # At first nobody knows; then fewer and fewer try that are not let in.
    some = len(gate.order) // 4
    assert gate.order[-some:].count(False) < gate.order[:some].count(False)
    pace = logins.WAYS.pace("bastion.example.com")
    assert pace.refusals == gate.refusals
    assert pace.limit is not None
    assert 1 <= pace.limit < 20


def test_without_a_second_try_some_of_them_are_lost(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above shows something only where this one fails."""
    monkeypatch.setattr(logins, "TRIES_AGAIN", 0)
    gate = Gate(5)
    run = behind(gate, 60, fleet)
    result = run.nr.with_runner(FleetRunner(50)).run(verify)
    assert reasons(result)["connect-failed"] == gate.refusals >= 5


def test_a_bastion_with_room_is_never_waited_for(fleet: Callable[..., Fleet]) -> None:
    gate = Gate(30)
    run = behind(gate, 30, fleet)
    assert reasons(run.nr.with_runner(FleetRunner(30)).run(verify)) == {"read": 30}
    assert (len(gate.order), gate.refusals) == (30, 0)
    assert logins.WAYS.pace("bastion.example.com").limit is None


def test_a_proxy_that_ends_is_noticed_at_once_and_may_be_tried_again() -> None:
    """As `ssh -W` ends where the bastion has closed the connection."""
    command = paramiko.ProxyCommand(f"{sys.executable} -c pass")
    transport = paramiko.Transport(Proxy(command))
    began = time.monotonic()
    with pytest.raises(paramiko.SSHException) as caught:
        transport.start_client(timeout=60)
    assert time.monotonic() - began < 30
    transport.close()
    assert command.process.returncode is not None
    shut(command)
    assert logins.before_password(named(caught.value))


def test_a_proxy_gives_what_there_is_and_does_not_wait_for_more() -> None:
    command = paramiko.ProxyCommand("cat")
    proxy = Proxy(command)
    proxy.settimeout(30)
    assert proxy.send(b"SSH") == 3
    assert proxy.recv(128) == b"SSH"
    proxy.settimeout(0.01)
    with pytest.raises(TimeoutError):
        proxy.recv(128)
    assert not proxy._closed
    proxy.close()
    assert proxy.recv(128) == b""
    assert proxy._closed
    shut(command)


def shut(command: Any) -> None:
    for stream in (command.process.stdin, command.process.stdout, command.process.stderr):
        stream.close()


def named(cause: BaseException) -> errors.ConnectFailed:
    """The error that a login would raise."""
    error = errors.ConnectFailed("no session")
    error.__context__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "before", "overload"),
    [
        (named(ProxyEndedError(before_password=True)), True, True),
        (named(ProxyEndedError(before_password=False)), False, False),
        (named(paramiko.SSHException("Error reading SSH protocol banner")), True, True),
        (named(ConnectionResetError()), False, True),
        (named(paramiko.AuthenticationException("Authentication timeout.")), False, True),
        (named(paramiko.AuthenticationException("Authentication failed.")), False, False),
        (named(TimeoutError()), False, False),
        (named(ConnectionRefusedError()), False, False),
        (errors.ConnectFailed("of no known cause"), False, False),
        (errors.LoginFailed("no"), False, False),
        (errors.HostKeyChanged("no"), False, False),
        (errors.ConnectionRefused("no"), False, False),
    ],
)
def test_what_is_too_much(error: errors.ConnectError, *, before: bool, overload: bool) -> None:
    assert logins.before_password(error) is before
    assert logins.too_much(error) is overload


def test_a_silent_peer_is_not_overloaded() -> None:
    silent = paramiko.SSHException("Error reading SSH protocol banner")
    silent.__context__ = TimeoutError()
    assert not logins.before_password(named(silent))


@pytest.mark.parametrize("kind", [errors.LoginFailed, errors.HostKeyChanged])
def test_these_are_never_tried_again_whatever_led_to_them(
    kind: type[errors.ConnectError], fleet: Callable[..., Fleet]
) -> None:
    tries = []

    def fail() -> None:
        tries.append(1)
        error = kind("no")
        error.__context__ = paramiko.SSHException("Error reading SSH protocol banner")
        raise error

    with pytest.raises(kind):
        logins.log_in_patiently(fail, Host("leaf1"), credential="admin#1")
    assert len(tries) == 1


# -- one switch -------------------------------------------------------------------------------


@pytest.mark.usefixtures("soon")
def test_a_switch_whose_vtys_are_in_use_for_a_moment(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(faults=(SessionLimit(connections=3),)))
    assert run.result(verify).result.outcome is Outcome.READ
    assert (run.lab["leaf1"].connections, run.lab["leaf1"].logins) == (4, 1)


@pytest.mark.usefixtures("soon")
def test_a_switch_that_stays_full_is_left_after_four_attempts(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(faults=(SessionLimit(connections=99),)))
    record = run.result(verify).result
    assert (record.outcome, record.reason) == (Outcome.FAILED_CLEAN, "connect-failed")
    assert "before its SSH banner" in record.detail
    assert run.lab["leaf1"].connections == 1 + logins.TRIES_AGAIN
    assert logins.WAYS.pace("").limit is None  # it alone was refused: that is its own affair


def test_no_attempt_begins_after_the_deadline(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(faults=(SessionLimit(connections=99),)))
    extras(run)["conn_timeout"] = 0.4  # the shortest pause is longer
    assert run.result(verify).result.reason == "connect-failed"
    assert run.lab["leaf1"].connections == 1


# -- passwords --------------------------------------------------------------------------------


@pytest.mark.usefixtures("soon")
def test_a_refused_password_is_never_tried_again(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(faults=(RejectAuthentication(times=1),)))
    assert run.result(verify).result.reason == "login-failed"
    assert run.lab["leaf1"].failed_logins == 1
    assert run.lab["leaf1"].connections == 1


@pytest.mark.usefixtures("soon")
def test_a_password_that_is_refused_behind_a_full_door_is_tried_once(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch(faults=(SessionLimit(connections=2), RejectAuthentication())))
    assert run.result(verify).result.reason == "login-failed"
    assert (run.lab["leaf1"].connections, run.lab["leaf1"].failed_logins) == (3, 1)


@pytest.mark.usefixtures("soon")
def test_a_login_that_times_out_is_tried_again_only_with_a_proven_password(
    fleet: Callable[..., Fleet],
) -> None:
    gate = Gate(1, late=6.0)  # one at a time, another one in 6 s: longer than anybody waits
    names = ("leaf1", "leaf2")
    run = fleet(*(switch(name, faults=(Behind(gate=gate),)) for name in names))
    extras(run)["auth_timeout"] = 2.0
    held = gate.enter()  # somebody else is at it
    assert held
    record = run.result(verify, "leaf1").result
    assert (record.outcome, record.reason) == (Outcome.FAILED_CLEAN, "connect-timeout")
    assert {run.lab[name].connections for name in names} == {1}
    wait_until(lambda: gate.under_way == 1)
    gate.leave()
    run.nr.data.reset_failed_hosts()
    assert run.nr.filter(name="leaf2").run(verify)["leaf2"][0].result.reason == "read"
    gate.enter()
    run.close()
    assert run.result(verify, "leaf1").result.reason == "connect-timeout"
    assert run.lab["leaf1"].connections == 1 + 2


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("soon")
def test_a_password_that_was_refused_is_not_proven_any_more(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch())
    host = run.nr.inventory.hosts["leaf1"]
    run.result(verify)
    run.close()
    good, word = host.password, credential_key(host)
    assert logins.WAYS.has_let_in(word)
    host.password = Password("no")
    with pytest.raises(errors.LoginFailed):
        open_session(host, run.nr.config)
    assert not logins.WAYS.has_let_in(credential_key(host))
    host.password = good
    assert logins.WAYS.has_let_in(word)
    logins.WAYS.refused(word)
    assert not logins.WAYS.has_let_in(word)


@pytest.mark.usefixtures("soon")
def test_the_breaker_sees_one_login_however_many_attempts_it_took(
    fleet: Callable[..., Fleet],
) -> None:
    specs = [switch(f"leaf{n}", faults=(SessionLimit(connections=2),)) for n in range(6)]
    run = fleet(*specs)
    breakers = logins_of(run.nr)
    seen: list[str] = []
    usual = breakers.trying

    def noting(host: str, credential: str) -> Any:
        seen.append(host)
        return usual(host, credential)

    breakers.trying = noting  # type: ignore[method-assign]
    result = run.nr.with_runner(FleetRunner(6)).run(watched(verify, ReadingGuard(breakers)))
    assert reasons(result) == {"read": 6}
    assert sorted(seen) == sorted(run.lab)
    assert breakers.refused() == ()


# -- stopped ----------------------------------------------------------------------------------


def test_a_stop_ends_the_wait_for_the_next_attempt(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "pause", lambda _number: 600.0)
    run = fleet(switch(faults=(SessionLimit(connections=99),)))
    extras(run)["conn_timeout"] = 3600.0
    stop = Stop()
    timer = threading.Timer(0.3, stop.requested.set)
    timer.start()
    began = time.monotonic()
    result = run.nr.with_runner(FleetRunner(1, stop=stop)).run(verify)
    assert time.monotonic() - began < 20
    assert result["leaf1"][0].result.reason == "connect-failed"
    assert run.lab["leaf1"].connections == 1


def test_a_stop_ends_the_wait_for_a_turn(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch())
    host = run.nr.inventory.hosts["leaf1"]
    stop = threading.Event()
    stop.set()
    pace = logins.WAYS.pace("")
    with pace.login("leaf2", threading.Event()):
        pace.limit = 1
        with stopped_by(stop), pytest.raises(errors.ConnectFailed) as caught:
            open_session(host, run.nr.config)
    assert caught.value.reason is Reason.STOPPED
    assert run.lab["leaf1"].connections == 0
