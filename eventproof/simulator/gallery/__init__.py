"""A gallery of real races: each reported in somebody's product, broken here, and mended.

`races` are data; `play_race` explores both variants of one, and `race_model` is what a tape of one
is replayed on.
"""

from eventproof.simulator.gallery.catalogue import races
from eventproof.simulator.gallery.playing import (
    GALLERY,
    Entry,
    Played,
    digest_of_race,
    play_race,
    race_model,
    race_of,
    smaller_race,
)
from eventproof.simulator.gallery.race import Race, Variant

__all__ = [
    "GALLERY",
    "Entry",
    "Played",
    "Race",
    "Variant",
    "digest_of_race",
    "play_race",
    "race_model",
    "race_of",
    "races",
    "smaller_race",
]
