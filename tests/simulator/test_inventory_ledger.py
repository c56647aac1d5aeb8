"""Quantities and the ledger that is their only writer, held against a dictionary and a list."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_stock import done, in_transaction, run

from eventproof.simulator import Refused
from eventproof.simulator.inventory import (
    ALWAYS,
    EFFECTS,
    Level,
    Quantities,
    as_of,
    book,
    digest,
    drifts,
    error_body,
    initial_rows,
    level_rows,
    rebuild,
    reconcile,
    stock_transactions,
)
from eventproof.simulator.inventory.stock_transactions import cart_error_body
from eventproof.simulator.properties import View

BALANCES = ALWAYS["ledger-balances"]
TEA = initial_rows({"tea": 5})


def entered(view):
    return sorted(view.table("ledger"), key=lambda e: (e.product_id, e.sequence))


@pytest.mark.parametrize("action", EFFECTS)
def test_every_action_keeps_the_identity_and_takes_nothing_that_is_not_there(action):
    full = Quantities(40, 10, 10, 10, 10, 10, 10)
    rows = level_rows("tea", full)
    booked = done(rows, lambda tx: book(tx, action, "tea", 3, command="c"))
    assert booked.level() == full.after(action, 3)._asdict()
    assert BALANCES.broken(booked.view) is None

    takes = any(sign < 0 for sign in EFFECTS[action].values())
    refused = run(rows, in_transaction(lambda tx: book(tx, action, "tea", 11, command="c")))
    assert (refused.outcome == "None") is takes
    if takes:
        assert refused.rows == rows


def test_an_entry_says_who_asked_for_what_and_what_it_changed():
    booked = done(TEA, lambda tx: book(tx, "hold", "tea", 2, command="c-1", cause="cart-1"))
    entry = entered(booked.view)[1]
    assert (entry.action, entry.quantity, entry.sequence) == ("hold", 2, 2)
    assert (entry.command_id, entry.cause) == ("c-1", "cart-1")
    assert json.loads(entry.before) == [5, 5, 0, 0, 0, 0, 0]
    assert json.loads(entry.after) == [5, 3, 0, 2, 0, 0, 0]


def test_the_ledger_tells_what_was_in_stock_at_any_point():
    async def work(tx):
        await book(tx, "allocate", "tea", 2, command="order-1")
        await book(tx, "ship", "tea", 2, command="order-1")

    view = done(TEA, work).view
    history = [as_of(view.table("ledger"), Level("tea"), n)[:3] for n in range(4)]
    assert history == [(0, 0, 0), (5, 5, 0), (5, 3, 2), (3, 3, 0)]
    assert rebuild(view.table("ledger")) == {Level("tea"): Quantities(3, 3)}


def test_a_quantity_that_drifted_is_found_and_set_to_what_the_ledger_says():
    key = ("stock", "tea")
    rows = {**TEA, key: TEA[key]._replace(total=6, available=4, held=2)}
    found = drifts([rows[key]], View((rows,)).table("ledger"))
    assert [str(drift) for drift in found] == [
        "tea: total is 6, its ledger adds up to 5.",
        "tea: available is 4, its ledger adds up to 5.",
        "tea: held is 2, its ledger adds up to 0.",
    ]
    for drift in found:
        rows = done(rows, lambda tx, d=drift: reconcile(tx, d)).rows
    assert rows == TEA


def test_a_drift_is_not_mended_where_the_quantity_has_moved_on():
    key = ("stock", "tea")
    drifted = {**TEA, key: TEA[key]._replace(available=4)}
    (drift,) = drifts([drifted[key]], View((drifted,)).table("ledger"))
    assert done(TEA, lambda tx: reconcile(tx, drift)).rows == TEA


def test_equal_runs_have_equal_ledgers():
    runs = [done(TEA, lambda tx: book(tx, "hold", "tea", 2, command="c")) for _ in range(2)]
    other = done(TEA, lambda tx: book(tx, "hold", "tea", 2, command="d"))
    first, second = (digest(ran.table("ledger")) for ran in runs)
    assert first == second == digest(reversed(runs[0].table("ledger")))
    assert first != digest(other.table("ledger"))


# The documented transactions.

ASKED = {
    "increment": stock_transactions.increment,
    "decrement": stock_transactions.decrement,
    "allocate": stock_transactions.allocate,
    "deallocate": stock_transactions.deallocate_stock,
    "ship": stock_transactions.ship_stock,
    "set": stock_transactions.set_stock,
}
INSUFFICIENT = "refused: 422 Your request could not be completed due to insufficient stock levels"


@pytest.mark.parametrize(
    ("action", "units", "expected"),
    [
        ("increment", 3, (8, 6, 2)),
        ("decrement", 3, (2, 0, 2)),
        ("decrement", 4, INSUFFICIENT),
        ("allocate", 3, (5, 0, 5)),
        ("allocate", 4, INSUFFICIENT),
        ("deallocate", 2, (5, 5, 0)),
        ("deallocate", 3, INSUFFICIENT),
        ("ship", 2, (3, 3, 0)),
        ("ship", 3, INSUFFICIENT),
        ("set", 9, (9, 7, 2)),
        ("set", 2, (2, 0, 2)),
        ("set", 1, INSUFFICIENT),
        ("increment", -1, "refused: 400 Your request was invalid"),
        ("set", -1, "refused: 400 Your request was invalid"),
    ],
)
def test_each_documented_transaction_does_what_is_documented(action, units, expected):
    rows = level_rows("tea", Quantities(5, 3, 2))
    ran = run(rows, in_transaction(lambda tx: ASKED[action](tx, "tea", units, command="c")))
    if isinstance(expected, str):
        assert (ran.outcome, ran.rows) == (expected, rows)
    else:
        row = ran.rows["stock", "tea"]
        assert (row.total, row.available, row.allocated) == expected
        assert BALANCES.broken(ran.view) is None


def test_a_set_that_has_not_seen_a_sale_is_refused():
    async def work(tx):
        return await stock_transactions.set_stock(tx, "tea", 9, command="c", expected=6)

    ran = run(TEA, in_transaction(work))
    assert (ran.outcome, ran.rows) == ("refused: 412 the total is 5, not 6", TEA)


def test_a_product_that_is_not_managed_is_not_one_that_has_run_out():
    async def work(tx):
        await stock_transactions.delete_inventory(tx, "tea", command="c-1")

    gone = done(TEA, work)
    assert gone.rows["stock", "tea"].total is None
    assert BALANCES.broken(gone.view) is None
    for rows, product in ((gone.rows, "tea"), (TEA, "cup")):
        refused = run(
            rows,
            in_transaction(
                lambda tx, p=product: stock_transactions.allocate(tx, p, 1, command="c")
            ),
        )
        assert refused.outcome == "refused: 404 The resource could not be found"

    again = done(
        gone.rows, lambda tx: stock_transactions.create_inventory(tx, "tea", 2, command="c-2")
    )
    assert again.level() == {"total": 2, "available": 2}
    assert [e.sequence for e in entered(again.view)] == [1, 2, 3]
    assert BALANCES.broken(again.view) is None


def test_inventory_is_not_deleted_while_somebody_holds_a_unit():
    rows = level_rows("tea", Quantities(total=5, available=4, held=1))
    ran = run(
        rows,
        in_transaction(lambda tx: stock_transactions.delete_inventory(tx, "tea", command="c")),
    )
    assert (ran.outcome, ran.rows) == ("refused: 422 tea is still bound", rows)


def test_the_error_bodies_are_the_documented_ones_in_both_versions():
    refused = Refused(422, stock_transactions.INSUFFICIENT)
    body = {
        "status": 422,
        "title": "Cannot complete request",
        "detail": "Your request could not be completed due to insufficient stock levels",
    }
    assert error_body(refused) == body
    assert error_body(refused, version=2) == {**body, "status": "422"}
    assert cart_error_body("p-2") == {"status": 400, "title": "Insufficient stock"}
    assert cart_error_body("p-2", name="Product 2", sku="s-2", detail="product") == {
        "status": 400,
        "title": "Insufficient stock",
        "detail": "There is not enough stock to add Product 2 to your cart",
        "meta": {"id": "p-2", "sku": "s-2"},
    }


# Against a dictionary of counters and a list of what was done, with a crash anywhere.

acts = st.tuples(
    st.sampled_from(sorted(ASKED)),
    st.sampled_from(["tea", "cup"]),
    st.integers(0, 4),
    st.one_of(st.none(), st.integers(0, 5)),
)


def reference_of(counters, action, product, units):
    """What the plain reference has after one transaction: total, available and allocated."""
    total, available, allocated = counters[product]
    moved = {
        "increment": (total + units, available + units, allocated),
        "decrement": (total - units, available - units, allocated),
        "allocate": (total, available - units, allocated + units),
        "deallocate": (total, available + units, allocated - units),
        "ship": (total - units, available, allocated - units),
        "set": (units, units - allocated, allocated),
    }[action]
    return moved if min(moved) >= 0 else None


@settings(max_examples=50, deadline=None)
@given(doing=st.lists(acts, max_size=8))
def test_nothing_is_lost_and_nothing_is_done_twice_whenever_it_crashes_and_is_tried_again(doing):
    rows = initial_rows({"tea": 5, "cup": 2})
    counters, booked = {"tea": (5, 5, 0), "cup": (2, 2, 0)}, []
    for number, (action, product, units, crash_after) in enumerate(doing):
        work = in_transaction(
            lambda tx, a=action, p=product, u=units, n=number: ASKED[a](tx, p, u, command=f"c-{n}")
        )
        crashed = run(rows, work, crash_after=crash_after)
        ran = run(crashed.rows, work)
        expected = reference_of(counters, action, product, units)
        if expected is None:
            assert ran.outcome == INSUFFICIENT
        else:
            counters[product] = expected
            booked.append((action, product))
            # The second try of what was committed finds its entry there, or nothing left to take.
            assert ran.rows == crashed.rows or crashed.rows == rows
        rows = ran.rows
    view = View((rows,))
    for product, expected in counters.items():
        level = rows["stock", product]
        assert (level.total, level.available, level.allocated) == expected
    assert Counter((e.action, e.product_id) for e in view.table("ledger")) == Counter(
        [("create", "tea"), ("create", "cup"), *booked]
    )
    assert BALANCES.broken(view) is None
    for product in counters:
        own = [e for e in entered(view) if e.product_id == product]
        assert [e.sequence for e in own] == list(range(1, len(own) + 1))
        assert all(a.after == b.before for a, b in pairwise(own))


def test_the_page_shows_the_effect_of_every_action():
    page = Path(__file__).parents[2] / "docs/reference/inventory.md"
    signs = {1: "+", -1: "-", 0: ""}
    for action, effect in EFFECTS.items():
        shown = [signs[effect.get(name, 0)] for name in Quantities._fields]
        assert f"| {action} | {' | '.join(shown)} |\n" in page.read_text("utf-8")
