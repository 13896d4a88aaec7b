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
    from nxsl.core.assess import assess, entitlement_of
    from nxsl.core.diagnose import diagnose_state
    from nxsl.core.entitlement import Entitlement
    from nxsl.core.errors import NxslError, ParseError
    from nxsl.core.findings import Finding, Severity, Thresholds
    from nxsl.core.intent import LicensingIntent, Method, PolicyIntent
    from nxsl.core.outcome import Outcome
    from nxsl.core.regime import Regime, Release
    from nxsl.core.secret import Token
    from nxsl.core.snapshot import Snapshot
    from nxsl.core.upgrade import upgrade_gate
    from nxsl.fleet.credentials import (
        TokenSource,
        token_from_env,
        token_from_file,
        token_from_keyring,
        token_from_prompt,
    )
    from nxsl.fleet.dask_runner import DaskRunner
    from nxsl.fleet.intents import intent_of
    from nxsl.fleet.inventory import open_fleet
    from nxsl.fleet.progress import ShowProgress
    from nxsl.fleet.runner import FleetRunner
    from nxsl.fleet.snapshots import read_snapshots, write_snapshot
    from nxsl.fleet.stop import stopping_by_signals
    from nxsl.nxos.parse import parse
    from nxsl.reports import FleetReport, write_tables
    from nxsl.reports.gate import GateReport
    from nxsl.run.fleet_runs import FleetRuns
    from nxsl.run.json_log import JsonLog
    from nxsl.run.observer import RunObserver
    from nxsl.run.settings import RunSettings
    from nxsl.run.store import RunStore
    from nxsl.run.webhook import Webhook
    from nxsl.tasks import (
        Patience,
        cancel_reservation,
        configure_transport,
        convert,
        deregister,
        diagnose,
        follow,
        import_ack,
        install_reservation,
        probe_backend,
        register,
        renew,
        request_reservation,
        return_reservation,
        save_trust_request,
        save_usage,
        verify,
    )

_HOMES = {
    "assess": "nxsl.core.assess",
    "entitlement_of": "nxsl.core.assess",
    "diagnose_state": "nxsl.core.diagnose",
    "Entitlement": "nxsl.core.entitlement",
    "NxslError": "nxsl.core.errors",
    "ParseError": "nxsl.core.errors",
    "Finding": "nxsl.core.findings",
    "Severity": "nxsl.core.findings",
    "Thresholds": "nxsl.core.findings",
    "LicensingIntent": "nxsl.core.intent",
    "Method": "nxsl.core.intent",
    "PolicyIntent": "nxsl.core.intent",
    "Outcome": "nxsl.core.outcome",
    "Regime": "nxsl.core.regime",
    "Release": "nxsl.core.regime",
    "Token": "nxsl.core.secret",
    "Snapshot": "nxsl.core.snapshot",
    "upgrade_gate": "nxsl.core.upgrade",
    "token_from_env": "nxsl.fleet.credentials",
    "token_from_file": "nxsl.fleet.credentials",
    "token_from_keyring": "nxsl.fleet.credentials",
    "token_from_prompt": "nxsl.fleet.credentials",
    "intent_of": "nxsl.fleet.intents",
    "open_fleet": "nxsl.fleet.inventory",
    "ShowProgress": "nxsl.fleet.progress",
    "read_snapshots": "nxsl.fleet.snapshots",
    "write_snapshot": "nxsl.fleet.snapshots",
    "parse": "nxsl.nxos.parse",
    "FleetReport": "nxsl.reports",
    "write_tables": "nxsl.reports",
    "GateReport": "nxsl.reports.gate",
    "FleetRuns": "nxsl.run.fleet_runs",
    "RunStore": "nxsl.run.store",
    "RunSettings": "nxsl.run.settings",
    "RunObserver": "nxsl.run.observer",
    "FleetRunner": "nxsl.fleet.runner",
    "DaskRunner": "nxsl.fleet.dask_runner",
    "TokenSource": "nxsl.fleet.credentials",
    "JsonLog": "nxsl.run.json_log",
    "Webhook": "nxsl.run.webhook",
    "stopping_by_signals": "nxsl.fleet.stop",
    "follow": "nxsl.tasks",
    "Patience": "nxsl.tasks",
    "cancel_reservation": "nxsl.tasks",
    "configure_transport": "nxsl.tasks",
    "convert": "nxsl.tasks",
    "deregister": "nxsl.tasks",
    "diagnose": "nxsl.tasks",
    "import_ack": "nxsl.tasks",
    "install_reservation": "nxsl.tasks",
    "probe_backend": "nxsl.tasks",
    "register": "nxsl.tasks",
    "renew": "nxsl.tasks",
    "request_reservation": "nxsl.tasks",
    "return_reservation": "nxsl.tasks",
    "save_trust_request": "nxsl.tasks",
    "save_usage": "nxsl.tasks",
    "verify": "nxsl.tasks",
}

__version__ = "0.1.0"

__all__ = [
    "DaskRunner",
    "Entitlement",
    "Finding",
    "FleetReport",
    "FleetRunner",
    "FleetRuns",
    "GateReport",
    "JsonLog",
    "LicensingIntent",
    "Method",
    "NxslError",
    "Outcome",
    "ParseError",
    "Patience",
    "PolicyIntent",
    "Regime",
    "Release",
    "RunObserver",
    "RunSettings",
    "RunStore",
    "Severity",
    "ShowProgress",
    "Snapshot",
    "Thresholds",
    "Token",
    "TokenSource",
    "Webhook",
    "assess",
    "cancel_reservation",
    "configure_transport",
    "convert",
    "deregister",
    "diagnose",
    "diagnose_state",
    "entitlement_of",
    "follow",
    "import_ack",
    "install_reservation",
    "intent_of",
    "open_fleet",
    "parse",
    "probe_backend",
    "read_snapshots",
    "register",
    "renew",
    "request_reservation",
    "return_reservation",
    "save_trust_request",
    "save_usage",
    "stopping_by_signals",
    "token_from_env",
    "token_from_file",
    "token_from_keyring",
    "token_from_prompt",
    "upgrade_gate",
    "verify",
    "write_snapshot",
    "write_tables",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nxsl' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
