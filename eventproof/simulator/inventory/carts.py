"""Carts and checkouts: what a customer wants, held against what there is, and bound to nothing.

Both checks look at one product's available units and at what the cart itself has reserved, never
at what other carts want, nor, when a product is added, at what is in the cart already. So more may
be in carts, and checked out, than there is. A line has one warehouse: naming another moves it.

Three things that could be wrong: a customer who is refused because of their own reservation, an
error that tells more than the documents allow, and a checkout that makes two orders.
"""

from __future__ import annotations

import json
from typing import Any

from eventproof.simulator.context import Transaction, equal, plus
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.orders import place
from eventproof.simulator.inventory.quantities import demand_amounts, quantities_of
from eventproof.simulator.inventory.stock_transactions import cart_error_body
from eventproof.simulator.inventory.tables import cart_lines, items, level_of, reservations

NOT_FOUND = 404


async def available_to(
    tx: Transaction, product: str, *, cart_id: str, warehouse: str | None = None
) -> int:
    """Units that a cart could buy: those for sale and those that it has reserved itself."""
    table, key = level_of(product, warehouse)
    level = quantities_of(await tx.get(table, key))
    if level is None:
        return 0
    own = await tx.select(reservations, equal(cart_id=cart_id, status="HELD"))
    reserved: int = sum(
        quantity
        for row in own
        if row.warehouse_id == warehouse and row.expires_at_s is not None
        for held, quantity in json.loads(row.lines)
        if held == product
    )
    for_sale: int = level.available
    return for_sale + reserved


async def add(
    tx: Transaction,
    cart_id: str,
    product: str,
    quantity: int,
    *,
    warehouse: str | None = None,
    detail: str = "none",
) -> int:
    """Put units into a cart; how many of the product are then in it.

    `Refused` 400 when fewer are there than are added. `detail` is `none` or `product`: whether
    the error names the product, on which the documents differ.
    """
    demand_amounts(quantity)
    await _demand(tx, cart_id, product, quantity, warehouse, detail)
    place_of = {"cart_id": cart_id, "product_id": product}
    new = await tx.insert(
        cart_lines, **place_of, quantity=quantity, warehouse_id=warehouse, on_conflict="nothing"
    )
    if not new:
        key = (cart_id, product)
        await tx.update(cart_lines, key, quantity=plus(quantity), warehouse_id=warehouse)
    line: Any = await tx.get(cart_lines, (cart_id, product))
    in_cart: int = line.quantity
    return in_cart


async def remove(tx: Transaction, cart_id: str, product: str) -> bool:
    """Take a product out of a cart; whether it was in it."""
    return await tx.delete(cart_lines, (cart_id, product))


async def check_out(
    tx: Transaction,
    cart_id: str,
    order_id: str,
    *,
    customer_id: str,
    amount: int,
    detail: str = "none",
) -> bool:
    """The final check, and an unpaid order of what is in the cart; whether the order is new.

    `Refused` 400 when a line is short, 404 when the cart is empty.
    """
    lines = await tx.select(cart_lines, equal(cart_id=cart_id))
    if not lines:
        raise Refused(NOT_FOUND)
    for line in lines:
        await _demand(tx, cart_id, line.product_id, line.quantity, line.warehouse_id, detail)
    wanted = [(line.product_id, line.quantity) for line in lines]
    return await place(tx, order_id, customer_id=customer_id, lines=wanted, amount=amount)


async def _demand(
    tx: Transaction,
    cart_id: str,
    product: str,
    quantity: int,
    warehouse: str | None,
    detail: str,
) -> None:
    if quantity <= await available_to(tx, product, cart_id=cart_id, warehouse=warehouse):
        return
    item: Any = await tx.get(items, product) if detail == "product" else None
    name, sku = (item.name or "", item.sku or "") if item is not None else ("", "")
    body = cart_error_body(product, name=name, sku=sku, detail=detail)
    raise Refused(int(body["status"]), body.get("detail", ""))


__all__ = ["add", "available_to", "check_out", "remove"]
