"""A Dask cluster returns what one process returns, and each way to lose it is one sentence."""

import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from subprocess import DEVNULL, PIPE

import pytest
from simulator_sweeps import SEEDS, small_sale, told, with_mishap

from eventproof.findings import Problem
from eventproof.simulator import Cluster, Crew, cluster, load_scenario, prepare, simulate, sweep
from eventproof.simulator import sweeps as sweeps_module

distributed = pytest.importorskip("distributed", reason="extra `cluster` is not installed")


def local_cluster(workers):
    """A cluster in threads of this process, with addresses like any other."""
    return distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=False, dashboard_address=":0",
        protocol="tcp://",
    )  # fmt: skip


@pytest.fixture(scope="module")
def two_workers():
    with local_cluster(2) as found:
        yield found


@pytest.fixture
def there(two_workers):
    return Cluster(two_workers.scheduler_address.replace("tcp://", "dask://"))


@pytest.fixture(scope="module")
def sale():
    return small_sale()


def test_a_cluster_gives_the_same_to_the_byte(sale, there, monkeypatch):
    ran_by = set()

    def noting_who(*a, seed):
        ran_by.add(threading.current_thread())
        return simulate(*a, seed=seed)

    monkeypatch.setattr(sweeps_module, "simulate", noting_who)
    found = sweep(sale, SEEDS, crew=Crew(cluster=there))
    assert threading.main_thread() not in ran_by
    assert told(found) == told(sweep(sale, SEEDS))


def test_a_problem_on_a_worker_says_where_and_keeps_its_hint(sale, there):
    wrong = replace(sale.scenario, always=("never-oversod",))
    with pytest.raises(Problem, match=r"^on the worker tcp://\S+: .*unknown property") as caught:
        sweep(replace(sale, scenario=wrong), SEEDS, crew=Crew(cluster=there))
    assert caught.value.hint == "did you mean `never-oversold`?"


def test_what_a_function_raises_comes_back(there):
    with pytest.raises(ZeroDivisionError):
        list(cluster.results_of(divmod, [(1, 0)], on=there))
    with pytest.raises(FileNotFoundError):  # and is not taken for a connection that is lost
        list(cluster.results_of(open, [("no such file",)], on=there))


def test_a_worker_of_another_version_says_so(there, monkeypatch):
    of_another = (cluster._call, ("0.0.9", b""))
    monkeypatch.setattr(cluster._Work, "__reduce__", lambda _: of_another)
    with pytest.raises(Problem, match=r"has eventproof .*, and 0\.0\.9 is asked of it") as caught:
        list(cluster.results_of(divmod, [(1, 1)], on=there))
    assert caught.value.hint.endswith("pip install 'eventproof[cluster]==0.0.9'")


def test_where_nobody_listens_no_scheduler_answers(sale):
    nowhere = Cluster("dask://localhost:1", answer_s=0.1)
    with pytest.raises(Problem, match="no Dask scheduler answers at dask://localhost:1: nothing"):
        sweep(sale, SEEDS, crew=Crew(cluster=nowhere))


def test_a_sweep_of_which_every_run_is_kept_needs_no_cluster(sale, tmp_path):
    whole = sweep(sale, SEEDS, kept=tmp_path / "runs.jsonl")
    nowhere = Crew(cluster=Cluster("dask://localhost:1"))
    assert told(sweep(sale, SEEDS, kept=tmp_path / "runs.jsonl", crew=nowhere)) == told(whole)


def test_an_address_without_a_port_is_told(sale):
    with pytest.raises(Problem, match="at dask://localhost: missing port number"):
        sweep(sale, SEEDS, crew=Crew(cluster=Cluster("dask://localhost")))


def test_who_listens_and_never_answers_is_no_scheduler(sale):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        there = Cluster(f"dask://127.0.0.1:{silent.getsockname()[1]}", answer_s=0.1)
        with pytest.raises(Problem, match=r"no Dask scheduler .* nothing was heard for 0\.1 s"):
            sweep(sale, SEEDS, crew=Crew(cluster=there))


def test_a_worker_is_no_scheduler(sale, two_workers):
    worker = next(iter(two_workers.workers.values())).address
    with pytest.raises(Problem, match=r"is no Dask scheduler, but a Worker\."):
        sweep(sale, SEEDS, crew=Crew(cluster=Cluster(worker)))


def test_a_cluster_without_workers_is_one_sentence(sale):
    with local_cluster(0) as empty:
        there = Cluster(empty.scheduler_address, workers_s=0.1)
        with pytest.raises(Problem, match=r"has no worker; 0\.1 s were waited") as caught:
            sweep(sale, SEEDS, crew=Crew(cluster=there))
        assert caught.value.hint == f"start one with `dask worker {there.address}`"


@contextmanager
def process(*command):
    """A process of its own, which ends with its block."""
    with subprocess.Popen(
        [sys.executable, *command], stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True
    ) as found:
        try:
            yield found
        finally:
            found.kill()


@contextmanager
def cluster_with_a_worker(*options, allowed_failures=3):
    """A scheduler here, and a worker that is a process of its own."""
    with local_cluster(0) as local, distributed.Client(local, set_as_default=False) as client:
        local.scheduler.allowed_failures = allowed_failures
        worker = ("-m", "distributed.cli.dask_worker", local.scheduler_address)
        with process(*worker, "--no-nanny", "--nthreads", "1", "--no-dashboard", *options):
            client.wait_for_workers(1, timeout=60)
            yield Cluster(local.scheduler_address, workers_s=0.1)


def test_a_worker_without_eventproof_says_so_and_lives_on(tmp_path):
    (tmp_path / "without.py").write_text("import sys; sys.modules['eventproof'] = None")
    with cluster_with_a_worker("--preload", str(tmp_path / "without.py")) as there:
        for _ in range(2):
            with pytest.raises(Problem, match="cannot run the scenario: ModuleNotFound") as caught:
                list(cluster.results_of(divmod, [(1, 1)], on=there))
            assert "pip install 'eventproof[cluster]==" in caught.value.hint


def test_when_the_last_worker_dies_it_is_told_that_there_is_none():
    with (
        cluster_with_a_worker() as there,
        pytest.raises(cluster.WorkerLost, match=r"had no worker for 0\.1 s"),
    ):
        list(cluster.results_of(os._exit, [(1,)], on=there))


def test_who_ends_each_worker_that_takes_it_is_given_up():
    with (
        cluster_with_a_worker(allowed_failures=0) as there,
        pytest.raises(cluster.WorkerLost, match="the same runs were the end of 1 workers of tcp:"),
    ):
        list(cluster.results_of(os._exit, [(1,)], on=there))


WHOLE_CLUSTER = """\
import sys
from distributed import LocalCluster

found = LocalCluster(
    n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0", protocol="tcp://"
)
print(found.scheduler_address, flush=True)
sys.stdin.read()
"""


def test_a_cluster_that_is_killed_is_one_sentence_and_the_sweep_goes_on_from_there(
    tmp_path, monkeypatch
):
    file = with_mishap(
        tmp_path, "until_a_run_is_kept(); os.kill(os.getpid(), signal.SIGKILL)", monkeypatch
    )
    kept = tmp_path / "runs.jsonl"
    command = [sys.executable, "-m", "eventproof", "simulate", str(file), "--seeds", "5"]
    with process("-c", WHOLE_CLUSTER) as whole:
        there = ["--cluster", whole.stdout.readline().strip(), "--resume", str(kept)]
        done = subprocess.run([*command, *there], capture_output=True, text=True)

    assert done.returncode == 2
    assert re.fullmatch(
        r"error: the Dask cluster at tcp://\S+ was lost after [1-4] of 5 runs, which are kept in "
        r"\S+/runs\.jsonl\.\nhint: the same command goes on from there\n",
        done.stderr,
    )
    assert done.stdout == ""
    prepared = prepare(load_scenario(file))
    assert told(sweep(prepared, SEEDS, kept=kept)) == told(sweep(prepared, SEEDS))
