"""A stage: customers with a journey each, who take a step when the test says so."""

from simulator_shops import READ_COMMITTED, shop, stocked

from eventproof.simulator.programs import Thrown
from eventproof.simulator.world import World

WAITS = "waits"


class Stage:
    """The first journey is customer 1's, and so on. `go` answers in the test's own words."""

    def __init__(self, *journeys, rows=None, isolation=READ_COMMITTED, sqlite=None):
        by_cart = {(("tea", n),): journey for n, journey in enumerate(journeys, start=1)}

        async def journey(customer, ctx):
            return await by_cart[customer.cart](ctx)

        rows = stocked(a=1, b=1) if rows is None else rows
        model = shop(journey, carts=[*by_cart], rows=rows, isolation=isolation, sqlite=sqlite)
        self.world = World(model)
        for customer in self.world.model.customers:
            self.world.arrive(customer)

    def go(self, number, steps=1):
        """What the customer's last step of so many was answered: a value, a SQLSTATE, or WAITS."""
        for _ in range(steps):
            event = self.world.take((f"customer-{number}", 0))
        if event.waits:
            return WAITS
        if isinstance(event.answer, Thrown):
            return event.answer.arguments[0]
        return getattr(event.answer, "units", event.answer)

    def units(self, shelf):
        """Units on a shelf, as committed."""
        row = self.world.rows.get(("shelves", shelf))
        return row.units if row is not None else None

    def outcome(self, number):
        return self.world.actors[f"customer-{number}"].outcome


def session(*statements, isolation=None, mode=None, end="commit"):
    """A journey of one transaction. It goes on after a statement that failed, as psql does."""
    from eventproof.simulator import DatabaseError

    async def journey(ctx):
        async with ctx.transaction(isolation=isolation, mode=mode) as tx:
            for statement in statements:
                try:
                    await statement(tx)
                except DatabaseError:
                    continue
            if end == "rollback":
                await tx.rollback()

    return journey
