"""What `parse` promises beside the records: refusals, states, zones, templates, threads."""

from __future__ import annotations

import logging
import os
import pickle
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nxsl.core.errors import ParseError
from nxsl.core.records import (
    AttemptResult,
    AuthorizationState,
    CallHome,
    Features,
    HttpClient,
    LicenseFile,
    LicenseState,
    LicenseStatus,
    LicenseUsage,
    PakUsage,
    RegistrationState,
    SmartLicensing,
    Vrf,
    VrfContexts,
)
from nxsl.nxos import _ttp
from nxsl.nxos import parse as module
from nxsl.nxos._text import MAX_CHARACTERS, MAX_LINE, MAX_LINES
from nxsl.nxos.parse import COMMANDS, parse

DATA = Path(__file__).parents[1] / "data" / "outputs"
TEMPLATES = sorted((Path(module.__file__).parent / "templates").glob("*.ttp"))
SILENT = {"show crypto ca certificates", "checkpoint", "show checkpoint summary"}
MAY_BE_EMPTY = tuple(each for each in COMMANDS if "|" in each or each in SILENT)


def sample(file: str) -> str:
    return (DATA / file).read_text(encoding="utf-8")


def smart_status(text: str, **more: Any) -> LicenseStatus:
    status = parse("show license status", text, **more)
    assert isinstance(status, LicenseStatus)
    return status


REGISTERED = sample("show_license_status/n9k_9.3.4_registered_authorized.txt")
POLICY_USAGE = sample("show_license_usage/n9k_10.x_slp_in_use.txt")
PAK_USAGE = sample("show_license_usage/n9k_9.3.8_traditional_pak.txt")

# The agent's words while not registered are recalled for NX-OS (the layout is that of ASA).
EVALUATION = """Smart Licensing is ENABLED

Registration:
  Status: UNREGISTERED
  Export-Controlled Functionality: Not Allowed

License Authorization:\x20
  Status: EVAL MODE
  Evaluation Period Remaining: 89 days, 23 hours, 57 minutes, 10 seconds

Smart License Conversion:
  Automatic Conversion Enabled: False
  Status: Not started
"""


class TestCommands:
    @pytest.mark.parametrize("spelling", ["SHOW  License\tStatus", " show license status "])
    def test_blanks_and_case_do_not_matter(self, spelling: str) -> None:
        assert isinstance(parse(spelling, REGISTERED), LicenseStatus)

    def test_blanks_around_a_filter_do_not_matter(self) -> None:
        assert parse("show feature|include license", "") == Features(
            enabled=frozenset(), known=frozenset()
        )

    @pytest.mark.parametrize(
        ("command", "name"),
        [
            ("ping tools.cisco.com vrf management", "ping"),
            ("telnet tools.cisco.com 443 vrf management", "telnet"),
            ("license smart register idtoken SECRET force", "license smart register"),
        ],
    )
    def test_operands_are_dropped_and_never_shown(self, command: str, name: str) -> None:
        with pytest.raises(ParseError) as caught:
            parse(command, "nonsense")
        assert caught.value.command == name
        assert "SECRET" not in repr(caught.value) + str(caught.value)

    def test_an_unknown_command_names_the_known_ones_and_not_itself(self) -> None:
        with pytest.raises(ParseError, match="show license status") as caught:
            parse("license smart trust idtoken SECRET", "text")
        assert "SECRET" not in str(caught.value)
        assert isinstance(caught.value, ValueError)

    def test_the_error_can_be_pickled_and_holds_the_text(self) -> None:
        with pytest.raises(ParseError) as caught:
            parse("show clock", "half past ten")
        again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
        assert (again.command, again.text) == ("show clock", "half past ten")


class TestRefusedTexts:
    @pytest.mark.parametrize("command", [each for each in COMMANDS if each not in MAY_BE_EMPTY])
    @pytest.mark.parametrize("text", ["", "\n", " \r\n\t\n"])
    def test_nothing(self, command: str, text: str) -> None:
        with pytest.raises(ParseError, match="empty"):
            parse(command, text)

    def test_nothing_is_an_answer_to_a_filter(self) -> None:
        for show in ("running", "startup"):
            assert parse(f'show {show}-config | section "vrf context"', "\n") == VrfContexts()
            text = parse(f'show {show}-config | include "ip http source-interface"', "")
            assert text == HttpClient()

    @pytest.mark.parametrize("command", COMMANDS)
    @pytest.mark.parametrize(
        "text",
        [
            "                ^\n% Invalid command at '^' marker.\n",
            "% Incomplete command at '^' marker.",
            "% Ambiguous command at '^' marker.",
            "% Permission denied for the role",
            "Permission denied",
            "Syntax error while parsing 'show license status'",
            "%Error: whatever",
        ],
    )
    def test_errors_of_the_command_line(self, command: str, text: str) -> None:
        with pytest.raises(ParseError, match="refused the command") as caught:
            parse(command, text)
        assert caught.value.text == text

    def test_an_error_behind_a_good_text(self) -> None:
        with pytest.raises(ParseError, match="refused the command"):
            smart_status(REGISTERED + "% Invalid command at '^' marker.\n")

    @pytest.mark.parametrize("command", COMMANDS)
    def test_the_path_of_a_file_reads_no_file(
        self, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "show").write_text(REGISTERED + PAK_USAGE, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TTP_TEMPLATES_DIR", str(tmp_path))
        opened: list[object] = []
        # An audit hook cannot be taken away again, so it is switched off by its list.
        sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)
        for text in (".", "show", str(tmp_path), str(tmp_path / "show"), "/etc/passwd", "ttp://a"):
            with pytest.raises(ParseError):
                parse(command, text)
        seen = [each for each in opened if str(tmp_path) in str(each) or "passwd" in str(each)]
        assert not seen

    @pytest.mark.parametrize(
        "character", ["\x00", "\x07", "\x08", "\x1b", "\x85", "\x9b", "\ud800"]
    )
    def test_control_characters(self, character: str) -> None:
        with pytest.raises(ParseError, match="control characters"):
            smart_status(REGISTERED.replace("REG", f"R{character}EG"))

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("x" * (MAX_CHARACTERS + 1), "longer than"),
            ("x\n" * (MAX_LINES + 1), "more than"),
            (REGISTERED + "x" * (MAX_LINE + 1), "a line is longer"),
        ],
    )
    def test_texts_beyond_all_measure(self, text: str, why: str) -> None:
        with pytest.raises(ParseError, match=why):
            smart_status(text)


class TestStates:
    def test_evaluation(self) -> None:
        status = smart_status(EVALUATION)
        assert status.registration
        assert status.registration.state is RegistrationState.UNREGISTERED
        assert status.authorization
        assert status.authorization.state is AuthorizationState.EVALUATION
        assert status.authorization.evaluation_remaining == timedelta(
            days=89, hours=23, minutes=57, seconds=10
        )

    def test_disabled(self) -> None:
        status = smart_status("Smart Licensing is DISABLED\n")
        assert status == LicenseStatus(enabled=False)
        with pytest.raises(ParseError, match="yet has sections"):
            smart_status(REGISTERED.replace("ENABLED", "DISABLED"))

    @pytest.mark.parametrize(
        ("words", "state", "detail"),
        [
            ("UNREGISTERED - REGISTRATION FAILED", RegistrationState.UNREGISTERED, None),
            ("REGISTERING - REGISTRATION IN PROGRESS", RegistrationState.REGISTERING, None),
            ("REGISTERING", RegistrationState.REGISTERING, ""),
            ("UNREGISTERED - WORDS OF 2030", RegistrationState.UNREGISTERED, None),
            ("IN PROGRESS", RegistrationState.UNKNOWN, ""),
            ("registered", RegistrationState.UNKNOWN, ""),
            ("REGISTERED_SLR", RegistrationState.UNKNOWN, ""),
            ("REGISTERED?", RegistrationState.UNKNOWN, ""),
            ("REGISTERED AGAIN", RegistrationState.UNKNOWN, ""),
            ("\u202eREGISTERED", RegistrationState.UNKNOWN, ""),
            ("REGIS\u200bTERED", RegistrationState.UNKNOWN, ""),
            ("\uff32EGISTERED", RegistrationState.UNKNOWN, ""),
        ],
    )
    def test_words_of_the_registration(
        self, words: str, state: RegistrationState, detail: str | None
    ) -> None:
        text = EVALUATION.replace("Status: UNREGISTERED", f"Status: {words}")
        status = smart_status(text)
        assert status.registration
        assert status.registration.state is state
        assert status.registration.status == words
        assert status.registration.detail == (
            words.partition(" - ")[2] if detail is None else detail
        )

    @pytest.mark.parametrize(
        ("words", "state"),
        [
            ("NO LICENSES IN USE", AuthorizationState.NO_LICENSES_IN_USE),
            ("No licenses in use", AuthorizationState.NO_LICENSES_IN_USE),
            ("EVAL EXPIRED", AuthorizationState.EVALUATION_EXPIRED),
            ("AUTH EXPIRED", AuthorizationState.AUTHORIZATION_EXPIRED),
            ("NOT AUTHORIZED", AuthorizationState.NOT_AUTHORIZED),
            ("AUTHORIZED - RESERVED", AuthorizationState.AUTHORIZED_RESERVED),
            ("Not Applicable", AuthorizationState.NOT_APPLICABLE),
            ("IN COMPLIANCE", AuthorizationState.UNKNOWN),
            ("authorized", AuthorizationState.UNKNOWN),
            ("UNAUTHORIZED", AuthorizationState.UNKNOWN),
            ("AUTHORIZED\u200b", AuthorizationState.UNKNOWN),
            ("AUTHORIZED*", AuthorizationState.UNKNOWN),
        ],
    )
    def test_words_of_the_authorization(self, words: str, state: AuthorizationState) -> None:
        status = smart_status(EVALUATION.replace("EVAL MODE", words))
        assert status.authorization
        assert (status.authorization.state, status.authorization.status) == (state, words)

    def test_a_failed_registration_gives_its_reason_and_the_next_attempt(self) -> None:
        text = EVALUATION.replace(
            "  Export-Controlled",
            "  Initial Registration: FAILED on Jun 22 16:15:41 2022 UTC\n"
            "    Failure reason: Fail to send out Call Home HTTP message\n"
            "  Next Registration Attempt: Jun 22 16:31:40 2022 UTC\n"
            "  Export-Controlled",
        )
        registration = smart_status(text).registration
        assert registration
        assert registration.initial
        assert registration.initial.result is AttemptResult.FAILED
        assert registration.initial.failure_reason == "Fail to send out Call Home HTTP message"
        assert registration.next_attempt == datetime(2022, 6, 22, 16, 31, 40, tzinfo=UTC)

    def test_a_reservation_needs_no_account(self) -> None:
        text = (
            "Smart Licensing is ENABLED\nRegistration:\n"
            "  Status: REGISTERED - SPECIFIC LICENSE RESERVATION\n"
            "  Export-Controlled Functionality: Allowed\n"
            "  Initial Registration: SUCCEEDED on Jun 22 16:15:41 2022 UTC\n"
            "License Authorization:\n  Status: AUTHORIZED - RESERVED\n"
        )
        registration = smart_status(text).registration
        assert registration
        assert registration.reserved
        assert registration.state is RegistrationState.REGISTERED

    @pytest.mark.parametrize(
        "line",
        [
            "Smart Account: ldap_user_test",
            "Virtual Account: Default",
            "Export-Controlled Functionality: Allowed",
            "Initial Registration: SUCCEEDED on Jun 22 16:15:41 2022 UTC",
            "Last Renewal Attempt: None",
            "Next Renewal Attempt: Dec 19 16:15:41 2022 UTC",
            "Registration Expires: Jun 22 16:13:53 2023 UTC",
            "Last Communication Attempt: SUCCEEDED on Jun 22 16:15:44 2022 UTC",
            "Next Communication Attempt: Jul 22 16:15:43 2022 UTC",
            "Communication Deadline: Sep 20 16:12:55 2022 UTC",
        ],
    )
    def test_each_mandatory_line(self, line: str) -> None:
        assert line in REGISTERED
        key = line.partition(":")[0]
        for broken in ("", f"{key}:\n", f"{key}: <none>\n", f"{line}\n{line}\n", f"Not {line}\n"):
            with pytest.raises(ParseError):
                smart_status(REGISTERED.replace(f"{line}\n", broken))

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("Initial Registration: SUCCEEDED", "Initial Registration: FAILED"),
            ("Initial Registration: SUCCEEDED on", "Initial Registration: None on"),
            ("AUTHORIZED on Jun 22 16:15:44 2022 UTC\nLast", "AUTHORIZED\nLast"),
            ("Jun 22 16:15:41", "Jun 31 16:15:41"),
            ("Jun 22 16:15:41", "Jum 22 16:15:41"),
            ("Jun 22 16:15:41", "Jun 22 24:15:41"),
            ("2022 UTC", "2022"),
            ("2022 UTC", "2022 EST"),
            ("2022 UTC", "0000 UTC"),
            ("Enabled: False", "Enabled: Maybe"),
            ("Last Renewal Attempt: None", "Last Renewal Attempt: None\nFailure reason: none"),
            ("Smart License Conversion:", "Registration:"),
            ("Status: Not started", "Status:"),
        ],
    )
    def test_values_that_cannot_be(self, old: str, new: str) -> None:
        assert old in REGISTERED
        with pytest.raises(ParseError):
            smart_status(REGISTERED.replace(old, new))

    def test_a_status_counts_only_in_its_section(self) -> None:
        # In a section that nxsl does not know, in a value, and before the first section.
        text = EVALUATION.replace(
            "Registration:", "Description:\n  Status: REGISTERED\nRegistration:", 1
        ).replace("Not Allowed", "Not Allowed Status: REGISTERED")
        status = smart_status(text)
        assert status.registration
        assert status.registration.state is RegistrationState.UNREGISTERED
        assert status.other == ("Description:", "Status: REGISTERED")
        with pytest.raises(ParseError, match="does not belong"):
            smart_status(text.replace("Description:\n", ""))

    def test_lines_without_a_field_are_kept(self) -> None:
        text = REGISTERED.replace("Smart Account:", "Colour of the Moon: blue\nSmart Account:")
        status = smart_status(text)
        assert status.other == ("Colour of the Moon: blue",)
        assert (status.registration, status.authorization) == (
            smart_status(REGISTERED).registration,
            smart_status(REGISTERED).authorization,
        )


class TestZones:
    TEXT = REGISTERED.replace(" UTC", " EST")

    def test_an_unknown_zone_is_named_and_not_guessed(self) -> None:
        with pytest.raises(ParseError, match="'EST'"):
            smart_status(self.TEXT)

    def test_a_known_zone_gives_utc(self) -> None:
        status = smart_status(self.TEXT, zones={"EST": timezone(-timedelta(hours=5))})
        assert status.registration
        assert status.registration.expires == datetime(2023, 6, 22, 21, 13, 53, tzinfo=UTC)
        assert status.registration.expires.tzinfo is UTC

    def test_gmt_is_utc(self) -> None:
        text = REGISTERED.replace(" UTC", " GMT")
        assert smart_status(text) == smart_status(REGISTERED)


class TestUsage:
    def test_the_words_that_nothing_is_in_use(self) -> None:
        for text in (
            "License Authorization:\n  Status: AUTHORIZED on Jun 22 16:15:44 2022 UTC\n\n"
            "No licenses in use\n",
            "License Authorization:\n  Status: NO LICENSES IN USE\n",
            "License Authorization: \n  Status: Not Applicable\n\nNO LICENSES IN USE\n",
        ):
            usage = parse("show license usage", text)
            assert isinstance(usage, LicenseUsage)
            assert usage.licenses == ()

    @pytest.mark.parametrize(
        "text",
        [
            "License Authorization:\n  Status: Not Applicable\n",
            "License Authorization:\n",
            "No licenses in use\n",
            POLICY_USAGE + "No licenses in use\n",
            POLICY_USAGE + POLICY_USAGE,
            POLICY_USAGE + POLICY_USAGE.split("\n\n")[1],
            POLICY_USAGE.replace("Count: 1", "Count: one"),
            POLICY_USAGE.replace("Count: 1", "Count: -1"),
            POLICY_USAGE.replace("Count: 1", "Count: \u0661"),
            POLICY_USAGE.replace("  Version", "  Count: 2\n  Version"),
        ],
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(ParseError):
            parse("show license usage", text)

    def test_unknown_words_and_lines_are_kept(self) -> None:
        text = POLICY_USAGE.replace("IN USE", "ON HOLIDAY") + "  Term: 3 years\n"
        usage = parse("show license usage", text)
        assert isinstance(usage, LicenseUsage)
        assert (usage.licenses[0].state, usage.licenses[0].status) == (
            LicenseState.UNKNOWN,
            "ON HOLIDAY",
        )
        assert usage.other == ("Term: 3 years",)

    def test_a_description_is_only_a_description(self) -> None:
        for words in ("Status: AUTHORIZED", "x (y):", "No - Unused -", ""):
            usage = parse("show license usage", POLICY_USAGE.replace("LAN license for", words))
            assert isinstance(usage, LicenseUsage)
            assert usage.licenses[0].description == f"{words} Nexus 9300-XF".strip()
            assert usage.licenses[0].state is LicenseState.IN_USE

    def test_a_name_before_the_bracket_is_kept_where_the_description_differs(self) -> None:
        text = POLICY_USAGE.replace("(LAN", "LAN by night (LAN")
        usage = parse("show license usage", text)
        assert isinstance(usage, LicenseUsage)
        assert usage.other == ("LAN by night (LAN_ENTERPRISE_SERVICES_PKG):",)

    @pytest.mark.parametrize(
        "broken",
        [
            PAK_USAGE.rsplit("---", 1)[0].rstrip("-"),
            PAK_USAGE.replace("Feature  ", "Licence  "),
            PAK_USAGE.replace("FM_SERVER_PKG", "ENTERPRISE_PKG"),
            PAK_USAGE.replace("Unused", "Broken", 1),
            PAK_USAGE.replace("Grace 119D 22H", "Grace 119D 24H"),
            PAK_USAGE.replace(" Yes ", " yes "),
            PAK_USAGE + "FM_SERVER_PKG2                No    -   Unused             -\n",
            "\n".join(line for line in PAK_USAGE.splitlines() if "PKG" not in line),
        ],
    )
    def test_refused_tables(self, broken: str) -> None:
        with pytest.raises(ParseError):
            parse("show license usage", broken)

    def test_an_expiry_with_and_without_comment(self) -> None:
        text = PAK_USAGE.replace("Never       -", "30 Jun 2024 Evaluation")
        usage = parse("show license usage", text)
        assert isinstance(usage, PakUsage)
        assert (usage.licenses[0].expiry, usage.licenses[0].comments) == (
            "30 Jun 2024",
            "Evaluation",
        )
        assert usage.licenses[0].in_use


class TestLicenseFiles:
    FILE = sample("show_license/n3k_7.0.3.I3.1_traditional_pak.txt")

    def test_two_files(self) -> None:
        second = self.FILE.replace("license_", "more_").replace("FEATURE LAN", "INCREMENT WAN")
        assert parse("show license", self.FILE + "\n" + second) == (
            LicenseFile(name="license_xxxxxxxxx_5_1.lic", features=("LAN_BASE_SERVICES_PKG",)),
            LicenseFile(name="more_xxxxxxxxx_5_1.lic", features=("WAN_BASE_SERVICES_PKG",)),
        )

    @pytest.mark.parametrize("lines", [0, 1, 2, 3, 4, 5, 6, 7])
    def test_a_cut_file(self, lines: int) -> None:
        with pytest.raises(ParseError):
            parse("show license", "".join(self.FILE.splitlines(keepends=True)[:lines]))

    def test_a_file_twice(self) -> None:
        with pytest.raises(ParseError, match="twice"):
            parse("show license", self.FILE + self.FILE)


class TestConfiguration:
    @pytest.mark.parametrize(
        "head",
        [
            "\n!Command: show running-config callhome\n!Time: Wed Jun 22 16:16:28 2022\n\n"
            "version 9.3(4) Bios:version 07.67\n",
            "version 9.3(4)\n",
        ],
    )
    def test_no_callhome(self, head: str) -> None:
        assert parse("show running-config callhome", head) == CallHome()
        assert parse("show running-config callhome", head + "callhome\n") == CallHome()

    @pytest.mark.parametrize(
        "text",
        [
            "enable\n",
            "callhome\n  enable\n  enable\n",
            "callhome\n  enable\ncallhome\n",
            "callhome\n  email-contact a@b\n  email-contact c@d\n",
            "callhome\n  transport http proxy server p port 70000\n",
            "callhome\n  transport http proxy server p port http\n",
            "callhome\n"
            + "  destination-profile CiscoTAC-1 index 1 http https://a.example/its\n" * 2,
        ],
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(ParseError):
            parse("show running-config callhome", text)

    def test_only_the_glued_end_of_the_known_path_is_taken_away(self) -> None:
        text = "callhome\n  destination-profile X http https://a.example/backend\n"
        assert parse("show running-config callhome", text).destinations[0].url.endswith("/backend")

    def test_name_servers_by_vrf(self) -> None:
        text = (
            "vrf context management\n  ip domain-name example.net\n  ip name-server 10.10.10.10\n"
            "  ip name-server 10.0.0.1 2001:db8::1\n  ip route 0.0.0.0/0 10.1.1.1\n"
            "vrf context blue\n"
        )
        contexts = parse('show running-config | section "vrf context"', text)
        assert contexts.name_servers("management") == ("10.10.10.10", "10.0.0.1", "2001:db8::1")
        assert contexts.name_servers("blue") == ()
        assert [each.name for each in contexts.vrfs] == ["management", "blue"]

    @pytest.mark.parametrize(
        "text", ["  ip name-server 1.1.1.1\n", "vrf context a\n  ip name-server dns.example.net\n"]
    )
    def test_refused_contexts(self, text: str) -> None:
        with pytest.raises(ParseError):
            parse('show running-config | section "vrf context"', text)

    @pytest.mark.parametrize("tail", ["", " vrf management"])
    def test_source_interface(self, tail: str) -> None:
        command = 'show running-config | include "ip http source-interface"'
        assert parse(command, f"ip http source-interface mgmt0{tail}\n") == HttpClient(
            source_interface="mgmt0", vrf=tail.removeprefix(" vrf ")
        )
        with pytest.raises(ParseError):
            parse(command, f"ip http source-interface mgmt0{tail}\n" * 2)

    @pytest.mark.parametrize(
        ("text", "enabled"),
        [
            ("", False),
            ("license smart enable\n", True),
            ("feature license smart\n", True),
            ("license smart transport cslu\n", False),
        ],
    )
    def test_smart_licensing(self, text: str, enabled: bool) -> None:
        command = 'show startup-config | include "license smart"'
        assert parse(command, text) == SmartLicensing(enabled=enabled)
        with pytest.raises(ParseError):
            parse(command, text + "feature ssh\n")

    def test_global_name_servers(self) -> None:
        text = "ip name-server 192.0.2.1 192.0.2.2\nip name-server 192.0.2.3 use-vrf blue\n"
        assert parse('show running-config | include "^ip name-server"', text) == VrfContexts(
            vrfs=(
                Vrf(name="default", name_servers=("192.0.2.1", "192.0.2.2")),
                Vrf(name="blue", name_servers=("192.0.2.3",)),
            )
        )

    def test_a_blank_authorization_is_read_as_unknown(self) -> None:
        text = (DATA / "show_license_status/n9k_9.3.4_registered_authorized.txt").read_text()
        head, _, rest = text.partition("Status: AUTHORIZED")
        blank = head + "Status: \n" + rest[rest.index("Smart License Conversion") :]
        found = smart_status(blank)
        assert found.registration is not None
        assert found.authorization is not None
        assert found.registration.state is RegistrationState.REGISTERED
        assert found.authorization.state is AuthorizationState.UNKNOWN
        with pytest.raises(ParseError):
            smart_status(head + "Status: \n")

    def test_a_token_that_the_backend_quotes_is_not_kept(self) -> None:
        token = "Q2FuYXJ5VG9rZW5Gb3JUaGVQYXJzZXItbm90LWEtcmVhbC1vbmU%3D"
        text = (
            "Smart Licensing is ENABLED\n\nRegistration:\n"
            "  Status: UNREGISTERED - REGISTRATION FAILED\n"
            "  Export-Controlled Functionality: Not Allowed\n"
            "  Initial Registration: FAILED on Jun 22 16:15:41 2022 UTC\n"
            f"    Failure reason: The token '{token}' has expired\n\n"
            "License Authorization: \n  Status: EVAL MODE\n"
            "  Evaluation Period Remaining: 89 days, 1 hours, 33 minutes, 51 seconds\n"
        )
        assert token not in repr(smart_status(text))
        with pytest.raises(ParseError) as caught:
            smart_status(text + "  Status: AUTHORIZED\n")
        assert token not in f"{caught.value}{caught.value.text}"

    def test_filtered_features(self) -> None:
        text = "license-smart          1          disabled\n"
        assert parse("show feature | include license", text) == Features(
            enabled=frozenset(), known=frozenset({"license-smart"})
        )
        with pytest.raises(ParseError):
            parse("show feature", text)
        with pytest.raises(ParseError):
            parse("show feature | include license", text * 2)
        with pytest.raises(ParseError):
            parse("show feature | include license", text.replace("disabled", "enabledish"))


class TestSystem:
    VERSION = sample("show_version/n9k_9.3.6.txt")

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("9.3(6uu)I9(1uu) [build 9.3(6)]", "9.3(6uu)I9(1uu)"),
            ("9.3(6uu)I9(1uu) [build 9.3(6)]", "9.3(6"),
            ("9.3(6uu)I9(1uu) [build 9.3(6)]", "nightly"),
            (" NXOS: version", " NXOS: version 9.3(3)\n NXOS: version"),
            ("Hardware\n", ""),
            ("Software\n", ""),
            ("  Device name: N9K-ACC-2\n", ""),
            ("  Device name: N9K-ACC-2\n", "  Device name: a\n  Device name: b\n"),
            ("  Processor Board ID SAL18432P5N\n", ""),
            ("  cisco Nexus9000 C9396PX Chassis \n", ""),
            ("33 second(s)", "61 second(s)"),
            ("33 second(s)", "33 sec"),
        ],
    )
    def test_refused_versions(self, old: str, new: str) -> None:
        assert old in self.VERSION
        with pytest.raises(ParseError):
            parse("show version", self.VERSION.replace(old, new))

    def test_words_in_the_banner_are_no_facts(self) -> None:
        banner = "cisco Nexus7000 C7009\nDevice name: fake\nNXOS: version 1.0(1)\n"
        assert parse("show version", banner + self.VERSION) == parse("show version", self.VERSION)

    def test_clock_with_its_source(self) -> None:
        text = "18:57:38.347 UTC Mon Oct 19 2015\nTime source is NTP\n"
        assert parse("show clock", text).source == "NTP"
        assert parse("show clock", "18:57:38 CEST Mon Oct 19 2015").zone == "CEST"

    @pytest.mark.parametrize(
        "text",
        [
            "18:57:38.347 UTC Tue Oct 19 2015",
            "18:57:38.347 UTC Mon Oct 32 2015",
            "24:57:38.347 UTC Mon Oct 19 2015",
            "18:57:38.347.1 UTC Mon Oct 19 2015",
            "18:57 UTC Mon Oct 19 2015",
            "18:57:38.347 UTC Mon Oct 19 2015\n" * 2,
            "Time source is NTP",
            "18:57:38.347 UTC Mon Oct 19 2015\nTime source is NTP\nTime source is NTP",
        ],
    )
    def test_refused_clocks(self, text: str) -> None:
        with pytest.raises(ParseError):
            parse("show clock", text)

    @pytest.mark.parametrize(
        "text",
        [
            "PING a (10.0.0.1): 56 data bytes\n",
            "PING a (10.0.0.300): 56 data bytes\nRequest 0 timed out\n",
            "64 bytes from 10.0.0.1: icmp_seq=0 ttl=232 time=237.581 ms\n",
            sample("ping/nxos_timed_out.txt").replace("0 packets received", "1 packets received"),
            sample("ping/nxos_timed_out.txt").replace("Request 3 timed out\n", ""),
            sample("ping/nxos_ok_full_with_statistics.txt").replace("round-trip", "round trip"),
        ],
    )
    def test_refused_pings(self, text: str) -> None:
        with pytest.raises(ParseError):
            parse("ping", text)

    def test_telnet_without_connection(self) -> None:
        text = "Trying 72.163.4.38...\ntelnet: connect to address 72.163.4.38: Connection refused\n"
        probe = parse("telnet tools.cisco.com 443 vrf management", text)
        assert not probe.connected  # type: ignore[union-attr]
        with pytest.raises(ParseError):
            parse("telnet", "Connected to tools.cisco.com.\n")


class TestReplies:
    BAR = (
        "[####                                    ]  10%\r[#######################################"
    )
    COMMAND = "copy running-config startup-config"

    @pytest.mark.parametrize(
        ("text", "saved"),
        [
            (f"{BAR}#] 100%\r\nCopy complete, now saving to disk (please wait)...\r\n", True),
            (f"{BAR}#] 100%\nCopy complete.\n", True),
            (f"{BAR}#] 100%\n", False),
            (f"{BAR}]  99%\nCopy complete.\n", False),
            ("Copy complete.\n", False),
            (f"{BAR}#] 100%\nCopy complete, now saving to d\n", False),
            (f"{BAR}#] 100%\nConfiguration update aborted: request was aborted\n", False),
            (f"{BAR}#] 100%\nCopy complete.\nCopy failed\n", False),
            (f"{BAR}#] 100%\nno space left\nCopy complete.\n", False),
        ],
    )
    def test_saved_is_only_what_the_text_proves(self, text: str, saved: bool) -> None:
        assert parse("copy running-config startup-config", text).saved is saved

    def test_register(self) -> None:
        refusal = parse("license smart register", "Error: Smart Agent is already registered\n")
        assert not refusal.accepted
        assert refusal.words == "Error: Smart Agent is already registered"
        for text in ("I", "Initiated device registration\n", "Done.\n", "Initiated\nfailed\n"):
            with pytest.raises(ParseError):
                parse("license smart register", text)


class TestTemplates:
    def test_there_is_one_for_every_reader_and_no_other(self) -> None:
        readers = list(module._READERS.values())
        readers += [each.other_form[1] for each in readers if each.other_form]
        used = {f"nxos_{reader.template}" for reader in readers}
        assert used == {file.stem for file in TEMPLATES}

    @pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
    def test_only_the_allowed_means_are_used(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        root = ET.fromstring(f"<template>{text}</template>")  # noqa: S314  (our own file)
        assert [each.tag for each in root] == ["doc", "group"]
        assert root[1].attrib == {"name": "lines*"}
        assert not list(root[1])
        for variable in re.findall(r"{{(.*?)}}", text):
            _, *means = (each.strip() for each in variable.split(" | "))
            assert all(
                each in {"_start_", "_line_"} or re.fullmatch(r're\("[^"\\|]+"\)', each)
                for each in means
            ), variable
            # `[^...]` would match the end of a line as well.
            assert "[^" not in variable

    @pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
    def test_every_line_is_a_start_and_the_last_takes_the_rest(self, file: Path) -> None:
        group = ET.fromstring(f"<template>{file.read_text(encoding='utf-8')}</template>")[1]  # noqa: S314
        lines = (group.text or "").strip().splitlines()
        assert all(line.count("_start_") == 1 for line in lines)
        assert lines[-1] == "{{ other | _line_ | _start_ }}"

    @pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
    def test_its_doc_names_its_sources(self, file: Path) -> None:
        doc = ET.fromstring(f"<template>{file.read_text(encoding='utf-8')}</template>")[0].text  # noqa: S314
        assert doc
        assert re.search(r"Proven by|no saved output|quoted from", doc)

    def test_no_pickle_is_left_or_read_and_the_environment_is_as_before(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import ttp  # noqa: PLC0415

        beside = Path(ttp.__file__).parent / "ttp_dict_cache.pickle"
        before = beside.stat().st_mtime_ns if beside.exists() else None
        planted = tmp_path / "ttp_dict_cache.pickle"
        planted.write_bytes(b"cos\nabort\n(tR.")
        monkeypatch.setenv("TTPCACHEFOLDER", str(tmp_path))
        monkeypatch.setattr(_ttp, "engine", _ttp.Engine())
        assert isinstance(smart_status(REGISTERED), LicenseStatus)
        assert os.environ["TTPCACHEFOLDER"] == str(tmp_path)
        assert planted.read_bytes() == b"cos\nabort\n(tR."
        assert (beside.stat().st_mtime_ns if beside.exists() else None) == before

    def test_ttp_says_nothing(
        self,
        capfd: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(_ttp, "engine", _ttp.Engine())
        with caplog.at_level(logging.DEBUG):
            smart_status(REGISTERED)
        assert capfd.readouterr() == ("", "")
        assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []

    def test_a_template_that_ends_the_program_does_not(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import ttp  # noqa: PLC0415

        def give_up(*_: object, **__: object) -> None:
            raise SystemExit

        monkeypatch.setattr(_ttp, "engine", _ttp.Engine())
        monkeypatch.setattr(ttp.ttp, "parse", give_up)
        with pytest.raises(ParseError, match="TTP gave up"):
            smart_status(REGISTERED)


def test_two_readers_that_differ_refuse_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    # As a fault of TTP or of a template would do it.
    def forged(template: str, lines: tuple[str, ...]) -> _ttp.Matches:
        matches = _ttp.match_lines(template, lines)
        return tuple(
            {"status": "REGISTERING"} if each == {"status": "REGISTERED"} else each
            for each in matches
        )

    monkeypatch.setattr(module, "match_lines", forged)
    with pytest.raises(ParseError, match="two readers differ"):
        smart_status(REGISTERED)


def test_threads_do_not_mix_their_texts() -> None:
    def once(number: int) -> bool:
        account = f"account-{number}"
        status = smart_status(REGISTERED.replace("ldap_user_test", account))
        usage = parse("show license usage", POLICY_USAGE.replace("LAN_", f"TAG{number}_"))
        assert isinstance(usage, LicenseUsage)
        return (
            status.registration is not None
            and status.registration.smart_account == account
            and usage.licenses[0].tag.startswith(f"TAG{number}_")
        )

    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(once, range(300)))
    finally:
        sys.setswitchinterval(former)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "line",
    [
        "Status: x",
        "(" * 4000,
        "cisco " + "( " * 2000,
        "x:" * 2000,
        "0:",
    ],
)
def test_a_hostile_megabyte_takes_no_time_worth_naming(command: str, line: str) -> None:
    # A sanity check against exponential or quadratic reading, far above what it takes (0.2 s).
    text = (line + "\n") * (1_000_000 // (len(line) + 1))
    fewer = "\n".join(text.splitlines()[:MAX_LINES])
    begun = time.monotonic()
    for each in (text, fewer):
        try:
            parse(command, each)
        except ParseError:
            continue
    assert time.monotonic() - begun < 5
