"""What the tables of a fleet cost: seconds and processor time of each frame and file, and memory.

    python -m benchmarks.reports [--hosts 10000]

The results are made as `verify` makes them: every switch has texts of its own, which are parsed
and assessed. Of ten switches five have Smart Licensing, four Smart Licensing Using Policy, each
with four licences, and one does not answer. Making them is not measured.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir.core.task import AggregatedResult, MultiResult, Result

from nxsl.core.assess import assess
from nxsl.core.intent import LicensingIntent
from nxsl.core.outcome import Outcome, VerifyRecord
from nxsl.core.policy_records import PolicyStatus
from nxsl.core.reason_words import Reason
from nxsl.core.records import LicenseStatus
from nxsl.core.state import SwitchState
from nxsl.core.transport import Transport
from nxsl.nxos.parse import parse
from nxsl.reports import TABLES, FleetReport, write_tables

if TYPE_CHECKING:
    from collections.abc import Callable

_OUTPUTS = Path(__file__).parents[1] / "tests" / "data" / "outputs"
_READ_AT = datetime(2022, 6, 22, 16, 16, 28, tzinfo=UTC)
_TAGS = ("LAN_ENTERPRISE_SERVICES_PKG", "NXOS_ADVANTAGE_XF", "NXOS_ESSENTIALS_XF", "VPN_FABRIC")
_USAGE = """License Authorization:
  Status: {overall}

""" + "".join(
    f"""({tag}):
  Description: {tag.title()} of {{name}}
  Count: {{count}}
  Version: 1.0
  Status: {{state}}
  Enforcement Type: NOT ENFORCED
  License Type: Generic
"""
    for tag in _TAGS
)


def _text(file: str) -> str:
    return (_OUTPUTS / file).read_text(encoding="utf-8")


@dataclass(frozen=True)
class _Texts:
    """What a switch of one regime prints."""

    version: str
    status: str
    usage: str
    callhome: str

    def of(self, number: int) -> _Texts:
        """Those of one switch, unlike those of all others."""
        day, minute, second = 1 + number % 28, f"{number // 60 % 60:02}", f"{number % 60:02}"

        def own(text: str) -> str:
            return (
                text.replace("N9K-LAB-07", f"leaf{number}")
                .replace("FDO23490570", f"FDO{number:08}")
                .replace("ldap_user_test", f"account {number % 50}")
                .replace("Eg-VA", f"account {number % 50}")
                .replace("Jun 22 16:15:", f"Jun {day:02} 16:{minute}:")
                .replace("Dec 03 08:34:58", f"Dec {day:02} 08:{minute}:{second}")
                .replace("sch-smart-licensing@", f"site{number % 200}@")
            )

        words = {"name": f"leaf{number}", "count": 1 + number % 3}
        state = {"state": "IN USE", "overall": "Not Applicable"}
        if "Registration:" in self.status:
            state = {"state": "AUTHORIZED", "overall": "AUTHORIZED on Jun 22 16:15:44 2022 UTC"}
        return _Texts(
            version=own(self.version),
            status=own(self.status),
            usage=own(self.usage.format(**words, **state)),
            callhome=own(self.callhome),
        )


def _switches() -> tuple[_Texts, _Texts]:
    version = _text("show_version/n9k_10.3.6.txt")
    callhome = _text("show_running-config_callhome/n9k_9.3.4_direct_cloud.txt")
    smart = _Texts(
        version=version.replace("10.3(6)", "9.3(4)"),
        status=_text("show_license_status/n9k_9.3.4_registered_authorized.txt"),
        usage=_USAGE,
        callhome=callhome,
    )
    policy = _Texts(
        version=version,
        status=_text(
            "_reference_same_agent/show_license_status/"
            "iosxe_slp_smart_trust_installed_custom_policy.txt"
        ),
        usage=_USAGE,
        callhome=callhome,
    )
    return smart, policy


def _record(texts: _Texts, intent: LicensingIntent) -> VerifyRecord:
    facts = parse("show version", texts.version)
    status = parse("show license status", texts.status)
    running, saved = (
        Transport(
            smart_enabled=True, call_home=parse("show running-config callhome", texts.callhome)
        )
        for _ in range(2)
    )
    state = SwitchState(
        facts=facts,
        read_at=_READ_AT,
        clock=parse("show clock", "16:16:28.347 UTC Wed Jun 22 2022"),
        status=status if isinstance(status, LicenseStatus) else None,
        policy=status if isinstance(status, PolicyStatus) else None,
        usage=parse("show license usage", texts.usage),
        transport=running,
        saved=saved,
    )
    return VerifyRecord(
        outcome=Outcome.READ,
        detail="read",
        facts=facts,
        state=state,
        platform=state.platform,
        regime=state.regime,
        intent=intent,
        findings=assess(state, intent=intent),
    )


def results_of(hosts: int) -> AggregatedResult:
    """What `nr.run(verify)` gives of so many switches."""
    smart, policy = _switches()
    intent = LicensingIntent.model_validate({"method": "direct", "vrf": "management"})
    results = AggregatedResult("verify")
    for number in range(hosts):
        kind = number % 10
        record = (
            VerifyRecord(
                outcome=Outcome.FAILED_CLEAN,
                reason=Reason.CONNECT_TIMEOUT,
                detail=f"switch{number} does not answer",
                remedy="ping it",
            )
            if kind == 9
            else _record((smart if kind < 5 else policy).of(number), intent)
        )
        results[f"switch{number}"] = multi = MultiResult("verify")
        multi.append(Result(host=None, result=record, failed=not record.outcome.good))
    return results


def _timed(work: Callable[[], object]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": round(time.perf_counter() - wall, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
    }


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(hosts: int) -> dict[str, Any]:
    """The figures of a fleet of so many hosts."""
    results = results_of(hosts)
    before = _peak_mb()
    begun = time.perf_counter(), time.process_time()
    made: list[FleetReport] = []
    report = _timed(lambda: made.append(FleetReport(results, results)))
    frames = {name: _timed(partial(made[0].table, name)) for name in TABLES}
    total = time.perf_counter() - begun[0], time.process_time() - begun[1]
    peak = _peak_mb()
    with tempfile.TemporaryDirectory(prefix="nxsl-bench-") as folder:
        files = {
            kind: _timed(partial(write_tables, made[0], Path(folder), (kind,)))
            for kind in ("csv", "parquet")
        }
    return {
        "hosts": hosts,
        "rows": {name: len(made[0].table(name)) for name in TABLES},
        "report": report,
        "frames": frames,
        "all_frames": {"seconds": round(total[0], 3), "cpu_seconds": round(total[1], 3)},
        "rss_of_the_results_mb": before,
        "peak_rss_mb": peak,
        "files": files,
    }


def main() -> None:
    """Print the figures as JSON."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--hosts", type=int, default=10_000)
    sys.stdout.write(json.dumps(measure(options.parse_args().hosts), indent=1) + "\n")


if __name__ == "__main__":
    main()
