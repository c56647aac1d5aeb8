"""What every fair run comes to: ends, circles that are fair and such that are not, and tapes."""

from dataclasses import replace
from typing import NamedTuple

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from simulator_fair_runs import Runs
from simulator_shops import Ping, shelves, shop, stocked, units_on

from eventproof.simulator import Budget, DatabaseError, Eventually, explore
from eventproof.simulator.programs import Route
from eventproof.simulator.replay import replay_deeds

NOSHRINK = (Phase.explicit, Phase.reuse, Phase.generate)

all_end = Eventually("all end", lambda view: len(view.outcomes) == 2)
a_is_one = Eventually("a is one", lambda view: units_on(view, "a") == 1)


class Put(NamedTuple):
    shelf: str
    units: int


class Await(NamedTuple):
    """Look at a shelf until it holds so many."""

    shelf: str
    units: int


class Ask(NamedTuple):
    """Ask until the answer is yes."""


class Both(NamedTuple):
    """Take two shelves in one transaction, in this order."""

    first: str
    second: str


class Program(NamedTuple):
    steps: tuple
    again: bool = False
    """Whether it begins anew at its end."""


async def play(program, ctx):
    while True:
        for at in range(len(program.steps)):
            await ACTS[type(program.steps[at])](program.steps[at], ctx)
        if not program.again:
            return "done"


async def put(step, ctx):
    async with ctx.transaction() as tx:
        await tx.update(shelves, step.shelf, units=step.units)


async def await_it(step, ctx):
    while await _units(step, ctx) != step.units:
        pass


async def _units(step, ctx):
    async with ctx.transaction() as tx:
        return (await tx.get(shelves, step.shelf)).units


async def ask(_step, ctx):
    while True:
        async with ctx.transaction() as tx:
            await tx.get(shelves, "a")
        if await ctx.call("payment", "authorise") == "yes":
            return


async def both(step, ctx):
    try:
        async with ctx.transaction() as tx:
            await tx.update(shelves, step.first, units=1)
            await tx.update(shelves, step.second, units=1)
    except DatabaseError:
        return


ACTS = {Put: put, Await: await_it, Ask: ask, Both: both}


def a_shop(*programs, eventually, **more):
    by_cart = {(("tea", n),): program for n, program in enumerate(programs, start=1)}

    async def journey(customer, ctx):
        return await play(by_cart[customer.cart], ctx)

    options = {"rows": stocked(a=0, b=0), "outcomes": {"payment": ("yes", "no")}, **more}
    return replace(shop(journey, carts=[*by_cart], **options), eventually=eventually)


def alike(program, *, eventually, customers=2):
    async def journey(_customer, ctx):
        return await play(program, ctx)

    model = shop(journey, customers=customers, rows=stocked(a=0, b=0))
    return replace(model, eventually=eventually)


def violations(model):
    """What `explore` finds, each of it replayed with live handlers."""
    found = explore(model)
    for violation in found.violations:
        replayed = replay_deeds(model, violation.deeds, loop=violation.loop)
        assert replayed.breaks(violation.property)
    return {violation.property: violation for violation in found.violations}


class TestRunsThatEnd:
    def test_what_every_run_comes_to_is_proved(self):
        found = explore(alike(Program((Put("a", 1),)), eventually=(all_end, a_is_one)))
        assert (found.verdict, found.undecided) == ("proved", ())
        assert found.count is not None

    def test_what_holds_on_the_way_has_been_met(self):
        model = alike(Program((Put("a", 1), Put("a", 0))), eventually=(a_is_one,))
        assert not violations(model)

    def test_what_holds_at_the_start_has_been_met(self):
        empty = Eventually("empty", lambda view: units_on(view, "a") == 0)
        assert not violations(alike(Program((Put("a", 1),)), eventually=(empty,)))

    def test_an_end_that_never_met_it_is_told_with_the_whole_run(self):
        model = alike(Program((Put("b", 1),)), eventually=(a_is_one,))
        violation = violations(model)["a is one"]
        assert violation.loop == 0
        assert violation.sentence == "A run never comes to `a is one`: it ends."

    def test_no_share_of_violating_interleavings_is_given(self):
        assert explore(alike(Program((Put("b", 1),)), eventually=(a_is_one,))).count is None

    def test_some_ends_are_enough(self):
        model = a_shop(Program((Ask(),)), Program((Put("a", 1),)), eventually=(a_is_one,))
        assert not violations(model)

    def test_being_stuck_is_an_end(self):
        class Listener:
            async def on_ping(self, _ping, ctx):
                await put(Put("a", 1), ctx)

        async def journey(customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=1)
                await ctx.request(Ping(sender=customer.name))

        routes = {"ping": (Route("listener", Listener, "on_ping", Ping),)}
        model = replace(shop(journey, routes=routes), eventually=(all_end,))
        assert set(violations(model)) == {"never-stuck", "all end"}

    def test_what_is_owed_again_and_again_must_be_met_after_each_time(self):
        given_back = Eventually(
            "a is given back",
            lambda view: units_on(view, "a") == 0,
            whenever=lambda view: units_on(view, "a") == 1,
        )
        back = alike(Program((Put("a", 1), Put("a", 0))), eventually=(given_back,))
        kept = alike(Program((Put("a", 0), Put("a", 1))), eventually=(given_back,))
        assert not violations(back)
        assert set(violations(kept)) == {"a is given back"}


class TestRunsThatGoOnForEver:
    def test_a_customer_who_waits_for_what_nobody_does_goes_round_for_ever(self):
        model = alike(Program((Await("a", 1),)), eventually=(all_end,))
        violation = violations(model)["all end"]
        assert violation.loop > 0
        assert violation.sentence.endswith(f"the last {violation.loop} steps go round for ever.")
        turning = {named.actor for named in violation.deeds[-violation.loop :]}
        assert turning == {"customer-1", "customer-2"}, "a fair scheduler leaves nobody out"

    def test_whoever_waits_for_another_is_served_by_a_fair_scheduler(self):
        model = a_shop(Program((Await("a", 1),)), Program((Put("a", 1),)), eventually=(all_end,))
        assert not violations(model)

    def test_a_payment_may_be_declined_for_ever(self):
        model = a_shop(Program((Ask(),)), Program((Put("a", 1),)), eventually=(all_end,))
        assert set(violations(model)) == {"all end"}

    def test_who_stands_in_a_queue_is_let_go_however_often_others_come_back(self):
        """The writer waits for a row that another takes and gives back for ever."""
        for_ever = Program((Put("a", 0),), again=True)
        ends = Eventually("one ends", lambda view: len(view.outcomes) == 1)
        model = a_shop(for_ever, Program((Put("a", 1),)), eventually=(ends, a_is_one))
        assert not violations(model)

    def test_customers_are_explored_by_name_only_where_a_run_may_go_on_for_ever(self):
        ending = explore(alike(Program((Put("a", 1),)), eventually=(all_end,)))
        going_on = explore(alike(Program((Await("a", 1),)), eventually=(all_end,)))
        assert ending.interchangeable
        assert not going_on.interchangeable
        assert going_on.note == ("some run may go on for ever; each customer was explored by name")

    def test_a_budget_that_ends_first_leaves_it_untold(self):
        model = alike(Program((Put("a", 1), Put("a", 0))), customers=4, eventually=(a_is_one,))
        found = explore(model, budget=Budget(seconds=1e-9))
        assert (found.verdict, found.undecided) == ("unknown", ("a is one",))


units = st.integers(0, 1)
shelf = st.sampled_from(("a", "b"))
steps = st.one_of(
    st.builds(Put, shelf, units),
    st.builds(Await, shelf, units),
    st.builds(Await, shelf, units),
    st.just(Ask()),
    st.permutations(("a", "b")).map(lambda both: Both(*both)),
)
programs = st.builds(
    Program, st.lists(steps, min_size=1, max_size=2).map(tuple), again=st.booleans()
)
conditions = st.sampled_from(
    (
        Eventually("all end", all_end.met),
        Eventually("one ends", lambda view: len(view.outcomes) == 1),
        Eventually("a is one", a_is_one.met),
        Eventually(
            "b follows a",
            lambda view: units_on(view, "b") == 1,
            whenever=lambda view: units_on(view, "a") == 1,
        ),
        Eventually(
            "a is put back",
            lambda view: units_on(view, "a") == 0,
            whenever=lambda view: units_on(view, "a") == 1,
        ),
    )
)


@settings(max_examples=10, deadline=None, phases=NOSHRINK)
@given(first=programs, second=programs, prop=conditions)
@example(first=Program((Put("a", 0),), again=True), second=Program((Put("a", 1),)), prop=all_end)
def test_customers_by_name_come_to_what_the_definition_says(first, second, prop):
    model = a_shop(first, second, eventually=(prop,))
    assert (prop.name not in violations(model)) == Runs(model).always_meet(prop.met, prop.whenever)


@settings(max_examples=6, deadline=None, phases=NOSHRINK)
@given(program=programs, prop=conditions)
def test_interchangeable_customers_come_to_what_the_definition_says(program, prop):
    model = alike(program, eventually=(prop,))
    model = replace(model, outcomes={"payment": ("yes", "no")})
    assert (prop.name not in violations(model)) == Runs(model).always_meet(prop.met, prop.whenever)
