"""Faults of the network are choices: each is tried everywhere, and a tape plays it again."""

import pytest
from simulator_brute_force import every_schedule, reached
from simulator_shops import Ping, never, shelves, shop, stocked, units_on

from eventproof.simulator import DatabaseError, explore, minus
from eventproof.simulator.network import CRASH_AFTER, TWICE, Guarantee, Left, Network
from eventproof.simulator.programs import Route
from eventproof.simulator.replay import replay_deeds


async def ping(customer, ctx):
    await ctx.publish(Ping(sender=customer.name))
    return "sent"


class Naive:
    """Takes a unit each time that it is told to."""

    async def on_ping(self, message, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=minus(1))


class Inbox:
    """Takes a unit and notes the message in one transaction; once noted, it is done."""

    async def on_ping(self, message, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf=f"inbox-{message.sender}", units=1)
                await tx.update(shelves, "a", units=minus(1))
        except DatabaseError as error:
            if error.sqlstate != "23505":
                raise


class InboxFirst:
    """Notes the message in a transaction of its own, and then takes the unit."""

    async def on_ping(self, message, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf=f"inbox-{message.sender}", units=1)
        except DatabaseError:
            return
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=minus(1))


class Pong(Ping):
    MESSAGE = "pong"


class PublishesAfterCommit(Inbox):
    """As the inbox, and tells others once it has committed: nobody does where it crashes."""

    async def on_ping(self, message, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf=f"inbox-{message.sender}", units=1)
                await tx.update(shelves, "a", units=minus(1))
        except DatabaseError:
            return
        await ctx.publish(Pong(sender=message.sender))


class Outbox(Inbox):
    """Tells others whether or not the message is new: what is noted was committed with it."""

    async def on_ping(self, message, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf=f"inbox-{message.sender}", units=1)
                await tx.update(shelves, "a", units=minus(1))
        except DatabaseError:
            pass
        await ctx.publish(Pong(sender=message.sender))


class Told:
    """Notes that it was told; telling it twice does no harm."""

    async def on_pong(self, message, ctx):
        try:
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf=f"told-{message.sender}", units=1)
        except DatabaseError:
            pass


def taken_twice(customers):
    return never("taken-once", lambda view: units_on(view, "a") < 9 - customers)


def model(handler, *, customers=1, always=None, guarantee=Guarantee.AT_LEAST_ONCE, **left):
    routes = {
        "ping": (Route("shelves", handler, "on_ping", Ping),),
        "pong": (Route("told", Told, "on_pong", Pong),),
    }
    return shop(
        ping,
        customers=customers,
        rows=stocked(a=9),
        routes=routes,
        always=[taken_twice(customers)] if always is None else always,
        network=Network(Left(**left), default=guarantee),
    )


def choices(exploration):
    return [deed.deed.choice for deed in exploration.violations[0].deeds if deed.deed.choice]


def test_a_consumer_that_is_not_idempotent_is_refuted_by_one_duplicate():
    found = explore(model(Naive, duplicates=1))

    assert found.verdict == "violated"
    assert choices(found) == [TWICE]


def test_its_inbox_variant_is_proved_under_duplicates_and_crashes():
    assert explore(model(Inbox, duplicates=1, crashes=1)).verdict == "proved"
    assert explore(model(Inbox, customers=2, duplicates=1)).verdict == "proved"


def test_a_consumer_that_crashes_after_handling_and_before_acknowledging_is_refuted():
    found = explore(model(Naive, crashes=1))

    assert found.verdict == "violated"
    assert choices(found) == [CRASH_AFTER]


@pytest.mark.parametrize("guarantee", [Guarantee.AT_MOST_ONCE, Guarantee.EXACTLY_ONCE])
def test_nothing_comes_twice_where_the_channel_says_so(guarantee):
    found = explore(model(Naive, guarantee=guarantee, duplicates=2, losses=2, crashes=2))

    assert found.verdict == "proved"


def ends(model_):
    """What the shelves hold in each of the states in which everything is done."""
    from eventproof.simulator.space import Space

    space = Space(model_, interchangeable=False)
    seen, todo, found = {space.initial}, [space.initial], []
    while todo:
        state = todo.pop()
        if space.done(state):
            found.append({row.shelf: row.units for row in space.view(state).table("shelves")})
        for after, *_ in space.transitions(state):
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return found


def test_a_message_may_be_lost_at_most_once_and_never_at_least_once():
    lossy = ends(model(Naive, guarantee=Guarantee.AT_MOST_ONCE, losses=1))
    sure = ends(model(Naive, losses=1))

    assert {end["a"] for end in lossy} == {8, 9}
    assert {end["a"] for end in sure} == {8}


def test_a_crash_loses_a_message_at_most_once_and_repeats_it_at_least_once():
    once = ends(model(Naive, guarantee=Guarantee.AT_MOST_ONCE, crashes=1))
    again = ends(model(Naive, crashes=1))

    assert {end["a"] for end in once} == {8, 9}
    assert {end["a"] for end in again} == {7, 8}


def test_an_inbox_in_a_transaction_of_its_own_loses_the_work_of_a_crash():
    assert {end["a"] for end in ends(model(InboxFirst, crashes=1))} == {8, 9}
    assert {end["a"] for end in ends(model(Inbox, crashes=1))} == {8}


def test_who_publishes_after_the_commit_and_crashes_between_tells_nobody():
    after = ends(model(PublishesAfterCommit, crashes=1))
    outbox = ends(model(Outbox, crashes=1))

    assert {end.get("told-customer-1") for end in after} == {None, 1}
    assert {end.get("told-customer-1") for end in outbox} == {1}


def test_a_crash_undoes_its_transaction_and_lets_go_of_its_locks():
    found = explore(model(Inbox, customers=2, crashes=1, always=[]))

    assert found.verdict == "proved"


def test_more_faults_than_the_budget_do_not_happen():
    assert {end["a"] for end in ends(model(Naive, duplicates=1, crashes=1))} == {6, 7, 8}


def test_the_replay_of_a_fault_shows_it_in_its_own_words():
    scenario = model(Naive, crashes=1)
    (violation,) = explore(scenario).violations

    replayed = replay_deeds(scenario, violation.deeds)

    assert replayed.breaks("taken-once")
    assert "commit, then the handler crashes" in [m.event.label for m in replayed.moments]


def test_without_faults_the_states_are_the_same_as_without_a_network():
    plain = shop(
        ping,
        rows=stocked(a=9),
        routes={"ping": (Route("shelves", Naive, "on_ping", Ping),)},
        always=[],
    )

    assert explore(model(Naive, customers=2, always=[])).states == explore(plain).states


@pytest.mark.parametrize(
    ("handler", "left"),
    [
        (Naive, {"duplicates": 1, "crashes": 1}),
        (Inbox, {"duplicates": 1, "crashes": 1}),
        (PublishesAfterCommit, {"crashes": 1}),
    ],
)
def test_faults_lead_to_the_ends_that_every_schedule_leads_to(handler, left):
    scenario = model(handler, always=[], **left)

    _, ends = reached(scenario, interchangeable=False)

    assert ends == every_schedule(scenario).ends
