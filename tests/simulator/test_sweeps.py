"""Sweeps: where the seeds ran cannot be told from what they came to."""

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.findings import Problem
from eventproof.simulator import (
    Attempts,
    Crew,
    interval,
    load_scenario,
    prepare,
    simulate,
    sweep,
    sweeps,
)

FLASH_SALE = Path(__file__).parents[2] / "examples" / "acme" / "scenarios" / "flash-sale.yaml"
SEEDS = range(1, 6)


@pytest.fixture(scope="module")
def sale():
    scenario = load_scenario(FLASH_SALE)
    return prepare(replace(scenario, customers=replace(scenario.customers, count=20)))


def told(runs):
    """Runs to the last digit."""
    return [json.dumps(sweeps._record(run)) for run in runs]


def test_a_sweep_is_its_seeds_one_by_one(sale):
    alone = [simulate(sale.model, sale.scenario, seed=seed) for seed in SEEDS]
    assert told(sweep(sale, SEEDS)) == told(alone)


def test_two_processes_give_the_same_to_the_byte(sale):
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")
    assert told(sweep(sale, SEEDS, crew=Crew(jobs=2))) == told(sweep(sale, SEEDS))


def test_a_dask_cluster_gives_the_same_to_the_byte(sale, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="extra `cluster` is not installed")
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")
    ran_by = set()

    def noting_who(*a, seed):
        ran_by.add(threading.current_thread())
        return simulate(*a, seed=seed)

    monkeypatch.setattr(sweeps, "simulate", noting_who)
    # On a cluster of one core joblib runs everything itself.
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None,
        protocol="tcp://",
    ) as cluster:  # fmt: skip
        found = sweep(sale, SEEDS, crew=Crew(cluster=cluster.scheduler_address))
    assert threading.main_thread() not in ran_by
    assert told(found) == told(sweep(sale, SEEDS))


def test_a_cluster_that_does_not_answer_is_one_sentence(sale, monkeypatch):
    pytest.importorskip("distributed", reason="extra `cluster` is not installed")
    monkeypatch.setattr(sweeps, "CONNECT_S", 0.2)
    with pytest.raises(Problem, match="no Dask scheduler answers at dask://localhost:1"):
        sweep(sale, SEEDS, crew=Crew(cluster="dask://localhost:1"))


def test_a_problem_in_another_process_keeps_its_hint(sale):
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")
    wrong = replace(sale.scenario, always=("never-oversod",))
    with pytest.raises(Problem, match="unknown property") as caught:
        sweep(replace(sale, scenario=wrong), SEEDS, crew=Crew(jobs=2))
    assert caught.value.hint == "did you mean `never-oversold`?"


def test_what_is_kept_is_not_run_again(sale, tmp_path, monkeypatch):
    kept = tmp_path / "runs.jsonl"
    first = sweep(sale, SEEDS[:3], kept=kept)
    ran = []
    monkeypatch.setattr(
        sweeps, "simulate", lambda *a, seed: ran.append(seed) or simulate(*a, seed=seed)
    )
    whole = sweep(sale, SEEDS, kept=kept)
    assert ran == [4, 5]
    assert told(whole[:3]) == told(first)
    assert told(whole) == told(sweep(sale, SEEDS))


def test_runs_of_another_scenario_are_not_taken_for_this_one(sale, tmp_path):
    kept = tmp_path / "runs.jsonl"
    sweep(sale, SEEDS[:1], kept=kept)
    fewer = replace(sale.scenario, customers=replace(sale.scenario.customers, count=10))
    (run,) = sweep(prepare(fewer), SEEDS[:1], kept=kept)
    assert len(run.tally.journey_s) == 10


def test_a_kept_run_comes_back_whole(sale):
    run = replace(
        simulate(sale.model, sale.scenario, seed=1),
        attempts=Attempts(first=20, again=7, load=(1.5, 0.0, 2.0), peak=2.0),
        connection_waits_s=(0.0, 0.25),
    )
    assert sweeps._restored(json.loads(json.dumps(sweeps._record(run)))) == run


def test_a_line_that_was_cut_off_is_run_again(sale, tmp_path):
    kept = tmp_path / "runs.jsonl"
    whole = sweep(sale, SEEDS[:2], kept=kept)
    text = kept.read_text()
    kept.write_text(text[: len(text) * 3 // 4])
    assert told(sweep(sale, SEEDS[:2], kept=kept)) == told(whole)
    assert told(sweep(sale, SEEDS[:2], kept=kept)) == told(whole)


@pytest.mark.parametrize(
    ("kept", "hint"), [(None, "--resume FILE"), ("runs.jsonl", "goes on from there")]
)
def test_an_interruption_says_how_far_it_came(sale, tmp_path, monkeypatch, kept, hint):
    def interrupted(*a, seed):
        if seed == 3:
            raise KeyboardInterrupt
        return simulate(*a, seed=seed)

    monkeypatch.setattr(sweeps, "simulate", interrupted)
    with pytest.raises(Problem, match="interrupted after 2 of 5 runs") as caught:
        sweep(sale, SEEDS, kept=tmp_path / kept if kept else None)
    assert hint in caught.value.hint


class TestIntervals:
    def test_of_five_values_as_a_table_has_it(self):
        found = interval([4.0, 5.0, 6.0, 7.0, 8.0])
        assert found.mean == 6.0
        assert found.high - 6.0 == pytest.approx(2.776 * (2.5**0.5) / 5**0.5)

    def test_of_values_that_do_not_differ_has_no_width(self):
        assert asdict(interval([3.0, 3.0])) == {"mean": 3.0, "low": 3.0, "high": 3.0}

    def test_one_value_has_none(self):
        with pytest.raises(ValueError, match="one value"):
            interval([3.0])

    @settings(max_examples=50)
    @given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
    def test_it_lies_around_its_mean(self, values):
        found = interval(values)
        assert found.low <= found.mean <= found.high


ON_ONE_CUSTOMER = """\
scenario: one customer
catalog: {catalog}
customers: {{count: 1, journey: "journey.py:mishap"}}
latency: {{connections: 1}}
"""

MISHAP = """\
import os
import signal
import time
from contextlib import suppress
from pathlib import Path


def until_a_run_is_kept():
    while not Path(os.environ["MISHAP_FOLDER"], "runs.jsonl").exists():
        time.sleep(0.01)


async def mishap(customer, ctx):
    async with ctx.transaction():
        await ctx.sleep(1)
    if str(os.getpid()) != os.environ["MISHAP_MAIN"]:  # only who runs it for another process
        with suppress(FileExistsError):
            Path(os.environ["MISHAP_FOLDER"], "happens").open("x").close()  # and only once
            {mishap}
"""

KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
INTERRUPTED = "until_a_run_is_kept(); os.killpg(os.getpgid(0), signal.SIGINT)"


@pytest.fixture
def mishap(tmp_path, monkeypatch):
    """A scenario whose journey, once, does something to the processes that run it."""

    def written(what):
        catalog = (FLASH_SALE.parents[1] / "catalog").resolve()
        (tmp_path / "one.yaml").write_text(ON_ONE_CUSTOMER.format(catalog=catalog))
        (tmp_path / "journey.py").write_text(MISHAP.format(mishap=what))
        monkeypatch.setenv("MISHAP_FOLDER", str(tmp_path))
        monkeypatch.setenv("MISHAP_MAIN", str(os.getpid()))
        return tmp_path / "one.yaml"

    return written


def test_a_worker_that_is_killed_is_one_sentence_and_the_sweep_goes_on_from_there(
    mishap, tmp_path
):
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")
    prepared = prepare(load_scenario(mishap(KILLED)))
    kept = tmp_path / "runs.jsonl"
    with pytest.raises(Problem, match=r"a worker process was killed, .* of 5 runs") as caught:
        sweep(prepared, SEEDS, crew=Crew(jobs=2), kept=kept)
    assert "goes on from there" in caught.value.hint
    assert told(sweep(prepared, SEEDS, kept=kept)) == told(sweep(prepared, SEEDS))


def test_an_interrupt_of_all_its_processes_is_one_sentence_and_the_sweep_goes_on(mishap, tmp_path):
    """As the terminal does with Ctrl-C: everybody in the group hears of it."""
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")
    file = mishap(INTERRUPTED)
    kept = tmp_path / "runs.jsonl"
    command = [sys.executable, "-m", "eventproof", "simulate", str(file), "--format", "json"]
    command += ["--seeds", "5", "--jobs", "2", "--resume", str(kept)]

    done = subprocess.run(command, capture_output=True, text=True, start_new_session=True)

    assert done.returncode == 2
    assert re.fullmatch(
        r"error: interrupted after [1-4] of 5 runs\.\nhint: .* goes on from there\n", done.stderr
    )
    assert done.stdout == ""
    prepared = prepare(load_scenario(file))
    assert told(sweep(prepared, SEEDS, kept=kept)) == told(sweep(prepared, SEEDS))
