"""The inventory engine: quantities, an immutable ledger, and what commerce does with them.

The quantities of a product are total, available, allocated, held, safety stock, incoming and
backordered; total = available + allocated + held + safety stock. Every change of them has an entry
in the ledger, whose sum must give them again. Handlers use the tables directly or the operations
here; all of it is ordinary steps of `ctx`, so all of it can race.
"""

from eventproof.simulator.inventory import (
    batches,
    carts,
    fulfilment,
    messaging,
    orders,
    payments,
    replenishment,
    stock_transactions,
    tables,
    transfers,
)
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
from eventproof.simulator.inventory.invariants import (
    ALWAYS,
    INVARIANTS,
    SOMETIMES,
    Invariant,
    ledgers_differ,
    observe,
)
from eventproof.simulator.inventory.ledger import (
    Drift,
    Level,
    as_of,
    book,
    digest,
    drifts,
    rebuild,
    reconcile,
)
from eventproof.simulator.inventory.opening import (
    initial_rows,
    level_rows,
    rows_of,
    warehouse_rows,
)
from eventproof.simulator.inventory.order_flow import order_flow
from eventproof.simulator.inventory.purchase import Policy, policy_of, purchase
from eventproof.simulator.inventory.quantities import EFFECTS, Quantities, quantities_of
from eventproof.simulator.inventory.reservations import (
    consume,
    expire,
    extend,
    one_line_a_product,
    release_hold,
    reserve,
    sweep,
)
from eventproof.simulator.inventory.sourcing import Share, Sourcing, Supply, over_all, plan, source
from eventproof.simulator.inventory.stock_transactions import cart_error_body, error_body
from eventproof.simulator.inventory.strategies import STRATEGIES, Strategy, contest, racing
from eventproof.simulator.inventory.tables import (
    items,
    ledger,
    level_of,
    metadata,
    order_lines,
    reservations,
    stock,
    warehouse_stock,
    warehouses,
)

__all__ = [
    "ALWAYS",
    "EFFECTS",
    "INVARIANTS",
    "SHORT_OF_STOCK",
    "SOMETIMES",
    "STRATEGIES",
    "Drift",
    "Invariant",
    "Level",
    "Policy",
    "Quantities",
    "Share",
    "Sourcing",
    "Strategy",
    "Supply",
    "allocate_guarded",
    "allocate_naive",
    "as_of",
    "available",
    "batches",
    "book",
    "cart_error_body",
    "carts",
    "consume",
    "contest",
    "deallocate",
    "digest",
    "drifts",
    "error_body",
    "expire",
    "extend",
    "fulfilment",
    "hold",
    "initial_rows",
    "items",
    "ledger",
    "ledgers_differ",
    "level_of",
    "level_rows",
    "messaging",
    "metadata",
    "observe",
    "one_line_a_product",
    "order_flow",
    "order_lines",
    "orders",
    "over_all",
    "payments",
    "plan",
    "policy_of",
    "purchase",
    "quantities_of",
    "racing",
    "rebuild",
    "reconcile",
    "record",
    "release",
    "release_hold",
    "replenishment",
    "reservations",
    "reserve",
    "rows_of",
    "ship",
    "source",
    "stock",
    "stock_transactions",
    "sweep",
    "tables",
    "transfers",
    "warehouse_rows",
    "warehouse_stock",
    "warehouses",
]
