"""G14: a ledger is summed, and then appended to."""

from __future__ import annotations

from eventproof.simulator.context import Context, equal
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of, total
from eventproof.simulator.gallery.shop import (
    metadata,
    movements,
    some_outcome,
    somebody_was_refused,
    stock,
)
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View


async def append(customer: Customer, ctx: Context) -> str:
    """Sum the ledger, and append a reservation if there is enough."""
    async with ctx.transaction() as tx:
        entries = await tx.select(movements, where=equal(sku="tea"))
        if sum(entry.delta for entry in entries) < 1:
            return "refused"
        await tx.insert(movements, id=customer.name, sku="tea", delta=-1)
    return "bought"


async def append_under_a_lock(customer: Customer, ctx: Context) -> str:
    """The same; the product's row is locked first, so that one after the other does it."""
    async with ctx.transaction() as tx:
        await tx.get_for_update(stock, "tea")
        entries = await tx.select(movements, where=equal(sku="tea"))
        if sum(entry.delta for entry in entries) < 1:
            return "refused"
        await tx.insert(movements, id=customer.name, sku="tea", delta=-1)
    return "bought"


def below_none(view: View) -> str | None:
    """I1: what the ledger adds up to is never less than nothing."""
    salable = total(view, "movements", "delta")
    return f"the ledger adds up to {salable} of tea." if salable < 0 else None


RACE = Race(
    id="G14",
    title="A ledger is summed and appended to, and nothing serialises the two",
    product="Magento inventory",
    threads=(
        "magento/inventory#3072",
        "magento/inventory#2722",
        "magento/inventory#3046",
    ),
    happened=(
        "Reservations are an append-only ledger. Ten buyers of one unit each find it salable and "
        "append their reservations; the salable quantity is minus nine."
    ),
    why=(
        "Appending conflicts with nothing: no row is updated, so no lock is met and no write is "
        "lost. Only the sum is wrong, and no single row shows it."
    ),
    mend=(
        "The reservation is placed before the order, with a compensation if the order fails, "
        "which makes the window smaller; the check and the append are still unlocked there. Here "
        "a lock on the product's row closes it."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of(
        (stock, {"sku": "tea", "available": 0}),
        (movements, {"id": "received", "sku": "tea", "delta": 1}),
    ),
    always=(Always("ledger-is-not-negative", below_none, sees_outcomes=False),),
    sometimes=(some_outcome("bought", "somebody bought"), somebody_was_refused()),
    breaks="ledger-is-not-negative",
    broken=Variant(customers(2, append)),
    mended=Variant(customers(2, append_under_a_lock)),
    figures=lambda view: {"salable": total(view, "movements", "delta")},
)
