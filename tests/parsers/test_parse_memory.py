"""What is read once is not read again, and what is remembered is what TTP would say."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import ttp
from hypothesis import given
from hypothesis import strategies as st

from nxsl.core.errors import ParseError
from nxsl.core.records import LicenseStatus
from nxsl.lab.spec import registered
from nxsl.nxos import _text, _ttp
from nxsl.nxos import parse as module
from nxsl.nxos._ttp import LONGEST_REMEMBERED, MOST_REMEMBERED, Engine
from nxsl.nxos.parse import parse
from nxsl.tasks import verify
from tests.conftest import switch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Fleet

DATA = Path(__file__).parents[1] / "data" / "outputs"
TEMPLATES = sorted(file.stem for file in (Path(module.__file__).parent / "templates").glob("*.ttp"))
LINES = sorted(
    {
        stripped
        for file in DATA.rglob("*.txt")
        for line in file.read_text(encoding="utf-8").splitlines()
        if (stripped := line.strip(" \t"))
    }
)
STATUS = (DATA / "show_license_status/n9k_9.3.4_registered_authorized.txt").read_text("utf-8")


class Asked:
    """What TTP was asked to match: the lines of each time."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, ...]] = []

    @property
    def lines(self) -> list[str]:
        return [line for text in self.texts for line in text]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A process that has read nothing yet, and what it gives to TTP."""
    asked = Asked()
    set_input = ttp.ttp.set_input

    def spy(self: ttp.ttp, data: _ttp._Text, **more: str) -> None:
        asked.texts.append(tuple(data[1:-2].split("\n")))
        set_input(self, data, **more)

    monkeypatch.setattr(ttp.ttp, "set_input", spy)
    monkeypatch.setattr(_ttp, "engine", Engine())
    return asked


class TestWhatIsAskedFor:
    def test_a_text_is_matched_once(self, asked: Asked) -> None:
        first = parse("show license status", STATUS)
        assert len(asked.texts) == 1
        assert parse("show license status", STATUS) == first
        assert len(asked.texts) == 1

    def test_of_the_next_switch_only_the_lines_that_differ(self, asked: Asked) -> None:
        parse("show license status", STATUS)
        other = STATUS.replace("ldap_user_test", "another account")
        status = parse("show license status", other)
        assert isinstance(status, LicenseStatus)
        assert status.registration is not None
        assert status.registration.smart_account == "another account"
        assert asked.texts[1] == ("Smart Licensing is ENABLED", "Smart Account: another account")

    def test_a_line_that_comes_again_in_a_text_is_matched_once(self, asked: Asked) -> None:
        usage = (DATA / "show_license_usage/n9k_10.x_slp_in_use.txt").read_text("utf-8")
        parse("show license usage", usage)
        assert len(set(asked.lines)) == len(asked.lines)

    def test_only_what_is_used_is_compiled(self, asked: Asked) -> None:
        parse("show clock", "18:57:38.347 UTC Mon Oct 19 2015")
        parse("show license status", STATUS)
        assert asked.texts
        assert [each.name for each in _ttp.engine._ttp._templates] == [
            "nxos_show_clock",
            "nxos_show_license_status",
        ]

    def test_a_failure_is_not_remembered(
        self, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def give_up(*_: object, **__: object) -> None:
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(ttp.ttp, "parse", give_up)
            with pytest.raises(ParseError, match="TTP gave up"):
                parse("show license status", STATUS)
        assert isinstance(parse("show license status", STATUS), LicenseStatus)
        assert asked.texts[0] == asked.texts[1]

    def test_the_dates_of_another_zone_are_matched_once(
        self, asked: Asked, fleet: Callable[..., Fleet]
    ) -> None:
        zone = ("CET", timedelta(hours=1))
        record = fleet(switch(zone=zone, registration=registered())).result(verify).result
        assert record.state.status.registration.initial.at is not None
        statuses = [each for each in asked.texts if "Registration:" in each]
        assert len(statuses) == 1


class TestWhatIsRemembered:
    @pytest.mark.parametrize("template", TEMPLATES)
    def test_it_is_what_ttp_says_of_the_whole_text(self, template: str) -> None:
        # Texts of lines of every command, in any order, some of them more than once.
        dice = random.Random(template)  # noqa: S311
        remembering = Engine()
        for _ in range(12):
            lines = tuple(dice.choices(LINES, k=dice.randint(1, 60)))
            assert remembering.match(template, lines) == Engine._match_anew(
                remembering, template, lines
            )

    def test_the_first_line_of_a_text_is_another_one(self) -> None:
        # Of the first line the lowest template line that fits counts, of others the uppermost.
        template, line = "nxos_show_license_tech_support", "Communication Statistics:"
        alone, behind = Engine().match(template, (line,)), Engine().match(template, ("x", line))
        assert alone[0] != behind[1]
        engine = Engine()
        for lines in ((line,), ("x", line), (line, line), ("x", line, line)):
            assert engine.match(template, lines) == Engine().match(template, lines)

    def test_nobody_can_change_it(self) -> None:
        (match,) = Engine().match("nxos_show_feature", ("anything at all",))
        with pytest.raises(TypeError):
            match["other"] = "else"  # type: ignore[index]

    def test_it_stays_small_and_keeps_what_comes_again(self, asked: Asked) -> None:
        common = "Cisco Nexus Operating System (NX-OS) Software"
        for number in range(5 * MOST_REMEMBERED):
            _ttp.match_lines("nxos_show_version", ("first", common, f"uptime {number}"))
        memory = _ttp.engine._memories["nxos_show_version"]
        assert len(memory._late) + len(memory._before) <= 2 * MOST_REMEMBERED + 2
        assert asked.lines.count(common) == 1
        assert memory.get("uptime 0") is None

    @pytest.mark.parametrize(
        "line",
        [
            "Password: hunter2",
            "license smart proxy password 7 hunter2",
            "Failure reason: The token 'Zm9vYmFyYmF6cXV4Zm9vYmFy' is not valid",
            "x" * (LONGEST_REMEMBERED + 1),
        ],
    )
    def test_a_secret_or_a_long_line_is_not(self, line: str) -> None:
        engine = Engine()
        matches = engine.match("nxos_show_license_status", (line, line))
        assert len(matches) == 2
        assert not engine._memories["nxos_show_license_status"]._late


class TestTheQuickLook:
    PIECES = st.sampled_from(
        (
            *("Status: x", "% Invalid command", "Permission denied", "Syntax error", " while "),
            *("parsing", "2018 Nov  8 12:47:05 sw %X-3-Y: z", "0 bytes", "S", "y" * 5000),
            *("%", "^", "\t", "\r", "\n", "\x1b[31m", "\x07", "\xa0", "\ud800", "\u2028"),
        )
    )

    @given(st.lists(PIECES, max_size=12).map("".join))
    def test_it_passes_nothing_that_a_close_look_does_not(self, text: str) -> None:
        def outcome() -> object:
            try:
                return _text.clean("show version", text)
            except ParseError as error:
                return str(error)

        quick = outcome()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_text, "_is_ordinary", lambda _: False)
            assert outcome() == quick

    def test_it_is_enough_for_ordinary_texts(self) -> None:
        assert _text._is_ordinary([line.strip() for line in STATUS.splitlines() if line.strip()])
