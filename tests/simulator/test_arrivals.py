"""When customers come: at one rate, or at several, one after the other."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.findings import Problem
from eventproof.simulator import load_scenario
from eventproof.simulator.arrivals import ArrivalsError, Rate, arrival_times, demand_order

SCENARIO = """\
scenario: a sale
catalog: .
customers:
  count: 5
  cart: {tea: 1}
  arrivals_per_s: RATES
"""


def times(*rates, count=2000, seed=1):
    return list(islice(arrival_times(rates, seed=seed), count))


def test_a_burst_and_then_a_trickle():
    found = times(Rate(200, until_s=10), Rate(20))
    in_the_burst = sum(at < 10 for at in found)
    assert 1850 < in_the_burst <= 2000
    after = times(Rate(100, until_s=10), Rate(20))
    assert 900 < sum(at < 10 for at in after) < 1100
    assert 170 < sum(10 <= at < 20 for at in after) < 230


def test_while_the_rate_is_nothing_nobody_comes():
    found = times(Rate(5, until_s=10), Rate(0, until_s=60), Rate(5), count=200)
    assert not [at for at in found if 10 < at < 60]
    assert 20 < sum(at <= 10 for at in found) < 80


@settings(max_examples=50)
@given(rate=st.floats(0.1, 1000), times_faster=st.floats(0.1, 10), seed=st.integers(0, 99))
def test_another_rate_stretches_the_same_gaps(rate, times_faster, seed):
    slow, fast = (times(Rate(r), count=9, seed=seed) for r in (rate, rate * times_faster))
    assert slow == sorted(slow)
    assert [at * times_faster for at in fast] == pytest.approx(slow)


def test_a_rate_cut_into_pieces_is_the_same_rate():
    whole = times(Rate(7), count=50)
    assert times(Rate(7, 1), Rate(7, 3), Rate(7), count=50) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("rates", "why"),
    [
        ([Rate(1, 5)], "the last rate has an `until_s`"),
        ([Rate(1, 5), Rate(0)], "the last rate is 0"),
        ([Rate(1, 5), Rate(2, 5), Rate(1)], "later than the one before"),
        ([Rate(1), Rate(2)], "later than the one before"),
    ],
)
def test_rates_by_which_not_everybody_comes_are_told_why(rates, why):
    with pytest.raises(ArrivalsError, match=why):
        demand_order(rates)


def written(folder, rates):
    file = folder / "mine.yaml"
    file.write_text(SCENARIO.replace("RATES", rates))
    return file


def test_a_scenario_says_one_rate_or_several(tmp_path):
    assert load_scenario(written(tmp_path, "3")).customers.rates == (Rate(3),)
    several = load_scenario(written(tmp_path, "[{until_s: 10, per_s: 200}, {per_s: 20}]"))
    assert several.customers.rates == (Rate(200, 10), Rate(20))


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ("0", "mine.yaml:6: `customers.arrivals_per_s`: 0 is less than or equal"),
        ("[]", "mine.yaml:6: `customers.arrivals_per_s`: [] "),
        ("[{per_s: 1, until_s: 4}]", "mine.yaml:6: `customers.arrivals_per_s`: the last rate has"),
        ("[{until_s: 4}]", "mine.yaml:6: `customers.arrivals_per_s.0`: 'per_s' is a required"),
        ("[{per_second: 1}]", "mine.yaml:6: unknown key `per_second`"),
    ],
)
def test_rates_that_cannot_be_are_told_with_their_line(tmp_path, rates, said):
    with pytest.raises(Problem) as problem:
        load_scenario(written(tmp_path, rates))
    assert said in str(problem.value.sentence).replace(f"{tmp_path}/", "")
