"""Alarms ring whenever their property is broken, and sums follow every row that changes."""

import json
from random import Random

import pytest
from simulator_shops import shelf_key, shelf_row

from eventproof.simulator.alarms import Alarm, Standing, adding
from eventproof.simulator.inventory import metadata
from eventproof.simulator.inventory.alarms import ALARMS
from eventproof.simulator.inventory.invariants import ALWAYS
from eventproof.simulator.properties import View
from eventproof.simulator.tables import table_of

TABLES = {table.name: table_of(table) for table in metadata.sorted_tables}

VALUES = {
    "action": ("create", "allocate", "deallocate", "ship", "hold", "hold_release", "transfer_out",
               "receive", "expect_cancel", "backorder"),
    "after": ("[0]", "[1]"),
    "allocated": (None, 0, 1),
    "backordered": (0, 0, 1),
    "before": ("[0]", "[1]"),
    "cart_id": ("o-1", "o-2"),
    "cause": ("o-1", "o-2", "t-1"),
    "command_id": ("o-1", "t-1", None),
    "expires_at_s": (None, 9.0),
    "lines": (json.dumps([["tea", 1]]), json.dumps([["tea", 1], ["cup", 1]])),
    "order_id": ("o-1", "o-2"),
    "payment": ("PAID", "AUTHORISED", "OPEN"),
    "product_id": ("tea", "tea", "cup"),
    "purchase_order_id": ("p-1", "p-2"),
    "quantity": (1, 1, 2),
    "reservation_id": ("r-1", "r-2"),
    "sequence": (1, 2, 3),
    "source": ("north",),
    "target": ("south", "north"),
    "total": (1, 1, None),
    "transfer_id": ("t-1",),
    "warehouse_id": (None, "north", "south"),
}  # fmt: skip
"""Column -> what its rows say; few values, so that rows belong together. Others are counts."""

STATUSES = {
    "order_lines": ("PAID", "SHIPPED", "REFUSED", "OPEN", "CANCELLED"),
    "orders": ("CANCELLED", "COMPLETE", "PROCESSING", "OPEN", "REFUSED"),
    "payments": ("AUTHORISED", "CAPTURED", "REFUNDED"),
    "reservations": ("HELD", "HELD", "RELEASED"),
}

VAIN = ("counters-agree", "ledger-unbroken", "never-oversold")
"""Alarms that may ring where nothing is broken."""

RUNS, CHANGES = 150, 14


def drawn(random, name):
    """A row of a table, and its key."""
    table = TABLES[name]
    values = {column: _value(random, name, column) for column in table.columns}
    if name in ("warehouse_stock", "allocations"):
        values["warehouse_id"] = random.choice(("north", "south"))
    if name in ("stock", "warehouse_stock") and values["total"] is not None:
        counts = random.choice(((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)))
        values |= dict(zip(("available", "allocated", "held"), counts, strict=True))
    if name == "allocations" or (name == "order_lines" and random.random() < 0.7):
        values["allocated"] = random.choice((0, 1))
    if name == "ledger":
        values["entry_id"] = f"e-{random.randrange(6)}"
    return table.key_of(values), table.make(values)


def _value(random, table, column):
    if column == "status":
        return random.choice(STATUSES.get(table, ("OPEN", "CLOSED")))
    return random.choice(VALUES.get(column, (0, 0, 1)))


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_rings_with_the_change_that_breaks_its_property(name):
    random, prop, alarm = Random(name), ALWAYS[name], ALARMS[name]
    broken_anew = 0
    for _ in range(RUNS):
        rows = {}
        standing = Standing([alarm], rows)
        for _ in range(CHANGES):
            key, row = drawn(random, random.choice([*alarm.changes]))
            before, after = rows.get(key), row if random.random() < 0.7 else None
            rings = standing.ringing([(key, before, after)])
            changed = (
                {**rows, key: after} if after else {k: r for k, r in rows.items() if k != key}
            )
            if prop.broken(View((changed,))):
                assert rings, changed
                broken_anew += 1
                standing.ringing([(key, after, before)])  # taken back, so that it can break again
            else:
                assert not rings or name in VAIN, changed
                rows = changed
    assert broken_anew > 20  # or else nothing was tested


def test_every_invariant_with_an_alarm_has_it():
    assert {name for name, prop in ALWAYS.items() if prop.alarm is not None} == {*ALARMS}
    assert {"never-oversold", "ledger-balances"} <= {*ALARMS}


def units_of(row):
    yield row.shelf[0], "units", row.units


def moving(standing, shelf, was, now):
    """Whether the alarm rings when a shelf changes its units; None: the shelf is not there."""
    before, after = (None if n is None else shelf_row(shelf, n) for n in (was, now))
    return standing.ringing([(shelf_key(shelf), before, after)])


class TestSums:
    def alarm(self):
        return Alarm({"shelves": adding(units_of)}, lambda sums: sums["units"] > 2)

    def test_rows_of_a_group_add_up_and_are_taken_off_again(self):
        standing = Standing([self.alarm()], {shelf_key("a1"): shelf_row("a1", 1)})
        assert moving(standing, "a2", None, 1) == []
        assert moving(standing, "a2", 1, 2) == [0]
        assert moving(standing, "a1", 1, None) == []
        assert moving(standing, "b1", None, 2) == []
        assert moving(standing, "a2", 2, 3) == [0]

    def test_other_tables_and_other_alarms_are_left_alone(self):
        deaf = Alarm({"notes": adding(units_of)}, lambda _sums: True)
        standing = Standing([deaf, self.alarm()], {})
        assert moving(standing, "a1", None, 3) == [1]

    def test_what_is_wrong_from_the_start_rings_at_once(self):
        standing = Standing([self.alarm()], {shelf_key("a"): shelf_row("a", 3)})
        assert standing.ringing([]) == [0]
        assert standing.ringing([]) == []

    def test_a_row_that_was_and_is_not_there_changes_nothing(self):
        assert moving(Standing([self.alarm()], {}), "a", None, None) == []

    def test_a_group_of_nothing_is_forgotten(self):
        standing = Standing([self.alarm()], {})
        for number in range(9):
            moving(standing, f"{number}", None, 1)
            moving(standing, f"{number}", 1, None)
        assert standing._sums == [{}]
