"""The sentences a switch prints, with the mark of those that no source shows.

A plain string was seen in a saved output or in a document named beside it. A `Recalled` string
is believed from memory only: it stands here so that the lab can go on, and must never serve as the
oracle of a parser test. Recalled texts of this module:

* login: the banner's licence sentences after the copyright line, the refused login;
* call home: the refusal of `enable` without e-mail contact, the "not found" answers;
* licensing: the answers of `deregister`, `renew`, `conversion` and `reservation` but for the four
  sentences IOS-XE is known to print, the refusal in another VDC, `license missing`, every text
  about tokens, the text of a clock that is wrong, `Already registered` (IOS-XE's wording), `Smart
  Licensing is DISABLED`, the words `REGISTERING - REGISTRATION IN PROGRESS`, the words of a
  reservation and of a conversion, and the answers to `trust` and `sync` (the others of Smart
  Licensing Using Policy are in `policy_texts`);
* saving: the reason after `Configuration update aborted:`;
* a VRF nobody configured, ping of a name that does not resolve, and telnet that fails.
"""

from __future__ import annotations

from typing import Final


class Recalled(str):
    """A text no source shows; see the list in this module's head."""

    __slots__ = ()


# -- login and the command line ---------------------------------------------------------------

BANNER: Final = Recalled(
    "Cisco NX-OS Software\n"
    "Copyright (c) 2002-2021, Cisco Systems, Inc. All rights reserved.\n"
    "The copyrights to certain works contained in this software are\n"
    "owned by other third parties and used and distributed under\n"
    "license.\n"
)
ENTER_CONFIGURATION: Final = "Enter configuration commands, one per line. End with CNTL/Z."
INVALID_COMMAND: Final = "% Invalid command at '^' marker."
INCOMPLETE_COMMAND: Final = "% Incomplete command at '^' marker."
AMBIGUOUS_COMMAND: Final = "% Ambiguous command at '^' marker."
PERMISSION_DENIED: Final = "% Permission denied for the role"
EXEC_SYNTAX_ERROR: Final = "Syntax error while parsing '{line}'"
MORE: Final = "--More--"
UNEXPECTED_QUESTION: Final = "Do you want to continue (y/n)? [n] "

# -- saving -----------------------------------------------------------------------------------

SAVE_BAR_WIDTH: Final = 40
SAVED: Final = "Copy complete, now saving to disk (please wait)...\nCopy complete.\n"
# Printed by real switches right behind `99%` (chrisjhart.com, "TAC Tales - Saving Configuration is
# for Quitters", with the reason `timed out`); the reason below is recalled.
SAVE_ABORTED: Final = "Configuration update aborted: {reason}\n"
NO_SPACE: Final = Recalled("No space left on device")

# -- call home --------------------------------------------------------------------------------

ENABLE_NEEDS_CONTACT: Final = Recalled(
    "ERROR: Callhome can not be enabled: contact e-mail address is not configured"
)
UNKNOWN_PROFILE: Final = Recalled("ERROR: Destination profile does not exist")

# -- licensing: answers to commands -----------------------------------------------------------

REGISTRATION_INITIATED: Final = (
    "Initiated device registration with backend. run show license status, for registration status"
)
ALREADY_REGISTERED: Final = Recalled("Already registered")
NOT_REGISTERED: Final = "Smart Agent not registered"  # DOMAIN 4.3, smart-license-app
DEREGISTER_STARTED: Final = Recalled("Initiated device de-registration with backend.")
RENEW_ID_STARTED: Final = Recalled("Initiated ID certificate renewal with backend.")
RENEW_AUTH_STARTED: Final = Recalled("Initiated license authorization renewal with backend.")
TRUST_STARTED: Final = Recalled(
    "Initiated trust establishment with backend. run show license status, for trust status"
)
SYNC_STARTED: Final = Recalled("Initiated usage synchronization.")
SMART_DISABLED: Final = Recalled("Smart Licensing is DISABLED")
# The sentence is known; that a context other than the default one prints it here is recalled.
VDC_DENIED: Final = Recalled(PERMISSION_DENIED)
LICENSE_MISSING: Final = Recalled("license missing")

CONVERSION_STARTED: Final = Recalled("Initiated license conversion with backend.")
CONVERSION_UNDER_WAY: Final = Recalled("License conversion is already in progress")
CONVERSION_STOPPED: Final = Recalled("License conversion stopped")
NO_CONVERSION: Final = Recalled("License conversion is not in progress")

# -- licensing: reservation; the sentences not marked are IOS-XE's ----------------------------

REQUEST_CODE_FOLLOWS: Final = "Enter this request code in the Cisco Smart Software Manager portal:"
RETURN_CODE_FOLLOWS: Final = "Enter this return code in Cisco Smart Software Manager portal:"
RESERVATION_RETURN_WARNING: Final = (
    "This command will remove the license reservation authorization code and the device will "
    "transition back to the unregistered state.\nSome features may not function properly.\n"
)
RESERVATION_RETURN_QUESTION: Final = "Do you want to continue? [yes/no]: "
RESERVATION_OFF: Final = Recalled("License reservation is not enabled")
NO_RESERVATION_REQUEST: Final = Recalled("No license reservation request is in progress")
NO_RESERVATION: Final = Recalled("No license reservation is installed")
RESERVATION_CANCELLED: Final = Recalled("License reservation request cancelled")
RESERVATION_INSTALLED: Final = Recalled("Reservation install successful")
RESERVATION_MISMATCH: Final = Recalled(
    "Reservation install failed: The Reservation Authorization Code '{code}' does not match the "
    "Reservation Request Code"
)

# -- licensing: failure reasons ---------------------------------------------------------------

SEND_ERROR: Final = "Communication message send error"
RESPONSE_ERROR: Final = "Communication message send response error"
CALL_HOME_ERROR: Final = "Fail to send out Call Home HTTP message"
RESOLVE_ERROR: Final = "Unable to resolve server hostname/domain name"
TLS_ERROR: Final = "Cannot establish secure connection because server TLS cert cannot be validated"
BACKEND_DOWN: Final = "Server error occurred: LS_LICENGINE_FAIL_TO_CONNECT"
UNKNOWN_INSTANCE: Final = (
    '{"product_instance_identifier":["The identity for the instance is not valid.'
    'Please re-register the instance."]}'
)
# The back end quotes the token in its answer, so a report that copies the reason leaks it.
BAD_TOKEN: Final = Recalled('{{"token":["The token \'{token}\' is not valid."]}}')
EXPIRED_TOKEN: Final = Recalled('{{"token":["The token \'{token}\' is expired."]}}')
USED_UP_TOKEN: Final = Recalled(
    '{{"token":["The token \'{token}\' has reached its maximum number of uses."]}}'
)
CLOCK_ERROR: Final = Recalled("Data and signature do not match")

# -- reachability -----------------------------------------------------------------------------

NO_SUCH_VRF: Final = Recalled("% VRF {vrf} does not exist")
PING_NO_HOST: Final = Recalled("% Invalid host/interface {host}")
TELNET_CONNECTED: Final = "Connected to {host}.\nEscape character is '^]'.\n"
TELNET_CLOSED: Final = "Connection closed by foreign host.\n"
TELNET_FAILED: Final = Recalled("telnet: Unable to connect to remote host: Connection timed out\n")
TELNET_NO_HOST: Final = Recalled("{host}: Name or service not known\n")
