"""G54: two workers reserve under snapshot isolation, and one fails."""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.errors import DatabaseError
from eventproof.simulator.gallery.race import Race, Variant, customers, rows_of, total
from eventproof.simulator.gallery.shop import metadata, some_outcome, stock, take
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View
from eventproof.simulator.steps import Isolation


async def reserve(customer: Customer, ctx: Context) -> str:
    """Reserve a unit in a transaction that sees one snapshot."""
    try:
        async with ctx.transaction() as tx:
            if not await take(tx):
                return "refused"
    except DatabaseError as error:
        return f"failed with {error.sqlstate}"
    return "reserved"


async def reserve_with_retries(customer: Customer, ctx: Context) -> str:
    """The same; a transaction that could not be serialized is run again, on a new snapshot."""
    for _attempt in range(ATTEMPTS):
        try:
            async with ctx.transaction() as tx:
                return "reserved" if await take(tx) else "refused"
        except DatabaseError as error:
            if error.sqlstate != SERIALIZATION_FAILURE:
                raise
    return "failed after retries"


SERIALIZATION_FAILURE = "40001"
ATTEMPTS = 2
"""As many as there are workers: each failure means that another worker has succeeded."""


def failed(view: View) -> str | None:
    """I9: every request is answered, and not with an error of the database."""
    codes = [outcome for outcome in view.outcomes if outcome.startswith("failed")]
    return f"a reservation {codes[0]}, with units left." if codes else None


RACE = Race(
    id="G54",
    title="Workers under snapshot isolation fail each other's reservations",
    product="Odoo",
    threads=(
        "odoo/odoo#62131",
        "odoo/odoo#113897",
        "odoo/odoo#251549",
    ),
    happened=(
        "Several workers reserve from the same quantities. Transactions run on snapshots; who "
        "comes second gets a serialization failure, although there is enough for both."
    ),
    why=(
        "Under REPEATABLE READ a write to a row that was changed since the snapshot is an error, "
        "not a wait. A lock does not help when it is taken after the snapshot."
    ),
    mend=(
        "In the product: skip to another quantity, with SKIP LOCKED, which led to another race "
        "(G21). The standard mend is to run the transaction again, a bounded number of times, "
        "from its beginning."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((stock, {"sku": "tea", "available": 2})),
    always=(Always("no-request-fails", failed),),
    sometimes=(some_outcome("reserved", "somebody reserved"),),
    breaks="no-request-fails",
    broken=Variant(customers(2, reserve), isolation=Isolation.REPEATABLE_READ),
    mended=Variant(customers(2, reserve_with_retries), isolation=Isolation.REPEATABLE_READ),
    figures=lambda view: {"available": total(view, "stock", "available")},
)
