"""Messages and rows that cannot be hashed: tried at random, copied on their way, never proved."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from simulator_shops import never, scenario, shelves, shop, stocked, units_on
from sqlalchemy import JSON, Column, MetaData, String, Table

from eventproof.findings import Problem
from eventproof.simulator import (
    Budget,
    Eventually,
    Isolation,
    Search,
    Sometimes,
    explore,
    explore_or_sample,
    replay_tape,
    sample,
    simulate,
)
from eventproof.simulator.minimise import Run, minimised
from eventproof.simulator.programs import Route
from eventproof.simulator.replay import replay_deeds, tape_steps
from eventproof.simulator.tables import table_of
from eventproof.simulator.turns import Turns

RUNS = Search(runs=30)

guests = Table(
    "guests", MetaData(), Column("day", String, primary_key=True), Column("names", JSON)
)


@dataclass
class Order:
    """A message with a list in it."""

    MESSAGE: ClassVar[str] = "order"
    VERSION: ClassVar[str] = "1.0.0"

    lines: list

    def to_payload(self):
        return {"lines": self.lines}

    @classmethod
    def from_payload(cls, payload):
        return cls(payload["lines"])


class Counting:
    """Adds up, with a window between its read and its write, and ruins the message that it got."""

    async def on_order(self, order, ctx):
        lines = len(order.lines)
        order.lines.append("ruined")
        async with ctx.transaction() as tx:
            row = await tx.get(shelves, "a")
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=row.units + lines)


class Noting:
    """Notes how many lines it was told of."""

    async def on_order(self, order, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "b", units=len(order.lines))


async def ordering(customer, ctx):
    order = Order([customer.name])
    await ctx.publish(order)
    order.lines.append("too late")
    return "ordered"


def orders(*services, **more):
    routes = {"order": tuple(Route(s.__name__, s, "on_order", Order) for s in services)}
    return shop(ordering, rows=stocked(a=0, b=0), routes=routes, **more)


lost_an_update = never(
    "never-lost", lambda view: len(view.outcomes) == 2 and units_on(view, "a") == 1
)
two = Sometimes("two", lambda view: units_on(view, "a") == 2)


class TestTheVerdict:
    def test_it_is_passed_and_never_proved_and_the_line_is_named(self):
        found = explore_or_sample(orders(Counting))
        line = ordering.__code__.co_firstlineno + 2
        assert (found.verdict, found.runs, found.exhausted, found.count) == (
            "passed", 1_000, False, None
        )  # fmt: skip
        assert found.note == (
            "journey asks with a value that may still change: unhashable type: 'Order' "
            f"(test_unhashable.py:{line}): "
            "states cannot be told apart, so runs were taken at random"
        )

    def test_it_is_violated_where_a_run_breaks_something(self):
        model = orders(Counting, always=[lost_an_update], sometimes=[two])
        found = explore_or_sample(model)
        assert found.verdict == "violated"
        assert replay_deeds(model, found.violations[0].deeds).breaks("never-lost")

    @pytest.mark.parametrize("by", ["random", "pct", "both"])
    def test_each_search_finds_it(self, by):
        model = orders(Counting, always=[lost_an_update])
        assert sample(model, search=Search(by, runs=200)).verdict == "violated"

    def test_it_is_unknown_where_something_was_never_reached(self):
        nine = Sometimes("nine", lambda view: units_on(view, "a") == 9)
        found = sample(orders(Counting, sometimes=[nine, two]), search=RUNS)
        assert (found.verdict, found.unreached) == ("unknown", ("nine",))

    def test_what_never_comes_about_is_found(self):
        both = Eventually("both", lambda view: units_on(view, "a") == 2)
        model = replace(orders(Counting), eventually=(both,))
        found = sample(model, search=Search(runs=200))
        assert [v.sentence for v in found.violations] == ["A run never comes to `both`: it ends."]

    def test_a_run_that_can_go_no_further_is_found(self):
        class Busy:
            async def on_order(self, order, ctx):
                await ctx.request(order)

        model = replace(orders(Busy), turns=Turns(at_once={"Busy": 1}))
        assert [v.property for v in sample(model).violations] == ["never-stuck"]

    def test_the_budget_ends_it(self):
        found = sample(orders(Counting), budget=Budget(seconds=0))
        assert (found.runs, found.ended_by) == (0, "seconds")

    def test_the_same_seed_takes_the_same_runs(self):
        model = orders(Counting, always=[lost_an_update])
        one, other = (sample(model, seed=5).violations[0].deeds for _ in range(2))
        assert one == other

    def test_exploring_itself_says_what_it_cannot_do(self):
        with pytest.raises(Problem, match=r"journey asks with a value .*'Order'.*\.$") as problem:
            explore(orders(Counting))
        assert "use tuples for lists" in problem.value.hint

    def test_a_message_that_only_its_reader_cannot_hash_is_named_by_its_handler(self):
        @dataclass(frozen=True)
        class Plain:
            MESSAGE: ClassVar[str] = "order"
            VERSION: ClassVar[str] = "1.0.0"

            def to_payload(self):
                return {"lines": ["one"]}

        async def journey(_customer, ctx):
            await ctx.publish(Plain())

        model = replace(orders(Counting), journey=journey)
        found = sample(model, search=RUNS)
        assert found.verdict == "passed"
        assert "Counting.order receives a message that may still change" in found.note

    def test_rows_that_cannot_be_hashed_are_named(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.get(shelves, "a")

        found = sample(shop(journey, rows=stocked(a=[1])), search=RUNS)
        assert (found.verdict, found.note.partition(":")[0]) == (
            "passed", "the row a of shelves has a value that may still change"
        )  # fmt: skip


class TestCopies:
    def test_what_is_changed_after_it_was_sent_does_not_change_what_arrives(self):
        three = never("never-three", lambda view: (units_on(view, "b") or 0) > 1)
        assert sample(orders(Noting, always=[three]), search=RUNS).verdict == "passed"

    def test_one_consumer_does_not_see_what_another_does_to_its_message(self):
        ruined = never("never-ruined", lambda view: (units_on(view, "b") or 0) > 1)
        assert sample(orders(Counting, Noting, always=[ruined]), search=RUNS).verdict == "passed"

    @pytest.mark.parametrize("isolation", list(Isolation))
    def test_a_row_that_was_read_does_not_change_the_store(self, isolation):
        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                row = await tx.get_for_update(guests, "a")
                row.names.append("ruined")
            async with ctx.transaction() as tx:
                names = (await tx.get_for_update(guests, "a")).names
                names.append(customer.name)
                await tx.update(guests, "a", names=names)
            names.append("ruined")

        def names_in(view):
            (found,) = view.table("guests")
            return found.names

        ruined = never("never-ruined", lambda view: "ruined" in names_in(view))
        both = Sometimes("both", lambda view: len(names_in(view)) == 2)
        table = table_of(guests)
        rows = {table.key("a"): table.make({"day": "a", "names": []})}
        model = shop(journey, rows=rows, isolation=isolation, always=[ruined], sometimes=[both])
        found = sample(model, search=RUNS)
        assert (found.verdict, found.unreached) == ("passed", ())

    def test_simulated_time_takes_them_too(self):
        run = simulate(orders(Counting, Noting), scenario(2), seed=1)
        assert (run.breaches, len(run.tally.journey_s)) == ((), 2)


class TestWhatCannotBe:
    def test_a_key_that_may_change_is_named_with_its_line(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.get(shelves, ["a"])

        with pytest.raises(Problem, match=r"unhashable type: 'list' \(test_unhashable\.py:\d+\)"):
            sample(shop(journey))

    def test_a_value_that_cannot_be_copied_is_named_with_its_line(self):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(guests, "a", names=[iter(()), (n for n in ())])

        with pytest.raises(Problem, match=r"\(test_unhashable\.py:\d+\), and it cannot be copied"):
            sample(shop(journey))


def test_a_run_is_made_smaller_and_replayed_as_any_other():
    model = orders(Counting, always=[lost_an_update], customers=2)
    deeds = sample(model).violations[0].deeds
    steps = tape_steps(deeds, replay_deeds(model, deeds).moments)
    whole = Run(steps, {"tea": 2})
    small = minimised(model, whole, "never-lost", rows_of=lambda _stock: model.rows)
    assert len(small.steps) <= len(steps)
    assert replay_tape(model, small.steps).breaks("never-lost")
