"""Records rendered as NX-OS prints them, by a renderer of the tests alone, are read back equal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nxsl.core.errors import ParseError
from nxsl.core.records import (
    Attempt,
    AttemptResult,
    Authorization,
    AuthorizationState,
    CallHome,
    Clock,
    Conversion,
    Destination,
    DeviceFacts,
    Features,
    LicenseState,
    LicenseStatus,
    LicenseUsage,
    LicenseUse,
    PakLicense,
    PakUsage,
    Registration,
    RegistrationState,
    Vrf,
    VrfContexts,
)
from nxsl.nxos.parse import COMMANDS, parse

FIRST, LAST = (datetime(year, 1, 1) for year in (1970, 2099))  # noqa: DTZ001  (by hypothesis)
many = settings(max_examples=120, deadline=None)

# ----------------------------------------------------------------------------- what is printed

LETTERS = st.characters(min_codepoint=33, max_codepoint=126)
word = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=16)
name = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,15}", fullmatch=True)
# An account's name: words with single blanks, in any script. A colon at the end is left out: it
# would look like the head of a section, and such a text is refused.
account = (
    st.lists(
        st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=8),
        min_size=1,
        max_size=4,
    )
    .map(" ".join)
    .filter(lambda text: not text.endswith(":") and not text.startswith("<"))
)
moment = st.datetimes(min_value=FIRST, max_value=LAST).map(
    lambda when: when.replace(microsecond=0, tzinfo=UTC)
)


def printed(when: datetime) -> str:
    return when.strftime("%b %d %H:%M:%S %Y UTC")


def smart_status(text: str, **more: Any) -> LicenseStatus:
    status = parse("show license status", text, **more)
    assert isinstance(status, LicenseStatus)
    return status


def printed_attempt(attempt: Attempt) -> str:
    return attempt.word + (f" on {printed(attempt.at)}" if attempt.at else "")


succeeded = st.builds(
    Attempt,
    result=st.just(AttemptResult.SUCCEEDED),
    word=st.sampled_from(["SUCCEEDED", "SUCCESS"]),
    at=moment,
)
failed = st.builds(
    Attempt,
    result=st.just(AttemptResult.FAILED),
    word=st.just("FAILED"),
    at=moment,
    failure_reason=account,
)
none = st.just(Attempt(result=AttemptResult.NONE, word="None"))
attempt = st.one_of(succeeded, failed, none)

unregistered = st.sampled_from(["", "REGISTRATION FAILED", "REGISTRATION EXPIRED"]).flatmap(
    lambda detail: st.builds(
        Registration,
        state=st.just(RegistrationState.UNREGISTERED),
        status=st.just(" - ".join(filter(None, ["UNREGISTERED", detail]))),
        detail=st.just(detail),
        export_controlled=st.just("Not Allowed"),
        initial=st.one_of(st.none(), failed),
        next_attempt=st.one_of(st.none(), moment),
    )
)
registered = st.builds(
    Registration,
    state=st.just(RegistrationState.REGISTERED),
    status=st.just("REGISTERED"),
    smart_account=account,
    virtual_account=account,
    export_controlled=st.sampled_from(["Allowed", "Not Allowed"]),
    initial=succeeded,
    last_renewal=attempt,
    next_renewal=moment,
    expires=moment,
)
evaluating = st.builds(
    Authorization,
    state=st.just(AuthorizationState.EVALUATION),
    status=st.just("EVAL MODE"),
    evaluation_remaining=st.integers(0, 90 * 86_400).map(lambda each: timedelta(seconds=each)),
)
authorized = st.sampled_from(
    [
        (AuthorizationState.AUTHORIZED, "AUTHORIZED"),
        (AuthorizationState.OUT_OF_COMPLIANCE, "OUT OF COMPLIANCE"),
        (AuthorizationState.AUTHORIZATION_EXPIRED, "AUTH EXPIRED"),
    ]
).flatmap(
    lambda pair: st.builds(
        Authorization,
        state=st.just(pair[0]),
        status=st.just(pair[1]),
        since=moment,
        last_communication=attempt,
        next_communication=moment,
        deadline=moment,
    )
)
statuses = st.builds(
    LicenseStatus,
    enabled=st.just(True),
    registration=st.one_of(unregistered, registered),
    authorization=st.one_of(evaluating, authorized),
    conversion=st.builds(
        Conversion,
        automatic=st.booleans(),
        status=st.sampled_from(["Not started", "Started", "Failed on Jun 22 16:15:41 2022 UTC"]),
    ),
)


def printed_status(status: LicenseStatus) -> str:
    lines = ["Smart Licensing is ENABLED", "", "Registration:"]

    def line(key: str, value: Any) -> None:
        if value in (None, ""):
            return
        if isinstance(value, datetime):
            value = printed(value)
        reason = ""
        if isinstance(value, Attempt):
            value, reason = printed_attempt(value), value.failure_reason
        lines.append(f"  {key}: {value}")
        if reason:
            lines.append(f"    Failure reason: {reason}")

    one, two, three = status.registration, status.authorization, status.conversion
    assert one
    assert two
    assert three
    line("Status", one.status)
    line("Smart Account", one.smart_account)
    line("Virtual Account", one.virtual_account)
    line("Export-Controlled Functionality", one.export_controlled)
    line("Initial Registration", one.initial)
    line("Last Renewal Attempt", one.last_renewal)
    line("Next Renewal Attempt", one.next_renewal)
    line("Next Registration Attempt", one.next_attempt)
    line("Registration Expires", one.expires)
    lines += ["", "License Authorization: "]
    line("Status", f"{two.status} on {printed(two.since)}" if two.since else two.status)
    if two.evaluation_remaining is not None:
        left = two.evaluation_remaining
        hours, seconds = divmod(left.seconds, 3600)
        words = f"{left.days} days, {hours} hours, {seconds // 60} minutes, {seconds % 60} seconds"
        line("Evaluation Period Remaining", words)
    line("Last Communication Attempt", two.last_communication)
    line("Next Communication Attempt", two.next_communication)
    line("Communication Deadline", two.deadline)
    lines += ["", "Smart License Conversion:"]
    line("Automatic Conversion Enabled", str(three.automatic))
    line("Status", three.status)
    return "\n".join(lines) + "\n"


@many
@given(statuses)
def test_status(status: LicenseStatus) -> None:
    assert smart_status(printed_status(status)) == status


@many
@given(statuses, st.randoms(use_true_random=False))
def test_status_without_indentation(status: LicenseStatus, random: Any) -> None:
    lines = [line.strip() for line in printed_status(status).splitlines()]
    text = "".join(line + random.choice(["\n", "\r\n", " \n"]) for line in lines if line)
    assert smart_status(text) == status


# A second look at the verdicts that shares no code with nxsl, as an oracle for whatever is read.
@many
@given(statuses, st.data())
def test_verdicts_agree_with_a_plain_reading(status: LicenseStatus, data: st.DataObject) -> None:
    lines = printed_status(status).splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.integers(0, len(lines) - 1))
    lines[at], lines[other] = lines[other], lines[at]
    text = "\n".join(lines)
    try:
        record = smart_status(text)
    except ParseError:
        return
    flat = "\n" + "\n".join(line.strip() for line in lines if line.strip()) + "\n"
    for title, block in (
        ("Registration", record.registration),
        ("License Authorization", record.authorization),
    ):
        assert block
        part = flat.split(f"\n{title}:\n")[1]
        words = next(line for line in part.splitlines() if line.startswith("Status: "))
        assert words.removeprefix("Status: ").startswith(block.status)


licenses = st.builds(
    LicenseUse,
    tag=name,
    state=st.just(LicenseState.IN_USE),
    status=st.just("IN USE"),
    count=st.integers(0, 9999),
    description=st.one_of(st.just(""), account),
    version=st.just("1.0"),
    enforcement=st.just("NOT ENFORCED"),
    license_type=st.just("Generic"),
)


@many
@given(st.lists(licenses, min_size=1, max_size=6, unique_by=lambda each: each.tag))
def test_usage_by_policy(found: list[LicenseUse]) -> None:
    text = "License Authorization:\n  Status: Not Applicable\n" + "".join(
        f"\n({each.tag}):\n  Description: {each.description}\n  Count: {each.count}\n"
        f"  Version: {each.version}\n  Status: {each.status}\n"
        f"  Enforcement Type: {each.enforcement}\n  License Type: {each.license_type}\n"
        for each in found
    )
    assert parse("show license usage", text) == LicenseUsage(
        authorization="Not Applicable", licenses=tuple(found)
    )


smart_states = st.sampled_from(
    [
        ("AUTHORIZED", LicenseState.AUTHORIZED),
        ("OUT OF COMPLIANCE", LicenseState.OUT_OF_COMPLIANCE),
        ("EVAL MODE", LicenseState.EVALUATION),
        ("words of tomorrow", LicenseState.UNKNOWN),
    ]
)


@many
@given(st.dictionaries(name, st.tuples(smart_states, st.integers(0, 99)), max_size=6), moment)
def test_usage_under_smart_licensing(found: dict[str, Any], since: datetime) -> None:
    head = f"License Authorization: \n  Status: AUTHORIZED on {printed(since)}\n"
    text = head + "".join(
        f"\n({tag}):\n  Description: {tag} licence\n  Count: {count}\n  Version: 1.0\n"
        f"  Status: {words}\n"
        for tag, ((words, _), count) in found.items()
    )
    usage = parse("show license usage", text if found else text + "\nNo licenses in use\n")
    assert usage == LicenseUsage(
        authorization="AUTHORIZED",
        since=since,
        licenses=tuple(
            LicenseUse(
                tag=tag,
                state=state,
                status=words,
                count=count,
                description=f"{tag} licence",
                version="1.0",
            )
            for tag, ((words, state), count) in found.items()
        ),
    )


@st.composite
def pak_licenses(draw: st.DrawFn) -> PakLicense:
    grace = draw(st.one_of(st.none(), st.tuples(st.integers(0, 120), st.integers(0, 23))))
    return PakLicense(
        feature=draw(st.from_regex(r"[A-Z][A-Z0-9_-]{2,26}", fullmatch=True)),
        installed=draw(st.booleans()),
        count=draw(st.one_of(st.none(), st.integers(0, 99))),
        status=draw(st.sampled_from(["In use", "Unused"])),
        expiry=draw(st.sampled_from(["", "Never", "never", "30 Jun 2024"])),
        comments=f"Grace {grace[0]}D {grace[1]}H" if grace else "",
        grace_remaining=timedelta(days=grace[0], hours=grace[1]) if grace else None,
    )


@many
@given(st.lists(pak_licenses(), min_size=1, max_size=12, unique_by=lambda each: each.feature))
def test_usage_of_licence_files(found: list[PakLicense]) -> None:
    rows = "".join(
        f"{each.feature:<30}{'Yes' if each.installed else 'No':<6}"
        f"{'-' if each.count is None else each.count!s:<4}{each.status} {each.expiry:<11} "
        f"{each.comments or '-'}\n"
        for each in found
    )
    text = (
        "Feature                      Ins  Lic   Status Expiry Date Comments\n"
        f"                                 Count\n{'-' * 80}\n{rows}{'-' * 80}\n"
    )
    assert parse("show license usage", text) == PakUsage(licenses=tuple(found))


destinations = st.builds(
    Destination,
    profile=name,
    url=st.builds(
        "https://{}.example{}".format, name, st.sampled_from(["/its", "/a/b", ":8443/x"])
    ),
    index=st.one_of(st.none(), st.integers(1, 9)),
)


@many
@given(
    st.builds(
        CallHome,
        enabled=st.booleans(),
        email=st.one_of(st.just(""), st.builds("{}@{}".format, name, name)),
        methods=st.lists(
            st.tuples(name, st.sampled_from(["http", "email"])), max_size=3, unique=True
        ).map(tuple),
        destinations=st.lists(destinations, max_size=3, unique=True).map(tuple),
        vrf=st.one_of(st.just(""), name),
        proxy_server=name,
        proxy_port=st.one_of(st.none(), st.integers(0, 65_535)),
        proxy_enabled=st.booleans(),
        other=st.lists(name.map("streetaddress {}".format), max_size=2, unique=True).map(tuple),
    ),
    st.booleans(),
)
def test_callhome(record: CallHome, indented: bool) -> None:
    port = "" if record.proxy_port is None else f" port {record.proxy_port}"
    lines = [
        *([f"email-contact {record.email}"] if record.email else []),
        *record.other,
        *(
            f"destination-profile {profile} transport-method {how}"
            for profile, how in record.methods
        ),
        *(
            f"destination-profile {each.profile}"
            + (f" index {each.index}" if each.index else "")
            + f" http {each.url}"
            for each in record.destinations
        ),
        *([f"transport http use-vrf {record.vrf}"] if record.vrf else []),
        f"transport http proxy server {record.proxy_server}{port}",
        *(["transport http proxy enable"] if record.proxy_enabled else []),
        *(["enable"] if record.enabled else []),
    ]
    indent = "  " if indented else ""
    text = (
        "\n!Command: show running-config callhome\n\nversion 9.3(4) Bios:version 07.67\ncallhome\n"
    )
    read = parse(
        "show running-config callhome", text + "".join(f"{indent}{each}\n" for each in lines)
    )
    assert read == record
    assert [each.index for each in read.destinations] == [
        each.index for each in record.destinations
    ]


@many
@given(st.dictionaries(name, st.lists(st.ip_addresses(), max_size=3, unique=True), max_size=4))
def test_vrf_contexts(found: dict[str, list[Any]]) -> None:
    text = "".join(
        f"vrf context {vrf}\n" + "".join(f"  ip name-server {each}\n" for each in servers)
        for vrf, servers in found.items()
    )
    assert parse('show running-config | section "vrf context"', text) == VrfContexts(
        vrfs=tuple(
            Vrf(name=vrf, name_servers=tuple(map(str, servers))) for vrf, servers in found.items()
        )
    )


states = st.sampled_from(["enabled", "disabled", "enabled (not-running)", "enabled(not-running)"])


@many
@given(st.dictionaries(st.tuples(name, st.integers(1, 16)), states, min_size=1, max_size=12))
def test_features(found: dict[tuple[str, int], str]) -> None:
    rows = "".join(f"{each:<22} {number:<10} {how}\n" for (each, number), how in found.items())
    record = Features(
        enabled=frozenset(each for (each, _), how in found.items() if how.startswith("enabled")),
        known=frozenset(each for each, _ in found),
    )
    head = "Feature Name          Instance  State\n--------------------  --------  --------\n"
    assert parse("show feature", head + rows) == record
    assert parse("show feature | include license", rows) == record


@many
@given(
    st.datetimes(min_value=FIRST, max_value=LAST).map(
        lambda when: when.replace(microsecond=when.microsecond // 1000 * 1000)
    ),
    st.from_regex(r"[A-Z]{3,5}", fullmatch=True),
    st.sampled_from(["", "NTP"]),
)
def test_clock(local: datetime, zone: str, source: str) -> None:
    text = f"{local:%H:%M:%S}.{local.microsecond // 1000:03} {zone} {local:%a %b %d %Y}\n"
    text += f"Time source is {source}\n" if source else ""
    assert parse("show clock", text) == Clock(local=local, zone=zone, source=source)


@many
@given(
    hostname=name,
    chassis=st.sampled_from(["Nexus9000 C93180YC-FX3", "Nexus9000 C9504", "Nexus3000 C3232C"]),
    serial=st.from_regex(r"[A-Z]{3}[0-9A-Z]{8}", fullmatch=True),
    release=st.builds(
        "{}.{}({}{})".format,
        st.integers(6, 10),
        st.integers(0, 6),
        st.integers(1, 99),
        st.sampled_from(["", "a", "b"]),
    ),
    suffix=st.sampled_from(["", " [Feature Release]", " [Maintenance Release]"]),
    indent=st.sampled_from([" ", "  "]),
    seconds=st.integers(0, 10**8),
)
def test_version(
    hostname: str, chassis: str, serial: str, release: str, suffix: str, indent: str, seconds: int
) -> None:
    up = timedelta(seconds=seconds)
    hours, rest = divmod(up.seconds, 3600)
    text = (
        "Cisco Nexus Operating System (NX-OS) Software\n\nSoftware\n  BIOS: version 07.71\n"
        f"{indent}NXOS: version {release}{suffix}\n  Host NXOS: version {release}\n"
        "  BIOS compile time:  11/10/2024\n  NXOS image file is: bootflash:///nxos.bin\n\n"
        f"Hardware\n  cisco {chassis} Chassis \n  Intel(R) CPU with 8154104 kB of memory.\n"
        f"  Processor Board ID {serial}\n\n  Device name: {hostname}\n  bootflash: 1 kB\n"
        f"Kernel uptime is {up.days} day(s), {hours} hour(s), {rest // 60} minute(s), "
        f"{rest % 60} second(s)\n\nLast reset\n  System version: 9.3(15)\n\nplugin\n  Core Plugin\n"
    )
    assert parse("show version", text) == DeviceFacts(
        hostname=hostname,
        chassis=chassis,
        model=chassis.split()[1],
        serial=serial,
        version=release + suffix,
        release=release,
        image_label="NXOS",
        boot_image="bootflash:///nxos.bin",
        uptime=up,
    )


# ------------------------------------------------------------------------------- what is not

# Words of the templates, so that random texts come near to what is read.
near = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "Registration: ",
                " Status: REGISTERED",
                "License Authorization:",
                "Smart Licensing is ENABLED",
                "Status: AUTHORIZED on",
                "Feature Name Instance State",
                "callhome",
                "enable",
                "(TAG):",
                "Count: 1",
                "vrf context a",
                "ip name-server 1",
                "PING a (b): 1 data bytes",
                "Trying 1...",
                "Software",
                "Hardware",
                "NXOS: version 9.3(3)",
                "x.lic:",
                "FEATURE a b \\",
                "SIGN=1",
                "{{ a }}",
                "%s",
                "{0}",
                "00:00:00 Z Mon Jan 1 2024",
                "Failure reason: x",
                "Kernel uptime is 0 day(s)",
                "----------------------------",
                "[####] 100%",
                "Copy complete.",
                "Last Renewal Attempt: None",
                "No licenses in use",
            ]
        ),
        st.text(max_size=20),
    ),
    max_size=12,
).map("\n".join)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(COMMANDS), st.one_of(st.text(), near))
def test_any_text_gives_a_record_or_a_parse_error(command: str, text: str) -> None:
    try:
        record = parse(command, text)
    except ParseError as error:
        same = (error.command, error.text) == (command, text)
    else:
        same = record is not None
    assert same
