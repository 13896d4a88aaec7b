"""The sentences of Smart Licensing Using Policy, of `bootflash:` and of SCP.

As in `texts`: a plain string was seen, a `Recalled` one is believed from memory only and must
never be the oracle of a parser test. Seen are the key words of the communication statistics and
`Import Data Successful` (IOS-XE, the same agent), and `No such file or directory`.
"""

from __future__ import annotations

from typing import Final

from nxsl.lab.texts import Recalled

# -- answers to commands --------------------------------------------------------------------------

TRANSPORT_OFF: Final = Recalled("Smart Licensing transport is off: nothing was sent.")
IMPORT_DONE: Final = "Import Data Successful"
IMPORT_UNKNOWN: Final = Recalled("Import Data Failed: the data is not valid")
IMPORT_DAMAGED: Final = Recalled("Import Data Failed: Data and signature do not match")
IMPORT_FOREIGN: Final = Recalled("Import Data Failed: UDI mismatch, the data is for {udi}")
IMPORT_NO_REPORT: Final = Recalled("Import Data Failed: no report waits for this acknowledgement")
NOTHING_TO_SAVE: Final = Recalled("No usage data to save.")

# -- failure reasons ------------------------------------------------------------------------------

TRUST_INSTALLED: Final = Recalled("Trust code already installed")
TRUST_REQUIRED: Final = Recalled("No trust code installed: direct communication is not allowed")
CSLU_WITHOUT_TRUST: Final = Recalled("Trust establishment is not supported by this server")

# -- communication statistics ---------------------------------------------------------------------

OK: Final = "OK"
OK_POLL: Final = "OK_POLL"
NO_REPLY: Final = "NO REPLY"
# The word for a request that the server refused is shown by no source.
REFUSED: Final = Recalled("INVALID")
NONE: Final = "<none>"
EMPTY: Final = "<empty>"

# -- bootflash: -----------------------------------------------------------------------------------

NO_SUCH_FILE: Final = "No such file or directory"
DELETE_QUESTION: Final = Recalled('Do you want to delete "/{name}" ? (yes/no/abort)   [y] ')
FLASH_FULL: Final = Recalled("No space left on device")

# -- SCP ------------------------------------------------------------------------------------------

SCP_OFF: Final = Recalled("scp: SCP server is not enabled on this device")
SCP_NO_FILE: Final = "scp: {path}: No such file or directory"
SCP_NO_SPACE: Final = "scp: {path}: No space left on device"
SCP_DENIED: Final = Recalled("scp: {path}: Permission denied")
SCP_PROTOCOL: Final = "scp: protocol error: {line}"
