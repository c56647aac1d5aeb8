"""The explorer against every schedule taken one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_brute_force import anonymous, anonymous_rows, every_schedule, reached
from simulator_programs import programs, run
from simulator_shops import never, shop, stocked, units_on

from eventproof.simulator import explore
from eventproof.simulator.space import Space
from eventproof.simulator.steps import Isolation

levels = st.sampled_from(tuple(Isolation))


@settings(max_examples=60, deadline=None)
@given(first=programs, second=programs, level=levels)
def test_customers_by_name_reach_what_every_schedule_reaches(first, second, level):
    by_cart = {(("tea", 1),): first, (("tea", 2),): second}

    async def journey(customer, ctx):
        return await run(by_cart[customer.cart], customer.name, ctx)

    model = shop(journey, carts=[*by_cart], rows=stocked(a=1, b=1), isolation=level, outcomes={"payment": ("yes", "no")})
    seen = every_schedule(model)
    rows, ends = reached(Space(model, interchangeable=False))
    assert rows == seen.rows
    assert ends == seen.ends


@settings(max_examples=60, deadline=None)
@given(program=programs, level=levels)
def test_interchangeable_customers_reach_what_every_schedule_reaches(program, level):
    async def journey(customer, ctx):
        return await run(program, customer.name, ctx)

    model = shop(journey, rows=stocked(a=1, b=1), isolation=level, outcomes={"payment": ("yes", "no")})
    names = [customer.name for customer in model.customers]
    seen = every_schedule(model)
    rows, ends = reached(Space(model, interchangeable=True))
    assert rows == {anonymous_rows(found, names) for found in seen.rows}
    assert ends == {anonymous(found, said, names) for found, said in seen.ends}
