"""Which checkpoints may go, and whose lines a rollback would take back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxsl.core import checkpoints as core
from nxsl.core import errors
from nxsl.core.checkpoint_records import Checkpoint, RollbackPatch
from nxsl.core.intent import LicensingIntent, read_intent
from nxsl.core.plan import plan_transport
from nxsl.core.records import CallHome
from nxsl.core.transport import Transport
from nxsl.nxos import checkpoints as nxos

if TYPE_CHECKING:
    from random import Random

    from nxsl.core.transport import TransportPlan
    from nxsl.nxos.session import Session

NOW = datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)
# Without a zone, which hypothesis adds.
MOST_LONG_AGO, LAST = (datetime(year, 1, 1) for year in (2020, 2099))  # noqa: DTZ001
own_names = st.builds(
    core.new_name,
    st.datetimes(MOST_LONG_AGO, LAST, timezones=st.just(UTC)),
    st.from_regex(r"[0-9a-f]{4}", fullmatch=True),
)
other_names = st.one_of(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,40}", fullmatch=True),
    own_names.map(lambda name: name + "x"),
    own_names.map(lambda name: name[:-1]),
    own_names.map(str.upper),
    own_names.map(lambda name: f"my-{name}"),
).filter(lambda name: not core.is_ours(name))


def listed(names: list[str]) -> tuple[Checkpoint, ...]:
    return tuple(Checkpoint(name=name, made_by="admin", made_at="now", size=1) for name in names)


def test_a_name_is_short_ordered_by_time_and_in_utc() -> None:
    name = core.new_name(NOW, "0af9")
    assert name == "nxsl-20240229T235958Z-0af9"
    assert len(name) <= 32
    assert core.is_ours(name)
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert core.new_name(elsewhere, "0af9") == name
    assert core.new_name(NOW + timedelta(seconds=1), "0000") > name


@pytest.mark.parametrize(
    "mark", ["", "0", "12345", "00AF", "zzzz", "\u0660\u0660\u0660\u0660", "00a\n"]
)
def test_a_name_that_would_not_be_known_again_is_not_made(mark: str) -> None:
    with pytest.raises(ValueError, match="no mark"):
        core.new_name(NOW, mark)


@pytest.mark.parametrize(
    "name",
    [
        "nxsl-1",
        "nxsl-20240229T235958Z-0af9x",
        "nxsl-20240229T235958Z-0AF9",
        "xnxsl-20240229T235958Z-0af9",
        "nxsl-20240229T235958Z-0af9\n",
        "nxsl-2024022\u0669T235958Z-0af9",
        "nxsl-20240229T235958-0af9",
        "user-checkpoint-1",
    ],
)
def test_what_is_not_exactly_ours_is_not_ours(name: str) -> None:
    assert not core.is_ours(name)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(own_names, max_size=11, unique=True),
    st.lists(other_names, max_size=11, unique=True),
    st.randoms(),
)
def test_only_own_ones_go_and_the_newest_last(
    own: list[str], others: list[str], chance: Random
) -> None:
    names = [*own, *others]
    chance.shuffle(names)
    found = listed(names)
    users = [name for name in others if not name.startswith("system")]
    if len(users) >= core.MOST:
        with pytest.raises(errors.CheckpointRefused):
            core.to_make_room(found)
        return
    gone = core.to_make_room(found)
    assert set(gone) <= set(own)
    kept = sorted(set(own) - set(gone))
    assert list(gone) == sorted(own)[: len(gone)]
    assert len(kept) <= core.KEEP
    assert len(users) + len(kept) < core.MOST
    # No more go than must.
    assert len(kept) == min(len(own), core.KEEP, core.MOST - 1 - len(users))
    assert core.older(found, keep=1) == tuple(sorted(own)[:-1])


def test_checkpoints_of_the_switch_itself_do_not_count() -> None:
    found = listed([f"system-fm-{number}" for number in range(9)] + ["a"])
    assert core.to_make_room(found) == ()


# ------------------------------------------------------------------------------- whose lines


def intent(**more: object) -> LicensingIntent:
    return read_intent("leaf1", {"method": "direct", "vrf": "management", **more})


def plan(**more: object) -> TransportPlan:
    before = Transport(
        smart_enabled=False,
        call_home=CallHome(email="old@example.com"),
        name_servers=(("management", ("192.0.2.1",)), ("blue", ("192.0.2.3",))),
    )
    return plan_transport(before, intent(email="new@example.com", **more))


SERVED = {"name_servers": ["192.0.2.53"], "source_interface": "mgmt0"}
URL = "https://tools.cisco.com/its/service/oddce/services/DDCEService"
OURS = (
    "license smart enable",
    "feature license smart",
    "ip http source-interface mgmt0",
    "vrf context management",
    "no ip name-server 192.0.2.1",
    "ip name-server 192.0.2.1 192.0.2.53",
    "callhome",
    "no email-contact old@example.com",
    "no email-contact",
    "email-contact new@example.com",
    "destination-profile CiscoTAC-1 transport-method http",
    f"destination-profile CiscoTAC-1 index 1 http {URL}",
    f"no destination-profile  CiscoTAC-1 http {URL}",
    "transport http use-vrf management",
    "no transport http use-vrf",
    "enable",
    "no enable",
)
THEIRS = (
    "email-contact other@example.com",
    "no destination-profile CiscoTAC-1",
    "destination-profile CiscoTAC-1 index 2 http https://other.example.com/x",
    "transport http use-vrf blue",
    "vrf context blue",
    "ip name-server 192.0.2.1 192.0.2.54",
    "ip name-server 192.0.2.3",
    "ip name-server 192.0.2.53 use-vrf blue",
    "interface Ethernet1/1",
    "no license smart",
    "phone-contact +15550100",
    "username eve password 5 $5$abc",
    "hostname leaf1",
)


@pytest.mark.parametrize("line", OURS)
def test_lines_of_the_plan_are_known_as_a_switch_prints_them(line: str) -> None:
    assert core.foreign_lines(RollbackPatch(lines=(line,)), plan(**SERVED)) == ()


@pytest.mark.parametrize("line", THEIRS)
def test_other_lines_are_somebody_elses(line: str) -> None:
    patch = RollbackPatch(lines=(*OURS, line, *OURS))
    assert core.foreign_lines(patch, plan(**SERVED)) == (line,)


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"[a-z][a-z0-9-]{1,12}( [a-z0-9./-]{1,12}){1,4}", fullmatch=True))
def test_no_line_at_all_is_taken_for_a_plan_without_it(line: str) -> None:
    empty = plan_transport(plan().after, intent(email="new@example.com"))
    assert empty.lines == ()
    assert core.foreign_lines(RollbackPatch(lines=(line, *OURS)), empty) == (line, *OURS)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("interface Ethernet1/1", "interface Ethernet1/1"),
        ("no vlan 7", "no vlan 7"),
        ("vrf context blue", "vrf context blue"),
        ("username eve password 5 $5$abc", "username ..."),
        ("no username eve", "no username ..."),
        ("snmp-server community s3cret group x", "snmp-server ..."),
        ("key 7 abc", "key ..."),
        ("shutdown", "shutdown"),
        ("no shutdown", "no shutdown"),
        ("hostname leaf1 extra s3cret", "hostname leaf1"),
    ],
)
def test_what_is_shown_of_somebody_elses_line(line: str, shown: str) -> None:
    assert core.shown(line) == shown


class _Shows:
    """A session that shows one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def show(self, _command: str, **_: object) -> str:
        return self._text


@pytest.mark.parametrize(
    "line",
    [
        "username eve password 5 $5$s3cret role network-admin",
        "snmp-server community s3cret group network-operator",
        "snmp-server user eve auth sha s3cret priv s3cret",
        "tacacs-server key 7 s3cret",
        "key-string 7 s3cret",
        "ip ospf message-digest-key 1 md5 3 s3cret",
    ],
)
@pytest.mark.parametrize("head", ["#Generating Rollback Patch\n", ""])
def test_a_secret_of_somebody_elses_line_reaches_no_record_and_no_error(
    line: str, head: str
) -> None:
    session: Session = _Shows(f"{head}!!\n{line}\n")  # type: ignore[assignment]
    try:
        seen = repr(nxos.read_patch(session, "a"))
    except errors.ParseError as error:
        assert not head
        seen = f"{error} {error.text}"
    assert "s3cret" not in seen
    assert line.split(maxsplit=1)[0] in seen


@pytest.mark.parametrize(
    ("text", "busy", "taken", "full"),
    [
        ("ERROR: ascii-cfg: Another checkpoint or rollback is in progress", True, False, False),
        ("ERROR: ascii-cfg: Checkpoint with the same name already exists", False, True, False),
        ("ERROR: ascii-cfg: Maximum number of checkpoints reached", False, False, True),
        ("ERROR: ascii-cfg: FCOE is enabled. Disabling rollback module", False, False, False),
    ],
)
def test_what_a_refusal_is_about(text: str, busy: bool, taken: bool, full: bool) -> None:
    assert (core.is_busy(text), core.is_taken(text), core.is_full(text)) == (busy, taken, full)
