"""Files of known hosts, as people leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from paramiko import RSAKey
from paramiko.hostkeys import HostKeys

from nxsl.nxos.known_hosts import add_to, known_to

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate(1024)


def held(name: str, key: RSAKey) -> HostKeys:
    """One key of one host."""
    keys = HostKeys()
    keys.add(name, key.get_name(), key)
    return keys


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_key_is_a_line_of_its_own_also_where_the_last_one_has_no_end(
    tmp_path: Path, key: RSAKey, end: str
) -> None:
    file = tmp_path / "known_hosts"
    add_to(str(file), held("192.0.2.1", key))
    file.write_text(file.read_text().rstrip() + end)
    add_to(str(file), held("192.0.2.2", key))
    add_to(str(file), held("192.0.2.2", key))
    lines = [line.split() for line in file.read_text().splitlines()]
    assert [(line[0], len(line)) for line in lines] == [("192.0.2.1", 3), ("192.0.2.2", 3)]
    for name in ("192.0.2.1", "192.0.2.2"):
        assert known_to(name, [str(file)]).check(name, key)


def test_what_is_known_already_changes_nothing(tmp_path: Path, key: RSAKey) -> None:
    file = tmp_path / "known_hosts"
    file.write_text("# mine")
    add_to(str(file), HostKeys())
    assert file.read_text() == "# mine"
