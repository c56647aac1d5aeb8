"""Exploring a model: verdicts, budgets, counter-examples, and numbers of interleavings."""

from dataclasses import replace
from functools import partial
from itertools import count
from math import comb

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from simulator_programs import Block, programs, run
from simulator_shops import Ping, never, shelves, shop, stocked, units_on

from eventproof.findings import Problem
from eventproof.simulator import Budget, DatabaseError, explore, plus
from eventproof.simulator.actors import CONTRACT_KEPT, NOTHING_LOST, READABLE
from eventproof.simulator.programs import Route
from eventproof.simulator.properties import NEVER_STUCK, Sometimes
from eventproof.simulator.replay import replay_deeds
from eventproof.simulator.space import Space
from eventproof.simulator.steps import Commit, Update

NOSHRINK = (Phase.explicit, Phase.reuse, Phase.generate)


def reading(times):
    """A journey of so many steps that others could notice, and nothing else."""

    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            for _ in range(times):
                await tx.get(shelves, "a")

    return journey


def adding(times):
    async def journey(_customer, ctx):
        for _ in range(times):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))

    return journey


class TestVerdicts:
    def test_what_holds_in_every_state_is_proved(self):
        positive = never("positive", lambda view: units_on(view, "a") < 1)
        found = explore(shop(adding(2), always=[positive]))
        assert (found.verdict, found.exhausted) == ("proved", True)

    def test_what_breaks_in_some_state_is_violated(self):
        below_five = never("below-five", lambda view: units_on(view, "a") >= 5)
        found = explore(shop(adding(2), always=[below_five]))
        assert found.verdict == "violated"
        assert [v.property for v in found.violations] == ["below-five"]

    def test_the_first_state_counts_as_well(self):
        empty = never("empty", lambda view: units_on(view, "a") > 0)
        (violation,) = explore(shop(reading(1), always=[empty])).violations
        assert violation.deeds == ()

    def test_each_broken_property_has_a_counter_example_of_its_own(self):
        bounds = [never(f"below-{n}", lambda v, n=n: units_on(v, "a") >= n) for n in (3, 2, 9)]
        found = explore(shop(adding(1), always=bounds))
        assert sorted(v.property for v in found.violations) == ["below-2", "below-3"]

    def test_a_budget_that_ends_before_the_states_do_proves_nothing(self):
        found = explore(shop(adding(3), customers=4), budget=Budget(seconds=1e-9))
        assert (found.verdict, found.exhausted, found.count) == ("passed", False, None)

    def test_a_budget_of_states_is_kept_within_one_look(self):
        whole = explore(shop(reading(30), carts=[(("tea", n),) for n in (1, 2)]))
        some = explore(
            shop(reading(30), carts=[(("tea", n),) for n in (1, 2)]), budget=Budget(states=300)
        )
        assert some.verdict == "passed"
        assert 300 < some.states < whole.states

    def test_a_violation_within_the_budget_is_one(self):
        bound = never("below-2", lambda view: units_on(view, "a") >= 2)
        journey = adding(9)
        found = explore(shop(journey, customers=4, always=[bound]), budget=Budget(states=300))
        assert (found.verdict, found.exhausted) == ("violated", False)

    def test_what_should_happen_at_least_once_and_never_does_is_no_proof(self):
        nine = Sometimes("nine units", lambda view: units_on(view, "a") == 9)
        found = explore(shop(adding(1), sometimes=[nine]))
        assert (found.verdict, found.unreached) == ("unknown", ("nine units",))

    def test_what_happens_on_the_way_has_happened(self):
        two = Sometimes("two units", lambda view: units_on(view, "a") == 2)
        assert explore(shop(adding(1), sometimes=[two])).verdict == "proved"

    def test_a_violation_outweighs_what_was_never_reached(self):
        nine = Sometimes("nine units", lambda view: units_on(view, "a") == 9)
        bound = never("below-2", lambda view: units_on(view, "a") >= 2)
        found = explore(shop(adding(1), always=[bound], sometimes=[nine]))
        assert (found.verdict, found.unreached) == ("violated", ("nine units",))

    def test_an_outcome_can_break_a_property_too(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.get(shelves, "a")
            await ctx.sleep(1)
            return "lost"

        happy = never("nobody-is-lost", lambda view: "lost" in view.outcomes)
        assert explore(shop(journey, always=[happy])).verdict == "violated"

    def test_every_answer_of_an_external_system_is_tried(self):
        async def journey(_customer, ctx):
            return await ctx.call("payment", "authorise")

        answers = ("approve", "decline", "time out")
        met = [Sometimes(a, lambda view, a=a: view.outcomes.count(a) == 2) for a in answers]
        model = shop(journey, outcomes={"payment": answers}, sometimes=met)
        assert explore(model).unreached == ()

    def test_an_external_system_without_answers_is_named(self):
        async def journey(_customer, ctx):
            return await ctx.call("carrier", "pick up")

        with pytest.raises(Problem, match="does not say what carrier may answer") as problem:
            explore(shop(journey))
        assert "carrier: {outcomes: [...]}" in problem.value.hint


class TestCounterExamples:
    def test_the_counter_example_is_a_shortest_one(self):
        """Three of six units are one too many; whoever adds them, it takes three commits."""
        bound = never("below-4", lambda view: units_on(view, "a") >= 4)
        model = shop(adding(3), always=[bound])
        (violation,) = explore(model).violations
        steps = [m.event.step for m in replay_deeds(model, violation.deeds).moments]
        assert sum(isinstance(step, Commit) for step in steps) == 3
        assert sum(isinstance(step, Update) for step in steps) == 3

    @pytest.mark.parametrize("customers", [2, 3])
    @pytest.mark.parametrize("least", [1, 2, 3, 4])
    def test_every_counter_example_replays_under_the_customers_own_names(self, customers, least):
        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                row = await tx.get(shelves, "a")
                await tx.insert(shelves, shelf=f"note-of-{customer.name}", units=row.units)
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=row.units + 1)

        def short(view):
            notes = [r.units for r in view.table("shelves") if r.shelf.startswith("note")]
            return len(notes) == customers and sum(notes) <= least + customers - 1

        model = shop(journey, customers=customers, always=[never("notes-differ", short)])
        (violation,) = explore(model).violations
        assert replay_deeds(model, violation.deeds).breaks("notes-differ")

    def test_nothing_is_broken_before_the_step_that_breaks_it(self):
        bound = never("below-2", lambda view: units_on(view, "a") >= 2)
        model = shop(adding(2), customers=3, always=[bound])
        (violation,) = explore(model).violations
        moments = replay_deeds(model, violation.deeds).moments
        first = next(at for at, moment in enumerate(moments) if moment.breaches)
        assert isinstance(moments[first].event.step, Commit)
        assert {m.event.actor for m in moments[first:]} == {moments[first].event.actor}


class TestBeingStuck:
    def routes(self, handler):
        class Listener:
            on_ping = handler

        return {"ping": (Route("listener", Listener, "on_ping", Ping),)}

    def test_a_handler_that_needs_a_row_which_its_requester_holds_is_stuck(self):
        async def on_ping(_self, _ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))

        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))
                await ctx.request(Ping(sender=customer.name))

        model = shop(journey, customers=1, routes=self.routes(on_ping))
        (violation,) = explore(model).violations
        assert violation.property == NEVER_STUCK
        assert replay_deeds(model, violation.deeds).breaks(NEVER_STUCK)

    def test_it_is_stuck_on_a_row_of_the_customers_own_as_well(self):
        async def on_ping(_self, ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, f"shelf-of-{ping.sender}", units=plus(1))

        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf=f"shelf-of-{customer.name}", units=0)
            async with ctx.transaction() as tx:
                await tx.update(shelves, f"shelf-of-{customer.name}", units=plus(1))
                await ctx.request(Ping(sender=customer.name))

        model = shop(journey, customers=2, routes=self.routes(on_ping))
        (violation,) = explore(model).violations
        assert violation.property == NEVER_STUCK
        assert replay_deeds(model, violation.deeds).breaks(NEVER_STUCK)

    def test_a_circle_that_the_database_cannot_see_is_stuck(self):
        """Customer 1's handler waits for customer 2, who waits for customer 1's journey."""

        async def on_ping(_self, _ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "b", units=plus(1))

        async def journey(customer, ctx):
            rows = ("a",) if customer.cart == (("tea", 1),) else ("b", "a")
            async with ctx.transaction() as tx:
                for row in rows:
                    await tx.update(shelves, row, units=plus(1))
                if len(rows) == 1:
                    await ctx.request(Ping(sender=customer.name))

        carts = [(("tea", 1),), (("tea", 2),)]
        rows = stocked(a=0, b=0)
        model = shop(journey, carts=carts, rows=rows, routes=self.routes(on_ping))
        assert [v.property for v in explore(model).violations] == [NEVER_STUCK]

    def test_publishing_within_a_transaction_is_not(self):
        async def on_ping(_self, _ping, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))

        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus(1))
                await ctx.publish(Ping(sender=customer.name))

        three = Sometimes("all added", lambda view: units_on(view, "a") == 5)
        model = shop(journey, routes=self.routes(on_ping), sometimes=[three])
        assert explore(model).verdict == "proved"


class OldPing(Ping):
    """The message as a consumer is built for it that was never told of the new version."""

    VERSION = "0.9.0"


class TestMessages:
    def send(self, *, message_class=Ping, fault_of=lambda _m, _v: None, handler=None, **more):
        async def quiet(_self, _ping, _ctx):
            return None

        class Listener:
            on_ping = handler or quiet

        async def journey(customer, ctx):
            await ctx.publish(Ping(sender=customer.name))

        routes = {"ping": (Route("listener", Listener, "on_ping", message_class),)}
        return shop(journey, customers=1, routes=routes, fault_of=fault_of, **more)

    def test_a_message_that_breaks_its_contract_is_a_violation(self):
        model = self.send(fault_of=lambda m, v: "no" if v == m.VERSION else None)
        (violation,) = explore(model).violations
        assert (violation.property, violation.sentence) == (
            CONTRACT_KEPT,
            "ping 1.0.0 breaks its contract: no",
        )

    def test_a_message_that_its_consumer_cannot_read_is_a_violation(self):
        model = self.send(
            message_class=OldPing, fault_of=lambda m, v: "no" if v == "0.9.0" else None
        )
        (violation,) = explore(model).violations
        assert violation.property == READABLE
        assert violation.sentence == (
            "listener is built for ping 0.9.0 and cannot read the 1.0.0 that is sent: no"
        )

    def test_another_version_that_the_consumer_can_read_is_read_as_its_own(self):
        seen = []

        async def on_ping(_self, ping, _ctx):
            seen.append(type(ping))

        assert explore(self.send(message_class=OldPing, handler=on_ping)).verdict == "proved"
        assert set(seen) == {OldPing}

    def test_a_handler_that_nobody_waits_for_may_not_fail_on_the_database(self):
        async def on_ping(_self, _ping, ctx):
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf="a", units=1)

        (violation,) = explore(self.send(handler=on_ping)).violations
        assert violation.property == NOTHING_LOST
        assert violation.sentence.startswith("listener.ping failed with 23505")

    def test_a_scenario_that_does_not_ask_is_not_told_of_lost_messages(self):
        async def on_ping(_self, _ping, _ctx):
            raise DatabaseError("40001")

        model = self.send(handler=on_ping, ignored_faults=frozenset({NOTHING_LOST}))
        assert explore(model).verdict == "proved"

    def test_a_request_that_nobody_answers_is_named(self):
        async def journey(customer, ctx):
            await ctx.request(Ping(sender=customer.name))

        with pytest.raises(Problem, match="a request of ping needs one handler; no handler"):
            explore(shop(journey))


def reaches_shared_rows_only(program):
    """Rows of a customer's own count only where customers are explored by name."""
    blocks = (part for part in program if isinstance(part, Block))
    return all(s.shelf in "ab" for block in blocks for s in block.statements)


class TestNumbersOfInterleavings:
    @pytest.mark.parametrize("steps", [1, 2, 3, 7])
    def test_two_customers_of_n_steps_interleave_in_2n_choose_n_ways(self, steps):
        count = explore(shop(reading(steps))).count
        assert (count.total, count.violating) == (comb(2 * steps, steps), 0)

    def test_three_customers_of_two_steps_interleave_in_ninety_ways(self):
        assert explore(shop(reading(2), customers=3)).count.total == 90

    def test_customers_by_name_interleave_in_as_many_ways(self):
        carts = [(("tea", n),) for n in (1, 2)]
        found = explore(shop(reading(4), carts=carts))
        assert not found.interchangeable
        assert found.count.total == comb(8, 4)

    def test_the_numbers_are_exact_however_large(self):
        assert explore(shop(reading(60))).count.total == comb(120, 60)

    def test_each_answer_of_an_external_system_counts(self):
        async def journey(_customer, ctx):
            await ctx.call("payment", "authorise")
            async with ctx.transaction() as tx:
                await tx.get(shelves, "a")

        model = shop(journey, outcomes={"payment": ("yes", "no", "perhaps")})
        assert explore(model).count.total == 2 * 3 * 3

    def test_those_that_violate_are_counted(self):
        """Two customers read, and write in a second transaction: every schedule loses an update
        but the two in which one has written before the other reads."""

        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                row = await tx.get(shelves, "a")
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=row.units + 1)

        model = shop(journey, rows=stocked(a=0))
        found = explore(_at_the_end(model, lambda view: units_on(view, "a") == 1))
        assert found.verdict == "violated"
        assert found.count.total - found.count.violating == 2
        assert 0 < found.count.fraction < 1

    @settings(max_examples=25, deadline=None, phases=NOSHRINK)
    @given(program=programs.filter(reaches_shared_rows_only), least=st.integers(-1, 1))
    def test_they_are_as_many_as_there_are_when_taken_one_by_one(self, program, least):
        async def journey(customer, ctx):
            return await run(program, customer.name, ctx)

        few = never("enough", lambda view: (units_on(view, "a") or 0) < least)
        options = {"rows": stocked(a=1, b=1), "outcomes": {"payment": ("yes", "no")}}
        found = explore(shop(journey, always=[few], **options))
        by_name = shop(journey, always=[replace(few, tells_apart=True)], **options)
        if found.count is not None:
            counted = (found.count.total, found.count.violating)
            assert counted == _one_by_one(by_name, few)

    def test_none_is_given_where_every_wait_had_to_be_a_move(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.delete(shelves, "a")
                await tx.insert(shelves, shelf="a", units=2)

        assert explore(shop(journey)).count is None


def _one_by_one(model, prop):
    """All interleavings and those that violate, by going along each from the start."""
    space = Space(model, interchangeable=False)
    total = violating = 0
    todo = [(space.initial, False)]
    while todo:
        state, is_broken = todo.pop()
        is_broken = is_broken or prop.broken(space.view(state)) is not None
        ways = space.transitions(state)
        todo += [(way[0], is_broken) for way in ways]
        total += not ways
        violating += not ways and is_broken
        assert total < 60_000, "the program is too large to be counted one by one"
    return total, violating


def _at_the_end(model, broken):
    """The model, with something that may not be once everybody is done."""

    def at_end(view):
        return len(view.outcomes) == len(model.customers) and broken(view)

    return replace(model, always=(never("no-update-lost", at_end),))


def test_the_clock_is_looked_at_after_every_state_of_a_crowd(monkeypatch):
    # Every look takes a second.
    monkeypatch.setattr("eventproof.simulator.search.monotonic", partial(next, count()))

    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=plus(customer.cart[0][1]))

    model = shop(journey, carts=[(("tea", number),) for number in range(80)])
    found = explore(model, budget=Budget(seconds=10))
    assert found.ended_by == "seconds"
    assert found.transitions < 20 * 80
