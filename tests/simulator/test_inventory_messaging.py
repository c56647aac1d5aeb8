"""Messages that come twice, late, too early, or while a process crashes."""

from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_shops import shop
from simulator_stock import done, run

from eventproof.simulator import explore
from eventproof.simulator.inventory import (
    ALWAYS,
    book,
    initial_rows,
    messaging,
    stock_transactions,
)
from eventproof.simulator.properties import Always

TEA = initial_rows({"tea": 5})


@dataclass(frozen=True)
class Told:
    MESSAGE: ClassVar[str] = "Told"
    VERSION: ClassVar[str] = "1.0.0"

    message_id: str
    text: str

    def to_payload(self):
        return {"id": self.message_id, "text": self.text}


def adjusting(key, quantity):
    """A consumer of a delta: inbox, ledger and outbox in one transaction, then the relay."""

    async def work(ctx):
        async with ctx.transaction() as tx:
            if await messaging.first_time(tx, key):
                after = await book(tx, "increment", "tea", quantity, command=key)
                payload = {"available": after.available}
                await messaging.put_out(tx, f"adjusted:{key}", payload, entity="tea", revision=1)

        async def publish(message_id, payload):
            await ctx.publish(Told(message_id, str(payload["available"])))

        return str(await messaging.relay(ctx, publish))

    return work


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.lists(st.integers(0, 12), max_size=3)), max_size=6
    )
)
def test_a_message_has_its_effect_once_however_often_it_comes_and_whenever_it_crashes(coming):
    rows, published = TEA, []
    for key, crashes in coming:
        for crash_after in crashes:
            ran = run(rows, adjusting(key, ord(key) - ord("a") + 1), crash_after=crash_after)
            rows, published = ran.rows, published + ran.published
        ran = run(rows, adjusting(key, ord(key) - ord("a") + 1))
        rows, published = ran.rows, published + ran.published
    keys = {key for key, _ in coming}
    assert rows["stock", "tea"].available == 5 + sum(ord(key) - ord("a") + 1 for key in keys)
    assert {message.message_id for message in published} == {f"adjusted:{key}" for key in keys}
    assert all(row.status == "SENT" for key, row in rows.items() if key[0] == "outbox")


def test_two_deliveries_at_once_have_one_effect_in_every_order():
    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            if await messaging.first_time(tx, "order-1"):
                await book(tx, "allocate", "tea", 2, command="order-1")
                return "allocated"
        return "known"

    def twice(view):
        return "twice" if view.outcomes.count("allocated") > 1 else None

    model = shop(
        journey,
        rows=TEA,
        always=[Always("once", twice), ALWAYS["ledger-balances"], ALWAYS["every-command-ends"]],
    )
    assert explore(model).verdict == "proved"


def test_what_was_answered_is_answered_again():
    async def work(ctx):
        said = []
        for _ in range(2):
            async with ctx.transaction() as tx:
                if await messaging.first_time(tx, "key-1"):
                    await messaging.remember_answer(tx, "key-1", {"left": 4})
                said.append(await messaging.answer_to(tx, "key-1"))
        return str(said)

    assert run(TEA, work).outcome == str([{"left": 4}, {"left": 4}])
    assert done(TEA, lambda tx: messaging.answer_to(tx, "key-2")).outcome == "None"


def test_an_older_message_does_not_replace_a_newer_one():
    async def work(tx):
        return [await messaging.is_newest(tx, "tea", revision) for revision in (2, 1, 2, 5)]

    assert done(TEA, work).outcome == str([True, False, False, True])


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_messages_that_build_on_each_other_are_applied_in_their_order(order):
    async def receive(tx, revision, applied):
        payload = {"revision": revision}
        if await messaging.in_order(tx, "order-1", revision, payload) != messaging.APPLY:
            return
        while payload is not None:
            applied.append(payload["revision"])
            payload = await messaging.take_up(tx, "order-1")

    async def work(ctx):
        applied = []
        for revision in (*order, *order):  # and each of them twice
            async with ctx.transaction() as tx:
                await receive(tx, revision, applied)
        return str(applied)

    ran = run(TEA, work)
    assert ran.outcome == "[1, 2, 3]"
    assert not ran.table("parked")


def test_what_cannot_be_handled_is_kept_with_its_reason():
    async def work(ctx):
        async def allocate():
            async with ctx.transaction() as tx:
                await stock_transactions.allocate(tx, "tea", 9, command="m-1")

        async def receive():
            async with ctx.transaction() as tx:
                await stock_transactions.increment(tx, "tea", 1, command="m-2")

        return str(
            [
                await messaging.or_dead_letter(ctx, "m-1", {"units": 9}, allocate),
                await messaging.or_dead_letter(ctx, "m-1", {"units": 9}, allocate),
                await messaging.or_dead_letter(ctx, "m-2", {"units": 1}, receive),
            ]
        )

    ran = run(TEA, work)
    assert ran.outcome == "[False, False, True]"
    (letter,) = ran.table("dead_letters")
    assert (letter.message_id, letter.payload) == ("m-1", '{"units": 9}')
    assert letter.reason == f"422 {stock_transactions.INSUFFICIENT}"
    assert ran.level() == {"total": 6, "available": 6}
