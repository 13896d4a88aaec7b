"""What the words of a conversion mean, and what is made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nxsl.core import errors
from nxsl.core.checks_conversion import conversion
from nxsl.core.conversion import (
    ConversionState,
    conversion_state,
    is_news,
    require_convertible,
    state_in,
    words_of,
)
from nxsl.core.findings import Finding, Severity, Thresholds, View
from nxsl.core.records import Conversion, LicenseStatus
from tests.core.builders import state, status


def shown(words: str, reason: str = "") -> LicenseStatus:
    """A status with these words."""
    found = Conversion(automatic=False, status=words, failure_reason=reason)
    return replace(status(), conversion=found)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Not started", ConversionState.NOT_STARTED),
        ("NOT_STARTED", ConversionState.NOT_STARTED),
        ("not-supported", ConversionState.NOT_SUPPORTED),
        ("Started on Nov 24 2026 05:00:00 UTC", ConversionState.STARTED),
        ("IN_PROGRESS", ConversionState.POLLING),
        ("Polling", ConversionState.POLLING),
        ("SUCCESSFUL", ConversionState.SUCCESSFUL),
        ("success", ConversionState.SUCCESSFUL),
        ("Already converted", ConversionState.ALREADY_CONVERTED),
        ("FAILED on Nov 24 2026 05:00:00 UTC", ConversionState.FAILED),
        ("Unsuccessful", ConversionState.UNKNOWN),
        ("Not successful", ConversionState.UNKNOWN),
        ("Started again", ConversionState.UNKNOWN),
        ("", ConversionState.UNKNOWN),
    ],
)
def test_words_and_states(words: str, expected: ConversionState) -> None:
    assert state_in(words) is expected


def test_only_two_states_are_under_way_and_two_are_converted() -> None:
    assert {each for each in ConversionState if each.under_way} == {
        ConversionState.STARTED,
        ConversionState.POLLING,
    }
    assert {each for each in ConversionState if each.converted} == {
        ConversionState.SUCCESSFUL,
        ConversionState.ALREADY_CONVERTED,
    }


def test_a_switch_without_the_block_knows_no_conversion() -> None:
    bare = replace(status(), conversion=None)
    assert conversion_state(bare) is ConversionState.NOT_SUPPORTED
    assert words_of(bare) == "not shown"
    with pytest.raises(errors.StateRefused, match="knows no conversion"):
        require_convertible(bare)


def test_unknown_words_are_shown_and_never_guessed() -> None:
    with pytest.raises(errors.StateRefused, match="'Halfway there'") as refused:
        require_convertible(shown("Halfway there"))
    assert refused.value.text == "Halfway there"
    require_convertible(shown("Not started"))


def test_an_old_result_is_no_news() -> None:
    failed = shown("Failed", "Communication message send error")
    assert not is_news(failed, failed, seen_under_way=False)
    assert is_news(failed, failed, seen_under_way=True)
    assert is_news(failed, shown("Failed", "another reason"), seen_under_way=False)


def findings(found: LicenseStatus | None) -> list[Finding]:
    """What the check says of a status."""
    changes: dict[str, Any] = {"status": found}
    view = View(state=replace(state(), **changes), intent=None, limits=Thresholds())
    return list(conversion(view))


@pytest.mark.parametrize(
    ("words", "code", "severity"),
    [
        ("Failed", "conversion-failed", Severity.WARNING),
        ("Started", "conversion-under-way", Severity.INFO),
        ("In progress", "conversion-under-way", Severity.INFO),
        ("Halfway there", "unknown-conversion-state", Severity.WARNING),
    ],
)
def test_findings(words: str, code: str, severity: Severity) -> None:
    (found,) = findings(shown(words, "Communication message send error"))
    assert (found.code, found.severity) == (code, severity)
    assert found.remedy


def test_a_failure_is_explained() -> None:
    (found,) = findings(shown("Failed", "Communication message send error"))
    assert "Communication message send error (the switch got no answer" in found.message
    (silent,) = findings(shown("Failed"))
    assert "gives no reason" in silent.message


@pytest.mark.parametrize(
    "words", ["Not started", "Successful", "Already converted", "Not supported"]
)
def test_what_is_well_has_no_finding(words: str) -> None:
    assert findings(shown(words)) == []


def test_without_status_or_block_there_is_nothing_to_say() -> None:
    assert findings(None) == []
    assert findings(replace(status(), conversion=None)) == []
