"""Straight-line programs for the simulator's tests, as data, and strategies that make them."""

from typing import NamedTuple

from hypothesis import strategies as st
from simulator_shops import shelves

from eventproof.simulator import (
    DatabaseError,
    at_least,
    at_most,
    equal,
    minus,
    plus,
    unlike,
)


class Statement(NamedTuple):
    """One statement on one shelf; `own` stands for a shelf of the customer's own."""

    verb: str
    shelf: str


class Block(NamedTuple):
    """One transaction."""

    statements: tuple[Statement, ...]
    isolation: str | None = None
    keeps: bool = True
    """Whether it commits."""
    stubborn: bool = False
    """Whether it goes on after a statement that failed."""
    nested: int | None = None
    """From which statement on it works after a savepoint, and goes on when that is undone."""


class Pay(NamedTuple):
    """A call whose answer is left open."""


async def run(program, name, ctx, remembers=99, table=shelves):
    """Run a program; what comes back is what it was answered, as far as it remembers."""
    said = []
    for part in program:
        del said[: len(said) - remembers]
        if isinstance(part, Pay):
            said.append(await ctx.call("payment", "authorise"))
        else:
            try:
                await _transact(part, name, ctx, said, table)
            except DatabaseError as error:
                said.append(error.sqlstate)
    return " ".join(map(str, said[:remembers]))


async def _transact(block, name, ctx, said, table):
    async with ctx.transaction(isolation=block.isolation) as tx:
        seen = await _do(tx, block, block.statements[: block.nested], name, said, 0, table)
        if block.nested is not None:
            try:
                async with tx.savepoint():
                    await _do(tx, block, block.statements[block.nested :], name, said, seen, table)
            except DatabaseError as error:
                said.append(error.sqlstate)
        if not block.keeps:
            await tx.rollback()


async def _do(tx, block, statements, name, said, seen, table):
    for statement in statements:
        try:
            answer = await perform(tx, statement, name, seen, table)
        except DatabaseError as error:
            if not block.stubborn:
                raise
            answer = error.sqlstate
        if statement.verb in ("get", "lock") and isinstance(answer, int):
            seen = answer
        said.append(answer)
    return seen


async def perform(tx, statement, name, seen, table=shelves):
    """One statement; what was read last is what is written, so a lost update shows."""
    shelf = f"shelf-of-{name}" if statement.shelf == "own" else statement.shelf
    if statement.verb in READS:
        row = await READS[statement.verb](tx, table, shelf)
        return row.units if row is not None else None
    if statement.verb in SELECTS:
        rows = await tx.select(table, **SELECTS[statement.verb])
        return ",".join(f"{row.shelf}{row.units}" for row in rows)
    return await WRITES[statement.verb](tx, table, shelf, seen)


READS = {
    "get": lambda tx, table, shelf: tx.get(table, shelf),
    "lock": lambda tx, table, shelf: tx.get_for_update(table, shelf),
    "try": lambda tx, table, shelf: tx.get_for_update(table, shelf, nowait=True),
    "skip": lambda tx, table, shelf: tx.get_for_update(table, shelf, skip_locked=True),
}

_ONE = {"where": unlike(shelf="b") + at_most(units=5), "order_by": ("units",), "limit": 1}

SELECTS = {
    "list": {"where": at_least(units=1)},
    "lock all": {"where": at_least(units=1), "lock": True},
    "claim": {**_ONE, "lock": True},
    "pop": {**_ONE, "lock": True, "skip_locked": True},
}

WRITES = {
    "take": lambda tx, table, shelf, _: tx.update(
        table, shelf, units=minus(1), guard=at_least(units=1)
    ),
    "swap": lambda tx, table, shelf, seen: tx.update(
        table, shelf, units=seen + 5, guard=equal(units=seen)
    ),
    "write": lambda tx, table, shelf, seen: tx.update(table, shelf, units=seen - 1),
    "drain": lambda tx, table, shelf, _: tx.update(table, shelf, units=minus(1)),
    "add": lambda tx, table, shelf, _: tx.update(table, shelf, units=plus(1)),
    "drop": lambda tx, table, shelf, _: tx.delete(table, shelf),
    "clear": lambda tx, table, shelf, _: tx.delete(table, shelf, guard=at_most(units=0)),
    "insert": lambda tx, table, shelf, seen: tx.insert(table, shelf=shelf, units=seen),
    "offer": lambda tx, table, shelf, seen: tx.insert(
        table, on_conflict="nothing", shelf=shelf, units=seen + 1
    ),
    "put": lambda tx, table, shelf, seen: tx.insert(
        table, on_conflict="update", shelf=shelf, units=seen + 2
    ),
}

VERBS = tuple(verb for verb in (*READS, *SELECTS, *WRITES) if verb not in ("insert", "drain"))
"""All but `insert`, which is asked of shelves that are not there, and `drain`, which is as `add`
where the table takes any units."""

statements = st.one_of(
    st.builds(Statement, st.sampled_from(VERBS), st.sampled_from(("a", "b"))),
    st.builds(
        Statement, st.sampled_from(("insert", "get", "take")), st.sampled_from(("new", "own"))
    ),
)


refusable = st.builds(
    Statement,
    st.sampled_from(("drain", "drain", "add", "write", "put", "lock", "get")),
    st.sampled_from(("a", "a", "own")),
)
"""Statements that a table may refuse, mostly on the same row."""


def blocks(longest, of=statements):
    return st.builds(
        Block,
        st.lists(of, min_size=1, max_size=longest).map(tuple),
        isolation=st.sampled_from((None, None, "repeatable read")),
        keeps=st.sampled_from((True, True, True, False)),
        stubborn=st.booleans(),
        nested=st.sampled_from((None, None, 0, 1)),
    )


programs = st.one_of(
    blocks(3).map(lambda block: (block,)),
    st.tuples(blocks(1), blocks(1)),
    st.tuples(blocks(2), st.just(Pay())),
    st.tuples(st.just(Pay()), blocks(1)),
)
"""At most six steps, so that two of them have at most a few thousand schedules."""

lock_orders = st.lists(
    st.sampled_from(("lock", "take", "write", "add")), min_size=2, max_size=2
).flatmap(
    lambda verbs: st.permutations(("a", "b")).map(
        lambda shelves: (Block(tuple(map(Statement, verbs, shelves))),)
    )
)
"""Two rows locked in one transaction, in either order."""
