"""No planted secret gets into raw texts or their files, wherever a switch prints it."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from nxsl.core.errors import ParseError
from nxsl.core.raw import RawKeeper
from nxsl.core.secret import hide_secrets
from nxsl.fleet.raw_files import write_raw
from nxsl.lab import CALLHOME_DIRECT, Inject, registered
from nxsl.tasks import verify
from tests.conftest import Fleet, switch
from tests.secrets.hunt import finds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRETS = {
    "token": "Q2FuYXJ5VG9rZW5Gb3JUaGVIdW50T25seS1ub3QtYS1yZWFsLW9uZQ%3D%3D%0AzZ91",
    "password": "CanaryPassword-of-a-proxy",
}
LINES = (
    f"  Failure reason: The token '{SECRETS['token']}' has reached its maximum number of uses",
    f"  transport http proxy password 7 {SECRETS['password']}",
    f"  destination http https://someone:{SECRETS['password']}@proxy.example.com/",
)


def test_nothing_planted_is_in_raw_texts(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    faults = tuple(
        Inject(line=f"^{command}", text=line, at=1, occurrence=None)
        for command in ("show license status", "show running-config callhome", "show version")
        for line in LINES
    )
    run = fleet(switch(callhome=CALLHOME_DIRECT, registration=registered(), faults=faults))
    record = run.result(verify, raw=True).result
    assert {"show version", "show license status"} <= set(record.raw.commands)
    files = write_raw(tmp_path / "raw", "leaf1", record.raw)
    artefacts = {file.name: file.read_bytes() for file in files}
    assert any(b"********" in content for content in artefacts.values())
    artefacts["texts"] = "\n".join(map(record.raw.text, record.raw.commands)).encode()
    artefacts["raw"] = pickle.dumps(record.raw) + repr(record.raw).encode()
    assert record.evidence  # what the switch printed, as it is not understood
    artefacts["record"] = pickle.dumps(record) + repr(record).encode()
    assert list(finds(SECRETS, artefacts)) == []


@pytest.mark.parametrize("line", LINES)
def test_nor_in_what_is_said_of_a_text_that_is_not_understood(line: str) -> None:
    error = ParseError(f"a line does not belong: {line}", text=f"fine\n{line}\nfine")
    assert list(finds(SECRETS, {"error": repr(error).encode(), "text": error.text.encode()})) == []
    assert error.text.startswith("fine\n")
    assert error.text.endswith("\nfine")


@pytest.mark.parametrize(
    "line",
    [
        "snmp-server user someone auth md5 CanaryWord priv aes-128 CanaryWord localizedkey",
        "ip ospf authentication-key 3 CanaryWord",
        "  authentication CanaryWord",
        "tacacs-server key 7 CanaryWord",
        "snmp-server community CanaryWord group network-operator",
        "  key-string 7 CanaryWord",
        "username someone passphrase CanaryWord",
    ],
)
def test_in_a_configuration_more_words_announce_a_secret(line: str) -> None:
    assert "CanaryWord" not in hide_secrets(line, configuration=True)
    keeper = RawKeeper()
    keeper.keep("show running-config callhome", line)
    assert "CanaryWord" not in keeper.texts.text("show running-config callhome")


def test_in_a_sentence_they_mean_themselves() -> None:
    sentence = "Failure reason: Communication message send error: authentication failed"
    assert hide_secrets(sentence) == sentence


@pytest.mark.parametrize("line", LINES)
def test_each_line_is_masked_and_its_beginning_stays(line: str) -> None:
    shown = hide_secrets(line)
    assert list(finds(SECRETS, {"line": shown.encode()})) == []
    assert shown.startswith(line[:12])


@pytest.mark.parametrize(
    "line",
    [
        "  destination-profile CiscoTAC-1 transport-method http",
        "  https://tools.cisco.com/its/service/oddce/services/DDCEService",
        "    Password: <empty>",
        "  Smart Account: Example-Account",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert hide_secrets(line) == line
