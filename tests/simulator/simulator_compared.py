"""The engine's rows and the reference, side by side; and one command on both, with crashes."""

import json
from collections import Counter
from random import Random

from simulator_commands import UNITS, asked, drawn, rows_at_first
from simulator_reference import COUNTS, Reference, owed
from simulator_stock import run

from eventproof.simulator.inventory import ALWAYS, rebuild
from eventproof.simulator.properties import View

DRAWS, IN_VAIN = 8, 0.05
"""A command without effect is drawn again so often, but for a few."""


def seen_in(rows):
    """The engine's rows, in the words of the reference."""
    view = View((rows,))
    seen = {"levels": {}, "lines": {}, "shares": {}}
    for table in ("stock", "warehouse_stock"):
        for row in view.table(table):
            place = row.product_id, getattr(row, "warehouse_id", None)
            seen["levels"][place] = {name: getattr(row, name) for name in COUNTS}
            there = row.available + row.allocated + row.held + row.safety_stock
            assert row.total == there, place
    for row in view.table("order_lines"):
        counts = (row.quantity, row.allocated, row.picked, row.backordered, row.shipped)
        seen["lines"][row.order_id, row.product_id] = (*counts, row.returned)
    for row in view.table("allocations"):
        if row.allocated or row.picked or row.backordered:
            place = row.order_id, row.product_id, row.warehouse_id
            seen["shares"][place] = row.allocated, row.picked, row.backordered
    seen["orders"] = {
        row.order_id: (row.status == "CANCELLED", row.revision) for row in view.table("orders")
    }
    seen["payments"] = {
        row.payment_id: (row.status, row.captured, row.refunded) for row in view.table("payments")
    }
    seen["parcels"] = {row.shipment_id: row.status for row in view.table("shipments")}
    seen["holds"] = {
        row.reservation_id: (row.status, row.expires_at_s, row.extensions, json.loads(row.lines))
        for row in view.table("reservations")
    }
    seen["purchases"] = sorted(
        (row.quantity, row.received, row.status == "CLOSED")
        for row in view.table("purchase_orders")
    )
    seen["transfers"] = {
        row.transfer_id: (row.quantity, row.received, row.lost) for row in view.table("transfers")
    }
    return seen


def seen_of(plain):
    """The reference, in the same words."""
    lines, shares = {}, {}
    for order, found in plain.orders.items():
        for product, line in found["lines"].items():
            has, picked = sum(line["has"].values()), sum(line["picked"].values())
            lines[order, product] = (
                line["want"], has, picked, owed(line), line["left"], line["back"],
            )  # fmt: skip
            for house in {*line["has"], *line["owed"]}:
                at_house = tuple(line[name].get(house, 0) for name in ("has", "picked", "owed"))
                if house is not None and any(at_house):
                    shares[order, product, house] = at_house
    return {
        "levels": plain.levels,
        "lines": lines,
        "shares": shares,
        "orders": {n: (o["cancelled"], o["revision"]) for n, o in plain.orders.items()},
        "payments": {
            n: (p["status"], p["captured"], p["refunded"]) for n, p in plain.payments.items()
        },
        "parcels": {n: p["status"] for n, p in plain.parcels.items()},
        "holds": {
            n: (h["status"], h["until"], h["extended"], [list(x) for x in h["lines"].items()])
            for n, h in plain.holds.items()
        },
        "purchases": sorted((p["ordered"], p["received"], p["closed"]) for p in plain.purchases),
        "transfers": {
            n: (t["sent"], t["received"], t["lost"]) for n, t in plain.transfers.items()
        },
    }


def one_more(rows, plain, name, arguments):
    """The rows and the reference after a command that crashed anywhere and was tried again.

    From everything that a crash at any of its steps can leave behind, the command tried again
    must end where it ends without a crash, and where the reference ends.
    """
    after, refused = plain.do(name, arguments)
    if name == "wait":
        return rows, after
    work, says = asked(name, arguments, plain.now), (arguments.get("says", "approve"),)
    first = run(rows, work, answers=says)
    said = first.outcome
    assert not said.startswith("failed"), (name, arguments, said)
    assert said.startswith("refused") is refused, (name, arguments, said)
    expected = seen_of(after)
    crashed = [rows] if refused else [*first.moments, first.rows]
    for left_behind in distinct(crashed):
        again = run(left_behind, work, answers=says)
        assert not again.outcome.startswith("failed"), (name, arguments, again.outcome)
        assert seen_in(again.rows) == expected, (name, arguments)
    sound(first.rows, after)
    return first.rows, after


def distinct(crashed):
    """What may be left behind, each once."""
    different = []
    for rows in crashed:
        if rows not in different:
            different.append(rows)
    return different


def sound(rows, plain):
    """Every invariant holds, and the engine's ledger and the plain list sum to the stock."""
    view = View((rows,))
    assert [prop.broken(view) for prop in ALWAYS.values() if prop.broken(view)] == []
    booked = rebuild(view.table("ledger"))
    for place, level in plain.levels.items():
        summed = dict.fromkeys(COUNTS, 0)
        for changed, changes in plain.entries:
            for name, units in changes.items():
                summed[name] += units if changed == place else 0
        assert summed == level
        entered = booked[place]._asdict()
        assert {name: entered[name] for name in COUNTS} == level, place


def a_life(seed, commands):
    """Random commands, one after the other; how often each had an effect."""
    random, rows, plain = Random(seed), rows_at_first(), Reference(UNITS)
    effects = Counter()
    for number in range(commands):
        before = seen_of(plain)
        for _ in range(DRAWS):
            name, arguments = drawn(random, plain, number)
            effect = seen_of(plain.do(name, arguments)[0]) != before
            if effect or random.random() < IN_VAIN:
                break
        rows, plain = one_more(rows, plain, name, arguments)
        effects[name] += effect
    return effects
