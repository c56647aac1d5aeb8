"""Handlers that break the rules by which one can be explored, and those that only seem to."""

import itertools
import random
import time

import pytest
import sqlalchemy as sa
from simulator_shops import Ping, never, notes, shelves, shop, stocked, units_on

from eventproof.findings import Problem
from eventproof.simulator import DatabaseError, Refused, at_least, explore, minus, plus
from eventproof.simulator.answers import AnswerTree
from eventproof.simulator.programs import Program, Route
from eventproof.simulator.properties import Sometimes


def exploring(journey, **more):
    return explore(shop(journey, **more))


def with_handler(service, **more):
    async def journey(customer, ctx):
        await ctx.publish(Ping(sender=customer.name))

    return shop(journey, routes={"ping": (Route("listener", service, "on_ping", Ping),)}, **more)


class TestHandlersThatAreNotDeterministic:
    def test_state_on_self_is_named(self):
        class Counting:
            async def on_ping(self, _ping, ctx):
                self.seen = True
                await ctx.sleep(1)

        with pytest.raises(
            Problem, match=r"ping keeps state on self: seen \(test_answers\.py:\d+\)\.$"
        ):
            explore(with_handler(Counting))

    def test_state_of_the_module_is_noticed(self):
        counter = itertools.count()

        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=next(counter))

        with pytest.raises(Problem, match="journey is not deterministic: given the same answers"):
            exploring(journey, customers=1)

    def test_the_clock_is_noticed(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=time.perf_counter_ns())

        with pytest.raises(Problem, match="not deterministic") as problem:
            exploring(journey)
        assert "read the clock" in problem.value.hint
        line = journey.__code__.co_firstlineno + 2
        assert problem.value.sentence.endswith(f" (test_answers.py:{line}).")

    def test_random_numbers_are_noticed(self):
        drawn = random.Random(3)

        async def journey(_customer, ctx):
            for _ in range(8):
                await ctx.sleep(drawn.random())

        with pytest.raises(Problem, match="not deterministic"):
            exploring(journey, customers=1)

    def test_a_handler_that_ends_early_the_second_time_is_noticed(self):
        runs = itertools.count()

        async def journey(_customer, ctx):
            if next(runs) == 0:
                async with ctx.transaction() as tx:
                    await tx.get(shelves, "a")

        with pytest.raises(Problem, match="it ended where it had asked `begin`") as problem:
            exploring(journey, customers=1)
        first = journey.__code__.co_firstlineno
        assert problem.value.sentence.endswith(f" (test_answers.py:{first}).")

    def test_an_end_that_differs_each_time_is_noticed_though_nothing_comes_after_it(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.get(shelves, "a")
            return str(time.perf_counter_ns())

        with pytest.raises(Problem, match=r"it ended in two ways \(test_answers\.py:\d+\)\."):
            exploring(journey)

    def test_simulated_time_is_no_clock(self):
        async def journey(_customer, ctx):
            return str(await ctx.now())

        assert exploring(journey).verdict == "proved"


class TestNames:
    def test_customers_who_differ_in_nothing_stand_for_each_other(self):
        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf=f"shelf-of-{customer.name}", units=1)

        found = exploring(journey)
        assert (found.interchangeable, found.note) == (True, None)

    def test_customers_with_other_carts_are_explored_by_name(self):
        async def journey(_customer, ctx):
            await ctx.sleep(1)

        found = exploring(journey, carts=[(("tea", 1),), (("tea", 2),)])
        assert (found.interchangeable, found.note) == (False, None)

    def test_a_handler_that_treats_one_name_differently_is_explored_by_name(self):
        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=1 if customer.name == "customer-1" else 7)

        seven = never("never-seven", lambda view: units_on(view, "a") == 7)
        found = exploring(journey, always=[seven])
        assert (found.verdict, found.interchangeable) == ("violated", False)
        assert found.note == (
            "journey treats customers differently by their name; "
            "each customer was explored by name"
        )
        assert {deed.actor for deed in found.violations[0].deeds} <= {"customer-1", "customer-2"}

    def test_a_handler_that_knows_its_customers_by_name_is_explored_by_name(self):
        shelf = {"customer-1": "a", "customer-2": "a"}

        async def journey(customer, ctx):
            mine = shelf[customer.name]
            async with ctx.transaction() as tx:
                await tx.get(shelves, mine)

        found = exploring(journey)
        assert (found.verdict, found.interchangeable) == ("proved", False)
        assert "cannot run under another customer's name" in found.note

    def test_a_name_that_is_computed_with_is_noticed(self):
        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=int(customer.name[-1]))

        assert not exploring(journey).interchangeable

    def test_a_name_in_a_shared_row_makes_everybody_be_explored_by_name(self):
        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.insert(notes, note="a", text=customer.name, on_conflict="nothing")

        def of_second(view):
            return any(note.text == "customer-2" for note in view.table("notes"))

        second = Sometimes("customer 2 was first", of_second)
        found = exploring(journey, sometimes=[second])
        assert (found.verdict, found.interchangeable) == ("proved", False)
        assert "a customer's name is written into notes a" in found.note

    def test_a_shelf_that_is_called_like_a_customer_belongs_to_everybody(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "customer-1", units=plus(1))

        two = never("never-two", lambda view: units_on(view, "customer-1") == 2)
        rows = stocked(**{"customer-1": 0})
        assert exploring(journey, rows=rows, always=[two]).verdict == "violated"

    def test_a_product_in_the_cart_that_is_called_like_a_customer_belongs_to_everybody(self):
        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, customer.cart[0][0], units=plus(1))

        two = never("never-two", lambda view: units_on(view, "customer-1") == 2)
        rows = stocked(**{"customer-1": 0})
        carts = [(("customer-1", 1),)] * 2
        assert exploring(journey, rows=rows, carts=carts, always=[two]).verdict == "violated"

    def test_ten_customers_and_more_are_told_apart(self):
        """`customer-1` is part of the name `customer-10`."""

        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf=f"shelf-of-{customer.name}", units=1)

        full = Sometimes("a shelf for each", lambda v: len(list(v.table("shelves"))) == 12)
        found = exploring(journey, customers=11, rows=stocked(a=1), sometimes=[full])
        assert (found.verdict, found.interchangeable) == ("proved", True)


class TestEndlessHandlers:
    def test_a_loop_that_touches_nothing_is_ended(self):
        async def journey(_customer, ctx):
            while True:
                await ctx.sleep(1)

        with pytest.raises(Problem, match="journey took 2000 steps and touched no row"):
            exploring(journey)

    def test_a_loop_that_counts_is_ended(self):
        async def journey(_customer, ctx):
            for turn in itertools.count():
                await ctx.sleep(turn)

        tree = AnswerTree(depth_bound=50)
        node = tree.start(Program("journey", journey, None))
        for _ in range(50):
            node = tree.advance(node, None)
        with pytest.raises(Problem, match="journey took 50 steps without coming to an end"):
            tree.advance(node, None)

    def test_a_message_that_sends_itself_is_ended(self):
        class Echo:
            async def on_ping(self, ping, ctx):
                await ctx.publish(ping)

        with pytest.raises(Problem, match=r"listener\.ping took 2000 steps and touched no row"):
            explore(with_handler(Echo))

    def test_a_request_that_asks_itself_is_ended(self):
        class Echo:
            async def on_ping(self, ping, ctx):
                await ctx.request(ping)

        with pytest.raises(Problem, match=r"listener\.ping|journey"):
            explore(with_handler(Echo))

    def test_a_loop_that_forgets_is_a_circle_and_its_exploration_ends(self):
        async def journey(_customer, ctx):
            while True:
                async with ctx.transaction() as tx:
                    await tx.get(shelves, "a")

        said = (
            r"^journey \(test_answers\.py:\d+\) goes on for ever: no run of the scenario ends\.$"
        )
        with pytest.raises(Problem, match=said):
            exploring(journey)

    def test_more_quiet_steps_than_python_calls_can_be_nested_are_no_fault(self):
        async def journey(_customer, ctx):
            for _ in range(1_100):
                await ctx.sleep(1)
            return "patient"

        patient = Sometimes("patient", lambda view: "patient" in view.outcomes)
        assert exploring(journey, customers=1, sometimes=[patient]).verdict == "proved"


class TestErrorsOfHandlers:
    def test_a_handler_that_raises_is_told_with_its_line(self):
        async def journey(_customer, ctx):
            await ctx.sleep(1)
            raise KeyError("tea")

        with pytest.raises(
            Problem, match=r"^journey raised KeyError: 'tea' \(test_answers.py:\d+\)\.$"
        ):
            exploring(journey)

    def test_a_refusal_is_an_outcome(self):
        async def journey(_customer, _ctx):
            raise Refused(400)

        refused = Sometimes("refused", lambda view: view.outcomes == ("refused: 400",) * 2)
        assert exploring(journey, sometimes=[refused]).verdict == "proved"

    def test_a_database_error_that_nobody_catches_is_an_outcome(self):
        async def journey(_customer, _ctx):
            raise DatabaseError("40001")

        failed = Sometimes("failed", lambda v: any("failed: 40001" in o for o in v.outcomes))
        assert exploring(journey, sometimes=[failed]).verdict == "proved"

    def test_a_requester_gets_the_refusal_of_its_handler(self):
        class Strict:
            async def on_ping(self, _ping, _ctx):
                raise Refused(404, "no such shelf")

        async def journey(customer, ctx):
            try:
                await ctx.request(Ping(sender=customer.name))
            except Refused as refused:
                return f"{refused.status} {refused.detail}"

        told = Sometimes("told", lambda view: "404 no such shelf" in view.outcomes)
        routes = {"ping": (Route("listener", Strict, "on_ping", Ping),)}
        assert exploring(journey, routes=routes, sometimes=[told]).verdict == "proved"

    def test_awaiting_something_that_is_no_step_is_named(self):
        import asyncio

        async def journey(_customer, _ctx):
            await asyncio.sleep(0)

        with pytest.raises(Problem, match=r"journey awaited .*, which is not a step") as problem:
            exploring(journey)
        assert "ctx.sleep" in problem.value.hint

    def test_a_handler_that_must_clean_up_by_awaiting_can_be_abandoned(self, recwarn):
        async def journey(customer, ctx):
            try:
                async with ctx.transaction() as tx:
                    await tx.update(shelves, "a", units=plus(1))
            finally:
                await ctx.sleep(1)
                await ctx.publish(Ping(sender=customer.name))

        assert exploring(journey).verdict == "proved"
        assert not recwarn.list

    def test_a_transaction_inside_another_is_named(self):
        async def journey(_customer, ctx):
            async with ctx.transaction(), ctx.transaction():
                await ctx.sleep(1)

        with pytest.raises(Problem, match="journey opens a transaction inside another"):
            exploring(journey)

    def test_a_transaction_used_after_its_end_is_named(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.rollback()
                await tx.get(shelves, "a")

        with pytest.raises(Problem, match="journey uses a transaction after its end"):
            exploring(journey)

    def test_a_column_that_does_not_exist_is_named(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", unit=1)

        with pytest.raises(Problem, match="unit"):
            exploring(journey)

    def test_a_guard_on_a_column_that_does_not_exist_is_named(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=1, guard=at_least(unit=1))

        with pytest.raises(Problem, match="unit"):
            exploring(journey)

    def test_an_inserted_column_that_does_not_exist_is_named(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.insert(shelves, shelf="c", units=1, colour="red")

        with pytest.raises(Problem, match="colour"):
            exploring(journey)

    def test_a_list_where_plain_data_is_needed_is_named(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=[1])

        with pytest.raises(Problem, match=r"journey .*list"):
            exploring(journey)

    def test_publishing_what_is_no_message_is_named(self):
        async def journey(_customer, ctx):
            await ctx.publish("hello")

        with pytest.raises(Problem, match=r"journey .*str"):
            exploring(journey)

    @pytest.mark.parametrize("answer", [{"units": 1}, ["a"]])
    def test_an_answer_that_is_no_message_is_named(self, answer):
        class Careless:
            async def on_ping(self, _ping, _ctx):
                return answer

        async def journey(customer, ctx):
            return str(await ctx.request(Ping(sender=customer.name)))

        routes = {"ping": (Route("listener", Careless, "on_ping", Ping),)}
        with pytest.raises(Problem, match=r"listener\.ping answers"):
            exploring(journey, routes=routes)

    def test_a_message_that_cannot_be_written_is_named(self):
        class Careless(Ping):
            def to_payload(self):
                return {"letters": list(self.sender)}

        async def journey(_customer, ctx):
            await ctx.publish(Careless(sender=None))

        with pytest.raises(Problem, match="journey sends a ping that cannot be written as JSON"):
            exploring(journey)

    def test_a_message_class_that_cannot_read_what_is_sent_is_named(self):
        class Other(Ping):
            @classmethod
            def from_payload(cls, payload):
                return cls(sender=payload["nobody"])

        class Listener:
            async def on_ping(self, _ping, _ctx):
                return None

        async def journey(customer, ctx):
            await ctx.publish(Ping(sender=customer.name))

        routes = {"ping": (Route("listener", Listener, "on_ping", Other),)}
        with pytest.raises(Problem, match=r"listener cannot read ping 1\.0\.0: KeyError"):
            exploring(journey, routes=routes)

    def test_adding_text_is_named(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=plus("1"))

        with pytest.raises(Problem, match="journey raised TypeError: str '1' is no number to add"):
            exploring(journey)

    def test_adding_to_text_is_named(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.insert(notes, note="a", text="one")
                await tx.update(notes, "a", text=plus(1))

        with pytest.raises(Problem, match=r"journey asks `text \+ 1`, which cannot be"):
            exploring(journey)

    def test_null_is_never_enough_and_nothing_can_be_added_to_it(self):
        counts = sa.Table(
            "counts",
            sa.MetaData(),
            sa.Column("name", sa.String, primary_key=True),
            sa.Column("units", sa.Integer),
        )

        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.insert(counts, name="c")
                taken = await tx.update(counts, "c", units=minus(1), guard=at_least(units=0))
                await tx.update(counts, "c", units=plus(1))
                row = await tx.get(counts, "c")
            return f"{taken} {row.units}"

        so = Sometimes("so", lambda view: view.outcomes == ("False None",))
        assert exploring(journey, customers=1, sometimes=[so]).verdict == "proved"

    def test_a_journey_that_is_no_coroutine_function_is_named(self):
        with pytest.raises(Problem, match="journey"):
            exploring(lambda _customer, _ctx: "done")

    def test_a_journey_of_other_arguments_is_named(self):
        async def journey(_customer):
            return None

        with pytest.raises(Problem, match="journey raised TypeError"):
            exploring(journey)

    def test_a_handler_that_leaves_the_process_is_told(self):
        async def journey(_customer, _ctx):
            raise SystemExit(3)

        with pytest.raises(Problem, match="journey raised SystemExit"):
            exploring(journey)


def test_a_node_is_met_again_by_the_same_answers():
    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            return [await tx.get(shelves, "a"), await tx.get(shelves, "b")][0]

    tree = AnswerTree()
    root = tree.start(Program("journey", journey, None))
    assert tree.start(Program("journey", journey, None)) == root
    begun = tree.advance(root, None)
    assert tree.advance(root, None) == begun
    assert tree.advance(begun, 1) != tree.advance(begun, True), "a handler can tell 1 from True"


def test_a_handler_that_singles_out_one_of_the_customers_is_explored_by_name():
    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=7 if customer.name == "customer-2" else 1)
        return "done"

    model = shop(journey, always=[never("seven", lambda view: units_on(view, "a") == 7)])

    explored = explore(model)

    assert explored.verdict == "violated"
    assert not explored.interchangeable
    assert "by their name" in explored.note


def test_a_property_sees_each_customers_rows_under_its_own_name():
    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.insert(shelves, shelf=f"shelf-of-{customer.name}", units=1)
        return "done"

    def two_alike(view):
        names = [row.shelf for row in view.table("shelves")]
        return len(names) != len(set(names))

    explored = explore(shop(journey, customers=3, always=[never("alike", two_alike)]))

    assert explored.interchangeable
    assert explored.verdict == "proved"


def test_what_holds_only_until_another_journey_ends_is_seen():
    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=minus(1), guard=at_least(units=1))
        return await ctx.call("payment", "authorise")

    def one_has_ended_and_the_other_has_not(view):
        return len(view.outcomes) == 1

    model = shop(
        journey,
        rows=stocked(a=2),
        outcomes={"payment": ("yes",)},
        always=[never("apart", one_has_ended_and_the_other_has_not)],
    )

    assert explore(model).verdict == "violated"
