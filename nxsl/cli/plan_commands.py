"""`nxsl plan` and `nxsl apply`: what is to be done, as a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

import nxsl
from nxsl.cli import options
from nxsl.cli.how import How
from nxsl.cli.shared import Opening, acting, planning
from nxsl.cli.status import FAILED, planned_hosts
from nxsl.core.errors import PlanFileError
from nxsl.core.file_words import unreadable
from nxsl.core.fleet_plan import MAX_AGE, from_json, require_usable, to_json
from nxsl.core.outcome import Outcome
from nxsl.core.payload import Payload
from nxsl.fleet.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from nxsl.cli.fleet_run import FleetRun
    from nxsl.core.fleet_plan import FleetPlan
    from nxsl.core.plain import Plain
    from nxsl.core.secret import Token
    from nxsl.run.ending import RunEnding


class Planned(StrEnum):
    """The jobs that can be planned into a file."""

    CONFIGURE = "configure"
    REGISTER = "register"
    RENEW = "renew"
    DEREGISTER = "deregister"
    CONVERT_START = "convert-start"
    CONVERT_STOP = "convert-stop"


class What(StrEnum):
    """What to renew."""

    ID = "id"
    AUTH = "auth"
    BOTH = "both"


@planning
def plan(
    run: FleetRun,
    *,
    job: Annotated[
        Planned,
        typer.Argument(help=f"What: {', '.join(Planned)}.", metavar="JOB", show_choices=False),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", dir_okay=False, metavar="FILE", help="Where the plan is written."),
    ] = Path("plan.json"),
    remove_strays: Annotated[
        bool,
        typer.Option(
            "--remove-strays",
            metavar="",
            help="configure: also remove https destinations that are not intended.",
        ),
    ] = False,
    checkpoint: Annotated[
        bool,
        typer.Option("--checkpoint", metavar="", help="configure: take an NX-OS checkpoint first."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="register: also what is registered already.")
    ] = False,
    what: Annotated[
        What | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="renew: the id certificate, the auth(orization), or both.",
        ),
    ] = None,
    due_within: Annotated[
        float | None,
        typer.Option(
            "--due-within", metavar="DAYS", help="renew: only what runs out within so many days."
        ),
    ] = None,
) -> None:
    """Read every switch, and write what would be done into a file that can be looked at.

    For each switch: what it showed, what the end should be, and the exact lines. `nxsl apply FILE`
    does just that, and refuses a switch that has changed since. The file holds no secret.
    """
    from nxsl.cli.changing import Changing  # noqa: PLC0415 (SQLAlchemy takes its time)

    given = {
        "remove_strays": remove_strays or None,
        "checkpoint": checkpoint or None,
        "force": force or None,
        "kinds": None if what is None else kinds_of(what),
        "due_within": None if due_within is None else round(due_within * 86400),
    }
    chosen = _options_of(job, given)
    acts = Changing(run)
    with acts.ready():
        made, found = acts.plan(job.replace("-", " "), chosen)
        acts.keep(made)
    write_whole(out, Payload(to_json(made).encode("ascii")))
    run.screen.plan(found)
    _show(run, made)
    run.screen.say(f"\nwritten: {out} (plan {made.id}, digest {made.digest[:16]})")
    if planned_hosts(found):
        run.screen.say(f"next: nxsl apply {out}", style="cyan")
    bad = [each for each in made.hosts if each.expects not in _AS_PLANNED]
    run.finish(FAILED if bad else 0)


_AS_PLANNED = frozenset({Outcome.CHANGED_OK, Outcome.ALREADY_OK, Outcome.NOT_APPLICABLE})

_OF = {
    Planned.CONFIGURE: {"remove_strays", "checkpoint"},
    Planned.REGISTER: {"force"},
    Planned.RENEW: {"kinds", "due_within"},
}


def _options_of(job: Planned, given: Mapping[str, Any]) -> dict[str, Plain]:
    """The options of a job; one of another job is a mistake."""
    known = _OF.get(job, set())
    for name, value in given.items():
        if value is not None and name not in known:
            flag = "--" + {"kinds": "kind"}.get(name, name).replace("_", "-")
            raise typer.BadParameter(f"is no option of {job}", param_hint=flag)
    action = {Planned.CONVERT_START: "start", Planned.CONVERT_STOP: "stop"}.get(job)
    chosen = {name: value for name, value in given.items() if value is not None}
    return {**chosen, "action": action} if action else chosen


def kinds_of(what: What) -> list[Plain]:
    """The kinds of a renewal, as the job takes them."""
    return [str(What.ID), str(What.AUTH)] if what is What.BOTH else [str(what)]


def _show(run: FleetRun, made: FleetPlan) -> None:
    """Print the plan's table, and write it where that was asked for."""
    from nxsl.reports.plan import plan_frame  # noqa: PLC0415 (pandas)
    from nxsl.reports.tables import PLAN  # noqa: PLC0415 (pandas)

    run.screen.say("")
    run.deliver_table(PLAN, plan_frame(made))


def _show_whole(run: FleetRun, made: FleetPlan) -> None:
    """The same, with the diff above it."""
    from nxsl.reports.plan import plan_diff  # noqa: PLC0415 (pandas)

    run.screen.words.print(Text(plan_diff(made)), soft_wrap=True)
    _show(run, made)


@acting
def apply(
    opening: Opening,
    *,
    file: Annotated[
        Path, typer.Argument(dir_okay=False, metavar="FILE", help="What `nxsl plan` has written.")
    ],
    token_env: options.TokenEnv = None,
    token_file: options.TokenFile = None,
    token_keyring: options.TokenKeyring = None,
    digest: Annotated[
        str,
        typer.Option(
            "--digest",
            metavar="DIGEST",
            help="The digest that `nxsl plan` has printed, for a plan that this run store does not "
            "know; at least 16 digits.",
        ),
    ] = "",
    max_age: Annotated[
        float, typer.Option("--max-age", min=0.0, metavar="HOURS", help="Refuse an older plan.")
    ] = MAX_AGE.total_seconds() / 3600,
    inventory: Annotated[
        Path | None,
        typer.Option("--inventory", "-i", help="Where the plan's inventory is on this machine."),
    ] = None,
    wait: options.Wait = 600.0,
) -> None:
    """Do what a plan says, and nothing else.

    Each switch is read again first: one that has changed since is refused (`changed-since-plan`).
    So is a plan that is too old, was edited, or is not known to the run store.
    """
    from nxsl.cli.changing import Changing  # noqa: PLC0415 (SQLAlchemy takes its time)

    made = _read(file)
    how = opening.how or How()
    require_usable(
        made,
        now=datetime.now(UTC),
        max_age=timedelta(hours=max_age),
        known_digest=_known(made, file, digest, how),
    )
    run = opening.open(
        inventory or Path(made.inventory), ",".join(each.host for each in made.hosts), {}
    )
    acts = Changing(run)
    todo = [each.host for each in made.to_change]
    if how.dry_run:
        _show_whole(run, made)
        run.finish(0)
    run.require_somebody(how)
    with acts.ready():
        acts.require_free(made)
        _show_whole(run, made)
        token = token_for(
            run, made.job, todo, lambda: options.token_of(token_env, token_file, token_keyring)
        )
        if todo:
            run.confirm(acts.question(made), yes=how.yes)
        ending = acts.apply(made, token=token, wait=wait, fresh=False)
    finish_run(run, acts, ending)


def _read(file: Path) -> FleetPlan:
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileError(
            unreadable(file, error), remedy=f"make it: nxsl plan JOB --out {file}"
        ) from None
    return from_json(text, source=str(file))


_LEAST_DIGITS = 16


def _known(made: FleetPlan, file: Path, digest: str, how: How) -> str | None:
    """The digest that the run store, or whoever approves, knows of the plan.

    Raises:
        PlanFileError: who approves has approved another one.
    """
    from nxsl.run.store import RunStore  # noqa: PLC0415 (SQLAlchemy takes its time)

    if digest:
        if len(digest) < _LEAST_DIGITS:
            raise typer.BadParameter(f"give at least {_LEAST_DIGITS} digits", param_hint="--digest")
        if made.digest.startswith(digest.lower()):
            return made.digest
        raise PlanFileError(
            f"the digest that was given (--digest) is not that of the plan {made.id} in {file}",
            remedy="compare it, and the plan's name, with what nxsl plan has printed",
        )
    if not RunStore.is_there(how.record.store):
        return None
    with RunStore.open(how.record.store, read_only=True) as store:
        return store.plan_digest(made.id)


def token_for(
    run: FleetRun, job: str, todo: Collection[str], fetch: Callable[[], Token]
) -> Token | None:
    """The token, where a host needs one that its intent does not name."""
    from nxsl.run.jobs import job_named  # noqa: PLC0415

    if not job_named(job).needs_token or not todo:
        return None
    intents = (nxsl.intent_of(run.nr.inventory.hosts[host]) for host in todo)
    return None if all(intent and intent.token_from for intent in intents) else fetch()


def finish_run(run: FleetRun, acts: Any, ending: RunEnding) -> None:  # noqa: ANN401
    """Say how a run has ended, and end with its status."""
    from nxsl.run.crew import aggregated  # noqa: PLC0415

    run.ended_early = acts.say_ending(ending)
    run.finish_change(aggregated(ending.head.job, ending.results))
