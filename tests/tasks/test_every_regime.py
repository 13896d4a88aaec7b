"""One switch for every row of the regime table, and for every licensing state, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nxsl.core.entitlement import Entitlement
from nxsl.core.outcome import Outcome
from nxsl.core.regime import RULES, Platform, Regime
from nxsl.lab.regime_fleet import regime_fleet
from nxsl.reports import FleetReport
from nxsl.tasks import configure_transport, verify
from tests.conftest import DIRECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Fleet

N9K = "Nexus 9000/3000"

# host: platform, regime, state, why it is that one
EXPECTED = {
    "n9k-7-0-3-i7-2": (N9K, "traditional", "in evaluation", "grace period runs"),
    "n9k-9-3-2": (N9K, "traditional", "in evaluation", "grace period runs"),
    "n9k-9-3-3": (N9K, "SL", "in evaluation", "evaluation period runs"),
    "n9k-9-3-6": (N9K, "SL", "in evaluation", "evaluation period runs"),
    "n9k-10-1-2": (N9K, "SL", "in evaluation", "evaluation period runs"),
    "n9k-10-2-1": (N9K, "SLP", "not reporting", "no trust code, no report"),
    "n9k-10-4-5": (N9K, "SLP", "not reporting", "no trust code, no report"),
    "n3k-9-3-15": (N9K, "SL", "in evaluation", "evaluation period runs"),
    "n3k-10-3-6": (N9K, "SLP", "not reporting", "no trust code, no report"),
    "n3016-7-0-3-i7-9": ("Nexus 3016/3064", "traditional", "in evaluation", "grace period runs"),
    "n3064-9-3-5": ("Nexus 3016/3064", "traditional", "in evaluation", "grace period runs"),
    "n3064-10-2-3": ("Nexus 3016/3064", "traditional", "in evaluation", "grace period runs"),
    "n3k-6-0-2-u6": ("Nexus 3000 (6.0(2)U/A)", "traditional", "in evaluation", "grace period runs"),
    "n3550t-10-2-3t": ("Nexus 3550-T", "SLP", "not reporting", "no trust code, no report"),
    "n5k-7-1-4": ("Nexus 5000/6000", "traditional", "in evaluation", "grace period runs"),
    "n6k-7-3-8": ("Nexus 5000/6000", "traditional", "in evaluation", "grace period runs"),
    "n7k-7-3-2": ("Nexus 7000", "traditional", "in evaluation", "grace period runs"),
    "n7k-8-0-1": ("Nexus 7000", "SL", "in evaluation", "evaluation period runs"),
    "n7k-8-1-1": ("Nexus 7000", "SL", "in evaluation", "evaluation period runs"),
    "n7k-8-4-2": ("Nexus 7000", "SL", "in evaluation", "evaluation period runs"),
    "mds-8-4-2b": ("MDS 9000", "unknown", "unknown", "nxsl does not assess it"),
    "mds-9-2-1": ("MDS 9000", "unknown", "unknown", "nxsl does not assess it"),
    "mds-9-2-2": ("MDS 9000", "SLP", "not reporting", "no trust code, no report"),
    "aci-15-3-2b": ("Nexus 9000 in ACI mode", "unsupported", "unknown", "nxsl does not assess it"),
    "unknown-9-3-5": ("unknown", "unknown", "unknown", "nxsl does not assess it"),
    "n7k-8-1-1-tenant": ("Nexus 7000", "SL", "in evaluation", "evaluation period runs"),
    "pak-licensed": (N9K, "traditional", "entitled", "licence files"),
    "pak-grace": (N9K, "traditional", "in evaluation", "grace period runs"),
    "pak-grace-expired": (N9K, "traditional", "expired", "grace period over"),
    "pak-missing": (N9K, "traditional", "unlicensed", "licence file missing"),
    "pak-unused": (N9K, "traditional", "entitled", "no licensed feature in use"),
    "sl-authorized": (N9K, "SL", "entitled", "registered and authorized"),
    "sl-eval": (N9K, "SL", "in evaluation", "evaluation period runs"),
    "sl-eval-expired": (N9K, "SL", "expired", "evaluation period over"),
    "sl-out-of-compliance": (
        N9K,
        "SL",
        "out of compliance",
        "account lacks licences",
    ),
    "sl-auth-expired": (N9K, "SL", "expired", "authorization ran out"),
    "sl-registration-failed": (N9K, "SL", "in evaluation", "evaluation period runs"),
    "sl-registration-expired": (N9K, "SL", "expired", "registration ran out"),
    "sl-reserved": (N9K, "SL", "entitled", "licences reserved"),
    "sl-unregistered": (N9K, "SL", "in evaluation", "evaluation period runs"),
    "sl-off": (N9K, "SL", "in evaluation", "grace period runs"),
    "sl-idle": (N9K, "SL", "entitled", "no licence in use"),
    "slp-reporting": (N9K, "SLP", "reporting", "reported and acknowledged"),
    "slp-untrusted": (N9K, "SLP", "not reporting", "no trust code, no report"),
    "slp-never-reported": (N9K, "SLP", "not reporting", "no report yet"),
    "slp-not-acknowledged": (N9K, "SLP", "not reporting", "not acknowledged yet"),
    "slp-ack-overdue": (N9K, "SLP", "not reporting", "acknowledgement overdue"),
    "slp-report-overdue": (N9K, "SLP", "not reporting", "report overdue"),
    "slp-idle": (N9K, "SLP", "entitled", "no licence in use"),
    "slp-refused": (N9K, "SLP", "out of compliance", "licence not granted"),
    "slp-strange": (N9K, "SLP", "unknown", "unknown word"),
    "slp-by-file": (N9K, "SLP", "reporting", "reported and acknowledged"),
}
UNSUPPORTED = {"mds-8-4-2b", "mds-9-2-1", "aci-15-3-2b", "unknown-9-3-5"}
VDCS = {"n7k-8-0-1": 1, "n7k-8-1-1": 1, "n7k-8-4-2": 1, "n7k-7-3-2": 1, "n7k-8-1-1-tenant": 3}


def test_every_row_and_every_state_is_told_right(fleet: Callable[..., Fleet]) -> None:
    run = fleet(*regime_fleet(), workers=len(EXPECTED))
    verified = run.run(verify)
    report = FleetReport(run.nr.inventory.hosts, verified)
    status = report.status.set_index("host")
    found = {
        host: tuple(status.loc[host, ["platform", "regime", "state", "state_reason"]])
        for host in status.index
    }
    assert found == EXPECTED
    outcomes = {host: multi[0].result.outcome for host, multi in verified.items()}
    assert {host for host in outcomes if outcomes[host] is Outcome.UNSUPPORTED} == UNSUPPORTED
    assert set(outcomes.values()) == {Outcome.READ, Outcome.UNSUPPORTED}
    # Licence files are made out to a host id; a Nexus 7000 says which VDC was read.
    by_file = (status["regime"] == "traditional") | (status.index == "sl-off")
    assert status.loc[by_file, "host_id"].str.fullmatch(r"VDH=[A-Z0-9]+").all()
    assert (status.loc[~by_file, "host_id"] == "").all()
    assert {host: int(vdc.partition(" ")[0]) for host, vdc in status["vdc"].items() if vdc} == VDCS
    # Days of grace are a column that can be sorted.
    usage = report.usage.set_index("host")
    assert usage.loc["pak-grace"]["grace_days"].dropna().between(119, 120).all()
    # Nothing but show commands went anywhere.
    for switch in run.lab.values():
        assert not [line for line in switch.commands if not line.startswith(("show", "terminal"))]


def test_the_fleet_holds_every_row_and_every_state() -> None:
    """So that a new rule or state is not forgotten here."""
    platforms, regimes, states, _ = (set(column) for column in zip(*EXPECTED.values(), strict=True))
    assert platforms == {str(each) for each in Platform}
    assert regimes == {str(each) for each in Regime}
    assert states == {str(each) for each in Entitlement}
    shown = {(platform, regime) for platform, regime, _, _ in EXPECTED.values()}
    assert {(str(rule.platform), str(rule.regime)) for rule in RULES} <= shown


def test_a_manager_counts_one_column(fleet: Callable[..., Fleet]) -> None:
    chosen = [spec for spec in regime_fleet() if spec.name.startswith(("pak", "slp", "aci"))]
    run = fleet(*chosen, workers=len(chosen))
    counts = FleetReport(run.nr.inventory.hosts, run.run(verify)).status["state"].value_counts()
    assert counts.sum() == len(chosen)
    assert dict(counts) == {
        "not reporting": 5,
        "entitled": 3,
        "unknown": 2,
        "reporting": 2,
        "expired": 1,
        "in evaluation": 1,
        "unlicensed": 1,
        "out of compliance": 1,
    }


def test_an_unsupported_device_gets_no_attempt(fleet: Callable[..., Fleet]) -> None:
    chosen = [replace(each, intent=DIRECT) for each in regime_fleet() if each.name in UNSUPPORTED]
    run = fleet(*chosen, workers=len(chosen))
    for host, multi in run.run(configure_transport).items():
        record = multi[0].result
        assert record.outcome is Outcome.UNSUPPORTED, host
        assert record.remedy
        assert "show version" in run.lab[host].commands
        assert run.lab[host].config_lines == ()
