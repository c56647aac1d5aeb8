"""Unusual requests: of amounts that are none, twice, too late, too much, or of what is unknown."""

import pytest
from simulator_operations import PRICE, PURCHASE, SHOP
from simulator_stock import done, in_transaction, run

from eventproof.simulator.inventory import (
    ALWAYS,
    allocate_guarded,
    allocate_naive,
    available,
    batches,
    book,
    carts,
    fulfilment,
    messaging,
    orders,
    payments,
    release_hold,
    replenishment,
    reserve,
    source,
    stock_transactions,
    tables,
    transfers,
)
from eventproof.simulator.inventory.batches import Update

AMOUNT = PRICE


def sound(rows_or_ran):
    assert [n for n, prop in ALWAYS.items() if prop.broken(rows_or_ran.view)] == []


def refused(act, rows=None):
    """What is answered to what is asked in vain; nothing is changed by it."""
    ran = run(rows or SHOP, in_transaction(act))
    assert ran.rows == (rows or SHOP)
    return ran.outcome


ASKED = {
    "cart": lambda tx, n: carts.add(tx, "c-2", "tea", n),
    "reservation": lambda tx, n: reserve(
        tx, "r-2", cart_id="c-2", lines=[("tea", n)], now_s=0, ttl_s=60
    ),
    "order": lambda tx, n: orders.place(
        tx, "o-3", customer_id="bob", lines=[("tea", n)], amount=AMOUNT
    ),
    "price": lambda tx, n: orders.place(
        tx, "o-3", customer_id="bob", lines=[("tea", 1)], amount=n
    ),
    "amendment": lambda tx, n: orders.amend(tx, "o-1", revision=2, lines={"tea": n}),
    "payment": lambda tx, n: payments.begin(tx, "p-2", "o-2", n),
    "refund": lambda tx, n: payments.refund(tx, "p-1", n, refund_id="r"),
    "shipment": lambda tx, n: fulfilment.create_shipment(tx, "s-3", "o-1", [("tea", n)]),
    "return": lambda tx, n: fulfilment.receive_return(
        tx, "b-1", "o-1", [("tea", n)], restock=True
    ),
    "delivery": lambda tx, n: replenishment.receive(tx, PURCHASE, n, delivery_id="d"),
    "transfer": lambda tx, n: transfers.send(tx, "t-2", "pot", n, source="north", target="south"),
    "arrival": lambda tx, n: transfers.arrive(tx, "t-1", n, arrival_id="a"),
    "loss": lambda tx, n: transfers.arrive(tx, "t-1", 0, arrival_id="a", lost=n),
    "sourcing": lambda tx, n: source(tx, "pot", n, among=("north",), command="c"),
    "increment": lambda tx, n: stock_transactions.increment(tx, "tea", n, command="c"),
    "set": lambda tx, n: stock_transactions.set_stock(tx, "tea", n, command="c"),
}


@pytest.mark.parametrize("amount", [-1, -(10**12), 2**31, 1.5, True, "2", None])
@pytest.mark.parametrize("what", ASKED)
def test_what_is_no_amount_is_invalid_whoever_is_asked(what, amount):
    said = refused(lambda tx: ASKED[what](tx, amount))
    assert said == "refused: 400 Your request was invalid"


@pytest.mark.parametrize(
    "what", [name for name in ASKED if name not in ("set", "refund", "payment")]
)
def test_nothing_is_an_amount_that_changes_no_units(what):
    ran = run(SHOP, in_transaction(lambda tx: ASKED[what](tx, 0)))
    assert not ran.outcome.startswith("failed")
    for table in ("stock", "warehouse_stock", "payments"):
        for key in (key for key in SHOP if key[0] == table):
            before, after = SHOP[key], ran.rows[key]
            assert before == after._replace(**_uncounted(before))
    sound(ran)


def test_lines_that_are_too_much_together_are_invalid_too():
    lines = [("tea", 2**31 - 1), ("tea", 1)]

    def place(tx):
        return orders.place(tx, "o-3", customer_id="bob", lines=lines, amount=1)

    assert refused(place) == "refused: 400 Your request was invalid"


def _uncounted(row):
    """What counts changes and not units."""
    return {"version": row.version} if hasattr(row, "version") else {}


UNKNOWN = {
    "order": (lambda tx: orders.cancel(tx, "o-9", reason="FRAUD"), "404"),
    "amended order": (lambda tx: orders.amend(tx, "o-9", revision=2, lines={}), "404"),
    "payment": (lambda tx: payments.settle(tx, "p-9", "AUTHORISED"), "404"),
    "captured payment": (lambda tx: payments.capture(tx, "p-9"), "404"),
    "refunded payment": (lambda tx: payments.refund(tx, "p-9", 1, refund_id="r"), "404"),
    "shipment": (lambda tx: fulfilment.dispatch(tx, "s-9"), "404"),
    "cancelled shipment": (lambda tx: fulfilment.cancel_shipment(tx, "s-9"), "404"),
    "returned order": (
        lambda tx: fulfilment.receive_return(tx, "b", "o-9", [], restock=True),
        "404",
    ),
    "purchase": (lambda tx: replenishment.receive(tx, "x#1", 1, delivery_id="d"), "404"),
    "transfer": (lambda tx: transfers.arrive(tx, "t-9", 1, arrival_id="a"), "404"),
    "product": (
        lambda tx: stock_transactions.decrement(tx, "gold", 1, command="c"),
        "404 The resource could not be found",
    ),
    "place": (
        lambda tx: stock_transactions.decrement(tx, "pot", 1, command="c", warehouse="moon"),
        "404 No location found",
    ),
    "level to set": (
        lambda tx: stock_transactions.set_stock(tx, "pot", 1, command="c", warehouse="moon"),
        "404 No location found",
    ),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_nobody_knows_is_not_found(what):
    act, status = UNKNOWN[what]
    assert refused(act) == f"refused: {status}"


def test_a_product_that_is_not_managed_is_short_wherever_it_is_wanted():
    def wants(tx):
        return reserve(tx, "r-9", cart_id="c-9", lines=[("gold", 1)], now_s=0, ttl_s=60)

    assert refused(wants) == "refused: 400"
    assert refused(lambda tx: carts.add(tx, "c-9", "gold", 1)) == "refused: 400"


@pytest.mark.parametrize("act", ["increment", "decrement", "allocate", "ship_stock"])
@pytest.mark.parametrize("units", [0, 1])
def test_a_product_whose_inventory_was_deleted_is_not_found_and_stays_unmanaged(act, units):
    async def delete(tx):
        await stock_transactions.delete_inventory(tx, "pot", command="d", warehouse="north")

    rows = done(SHOP, delete).rows
    ask = getattr(stock_transactions, act)
    said = refused(lambda tx: ask(tx, "pot", units, command="c", warehouse="north"), rows)
    assert said == "refused: 404 No location found"


def test_of_a_product_that_is_not_managed_there_is_nothing_to_buy_and_nothing_to_tell():
    async def delete_and_look(tx):
        await stock_transactions.create_inventory(tx, "cup", 2, command="c")
        await stock_transactions.delete_inventory(tx, "cup", command="d")
        assert await book(tx, "increment", "cup", 1, command="b") is None
        await messaging.put_level_out(tx, "cup")
        return await available(tx, "cup")

    ran = done(SHOP, delete_and_look)
    assert ran.outcome == "0"
    sound(ran)
    for take in (allocate_guarded, allocate_naive):
        said = refused(lambda tx, take=take: take(tx, "cup", 1, cause="c"), ran.rows)
        assert said == "refused: 400"
    assert refused(lambda tx: messaging.put_level_out(tx, "gold")) == "refused: 404"


def test_no_units_go_from_a_warehouse_to_itself():
    said = refused(lambda tx: transfers.send(tx, "t-2", "pot", 1, source="north", target="north"))
    assert said == "refused: 422 north is not on the way to itself"


def test_a_reservation_of_another_cart_is_nobody_elses():
    def again(tx, cart):
        return reserve(tx, "r-1", cart_id=cart, lines=[("tea", 1)], now_s=0, ttl_s=60)

    assert done(SHOP, lambda tx: again(tx, "c-1")).outcome == "(('tea', 1),)"
    assert refused(lambda tx: again(tx, "c-2")) == "refused: 409 r-1 is of another cart"


def test_a_reservation_that_is_over_holds_nothing_when_it_is_asked_for_again():
    async def release_and_ask(tx):
        await release_hold(tx, "r-1", cart_id="c-1")
        return await reserve(tx, "r-1", cart_id="c-1", lines=[("tea", 1)], now_s=0, ttl_s=60)

    assert done(SHOP, release_and_ask).outcome == "()"


# Batches.


def reported(update, *updates, rows=None):
    async def work(ctx):
        return str([(one.command, one.status) for one in await update(ctx, updates)])

    return run(rows or SHOP, work)


@pytest.mark.parametrize("update", [batches.update_all, batches.update_each])
def test_a_line_that_is_in_a_batch_twice_is_done_once_and_known_then(update):
    twice = [Update("u-1", "increment", "tea", 1)] * 2
    ran = reported(update, *twice)
    assert ran.outcome == str([("u-1", "done"), ("u-1", "known")])
    assert ran.level()["available"] == done(SHOP, _nothing).level()["available"] + 1


async def _nothing(_tx):
    return None


@pytest.mark.parametrize("update", [batches.update_all, batches.update_each])
def test_an_action_that_nobody_knows_is_refused_and_told(update):
    asked = [Update("u-1", "explode", "tea", 1), Update("u-2", "increment", "tea", 1)]
    rest = "undone" if update is batches.update_all else "done"
    assert reported(update, *asked).outcome == str([("u-1", "refused"), ("u-2", rest)])


def test_a_command_that_the_ledger_has_already_does_not_stop_the_lines_after_it():
    rows = done(SHOP, lambda tx: stock_transactions.increment(tx, "tea", 1, command="u-1")).rows
    asked = [Update("u-1", "increment", "tea", 1), Update("u-2", "increment", "tea", 1)]
    ran = reported(batches.update_each, *asked, rows=rows)
    assert ran.outcome == str([("u-1", "refused"), ("u-2", "done")])


# Money.


def money(ran, payment="p-2"):
    row = ran.found("payments", payment)
    return row.status, row.captured, row.refunded


def begun(*amounts, said=()):
    """The shop with payments of the second order, and what the provider says of them."""

    async def work(tx):
        for number, amount in enumerate(amounts, start=2):
            await payments.begin(tx, f"p-{number}", "o-2", amount)
        for payment, outcome in said:
            await payments.settle(tx, payment, outcome)

    return done(SHOP, work)


def test_a_refund_of_nothing_ends_no_payment():
    ran = begun(AMOUNT)
    said = refused(lambda tx: payments.refund(tx, "p-2", 0, refund_id="r"), ran.rows)
    assert said == "refused: 400 Your request was invalid"


def test_a_payment_in_parts_is_refunded_in_parts_and_no_more():
    async def refund_twice(tx):
        await payments.refund(tx, "p-1", 4, refund_id="r-1")
        await payments.refund(tx, "p-1", 4, refund_id="r-1")
        return await payments.refund(tx, "p-1", 6, refund_id="r-2")

    ran = done(SHOP, refund_twice)
    assert money(ran, "p-1") == ("REFUNDED", 10, 10)
    assert ran.found("orders", "o-1").status == "COMPLETE"  # the units left, or come by a return
    said = refused(lambda tx: payments.refund(tx, "p-1", 1, refund_id="r-3"), ran.rows)
    assert said == "refused: 409 0 is left to refund"
    sound(ran)


def test_what_was_refunded_does_not_pay_for_an_order():
    first = begun(6, said=[("p-2", "CAPTURED")])
    assert first.found("orders", "o-2").payment == "PARTIALLY_PAID"
    back = done(first.rows, lambda tx: payments.refund(tx, "p-2", 6, refund_id="r"))
    assert back.found("orders", "o-2").payment == "UNPAID"

    async def pay_the_rest(tx):
        await payments.begin(tx, "p-3", "o-2", 4)
        await payments.settle(tx, "p-3", "AUTHORISED")

    rest = done(back.rows, pay_the_rest)
    assert rest.found("orders", "o-2").payment == "PARTIALLY_AUTHORISED"
    sound(rest)


def test_nobody_is_asked_for_more_than_is_left_to_pay():
    ran = begun(6, said=[("p-2", "AUTHORISED")])
    said = refused(lambda tx: payments.begin(tx, "p-3", "o-2", 5), ran.rows)
    assert said == "refused: 409 4 is left to pay"
    assert done(ran.rows, lambda tx: payments.begin(tx, "p-3", "o-2", 4)).outcome == "True"
    said = refused(lambda tx: payments.begin(tx, "p-9", "o-1", 1))
    assert said == "refused: 409 0 is left to pay"


@pytest.mark.parametrize(
    ("outcome", "owed"),
    [("AUTHORISED", ("VOID_DUE", 0, 0)), ("CAPTURED", ("REFUND_DUE", 10, 0))],
)
def test_money_beyond_what_an_order_costs_is_owed_back(outcome, owed):
    ran = begun(AMOUNT, AMOUNT, said=[("p-2", "AUTHORISED"), ("p-3", outcome)])
    assert (money(ran), money(ran, "p-3")) == (("AUTHORISED", 0, 0), owed)
    assert ran.found("orders", "o-2").status == "PROCESSING"
    sound(ran)


@pytest.mark.parametrize(
    ("said", "owed"),
    [
        (["DECLINED", "AUTHORISED"], ("VOID_DUE", 0, 0)),
        (["DECLINED", "AUTHORISED", "CAPTURED"], ("REFUND_DUE", 10, 0)),
        (["DECLINED", "CAPTURED"], ("REFUND_DUE", 10, 0)),
        (["AUTHORISED", "void", "CAPTURED"], ("REFUND_DUE", 10, 0)),
        (["AUTHORISED", "void", "AUTHORISED"], ("VOIDED", 0, 0)),
        (["AUTHORISED", "DECLINED"], ("AUTHORISED", 0, 0)),
        (["UNKNOWN", "CAPTURED", "CAPTURED"], ("CAPTURED", 10, 0)),
    ],
)
def test_money_that_came_after_the_units_had_gone_back_is_owed_back(said, owed):
    async def tell(tx):
        for outcome in said:
            if outcome == "void":
                await payments.void(tx, "p-2")
            else:
                await payments.settle(tx, "p-2", outcome)

    ran = done(begun(AMOUNT).rows, tell)
    assert money(ran) == owed
    sound(ran)
    has_units = ran.found("order_lines", ("o-2", "tea")).allocated == 1
    assert has_units is (owed[0] in ("AUTHORISED", "CAPTURED"))
    if owed[0] == "REFUND_DUE":
        ran = done(ran.rows, lambda tx: payments.refund(tx, "p-2", 10, refund_id="r"))
        assert money(ran) == ("REFUNDED", 10, 10)
        assert ran.found("orders", "o-2").payment == "UNPAID"
        sound(ran)


def test_packed_units_of_a_payment_that_is_let_go_do_not_leave():
    async def pack_and_void(tx):
        await fulfilment.create_shipment(tx, "s-3", "o-2", [("tea", 1)])
        await payments.void(tx, "p-2")
        return await fulfilment.dispatch(tx, "s-3")

    ran = done(begun(AMOUNT, said=[("p-2", "AUTHORISED")]).rows, pack_and_void)
    assert ran.outcome == "False"
    assert ran.found("shipments", "s-3").status == "CANCELLED"
    assert ran.found("order_lines", ("o-2", "tea")).allocated == 0
    sound(ran)


def test_an_order_that_costs_nothing_is_not_paid_by_a_payment_that_was_declined():
    async def decline(tx):
        await orders.place(tx, "o-3", customer_id="bob", lines=[("tea", 1)], amount=0)
        await payments.begin(tx, "p-3", "o-3", 0)
        asked = (await tx.get(tables.orders, "o-3")).status
        await payments.settle(tx, "p-3", "DECLINED")
        return asked

    ran = done(SHOP, decline)
    assert (ran.outcome, ran.found("orders", "o-3").status) == ("INCOMPLETE", "INCOMPLETE")
    sound(ran)


def test_an_answer_that_no_provider_gives_leaves_the_outcome_unknown():
    async def work(ctx):
        return await payments.pay(ctx, "o-2", "p-2", AMOUNT)

    ran = run(SHOP, work, answers=("ask the bank",))
    assert ran.outcome == "UNKNOWN"
    sound(ran)


def test_a_product_added_to_a_paid_order_is_a_paid_line():
    async def add_cup(tx):
        await stock_transactions.create_inventory(tx, "cup", 2, command="c")
        await orders.amend(tx, "o-1", revision=2, lines={"cup": 1})
        await fulfilment.create_shipment(tx, "s-3", "o-1", [("cup", 1)])
        await fulfilment.dispatch(tx, "s-3")

    ran = done(SHOP, add_cup)
    assert ran.found("order_lines", ("o-1", "cup")).status == "SHIPPED"
    sound(ran)


def test_a_part_that_left_stays_sold_when_the_rest_is_cancelled_and_returns_are_no_more_than_it():
    async def cancel_and_return(tx):
        cancelled = [await orders.cancel(tx, "o-1", reason="FRAUD") for _ in range(2)]
        await fulfilment.receive_return(tx, "b-1", "o-1", [("tea", 1)], restock=True)
        return cancelled

    ran = done(SHOP, cancel_and_return)
    assert ran.outcome == str([True, False])
    assert ran.level() == {"total": 6, "available": 5, "held": 1, "incoming": 10}
    said = refused(
        lambda tx: fulfilment.receive_return(tx, "b-2", "o-1", [("tea", 1)], restock=True),
        ran.rows,
    )
    assert said == "refused: 409 too few of tea have left"
    said = refused(lambda tx: orders.amend(tx, "o-1", revision=2, lines={"tea": 1}), ran.rows)
    assert said == "refused: 409 the order is cancelled"
    sound(ran)
