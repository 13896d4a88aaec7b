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
# Letters behind the maintenance number belong to one family: 7.3(2)D1(1) is a Nexus 7000's.
_TRAINS: tuple[tuple[str, str], ...] = (
    (r"\)N\d", "n5k_7.1.4.N1.1"),
    (r"\)D\d", "n7k_8.1.1"),
    (r"\)[UA]\d", "n3k_6.0.2.U6.10_kickstart"),
)
# The family that the chassis words of `show version` name; whatever is not in here is unknown.
_FAMILIES: tuple[tuple[str, str], ...] = (
    (r"3016|3064", "n3064"),
    (r"3550-?T", "n3550t"),
    (r"Nexus ?7\d{3}", "n7k"),
    (r"Nexus ?6\d{3}", "n6k"),
    (r"Nexus ?5\d", "n5k"),
    (r"Nexus ?3", "n3k"),
    (r"Nexus ?9", "n9k"),
    (r"^MDS ", "mds"),
)
# Families whose `show version` has a form of its own, whatever the release.
_FAMILY_SAMPLES: dict[str, str] = {
    "n5k": "n5k_7.1.4.N1.1",
    "n6k": "n5k_7.1.4.N1.1",
    "n7k": "n7k_8.1.1",
    "mds": "mds_8.4.2b",
}
UNKNOWN = "unknown"
_BIOS: dict[str, str] = {"9.3(4)": "07.67", "9.3(5)": "07.68"}


class Regime(Enum):
    """How a release licenses."""

    TRADITIONAL = "traditional"
    SMART = "smart"
    POLICY = "policy"
    NONE = "none"


# From which release on a family licenses how; before the first step, and without one, not by
# this command line.
_FIXED = (((9, 3, 3), Regime.SMART), ((10, 2), Regime.POLICY))
_REGIMES: dict[str, tuple[tuple[tuple[int, ...], Regime], ...]] = {
    "n9k": (((0,), Regime.TRADITIONAL), *_FIXED),
    "n3k": (((0,), Regime.TRADITIONAL), *_FIXED),
    "n3064": (((0,), Regime.TRADITIONAL),),
    "n3550t": (((10, 2, 3), Regime.POLICY),),
    "n5k": (((0,), Regime.TRADITIONAL),),
    "n6k": (((0,), Regime.TRADITIONAL),),
    "n7k": (((0,), Regime.TRADITIONAL), ((8, 0, 1), Regime.SMART)),
    "mds": (((0,), Regime.SMART), ((9, 2, 2), Regime.POLICY)),
}


def sample_for(release: str, chassis: str = "") -> str:
    """Choose the saved `show version` that a release is rendered from.

    Args:
        release: The release.
        chassis: The chassis words, if the release alone does not tell the family.

    Raises:
        ValueError: If no saved text comes near.
    """
    family = family_of(chassis) if chassis else ""
    if family in _FAMILY_SAMPLES:
        return _FAMILY_SAMPLES[family]
    if release in _EXACT:
        return _EXACT[release]
    for pattern, sample in _TRAINS:
        if re.search(pattern, release):
            return sample
    for prefix, sample in _STAND_INS:
        if release.startswith(prefix):
            return sample
    raise ValueError(f"no show version sample for release {release}")


@cache
def sample_text(name: str) -> str:
    """Read a saved `show version`."""
    path = files("nxsl.lab").joinpath("data", "show_version", f"{name}.txt")
    return path.read_text(encoding="utf-8")


def family_of(chassis: str) -> str:
    """Tell the platform that chassis words name, or that they name none."""
    return next((name for words, name in _FAMILIES if re.search(words, chassis)), UNKNOWN)


def platform_of(sample: str, chassis: str = "") -> str:
    """Tell the platform: n9k, n3k, n3064, n3550t, n5k, n6k, n7k, mds, aci or unknown.

    Args:
        sample: The saved text that is printed.
        chassis: The chassis words, if they are not the ones of the sample.
    """
    if chassis:
        return family_of(chassis)
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
    if platform in {"n9k", "n3k"} and ("U" in release or "I" in release):
        return Regime.TRADITIONAL
    numbers = tuple(int(n) for n in re.findall(r"\d+", release)[:3])
    steps = _REGIMES.get(platform, ())
    return next((regime for since, regime in reversed(steps) if numbers >= since), Regime.NONE)


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


def render_version(sample: str, release: str, hostname: str, serial: str, chassis: str = "") -> str:
    """Make the `show version` text of one switch.

    Args:
        sample: The saved text to start from.
        release: The release to print; a sample that fits it keeps its own words.
        hostname: The device name.
        serial: The processor board ID.
        chassis: The words of the chassis line, if they are not to be the ones of the sample; with
            `Chassis` in them they are the whole rest of the line.
    """
    text = sample_text(sample)
    own = release_of(sample)
    if release != own:
        text = _with_release(text, own, release)
    if chassis:
        words = chassis if "chassis" in chassis.lower() else f"{chassis} Chassis"
        text = re.sub(r"(?m)^(\s*cisco ).*$", lambda m: f"{m[1]}{words}", text)
    if family_of(chassis) == "n6k":
        text = text.replace("///n5000-uk9", "///n6000-uk9")
    text = re.sub(r"(?m)^(\s*Device name:).*$", lambda m: f"{m[1]} {hostname}", text)
    return re.sub(r"(?m)^(\s*Processor Board ID).*$", lambda m: f"{m[1]} {serial}", text)


def _with_release(text: str, own: str, release: str) -> str:
    """Write another release into a sample, in the lines of its versions and its image files."""
    # Only an engineering image prints a build of its own ("8.1(1) [build 8.1(0.129)] [gdb]").
    built = re.search(r"version \S+( \[build ([^\]]+)\] \[gdb\])", text)
    if built:
        image = re.escape(_in_file_names(built[2]))
        text = re.sub(rf"{image}\.gbin", f"{_in_file_names(release)}.bin", text)
        text = text.replace(built[1], "")
    text = text.replace(own, release).replace(_in_file_names(own), _in_file_names(release))
    text = re.sub(r"(?m)^  cisco Nexus3000 .*$", _CHASSIS, text)
    if release in _BIOS:
        text = re.sub(r"BIOS: version \S+", f"BIOS: version {_BIOS[release]}", text)
    return text


def _in_file_names(release: str) -> str:
    """Write a release as the names of image files do: 9.3(4) is 9.3.4 there."""
    return release.replace("(", ".").replace(")", ".").rstrip(".")


def product_of(text: str) -> str:
    """Make the product ID of a chassis, as `show license udi` prints it."""
    found = re.search(r"(?m)^\s*cisco (.*?)(?: \(|  *[Cc]hassis|$)", text)
    words = found[1].strip() if found else ""
    nexus = re.match(r"Nexus ?(?P<series>\d)\d*(?: (?P<model>\S+))?", words)
    if nexus is None:
        mds = re.match(r"MDS (\S+)", words)
        return f"DS-C{mds[1]}" if mds else words.replace(" ", "-") or "N9K"
    series = f"N{nexus['series']}K-"
    model = nexus["model"] or re.sub(r"Nexus ?", "C", words)
    return series + (model if model.startswith("C") else f"C{model}")
