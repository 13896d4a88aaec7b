"""Host ID, VDC, NTP, certificates, files, imports, reports: contract, mutations, properties.

The texts are the tests' own; their layout is that of the outputs that the templates name.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxsl.core.errors import ParseError
from nxsl.core.policy_records import RumReport
from nxsl.core.records import Ping, PingVerdict, TelnetProbe
from nxsl.core.system_records import (
    CaCertificate,
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

many = settings(max_examples=80, deadline=None)
name = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,15}", fullmatch=True)

NTP = """
Total peers : 3
* - selected for sync, + -  peer mode(active),\x20
- - peer mode(passive), = - polled in client mode\x20
    remote                                 local                  st   poll   reach delay   vrf
-----------------------------------------------------------------------------------------------
=127.127.1.0                               192.0.2.7               8     64       0   0.00000
*192.0.2.1                                 0.0.0.0                 3     64     377   0.01311 default
=2001:db8::123                             0.0.0.0                16    256       0   0.00000 blue
"""
NTP_WRAPPED = """Total peers : 1
* - selected for sync, + -  peer mode(active),\x20
- - peer mode(passive), = - polled in client mode\x20
    remote                                 local\x20
   st   poll   reach delay   vrf
--------------------------------------------------------------------------------
---------------------------------------
*192.0.2.1                           0.0.0.0\x20
  1   64     377   0.02710 management
"""
FINGERPRINT = ":".join(["0A", "BF", "37", "90"] * 5)
IDENTITY = f"""certificate:
subject= /CN=leaf1.example.com
issuer= /CN=ca.example.com
serial=F831
notBefore=Jul 24 14:34:40 2022 GMT
notAfter=Jul 24 14:34:40 2023 GMT
SHA1 Fingerprint={FINGERPRINT}
purposes: sslserver sslclient\x20

"""
CERTIFICATES = f"""Trustpoint: idtrust
CA certificate 0:
subject= /C=US/O=IdenTrust/CN=IdenTrust Commercial Root CA 1
issuer= /C=US/O=IdenTrust/CN=IdenTrust Commercial Root CA 1
serial=0A0142800000014523C844B500000002
notBefore=Jan 16 18:12:23 2014 GMT
notAfter=Jan 16 18:12:23 2034 GMT
SHA1 Fingerprint={FINGERPRINT}
purposes: sslserver sslclient\x20

Trustpoint: own
{IDENTITY}CA certificate 0:
subject= /CN=ca.example.com
issuer= /CN=ca.example.com
serial=01
notBefore=Jul 24 14:34:40 2022 GMT
notAfter=Jul 24 14:34:40 2032 GMT
MD5 Fingerprint={FINGERPRINT[:47]}
purposes: sslserver sslclient ike\x20
"""
CA_RECORD = CaCertificates(
    certificates=(
        CaCertificate(
            trustpoint="idtrust", subject="/C=US/O=IdenTrust/CN=IdenTrust Commercial Root CA 1"
        ),
        CaCertificate(trustpoint="own", subject="/CN=ca.example.com"),
    )
)
DIR = """       4096    Jan 01 10:00:00 2024  .rpmstore/
 1978203648    Aug 10 10:00:00 2022  nxos.9.3.10.bin
      11942    Nov 30 23:59:59 2023  a report.txt

Usage for bootflash://sup-local
 6040887296 bytes used
47335612416 bytes free
53376499712 bytes total
"""
RUM = """Smart Licensing Usage Report:
====================================
Report Id,          State,    Flag, Feature Name
1629870048          OPEN      N     NXOS_ADVANTAGE_XF
1629870049          ACK       P     LAN license for Nexus 9300-XF
"""
WHOLE = {
    "show license host-id": "License hostid: VDH=FOX0646S017\n",
    "show vdc current-vdc": "\nCurrent vdc is 1 - PE1\n\n",
    "show ntp peer-status": NTP,
    "show crypto ca certificates": CERTIFICATES,
    "dir bootflash:": DIR,
    "show file md5sum": "d41d8cd98f00b204e9800998ecf8427e\n",
    "license smart import": "Import Data Successful\n",
    "show license udi": "UDI: PID:N9K-C93180YC-FX,SN:FDO00000001\n",
    "show license rum id all": RUM,
}


def read(command: str, text: str) -> Any:
    """Give the record, or None where the text is refused."""
    try:
        return parse(command, text)
    except ParseError:
        return None


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


# ------------------------------------------------------------------------------ mutations

# What may be read from a text that is cut: the last word shorter, or a table with less in it.
MAY_BE_SHORTER = {
    "show license host-id",
    "show vdc current-vdc",
    "show license udi",
    "show license rum id all",
    "show crypto ca certificates",
}


@pytest.mark.parametrize("command", WHOLE)
def test_every_prefix(command: str) -> None:
    text, whole = WHOLE[command], parse(command, WHOLE[command])
    for cut in range(len(text)):
        record = read(command, text[:cut])
        if record is not None and command not in MAY_BE_SHORTER:
            assert record == whole, text[:cut]


def test_a_cut_row_is_no_whole_certificate_and_no_other_report() -> None:
    for cut in range(len(CERTIFICATES)):
        record = read("show crypto ca certificates", CERTIFICATES[:cut])
        if record is not None:
            found = record.certificates
            assert found == CA_RECORD.certificates[: len(found)]
    whole = parse("show license rum id all", RUM)
    for cut in range(len(RUM)):
        reports = read("show license rum id all", RUM[:cut])
        if reports:
            assert reports[:-1] == whole[: len(reports) - 1]
            assert reports[-1].state == whole[len(reports) - 1].state


@pytest.mark.parametrize("command", WHOLE)
def test_every_line_deleted_or_twice(command: str) -> None:
    lines = WHOLE[command].splitlines(keepends=True)
    whole = parse(command, WHOLE[command])
    loose = {"show crypto ca certificates", "dir bootflash:", "show license rum id all"}
    for at in range(len(lines)):
        twice = read(command, "".join([*lines[:at], lines[at], *lines[at:]]))
        assert twice in (None, whole), lines[at]
        less = read(command, "".join(lines[:at] + lines[at + 1 :]))
        if command not in loose:
            assert less in (None, whole), lines[at]


@pytest.mark.parametrize("command", WHOLE)
def test_noise(command: str) -> None:
    whole, lines = parse(command, WHOLE[command]), WHOLE[command].splitlines()
    noise = "2018 Nov  8 12:47:05.724 Switch1 %LICMGR-3-LOG_SMART_LIC_COMM_FAILED: Failure"
    for at in range(len(lines) + 1):
        assert parse(command, "\n".join([*lines[:at], noise, *lines[at:]])) == whole
        for other in ("Broadcast message from root: going down", "switch# ", "--More--"):
            assert read(command, "\n".join([*lines[:at], other, *lines[at:]])) in (None, whole)
    assert parse(command, "".join(f"\x1b[1m{line}\x1b[0m  \r\r\n" for line in lines)) == whole


# ----------------------------------------------------------------------------- properties


@many
@given(st.from_regex(r"[A-Z]{2,4}=[A-Z0-9]{1,12}", fullmatch=True))
def test_any_host_id(host_id: str) -> None:
    assert parse("show license host-id", f"License hostid: {host_id}\n") == HostId(host_id=host_id)


@many
@given(st.integers(1, 255), name)
def test_any_vdc(number: int, vdc: str) -> None:
    text = f" \nCurrent vdc is {number} - {vdc}\n\n"
    assert parse("show vdc current-vdc", text) == Vdc(number=number, name=vdc)


@many
@given(
    st.lists(
        st.builds(
            NtpPeer,
            address=st.ip_addresses().map(str),
            selected=st.just(False),
            stratum=st.integers(0, 16),
        ),
        max_size=6,
    ),
    st.integers(0, 6),
    st.sampled_from("=+-"),
    st.one_of(st.just(""), name),
    st.booleans(),
)
def test_any_ntp(found: list[NtpPeer], chosen: int, mark: str, vrf: str, wrapped: bool) -> None:
    peers = tuple(
        NtpPeer(address=each.address, selected=at == chosen, stratum=each.stratum)
        for at, each in enumerate(found)
    )
    between = "\n" if wrapped else ""
    text = f"Total peers : {len(peers)}\n* - selected for sync, + -  peer mode(active), \n"
    text += "- - peer mode(passive), = - polled in client mode \n"
    text += f"    remote    local   {between}   st   poll   reach delay   vrf\n{'-' * 40}\n"
    for each in peers:
        head = f"{'*' if each.selected else mark}{each.address:<40}  0.0.0.0   "
        text += f"{head}{between}  {each.stratum}   64     377   0.01311 {vrf}\n"
    assert parse("show ntp peer-status", text) == NtpPeers(peers=peers)


subject = st.lists(
    st.builds("/{}={}".format, st.sampled_from(["C", "O", "CN"]), name), min_size=1, max_size=3
)


@many
@given(
    st.dictionaries(
        name, st.tuples(st.booleans(), st.lists(subject.map("".join), max_size=2)), max_size=3
    )
)
def test_any_certificates(found: dict[str, tuple[bool, list[str]]]) -> None:
    lines: list[str] = []
    for trustpoint, (identity, subjects) in found.items():
        lines.append(f"Trustpoint: {trustpoint}")
        lines += IDENTITY.splitlines() * identity
        for number, each in enumerate(subjects):
            lines += [f"CA certificate {number}:", f"subject= {each}", "issuer= /CN=x", "serial=1"]
            lines += ["notBefore=Jan 16 18:12:23 2014 GMT", "notAfter=Jan 16 18:12:23 2034 GMT"]
            lines += [f"SHA1 Fingerprint={FINGERPRINT}", "purposes: sslserver sslclient ", ""]
    assert parse("show crypto ca certificates", "\n".join(lines)) == CaCertificates(
        certificates=tuple(
            CaCertificate(trustpoint=trustpoint, subject=each)
            for trustpoint, (_, subjects) in found.items()
            for each in subjects
        )
    )


@many
@given(
    st.lists(
        st.builds(FlashFile, name=name, size=st.integers(0, 10**12)),
        max_size=6,
        unique_by=lambda each: each.name,
    ),
    st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2090, 1, 1)),  # noqa: DTZ001
    st.integers(0, 10**12),
    st.sampled_from(["bootflash://", "bootflash://sup-local"]),
)
def test_any_files(files: list[FlashFile], when: datetime, free: int, where: str) -> None:
    used = sum(each.size for each in files)
    text = "".join(f"{each.size:>11}    {when:%b %d %H:%M:%S %Y}  {each.name}\n" for each in files)
    text += f"\nUsage for {where}\n {used} bytes used\n {free} bytes free\n"
    text += f" {used + free} bytes total\n"
    assert parse("dir bootflash:", text) == FlashListing(files=tuple(files), free=free)


@many
@given(st.from_regex(r"[0-9a-f]{32}", fullmatch=True), st.booleans())
def test_any_md5(digest: str, capitals: bool) -> None:
    printed = digest.upper() if capitals else digest
    assert parse("show file bootflash:a md5sum", f"{printed}\n") == digest


@many
@given(st.sampled_from(["Error: {}", "Import Data Failed: {}", "Invalid {}"]), name)
def test_any_refused_import(words: str, why: str) -> None:
    text = words.format(why)
    assert parse("license smart import", text) == ImportReply(accepted=False, words=text)


@many
@given(name)
def test_any_name_that_does_not_resolve(host: str) -> None:
    for text in (f"% Invalid host/interface {host}", f"ping: unknown host {host}"):
        assert parse("ping", text).target == host
    assert not parse("telnet", f"{host}: Name or service not known").resolved


@many
@given(st.sampled_from(sorted(WHOLE)), st.integers(0), st.text(max_size=8))
def test_anything_within_a_text_gives_a_record_or_a_parse_error(
    command: str, where: int, inserted: str
) -> None:
    text = WHOLE[command]
    at = where % (len(text) + 1)
    record = read(command, text[:at] + inserted + text[at:])
    assert record is None or isinstance(record, type(parse(command, text)))
