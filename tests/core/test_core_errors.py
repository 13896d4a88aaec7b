"""One tree of errors, as drawn; each with a stable reason, and able to travel."""

from __future__ import annotations

import copy
import pickle
import re
from typing import TYPE_CHECKING

import pytest

from nxsl.core import errors
from nxsl.core.errors import CommandRejected, NxslError, ParseError
from nxsl.core.outcome import (
    ConfigureRecord,
    Outcome,
    RegisterRecord,
    RenewRecord,
    TaskRecord,
    VerifyRecord,
    outcome_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def every(kind: type[NxslError]) -> Iterator[type[NxslError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from every(each)


# Of the module alone: other tests may make subclasses.
ALL: list[type[NxslError]] = [
    each for each in every(NxslError) if each.__module__ == errors.__name__
]
FIELDS = {"host": "leaf1", "remedy": "do that", "text": "% Invalid command"}


def made(kind: type[NxslError]) -> NxslError:
    if issubclass(kind, ParseError | CommandRejected):
        return kind("it broke", command="show version", **FIELDS)
    return kind("it broke", **FIELDS)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_can_be_pickled_with_what_it_carries(
    kind: type[NxslError], protocol: int
) -> None:
    error = made(kind)
    for other in (pickle.loads(pickle.dumps(error, protocol)), copy.copy(error)):  # noqa: S301
        assert type(other) is kind
        assert vars(other) == vars(error)
        assert other.args == ("it broke",)
        assert str(other) == str(error) == "leaf1: it broke (do that)"
        assert (other.host, other.remedy, other.text) == tuple(FIELDS.values())
        assert getattr(other, "command", "") == getattr(error, "command", "")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_can_be_made_of_a_message_alone(kind: type[NxslError]) -> None:
    error = kind("it broke")
    assert error.message == "it broke"
    assert str(error).startswith("it broke")
    assert (error.host, error.remedy, error.text) == ("", kind.usual_remedy, "")
    assert kind.usual_remedy in str(error)
    assert kind.__doc__


def test_a_remedy_that_is_given_wins_over_the_usual_one() -> None:
    assert errors.ParseError("x", remedy="y").remedy == "y"
    assert errors.ParseError("x").remedy == errors.ParseError.usual_remedy != ""


def test_reasons_are_distinct_and_fit_for_scripts() -> None:
    reasons = [each.reason for each in ALL]
    assert len(set(reasons)) == len(reasons)
    assert all("reason" in vars(each) for each in ALL), "a reason is inherited"
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", each) for each in reasons)


def test_every_public_error_of_the_module_is_in_the_tree() -> None:
    public = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, BaseException)
    }
    assert public == set(ALL)


def drawn() -> dict[str, tuple[str, str]]:
    """From the docstring: each class with its parent and the builtin it is besides, or ""."""
    assert errors.__doc__
    tree = errors.__doc__.split("```")[1].strip("\n").splitlines()
    found = {tree[0]: ("Exception", "")}
    parent = ""
    for line in tree[1:]:
        if kind := re.match(r" x (\w+)(?: \((\w+)\))?", line):
            parent = kind[1]
            found[parent] = ("NxslError", kind[2] or "")
        else:
            leaves = re.findall(r"(\w+)(?: \((\w+)\))?(?:,|$)", line.removeprefix("   - ").strip())
            found |= {name: (parent, builtin) for name, builtin in leaves}
    return found


def test_the_tree_is_as_drawn() -> None:
    real = {
        each.__name__: (
            each.__bases__[0].__name__,
            each.__bases__[1].__name__ if len(each.__bases__) > 1 else "",
        )
        for each in ALL
    }
    assert drawn() == real


# ---------------------------------------------------------------------------------------- outcome

BEFORE_AFTER = {
    "NxslError": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "IntentError": (Outcome.REFUSED, Outcome.REFUSED),
    "InventoryError": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "SelectionError": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "SecretError": (Outcome.REFUSED, Outcome.REFUSED),
    "MissingExtra": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "ParseError": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "ConnectError": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "ConnectionRefused": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "ConnectTimeout": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "NameNotFound": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "LoginFailed": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "HostKeyUnknown": (Outcome.REFUSED, Outcome.UNKNOWN),
    "HostKeyChanged": (Outcome.REFUSED, Outcome.UNKNOWN),
    "NoCommonAlgorithm": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "ConnectFailed": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "SessionError": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "SessionDropped": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "ReplyTimeout": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "NarrowTerminal": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "ReplyTooLong": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "CommandRejected": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "PermissionDenied": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "UnexpectedQuestion": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "SaveFailed": (Outcome.FAILED_DIRTY, Outcome.FAILED_DIRTY),
    "NotApplied": (Outcome.FAILED_DIRTY, Outcome.FAILED_DIRTY),
    "CheckpointFailed": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "RollbackFailed": (Outcome.FAILED_DIRTY, Outcome.FAILED_DIRTY),
    "CheckpointRefused": (Outcome.REFUSED, Outcome.REFUSED),
    "Refused": (Outcome.REFUSED, Outcome.REFUSED),
    "RegimeRefused": (Outcome.UNSUPPORTED, Outcome.UNSUPPORTED),
    "NotApplicable": (Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE),
    "RemoteTaskError": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "TransferFailed": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "SnapshotError": (Outcome.FAILED_CLEAN, Outcome.UNKNOWN),
    "TrustFailed": (Outcome.FAILED_CLEAN, Outcome.FAILED_CLEAN),
    "SyncFailed": (Outcome.FAILED_CLEAN, Outcome.FAILED_CLEAN),
    "ImportFailed": (Outcome.FAILED_CLEAN, Outcome.FAILED_CLEAN),
    "ConversionFailed": (Outcome.FAILED_CLEAN, Outcome.FAILED_CLEAN),
    "ReservationFailed": (Outcome.FAILED_CLEAN, Outcome.FAILED_CLEAN),
    "TransportRefused": (Outcome.REFUSED, Outcome.REFUSED),
    "ClockRefused": (Outcome.REFUSED, Outcome.REFUSED),
    "AccountRefused": (Outcome.REFUSED, Outcome.REFUSED),
    "PlanRefused": (Outcome.REFUSED, Outcome.REFUSED),
    "StateRefused": (Outcome.REFUSED, Outcome.REFUSED),
    "FileRefused": (Outcome.REFUSED, Outcome.REFUSED),
    "ManifestError": (Outcome.REFUSED, Outcome.REFUSED),
    "Stopped": (Outcome.NOT_RUN, Outcome.NOT_RUN),
    "NotTried": (Outcome.NOT_RUN, Outcome.UNKNOWN),
    "CredentialBreaker": (Outcome.NOT_RUN, Outcome.UNKNOWN),
    "TokenBreaker": (Outcome.NOT_RUN, Outcome.UNKNOWN),
    "JournalFailed": (Outcome.NOT_RUN, Outcome.UNKNOWN),
    "Locked": (Outcome.REFUSED, Outcome.REFUSED),
    "PlanFileError": (Outcome.REFUSED, Outcome.REFUSED),
    "LicensingError": (Outcome.FAILED_CLEAN, Outcome.FAILED_CLEAN),
    "RegistrationFailed": (Outcome.FAILED_CLEAN, Outcome.FAILED_CLEAN),
    "RenewalFailed": (Outcome.FAILED_CLEAN, Outcome.FAILED_CLEAN),
    "StillPending": (Outcome.PENDING, Outcome.PENDING),
    "WrongAccount": (Outcome.FAILED_DIRTY, Outcome.FAILED_DIRTY),
}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_each_error_means_its_outcome_before_and_after_a_write(kind: type[NxslError]) -> None:
    found = (outcome_of(kind("x"), wrote=False), outcome_of(kind("x"), wrote=True))
    assert found == BEFORE_AFTER[kind.__name__]
    # Only where there is nothing to do has the task done what it was asked for.
    assert all(each.good == (kind is errors.NotApplicable) for each in found)


def test_the_good_outcomes_are_these() -> None:
    assert {each for each in Outcome if each.good} == {
        Outcome.NOT_APPLICABLE,
        Outcome.READ,
        Outcome.ALREADY_OK,
        Outcome.PLANNED,
        Outcome.CHANGED_OK,
    }


@pytest.mark.parametrize(
    "kind", [TaskRecord, ConfigureRecord, RegisterRecord, RenewRecord, VerifyRecord]
)
def test_a_record_reads_as_sentences(kind: type[TaskRecord]) -> None:
    assert str(kind(outcome=Outcome.ALREADY_OK)) == "already ok"
    failed = kind(
        outcome=Outcome.FAILED_CLEAN, detail="it broke", remedy="do that", evidence="% Invalid"
    )
    assert str(failed) == "failed clean: it broke\n% Invalid\nnext: do that"
    good = kind(outcome=Outcome.READ, detail="fine", evidence="not of interest")
    assert str(good) == "read: fine"
    assert pickle.loads(pickle.dumps(failed)) == failed  # noqa: S301
