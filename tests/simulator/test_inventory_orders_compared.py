"""Orders against dictionaries, with a crash anywhere and everything tried again."""

from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_orders import AMOUNT, NAMES, Plain, placed
from simulator_stock import done, run

from eventproof.simulator.inventory import (
    ALWAYS,
    fulfilment,
    initial_rows,
    orders,
    payments,
    tables,
)

ACTS = (
    "pay", "decline", "time out", "webhook", "capture", "void", "cancel", "amend",
    "pick", "ship", "unpick", "return", "fill",
)  # fmt: skip
happenings = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.sampled_from(NAMES),
        st.integers(1, 3),
        st.one_of(st.none(), st.integers(0, 25)),
    ),
    max_size=9,
)


def asked(act, name, n, revision):
    """The engine's command, the same however often it is tried."""

    async def work(ctx):
        if act in ("pay", "decline", "time out"):
            return await paying(ctx, name)
        if act == "fill":
            return str(await orders.fill_backorders(ctx, "tea"))
        async with ctx.transaction() as tx:
            return str(await commands[act](tx))

    outcome = ("AUTHORISED", "CAPTURED", "DECLINED")[n - 1]
    commands = {
        "webhook": lambda tx: payments.settle(tx, f"p-{name}", outcome),
        "capture": lambda tx: payments.capture(tx, f"p-{name}"),
        "void": lambda tx: payments.void(tx, f"p-{name}"),
        "cancel": lambda tx: orders.cancel(tx, name, reason="CUSTOMER_REQUESTED"),
        "amend": lambda tx: orders.amend(tx, name, revision=revision, lines={"tea": n}),
        "pick": lambda tx: fulfilment.create_shipment(tx, f"s-{name}", name, [("tea", n)]),
        "ship": lambda tx: fulfilment.dispatch(tx, f"s-{name}"),
        "unpick": lambda tx: fulfilment.cancel_shipment(tx, f"s-{name}"),
        "return": lambda tx: fulfilment.receive_return(
            tx, f"r-{name}", name, [("tea", n)], restock=True
        ),
    }
    return work


async def paying(ctx, name):
    """One payment an order; a crash after it was begun is resolved by asking again."""
    async with ctx.transaction() as tx:
        begun = await payments.begin(tx, f"p-{name}", name, AMOUNT)
        payment = await tx.get(tables.payments, f"p-{name}")
    if not begun and payment.status != "PENDING":
        return "known"
    outcome = payments.outcome_of(await ctx.call("payment", "authorise"))
    async with ctx.transaction() as tx:
        return str(await payments.settle(tx, f"p-{name}", outcome))


def compared(rows, plain):
    assert rows["stock", "tea"].available == plain.free
    for name, order in plain.orders.items():
        row = rows["order_lines", (name, "tea")]
        assert (row.quantity, row.allocated, row.picked, row.shipped, row.returned) == (
            order["want"], order["has"], order["picked"], order["left"], order["back"],
        )  # fmt: skip
        payment = rows.get(("payments", f"p-{name}"))
        assert (payment.status if payment else None) == order["pay"]
        assert (rows["orders", name].status == "CANCELLED") is not order["open"]
        assert rows["orders", name].revision == order["revision"]


@settings(max_examples=100, deadline=None)
@given(happenings)
def test_whatever_happens_to_orders_dictionaries_say_the_same(happening):
    async def place_all(tx):
        for name in NAMES:
            await placed(tx, name, tea=2)

    rows, plain = done(initial_rows({"tea": 4}), place_all).rows, Plain(4)
    answers = {"pay": "approve", "decline": "decline", "time out": "time out"}
    for act, name, n, crash_after in happening:
        work = asked(act, name, n, plain.orders[name]["revision"] + 1)
        said = (answers.get(act, "approve"),)
        rows = run(rows, work, crash_after=crash_after, answers=said).rows
        ran = run(rows, work, answers=said)
        assert not ran.outcome.startswith("failed"), ran.outcome
        rows = ran.rows
        plain.do(act, name, n)
        compared(rows, plain)
        for prop in ALWAYS.values():
            assert prop.broken(ran.view) is None, prop.name
