"""Records of Smart Licensing Using Policy, printed by a renderer of the tests, are read back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nxsl.core.policy_records import (
    Exchange,
    Exchanges,
    PolicyAttribute,
    PolicyMode,
    PolicyStatus,
    PolicyTransport,
    ReportingPolicy,
    RumReport,
    TrustCode,
    Udi,
    UsageReporting,
)
from nxsl.core.records import SmartLicensing
from nxsl.nxos.parse import parse

FIRST, LAST = (datetime(year, 1, 1) for year in (1970, 2099))  # noqa: DTZ001  (by hypothesis)
many = settings(max_examples=80, deadline=None)

moment = st.datetimes(min_value=FIRST, max_value=LAST).map(
    lambda when: when.replace(microsecond=0, tzinfo=UTC)
)
perhaps = st.one_of(st.none(), moment)
name = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,11}", fullmatch=True)
# An account's name in any script, with single blanks, and the words that part it from its date.
account = st.lists(
    st.one_of(
        st.text(st.characters(categories=("L", "N")), min_size=1, max_size=6),
        st.just("As of Old"),
    ),
    min_size=1,
    max_size=3,
).map(" ".join)
udi = st.builds("PID:{},SN:{}".format, name, name)
days = st.integers(0, 999)


def date(when: datetime | None) -> str:
    return f"{when:%b %d %H:%M:%S %Y} UTC" if when else "<none>"


attribute = st.builds(
    PolicyAttribute,
    licenses=st.sampled_from(
        [
            "Unenforced/Non-Export Perpetual Attributes",
            "Enforced (Perpetual/Subscription) License Attributes",
            "Export (Perpetual/Subscription) License Attributes",
            "Unenforced/Non-Export",
        ]
    ),
    first_report=st.one_of(st.none(), days),
    frequency=st.one_of(st.none(), days),
    on_change=days,
    origin=st.sampled_from(["CISCO default", "Customer Policy", ""]),
)
policies = st.one_of(
    st.just(ReportingPolicy()),
    st.builds(
        ReportingPolicy,
        in_use=st.just("Installed On"),
        installed=moment,
        name=account,
        ack_required=st.booleans(),
        attributes=st.lists(attribute, max_size=4).map(tuple),
    ),
    st.builds(
        ReportingPolicy,
        in_use=st.just("Merged from multiple sources."),
        ack_required=st.one_of(st.none(), st.booleans()),
        attributes=st.lists(attribute, max_size=4).map(tuple),
    ),
)
trusts = st.one_of(
    st.just(()),
    st.builds(TrustCode, installed=moment).map(lambda each: (each,)),
    st.lists(
        st.builds(
            TrustCode,
            installed=moment,
            unit=st.sampled_from(["Active", "Standby", "Member"]),
            udi=udi,
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
)
accounts: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {"smart_account": account, "virtual_account": account, "account_as_of": moment}
    ),
)
transports = st.one_of(
    st.just({"transport": "Transport Off"}),
    st.builds(
        lambda kind, url: {"transport": kind, "transport_url": url},
        st.sampled_from(["Smart", "cslu", "CSLU"]),
        st.one_of(st.just(""), st.builds("https://{}.example/x".format, name)),
    ),
)
reports = st.builds(
    UsageReporting,
    last_ack=perhaps,
    ack_deadline=perhaps,
    push_interval=st.one_of(st.none(), days),
    next_ack_check=perhaps,
    next_report=perhaps,
    last_report=perhaps,
    last_file=perhaps,
)
other = st.lists(st.sampled_from(["Not Configured", "Server Identity Check: True"]), max_size=2)


@st.composite
def statuses(draw: st.DrawFn) -> PolicyStatus:
    return PolicyStatus(
        enabled=draw(st.booleans()),
        policy=draw(policies),
        reporting=draw(reports),
        trust=draw(trusts),
        other=tuple(draw(other)),
        **draw(accounts),
        **draw(transports),
    )


def printed(status: PolicyStatus) -> list[list[str]]:
    """The sections, each a list of lines."""
    sections = [
        [
            "Smart Licensing Using Policy:",
            f"  Status: {'ENABLED' if status.enabled else 'DISABLED'}",
        ],
        [
            "Account Information:",
            "  Smart Account: "
            + (
                f"{status.smart_account} As of {date(status.account_as_of)}"
                if status.smart_account
                else "<none>"
            ),
            f"  Virtual Account: {status.virtual_account or '<none>'}",
        ],
        ["Transport:", f"  Type: {status.transport}"],
        printed_policy(status.policy),
        printed_reports(status.reporting),
        printed_trust(status.trust),
    ]
    if status.transport != "Transport Off":
        key = "URL" if status.transport == "Smart" else "Cslu address"
        sections[2].append(f"  {key}: {status.transport_url or '<empty>'}")
    sections[2] += [f"    {line}" for line in status.other]
    return [each for each in sections if each]


def printed_policy(policy: ReportingPolicy) -> list[str]:
    if policy == ReportingPolicy():
        return []
    lines = ["Policy:"]
    lines.append(
        f"  Policy in use: {policy.in_use}"
        + (f" {date(policy.installed)}" if policy.installed else "")
    )
    if policy.name:
        lines.append(f"  Policy name: {policy.name}")
    if policy.ack_required is not None:
        words = "yes (CISCO default)" if policy.ack_required else "no (Customer Policy)"
        lines.append(f"  Reporting ACK required: {words}")
    for each in policy.attributes:
        lines.append(f"  {each.licenses}:")
        lines += [
            f"    {key} (days): {value}" + (f" ({each.origin})" if each.origin else "")
            for key, value in (
                ("First report requirement", each.first_report),
                ("Reporting frequency", each.frequency),
                ("Report on change", each.on_change),
            )
            if value is not None
        ]
    return lines


def printed_reports(reporting: UsageReporting) -> list[str]:
    every = reporting.push_interval
    return [
        "Usage Reporting:",
        f"  Last ACK received: {date(reporting.last_ack)}",
        f"  Next ACK deadline: {date(reporting.ack_deadline)}",
        *(
            [f"  Reporting push interval: {f'{every}  days' if every else '0 (no reporting)'}"]
            if every is not None
            else []
        ),
        f"  Next ACK push check: {date(reporting.next_ack_check)}",
        f"  Next report push: {date(reporting.next_report)}",
        f"  Last report push: {date(reporting.last_report)}",
        f"  Last report file write: {date(reporting.last_file)}",
    ]


def printed_trust(trust: tuple[TrustCode, ...]) -> list[str]:
    if not trust or not trust[0].unit:
        return [f"Trust Code Installed: {date(trust[0].installed if trust else None)}"]
    lines = ["Trust Code Installed:"]
    for each in trust:
        lines += [f"  {each.unit}: {each.udi}", f"    INSTALLED on {date(each.installed)}"]
    return lines


@many
@given(statuses(), st.randoms(use_true_random=False))
def test_status(status: PolicyStatus, random: Any) -> None:
    sections = printed(status)
    assert parse("show license status", "\n\n".join(map("\n".join, sections))) == status
    # The order of the sections is not what makes the record, nor is the indentation.
    random.shuffle(sections)
    flat = "".join(f"{line.strip()}\r\n" for each in sections for line in each)
    assert parse("show license status", flat) == status


@many
@given(
    st.builds(
        SmartLicensing,
        enabled=st.booleans(),
        reservation=st.booleans(),
        transport=st.builds(
            PolicyTransport,
            mode=st.sampled_from(PolicyMode),
            cslu_url=st.one_of(st.just(""), st.builds("https://{}.example/x".format, name)),
            smart_url=st.one_of(st.just(""), st.builds("https://{}.example/y".format, name)),
            vrf=st.one_of(st.just(""), name),
            proxy_address=st.one_of(st.just(""), name),
            proxy_port=st.one_of(st.none(), st.integers(0, 65_535)),
        ),
        other=st.lists(
            st.builds("license smart privacy {}".format, name), max_size=2, unique=True
        ).map(tuple),
    ),
    st.randoms(use_true_random=False),
)
def test_configuration(record: SmartLicensing, random: Any) -> None:
    transport = record.transport
    words = {
        "transport": transport.mode.value,
        "url cslu": transport.cslu_url,
        "url smart": transport.smart_url,
        "vrf": transport.vrf,
        "proxy address": transport.proxy_address,
        "proxy port": "" if transport.proxy_port is None else transport.proxy_port,
    }
    lines = [f"license smart {key} {value}" for key, value in words.items() if value != ""]
    lines += ["license smart enable"] * record.enabled
    lines += ["license smart reservation"] * record.reservation
    random.shuffle(lines)
    text = "\n".join([*lines, *record.other])
    assert parse('show running-config | include "license smart"', text) == record


exchange = st.builds(
    Exchange,
    name=st.just(""),
    total=days,
    succeeded=days,
    failed=days,
    response=st.sampled_from(["OK", "OK_POLL", "NO REPLY", "NO DATA TO PROCESS", "GONE on leave"]),
    response_at=moment,
    failure_reason=st.one_of(st.just(""), account),
    last_success=perhaps,
    last_failure=perhaps,
)
silent = st.just(Exchange(name="", total=0, succeeded=0, failed=0))
titles = st.from_regex(r"[A-Z][a-z]{1,8} [A-Z][a-z]{1,8}", fullmatch=True)


@many
@given(st.dictionaries(titles, st.one_of(exchange, silent), min_size=1, max_size=8), st.booleans())
def test_exchanges(found: dict[str, Exchange], preamble: bool) -> None:
    lines = ["Agent Version", "=============", "", "Communication Statistics:", "======="]
    if preamble:
        lines += ["Communication Level Allowed: DIRECT", "Overall State: <empty>"]
    for title, each in found.items():
        lines += [
            f"{title}:",
            f"  Attempts: Total={each.total}, Success={each.succeeded}, Fail={each.failed}"
            "  Ongoing Failure: Overall=0 Communication=0",
            "  Last Response: "
            + (f"{each.response} on {date(each.response_at)}" if each.response else "<none>"),
            f"    Failure Reason: {each.failure_reason or '<none>'}",
            f"  Last Success Time: {date(each.last_success)}",
            f"  Last Failure Time: {date(each.last_failure)}",
        ]
    lines += ["", "License Certificates", "====", "Last Response: OK"]
    record = Exchanges(
        exchanges=tuple(
            Exchange(**{**{key: getattr(each, key) for key in Exchange.__slots__}, "name": title})
            for title, each in found.items()
        )
    )
    assert parse("show license tech support", "\n".join(lines)) == record


@many
@given(
    st.lists(
        st.builds(
            RumReport,
            report_id=st.integers(0, 10**12).map(str),
            state=st.sampled_from(["OPEN", "CLOSED", "PENDING", "UNACKNOWLEDGED", "ACK"]),
            flag=st.sampled_from("NP"),
            feature=st.lists(name, min_size=1, max_size=3).map(" ".join),
        ),
        max_size=8,
        unique_by=lambda each: each.report_id,
    )
)
def test_rum_reports(found: list[RumReport]) -> None:
    rows = "".join(
        f"{each.report_id:<19} {each.state:<9} {each.flag:<5} {each.feature}\n" for each in found
    )
    text = (
        "Smart Licensing Usage Report:\n====================================\n"
        f"Report Id,          State,    Flag, Feature Name\n{rows}"
    )
    assert parse("show license rum id all", text) == tuple(found)


@many
@given(name, name, st.sampled_from([",", ", "]), st.integers(0, 3), st.booleans())
def test_udi(pid: str, serial: str, comma: str, members: int, listed: bool) -> None:
    text = f"UDI: PID:{pid}{comma}SN:{serial}\n"
    if listed:
        text += f"\nHA UDI List:\n    Active:PID:{pid},SN:{serial}\n"
        text += "".join(f"    Member:PID:{pid},SN:{number}\n" for number in range(members))
    assert parse("show license udi", text) == Udi(pid=pid, serial=serial)
