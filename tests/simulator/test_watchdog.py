"""Handlers that loop for ever or block end the run in one sentence with their place."""

import signal
import time
from contextlib import suppress

import pytest
from simulator_shops import shop

from eventproof.findings import Problem
from eventproof.simulator import Context, explore
from eventproof.simulator.context import BEGIN
from eventproof.simulator.errors import Stuck
from eventproof.simulator.watchdog import watching


async def loops(customer, ctx):
    await ctx.sleep(1)
    while True:
        with suppress(Exception):  # it must not be able to swallow what stops it
            pass


async def blocks(customer, ctx):
    time.sleep(1_000)


async def ends(customer, ctx):
    await ctx.sleep(1)


@pytest.mark.parametrize("journey", [loops, blocks])
def test_a_handler_that_comes_to_no_step_is_stopped_and_named(journey):
    with pytest.raises(Problem) as problem, watching(patience_s=0.2):
        explore(shop(journey))

    assert problem.value.sentence.startswith("journey neither takes a step nor ends")
    assert "(test_watchdog.py:" in problem.value.sentence
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_nothing_is_rolled_back_for_a_handler_that_is_stopped():
    async def within_a_transaction(ctx):
        async with ctx.transaction():
            await ctx.sleep(1)

    run = within_a_transaction(Context())
    assert run.send(None) == BEGIN
    run.send(None)
    with pytest.raises(Stuck):
        run.throw(Stuck("it neither takes a step nor ends"))


def test_handlers_that_take_their_steps_are_left_alone():
    with watching(patience_s=0.01):
        for _ in range(20):
            assert explore(shop(ends)).verdict == "proved"
