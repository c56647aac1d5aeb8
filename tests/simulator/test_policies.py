"""Ways to take the last unit, at each isolation level: what was measured on a real server.

| way                          | READ COMMITTED | REPEATABLE READ      | SERIALIZABLE         |
|------------------------------|----------------|----------------------|----------------------|
| read, decide, write          | oversold       | safe, one gets 40001 | safe, one gets 40001 |
| select for update            | safe           | safe, one gets 40001 | safe, one gets 40001 |
| compare and set              | safe           | safe, one gets 40001 | safe, one gets 40001 |
| update where enough          | safe           | safe, one gets 40001 | safe, one gets 40001 |
| count claims, enter one more | oversold       | oversold: write skew | safe, one gets 40001 |
"""

import pytest
from simulator_shops import (
    READ_COMMITTED,
    REPEATABLE_READ,
    SERIALIZABLE,
    never,
    shelves,
    shop,
    stocked,
    units_on,
)

from eventproof.simulator import DatabaseError, at_least, equal, explore, minus, unlike
from eventproof.simulator.properties import Sometimes


async def naive(tx):
    row = await tx.get(shelves, "a")
    return row.units >= 1 and await tx.update(shelves, "a", units=row.units - 1)


async def locked(tx):
    row = await tx.get_for_update(shelves, "a")
    return row.units >= 1 and await tx.update(shelves, "a", units=row.units - 1)


async def compare_and_set(tx):
    row = await tx.get(shelves, "a")
    left = row.units - 1
    return row.units >= 1 and await tx.update(
        shelves, "a", units=left, guard=equal(units=row.units)
    )


async def guarded(tx):
    return await tx.update(shelves, "a", units=minus(1), guard=at_least(units=1))


def selling(way, *, tries=1):
    """A journey that takes the unit in one way, and enters the sale on a row of its own."""

    async def journey(customer, ctx):
        for _ in range(tries):
            try:
                async with ctx.transaction() as tx:
                    if not await way(tx):
                        return "refused"
                    await tx.insert(shelves, shelf=f"sold-to-{customer.name}", units=1)
            except DatabaseError as error:
                failed = error.sqlstate
            else:
                return "sold"
        return failed

    return journey


def sold(view):
    return sum(row.units for row in view.table("shelves") if row.shelf.startswith("sold"))


oversold = never("never-oversold", lambda view: sold(view) > 1)


def ended(*outcomes):
    """A condition: the journeys ended so, in any order."""
    name = " and ".join(outcomes)
    return Sometimes(name, lambda view: sorted(view.outcomes) == sorted(outcomes))


SAFE = ("proved", False)
OVERSOLD = ("violated", False)
SAFE_BY_FAILING = ("proved", True)


@pytest.mark.parametrize(
    ("way", "level", "expected"),
    [
        (naive, READ_COMMITTED, OVERSOLD),
        (naive, REPEATABLE_READ, SAFE_BY_FAILING),
        (naive, SERIALIZABLE, SAFE_BY_FAILING),
        (locked, READ_COMMITTED, SAFE),
        (locked, REPEATABLE_READ, SAFE_BY_FAILING),
        (locked, SERIALIZABLE, SAFE_BY_FAILING),
        (compare_and_set, READ_COMMITTED, SAFE),
        (compare_and_set, REPEATABLE_READ, SAFE_BY_FAILING),
        (compare_and_set, SERIALIZABLE, SAFE_BY_FAILING),
        (guarded, READ_COMMITTED, SAFE),
        (guarded, REPEATABLE_READ, SAFE_BY_FAILING),
        (guarded, SERIALIZABLE, SAFE_BY_FAILING),
    ],
)
@pytest.mark.parametrize("customers", [2, 3])
def test_the_ways_to_take_the_last_unit(way, level, expected, customers):
    verdict, fails = expected
    model = shop(selling(way), customers=customers, isolation=level, always=[oversold])
    assert explore(model).verdict == verdict

    failed = Sometimes("somebody gets 40001", lambda view: "40001" in view.outcomes)
    model = shop(selling(way), customers=customers, isolation=level, sometimes=[failed])
    assert (explore(model).unreached == ()) is fails


@pytest.mark.parametrize("level", [READ_COMMITTED, REPEATABLE_READ])
def test_counting_claims_before_entering_ones_own_oversells_at_both_levels(level):
    """Nobody writes what another writes, so nobody waits and nobody fails: write skew."""

    async def journey(customer, ctx):
        mine, theirs = ("a", "b") if customer.cart == (("tea", 1),) else ("b", "a")
        async with ctx.transaction() as tx:
            claimed = await tx.get(shelves, theirs)
            if claimed.units:
                return "refused"
            await tx.update(shelves, mine, units=1)
        return "sold"

    both = never("never-oversold", lambda view: units_on(view, "a") + units_on(view, "b") > 1)
    carts = [(("tea", 1),), (("tea", 2),)]
    model = shop(journey, carts=carts, rows=stocked(a=0, b=0), isolation=level, always=[both])
    assert explore(model).verdict == "violated"


async def count_and_claim(customer, ctx):
    """Count the claims on one unit by a predicate, and enter one's own where there is none."""
    async with ctx.transaction() as tx:
        if await tx.select(shelves, unlike(shelf="a") + at_least(units=1)):
            return "refused"
        await tx.insert(shelves, shelf=f"sold-to-{customer.name}", units=1)
    return "sold"


@pytest.mark.parametrize(
    ("level", "verdict"),
    [(READ_COMMITTED, "violated"), (REPEATABLE_READ, "violated"), (SERIALIZABLE, "proved")],
)
@pytest.mark.parametrize("customers", [2, 3])
def test_counting_a_ledger_oversells_unless_serializable(level, verdict, customers):
    model = shop(count_and_claim, customers=customers, isolation=level, always=[oversold])
    assert explore(model).verdict == verdict


def test_a_serializable_count_sells_to_one_and_fails_another():
    async def journey(customer, ctx):
        try:
            return await count_and_claim(customer, ctx)
        except DatabaseError as error:
            return error.sqlstate

    ends = [ended("sold", "40001"), ended("sold", "refused")]
    neither = Sometimes("nobody can buy", lambda view: view.outcomes == ("40001", "40001"))
    found = explore(shop(journey, isolation=SERIALIZABLE, sometimes=[*ends, neither]))
    assert found.unreached == ("nobody can buy",), "one of the two always gets it"


def test_a_serializable_count_that_is_tried_again_sells_to_one_and_refuses_the_other():
    async def journey(customer, ctx):
        return await ctx.retrying(lambda: count_and_claim(customer, ctx), times=2)

    model = shop(
        journey, isolation=SERIALIZABLE, always=[oversold], sometimes=[ended("sold", "refused")]
    )
    assert explore(model).verdict == "proved"


def test_under_repeatable_read_who_fails_can_try_again_and_is_refused():
    journey = selling(guarded, tries=2)
    model = shop(
        journey,
        isolation=REPEATABLE_READ,
        always=[oversold, never("nobody-fails", lambda view: "40001" in view.outcomes)],
        sometimes=[ended("sold", "refused")],
    )
    assert explore(model).verdict == "proved"


def test_two_units_for_two_customers_are_both_sold_by_a_guarded_update():
    model = shop(
        selling(guarded),
        rows=stocked(a=2),
        always=[never("nobody-refused", lambda view: "refused" in view.outcomes)],
        sometimes=[ended("sold", "sold")],
    )
    assert explore(model).verdict == "proved"
