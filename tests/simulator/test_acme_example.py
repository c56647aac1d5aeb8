"""The handlers of the Acme shop: every message that its catalog names, on the engine."""

from dataclasses import replace
from pathlib import Path

import pytest

from eventproof.simulator import Customer, Refused, explore, load_scenario, prepare
from eventproof.simulator.inventory import ALWAYS
from eventproof.simulator.network import Left
from eventproof.simulator.properties import Always, Sometimes

SCENARIOS = Path(__file__).parents[2] / "examples/acme/scenarios"


@pytest.fixture(scope="module")
def acme():
    """Two units of tea and one cup; the payment is always approved."""
    scenario = replace(load_scenario(SCENARIOS / "last-unit.yaml"), stock={"tea": 2, "cup": 1})
    model = prepare(scenario).model
    return replace(model, outcomes={"payment": ("approve",)}, sometimes=())


def ended(shop, *messages, journeys=1):
    """The views in which all is said and done, after each journey has sent these messages."""
    views = []

    async def journey(_customer, ctx):
        said = []
        for name, payload in messages:
            message = shop.routes[name][0].message_class.from_payload(payload)
            if name in ("get-stock-level", "place-order"):
                try:
                    said.append(await ctx.request(message))
                except Refused as refused:
                    said.append(refused.status)
            else:
                await ctx.publish(message)
        return repr(said)

    def look(view):
        if len(view.outcomes) == journeys:
            views.append(view)
        return False

    watched = replace(
        shop,
        customers=tuple(Customer(f"actor-{n}", journey=journey) for n in range(journeys)),
        journey=journey,
        always=tuple(
            ALWAYS[name] for name in ("never-oversold", "ledger-balances", "every-command-ends")
        ),
        sometimes=(Sometimes("looked", look),),
    )
    assert explore(watched).violations == ()
    return views


def reserving(cart="c-1", **items):
    lines = [{"productId": name, "quantity": units} for name, units in items.items()]
    return ("reserve-inventory", {"cartId": cart, "customerId": "ada", "items": lines})


def placing(cart="c-1", **items):
    return ("place-order", reserving(cart, **items)[1])


def releasing(cart="c-1"):
    reservation = f"reservation-of-{cart}"
    return ("release-inventory", {"reservationId": reservation, "reason": "CHECKOUT_FAILED"})


def level(view, product="tea"):
    (row,) = (row for row in view.table("stock") if row.product_id == product)
    return row.available, row.allocated


def lines(view):
    return sorted(
        (x.order_id, x.product_id, x.quantity, x.status) for x in view.table("order_lines")
    )


def test_a_cart_is_reserved_once_however_often_it_is_asked_for(acme):
    views = ended(acme, reserving(tea=1), reserving(tea=1))
    assert max(len(lines(view)) for view in views) == 1
    assert min(level(view) for view in views) == (1, 1)


def test_two_commands_for_one_cart_at_the_same_time_reserve_once(acme):
    views = ended(acme, reserving(tea=1), journeys=2)
    assert {level(view) for view in views} >= {(1, 1)}
    assert min(level(view)[0] for view in views) == 1


def test_a_cart_that_was_refused_stays_refused_when_its_command_comes_again(acme):
    views = ended(acme, reserving(tea=1, cup=2), reserving(tea=1, cup=2))
    assert {level(view) for view in views} == {(2, 0)}
    assert max(lines(view) for view in views) == [("c-1", "cup", 2, "REFUSED")]


def test_two_lines_of_one_product_are_reserved_as_one(acme):
    twice = (
        "reserve-inventory",
        reserving(tea=1)[1] | {"items": reserving(tea=1)[1]["items"] * 2},
    )
    views = ended(acme, twice)
    assert min(level(view) for view in views) == (0, 2)


def test_releasing_gives_back_once_and_what_is_not_held_changes_nothing(acme):
    declined = replace(acme, outcomes={"payment": ("decline",)})
    views = ended(declined, placing(tea=2), releasing(), releasing("c-9"))
    assert {level(view) for view in views} <= {(2, 0), (0, 2)}
    assert any(level(view) == (2, 0) and view.table("reservations") for view in views)


def test_an_order_is_placed_when_there_is_enough_and_refused_without_detail_otherwise(acme):
    views = ended(acme, placing(tea=3))
    assert {view.outcomes for view in views} == {("[400]",)}
    assert not any(lines(view) for view in views)
    views = ended(acme, placing(tea=2))
    assert max(lines(view) for view in views) == [("c-1", "tea", 2, "PAID")]


def test_a_level_is_told_as_it_is(acme):
    (view,) = ended(acme, ("get-stock-level", {"productId": "cup"}))
    assert eval(view.outcomes[0])[0] == {"productId": "cup", "available": 1, "reserved": 0}


def test_messages_that_come_twice_have_one_effect():
    scenario = load_scenario(SCENARIOS / "crashing-handlers.yaml")
    model = prepare(
        replace(scenario, faults=replace(scenario.faults, left=Left(duplicates=1)))
    ).model

    def ordered_twice(view):
        carts = [line.order_id for line in view.table("order_lines")]
        return "twice" if len(carts) > len(set(carts)) else None

    found = explore(
        replace(
            model,
            customers=model.customers[:1],
            always=(*model.always, Always("once", ordered_twice)),
            sometimes=(),
        )
    )
    assert found.verdict == "proved"
