"""Transfers between warehouses: units leave one, are on their way, and arrive at the other.

One record says where every unit is: at the source, in transit (incoming at the target), at the
target, or lost. Leaving is one transaction and arriving another, so a crash between the two loses
nothing: the units are in transit.

Three things that could be wrong: units that leave a warehouse that has not got them, units that
arrive twice, and a transfer in two halves of which one is forgotten.
"""

from __future__ import annotations

from typing import Any

from eventproof.simulator.context import Transaction, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.ledger import book
from eventproof.simulator.inventory.messaging import first_time
from eventproof.simulator.inventory.quantities import demand_amounts
from eventproof.simulator.inventory.tables import transfers

CANNOT = 422


async def send(
    tx: Transaction, transfer_id: str, product: str, quantity: int, *, source: str, target: str
) -> bool:
    """Units leave `source` for `target`; whether this transfer is new.

    `Refused` 422 where fewer are available, the target does not keep the product, or is the
    source.
    """
    demand_amounts(quantity)
    if source == target:
        raise Refused(CANNOT, f"{source} is not on the way to itself")
    new = await tx.insert(
        transfers,
        transfer_id=transfer_id,
        product_id=product,
        source=source,
        target=target,
        quantity=quantity,
        received=0,
        lost=0,
        status="IN_TRANSIT",
        on_conflict="nothing",
    )
    if not new:
        return False
    # One lock order for everybody: two transfers in opposite directions do not wait in a circle.
    for warehouse in sorted((source, target)):
        action = "transfer_out" if warehouse == source else "expect"
        booked = await book(
            tx, action, product, quantity, command=transfer_id, warehouse=warehouse
        )
        if booked is None:
            raise Refused(CANNOT, f"{warehouse} cannot take part with {quantity} of {product}")
    return True


async def arrive(
    tx: Transaction, transfer_id: str, quantity: int, *, arrival_id: str, lost: int = 0
) -> bool:
    """Units of a transfer came to the target, and some were lost; whether this arrival is new.

    `Refused` 404 and 409: no such transfer, or more than is on its way.
    """
    demand_amounts(quantity, lost)
    transfer: Any = await tx.get_for_update(transfers, transfer_id)
    if transfer is None:
        raise Refused(404)
    if not await first_time(tx, f"arrival:{arrival_id}"):
        return False
    left = in_transit(transfer) - quantity - lost
    if left < 0:
        raise Refused(409, f"{in_transit(transfer)} are on their way")
    status = "PARTIALLY_RECEIVED" if left else "RECEIVED"
    await tx.update(
        transfers, transfer_id, received=plus(quantity), lost=plus(lost), status=status
    )
    for action, units in (("receive", quantity), ("expect_cancel", lost)):
        if units and not await book(
            tx,
            action,
            transfer.product_id,
            units,
            command=arrival_id,
            cause=transfer_id,
            warehouse=transfer.target,
        ):
            raise Refused(CANNOT, f"{transfer.target} expects no {units} of it")
    return True


def in_transit(transfer: Any) -> int:
    """Units of a transfer that are on their way."""
    units: int = transfer.quantity - transfer.received - transfer.lost
    return units


__all__ = ["arrive", "in_transit", "send"]
