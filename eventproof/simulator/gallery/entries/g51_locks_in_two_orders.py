"""G51: two orders lock the same two products in opposite order."""

from __future__ import annotations

from collections.abc import Sequence

from eventproof.simulator.context import Context, minus
from eventproof.simulator.errors import DatabaseError
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import metadata, some_outcome, stock
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def check_out(customer: Customer, ctx: Context) -> str:
    """Lock and take the products in the order in which the cart has them."""
    return await _take_all(ctx, CARTS[customer.name])


async def check_out_sorted(customer: Customer, ctx: Context) -> str:
    """Lock and take the products by their keys, whatever the cart's order."""
    return await _take_all(ctx, sorted(CARTS[customer.name]))


CARTS = {"customer-1": ("cup", "tea"), "customer-2": ("tea", "cup")}


async def _take_all(ctx: Context, skus: Sequence[str]) -> str:
    try:
        async with ctx.transaction() as tx:
            for sku in skus:
                level = await tx.get_for_update(stock, sku)
                if level is None or level.available < 1:
                    await tx.rollback()
                    return "refused"
                await tx.update(stock, sku, available=minus(1))
    except DatabaseError as error:
        return f"failed with {error.sqlstate}"
    return "bought"


def failed(view: View) -> str | None:
    """I9: no request ends with an error of the database."""
    codes = [outcome for outcome in view.outcomes if outcome.startswith("failed")]
    return f"a checkout {codes[0]}, a deadlock." if codes else None


RACE = Race(
    id="G51",
    title="Two orders of the same products lock them in opposite order",
    product="Saleor",
    threads=(
        "saleor/saleor#17123",
        "saleor/saleor#17129",
    ),
    happened=(
        "Different paths through the code lock allocations and stock in different orders. Under "
        "load, transactions wait for each other until the database ends one of them."
    ),
    why=(
        "One transaction holds the first row and wants the second, the other holds the second and "
        "wants the first. Neither can go on; the database fails one with 40P01, and its customer "
        "gets an error."
    ),
    mend=(
        "Every path locks the stock by ascending primary key. Then whoever has the first row gets "
        "the second too."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 2}), (stock, {"sku": "cup", "available": 2})),
    always=(Always("no-request-fails", failed),),
    sometimes=(some_outcome("bought", "somebody bought"),),
    breaks="no-request-fails",
    broken=Variant({"customer-1": check_out, "customer-2": check_out}),
    mended=Variant({"customer-1": check_out_sorted, "customer-2": check_out_sorted}),
    figures=lambda view: {row.sku: row.available for row in sorted(view.table("stock"))},
)
