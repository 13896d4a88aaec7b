"""Real worker processes, one of them killed: nothing is sent twice, and every host has an end."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import dask.config
import psutil
import pytest
from distributed import get_worker

from nxsl.core.outcome import Outcome
from nxsl.fleet._detach import pack_hosts
from nxsl.fleet._detached import run_parcel
from nxsl.fleet._parcels import Job, pack
from nxsl.fleet.credentials import TokenSource
from nxsl.fleet.dask_runner import DaskRunner
from nxsl.lab import Backend
from nxsl.tasks import Patience, verify
from tests.conftest import Fleet, switch, token_value
from tests.fleet import dask_tasks as tasks
from tests.fleet.dask_cluster import cluster, connected
from tests.fleet.processes import inventory, outcomes, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PASSWORD = "lab-only"
SLOW = Backend(register_latency=2.0, authorize_latency=0.05, renew_latency=0.05)
PATIENCE = Patience(deadline=30.0, first_pause=0.1, growth=1.0, longest_pause=0.1)


@pytest.fixture(scope="module")
def own() -> Iterator[DaskRunner]:
    """A runner with two worker processes of its own; they have the secrets in their environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NXSL_USERNAME", "admin")
        patch.setenv("NXSL_PASSWORD", PASSWORD)
        patch.setenv("NXSL_TOKEN", token_value())
        with DaskRunner(workers=2, chunk=2) as runner:
            runner.client.wait_for_workers(2)  # with what is in the environment now
            yield runner


def test_workers_are_processes_and_nothing_listens_to_others(
    own: DaskRunner, tmp_path: Path
) -> None:
    hosts = inventory(tmp_path / "inventory")
    nr = hosts.with_runner(own)
    own._credentials = "none"
    try:
        pids = {record.detail.split()[1] for record in records(nr.run(tasks.where)).values()}
    finally:
        own._credentials = "env"
    assert str(os.getpid()) not in pids
    assert len(pids) == 2
    me = psutil.Process()
    listening = [
        connection.laddr.ip
        for process in (me, *me.children(recursive=True))
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}
    assert own.client.scheduler_info()["address"].startswith("tls://")


def test_a_fleet_is_verified_with_the_password_of_the_workers(
    own: DaskRunner, fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(*(switch(f"leaf{n}") for n in range(1, 6)))
    here = run.run(verify)
    run.close()
    for host in run.nr.inventory.hosts.values():
        host.defaults.password = "not the password"
    there = run.nr.with_runner(own).run(verify)
    assert not there.failed
    assert list(there) == list(here)
    for name, record in records(there).items():
        assert (record.facts, record.outcome) == (here[name][0].result.facts, Outcome.READ)
        assert run.lab[name].failed_logins == 0
    assert _soon(lambda: all(each.open_sessions == 0 for each in run.lab.values()))


def test_a_worker_that_is_killed_costs_its_hosts_alone_and_no_token_is_sent_twice(
    own: DaskRunner, fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(*(switch(f"leaf{n}", backend=SLOW) for n in range(1, 7)))
    configured = run.run(_configure)
    assert not configured.failed
    run.close()
    notes = tmp_path / "notes"
    notes.mkdir()

    def kill() -> None:
        assert _soon(
            lambda: all(len(run.lab[f"leaf{n}"].register_commands) == 1 for n in (1, 2, 3, 4))
        )
        os.kill(int((notes / "leaf2").read_text()), signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    result = run.nr.with_runner(own).run(
        tasks.register_noted,
        folder=str(notes),
        token=TokenSource("env:NXSL_TOKEN"),
        patience=PATIENCE,
    )
    thread.join()
    lost = {name for name, record in records(result).items() if record.reason == "worker-lost"}
    assert lost == set(result.failed_hosts) == {"leaf1", "leaf2"}
    assert outcomes(result) == [Outcome.UNKNOWN] * 2 + [Outcome.CHANGED_OK] * 4
    for name in run.lab:
        assert len(run.lab[name].register_commands) == 1, name
        assert len((notes / name).read_text().splitlines()) == 1, name
    assert "nothing was run again" in records(result)["leaf1"].detail
    assert _soon(lambda: len(own.client.scheduler_info()["workers"]) == 2)  # Dask starts another


def _configure(task: Any) -> Any:
    from nxsl.tasks import configure_transport  # noqa: PLC0415

    return configure_transport(task)


def test_a_killed_reader_has_failed_and_nothing_is_on_the_switch(
    own: DaskRunner, tmp_path: Path
) -> None:
    hosts = inventory(tmp_path / "inventory", hosts=6)
    own._credentials = "none"
    try:
        result = hosts.with_runner(own).run(tasks.kills, victim="leaf3")
    finally:
        own._credentials = "env"
    assert outcomes(result) == [
        *[Outcome.ALREADY_OK] * 2,
        *[Outcome.FAILED_CLEAN] * 2,
        *[Outcome.ALREADY_OK] * 2,
    ]
    assert records(result)["leaf3"].reason == "worker-lost"
    assert _soon(lambda: len(own.client.scheduler_info()["workers"]) == 2)


def test_ctrl_c_of_the_terminal_does_not_reach_the_workers(own: DaskRunner, tmp_path: Path) -> None:
    pids = own.client.run(os.getpid).values()
    for pid in pids:
        os.kill(pid, signal.SIGINT)
    hosts = inventory(tmp_path / "inventory")
    own._credentials = "none"
    try:
        result = hosts.with_runner(own).run(tasks.where)
    finally:
        own._credentials = "env"
    assert not result.failed
    assert {int(each.detail.split()[1]) for each in records(result).values()} == set(pids)


def test_a_result_that_was_lost_is_not_made_again(tmp_path: Path) -> None:
    """Dask runs a finished task again where its result was on a worker that has gone."""
    hosts = inventory(tmp_path / "inventory", hosts=2)
    members = list(hosts.inventory.hosts.values())
    job = Job(
        run="one",
        function=tasks.note,
        params={"folder": str(tmp_path)},
        name="note",
        severity=20,
        dry_run=False,
        ssh_config="",
        threads=2,
        credentials="none",
    )
    from distributed import Queue, wait  # noqa: PLC0415

    def goes_away(*operands: Any) -> tuple[str, Any]:
        return get_worker().name, run_parcel(*operands)

    with cluster({"one": {}, "two": {}}) as both, connected(both) as client:
        right = Queue("right", client=client)
        right.put(1)
        future = client.submit(
            goes_away,
            pack(job),
            pack_hosts(members),
            "right",
            workers="one",
            allow_other_workers=True,
        )
        with client.as_current():
            wait(future)
        first = (tmp_path / "leaf1").read_text()
        both.sync(both.workers["one"].close, nanny=False)
        worker, endings = future.result()
        right.close()
    assert (worker, endings) == ("two", None)
    assert (tmp_path / "leaf1").read_text() == first


def test_a_scheduler_that_dies_leaves_no_host_without_an_end(tmp_path: Path) -> None:
    hosts = inventory(tmp_path / "inventory", hosts=4)
    quickly = dask.config.set({"distributed.comm.timeouts.connect": "1s"})
    with quickly, cluster({"one": {}}) as only, connected(only) as client:
        ended: list[Any] = []

        def die() -> None:
            assert _soon(lambda: len(list(tmp_path.glob("leaf*"))) == 2)
            only.sync(only.scheduler.close)  # type: ignore[union-attr]
            (tmp_path / "gate").touch()

        thread = threading.Thread(target=die)
        thread.start()
        runner = DaskRunner(client=client, credentials="none", chunk=2)
        ended.append(hosts.with_runner(runner).run(tasks.wait_for, folder=str(tmp_path)))
        thread.join()
    assert outcomes(ended[0]) == [Outcome.UNKNOWN] * 2 + [Outcome.NOT_RUN] * 2


def _soon(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
