"""The documented order flow at the sizes that a proof must reach; how long it takes is elsewhere.

The numbers of states are pinned: a change of the reductions shows, whether it adds or loses some.
"""

from pathlib import Path

import pytest

from eventproof.simulator import explore, load_scenario, prepare
from eventproof.simulator.search import REFUTED_STATES

CATALOG = Path(__file__).parents[2] / "examples" / "acme" / "catalog"


@pytest.fixture
def explored(tmp_path):
    """Explores the flow for so many customers and units."""

    def exploring(customers, units, way, outcomes):
        file = tmp_path / "flow.yaml"
        file.write_text(
            f"scenario: the order flow\ncatalog: {CATALOG}\nstock: {{tea: {units}}}\n"
            f"customers: {{count: {customers}, cart: {{tea: 1}}, allocate: {way}}}\n"
            f"payment: {{outcomes: [{outcomes}]}}\n"
        )
        return explore(prepare(load_scenario(file)).model)

    return exploring


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
