"""The documented order flow as a machine of labels, written by hand: a count of its states.

It shares nothing with the explorer. A customer is (label, what it read); the shop is (total,
available, allocated, who holds the row, what the holder will commit). One label for each step that
somebody may notice: with `own_steps` those on a customer's own rows too, as where customers are
explored by name. Statements with a guard that find the row locked stand in its queue by rank;
those without one are as well not asked yet.
"""

OWN = {
    "order", "book", "set paid", "book shipment", "set shipped", "book return", "set cancelled",
}  # fmt: skip
"""Labels before a statement on a row that no other customer reaches."""

NEXT = {
    "order": "commit order",
    "commit order": "allocate",
    "book": "commit allocation",
    "set paid": "commit paid",
    "commit paid": "ship",
    "book shipment": "set shipped",
    "set shipped": "commit shipment",
    "book return": "set cancelled",
    "set cancelled": "commit return",
}
COMMITS = {
    "commit allocation": ("set paid", "give back"),  # approved, or declined
    "commit shipment": ("shipped",),
    "commit return": ("declined",),
}
LOOKS = {"cart": "checkout", "checkout": "order"}
UNGUARDED = {
    "ship": ("book shipment", (-1, 0, -1)),
    "give back": ("book return", (0, 1, -1)),
}


def states_of_order_flow(way, customers, units, *, own_steps):
    """How many states there are; without `own_steps` customers are interchangeable as well."""
    kept = _kept if own_steps else _sorted
    first = ((units, units, 0, None, None), (("cart", None),) * customers)
    known, waiting = {kept(first)}, [first]
    while waiting:
        for after in _successors(way, waiting.pop()):
            for state in (after,) if own_steps else _without_own_steps(way, after):
                if kept(state) not in known:
                    known.add(kept(state))
                    waiting.append(state)
    return len(known) + customers  # before their first steps, one after the other


def _successors(way, state):
    shop, customers = state
    who = range(len(customers))
    if shop[3] is None and any(label == "wait" for label, _ in customers):
        # The row is free, and somebody stands in its queue: only who asked for it goes on.
        who = [me for me in who if customers[me][0] in ("wait", *UNGUARDED)]
    return [after for me in who for after in _moves(way, state, me)]


def _moves(way, state, me):
    shop, customers = state
    label, read = customers[me]
    if label in LOOKS:
        return [_to(state, me, LOOKS[label] if shop[1] else "left")]
    if label in NEXT:
        return [_to(state, me, NEXT[label], read if label != "book" else None)]
    if label in COMMITS:
        free = (*shop[4], None, None)
        return [_to(state, me, after, shop=free) for after in COMMITS[label]]
    if label in UNGUARDED and shop[3] is None:
        after, effect = UNGUARDED[label]
        row = tuple(a + b for a, b in zip(shop[:3], effect, strict=True))
        return [_to(state, me, after, shop=(*shop[:3], me, row))]
    return _allocating(way, state, me)


def _to(state, me, label, read=None, *, shop=None):
    customers = state[1]
    return (shop or state[0], (*customers[:me], (label, read), *customers[me + 1 :]))


def _allocating(way, state, me):
    (total, available, allocated, holder, _), customers = state
    row, (label, read) = (total, available, allocated), customers[me]

    def holding(pending, label, read=None):
        return _to(state, me, label, read, shop=(*row, me, pending))

    taken = (total, available - 1, allocated + 1)
    if label == "allocate" and available < 1:
        return [_to(state, me, "refused")]
    if label == "allocate" and way == "naive":
        return [_to(state, me, "write", row)]
    if label == "write" and holder is None:
        return [holding((total, read[1] - 1, read[2] + 1), "book", read)]
    if label == "allocate":
        rank = 1 + max((other for name, other in customers if name == "wait"), default=0)
        return [holding(taken, "book") if holder is None else _to(state, me, "wait", rank)]
    if label == "wait" and holder is None:
        return [holding(taken, "book") if available else holding(None, "rollback")]
    if label == "rollback":  # it did not match any more, and stayed locked all the same
        return [_to(state, me, "refused", shop=(*row, None, None))]
    return []


def _without_own_steps(way, state):
    """What comes of it once nobody is before a statement on a row of its own."""
    before = (me for me, (label, _) in enumerate(state[1]) if label in OWN)
    me = next(before, None)
    if me is None:
        return [state]
    return [s for after in _moves(way, state, me) for s in _without_own_steps(way, after)]


def _kept(state):
    return state


def _sorted(state):
    (*row, holder, pending), customers = state
    # Who holds the row is told by its label; which customer that is makes no difference.
    return (*row, holder is None, pending), tuple(sorted(customers, key=repr))
