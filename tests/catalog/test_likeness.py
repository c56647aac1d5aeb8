import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog.likeness import Likeness

KNOWN = ("OrderPlaced", "OrderPacked", "OrderShipped", "InventoryAdjusted", "mSmith", "pay", "E")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("OrderPlacd", "OrderPlaced"),
        ("orderplaced", "OrderPlaced"),
        ("OrderPlacedd", "OrderPlaced"),
        ("InventryAdjusted", "InventoryAdjusted"),
        ("order-placed", "OrderPlaced"),
        ("msmith", "mSmith"),
        ("PaymentPlaced", None),
        ("Orders", None),
        ("x", None),
        ("", None),
    ],
)
def test_the_id_that_was_meant_is_found_and_a_likely_ending_is_not_enough(word, meant):
    assert Likeness(KNOWN).nearest(word) == meant


ids = st.text("abcdeXYZ-", min_size=6, max_size=14)


@given(st.lists(ids, min_size=1, max_size=20), st.data())
@settings(max_examples=150, deadline=None)
def test_a_slip_in_the_middle_of_a_long_id_is_found(known, data):
    id_ = data.draw(st.sampled_from(known))
    at = data.draw(st.integers(1, len(id_) - 2))
    slip = id_[:at] + "q" + id_[at:]
    meant = Likeness(known).nearest(slip)

    assert meant is not None or len(id_) < 8


def test_thousands_of_known_and_unknown_ids_cost_little():
    known = [f"Service{n}OrderChanged{n % 7}" for n in range(20_000)]
    likeness = Likeness(known)

    assert likeness.nearest("Service4711OrderChangd0") == "Service4711OrderChanged0"
    assert sum(likeness.nearest(f"Gone{n}") is None for n in range(200)) == 200
