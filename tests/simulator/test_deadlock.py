"""Processes that wait for each other: found, resolved, and not seen where there are none."""

from simulator_shops import Ping, never, shelves, shop, stocked, units_on

from eventproof.simulator import DatabaseError, explore, plus
from eventproof.simulator.programs import Route
from eventproof.simulator.properties import Sometimes
from eventproof.simulator.replay import replay_deeds


def two_rows(first, second):
    """A journey that moves a unit onto each of two shelves, in that order."""

    async def journey(_customer, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.update(shelves, first, units=plus(1))
                await tx.update(shelves, second, units=plus(1))
        except DatabaseError as error:
            return error.sqlstate
        return "moved"

    return journey


def crossing():
    ways = {(("tea", 1),): two_rows("a", "b"), (("tea", 2),): two_rows("b", "a")}

    async def journey(customer, ctx):
        return await ways[customer.cart](customer, ctx)

    met = [
        Sometimes(f"customer {n} is the victim", lambda v, n=n: _victim(v) == n) for n in (1, 2)
    ]
    return shop(journey, carts=[*ways], rows=stocked(a=0, b=0), sometimes=met)


def _victim(view):
    # Outcomes stand in the customers' order once both have come to their end.
    return (
        view.outcomes.index("40P01") + 1
        if len(view.outcomes) == 2 and "40P01" in view.outcomes
        else None
    )


def test_two_lock_orders_meet_in_a_deadlock_with_either_victim():
    found = explore(crossing())
    assert found.verdict == "proved"
    assert found.unreached == ()


def test_one_lock_order_for_everybody_never_meets_in_a_deadlock():
    deadlock = Sometimes("a deadlock", lambda view: "40P01" in view.outcomes)
    model = shop(two_rows("a", "b"), customers=3, rows=stocked(a=0, b=0), sometimes=[deadlock])
    found = explore(model)
    assert (found.verdict, found.unreached) == ("unknown", ("a deadlock",))


def test_what_the_victim_had_written_is_gone():
    async def journey(customer, ctx):
        first, second = ("a", "b") if customer.cart == (("tea", 1),) else ("b", "a")
        return await two_rows(first, second)(customer, ctx)

    halves = []
    for counted in ("a", "b"):
        name = f"{counted} has one more than the other"
        other = "b" if counted == "a" else "a"
        halves.append(
            Sometimes(name, lambda v, c=counted, o=other: units_on(v, c) > units_on(v, o))
        )
    carts = [(("tea", 1),), (("tea", 2),)]
    found = explore(shop(journey, carts=carts, rows=stocked(a=0, b=0), sometimes=halves))
    assert set(found.unreached) == {half.name for half in halves}


def test_three_customers_in_a_ring_deadlock():
    order = {1: ("a", "b"), 2: ("b", "c"), 3: ("c", "a")}

    async def journey(customer, ctx):
        return await two_rows(*order[customer.cart[0][1]])(customer, ctx)

    deadlock = Sometimes("a deadlock", lambda view: "40P01" in view.outcomes)
    carts = [(("tea", n),) for n in order]
    found = explore(shop(journey, carts=carts, rows=stocked(a=0, b=0, c=0), sometimes=[deadlock]))
    assert found.verdict == "proved"


def test_a_deadlock_that_breaks_a_property_replays():
    lonely = never("both-moved", lambda view: "40P01" in view.outcomes)
    model = shop(
        crossing().journey,
        carts=[(("tea", 1),), (("tea", 2),)],
        rows=stocked(a=0, b=0),
        always=[lonely],
    )
    (violation,) = explore(model).violations
    assert any(named.deed.kind == "abort" for named in violation.deeds)
    assert replay_deeds(model, violation.deeds).breaks("both-moved")


def test_each_customers_own_row_is_held_by_its_own_processes_only():
    """Rows named for a customer are explored under one name; a holder is not another's namesake.

    Every customer books on its own shelf, books there and on the common one, and then once more
    the other way round. Nobody waits in a circle, since the last waits for the second to be done.
    """

    class Alone:
        async def on_ping(self, ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, f"shelf-of-{ping.sender}", units=plus(1))

    class OwnThenCommon:
        async def on_pong(self, ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, f"shelf-of-{ping.sender}", units=plus(1))
                await tx.update(shelves, "a", units=plus(1))
            await ctx.publish(Pang(sender=ping.sender))

    class CommonThenOwn:
        async def on_pang(self, ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))
                await tx.update(shelves, f"shelf-of-{ping.sender}", units=plus(1))

    class Pong(Ping):
        MESSAGE = "pong"

    class Pang(Ping):
        MESSAGE = "pang"

    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.insert(shelves, shelf=f"shelf-of-{customer.name}", units=0)
        await ctx.publish(Ping(sender=customer.name))
        await ctx.publish(Pong(sender=customer.name))

    routes = {
        "ping": (Route("alone", Alone, "on_ping", Ping),),
        "pong": (Route("own-first", OwnThenCommon, "on_pong", Pong),),
        "pang": (Route("common-first", CommonThenOwn, "on_pang", Pang),),
    }
    found = explore(shop(journey, routes=routes, rows=stocked(a=0)))
    assert found.interchangeable
    assert (found.verdict, found.violations) == ("proved", ())
