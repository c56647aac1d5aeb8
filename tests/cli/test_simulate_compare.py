"""Policies held against each other: the same seeds, and what differs between them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from eventproof.cli.app import cli
from eventproof.simulator import interval, load_scenario, prepare, simulate, with_policy

SCENARIOS = Path(__file__).parents[2] / "examples" / "acme" / "scenarios"
FLOW = SCENARIOS / "order-flow.yaml"

RUSHED = """
scenario: a rush
catalog: {catalog}
stock: {{tea: 6}}
customers: {{count: 20, cart: {{tea: 1}}, arrivals_per_s: 500, think_time_s: 0.01}}
latency: {{statement_s: 0.02, external_s: 0.01}}
payment: {{outcomes: [approve]}}
"""


@pytest.fixture
def rush(tmp_path):
    file = tmp_path / "rush.yaml"
    file.write_text(RUSHED.format(catalog=SCENARIOS.parent / "catalog"))
    return file


def run(*words):
    return CliRunner().invoke(cli, ["simulate", *map(str, words)])


def compared(*words):
    done = run(*words, "--format", "json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_differences_are_taken_seed_by_seed(rush):
    told = compared(rush, "--seeds", 3, "--compare", "allocate=guarded,naive")
    oversold = {
        policy: [
            simulate(prepared.model, prepared.scenario, seed=seed).figures["oversold_units"]
            for seed in (1, 2, 3)
        ]
        for policy in ("guarded", "naive")
        for prepared in [prepare(with_policy(load_scenario(rush), "allocate", policy))]
    }
    expected = interval([b - a for a, b in zip(*oversold.values(), strict=True)])
    (difference,) = told["differences"]
    found = difference["figures"]["oversold_units"]
    assert (difference["policy"], difference["less"]) == ("naive", "guarded")
    assert (found["mean"], found["low"], found["high"]) == pytest.approx(
        (expected.mean, expected.low, expected.high), abs=1e-6
    )
    assert expected.mean > 0
    assert [policy["verdict"] for policy in told["policies"]] == ["passed", "violated"]


def test_policies_that_do_the_same_differ_in_nothing(rush):
    """Of one customer, no other comes between read and write; the draws are the same."""
    told = compared(
        rush, "--customers", 1, "--seeds", 3, "--compare",
        "isolation=read committed,serializable",
    )  # fmt: skip
    (difference,) = told["differences"]
    assert all(
        found is None or found == {"mean": 0, "low": 0, "high": 0}
        for found in difference["figures"].values()
    )


def test_every_other_policy_is_held_against_the_first(rush):
    told = compared(rush, "--seeds", 2, "--compare", "allocate_at=payment,checkout,cart")
    pairs = [(one["policy"], one["less"]) for one in told["differences"]]
    assert pairs == [("checkout", "payment"), ("cart", "payment")]


def test_an_interval_without_zero_is_marked(rush):
    done = run(rush, "--seeds", 4, "--compare", "allocate=guarded,naive")
    (line,) = [
        line for line in done.stdout.splitlines() if "oversold units" in line[10:] and "(" in line
    ]
    assert line.endswith(" *")


def test_runs_of_a_comparison_are_kept_by_policy(rush, tmp_path):
    words = (rush, "--seeds", 2, "--compare", "allocate=guarded,naive", "--resume")
    kept = tmp_path / "kept.jsonl"
    assert compared(*words, kept) == compared(*words, kept)
    assert len(kept.read_text().split()) > 4
    assert sum(bool(line) for line in kept.read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("allocate=guarded,loked", "did you mean `locked`?"),
        ("alocate=guarded,locked", "did you mean `allocate`?"),
        ("isolation=serializable,serialisable", "did you mean `serializable`?"),
        ("allocate=guarded", "does not name two policies to compare."),
        ("guarded,locked", "does not name two policies to compare."),
        ("allocate=guarded,guarded", "names guarded twice."),
    ],
)
def test_what_is_no_policy_is_one_sentence(asked, said):
    done = run(FLOW, "--seeds", 2, "--compare", asked)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.output


def test_one_seed_is_too_few():
    done = run(FLOW, "--compare", "allocate=guarded,locked")
    assert done.exit_code == 2
    assert "at least two seeds" in done.stderr


def test_a_policy_that_no_customer_looks_at_is_not_compared_with_itself():
    done = run(SCENARIOS / "flash-sale.yaml", "--seeds", 2, "--compare", "allocate=guarded,locked")
    assert done.exit_code == 2
    assert "no customer looks at `allocate`" in done.stderr


def test_a_purchase_is_compared_by_when_it_allocates(tmp_path):
    file = tmp_path / "purchase.yaml"
    text = RUSHED.format(catalog=SCENARIOS.parent / "catalog")
    file.write_text(text.replace("count: 20", "policy: {}, count: 5"))
    told = compared(file, "--seeds", 2, "--compare", "allocate_at=payment,cart")
    assert [policy["policy"] for policy in told["policies"]] == ["payment", "cart"]
    assert run(file, "--seeds", 2, "--compare", "allocate=guarded,locked").exit_code == 2


def test_a_catalog_has_no_policies():
    done = run(SCENARIOS.parent / "catalog", "--compare", "allocate=guarded,locked")
    assert done.exit_code == 2
    assert "for a scenario" in done.stderr
