"""`import_ack` over real SSH: what CSSM gave is on the switch, proven, and nobody else's is."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.core.usage_files import MANIFEST, read_manifest
from nxsl.lab import Backend, Drop, FlashFull, Ignore, Reject, Replace, ScpBreaks, ScpCorrupts
from nxsl.run.agreed import Agreed
from nxsl.run.watched import watched
from nxsl.tasks import Patience, import_ack, save_trust_request, save_usage, verify
from tests.airgap import acknowledge, all_text, offline, written
from tests.conftest import PATIENCE, Fleet, switch
from tests.secrets.hunt import finds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ON_SWITCH = "bootflash:nxsl-import.txt"
SEND = "scp -t bootflash:/nxsl-import.txt"
IMPORT = f"license smart import {ON_SWITCH}"
DELETE = f"delete {ON_SWITCH} no-prompt"
SHORT = Patience(deadline=0.3, first_pause=0.05)


def answered(run: Fleet, folder: Path, *hosts: str) -> dict[str, Path]:
    """Save the reports of all hosts, and put CSSM's answers for some beside them."""
    results = run.run(save_usage, folder=folder)
    paths = {host: results[host][0].result.path for host in run.lab}
    return {host: acknowledge(run, paths[host]) for host in hosts or paths}


def imports(folder: Path) -> list[Any]:
    return list(read_manifest((folder / MANIFEST).read_bytes(), where="x").imported)


def sent(run: Fleet, host: str = "leaf1") -> list[str]:
    """What a switch received for an import."""
    return [line for line in written(run, host) if "import" in line]


def test_the_whole_way_report_acknowledgement_date(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline())
    before = run.lab["leaf1"].policy
    answer = answered(run, tmp_path)["leaf1"]
    result = run.result(import_ack, folder=tmp_path, patience=PATIENCE)
    record = result.result
    assert record.outcome is Outcome.CHANGED_OK, record
    assert record.file == answer
    assert record.after.reporting.last_ack > record.before.reporting.last_ack
    assert result.changed
    assert result.diff.count("acknowledgement") == 2
    after = run.lab["leaf1"].policy
    assert before.last_ack
    assert after.last_ack
    assert after.last_ack > before.last_ack
    assert not [each for each in after.reports if each.state == "CLOSED"]
    assert sent(run) == [SEND, IMPORT, DELETE]
    assert run.lab["leaf1"].files == {}
    (entry,) = imports(tmp_path)
    assert (entry.host, entry.serial, entry.file) == ("leaf1", run.lab["leaf1"].serial, answer.name)
    assert entry.sha256 == record.sha256
    assert entry.shown == record.after.reporting.last_ack


def test_a_second_run_changes_nothing(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    answer = answered(run, tmp_path)["leaf1"]
    assert run.result(import_ack, folder=tmp_path, patience=PATIENCE).changed
    before, state = len(sent(run)), run.lab["leaf1"].policy
    operands: tuple[dict[str, Any], ...] = ({"folder": tmp_path}, {"file": answer})
    for each in operands:
        again = run.result(import_ack, patience=PATIENCE, **each)
        assert again.result.outcome is Outcome.ALREADY_OK
        assert not again.changed
    assert len(sent(run)) == before
    assert run.lab["leaf1"].policy == state
    assert len(imports(tmp_path)) == 1


def test_a_dry_run_sends_show_commands_alone(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    answer = answered(run, tmp_path)["leaf1"]
    before = len(run.lab["leaf1"].commands)
    result = run.result(import_ack, folder=tmp_path, dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert result.changed
    assert f"+copy {answer.name}" in result.diff
    assert result.diff.endswith(f"+{IMPORT}\n+{DELETE}")
    sent = run.lab["leaf1"].commands[before:]
    assert all(line.startswith(("show ", "terminal ")) for line in sent), sent
    assert imports(tmp_path) == []


def test_each_switch_gets_its_own(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    names = [f"leaf{number}" for number in range(1, 9)]
    run = fleet(*(offline(name) for name in names))
    answered(run, tmp_path)
    results = run.run(import_ack, folder=tmp_path, patience=PATIENCE)
    for host in names:
        record = results[host][0].result
        assert record.outcome is Outcome.CHANGED_OK, record
        assert run.lab[host].udi in record.file.read_text()
    assert sorted(entry.host for entry in imports(tmp_path)) == names


def test_who_has_no_answer_yet_is_told_what_was_looked_for(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline("leaf1"), offline("leaf2"))
    answered(run, tmp_path, "leaf1")
    results = run.run(import_ack, folder=tmp_path, patience=PATIENCE)
    assert results["leaf1"][0].result.outcome is Outcome.CHANGED_OK
    record = results["leaf2"][0].result
    assert (record.outcome, record.reason) == (Outcome.REFUSED, "file")
    assert "ACK_leaf2_" in record.detail
    assert sent(run, "leaf2") == []


@pytest.mark.parametrize("renamed", [False, True])
def test_another_switchs_answer_is_not_sent(
    fleet: Callable[..., Fleet], tmp_path: Path, *, renamed: bool
) -> None:
    run = fleet(offline("leaf1"), offline("leaf2"))
    foreign = answered(run, tmp_path)["leaf2"]
    if renamed:
        done = run.run(import_ack, folder=tmp_path, patience=PATIENCE)
        assert done["leaf2"][0].result.outcome is Outcome.CHANGED_OK
        foreign = foreign.rename(tmp_path / "download.txt")
    before = sent(run)
    result = run.result(import_ack, file=foreign, patience=PATIENCE)
    assert (result.result.outcome, result.result.reason) == (Outcome.REFUSED, "file")
    assert "is for leaf2" in result.result.detail
    assert sent(run) == before


def test_what_nobody_knows_the_switch_itself_refuses(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline("leaf1"), offline("leaf2"))
    foreign = answered(run, tmp_path / "usage")["leaf2"].rename(tmp_path / "download.txt")
    state = run.lab["leaf1"].policy
    result = run.result(import_ack, file=foreign, patience=PATIENCE)
    assert (result.result.outcome, result.result.reason) == (Outcome.FAILED_CLEAN, "import-failed")
    assert "UDI mismatch" in result.result.detail
    assert run.lab["leaf1"].policy.last_ack == state.last_ack
    assert sent(run) == [SEND, IMPORT, DELETE]
    assert run.lab["leaf1"].files == {}
    assert foreign.read_text()[:60] not in all_text(result)
    assert not (tmp_path / MANIFEST).exists()  # nobody named this folder


def test_a_switch_that_was_replaced_gets_no_answer_to_the_old_one(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    old = fleet(offline(serial="FDO00000OLD"))
    answered(old, tmp_path)
    new = fleet(offline(serial="FDO00000NEW"))
    record = new.result(import_ack, folder=tmp_path, patience=PATIENCE).result
    assert (record.outcome, record.reason) == (Outcome.REFUSED, "file")
    assert "another switch now" in record.detail
    assert sent(new) == []


def test_a_switch_that_was_reset_gets_the_answer_again(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline())
    answered(run, tmp_path)
    assert run.result(import_ack, folder=tmp_path, patience=PATIENCE).changed
    reset = fleet(offline())  # the same serial number, and the old date
    assert reset.lab["leaf1"].serial == run.lab["leaf1"].serial
    record = reset.result(import_ack, folder=tmp_path, patience=PATIENCE).result
    assert record.outcome is not Outcome.ALREADY_OK
    assert IMPORT in sent(reset)


# -- policy and trust ----------------------------------------------------------------------------


def test_a_policy_is_imported_on_every_switch_and_once(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline("leaf1"), offline("leaf2"))
    file = tmp_path / "policy.txt"
    file.write_bytes(run.lab.cssm.policy_file("Weekly reports"))
    operands: dict[str, Any] = {
        "folder": tmp_path,
        "file": file,
        "kind": "policy",
        "patience": PATIENCE,
    }
    results = run.run(import_ack, **operands)
    for host in ("leaf1", "leaf2"):
        record = results[host][0].result
        assert record.outcome is Outcome.CHANGED_OK, record
        assert run.lab[host].policy.policy_name == "Weekly reports"
        assert record.after.policy.installed is not None
    again = run.run(import_ack, **operands)
    assert {again[host][0].result.outcome for host in run.lab} == {Outcome.ALREADY_OK}
    assert [line for line in sent(run) if line == IMPORT] == [IMPORT]


def test_a_trust_code_comes_by_a_request(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    request = run.result(save_trust_request, folder=tmp_path).result.path
    answer = tmp_path / f"ACK_{request.name}"
    answer.write_bytes(run.lab.cssm.trust_file(request.read_bytes()))
    result = run.result(import_ack, folder=tmp_path, kind="trust", patience=PATIENCE)
    record = result.result
    assert record.outcome is Outcome.CHANGED_OK, record
    assert record.after.trusted_at > record.before.trusted_at
    assert "trust code" in result.diff
    again = run.result(import_ack, folder=tmp_path, kind="trust", patience=PATIENCE)
    assert again.result.outcome is Outcome.ALREADY_OK


# -- what can go wrong ---------------------------------------------------------------------------


def failed(run: Fleet, folder: Path, reason: str, outcome: Outcome = Outcome.FAILED_CLEAN) -> Any:
    """Import in vain: the switch is as it was, and the manifest knows of no import."""
    state = run.lab["leaf1"].policy
    record = run.result(import_ack, folder=folder, patience=SHORT).result
    assert (record.outcome, record.reason) == (outcome, reason), record
    assert run.lab["leaf1"].policy.last_ack == state.last_ack
    assert run.lab["leaf1"].files == {}
    assert imports(folder) == []
    return record


def test_without_scp_the_remedy_is_what_to_type(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline(scp_server=False))
    answered(run, tmp_path)
    record = failed(run, tmp_path, "transfer-failed")
    assert "configure terminal" in record.remedy
    assert "feature scp-server" in record.remedy
    assert IMPORT not in sent(run)
    run.lab["leaf1"].configure("feature scp-server")
    assert run.result(import_ack, folder=tmp_path, patience=PATIENCE).changed


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ScpBreaks(line="scp.* -t ", after_bytes=50), "broke in the middle"),
        (ScpCorrupts(line="scp.* -t "), "changed on its way"),
    ],
)
def test_what_does_not_arrive_whole_is_removed_and_not_imported(
    fleet: Callable[..., Fleet], tmp_path: Path, fault: Any, words: str
) -> None:
    run = fleet(offline(faults=(fault,)))
    answered(run, tmp_path)
    assert words in failed(run, tmp_path, "transfer-failed").detail
    assert IMPORT not in sent(run)
    assert sent(run)[-1] == DELETE


def test_a_full_flash_is_named(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    answered(run, tmp_path)
    full = fleet(offline(faults=(FlashFull(free=10),)))
    record = failed(full, tmp_path, "transfer-failed")
    assert "full" in record.detail
    assert "dir bootflash:" in record.remedy


def test_a_file_that_was_damaged_at_home_is_refused_by_the_switch(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline())
    answer = answered(run, tmp_path)["leaf1"]
    answer.write_bytes(answer.read_bytes().replace(b"<report>", b"<report>9", 1))
    record = failed(run, tmp_path, "import-failed")
    assert "signature" in record.detail


def test_taken_without_effect_is_pending(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    fault = Reject(line="smart import", text="Import Data Successful")  # says so and does not
    run = fleet(offline(faults=(fault,)))
    answered(run, tmp_path)
    record = failed(run, tmp_path, "still-pending", Outcome.PENDING)
    assert "does not show it" in record.detail
    assert run.result(import_ack, folder=tmp_path, patience=PATIENCE).changed


def test_words_that_nobody_knows_are_believed_by_their_effect(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline(faults=(Replace(line="smart import", text="Done and dusted"),)))
    answered(run, tmp_path)
    record = run.result(import_ack, folder=tmp_path, patience=PATIENCE).result
    assert record.outcome is Outcome.CHANGED_OK


def test_words_that_nobody_knows_and_no_effect_show_the_words(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline(faults=(Reject(line="smart import", text="Done and dusted"),)))
    answered(run, tmp_path)
    record = failed(run, tmp_path, "unreadable-output", Outcome.UNKNOWN)
    assert "Done and dusted" in record.evidence


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_session_that_breaks_on_the_import_is_judged_by_the_effect(
    fleet: Callable[..., Fleet], tmp_path: Path, when: Any
) -> None:
    run = fleet(offline(faults=(Drop(line="smart import", when=when),)))
    answered(run, tmp_path)
    if when == "after":
        record = run.result(import_ack, folder=tmp_path, patience=PATIENCE).result
        assert record.outcome is Outcome.CHANGED_OK
        assert run.lab["leaf1"].files == {}
    else:
        record = failed(run, tmp_path, "still-pending", Outcome.PENDING)
        assert "the session broke" in record.detail
    assert sent(run).count(IMPORT) == 1


def test_a_command_that_a_release_does_not_know(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline(faults=(Reject(line="smart import"),)))
    answered(run, tmp_path)
    failed(run, tmp_path, "command-rejected")


def test_a_copy_that_cannot_be_deleted_is_told(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline(faults=(Ignore(line="^delete .*import", occurrence=None),)))
    answered(run, tmp_path)
    record = run.result(import_ack, folder=tmp_path, patience=PATIENCE).result
    assert record.outcome is Outcome.CHANGED_OK
    assert "BUT bootflash:nxsl-import.txt may still be on the switch" in record.detail


def test_an_import_that_cannot_be_noted_is_told(
    fleet: Callable[..., Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(offline())
    answered(run, tmp_path)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    record = run.result(import_ack, folder=tmp_path, patience=PATIENCE).result
    assert record.outcome is Outcome.CHANGED_OK
    assert "could not be noted" in record.detail
    assert imports(tmp_path) == []


def test_only_the_file_that_was_seen_is_sent(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    answer = answered(run, tmp_path)["leaf1"]
    agreed = Agreed.to(run.run(import_ack, folder=tmp_path, dry_run=True))
    answer.write_bytes(answer.read_bytes() + b"\n")
    record = run.result(watched(import_ack, agreed), folder=tmp_path).result
    assert (record.outcome, record.reason) == (Outcome.REFUSED, "changed-since-plan")
    assert "SHA-256: was " in record.detail
    assert sent(run) == []


@pytest.mark.parametrize(
    "fault",
    [
        ScpBreaks(line="scp.* -t ", after_bytes=50),
        ScpCorrupts(line="scp.* -t "),
        Reject(line="md5sum", occurrence=2),  # the first is that of the report
        Reject(line="smart import"),
        Reject(line="smart import", text="Import Data Failed: not valid"),
        Drop(line="smart import"),
        Drop(line="md5sum", occurrence=2),
    ],
    ids=["breaks", "corrupts", "no md5", "no import", "refused", "drop", "drop at md5"],
)
def test_what_the_file_says_is_shown_nowhere(
    fleet: Callable[..., Fleet],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    fault: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    run = fleet(offline(faults=(fault,)))
    answer = answered(run, tmp_path)["leaf1"]
    caplog.clear()
    (signature,) = re.findall(r"<signature>(.*)</signature>", answer.read_text())
    result = run.result(import_ack, folder=tmp_path, patience=SHORT)
    assert result.failed
    shown = {"result": all_text(result).encode(), "log": caplog.text.encode()}
    assert "ImportRecord" in all_text(result)  # it is the result that is looked at
    assert not list(finds({"signature": signature}, shown))


def test_a_stopped_run_sends_nothing(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    answered(run, tmp_path)
    patience = Patience()
    patience.stop.set()
    record = run.result(import_ack, folder=tmp_path, patience=patience).result
    assert record.outcome is Outcome.NOT_RUN
    assert sent(run) == []


def test_scp_sends_nothing_to_an_unknown_key(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    answered(run, tmp_path)
    assert run.result(verify).result.outcome is Outcome.READ
    extras = run.nr.inventory.defaults.connection_options["netmiko"].extras
    assert extras is not None
    (tmp_path / "none").touch()
    logins = run.lab["leaf1"].logins
    run.nr.inventory.hosts["leaf1"].connections["netmiko"].connection.alt_key_file = str(
        tmp_path / "none"
    )
    failed(run, tmp_path, "host-key-unknown", Outcome.REFUSED)
    assert run.lab["leaf1"].logins == logins
    assert sent(run) == []


def test_another_regime_knows_nothing_of_the_kind(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch(backend=Backend()))
    result = run.result(import_ack, folder=tmp_path)
    assert result.result.outcome is Outcome.NOT_APPLICABLE
    assert written(run) == []


def test_neither_folder_nor_file_is_a_fault_of_the_program(fleet: Callable[..., Fleet]) -> None:
    run = fleet(offline())
    assert isinstance(run.run(import_ack)["leaf1"][0].exception, ValueError)
    assert run.lab["leaf1"].commands == ()
