"""What a switch's clock tells about its zone and its error."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nxsl.core.records import Clock
from nxsl.core.state import clock_skew, zone_of
from tests.core.builders import DAY, HOUR, NOW

QUARTER = HOUR / 4


def clock(ahead: timedelta, zone: str = "IST") -> Clock:
    return Clock(local=(NOW + ahead).replace(tzinfo=None), zone=zone)


@pytest.mark.parametrize(
    ("ahead", "offset"),
    [
        (timedelta(), timedelta()),
        (5.5 * HOUR, 5.5 * HOUR),
        (5.75 * HOUR, 5.75 * HOUR),
        (-9.5 * HOUR, -9.5 * HOUR),
        (2 * HOUR + timedelta(minutes=7), 2 * HOUR),
        (2 * HOUR - timedelta(minutes=7), 2 * HOUR),
        (2 * HOUR + timedelta(minutes=8), 2 * HOUR + QUARTER),
        (14 * HOUR, 14 * HOUR),
        (14 * HOUR + QUARTER, 14 * HOUR),
        (400 * DAY, 14 * HOUR),
        (-14 * HOUR, -14 * HOUR),
        (-400 * DAY, -14 * HOUR),
    ],
)
def test_a_zone_is_told_to_the_next_quarter_of_an_hour(ahead: timedelta, offset: timedelta) -> None:
    assert zone_of(clock(ahead), NOW).utcoffset(None) == offset


@pytest.mark.parametrize("ahead", [timedelta(), HOUR, -HOUR, 400 * DAY])
def test_only_a_clock_in_utc_has_a_known_error(ahead: timedelta) -> None:
    assert clock_skew(clock(ahead, "UTC"), NOW) == ahead
    assert clock_skew(clock(ahead, "CET"), NOW) is None
