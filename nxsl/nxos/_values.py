"""Values as NX-OS and its Smart Agent print them. Every function raises `ValueError`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from nxsl.core.records import Attempt, AttemptResult

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_UTC_NAMES = frozenset({"UTC", "GMT"})

_CLOCK = r"([0-9]{2}):([0-9]{2}):([0-9]{2})"
# `Jun 22 16:15:41 2022 UTC`; an agent 4.3.6 was seen with `Jan 05 2023 12:19:01 UTC`.
_DATE = re.compile(rf"([A-Z][a-z]{{2}}) {{1,2}}([0-9]{{1,2}}) {_CLOCK} ([0-9]{{4}}) (\S{{1,32}})")
_DATE_YEAR_FIRST = re.compile(
    rf"([A-Z][a-z]{{2}}) {{1,2}}([0-9]{{1,2}}) ([0-9]{{4}}) {_CLOCK} (\S{{1,32}})"
)
_EVALUATION = re.compile(
    r"([0-9]{1,5}) days?, ([0-9]{1,2}) hours?, ([0-9]{1,2}) minutes?, ([0-9]{1,2}) seconds?"
)
_UPTIME = re.compile(
    r"([0-9]{1,5}) day\(s\), ([0-9]{1,2}) hour\(s\), "
    r"([0-9]{1,2}) minute\(s\), ([0-9]{1,2}) second\(s\)"
)
_GRACE = re.compile(r"([0-9]{1,4})D ([0-9]{1,2})H")
_COUNT = re.compile(r"[0-9]{1,7}")
_RESULT = re.compile(r"[A-Za-z][A-Za-z ]{0,40}")

_RESULTS = {
    "SUCCEEDED": AttemptResult.SUCCEEDED,
    # Agents 1.6 print it behind `Last Communication Attempt`.
    "SUCCESS": AttemptResult.SUCCEEDED,
    "FAILED": AttemptResult.FAILED,
    "None": AttemptResult.NONE,
    "NONE": AttemptResult.NONE,
}


def naive(day: tuple[str, str, str], time: tuple[str, str, str]) -> datetime:
    """Make a date and time from (year, month, day) and (hour, minute, second).

    The month is an English short name.
    """
    year, month, monthday = day
    hour, minute, second = time
    if month not in MONTHS:
        raise ValueError(f"{month!r} is not a month")
    return datetime(  # noqa: DTZ001  (the callers add the zone, where there is one)
        int(year), MONTHS.index(month) + 1, int(monthday), int(hour), int(minute), int(second)
    )


def date(words: str, zones: Mapping[str, tzinfo]) -> datetime:
    """Read a date of the agent, in UTC.

    Args:
        words: such as `Jun 22 16:15:41 2022 UTC`.
        zones: what the names of other zones than UTC and GMT mean. A name such as `EST` or `IST`
            means different offsets in different places, so nothing is assumed.
    """
    if found := _DATE.fullmatch(words):
        month, day, hour, minute, second, year, zone = found.groups()
    elif found := _DATE_YEAR_FIRST.fullmatch(words):
        month, day, year, hour, minute, second, zone = found.groups()
    else:
        raise ValueError(f"{words!r} is not a date")
    local = naive((year, month, day), (hour, minute, second))
    if zone in _UTC_NAMES:
        return local.replace(tzinfo=UTC)
    if zone not in zones:
        raise ValueError(f"the offset of the time zone {zone!r} is not known: {words!r}")
    try:
        return local.replace(tzinfo=zones[zone]).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{words!r} is not a date") from None


def date_or_none(words: str, zones: Mapping[str, tzinfo]) -> datetime | None:
    """Read a date where the agent may print that there is none."""
    return None if words in {"None", "NONE", "<none>"} else date(words, zones)


def attempt(words: str, zones: Mapping[str, tzinfo], *, dated: bool = True) -> Attempt:
    """Read `SUCCEEDED on <date>`, `FAILED on <date>` or `None`.

    Args:
        words: what is printed behind the colon.
        zones: see `date`.
        dated: whether success and failure must have a date; the summary prints none.
    """
    word, on, when = words.partition(" on ")
    if not _RESULT.fullmatch(word):
        raise ValueError(f"{words!r} is not the result of an attempt")
    result = _RESULTS.get(word, AttemptResult.UNKNOWN)
    if result is AttemptResult.NONE:
        if on:
            raise ValueError(f"{words!r} has a date")
    elif dated and not on:
        raise ValueError(f"{words!r} has no date")
    return Attempt(result=result, word=word, at=date(when, zones) if on else None)


def evaluation(words: str) -> timedelta:
    """Read `89 days, 23 hours, 57 minutes, 10 seconds`."""
    return _duration(_EVALUATION, words)


def uptime(words: str) -> timedelta:
    """Read `49 day(s), 10 hour(s), 45 minute(s), 34 second(s)`."""
    return _duration(_UPTIME, words)


def grace(words: str) -> timedelta:
    """Read `119D 22H`."""
    return _duration(_GRACE, words)


def count(words: str, *, most: int = 1_000_000) -> int:
    """Read a number in plain ASCII digits."""
    if not _COUNT.fullmatch(words) or int(words) > most:
        raise ValueError(f"{words!r} is not a number up to {most}")
    return int(words)


def _duration(pattern: re.Pattern[str], words: str) -> timedelta:
    found = pattern.fullmatch(words)
    if not found:
        raise ValueError(f"{words!r} is not a duration")
    days, hours, minutes, seconds = (*map(int, found.groups()), 0, 0)[:4]
    if hours > 23 or minutes > 59 or seconds > 59:  # noqa: PLR2004
        raise ValueError(f"{words!r} is not a duration")
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
