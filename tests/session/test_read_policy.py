"""`read_policy_status` and `read_status`: each takes its own form of `show license status`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.errors import ParseError
from nxsl.core.policy_records import PolicyStatus
from nxsl.lab import CALLHOME_DIRECT, CLOUD_TOKEN, registered
from nxsl.nxos.connect import close_session, open_session
from nxsl.nxos.read import read_policy_status, read_status
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.nxos.session import Session


@pytest.fixture
def door(fleet: Callable[..., Fleet]) -> Iterator[Callable[..., Session]]:
    """Give a function that opens a session on a switch."""
    opened: list[Any] = []

    def open_one(**changes: Any) -> Session:
        run = fleet(switch(**changes))
        host = run.nr.inventory.hosts["leaf1"]
        opened.append(host)
        return open_session(host, run.nr.config)

    yield open_one
    for host in opened:
        close_session(host)


def test_the_status_of_a_policy_release(door: Callable[..., Session]) -> None:
    session = door(release="10.4(5)")
    status = read_policy_status(session)
    assert isinstance(status, PolicyStatus)
    assert status.enabled
    assert status.trust == ()
    with pytest.raises(ParseError, match="other way"):
        read_status(session)


def test_a_trust_code_in_another_zone(door: Callable[..., Session]) -> None:
    session = door(release="10.4(5)", zone=("EDT", timedelta(hours=-4)))
    with session.configuring(("license smart transport smart",)) as configuration:
        configuration.write((), "license smart transport smart")
    session.execute(f"license smart trust idtoken {CLOUD_TOKEN} all")
    for _ in range(200):
        status = read_policy_status(session)
        if status.trusted_at is not None:
            break
    assert status.trusted_at is not None
    assert status.trusted_at.utcoffset() == timedelta(0)
    assert session.zones


def test_the_status_of_a_classic_release(door: Callable[..., Session]) -> None:
    session = door(callhome=CALLHOME_DIRECT, registration=registered())
    assert read_status(session).registration is not None
    with pytest.raises(ParseError, match="other way") as caught:
        read_policy_status(session)
    assert caught.value.command == "show license status"
    assert "Status: REGISTERED" in caught.value.text
