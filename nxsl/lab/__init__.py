"""A fleet of simulated Nexus switches behind real SSH, to test against without touching a switch.

```python
from nxsl.lab import Lab, SwitchSpec

with Lab([SwitchSpec(name="leaf1"), SwitchSpec(name="leaf2", release="10.3(6)")]) as lab:
    config = lab.write_inventory(Path("lab-inventory"))
    ...
    assert lab["leaf1"].registered
```

It imports nothing of nxsl outside this package and nothing of nxsl imports it: parsers and checks
that were shared could not catch each other's errors. It needs the extra `nxsl[lab]` (asyncssh).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.lab.backend import (
    CLOUD_TOKEN,
    CLOUD_URL,
    EXPIRED_TOKEN,
    ON_PREM_TOKEN,
    ON_PREM_URL,
    USED_UP_TOKEN,
    Answer,
    Backend,
    Cssm,
    Token,
)
from nxsl.lab.device import Kind, Received, Traffic
from nxsl.lab.faults import (
    Ask,
    Banner,
    BlackHole,
    CheckpointBusy,
    CheckpointLost,
    CheckpointsFull,
    CheckpointTaken,
    Chunks,
    DeafPeer,
    Delay,
    Drop,
    FakePrompt,
    Fault,
    FlashFull,
    Flood,
    Garble,
    Hang,
    HostKeyChanged,
    HostKeyUnknown,
    Ignore,
    Inject,
    LineFault,
    LoginQuestion,
    Meanwhile,
    Refuse,
    Reject,
    RejectAuthentication,
    Reload,
    Replace,
    RollbackFails,
    SaveFails,
    SaveLost,
    ScpBreaks,
    ScpCorrupts,
    SessionLimit,
    SlowAuthentication,
    WeakAlgorithms,
    ignore_terminal_length,
    ignore_terminal_width,
)
from nxsl.lab.fleet import demo_fleet, fleet
from nxsl.lab.gate import Behind, Gate
from nxsl.lab.licensing import Attempt, LicensingState
from nxsl.lab.network import Network
from nxsl.lab.policy_files import Damaged, Unreadable
from nxsl.lab.policy_record import PolicyRecord
from nxsl.lab.policy_reports import Report, ReportState
from nxsl.lab.policy_spec import (
    NEVER_TRUSTED,
    Message,
    PolicyFailure,
    PolicyState,
    never_reported,
    reporting,
)
from nxsl.lab.regime_fleet import regime_fleet
from nxsl.lab.releases import Regime
from nxsl.lab.spec import (
    CALLHOME_217965,
    CALLHOME_DIRECT,
    CALLHOME_EMPTY,
    CALLHOME_ON_PREM,
    CALLHOME_PROXY,
    EVALUATION_EXPIRED,
    RESERVED,
    UNREGISTERED,
    License,
    Registration,
    SwitchSpec,
    out_of_compliance,
    registered,
)
from nxsl.lab.upgrade import Fate

if TYPE_CHECKING:
    from nxsl.lab.lab import Lab, Switch

__all__ = [
    "CALLHOME_217965",
    "CALLHOME_DIRECT",
    "CALLHOME_EMPTY",
    "CALLHOME_ON_PREM",
    "CALLHOME_PROXY",
    "CLOUD_TOKEN",
    "CLOUD_URL",
    "EVALUATION_EXPIRED",
    "EXPIRED_TOKEN",
    "NEVER_TRUSTED",
    "ON_PREM_TOKEN",
    "ON_PREM_URL",
    "RESERVED",
    "UNREGISTERED",
    "USED_UP_TOKEN",
    "Answer",
    "Ask",
    "Attempt",
    "Backend",
    "Banner",
    "Behind",
    "BlackHole",
    "CheckpointBusy",
    "CheckpointLost",
    "CheckpointTaken",
    "CheckpointsFull",
    "Chunks",
    "Cssm",
    "Damaged",
    "DeafPeer",
    "Delay",
    "Drop",
    "FakePrompt",
    "Fate",
    "Fault",
    "FlashFull",
    "Flood",
    "Garble",
    "Gate",
    "Hang",
    "HostKeyChanged",
    "HostKeyUnknown",
    "Ignore",
    "Inject",
    "Kind",
    "Lab",
    "License",
    "LicensingState",
    "LineFault",
    "LoginQuestion",
    "Meanwhile",
    "Message",
    "Network",
    "PolicyFailure",
    "PolicyRecord",
    "PolicyState",
    "Received",
    "Refuse",
    "Regime",
    "Registration",
    "Reject",
    "RejectAuthentication",
    "Reload",
    "Replace",
    "Report",
    "ReportState",
    "RollbackFails",
    "SaveFails",
    "SaveLost",
    "ScpBreaks",
    "ScpCorrupts",
    "SessionLimit",
    "SlowAuthentication",
    "Switch",
    "SwitchSpec",
    "Token",
    "Traffic",
    "Unreadable",
    "WeakAlgorithms",
    "demo_fleet",
    "fleet",
    "ignore_terminal_length",
    "ignore_terminal_width",
    "never_reported",
    "out_of_compliance",
    "regime_fleet",
    "registered",
    "reporting",
]


def __getattr__(name: str) -> object:
    """Import the running lab only when it is asked for.

    pytest loads this package through nxsl's plug-in in every run, also where asyncssh is missing.
    """
    if name not in {"Lab", "Switch"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from nxsl.lab import lab  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the simulated switches need {error.name}: pip install 'nxsl[lab]'", name=error.name
        ) from error
    return getattr(lab, name)
