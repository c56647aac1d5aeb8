"""What a customer of the Acme shop does: add to the cart, check out, and race to pay."""

from __future__ import annotations

from eventproof import Context, Refused
from eventproof.simulator import Customer
from eventproof.simulator.inventory import SHORT_OF_STOCK

from .generated.checkout_orchestrator import PlaceOrder, PlaceOrderItem
from .generated.inventory_service import GetStockLevel

THINK_TIME_S = 5.0
"""Mean pause before the cart and before the checkout, in simulated seconds."""


async def buy(customer: Customer, ctx: Context) -> str:
    """One visit to the storefront, up to the placed order."""
    await ctx.sleep(THINK_TIME_S)
    for product, quantity in customer.cart:
        level = await ctx.request(GetStockLevel(product_id=product))
        if level["available"] < quantity:
            raise Refused(SHORT_OF_STOCK)
    await ctx.sleep(THINK_TIME_S)
    await ctx.request(
        PlaceOrder(
            cart_id=f"cart-of-{customer.name}",
            customer_id=customer.name,
            items=tuple(
                PlaceOrderItem(product_id=product, quantity=quantity)
                for product, quantity in customer.cart
            ),
        )
    )
    return "ordered"
