"""Host ID, VDC, NTP, certificates, files, imports, reports, unreachable hosts: the contract."""

from __future__ import annotations

import pytest

from nxsl.core.errors import ParseError
from nxsl.core.policy_records import RumReport
from nxsl.core.records import Ping, PingVerdict, TelnetProbe
from nxsl.core.system_records import (
    CaCertificates,
    FlashFile,
    FlashListing,
    HostId,
    ImportReply,
    NtpPeer,
    NtpPeers,
    Vdc,
)
from nxsl.nxos.parse import COMMANDS, parse
from tests.parsers.surroundings import (
    CA_RECORD,
    CERTIFICATES,
    DIR,
    FINGERPRINT,
    NTP,
    NTP_WRAPPED,
    RUM,
    WHOLE,
    read,
)


def test_host_id() -> None:
    record = HostId(host_id="VDH=FOX0646S017")
    assert parse("show license host-id", "License hostid: VDH=FOX0646S017") == record
    assert parse("show license host-id", "License hostid: VDH=FOX0646S017\n" * 2) == record


def test_vdc() -> None:
    vdc = parse("show vdc current-vdc", WHOLE["show vdc current-vdc"])
    assert vdc == Vdc(number=1, name="PE1")
    assert vdc.is_default


def test_ntp() -> None:
    peers = parse("show ntp peer-status", NTP)
    assert peers == NtpPeers(
        peers=(
            NtpPeer(address="127.127.1.0", selected=False, stratum=8),
            NtpPeer(address="192.0.2.1", selected=True, stratum=3),
            NtpPeer(address="2001:db8::123", selected=False, stratum=16),
        )
    )
    assert peers.synchronised
    assert parse("show ntp peer-status", NTP_WRAPPED) == NtpPeers(
        peers=(NtpPeer(address="192.0.2.1", selected=True, stratum=1),)
    )
    assert parse("show ntp peer-status", "Total peers : 0\n") == NtpPeers()


def test_certificates() -> None:
    assert parse("show crypto ca certificates", CERTIFICATES) == CA_RECORD
    assert parse("show crypto ca certificates", "\n") == CaCertificates()
    empty = parse("show crypto ca certificates", "Trustpoint: a\nTrustpoint: b\n")
    assert empty == CaCertificates()
    newer = CERTIFICATES.replace("SHA1", "sha1").replace("subject= /", "subject=")
    assert len(parse("show crypto ca certificates", newer).certificates) == 2


def test_files() -> None:
    record = parse("dir bootflash:", DIR)
    assert record == FlashListing(
        files=(
            FlashFile(name=".rpmstore/", size=4096),
            FlashFile(name="nxos.9.3.10.bin", size=1_978_203_648),
            FlashFile(name="a report.txt", size=11_942),
        ),
        free=47_335_612_416,
    )
    bare = DIR[DIR.index("Usage") :].replace("sup-local", "")
    assert parse("dir bootflash:", bare) == FlashListing(free=47_335_612_416)


@pytest.mark.parametrize(
    "text",
    ["No such file or directory", "bootflash:/x.txt: No such file or directory\n"],
)
def test_a_file_that_is_not_there(text: str) -> None:
    assert parse("dir bootflash:x.txt", text) == FlashListing()
    assert read("dir bootflash:", text + "\n" + DIR) is None
    assert read("dir bootflash:", f"{text}\n{text}") is None


@pytest.mark.parametrize(
    "command", ["show file bootflash:x.txt md5sum", "SHOW FILE  bootflash:/x.txt md5sum"]
)
def test_md5(command: str) -> None:
    assert parse(command, "D41D8CD98F00B204E9800998ECF8427E\n") == WHOLE["show file md5sum"].strip()
    with pytest.raises(ParseError, match="no parser"):
        parse("show file bootflash:x.txt", "text")


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("Import Data Successful\n", ImportReply(accepted=True, words="Import Data Successful")),
        (
            "Import Data Successful\nLast Confirmation code UDI: PID:A,SN:B\n"
            "   Confirmation code: 5341b5e8\n",
            ImportReply(accepted=True, words="Import Data Successful"),
        ),
        (
            "Import Data Failed: the data\nis not valid\n",
            ImportReply(accepted=False, words="Import Data Failed: the data is not valid"),
        ),
        (
            "Error: invalid file\n",
            ImportReply(accepted=False, words="Error: invalid file"),
        ),
    ],
)
def test_imports(text: str, reply: ImportReply) -> None:
    assert parse("license smart import bootflash:ack.txt", text) == reply


def test_a_token_in_a_refused_import_is_not_kept() -> None:
    token = "Q2FuYXJ5VG9rZW5Gb3JUaGVQYXJzZXItbm90LWEtcmVhbC1vbmU%3D"
    reply = parse("license smart import", f"Import failed: token '{token}' is invalid")
    assert token not in reply.words


def test_rum_reports() -> None:
    assert parse("show license rum id all", RUM)[1] == RumReport(
        report_id="1629870049", state="ACK", flag="P", feature="LAN license for Nexus 9300-XF"
    )
    head = "".join(RUM.splitlines(keepends=True)[:3])
    stamp = "Load for five secs: 1%/0%; one minute: 0%\nTime source is NTP, 10:33:51 UTC\n\n"
    assert parse("show license rum id all", head) == ()
    assert parse("show license rum id all", stamp + head) == ()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("show license host-id", "License hostid: VDH=A\nLicense hostid: VDH=B\n"),
        ("show license host-id", "License hostid: \n"),
        ("show license host-id", "License hostid: FOX0646S017\n"),
        ("show license host-id", "License hostid: VDH=A\nmore\n"),
        ("show vdc current-vdc", "Current vdc is one - PE1\n"),
        ("show vdc current-vdc", "Current vdc is 999 - PE1\n"),
        ("show vdc current-vdc", "Current vdc is 1 - PE1\nCurrent vdc is 2 - PE2\n"),
        ("show ntp peer-status", NTP.replace(": 3", ": 2")),
        ("show ntp peer-status", NTP.replace(": 3", ": 4")),
        ("show ntp peer-status", NTP.replace("=2001", "*2001")),
        ("show ntp peer-status", NTP.replace("192.0.2.1 ", "192.0.2.256 ")),
        ("show ntp peer-status", NTP.replace("=127", "#127")),
        ("show ntp peer-status", NTP.replace("16    256", "17    256")),
        ("show ntp peer-status", NTP_WRAPPED.rsplit("\n", 2)[0]),
        ("show ntp peer-status", "1   64     377   0.02710 management\n"),
        ("show crypto ca certificates", CERTIFICATES.replace("Trustpoint: idtrust\n", "")),
        ("show crypto ca certificates", CERTIFICATES.replace("CA certificate 0:", "CA:")),
        ("show crypto ca certificates", CERTIFICATES.replace(FINGERPRINT, FINGERPRINT[3:])),
        ("show crypto ca certificates", CERTIFICATES.replace(": own", ": idtrust")),
        ("show crypto ca certificates", CERTIFICATES.replace("serial=01", "serial=01\nserial=02")),
        ("dir bootflash:", DIR.replace("nxos.9.3.10.bin", "a report.txt")),
        ("dir bootflash:", DIR.replace("Aug 10", "Aug 32")),
        ("dir bootflash:", DIR.replace("10:00:00 2022", "25:00:00 2022")),
        ("dir bootflash:", DIR.replace(" 1978203648", " 1978203648000000")),
        ("dir bootflash:", DIR.replace("47335612416", "97335612416")),
        ("dir bootflash:", DIR + "more\n"),
        ("show file md5sum", "d41d8cd98f00b204e9800998ecf8427\n"),
        ("show file md5sum", "d41d8cd98f00b204e9800998ecf8427g\n"),
        ("show file md5sum", WHOLE["show file md5sum"] * 2),
        ("show file md5sum", "No such file or directory\n"),
        ("license smart import", "Done.\n"),
        ("license smart import", "Import Data Success\n"),
        ("license smart import", "Import Data Successful\nImport Data Failed\n"),
        ("license smart import", "Import failed\nImport Data Successful\n"),
        ("license smart import", "Import Data Successful\nreally\n"),
        ("license smart import", "line\n" * 3 + "failed\n"),
        ("show license udi", "UDI: PID:A\n"),
        ("show license udi", "UDI: PID:A,SN:B\nmore\n"),
        ("show license udi", "UDI: PID:A,SN:B\nHA UDI List:\n"),
        ("show license udi", "UDI: PID:A,SN:B\nHA UDI List:\nActive:PID:A,SN:C\n"),
        ("show license udi", "UDI: PID:A,SN:B\nHA UDI List:\nActive:PID:A,SN:B\nmore\n"),
        ("show license udi", "Active:PID:A,SN:B\n"),
        ("show license rum id all", RUM.replace("ACK       P", "ACK")),
        ("show license rum id all", RUM.replace("1629870049", "1629870048")),
        ("show license rum id all", RUM.replace("Report Id,", "Id,")),
        ("show license rum id all", RUM.replace("====", "")),
    ],
)
def test_refused(command: str, text: str) -> None:
    assert text not in WHOLE.values()
    with pytest.raises(ParseError):
        parse(command, text)


class TestUnreachable:
    @pytest.mark.parametrize(
        "text",
        [
            "% Invalid host/interface nx.example.com",
            "ping: unknown host nx.example.com\n",
            "ping: cannot resolve nx.example.com: Unknown host\n",
        ],
    )
    def test_a_name_that_ping_does_not_resolve(self, text: str) -> None:
        ping = parse("ping", text)
        assert ping == Ping(target="nx.example.com", address="", sent=0, received=0, resolved=False)
        assert ping.verdict is PingVerdict.UNREACHABLE
        assert read("ping", text + "\nPING a (192.0.2.1): 56 data bytes\n") is None

    @pytest.mark.parametrize(
        "text",
        [
            "nx.example.com: Name or service not known\n",
            "nx.example.com: Temporary failure in name resolution\n",
            "telnet: could not resolve nx.example.com/443: Name or service not known\n",
            "% Invalid host/interface nx.example.com\n",
        ],
    )
    def test_a_name_that_telnet_does_not_resolve(self, text: str) -> None:
        assert parse("telnet", text) == TelnetProbe(connected=False, resolved=False)
        assert read("telnet", text * 2) is None

    def test_no_connection(self) -> None:
        failed = "telnet: Unable to connect to remote host: Connection timed out\n"
        assert parse("telnet", failed) == TelnetProbe(connected=False)
        assert parse("telnet", "Trying 192.0.2.1...\n" + failed) == TelnetProbe(
            connected=False, tried=("192.0.2.1",)
        )

    @pytest.mark.parametrize(
        "command", [each for each in COMMANDS if each not in {"ping", "telnet"}]
    )
    def test_other_commands_are_refused_by_the_same_words(self, command: str) -> None:
        with pytest.raises(ParseError, match="refused the command"):
            parse(command, "% Invalid host/interface nx.example.com")

    @pytest.mark.parametrize(
        "text", ["ping: bad context blue\n", "% Invalid host\n", "ping: unknown host\n"]
    )
    def test_other_failures_are_shown(self, text: str) -> None:
        assert read("ping", text) is None
