"""What a switch shows of its surroundings: files, time servers, certificates, VDC."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HostId:
    """`show license host-id`: what a licence file (PAK) is made out to, such as `VDH=FOX...`."""

    host_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vdc:
    """`show vdc current-vdc` of a Nexus 7000: the virtual device context of the session.

    Attributes:
        number: 1 is the default VDC.
        name: its name.
    """

    number: int
    name: str

    @property
    def is_default(self) -> bool:
        """Whether it is the default VDC."""
        return self.number == 1

    def __str__(self) -> str:
        return f"{self.number} ({self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NtpPeer:
    """One row of `show ntp peer-status`.

    Attributes:
        address: the server.
        selected: whether the switch follows it (`*`).
        stratum: its stratum; 16 is a server that has not answered.
    """

    address: str
    selected: bool
    stratum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NtpPeers:
    """`show ntp peer-status`."""

    peers: tuple[NtpPeer, ...] = ()

    @property
    def synchronised(self) -> bool:
        """Whether the switch follows a server."""
        return any(each.selected for each in self.peers)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaCertificate:
    """One certificate of `show crypto ca certificates`.

    Attributes:
        trustpoint: the trust point it belongs to.
        subject: the switch's words, such as `/C=US/O=IdenTrust/CN=IdenTrust Commercial ...`.
    """

    trustpoint: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaCertificates:
    """`show crypto ca certificates`: the CA certificates of all trust points."""

    certificates: tuple[CaCertificate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashFile:
    """One file of `dir bootflash:`.

    Attributes:
        name: its name; a directory's ends with `/`.
        size: bytes.
    """

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashListing:
    """`dir bootflash:...`; empty where there is no such file.

    Attributes:
        files: the files.
        free: bytes free; None where the switch does not say.
    """

    files: tuple[FlashFile, ...] = ()
    free: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReply:
    """The answer to `license smart import FILE`.

    Attributes:
        accepted: whether the switch says that the import went well.
        words: what it printed.
    """

    accepted: bool
    words: str = ""
