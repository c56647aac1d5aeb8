"""The inventory engine: quantities, an immutable ledger, the order flow, and its invariants.

The quantities of a product are total, available and allocated, and total = available + allocated.
Every change of them has an entry in the ledger, whose sum must give them again. Handlers use the
tables directly or the operations of `engine`; both are ordinary steps, so both can race.
"""

from eventproof.simulator.inventory.engine import (
    SHORT_OF_STOCK,
    allocate_guarded,
    allocate_naive,
    available,
    deallocate,
    hold,
    record,
    release,
    ship,
)
from eventproof.simulator.inventory.invariants import ALWAYS, SOMETIMES, observe
from eventproof.simulator.inventory.order_flow import order_flow
from eventproof.simulator.inventory.tables import (
    initial_rows,
    ledger,
    metadata,
    order_lines,
    reservations,
    stock,
)

__all__ = [
    "ALWAYS",
    "SHORT_OF_STOCK",
    "SOMETIMES",
    "allocate_guarded",
    "allocate_naive",
    "available",
    "deallocate",
    "hold",
    "initial_rows",
    "ledger",
    "metadata",
    "observe",
    "order_flow",
    "order_lines",
    "record",
    "release",
    "reservations",
    "ship",
    "stock",
]
