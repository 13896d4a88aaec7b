"""What is read from each saved output about checkpoints."""

from __future__ import annotations

from typing import Any, Final

from nxsl.core.checkpoint_records import Checkpoint, CheckpointReply, RollbackReply

SUMMARY: Final = "show checkpoint summary"
ROLLBACK: Final = "rollback running-config"

CHECKPOINT_GOLDEN: dict[str, tuple[str, Any]] = {
    "checkpoint/n9kv_10.2.2_done.txt": ("checkpoint", CheckpointReply(done=True, words=".Done")),
    "show_checkpoint_summary/n5k_one.txt": (
        SUMMARY,
        (
            Checkpoint(
                name="test",
                made_by="admin",
                made_at="Mon, 07:37:22 29 Sep 2014",
                size=5824,
                description="“testing_purpose”",
            ),
        ),
    ),
    "show_checkpoint_summary/headings_behind_the_size.txt": (
        SUMMARY,
        (
            Checkpoint(
                name="bgp-Wed_May_31_12_56_56_2017",
                made_by="admin",
                made_at="Wed, 12:56:56 31 May 2017",
                size=26154,
                description="None",
            ),
            Checkpoint(
                name="system-fm-bfd",
                made_by="admin",
                made_at="Mon, 12:41:58 29 May 2017",
                size=26154,
                description="Created by Feature Manager.",
            ),
        ),
    ),
    "rollback_running-config/n9kv_10.2.2_success.txt": (
        ROLLBACK,
        RollbackReply(succeeded=True, words="Rollback completed successfully."),
    ),
    "rollback_running-config/n3k_verification_failed_TRUNCATED.txt": (
        ROLLBACK,
        RollbackReply(
            succeeded=False, words="Verification failed, Rolling back to previous configuration"
        ),
    ),
}
