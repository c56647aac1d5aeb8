"""States of handlers that may be taken as one, and those that only look alike."""

import io
from dataclasses import dataclass
from functools import partial

import pytest
from simulator_shops import never, shelves, shop, stocked, units_on

from eventproof.simulator import explore
from eventproof.simulator.context import perform
from eventproof.simulator.frames import frame_identity
from eventproof.simulator.search import Budget
from eventproof.simulator.steps import Sleep


class Quantity(int):
    """A number of one's own class."""


class ProductId(str):
    __slots__ = ()


class Slotted:
    __slots__ = ("units",)


class Heir(Slotted):
    """Has a `__dict__`, which stays empty, beside the slot."""


class Bag(list):
    """A list that may carry attributes as well."""


@dataclass(frozen=True)
class Level:
    units: int


@dataclass
class Changing:
    units: int


def an_heir(units):
    heir = Heir()
    heir.units = units
    return heir


def a_bag(units):
    bag = Bag()
    bag.units = units
    return bag


def a_default(units):
    def with_default(*, left=units):
        return left

    return with_default


def a_closure(units):
    return lambda: units


def two_iterators(units):
    """The first is thrown together so that the second would be built in its place."""
    return iter({"a": 1}), iter(dict.fromkeys(range(units)))


TELLING = {
    "number": lambda n: n,
    "text": str,
    "tuple": lambda n: (n,),
    "list": lambda n: [n],
    "dict": lambda n: {"units": n},
    "row": lambda n: Level(n),
    "record that changes": Changing,
    "number of its own class": Quantity,
    "text of its own class": lambda n: ProductId(n),
    "slots of a parent": an_heir,
    "list with attributes": a_bag,
    "exception": ValueError,
    "partial call": lambda n: partial(print, n),
    "file in memory": lambda n: io.StringIO(str(n)),
    "default of a function": a_default,
    "closure": a_closure,
    "list iterator": lambda n: iter([n]),
    "dict iterators": two_iterators,
    "range": lambda n: iter(range(n)),
    "generator": lambda n: (i for i in range(n)),
    "one of several types": lambda n: True if n == 1 else 1,
    "float": lambda n: 1 if n == 1 else 1.0,
}


def suspended(value):
    async def holding(value):
        await perform(Sleep(1))
        return value

    coroutine = holding(value)
    coroutine.send(None)
    return coroutine


def identities(*values):
    runs = [suspended(value) for value in values]
    found = [frame_identity(run) for run in runs]
    for run in runs:
        run.close()
    return found


@pytest.mark.parametrize("make", TELLING.values(), ids=TELLING)
def test_two_different_values_are_never_one_state(make):
    first, second = identities(make(1), make(2))
    assert first is None or first != second


@pytest.mark.parametrize(
    "kind", ["number", "text", "tuple", "list", "dict", "row", "list iterator"]
)
def test_equal_plain_values_are_one_state(kind):
    make = TELLING[kind]
    first, second = identities(make(3), make(3))
    assert first is not None
    assert first == second


def test_two_names_for_one_list_are_not_two_lists():
    shared = [1]
    first, second = identities((shared, shared), ([1], [1]))
    assert first is None or first != second


def test_forgetting_makes_states_alike():
    """Who forgets what was read is in the same state whatever it was; who keeps it is not."""

    def journey_that(forgets):
        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                row = await tx.get(shelves, "a")
                kept = 0 if forgets else row.units
                del row
                await tx.update(shelves, "a", units=7)
            return "done" if kept is not None else None

        return journey

    forgetting, keeping = (explore(shop(journey_that(f), customers=3)) for f in (True, False))
    assert forgetting.states < keeping.states
    assert forgetting.count == keeping.count


def test_a_quantity_of_its_own_class_decides_what_is_written():
    """Where two such quantities were taken for one, a violation was missed."""

    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            row = await tx.get(shelves, "a")
            units = Quantity(row.units)
            del row
            await tx.get(shelves, "b")
            await tx.update(shelves, "a", units=int(units) + 1)

    three = never("never-three", lambda view: units_on(view, "a") == 3)
    model = shop(journey, rows=stocked(a=1, b=0), always=[three])
    assert explore(model, budget=Budget()).verdict == "violated"
