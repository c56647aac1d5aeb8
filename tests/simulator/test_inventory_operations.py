"""Two operations of the engine at once; `benchmarks/engine_in_pairs.py` tries every pair."""

import pytest
from simulator_operations import OPERATIONS, explored

STRIDES = (1, 7, 12)
"""Each operation is tried with those that come so many places after it."""

PAIRS = [
    (one, OPERATIONS[(at + stride) % len(OPERATIONS)])
    for at, one in enumerate(OPERATIONS)
    for stride in STRIDES
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_operations_at_the_same_time_break_nothing(one, other):
    assert explored(one, other).verdict == "proved"
