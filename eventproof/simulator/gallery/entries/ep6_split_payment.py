"""EP-6: of two partial payments, each takes the stock of the whole order."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.gallery.race import Race, Variant, rows_of, total
from eventproof.simulator.gallery.shop import metadata, orders, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def pay_part(customer: Customer, ctx: Context) -> str:
    """The first payment of an order allocates; which one that is, each sees for itself."""
    async with ctx.transaction() as tx:
        order = await tx.get(orders, "order")
        assert order is not None
        if order.status == "UNPAID":
            await tx.update(stock, "tea", available=minus(1))
        await tx.update(orders, "order", status="PARTIALLY_PAID")
    return "part paid"


async def pay_part_after_the_order(customer: Customer, ctx: Context) -> str:
    """The same, and the order is locked while it is seen who is first."""
    async with ctx.transaction() as tx:
        order = await tx.get_for_update(orders, "order")
        assert order is not None
        if order.status == "UNPAID":
            await tx.update(stock, "tea", available=minus(1))
        await tx.update(orders, "order", status="PARTIALLY_PAID")
    return "part paid"


def allocated_twice(view: View) -> str | None:
    """I5: the order of one has one unit allocated, however often it is paid."""
    taken = 10 - total(view, "stock", "available")
    return f"the order wants 1 of tea, and {taken} were taken for it." if taken > 1 else None


RACE = Race(
    id="EP-6",
    title="Two parts of one payment each take the order's stock",
    product="Elastic Path",
    threads=("Split payments (documentation)",),
    happened=(
        "An order may be paid in parts. The documentation says that the first completed "
        "transaction allocates the stock, and later ones do not. Two parts that complete at the "
        "same moment are each the first."
    ),
    why=(
        "Who is first is seen by reading the order's status, and written after the stock was "
        "taken."
    ),
    mend="The order's row is locked for the question, so that there is only one first.",
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 10}),
        (orders, {"id": "order", "sku": "tea", "quantity": 1, "status": "UNPAID"}),
    ),
    always=(Always("allocated-as-ordered", allocated_twice, sees_outcomes=False),),
    sometimes=(some_outcome("part paid", "a part was paid"),),
    breaks="allocated-as-ordered",
    broken=Variant({"gift card": pay_part, "credit card": pay_part}),
    mended=Variant(
        {"gift card": pay_part_after_the_order, "credit card": pay_part_after_the_order}
    ),
    figures=lambda view: {"available": total(view, "stock", "available")},
)
