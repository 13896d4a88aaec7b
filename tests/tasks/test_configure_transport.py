"""`configure_transport` over real SSH: writes the difference only, proves it, undoes failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.lab import (
    CALLHOME_217965,
    CALLHOME_DIRECT,
    CALLHOME_PROXY,
    CLOUD_URL,
    ON_PREM_URL,
    Ask,
    Drop,
    Ignore,
    Meanwhile,
    Reject,
    Replace,
    SaveFails,
    SaveLost,
    ignore_terminal_width,
)
from nxsl.tasks import configure_transport
from tests.conftest import DIRECT, Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable

Start = "Callable[..., Fleet]"

OLD_URL = "http://tools.cisco.com/its/service/oddce/services/DDCEService"

# What the plan for an empty call home writes, in its order.
LINES = (
    "email-contact sch-smart-licensing@cisco.com",
    "destination-profile CiscoTAC-1 transport-method http",
    f"destination-profile CiscoTAC-1 http {CLOUD_URL}",
    "transport http use-vrf management",
    "enable",
)
REFUSALS = (
    "                 ^\n% Invalid command at '^' marker.",
    "% Incomplete command at '^' marker.",
    "% Ambiguous command at '^' marker.",
    "% Permission denied for the role",
    "% Invalid parameter at '^' marker.",
    "ERROR: the configuration database is busy",
    "Error: internal failure",
    "% This is not allowed now",
)


def only_shows(run: Fleet, host: str = "leaf1") -> bool:
    """Whether nothing but show commands and the preparation of the terminal was received."""
    return all(
        line.startswith(("show ", "terminal length", "terminal width", "exit"))
        for line in run.lab[host].commands
    )


def test_the_difference_is_written_read_back_and_saved(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch())
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert result.result.saved is True
    assert result.changed
    assert not result.failed
    assert run.lab["leaf1"].config_lines == LINES
    assert run.lab["leaf1"].saved
    assert [line for line in result.diff.splitlines() if line[0] in "+-"] == [
        f"+  {line}" for line in LINES
    ]


def test_a_second_run_writes_nothing(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(callhome=CALLHOME_217965))
    run.result(configure_transport)
    written = run.lab["leaf1"].config_lines
    saves = run.lab["leaf1"].commands.count("copy running-config startup-config")
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.ALREADY_OK
    assert (result.changed, result.diff, result.failed) == (False, "", False)
    assert run.lab["leaf1"].config_lines == written
    assert run.lab["leaf1"].commands.count("copy running-config startup-config") == saves == 1


def test_a_dry_run_sends_show_commands_only(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(callhome=CALLHOME_217965, smart_enabled=False))
    result = run.result(configure_transport, dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert result.changed
    assert f"-  destination-profile CiscoTAC-1 http {OLD_URL}" in result.diff
    assert only_shows(run)
    assert run.lab["leaf1"].running_callhome == tuple(
        line.strip() for line in CALLHOME_217965.splitlines()
    )


def test_nornirs_own_dry_run_is_respected(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch())
    run.nr.data.dry_run = True
    assert run.result(configure_transport).result.outcome is Outcome.PLANNED
    assert only_shows(run)


def test_smart_licensing_is_enabled_where_it_is_off(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(smart_enabled=False))
    assert run.result(configure_transport).result.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].smart_enabled
    assert run.lab["leaf1"].config_lines == ("license smart enable", *LINES)


def test_name_servers_and_source_interface_are_configured(fleet: Callable[..., Fleet]) -> None:
    intent = {**DIRECT, "name_servers": ["192.0.2.53"], "source_interface": "mgmt0"}
    run = fleet(switch(callhome=CALLHOME_DIRECT, name_servers=(), intent=intent))
    assert run.result(configure_transport).result.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].config_lines == (
        "vrf context management",
        "ip name-server 192.0.2.53",
        "ip http source-interface mgmt0",
    )
    assert "  ip name-server 192.0.2.53" in run.lab["leaf1"].running_config
    assert run.result(configure_transport).result.outcome is Outcome.ALREADY_OK


def test_a_vrf_that_is_not_there_is_refused(fleet: Callable[..., Fleet]) -> None:
    run = fleet(
        switch("leaf1", intent={**DIRECT, "vrf": "tenant1", "name_servers": ["192.0.2.53"]}),
        switch("leaf2", intent={**DIRECT, "vrf": "tenant1"}, config="vrf context tenant1"),
    )
    results = run.run(configure_transport)
    refused, done = (results[host][0].result for host in ("leaf1", "leaf2"))
    assert refused.outcome is Outcome.REFUSED
    assert "no VRF tenant1" in refused.detail
    assert only_shows(run)
    assert done.outcome is Outcome.CHANGED_OK


def test_what_is_right_but_not_saved_is_saved(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(callhome=CALLHOME_DIRECT))
    run.lab["leaf1"].configure("callhome", "email-contact sch-smart-licensing@cisco.com")
    run.lab["leaf1"].configure("callhome", "no enable", "enable")
    assert run.result(configure_transport).result.outcome is Outcome.ALREADY_OK
    run = fleet(switch("leaf2"))
    for line in LINES:
        run.lab["leaf2"].configure("callhome", line)
    assert not run.lab["leaf2"].saved
    planned = run.result(configure_transport, "leaf2", dry_run=True)
    assert planned.result.outcome is Outcome.PLANNED
    done = run.result(configure_transport, "leaf2")
    assert done.result.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf2"].config_lines == ()
    assert run.lab["leaf2"].saved


def test_strays_are_reported_and_removed_only_when_asked(fleet: Callable[..., Fleet]) -> None:
    on_prem = {"method": "on-prem", "url": ON_PREM_URL}
    run = fleet(switch(callhome=CALLHOME_DIRECT, intent=on_prem))
    kept = run.result(configure_transport)
    assert kept.result.outcome is Outcome.CHANGED_OK
    assert kept.result.plan.strays == (CLOUD_URL,)
    assert CLOUD_URL in kept.result.detail
    assert CLOUD_URL in run.lab["leaf1"].running_config
    removed = run.result(configure_transport, remove_strays=True)
    assert removed.result.outcome is Outcome.CHANGED_OK
    assert CLOUD_URL not in run.lab["leaf1"].running_config
    assert ON_PREM_URL in run.lab["leaf1"].running_config


def test_from_proxy_to_direct_the_proxy_is_switched_off(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(callhome=CALLHOME_PROXY))
    assert run.result(configure_transport).result.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].config_lines == ("no transport http proxy enable",)


@pytest.mark.parametrize("position", range(len(LINES)))
@pytest.mark.parametrize("refusal", REFUSALS[:4])
def test_a_refused_line_undoes_what_was_written(
    fleet: Callable[..., Fleet], position: int, refusal: str
) -> None:
    refused = LINES[position]
    run = fleet(switch(faults=(Reject(line=rf"^\s*{refused}$", text=refusal),)))
    before = run.lab["leaf1"].running_config
    result = run.result(configure_transport)
    expected = Outcome.ROLLED_BACK if position else Outcome.FAILED_CLEAN
    assert result.result.outcome is expected
    assert result.failed
    assert result.result.evidence == refusal
    assert refused in result.result.detail
    assert (result.changed, result.diff) == (False, "")
    assert run.lab["leaf1"].running_config == before
    assert "copy running-config startup-config" not in run.lab["leaf1"].commands


@pytest.mark.parametrize("refusal", REFUSALS[4:])
def test_every_kind_of_refusal_is_seen(fleet: Callable[..., Fleet], refusal: str) -> None:
    run = fleet(switch(faults=(Reject(line="use-vrf", text=refusal),)))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.ROLLED_BACK
    assert result.result.evidence == refusal


def test_an_undo_that_is_refused_leaves_it_dirty_and_says_so(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(
        switch(
            faults=(
                Reject(line="use-vrf management"),
                Reject(line="no destination-profile CiscoTAC-1 http"),
            )
        )
    )
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.changed
    assert f"+  destination-profile CiscoTAC-1 http {CLOUD_URL}" in result.diff
    assert CLOUD_URL in run.lab["leaf1"].running_config


def test_a_switch_that_was_never_saved(fleet: Callable[..., Fleet]) -> None:
    nothing = Replace(line="show startup-config", text="No startup configuration", occurrence=1)
    run = fleet(switch(callhome=CALLHOME_DIRECT, faults=(nothing,)))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert "copy running-config startup-config" in run.lab["leaf1"].commands


@pytest.mark.parametrize("ignored", LINES)
def test_a_line_without_effect_is_noticed_and_undone(
    fleet: Callable[..., Fleet], ignored: str
) -> None:
    run = fleet(switch(faults=(Ignore(line=rf"^\s*{ignored}$"),)))
    before = run.lab["leaf1"].running_config
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.ROLLED_BACK
    # Without a contact NX-OS refuses `enable`, so there the refusal comes first.
    seen = "command-rejected" if ignored.startswith("email") else "not-applied"
    assert result.result.reason == seen
    assert run.lab["leaf1"].running_config == before


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("position", range(len(LINES)))
def test_a_session_that_drops_while_writing_is_asked_about_again(
    fleet: Callable[..., Fleet], position: int, when: Any
) -> None:
    line = LINES[position]
    run = fleet(switch(faults=(Drop(line=rf"^\s*{line}$", when=when),)))
    result = run.result(configure_transport)
    untouched = position == 0 and when == "before"
    assert result.result.outcome is (Outcome.FAILED_CLEAN if untouched else Outcome.FAILED_DIRTY)
    assert result.result.reason == "session-dropped"
    assert result.changed is not untouched
    written = [each for each in result.diff.splitlines() if each.startswith("+")]
    assert len(written) == position + (when == "after")
    again = run.result(configure_transport)
    assert again.result.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].saved


def test_an_unreachable_switch_after_a_drop_is_unknown(fleet: Callable[..., Fleet]) -> None:
    run = fleet(
        switch(faults=(Drop(line="use-vrf", when="after"), Drop(line="show running", occurrence=3)))
    )
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.UNKNOWN
    assert result.changed
    assert result.failed


def test_an_unexpected_question_is_cancelled_and_undone(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(faults=(Ask(line="use-vrf"),)))
    before = run.lab["leaf1"].running_config
    result = run.result(configure_transport)
    assert result.result.reason == "unexpected-question"
    assert result.result.outcome is Outcome.ROLLED_BACK
    assert run.lab["leaf1"].running_config == before


def test_no_space_for_the_startup_configuration_is_no_success(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch(faults=(SaveFails(),)))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.result.reason == "save-failed"
    assert result.result.saved is False
    assert result.changed
    assert not run.lab["leaf1"].saved


def test_a_save_that_only_claims_to_have_worked_is_no_success(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch(faults=(SaveLost(),)))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.result.reason == "save-failed"


def test_what_somebody_else_changes_meanwhile_is_neither_ours_nor_undone(
    fleet: Callable[..., Fleet],
) -> None:
    other = Meanwhile(line="use-vrf", lines=("callhome", "email-contact noc@example.com"))
    run = fleet(switch(faults=(other,)))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert "noc@example.com" in result.result.evidence
    assert run.lab["leaf1"].running_callhome == ("email-contact noc@example.com",)


@pytest.mark.parametrize(
    "fault",
    [
        Reject(line="copy running-config", text="% Permission denied for the role"),
        Ask(line="copy running-config"),
        Reject(line="show startup-config callhome", occurrence=2),
    ],
    ids=["denied", "asks", "startup not shown"],
)
def test_a_save_that_fails_in_any_way_leaves_it_dirty(
    fleet: Callable[..., Fleet], fault: Any
) -> None:
    run = fleet(switch(faults=(fault,)))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.changed
    assert "+  enable" in result.diff
    assert result.result.saved is not True


@pytest.mark.parametrize("unsaved", [True, False])
def test_a_session_that_drops_on_the_proof_of_the_save_is_opened_again(
    fleet: Callable[..., Fleet], unsaved: bool
) -> None:
    run = fleet(switch(faults=(Drop(line="show startup-config callhome", occurrence=2),)))
    if unsaved:
        for line in LINES:
            run.lab["leaf1"].configure("callhome", line)
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert result.result.saved is True
    assert run.lab["leaf1"].saved


def test_a_session_that_drops_on_the_save_is_asked_about_again(
    fleet: Callable[..., Fleet],
) -> None:
    after: Any = Drop(line="copy running-config", when="reply", after_bytes=10_000)
    before: Any = Drop(line="copy running-config", when="before")
    run = fleet(switch("leaf1", faults=(after,)), switch("leaf2", faults=(before,)))
    results = run.run(configure_transport)
    assert results["leaf1"][0].result.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].saved
    assert results["leaf2"][0].result.outcome is Outcome.FAILED_DIRTY
    assert not run.lab["leaf2"].saved


def test_smart_licensing_that_is_on_but_not_saved_is_saved(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(smart_enabled=False, callhome=CALLHOME_DIRECT))
    run.lab["leaf1"].configure("license smart enable")
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].config_lines == ()
    assert run.lab["leaf1"].saved


def test_a_release_that_shows_no_line_for_smart_licensing_is_not_saved_for_ever(
    fleet: Callable[..., Fleet],
) -> None:
    hidden = Replace(line='include "license smart"', text="", occurrence=None)
    run = fleet(switch(faults=(hidden,)))
    assert run.result(configure_transport).result.outcome is Outcome.CHANGED_OK
    assert run.result(configure_transport).result.outcome is Outcome.ALREADY_OK


@pytest.mark.parametrize("callhome", ["", CALLHOME_217965, CALLHOME_DIRECT])
def test_a_terminal_that_wraps_is_refused_before_a_line_is_misread(
    fleet: Callable[..., Fleet], callhome: str
) -> None:
    run = fleet(switch(callhome=callhome, faults=(ignore_terminal_width(),)))
    before = run.lab["leaf1"].running_config
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "narrow-terminal"
    assert "terminal width 511" in result.result.remedy
    assert run.lab["leaf1"].running_config == before
    assert only_shows(run)


def test_a_session_that_drops_in_the_undo_is_not_called_clean(
    fleet: Callable[..., Fleet],
) -> None:
    drop: Any = Drop(line="no destination-profile CiscoTAC-1 http", when="before")
    run = fleet(switch(faults=(Reject(line="use-vrf management"), drop)))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.result.reason == "command-rejected"
    assert result.changed
    assert f"+  destination-profile CiscoTAC-1 http {CLOUD_URL}" in result.diff


def test_a_reader_is_denied_by_name(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(role="network-operator"))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "permission-denied"
    assert "network-admin" in result.result.remedy


@pytest.mark.parametrize(
    ("release", "outcome", "reason"),
    [
        ("9.2(3)", Outcome.NOT_APPLICABLE, "not-applicable"),
        ("15.3(2b)", Outcome.UNSUPPORTED, "regime"),
    ],
)
def test_where_there_is_nothing_to_configure_nothing_is_sent(
    fleet: Callable[..., Fleet], release: str, outcome: Outcome, reason: str
) -> None:
    run = fleet(switch(release=release))
    result = run.result(configure_transport)
    assert (result.result.outcome, result.result.reason) == (outcome, reason)
    assert result.failed == (not outcome.good)
    assert result.result.facts.release == release
    assert only_shows(run)


def test_a_host_without_intent_is_refused_with_its_name(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(intent=None))
    result = run.result(configure_transport)
    assert result.result.outcome is Outcome.REFUSED
    assert str(result.exception).startswith("leaf1: licensing")
    assert run.lab["leaf1"].connections == 0
