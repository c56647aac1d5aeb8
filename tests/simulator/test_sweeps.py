"""Sweeps: where the seeds ran cannot be told from what they came to."""

import json
import re
import subprocess
import sys
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_sweeps import SEEDS, small_sale, told, with_mishap

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


@pytest.fixture(scope="module")
def sale():
    return small_sale()


def test_a_sweep_is_its_seeds_one_by_one(sale):
    alone = [simulate(sale.model, sale.scenario, seed=seed) for seed in SEEDS]
    assert told(sweep(sale, SEEDS)) == told(alone)


def test_two_processes_give_the_same_to_the_byte(sale):
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")
    assert told(sweep(sale, SEEDS, crew=Crew(jobs=2))) == told(sweep(sale, SEEDS))


def test_a_problem_in_another_process_keeps_its_hint(sale):
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")
    wrong = replace(sale.scenario, always=("never-oversod",))
    with pytest.raises(Problem, match="unknown property") as caught:
        sweep(replace(sale, scenario=wrong), SEEDS, crew=Crew(jobs=2))
    assert caught.value.hint == "did you mean `never-oversold`?"


def test_a_process_that_has_other_files_says_so(sale):
    with pytest.raises(Problem, match=r"the handlers of \S+flash-sale\.yaml are others"):
        sweeps._task(sale.scenario, (sale.catalog_digest, "of yesterday"), [1])


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


def test_runs_are_kept_in_a_file_and_nothing_else(sale, tmp_path):
    with pytest.raises(Problem, match="is no file in which runs can be kept"):
        sweep(sale, SEEDS[:1], kept=tmp_path)


def test_nothing_is_added_to_a_file_that_holds_something_else(sale, tmp_path):
    scenario = tmp_path / "mine.yaml"
    scenario.write_text("scenario: mine\n")
    with pytest.raises(Problem, match=r"mine\.yaml holds something else than runs"):
        sweep(sale, SEEDS[:1], kept=scenario)
    assert scenario.read_text() == "scenario: mine\n"


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


KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
INTERRUPTED = "until_a_run_is_kept(); os.killpg(os.getpgid(0), signal.SIGINT)"


def test_a_worker_that_is_killed_is_one_sentence_and_the_sweep_goes_on_from_there(
    tmp_path, monkeypatch
):
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")
    prepared = prepare(load_scenario(with_mishap(tmp_path, KILLED, monkeypatch)))
    kept = tmp_path / "runs.jsonl"
    with pytest.raises(Problem, match=r"a worker process was killed, .* of 5 runs") as caught:
        sweep(prepared, SEEDS, crew=Crew(jobs=2), kept=kept)
    assert "goes on from there" in caught.value.hint
    assert told(sweep(prepared, SEEDS, kept=kept)) == told(sweep(prepared, SEEDS))


def test_an_interrupt_between_two_runs_says_nothing_else(sale, recwarn):
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")

    def interrupted(done, wanted):
        raise KeyboardInterrupt

    with pytest.raises(Problem, match="interrupted after 1 of 5 runs"):
        sweep(sale, SEEDS, crew=Crew(jobs=2), progress=interrupted)
    assert not recwarn.list


def test_an_interrupt_of_all_its_processes_is_one_sentence_and_the_sweep_goes_on(
    tmp_path, monkeypatch
):
    """As the terminal does with Ctrl-C: everybody in the group hears of it."""
    pytest.importorskip("joblib", reason="extra `cluster` is not installed")
    file = with_mishap(tmp_path, INTERRUPTED, monkeypatch)
    kept = tmp_path / "runs.jsonl"
    command = [sys.executable, "-m", "eventproof", "simulate", str(file), "--format", "json"]
    command += ["--seeds", "5", "--jobs", "2", "--resume", str(kept)]

    done = subprocess.run(command, capture_output=True, text=True, start_new_session=True)

    assert done.returncode == 2
    assert re.fullmatch(
        r"error: interrupted after [1-4] of 5 runs, which are kept in \S+/runs\.jsonl\.\n"
        r"hint: the same command goes on from there\n",
        done.stderr,
    )
    assert done.stdout == ""
    prepared = prepare(load_scenario(file))
    assert told(sweep(prepared, SEEDS, kept=kept)) == told(sweep(prepared, SEEDS))
