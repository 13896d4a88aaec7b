"""The closed list of reasons: whatever ends a task has a word of it, and each word a sentence."""

from __future__ import annotations

import json
import pickle
import re

import pytest

from nxsl.core import errors
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason, reason_words
from tests.core.test_core_errors import ALL


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_the_reason_of_every_error_is_in_the_list(kind: type[errors.NxslError]) -> None:
    assert isinstance(kind.reason, Reason)
    assert isinstance(kind("it broke").reason, Reason)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_word_with_a_sentence(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", reason)
    assert reason.name == reason.value.upper().replace("-", "_")
    assert re.fullmatch(r"[A-Z].*\.", reason.words)
    assert reason_words()[reason.value] == reason.words
    assert pickle.loads(pickle.dumps(reason)) is reason  # noqa: S301
    assert json.loads(json.dumps(reason)) == reason.value
    assert f"{reason}" == reason.value


def test_no_two_reasons_mean_the_same() -> None:
    assert len(set(reason_words().values())) == len(Reason) == len(reason_words())


@pytest.mark.parametrize("outcome", Outcome)
def test_a_good_outcome_says_why_by_itself(outcome: Outcome) -> None:
    assert bool(TaskRecord(outcome=outcome).reason) is outcome.good
    given = TaskRecord(outcome=outcome, reason=Reason.LIMIT)
    assert given.reason is Reason.LIMIT


def test_a_token_at_fault_is_a_reason_of_its_own() -> None:
    error = errors.RegistrationFailed("no").because(token_at_fault=True)
    assert error.reason is Reason.TOKEN_REFUSED
    assert pickle.loads(pickle.dumps(error)).reason is Reason.TOKEN_REFUSED  # noqa: S301
    other = errors.TrustFailed("no").because(token_at_fault=False)
    assert other.reason is errors.TrustFailed.reason is Reason.TRUST_FAILED
