"""Numbers in sentences."""

from __future__ import annotations

import pytest

from nxsl.run.wording import hosts_words, switches_words


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
