"""Straight-line programs for the simulator's tests, as data, and strategies that make them."""

from typing import NamedTuple

from hypothesis import strategies as st
from simulator_shops import shelves

from eventproof.simulator import DatabaseError, at_least, equal, minus, plus


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


class Pay(NamedTuple):
    """A call whose answer is left open."""


async def run(program, name, ctx, remembers=99):
    """Run a program; what comes back is what it was answered, as far as it remembers."""
    said = []
    for part in program:
        del said[: len(said) - remembers]
        if isinstance(part, Pay):
            said.append(await ctx.call("payment", "authorise"))
        else:
            try:
                await _transact(part, name, ctx, said)
            except DatabaseError as error:
                said.append(error.sqlstate)
    return " ".join(map(str, said[:remembers]))


async def _transact(block, name, ctx, said):
    seen = 0
    async with ctx.transaction(isolation=block.isolation) as tx:
        for statement in block.statements:
            try:
                answer = await perform(tx, statement, name, seen)
            except DatabaseError as error:
                if not block.stubborn:
                    raise
                answer = error.sqlstate
            if statement.verb in ("get", "lock") and isinstance(answer, int):
                seen = answer
            said.append(answer)
        if not block.keeps:
            await tx.rollback()


async def perform(tx, statement, name, seen):
    """One statement; what was read last is what is written, so a lost update shows."""
    shelf = f"shelf-of-{name}" if statement.shelf == "own" else statement.shelf
    match statement.verb:
        case "get" | "lock":
            get = tx.get if statement.verb == "get" else tx.get_for_update
            row = await get(shelves, shelf)
            return row.units if row is not None else None
        case "take":
            return await tx.update(shelves, shelf, units=minus(1), guard=at_least(units=1))
        case "swap":
            return await tx.update(shelves, shelf, units=seen + 5, guard=equal(units=seen))
        case "write":
            return await tx.update(shelves, shelf, units=seen - 1)
        case "add":
            return await tx.update(shelves, shelf, units=plus(1))
        case "insert":
            return await tx.insert(shelves, shelf=shelf, units=seen)
    raise AssertionError(statement.verb)


VERBS = ("get", "lock", "take", "swap", "write", "add")

statements = st.one_of(
    st.builds(Statement, st.sampled_from(VERBS), st.sampled_from(("a", "b"))),
    st.builds(
        Statement, st.sampled_from(("insert", "get", "take")), st.sampled_from(("new", "own"))
    ),
)


def blocks(longest):
    return st.builds(
        Block,
        st.lists(statements, min_size=1, max_size=longest).map(tuple),
        isolation=st.sampled_from((None, None, "repeatable read")),
        keeps=st.sampled_from((True, True, True, False)),
        stubborn=st.booleans(),
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
