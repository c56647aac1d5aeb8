"""Orders that several warehouses give to: checked out, allocated, shipped, amended, cancelled."""

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
    reserve,
    rows_of,
    transfers,
    warehouses,
)
from eventproof.simulator.properties import Sometimes

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
