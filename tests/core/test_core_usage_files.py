"""Manifest, names and answers of usage files; and the folder that holds them."""

from __future__ import annotations

import json
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxsl.core import errors
from nxsl.core.payload import Payload
from nxsl.core.policy_records import PolicyStatus, ReportingPolicy, TrustCode, UsageReporting
from nxsl.core.usage_files import (
    MANIFEST,
    ImportedFile,
    ImportKind,
    Manifest,
    SavedFile,
    SavedKind,
    Travelled,
    file_name,
    find_answer,
    has_effect,
    is_imported,
    read_manifest,
    require_own,
    selection_words,
    shown_date,
)
from nxsl.fleet.usage_folder import UsageFolder, read_file
from nxsl.nxos.flash import candidates, path_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SHA = "a" * 64
OTHER_SHA = "b" * 64


def saved(file: str = "leaf1_A_1.rum", **changes: Any) -> SavedFile:
    usual: dict[str, Any] = {
        "host": "leaf1",
        "serial": "A",
        "file": file,
        "size": 10,
        "sha256": SHA,
        "md5": "c" * 32,
        "which": "unreported",
        "saved_at": NOW,
        "travelled": Travelled.SCP,
    }
    return SavedFile(**{**usual, **changes})


def imported(**changes: Any) -> ImportedFile:
    usual: dict[str, Any] = {
        "host": "leaf1",
        "serial": "A",
        "kind": ImportKind.ACK,
        "file": "ACK_leaf1_A_1.rum",
        "sha256": SHA,
        "imported_at": NOW,
        "shown": NOW,
    }
    return ImportedFile(**{**usual, **changes})


def acknowledged(at: datetime | None) -> PolicyStatus:
    return PolicyStatus(enabled=True, reporting=UsageReporting(last_ack=at))


# -- the manifest ---------------------------------------------------------------------------------


def test_a_manifest_comes_back_as_it_was_written() -> None:
    manifest = Manifest().with_saved(saved()).with_imported(imported())
    assert read_manifest(manifest.to_text().encode(), where="x") == manifest


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda data: data.update(version=2), "version"),
        (lambda data: data.update(more=1), "more"),
        (lambda data: data.pop("saved") and data.update(saved={}), "saved"),
        (lambda data: data["saved"][0].update(sha256="short"), "sha256"),
        (lambda data: data["saved"][0].update(md5="C" * 32), "md5"),
        (lambda data: data["saved"][0].update(size=0), "size"),
        (lambda data: data["saved"][0].update(file="../../etc/passwd"), "file"),
        (lambda data: data["saved"][0].update(file=".hidden"), "file"),
        (lambda data: data["saved"][0].update(file="a\n"), "file"),
        (lambda data: data["saved"][0].update(saved_at="2026-11-24T12:00:00"), "saved_at"),
        (lambda data: data["saved"].append(data["saved"][0]), "twice"),
    ],
)
def test_a_damaged_manifest_is_an_error_that_names_the_place(change: Any, named: str) -> None:
    data = json.loads(Manifest().with_saved(saved()).to_text())
    change(data)
    with pytest.raises(errors.ManifestError, match=named) as caught:
        read_manifest(json.dumps(data).encode(), where="folder/manifest.json")
    assert "folder/manifest.json" in caught.value.message


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"version": 1'])
def test_what_is_no_manifest_is_an_error(content: bytes) -> None:
    with pytest.raises(errors.ManifestError):
        read_manifest(content, where="x")


# -- names ----------------------------------------------------------------------------------------


def test_a_file_is_named_by_host_serial_and_time() -> None:
    assert file_name("leaf1", "FDO2426N1UX", NOW) == "leaf1_FDO2426N1UX_20261124T120000Z.rum"


@given(host=st.text(max_size=300), serial=st.text(max_size=300))
def test_whatever_a_host_is_called_its_file_is_one_plain_name(host: str, serial: str) -> None:
    name = file_name(host, serial, NOW)
    assert Path(name).name == name
    assert saved(name).file == name  # and one that a manifest takes
    assert path_of(name) == f"bootflash:{name}"  # and a switch


@pytest.mark.parametrize("name", ["", "a b", "a;b", "../a", "a/b", ".a", "a?", "a|b", "a\n", "-a"])
def test_what_is_no_plain_name_never_reaches_a_switch(name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        path_of(name)


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("all", "all"),
        ("unreported", "unreported"),
        ("days:30", "days 30"),
        ("rum-id:1700000001", "rum-id 1700000001"),
    ],
)
def test_a_selection_becomes_the_words_of_the_command(which: str, words: str) -> None:
    assert selection_words(which) == words


@pytest.mark.parametrize("which", ["", "days:0", "days:x", "days", "rum-id:", "all\n", "ALL", "٣"])
def test_other_selections_are_refused(which: str) -> None:
    with pytest.raises(ValueError, match="none of"):
        selection_words(which)


# -- which answer belongs to which host -----------------------------------------------------------


def found(manifest: Manifest, *names: str, **changes: Any) -> Any:
    usual: dict[str, Any] = {"host": "leaf1", "serial": "A", "kind": ImportKind.ACK}
    return find_answer(names, manifest, **{**usual, **changes})


OLD = saved("leaf1_A_0.rum", saved_at=NOW - timedelta(days=30))
NEW = saved("leaf1_A_1.rum")
FOREIGN = saved("leaf2_B_1.rum", host="leaf2", serial="B")
FOLDER = Manifest(saved=(NEW, OLD, FOREIGN))


def test_the_one_answer_is_found_by_its_name() -> None:
    answer = found(FOLDER, "ACK_leaf1_A_1.rum", "ACK_leaf2_B_1.rum", "x.txt")
    assert (answer.file, answer.report, answer.note) == ("ACK_leaf1_A_1.rum", NEW, "")


def test_of_several_answers_the_newest_reports_counts_and_that_is_said() -> None:
    answer = found(FOLDER, "ACK_leaf1_A_0.rum", "ACK_leaf1_A_1.rum")
    assert answer.file == "ACK_leaf1_A_1.rum"
    assert "newest of 2" in answer.note


def test_an_answer_to_an_older_report_is_taken_and_that_is_said() -> None:
    answer = found(FOLDER, "ACK_leaf1_A_0.rum")
    assert answer.report == OLD
    assert "leaf1_A_1.rum has none yet" in answer.note


def test_without_an_answer_the_error_names_what_was_looked_for_and_what_to_do() -> None:
    with pytest.raises(errors.FileRefused) as caught:
        found(FOLDER, "ACK_leaf2_B_1.rum", "leaf1_A_1.rum")
    assert "ACK_leaf1_A_1.rum, ACK_leaf1_A_0.rum" in caught.value.message
    assert "Upload Usage Data" in caught.value.remedy


def test_a_host_that_is_another_switch_now_gets_no_answer_to_the_old_one() -> None:
    with pytest.raises(errors.FileRefused, match="another switch now"):
        found(FOLDER, "ACK_leaf1_A_1.rum", serial="Z")


def test_a_host_that_nothing_was_saved_of_is_named() -> None:
    with pytest.raises(errors.FileRefused, match="nothing of leaf9") as caught:
        found(FOLDER, "ACK_leaf1_A_1.rum", host="leaf9", serial="Z")
    assert "nxsl usage save" in caught.value.remedy


def test_a_trust_code_answers_a_trust_request_and_not_a_report() -> None:
    request = saved("leaf1_A_2.txt", kind=SavedKind.TRUST_REQUEST)
    folder = FOLDER.with_saved(request)
    names = ("ACK_leaf1_A_1.rum", "ACK_leaf1_A_2.txt")
    assert found(folder, *names, kind=ImportKind.TRUST).report == request
    assert found(folder, *names).report == NEW
    with pytest.raises(errors.FileRefused) as caught:
        found(FOLDER, *names, kind=ImportKind.TRUST)
    assert "trust-request" in caught.value.remedy


def test_a_policy_has_to_be_named() -> None:
    with pytest.raises(errors.FileRefused, match="no switch"):
        found(FOLDER, "policy.txt", kind=ImportKind.POLICY)


def own(file: str, manifest: Manifest = FOLDER, **changes: Any) -> None:
    usual: dict[str, Any] = {
        "sha256": OTHER_SHA,
        "host": "leaf1",
        "serial": "A",
        "kind": ImportKind.ACK,
    }
    require_own(manifest, file=file, **{**usual, **changes})


def test_its_own_answer_and_an_unknown_file_pass() -> None:
    own("ACK_leaf1_A_1.rum")
    own("from_elsewhere.txt")


def test_another_switchs_answer_is_refused_by_its_name() -> None:
    with pytest.raises(errors.FileRefused, match=r"is for leaf2 \(serial number B\)"):
        own("ACK_leaf2_B_1.rum")


def test_another_switchs_answer_is_refused_by_its_content_whatever_it_is_called() -> None:
    theirs = imported(host="leaf2", serial="B", file="ACK_leaf2_B_1.rum")
    folder = FOLDER.with_imported(theirs)
    with pytest.raises(errors.FileRefused, match="is for leaf2"):
        own("renamed.txt", folder, sha256=theirs.sha256)
    own("renamed.txt", folder)


def test_a_policy_is_for_every_switch() -> None:
    theirs = imported(host="leaf2", serial="B", kind=ImportKind.POLICY)
    own("policy.txt", FOLDER.with_imported(theirs), sha256=SHA, kind=ImportKind.POLICY)


def test_a_report_is_no_answer() -> None:
    with pytest.raises(errors.FileRefused, match="wrote itself"):
        own("leaf1_A_1.rum")


# -- what an import shows -------------------------------------------------------------------------


def trusted(at: datetime | None) -> PolicyStatus:
    return PolicyStatus(enabled=True, trust=(TrustCode(installed=at),) if at else ())


def policy(at: datetime | None, name: str = "", in_use: str = "") -> PolicyStatus:
    return PolicyStatus(
        enabled=True, policy=ReportingPolicy(installed=at, name=name, in_use=in_use)
    )


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        (ImportKind.ACK, acknowledged),
        (ImportKind.TRUST, trusted),
        (ImportKind.POLICY, policy),
    ],
)
def test_an_import_shows_by_a_date_that_moved(kind: ImportKind, make: Any) -> None:
    later = NOW + timedelta(seconds=1)
    assert has_effect(kind, make(None), make(NOW))
    assert has_effect(kind, make(NOW), make(later))
    assert not has_effect(kind, make(NOW), make(NOW))
    assert not has_effect(kind, make(None), make(None))
    assert shown_date(kind, make(NOW)) == NOW


def test_a_unit_that_goes_brings_no_trust_code() -> None:
    """The newest date of all units moves then, too."""
    old = TrustCode(unit="Active", udi="PID:N9K,SN:A", installed=NOW - timedelta(days=1))
    new = TrustCode(unit="Standby", udi="PID:N9K,SN:B", installed=NOW)
    both = PolicyStatus(enabled=True, trust=(old, new))
    assert not has_effect(ImportKind.TRUST, both, PolicyStatus(enabled=True, trust=(old,)))
    assert has_effect(ImportKind.TRUST, PolicyStatus(enabled=True, trust=(old,)), both)


def test_a_date_that_is_gone_is_no_effect() -> None:
    assert not has_effect(ImportKind.ACK, acknowledged(NOW), acknowledged(None))


def test_a_policy_also_shows_by_its_name() -> None:
    assert has_effect(ImportKind.POLICY, policy(None, "A"), policy(None, "B"))
    assert not has_effect(ImportKind.ACK, policy(None, "A"), policy(None, "B"))


def known(manifest: Manifest, status: PolicyStatus, **changes: Any) -> bool:
    usual: dict[str, Any] = {"sha256": SHA, "serial": "A", "kind": ImportKind.ACK}
    return is_imported(manifest, status=status, **{**usual, **changes}) is not None


def test_an_import_is_known_while_the_switch_still_shows_it() -> None:
    folder = Manifest(imported=(imported(),))
    assert known(folder, acknowledged(NOW))
    assert known(folder, acknowledged(NOW + timedelta(days=1)))
    assert not known(folder, acknowledged(NOW - timedelta(days=1))), "it was reset"
    assert not known(folder, acknowledged(None)), "it was reset"
    assert not known(folder, acknowledged(NOW), sha256=OTHER_SHA)
    assert not known(folder, acknowledged(NOW), serial="B")
    assert not known(folder, acknowledged(NOW), kind=ImportKind.TRUST)


def test_an_import_without_a_date_proves_nothing() -> None:
    assert not known(Manifest(imported=(imported(shown=None),)), acknowledged(NOW))


# -- what a console shows of a file ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("one\ntwo\n", "one\ntwo"),
        ("one\ntwo", "one\ntwo"),
        ("\n\none\n\n\n", "one"),
        ("one\r\ntwo\r\n", "one\ntwo"),
        ("x" * 2500 + "\nend\n", "\n".join(["x" * 511] * 4 + ["x" * 456, "end"])),
        ("x" * 511 + "\nend\n", "x" * 511 + "\nend"),
        ("x" * 1022 + "\nend\n", "x" * 511 + "\n" + "x" * 511 + "\nend"),
        ("Größe \u2013 \u201c100 %\u201d\n", "Größe \u2013 \u201c100 %\u201d"),
    ],
)
def test_what_a_console_does_to_a_file_is_undone(content: str, shown: str) -> None:
    data = content.encode()
    assert data in candidates(shown, len(data))


def test_every_candidate_has_the_size_and_there_are_few() -> None:
    shown = "\n".join(["x" * 511] * 100)
    tried = list(candidates(shown, 51_200))
    assert all(len(each) == 51_200 for each in tried)
    assert len(tried) < 5000


def test_a_byte_that_is_no_utf8_cannot_come_back() -> None:
    data = b"caf\xe9 au lait\n"
    assert data not in candidates(data.decode(errors="replace").strip("\n"), len(data))


# -- the folder -----------------------------------------------------------------------------------


def add(folder: UsageFolder, name: str, data: bytes = b"report") -> Path:
    return folder.add(name, Payload(data), lambda known, free: known.with_saved(saved(free)))


def test_a_file_and_its_entry_are_written_for_the_owner_alone(tmp_path: Path) -> None:
    folder = UsageFolder(tmp_path / "new" / "folder")
    path = add(folder, "leaf1_A_1.rum", b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert [entry.file for entry in folder.read().saved] == ["leaf1_A_1.rum"]
    for each in (path, folder.manifest_path):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_a_name_that_is_taken_gets_a_number_and_no_file_is_overwritten(tmp_path: Path) -> None:
    folder = UsageFolder(tmp_path)
    names = [add(folder, "a.rum", data).name for data in (b"1", b"2", b"3")]
    assert names == ["a.rum", "a-2.rum", "a-3.rum"]
    assert [(tmp_path / name).read_bytes() for name in names] == [b"1", b"2", b"3"]
    assert [entry.file for entry in folder.read().saved] == names


def test_threads_that_write_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    folder = UsageFolder(tmp_path)
    threads = [
        threading.Thread(target=add, args=(folder, f"leaf{number}.rum")) for number in range(40)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(folder.read().saved) == 40
    assert len(list(tmp_path.glob("leaf*.rum"))) == 40
    assert not [each for each in folder.names() if each.endswith(".tmp")]


def test_a_damaged_manifest_is_never_overwritten(tmp_path: Path) -> None:
    folder = UsageFolder(tmp_path)
    folder.manifest_path.write_text("{broken")
    with pytest.raises(errors.ManifestError):
        add(folder, "leaf1.rum")
    with pytest.raises(errors.ManifestError):
        folder.note(lambda known: known)
    with pytest.raises(errors.ManifestError):
        folder.prepare()
    assert folder.manifest_path.read_text() == "{broken"
    assert not (tmp_path / "leaf1.rum").exists()


def test_a_file_whose_entry_cannot_be_written_does_not_stay(tmp_path: Path) -> None:
    folder = UsageFolder(tmp_path)

    def fail(_known: Manifest, _free: str) -> Manifest:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        folder.add("leaf1.rum", Payload(b"x"), fail)
    assert {each for each in folder.names() if not each.startswith(".")} == set()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.TransferFailed, match="file"):
        UsageFolder(tmp_path / "file" / "folder").prepare()


def test_what_cannot_be_written_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = UsageFolder(tmp_path)
    folder.note(lambda manifest: manifest)
    path = folder.manifest_path
    old = path.read_bytes()
    names = folder.names()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(errors.TransferFailed, match="No space left"):
        folder.add("new", Payload(b"new"), lambda manifest, _free: manifest)
    assert path.read_bytes() == old
    assert folder.names() == names


def test_a_file_system_that_cannot_promise_a_name_has_the_file_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        true(descriptor)

    monkeypatch.setattr("os.fsync", only_files)
    path = UsageFolder(tmp_path).add("new", Payload(b"new"), lambda manifest, _free: manifest)
    assert path.read_bytes() == b"new"


def test_a_file_to_be_imported_must_be_there_and_hold_something(tmp_path: Path) -> None:
    with pytest.raises(errors.FileRefused, match="cannot be read"):
        read_file(tmp_path / "missing")
    (tmp_path / "empty").touch()
    with pytest.raises(errors.FileRefused, match="empty"):
        read_file(tmp_path / "empty")


def test_the_manifest_has_its_name(tmp_path: Path) -> None:
    assert UsageFolder(tmp_path).manifest_path == tmp_path / MANIFEST == tmp_path / "manifest.json"
