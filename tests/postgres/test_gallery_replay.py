"""The gallery's races on a real PostgreSQL: what the model says happens there, happens."""

import pytest

from eventproof.simulator import play_race, race_model, races, replay_on_postgres


@pytest.mark.parametrize("race", races().values(), ids=lambda race: race.id)
def test_the_race_happens_on_the_server_as_on_the_model(race, postgres_url):
    tape = play_race(race).broken.tape

    shadowed = replay_on_postgres(race_model(tape.scenario), tape.steps, url=postgres_url)

    assert shadowed.agrees, [line for line in shadowed.lines if not line.same]
    assert race.breaks in {breach.property for breach in shadowed.breaches}


def test_the_victim_of_a_deadlock_is_the_tapes_however_soon_a_server_looks_for_one(postgres_url):
    """Who looks first fails; on a busy machine that is not always who began to wait first."""
    tape = play_race(races()["G51"]).broken.tape
    hasty = f"{postgres_url}&options=-c%20deadlock_timeout%3D1ms"
    shadowed = replay_on_postgres(race_model(tape.scenario), tape.steps, url=hasty)
    assert shadowed.agrees, [line for line in shadowed.lines if not line.same]
