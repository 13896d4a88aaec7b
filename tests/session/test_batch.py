"""Replies to commands typed in one go: told apart beyond doubt, or not taken at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxsl.nxos import wire
from nxsl.nxos.batch import MOST, Batch, new_fence, portions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HOST = "leaf1"
PROMPT = wire.OwnPrompt(HOST)
COMMANDS = ("show version", "show clock", "show license status")

lines = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=60)
replies = st.lists(lines.map(str.strip).filter(bool), max_size=6).map("\n".join)


def printed(batch: Batch, texts: Sequence[str], *, end: str = "\r\n", ahead: str = "") -> str:
    """What a switch prints that takes the lines one after the other."""
    out = []
    for (command, fence), text in zip(batch.lines, texts, strict=True):
        body = text.replace("\n", end) + (end if text else "")
        out.append(f"{command}{end}{body}{ahead}{HOST}# {fence}{end}{ahead}{HOST}# ")
    return "".join(out)


@pytest.mark.parametrize(("end", "ahead"), [("\r\n", ""), ("\n", ""), ("\r\r\n", "\r")])
def test_each_reply_belongs_to_its_command(end: str, ahead: str) -> None:
    batch = Batch.of(COMMANDS)
    texts = ("Cisco Nexus\n  cisco Nexus9000", "10:00:00.123 UTC", "")
    assert batch.replies(printed(batch, texts, end=end, ahead=ahead), PROMPT) == texts


@given(st.lists(replies, min_size=1, max_size=5))
def test_whatever_is_printed_comes_back(texts: list[str]) -> None:
    batch = Batch.of([f"show {number}" for number in range(len(texts))])
    if any("--More--" in text or text.splitlines()[-1:] == [f"{HOST}#"] for text in texts):
        return
    found = batch.replies(printed(batch, texts), PROMPT)
    assert found is not None
    assert [each.strip() for each in found] == [text.strip() for text in texts]


@given(st.lists(replies, min_size=2, max_size=4), st.data())
def test_a_letter_more_or_less_never_moves_text_to_another_command(
    texts: list[str], data: st.DataObject
) -> None:
    """Whatever one character does: the text is not taken, or is still each command's own."""
    batch = Batch.of([f"show {number}" for number in range(len(texts))])
    raw = printed(batch, texts, end="\n")
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = data.draw(
        st.sampled_from([raw[:place] + raw[place + 1 :], raw[:place] + "#" + raw[place:]])
    )
    found = batch.replies(changed, PROMPT)
    if found is None:
        return
    for reply, text in zip(found, texts, strict=True):
        assert abs(len(reply) - len(text.strip("\n"))) <= 1 + text.count("\n")
        assert sum(other in reply for _, other in batch.lines) == 0


def test_prompt_like_text_inside_a_reply_stays() -> None:
    batch = Batch.of(COMMANDS)
    texts = (f"one\n{HOST}# show clock\ntwo", "three", "four")
    assert batch.replies(printed(batch, texts), PROMPT) == texts


def _late_echo(raw: str, batch: Batch) -> str:
    """The first fence came back before its turn."""
    return raw.replace("one", f"one{batch.lines[0][1]}", 1)


ODD: dict[str, Callable[[str, Batch], str]] = {
    "a log line behind the prompt": lambda raw, _batch: raw.replace(
        f"{HOST}# {COMMANDS[1]}", f"{HOST}# 2026 Nov 24 03:00:00 up\r\n{COMMANDS[1]}", 1
    ),
    "an echo before its turn": _late_echo,
    "a fence swallowed": lambda raw, batch: raw.replace(batch.lines[0][1], "", 1),
    "letters of a fence swallowed": lambda raw, _batch: raw.replace("!nxsl", "nxsl", 1),
    "letters of a command swallowed": lambda raw, _batch: raw.replace("show clock", "ow clock", 1),
    "a pager": lambda raw, _batch: raw.replace("two", "--More--\r        \rtwo", 1),
    "the pager still there": lambda raw, _batch: f"{raw}--More--",
    "configuration mode": lambda raw, _batch: raw.replace(f"{HOST}#", f"{HOST}(config)#"),
    "another hostname": lambda raw, _batch: raw.replace(f"{HOST}# !", "leaf2# !", 1),
    "something behind the end": lambda raw, _batch: f"{raw}\r\nlate",
    "no end yet": lambda raw, _batch: raw[: raw.rindex(HOST)],
    "replies exchanged": lambda raw, _batch: "".join(
        [raw[raw.index("show clock") :], raw[: raw.index("show clock")]]
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_any_other_form_is_not_taken(name: str) -> None:
    batch = Batch.of(COMMANDS)
    raw = printed(batch, ("one\ntwo", "three", "four"))
    odd = ODD[name](raw, batch)
    assert odd != raw
    assert batch.replies(odd, PROMPT) is None


def test_fences_are_comments_of_one_length_and_never_the_same() -> None:
    fences = {new_fence() for _ in range(200)}
    assert len(fences) == 200
    assert {len(each) for each in fences} == {14}
    assert all(each.startswith("!") for each in fences)


def test_no_more_is_typed_in_one_go_than_a_line_discipline_keeps() -> None:
    commands = [f"show running-config | section {'x' * (number % 90)}" for number in range(60)]
    found = list(portions(commands))
    assert [each for few in found for each in few] == commands
    assert all(len(Batch.of(few).typed) < MOST for few in found)
    assert not list(portions([]))
