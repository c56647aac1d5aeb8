"""What a person reads while a long exploration runs."""

import pytest

from eventproof.cli.running import standing_text
from eventproof.simulator import Standing


@pytest.mark.parametrize(
    ("now", "seconds", "said"),
    [
        (
            Standing(12_000, 4_000, 17),
            4.0,
            "12,000 states, 3,000 a second, 4,000 waiting, depth 17, at most 75% covered",
        ),
        (Standing(0, 1, 0), 0.0, "0 states, 1 waiting, depth 0, at most 0% covered"),
        (Standing(0, 0, 0), 1.0, "0 states, 0 a second, 0 waiting, depth 0, at most 0% covered"),
        (Standing(250, 750), 0.5, "250 runs at random, 500 a second, 25% of them"),
    ],
)
def test_the_line_says_how_far_it_has_come(now, seconds, said):
    assert standing_text(now, seconds) == said
