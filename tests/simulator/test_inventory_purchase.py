"""Carts, checkouts, and whole purchases on the engine under every policy."""

from dataclasses import replace
from pathlib import Path

import pytest
from simulator_shops import shop
from simulator_stock import done, in_transaction, run

from eventproof.findings import Problem
from eventproof.simulator import Customer, explore, load_scenario, prepare
from eventproof.simulator.inventory import (
    ALWAYS,
    Policy,
    Quantities,
    Sourcing,
    carts,
    initial_rows,
    items,
    level_rows,
    messaging,
    purchase,
    quantities_of,
    replenishment,
    reserve,
    rows_of,
    stock,
    stock_transactions,
    warehouses,
)
from eventproof.simulator.properties import Sometimes

CATALOG = Path(__file__).parents[2] / "examples/acme/catalog"
TEA = initial_rows({"tea": 100})
HOLE = "paid-orders-have-units"


def refused(rows, act):
    ran = run(rows, in_transaction(act))
    assert ran.rows == rows
    return ran.outcome


# Carts and checkouts.


def test_a_cart_is_held_against_what_there_is_and_not_against_what_is_in_it():
    async def add(tx):
        return [await carts.add(tx, "c-1", "tea", units) for units in (60, 50)]

    ran = done(TEA, add)
    assert (ran.outcome, ran.level()) == (str([60, 110]), {"total": 100, "available": 100})
    short = refused(ran.rows, lambda tx: _check_out(tx))
    assert short == "refused: 400"
    assert done(ran.rows, lambda tx: carts.remove(tx, "c-1", "tea")).outcome == "True"


async def _check_out(tx, cart="c-1", order="o-1", **options):
    return await carts.check_out(tx, cart, order, customer_id="ada", amount=1, **options)


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("none", "refused: 400"),
        ("product", "refused: 400 There is not enough stock to add Green tea to your cart"),
    ],
)
def test_the_error_of_a_cart_tells_what_the_documents_say_in_both_variants(detail, said):
    rows = TEA | rows_of((items, {"product_id": "tea", "name": "Green tea"}))
    assert refused(rows, lambda tx: carts.add(tx, "c-1", "tea", 101, detail=detail)) == said


def test_more_may_be_checked_out_than_there_is_and_one_cart_makes_one_order():
    async def both(tx):
        for cart, units in [("c-1", 80), ("c-2", 30)]:
            await carts.add(tx, cart, "tea", units)
        first, second = await _check_out(tx), await _check_out(tx, "c-2", "o-2")
        return [first, second, await _check_out(tx)]

    ran = done(TEA, both)
    assert ran.outcome == str([True, True, False])
    assert refused(TEA, _check_out) == "refused: 404"


def test_what_a_cart_has_reserved_does_not_stand_in_its_own_way():
    async def hold(tx):
        await reserve(tx, "r-1", cart_id="c-1", lines=[("tea", 90)], now_s=0, ttl_s=60)
        return await carts.add(tx, "c-1", "tea", 100)

    ran = done(TEA, hold)
    assert ran.outcome == "100"
    assert refused(ran.rows, lambda tx: carts.add(tx, "c-2", "tea", 11)) == "refused: 400"


def test_another_warehouse_moves_the_whole_line():
    rows = level_rows("tea", Quantities(5, 5), warehouse="north")

    async def add(tx):
        return [await carts.add(tx, "c-1", "tea", 2, warehouse=name) for name in (None, "north")]

    ran = done(TEA | rows, add)
    assert ran.found("cart_lines", ("c-1", "tea")).warehouse_id == "north"


# Purchases.


def houses(north, south):
    rows = {}
    for priority, (name, units) in enumerate([("north", north), ("south", south)]):
        house = {"warehouse_id": name, "priority": priority, "enabled": True}
        rows |= rows_of((warehouses, house))
        rows |= level_rows("tea", Quantities(units, units), warehouse=name)
    return rows


def explored(policy, *, rows, carts, without=()):
    always = [prop for name, prop in ALWAYS.items() if name not in without]
    journey = purchase(policy)
    model = shop(
        journey,
        rows=rows,
        always=always,
        sometimes=[Sometimes("paid", lambda view: "paid" in view.outcomes)],
        outcomes={"payment": ("approve", "decline")},
    )
    actors = tuple(
        Customer(f"actor-{number}", cart=(("tea", units),), journey=journey)
        for number, units in enumerate(carts, start=1)
    )
    views = []
    model = replace(
        model,
        customers=actors,
        sometimes=(*model.sometimes, Sometimes("looked", lambda view: bool(views.append(view)))),
    )
    found = explore(model)
    ends = {view.outcomes for view in views if len(view.outcomes) == len(carts)}
    return {violation.property for violation in found.violations}, ends


@pytest.mark.parametrize("point", ["cart", "checkout", "payment"])
def test_allocating_before_the_payment_breaks_nothing_and_one_is_refused(point):
    broken, ends = explored(
        Policy(allocate_at=point, shipping=False), rows=initial_rows({"tea": 2}), carts=(2, 1)
    )
    assert broken == set()
    assert ("paid", "paid") not in {tuple(sorted(end)) for end in ends}


def test_allocating_after_the_payment_takes_money_for_nothing_and_gives_it_back():
    policy = Policy(allocate_at="after payment", shipping=False)
    broken, ends = explored(policy, rows=initial_rows({"tea": 1}), carts=(1, 1), without=[HOLE])
    assert broken == {"never-oversold"}
    assert ("paid", "refunded") in {tuple(sorted(end)) for end in ends}
    broken, _ = explored(policy, rows=initial_rows({"tea": 1}), carts=(1,))
    assert HOLE in broken


def test_who_takes_what_there_is_pays_for_no_more():
    async def work(ctx):
        customer = Customer("ada", cart=(("cup", 1), ("tea", 3)))
        return await purchase(Policy(partial=True))(customer, ctx)

    ran = run(initial_rows({"tea": 2, "cup": 0}), work, answers=("approve",))
    assert ran.outcome == "paid"
    line = ran.rows["order_lines", ("order-of-ada", "tea")]
    assert (line.quantity, line.shipped, line.status) == (2, 2, "SHIPPED")
    nothing = run(initial_rows({"tea": 0, "cup": 0}), work, answers=("approve",))
    assert nothing.outcome == "refused: 400"


def test_no_more_is_owed_than_the_backorder_limit():
    policy = Policy(backorder_up_to=1, shipping=False)
    broken, ends = explored(policy, rows=initial_rows({"tea": 1}), carts=(1, 1, 1))
    assert broken == set()
    assert ("paid", "paid", "refused: 400") in {tuple(sorted(end)) for end in ends}


def test_a_purchase_is_shipped_from_every_warehouse_that_gives():
    async def work(ctx):
        policy = Policy(sourcing=Sourcing(("north", "south")))
        return await purchase(policy)(Customer("ada", cart=(("tea", 3),)), ctx)

    ran = run(houses(2, 2), work, answers=("approve",))
    assert ran.outcome == "paid"
    assert sorted(row.warehouse_id for row in ran.table("shipments")) == ["north", "south"]
    assert ran.level(warehouse="south") == {"total": 1, "available": 1}


def test_no_more_is_owed_than_the_limit_when_several_buy_from_warehouses():
    policy = Policy(backorder_up_to=1, sourcing=Sourcing(("north", "south")))
    broken, ends = explored(policy, rows=houses(1, 0), carts=(1, 1, 1))
    assert broken == set()
    assert ("paid", "paid", "refused: 400") in {tuple(sorted(end)) for end in ends}


def test_a_cart_whose_time_is_over_is_refused_at_the_payment():
    async def work(ctx):
        return await purchase(Policy(allocate_at="cart", hold_s=0))(
            Customer("ada", cart=(("tea", 1),)), ctx
        )

    ran = run(initial_rows({"tea": 1}), work)
    assert ran.outcome == "refused: 409 the cart's time is over"


SCENARIO = """
scenario: two houses
catalog: CATALOG
stock: {tea: 0}
warehouses:
  north: {stock: {tea: 1}, priority: 2}
  south: {stock: {tea: 1}, priority: 1}
customers: {count: 2, cart: {tea: 1}, policy: POLICY}
payment: {outcomes: [approve]}
always: [never-oversold, counters-agree, ledger-balances, paid-orders-have-units]
sometimes: [a customer paid, an order was shipped]
"""


@pytest.mark.parametrize(
    ("policy", "both_are_served"),
    [
        ("{allocate_at: checkout}", True),
        ("{sourcing: best, split: false}", True),
        ("{sourcing: sticky, warehouse: south}", False),
    ],
)
def test_a_scenario_says_which_warehouses_give_under_which_policy(
    tmp_path, policy, both_are_served
):
    file = tmp_path / "scenario.yaml"
    text = SCENARIO.replace("CATALOG", str(CATALOG)).replace("POLICY", policy)
    file.write_text(text)
    served = Sometimes("both", lambda view: view.outcomes.count("paid") == 2)
    model = prepare(load_scenario(file)).model
    found = explore(replace(model, sometimes=(*model.sometimes, served)))
    assert found.verdict == ("proved" if both_are_served else "unknown")


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("{sourcing: sticky, warehouse: sout}", "needs one of the warehouses as `warehouse`"),
        ("{sourcing: sticky}", "needs one of the warehouses as `warehouse`"),
        ("{allocate_at: cart}", "carts hold units of the shop's own stock"),
        ("{}, journey: shop.py:buy", "`policy` means nothing beside `journey`"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused_with_its_line(tmp_path, policy, said):
    file = tmp_path / "scenario.yaml"
    text = SCENARIO.replace("CATALOG", str(CATALOG)).replace("POLICY", policy)
    file.write_text(text)
    with pytest.raises(Problem) as problem:
        prepare(load_scenario(file))
    assert said in problem.value.sentence
    assert "scenario.yaml:8: " in problem.value.sentence
    assert problem.value.hint


# Safety stock, and what is told of a level.


def test_safety_stock_is_kept_back_from_sale():
    async def keep(tx):
        await stock_transactions.set_safety_stock(tx, "tea", 30, command="k-1")
        return await stock_transactions.set_safety_stock(tx, "tea", 10, command="k-2")

    ran = done(TEA, keep)
    assert ran.level() == {"total": 100, "available": 90, "safety_stock": 10}
    for units, status in [(101, 422), (-1, 400)]:
        said = refused(
            ran.rows,
            lambda tx, n=units: stock_transactions.set_safety_stock(tx, "tea", n, command="k-3"),
        )
        assert said.startswith(f"refused: {status}")


def test_what_a_change_crosses_is_told_with_it():
    async def change(tx, action, units, command):
        before = quantities_of(await tx.get(stock, "tea"))
        act = getattr(stock_transactions, action)
        await act(tx, "tea", units, command=command)
        return await replenishment.tell_crossings(tx, "tea", before, low=5)

    async def work(ctx):
        said = []
        for number, (action, units) in enumerate(
            [("decrement", 96), ("decrement", 4), ("increment", 9), ("increment", 1)]
        ):
            async with ctx.transaction() as tx:
                said.append(await change(tx, action, units, f"u-{number}"))
        told = []

        async def publish(name, payload):
            told.append((name.split(":")[0], payload["available"]))

        await messaging.relay(ctx, publish)
        return str((said, sorted(told)))

    expected = (
        [("LowStock",), ("OutOfStock",), ("BackInStock",), ()],
        [("BackInStock", 9), ("LowStock", 4), ("OutOfStock", 0)],
    )
    assert run(TEA, work).outcome == str(expected)
