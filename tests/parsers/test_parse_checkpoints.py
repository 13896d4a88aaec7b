"""Checkpoints, rollbacks and patches: the contract, mutations and properties."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxsl.core.checkpoint_records import (
    Checkpoint,
    CheckpointReply,
    RollbackPatch,
)
from nxsl.lab import checkpoint_texts
from nxsl.nxos.parse import parse
from tests.parsers.checkpoint_goldens import CHECKPOINT_GOLDEN, ROLLBACK, SUMMARY
from tests.parsers.surroundings import read

DATA = Path(__file__).parents[1] / "data" / "outputs"
PATCH: Final = "show diff rollback-patch"
EMPTY = "Collecting Running-Config\n#Generating Rollback Patch\nRollback Patch is Empty\n"
LINES = ("callhome", "no enable", "email-contact ops@example.com")
FULL = (
    "Collecting Running-Config\nGenerating Rollback patch for switch profile\n"
    "Rollback Patch is Empty\nCollecting Running-Config\n#Generating Rollback Patch\n"
    "!!\n!\ncallhome\n  no enable\n  email-contact ops@example.com\n"
)
SUCCESS = (DATA / "rollback_running-config/n9kv_10.2.2_success.txt").read_text(encoding="utf-8")
FAILED = (DATA / "rollback_running-config/n3k_verification_failed_TRUNCATED.txt").read_text(
    encoding="utf-8"
)
TWO = (DATA / "show_checkpoint_summary/headings_behind_the_size.txt").read_text(encoding="utf-8")
NOISE = "2018 Nov  8 12:47:05.724 Switch1 %LICMGR-3-LOG_SMART_LIC_COMM_FAILED: Failure"


@pytest.mark.parametrize("command", ["checkpoint", "checkpoint a", "no  checkpoint a"])
def test_made_or_removed(command: str) -> None:
    for text in (".Done", "Done", "......Done\n", "Done."):
        assert parse(command, text) == CheckpointReply(done=True, words=text.strip())
    assert parse(command, "\n") == CheckpointReply(done=True)


@pytest.mark.parametrize(
    "text",
    [
        checkpoint_texts.TAKEN,
        checkpoint_texts.FULL,
        checkpoint_texts.BUSY,
        checkpoint_texts.UNKNOWN,
        checkpoint_texts.BAD_NAME,
        "Checkpoint name already in use",
        # ansible issue 20922, the only refusal that was found.
        "ERROR: ascii-cfg: FCOE is enabled. Disabling rollback module (err_id 0x405F0053)",
    ],
)
def test_a_refusal_is_told(text: str) -> None:
    assert parse("checkpoint", text) == CheckpointReply(done=False, words=text)


@pytest.mark.parametrize(
    "text", ["Soon.", ".Don", "Done\nDone", "Done, I think", ".Done\nWhat now", "ERROR" * 2 + "\n"]
)
def test_another_answer_is_refused(text: str) -> None:
    assert read("checkpoint", text) is None


def test_a_patch() -> None:
    assert parse(PATCH, EMPTY) == RollbackPatch()
    assert parse(f"{PATCH} checkpoint a running-config", FULL) == RollbackPatch(lines=LINES)


@pytest.mark.parametrize(
    "text",
    [
        "Collecting Running-Config\n",
        "Collecting Running-Config\n#Generating Rollback Patch\n",
        "Collecting Running-Config\n#Generating Rollback Patch\n!!\n!\n",
        "Rollback Patch is Empty\n",
        "no changes\n",
        "No Changes\n#Generating Rollback Patch\nRollback Patch is Empty\n",
        EMPTY + "callhome\n",
        EMPTY + "Rollback Patch is Empty\n",
        EMPTY + EMPTY,
        EMPTY.replace("Rollback Patch is Empty", "ERROR: ascii-cfg: busy"),
        FULL + "Failed to generate the patch\n",
        FULL.replace("Rollback Patch is Empty\n", "vlan 7\n"),
        FULL.replace("Rollback Patch is Empty\n", ""),
    ],
)
def test_a_text_that_does_not_say_whether_a_patch_is_empty_is_refused(text: str) -> None:
    assert read(PATCH, text) is None


def test_no_cut_patch_is_an_empty_one() -> None:
    for cut in range(len(FULL)):
        found = read(PATCH, FULL[:cut])
        assert found is None or found.lines
    for cut in range(len(EMPTY.rstrip())):
        found = read(PATCH, EMPTY[:cut])
        # The one line of a cut text is a piece of "Rollback Patch is Empty": not empty, so no harm.
        assert found is None or found.lines, EMPTY[:cut]


def test_no_cut_rollback_has_succeeded() -> None:
    for cut in range(len(SUCCESS.rstrip()) - 1):
        assert read(ROLLBACK, SUCCESS[:cut]) is None, SUCCESS[:cut]
    at = FAILED.index("Verification failed")
    for cut in range(len(FAILED)):
        found = read(ROLLBACK, FAILED[:cut])
        assert found is None or (cut > at and not found.succeeded)


def test_a_failure_outweighs_a_success() -> None:
    whole = parse(ROLLBACK, SUCCESS)
    lines = SUCCESS.splitlines()
    for at in range(len(lines) + 1):
        for failure in (
            "Verification failed, Rolling back to previous configuration",
            "Rollback failed.",
            "Rollback aborted",
        ):
            found = parse(ROLLBACK, "\n".join([*lines[:at], failure, *lines[at:]]))
            assert not found.succeeded
        for other in ("Syntax error", "switch# ", "--More--", "callhome"):
            assert read(ROLLBACK, "\n".join([*lines[:at], other, *lines[at:]])) is None
        assert parse(ROLLBACK, "\n".join([*lines[:at], NOISE, *lines[at:]])) == whole
    assert read(ROLLBACK, SUCCESS + SUCCESS) is None


def test_a_cut_list_has_no_checkpoint_that_is_not_whole() -> None:
    whole = parse(SUMMARY, TWO)
    for cut in range(len(TWO)):
        found = read(SUMMARY, TWO[:cut])
        if found:
            assert [each.name for each in found] == [each.name for each in whole[: len(found)]]
            assert found[:-1] == whole[: len(found) - 1]


def test_every_line_of_a_list_deleted_or_twice() -> None:
    lines, whole = TWO.splitlines(), parse(SUMMARY, TWO)
    for at, line in enumerate(lines):
        less = read(SUMMARY, "\n".join(lines[:at] + lines[at + 1 :]))
        twice = read(SUMMARY, "\n".join([*lines[:at], line, *lines[at:]]))
        assert less in (None, whole)
        assert twice in (None, whole)
        for other in ("callhome", "switch# ", "--More--", "Created"):
            assert read(SUMMARY, "\n".join([*lines[:at], other, *lines[at:]])) is None


def test_an_empty_list() -> None:
    assert parse(SUMMARY, "\n") == ()
    assert read(SUMMARY, "User Checkpoint Summary\n--------") is None


@pytest.mark.parametrize("file", CHECKPOINT_GOLDEN)
def test_mutations_give_the_same_or_nothing_better(file: str) -> None:
    command, whole = CHECKPOINT_GOLDEN[file]
    text = (DATA / file).read_text(encoding="utf-8")
    chance = random.Random(file)  # noqa: S311  (a repeatable test)
    for _ in range(300):
        at = chance.randrange(len(text))
        changed = text[:at] + chance.choice("\n x1:)") + text[at + chance.randrange(2) :]
        found = read(command, changed)
        good = getattr(found, "succeeded", getattr(found, "done", None))
        assert good in (None, False) or found.words.strip(" .") == whole.words.strip(" .")


many = settings(max_examples=80, deadline=None)
word = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,30}", fullmatch=True)


@many
@given(
    st.lists(
        st.builds(
            Checkpoint,
            name=word,
            made_by=word,
            made_at=st.just("Mon, 07:37:22 29 Sep 2014"),
            size=st.integers(0, 10**8),
            description=word,
        ),
        max_size=10,
        unique_by=lambda each: each.name,
    )
)
def test_any_list(checkpoints: list[Checkpoint]) -> None:
    text = "".join(
        f"{number}) {each.name}:\nCreated by {each.made_by}\nCreated at {each.made_at}\n"
        f"Size is {each.size:,} bytes\nDescription: {each.description}\n\n"
        for number, each in enumerate(checkpoints, start=1)
    )
    assert parse(SUMMARY, text) == tuple(checkpoints)


@many
@given(st.lists(st.lists(word, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=9))
def test_any_patch(lines: list[str]) -> None:
    found = read(PATCH, EMPTY.replace("Rollback Patch is Empty\n", "\n".join(lines)))
    assert found is None or found.lines == tuple(lines)
