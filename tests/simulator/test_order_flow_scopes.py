"""The documented order flow at the sizes that a proof must reach; how long it takes is elsewhere.

The numbers of states are pinned: a change of the reductions shows, whether it adds or loses some.
They are also those of a machine that was written by hand and shares nothing with the explorer.
"""

from pathlib import Path

import pytest
from simulator_order_flow import states_of_order_flow

from eventproof.simulator import explore, load_scenario, prepare
from eventproof.simulator.search import REFUTED_STATES
from eventproof.simulator.space import Space

CATALOG = Path(__file__).parents[2] / "examples" / "acme" / "catalog"


@pytest.fixture
def flow(tmp_path):
    """The model of the flow for so many customers and units."""

    def model(customers, units, way, outcomes="approve, decline"):
        file = tmp_path / "flow.yaml"
        file.write_text(
            f"scenario: the order flow\ncatalog: {CATALOG}\nstock: {{tea: {units}}}\n"
            f"customers: {{count: {customers}, cart: {{tea: 1}}, allocate: {way}}}\n"
            f"payment: {{outcomes: [{outcomes}]}}\n"
        )
        return prepare(load_scenario(file)).model

    return model


@pytest.fixture
def explored(flow):
    """Explores the flow."""
    return lambda *size: explore(flow(*size))


def states_by_name(model):
    """How many states there are where no customer stands for another."""
    space = Space(model, interchangeable=False)
    known, waiting = {space.initial}, [space.initial]
    while waiting:
        for after, *_ in space.transitions(waiting.pop()):
            if after not in known:
                known.add(after)
                waiting.append(after)
    return len(known)


@pytest.mark.parametrize(
    ("way", "customers", "units", "states"),
    [
        ("guarded", 1, 1, 20),
        ("guarded", 2, 1, 266),
        ("guarded", 3, 2, 5_436),
        ("guarded", 4, 2, 92_412),
        ("naive", 2, 1, 432),
        ("naive", 3, 1, 8_974),
    ],
)
def test_the_states_by_name_are_those_of_a_machine_written_by_hand(
    flow, way, customers, units, states
):
    assert states_of_order_flow(way, customers, units, own_steps=True) == states
    assert states_by_name(flow(customers, units, way)) == states


@pytest.mark.parametrize(
    ("way", "customers", "units", "states"),
    [
        ("guarded", 2, 1, 74),
        ("guarded", 4, 2, 1_708),
        ("guarded", 6, 3, 23_908),
        ("naive", 3, 1, 723),
        ("naive", 4, 2, 7_386),
    ],
)
def test_the_states_of_interchangeable_customers_are_those_of_that_machine_sorted(
    flow, way, customers, units, states
):
    assert states_of_order_flow(way, customers, units, own_steps=False) == states
    assert explore(flow(customers, units, way)).states == states


def test_six_customers_and_three_units_are_proved_the_guarded_way(explored):
    found = explored(6, 3, "guarded", "approve, decline")
    assert (found.verdict, found.states, found.transitions) == ("proved", 23_908, 61_126)
    assert found.interchangeable


def test_eight_customers_and_four_units_are_proved_without_payment_outcomes(explored):
    found = explored(8, 4, "guarded", "approve")
    assert (found.verdict, found.states, found.transitions) == ("proved", 43_227, 126_255)


def test_six_customers_are_refuted_the_naive_way_without_a_visit_to_every_state(explored):
    found = explored(6, 3, "naive", "approve, decline")
    assert (found.verdict, found.exhausted) == ("violated", False)
    assert (found.ended_by, found.count) == ("violation", None)
    assert REFUTED_STATES < found.states < 2 * REFUTED_STATES
    assert "never-oversold" in {violation.property for violation in found.violations}
