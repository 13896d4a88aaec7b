"""License whole fleets of Cisco Nexus (NX-OS) switches.

```python
from nxsl import FleetReport, configure_transport, open_fleet, register, token_from_env, verify

nr = open_fleet("inventory")
configured = nr.run(configure_transport)
registered = nr.run(register, token=token_from_env())
verified = nr.run(verify, on_failed=True)
FleetReport(nr.inventory.hosts, configured, registered, verified).status
```

The names below are the public ones; modules that begin with an underscore are not. They are
loaded when they are first used, so that importing nxsl costs little and pandas only who reports.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nxsl.core.assess import assess
    from nxsl.core.errors import NxslError, ParseError
    from nxsl.core.findings import Finding, Severity, Thresholds
    from nxsl.core.intent import LicensingIntent, Method
    from nxsl.core.outcome import Outcome
    from nxsl.core.regime import Regime
    from nxsl.core.secret import Token
    from nxsl.fleet.credentials import (
        token_from_env,
        token_from_file,
        token_from_keyring,
        token_from_prompt,
    )
    from nxsl.fleet.intents import intent_of
    from nxsl.fleet.inventory import open_fleet
    from nxsl.fleet.progress import ShowProgress
    from nxsl.nxos.parse import parse
    from nxsl.reports import FleetReport, write_tables
    from nxsl.tasks import Patience, configure_transport, deregister, register, renew, verify

_HOMES = {
    "assess": "nxsl.core.assess",
    "NxslError": "nxsl.core.errors",
    "ParseError": "nxsl.core.errors",
    "Finding": "nxsl.core.findings",
    "Severity": "nxsl.core.findings",
    "Thresholds": "nxsl.core.findings",
    "LicensingIntent": "nxsl.core.intent",
    "Method": "nxsl.core.intent",
    "Outcome": "nxsl.core.outcome",
    "Regime": "nxsl.core.regime",
    "Token": "nxsl.core.secret",
    "token_from_env": "nxsl.fleet.credentials",
    "token_from_file": "nxsl.fleet.credentials",
    "token_from_keyring": "nxsl.fleet.credentials",
    "token_from_prompt": "nxsl.fleet.credentials",
    "intent_of": "nxsl.fleet.intents",
    "open_fleet": "nxsl.fleet.inventory",
    "ShowProgress": "nxsl.fleet.progress",
    "parse": "nxsl.nxos.parse",
    "FleetReport": "nxsl.reports",
    "write_tables": "nxsl.reports",
    "Patience": "nxsl.tasks",
    "configure_transport": "nxsl.tasks",
    "deregister": "nxsl.tasks",
    "register": "nxsl.tasks",
    "renew": "nxsl.tasks",
    "verify": "nxsl.tasks",
}

__version__ = "0.1.0"

__all__ = [
    "Finding",
    "FleetReport",
    "LicensingIntent",
    "Method",
    "NxslError",
    "Outcome",
    "ParseError",
    "Patience",
    "Regime",
    "Severity",
    "ShowProgress",
    "Thresholds",
    "Token",
    "assess",
    "configure_transport",
    "deregister",
    "intent_of",
    "open_fleet",
    "parse",
    "register",
    "renew",
    "token_from_env",
    "token_from_file",
    "token_from_keyring",
    "token_from_prompt",
    "verify",
    "write_tables",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nxsl' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
