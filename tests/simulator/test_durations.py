"""Durations: what a share of all cases does not exceed, and what a scenario file may say."""

from math import exp, log
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.simulator.durations import (
    Constant,
    DurationError,
    Empirical,
    Exponential,
    Lognormal,
    Uniform,
    duration_of,
    is_nothing,
    length_of,
    lognormal,
    words_of,
)

SECONDS = st.floats(0.001, 1000)
SHARES = st.floats(1e-9, 1 - 1e-9)
DURATIONS = st.one_of(
    st.builds(Constant, SECONDS),
    st.builds(Exponential, SECONDS),
    st.builds(lambda low, more: Uniform(low, low + more), SECONDS, SECONDS),
    st.builds(Lognormal, SECONDS, st.floats(0, 3)),
    st.builds(Empirical, st.lists(SECONDS, min_size=1, max_size=5).map(tuple)),
)


@settings(max_examples=100, deadline=None)
@given(duration=DURATIONS, one=SHARES, other=SHARES)
def test_a_larger_share_of_the_cases_never_takes_less_and_none_less_than_nothing(
    duration, one, other
):
    shorter, longer = sorted([one, other])
    assert 0 <= duration.at(shorter) <= duration.at(longer)


def test_half_of_the_cases_stay_below_the_median():
    assert Exponential(3).at(0.5) == pytest.approx(3 * log(2))
    assert Uniform(1, 3).at(0.5) == 2
    assert Lognormal(0.3, 1).at(0.5) == pytest.approx(0.3)
    assert [Empirical((3, 1)).at(share) for share in (0.49, 0.5)] == [1, 3]
    assert Constant(4).at(0.9) == 4


@settings(max_examples=50, deadline=None)
@given(mean_s=SECONDS, times=st.floats(1.001, 14.9))
def test_a_lognormal_has_the_mean_and_the_percentile_that_it_was_asked_for(mean_s, times):
    found = lognormal(mean_s=mean_s, p99_s=mean_s * times)
    assert found.at(0.99) == pytest.approx(mean_s * times)
    assert found.median_s * exp(found.sigma**2 / 2) == pytest.approx(mean_s)


def test_a_lognormal_by_its_median_and_by_its_sigma():
    found = lognormal(median_s=0.1, p99_s=30)
    assert (found.at(0.5), found.at(0.99)) == (pytest.approx(0.1), pytest.approx(30))
    assert lognormal(median_s=2, sigma=0.5) == Lognormal(2, 0.5)
    assert lognormal(mean_s=2, sigma=1).median_s == pytest.approx(2 * exp(-0.5))
    one_sigma = NormalDist().cdf(1)
    assert Lognormal(2, 0.5).at(one_sigma) == pytest.approx(2 * exp(0.5))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (0.5, 0.5),
        ({"constant_s": 2}, Constant(2)),
        ({"exponential": {"mean_s": 2}}, Exponential(2)),
        ({"uniform": {"from_s": 1, "to_s": 2}}, Uniform(1, 2)),
        ({"lognormal": {"median_s": 1, "sigma": 2}}, Lognormal(1, 2)),
        ({"values_s": [3, 1, 2]}, Empirical((1, 2, 3))),
    ],
)
def test_what_a_file_says_is_what_is_meant(said, meant):
    assert length_of(said) == meant


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"uniform": {"from_s": 2, "to_s": 1}}, "from 2 s to 1 s there is nothing"),
        ({"lognormal": {"p99_s": 1}}, "either `mean_s` or `median_s`"),
        ({"lognormal": {"mean_s": 1, "median_s": 1, "sigma": 1}}, "either `mean_s` or"),
        ({"lognormal": {"mean_s": 1}}, "either `p99_s` or `sigma`"),
        ({"lognormal": {"mean_s": 1, "p99_s": 1}}, "1 s, must be above the middle, 1 s"),
        ({"lognormal": {"mean_s": 0.05, "p99_s": 0.8}}, "above 14.97 means, here 0.748 s"),
    ],
)
def test_what_is_no_distribution_is_told_why(said, why):
    with pytest.raises(DurationError, match=why):
        length_of(said)


def test_nothing_to_choose_from_is_no_distribution():
    with pytest.raises(DurationError, match="no value"):
        Empirical(())


def test_a_plain_number_is_the_mean_of_an_exponential_one():
    assert duration_of(2) == Exponential(2)
    assert [is_nothing(length) for length in (0, 0.0, Constant(0), 1, Constant(1))] == [
        True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (2, "2 s"),
        (Constant(2.5), "2.5 s"),
        (Exponential(0.2), "0.2 s"),
        (Uniform(1, 5), "1 to 5 s"),
        (lognormal(median_s=3, p99_s=9), "about 3 s"),
        (Empirical((4, 1, 2)), "1 to 4 s"),
    ],
)
def test_a_timeline_says_how_long_in_a_few_words(length, words):
    assert words_of(length) == words
