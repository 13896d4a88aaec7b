"""The `license smart` lines of a configuration, no licence in use, and a conversion that failed."""

from __future__ import annotations

import pytest

from nxsl.core.errors import ParseError
from nxsl.core.policy_records import PolicyMode, PolicyTransport
from nxsl.core.records import LicenseStatus, LicenseUsage, SmartLicensing
from nxsl.nxos.parse import parse


class TestConfiguration:
    COMMAND = 'show running-config | include "license smart"'

    def read(self, text: str) -> SmartLicensing:
        return parse('show running-config | include "license smart"', text)

    def test_all_lines(self) -> None:
        text = (
            "!Command: show running-config\nlicense smart transport smart\n"
            "license smart url cslu https://cslu.example.com/cslu\n"
            "license smart url smart https://smart.example.com/licservice/license\n"
            "license smart url https://smart.example.com/licservice/license\n"
            "license smart vrf blue\nlicense smart proxy address proxy.example.com\n"
            "license smart proxy port 8080\nlicense smart privacy hostname\n"
        )
        assert self.read(text) == SmartLicensing(
            enabled=False,
            transport=PolicyTransport(
                mode=PolicyMode.SMART,
                cslu_url="https://cslu.example.com/cslu",
                smart_url="https://smart.example.com/licservice/license",
                vrf="blue",
                proxy_address="proxy.example.com",
                proxy_port=8080,
            ),
            other=("license smart privacy hostname",),
        )

    @pytest.mark.parametrize("mode", PolicyMode)
    def test_modes(self, mode: PolicyMode) -> None:
        assert self.read(f"license smart transport {mode}\n").transport.mode is mode

    def test_the_plain_url(self) -> None:
        alone = self.read("license smart url https://a.example/x\n")
        assert alone.transport.smart_url == "https://a.example/x"
        default = self.read("license smart url default\n")
        assert default.transport == PolicyTransport()
        assert default.other == ("license smart url default",)
        both = self.read(
            "license smart url https://a.example/x\nlicense smart url smart https://b.example\n"
        )
        assert both.transport.smart_url == "https://b.example"
        assert both.other == ("license smart url https://a.example/x",)

    def test_reservation(self) -> None:
        assert self.read("license smart enable\nlicense smart reservation\n") == SmartLicensing(
            enabled=True, reservation=True
        )

    @pytest.mark.parametrize(
        "text",
        [
            "license smart transport pigeon\n",
            "license smart transport smart\nlicense smart transport smart\n",
            "license smart vrf a\nlicense smart vrf b\n",
            "license smart proxy port 70000\n",
            "license smart proxy port http\n",
            "license smart reservation\nlicense smart reservation\n",
        ],
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(ParseError):
            self.read(text)

    def test_a_password_is_not_kept(self) -> None:
        text = "license smart proxy password 7 hunter2\n"
        assert self.read(text).other == ("license smart proxy password ********",)
        with pytest.raises(ParseError) as caught:
            self.read(text + "license smart transport pigeon\n")
        assert "hunter2" not in f"{caught.value}{caught.value.text}"


def test_nothing_is_in_use_by_policy() -> None:
    text = "License Authorization:\n  Status: Not Applicable\n\nNo licenses in use\n"
    usage = parse("show license usage", text)
    assert usage == LicenseUsage(authorization="Not Applicable")


class TestConversion:
    TEXT = (
        "Smart Licensing is ENABLED\nRegistration:\n  Status: UNREGISTERED\n"
        "License Authorization:\n  Status: EVAL MODE\n"
        "  Evaluation Period Remaining: 1 days, 1 hours, 1 minutes, 1 seconds\n"
        "Smart License Conversion:\n  Automatic Conversion Enabled: False\n"
        "  Status: {status}\n{more}"
    )

    def read(self, status: str, more: str = "") -> tuple[str, str]:
        found = parse("show license status", self.TEXT.format(status=status, more=more))
        assert isinstance(found, LicenseStatus)
        assert found.conversion
        return found.conversion.status, found.conversion.failure_reason

    def test_a_failure_has_its_reason(self) -> None:
        failed = "Failed on Jun 22 16:15:41 2022 UTC"
        assert self.read(failed) == (failed, "")
        reason = "    Failure reason: {'error': 'no entitlement'}\n"
        assert self.read(failed, reason) == (failed, "{'error': 'no entitlement'}")
        for words in ("Not started", "Started", "Completed on Jun 22 16:15:41 2022 UTC"):
            assert self.read(words) == (words, "")
            with pytest.raises(ParseError, match="failure reason"):
                self.read(words, reason)
        with pytest.raises(ParseError):
            self.read(failed, reason * 2)

    def test_a_token_in_the_reason_is_not_kept(self) -> None:
        token = "Q2FuYXJ5VG9rZW5Gb3JUaGVQYXJzZXItbm90LWEtcmVhbC1vbmU%3D"
        _, reason = self.read("Failed", f"    Failure reason: The token '{token}' has expired\n")
        assert "has expired" in reason
        assert token not in reason
