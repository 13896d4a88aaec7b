"""Numbers in sentences."""

from __future__ import annotations

import pytest

from nxsl.run.wording import hosts_words, part_words, switches_words


@pytest.mark.parametrize(
    ("count", "hosts", "switches"),
    [
        (0, "no hosts", "no switches"),
        (1, "1 host", "1 switch"),
        (2, "2 hosts", "2 switches"),
    ],
)
def test_one_and_many(count: int, hosts: str, switches: str) -> None:
    assert (hosts_words(count), switches_words(count)) == (hosts, switches)


@pytest.mark.parametrize(
    ("count", "total", "words"),
    [
        (1, 1, "1 of 1 switch needs"),
        (0, 1, "0 of 1 switch needs"),
        (1, 4, "1 of 4 switches need"),
        (0, 0, "0 of 0 switches need"),
    ],
)
def test_a_part_of_all(count: int, total: int, words: str) -> None:
    assert part_words(count, total, "switch needs", "switches need") == words
