"""The commands of `simulator_reference` on the engine, and drawn at random.

A command is a name and arguments. `asked` does it on the engine, the same however often it is
tried; `drawn` draws one that has a chance to be possible.
"""

from simulator_reference import HOUSES, RULES

from eventproof.simulator import equal
from eventproof.simulator.inventory import (
    Quantities,
    Sourcing,
    batches,
    expire,
    extend,
    fulfilment,
    level_rows,
    orders,
    payments,
    release_hold,
    replenishment,
    reserve,
    rows_of,
    sweep,
    tables,
    transfers,
)

UNITS = {("tea", None): 5, ("cup", None): 6, ("pot", "north"): 3, ("pot", "south"): 2}
FROM_STOCK = tuple(f"o-{number}" for number in range(1, 7))
SOURCED = tuple(f"w-{number}" for number in range(1, 5))
SUBSCRIPTIONS = {"o-1": "s-1", "o-2": "s-1", "w-1": "s-2"}
SOURCES = (("priority", None, True), ("best", None, True), ("sticky", "south", True),
           ("priority", None, False))  # fmt: skip
SAYS = ("approve", "approve", "approve", "decline", "time out")
AMOUNT, LIMIT = 10, 5
TTL = 60.0
HOLDS = ("h-1", "h-2", "h-3", "h-4", "h-5", "h-6")
FREELY = ("increment", "decrement", "allocate", "deallocate", "ship", "set")


def rows_at_first():
    rows = {}
    for (product, house), (point, lot) in RULES.items():
        rule = {"reorder_point": point, "reorder_quantity": lot, "lead_time_s": 60.0}
        place = {"product_id": product, "warehouse_id": house}
        if house is None:
            rows |= rows_of((tables.reorder_rules, {"product_id": product, **rule}))
        else:
            rows |= rows_of((tables.warehouse_reorder_rules, {**place, **rule}))
    for name, priority in HOUSES.items():
        house = {"warehouse_id": name, "priority": priority, "enabled": True}
        rows |= rows_of((tables.warehouses, house))
    for (product, house), units in UNITS.items():
        rows |= level_rows(product, Quantities(units, units), warehouse=house)
    return rows


def sourcing(sources):
    if not sources:
        return None
    policy, sticky, split = sources
    return Sourcing(tuple(HOUSES), policy, sticky, split)


def asked(name, a, now):
    """The engine's command, a coroutine function of its context."""

    async def work(ctx):
        if name in IN_PARTS:
            return str(await IN_PARTS[name](ctx, a, now))
        async with ctx.transaction() as tx:
            return str(await AT_ONCE[name](tx, a, now))

    return work


async def _batch(ctx, a, _now):
    update = batches.update_all if a["atomic"] else batches.update_each
    reports = await update(ctx, [batches.Update(*one) for one in a["updates"]])
    return "refused" if a["atomic"] and any(r.status == "refused" for r in reports) else "done"


async def _pay(ctx, a, _now):
    bound = {"backorder_up_to": a["limit"], "sourcing": sourcing(a["sources"])}
    return await payments.pay(ctx, a["order"], a["payment"], a["amount"], **bound)


async def _numbered(tx, a):
    bought = {"product_id": a["product"], "warehouse_id": a["place"]}
    found = await tx.select(tables.purchase_orders, equal(**bought))
    names = sorted((row.purchase_order_id for row in found), key=lambda n: int(n.split("#")[1]))
    return names[a["number"]] if a["number"] < len(names) else "none"


async def _deliver(tx, a, _now):
    name = await _numbered(tx, a)
    return await replenishment.receive(tx, name, a["n"], delivery_id=a["delivery"])


async def _close(tx, a, _now):
    return await replenishment.close(tx, await _numbered(tx, a))


IN_PARTS = {
    "batch": _batch,
    "pay": _pay,
    "sweep": lambda ctx, a, now: sweep(ctx, now_s=now),
    "end_subscription": lambda ctx, a, now: orders.cancel_subscription(ctx, a["subscription"]),
    "fill": lambda ctx, a, now: orders.fill_backorders(ctx, a["product"], warehouse=a["place"]),
}

AT_ONCE = {
    "hold": lambda tx, a, now: reserve(
        tx, a["hold"], cart_id=a["cart"], lines=a["lines"].items(), now_s=now, ttl_s=a["ttl"],
        partial=a["partial"], warehouse=a["house"], instead_of=a["instead_of"],
    ),
    "extend": lambda tx, a, now: extend(
        tx, a["hold"], cart_id=a["cart"], now_s=now, ttl_s=a["ttl"], at_most=2
    ),
    "release": lambda tx, a, now: release_hold(tx, a["hold"], cart_id=a["cart"]),
    "lapse": lambda tx, a, now: expire(tx, a["hold"], now_s=now),
    "take_over": lambda tx, a, now: orders.allocate_held(
        tx, a["order"], a["hold"], cart_id=a["cart"], now_s=now
    ),
    "place": lambda tx, a, now: orders.place(
        tx, a["order"], customer_id="ada", lines=a["lines"].items(), amount=a["amount"],
        subscription_id=a["subscription"],
    ),
    "allocate": lambda tx, a, now: orders.allocate_order(
        tx, a["order"], partial=a["partial"], backorder_up_to=a["limit"],
        sourcing=sourcing(a["sources"]),
    ),
    "amend": lambda tx, a, now: orders.amend(
        tx, a["order"], revision=a["revision"], lines=a["lines"], backorder_up_to=a["limit"],
        sourcing=sourcing(a["sources"]),
    ),
    "cancel": lambda tx, a, now: orders.cancel(tx, a["order"], reason="FRAUD"),
    "begin": lambda tx, a, now: payments.begin(
        tx, a["payment"], a["order"], a["amount"], backorder_up_to=a["limit"],
        sourcing=sourcing(a["sources"]),
    ),
    "settle": lambda tx, a, now: payments.settle(tx, a["payment"], a["said"]),
    "capture": lambda tx, a, now: payments.capture(tx, a["payment"]),
    "void": lambda tx, a, now: payments.void(tx, a["payment"]),
    "refund": lambda tx, a, now: payments.refund(
        tx, a["payment"], a["amount"], refund_id=a["refund"]
    ),
    "pack": lambda tx, a, now: fulfilment.create_shipment(
        tx, a["parcel"], a["order"], a["lines"].items(), warehouse=a["house"]
    ),
    "dispatch": lambda tx, a, now: fulfilment.dispatch(tx, a["parcel"]),
    "cancel_parcel": lambda tx, a, now: fulfilment.cancel_shipment(tx, a["parcel"]),
    "take_back": lambda tx, a, now: fulfilment.receive_return(
        tx, a["returned"], a["order"], a["lines"].items(), restock=a["restock"],
        warehouse=a["house"],
    ),
    "reorder": lambda tx, a, now: replenishment.reorder(
        tx, a["product"], warehouse=a["place"], now_s=now
    ),
    "deliver": _deliver,
    "close": _close,
    "send": lambda tx, a, now: transfers.send(
        tx, a["transfer"], "pot", a["n"], source=a["source"], target=a["target"]
    ),
    "arrive": lambda tx, a, now: transfers.arrive(
        tx, a["transfer"], a["n"], arrival_id=a["arrival"], lost=a["lost"]
    ),
}  # fmt: skip


TAKES = {
    "batch": "atomic updates", "hold": "hold cart lines ttl partial house instead_of",
    "extend": "hold cart ttl", "release": "hold cart", "lapse": "hold", "sweep": "",
    "wait": "seconds", "take_over": "order hold cart", "place": "order lines amount subscription",
    "allocate": "order partial limit sources", "amend": "order lines limit sources revision",
    "cancel": "order", "end_subscription": "subscription", "fill": "product place",
    "begin": "payment order amount limit sources",
    "pay": "payment order amount limit sources says", "settle": "payment said",
    "capture": "payment", "void": "payment", "refund": "payment amount refund",
    "pack": "parcel order lines house", "dispatch": "parcel", "cancel_parcel": "parcel",
    "take_back": "returned order lines restock house", "reorder": "product place",
    "deliver": "product place number n delivery", "close": "product place number",
    "send": "transfer n source target",
    "arrive": "transfer n lost arrival",
}  # fmt: skip
"""The arguments of each command."""


def drawn(random, reference, number):
    """The next command: its name and arguments. `number` is new, for names that must be."""
    names = list(TAKES)
    (name,) = random.choices(names, [WEIGHTS.get(name, 1.0) for name in names])
    order = random.choice(random.choice((FROM_STOCK, SOURCED)))
    house = random.choice(tuple(HOUSES)) if order in SOURCED else None
    values = {
        "order": order, "house": house, "lines": _lines(random, order),
        "atomic": random.random() < 0.5, "updates": _updates(random, reference, number),
        **_of_orders(random, reference, name, order, number), **_of_holds(random),
        **_of_supply(random, reference, number),
    }  # fmt: skip
    if name in ("pack", "take_back"):
        values["lines"] = _bound(random, reference, order, house)
    return name, {argument: values[argument] for argument in TAKES[name].split()}


def _of_orders(random, reference, name, order, number):
    revision = reference.orders.get(order, {"revision": 1})["revision"]
    return {
        "amount": random.choice((*[AMOUNT] * 6, 4, 6)),
        "limit": random.choice((0, LIMIT, LIMIT)),
        "parcel": random.choice([*reference.parcels, f"b-{number}"]),
        "payment": f"p-{order}-{random.randint(1, 2)}",
        **_somewhere(random, reference, name),
        "refund": f"r-{number}",
        "restock": random.random() < 0.7,
        "returned": f"back-{number}",
        "revision": revision + random.choice((1, 1, 1, 0, 2)),
        "said": random.choice(("AUTHORISED", "CAPTURED", "DECLINED")),
        "says": random.choice(SAYS),
        "sources": random.choice(SOURCES) if order in SOURCED else None,
        "subscription": SUBSCRIPTIONS.get(order, f"only-{order}"),
    }


def _somewhere(random, reference, name):
    """A place, where possible one where the command has something to do; and a purchase there."""
    waited_for = [(product, place) for _, product, place in reference.waiting]
    still_due = [p["at"] for p in reference.purchases if p["received"] < p["ordered"]]
    useful = {"fill": waited_for, "reorder": [*RULES], "deliver": still_due, "close": still_due}
    product, place = random.choice(useful.get(name) or [*UNITS])
    number = random.randint(0, len(reference.bought(product, place)))
    return {"product": product, "place": place, "number": number}


def _of_holds(random):
    hold = random.choice(HOLDS)
    return {
        "hold": hold,
        "cart": random.choice((*[f"c-{hold}"] * 9, "c-other")),
        "instead_of": random.choice((None, *HOLDS)),
        "partial": random.random() < 0.5,
        "seconds": random.choice((1.0, 30.0, 60.0)),
        "ttl": TTL,
    }


def _of_supply(random, reference, number):
    source, target = random.sample(tuple(HOUSES), 2)
    return {
        "arrival": f"a-{number}",
        "delivery": f"d-{number}",
        "lost": random.randint(0, 1),
        "n": random.randint(0, 3),
        "source": source,
        "target": target,
        "transfer": f"t-{random.randint(1, 3)}",
    }


WEIGHTS = {
    "pay": 6, "pack": 8, "dispatch": 6, "take_back": 6, "capture": 5, "refund": 8, "fill": 30,
    "take_over": 8, "lapse": 6, "sweep": 3, "wait": 2, "allocate": 2, "amend": 2, "hold": 2,
    "deliver": 12, "reorder": 4, "cancel_parcel": 4, "cancel": 0.4, "end_subscription": 0.2,
    "release": 0.3, "close": 0.5, "batch": 0.5, "void": 2, "settle": 6, "send": 0.5,
}  # fmt: skip
"""How often a command is drawn beside others: some need others before them, some end things."""


def _bound(random, reference, order, house):
    """Products of the order, with how many units to pack: mostly as many as there are."""
    found = reference.orders.get(order, {"lines": {"tea": {"has": {}}}})["lines"]
    return {
        product: random.randint(1, max(line["has"].get(house, 0), 1))
        for product, line in found.items()
    }


def _lines(random, order):
    if order in SOURCED:
        return {"pot": random.randint(1, 4)}
    return {name: random.randint(1, 2) for name in random.choice((("tea",), ("tea", "cup")))}


def _updates(random, reference, number):
    """At most one for each level: what was refused may be possible when it is tried again."""
    updates = []
    for at, (product, house) in enumerate(random.sample(sorted(UNITS, key=str), 2)):
        action, n = random.choice(FREELY), random.randint(-1, 4)
        if action in ("deallocate", "ship"):
            n = min(n, _nobodys(reference, product, house))
        updates.append((f"u-{number}-{at}", action, product, n, house))
    return updates


def _nobodys(reference, product, house):
    """Units that stock transactions have allocated: bound to no order, and to no other's harm."""
    bound = sum(
        found["lines"][product]["has"].get(house, 0)
        for found in reference.orders.values()
        if product in found["lines"]
    )
    return reference.levels[product, house]["allocated"] - bound
