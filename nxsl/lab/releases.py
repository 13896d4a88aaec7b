"""Releases and chassis: which licensing a switch speaks, and its `show version` text.

The regime is decided here once more, on purpose apart from nxsl's own table.
"""

from __future__ import annotations

import re
import zlib
from enum import Enum
from functools import cache
from importlib.resources import files

# Files that can stand for a neighbouring release, by the first digits of the release asked for.
_STAND_INS: tuple[tuple[str, str], ...] = (
    ("7.0(3)", "n9k_7.0.3.I7.2"),
    ("9.2", "n9k_7.0.3.I7.2"),
    ("9.3(1)", "n9k_7.0.3.I7.2"),
    ("9.3(2)", "n9k_7.0.3.I7.2"),
    ("9.3", "n3k_9.3.15"),
    ("10.1", "n9kv_10.1.1_last_sl_train"),
    ("10.2", "n9k_10.2.3"),
    ("10.3", "n9k_10.3.6"),
    ("10.", "n9k_10.4.5"),
    ("6.0(2)", "n3k_6.0.2.U6.10_kickstart"),
    ("7.1(4)", "n5k_7.1.4.N1.1"),
    ("8.4", "mds_8.4.2b"),
    ("8.", "n7k_8.1.1"),
    ("15.", "n9k_aci_15.3.2b"),
)
# Saved files that fit a release exactly; the others are rewritten from a stand-in.
_EXACT: dict[str, str] = {
    "9.3(3)": "n9kv_9.3.3_first_smart_licensing_release",
    "9.3(6)": "n9k_9.3.6",
    "9.3(15)": "n3k_9.3.15",
}
_CHASSIS = "  cisco Nexus9000 C93180YC-EX chassis"
_BIOS: dict[str, str] = {"9.3(4)": "07.67", "9.3(5)": "07.68"}


class Regime(Enum):
    """How a release licenses."""

    TRADITIONAL = "traditional"
    SMART = "smart"
    POLICY = "policy"
    NONE = "none"


def sample_for(release: str) -> str:
    """Choose the saved `show version` that a release is rendered from.

    Raises:
        ValueError: If no saved text comes near.
    """
    if release in _EXACT:
        return _EXACT[release]
    for prefix, sample in _STAND_INS:
        if release.startswith(prefix):
            return sample
    raise ValueError(f"no show version sample for release {release}")


@cache
def sample_text(name: str) -> str:
    """Read a saved `show version`."""
    path = files("nxsl.lab").joinpath("data", "show_version", f"{name}.txt")
    return path.read_text(encoding="utf-8")


def platform_of(sample: str) -> str:
    """Tell the platform of a sample: n9k, n3k, n5k, n7k, mds or aci."""
    return "aci" if "_aci_" in sample else sample.split("_", 1)[0].removesuffix("v")


def release_of(sample: str) -> str:
    """Read the release that a sample prints."""
    text = sample_text(sample)
    # Only a box upgraded in service prints a version that is none ("9.3(6uu)I9(1uu)").
    build = re.search(r"version \S+uu\S* \[build ([^\]]+)\]", text)
    found = build or re.search(r"(?:NXOS|system):\s+version (\S+)", text)
    return found[1] if found else ""


def regime_of(platform: str, release: str) -> Regime:
    """Decide how a switch licenses, by the table of Cisco document 217965."""
    numbers = tuple(int(n) for n in re.findall(r"\d+", release)[:3])
    if platform == "aci":
        return Regime.NONE
    if platform in {"n5k", "n6k"} or "U" in release or "I" in release:
        return Regime.TRADITIONAL
    if platform == "n7k":
        return Regime.SMART if numbers >= (8, 0, 1) else Regime.TRADITIONAL
    if platform == "mds":
        return Regime.SMART if numbers < (9, 2, 2) else Regime.POLICY
    if numbers < (9, 3, 3):
        return Regime.TRADITIONAL
    return Regime.SMART if numbers < (10, 2) else Regime.POLICY


def serial_for(name: str) -> str:
    """Make a serial number in Cisco's form from a switch's name, always the same one."""
    number = zlib.crc32(name.encode())
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
    tail = "".join(letters[(number >> shift) % len(letters)] for shift in (0, 6, 12, 18))
    return f"FDO24{number % 53:02d}{tail}"


def bios_of(release: str, text: str) -> str:
    """Give the BIOS version printed in the header of the running configuration."""
    found = re.search(r"BIOS:\s+version (\d\S*)", text)
    return _BIOS.get(release) or (found[1] if found else "")


def render_version(sample: str, release: str, hostname: str, serial: str) -> str:
    """Make the `show version` text of one switch.

    Args:
        sample: The saved text to start from.
        release: The release to print; a sample that fits it keeps its own words.
        hostname: The device name.
        serial: The processor board ID.
    """
    text = sample_text(sample)
    own = release_of(sample)
    if release != own:
        text = text.replace(own, release).replace(_in_file_names(own), _in_file_names(release))
        text = re.sub(r"(?m)^  cisco Nexus3000 .*$", _CHASSIS, text)
        if release in _BIOS:
            text = re.sub(r"BIOS: version \S+", f"BIOS: version {_BIOS[release]}", text)
    text = re.sub(r"(?m)^(\s*Device name:).*$", lambda m: f"{m[1]} {hostname}", text)
    return re.sub(r"(?m)^(\s*Processor Board ID).*$", lambda m: f"{m[1]} {serial}", text)


def _in_file_names(release: str) -> str:
    """Write a release as the names of image files do: 9.3(4) is 9.3.4 there."""
    return release.replace("(", ".").replace(")", ".").rstrip(".")


def product_of(text: str) -> str:
    """Read the product ID that `show license udi` prints."""
    found = re.search(r"(?m)^\s*cisco (?:Nexus\d* )?(.*?)(?: Chassis| chassis| \(|$)", text)
    name = found[1].strip() if found else "N9K"
    return name if name.startswith("N") else f"N9K-{name}"
