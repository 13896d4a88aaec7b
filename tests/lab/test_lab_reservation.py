"""Licence reservation and the conversion of licence files, as the switch goes about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from nxsl.lab import CALLHOME_DIRECT, CLOUD_TOKEN, RESERVED, Backend, Cssm, registered

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab import Switch
    from tests.lab.conftest import Start, User

    Login = Callable[..., User]
    Eventually = Callable[[Callable[[], object]], None]

QUICK = Backend(convert_latency=0.05)
SENTENCE = "Enter this request code in the Cisco Smart Software Manager portal:"
CODE = re.compile(r"CB-ZN9K-C93180YC-EX:\w+-A[0-9A-F]{8}-[0-9A-F]{2}")


def code_in(text: str) -> str:
    found = CODE.search(text)
    assert found, text
    return found[0]


def request(user: User) -> str:
    return code_in(user.run("license smart reservation request local"))


def status(user: User) -> str:
    return user.run("show license status")


def test_a_reservation_from_request_to_return(start: Start, login: Login) -> None:
    cssm = Cssm()
    switch = start(cssm=cssm)
    user = login(switch)
    user.config("license smart reservation")
    assert "\nlicense smart reservation\n" in switch.running_config
    text = user.run("license smart reservation request local")
    assert text.splitlines()[:2] == [SENTENCE, f"UDI: PID:N9K-C93180YC-EX,SN:{switch.serial}"]
    assert request(user) == code_in(text)
    assert "Status: UNREGISTERED - RESERVATION IN PROGRESS\n" in status(user)
    assert "Status: EVAL MODE\n" in status(user)
    code = cssm.reserve(code_in(text))
    said = user.run(f"license smart reservation install {code}")
    assert re.fullmatch(r"Reservation install successful\nLast Confirmation code \w{8}\n", said)
    assert "Status: REGISTERED - SPECIFIC LICENSE RESERVATION\n" in status(user)
    assert "Status: AUTHORIZED - RESERVED on " in status(user)
    assert user.run("license smart reservation request local") == "Already registered\n"
    shown = user.run("show license reservation")
    assert "Reservation status: SPECIFIC INSTALLED on " in shown
    assert "(LAN_ENTERPRISE_SERVICES_PKG):\n" in shown
    user.type("license smart reservation return local\r")
    asked = user.until(r"Do you want to continue\? \[yes/no\]: $")
    assert "This command will remove the license reservation authorization code" in asked
    user.type("yes\r")
    assert "Enter this return code in Cisco Smart Software Manager portal:\r\nC" in user.until(
        user.prompt
    )
    assert "Status: UNREGISTERED\n" in status(user)
    assert request(user) != code_in(text)


def test_return_can_be_thought_better_of(start: Start, login: Login) -> None:
    switch = start(registration=RESERVED)
    user = login(switch)
    user.type("license smart reservation return local\r")
    user.until(r"\[yes/no\]: $")
    user.type("no\r")
    user.until(user.prompt)
    assert switch.registered
    assert switch.received[-1].kind == "answer"


def test_the_code_may_come_as_a_file(start: Start, login: Login) -> None:
    cssm = Cssm()
    switch = start(cssm=cssm, config="license smart reservation")
    user = login(switch)
    switch.put_file("code.txt", f"{cssm.reserve(request(user))}\n".encode())
    missing = user.run("license smart reservation install file bootflash:none.txt")
    assert missing == "No such file or directory\n"
    user.run("license smart reservation install file bootflash:code.txt")
    assert switch.registered


def test_a_permanent_reservation(start: Start, login: Login) -> None:
    cssm = Cssm()
    user = login(start(cssm=cssm, config="license smart reservation"))
    code = cssm.reserve(request(user), universal=True)
    user.run(f"license smart reservation install {code}")
    assert "Status: REGISTERED - UNIVERSAL LICENSE RESERVATION\n" in status(user)


def test_a_wrong_code_is_refused_and_quoted(start: Start, login: Login) -> None:
    cssm = Cssm()
    switch = start(cssm=cssm, config="license smart reservation")
    user = login(switch)
    before = user.run("license smart reservation install abc123")
    assert before == "No license reservation request is in progress\n"
    first = request(user)
    wrong = cssm.reserve(first.replace(switch.serial, "FDO00000000"))
    said = user.run(f"license smart reservation install {wrong}")
    assert said.startswith("Reservation install failed: ")
    assert wrong in said
    assert not switch.registered
    assert user.run("license smart reservation cancel local").endswith("cancelled\n")
    assert "Status: UNREGISTERED\n" in status(user)
    assert user.run("license smart reservation cancel local") == before
    later = cssm.reserve(first)
    assert request(user) != first
    assert later in user.run(f"license smart reservation install {later}")


def test_it_must_be_switched_on(start: Start, login: Login) -> None:
    user = login(start())
    off = "License reservation is not enabled\n"
    for words in ("request local", "install abc", "cancel local", "return local"):
        assert user.run(f"license smart reservation {words}") == off
    assert user.run("show license reservation") == "License reservation: DISABLED\n"


@pytest.mark.parametrize(
    ("form", "local", "plain"),
    [("local", True, False), ("plain", False, True), ("both", True, True), ("none", False, False)],
)
def test_releases_differ_in_the_word_local(
    start: Start, login: Login, form: str, local: bool, plain: bool
) -> None:
    config = "" if form == "none" else "license smart reservation"
    user = login(start(reservation_form=form, config=config))
    assert (SENTENCE in user.run("license smart reservation request local")) is local
    text = user.run("license smart reservation request")
    assert (SENTENCE in text) is plain
    if plain:
        assert text == f"{SENTENCE}\n{code_in(text)}\n"


def test_codes_are_secrets(start: Start, login: Login) -> None:
    switch = start(config="license smart reservation", registration=registered())
    user = login(switch)
    for line in ("license smart reservation install AB-12-CD", "lic sm reserv i AB-12-CD"):
        user.run(line)
        entry = switch.received[-1]
        assert entry.line == line
        assert entry.secret
        assert "AB-12-CD" not in repr(entry)
    user.run(f"license smart register idtoken {CLOUD_TOKEN}")
    assert [entry.line.split()[-1] for entry in switch.register_commands] == [CLOUD_TOKEN]
    user.run("license smart reservation request local")
    assert not switch.received[-1].secret
    assert "B-ZN9K" not in repr(switch._device.reservation)


def test_the_portal_does_not_quote_what_it_refuses() -> None:
    with pytest.raises(ValueError, match="no request code") as caught:
        Cssm().reserve("something secret")
    assert "secret" not in str(caught.value)


# -- conversion -----------------------------------------------------------------------------------


def conversion(switch: Switch) -> str:
    return str(switch.licensing.conversion.words)


def test_a_conversion_runs_by_itself(start: Start, login: Login, eventually: Eventually) -> None:
    switch = start(
        callhome=CALLHOME_DIRECT, registration=registered(), backend=Backend(convert_latency=0.4)
    )
    user = login(switch)
    assert status(user).endswith(
        "\nSmart License Conversion:\n"
        "  Automatic Conversion Enabled: False\n"
        "  Status: Not started\n"
    )
    assert user.run("license smart conversion start").startswith("Initiated license conversion")
    assert "  Status: Started on " in status(user)
    assert user.run("license smart conversion start").endswith("already in progress\n")
    eventually(lambda: conversion(switch) == "In progress")
    eventually(lambda: conversion(switch) == "Successful")
    assert "  Status: Successful on " in status(user)
    assert "  Status: Successful on " in user.run("show license summary")


def test_a_conversion_can_be_stopped(start: Start, login: Login) -> None:
    backend = Backend(convert_latency=60.0)
    switch = start(callhome=CALLHOME_DIRECT, registration=registered(), backend=backend)
    user = login(switch)
    user.run("license smart conversion start")
    assert user.run("license smart conversion stop") == "License conversion stopped\n"
    assert conversion(switch) == "Not started"
    assert user.run("license smart conversion stop") == "License conversion is not in progress\n"


def test_it_takes_a_registration(start: Start, login: Login) -> None:
    user = login(start(callhome=CALLHOME_DIRECT))
    assert user.run("license smart conversion start") == "Smart Agent not registered\n"
    user.config("license smart conversion automatic")
    assert "  Automatic Conversion Enabled: True\n" in status(user)
    assert user.config("no license smart conversion automatic").count("%") == 0
    assert "  Automatic Conversion Enabled: False\n" in status(user)


@pytest.mark.parametrize(
    ("callhome", "failure", "reason"),
    [
        (CALLHOME_DIRECT, "because", "because"),
        ("", "", "Fail to send out Call Home HTTP message"),
    ],
)
def test_a_conversion_may_fail(
    start: Start, login: Login, eventually: Eventually, callhome: str, failure: str, reason: str
) -> None:
    backend = Backend(convert_latency=0.02, convert_failure=failure)
    switch = start(callhome=callhome, registration=registered(), backend=backend)
    user = login(switch)
    user.run("license smart conversion start")
    eventually(lambda: conversion(switch) == "Failed")
    assert re.search(
        rf"  Status: Failed on \w{{3}} [^\n]+\n    Failure reason: {reason}\n", status(user)
    )


def test_a_registration_lost_meanwhile_fails_it(
    start: Start, login: Login, eventually: Eventually
) -> None:
    switch = start(callhome=CALLHOME_DIRECT, registration=registered(), backend=QUICK)
    user = login(switch)
    user.run("license smart conversion start")
    user.run("license smart deregister")
    eventually(lambda: conversion(switch) == "Failed")
    assert "    Failure reason: Smart Agent not registered\n" in status(user)
