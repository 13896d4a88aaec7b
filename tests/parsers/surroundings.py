"""Texts of the commands about a switch's surroundings, and what is read from them.

They are the tests' own; their layout is that of the outputs that the templates name.
"""

from __future__ import annotations

from typing import Any

from nxsl.core.errors import ParseError
from nxsl.core.system_records import CaCertificate, CaCertificates
from nxsl.nxos.parse import parse

NTP = """
Total peers : 3
* - selected for sync, + -  peer mode(active),\x20
- - peer mode(passive), = - polled in client mode\x20
    remote                                 local                  st   poll   reach delay   vrf
-----------------------------------------------------------------------------------------------
=127.127.1.0                               192.0.2.7               8     64       0   0.00000
*192.0.2.1                                 0.0.0.0                3   64     377   0.01311 default
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
