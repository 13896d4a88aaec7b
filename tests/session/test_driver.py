"""The driver: netmiko's in other people's tasks, and nothing of a mixed-up session is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from netmiko import file_transfer
from nornir_netmiko.tasks import netmiko_send_command, netmiko_send_config

from nxsl.core import errors
from nxsl.lab import CALLHOME_DIRECT, Banner, HostKeyUnknown, registered
from nxsl.nxos import manners
from nxsl.nxos.batch import Batch
from nxsl.nxos.connect import _cut, close_session, open_session
from nxsl.nxos.driver import NexusDriver, device_type
from nxsl.tasks import verify
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def ready(**changes: Any) -> Any:
    """A switch with something to show."""
    return switch(**{"callhome": CALLHOME_DIRECT, "registration": registered(), **changes})


@pytest.mark.parametrize(
    ("platform", "driver"),
    [
        (None, "nxsl_nxos"),
        ("nxos", "nxsl_nxos"),
        ("cisco_nxos", "nxsl_nxos"),
        ("nxos_ssh", "nxsl_nxos"),
        ("cisco_nxos_telnet", "cisco_nxos_telnet"),
        ("arista_eos", "arista_eos"),
    ],
)
def test_switches_get_the_driver_and_others_keep_theirs(platform: str | None, driver: str) -> None:
    assert device_type(platform) == driver


def test_other_peoples_tasks_work_on_the_same_connection(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    assert run.result(verify).result.outcome.good
    connection = run.nr.inventory.hosts["leaf1"].connections["netmiko"].connection
    assert isinstance(connection, NexusDriver)
    # What TextFSM and SCP look up.
    assert connection.device_type == "cisco_nxos"
    shown = run.nr.run(netmiko_send_command, command_string="show version")["leaf1"]
    assert "Nexus" in shown[0].result
    lines = ["callhome", "email-contact b@example.com"]
    assert not run.nr.run(netmiko_send_config, config_commands=lines).failed
    assert "b@example.com" in run.lab["leaf1"].running_config
    assert connection.find_prompt() == "leaf1#"
    channel: Any = connection.remote_conn
    assert channel.gettimeout() == connection.blocking_timeout
    assert run.result(verify).result.outcome.good
    assert run.lab["leaf1"].logins == 1


def test_other_peoples_first_word_is_said_on_a_line_that_is_prepared(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready())
    inventory = run.nr.inventory
    inventory.hosts["leaf1"].platform = "nxsl_nxos"  # with no task of nxsl before it
    shown = run.nr.run(netmiko_send_command, command_string="show running-config callhome")
    assert "callhome" in shown["leaf1"][0].result
    assert not shown.failed
    lines = [each.line for each in run.lab["leaf1"].received]
    assert lines[0] == "terminal width 511"
    assert lines[2] == "terminal length 0"
    assert lines.index("show running-config callhome") > 3
    connection = inventory.hosts["leaf1"].connections["netmiko"].connection
    assert connection.base_prompt == "leaf1"
    # And a task of nxsl on it finds the line prepared.
    assert run.result(verify).result.outcome.good
    assert run.lab["leaf1"].logins == 1


def test_netmiko_may_log_in_anew_by_its_own_means(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    run.nr.inventory.hosts["leaf1"].platform = "nxsl_nxos"
    run.nr.run(netmiko_send_command, command_string="show feature")
    connection = run.nr.inventory.hosts["leaf1"].connections["netmiko"].connection
    connection.disconnect()
    before = len(run.lab["leaf1"].received)
    connection.establish_connection()
    connection.session_preparation()
    assert connection.is_alive()  # which prepares nothing
    assert "Feature Name" in connection.send_command("show feature")
    lines = [each.line.strip("\0") for each in run.lab["leaf1"].received[before:]]
    assert lines[0] == "terminal width 511"
    run.close()


def test_a_prompt_with_escapes_before_it_is_understood(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(faults=(Banner(text="\x1b[?7h"),)))
    assert run.result(verify).result.outcome.good
    assert run.lab["leaf1"].logins == 1
    assert run.lab["leaf1"].traffic.rounds == 2


def test_scp_of_netmiko_knows_the_type(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    open_session(host, run.nr.config)
    connection = host.connections["netmiko"].connection
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    done = file_transfer(
        connection, source_file=str(tmp_path / "a.txt"), dest_file="a.txt", direction="put"
    )
    assert done["file_verified"]
    assert run.lab["leaf1"].files["a.txt"] == b"a"
    close_session(host)


def test_paging_that_somebody_has_turned_on_takes_no_letters(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    expected = open_session(host, run.nr.config).show("show running-config callhome")
    run.nr.run(netmiko_send_command, command_string="terminal length 5")
    before = run.lab["leaf1"].traffic
    session = open_session(host, run.nr.config)
    assert (
        session.show("show running-config callhome").splitlines()[3:] == (expected.splitlines()[3:])
    )
    assert (run.lab["leaf1"].traffic - before).rounds == 2
    assert run.lab["leaf1"].logins == 1
    close_session(host)


def test_after_mixed_replies_nothing_of_that_session_is_used(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    first = host.connections["netmiko"].connection
    taken = Batch.replies
    odd = 1

    def once(self: Batch, *given: Any) -> Any:
        nonlocal odd
        odd -= 1
        return None if odd >= 0 else taken(self, *given)

    monkeypatch.setattr(Batch, "replies", once)
    with session.ahead("show clock", "show feature"):
        clock, feature = session.show("show clock"), session.show("show feature")
    assert "UTC" in clock
    assert feature.startswith("Feature Name")
    assert run.lab["leaf1"].logins == 2
    assert host.connections["netmiko"].connection is not first
    # Once may have been a log line; twice is a habit.
    assert manners.takes_lines_ahead(f"127.0.0.1:{run.lab['leaf1'].port}")
    odd = 1
    assert "UTC" in session.show("show clock")
    assert not manners.takes_lines_ahead(f"127.0.0.1:{run.lab['leaf1'].port}")
    assert run.lab["leaf1"].logins == 3
    close_session(host)


def test_a_new_host_key_leaves_those_of_others_alone(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(faults=(HostKeyUnknown(),)), ready(name="leaf2"))
    file = run.folder / "known_hosts"
    before = file.read_text(encoding="utf-8")
    assert str(run.lab["leaf2"].port) in before
    hosts = run.nr.inventory.hosts
    options = run.nr.inventory.defaults.connection_options["netmiko"]
    options.extras = {**(options.extras or {}), "ssh_strict": False}
    open_session(hosts["leaf1"], run.nr.config)
    after = file.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert f"[127.0.0.1]:{run.lab['leaf1'].port} " in after[len(before) :]
    close_session(hosts["leaf1"])
    open_session(hosts["leaf1"], run.nr.config)
    assert file.read_text(encoding="utf-8") == after
    close_session(hosts["leaf1"])


def test_a_line_of_known_hosts_that_cannot_be_read_is_named(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    file = run.folder / "known_hosts"
    file.write_text("@revoked " + file.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(errors.HostKeyUnknown, match="known_hosts, line 1, cannot be read"):
        open_session(run.nr.inventory.hosts["leaf1"], run.nr.config)
    assert run.lab["leaf1"].logins == 0


def test_an_earlier_error_is_no_cause_of_a_login_made_while_it_is_dealt_with() -> None:
    earlier, inner, error = ValueError("earlier"), TimeoutError("inner"), OSError("login")
    error.__context__, inner.__context__ = inner, earlier
    _cut(error, earlier)
    assert error.__context__ is inner
    assert inner.__context__ is None
