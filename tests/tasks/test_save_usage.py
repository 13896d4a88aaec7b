"""`save_usage` and `save_trust_request` over real SSH: exact files, and clean switches."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paramiko
import pytest

from nxsl.core.outcome import Outcome
from nxsl.core.usage_files import MANIFEST, Travelled, read_manifest
from nxsl.fleet.usage_folder import UsageFolder
from nxsl.lab import (
    Drop,
    FlashFull,
    Garble,
    Ignore,
    Inject,
    Reject,
    Replace,
    ScpBreaks,
    ScpCorrupts,
)
from nxsl.tasks import save_trust_request, save_usage, verify
from tests.airgap import acknowledge, offline, written
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.usage_files import Manifest

ON_SWITCH = "bootflash:nxsl-usage.rum"
SAVE = f"license smart save usage unreported file {ON_SWITCH}"
DELETE = f"delete {ON_SWITCH} no-prompt"


def manifest(folder: Path) -> Manifest:
    return read_manifest((folder / MANIFEST).read_bytes(), where=str(folder))


def reports(folder: Path) -> list[str]:
    """The reports in the folder; not the manifest and its lock."""
    return sorted(each.name for each in folder.glob("*.rum")) if folder.exists() else []


@pytest.mark.parametrize(
    ("scp_server", "travelled"), [(True, Travelled.SCP), (False, Travelled.CONSOLE)]
)
def test_the_report_is_here_to_the_byte_and_no_longer_there(
    fleet: Callable[..., Fleet], tmp_path: Path, *, scp_server: bool, travelled: Travelled
) -> None:
    run = fleet(offline(scp_server=scp_server))
    result = run.result(save_usage, folder=tmp_path / "usage")
    record = result.result
    assert record.outcome is Outcome.CHANGED_OK, record
    assert not result.failed
    assert result.changed
    data = record.path.read_bytes()
    # One line is longer than a terminal is wide, and one is not ASCII.
    assert max(map(len, data.decode().splitlines())) > 2000
    assert not data.isascii()
    acknowledge(run, record.path)  # CSSM takes it: not a byte is another one
    assert (record.travelled, record.size) == (travelled, len(data))
    assert record.sha256 == hashlib.sha256(data).hexdigest()
    (entry,) = manifest(tmp_path / "usage").saved
    lab = run.lab["leaf1"]
    assert (entry.host, entry.serial, entry.release) == ("leaf1", lab.serial, "10.3(6)")
    assert (entry.file, entry.size, entry.which) == (record.path.name, len(data), "unreported")
    assert entry.udi == lab.udi
    assert entry.sha256 == record.sha256
    assert entry.md5 == hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert entry.travelled is travelled
    assert lab.files == {}
    assert lab.policy.last_file_write is not None
    assert record.after.reporting.last_file > record.before.reporting.last_ack
    assert "+report written to a file" in result.diff
    assert written(run) == [SAVE, "scp -f bootflash:/nxsl-usage.rum", DELETE]


@pytest.mark.parametrize(
    ("which", "words"), [("all", "all"), ("days:30", "days 30"), ("unreported", "unreported")]
)
def test_which_reports(fleet: Callable[..., Fleet], tmp_path: Path, which: str, words: str) -> None:
    run = fleet(offline())
    assert run.result(save_usage, folder=tmp_path, which=which).result.outcome.good
    assert written(run)[0] == f"license smart save usage {words} file {ON_SWITCH}"
    assert manifest(tmp_path).saved[0].which == which


def test_one_report_by_its_id(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    closed = [each for each in run.lab["leaf1"].policy.reports if each.state == "CLOSED"]
    which = f"rum-id:{closed[0].number}"
    record = run.result(save_usage, folder=tmp_path, which=which).result
    assert record.outcome is Outcome.CHANGED_OK
    assert f"<report>{closed[0].number}</report>" in record.path.read_text()


def test_nonsense_is_a_fault_of_the_program(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    result = run.run(save_usage, folder=tmp_path, which="some")["leaf1"][0]
    assert isinstance(result.exception, ValueError)
    assert run.lab["leaf1"].commands == ()


def test_a_dry_run_sends_show_commands_alone(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    result = run.result(save_usage, folder=tmp_path / "usage", dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert result.diff == f"+{SAVE}\n+{DELETE}"
    assert all(
        line.startswith(("show ", "terminal ", "exit")) for line in run.lab["leaf1"].commands
    )
    assert not (tmp_path / "usage").exists()


def test_a_file_may_stay_on_the_switch(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    record = run.result(save_usage, folder=tmp_path, keep_on_switch=True).result
    assert run.lab["leaf1"].files == {record.path.name: record.path.read_bytes()}
    again = run.result(save_usage, folder=tmp_path).result
    assert again.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].files == {record.path.name: record.path.read_bytes()}


def test_a_long_name_is_not_taken_for_a_secret(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    name = "Berlin-Hall7-Row12-Rack03-leaf1-Production-Fabric"
    run = fleet(offline(name))
    record = run.result(save_usage, name, folder=tmp_path, keep_on_switch=True).result
    assert record.outcome is Outcome.CHANGED_OK, record
    assert list(run.lab[name].files) == [record.path.name]
    assert name in str(record)


def test_what_an_earlier_run_left_goes_and_everything_else_stays(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    others = {"nxos.bin": b"image", "my-nxsl-usage.rum": b"mine", "nxsl-notes.txt": b"mine too"}
    run = fleet(offline(files={**others, "nxsl-usage.rum": b"half a rep"}))
    record = run.result(save_usage, folder=tmp_path).result
    assert record.outcome is Outcome.CHANGED_OK
    assert b"half a rep" not in record.path.read_bytes()
    assert run.lab["leaf1"].files == others
    assert written(run)[:2] == [DELETE, SAVE]


def test_without_licences_in_use_there_is_no_report_and_that_is_fine(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline(licenses=()))
    result = run.result(save_usage, folder=tmp_path)
    assert result.result.outcome is Outcome.ALREADY_OK
    assert "no licence in use" in result.result.detail
    assert written(run) == []
    assert reports(tmp_path) == []


@pytest.mark.parametrize("release", ["9.3(5)", "7.0(3)I7(2)"])
def test_another_regime_knows_nothing_of_the_kind(
    fleet: Callable[..., Fleet], tmp_path: Path, release: str
) -> None:
    run = fleet(switch(release=release))
    result = run.result(save_usage, folder=tmp_path)
    assert result.result.outcome is Outcome.NOT_APPLICABLE
    assert not result.failed
    assert written(run) == []
    assert run.result(save_trust_request, folder=tmp_path).result.outcome is Outcome.NOT_APPLICABLE


# -- what can go wrong -----------------------------------------------------------------------------


def refused(run: Fleet, folder: Path, reason: str, outcome: Outcome = Outcome.FAILED_CLEAN) -> Any:
    """Save in vain: nothing is here, nothing is there, nothing is in the manifest."""
    record = run.result(save_usage, folder=folder).result
    assert (record.outcome, record.reason) == (outcome, reason), record
    assert reports(folder) == []
    assert UsageFolder(folder).read().saved == ()
    assert run.lab["leaf1"].files == {}
    return record


def test_a_transfer_that_breaks_leaves_nothing(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline(faults=(ScpBreaks(after_bytes=1000),)))
    assert "broke in the middle" in refused(run, tmp_path, "transfer-failed").detail
    assert run.result(save_usage, folder=tmp_path).result.outcome is Outcome.CHANGED_OK


def test_a_byte_that_changed_on_its_way_is_noticed(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline(faults=(ScpCorrupts(),)))
    assert "changed on its way" in refused(run, tmp_path, "transfer-failed").detail


def test_a_full_flash_is_named(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline(faults=(FlashFull(free=100),)))
    record = refused(run, tmp_path, "transfer-failed")
    assert "full" in record.detail
    assert "dir bootflash:" in record.remedy


@pytest.mark.parametrize(
    "fault",
    [
        Garble(line="show file.*rum$", old=b"Nutzungs", new=b"Nutz\xff\xfe"),
        Garble(line="show file.*rum$", old=b"Nutzungs", new=b"Mutzungs"),
        Inject(line="show file.*rum$", at=3),
        Replace(line="show file.*rum$", text="<smartLicense>"),
    ],
    ids=["no UTF-8", "another letter", "log line", "other text"],
)
def test_a_console_that_is_not_exact_is_refused_with_the_remedy(
    fleet: Callable[..., Fleet], tmp_path: Path, fault: Any
) -> None:
    run = fleet(offline(scp_server=False, faults=(fault,)))
    record = refused(run, tmp_path, "transfer-failed")
    assert "MD5" in record.detail
    assert "feature scp-server" in record.remedy
    assert "smartLicense" not in str(record)


def test_a_console_that_refuses_is_named_without_what_it_shows(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    denied = Reject(line="show file.*rum$", text="% Permission denied for the role")
    run = fleet(offline(scp_server=False, faults=(denied,)))
    record = refused(run, tmp_path, "transfer-failed")
    assert "Permission denied" in record.detail
    assert "feature scp-server" in record.remedy


def test_a_session_that_breaks_while_the_console_shows_the_file(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    drop = Drop(line="show file.*rum$", when="reply", after_bytes=1500)
    run = fleet(offline(scp_server=False, faults=(drop,)))
    record = refused(run, tmp_path, "session-dropped")
    assert "entitlement" not in str(record) + repr(record)
    assert run.result(save_usage, folder=tmp_path).result.outcome is Outcome.CHANGED_OK


def test_a_session_that_breaks_on_the_save_is_opened_again(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline(faults=(Drop(line="save usage", when="after"),)))
    record = run.result(save_usage, folder=tmp_path).result
    assert record.outcome is Outcome.CHANGED_OK
    assert written(run).count(SAVE) == 1
    assert run.lab["leaf1"].files == {}


def test_a_command_that_a_release_does_not_know(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline(faults=(Reject(line="save usage"),)))
    assert "save usage" in refused(run, tmp_path, "command-rejected").detail


def test_words_instead_of_a_file_are_a_failure(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    fault = Reject(line="save usage", text="Something nobody knows.")
    run = fleet(offline(faults=(fault,)))
    record = refused(run, tmp_path, "sync-failed")
    assert record.evidence == "Something nobody knows."


def test_a_file_that_cannot_be_deleted_is_told(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline(faults=(Ignore(line="^delete "),)))
    record = run.result(save_usage, folder=tmp_path).result
    assert record.outcome is Outcome.CHANGED_OK
    assert "BUT bootflash:nxsl-usage.rum may still be on the switch" in record.detail
    assert list(run.lab["leaf1"].files) == ["nxsl-usage.rum"]
    again = run.result(save_usage, folder=tmp_path).result
    assert again.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].files == {}


def test_a_failure_that_leaves_a_file_is_dirty(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    faults = (ScpCorrupts(), Ignore(line="^delete ", occurrence=None))
    run = fleet(offline(faults=faults))
    record = run.result(save_usage, folder=tmp_path).result
    assert record.outcome is Outcome.FAILED_DIRTY
    assert "may still be on the switch" in record.detail
    assert reports(tmp_path) == []


def test_a_damaged_manifest_stops_it_before_anything_is_sent(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    (tmp_path / MANIFEST).write_text("{")
    run = fleet(offline())
    for dry_run in (True, False):
        record = run.result(save_usage, folder=tmp_path, dry_run=dry_run).result
        assert (record.outcome, record.reason) == (Outcome.REFUSED, "manifest")
    assert written(run) == []
    assert (tmp_path / MANIFEST).read_text() == "{"


def test_a_folder_that_cannot_be_written_stops_it_before_anything_is_sent(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    run = fleet(offline())
    record = run.result(save_usage, folder=tmp_path / "file").result
    assert record.reason == "transfer-failed"
    assert written(run) == []


# -- host keys -------------------------------------------------------------------------------------


def known_hosts(run: Fleet) -> Path:
    extras = run.nr.inventory.defaults.connection_options["netmiko"].extras
    assert extras is not None
    return Path(extras["alt_key_file"])


def test_scp_sends_no_password_to_an_unknown_key(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline())
    assert run.result(verify).result.outcome is Outcome.READ  # the session is open and stays
    known_hosts(run).write_text("")
    record = refused(run, tmp_path, "host-key-unknown", Outcome.REFUSED)
    lab = run.lab["leaf1"]
    assert (lab.logins, lab.failed_logins) == (1, 0)
    assert not [line for line in lab.commands if line.startswith("scp")]
    assert "host key" in record.detail


def test_scp_sends_no_password_to_a_changed_key(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline())
    assert run.result(verify).result.outcome is Outcome.READ
    file = known_hosts(run)
    name = file.read_text().split()[0]
    other = paramiko.ECDSAKey.generate()
    file.write_text(f"{name} {other.get_name()} {other.get_base64()}\n")
    refused(run, tmp_path, "host-key-changed", Outcome.REFUSED)
    lab = run.lab["leaf1"]
    assert (lab.logins, lab.failed_logins) == (1, 0)


def test_where_any_key_passes_scp_still_wants_the_key_of_the_session(
    fleet: Callable[..., Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(offline())
    run.nr.inventory.defaults.connection_options["netmiko"].extras = {"ssh_strict": False}
    assert run.result(save_usage, folder=tmp_path / "one").result.travelled is Travelled.SCP
    connection = run.nr.inventory.hosts["leaf1"].connections["netmiko"].connection
    transport = connection.remote_conn_pre.get_transport()
    other = paramiko.ECDSAKey.generate()
    monkeypatch.setattr(transport, "get_remote_server_key", lambda: other)
    refused(run, tmp_path / "two", "host-key-changed", Outcome.REFUSED)
    assert run.lab["leaf1"].logins == 2  # the session, and the first SCP


# -- fleets ----------------------------------------------------------------------------------------


def test_eight_switches_at_once_write_into_one_folder(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    names = [f"leaf{number}" for number in range(1, 9)]
    run = fleet(*(offline(name, scp_server=number % 2 == 0) for number, name in enumerate(names)))
    results = run.run(save_usage, folder=tmp_path)
    records = {host: results[host][0].result for host in names}
    assert {record.outcome for record in records.values()} == {Outcome.CHANGED_OK}
    entries = {entry.host: entry for entry in manifest(tmp_path).saved}
    assert sorted(entries) == names
    for host, record in records.items():
        assert run.lab[host].udi in record.path.read_text()
        assert entries[host].file == record.path.name
        assert entries[host].serial == run.lab[host].serial
    assert len(reports(tmp_path)) == 8


def test_a_later_run_adds_to_the_folder(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    first = run.result(save_usage, folder=tmp_path).result.path
    second = run.result(save_usage, folder=tmp_path).result.path
    assert first != second
    assert [entry.file for entry in manifest(tmp_path).saved] == [first.name, second.name]
    assert first.exists()


def test_what_a_report_says_is_in_no_log(
    fleet: Callable[..., Fleet],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    run = fleet(offline(scp_server=False))
    log = tmp_path / "session.log"
    extras = run.nr.inventory.defaults.connection_options["netmiko"].extras
    assert extras is not None
    extras["session_log"] = str(log)
    assert run.result(save_usage, folder=tmp_path).result.travelled is Travelled.CONSOLE
    run.close()
    assert "show file bootflash:nxsl-usage.rum" in log.read_text()
    assert "entitlement" not in log.read_text()
    assert "entitlement" not in caplog.text


# -- trust requests --------------------------------------------------------------------------------


@pytest.mark.parametrize("scp_server", [True, False])
def test_a_trust_request_is_fetched_like_a_report(
    fleet: Callable[..., Fleet], tmp_path: Path, *, scp_server: bool
) -> None:
    run = fleet(offline(licenses=(), scp_server=scp_server))
    result = run.result(save_trust_request, folder=tmp_path)
    record = result.result
    assert record.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].udi in record.path.read_text()
    (entry,) = manifest(tmp_path).saved
    assert (entry.kind, entry.which, entry.file) == ("trust-request", "", record.path.name)
    assert written(run) == [
        "license smart save trust-request bootflash:nxsl-trust-request.txt",
        "scp -f bootflash:/nxsl-trust-request.txt",
        "delete bootflash:nxsl-trust-request.txt no-prompt",
    ]
    assert run.lab["leaf1"].files == {}


def test_a_checksum_that_is_none_is_not_shown(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    """A release that prints the file instead would show its content in the error."""
    content = "c29tZS1jb250ZW50LW9mLWEtdHJ1c3QtZmlsZQ"
    run = fleet(offline(faults=(Replace(line="md5sum", text=content, occurrence=None),)))
    result = run.result(save_usage, folder=tmp_path)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "transfer-failed"
    assert content not in f"{result.result!r}{result.exception!r}{result.result}"
