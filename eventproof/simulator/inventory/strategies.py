"""Concurrency strategies by name: how several customers take units at the same time.

A strategy is data: how stock is kept at the start, how one looks, takes, gives back and ships, and
whether it is right. A right one never oversells and never fails a customer who could be served; a
wrong one does one of the two in some order of the steps. `racing` is the shortest journey that
shows it (take, and pay), `contest` the smallest shop in which it is run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

from eventproof.simulator.context import Context, Transaction
from eventproof.simulator.inventory import ways_beside_the_row as beside
from eventproof.simulator.inventory import ways_on_the_row as on_row
from eventproof.simulator.inventory.engine import available, deallocate, ship
from eventproof.simulator.inventory.invariants import command_failed, oversold
from eventproof.simulator.inventory.opening import initial_rows, rows_of
from eventproof.simulator.inventory.tables import (
    leases,
    metadata,
    order_lines,
)
from eventproof.simulator.model import Customer, Model
from eventproof.simulator.properties import Always, Sometimes
from eventproof.simulator.steps import Isolation
from eventproof.simulator.tables import Key, Row

Journey = Callable[[Customer, Context], Coroutine[Any, Any, str]]
Return = Callable[[Transaction, str, int, str], Awaitable[None]]


async def _deallocate(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    await deallocate(tx, product, quantity, cause=cause)


async def _ship(tx: Transaction, product: str, quantity: int, cause: str) -> None:
    await ship(tx, product, quantity, cause=cause)


@dataclass(frozen=True)
class Strategy:
    """One way to keep stock and to take from it."""

    name: str
    right: bool
    sentence: str
    """What it does, and why it is right or wrong."""
    take: on_row.Take
    breaks: str | None = None
    """The `always` property that it breaks, where it is wrong."""
    rows: Callable[[Mapping[str, int]], dict[Key, Row]] = initial_rows
    """Units of each product -> the rows at the start."""
    look: Callable[[Transaction, str], Awaitable[int]] = available
    give_back: Return = _deallocate
    ship: Return = _ship
    outcomes: Mapping[str, tuple[str, ...]] | None = None
    """What systems beside the database may answer."""


def _with_lease(received: Mapping[str, int]) -> dict[Key, Row]:
    return initial_rows(received) | rows_of((leases, {"name": "stock"}))


OVERSOLD = "never-oversold"

_UNITS = Strategy(
    "units",
    right=True,
    sentence="one row a unit, taken with SKIP LOCKED: nobody waits, and a unit has one owner",
    take=beside.take_units,
    rows=beside.unit_rows,
    look=beside.units_available,
    give_back=beside.give_units_back,
    ship=beside.ship_units,
)
_BUCKETS = Strategy(
    "buckets",
    right=True,
    sentence="a guarded update on one of several rows: customers meet less often",
    take=beside.take_from_buckets,
    rows=beside.bucket_rows,
    look=beside.in_buckets,
    give_back=beside.put_into_a_bucket,
    ship=beside.nothing_more,
)
_APPEND = Strategy(
    "append",
    right=False,
    breaks=OVERSOLD,
    sentence="entered in the ledger without a look: nothing ever says no",
    take=beside.append,
    rows=beside.entries_only,
    look=beside.summed,
    give_back=beside.append_deallocation,
    ship=beside.append_shipment,
)

STRATEGIES: Mapping[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy(
            "guarded",
            right=True,
            sentence="one update tests and takes at once, on the newest version of the row",
            take=on_row.guarded,
        ),
        Strategy(
            "locked",
            right=True,
            sentence="each row is locked before it is read, in one order for everybody",
            take=on_row.locked,
        ),
        Strategy(
            "optimistic",
            right=True,
            sentence="a write demands the version that was read; who comes too late starts again",
            take=on_row.optimistic,
            give_back=on_row.deallocate_by_version,
            ship=on_row.ship_by_version,
        ),
        Strategy(
            "snapshot-retry",
            right=True,
            sentence="read and write in one snapshot; who comes too late gets 40001 and starts "
            "again",
            take=on_row.snapshot_with_retry,
        ),
        Strategy(
            "serializable-retry",
            right=True,
            sentence="read and write at SERIALIZABLE; who would not fit in gets 40001 and starts "
            "again",
            take=on_row.serializable_with_retry,
        ),
        Strategy(
            "single-writer",
            right=True,
            sentence="one at a time for the whole shop, behind one row that is locked",
            take=on_row.single_writer,
            give_back=on_row.deallocate_alone,
            ship=on_row.ship_alone,
            rows=_with_lease,
        ),
        _UNITS,
        _BUCKETS,
        replace(
            _APPEND,
            name="append-serializable",
            right=True,
            breaks=None,
            sentence="the ledger is added up, then entered, at SERIALIZABLE: who read what "
            "another added to gets 40001 and starts again",
            take=beside.sum_and_append_serializably,
        ),
        Strategy(
            "naive",
            right=False,
            breaks=OVERSOLD,
            sentence="read, decide, write back: two who read before either writes take one unit",
            take=on_row.naive,
        ),
        Strategy(
            "unguarded",
            right=False,
            breaks=OVERSOLD,
            sentence="read, decide, subtract in the database: no update is lost, and stock falls "
            "below zero",
            take=on_row.unguarded,
        ),
        Strategy(
            "locked-unordered",
            right=False,
            breaks="every-command-ends",
            sentence="as `locked`, in the order of the cart: two carts wait for each other, and "
            "one fails with 40P01",
            take=on_row.locked_unordered,
        ),
        Strategy(
            "locked-nowait",
            right=False,
            breaks="every-command-ends",
            sentence="as `locked`, but who would wait gets 55P03 and tries again: a few unlucky "
            "tries, and the customer fails though there is stock",
            take=on_row.locked_nowait,
        ),
        Strategy(
            "skip-locked",
            right=False,
            breaks=OVERSOLD,
            sentence="who finds the row locked books beside it, and the units are booked twice",
            take=on_row.skip_locked_fall_through,
        ),
        Strategy(
            "advisory-lock",
            right=False,
            breaks=OVERSOLD,
            sentence="as `naive`, under a lock that expires while its holder still writes",
            take=on_row.advisory_lock,
            rows=_with_lease,
            outcomes={"lease": ("held", "expired")},
        ),
        _APPEND,
        replace(
            _APPEND,
            name="append-checked",
            sentence="the ledger is added up, then entered: nobody writes what another reads, so "
            "both go through",
            take=beside.sum_and_append,
        ),
        replace(
            _APPEND,
            name="append-snapshot",
            sentence="the same in one snapshot: write skew, which REPEATABLE READ does not see",
            take=beside.sum_and_append_in_a_snapshot,
        ),
    )
}
"""The strategies that a scenario may name."""


def contest(
    strategy: Strategy, *, customers: int, isolation: Isolation = Isolation.READ_COMMITTED
) -> Model:
    """Customers who want a cup and tea each, every other one in the other order.

    There is a cup too few, and tea for all: were both short, whoever waited for the cup would look
    at the tea only after the other had taken it, and the wrong strategies would look right.
    """
    cart = (("cup", 1), ("tea", 1))
    contestants = tuple(
        Customer(f"customer-{number}", cart if number % 2 else cart[::-1])
        for number in range(1, customers + 1)
    )
    return Model(
        customers=contestants,
        journey=racing(strategy),
        rows=strategy.rows({"cup": customers - 1, "tea": customers}),
        routes={},
        outcomes=strategy.outcomes or {},
        isolation=isolation,
        always=(
            Always(OVERSOLD, oversold, sees_outcomes=False),
            Always("every-command-ends", command_failed),
        ),
        sometimes=(Sometimes("somebody paid", lambda view: "paid" in view.outcomes),),
        fault_of=lambda _message, _version: None,
        tables=tuple(metadata.sorted_tables),
    )


def racing(strategy: Strategy) -> Journey:
    """Take the cart's units, and pay; nothing else."""

    async def journey(customer: Customer, ctx: Context) -> str:
        await strategy.take(ctx, customer.cart, customer.name)
        async with ctx.transaction() as tx:
            for product, quantity in customer.cart:
                await tx.insert(
                    order_lines,
                    order_id=customer.name,
                    product_id=product,
                    quantity=quantity,
                    status="PAID",
                )
        return "paid"

    return journey


__all__ = ["STRATEGIES", "Strategy", "contest", "racing"]
