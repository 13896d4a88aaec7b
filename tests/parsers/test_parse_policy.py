"""`show license status` under Smart Licensing Using Policy: the contract."""

from __future__ import annotations

import time
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from nxsl.core.errors import ParseError
from nxsl.core.policy_records import (
    PolicyStatus,
    ReportingPolicy,
    TrustCode,
    UsageReporting,
)
from nxsl.core.records import LicenseStatus
from nxsl.nxos import _ttp
from nxsl.nxos import parse as module
from nxsl.nxos._text import MAX_LINES
from nxsl.nxos.parse import parse
from tests.parsers.policy_goldens import DEFAULT_POLICY, utc

DATA = Path(__file__).parents[1] / "data" / "outputs" / "_reference_same_agent"
STACK = (DATA / "show_license_status/iosxe_slp_cslu_trust_installed_stack.txt").read_text()
SINGLE = (
    DATA / "show_license_status/iosxe_slp_smart_trust_installed_custom_policy.txt"
).read_text()

# As short as it may be: the sections that decide.
LEAST = """Smart Licensing Using Policy:
  Status: ENABLED

Usage Reporting:
  Last ACK received: <none>
  Next ACK deadline: <none>
  Last report push: <none>

Trust Code Installed: <none>
"""


def policy(text: str) -> PolicyStatus:
    status = parse("show license status", text)
    assert isinstance(status, PolicyStatus)
    return status


def with_line(line: str, *, after: str) -> str:
    assert after in SINGLE
    return SINGLE.replace(after, f"{after}\n{line}", 1)


class TestForms:
    def test_the_least(self) -> None:
        assert policy(LEAST) == PolicyStatus(enabled=True)

    def test_the_two_forms_are_told_apart(self) -> None:
        classic = "Smart Licensing is DISABLED\n"
        assert parse("show license status", classic) == LicenseStatus(enabled=False)
        with pytest.raises(ParseError, match="no line of `show license status`"):
            parse("show license status", classic + LEAST)

    @pytest.mark.parametrize("change", [str.upper, str.lower, str.title])
    def test_keys_in_other_capitals(self, change: object) -> None:
        lines = []
        for line in SINGLE.splitlines():
            key, colon, value = line.partition(":")
            lines.append(change(key) + colon + value)  # type: ignore[operator]
        read, intact = policy("\n".join(lines)), policy(SINGLE)
        assert (read.reporting, read.trust) == (intact.reporting, intact.trust)
        assert (read.smart_account, read.transport_url) == (
            intact.smart_account,
            intact.transport_url,
        )
        assert read.policy.installed == intact.policy.installed

    def test_disabled(self) -> None:
        assert not policy(LEAST.replace("ENABLED", "DISABLED")).enabled
        for words in ("", "enabled", "ENABLED?", "ENABLE"):
            with pytest.raises(ParseError):
                parse("show license status", LEAST.replace("ENABLED", words))

    def test_passwords_and_tokens_are_not_kept(self) -> None:
        token = "Q2FuYXJ5VG9rZW5Gb3JUaGVQYXJzZXItbm90LWEtcmVhbC1vbmU%3D"
        text = SINGLE.replace(
            "    Not Configured",
            f"    Address: proxy.example.com\n    Port: 80\n    Username: jo\n"
            f"    Password: hunter2 hunter3\n    Failure reason: token '{token}' is gone",
            1,
        )
        status = policy(text)
        assert "hunter" not in repr(status)
        assert token not in repr(status)
        assert "Password: ********" in status.other
        with pytest.raises(ParseError) as caught:
            parse("show license status", text + "Trust Code Installed: <none>\n")
        shown = f"{caught.value}{caught.value.text!r}{caught.value.args}"
        assert "hunter" not in shown
        assert token not in shown


class TestValues:
    @pytest.mark.parametrize(
        ("printed", "name", "as_of"),
        [
            ("<none>", "", None),
            ("Eg-SA", "Eg-SA", None),
            ("Ann and Co, Ltd As of Dec 03 15:26:02 2021 UTC", "Ann and Co, Ltd", True),
            ("Just As of Old As of Dec 03 15:26:02 2021 UTC", "Just As of Old", True),
        ],
    )
    def test_accounts(self, printed: str, name: str, as_of: bool | None) -> None:
        status = policy(SINGLE.replace("Eg-SA As of Dec 03 15:26:02 2021 UTC", printed))
        assert status.smart_account == name
        assert status.account_as_of == (utc(2021, 12, 3, 15, 26, 2) if as_of else None)

    @pytest.mark.parametrize(
        ("lines", "transport", "url"),
        [
            ("Type: CSLU\n  Cslu address: https://cslu.example.com/", "CSLU", "cslu"),
            ("Type: cslu\n  Cslu address: <empty>", "cslu", ""),
            ("Type: Callhome", "Callhome", ""),
            ("Type: Transport Off", "Transport Off", ""),
        ],
    )
    def test_transports(self, lines: str, transport: str, url: str) -> None:
        old = "Type: Smart\n  URL: https://smartreceiver.cisco.com/licservice/license"
        assert old in SINGLE
        status = policy(SINGLE.replace(old, lines))
        assert status.transport == transport
        assert bool(status.transport_url) == bool(url)
        assert url in status.transport_url

    @pytest.mark.parametrize(
        "vrf",
        ["VRF: <empty>", "VRF: management", "VRF:\n    management", "VRF:\n    Not Configured"],
    )
    def test_the_vrf_begins_no_section(self, vrf: str) -> None:
        text = SINGLE.replace("VRF:\n    Not Configured", vrf)
        assert policy(text).policy == policy(SINGLE).policy

    @pytest.mark.parametrize(
        ("printed", "days"),
        [
            ("30  days", 30),
            ("30 days", 30),
            ("1 day", 1),
            ("0 (no reporting)", 0),
            ("30  days State(4) InPolicy(60)", 30),
            ("0 (no reporting) State(2) InPolicy(0)", 0),
            ("45", 45),
        ],
    )
    def test_intervals(self, printed: str, days: int) -> None:
        assert policy(SINGLE.replace("30  days", printed)).reporting.push_interval == days

    def test_an_older_agent(self) -> None:
        text = SINGLE.replace("Reporting frequency", "Ongoing reporting frequency").replace(
            "Report on change", "On change reporting"
        )
        assert policy(text) == policy(SINGLE)

    def test_origins_that_differ_are_all_told(self) -> None:
        text = SINGLE.replace("30 (Customer Policy)", "30 (CISCO default)", 1)
        origins = [each.origin for each in policy(text).policy.attributes]
        assert origins == ["CISCO default, Customer Policy", *["Customer Policy"] * 3]

    def test_a_policy_without_attributes(self) -> None:
        text = LEAST + "Policy:\n  Policy in use: Merged from multiple sources\n"
        assert policy(text).policy == ReportingPolicy(in_use="Merged from multiple sources")
        assert DEFAULT_POLICY.ack_required
        text += "  Reporting ACK required: no (Customer Policy)\n"
        assert policy(text).policy.ack_required is False

    def test_zones(self) -> None:
        text = SINGLE.replace(" UTC", " CET")
        with pytest.raises(ParseError, match="'CET'"):
            parse("show license status", text)
        status = parse("show license status", text, zones={"CET": timezone(timedelta(hours=1))})
        assert isinstance(status, PolicyStatus)
        assert status.trusted_at == utc(2021, 12, 3, 7, 23, 45)


class TestTrust:
    def test_units(self) -> None:
        text = STACK.replace(
            "Standby: PID:C9300-24U,SN:FHH2043P09E\n    INSTALLED on Oct 14 11:37:52 2021 UTC",
            "Standby: PID:C9300-24U,SN:FHH2043P09E\n    NOT INSTALLED",
        )
        assert [each.unit for each in policy(text).trust] == ["Active", "Member"]
        assert policy(STACK).trusted_at == utc(2021, 10, 14, 11, 37, 53)

    def test_no_unit_has_one(self) -> None:
        text = LEAST.replace(
            "Installed: <none>", "Installed:\n  Active: PID:A,SN:B\n    NOT INSTALLED"
        )
        assert policy(text).trust == ()
        assert policy(text).trusted_at is None

    def test_the_type_of_a_newer_agent_is_kept_apart(self) -> None:
        text = STACK.replace("  Standby:", "  Trust Code Type: CSSM\n  Standby:")
        assert policy(text).trust == policy(STACK).trust
        assert policy(text).other == (*policy(STACK).other, "Trust Code Type: CSSM")

    @pytest.mark.parametrize(
        "lines",
        [
            "Trust Code Installed:",
            "Trust Code Installed: yes",
            "Trust Code Installed: <non",
            "Trust Code Installed: Dec 03 08:23:45 2021",
            "Trust Code Installed: Dec 03 08:23:45 2021 UTC\nActive: PID:A,SN:B\nNOT INSTALLED",
            "Trust Code Installed: <none>\nINSTALLED on Dec 03 08:23:45 2021 UTC",
            "Trust Code Installed:\nINSTALLED on Dec 03 08:23:45 2021 UTC",
            "Trust Code Installed:\nActive: PID:A,SN:B",
            "Trust Code Installed:\nActive: PID:A,SN:B\nINSTALLED on Dec 03 08:23:45 2021",
            "Trust Code Installed:\nActive: PID:A,SN:B\nINSTALLED",
            "Trust Code Installed:\nActive: PID:A,SN:B\nNOT INSTALLED\n"
            "INSTALLED on Dec 03 08:23:45 2021 UTC",
            "Trust Code Installed: <none>\nTrust Code Installed: <none>",
            "Trust Code: <none>",
            "",
        ],
    )
    def test_refused(self, lines: str) -> None:
        with pytest.raises(ParseError):
            parse("show license status", LEAST.replace("Trust Code Installed: <none>", lines))


@pytest.mark.parametrize(
    "line",
    [
        "Smart Licensing Using Policy:",
        "  Status: ENABLED",
        "Usage Reporting:",
        "  Last ACK received: <none>",
        "  Next ACK deadline: <none>",
        "  Last report push: <none>",
        "Trust Code Installed: <none>",
    ],
)
def test_each_mandatory_line(line: str) -> None:
    assert line in LEAST
    key = line.partition(":")[0]
    for broken in ("", f"{key}: x\n", f"{line}\n{line}\n", f"Not {line.strip()}\n"):
        with pytest.raises(ParseError):
            parse("show license status", LEAST.replace(f"{line}\n", broken))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Dec 03 08:34:58 2021 UTC", "Dec 32 08:34:58 2021 UTC"),
        ("Dec 03 08:34:58 2021 UTC", "Dec 03 08:34:58"),
        ("As of Dec 03 15:26:02 2021 UTC", "As of late"),
        ("Installed On Dec 03 08:23:45 2021 UTC", "Installed On a Friday"),
        ("30  days", "30 weeks"),
        ("30  days", "often"),
        ("required: yes", "required: perhaps"),
        ("(days): 30", "(days): many"),
        ("(days): 30", "(days): -30"),
        ("Policy name: SLE Policy", "Policy name: SLE Policy\n  Policy name: SLE Policy"),
        ("Policy name: SLE Policy", "Type: Smart"),
        ("Custom Id: <empty>", "Policy:"),
        ("Policy in use:", "First report requirement (days): 30\n  Policy in use:"),
    ],
)
def test_values_that_cannot_be(old: str, new: str) -> None:
    assert old in SINGLE
    with pytest.raises(ParseError):
        parse("show license status", SINGLE.replace(old, new))


def test_lines_count_only_in_their_section() -> None:
    # Within a section that nxsl does not know, everything is only text.
    text = LEAST.replace(
        "Usage Reporting:",
        "Forecast:\n  Last ACK received: Dec 03 08:34:58 2021 UTC\n"
        "  INSTALLED on Dec 03 08:34:58 2021 UTC\nUsage Reporting:",
    )
    assert policy(text).reporting == UsageReporting()
    assert policy(text).trust == ()
    with pytest.raises(ParseError, match="does not belong"):
        parse("show license status", text.replace("Forecast:\n", ""))


@pytest.mark.parametrize("name", ["last_ack", "ack_deadline", "last_report", "installed", "trust"])
def test_two_readers_that_differ_refuse_the_text(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a fault of TTP or of a template would do it.
    def forged(template: str, lines: tuple[str, ...]) -> _ttp.Matches:
        return tuple(
            {**each, name: "Dec 03 08:23:46 2021 UTC"} if each.get(name) else each
            for each in _ttp.match_lines(template, lines)
        )

    text = STACK if name == "installed" else SINGLE
    monkeypatch.setattr(module, "match_lines", forged)
    with pytest.raises(ParseError, match="two readers differ"):
        parse("show license status", text)


def test_a_trust_code_names_its_unit() -> None:
    assert policy(STACK).trust[0] == TrustCode(
        installed=utc(2021, 10, 14, 11, 37, 52), unit="Active", udi="PID:C9300-24UX,SN:FCW2303D16Y"
    )


@pytest.mark.parametrize(
    "line",
    [
        "unenforced" + "x" * 4000,
        "Enforced: " * 400,
        "Smart Account: " + " As of " * 500,
        "Last ACK received: " + " " * 3000 + "x",
        "Active:" * 500,
        "Password: x",
    ],
)
def test_a_hostile_megabyte_takes_no_time_worth_naming(line: str) -> None:
    text = LEAST + (line + "\n") * (1_000_000 // (len(line) + 1))
    begun = time.monotonic()
    for each in (text, "\n".join(text.splitlines()[: MAX_LINES - 1])):
        with pytest.raises(ParseError):
            parse("show license status", each + "\nTrust Code Installed: <none>")
    assert time.monotonic() - begun < 5
