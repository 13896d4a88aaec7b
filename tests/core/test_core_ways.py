"""The one dispatch: what nxsl does with a switch of each regime, and what it says otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nxsl.core import errors
from nxsl.core.regime import QUIRKS, Quirk, Regime, quirks_of
from nxsl.core.ways import WAYS, Verb, require_verb, way_of
from tests.core.builders import FACTS

BY_REGIME = {
    Regime.TRADITIONAL: replace(FACTS, release="9.3(2)"),
    Regime.SMART_LICENSING: FACTS,
    Regime.USING_POLICY: replace(FACTS, release="10.2(1)"),
    Regime.UNSUPPORTED: replace(
        FACTS, boot_image="/bootflash/aci-n9000-dk9.15.3.2b.bin", release="15.3(2b)"
    ),
    Regime.UNKNOWN: replace(FACTS, chassis="Nexus1000V"),
}


def test_every_regime_has_a_way() -> None:
    assert set(WAYS) == set(Regime) == set(BY_REGIME)
    assert all(way.regime is regime for regime, way in WAYS.items())
    assert {regime: way_of(facts).regime for regime, facts in BY_REGIME.items()} == {
        regime: regime for regime in Regime
    }


JOBS = {
    Regime.SMART_LICENSING: {"configure", "register", "renew", "deregister", "convert", "reserve"},
    Regime.USING_POLICY: {"configure", "register", "renew", "save-usage", "import"},
}


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("verb", Verb)
def test_a_job_is_done_or_named_as_not_to_be_done(regime: Regime, verb: Verb) -> None:
    facts = BY_REGIME[regime]
    if verb in JOBS.get(regime, ()):
        assert require_verb(facts, verb) is regime
        return
    nowhere = regime in {Regime.UNSUPPORTED, Regime.UNKNOWN}
    kind = errors.RegimeRefused if nowhere else errors.NotApplicable
    with pytest.raises(kind) as caught:
        require_verb(facts, verb)
    assert facts.chassis in caught.value.message
    assert facts.release in caught.value.message
    assert regime.words in caught.value.message
    assert caught.value.remedy
    assert "{" not in str(caught.value)


@pytest.mark.parametrize(
    ("release", "only_management"),
    [
        ("10.1(2)", False),
        ("10.2(1)", True),
        ("10.2(4)", True),
        ("10.3(1)", True),
        ("10.3(2)", False),
        ("10.4(5)", False),
        ("not a release", False),
    ],
)
def test_until_10_3_2_smart_transport_knows_one_vrf(release: str, *, only_management: bool) -> None:
    found = quirks_of(replace(FACTS, release=release))
    assert found == ({Quirk.MANAGEMENT_VRF_ONLY} if only_management else frozenset())


def test_every_quirk_has_a_source_and_a_window() -> None:
    assert {rule.quirk for rule in QUIRKS} == set(Quirk)
    assert all(rule.source and rule.since < rule.until for rule in QUIRKS)
