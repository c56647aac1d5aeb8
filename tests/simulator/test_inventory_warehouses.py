"""Orders that several warehouses give to: checked out, allocated, shipped, amended, cancelled."""

import json
from dataclasses import replace

import pytest
from simulator_shops import shop
from simulator_stock import done, in_transaction, run

from eventproof.simulator import Customer, explore
from eventproof.simulator.inventory import (
    ALWAYS,
    Quantities,
    Sourcing,
    fulfilment,
    level_rows,
    orders,
    payments,
    quantities_of,
    replenishment,
    reserve,
    rows_of,
    stock_transactions,
    tables,
    transfers,
    warehouse_stock,
    warehouses,
)
from eventproof.simulator.properties import Sometimes, View

HOUSES = ("north", "south")
BOTH = Sourcing(HOUSES)
AMOUNT = 10


def houses(*, north=2, south=3, cups=1, disabled=""):
    """South comes first by its priority."""
    rows = {}
    for priority, name in enumerate(["south", "north"]):
        house = {"warehouse_id": name, "priority": priority, "enabled": name != disabled}
        rows |= rows_of((warehouses, house))
        units = {"north": north, "south": south}[name]
        rows |= level_rows("tea", Quantities(units, units), warehouse=name)
    return rows | level_rows("cup", Quantities(cups, cups), warehouse="north")


def paid(rows, *, sourcing=BOTH, answer="approve", order="o-1", **lines):
    async def work(ctx):
        async with ctx.transaction() as tx:
            wanted = list((lines or {"tea": 4}).items())
            await orders.place(tx, order, customer_id="ada", lines=wanted, amount=AMOUNT)
        return await payments.pay(ctx, order, f"p-{order}", AMOUNT, sourcing=sourcing)

    return run(rows, work, answers=(answer,))


def shares(ran, order="o-1", product="tea"):
    return {
        row.warehouse_id: (row.allocated, row.picked, row.shipped)
        for row in ran.table("allocations")
        if (row.order_id, row.product_id) == (order, product)
    }


def available(ran):
    return tuple(ran.rows["warehouse_stock", ("tea", name)].available for name in HOUSES)


def sound(ran):
    assert [name for name, prop in ALWAYS.items() if prop.broken(ran.view)] == []


@pytest.mark.parametrize(
    ("sourcing", "outcome", "left"),
    [
        (BOTH, "AUTHORISED", (1, 0)),
        (Sourcing(HOUSES, policy="best"), "AUTHORISED", (1, 0)),
        (Sourcing(HOUSES, policy="sticky", sticky="south"), "refused: 400", (2, 3)),
        (Sourcing(HOUSES, split=False), "refused: 400", (2, 3)),
        (Sourcing(("north",)), "refused: 400", (2, 3)),
    ],
)
def test_an_order_is_allocated_where_its_lines_are_sourced(sourcing, outcome, left):
    ran = paid(houses(), sourcing=sourcing)
    assert (ran.outcome, available(ran)) == (outcome, left)
    sound(ran)


def test_a_disabled_warehouse_gives_nothing_to_an_order():
    ran = paid(houses(disabled="south"), tea=2, cup=1)
    assert shares(ran) == {"north": (2, 0, 0)}
    assert shares(ran, product="cup") == {"north": (1, 0, 0)}


def test_a_declined_payment_gives_each_warehouse_its_units_back():
    ran = paid(houses(), answer="decline")
    assert available(ran) == (2, 3)
    assert shares(ran) == {"north": (0, 0, 0), "south": (0, 0, 0)}
    sound(ran)


def test_each_warehouse_ships_its_own_units_and_no_others():
    rows = paid(houses(), tea=4, cup=1).rows

    async def ship(tx):
        await fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 3)], warehouse="south")
        await fulfilment.create_shipment(
            tx, "s-2", "o-1", [("tea", 1), ("cup", 1)], warehouse="north"
        )
        return await fulfilment.dispatch(tx, "s-1")

    ran = done(rows, ship)
    assert shares(ran) == {"north": (1, 1, 0), "south": (0, 0, 3)}
    assert ran.rows["warehouse_stock", ("tea", "south")].total == 0
    for house in ("north", "south", None):
        said = run(
            ran.rows,
            in_transaction(
                lambda tx, house=house: fulfilment.create_shipment(
                    tx, "s-3", "o-1", [("tea", 1)], warehouse=house
                )
            ),
        )
        assert said.outcome == "refused: 409 too few of tea are allocated"
    sound(ran)


def test_cancelling_gives_back_to_each_warehouse_what_has_not_left_it():
    rows = paid(houses()).rows

    async def ship_south_and_cancel(tx):
        for name, house, units in [("s-1", "south", 2), ("s-2", "north", 1)]:
            await fulfilment.create_shipment(tx, name, "o-1", [("tea", units)], warehouse=house)
        await fulfilment.dispatch(tx, "s-1")
        return await orders.cancel(tx, "o-1", reason="CUSTOMER_REQUESTED")

    ran = done(rows, ship_south_and_cancel)
    assert available(ran) == (2, 1)
    assert shares(ran) == {"north": (0, 0, 0), "south": (0, 0, 2)}
    assert ran.found("shipments", "s-2").status == "CANCELLED"
    sound(ran)


def test_an_amendment_takes_from_where_it_is_sourced_and_gives_back_where_it_came_from():
    rows = paid(houses(), tea=3).rows
    more = done(
        rows, lambda tx: orders.amend(tx, "o-1", revision=2, lines={"tea": 5}, sourcing=BOTH)
    )
    assert shares(more) == {"north": (2, 0, 0), "south": (3, 0, 0)}
    less = done(more.rows, lambda tx: orders.amend(tx, "o-1", revision=3, lines={"tea": 2}))
    assert shares(less) == {"north": (2, 0, 0), "south": (0, 0, 0)}
    sound(less)


def test_what_is_missing_is_taken_when_a_transfer_has_brought_it():
    rows = paid(houses(), sourcing=Sourcing(("south",)), tea=3).rows

    async def more_wanted(tx):
        await orders.amend(tx, "o-1", revision=2, lines={"tea": 4}, sourcing=Sourcing(("north",)))
        return await orders.cancel(tx, "o-1", reason="FRAUD")

    async def partly(tx):
        await orders.place(tx, "o-2", customer_id="bob", lines=[("tea", 4)], amount=AMOUNT)
        await orders.allocate_order(tx, "o-2", partial=True, sourcing=Sourcing(("south",)))
        await transfers.send(tx, "t-1", "tea", 1, source="north", target="south")

    async def the_rest(tx):
        await transfers.arrive(tx, "t-1", 1, arrival_id="a-1")
        await orders.allocate_order(tx, "o-2", sourcing=Sourcing(("south",)))

    ran = done(done(done(rows, more_wanted).rows, partly).rows, the_rest)
    assert shares(ran, "o-2") == {"south": (4, 0, 0)}
    assert available(ran) == (1, 0)
    sound(ran)


def test_what_a_cart_holds_at_a_warehouse_becomes_its_orders_units_there():
    async def buy(tx):
        await reserve(
            tx, "r-1", cart_id="c-1", lines=[("tea", 2)], now_s=0, ttl_s=60, warehouse="north"
        )
        await orders.place(tx, "o-1", customer_id="ada", lines=[("tea", 3)], amount=AMOUNT)
        await orders.allocate_held(tx, "o-1", "r-1", cart_id="c-1", now_s=1)
        return await payments.begin(tx, "p-1", "o-1", AMOUNT, sourcing=BOTH)

    ran = done(houses(), buy)
    assert shares(ran) == {"north": (2, 0, 0), "south": (1, 0, 0)}
    sound(ran)


def test_what_comes_back_goes_to_the_warehouse_that_received_it():
    async def ship_and_return(tx):
        await fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 3)], warehouse="south")
        await fulfilment.dispatch(tx, "s-1")
        await fulfilment.receive_return(
            tx, "b-1", "o-1", [("tea", 2)], restock=True, warehouse="north"
        )

    ran = done(paid(houses()).rows, ship_and_return)
    assert available(ran) == (3, 0)
    sound(ran)
    said = run(
        ran.rows,
        in_transaction(
            lambda tx: fulfilment.receive_return(tx, "b-2", "o-1", [("tea", 1)], restock=True)
        ),
    )
    assert said.outcome == "refused: 422 tea is not kept there"


def test_two_customers_race_for_what_two_warehouses_have_together():
    def buying(name):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await orders.place(tx, name, customer_id=name, lines=[("tea", 2)], amount=1)
            return await payments.pay(ctx, name, f"p-{name}", 1, sourcing=BOTH)

        return journey

    actors = tuple(Customer(f"actor-{n}", journey=buying(f"o-{n}")) for n in (1, 2))
    model = shop(
        actors[0].journey,
        rows=houses(north=1, south=2),
        always=[*ALWAYS.values()],
        sometimes=[
            Sometimes("one has all", lambda view: "refused: 400" in view.outcomes),
            Sometimes("one pays", lambda view: "AUTHORISED" in view.outcomes),
        ],
        outcomes={"payment": ("approve", "decline")},
    )
    assert explore(replace(model, customers=actors)).verdict == "proved"


def waiting(ran, house="south"):
    """Who waits at a warehouse, and for how many units; who waits longest first."""
    rows = [row for row in ran.table("allocations") if row.warehouse_id == house]
    waits = sorted((r.waits_since, r.order_id, r.backordered) for r in rows if r.backordered)
    return [(order, units) for _, order, units in waits]


def owed_to(*orders_of, rows=None, limit=9, sourcing=BOTH):
    """Orders that want more tea than there is: the rest is backordered."""
    ran = None
    for name, quantity in orders_of:

        async def work(ctx, name=name, quantity=quantity):
            async with ctx.transaction() as tx:
                wanted = [("tea", quantity)]
                await orders.place(tx, name, customer_id="ada", lines=wanted, amount=AMOUNT)
            return await payments.pay(
                ctx, name, f"p-{name}", AMOUNT, sourcing=sourcing, backorder_up_to=limit
            )

        ran = run(rows or houses(), work, answers=("approve",))
        rows = ran.rows
    return ran


def filled(rows, house="south"):
    ran = run(rows, lambda ctx: _fill(ctx, house))
    sound(ran)
    return ran


async def _fill(ctx, house):
    return str(await orders.fill_backorders(ctx, "tea", warehouse=house))


def test_what_the_warehouses_have_not_is_owed_by_the_first_of_them():
    ran = owed_to(("o-1", 7), ("o-2", 1))
    assert shares(ran) == {"north": (2, 0, 0), "south": (3, 0, 0)}
    assert waiting(ran) == [("o-1", 2), ("o-2", 1)]
    assert ran.level(warehouse="south") == {"total": 3, "allocated": 3, "backordered": 3}
    sound(ran)


def test_no_more_is_owed_than_the_limit_by_all_warehouses_together():
    ran = owed_to(("o-1", 7), ("o-2", 2), limit=3)
    assert ran.outcome == "refused: 400"
    assert owed_to(("o-3", 1), rows=ran.rows, limit=3).outcome == "AUTHORISED"
    at_north = Sourcing(HOUSES, policy="sticky", sticky="north")
    assert owed_to(("o-3", 2), rows=ran.rows, limit=3, sourcing=at_north).outcome == "refused: 400"


def test_a_disabled_warehouse_owes_and_fills_nothing():
    ran = owed_to(("o-1", 4), rows=houses(disabled="south"))
    assert (waiting(ran), waiting(ran, "north")) == ([], [("o-1", 2)])
    only_south = Sourcing(("south",))
    refused = owed_to(("o-1", 4), rows=houses(disabled="south"), sourcing=only_south)
    assert refused.outcome == "refused: 400"
    closed = ran.rows["warehouses", "north"]._replace(enabled=False)
    rows = {**ran.rows, ("warehouses", "north"): closed}
    more = done(
        rows, lambda tx: stock_transactions.increment(tx, "tea", 5, command="c", warehouse="north")
    )
    assert filled(more.rows, "north").outcome == "()"


def test_a_delivery_and_a_transfer_fill_who_waits_longest_there():
    rule = {"reorder_point": 0, "reorder_quantity": 2, "lead_time_s": 60.0}
    place = {"product_id": "tea", "warehouse_id": "south"}
    # The names are not in the order in which they wait.
    rows = owed_to(("o-3", 6), ("o-1", 1), ("o-2", 2)).rows
    rows |= rows_of((tables.warehouse_reorder_rules, {**place, **rule}))
    bought = done(rows, lambda tx: replenishment.reorder(tx, "tea", warehouse="south"))
    assert bought.outcome == "tea@south#6"
    assert bought.level(warehouse="south")["incoming"] == 6
    again = done(bought.rows, lambda tx: replenishment.reorder(tx, "tea", warehouse="south"))
    assert again.outcome == "None"

    async def come(tx):
        return await replenishment.receive(tx, "tea@south#6", 2, delivery_id="d-1")

    ran = filled(done(bought.rows, come).rows)
    assert ran.outcome == str((("o-3", 1), ("o-1", 1)))
    assert waiting(ran) == [("o-2", 2)]
    assert filled(ran.rows, "north").outcome == "()"

    async def moved(tx):
        await stock_transactions.increment(tx, "tea", 1, command="c-1", warehouse="north")
        await transfers.send(tx, "t-1", "tea", 1, source="north", target="south")
        await transfers.arrive(tx, "t-1", 1, arrival_id="a-1")

    last = filled(done(ran.rows, moved).rows)
    assert last.outcome == str((("o-2", 1),))
    assert waiting(last) == [("o-2", 1)]


def waits(ran):
    """What the order waits for at each place; None: the shop's own stock."""
    at = {row.warehouse_id: row.backordered for row in ran.table("allocations")}
    return {**at, None: ran.found("order_lines", ("o-1", "tea")).backordered - sum(at.values())}


def test_a_line_that_waits_at_several_places_gives_up_the_last_warehouse_first():
    async def wait_everywhere(tx):
        await orders.place(tx, "o-1", customer_id="ada", lines=[("tea", 2)], amount=AMOUNT)
        await orders.allocate_order(tx, "o-1", backorder_up_to=9)
        for revision, house in enumerate(HOUSES, start=2):
            wanted, at = {"tea": 2 * revision}, Sourcing((house,))
            await orders.amend(
                tx, "o-1", revision=revision, lines=wanted, backorder_up_to=9, sourcing=at
            )

    rows = level_rows("tea", Quantities()) | houses(north=0, south=0)
    everywhere = done(rows, wait_everywhere)
    assert waits(everywhere) == {"north": 2, "south": 2, None: 2}
    sound(everywhere)
    fewer = done(everywhere.rows, lambda tx: orders.amend(tx, "o-1", revision=4, lines={"tea": 3}))
    assert waits(fewer) == {"north": 1, "south": 0, None: 2}
    sound(fewer)
    none = done(fewer.rows, lambda tx: orders.cancel(tx, "o-1", reason="CUSTOMER_REQUESTED"))
    assert waits(none) == {"north": 0, "south": 0, None: 0}
    sound(none)


def test_where_one_warehouse_must_give_everything_it_goes_on_giving():
    whole = Sourcing(HOUSES, split=False)

    async def ask_twice(tx):
        await orders.place(tx, "o-1", customer_id="ada", lines=[("tea", 4)], amount=AMOUNT)
        for _ in range(2):
            await orders.allocate_order(tx, "o-1", partial=True, sourcing=whole)

    ran = done(houses(), ask_twice)
    assert shares(ran) == {"south": (3, 0, 0)}
    owed = done(
        ran.rows,
        lambda tx: orders.allocate_order(tx, "o-1", backorder_up_to=1, sourcing=whole),
    )
    assert (shares(owed), waiting(owed)) == ({"south": (3, 0, 0)}, [("o-1", 1)])
    elsewhere = Sourcing(HOUSES, policy="sticky", sticky="north", split=False)
    more = {"revision": 2, "lines": {"tea": 5}, "sourcing": elsewhere}
    said = run(owed.rows, in_transaction(lambda tx: orders.amend(tx, "o-1", **more)))
    assert said.outcome == "refused: 400"


def test_two_that_wait_at_a_warehouse_are_filled_once_whatever_happens_at_the_same_time():
    rows = owed_to(("o-1", 6), ("o-2", 1)).rows
    rows = done(
        rows, lambda tx: stock_transactions.increment(tx, "tea", 1, command="c", warehouse="south")
    ).rows

    async def fill(_customer, ctx):
        return await _fill(ctx, "south")

    async def cancel(_customer, ctx):
        async with ctx.transaction() as tx:
            return str(await orders.cancel(tx, "o-1", reason="CUSTOMER_REQUESTED"))

    actors = (Customer("actor-1", journey=fill), Customer("actor-2", journey=cancel))
    model = shop(
        fill,
        rows=rows,
        always=[*ALWAYS.values()],
        sometimes=[
            Sometimes("who waits longest", lambda v: str((("o-1", 1),)) in v.outcomes),
            Sometimes("who waits next", lambda v: str((("o-2", 1),)) in v.outcomes),
        ],
    )
    assert explore(replace(model, customers=actors)).verdict == "proved"


def test_what_a_warehouse_runs_out_of_is_told_of_that_warehouse():
    async def sell_out(tx):
        before = quantities_of(await tx.get(warehouse_stock, ("tea", "south")))
        await stock_transactions.decrement(tx, "tea", 3, command="c", warehouse="south")
        return await replenishment.tell_crossings(tx, "tea", before, warehouse="south")

    ran = done(houses(), sell_out)
    assert ran.outcome == "('OutOfStock',)"
    (told,) = ran.table("outbox")
    assert (told.message_id, json.loads(told.payload)) == (
        "OutOfStock:tea@south:2",
        {"event": "OutOfStock", "product": "tea", "warehouse": "south", "available": 0},
    )


def test_the_invariants_see_units_that_a_warehouse_owes_and_whose_turn_it_is():
    rows = owed_to(("o-1", 6), ("o-2", 1)).rows
    share = ("allocations", ("o-1", "tea", "south"))
    forgotten = {**rows, share: rows[share]._replace(backordered=0)}
    said = ALWAYS["counters-agree"].broken(View((forgotten,)))
    assert said == "o-1 has 0 of tea backordered at south, its ledger entries say 1."
    later = {
        "entry_id": "later", "product_id": "tea", "warehouse_id": "south", "quantity": 1,
        "action": "backorder_fill", "cause": "o-2", "command_id": "later", "sequence": 9,
    }  # fmt: skip
    overtaken = rows | rows_of((tables.ledger, later))
    said = ALWAYS["backorders-in-turn"].broken(View((overtaken,)))
    assert said == "o-2 was served before o-1, which waits longer."
    elsewhere = rows | rows_of((tables.ledger, {**later, "warehouse_id": "north"}))
    assert ALWAYS["backorders-in-turn"].broken(View((elsewhere,))) is None
