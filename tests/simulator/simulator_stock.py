"""Runs one handler alone on given rows, to its end or to a crash, for the tests of the engine."""

from dataclasses import dataclass

from simulator_shops import shop

from eventproof.simulator.properties import View
from eventproof.simulator.steps import Begin, Call, Commit, Now, Publish
from eventproof.simulator.world import World

STEPS_AT_MOST = 500


@dataclass
class Ran:
    """What is committed, how the handler ended (None: it crashed), and how many steps it took."""

    rows: dict
    outcome: str | None
    steps: int
    published: list
    moments: list
    """What was committed before each commit: what a crash at any step may leave behind."""

    @property
    def view(self):
        return View((self.rows,), (self.outcome,) if self.outcome else ())

    def table(self, name):
        return list(self.view.table(name))

    def found(self, table, identity):
        return self.rows.get((table, identity))

    def level(self, product="tea", warehouse=None):
        """The quantities of a product that are not zero."""
        key = ("warehouse_stock", (product, warehouse)) if warehouse else ("stock", product)
        row = self.rows[key]._asdict()
        kept_out = ("product_id", "warehouse_id", "version")
        return {name: n for name, n in row.items() if n and name not in kept_out}

    def actions(self):
        return [e.action for e in sorted(self.table("ledger"), key=lambda e: e.sequence or 0)]


def run(rows, work, *, crash_after=None, answers=(), now_s=0.0):
    """What comes of `work(ctx)`; `answers` are what external systems say, in turn.

    `crash_after` steps the process is gone: what was not committed is lost.
    """
    said = iter(answers)

    async def journey(_customer, ctx):
        return await work(ctx)

    outcomes = {"payment": tuple(dict.fromkeys(answers)) or ("approve",)}
    model = shop(journey, customers=1, rows=rows, outcomes=outcomes)
    world = World(model)
    (customer,) = model.customers
    world.arrive(customer)
    place, steps, published, moments = (customer.name, 0), 0, [], []
    while not world.actors[customer.name].done:
        if steps == crash_after:
            break
        assert steps < STEPS_AT_MOST
        step = world.pending(place)
        choice = next(said) if isinstance(step, Call) else None
        published += [step.message] if isinstance(step, Publish) else []
        moments += [dict(world.rows.current)] if isinstance(step, Commit) else []
        world.take(place, choice, now_s=now_s if isinstance(step, Now) else None)
        steps += 0 if isinstance(step, Begin) else 1
    outcomes = world.view().outcomes
    outcome = outcomes[0] if outcomes else None
    return Ran(dict(world.rows.current), outcome, steps, published, moments)


def in_transaction(act):
    """A handler that does `act(tx)` in one transaction and says what it returned."""

    async def work(ctx):
        async with ctx.transaction() as tx:
            return str(await act(tx))

    return work


def done(rows, act, **options):
    """The rows after `act(tx)`, which must succeed."""
    ran = run(rows, in_transaction(act), **options)
    assert not ran.outcome.startswith(("failed", "refused")), ran.outcome
    return ran
