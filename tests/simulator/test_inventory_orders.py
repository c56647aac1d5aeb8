"""Orders, payments, shipments and returns: what each does, and what may go wrong."""

from dataclasses import replace

import pytest
from simulator_orders import AMOUNT, placed
from simulator_shops import shop
from simulator_stock import done, in_transaction, run

from eventproof.simulator import Customer, explore
from eventproof.simulator.inventory import (
    ALWAYS,
    fulfilment,
    initial_rows,
    orders,
    payments,
    reserve,
)
from eventproof.simulator.inventory.payments import payment_status
from eventproof.simulator.properties import Always, Sometimes

SHOP = initial_rows({"tea": 3, "cup": 2})


def paid(rows=SHOP, *answers, order="o-1", backorder_up_to=0, **lines):
    """An order that was placed and for which one payment was tried."""
    ran = done(rows, lambda tx: placed(tx, order, **lines))

    async def work(ctx):
        return await payments.pay(
            ctx, order, f"p-of-{order}", AMOUNT, backorder_up_to=backorder_up_to
        )

    return run(ran.rows, work, answers=answers or ("approve",))


def line(ran, product="tea", order="o-1"):
    return ran.rows["order_lines", (order, product)]


def order_of(ran, order="o-1"):
    return ran.rows["orders", order]


def refused(rows, act):
    ran = run(rows, in_transaction(act))
    assert ran.rows == rows
    return ran.outcome


# Payments.


@pytest.mark.parametrize(
    ("answer", "payment", "status", "bound"),
    [
        ("approve", "AUTHORISED", "PROCESSING", 2),
        ("decline", "DECLINED", "INCOMPLETE", 0),
        ("time out", "UNKNOWN", "INCOMPLETE", 2),
    ],
)
def test_units_are_bound_before_the_payment_and_go_back_when_it_fails(
    answer, payment, status, bound
):
    ran = paid(SHOP, answer)
    assert (ran.outcome, order_of(ran).status) == (payment, status)
    assert (line(ran).allocated, ran.rows["stock", "tea"].available) == (bound, 3 - bound)


def test_who_pays_for_more_than_there_is_is_refused_before_any_money_moves():
    ran = paid(SHOP, "approve", tea=2, cup=3)
    assert ran.outcome == "refused: 400"
    assert not ran.table("payments")
    assert ran.rows["stock", "tea"].available == 3


@pytest.mark.parametrize(
    ("said", "status", "bound"),
    [
        (["AUTHORISED", "AUTHORISED"], "AUTHORISED", 2),
        (["AUTHORISED", "DECLINED"], "AUTHORISED", 2),
        (["CAPTURED", "AUTHORISED"], "CAPTURED", 2),
        (["AUTHORISED", "CAPTURED", "CAPTURED"], "CAPTURED", 2),
        (["DECLINED", "AUTHORISED", "AUTHORISED"], "VOID_DUE", 0),
        (["DECLINED", "DECLINED"], "DECLINED", 0),
    ],
)
def test_a_webhook_that_is_late_or_comes_twice_changes_nothing(said, status, bound):
    ran = paid(SHOP, "time out")
    for outcome in said:
        ran = done(ran.rows, lambda tx, o=outcome: payments.settle(tx, "p-of-o-1", o))
    assert ran.found("payments", "p-of-o-1").status == status
    assert line(ran).allocated == bound


@pytest.mark.parametrize(
    ("said", "due", "captured"),
    [(["AUTHORISED"], "VOID_DUE", 0), (["AUTHORISED", "CAPTURED"], "REFUND_DUE", AMOUNT)],
)
def test_money_that_comes_after_the_cancellation_is_owed_back(said, due, captured):
    ran = paid(SHOP, "time out")
    ran = done(ran.rows, lambda tx: orders.cancel(tx, "o-1", reason="CUSTOMER_REQUESTED"))
    for outcome in said:
        ran = done(ran.rows, lambda tx, o=outcome: payments.settle(tx, "p-of-o-1", o))
    payment = ran.found("payments", "p-of-o-1")
    assert (payment.status, payment.captured) == (due, captured)
    assert (order_of(ran).status, line(ran).allocated) == ("CANCELLED", 0)


def test_a_capture_that_fails_leaves_the_stock_allocated():
    ran = done(paid().rows, lambda tx: payments.capture(tx, "p-of-o-1", succeeded=False))
    assert ran.found("payments", "p-of-o-1").status == "AUTHORISED"
    assert line(ran).allocated == 2


def test_split_payments_bind_once_and_give_back_when_none_is_left():
    async def work(tx):
        seen = []
        await payments.begin(tx, "p-1", "o-1", 4)
        await payments.begin(tx, "p-2", "o-1", 6)
        for payment, outcome in [("p-1", "AUTHORISED"), ("p-2", "DECLINED")]:
            await payments.settle(tx, payment, outcome)
            order = await tx.get(_orders_table(), "o-1")
            seen.append((order.payment, order.status))
        await payments.begin(tx, "p-3", "o-1", 6)
        await payments.settle(tx, "p-3", "CAPTURED")
        order = await tx.get(_orders_table(), "o-1")
        return [*seen, (order.payment, order.status)]

    rows = done(SHOP, placed).rows
    ran = done(rows, work)
    partly = ("PARTIALLY_AUTHORISED", "INCOMPLETE")
    assert ran.outcome == str([partly, partly, ("AUTHORISED", "PROCESSING")])
    assert ran.actions().count("allocate") == 1


def _orders_table():
    from eventproof.simulator.inventory import tables

    return tables.orders


def test_voiding_the_last_payment_gives_the_units_back_and_refunding_does_not():
    rows = paid().rows
    voided = done(rows, lambda tx: payments.void(tx, "p-of-o-1"))
    assert (order_of(voided).payment, line(voided).allocated) == ("UNPAID", 0)
    assert done(voided.rows, lambda tx: payments.void(tx, "p-of-o-1")).outcome == "False"

    taken = done(rows, lambda tx: payments.capture(tx, "p-of-o-1")).rows

    async def refund(tx):
        return [
            await payments.refund(tx, "p-of-o-1", 4, refund_id=refund_id)
            for refund_id in ("r-1", "r-1", "r-2")
        ]

    back = done(taken, refund)
    payment = back.found("payments", "p-of-o-1")
    assert (back.outcome, payment.status, payment.refunded) == (
        str([True, False, True]),
        "PARTIALLY_REFUNDED",
        8,
    )
    assert line(back).allocated == 2
    too_much = refused(back.rows, lambda tx: payments.refund(tx, "p-of-o-1", 3, refund_id="r-3"))
    assert too_much == "refused: 409 2 is left to refund"


def test_a_payment_that_nobody_paid_for_leaves_an_order_unpaid():
    assert payment_status(10, ()) == "UNPAID"


# Changes of an order.


def test_an_amendment_moves_the_difference_and_only_the_next_one_counts():
    rows = paid(SHOP, "approve", tea=2).rows
    more = done(rows, lambda tx: orders.amend(tx, "o-1", revision=2, lines={"tea": 3, "cup": 1}))
    assert (line(more).allocated, line(more, "cup").allocated) == (3, 1)
    less = done(more.rows, lambda tx: orders.amend(tx, "o-1", revision=3, lines={"tea": 1}))
    assert (line(less).allocated, less.rows["stock", "tea"].available) == (1, 2)
    for revision in (2, 3, 5):
        late = refused(
            less.rows,
            lambda tx, r=revision: orders.amend(tx, "o-1", revision=r, lines={"tea": 3}),
        )
        assert late == f"refused: 409 revision {revision} does not follow 3"
    short = refused(less.rows, lambda tx: orders.amend(tx, "o-1", revision=4, lines={"tea": 4}))
    assert short == "refused: 400"


def test_amending_an_order_that_has_no_units_binds_none():
    rows = done(SHOP, placed).rows
    ran = done(rows, lambda tx: orders.amend(tx, "o-1", revision=2, lines={"tea": 9}))
    assert (line(ran).quantity, line(ran).allocated) == (9, 0)


def test_an_order_is_cancelled_once_and_gives_back_what_it_has():
    rows = paid(SHOP, "approve", tea=2, cup=1).rows
    ran = done(rows, lambda tx: orders.cancel(tx, "o-1", reason="FRAUD"))
    assert ran.outcome == "True"
    assert ran.level("tea") == {"total": 3, "available": 3}
    assert ran.found("payments", "p-of-o-1").status == "VOID_DUE"
    again = done(ran.rows, lambda tx: orders.cancel(tx, "o-1", reason="FRAUD"))
    assert (again.outcome, again.rows) == ("False", ran.rows)
    late = refused(ran.rows, lambda tx: payments.begin(tx, "p-2", "o-1", AMOUNT))
    assert late == "refused: 409 the order is cancelled"


def test_cancelling_an_order_that_never_had_units_gives_nothing_back():
    rows = done(SHOP, placed).rows
    ran = done(rows, lambda tx: orders.cancel(tx, "o-1", reason="CUSTOMER_REQUESTED"))
    assert ran.level("tea") == {"total": 3, "available": 3}


def test_cancelling_after_a_part_was_shipped_keeps_what_left():
    rows = paid(SHOP, "approve", tea=3).rows

    async def ship_one(tx):
        await fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 1)])
        await fulfilment.create_shipment(tx, "s-2", "o-1", [("tea", 1)])
        await fulfilment.dispatch(tx, "s-1")

    ran = done(done(rows, ship_one).rows, lambda tx: orders.cancel(tx, "o-1", reason="FRAUD"))
    assert ran.level() == {"total": 2, "available": 2}
    assert (line(ran).quantity, line(ran).shipped, line(ran).status) == (1, 1, "SHIPPED")
    assert ran.found("shipments", "s-2").status == "CANCELLED"
    assert ALWAYS["never-oversold"].broken(ran.view) is None


def test_a_subscription_that_ends_cancels_its_orders_that_have_not_left():
    async def place_all(tx):
        for name, subscription in [("o-1", "s"), ("o-2", "s"), ("o-3", "t")]:
            await orders.place(
                tx,
                name,
                customer_id="ada",
                lines=[("tea", 1)],
                amount=AMOUNT,
                subscription_id=subscription,
            )
            await orders.allocate_order(tx, name)

    rows = done(SHOP, place_all).rows

    async def pay_and_ship(ctx):
        await payments.pay(ctx, "o-1", "p-1", AMOUNT)
        async with ctx.transaction() as tx:
            await fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 1)])
            await fulfilment.dispatch(tx, "s-1")
        return str([await orders.cancel_subscription(ctx, "s") for _ in range(2)])

    ran = run(rows, pay_and_ship, answers=("approve",))
    assert ran.outcome == str([("o-2",), ()])
    assert ran.level() == {"total": 2, "available": 1, "allocated": 1}


def test_the_units_of_a_fraudulent_order_go_to_who_waits_longest():
    ran = paid(SHOP, "approve", order="o-1", tea=3)
    for name, quantity in [("o-3", 1), ("o-2", 3)]:
        ran = paid(ran.rows, "approve", order=name, backorder_up_to=4, tea=quantity)
        assert ran.outcome == "AUTHORISED"
    beyond = paid(ran.rows, "approve", order="o-4", backorder_up_to=4, tea=1)
    assert beyond.outcome == "refused: 400"
    assert ALWAYS["never-oversold"].broken(ran.view) is None

    ran = done(ran.rows, lambda tx: orders.cancel(tx, "o-1", reason="FRAUD"))

    async def fill(ctx):
        return str(await orders.fill_backorders(ctx, "tea"))

    ran = run(ran.rows, fill)
    assert ran.outcome == str((("o-3", 1), ("o-2", 2)))
    assert ran.level() == {"total": 3, "allocated": 3, "backordered": 1}
    assert ALWAYS["ledger-balances"].broken(ran.view) is None


def test_an_order_takes_over_what_its_cart_held():
    async def buy(tx):
        await reserve(tx, "r-1", cart_id="c-1", lines=[("tea", 2)], now_s=0, ttl_s=60)
        await placed(tx, tea=3)
        held = await orders.allocate_held(tx, "o-1", "r-1", cart_id="c-1", now_s=59)
        await payments.begin(tx, "p-1", "o-1", AMOUNT)
        return [held, await orders.allocate_held(tx, "o-1", "r-1", cart_id="c-1", now_s=59)]

    ran = done(SHOP, buy)
    assert (ran.outcome, ran.level()) == (str([True, False]), {"total": 3, "allocated": 3})
    assert line(ran).allocated == 3
    assert [prop.broken(ran.view) for prop in ALWAYS.values()] == [None] * len(ALWAYS)


def test_what_is_left_of_refunded_money_is_owed_back_when_the_order_is_cancelled():
    async def refund_and_cancel(tx):
        await payments.capture(tx, "p-of-o-1")
        await payments.refund(tx, "p-of-o-1", 4, refund_id="r-1")
        await orders.cancel(tx, "o-1", reason="FRAUD")

    ran = done(paid().rows, refund_and_cancel)
    assert ran.found("payments", "p-of-o-1").status == "REFUND_DUE"
    for amount, status in [(1, "REFUND_DUE"), (5, "REFUNDED")]:
        refund_id = f"back-{amount}"
        ran = done(
            ran.rows,
            lambda tx, n=amount, r=refund_id: payments.refund(tx, "p-of-o-1", n, refund_id=r),
        )
        assert ran.found("payments", "p-of-o-1").status == status


def test_a_declined_second_payment_does_not_take_the_units_of_an_order_that_was_paid():
    async def pay_twice_and_refund(tx):
        await placed(tx)
        for payment in ("p-1", "p-2"):
            await payments.begin(tx, payment, "o-1", AMOUNT)
        await payments.settle(tx, "p-1", "CAPTURED")
        await payments.refund(tx, "p-1", AMOUNT, refund_id="r-1")
        await payments.settle(tx, "p-2", "DECLINED")

    assert line(done(SHOP, pay_twice_and_refund)).allocated == 2


def test_an_order_that_is_placed_again_is_the_same_order():
    ran = done(SHOP, placed)
    again = done(ran.rows, lambda tx: placed(tx, tea=9))
    assert again.rows == ran.rows


def test_a_cart_that_held_more_than_its_order_wants_is_refused():
    async def buy(tx):
        await reserve(tx, "r-1", cart_id="c-1", lines=[("tea", 2)], now_s=0, ttl_s=60)
        await placed(tx, tea=1)
        await orders.allocate_held(tx, "o-1", "r-1", cart_id="c-1", now_s=1)

    assert refused(SHOP, buy) == "refused: 409 o-1 does not miss 2 of tea"


# Shipments and returns.


def test_a_shipped_line_that_wants_more_is_open_until_that_is_shipped_too():
    async def ship_and_amend(tx):
        await fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 2)])
        await fulfilment.dispatch(tx, "s-1")
        await orders.amend(tx, "o-1", revision=2, lines={"tea": 3})

    more = done(paid().rows, ship_and_amend)
    assert (line(more).status, line(more).allocated) == ("PAID", 1)
    less = done(more.rows, lambda tx: orders.amend(tx, "o-1", revision=3, lines={"tea": 2}))
    assert (line(less).status, line(less).allocated) == ("SHIPPED", 0)


def test_a_shipment_that_is_cancelled_leaves_its_units_allocated():
    rows = paid().rows
    made = done(rows, lambda tx: fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 2)]))
    assert refused(
        made.rows, lambda tx: fulfilment.create_shipment(tx, "s-2", "o-1", [("tea", 1)])
    ) == ("refused: 409 too few of tea are allocated")
    gone = done(made.rows, lambda tx: fulfilment.cancel_shipment(tx, "s-1"))
    assert (line(gone).picked, line(gone).allocated) == (0, 2)
    assert gone.level() == made.level()
    assert done(gone.rows, lambda tx: fulfilment.dispatch(tx, "s-1")).outcome == "False"


def test_what_is_not_paid_is_not_shipped():
    rows = paid(SHOP, "time out").rows
    said = refused(rows, lambda tx: fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 1)]))
    assert said == "refused: 409 the order is not paid"


def test_what_came_back_is_for_sale_again_only_when_restocked():
    async def ship(tx):
        await fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 2)])
        return [await fulfilment.dispatch(tx, "s-1") for _ in range(2)]

    ran = done(paid().rows, ship)
    assert (ran.outcome, line(ran).status) == (str([True, False]), "SHIPPED")
    assert fulfilment.fulfilment_of([line(ran)]) == "FULFILLED"
    too_late = refused(ran.rows, lambda tx: orders.cancel(tx, "o-1", reason="FRAUD"))
    assert too_late == "refused: 409 the order is shipped"

    async def come_back(tx):
        return [
            await fulfilment.receive_return(tx, name, "o-1", [("tea", 1)], restock=restock)
            for name, restock in [("r-1", True), ("r-1", True), ("r-2", False)]
        ]

    back = done(ran.rows, come_back)
    assert back.outcome == str([True, False, True])
    assert back.level() == {"total": 2, "available": 2}
    assert (line(back).returned, line(back).restocked) == (2, 1)
    assert fulfilment.fulfilment_of([line(back)]) == "RETURNED"
    more = refused(
        back.rows,
        lambda tx: fulfilment.receive_return(tx, "r-3", "o-1", [("tea", 1)], restock=True),
    )
    assert more == "refused: 409 too few of tea have left"


# At the same time.


@pytest.mark.parametrize("outcome", ["AUTHORISED", "CAPTURED", "DECLINED"])
def test_cancelling_beside_a_webhook_never_keeps_money_without_an_order(outcome):
    async def cancelling(_customer, ctx):
        async with ctx.transaction() as tx:
            await orders.cancel(tx, "o-1", reason="CUSTOMER_REQUESTED")
        return "cancelled"

    async def settling(_customer, ctx):
        async with ctx.transaction() as tx:
            await payments.settle(tx, "p-of-o-1", outcome)
        return "settled"

    def kept(view):
        (payment,) = view.table("payments")
        (order,) = view.table("orders")
        both = order.status == "CANCELLED" and payment.status in ("AUTHORISED", "CAPTURED")
        return f"{payment.status} and {order.status}" if both else None

    model = shop(
        cancelling,
        rows=paid(SHOP, "time out").rows,
        always=[Always("owed-back", kept), ALWAYS["ledger-balances"]],
        sometimes=[Sometimes("all are done", lambda view: len(view.outcomes) == 3)],
    )
    actors = (
        Customer("actor-1", journey=cancelling),
        Customer("actor-2", journey=settling),
        Customer("actor-3", journey=settling),
    )
    assert explore(replace(model, customers=actors)).verdict == "proved"
