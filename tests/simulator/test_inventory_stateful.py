"""The whole engine against dictionaries and a list, with a crash and a retry at every step."""

from collections import Counter

from simulator_commands import AT_ONCE, IN_PARTS
from simulator_compared import a_life

LIVES, COMMANDS = 12, 100


def test_nothing_is_lost_and_nothing_done_twice_wherever_a_command_crashes_and_is_tried_again():
    effects = Counter()
    for seed in range(LIVES):
        effects += a_life(seed, COMMANDS)
    assert set(effects) == {*AT_ONCE, *IN_PARTS}  # each had its effect, some of the time
