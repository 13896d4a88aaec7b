"""Waves: how many hosts are changed at a time, and when to go on to more of them."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a wave proves."""

    PASSED = "passed"
    """Every host is good, or no more are bad than the limit allows: on to the next wave."""
    FAILED = "failed"
    """The limit of bad hosts was reached: no further host is begun."""
    INCONCLUSIVE = "inconclusive"
    """Some hosts could not be judged yet: the run pauses, and never goes on by itself."""
