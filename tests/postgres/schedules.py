"""Random schedules of small programs, taken by the model and a real server side by side."""

from random import Random

from simulator_programs import VERBS, Block, Statement, run
from simulator_shops import shelves, shop, stocked

from eventproof.simulator.postgres import Postgres
from eventproof.simulator.shadow import Shadow
from eventproof.simulator.steps import Call, Isolation
from eventproof.simulator.tables import table_of
from eventproof.simulator.world import World

# Of a serializable transaction the model has to be told what the server did, where either may be:
# that is done by the differential.
LEVELS = (None, str(Isolation.READ_COMMITTED), str(Isolation.REPEATABLE_READ))
SHELVES = ("a", "b", "new", "own")


def random_program(random):
    """One or two transactions of up to four statements on up to four rows."""
    return tuple(
        Block(
            tuple(
                Statement(random.choice((*VERBS, "insert")), random.choice(SHELVES))
                for _ in range(random.randint(1, 4))
            ),
            isolation=random.choice(LEVELS),
            keeps=random.random() < 0.8,
            stubborn=random.random() < 0.3,
            nested=random.choice((None, None, 0, 1)),
        )
        for _ in range(random.randint(1, 2))
    )


def random_shop(random, *, customers):
    """A model whose customers each run a random program of their own."""
    carts = [(("tea", number),) for number in range(1, customers + 1)]
    programs = {cart: random_program(random) for cart in carts}

    async def journey(customer, ctx):
        return await run(programs[customer.cart], customer.name, ctx)

    return shop(journey, carts=carts, rows=stocked(a=2, b=1)), programs


class Schedule:
    """A random order of the steps of a model's customers, taken on both sides."""

    def __init__(self, model, url, random):
        self.world = World(model)
        for customer in model.customers:
            self.world.arrive(customer)
        self.server = Postgres(url, tables=[table_of(shelves)], rows=model.rows)
        self.shadow = Shadow(self.world, self.server)
        self.random = random
        self.waiting = set()

    def run(self, first=()):
        """Take steps, beginning with `first`, until nothing is left; what both sides said."""
        with self.server:
            for place in first:
                self.take(place)
            while True:
                ready = [place for place in self.world.places() if place not in self.waiting]
                if not ready:
                    assert not self.waiting, "the model forgot somebody in a queue"
                    return self.shadow.ended()
                self.take(self.random.choice(ready))

    def take(self, place):
        step = self.world.pending(place)
        choice = "approve" if isinstance(step, Call) else None
        held = self.world.held(place)
        event = self.shadow.take(place, "step", choice)
        if event.waits:
            self.waiting.add(place)
            self.world.wait(place, event.waits_for)
            circle = self.world.circle()
            if circle:
                self.resolve(circle)
            return
        self.let_go(event, held)

    def resolve(self, circle):
        held = {place: self.world.held(place) for place in circle}
        event = self.shadow.resolve(circle)
        victim = (event.actor, event.slot)
        self.waiting.discard(victim)
        self.world.stop_waiting(victim)
        self.let_go(event, held[victim])

    def let_go(self, event, held):
        freed = held - self.world.held((event.actor, event.slot))
        for waiter in self.world.released(freed):
            self.waiting.discard(waiter)
            self.take(waiter)


def disagreement(seed, url, *, customers=2):
    """What the server did otherwise than the model in the schedule of a seed; None if nothing."""
    random = Random(seed)
    model, programs = random_shop(random, customers=customers)
    schedule = Schedule(model, url, random)
    ended = schedule.run()
    if ended.agrees:
        return None
    lines = [
        f"{'  ' if line.same else '! '}{line.event.actor} {line.event.label} | {line.server}"
        for line in ended.lines
    ]
    rows = "" if ended.rows_agree else "\nthe rows differ at the end"
    return f"seed {seed}, {programs}\n" + "\n".join(lines) + rows
