"""The sentences about checkpoints and rollbacks; as in `texts`, with the mark of the recalled ones.

`DONE`, `ADVISORY` and the steps of a rollback were printed by a Nexus 9000v with 10.2(2) (public
notes on its command line); `VERIFICATION_FAILED` by a Nexus 3000 (napalm-ansible issue 168), with
`#` before a step, as napalm looks for it. `ERROR: ascii-cfg:` is how a refusal begins (ansible
issue 20922, which shows the one about FCoE). Recalled: every other refusal, that removing a
checkpoint prints nothing, the line of a rollback that failed for good, and how a patch is indented.
"""

from __future__ import annotations

from typing import Final

from nxsl.lab.texts import Recalled

RULER: Final = "-" * 80
DONE: Final = ".Done"
TAKEN: Final = Recalled("ERROR: ascii-cfg: Checkpoint with the same name already exists")
FULL: Final = Recalled("ERROR: ascii-cfg: Maximum number of checkpoints reached")
BAD_NAME: Final = Recalled("ERROR: ascii-cfg: Invalid checkpoint name")
UNKNOWN: Final = Recalled("ERROR: ascii-cfg: Checkpoint does not exist")
BUSY: Final = Recalled("ERROR: ascii-cfg: Another checkpoint or rollback is in progress")

ADVISORY: Final = (
    "ADVISORY: Rollback operation started...\n"
    "Modifying running configuration from another VSH terminal in parallel\n"
    "is not recommended, as this may lead to Rollback failure.\n\n"
)
COLLECTING: Final = "Collecting Running-Config"
GENERATING: Final = "Generating Rollback Patch"
PATCH_EMPTY: Final = "Rollback Patch is Empty"
PREPARING: Final = (
    f"{COLLECTING}\nGenerating Rollback patch for switch profile\n{PATCH_EMPTY}\n"
    f"{COLLECTING}\n{GENERATING}\n"
)
EXECUTING: Final = (
    "Executing Rollback Patch\nDuring CR operation,will retain L3 configuration\n"
    "when vrf member change on interface\n"
    f"Generating Running-config for verification\n{GENERATING}\n"
)
ROLLED_BACK: Final = "\nRollback completed successfully.\n\n"
VERIFICATION_FAILED: Final = "Verification failed, Rolling back to previous configuration\n"
ROLLBACK_FAILED: Final = Recalled("\nRollback failed.\n")
