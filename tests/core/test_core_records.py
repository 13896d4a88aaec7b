"""Records: frozen, closed, made by name alone."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core import (
    findings,
    gate,
    gate_after,
    outcome,
    reasons,
    records,
    regime,
    snapshot,
    state,
    transport,
)
from nxsl.core.records import PakLicense, Ping, PingVerdict, VrfContexts
from tests.core.builders import state as healthy

if TYPE_CHECKING:
    from types import ModuleType


def classes(*modules: ModuleType) -> list[type[Any]]:
    return [
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value)
        and dataclasses.is_dataclass(value)
        and value.__module__ == module.__name__
    ]


RECORDS = classes(records, outcome, transport, state, findings, reasons, gate, gate_after, snapshot)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_record_is_frozen_has_slots_and_is_made_by_name(kind: type[Any]) -> None:
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)
    assert all(field.kw_only for field in dataclasses.fields(kind))
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{kind.__name__}("), "the docstring is dataclass's own"


def test_the_rules_of_the_regimes_are_frozen_too() -> None:
    assert all(kind.__dataclass_params__.frozen for kind in classes(regime))


def test_a_state_travels_whole() -> None:
    found = healthy()
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301
    assert copy.deepcopy(found) == found
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.not_read = ("x",)  # type: ignore[misc]


def test_a_ping_is_answered_by_one_answer() -> None:
    lost = Ping(target="x", address="192.0.2.1", sent=5, received=0)
    assert lost.verdict is PingVerdict.UNREACHABLE
    assert dataclasses.replace(lost, received=1).verdict is PingVerdict.REACHABLE


def test_a_vrf_that_is_not_there_has_no_name_servers() -> None:
    vrfs = VrfContexts(vrfs=(records.Vrf(name="management", name_servers=("192.0.2.53",)),))
    assert vrfs.name_servers("management") == ("192.0.2.53",)
    assert vrfs.name_servers("default") == ()


@pytest.mark.parametrize(("words", "used"), [("In use", True), ("IN USE", True), ("Unused", False)])
def test_a_licence_file_is_in_use_by_the_switchs_word(words: str, used: bool) -> None:
    assert PakLicense(feature="A", installed=True, count=1, status=words).in_use == used
