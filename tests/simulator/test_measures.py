"""What a run sold and to whom: figures that can be checked by hand."""

from dataclasses import replace
from itertools import combinations
from math import inf
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_shops import scenario, shop
from sqlalchemy import Column, MetaData, String, Table

from eventproof.cli.timing import Timed, timed_text
from eventproof.simulator import Sales, simulate
from eventproof.simulator.inventory import allocate_guarded, deallocate, initial_rows, order_flow
from eventproof.simulator.measures import Till, Visit, lost_sales, turns_of_visits
from eventproof.simulator.scenario import Latency

TEA = (("tea", 1),)


class Entry(NamedTuple):
    action: str
    quantity: int
    cause: str = "shop"
    command_id: Any = None
    product_id: str = "tea"


def told(*booked, warm_up_s=0.0):
    """What a till says when each entry is booked at its time."""
    till, ledger = Till(), {}
    for at_s, entry in booked:
        ledger[len(ledger)] = entry
        till.look(ledger, at_s, counts=at_s >= warm_up_s)
    return till.sales({})


def test_a_shop_is_sold_out_since_its_last_unit_was_taken_for_good():
    sales = told(
        (0, Entry("create", 2)),
        (1, Entry("allocate", 1, "ann")),
        (3, Entry("allocate", 1, "bob")),
        (5, Entry("deallocate", 1, "ann")),
        (7, Entry("allocate", 1, "cem")),
    )
    assert sales == Sales(sell_out_s=7, hold_waste_unit_s=4)


def test_a_shop_that_has_something_left_never_sold_out():
    sales = told(
        (0, Entry("create", 1)),
        (1, Entry("allocate", 1, "ann")),
        (2, Entry("create", 1, product_id="cups")),
    )
    assert sales.sell_out_s is None


def test_a_shop_that_had_nothing_from_the_start_has_not_sold_out():
    assert told((0, Entry("create", 0))).sell_out_s is None


def test_units_that_are_shipped_are_no_waste():
    sales = told(
        (0, Entry("create", 3)),
        (1, Entry("allocate", 3, "ann")),
        (4, Entry("ship", 2, "ann")),
        (6, Entry("deallocate", 1, "ann")),
    )
    assert sales.hold_waste_unit_s == 5


def test_a_held_unit_that_its_order_gives_back_was_kept_since_the_cart_had_it():
    sales = told(
        (0, Entry("create", 1)),
        (1, Entry("hold", 1, "hold-1", "hold-1")),
        (4, Entry("hold_commit", 1, "order-1", "hold-1")),
        (9, Entry("deallocate", 1, "order-1", "order-1.2")),
    )
    assert sales.hold_waste_unit_s == 8


def test_what_is_given_back_during_the_warm_up_is_not_counted():
    booked = (
        (0, Entry("create", 2)),
        (1, Entry("allocate", 2, "ann")),
        (4, Entry("deallocate", 1, "ann")),
        (6, Entry("deallocate", 1, "ann")),
    )
    assert told(*booked).hold_waste_unit_s == 3 + 5
    assert told(*booked, warm_up_s=5).hold_waste_unit_s == 5


def visits(*said, cart=TEA):
    """Customers in the order of arrival: (when each left, its outcome)."""
    return [Visit(at, left_s, cart, outcome) for at, (left_s, outcome) in enumerate(said)]


@pytest.mark.parametrize(("unsold", "lost"), [(0, 0), (1, 1), (2, 2), (9, 3), (-1, 0)])
def test_a_sale_is_lost_for_each_customer_turned_away_whom_unsold_units_would_serve(unsold, lost):
    gone = visits((5, "refused: 400"), (6, "failed: 40001"), (7, "refunded"), (8, "declined"))
    assert lost_sales(gone, {"tea": unsold}) == lost


def test_a_cart_is_lost_only_whole():
    both = (("tea", 1), ("cups", 2))
    assert lost_sales(visits((5, "refused: 400"), cart=both), {"tea": 1, "cups": 1}) == 0
    assert lost_sales(visits((5, "refused: 400"), cart=both), {"tea": 1, "cups": 2}) == 1


def test_first_come_first_served_is_never_out_of_turn():
    assert turns_of_visits(visits((5, "paid"), (6, "paid"), (5, "refused: 400"))) == (3, 0)


def test_of_three_the_last_was_served_first_and_the_first_not_at_all():
    # Pairs: first and second, first and third, second and third; all three out of turn.
    assert turns_of_visits(visits((4, "refused: 400"), (9, "paid"), (7, "paid"))) == (3, 3)


def test_who_is_declined_or_wants_something_else_is_in_no_pair():
    others = visits((1, "paid"), cart=(("cups", 1),))
    assert turns_of_visits([*visits((9, "declined"), (5, "paid")), *others]) == (0, 0)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["paid", "refused: 400", "declined"])))
)
def test_pairs_are_counted_as_one_would_by_hand(said):
    who = [v for v in visits(*said) if v.outcome != "declined"]
    served_s = [inf if v.turned_away else v.left_s for v in who]
    pairs = [(a, b) for a, b in combinations(served_s, 2) if min(a, b) < inf]
    assert turns_of_visits(visits(*said)) == (len(pairs), sum(b < a for a, b in pairs))


def test_a_unit_given_back_was_wasted_for_as_long_as_it_was_kept():
    kept = {}

    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await allocate_guarded(tx, "tea", 1, cause=customer.name)
        kept["from"] = await ctx.now()
        await ctx.sleep(60)
        async with ctx.transaction() as tx:
            await deallocate(tx, "tea", 1, cause=customer.name)
        kept["to"] = await ctx.now()

    model = shop(journey, customers=1, rows=initial_rows({"tea": 2}))
    run = simulate(model, scenario(1, latency=Latency(statement_s=0)), seed=1)
    assert run.sales.hold_waste_unit_s == kept["to"] - kept["from"] > 0
    assert run.sales.sell_out_s is None


def test_the_customer_refused_while_another_is_being_declined_is_a_lost_sale():
    """One unit: the first has it while the payment takes its time, and then gives it back."""
    how = scenario(3, latency=Latency(external_s=1e6), payment=(("decline", 1.0),))
    model = shop(
        order_flow(),
        customers=3,
        rows=initial_rows({"tea": 1}),
        outcomes={"payment": ("decline",)},
    )
    run = simulate(model, how, seed=1)
    assert run.tally.outcomes == {"declined": 1, "refused: 400": 2}
    assert run.sales.lost == 1
    assert run.sales.sell_out_s is None
    assert run.sales.pairs == 0


def test_without_stock_nothing_is_said_of_units():
    async def journey(_customer, ctx):
        await ctx.sleep(1)

    how = replace(scenario(2), stock={})
    run = simulate(shop(journey), how, seed=1)
    text = timed_text(Timed(how, (run, replace(run, seed=2))))
    assert "PASSED   4 journeys\n" in text
    assert "unit" not in text
    assert "lost sales" not in text
    assert "sell out" not in text
    assert "lock waits" in text


def test_without_stock_a_ledger_is_somebodys_own():
    ledger = Table("ledger", MetaData(), Column("page", String, primary_key=True))

    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.insert(ledger, page=customer.name)

    run = simulate(shop(journey), replace(scenario(2), stock={}), seed=1)
    assert run.breaches == ()
    assert run.sales.sell_out_s is None
    assert set(run.figures.values()) == {0}
