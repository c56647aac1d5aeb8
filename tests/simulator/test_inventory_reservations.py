"""Reservations with a time to live, held against a dictionary; and who comes first of two."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_shops import shop
from simulator_stock import done, in_transaction, run

from eventproof.simulator import Customer, explore
from eventproof.simulator.inventory import (
    ALWAYS,
    consume,
    expire,
    extend,
    initial_rows,
    order_flow,
    release_hold,
    reserve,
    sweep,
)
from eventproof.simulator.inventory.order_flow import ALLOCATION_POINTS
from eventproof.simulator.properties import Always, Sometimes

BALANCES = ALWAYS["ledger-balances"]
TTL_S = 600


def held(rows, reservation="r-1", *, cart="cart-1", lines=(("tea", 2),), now_s=0, **options):
    return run(
        rows,
        in_transaction(
            lambda tx: reserve(
                tx, reservation, cart_id=cart, lines=lines, now_s=now_s, ttl_s=TTL_S, **options
            )
        ),
    )


SHOP = initial_rows({"tea": 3, "cup": 1})
HELD = held(SHOP).rows


def status(ran, reservation="r-1"):
    return ran.found("reservations", reservation).status


def test_reserving_holds_the_units_and_buying_allocates_them():
    ran = done(SHOP, lambda tx: _reserve(tx))
    assert ran.level() == {"total": 3, "available": 1, "held": 2}
    bought = done(ran.rows, lambda tx: consume(tx, "r-1", cart_id="cart-1", now_s=TTL_S - 1))
    assert (bought.outcome, status(bought)) == ("True", "CONSUMED")
    assert bought.level() == {"total": 3, "available": 1, "allocated": 2}
    assert BALANCES.broken(bought.view) is None


async def _reserve(tx):
    await reserve(tx, "r-1", cart_id="cart-1", lines=[("tea", 2)], now_s=0, ttl_s=TTL_S)


def test_a_reservation_whose_time_is_over_cannot_be_bought_and_gives_its_units_back():
    late = done(HELD, lambda tx: consume(tx, "r-1", cart_id="cart-1", now_s=TTL_S))
    assert (late.outcome, status(late)) == ("False", "EXPIRED")
    assert late.level() == {"total": 3, "available": 3}


def test_a_reservation_is_extended_while_it_is_held_and_not_after():
    async def work(tx):
        return [
            await extend(tx, "r-1", cart_id="cart-2", now_s=500, ttl_s=TTL_S),
            await extend(tx, "r-1", cart_id="cart-1", now_s=500, ttl_s=TTL_S, at_most=1),
            await extend(tx, "r-1", cart_id="cart-1", now_s=501, ttl_s=TTL_S, at_most=1),
            await expire(tx, "r-1", now_s=1099),
            await extend(tx, "r-1", cart_id="cart-1", now_s=1100, ttl_s=TTL_S),
            await extend(tx, "r-9", cart_id="cart-1", now_s=1100, ttl_s=TTL_S),
        ]

    ran = done(HELD, work)
    assert ran.outcome == str([False, True, False, False, False, False])
    assert status(ran) == "EXPIRED"


def test_two_lines_of_one_product_are_held_as_one():
    ran = held(SHOP, lines=[("tea", 2), ("cup", 1), ("tea", 2)])
    assert (ran.outcome, ran.rows) == ("refused: 400", SHOP)
    assert held(SHOP, lines=[("tea", 1), ("cup", 1), ("tea", 2)]).level() == {
        "total": 3,
        "held": 3,
    }


def test_all_or_nothing_and_what_there_is():
    lines = [("tea", 5), ("cup", 1)]
    assert held(SHOP, lines=lines).outcome == "refused: 400"
    partly = held(SHOP, lines=lines, partial=True)
    assert partly.outcome == str((("cup", 1), ("tea", 3)))
    nothing = held(partly.rows, "r-2", lines=lines, partial=True)
    assert (nothing.outcome, nothing.rows) == ("refused: 400", partly.rows)


def test_an_earlier_reservation_does_not_stand_in_its_own_carts_way():
    assert held(HELD, "r-2", lines=[("tea", 3)]).outcome == "refused: 400"
    assert held(HELD, "r-2", cart="cart-2", lines=[("tea", 3)], instead_of="r-1").outcome == (
        "refused: 400"
    )
    again = held(HELD, "r-2", lines=[("tea", 3)], instead_of="r-1")
    assert (status(again), status(again, "r-2")) == ("RELEASED", "HELD")
    assert again.level() == {"total": 3, "held": 3}


def test_the_sweeper_expires_what_is_due_and_goes_on_after_a_crash():
    rows = held(SHOP, "r-1", lines=[("tea", 1)], now_s=20).rows
    rows = held(rows, "r-2", lines=[("tea", 1)], now_s=10).rows
    rows = held(rows, "r-3", lines=[("tea", 1)], now_s=30).rows

    async def work(ctx):
        return str(await sweep(ctx, now_s=TTL_S + 20))

    whole = run(rows, work)
    assert whole.outcome == str(("r-2", "r-1"))
    assert whole.level() == {"total": 3, "available": 2, "held": 1}
    for crash_after in range(whole.steps):
        crashed = run(rows, work, crash_after=crash_after)
        assert run(crashed.rows, work).level() == whole.level()


ENDS = {
    "consume": lambda tx: consume(tx, "r-1", cart_id="cart-1", now_s=0),
    "release": lambda tx: release_hold(tx, "r-1"),
    "expire": lambda tx: expire(tx, "r-1", now_s=TTL_S),
}


@pytest.mark.parametrize("first", ENDS)
@pytest.mark.parametrize("second", ENDS)
def test_of_two_ways_to_end_at_the_same_time_one_does_and_the_other_changes_nothing(first, second):
    def ending(name):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                return f"{await ENDS[name](tx)}"

        return journey

    once = Always(
        "ends-once",
        lambda view: "both" if view.outcomes.count("True") > 1 else None,
    )
    ended = Sometimes("one ends it", lambda view: "True" in view.outcomes)
    model = shop(ending(first), customers=2, rows=HELD, always=[once, BALANCES], sometimes=[ended])
    actors = tuple(
        Customer(f"actor-{n}", journey=ending(name)) for n, name in enumerate((first, second), 1)
    )
    assert explore(replaced(model, customers=actors)).verdict == "proved"


def replaced(model, **changes):
    from dataclasses import replace

    return replace(model, **changes)


@pytest.mark.parametrize(
    ("point", "verdict"),
    [
        ("cart", "proved"),
        ("checkout", "proved"),
        ("payment", "proved"),
        # The money is there before the stock is: more are paid for than there are, for a while.
        ("after payment", "violated"),
    ],
)
def test_allocating_before_the_payment_never_oversells(point, verdict):
    assert point in ALLOCATION_POINTS
    model = shop(
        order_flow(allocate_at=point),
        rows=initial_rows({"tea": 1}),
        outcomes={"payment": ("approve", "decline")},
        always=[ALWAYS["never-oversold"], BALANCES],
    )
    assert explore(model).verdict == verdict


moves = st.tuples(
    st.sampled_from(["reserve", "consume", "release", "expire", "extend"]),
    st.sampled_from(["r-1", "r-2", "r-3"]),
    st.integers(1, 2),
    st.integers(0, 300),
    st.one_of(st.none(), st.integers(0, 6)),
)


class Plain:
    """The plain reference: counters, and a dictionary of reservations."""

    def __init__(self, units):
        self.available, self.held, self.allocated = units, 0, 0
        self.reservations = {}

    def do(self, move, name, quantity, now):
        if move == "reserve":
            return self.reserve(name, quantity, now)
        status, quantity, until = self.reservations.get(name, (None, 0, 0))
        if status != "HELD":
            return False
        if move != "release" and until <= now:
            return self.end(name, "EXPIRED") and move == "expire"
        if move == "extend":
            self.reservations[name] = (status, quantity, now + TTL_S)
            return True
        if move == "expire":
            return False
        return self.end(name, {"consume": "CONSUMED", "release": "RELEASED"}[move])

    def reserve(self, name, quantity, now):
        if name in self.reservations or quantity > self.available:
            return None
        self.available -= quantity
        self.held += quantity
        self.reservations[name] = ("HELD", quantity, now + TTL_S)
        return True

    def end(self, name, status):
        _, quantity, until = self.reservations[name]
        self.reservations[name] = (status, quantity, until)
        self.held -= quantity
        if status == "CONSUMED":
            self.allocated += quantity
        else:
            self.available += quantity
        return True


def asked(move, name, quantity, now):
    times = {"now_s": now, "ttl_s": TTL_S}
    return {
        "reserve": lambda tx: reserve(tx, name, cart_id="c", lines=[("tea", quantity)], **times),
        "consume": lambda tx: consume(tx, name, cart_id="c", now_s=now),
        "release": lambda tx: release_hold(tx, name, cart_id="c"),
        "expire": lambda tx: expire(tx, name, now_s=now),
        "extend": lambda tx: extend(tx, name, cart_id="c", **times),
    }[move]


@settings(max_examples=60, deadline=None)
@given(st.lists(moves, max_size=12))
def test_whatever_happens_to_reservations_a_dictionary_says_the_same(happening):
    rows, plain, now = initial_rows({"tea": 3}), Plain(3), 0
    for move, name, quantity, later, crash_after in happening:
        now += later
        work = in_transaction(asked(move, name, quantity, now))
        rows = run(rows, work, crash_after=crash_after).rows
        rows = run(rows, work).rows  # whether it crashed or not, it is tried again
        plain.do(move, name, quantity, now)
        level = rows["stock", "tea"]
        assert (level.available, level.held, level.allocated) == (
            plain.available,
            plain.held,
            plain.allocated,
        )
    for name, (said, _, until) in plain.reservations.items():
        row = rows["reservations", name]
        assert (row.status, row.expires_at_s) == (said, until)
