"""The tables under Smart Licensing Using Policy and licence files, and where nothing was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd

from nxsl.core.intent import CLOUD_URL
from nxsl.core.records import PakLicense, PakUsage
from nxsl.reports import FleetReport
from tests.core.builders import DAY, FACTS, intent, state
from tests.core.policy_builders import (
    ACKNOWLEDGED_AT,
    CSLU_URL,
    REPORTED_AT,
    TRUSTED_AT,
    policy_state,
    policy_transport,
)
from tests.reports.results import aggregated, failure, reading

FILES = PakUsage(
    licenses=(
        PakLicense(feature="A_PKG", installed=True, count=None, status="In use", expiry="Never"),
        PakLicense(
            feature="B_PKG",
            installed=True,
            count=None,
            status="In use",
            expiry="30 Jun 2022",
        ),
        PakLicense(
            feature="C_PKG",
            installed=False,
            count=None,
            status="In use",
            comments="Grace 9D 12H",
            grace_remaining=timedelta(days=9, hours=12),
        ),
        PakLicense(feature="D_PKG", installed=False, count=0, status="Unused"),
    )
)
BY_FILE = state(
    facts=replace(FACTS, release="9.3(2)", vdc="2 (blue)"),
    status=None,
    usage=FILES,
    host_id="VDH=FDO00000001",
    transport=None,
    saved=None,
)


def test_the_row_of_a_switch_that_reports() -> None:
    row = FleetReport(["leaf1"], aggregated("verify", leaf1=reading(policy_state()))).status.iloc[0]
    shown = row[["regime", "state", "state_reason", "registration", "smart_account"]]
    assert list(shown) == [
        "SLP",
        "reporting",
        "reported and acknowledged",
        "trust code",
        "Example Corp",
    ]
    dates = row[["trusted_at", "last_report", "last_ack", "ack_deadline"]]
    assert list(dates) == [
        pd.Timestamp(each)
        for each in (TRUSTED_AT, REPORTED_AT, ACKNOWLEDGED_AT, ACKNOWLEDGED_AT + 90 * DAY)
    ]
    assert row["authorization"] == ""


def test_the_ways_of_reports() -> None:
    ways = {
        "smart": policy_transport("smart"),
        "cslu": policy_transport("cslu", cslu_url=CSLU_URL, vrf="blue"),
        "nowhere": policy_transport("cslu"),
        "proxied": policy_transport("smart", proxy_address="192.0.2.80", proxy_port=8080),
        "off": policy_transport("off"),
    }
    records = {
        host: reading(policy_state(transport=found), intent=intent())
        for host, found in ways.items()
    }
    frame = FleetReport(list(ways), aggregated("verify", **records)).transport.set_index("host")
    assert dict(frame["transport"]) == {
        "smart": "smart",
        "cslu": "cslu",
        "nowhere": "cslu",
        "proxied": "smart",
        "off": "off",
    }
    smart_url = "https://smartreceiver.cisco.com/licservice/license"
    assert list(frame["destination"]) == [smart_url, CSLU_URL, "", smart_url, ""]
    assert list(frame["vrf"]) == ["management", "blue", "management", "management", "management"]
    assert list(frame["proxy"]) == ["", "", "", "192.0.2.80:8080", ""]
    assert list(frame["enabled"]) == [True, True, True, True, False]
    assert list(frame["as_intended"]) == [True, False, False, False, False]
    assert frame["saved"].all()


def test_call_home_as_the_way_of_reports() -> None:
    found = state().transport
    assert found is not None
    by_call_home = policy_transport("callhome", call_home=found.call_home)
    records = aggregated("verify", leaf1=reading(policy_state(transport=by_call_home)))
    row = FleetReport(["leaf1"], records).transport.iloc[0]
    assert (row["transport"], row["destination"], row["enabled"]) == ("callhome", CLOUD_URL, True)


def test_an_intent_that_lacks_the_url_is_not_as_intended() -> None:
    lacking = intent(method="on-prem", url="https://ssm.example.com/Transportgateway/services/x")
    found = policy_state(transport=policy_transport("cslu", cslu_url=CSLU_URL))
    records = aggregated("verify", leaf1=reading(found, intent=lacking))
    assert list(FleetReport(["leaf1"], records).transport["as_intended"]) == [False]


def test_the_dates_ahead_of_every_regime() -> None:
    records = aggregated(
        "verify", sl=reading(state()), slp=reading(policy_state()), files=reading(BY_FILE)
    )
    frame = FleetReport(["sl", "slp", "files"], records).expiry
    ahead = {(row.host, row.what) for row in frame.itertuples()}
    assert ahead == {
        ("sl", "registration"),
        ("sl", "id-renewal"),
        ("sl", "authorization"),
        ("sl", "authorization-renewal"),
        ("slp", "report"),
        ("slp", "acknowledgement"),
        ("files", "grace"),
        ("files", "license-file"),
    }
    files = frame[frame["host"] == "files"].set_index("what")
    assert files.loc["grace", "days_left"] == 9.5
    assert files.loc["license-file", "at"] == pd.Timestamp("2022-07-01", tz="UTC")


def test_licence_files_in_the_tables() -> None:
    report = FleetReport(["leaf1"], aggregated("verify", leaf1=reading(BY_FILE)))
    row = report.status.iloc[0]
    assert (row["state"], row["host_id"], row["vdc"]) == (
        "in evaluation",
        "VDH=FDO00000001",
        "2 (blue)",
    )
    assert list(report.usage["license"]) == ["A_PKG", "B_PKG", "C_PKG", "D_PKG"]
    assert list(report.usage["state"]) == ["in-use"] * 3 + ["not-in-use"]
    assert report.usage["grace_days"].tolist() == [pd.NA, pd.NA, 9.5, pd.NA]
    assert report.transport.empty


def test_whoever_was_not_read_has_a_state_too() -> None:
    frame = FleetReport(["a", "b"], aggregated("verify", a=failure())).status
    assert list(frame["state"]) == ["unknown", "unknown"]
    assert list(frame["state_reason"]) == ["connect-timeout", "not-run"]
