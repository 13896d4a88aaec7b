"""Host ID, VDC, time servers, CA certificates, files and an import: matched lines to records."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from nxsl.core.secret import redact_tokens
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
from nxsl.nxos import _values as values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nxsl.nxos._matched import Matched


def host_id(matched: Matched) -> HostId:
    """Make the record of `show license host-id`; a line that comes twice, alike, is one."""
    found = {match.get("host_id", "") for _, match in matched}
    if len(found) != 1 or found == {""}:
        raise ValueError("this is not one host ID")
    return HostId(host_id=found.pop())


def vdc(matched: Matched) -> Vdc:
    """Make the record of `show vdc current-vdc`."""
    line, match = matched[0]
    if len(matched) != 1 or "number" not in match:
        raise ValueError(f"this is not the one line about the VDC: {line}")
    return Vdc(number=values.count(match["number"], most=255), name=match["name"])


_TABLE = frozenset({"legend", "header", "ruler"})


def ntp_peers(matched: Matched) -> NtpPeers:
    """Make the record of `show ntp peer-status`; it must have as many rows as it says.

    A terminal of 80 columns wraps a row behind the local address.
    """
    (line, first), *rest = matched
    if "total" not in first:
        raise ValueError(f"the first line is not `Total peers :`: {line}")
    rows: list[dict[str, str]] = []
    for line, match in rest:
        if match.keys() <= _TABLE and not rows:
            continue
        if "address" in match and (not rows or "stratum" in rows[-1]):
            rows.append(dict(match))
        elif "stratum" in match and rows and "stratum" not in rows[-1]:
            rows[-1].update(match)
        else:
            raise ValueError(f"this is no row of the table: {line}")
    if len(rows) != values.count(first["total"]):
        raise ValueError(f"there are {len(rows)} rows and not {first['total']}")
    peers = tuple(_ntp_peer(row) for row in rows)
    if sum(each.selected for each in peers) > 1:
        raise ValueError("more than one server is selected")
    return NtpPeers(peers=peers)


def _ntp_peer(row: Mapping[str, str]) -> NtpPeer:
    if "stratum" not in row:
        raise ValueError(f"the row of {row['address']} is cut")
    return NtpPeer(
        address=str(ip_address(row["address"].lstrip("*+-="))),
        selected=row["address"].startswith("*"),
        stratum=values.count(row["stratum"], most=16),
    )


_CERTIFICATE = ("subject", "issuer", "serial", "not_before", "not_after")


def ca_certificates(matched: Matched) -> CaCertificates:
    """Make the record of `show crypto ca certificates`; every certificate must be whole."""
    found: list[CaCertificate] = []
    for trustpoint, is_ca, fields in _certificates(matched):
        for name in _CERTIFICATE:
            if name not in fields:
                raise ValueError(f"a certificate of {trustpoint} lacks its line `{name}`")
        if not fields.keys() & {"sha1", "md5"}:
            raise ValueError(f"a certificate of {trustpoint} has no fingerprint")
        if is_ca:
            found.append(CaCertificate(trustpoint=trustpoint, subject=fields["subject"]))
    return CaCertificates(certificates=tuple(found))


def _certificates(matched: Matched) -> list[tuple[str, bool, dict[str, str]]]:
    """Give (trust point, whether it is a CA's, lines) of every certificate."""
    found: list[tuple[str, bool, dict[str, str]]] = []
    trustpoints = [match["trustpoint"] for _, match in matched if "trustpoint" in match]
    if len(set(trustpoints)) != len(trustpoints):
        raise ValueError("a trust point is there twice")
    trustpoint = ""
    fields: dict[str, str] | None = None
    for line, match in matched:
        if "trustpoint" in match:
            trustpoint, fields = match["trustpoint"], None
        elif match.keys() & {"identity", "number"} and trustpoint:
            fields = {}
            found.append((trustpoint, "number" in match, fields))
        elif "key" not in match or fields is None:
            raise ValueError(f"this is no line of a certificate: {line}")
        elif (match.keys() - {"key"}) & fields.keys():
            raise ValueError(f"a line is there twice in a certificate: {line}")
        else:
            fields.update({name: value for name, value in match.items() if name != "key"})
    return found


_USE = ("usage", "used", "free", "total")


def listing(matched: Matched) -> FlashListing:
    """Make the record of `dir`; where there is no such file, of an empty one.

    The lines about the use of the file system must follow, so that a cut list is not taken for one
    without the file.
    """
    if "missing" in matched[0][1] and len(matched) == 1:
        return FlashListing()
    kinds = tuple(next(iter(match)) for _, match in matched)
    if kinds[-4:] != _USE or set(kinds[:-4]) - {"size"}:
        raise ValueError("this is no list of files with the use of the file system behind it")
    files = tuple(_file(match) for _, match in matched[:-4])
    if len({each.name for each in files}) != len(files):
        raise ValueError("a file is there twice")
    used, free, total = (_bytes(matched[at][1][name]) for at, name in enumerate(_USE[1:], -3))
    if used > total or free > total:
        raise ValueError("the file system is smaller than what is on it")
    return FlashListing(files=files, free=free)


def _file(match: Mapping[str, str]) -> FlashFile:
    values.naive(
        (match["year"], match["month"], match["day"]),
        (match["hour"], match["minute"], match["second"]),
    )
    return FlashFile(name=match["name"], size=_bytes(match["size"]))


def _bytes(words: str) -> int:
    if len(words) > 15:  # noqa: PLR2004  (a petabyte; also what bounds the number)
        raise ValueError(f"{words} is not a number of bytes")
    return int(words)


def md5(matched: Matched) -> str:
    """Give the digest of `show file ... md5sum`, in small letters."""
    line, match = matched[0]
    if len(matched) != 1 or "md5" not in match:
        raise ValueError(f"this is not an MD5 digest: {line}")
    return match["md5"].lower()


_REFUSAL = re.compile(r"(?i)\b(?:errors?|failed|failure|invalid|not found|no such file)\b")
_SENTENCES = 3  # more than that is no refusal but some other text


def import_reply(matched: Matched) -> ImportReply:
    """Make the record of the answer to `license smart import`."""
    accepted = "accepted" in matched[0][1]
    words = " ".join(line for line, _ in matched)
    if accepted and all("confirmation" in match for _, match in matched[1:]):
        return ImportReply(accepted=True, words=matched[0][0])
    unclear = len(matched) > _SENTENCES or any("accepted" in match for _, match in matched)
    if unclear or not _REFUSAL.search(words):
        raise ValueError("the answer is neither the known acceptance nor a known refusal")
    return ImportReply(accepted=False, words=redact_tokens(words))
