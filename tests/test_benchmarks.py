"""The benchmarks run, and their contenders agree: they are as many checks of the figures.

Each is run on its smallest scope; how long that takes is nobody's business here.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(benchmark, *arguments):
    """Run one benchmark to its end and return its lines."""
    done = subprocess.run(
        [sys.executable, f"benchmarks/{benchmark}.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_exploring_agrees_with_a_search_by_hand_and_with_running_every_schedule():
    # The command fails when verdicts, broken properties or numbers of interleavings differ.
    lines = run("explore_states", "--rounds", "1", "--customers", "2")

    middle = lines.index("")
    searched, counted = lines[1:middle], lines[middle + 2 :]
    by_machine = [line for line in searched if "C++" in line]
    assert len(searched) - len(by_machine) == 2 * len(["explore", "plain search", "ratio"])
    # The command fails too when the compiled search visits other states than the one by hand.
    assert bool(shutil.which("c++")) == (len(by_machine) == 2 * len(["C++", "ratio to C++"]))
    assert not any("unfinished" in line for line in searched)
    assert len(counted) == 2
    assert not any("~" in line for line in counted), "every schedule was run, none projected"


def test_exploring_visits_the_same_whether_interleavings_are_counted_or_not():
    # The command fails when it does not.
    lines = run("exploring_rate", "--rounds", "1", "--customers", "4")
    assert [line.split()[3] for line in lines[1:5]] == ["explore", "visit"] * 2


def test_simulating_comes_to_what_a_plain_simpy_model_comes_to_in_kind():
    # The command fails when a journey is lost, or oversells where it must not.
    lines = run("simulate_journeys", "--rounds", "1", "--customers", "600")

    found = [line.split()[1] for line in lines[1:] if "C++" not in line]
    assert found == ["simulate", "plain", "ratio"] * 2


def test_two_processes_come_to_the_runs_of_one():
    # The command fails when they do not.
    lines = run("sweep_seeds", "--rounds", "1", "--seeds", "2", "--customers", "20")
    assert len(lines) == len(["header", "one", "two", "ratio"])


def test_starting_is_compared_with_starting_python():
    done = subprocess.run(
        [sys.executable, "benchmarks/startup.py", "--runs", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    # Exit code 1 says that it is slow, which on a busy machine it may be.
    assert done.returncode in (0, 1), done.stderr
    assert "the target of 150 ms" in done.stdout.splitlines()[-1]
    assert "eventproof --help" in done.stdout


def test_the_engine_takes_as_many_units_as_the_sql_by_hand():
    # The command fails when either has not taken every unit.
    lines = run(
        "engine_rate", "--on", "sqlite", "--rounds", "1", "--operations", "20", "--threads", "2"
    )
    assert [line.split(" | ")[:3] for line in lines[2:]] == [
        ["| sqlite", "1", "2"],
        ["| sqlite", "1000", "2"],
    ]


def test_random_runs_on_a_real_database_break_no_right_strategy():
    lines = run("live_runs", "--on", "sqlite", "--runs", "1")
    assert any(line.startswith("| `guarded` | right | 1 | 2 | 1 | 0 | nothing") for line in lines)


def test_a_bug_that_is_not_deep_is_found_by_every_contender():
    lines = run("deep_bug", "--seeds", "1", "--steps", "1", "--others", "1", "--target", "0")

    found = {line.split()[0]: line.split()[1:4] for line in lines[1:]}
    assert found.keys() == {"both", "pct", "random", "hypothesis"}
    assert all(words == ["1", "of", "1"] for words in found.values())
