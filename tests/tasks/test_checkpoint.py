"""The checkpoint behind `configure_transport`, over real SSH: never a false "rolled back"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.checkpoints import STEP, is_ours
from nxsl.core.outcome import Outcome
from nxsl.lab import (
    CALLHOME_217965,
    CheckpointBusy,
    CheckpointLost,
    CheckpointsFull,
    CheckpointTaken,
    Drop,
    Ignore,
    Meanwhile,
    Reject,
    Replace,
    RollbackFails,
    faults,
)
from nxsl.tasks import _checkpoint, configure_transport
from tests.conftest import DIRECT, Fleet, switch
from tests.tasks.test_configure_transport import LINES, REFUSALS, only_shows

if TYPE_CHECKING:
    from collections.abc import Callable

# No line that takes something away is let in, so that undoing line by line fails.
NO_UNDO = Reject(line=r"^\s*no (?!checkpoint)", occurrence=None)
THEIRS = "ntp server 192.0.2.77"
OWN = tuple(f"nxsl-2024010{day}T101112Z-00a{day}" for day in range(1, 6))
OTHERS = ("before-upgrade", "nxsl-old", f"{OWN[0]}5", OWN[0].upper(), f"x{OWN[0]}")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checkpoint, "BUSY_PAUSES", (0.01,) * 3)


def refused(position: int, text: str = REFUSALS[0]) -> Reject:
    """The refusal of one line of the plan."""
    return Reject(line=rf"^\s*{LINES[position]}$", text=text)


def sent(run: Fleet, host: str, word: str) -> list[str]:
    """The lines of a switch that begin so."""
    return [line for line in run.lab[host].commands if line.startswith(word)]


def require_truth(run: Fleet, befores: dict[str, str], **operands: Any) -> dict[str, Outcome]:
    """Run on all hosts; whatever happened, what is said of it must be so."""
    found = {}
    for host, result in run.run(configure_transport, checkpoint=True, **operands).items():
        record, now = result[0].result, run.lab[host].running_config
        assert record.outcome in {Outcome.ROLLED_BACK, Outcome.FAILED_CLEAN, Outcome.FAILED_DIRTY}
        clean = record.outcome is not Outcome.FAILED_DIRTY
        assert (now == befores[host]) is clean, (host, str(record))
        assert result[0].changed is not clean
        assert bool(result[0].diff) is not clean
        assert (record.reason == "rollback-failed") is not clean
        if not clean:
            assert record.checkpoint in record.remedy
            assert record.evidence
        assert not run.lab[host].saved or clean
        found[host] = record.outcome
    return found


def started(fleet: Callable[..., Fleet], *specs: Any) -> tuple[Fleet, dict[str, str]]:
    """A fleet, and each switch's configuration before."""
    run = fleet(*specs)
    return run, {each.name: run.lab[each.name].running_config for each in specs}


# ------------------------------------------------------------------------------- when it goes well


def test_a_success_leaves_the_checkpoint_of_what_was_before(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(checkpoints=(*OTHERS, *OWN[:2])))
    result = run.result(configure_transport, checkpoint=True)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert result.result.detail == "5 lines written and saved"
    *others, last = run.lab["leaf1"].checkpoints
    assert (tuple(others), last) == (OTHERS, result.result.checkpoint)
    assert is_ours(last)
    first = next(n for n, line in enumerate(run.lab["leaf1"].commands) if line in LINES)
    assert f"checkpoint {last}" in run.lab["leaf1"].commands[:first]
    assert not sent(run, "leaf1", "rollback")


def test_a_second_run_changes_nothing(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch())
    name = run.result(configure_transport, checkpoint=True).result.checkpoint
    result = run.result(configure_transport, checkpoint=True)
    assert result.result.outcome is Outcome.ALREADY_OK
    assert (result.changed, result.result.checkpoint) == (False, "")
    assert len(sent(run, "leaf1", "checkpoint")) == 1
    assert run.lab["leaf1"].checkpoints == (name,)
    assert run.lab["leaf1"].config_lines == LINES


def test_a_dry_run_names_the_step_and_sends_show_commands_only(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch(callhome=CALLHOME_217965, checkpoints=OWN))
    with_it = run.result(configure_transport, checkpoint=True, dry_run=True).result
    again = run.result(configure_transport, checkpoint=True, dry_run=True).result
    without = run.result(configure_transport, dry_run=True).result
    assert with_it.outcome is Outcome.PLANNED
    assert with_it.steps == again.steps == (STEP, *without.steps)
    assert STEP == "checkpoint nxsl-..."
    assert without.steps == (*without.plan.commands, "copy running-config startup-config")
    assert only_shows(run)
    assert run.lab["leaf1"].checkpoints == OWN


def test_without_the_choice_there_is_no_checkpoint(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(checkpoints=OWN))
    record = run.result(configure_transport).result
    assert (record.outcome, record.checkpoint) == (Outcome.CHANGED_OK, "")
    assert run.lab["leaf1"].checkpoints == OWN
    assert not any("checkpoint" in line for line in run.lab["leaf1"].commands)


def test_the_same_under_smart_licensing_using_policy(fleet: Callable[..., Fleet]) -> None:
    stubborn = Reject(line="copy running-config")
    run = fleet(
        switch("leaf1", release="10.3(6)"),
        switch("leaf2", release="10.3(6)", faults=(stubborn,)),
    )
    results = run.run(configure_transport, checkpoint=True)
    assert results["leaf1"][0].result.outcome is Outcome.CHANGED_OK, results["leaf1"][0].result
    # What could not be saved is running as planned, and is not taken back.
    record = results["leaf2"][0].result
    assert (record.outcome, record.reason) == (Outcome.FAILED_DIRTY, "unreadable-output")
    assert record.checkpoint in run.lab["leaf2"].checkpoints
    assert not sent(run, "leaf2", "rollback")


# ------------------------------------------------------------------------------- only one's own go


def test_old_own_ones_make_room_and_nobody_elses(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(checkpoints=(*OTHERS, *OWN), faults=(refused(3), NO_UNDO)))
    record = run.result(configure_transport, checkpoint=True).result
    assert record.outcome is Outcome.ROLLED_BACK
    # A failed run leaves those of the runs before it, as far as they are kept.
    assert run.lab["leaf1"].checkpoints == (*OTHERS, *OWN[3:], record.checkpoint)
    assert sent(run, "leaf1", "no checkpoint") == [f"no checkpoint {name}" for name in OWN[:3]]


def test_of_ten_with_one_own_the_own_one_goes(fleet: Callable[..., Fleet]) -> None:
    others = tuple(f"c{number}" for number in range(9))
    run = fleet(switch(checkpoints=(OWN[0], *others)))
    record = run.result(configure_transport, checkpoint=True).result
    assert record.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].checkpoints == (*others, record.checkpoint)


def test_ten_of_others_are_refused(fleet: Callable[..., Fleet]) -> None:
    others = tuple(f"c{number}" for number in range(10))
    run, before = started(fleet, switch(checkpoints=others))
    record = run.result(configure_transport, checkpoint=True).result
    assert (record.outcome, record.reason) == (Outcome.REFUSED, "checkpoints-full")
    assert "no checkpoint NAME" in record.remedy
    assert run.lab["leaf1"].checkpoints == others
    assert run.lab["leaf1"].running_config == before["leaf1"]
    assert only_shows(run)


def test_one_that_cannot_be_removed_afterwards_does_not_spoil_the_success(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch(checkpoints=OWN[:2], faults=(Reject(line="^no checkpoint"),)))
    record = run.result(configure_transport, checkpoint=True).result
    assert record.outcome is Outcome.CHANGED_OK
    assert "older checkpoints of nxsl could not be removed" in record.detail


# --------------------------------------------------------------------------- it cannot be made


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [
        (CheckpointBusy(times=99), Outcome.FAILED_CLEAN, "checkpoint-failed"),
        (CheckpointsFull(), Outcome.REFUSED, "checkpoints-full"),
        (CheckpointTaken(times=3), Outcome.FAILED_CLEAN, "checkpoint-failed"),
        (CheckpointLost(), Outcome.FAILED_CLEAN, "checkpoint-failed"),
        (Reject(line="^checkpoint", text=REFUSALS[3]), Outcome.FAILED_CLEAN, "permission-denied"),
        (Reject(line="^checkpoint", text="ERROR: no"), Outcome.FAILED_CLEAN, "checkpoint-failed"),
        (Replace(line="^checkpoint", text="Soon."), Outcome.FAILED_CLEAN, "unreadable-output"),
        (Replace(line="^show checkpoint", text="1) a:"), Outcome.FAILED_CLEAN, "unreadable-output"),
        (Drop(line="^checkpoint", when="after"), Outcome.FAILED_CLEAN, "session-dropped"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, faults.Fault) else "",
)
def test_without_a_checkpoint_nothing_is_written(
    fleet: Callable[..., Fleet], fault: Any, outcome: Outcome, reason: str
) -> None:
    run, before = started(fleet, switch(faults=(fault,)))
    result = run.result(configure_transport, checkpoint=True)
    assert (result.result.outcome, result.result.reason) == (outcome, reason), str(result.result)
    assert not result.changed
    assert run.lab["leaf1"].running_config == before["leaf1"]
    assert run.lab["leaf1"].config_lines == ()


@pytest.mark.parametrize("fault", [CheckpointBusy(times=3), CheckpointTaken(times=2)])
def test_a_switch_that_is_busy_and_a_name_that_is_taken_are_tried_again(
    fleet: Callable[..., Fleet], fault: Any
) -> None:
    run = fleet(switch(faults=(fault,)))
    record = run.result(configure_transport, checkpoint=True).result
    assert record.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].checkpoints == (record.checkpoint,)


# ------------------------------------------------------------------------------- when lines fail


@pytest.mark.parametrize("position", range(len(LINES)))
@pytest.mark.parametrize("undone", [True, False])
def test_a_refusal_at_each_line(fleet: Callable[..., Fleet], position: int, undone: bool) -> None:
    more = () if undone else (NO_UNDO,)
    specs = [
        switch(f"leaf{number}", faults=(refused(position, text), *more))
        for number, text in enumerate(REFUSALS)
    ]
    run, befores = started(fleet, *specs)
    expected = Outcome.ROLLED_BACK if position else Outcome.FAILED_CLEAN
    assert set(require_truth(run, befores).values()) == {expected}
    for each in specs:
        # The narrow undo comes first, and where it does, nothing else is needed.
        whole = bool(position) and not undone
        assert len(sent(run, each.name, "rollback")) == whole


def test_a_whole_rollback_is_told(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(faults=(refused(3), NO_UNDO)))
    result = run.result(configure_transport, checkpoint=True)
    record = result.result
    assert record.outcome is Outcome.ROLLED_BACK
    assert record.reason == "command-rejected"
    assert "whole configuration was rolled back to checkpoint" in record.detail
    assert record.checkpoint in record.detail
    assert (result.changed, result.diff) == (False, "")


@pytest.mark.parametrize("ignored", LINES[1:])
def test_a_line_without_effect(fleet: Callable[..., Fleet], ignored: str) -> None:
    run, befores = started(fleet, switch(faults=(Ignore(line=rf"^\s*{ignored}$"), NO_UNDO)))
    assert require_truth(run, befores) == {"leaf1": Outcome.ROLLED_BACK}


@pytest.mark.parametrize("undone", [True, False])
def test_a_drop_at_each_line(fleet: Callable[..., Fleet], undone: bool) -> None:
    more = () if undone else (NO_UNDO,)
    whens: tuple[Any, ...] = ("before", "after")
    specs = [
        switch(f"{when}{k}", faults=(Drop(line=rf"^\s*{line}$", when=when), *more))
        for k, line in enumerate(LINES)
        for when in whens
    ]
    run, befores = started(fleet, *specs)
    found = require_truth(run, befores)
    assert found.pop("before0") is Outcome.FAILED_CLEAN
    assert set(found.values()) == {Outcome.ROLLED_BACK}


def test_a_drop_in_the_undo(fleet: Callable[..., Fleet]) -> None:
    specs = [
        switch(f"leaf{k}", faults=(refused(4), Drop(line="^no ", occurrence=k)))
        for k in range(1, len(LINES))
    ]
    run, befores = started(fleet, *specs)
    assert set(require_truth(run, befores).values()) == {Outcome.ROLLED_BACK}


def test_a_configuration_that_cannot_be_read_is_rolled_back_as_well(
    fleet: Callable[..., Fleet],
) -> None:
    # After the lines it is unreadable twice: for the undo, and when asked again.
    odd = [
        Replace(line="show running-config callhome", text="what is this", occurrence=n)
        for n in (2, 3)
    ]
    run, befores = started(fleet, switch(faults=(refused(3), *odd)))
    assert require_truth(run, befores) == {"leaf1": Outcome.ROLLED_BACK}


# --------------------------------------------------------------------------- when a rollback fails


MODES: tuple[Any, ...] = ("no effect", "half", "lost", "half lost", "denied")


@pytest.mark.parametrize("text", REFUSALS[2:5])
def test_rollbacks_that_fail_in_every_way(fleet: Callable[..., Fleet], text: str) -> None:
    specs = [
        switch(
            f"{mode.replace(' ', '-')}{k}",
            faults=(refused(k, text), NO_UNDO, RollbackFails(mode=mode)),
        )
        for mode in MODES
        for k in range(1, len(LINES))
    ]
    run, befores = started(fleet, *specs)
    assert set(require_truth(run, befores).values()) == {Outcome.FAILED_DIRTY}
    for each in specs:
        assert len(sent(run, each.name, "rollback")) == 1


def test_a_drop_at_each_line_and_a_rollback_that_fails(fleet: Callable[..., Fleet]) -> None:
    whens: tuple[Any, ...] = ("before", "after")
    specs = [
        switch(
            f"{mode.replace(' ', '-')}-{when}{k}",
            faults=(Drop(line=rf"^\s*{line}$", when=when), NO_UNDO, RollbackFails(mode=mode)),
        )
        for mode in MODES
        for k, line in enumerate(LINES)
        for when in whens
    ]
    run, befores = started(fleet, *specs)
    found = require_truth(run, befores)
    for host, outcome in found.items():
        nothing = host.endswith("before0")
        assert outcome is (Outcome.FAILED_CLEAN if nothing else Outcome.FAILED_DIRTY), host


@pytest.mark.parametrize(
    "fault",
    [
        Reject(line="^rollback", text="ERROR: ascii-cfg: the database is locked", occurrence=None),
        Replace(line="^rollback", text="Rollback is thinking about it"),
        Replace(line="^rollback", text="Rollback failed."),
        Drop(line="^rollback", when="before"),
        Drop(line="^rollback", when="after"),
        Drop(line="^rollback", when="reply", after_bytes=150),
        Drop(line="show diff", when="before", occurrence=1),
        Drop(line="show diff", when="reply", after_bytes=20, occurrence=2),
        Reject(line="show diff", occurrence=None),
        Reject(line="show diff", occurrence=2),
        Replace(line="show diff", text="Collecting Running-Config", occurrence=2),
        Replace(line="show diff", text="#Generating Rollback Patch\nno changes", occurrence=None),
    ],
    ids=str,
)
def test_what_the_rollback_says_is_no_proof(fleet: Callable[..., Fleet], fault: Any) -> None:
    run = fleet(switch(faults=(refused(4), NO_UNDO, fault)))
    before = run.lab["leaf1"].running_config
    record = run.result(configure_transport, checkpoint=True).result
    same = run.lab["leaf1"].running_config == before
    assert record.outcome in {Outcome.ROLLED_BACK, Outcome.FAILED_DIRTY}
    if record.outcome is Outcome.ROLLED_BACK:
        assert same
    else:
        assert record.reason == "rollback-failed"
        assert f"rollback running-config checkpoint {record.checkpoint} atomic" in record.remedy
    # Where both proofs could be had, they count.
    unreadable = "show diff" in fault.line and not isinstance(fault, Drop)
    assert (record.outcome is Outcome.ROLLED_BACK) == (same and not unreadable)


def test_a_busy_switch_is_asked_again_for_the_rollback(fleet: Callable[..., Fleet]) -> None:
    busy = [
        Reject(line="^rollback", text="ERROR: another user is at it", occurrence=n) for n in (1, 2)
    ]
    run, befores = started(fleet, switch(faults=(refused(3), NO_UNDO, *busy)))
    assert require_truth(run, befores) == {"leaf1": Outcome.ROLLED_BACK}
    assert len(sent(run, "leaf1", "rollback")) == 3


def test_a_switch_that_stays_away_is_unknown_and_its_checkpoint_named(
    fleet: Callable[..., Fleet],
) -> None:
    gone = faults.Reload(line="use-vrf management", seconds=60.0)
    run = fleet(switch(faults=(gone,)))
    record = run.result(configure_transport, checkpoint=True).result
    assert record.outcome is Outcome.UNKNOWN
    assert record.checkpoint
    assert record.checkpoint in record.remedy


# ------------------------------------------------------------------------- somebody else is at work


@pytest.mark.parametrize("undone", [True, False])
def test_what_somebody_else_writes_meanwhile_stays(
    fleet: Callable[..., Fleet], undone: bool
) -> None:
    more = () if undone else (NO_UNDO,)
    moments = [
        "^checkpoint",
        *(rf"^\s*{line}$" for line in LINES),
        r"^\s*no destination-profile",
        "show diff rollback-patch",
    ]
    contacts = ("callhome", "phone-contact +15550100")
    specs: list[Any] = [
        switch(
            f"leaf{number}-{kind}",
            faults=(Meanwhile(line=moment, lines=lines), refused(4), *more),
        )
        for number, moment in enumerate(moments)
        for kind, lines in enumerate([(THEIRS,), contacts])
    ]
    run, befores = started(fleet, *specs)
    results = run.run(configure_transport, checkpoint=True)
    for each in specs:
        record, now = results[each.name][0].result, run.lab[each.name].running_config
        met = any(map(each.faults[0].fits, run.lab[each.name].commands))
        theirs = each.faults[0].lines[-1]
        assert (theirs in now) is met
        rest = "\n".join(line for line in now.splitlines() if line.strip() != theirs)
        was = befores[each.name]
        rest = rest.replace("callhome\n", "", 1) if "callhome" not in was else rest
        clean = record.outcome in {Outcome.ROLLED_BACK, Outcome.FAILED_CLEAN}
        assert (rest == was) or not clean, (each.name, str(record))
        # `phone-contact` is no matter of the transport; the rollback would take it nevertheless.
        if record.outcome is Outcome.FAILED_DIRTY:
            assert record.reason == "rollback-failed"
            assert "not nxsl's" in record.detail
            assert not sent(run, each.name, "rollback")
    outcomes = {results[each.name][0].result.outcome for each in specs}
    assert outcomes == {Outcome.ROLLED_BACK} | (set() if undone else {Outcome.FAILED_DIRTY})


def test_a_line_that_comes_between_the_rollback_and_its_proof_stays(
    fleet: Callable[..., Fleet],
) -> None:
    # The transport is as it was, and yet the configuration is not that of the checkpoint.
    meanwhile = Meanwhile(line="show diff", lines=(THEIRS,), occurrence=2)
    run = fleet(switch(faults=(refused(4), NO_UNDO, meanwhile)))
    before = run.lab["leaf1"].running_callhome
    result = run.result(configure_transport, checkpoint=True)
    record = result.result
    assert (record.outcome, record.reason) == (Outcome.FAILED_DIRTY, "rollback-failed")
    assert (result.diff, run.lab["leaf1"].running_callhome) == ("+ntp ...", before)
    assert THEIRS in run.lab["leaf1"].running_config


def test_their_lines_are_shown_without_what_might_be_a_secret(
    fleet: Callable[..., Fleet],
) -> None:
    theirs = ("vrf context blue", "ip name-server 192.0.2.99", "exit", THEIRS)
    meanwhile = Meanwhile(line="use-vrf management", lines=theirs)
    run = fleet(switch(faults=(meanwhile, refused(4), NO_UNDO)))
    record = run.result(configure_transport, checkpoint=True).result
    assert (record.outcome, record.reason) == (Outcome.FAILED_DIRTY, "rollback-failed")
    shown = record.evidence.splitlines()
    assert {"vrf context blue", "ip ...", "ntp ..."} <= set(shown)
    assert "192.0.2.77" not in record.evidence


def test_name_servers_of_the_plan_are_its_own(fleet: Callable[..., Fleet]) -> None:
    intent = {**DIRECT, "name_servers": ["192.0.2.53"], "source_interface": "mgmt0"}
    run, befores = started(fleet, switch(intent=intent, faults=(refused(4), NO_UNDO)))
    assert require_truth(run, befores) == {"leaf1": Outcome.ROLLED_BACK}
    assert len(sent(run, "leaf1", "rollback")) == 1
