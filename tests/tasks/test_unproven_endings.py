"""Endings that nothing proves: no task may claim one, and what may be lost is said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.lab import (
    CALLHOME_DIRECT,
    RESERVED,
    Ask,
    Backend,
    Drop,
    Inject,
    Reject,
    registered,
    reporting,
)
from nxsl.lab.conversion import Conversion, Converter
from nxsl.nxos.connect import open_session
from nxsl.tasks import Patience, convert, renew, return_reservation
from tests.conftest import PATIENCE, Fleet, switch
from tests.tasks.policy_switches import policy, sent, trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

SHORT = Patience(deadline=0.4, first_pause=0.05)


def test_zones_are_told_once_a_task(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else an old date would be a quarter of an hour younger in the next session, and look new."""
    ahead = [timedelta(hours=1, minutes=7), timedelta(hours=1, minutes=8)]
    run = fleet(
        policy(
            zone=("CET", timedelta(hours=1)),
            policy=reporting(),
            faults=(Drop(line="trust idtoken", when="before"),),
        )
    )
    device = run.lab["leaf1"]._device

    def clock_text() -> str:
        local = device.now() + (ahead.pop(0) if len(ahead) > 1 else ahead[0])
        return f"{local:%H:%M:%S}.000 CET {local:%a %b %d %Y}"

    monkeypatch.setattr(device, "clock_text", clock_text)
    result = trust(run, force=True, patience=SHORT)
    assert result.result.outcome is Outcome.PENDING, str(result.result)
    assert not result.changed


def _halt(converter: Converter) -> str:
    converter._agent.state.conversion = Conversion("Halting now")
    return "Conversion stopped"


def test_a_stop_that_ends_in_unknown_words_is_not_done(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(
        switch(
            callhome=CALLHOME_DIRECT,
            registration=registered(),
            backend=Backend(convert_latency=600.0),
        )
    )
    run.result(convert, patience=SHORT)
    converter = run.lab["leaf1"]._device.converter
    monkeypatch.setattr(converter, "stop", lambda: _halt(converter))
    result = run.result(convert, action="stop", patience=SHORT)
    assert result.result.outcome is Outcome.PENDING
    assert "Halting now" in result.result.detail


def test_a_question_at_a_report_is_not_asked_again(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(policy=reporting(), faults=(Ask(line="^license smart sync all"),)))
    result = run.result(renew, patience=SHORT)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "unexpected-question"
    assert sent(run) == ["license smart sync all"]


def test_a_report_that_is_refused_in_words_is_not_asked_for_again(
    fleet: Callable[..., Fleet],
) -> None:
    fault = Reject(line="^license smart sync all", text="Error: a report is under way")
    run = fleet(policy(policy=reporting(), faults=(fault,)))
    result = run.result(renew, patience=SHORT)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert "a report is under way" in result.result.detail
    assert sent(run) == ["license smart sync all"]


def test_a_return_that_complains_and_works_is_no_clean_failure(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    fault = Inject(line="return", text="Error: could not tell the portal", at=0)
    run = fleet(switch(registration=RESERVED, faults=(fault,)))
    result = run.result(return_reservation, folder=tmp_path, patience=PATIENCE)
    assert run.lab["leaf1"].licensing.words == "UNREGISTERED"
    assert result.result.outcome is Outcome.FAILED_DIRTY, str(result.result)
    assert "AT ONCE" in result.result.remedy


def test_a_return_after_which_nobody_answers_says_what_may_be_lost(
    fleet: Callable[..., Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(switch(registration=RESERVED, faults=(Drop(line="return", when="after"),)))
    opened: list[Any] = []

    def once(*operands: Any) -> Any:
        if opened:
            raise errors.ConnectTimeout("no answer", remedy="check the way to it")
        opened.append(open_session(*operands))
        return opened[0]

    monkeypatch.setattr("nxsl.tasks._switch.open_session", once)
    result = run.result(return_reservation, folder=tmp_path, patience=SHORT)
    assert result.result.outcome is Outcome.UNKNOWN
    assert "AT ONCE" in result.result.remedy


def test_a_token_is_sent_once_whatever_words_refuse_it(fleet: Callable[..., Fleet]) -> None:
    fault = Reject(line="trust idtoken", text="Error: an incomplete trust exchange is under way")
    run = fleet(policy(faults=(fault,)))
    result = trust(run, patience=SHORT)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert len(sent(run)) == 1
