"""What is read of a switch, by templates such as a user would write, and the frame of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

_VERSION = """
<group name="version">
 NXOS: version {{ release }}
  cisco Nexus9000 {{ model }} chassis
  Processor Board ID {{ serial }}
  Device name: {{ hostname }}
</group>
"""
_STATUS = """
<group name="registration">
Registration:{{ _start_ }}
  Status: {{ status | ORPHRASE }}
  Smart Account: {{ smart_account | ORPHRASE }}
  Virtual Account: {{ virtual_account | ORPHRASE }}
  Next Renewal Attempt: {{ next_renewal | ORPHRASE }}
  Registration Expires: {{ expires | ORPHRASE }}
</group>
<group name="authorization">
License Authorization:{{ _start_ }}
  Status: {{ status | ORPHRASE }}
  Next Communication Attempt: {{ next_communication | ORPHRASE }}
  Communication Deadline: {{ deadline | ORPHRASE }}
</group>
<group name="conversion">
Smart License Conversion:{{ _start_ }}
  Status: {{ status | ORPHRASE }}
</group>
"""
_USAGE = """
<group name="licenses*">
({{ tag }}):
  Description: {{ description | ORPHRASE }}
  Count: {{ count }}
  Version: {{ version }}
  Status: {{ status | ORPHRASE }}
</group>
"""
_CALL_HOME = """
<group name="callhome">
  email-contact {{ email }}
  destination-profile CiscoTAC-1 index 1 http {{ url }}
  transport http use-vrf {{ vrf }}
</group>
"""
_TEMPLATES = {"version": _VERSION, "status": _STATUS, "usage": _USAGE, "callhome": _CALL_HOME}

_OWN = threading.local()
_COMPILING = threading.Lock()  # TTP fills globals of its modules while it compiles


class Reading(NamedTuple):
    """What decides whether a switch was read right; each value is told by the fleet as well."""

    serial: str
    registration: str
    authorization: str
    tags: tuple[str, ...]
    url: str


def read(texts: Sequence[str]) -> Reading:
    """Parse the four outputs with TTP; templates are compiled once for each thread."""
    parser = _parser()
    parser.clear_input()
    for name, text in zip(_TEMPLATES, texts, strict=True):
        parser.add_input("\n" + text.replace("\r", "") + "\n", template_name=name)
    parser.parse(one=True)
    found: dict[str, Any] = {}
    for name in _TEMPLATES:
        for each in parser.result(templates=[name], structure="flat_list"):
            found.update(each)
    parser.clear_result()
    return Reading(
        serial=found["version"]["serial"],
        registration=found["registration"]["status"],
        authorization=_without_date(found["authorization"]["status"]),
        tags=tuple(each["tag"] for each in found.get("licenses", ())),
        url=found.get("callhome", {}).get("url", ""),
    )


def frame(readings: Mapping[str, Reading]) -> pd.DataFrame:
    """One row for each licence of each switch."""
    import pandas as pd  # noqa: PLC0415 (the contestants import it before they are measured)

    return pd.DataFrame(
        [
            (host, each.serial, each.registration, each.authorization, tag, each.url)
            for host, each in readings.items()
            for tag in each.tags
        ],
        columns=["host", "serial", "registration", "authorization", "license", "url"],
    )


def split(text: str) -> tuple[str, ...]:
    """Take the outputs of the chained commands apart, each by its own first line."""
    starts = [
        text.index(head)
        for head in (
            "Cisco Nexus Operating System",
            "Smart Licensing is ",
            "License Authorization:",
            "!Command: show running-config callhome",
        )
    ]
    # The status has a paragraph of the usage's first line; the usage is the last with it.
    starts[2] = text.rindex("License Authorization:", 0, starts[3])
    ends = [*starts[1:], len(text)]
    return tuple(text[start:end] for start, end in zip(starts, ends, strict=True))


def warm() -> None:
    """Import pandas and TTP, which is not measured."""
    import pandas as pd  # noqa: PLC0415
    from ttp import ttp  # noqa: PLC0415

    pd.DataFrame([("a", 1)], columns=["a", "b"])
    del ttp


def _without_date(status: str) -> str:
    return status.partition(" on ")[0]


def _parser() -> Any:  # noqa: ANN401 (TTP has no type hints)
    known = getattr(_OWN, "parser", None)
    if known is None:
        from ttp import ttp  # noqa: PLC0415

        with _COMPILING:
            known = ttp(log_level="CRITICAL")
            for name, template in _TEMPLATES.items():
                known.add_template(template, template_name=name)
        _OWN.parser = known
    return known
