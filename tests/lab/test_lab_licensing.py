"""Registration as the switch decides it: from its own configuration, its network and the server."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.lab import (
    CALLHOME_217965,
    CALLHOME_DIRECT,
    CALLHOME_ON_PREM,
    CALLHOME_PROXY,
    CLOUD_TOKEN,
    CLOUD_URL,
    EVALUATION_EXPIRED,
    EXPIRED_TOKEN,
    ON_PREM_TOKEN,
    ON_PREM_URL,
    RESERVED,
    USED_UP_TOKEN,
    Answer,
    Backend,
    Cssm,
    License,
    Network,
    SwitchSpec,
    Token,
    out_of_compliance,
    registered,
)
from nxsl.lab.backend import CLOUD_PATH

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab import Lab, Switch
    from tests.lab.conftest import Start, User

    Eventually = Callable[[Callable[[], object]], None]
    Login = Callable[..., User]

DATA = Path(__file__).parent / "data"
INITIATED = (
    "Initiated device registration with backend. run show license status, for registration status\n"
)
CALL_HOME_ERROR = "Fail to send out Call Home HTTP message"
SEND_ERROR = "Communication message send error"
RESOLVE_ERROR = "Unable to resolve server hostname/domain name"
QUICK = Backend(register_latency=0.02, authorize_latency=0.02, renew_latency=0.02)


def failure(switch: Switch) -> str:
    attempt = switch.licensing.initial
    return attempt.failure if attempt is not None else ""


def register(user: User, token: str = CLOUD_TOKEN, *, force: bool = False) -> str:
    return user.run(f"license smart register idtoken {token}" + " force" * force)


def dates_masked(text: str) -> list[str]:
    """Blank the dates, the indentation and the empty lines, which the saved page lost."""
    masked = re.sub(r"[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \d{4} UTC", "DATE", text)
    return [line.strip() for line in masked.splitlines() if line.strip()]


def test_a_direct_registration_ends_in_the_text_of_217965(
    start: Start, login: Login, eventually: Eventually
) -> None:
    cssm = Cssm(tokens=[Token(value="good", smart_account="ldap_user_test")])
    switch = start(cssm=cssm, callhome=CALLHOME_DIRECT, backend=QUICK)
    user = login(switch)
    assert register(user, "good") == INITIATED
    eventually(lambda: switch.licensing.authorization == "AUTHORIZED")
    text = user.run("show license status")
    assert dates_masked(text) == dates_masked((DATA / "status_217965.txt").read_text())
    assert "\n\nLicense Authorization: \n  Status: AUTHORIZED on " in text
    assert cssm.cloud.instances == {switch.serial}


def test_the_dates_keep_the_distances_of_217965(start: Start, login: Login) -> None:
    user = login(start(callhome=CALLHOME_DIRECT, registration=registered(ago=timedelta(0))))
    found = {
        name: datetime.strptime(date, "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        for name, date in re.findall(
            r"  ([A-Z].*?): (?:\S+ on )?(\w{3} \d\d [\d:]{8} \d{4}) UTC",
            user.run("show license status"),
        )
    }
    start_date = found["Initial Registration"]
    assert found["Next Renewal Attempt"] - start_date == timedelta(days=180)
    assert found["Registration Expires"] - start_date == timedelta(
        days=365, minutes=-1, seconds=-48
    )
    authorized = found["Status"]
    assert authorized - start_date == timedelta(seconds=3)
    assert found["Next Communication Attempt"] - authorized == timedelta(days=30, seconds=-1)
    assert found["Communication Deadline"] - authorized == timedelta(
        days=90, minutes=-2, seconds=-49
    )


def test_the_summary_begins_as_the_saved_one(start: Start, login: Login) -> None:
    known = registered(smart_account="BU Production Test 1", virtual_account="N9K_SA_49_Testing")
    text = login(start(registration=known)).run("show license summary")
    date = r"[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \d{4} UTC"
    head = (DATA / "summary_truncated.txt").read_text().partition("License Usage:")[0]
    assert re.sub(date, "DATE", text).startswith(re.sub(date, "DATE", head))


PROXIED = Network(proxy_required=True)
IP_URL = CALLHOME_ON_PREM.replace("ssm.example.net", "192.0.2.10")


@pytest.mark.parametrize(
    ("callhome", "network", "token"),
    [
        (CALLHOME_DIRECT, Network(), CLOUD_TOKEN),
        (CALLHOME_PROXY, PROXIED, CLOUD_TOKEN),
        (CALLHOME_ON_PREM, Network(), ON_PREM_TOKEN),
    ],
)
def test_each_method_registers(
    start: Start, login: Login, eventually: Eventually, callhome: str, network: Network, token: str
) -> None:
    switch = start(callhome=callhome, network=network, backend=QUICK)
    register(login(switch), token)
    eventually(lambda: switch.licensing.authorization == "AUTHORIZED")
    assert [entry.secret for entry in switch.register_commands] == [True]
    assert token not in repr(switch.received)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({}, CALL_HOME_ERROR, id="nothing configured"),
        pytest.param(
            {"callhome": CALLHOME_DIRECT.replace("\nenable\n", "\n")},
            CALL_HOME_ERROR,
            id="217965: not enabled",
        ),
        pytest.param(
            {"callhome": CALLHOME_DIRECT.replace("https:", "http:")}, SEND_ERROR, id="217965: http"
        ),
        pytest.param(
            {"callhome": CALLHOME_DIRECT, "config": "ip http source-interface Vlan27"},
            CALL_HOME_ERROR,
            id="217965: source interface",
        ),
        pytest.param(
            {"callhome": CALLHOME_DIRECT, "name_servers": ()}, RESOLVE_ERROR, id="217965: no DNS"
        ),
        pytest.param({"callhome": CALLHOME_217965}, CALL_HOME_ERROR, id="217965: the case itself"),
        pytest.param(
            {"callhome": CALLHOME_DIRECT.replace("use-vrf management", "use-vrf default")},
            RESOLVE_ERROR,
            id="wrong VRF",
        ),
        pytest.param(
            {"callhome": IP_URL.replace("use-vrf management", "use-vrf default")},
            SEND_ERROR,
            id="wrong VRF, no name to look up",
        ),
        pytest.param(
            {
                "callhome": CALLHOME_DIRECT.replace("-1 ", "-2 ").replace(
                    "destination", "destination-profile CiscoTAC-2\ndestination", 1
                )
            },
            CALL_HOME_ERROR,
            id="another profile",
        ),
        pytest.param(
            {"callhome": CALLHOME_DIRECT, "network": PROXIED}, SEND_ERROR, id="proxy not used"
        ),
        pytest.param(
            {"callhome": CALLHOME_PROXY.replace("8080", "80"), "network": PROXIED},
            SEND_ERROR,
            id="wrong proxy port",
        ),
        pytest.param(
            {"callhome": IP_URL},
            "Cannot establish secure connection because server TLS cert cannot be validated",
            id="name not in certificate",
        ),
        pytest.param(
            {"callhome": CALLHOME_DIRECT.replace(CLOUD_PATH, "/wrong")},
            "Communication message send response error",
            id="wrong path",
        ),
        pytest.param(
            {"callhome": CALLHOME_DIRECT, "clock_skew": timedelta(hours=-1)},
            "Data and signature do not match",
            id="clock",
        ),
        pytest.param(
            {"callhome": CALLHOME_DIRECT, "backend": Backend(answer=Answer.UNREACHABLE)},
            SEND_ERROR,
            id="unreachable",
        ),
        pytest.param(
            {"callhome": CALLHOME_DIRECT, "backend": Backend(answer=Answer.DOWN)},
            "Server error occurred: LS_LICENGINE_FAIL_TO_CONNECT",
            id="server down",
        ),
    ],
)
def test_what_is_wrong_on_the_way_fails_later_with_its_reason(
    start: Start, login: Login, eventually: Eventually, changes: dict[str, Any], reason: str
) -> None:
    switch = start(**changes)
    user = login(switch)
    assert register(user) == INITIATED
    eventually(lambda: failure(switch) == reason)
    text = user.run("show license status")
    assert re.search(
        r"\n  Initial Registration: FAILED on \w{3} \d\d [\d:]{8} \d{4} UTC\n"
        rf"    Failure reason: {re.escape(reason)}\n  Next Registration Attempt: ",
        text,
    )
    assert "Status: EVAL MODE" in text


@pytest.mark.parametrize(
    ("callhome", "token", "word"),
    [
        (CALLHOME_DIRECT, "unknown", "is not valid"),
        (CALLHOME_DIRECT, EXPIRED_TOKEN, "is expired"),
        (CALLHOME_DIRECT, USED_UP_TOKEN, "maximum number of uses"),
        (CALLHOME_DIRECT, ON_PREM_TOKEN, "is not valid"),
        (CALLHOME_ON_PREM, CLOUD_TOKEN, "is not valid"),
    ],
)
def test_a_refused_token_is_final(
    start: Start, login: Login, eventually: Eventually, callhome: str, token: str, word: str
) -> None:
    switch = start(callhome=callhome, backend=QUICK)
    user = login(switch)
    register(user, token)
    eventually(lambda: word in failure(switch))
    text = user.run("show license status")
    assert "Status: UNREGISTERED - REGISTRATION FAILED" in text
    assert "Next Registration Attempt" not in text


def test_repairing_217965_step_by_step(start: Start, login: Login, eventually: Eventually) -> None:
    switch = start(
        callhome=CALLHOME_217965, config="ip http source-interface Vlan27", backend=QUICK
    )
    user = login(switch)
    http = CLOUD_URL.replace("https", "http")
    said = user.config(
        "ip http source-interface mgmt0",
        "callhome",
        "enable",
        "destination-profile CiscoTAC-1 transport-method http",
        f"no destination-profile CiscoTAC-1 index 1 http {http}",
        f"destination-profile CiscoTAC-1 http {CLOUD_URL}",
    )
    assert said == "Enter configuration commands, one per line. End with CNTL/Z.\n"
    assert f"destination-profile CiscoTAC-1 index 1 http {CLOUD_URL}" in switch.running_callhome
    register(user)
    eventually(lambda: switch.licensing.authorization == "AUTHORIZED")


def test_a_token_admits_as_many_switches_as_it_says(
    nxsl_lab: Callable[..., Lab], login: Login, eventually: Eventually
) -> None:
    specs = [SwitchSpec(name=f"l{n}", callhome=CALLHOME_DIRECT, backend=QUICK) for n in range(3)]
    lab = nxsl_lab(specs, cssm=Cssm(tokens=[Token(value="two", max_uses=2)]))
    for switch in lab.values():
        register(login(switch), "two")
    eventually(lambda: all(s.licensing.initial is not None for s in lab.values()))
    assert sum(s.registered for s in lab.values()) == 2
    assert lab.cssm.cloud.uses == {"two": 2}


def test_the_agent_tries_again_by_itself(
    start: Start, login: Login, eventually: Eventually
) -> None:
    backend = Backend(register_latency=0.02, fail_first=1, retry_after=0.1)
    switch = start(callhome=CALLHOME_DIRECT, backend=backend)
    register(login(switch))
    eventually(lambda: failure(switch) == SEND_ERROR)
    eventually(lambda: switch.registered)


def test_a_server_that_never_answers_leaves_the_switch_registering(
    start: Start, login: Login
) -> None:
    backend = Backend(answer=Answer.NEVER, register_latency=0.0)
    user = login(start(callhome=CALLHOME_DIRECT, backend=backend))
    register(user)
    assert "Status: REGISTERING - REGISTRATION IN PROGRESS" in user.run("show license status")


def test_the_old_record_may_stay_on_view(
    start: Start, login: Login, eventually: Eventually
) -> None:
    backend = Backend(initiate_latency=0.3, register_latency=0.05)
    switch = start(callhome=CALLHOME_DIRECT, backend=backend)
    user = login(switch)
    register(user)
    assert "Status: UNREGISTERED\n" in user.run("show license status")
    eventually(lambda: switch.registered)


def test_registering_twice_needs_force(start: Start, login: Login, eventually: Eventually) -> None:
    switch = start(callhome=CALLHOME_DIRECT, backend=QUICK, registration=registered())
    user = login(switch)
    before = switch.licensing.initial
    assert register(user) == "Already registered\n"
    assert register(user, force=True) == INITIATED
    eventually(lambda: switch.registered and switch.licensing.initial != before)


def test_deregister_forgets_at_once(start: Start, login: Login) -> None:
    switch = start(callhome=CALLHOME_DIRECT, registration=registered())
    user = login(switch)
    assert user.run("license smart deregister").startswith("Initiated")
    assert not switch.registered
    assert user.run("license smart deregister") == "Smart Agent not registered\n"


def test_renewals_succeed_later(start: Start, login: Login, eventually: Eventually) -> None:
    switch = start(callhome=CALLHOME_DIRECT, backend=QUICK, registration=registered())
    user = login(switch)
    assert "Last Renewal Attempt: None" in user.run("show license status")
    user.run("license smart renew id")
    user.run("license smart renew auth")
    eventually(lambda: switch.licensing.renewal is not None)
    moment = datetime.now(UTC) - timedelta(minutes=1)
    eventually(lambda: (switch.licensing.authorized or moment) > moment)
    text = user.run("show license status")
    assert "Last Renewal Attempt: SUCCEEDED on " in text
    assert "Status: REGISTERED\n" in text


def test_a_failed_renewal_keeps_the_registration_and_prints_as_the_agent_does(
    start: Start, login: Login, eventually: Eventually
) -> None:
    network = Network(unreachable=("tools.cisco.com",))
    switch = start(
        callhome=CALLHOME_DIRECT,
        backend=QUICK,
        network=network,
        registration=registered(smart_account="COMPANY LLC", virtual_account="Company LLC"),
    )
    user = login(switch)
    user.run("license smart renew id")
    user.run("license smart renew auth")
    eventually(lambda: getattr(switch.licensing.renewal, "failure", "") == SEND_ERROR)
    eventually(lambda: getattr(switch.licensing.communication, "failure", "") == SEND_ERROR)
    text = dates_masked(user.run("show license all").partition("Smart License Conversion")[0])
    wanted = dates_masked((DATA / "asa_failed.txt").read_text().partition("License Usage")[0])
    assert text == wanted
    assert "    Failure reason: " in user.run("show license status")


def test_a_switch_may_land_in_another_account(
    start: Start, login: Login, eventually: Eventually
) -> None:
    backend = Backend(register_latency=0.02, virtual_account="Somewhere else")
    switch = start(callhome=CALLHOME_DIRECT, backend=backend)
    user = login(switch)
    register(user)
    eventually(lambda: switch.registered)
    text = user.run("show license status")
    assert "  Smart Account: Example Corporation\n  Virtual Account: Somewhere else\n" in text


@pytest.mark.parametrize("what", ["id", "auth"])
def test_one_renewal_may_fail_alone(
    start: Start, login: Login, eventually: Eventually, what: str
) -> None:
    failing = {f"renew_{what}_failure": "because"}
    backend = replace(QUICK, **failing)  # type: ignore[arg-type]
    switch = start(callhome=CALLHOME_DIRECT, backend=backend, registration=registered())
    user = login(switch)
    user.run("license smart renew id")
    user.run("license smart renew auth")
    name = {"id": "renewal", "auth": "communication"}
    eventually(lambda: getattr(getattr(switch.licensing, name[what]), "failure", "") == "because")
    text = user.run("show license status")
    assert text.count("    Failure reason: because\n") == 1
    assert "  Status: REGISTERED\n" in text


def test_out_of_compliance(start: Start, login: Login, eventually: Eventually) -> None:
    backend = Backend(
        answer=Answer.OUT_OF_COMPLIANCE, register_latency=0.02, authorize_latency=0.02
    )
    switch = start(callhome=CALLHOME_DIRECT, backend=backend)
    user = login(switch)
    register(user)
    eventually(lambda: switch.licensing.authorization == "OUT OF COMPLIANCE")
    state = switch.licensing
    assert state.next_communication is not None
    assert state.authorized is not None
    assert state.next_communication - state.authorized == timedelta(hours=12)
    assert "  Status: OUT OF COMPLIANCE\n" in user.run("show license usage") + "\n"


@pytest.mark.parametrize(
    ("registration", "lines"),
    [
        (EVALUATION_EXPIRED, ["  Status: UNREGISTERED", "  Status: EVAL EXPIRED"]),
        (
            RESERVED,
            [
                "  Status: REGISTERED - SPECIFIC LICENSE RESERVATION",
                "  Status: AUTHORIZED - RESERVED on ",
            ],
        ),
        (out_of_compliance(), ["  Status: REGISTERED", "  Status: OUT OF COMPLIANCE on "]),
        (registered(authorization="AUTH EXPIRED"), ["  Status: AUTH EXPIRED on "]),
        (
            registered(renewal=timedelta(days=-1), renewal_failure="because"),
            ["  Last Renewal Attempt: FAILED on ", "    Failure reason: because"],
        ),
    ],
)
def test_states_at_the_start(
    start: Start, login: Login, registration: object, lines: list[str]
) -> None:
    text = login(start(registration=registration)).run("show license status")
    for line in lines:
        assert f"\n{line}" in text


def test_no_licence_in_use(start: Start, login: Login, eventually: Eventually) -> None:
    switch = start(callhome=CALLHOME_DIRECT, backend=QUICK, licenses=())
    user = login(switch)
    register(user)
    eventually(lambda: switch.licensing.authorization == "NO LICENSES IN USE")
    assert user.run("show license usage").endswith("\nNo licenses in use\n")


def test_screens_of_the_other_regimes(start: Start, login: Login) -> None:
    policy = login(start(release="10.3(6)"))
    assert policy.run("show license usage") == (DATA / "slp_usage.txt").read_text()
    assert "% Invalid command" in register(policy)
    assert "Smart Licensing Using Policy:\n  Status: ENABLED" in policy.run("show license status")
    old = login(start(release="9.2(3)", licenses=()))
    assert old.run("show license usage") == (DATA / "pak_usage.txt").read_text()
    assert "% Invalid command" in old.run("show license status")
    off = login(start(smart_enabled=False, licenses=(License(installed=True),)))
    assert off.run("show license status") == "Smart Licensing is DISABLED\n"
    assert "LAN_ENTERPRISE_SERVICES_PKG   Yes   -   In use Never       -" in off.run(
        "show license usage"
    )


def test_urls_are_those_of_217965() -> None:
    text = (DATA / "callhome_217965.txt").read_text()
    assert CLOUD_URL.replace("https", "http") in text
    assert ON_PREM_URL.endswith("/Transportgateway/services/DeviceRequestHandler")
