"""Messages that wait their turn, handled in threads on a database, whoever goes first."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest
from simulator_shops import Ping, shelves, shop, stocked, units_on

from eventproof.findings import Problem
from eventproof.simulator import View, plus, run_live, turnstile
from eventproof.simulator.programs import Route
from eventproof.simulator.turns import Turns
from eventproof.simulator.turnstile import Turnstile

MESSAGES = 12


@dataclass(frozen=True, kw_only=True)
class Numbered(Ping):
    """The number of a message of one sender."""

    number: int

    def to_payload(self):
        return {"sender": self.sender, "number": self.number}


async def sends_many(customer, ctx):
    for number in range(MESSAGES):
        await ctx.publish(Numbered(sender=customer.name, number=number))


class Counts:
    """Counts in two transactions, which only one at a time gets right."""

    async def on_ping(self, _message, ctx):
        async with ctx.transaction() as tx:
            row = await tx.get(shelves, "a")
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=row.units + 1)


class Follows:
    """Takes the next number of its sender, and no other."""

    async def on_ping(self, message, ctx):
        async with ctx.transaction() as tx:
            row = await tx.get(shelves, message.sender)
        if row.units == message.number:
            async with ctx.transaction() as tx:
                await tx.update(shelves, message.sender, units=plus(1))


def ended(handler, turns, tmp_path, journey=sends_many):
    rows = stocked(a=0, **{"customer-1": 0, "customer-2": 0})
    model = shop(journey, rows=rows, routes={"ping": (Route("s", handler, "on_ping", Ping),)})
    model = replace(model, turns=turns, tables=(shelves,))
    run = run_live(model, on=f"sqlite:///{tmp_path / 'shop.db'}", jitter_s=0.001)
    assert run.breaches == ()
    return View((run.rows,))


def test_a_service_that_handles_one_at_a_time_is_never_at_work_twice(tmp_path):
    view = ended(Counts, Turns(at_once={"s": 1}), tmp_path)
    assert units_on(view, "a") == 2 * MESSAGES


def test_messages_of_one_key_are_handled_in_the_order_in_which_they_were_published(tmp_path):
    view = ended(Follows, Turns(ordered={"ping": (("pings", "sender"),)}), tmp_path)
    assert [units_on(view, f"customer-{n}") for n in (1, 2)] == [MESSAGES, MESSAGES]


def test_a_request_waits_its_turn_too(tmp_path):
    async def asks_many(customer, ctx):
        for number in range(MESSAGES):
            await ctx.request(Numbered(sender=customer.name, number=number))

    view = ended(Counts, Turns(at_once={"s": 1}), tmp_path, journey=asks_many)
    assert units_on(view, "a") == 2 * MESSAGES


def test_a_handler_that_waits_for_its_own_service_is_told(tmp_path, monkeypatch):
    class Asks:
        async def on_ping(self, message, ctx):
            await ctx.request(message)

    monkeypatch.setattr(turnstile, "PATIENCE_S", 0.2)
    with pytest.raises(Problem, match=r"^s does not come to ping: it is its turn to handle"):
        ended(Asks, Turns(at_once={"s": 1}), tmp_path)


def test_a_handler_that_asks_itself_without_end_is_told(tmp_path):
    class Asks:
        async def on_ping(self, message, ctx):
            await ctx.request(message)

    with pytest.raises(Problem, match=r"^s\.ping is asked again before it has answered"):
        ended(Asks, None, tmp_path)


@dataclass
class Gate:
    """What went through a turnstile, and how to give it back."""

    stile: Turnstile
    begun: list = field(default_factory=list)
    leaves: dict = field(default_factory=dict)

    def enter(self, number, sender="ada"):
        def begin(leave):
            self.begun.append(number)
            self.leaves[number] = leave

        self.stile.enter("s", Numbered(sender=sender, number=number), begin)

    def leave(self, number):
        self.leaves[number]()


class TestTurnstile:
    def test_without_turns_everybody_begins(self):
        gate = Gate(Turnstile(None))
        for number in range(3):
            gate.enter(number)
        assert gate.begun == [0, 1, 2]

    def test_those_of_one_key_begin_one_after_the_other(self):
        gate = Gate(Turnstile(Turns(ordered={"ping": (("pings", "sender"),)})))
        for number, sender in enumerate(("ada", "ada", "bob", "ada")):
            gate.enter(number, sender)
        assert gate.begun == [0, 2]
        gate.leave(0)
        assert gate.begun == [0, 2, 1]
        gate.leave(2)
        gate.leave(1)
        assert gate.begun == [0, 2, 1, 3]

    def test_who_waits_for_a_seat_keeps_its_place_in_its_line(self):
        turns = Turns(ordered={"ping": (("pings", "sender"),)}, at_once={"s": 2})
        gate = Gate(Turnstile(turns))
        for number, sender in enumerate(("ada", "bob", "cyd", "ada", "cyd")):
            gate.enter(number, sender)
        assert gate.begun == [0, 1]
        gate.leave(1)
        assert gate.begun == [0, 1, 2]
        gate.leave(0)
        assert gate.begun == [0, 1, 2, 3]
        gate.leave(2)
        assert gate.begun == [0, 1, 2, 3, 4]

    def test_nobody_begins_after_it_is_closed(self):
        gate = Gate(Turnstile(Turns(at_once={"s": 1})))
        gate.enter(0)
        gate.enter(1)
        gate.stile.close()
        gate.leave(0)
        assert gate.begun == [0]

    def test_many_threads_come_through_one_by_one(self):
        stile, inside, most = Turnstile(Turns(at_once={"s": 1})), [], []
        lock = threading.Lock()

        def goes(number):
            leave = stile.wait("s", Numbered(sender="ada", number=number))
            with lock:
                inside.append(number)
                most.append(len(inside))
            with lock:
                inside.remove(number)
            leave()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(goes, range(40)))
        assert most == [1] * 40
