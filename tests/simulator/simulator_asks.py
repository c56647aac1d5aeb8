"""What the sessions of the store tests ask, each in a word: `take("a", 2)`."""

from simulator_shops import shelves

from eventproof.simulator import at_least, equal, minus, plus


def get(shelf):
    return lambda tx: tx.get(shelves, shelf)


def lock(shelf):
    return lambda tx: tx.get_for_update(shelves, shelf)


def put(shelf, units):
    return lambda tx: tx.update(shelves, shelf, units=units)


def take(shelf, units=1):
    return lambda tx: tx.update(shelves, shelf, units=minus(units), guard=at_least(units=units))


def swap(shelf, old, new):
    return lambda tx: tx.update(shelves, shelf, units=new, guard=equal(units=old))


def add(shelf):
    return lambda tx: tx.update(shelves, shelf, units=plus(1))


def insert(shelf, units):
    return lambda tx: tx.insert(shelves, shelf=shelf, units=units)


def pick(*guards, **how):
    """Select, and say what came as text: the shelves with their units."""

    async def select(tx):
        rows = await tx.select(shelves, guards, **how)
        picked.append(" ".join(f"{row.shelf}{row.units}" for row in rows))

    picked = select.said = []
    return select


def drop(shelf, *guards):
    return lambda tx: tx.delete(shelves, shelf, guard=guards)


def offer(shelf, units, on_conflict):
    return lambda tx: tx.insert(shelves, on_conflict=on_conflict, shelf=shelf, units=units)


def lock_now(shelf):
    return lambda tx: tx.get_for_update(shelves, shelf, nowait=True)


def lock_free(shelf):
    return lambda tx: tx.get_for_update(shelves, shelf, skip_locked=True)
