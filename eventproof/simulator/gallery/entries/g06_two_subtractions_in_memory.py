"""G06: two requests subtract in memory, and one subtraction is lost."""

from __future__ import annotations

from eventproof.simulator.context import Context, minus
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import (
    available_and_sold,
    metadata,
    place,
    somebody_bought,
    stock,
    stock_is_what_was_sold,
)
from eventproof.simulator.model import Customer


async def subtract_in_memory(customer: Customer, ctx: Context) -> str:
    """Load the product, subtract, save it."""
    quantity = QUANTITIES[customer.name]
    async with ctx.transaction() as tx:
        level = await tx.get(stock, "tea")
        assert level is not None
        await tx.update(stock, "tea", available=level.available - quantity)
        await place(tx, customer.name, quantity)
    return "bought"


async def subtract_in_the_database(customer: Customer, ctx: Context) -> str:
    """The database subtracts."""
    quantity = QUANTITIES[customer.name]
    async with ctx.transaction() as tx:
        await tx.update(stock, "tea", available=minus(quantity))
        await place(tx, customer.name, quantity)
    return "bought"


QUANTITIES = {"customer-1": 5, "customer-2": 3}


RACE = Race(
    id="G06",
    title="Two sales subtract in memory, and one subtraction is lost",
    product="nopCommerce",
    threads=(
        "nopSolutions/nopCommerce#4184",
        "nopSolutions/nopCommerce#8085",
    ),
    happened=(
        "In drops of phones with high demand the stock is wrong afterwards: of 100, five and "
        "three are sold, and 97 or 95 are left instead of 92."
    ),
    why=(
        "The quantity of a product in memory is changed and the product saved. What is saved is "
        "what this request computed, whatever the other has written meanwhile."
    ),
    mend=(
        "The proposal in the thread is an atomic statement that subtracts in the database; "
        "whether it was taken is not said."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 100})),
    always=(stock_is_what_was_sold(100),),
    sometimes=(somebody_bought(),),
    breaks="stock-is-what-was-sold",
    broken=Variant(dict.fromkeys(QUANTITIES, subtract_in_memory)),
    mended=Variant(dict.fromkeys(QUANTITIES, subtract_in_the_database)),
    figures=available_and_sold,
)
