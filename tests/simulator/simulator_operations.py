"""Operations of the engine that may happen at the same time, in a shop where all are possible.

`explored(one, other)` tries two of them in every order of their steps; every invariant must hold.
"""

from dataclasses import replace

from simulator_shops import shop
from simulator_stock import done, run

from eventproof.simulator import Customer, explore
from eventproof.simulator.inventory import (
    ALWAYS,
    Quantities,
    Sourcing,
    consume,
    expire,
    extend,
    fulfilment,
    initial_rows,
    level_rows,
    orders,
    payments,
    replenishment,
    reserve,
    rows_of,
    stock_transactions,
    tables,
    transfers,
)

PRICE = 10
BOTH = Sourcing(("north", "south"))
RULE = {"product_id": "tea", "reorder_point": 9, "reorder_quantity": 5, "lead_time_s": 60.0}


def shop_at_work():
    """An order that is paid, shipped and packed in parts; units that are held and on their way."""
    rows = initial_rows({"tea": 6}) | rows_of((tables.reorder_rules, RULE))
    for priority, house in enumerate(BOTH.among):
        values = {"warehouse_id": house, "priority": priority, "enabled": True}
        rows |= rows_of((tables.warehouses, values))
        rows |= level_rows("pot", Quantities(4, 4), warehouse=house)

    async def work(ctx):
        async with ctx.transaction() as tx:
            for order, lines in (("o-1", [("tea", 3)]), ("o-2", [("tea", 1)])):
                await orders.place(tx, order, customer_id="ada", lines=lines, amount=PRICE)
        await payments.pay(ctx, "o-1", "p-1", PRICE)
        async with ctx.transaction() as tx:
            await payments.capture(tx, "p-1")
            await fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 1)])
            await fulfilment.dispatch(tx, "s-1")
            await fulfilment.create_shipment(tx, "s-2", "o-1", [("tea", 1)])
            await reserve(tx, "r-1", cart_id="c-1", lines=[("tea", 1)], now_s=0, ttl_s=60)
            await replenishment.reorder(tx, "tea")
            await transfers.send(tx, "t-1", "pot", 2, source="north", target="south")

    return run(rows, work, answers=("approve",)).rows


def busier(rows):
    """The same shop with a payment in two parts, and two orders that wait at a warehouse."""

    async def work(tx):
        for payment, amount in (("p-2", 6), ("p-3", PRICE)):
            await payments.begin(tx, payment, "o-2", amount)
        await payments.settle(tx, "p-2", "AUTHORISED")
        for order, units in (("w-1", 7), ("w-2", 1)):
            lines = [("pot", units)]
            await orders.place(tx, order, customer_id="bob", lines=lines, amount=PRICE)
            await payments.begin(tx, f"p-{order}", order, PRICE, sourcing=BOTH, backorder_up_to=9)
        await payments.settle(tx, "p-w-1", "AUTHORISED")

    return done(rows, work).rows


SHOP = shop_at_work()
BUSIER = busier(SHOP)
(PURCHASE,) = (key[1] for key in SHOP if key[0] == "purchase_orders")

AT_ONCE = {
    "cancel a paid order": lambda tx: orders.cancel(tx, "o-1", reason="FRAUD"),
    "cancel an unpaid order": lambda tx: orders.cancel(tx, "o-2", reason="FRAUD"),
    "cancel who waits": lambda tx: orders.cancel(tx, "w-1", reason="FRAUD"),
    "approve": lambda tx: payments.settle(tx, "p-3", "AUTHORISED"),
    "decline": lambda tx: payments.settle(tx, "p-3", "DECLINED"),
    "capture": lambda tx: payments.capture(tx, "p-2"),
    "a webhook of a capture": lambda tx: payments.settle(tx, "p-2", "CAPTURED"),
    "void": lambda tx: payments.void(tx, "p-2"),
    "void for who waits": lambda tx: payments.void(tx, "p-w-1"),
    "refund": lambda tx: payments.refund(tx, "p-1", PRICE, refund_id="r-1"),
    "refund once more": lambda tx: payments.refund(tx, "p-1", PRICE, refund_id="r-2"),
    "pay the rest": lambda tx: payments.begin(tx, "p-4", "o-2", 4),
    "dispatch": lambda tx: fulfilment.dispatch(tx, "s-2"),
    "cancel a shipment": lambda tx: fulfilment.cancel_shipment(tx, "s-2"),
    "pack": lambda tx: fulfilment.create_shipment(
        tx, "s-3", "w-1", [("pot", 1)], warehouse="north"
    ),
    "return": lambda tx: fulfilment.receive_return(tx, "b", "o-1", [("tea", 1)], restock=True),
    "want more": lambda tx: orders.amend(tx, "o-1", revision=2, lines={"tea": 4}),
    "want less": lambda tx: orders.amend(tx, "w-1", revision=2, lines={"pot": 4}),
    "arrive": lambda tx: transfers.arrive(tx, "t-1", 2, arrival_id="a-1"),
    "arrive once more": lambda tx: transfers.arrive(tx, "t-1", 2, arrival_id="a-2"),
    "send": lambda tx: transfers.send(tx, "t-2", "pot", 1, source="south", target="north"),
    "receive": lambda tx: replenishment.receive(tx, PURCHASE, 10, delivery_id="d-1"),
    "receive once more": lambda tx: replenishment.receive(tx, PURCHASE, 10, delivery_id="d-2"),
    "close": lambda tx: replenishment.close(tx, PURCHASE),
    "reorder": lambda tx: replenishment.reorder(tx, "tea"),
    "expire": lambda tx: expire(tx, "r-1", now_s=99),
    "consume": lambda tx: consume(tx, "r-1", cart_id="c-1", now_s=1),
    "extend": lambda tx: extend(tx, "r-1", cart_id="c-1", now_s=1, ttl_s=500),
    "count": lambda tx: stock_transactions.set_stock(tx, "tea", 9, command="count"),
    "find one": lambda tx: stock_transactions.increment(
        tx, "pot", 1, command="find", warehouse="north"
    ),
    "release": lambda tx: orders.release_order(tx, "w-2"),
}

IN_PARTS = {
    "fill at the north": lambda ctx: orders.fill_backorders(ctx, "pot", warehouse="north"),
    "fill at the south": lambda ctx: orders.fill_backorders(ctx, "pot", warehouse="south"),
}

OPERATIONS = sorted([*AT_ONCE, *IN_PARTS])


def explored(one, other):
    """What comes of two operations at the same time, in every order of their steps."""
    journeys = (_journey(one), _journey(other))
    actors = tuple(Customer(f"actor-{n}", journey=j) for n, j in enumerate(journeys, start=1))
    model = shop(journeys[0], rows=BUSIER, always=[*ALWAYS.values()])
    return explore(replace(model, customers=actors))


def _journey(name):
    async def journey(_customer, ctx):
        if name in IN_PARTS:
            return str(await IN_PARTS[name](ctx))
        async with ctx.transaction() as tx:
            return str(await AT_ONCE[name](tx))

    return journey
