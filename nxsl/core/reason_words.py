"""Why a task ended as it did, in one or two words that never change: a closed list.

Tables and scripts have the word, `docs/outcomes.md` the sentence.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """A reason; `words` is what it means, as one sentence.

    A reason says more than an outcome: `failed clean` may be a refused login or a save that failed.
    """

    words: str

    def __new__(cls, value: str, words: str) -> Self:
        """Make a member of its word and its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member

    # -- good ends --------------------------------------------------------------------------------
    READ = "read", "The state was read."
    AS_INTENDED = "as-intended", "The switch was as intended already; nothing was written."
    PLANNED = "planned", "A dry run: something would be written."
    PROVEN = "proven", "It was written, and a read after the last write proves it."
    NOT_APPLICABLE = (
        "not-applicable",
        "The switch's regime knows nothing of the kind, so there is nothing to do.",
    )

    # -- under way --------------------------------------------------------------------------------
    UNDER_WAY = "under-way", "It was started and is looked at again."
    STILL_PENDING = "still-pending", "The wait is over; the agent goes on by itself."

    # -- the run did not let it -------------------------------------------------------------------
    NOT_RUN = "not-run", "No task was started on the host."
    STOPPED = "stopped", "Somebody stopped the run before this was sent."
    PAUSED = "paused", "The run pauses between two waves; it can be resumed."
    LIMIT = "limit", "The limit of bad hosts was reached before this one was begun."
    CREDENTIAL_BREAKER = (
        "credential-breaker",
        "The same credential was refused by another switch, so it was not tried here.",
    )
    TOKEN_BREAKER = (
        "token-breaker",
        "The same token was refused for another switch, so it was not sent here.",
    )
    UNCERTAIN = (
        "uncertain",
        "It was sent before the run was interrupted, the switch does not show it, and it is not "
        "sent again.",
    )
    NOT_LASTING = "not-lasting", "It was proven, and was gone when the switch was looked at again."
    FAILED_EARLIER = "failed-earlier", "The host failed in an earlier task of the same run."
    NOT_TRIED = "not-tried", "The run wanted nothing to be sent to this switch."
    JOURNAL = "journal", "The run's journal could not be written, so nothing further was sent."
    LOCKED = "locked", "Somebody else is at work on the inventory or the switch."
    CHANGED_SINCE_PLAN = (
        "changed-since-plan",
        "The switch is no longer as it was when its plan was made.",
    )
    PLAN_FILE = "plan-file", "The plan file is none, was changed, or is too old."
    NO_WORKER = "no-worker", "No worker can reach the host's zone."
    WORKER_LOST = "worker-lost", "The worker that was at the host has died."
    SCHEDULER_LOST = "scheduler-lost", "The scheduler of the workers does not answer any more."
    REMOTE = "remote", "What a task raised on a worker cannot travel; its type and text are told."
    WORKER_FAILED = "worker-failed", "The worker could not do its work for the host."
    INTERNAL = "internal", "A fault of the program; please report it with the traceback."

    # -- nxsl did not start -----------------------------------------------------------------------
    REFUSED = "refused", "It could not have worked as things are; nothing was sent."
    REGIME = "regime", "There is no way for this platform and release; nothing was attempted."
    STATE = "state", "The licensing state is one in which this makes no sense or would do harm."
    TRANSPORT = "transport", "The switch is not set up so that its backend could be reached."
    CLOCK = "clock", "The switch's clock is so far off that certificates would count as invalid."
    OTHER_ACCOUNT = "other-account", "The switch belongs to another account than intended."
    FILE = "file", "The file to be imported is not there, or belongs to another switch."
    INTENT = "intent", "What the inventory intends cannot be."
    INVENTORY = "inventory", "The inventory cannot be read."
    SELECTION = "selection", "No host was selected, or not the hosts that were meant."
    SECRET = "secret", "A token, code or password could not be had."
    MANIFEST = "manifest", "The list of a folder's usage files is damaged."
    SNAPSHOT = "snapshot", "A snapshot file cannot be read."
    MISSING_EXTRA = "missing-extra", "An optional part of nxsl is not installed."

    # -- no session, or a broken one --------------------------------------------------------------
    CONNECT = "connect", "No session with the switch could be made."
    CONNECTION_REFUSED = "connection-refused", "Nothing listens on the SSH port."
    CONNECT_TIMEOUT = "connect-timeout", "The address, or SSH on it, does not answer."
    NAME_NOT_FOUND = "name-not-found", "The host's name does not resolve."
    LOGIN_FAILED = "login-failed", "The switch does not accept user name and password or key."
    HOST_KEY_UNKNOWN = "host-key-unknown", "The switch's host key is not known."
    HOST_KEY_CHANGED = (
        "host-key-changed",
        "The switch presents another host key than the known one.",
    )
    NO_COMMON_ALGORITHM = "no-common-algorithm", "Client and switch share no algorithm of SSH."
    CONNECT_FAILED = "connect-failed", "The connection failed in another way."
    SESSION = "session", "The session broke."
    SESSION_DROPPED = "session-dropped", "The switch, or something on the way, closed the session."
    REPLY_TIMEOUT = "reply-timeout", "No prompt came back in time."
    REPLY_TOO_LONG = "reply-too-long", "The switch printed more than is held."
    NARROW_TERMINAL = "narrow-terminal", "The switch wraps its lines."
    UNREADABLE_OUTPUT = "unreadable-output", "The output is not what the command prints."

    # -- the switch said no -----------------------------------------------------------------------
    COMMAND_REJECTED = "command-rejected", "The switch refused a command."
    PERMISSION_DENIED = "permission-denied", "The user's role does not allow a command."
    UNEXPECTED_QUESTION = "unexpected-question", "The switch asked what nxsl has no answer to."
    NOT_APPLIED = "not-applied", "A line was taken without effect."
    SAVE_FAILED = "save-failed", "The running configuration did not reach the startup one."
    CHECKPOINT_FAILED = "checkpoint-failed", "A checkpoint was not made or not removed."
    CHECKPOINTS_FULL = "checkpoints-full", "The switch takes no further checkpoint."
    ROLLBACK_FAILED = "rollback-failed", "What had been written could not be undone."
    TRANSFER_FAILED = "transfer-failed", "A file did not arrive whole, or could not be sent."

    # -- licensing said no ------------------------------------------------------------------------
    LICENSING = "licensing", "The command was taken, and licensing itself failed."
    REGISTRATION_FAILED = "registration-failed", "The agent reports a failed registration."
    TOKEN_REFUSED = (
        "token-refused",
        "The backend does not take the token; other switches would fail with it as well.",
    )
    TRUST_FAILED = "trust-failed", "The agent reports that no trust code was installed."
    RENEWAL_FAILED = "renewal-failed", "The agent reports a failed renewal."
    SYNC_FAILED = "sync-failed", "The agent reports that usage could not be reported."
    IMPORT_FAILED = "import-failed", "The switch did not take a file, or taking it had no effect."
    CONVERSION_FAILED = "conversion-failed", "The conversion from licence files failed."
    RESERVATION_FAILED = "reservation-failed", "The switch did not do a step of a reservation."
    WRONG_ACCOUNT = "wrong-account", "Registered now, but not to the account that was intended."

    ERROR = "error", "An error without a name of its own."


def reason_named(word: str) -> Reason:
    """The reason of that word.

    Raises:
        ValueError: there is none.
    """
    for reason in Reason:
        if reason.value == word:
            return reason
    raise ValueError(f"'{word}' is no reason")


def reason_words() -> dict[str, str]:
    """Every reason and its sentence, in the order of the list."""
    return {reason.value: reason.words for reason in Reason}
