"""The borders of the regime table, from the release before to the release after."""

from __future__ import annotations

import pytest

from nxsl.core.records import DeviceFacts
from nxsl.core.regime import RULES, Platform, Regime, Release, platform_of, regime_of

PAK, SL, SLP = Regime.TRADITIONAL, Regime.SMART_LICENSING, Regime.USING_POLICY


def facts(
    chassis: str, release: str, label: str = "NXOS", image: str = "bootflash:///nxos.bin"
) -> DeviceFacts:
    return DeviceFacts(
        hostname="sw1",
        chassis=chassis,
        model=chassis.rsplit(maxsplit=1)[-1],
        serial="SAL00000000",
        version=release,
        release=release,
        image_label=label,
        boot_image=image,
    )


@pytest.mark.parametrize(
    ("release", "regime"),
    [
        ("6.1(2)I3(4)", PAK),
        ("7.0(3)I7(10)", PAK),
        ("7.0(3)F3(5)", PAK),
        ("9.2(1)", PAK),
        ("9.2(4)", PAK),
        ("9.3(1)", PAK),
        ("9.3(2)", PAK),
        ("9.3(3)", SL),
        ("9.3(7a)", SL),
        ("9.3(15)", SL),
        ("10.1(1)", SL),
        ("10.1(2)", SL),
        ("10.1(2t)", SL),
        ("10.2(1)", SLP),
        ("10.2(1)F", SLP),
        ("10.3(99)", SLP),
        ("10.6(1)", SLP),
    ],
)
@pytest.mark.parametrize(
    "chassis", ["Nexus9000 C93180YC-EX", "Nexus9000 C9300v", "Nexus3000 C3232C", "Nexus9000 C9508"]
)
def test_nexus_9000_and_3000(chassis: str, release: str, regime: Regime) -> None:
    assert platform_of(facts(chassis, release)) is Platform.N9000
    assert regime_of(facts(chassis, release)) is regime


@pytest.mark.parametrize("release", ["6.0(2)U6(10)", "9.3(2)", "9.3(3)", "9.3(15)", "10.2(1)"])
@pytest.mark.parametrize(
    "chassis", ["Nexus3000 C3064PQ", "Nexus 3064", "Nexus3064", "Nexus3000 C3016Q", "Nexus 3016"]
)
def test_nexus_3016_and_3064_never_have_smart_licensing(chassis: str, release: str) -> None:
    assert platform_of(facts(chassis, release)) is Platform.N3064
    assert regime_of(facts(chassis, release)) is PAK


@pytest.mark.parametrize("chassis", ["Nexus 3550-T", "Nexus3550-T", "Nexus3550 C3550T"])
@pytest.mark.parametrize(
    ("release", "regime"), [("10.2(2)", Regime.UNKNOWN), ("10.2(3)", SLP), ("10.2(3t)", SLP)]
)
def test_nexus_3550(chassis: str, release: str, regime: Regime) -> None:
    assert platform_of(facts(chassis, release)) is Platform.N3550T
    assert regime_of(facts(chassis, release)) is regime


@pytest.mark.parametrize(
    ("release", "regime"), [("6.2(6)", PAK), ("7.3(7)D1(1)", PAK), ("8.0(1)", SL), ("8.4(4a)", SL)]
)
@pytest.mark.parametrize("chassis", ["Nexus7000 C7009", "Nexus7700 C7706", "Nexus 7010"])
def test_nexus_7000(chassis: str, release: str, regime: Regime) -> None:
    assert platform_of(facts(chassis, release, "system")) is Platform.N7000
    assert regime_of(facts(chassis, release, "system")) is regime


@pytest.mark.parametrize(
    ("chassis", "release", "platform"),
    [
        ("Nexus 5596", "7.3(14)N1(1)", Platform.N5000),
        ("Nexus 6001", "7.3(14)N1(1)", Platform.N5000),
        ("Nexus5548", "5.2(1)N1(9b)", Platform.N5000),
        ("Nexus 3048", "6.0(2)U6(10)", Platform.N3000_U),
        ("Nexus 3548", "6.0(2)A8(11)", Platform.N3000_U),
    ],
)
def test_old_platforms_only_know_licence_files(
    chassis: str, release: str, platform: Platform
) -> None:
    assert platform_of(facts(chassis, release, "system")) is platform
    assert regime_of(facts(chassis, release, "system")) is PAK


@pytest.mark.parametrize(
    ("release", "regime"),
    [
        ("8.4(2b)", Regime.UNKNOWN),
        ("9.2(1)", Regime.UNKNOWN),
        ("9.2(1a)", Regime.UNKNOWN),
        ("9.2(2)", SLP),
        ("9.4(1)", SLP),
    ],
)
def test_mds(release: str, regime: Regime) -> None:
    assert platform_of(facts("MDS 9148S 16G 48 FC", release, "system")) is Platform.MDS
    assert regime_of(facts("MDS 9148S 16G 48 FC", release, "system")) is regime


@pytest.mark.parametrize(
    "switch",
    [
        facts("N9K-C93180YC-EX", "15.3(2b)", "system", "/bootflash/auto-s"),
        facts("N9K-C9508", "16.0(3d)", "system", "/bootflash/aci-n9000-dk9.16.0.3d.bin"),
        facts("Nexus9000 C93180YC-EX", "14.2(1)", "NXOS", "bootflash:/aci-n9000-dk9.14.2.bin"),
    ],
)
def test_aci_is_not_licensed_by_this_command_line(switch: DeviceFacts) -> None:
    assert platform_of(switch) is Platform.ACI
    assert regime_of(switch) is Regime.UNSUPPORTED


def test_an_unknown_chassis_or_release_has_no_regime() -> None:
    assert regime_of(facts("Catalyst 9300", "9.3(3)")) is Regime.UNKNOWN
    assert regime_of(facts("Nexus9000 C9300v", "nightly")) is Regime.UNKNOWN


def test_releases_are_ordered_by_number_and_then_letter() -> None:
    texts = ["7.0(3)I7(2)", "9.2(4)", "9.3(2)", "9.3(3)", "9.3(7)", "9.3(7a)", "9.3(15)", "10.1(2)"]
    releases = [Release.parse(each) for each in texts]
    assert releases == sorted(releases)
    assert len(set(releases)) == len(texts)
    assert str(Release.parse("9.3(7a)")) == "9.3(7a)"


def test_every_rule_names_its_source() -> None:
    assert all(rule.source for rule in RULES)
