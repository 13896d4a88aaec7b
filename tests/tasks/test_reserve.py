"""Reservation over real SSH: each step by what the switch received and by its state."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.core.secret import Token
from nxsl.lab import (
    CALLHOME_DIRECT,
    RESERVED,
    UNREGISTERED,
    Ask,
    Cssm,
    Drop,
    Garble,
    Hang,
    Ignore,
    Reject,
    Replace,
    SaveFails,
    SaveLost,
    registered,
)
from nxsl.tasks import (
    Patience,
    cancel_reservation,
    install_reservation,
    request_reservation,
    return_reservation,
)
from tests.conftest import PATIENCE, Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nornir.core.task import Result

SHORT = Patience(deadline=0.4, first_pause=0.05)
LINE = "license smart reservation"
REQUEST, RETURN, CANCEL = f"{LINE} request local", f"{LINE} return local", f"{LINE} cancel local"
INSTALL = f"{LINE} install"
SAVE = "copy running-config startup-config"
PRIVATE = 0o600


def sent(run: Fleet, host: str = "leaf1") -> list[str]:
    """What a switch received beside shows and mode changes, codes left out."""
    return [
        INSTALL if each.startswith(INSTALL) else each
        for each in run.lab[host].commands
        if each.startswith(("license", "no ", "copy"))
    ]


def state(run: Fleet, host: str = "leaf1") -> str:
    """The registration words, asked behind nxsl's back."""
    return str(run.lab[host].licensing.words)


def requested(run: Fleet, folder: Path, **operands: Any) -> Result:
    """Request a reservation."""
    return run.result(request_reservation, folder=folder, **operands)


def answered(cssm: Cssm, folder: Path, *, universal: bool = False, host: str = "leaf1") -> str:
    """Enter the request code in the portal, and put the answer beside it."""
    code = (folder / f"{host}.request-code").read_text().strip()
    answer = cssm.reserve(code, universal=universal)
    file = folder / f"{host}.authorization-code"
    file.write_text(answer + "\n")
    file.chmod(PRIVATE)
    return answer


def only_shows(run: Fleet) -> bool:
    """Whether nothing but show commands came."""
    return all(
        line.startswith(("show ", "terminal ", "exit")) for line in run.lab["leaf1"].commands
    )


# -- the whole way --------------------------------------------------------------------------------


@pytest.mark.parametrize("universal", [False, True])
@pytest.mark.parametrize("form", ["local", "plain"])
def test_the_whole_way(
    fleet: Callable[..., Fleet], tmp_path: Path, form: str, *, universal: bool
) -> None:
    cssm = Cssm()
    run = fleet(switch(reservation_form=form), cssm=cssm)
    folder = tmp_path / "codes"
    result = requested(run, folder)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert result.result.saved is True
    assert result.changed
    assert result.diff.startswith(f"+{LINE}\n")
    requests = [f"{LINE} request local"] + ([f"{LINE} request"] if form == "plain" else [])
    assert sent(run) == [LINE, *requests, SAVE]
    assert f"\n{LINE}\n" in run.lab["leaf1"].startup_config
    assert state(run) == "UNREGISTERED - RESERVATION IN PROGRESS"
    file = folder / "leaf1.request-code"
    assert result.result.file == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == PRIVATE
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [each.name for each in folder.iterdir()] == ["leaf1.request-code"]

    answered(cssm, folder, universal=universal)
    installed = run.result(install_reservation, folder=folder, patience=PATIENCE)
    assert installed.result.outcome is Outcome.CHANGED_OK, installed.result
    kind = "UNIVERSAL" if universal else "SPECIFIC"
    assert state(run) == f"REGISTERED - {kind} LICENSE RESERVATION"
    assert installed.diff.startswith("-UNREGISTERED - RESERVATION IN PROGRESS\n+REGISTERED - ")
    assert sent(run)[-1] == INSTALL

    returned = run.result(return_reservation, folder=folder, patience=PATIENCE)
    assert returned.result.outcome is Outcome.CHANGED_OK, returned.result
    assert state(run) == "UNREGISTERED"
    code = folder / "leaf1.return-code"
    assert stat.S_IMODE(code.stat().st_mode) == PRIVATE
    assert code.read_text().endswith("-rbr\n")
    answers = [each.line for each in run.lab["leaf1"].received if each.kind == "answer"]
    assert answers == ["yes"]


def test_second_runs_change_nothing(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    cssm = Cssm()
    run = fleet(switch(), cssm=cssm)
    requested(run, tmp_path)
    code = (tmp_path / "leaf1.request-code").read_bytes()
    before = sent(run)
    assert requested(run, tmp_path).result.outcome is Outcome.ALREADY_OK
    assert (tmp_path / "leaf1.request-code").read_bytes() == code
    assert sent(run) == before
    answered(cssm, tmp_path)
    run.result(install_reservation, folder=tmp_path, patience=PATIENCE)
    before = sent(run)
    again = run.result(install_reservation, folder=tmp_path, patience=PATIENCE)
    assert again.result.outcome is Outcome.ALREADY_OK
    assert requested(run, tmp_path).result.outcome is Outcome.ALREADY_OK
    assert not again.changed
    assert sent(run) == before
    run.result(return_reservation, folder=tmp_path, patience=PATIENCE)
    before = sent(run)
    last = run.result(return_reservation, folder=tmp_path, patience=PATIENCE)
    assert last.result.outcome is Outcome.ALREADY_OK
    assert sent(run) == before


def test_codes_may_come_from_a_mapping(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    cssm = Cssm()
    run = fleet(switch("leaf1"), switch("leaf2"), cssm=cssm)
    run.run(request_reservation, folder=tmp_path)
    codes = {"leaf1": Token(answered(cssm, tmp_path))}
    results = run.run(install_reservation, codes=codes, patience=PATIENCE)
    assert results["leaf1"][0].result.outcome is Outcome.CHANGED_OK
    assert results["leaf2"][0].result.outcome is Outcome.REFUSED
    assert results["leaf2"][0].result.reason == "secret"
    assert state(run, "leaf2") == "UNREGISTERED - RESERVATION IN PROGRESS"
    assert INSTALL not in sent(run, "leaf2")


@pytest.mark.parametrize("given", [{}, {"folder": "codes", "codes": {}}])
def test_codes_come_from_one_place(fleet: Callable[..., Fleet], given: dict[str, Any]) -> None:
    run = fleet(switch())
    result = run.run(install_reservation, **given)["leaf1"][0]
    assert isinstance(result.exception, ValueError)


# -- plans and refusals ---------------------------------------------------------------------------


def test_dry_runs_send_nothing(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch())
    folder = tmp_path / "codes"
    result = requested(run, folder, dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert result.diff == f"+{LINE}\n+{LINE} request\n+{SAVE}"
    assert only_shows(run)
    assert not folder.exists()


@pytest.mark.parametrize("task", [install_reservation, cancel_reservation])
def test_dry_runs_on_an_open_request(
    fleet: Callable[..., Fleet], tmp_path: Path, task: Any
) -> None:
    cssm = Cssm()
    run = fleet(switch(), cssm=cssm)
    requested(run, tmp_path)
    answered(cssm, tmp_path)
    before = sent(run)
    operands: dict[str, Any] = {} if task is cancel_reservation else {"folder": tmp_path}
    result = run.result(task, dry_run=True, **operands)
    assert result.result.outcome is Outcome.PLANNED
    assert result.diff
    assert sent(run) == before


def test_a_dry_run_of_a_return(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch(registration=RESERVED))
    result = run.result(return_reservation, folder=tmp_path, dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert result.diff == "-REGISTERED - SPECIFIC LICENSE RESERVATION\n+UNREGISTERED"
    assert only_shows(run)
    assert list(tmp_path.glob("*code*")) == []


TASKS: dict[str, Any] = {
    "request": request_reservation,
    "install": install_reservation,
    "return": return_reservation,
    "cancel": cancel_reservation,
}


@pytest.mark.parametrize(
    ("step", "changes", "outcome", "reason"),
    [
        ("request", {"registration": registered()}, Outcome.REFUSED, "state"),
        ("request", {"registration": RESERVED}, Outcome.ALREADY_OK, "as-intended"),
        ("request", {"smart_enabled": False}, Outcome.REFUSED, "transport"),
        ("request", {"release": "10.3(6)"}, Outcome.NOT_APPLICABLE, "not-applicable"),
        ("install", {"registration": UNREGISTERED}, Outcome.REFUSED, "state"),
        ("install", {"registration": registered()}, Outcome.REFUSED, "state"),
        ("install", {"release": "10.3(6)"}, Outcome.NOT_APPLICABLE, "not-applicable"),
        ("return", {"registration": UNREGISTERED}, Outcome.ALREADY_OK, "as-intended"),
        ("return", {"registration": registered()}, Outcome.ALREADY_OK, "as-intended"),
        ("return", {"release": "10.3(6)"}, Outcome.NOT_APPLICABLE, "not-applicable"),
        ("cancel", {"registration": UNREGISTERED}, Outcome.ALREADY_OK, "as-intended"),
        ("cancel", {"registration": RESERVED}, Outcome.REFUSED, "state"),
        ("cancel", {"release": "10.3(6)"}, Outcome.NOT_APPLICABLE, "not-applicable"),
    ],
)
def test_what_makes_no_sense_is_not_tried(
    fleet: Callable[..., Fleet],
    tmp_path: Path,
    step: str,
    changes: dict[str, Any],
    outcome: Outcome,
    reason: str,
) -> None:
    run = fleet(switch(**{"callhome": CALLHOME_DIRECT, **changes}))
    operands: dict[str, Any] = {} if step == "cancel" else {"folder": tmp_path / "codes"}
    result = run.result(TASKS[step], patience=PATIENCE, **operands)
    assert (result.result.outcome, result.result.reason) == (outcome, reason)
    assert only_shows(run)
    assert not (tmp_path / "codes").exists()


def test_an_open_request_is_not_returned_but_cancelled(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch())
    requested(run, tmp_path)
    refused = run.result(return_reservation, folder=tmp_path, patience=PATIENCE)
    assert refused.result.reason == "state"
    assert "cancel" in refused.result.remedy
    result = run.result(cancel_reservation, patience=PATIENCE)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert state(run) == "UNREGISTERED"
    assert sent(run)[-1] == CANCEL
    assert run.result(cancel_reservation).result.outcome is Outcome.ALREADY_OK


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
@pytest.mark.parametrize("content", ["two words", "", None])
def test_a_code_that_is_none_or_open_to_all(
    fleet: Callable[..., Fleet], tmp_path: Path, content: str | None
) -> None:
    run = fleet(switch())
    requested(run, tmp_path)
    file = tmp_path / "leaf1.authorization-code"
    file.write_text("a-good-one" if content is None else content)
    file.chmod(0o644 if content is None else PRIVATE)
    result = run.result(install_reservation, folder=tmp_path, patience=PATIENCE)
    assert result.result.outcome is Outcome.REFUSED
    assert result.result.reason == "secret"
    assert INSTALL not in sent(run)


@pytest.mark.parametrize("step", ["request", "return"])
def test_a_folder_that_cannot_hold_codes_is_refused_before_anything_is_sent(
    fleet: Callable[..., Fleet], tmp_path: Path, step: str
) -> None:
    run = fleet(switch(registration=UNREGISTERED if step == "request" else RESERVED))
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "not" / "there"):
        result = run.result(TASKS[step], folder=folder, patience=PATIENCE)
        assert result.result.outcome is Outcome.REFUSED
        assert result.result.reason == "refused"
    assert only_shows(run)


def test_a_former_return_code_is_never_overwritten(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch(registration=RESERVED))
    (tmp_path / "leaf1.return-code").write_text("kept")
    result = run.result(return_reservation, folder=tmp_path, patience=PATIENCE)
    assert result.result.outcome is Outcome.REFUSED
    assert (tmp_path / "leaf1.return-code").read_text() == "kept"
    assert only_shows(run)


# -- request: faults ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["% Permission denied for the role", "% Incomplete command"])
def test_a_refused_request_takes_the_line_back(
    fleet: Callable[..., Fleet], tmp_path: Path, text: str
) -> None:
    run = fleet(switch(faults=(Reject(line="request", occurrence=None, text=text),)))
    result = requested(run, tmp_path)
    assert result.result.outcome is Outcome.ROLLED_BACK
    assert not result.changed
    assert sent(run) == [LINE, REQUEST, f"no {LINE}"]
    assert LINE not in run.lab["leaf1"].running_config
    assert list(tmp_path.glob("*code*")) == []


def test_a_refused_request_leaves_a_line_that_was_there(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    text = "% Permission denied for the role"
    run = fleet(switch(config=LINE, faults=(Reject(line="request", text=text),)))
    result = requested(run, tmp_path)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "permission-denied"
    assert sent(run) == [REQUEST]
    assert LINE in run.lab["leaf1"].running_config


def test_a_release_without_reservation(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch(reservation_form="none"))
    result = requested(run, tmp_path)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "command-rejected"
    assert not result.changed
    assert sent(run) == [LINE]


def test_a_line_without_effect(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch(faults=(Ignore(line=f"^{LINE}$"),)))
    result = requested(run, tmp_path)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert not result.changed
    assert sent(run) == [LINE]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_session_that_breaks_on_the_line(
    fleet: Callable[..., Fleet], tmp_path: Path, when: Any
) -> None:
    run = fleet(switch(faults=(Drop(line=f"^{LINE}$", when=when),)))
    result = requested(run, tmp_path)
    if when == "after":
        assert result.result.outcome is Outcome.CHANGED_OK
        assert sent(run) == [LINE, REQUEST, SAVE]
    else:
        assert result.result.outcome is Outcome.FAILED_CLEAN
        assert result.result.reason == "session-dropped"
        assert sent(run) == [LINE]


@pytest.mark.parametrize("when", ["before", "after", "reply"])
def test_a_session_that_breaks_on_the_request(
    fleet: Callable[..., Fleet], tmp_path: Path, when: Any
) -> None:
    run = fleet(switch(faults=(Drop(line="request", when=when, after_bytes=90),)))
    result = requested(run, tmp_path)
    assert result.result.reason == "reservation-failed"
    assert sent(run).count(REQUEST) == 1
    assert list(tmp_path.glob("*code*")) == []
    if when == "before":
        assert result.result.outcome is Outcome.ROLLED_BACK
        assert LINE not in run.lab["leaf1"].running_config
    else:
        assert result.result.outcome is Outcome.FAILED_DIRTY
        assert "run it again" in result.result.remedy
        assert state(run) == "UNREGISTERED - RESERVATION IN PROGRESS"
    again = requested(run, tmp_path)
    assert again.result.outcome is Outcome.CHANGED_OK
    assert (tmp_path / "leaf1.request-code").read_text().startswith("CB-Z")


@pytest.mark.parametrize(
    "text", ["Something else: CB-ZN9K:FDO00000001-A0000000-00", "Already registered", ""]
)
def test_a_code_that_cannot_be_told(fleet: Callable[..., Fleet], tmp_path: Path, text: str) -> None:
    run = fleet(switch(faults=(Replace(line="request", text=text),)))
    result = requested(run, tmp_path)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.result.reason == "reservation-failed"
    assert "CB-Z" not in f"{result.result}{result.exception}"
    assert state(run) == "UNREGISTERED - RESERVATION IN PROGRESS"
    assert list(tmp_path.glob("*code*")) == []


def test_a_request_that_does_nothing(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch(faults=(Ignore(line="request"),)))
    result = requested(run, tmp_path)
    assert result.result.outcome is Outcome.ROLLED_BACK
    assert LINE not in run.lab["leaf1"].running_config


@pytest.mark.parametrize("fault", [SaveFails(), SaveLost()])
def test_a_save_that_fails_is_told_and_the_code_is_kept(
    fleet: Callable[..., Fleet], tmp_path: Path, fault: Any
) -> None:
    run = fleet(switch(faults=(fault,)))
    result = requested(run, tmp_path)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.result.reason == "save-failed"
    assert result.result.saved is False
    assert (tmp_path / "leaf1.request-code").exists()
    assert LINE not in run.lab["leaf1"].startup_config


def test_an_unsaved_line_is_saved(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch(faults=(SaveLost(),)))
    requested(run, tmp_path)
    assert requested(run, tmp_path, dry_run=True).diff == f"+{SAVE}"


def test_a_switch_that_was_never_saved(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    never = Replace(line="show startup-config", text="No startup configuration")
    run = fleet(switch(config=LINE, faults=(never,)))
    result = requested(run, tmp_path)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert sent(run) == [REQUEST, SAVE]


def test_a_full_disk(
    fleet: Callable[..., Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    run = fleet(switch())
    with monkeypatch.context() as patched:
        patched.setattr("nxsl.fleet.codes.os.fsync", full)
        result = requested(run, tmp_path)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.result.reason == "transfer-failed"
    assert list(tmp_path.glob("*code*")) == []
    assert list(tmp_path.glob(".*code*")) == []
    assert requested(run, tmp_path).result.outcome is Outcome.CHANGED_OK


# -- install: faults ------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_session_that_breaks_on_the_install(
    fleet: Callable[..., Fleet], tmp_path: Path, when: Any
) -> None:
    cssm = Cssm()
    run = fleet(switch(faults=(Drop(line="install", when=when),)), cssm=cssm)
    requested(run, tmp_path)
    answered(cssm, tmp_path)
    patience = PATIENCE if when == "after" else SHORT
    result = run.result(install_reservation, folder=tmp_path, patience=patience)
    assert sent(run).count(INSTALL) == 1
    if when == "after":
        assert result.result.outcome is Outcome.CHANGED_OK
        assert state(run) == "REGISTERED - SPECIFIC LICENSE RESERVATION"
    else:
        assert result.result.outcome is Outcome.PENDING
        assert state(run) == "UNREGISTERED - RESERVATION IN PROGRESS"


def test_a_wrong_code_is_refused_and_not_quoted(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    cssm = Cssm()
    run = fleet(switch(), cssm=cssm)
    requested(run, tmp_path)
    right = answered(cssm, tmp_path)
    wrong = right[::-1]
    result = run.result(install_reservation, codes={"leaf1": Token(wrong)}, patience=PATIENCE)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "reservation-failed"
    assert "does not match" in result.result.evidence
    assert "********" in result.result.evidence
    assert wrong not in f"{result.result}{result.exception}"
    assert not result.changed
    good = run.result(install_reservation, folder=tmp_path, patience=PATIENCE)
    assert good.result.outcome is Outcome.CHANGED_OK


@pytest.mark.parametrize("fault", [Reject(line="install"), Ask(line="install")])
def test_a_rejected_install(fleet: Callable[..., Fleet], tmp_path: Path, fault: Any) -> None:
    cssm = Cssm()
    run = fleet(switch(faults=(fault,)), cssm=cssm)
    requested(run, tmp_path)
    answered(cssm, tmp_path)
    result = run.result(install_reservation, folder=tmp_path, patience=PATIENCE)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert sent(run).count(INSTALL) == 1
    assert state(run) == "UNREGISTERED - RESERVATION IN PROGRESS"


# -- return: faults -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        # In the middle of the code, behind the question and the sentence.
        Drop(line="return", when="reply", after_bytes=335),
        Garble(line="return", old=b"Enter this return code", new=b"Now take this"),
        Garble(line="return", old=b"-rbr", new=b" rbr"),
    ],
)
def test_a_return_code_that_was_not_read_is_said_loudly(
    fleet: Callable[..., Fleet], tmp_path: Path, fault: Any
) -> None:
    run = fleet(switch(registration=RESERVED, faults=(fault,)))
    result = run.result(return_reservation, folder=tmp_path, patience=PATIENCE)
    assert state(run) == "UNREGISTERED"
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert "COULD NOT BE KEPT" in result.result.detail
    assert f"{LINE} return" in result.result.remedy
    assert "AT ONCE" in result.result.remedy
    assert result.changed
    assert list(tmp_path.glob("*code*")) == []


def test_a_return_code_that_cannot_be_written(
    fleet: Callable[..., Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    run = fleet(switch(registration=RESERVED))
    monkeypatch.setattr("nxsl.fleet.codes.os.fsync", full)
    result = run.result(return_reservation, folder=tmp_path, patience=PATIENCE)
    assert state(run) == "UNREGISTERED"
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert "AT ONCE" in result.result.remedy
    assert list(tmp_path.glob("*code*")) == []


@pytest.mark.parametrize(
    "fault",
    [
        Drop(line="return", when="before"),
        Ignore(line="return"),
        Reject(line="return", text="% Permission denied for the role"),
        Ask(line="return", question="Reload now (y/n)? "),
    ],
)
def test_a_return_that_does_not_happen(
    fleet: Callable[..., Fleet], tmp_path: Path, fault: Any
) -> None:
    run = fleet(switch(registration=RESERVED, faults=(fault,)))
    result = run.result(return_reservation, folder=tmp_path, patience=SHORT)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert state(run) == "REGISTERED - SPECIFIC LICENSE RESERVATION"
    assert sent(run) == [RETURN]
    assert not result.changed
    assert list(tmp_path.glob("*code*")) == []


def test_a_return_that_hangs(
    fleet: Callable[..., Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nxsl.nxos.conversation.SHOW_TIMEOUT", 1.0)
    run = fleet(switch(registration=RESERVED, faults=(Hang(line="return"),)))
    result = run.result(return_reservation, folder=tmp_path, patience=SHORT)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert sent(run) == [RETURN]


# -- cancel: faults -------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Ignore(line="cancel"), Drop(line="cancel", when="before")])
def test_a_cancel_that_does_not_happen(
    fleet: Callable[..., Fleet], tmp_path: Path, fault: Any
) -> None:
    run = fleet(switch(faults=(fault,)))
    requested(run, tmp_path)
    result = run.result(cancel_reservation, patience=SHORT)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "reservation-failed"
    assert state(run) == "UNREGISTERED - RESERVATION IN PROGRESS"
    assert run.result(cancel_reservation, patience=PATIENCE).result.outcome is Outcome.CHANGED_OK


def test_a_stopped_run_sends_nothing(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch())
    patience = Patience()
    patience.stop.set()
    result = requested(run, tmp_path / "codes", patience=patience)
    assert result.result.outcome is Outcome.NOT_RUN
    assert only_shows(run)
