"""Models for live runs: messages that come twice, and one statement of every kind."""

from dataclasses import dataclass, replace
from typing import ClassVar

from simulator_shops import shop

from eventproof.simulator import DatabaseError, Refused, equal, plus
from eventproof.simulator.inventory import book, initial_rows, messaging, rows_of
from eventproof.simulator.inventory.tables import leases, metadata, stock
from eventproof.simulator.programs import Route


@dataclass(frozen=True)
class Ask:
    MESSAGE: ClassVar[str] = "Ask"
    VERSION: ClassVar[str] = "1.0.0"

    key: str

    def to_payload(self):
        return {"key": self.key}


class Told(Ask):
    MESSAGE: ClassVar[str] = "Told"


class Taker:
    """Takes one unit a key, however often it is asked or told."""

    async def take(self, message, ctx):
        async with ctx.transaction() as tx:
            if not await messaging.first_time(tx, message.key):
                return None
            if await book(tx, "allocate", "tea", 1, command=message.key) is None:
                raise Refused(400)
        return message


ROUTES = {kind.MESSAGE: (Route("taker", Taker, "take", kind),) for kind in (Ask, Told)}


async def asks_twice_and_tells(customer, ctx):
    first = await ctx.request(Ask(customer.name))
    second = await ctx.request(Ask(customer.name))
    await ctx.publish(Told(customer.name))
    await ctx.publish(Told(f"{customer.name}-too"))
    return f"{first} {second}"


async def every_kind_of_statement(customer, ctx):
    """What each answered, as words."""
    said = []
    async with ctx.transaction() as tx:
        said.append(await tx.insert(leases, name="b", holder="x", on_conflict="update"))
        said.append(await tx.insert(leases, name="b", holder="x", on_conflict="update"))
        said.append(await tx.insert(leases, name="b", holder="y", on_conflict="nothing"))
        said.append((await tx.get_for_update(leases, "b")).holder)
        try:
            async with tx.savepoint():
                await tx.update(leases, "b", holder="lost")
                await tx.insert(leases, name="b", holder="z")
        except DatabaseError as error:
            said.append(error.sqlstate)
        said.append([row.name for row in await tx.select(leases, equal(holder="x"), limit=5)])
        said.append(await tx.delete(leases, "b", guard=equal(holder="y")))
        said.append(await tx.update(stock, "tea", version=plus(1), guard=equal(version=7)))
        said.append(await tx.get(leases, "none"))
    async with ctx.transaction() as tx:
        await tx.update(leases, "b", holder="rolled back")
        await tx.rollback()
    async with ctx.transaction() as tx:
        said.append((await tx.get(leases, "b")).holder)
    return str(said)


SAID = "[True, False, False, 'x', '23505', ['b'], False, False, None, 'x']"


def messages_model(customers, units):
    rows = initial_rows({"tea": units})
    model = shop(asks_twice_and_tells, customers=customers, rows=rows, routes=ROUTES)
    return replace(model, tables=tuple(metadata.sorted_tables))


def statements_model():
    rows = initial_rows({"tea": 1}) | rows_of((leases, {"name": "a"}))
    model = shop(every_kind_of_statement, customers=1, rows=rows)
    return replace(model, tables=tuple(metadata.sorted_tables))
