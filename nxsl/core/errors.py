"""Every error of nxsl, as one tree.

```
NxslError
 x IntentError (ValueError)            the inventory asks for something that cannot be
 x InventoryError (ValueError)         the inventory cannot be read
 x SelectionError (ValueError)         no host, or not the hosts that were meant
 x SecretError (LookupError)           a token or password could not be had
 x MissingExtra (ImportError)          an optional part is not installed
 x ParseError (ValueError)             the switch's text is not what the command prints
 x ConnectError                        no session with the switch
   - ConnectionRefused, ConnectTimeout (TimeoutError), NameNotFound, LoginFailed,
     HostKeyUnknown, HostKeyChanged, NoCommonAlgorithm, ConnectFailed
 x SessionError                        the session broke; what was running may or may not have run
   - SessionDropped (ConnectionError), ReplyTimeout (TimeoutError), ReplyTooLong,
     NarrowTerminal
 x CommandRejected                     the switch answered, and did not do it
   - PermissionDenied (PermissionError), UnexpectedQuestion
 x SaveFailed                          the running configuration did not reach the startup one
 x NotApplied                          a line was taken without effect
 x CheckpointFailed                    a checkpoint was not made, or could not be removed
 x RollbackFailed                      the whole configuration was not brought back
 x Refused                             nxsl would not start: nothing was sent
   - RegimeRefused, TransportRefused, ClockRefused, AccountRefused, PlanRefused, StateRefused,
     FileRefused, CheckpointRefused
 x NotApplicable                       there is nothing of the kind to do under the switch's regime
 x Stopped                             somebody stopped the run before this was sent
 x NotTried                            the run wanted nothing to be sent: a breaker, or a limit
   - CredentialBreaker, TokenBreaker
 x JournalFailed                       the run's journal cannot be written
 x Locked                              somebody else is at work there
 x PlanFileError (ValueError)          a plan file cannot be used
 x LicensingError                      the agent or the backend said no
   - RegistrationFailed, RenewalFailed, StillPending (TimeoutError), WrongAccount, TrustFailed,
     SyncFailed, ImportFailed, ConversionFailed, ReservationFailed
 x TransferFailed                      a file did not arrive whole
 x SnapshotError (ValueError)          a snapshot file cannot be read
 x ManifestError (ValueError)          the list of a folder's usage files cannot be read
 x RemoteTaskError                     what a task raised on a worker and that cannot travel
```

"x" is for catching, "-" is what is raised. Each class has a `reason` of the closed list. Messages
hold no secret. All of them can be pickled.
"""

from __future__ import annotations

from typing import ClassVar, Self

from nxsl.core.reason_words import Reason
from nxsl.core.secret import hide_secrets


class NxslError(Exception):
    """The root. `str(error)` is one sentence for people, naming the cause.

    Attributes:
        reason: its class's, or a more exact one.
        host: the inventory's name of the switch, where one is concerned.
        remedy: what to do or type next; empty where there is nothing useful to say.
        text: what the switch printed, redacted; empty where it printed nothing.
    """

    reason: Reason = Reason.ERROR
    usual_remedy: ClassVar[str] = ""

    def __init__(self, message: str, *, host: str = "", remedy: str = "", text: str = "") -> None:
        super().__init__(message)
        self.host = host
        self.remedy = remedy or self.usual_remedy
        self.text = text

    @property
    def message(self) -> str:
        """The sentence alone, without host, remedy and text."""
        return str(self.args[0])

    def __str__(self) -> str:
        head = f"{self.host}: {self.message}" if self.host else self.message
        return f"{head} ({self.remedy})" if self.remedy else head


class IntentError(NxslError, ValueError):
    """The licensing intent in the inventory is not valid; the message names host and field."""

    reason = Reason.INTENT


class InventoryError(NxslError, ValueError):
    """The inventory cannot be read; the message names the file."""

    reason = Reason.INVENTORY


class SelectionError(NxslError, ValueError):
    """No host was selected, or a selection names a host that the inventory does not have."""

    reason = Reason.SELECTION


class SecretError(NxslError, LookupError):
    """A token or password is not where it was said to be."""

    reason = Reason.SECRET


class MissingExtra(NxslError, ImportError):
    """An optional part of nxsl is used that is not installed; the remedy is the pip command."""

    reason = Reason.MISSING_EXTRA


class ParseError(NxslError, ValueError):
    """The text lacks something that the command always prints, or holds what it never does.

    Attributes:
        command: the show command the text was said to come from.
    """

    reason = Reason.UNREADABLE_OUTPUT
    usual_remedy = "compare it with the switch's own output; please report it if that is right"

    def __init__(
        self, message: str, *, command: str = "", host: str = "", remedy: str = "", text: str = ""
    ) -> None:
        # The backend quotes the token that it refuses, and the switch may show more secrets.
        super().__init__(hide_secrets(message), host=host, remedy=remedy, text=hide_secrets(text))
        self.command = command


class ConnectError(NxslError):
    """No session with the switch could be made; nothing was sent to it."""

    reason = Reason.CONNECT
    usual_remedy = "try it by hand with ssh"


class ConnectionRefused(ConnectError):
    """The address answers, but nothing listens on the SSH port."""

    reason = Reason.CONNECTION_REFUSED


class ConnectTimeout(ConnectError, TimeoutError):
    """The address does not answer, or SSH on it does not."""

    reason = Reason.CONNECT_TIMEOUT


class NameNotFound(ConnectError):
    """The host name does not resolve on this machine."""

    reason = Reason.NAME_NOT_FOUND


class LoginFailed(ConnectError):
    """The switch does not accept user name and password or key."""

    reason = Reason.LOGIN_FAILED


class HostKeyUnknown(ConnectError):
    """The switch's host key is in none of the known-hosts files; no password was sent."""

    reason = Reason.HOST_KEY_UNKNOWN


class HostKeyChanged(ConnectError):
    """The switch presents another host key than the known one; no password was sent."""

    reason = Reason.HOST_KEY_CHANGED


class NoCommonAlgorithm(ConnectError):
    """Client and switch share no key exchange, cipher or host key type."""

    reason = Reason.NO_COMMON_ALGORITHM


class ConnectFailed(ConnectError):
    """The connection failed in another way; the message says how."""

    reason = Reason.CONNECT_FAILED


class SessionError(NxslError):
    """The session broke. A command under way may or may not have run."""

    reason = Reason.SESSION


class SessionDropped(SessionError, ConnectionError):
    """The switch, or something on the way, closed the session."""

    reason = Reason.SESSION_DROPPED
    usual_remedy = "try again; if it happens again, see `show users` and the firewalls on the way"


class ReplyTimeout(SessionError, TimeoutError):
    """No prompt came back in time."""

    reason = Reason.REPLY_TIMEOUT


class NarrowTerminal(SessionError):
    """The switch wraps lines, so that what it prints cannot be told from what it means."""

    reason = Reason.NARROW_TERMINAL
    usual_remedy = "let the user's role type `terminal width 511`"


class ReplyTooLong(SessionError):
    """The switch printed more than nxsl is ready to hold."""

    reason = Reason.REPLY_TOO_LONG
    usual_remedy = "look at the command's output by hand"


class CommandRejected(NxslError):
    """The switch refused a command; `text` holds its words.

    Attributes:
        command: the command, with secrets masked.
    """

    reason = Reason.COMMAND_REJECTED

    def __init__(
        self, message: str, *, command: str = "", host: str = "", remedy: str = "", text: str = ""
    ) -> None:
        super().__init__(message, host=host, remedy=remedy, text=text)
        self.command = command


class PermissionDenied(CommandRejected, PermissionError):
    """The user's role does not allow the command."""

    reason = Reason.PERMISSION_DENIED


class UnexpectedQuestion(CommandRejected):
    """The switch asked something that nxsl does not know the answer to; it was cancelled."""

    reason = Reason.UNEXPECTED_QUESTION


class SaveFailed(NxslError):
    """`copy running-config startup-config` did not do its work."""

    reason = Reason.SAVE_FAILED


class NotApplied(NxslError):
    """The switch took a line without a word, and its configuration is not what it should be."""

    reason = Reason.NOT_APPLIED


class CheckpointFailed(NxslError):
    """The switch did not make a checkpoint, or did not remove one; nothing was configured."""

    reason = Reason.CHECKPOINT_FAILED
    usual_remedy = "see `show checkpoint summary`, or configure without --checkpoint"


class RollbackFailed(NxslError):
    """Lines are left on the switch, and its checkpoint was not, or not provably, gone back to."""

    reason = Reason.ROLLBACK_FAILED


class Refused(NxslError):
    """nxsl would not start: the job cannot work as things are. Nothing was sent."""

    reason = Reason.REFUSED


class RegimeRefused(Refused):
    """nxsl has no way for this platform and release; nothing is attempted."""

    reason = Reason.REGIME


class FileRefused(Refused):
    """The file to be imported is not there, or belongs to another switch."""

    reason = Reason.FILE


class NotApplicable(NxslError):
    """The switch's regime knows nothing of the kind; nothing was sent."""

    reason = Reason.NOT_APPLICABLE


class CheckpointRefused(Refused):
    """The switch holds as many checkpoints as it can, and none of them is nxsl's to remove."""

    reason = Reason.CHECKPOINTS_FULL


class TransportRefused(Refused):
    """Call home is not set up so that the backend could be reached."""

    reason = Reason.TRANSPORT


class ClockRefused(Refused):
    """The switch's clock is too far from this machine's for the certificates to be valid."""

    reason = Reason.CLOCK


class AccountRefused(Refused):
    """The switch is registered to another account than intended."""

    reason = Reason.OTHER_ACCOUNT


class PlanRefused(Refused):
    """The switch is no longer as it was when its plan was confirmed."""

    reason = Reason.CHANGED_SINCE_PLAN


class StateRefused(Refused):
    """The switch is in a licensing state in which the job makes no sense or would do harm."""

    reason = Reason.STATE


class Stopped(NxslError):
    """The run was stopped before a command was sent."""

    reason = Reason.STOPPED
    usual_remedy = "run it again: what is done is left alone"


class NotTried(NxslError):
    """The run wanted nothing to be sent to this switch: a breaker is open, or a limit reached."""

    reason = Reason.NOT_TRIED
    usual_remedy = "mend the cause, then: nxsl runs retry ID"


class CredentialBreaker(NotTried):
    """Another switch refused the same user name and password or key; it was not tried here."""

    reason = Reason.CREDENTIAL_BREAKER


class TokenBreaker(NotTried):
    """The backend refused the same token for another switch; it was not sent to this one."""

    reason = Reason.TOKEN_BREAKER


class JournalFailed(NxslError):
    """The run's journal cannot be written; nothing further is sent to any switch."""

    reason = Reason.JOURNAL


class Locked(NxslError):
    """Somebody else is at work on the inventory or a switch; the message names them."""

    reason = Reason.LOCKED


class PlanFileError(NxslError, ValueError):
    """A plan file is not one, was changed, is too old, or is not known to the run store."""

    reason = Reason.PLAN_FILE


class LicensingError(NxslError):
    """The command was taken, and licensing itself failed."""

    reason = Reason.LICENSING

    def because(self, *, token_at_fault: bool) -> Self:
        """Say more exactly why: other switches would fail with the same token as well."""
        if token_at_fault:
            self.reason = Reason.TOKEN_REFUSED
        return self


class RegistrationFailed(LicensingError):
    """The agent reports a failed registration; `text` holds its failure reason."""

    reason = Reason.REGISTRATION_FAILED


class RenewalFailed(LicensingError):
    """The agent reports a failed renewal; `text` holds its failure reason."""

    reason = Reason.RENEWAL_FAILED


class StillPending(LicensingError, TimeoutError):
    """The deadline passed while the agent was still at it; it goes on by itself."""

    reason = Reason.STILL_PENDING


class WrongAccount(LicensingError):
    """The switch is registered now, but not to the account that was intended."""

    reason = Reason.WRONG_ACCOUNT


class TrustFailed(LicensingError):
    """The agent reports that the trust code was not installed; `text` holds its failure reason."""

    reason = Reason.TRUST_FAILED


class SyncFailed(LicensingError):
    """The agent reports that usage could not be reported; `text` holds its failure reason."""

    reason = Reason.SYNC_FAILED


class ImportFailed(LicensingError):
    """The switch did not take a file, or taking it had no effect."""

    reason = Reason.IMPORT_FAILED


class ConversionFailed(LicensingError):
    """The conversion from licence files failed; `text` holds the agent's failure reason."""

    reason = Reason.CONVERSION_FAILED


class ReservationFailed(LicensingError):
    """The switch did not do a step of a reservation."""

    reason = Reason.RESERVATION_FAILED


class TransferFailed(NxslError):
    """A file did not arrive whole, or could not be sent; what had arrived was removed."""

    reason = Reason.TRANSFER_FAILED


class SnapshotError(NxslError, ValueError):
    """A snapshot is not one, is of another version, or is damaged; the message names the file."""

    reason = Reason.SNAPSHOT


class ManifestError(NxslError, ValueError):
    """The manifest of a folder of usage files is damaged; it is left as it is."""

    reason = Reason.MANIFEST


class RemoteTaskError(NxslError):
    """Stands for an exception of a worker that cannot travel; the message has its type and text."""

    reason = Reason.REMOTE
