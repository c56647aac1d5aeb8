"""What a customer of the orders shop does: add to the cart, check out, and race to pay."""

from __future__ import annotations

from eventproof import Context, Refused
from eventproof.simulator import Customer
from eventproof.simulator.inventory import SHORT_OF_STOCK

from .generated.inventory_service import GetInventoryStatus, UpdateInventory
from .orders_service import OrdersService


async def buy(customer: Customer, ctx: Context) -> str:
    """Two checks that hold nothing, then the stock, then the payment."""
    await _demand_stock(customer, ctx)  # added to the cart
    await _demand_stock(customer, ctx)  # checked out
    await _take(customer, ctx, -1)  # allocated just before the payment
    if await ctx.call("payment", "authorise") != "approve":
        await _take(customer, ctx, +1)
        return "declined"
    await OrdersService().confirm(customer, ctx)
    return "paid"


async def _demand_stock(customer: Customer, ctx: Context) -> None:
    for product, quantity in customer.cart:
        status = await ctx.request(GetInventoryStatus(product_id=product))
        if status["availableQuantity"] < quantity:
            raise Refused(SHORT_OF_STOCK)


async def _take(customer: Customer, ctx: Context, sign: int) -> None:
    for product, quantity in customer.cart:
        await ctx.request(
            UpdateInventory(
                product_id=product, quantity_change=sign * quantity, warehouse_id="main"
            )
        )
