"""Which warehouse gives how many units."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_stock import done, in_transaction, run

from eventproof.simulator.inventory import (
    ALWAYS,
    Quantities,
    Share,
    Supply,
    level_rows,
    over_all,
    plan,
    rows_of,
    source,
    warehouses,
)

NORTH, SOUTH, WEST = Supply("north", 4, 2), Supply("south", 2, 1), Supply("west", 9, 0, False)


@pytest.mark.parametrize(
    ("quantity", "options", "expected"),
    [
        (3, {}, [("south", 2), ("north", 1)]),
        (3, {"policy": "best"}, [("north", 3)]),
        (3, {"split": False}, [("north", 3)]),
        (2, {"policy": "sticky", "sticky": "south"}, [("south", 2)]),
        (3, {"policy": "sticky", "sticky": "south"}, []),
        (3, {"policy": "sticky", "sticky": "west"}, []),
        (7, {}, []),
        (7, {"partial": True}, [("south", 2), ("north", 4)]),
        (7, {"split": False}, []),
        (7, {"split": False, "partial": True}, [("south", 2)]),
        (7, {"split": False, "partial": True, "policy": "best"}, [("north", 4)]),
        (7, {"backorder_up_to": 1}, [("south", 2, 1), ("north", 4)]),
        (7, {"backorder_up_to": 1, "policy": "best"}, [("north", 4, 1), ("south", 2)]),
        (8, {"backorder_up_to": 1}, []),
        (7, {"backorder_up_to": 9, "partial": True}, [("south", 2), ("north", 4)]),
        (7, {"backorder_up_to": 9, "split": False}, [("south", 2, 5)]),
        (3, {"backorder_up_to": 9, "split": False}, [("north", 3)]),
        (3, {"backorder_up_to": 1, "policy": "sticky", "sticky": "south"}, [("south", 2, 1)]),
        (3, {"backorder_up_to": 9, "policy": "sticky", "sticky": "west"}, []),
        (0, {}, []),
    ],
)
def test_lines_are_sourced_by_the_policy(quantity, options, expected):
    found = plan([NORTH, SOUTH, WEST], quantity, **options)
    assert found == tuple(Share(*share) for share in expected)


supplies = st.lists(
    st.builds(
        Supply,
        st.sampled_from("abcdef"),
        st.integers(0, 6),
        st.integers(0, 3),
        st.booleans(),
        st.integers(0, 3),
        st.just(value=True),
    ),
    unique_by=lambda s: s.warehouse,
    max_size=5,
)


@settings(max_examples=100, deadline=None)
@given(
    supplies,
    st.integers(1, 12),
    st.sampled_from(["priority", "best"]),
    st.booleans(),
    st.integers(0, 12),
)
def test_what_is_short_is_owed_whole_by_one_that_is_open_or_nothing_is_done(
    supplied, quantity, policy, split, limit
):
    shares = plan(supplied, quantity, policy=policy, split=split, backorder_up_to=limit)
    owed = [share for share in shares if share.backordered]
    if shares:
        assert sum(share.quantity + share.backordered for share in shares) == quantity
        assert len(owed) <= 1
        assert split or len(shares) == 1
    if owed:
        opened = {s.warehouse for s in supplied if s.enabled}
        assert owed[0].warehouse in opened
        assert owed[0].backordered + sum(s.backordered for s in supplied) <= limit
    there = sum(s.available for s in supplied if s.enabled)
    short = quantity - there + sum(s.backordered for s in supplied)
    may_owe = any(s.enabled for s in supplied) and there < quantity and short <= limit
    assert bool(shares) or not split or not (may_owe or there >= quantity)


def test_a_warehouse_that_does_not_keep_the_product_owes_none():
    elsewhere = Supply("south", 0, 1, kept=False)
    found = plan([NORTH, elsewhere], 5, backorder_up_to=1)
    assert found == (Share("north", 4, 1),)


@settings(max_examples=100, deadline=None)
@given(supplies, st.integers(1, 12), st.sampled_from(["priority", "best"]), st.booleans())
def test_shares_add_up_and_nobody_gives_what_it_has_not(supplied, quantity, policy, partial):
    shares = plan(supplied, quantity, policy=policy, partial=partial)
    there = sum(s.available for s in supplied if s.enabled)
    expected = quantity if there >= quantity else there if partial else 0
    assert sum(share.quantity for share in shares) == expected
    has = {s.warehouse: s.available for s in supplied if s.enabled}
    assert all(0 < share.quantity <= has[share.warehouse] for share in shares)


def two_houses(*, enabled=True):
    rows = level_rows("tea", Quantities(2, 2), warehouse="south")
    rows |= level_rows("tea", Quantities(4, 4), warehouse="north")
    for priority, name in enumerate(["south", "north"]):
        house = {"warehouse_id": name, "priority": priority, "enabled": enabled or name == "north"}
        rows |= rows_of((warehouses, house))
    return rows


HOUSES = ("north", "south")


def test_a_line_is_allocated_where_it_is_sourced():
    ran = done(two_houses(), lambda tx: source(tx, "tea", 3, among=HOUSES, command="order-1"))
    assert ran.level(warehouse="south") == {"total": 2, "allocated": 2}
    assert ran.level(warehouse="north") == {"total": 4, "available": 3, "allocated": 1}
    assert ALWAYS["ledger-balances"].broken(ran.view) is None
    sums = run(ran.rows, in_transaction(lambda tx: over_all(tx, "tea", among=HOUSES)))
    assert sums.outcome == str(Quantities(total=6, available=3, allocated=3))


def test_a_disabled_warehouse_gives_nothing():
    rows = two_houses(enabled=False)
    ran = done(rows, lambda tx: source(tx, "tea", 3, among=HOUSES, command="order-1"))
    assert ran.outcome == str((Share("north", 3),))


def test_a_line_that_the_warehouses_have_not_is_refused_and_leaves_nothing():
    rows = two_houses()
    ran = run(rows, in_transaction(lambda tx: source(tx, "tea", 7, among=HOUSES, command="o-1")))
    assert (ran.outcome, ran.rows) == ("refused: 400", rows)
