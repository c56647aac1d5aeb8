"""G59: two receipts look for a lot that is not there yet, and each makes it."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

from eventproof.simulator.context import Context, equal, plus
from eventproof.simulator.gallery.race import Race, Variant, rows_of
from eventproof.simulator.gallery.shop import some_outcome
from eventproof.simulator.model import Customer
from eventproof.simulator.properties import Always, View

metadata = MetaData()

lots = Table(
    "lots",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String),
    Column("units", Integer, nullable=False),
    info={"shown": ("units",), "noun": "lot"},
)

branches = Table(
    "branches",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String),
    info={"shown": ("name",), "noun": "branch"},
)


async def receive(customer: Customer, ctx: Context) -> str:
    """Look for the lot, with a lock on what is found; add to it, or make it."""
    async with ctx.transaction() as tx:
        found = await tx.select(lots, where=equal(name="lot-7"), lock=True)
        if found:
            await tx.update(lots, found[0].id, units=plus(5))
            return "added"
        await tx.insert(lots, id=customer.name, name="lot-7", units=5)
    return "made"


async def receive_one_after_the_other(customer: Customer, ctx: Context) -> str:
    """The same, with the branch locked, so that there is something to wait for."""
    async with ctx.transaction() as tx:
        await tx.get_for_update(branches, "branch")
        found = await tx.select(lots, where=equal(name="lot-7"))
        if found:
            await tx.update(lots, found[0].id, units=plus(5))
            return "added"
        await tx.insert(lots, id=customer.name, name="lot-7", units=5)
    return "made"


def in_two_rows(view: View) -> str | None:
    """I10: a lot is one thing, in one place."""
    count = sum(1 for lot in view.table("lots") if lot.name == "lot-7")
    return f"lot-7 is in {count} rows." if count > 1 else None


RACE = Race(
    id="G59",
    title="Two receipts of one lot each find none, and make it twice",
    product="PharmaTag",
    threads=("TAGOOZ/PharmaTag#32",),
    happened=(
        "Two deliveries of one lot are received at the same moment. Each looks for the lot with "
        "FOR UPDATE, finds none, and inserts it: from then on the lot is in two rows, and "
        "whoever looks for it sees half of it."
    ),
    why=(
        "FOR UPDATE locks the rows that it finds. Under READ COMMITTED and PostgreSQL nothing "
        "locks a row that is not there yet."
    ),
    mend=(
        "Receipts of one branch go one after the other: in the report by an advisory lock, here "
        "by a lock on the branch's row. A unique index over the name would refuse the second "
        "insert, and leave it to the caller to add."
    ),
    tables=tuple(metadata.sorted_tables),
    rows=rows_of((branches, {"id": "branch", "name": "main"})),
    always=(Always("a-lot-is-one-row", in_two_rows, sees_outcomes=False),),
    sometimes=(some_outcome("made", "the lot was made"), some_outcome("added", "one was added")),
    breaks="a-lot-is-one-row",
    broken=Variant({"receipt-1": receive, "receipt-2": receive}),
    mended=Variant(
        {"receipt-1": receive_one_after_the_other, "receipt-2": receive_one_after_the_other}
    ),
    figures=lambda view: {"units": sum(lot.units for lot in view.table("lots"))},
)
