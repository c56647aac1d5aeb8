"""A purchase on the whole engine: cart, checkout, payment, shipment, with every policy a choice.

`order_flow` shows the documented flow with any concurrency strategy, in as few steps as can be.
Here units, orders, payments and shipments are the engine's own, so all invariants have something
to look at, warehouses may give, and units may be allocated at any point:

- at the cart: held, for `hold_s` seconds, and taken over by the order when it is paid for;
- at the checkout, or just before the payment (the documented flow): allocated to the order;
- after the payment: when there is nothing then, the money is given back.

Three things that could be wrong: an order without units that is paid, units of a customer who gave
up, and a partial order that is paid in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from eventproof.simulator.context import Context, Transaction
from eventproof.simulator.errors import Refused
from eventproof.simulator.inventory import carts, fulfilment, orders, payments
from eventproof.simulator.inventory.allocation import lines_of, shares_of
from eventproof.simulator.inventory.reservations import reserve
from eventproof.simulator.inventory.sourcing import Sourcing
from eventproof.simulator.inventory.strategies import Journey
from eventproof.simulator.model import Customer


class Policy(NamedTuple):
    """How a shop sells."""

    allocate_at: str = "payment"
    """`cart`, `checkout`, `payment` or `after payment`."""
    partial: bool = False
    """Whether a customer takes what there is; else all or nothing."""
    backorder_up_to: int = 0
    """Units of a product that may be owed to all orders together."""
    sourcing: Sourcing | None = None
    """The warehouses that give; None: the shop's own stock. Not for carts, which hold at one."""
    hold_s: float = 600.0
    """How long a cart holds its units, where it does."""
    shipping: bool = True


def policy_of(said: Mapping[str, Any], among: Iterable[str]) -> Policy:
    """The policy that a scenario says; `among` are its warehouses, which give if there are any."""
    rest = dict(said)
    kind, one = rest.pop("sourcing", "priority"), rest.pop("warehouse", None)
    split, houses = rest.pop("split", True), tuple(among)
    return Policy(**rest, sourcing=Sourcing(houses, kind, one, split) if houses else None)


def purchase(policy: Policy = Policy()) -> Journey:  # noqa: B008 - an immutable record
    """The journey of a customer who buys their cart under a policy."""

    async def journey(customer: Customer, ctx: Context) -> str:
        held = policy.allocate_at == "cart"
        if held:
            await _fill_held_cart(customer, ctx, policy)
        order_id = await _check_out(customer, ctx, policy)
        if policy.allocate_at == "after payment":
            outcome = await _pay_first(ctx, order_id, policy)
        else:
            outcome = await _pay(customer, ctx, order_id, policy)
        if outcome != "AUTHORISED":
            return outcome.lower()
        async with ctx.transaction() as tx:
            await payments.capture(tx, _payment(order_id))
        if policy.shipping:
            await _ship(ctx, order_id)
        return "paid"

    return journey


async def _fill_held_cart(customer: Customer, ctx: Context, policy: Policy) -> None:
    now_s = await ctx.now()
    async with ctx.transaction() as tx:
        held = await reserve(
            tx,
            _hold(customer),
            cart_id=customer.name,
            lines=customer.cart,
            now_s=now_s,
            ttl_s=policy.hold_s,
            partial=policy.partial,
        )
        for product, quantity in held:
            await carts.add(tx, customer.name, product, quantity)


async def _check_out(customer: Customer, ctx: Context, policy: Policy) -> str:
    """The order, unpaid; allocated where the policy says so."""
    order_id = f"order-of-{customer.name}"
    checked = policy.sourcing is None and not policy.partial and not policy.backorder_up_to
    async with ctx.transaction() as tx:
        if checked and policy.allocate_at != "cart":
            for product, quantity in customer.cart:
                await carts.add(tx, customer.name, product, quantity)
    async with ctx.transaction() as tx:
        if checked or policy.allocate_at == "cart":
            await carts.check_out(tx, customer.name, order_id, customer_id=customer.name, amount=1)
        else:  # what there is need not be all that is wanted
            await orders.place(
                tx, order_id, customer_id=customer.name, lines=customer.cart, amount=1
            )
        if policy.allocate_at == "checkout":
            await _allocate(tx, order_id, policy)
    return order_id


async def _pay(customer: Customer, ctx: Context, order_id: str, policy: Policy) -> str:
    now_s = await ctx.now()
    async with ctx.transaction() as tx:
        if policy.allocate_at == "cart":
            hold, cart = _hold(customer), customer.name
            if not await orders.allocate_held(tx, order_id, hold, cart_id=cart, now_s=now_s):
                raise Refused(orders.TOO_LATE, "the cart's time is over")
        else:
            await _allocate(tx, order_id, policy)
        await payments.begin(tx, _payment(order_id), order_id, 1)
    return await _settle(ctx, order_id)


async def _pay_first(ctx: Context, order_id: str, policy: Policy) -> str:
    """The money first, then the units; and the money back where there are none."""
    async with ctx.transaction() as tx:
        await payments.begin(tx, _payment(order_id), order_id, 1, bind=False)
    outcome = await _settle(ctx, order_id)
    if outcome != "AUTHORISED":
        return outcome
    try:
        async with ctx.transaction() as tx:
            await _allocate(tx, order_id, policy)
    except Refused:
        async with ctx.transaction() as tx:
            await orders.cancel(tx, order_id, reason="OUT_OF_STOCK")
            await payments.void(tx, _payment(order_id))
        return "REFUNDED"
    return outcome


async def _settle(ctx: Context, order_id: str) -> str:
    said = payments.outcome_of(await ctx.call("payment", "authorise"))
    async with ctx.transaction() as tx:
        await payments.settle(tx, _payment(order_id), said)
    return said


async def _allocate(tx: Transaction, order_id: str, policy: Policy) -> None:
    await orders.allocate_order(
        tx,
        order_id,
        partial=policy.partial,
        backorder_up_to=policy.backorder_up_to,
        sourcing=policy.sourcing,
    )
    if policy.partial:
        await orders.cut_to_allocated(tx, order_id)


async def _ship(ctx: Context, order_id: str) -> None:
    """One shipment of each warehouse that gives, and one of the shop's own stock."""
    async with ctx.transaction() as tx:
        packed: dict[str | None, list[tuple[str, int]]] = {}
        for line in await lines_of(tx, order_id):
            shares = await shares_of(tx, line)
            own = line.allocated - sum(share.allocated for share in shares)
            for warehouse, units in [
                (None, own),
                *((s.warehouse_id, s.allocated) for s in shares),
            ]:
                if units:
                    packed.setdefault(warehouse, []).append((line.product_id, units))
        for warehouse, lines in packed.items():
            shipment = f"shipment-of-{order_id}-from-{warehouse or 'stock'}"
            await fulfilment.create_shipment(tx, shipment, order_id, lines, warehouse=warehouse)
            await fulfilment.dispatch(tx, shipment)


def _hold(customer: Customer) -> str:
    return f"hold-of-{customer.name}"


def _payment(order_id: str) -> str:
    return f"payment-of-{order_id}"


__all__ = ["Policy", "policy_of", "purchase"]
