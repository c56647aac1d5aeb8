import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.contracts.patterns import matching


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]+$", "^[A-Z]{2}[0-9]{4}$", r"^\d{4}-\d{2}-\d{2}$", "^(foo|bar)?x*$", r"\w+@\w+",
        "^(?:a|b){2,3}$", r"^\S+$", "[^0-9]", r"^\u0041\.b$", "^.{3}$",
    ],
)  # fmt: skip
def test_samples_match_their_pattern(pattern):
    samples = matching(pattern)
    assert samples
    assert all(re.search(pattern, sample) for sample in samples)


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(", "a{", r"\p{Nope}", "[a-"])
def test_what_cannot_be_read_gives_no_samples(pattern):
    assert matching(pattern) == ()


def test_repetitions_reach_the_lengths_asked_for():
    assert "aaaaa" in matching("^a+$", lengths=(5,))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab01[]()^$*+?{}|\\d-.,", max_size=8))
def test_any_text_ends_in_samples_or_none(pattern):
    assert isinstance(matching(pattern), tuple)
