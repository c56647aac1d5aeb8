"""The documented order flow, from a customer's side, straight on the engine.

1. Added to the cart: enough available? If not, 400 and nothing more is said.
2. Checked out: the final check, and an unpaid order.
3. Paid: stock is allocated just before the payment; if the payment fails, it is given back.
4. Shipped: the allocation is reduced and with it the total.

Nothing is held before step 3: "it's a race for your customers to pay". So more may be in carts,
and checked out, than there is in stock; never may more be paid for.

Other shops allocate earlier, at the cart or the checkout, and some only after the payment: then
customers pay for what is not there, and get their money back.
"""

from __future__ import annotations

from eventproof.simulator.context import Context
from eventproof.simulator.durations import Length
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory.engine import SHORT_OF_STOCK
from eventproof.simulator.inventory.strategies import STRATEGIES, Journey, Strategy
from eventproof.simulator.inventory.tables import order_lines
from eventproof.simulator.model import Customer

ALLOCATION_POINTS = ("cart", "checkout", "payment", "after payment")
"""When stock is allocated; the documented flow does it just before the payment."""


def order_flow(
    *,
    allocate: str = "guarded",
    allocate_at: str = "payment",
    shipping: bool = True,
    think_time_s: Length = 0.0,
) -> Journey:
    """The journey of a customer; `allocate` names one of `STRATEGIES`."""
    strategy = STRATEGIES[allocate]

    async def check_or_allocate(customer: Customer, ctx: Context, point: str) -> None:
        await ctx.sleep(think_time_s)
        if point == allocate_at:
            await strategy.take(ctx, customer.cart, customer.name)
        elif not (allocate_at == "cart" or point == "payment"):
            await _demand_stock(strategy, customer, ctx)

    async def journey(customer: Customer, ctx: Context) -> str:
        await check_or_allocate(customer, ctx, "cart")
        await check_or_allocate(customer, ctx, "checkout")
        await _set_lines(customer, ctx, "UNPAID")
        await check_or_allocate(customer, ctx, "payment")
        if await ctx.call("payment", "authorise") != "approve":
            await _cancel(strategy, customer, ctx, allocated=allocate_at != "after payment")
            return "declined"
        await _set_lines(customer, ctx, "PAID")
        if allocate_at == "after payment":
            try:
                await strategy.take(ctx, customer.cart, customer.name)
            except Refused:
                await _set_lines(customer, ctx, "REFUNDED")
                return "refunded"
        if shipping:
            await _ship(strategy, customer, ctx)
        return "paid"

    return journey


async def _demand_stock(strategy: Strategy, customer: Customer, ctx: Context) -> None:
    async with ctx.transaction() as tx:
        for product, quantity in customer.cart:
            if await strategy.look(tx, product) < quantity:
                raise Refused(SHORT_OF_STOCK)


async def _set_lines(customer: Customer, ctx: Context, status: str) -> None:
    async with ctx.transaction() as tx:
        for product, quantity in customer.cart:
            if status == "UNPAID":
                await tx.insert(
                    order_lines,
                    order_id=customer.name,
                    product_id=product,
                    quantity=quantity,
                    status=status,
                )
            else:
                await tx.update(order_lines, (customer.name, product), status=status)


async def _cancel(
    strategy: Strategy, customer: Customer, ctx: Context, *, allocated: bool
) -> None:
    async with ctx.transaction() as tx:
        for product, quantity in customer.cart:
            if allocated:
                await strategy.give_back(tx, product, quantity, customer.name)
            await tx.update(order_lines, (customer.name, product), status="CANCELLED")


async def _ship(strategy: Strategy, customer: Customer, ctx: Context) -> None:
    async with ctx.transaction() as tx:
        for product, quantity in customer.cart:
            await strategy.ship(tx, product, quantity, customer.name)
            await tx.update(order_lines, (customer.name, product), status="SHIPPED")


__all__ = ["ALLOCATION_POINTS", "order_flow"]
