"""`nxsl resume` and `nxsl runs`: what was done, and doing the rest of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nxsl.cli import options
from nxsl.cli.how import How, Store
from nxsl.cli.plan_commands import finish_run, token_for
from nxsl.cli.shared import Opening, acting, going_on
from nxsl.cli.status import EXIT_STATUS, planned_hosts
from nxsl.core.errors import InventoryError, SelectionError
from nxsl.core.resume import Todo, hosts_left, require_unfinished
from nxsl.core.retry import Only
from nxsl.core.retry import chosen as chosen_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from nxsl.cli.fleet_run import FleetRun
    from nxsl.core.run_records import RunSummary, RunView

runs = typer.Typer(
    invoke_without_command=True,
    help="What was done, by whom, and how it ended; and doing the rest of it.",
    epilog=EXIT_STATUS,
)


@going_on
def resume(
    opening: Opening,
    *,
    which: Annotated[str, typer.Argument(metavar="RUN", help="Its name, or how that begins.")],
    inventory: Annotated[
        Path | None,
        typer.Option("--inventory", "-i", help="Where the run's inventory is on this machine."),
    ] = None,
    token_env: options.TokenEnv = None,
    token_file: options.TokenFile = None,
    token_keyring: options.TokenKeyring = None,
    wait: Annotated[
        float | None,
        typer.Option(
            "--wait",
            min=0.0,
            metavar="SECONDS",
            help="Seconds to wait for each licensing agent from now on; as the run did by default.",
        ),
    ] = None,
    settle: Annotated[
        float,
        typer.Option(
            "--settle",
            min=0.0,
            metavar="SECONDS",
            help="Between two reads that prove that a command never reached a switch.",
        ),
    ] = 30.0,
) -> None:
    """Go on with a run that was killed, stopped or paused.

    Switches that have come to their end are left alone. Where the last command may or may not have
    arrived, the switch is asked first; a token is never sent twice.
    """
    from nxsl.cli.changing import Changing  # noqa: PLC0415 (SQLAlchemy takes its time)
    from nxsl.run.wording import switches_words  # noqa: PLC0415 (likewise)

    view = _view(opening, which, resumable=True)
    run = _open(opening, view, inventory, [entry.host for entry in view.hosts])
    how = opening.how or How()
    run.require_somebody(how)
    acts = Changing(run)
    left = hosts_left(view)
    begun_anew = [host for host, todo in left.items() if todo in {Todo.START, Todo.PROBE}]
    token = token_for(
        run,
        view.head.job,
        begun_anew,
        lambda: options.token_of(token_env, token_file, token_keyring),
    )
    some = f"{len(left)} of {switches_words(len(view.hosts))} left"
    run.confirm(f"Go on with run {view.head.id} ({view.head.job}, {some})?", yes=how.yes)
    with acts.ready():
        ending = acts.resume(view.head.id, token=token, wait=wait, settle=settle)
    finish_run(run, acts, ending)


def _open(
    opening: Opening, view: RunView, inventory: Path | None, hosts: Collection[str]
) -> FleetRun:
    """Open the inventory of a run; say in its words what is no longer there."""
    where = inventory or Path(view.head.inventory)
    try:
        return opening.open(where, ",".join(hosts), {})
    except SelectionError as error:
        raise SelectionError(
            f"run {view.head.id}: {error.message}",
            remedy="put it back into the inventory; or give the run up, and retry the others: "
            f"nxsl runs retry {view.head.id} --take-over {view.head.id}",
        ) from None
    except InventoryError as error:
        raise InventoryError(
            f"run {view.head.id}: {error.message}",
            remedy="name the folder where its inventory is on this machine: --inventory",
        ) from None


def _view(opening: Opening, which: str, *, resumable: bool = False) -> Any:  # noqa: ANN401
    """A run; where it is to be resumed, one that nobody else is at."""
    from nxsl.run.store import RunStore  # noqa: PLC0415 (SQLAlchemy takes its time)

    record = (opening.how or How()).record
    with RunStore.open(record.store, read_only=True) as store:
        view = store.run(which)
        if resumable:
            require_unfinished(view.head)
            store.require_resumable(view.head.id, take_over=bool(record.take_over))
        return view


def _text(kind: options.Format) -> options.Format:
    """A format that can be printed.

    Raises:
        typer.BadParameter: it cannot.
    """
    if kind is options.Format.PARQUET:
        raise typer.BadParameter("table, csv or json", param_hint="--format")
    return kind


@runs.callback()
def list_runs(
    context: typer.Context,
    store: Store = None,
    count: Annotated[int, typer.Option("--last", min=1, metavar="N", help="How many.")] = 20,
    kind: options.Kind = options.Format.TABLE,
) -> None:
    """Show the last runs, the newest first; with a command: more about one of them."""
    if context.invoked_subcommand is not None:
        return
    from nxsl.cli.screen import Screen  # noqa: PLC0415 (pandas)
    from nxsl.reports.run_tables import RUNS  # noqa: PLC0415 (pandas)
    from nxsl.reports.runs import runs_frame  # noqa: PLC0415 (pandas)
    from nxsl.run.store import RunStore  # noqa: PLC0415

    screen = Screen(kind=_text(kind))
    found: tuple[RunSummary, ...] = ()
    if store is not None or RunStore.is_there():
        with RunStore.open(store, read_only=True) as opened:
            found = opened.runs(limit=count)
    if not found and screen.kind == options.TABLE:
        screen.say("no runs yet")
    else:
        screen.table(RUNS, runs_frame(found))


@runs.command(epilog=EXIT_STATUS)
def show(
    which: Annotated[str, typer.Argument(metavar="RUN", help="Its name, or how that begins.")],
    steps: Annotated[
        bool, typer.Option("--steps", metavar="", help="Every step on every switch as well.")
    ] = False,
    store: Store = None,
    kind: options.Kind = options.Format.TABLE,
) -> None:
    """Show how each switch of a run ended, why, and what was sent to it."""
    from nxsl.cli.screen import Screen  # noqa: PLC0415 (pandas)
    from nxsl.cli.screen_runs import show_run  # noqa: PLC0415 (pandas)
    from nxsl.run.store import RunStore  # noqa: PLC0415

    screen = Screen(kind=_text(kind))
    with RunStore.open(store, read_only=True) as opened:
        view = opened.run(which)
    show_run(screen, view, steps=steps)


@acting
def retry(
    opening: Opening,
    *,
    which: Annotated[str, typer.Argument(metavar="RUN", help="Its name, or how that begins.")],
    only: Annotated[
        Only,
        typer.Option("--only", metavar="WHICH", help=f"Which switches: {', '.join(Only)}."),
    ] = Only.BAD,
    inventory: Annotated[
        Path | None,
        typer.Option("--inventory", "-i", help="Where the run's inventory is on this machine."),
    ] = None,
    token_env: options.TokenEnv = None,
    token_file: options.TokenFile = None,
    token_keyring: options.TokenKeyring = None,
    wait: options.Wait = 600.0,
) -> None:
    """Plan and apply the same job anew on switches of a run that did not end well."""
    from nxsl.cli.changing import Changing  # noqa: PLC0415 (SQLAlchemy takes its time)

    view = _view(opening, which)
    names = chosen_of(view.hosts, only)
    if not names:
        raise SelectionError(
            f"run {view.head.id} has no switch that is {only}",
            remedy=f"nxsl runs show {view.head.id}",
        )
    run = _open(opening, view, inventory, names)
    how = opening.how or How()
    run.require_somebody(how)
    acts = Changing(run)
    job_options = view.head.options["job"]
    with acts.ready():
        if not how.dry_run:
            acts.require_free()
        made, found = acts.plan(view.head.job, job_options)
        run.screen.plan(found)
        todo = planned_hosts(found)
        if how.dry_run or run.stopped:
            run.finish_change(found)
        token = token_for(
            run, made.job, todo, lambda: options.token_of(token_env, token_file, token_keyring)
        )
        if todo:
            run.confirm(acts.question(made), yes=how.yes)
        ending = acts.apply(made, token=token, wait=wait, parent=view.head.id)
    finish_run(run, acts, ending)


runs.command(epilog=EXIT_STATUS)(retry)
