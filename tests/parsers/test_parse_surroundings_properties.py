"""Host ID, VDC, NTP, certificates, files, imports, reports: mutations and properties."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from nxsl.nxos.parse import parse
from tests.parsers.surroundings import (
    CA_RECORD,
    CERTIFICATES,
    FINGERPRINT,
    IDENTITY,
    RUM,
    WHOLE,
    read,
)

many = settings(max_examples=80, deadline=None)
name = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,15}", fullmatch=True)

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
    for cut in range(0, len(CERTIFICATES), 2):
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
