"""Each invariant holds of a shop at work, and is broken by the one thing that it is about."""

from pathlib import Path

import pytest
from simulator_stock import done, run

from eventproof.simulator.inventory import (
    ALWAYS,
    INVARIANTS,
    Quantities,
    book,
    digest,
    fulfilment,
    initial_rows,
    ledgers_differ,
    level_rows,
    messaging,
    orders,
    payments,
    replenishment,
    reserve,
    rows_of,
    tables,
    transfers,
)
from eventproof.simulator.properties import View


async def at_work(ctx):
    """A shop with something of everything."""
    async with ctx.transaction() as tx:
        await reserve(tx, "r-1", cart_id="c-1", lines=[("tea", 1)], now_s=0, ttl_s=60)
        for name, units in [("o-1", 3), ("o-2", 2), ("o-3", 4), ("o-4", 1), ("o-5", 1)]:
            await orders.place(tx, name, customer_id="ada", lines=[("tea", units)], amount=units)
        await replenishment.reorder(tx, "cup")
        await transfers.send(tx, "t-1", "pot", 2, source="north", target="south")
        await transfers.arrive(tx, "t-1", 1, arrival_id="a-1")
    for name, amount in [("o-1", 3), ("o-2", 2), ("o-3", 4), ("o-4", 1), ("o-5", 1)]:
        await payments.pay(ctx, name, f"p-{name}", amount, backorder_up_to=6)
    async with ctx.transaction() as tx:
        await fulfilment.create_shipment(tx, "s-1", "o-1", [("tea", 3)])
        await fulfilment.dispatch(tx, "s-1")
        await fulfilment.receive_return(tx, "b-1", "o-1", [("tea", 1)], restock=False)
        await fulfilment.create_shipment(tx, "s-2", "o-2", [("tea", 1)])
        await orders.cancel(tx, "o-5", reason="FRAUD")
        await book(tx, "increment", "tea", 1, command="found")
        await messaging.put_level_out(tx, "tea")
    return "done"


RULE = {"product_id": "cup", "reorder_point": 1, "reorder_quantity": 5, "lead_time_s": 60.0}


def busy_shop():
    rows = initial_rows({"tea": 8, "cup": 1}) | rows_of((tables.reorder_rules, RULE))
    for name in ("north", "south"):
        rows |= level_rows("pot", Quantities(3, 3), warehouse=name)
    ran = run(rows, at_work, answers=("approve",) * 5)
    assert ran.outcome == "done"
    return ran.rows


BUSY = busy_shop()
LINE = {"order_id": "c-9", "product_id": "cup", "quantity": 1}


def with_row(key, **changes):
    return {**BUSY, key: BUSY[key]._replace(**changes)}


def without(key):
    return {k: row for k, row in BUSY.items() if k != key}


def and_also(table, values):
    return BUSY | rows_of((table, values))


def line(order):
    return ("order_lines", (order, "tea"))


TOLD = next(key for key in BUSY if key[0] == "outbox")
FIRST_OF_O2 = next(key for key, row in BUSY.items() if key[0] == "ledger" and row.cause == "o-2")


def entry(action, cause, quantity, **more):
    values = {"entry_id": f"extra:{action}", "product_id": "tea", "action": action}
    return values | {"cause": cause, "command_id": cause, "quantity": quantity} | more


BREAKING = {
    "never-oversold": and_also(tables.order_lines, {**LINE, "quantity": 2, "status": "PAID"}),
    "counters-agree": with_row(line("o-3"), allocated=1),
    "ledger-balances": with_row(("stock", "tea"), available=7),
    "ledger-unbroken": without(FIRST_OF_O2),
    "nothing-given-back-twice": and_also(tables.ledger, entry("deallocate", "o-1", 1)),
    "paid-orders-have-units": with_row(line("o-2"), allocated=1),
    "no-false-refusal": and_also(tables.order_lines, {**LINE, "status": "REFUSED"}),
    "no-money-without-units": with_row(("payments", "p-o-5"), status="CAPTURED"),
    "no-stuck-reservation": and_also(
        tables.order_lines, {**LINE, "order_id": "c-1", "status": "CANCELLED"}
    ),
    "transfers-conserve": with_row(("transfers", "t-1"), received=2),
    "told-levels-are-true": with_row(TOLD, payload='{"available": 7, "product": "tea"}'),
    "order-states-fit": with_row(line("o-5"), allocated=1),
    "backorders-in-turn": and_also(tables.ledger, entry("backorder_fill", "o-4", 1, sequence=99)),
    "every-change-is-told": with_row(("stock", "tea"), version=99),
    "no-more-leaves": with_row(line("o-1"), returned=4),
}


def test_a_shop_at_work_breaks_nothing():
    for prop in ALWAYS.values():
        assert prop.broken(View((BUSY,))) is None, prop.name


@pytest.mark.parametrize("name", BREAKING)
def test_an_invariant_is_broken_by_what_it_is_about(name):
    sentence = ALWAYS[name].broken(View((BREAKING[name],)))
    assert sentence is not None
    assert sentence.endswith(".")


@pytest.mark.parametrize("products", [("cup", "pot"), ("pot", "cup")])
def test_a_reservation_is_stuck_whichever_line_of_its_cart_is_looked_at(products):
    rows = BUSY
    for product, status in zip(products, ("CANCELLED", "UNPAID"), strict=True):
        line = {**LINE, "order_id": "c-1", "product_id": product, "status": status}
        rows = rows | rows_of((tables.order_lines, line))
    for order in (rows, dict(reversed(rows.items()))):
        said = ALWAYS["no-stuck-reservation"].broken(View((order,)))
        assert said == "r-1 is held for c-1, which is cancelled."


def test_every_invariant_is_tried():
    assert set(ALWAYS) - set(BREAKING) == {"every-command-ends"}  # that one needs no rows
    failed = View(({},), ("paid", "failed: 40P01"))
    assert ALWAYS["every-command-ends"].broken(failed) == "a customer's request failed: 40P01."


def test_the_same_run_has_the_same_ledger():
    first, second = (done(busy_shop(), lambda tx: _nothing(tx)) for _ in range(2))
    assert digest(first.table("ledger")) == digest(second.table("ledger"))


async def _nothing(tx):
    return None


def test_the_page_names_every_invariant():
    page = (Path(__file__).parents[2] / "docs/reference/properties.md").read_text("utf-8")
    assert all(f"\n| `{name}`" in page for name in ALWAYS)


def test_each_invariant_has_a_number_a_name_a_sentence_and_a_state_on_its_page():
    page = (Path(__file__).parents[2] / "docs/reference/inventory.md").read_text("utf-8")
    assert [one.number for one in INVARIANTS] == [f"I{number}" for number in range(1, 17)]
    for one in INVARIANTS:
        names = ", ".join(f"`{name}`" for name in one.names)
        assert f"\n| {one.number} | {names} | {one.sentence} | {one.checked} |\n" in page
    assert {name for one in INVARIANTS[:15] for name in one.names} == set(ALWAYS)


def test_runs_with_different_ledgers_are_told_apart():
    other = done(BUSY, lambda tx: book(tx, "increment", "tea", 1, command="other"))
    assert ledgers_differ(View((BUSY,)), View((busy_shop(),))) is None
    said = ledgers_differ(View((BUSY,)), other.view)
    assert said == "1 ledger entries are in one run and not in the other."
