"""G60: an order's amendment arrives before the order."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

from eventproof.simulator.context import Context
from eventproof.simulator.gallery.race import Race, Variant, found, rows_of, total
from eventproof.simulator.gallery.shop import at_the_end, some_outcome
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import View


async def on_confirmed(customer: Customer, ctx: Context) -> str:
    """Revision 1: the order wants one unit."""
    async with ctx.transaction() as tx:
        await tx.update(copies, "order", quantity=1, revision=1)
    return "confirmed"


async def on_amended(customer: Customer, ctx: Context) -> str:
    """Revision 2: the order wants three."""
    async with ctx.transaction() as tx:
        await tx.update(copies, "order", quantity=3, revision=2)
    return "amended"


async def on_confirmed_by_revision(customer: Customer, ctx: Context) -> str:
    """Revision 1, unless a newer one is known."""
    async with ctx.transaction() as tx:
        known = await tx.get_for_update(copies, "order")
        if known is not None and known.revision < 1:
            await tx.update(copies, "order", quantity=1, revision=1)
    return "confirmed"


async def on_amended_by_revision(customer: Customer, ctx: Context) -> str:
    """Revision 2, unless a newer one is known."""
    async with ctx.transaction() as tx:
        known = await tx.get_for_update(copies, "order")
        if known is not None and known.revision < 2:
            await tx.update(copies, "order", quantity=3, revision=2)
    return "amended"


copies = Table(
    "order_copies",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    info={"shown": ("quantity", "revision"), "noun": "copy"},
)
"""What the inventory knows of orders."""


def outdated(view: View) -> str | None:
    """I14: when both messages are handled, the newest revision stands."""
    copy = found(view, "order_copies", "order")
    if copy.revision == 2:
        return None
    return f"the order wants 3, and the inventory believes {copy.quantity}."


RACE = Race(
    id="G60",
    title="An amendment overtakes its order, and the older message wins",
    product="Shopify, Stripe, PayPal",
    threads=(
        "Shopify/shopify-app-js#603",
        "stripe/stripe-cli#418",
        "paypal/mirakl-hyperwallet-connector#35",
    ),
    happened=(
        "Messages about one object arrive out of order: the update before the creation, an older "
        "state after a newer one. Who takes them as they come ends with the older state."
    ),
    why=(
        "Each message carries a whole state, and the consumer writes it down whatever it has. The "
        "order of arrival decides, and nobody promised that."
    ),
    mend=(
        "A guard by version or time: a message that is older than what is known changes nothing. "
        "What comes before its predecessor is applied, or parked until that has come."
    ),
    tables=(copies,),
    rows=rows_of((copies, {"id": "order", "quantity": 0, "revision": 0})),
    always=(at_the_end("newest-revision-stands", 2, outdated),),
    sometimes=(some_outcome("amended", "the amendment was handled"),),
    breaks="newest-revision-stands",
    broken=Variant({"order confirmed": on_confirmed, "order amended": on_amended}),
    mended=Variant(
        {"order confirmed": on_confirmed_by_revision, "order amended": on_amended_by_revision}
    ),
    figures=lambda view: {"quantity": total(view, "order_copies", "quantity")},
)
