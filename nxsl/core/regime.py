"""Which licensing regime a platform and release belong to.

Platform first: the release alone is ambiguous (MDS 9.2(2) knows only Smart Licensing Using Policy,
Nexus 9000 9.2(x) only licence files; ACI prints `system: version 15.3(2b)`). The table `RULES` is
the only place that knows; a new platform or quirk is one more row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from nxsl.core.records import DeviceFacts


class Regime(StrEnum):
    """How a switch proves its licences."""

    TRADITIONAL = "traditional"
    """Licence files (PAK)."""
    SMART_LICENSING = "SL"
    """Classic Smart Licensing: call home, registration, authorization."""
    USING_POLICY = "SLP"
    """Smart Licensing Using Policy: trust code and usage reports."""
    UNSUPPORTED = "unsupported"
    """Not licensed by this command line at all, such as ACI mode."""
    UNKNOWN = "unknown"
    """nxsl has no sourced rule for this platform and release; nothing is attempted."""

    @property
    def words(self) -> str:
        """The regime's name in a sentence."""
        return _WORDS[self]


_WORDS = {
    Regime.TRADITIONAL: "traditional licensing (licence files)",
    Regime.SMART_LICENSING: "Smart Licensing (SL)",
    Regime.USING_POLICY: "Smart Licensing Using Policy (SLP)",
    Regime.UNSUPPORTED: "no licensing of its own",
    Regime.UNKNOWN: "an unknown licensing regime",
}


class Platform(StrEnum):
    """The families that licensing tells apart."""

    N9000 = "Nexus 9000/3000"
    N3064 = "Nexus 3016/3064"
    N3550T = "Nexus 3550-T"
    N7000 = "Nexus 7000"
    N5000 = "Nexus 5000/6000"
    N3000_U = "Nexus 3000 (6.0(2)U/A)"
    MDS = "MDS 9000"
    ACI = "Nexus 9000 in ACI mode"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """An NX-OS release, ordered: 9.3(3) < 9.3(7) < 9.3(7a) < 9.3(15) < 10.1(2)."""

    major: int
    minor: int
    maintenance: int
    letter: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the head of a release such as `9.3(7a)` or `7.0(3)I7(2)`.

        Raises:
            ValueError: the text does not begin with `major.minor(maintenance)`.
        """
        found = re.match(r"(\d{1,3})\.(\d{1,3})\((\d{1,4})([a-z]*)\)", text, re.ASCII)
        if not found:
            raise ValueError(f"{text!r} is not an NX-OS release")
        major, minor, maintenance, letter = found.groups()
        return cls(int(major), int(minor), int(maintenance), letter)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}({self.maintenance}{self.letter})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`platform` follows `regime` from release `since` on, until the next rule of that platform."""

    platform: Platform
    since: Release
    regime: Regime
    source: str


_FIRST = Release(0, 0, 0)
_DOC = "cisco.com document 217965"

RULES: tuple[Rule, ...] = (
    Rule(platform=Platform.N9000, since=_FIRST, regime=Regime.TRADITIONAL, source=_DOC),
    Rule(
        platform=Platform.N9000,
        since=Release(9, 3, 3),
        regime=Regime.SMART_LICENSING,
        source=_DOC,
    ),
    # "NX-OS versions after 10.1(2) support only Smart Licensing Using Policy"; the first of them
    # is 10.2(1)F by the NX-OS policy user guide.
    Rule(
        platform=Platform.N9000,
        since=Release(10, 2, 1),
        regime=Regime.USING_POLICY,
        source=_DOC,
    ),
    Rule(
        platform=Platform.N3064,
        since=_FIRST,
        regime=Regime.TRADITIONAL,
        source="cisco.com document 217965: excepted from Smart Licensing",
    ),
    Rule(
        platform=Platform.N3550T,
        since=Release(10, 2, 3),
        regime=Regime.USING_POLICY,
        source="policy guide for Nexus 3550-T 10.2(3t)",
    ),
    Rule(platform=Platform.N7000, since=_FIRST, regime=Regime.TRADITIONAL, source=_DOC),
    Rule(
        platform=Platform.N7000, since=Release(8, 0, 1), regime=Regime.SMART_LICENSING, source=_DOC
    ),
    Rule(
        platform=Platform.N5000,
        since=_FIRST,
        regime=Regime.TRADITIONAL,
        source="inferred: no NX-OS release for them has Smart Licensing",
    ),
    Rule(
        platform=Platform.N3000_U,
        since=_FIRST,
        regime=Regime.TRADITIONAL,
        source="inferred: 6.0(2)U and 6.0(2)A precede Smart Licensing",
    ),
    # Before 9.2(2) some MDS releases know Smart Licensing, from one that no source names.
    Rule(
        platform=Platform.MDS,
        since=Release(9, 2, 2),
        regime=Regime.USING_POLICY,
        source="MDS 9000 licensing guide 9.x: the only mechanism from 9.2(2) on",
    ),
    Rule(
        platform=Platform.ACI,
        since=_FIRST,
        regime=Regime.UNSUPPORTED,
        source="ACI switches are licensed by their controller",
    ),
)

# First match wins. Matched against the chassis line of `show version`.
_CHASSIS: tuple[tuple[str, Platform], ...] = (
    (r"\bMDS\b", Platform.MDS),
    (r"\bNexus ?7\d{3}\b|\bN7[7K]?\b|\bC7[07]\d\d\b", Platform.N7000),
    (r"\bNexus ?(?:5|6)\d{3}\b|\bN[56]K\b", Platform.N5000),
    (r"(?:\b|Nexus)(?:N3K-)?C?(?:3016|3064)\w*", Platform.N3064),
    (r"(?:\b|Nexus)C?3550-?T\b", Platform.N3550T),
    (r"\bNexus ?(?:9|3)\d{3}v?\b|\bN[39]K-C|\bNexus ?9000v\b", Platform.N9000),
)


def platform_of(facts: DeviceFacts) -> Platform:
    """Tell the family from the chassis and, for ACI and old Nexus 3000, from the image."""
    if "aci" in facts.boot_image.lower() or (
        facts.image_label == "system" and facts.chassis.startswith("N9K")
    ):
        return Platform.ACI
    platform = _family(facts.chassis)
    if platform is Platform.N9000 and facts.image_label == "system":
        return Platform.N3000_U
    return platform


@lru_cache(maxsize=256)  # a fleet has few kinds of chassis
def _family(chassis: str) -> Platform:
    return next(
        (found for pattern, found in _CHASSIS if re.search(pattern, chassis, re.ASCII)),
        Platform.UNKNOWN,
    )


def regime_of(facts: DeviceFacts) -> Regime:
    """Tell the regime; `UNKNOWN` where no rule with a source covers the switch."""
    platform = platform_of(facts)
    try:
        release = Release.parse(facts.release)
    except ValueError:
        return Regime.UNKNOWN
    matching = [rule for rule in RULES if rule.platform is platform and rule.since <= release]
    return max(matching, key=lambda rule: rule.since).regime if matching else Regime.UNKNOWN


def first_release_of(platform: Platform, regime: Regime) -> Release | None:
    """The first release of a platform with that regime; None where no rule gives it one."""
    found = (rule.since for rule in RULES if rule.platform is platform and rule.regime is regime)
    return min(found, default=None)


class Quirk(StrEnum):
    """What single releases do differently within their regime."""

    MANAGEMENT_VRF_ONLY = "management-vrf-only"
    """Transport `smart` only works through VRF management, whatever is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuirkRule:
    """`platform` has `quirk` from release `since` on, until before release `until`."""

    quirk: Quirk
    platform: Platform
    since: Release
    until: Release
    source: str


QUIRKS: tuple[QuirkRule, ...] = (
    QuirkRule(
        quirk=Quirk.MANAGEMENT_VRF_ONLY,
        platform=Platform.N9000,
        since=Release(10, 2, 1),
        until=Release(10, 3, 2),
        source="Cisco community guide 4892512: other VRFs work from 10.3(2)F on",
    ),
)


def quirks_of(facts: DeviceFacts) -> frozenset[Quirk]:
    """The quirks of a switch's platform and release."""
    platform = platform_of(facts)
    try:
        release = Release.parse(facts.release)
    except ValueError:
        return frozenset()
    return frozenset(
        rule.quirk
        for rule in QUIRKS
        if rule.platform is platform and rule.since <= release < rule.until
    )
