"""The concurrency strategies on a real PostgreSQL: the wrong ones do there what the model says."""

import pytest

from eventproof.simulator import explore, replay_on_postgres
from eventproof.simulator.inventory import STRATEGIES, contest
from eventproof.simulator.replay import replay_deeds, tape_steps

WRONG = [strategy for strategy in STRATEGIES.values() if not strategy.right]


@pytest.mark.parametrize("strategy", WRONG, ids=lambda strategy: strategy.name)
def test_a_wrong_strategy_breaks_on_the_server_as_on_the_model(strategy, postgres_url):
    model = contest(strategy, customers=2)
    (violation,) = (v for v in explore(model).violations if v.property == strategy.breaks)
    steps = tape_steps(violation.deeds, replay_deeds(model, violation.deeds).moments)

    # Whom a deadlock makes fail is the server's choice, which on a busy machine may be the other.
    shadowed = next(
        (
            tried
            for _ in range(3)
            if (tried := replay_on_postgres(model, steps, url=postgres_url)).agrees
        ),
        None,
    )

    assert shadowed is not None, "in none of three replays did the server do what the model says"
    assert strategy.breaks in {breach.property for breach in shadowed.breaches}
