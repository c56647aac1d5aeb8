"""The handlers of the orders shop: every message that its catalog names, on the engine."""

from dataclasses import replace
from pathlib import Path

import pytest

from eventproof.simulator import Customer, Refused, explore, load_scenario, prepare
from eventproof.simulator.inventory import ALWAYS, Quantities, level_rows, rows_of, tables
from eventproof.simulator.properties import Sometimes

SCENARIOS = Path(__file__).parents[2] / "examples/orders/scenarios"
HANDLERS = "../handlers/orders_service.py:OrdersService"


@pytest.fixture(scope="module")
def orders_shop():
    """The mended shop with both services, and two paid orders of one subscription."""
    scenario = load_scenario(SCENARIOS / "last-unit-mended.yaml")
    services = {**scenario.handlers, "OrdersService": HANDLERS}
    scenario = replace(scenario, handlers=services, stock={"tea": 5, "cup": 0})
    model = prepare(scenario).model
    rows = dict(model.rows)
    rows["stock", "tea"] = rows["stock", "tea"]._replace(available=2, allocated=3)
    order = {"customer_id": "ada", "subscription_id": "s-1", "amount": 1, "payment": "PAID"}
    for name, quantity in [("o-1", 2), ("o-2", 1)]:
        values = {**order, "order_id": name, "status": "COMPLETE", "revision": 1, "version": 1}
        line = {"order_id": name, "product_id": "tea", "quantity": quantity, "status": "PAID"}
        rows |= rows_of((tables.orders, values), (tables.order_lines, line))
    # OrdersService is pinned to a version of InventoryAdjusted that it cannot read: not here.
    routes = {name: found for name, found in model.routes.items() if name != "InventoryAdjusted"}
    return replace(model, rows=rows, routes=routes, ignored_faults=frozenset(), sometimes=())


def ended(shop, *journeys, always=("never-oversold",)):
    """The exploration of these journeys at the same time, and every view at their end."""
    views = []

    def look(view):
        if len(view.outcomes) == len(journeys):
            views.append(view)
        return False

    actors = tuple(
        Customer(f"actor-{number}", journey=journey)
        for number, journey in enumerate(journeys, start=1)
    )
    model = replace(
        shop,
        customers=actors,
        journey=journeys[0],
        always=tuple(ALWAYS[name] for name in always),
        sometimes=(Sometimes("looked", look),),
    )
    found = explore(model)
    assert found.violations == ()
    return views


def sending(shop, *messages):
    """A journey that requests one message after the other, and tells what was answered."""
    classes = {name: routes[0].message_class for name, routes in shop.routes.items()}

    async def journey(_customer, ctx):
        said = []
        for name, payload in messages:
            try:
                said.append(await ctx.request(classes[name].from_payload(payload)))
            except Refused as refused:
                said.append(refused.status)
        return repr(said)

    return journey


def level(view, product="tea"):
    (row,) = (row for row in view.table("stock") if row.product_id == product)
    return row.total, row.available, row.allocated


def confirmed(order, quantity):
    items = [{"productId": "tea", "quantity": quantity}]
    return ("OrderConfirmed", {"orderId": order, "userId": "ada", "orderItems": items})


def amended(order, old, new):
    items = [{"productId": "tea", "oldQuantity": old, "newQuantity": new}]
    return ("OrderAmended", {"orderId": order, "amendedItems": items})


def adding(quantity, product="tea"):
    return ("AddInventory", {"productId": product, "quantity": quantity, "warehouseId": "main"})


def test_a_confirmed_order_leaves_once_however_often_it_is_confirmed(orders_shop):
    journeys = [sending(orders_shop, confirmed("o-1", 2))] * 2
    views = ended(orders_shop, *journeys)
    assert {level(view) for view in views} == {(3, 2, 1)}


def test_an_order_with_two_lines_of_one_product_leaves_whole(orders_shop):
    name, payload = confirmed("o-1", 1)
    twice = (name, {**payload, "orderItems": payload["orderItems"] * 2})
    (view,) = ended(orders_shop, sending(orders_shop, twice))
    assert level(view) == (3, 2, 1)
    assert not list(view.table("dead_letters"))


def test_of_a_product_that_is_not_managed_there_is_none_and_none_is_taken(orders_shop):
    rows = dict(orders_shop.rows)
    rows["stock", "cup"] = rows["stock", "cup"]._replace(**dict.fromkeys(Quantities._fields))
    shop = replace(orders_shop, rows=rows)
    taking = {"productId": "cup", "quantityChange": -1, "warehouseId": "main"}
    asking = ("GetInventoryStatus", {"productId": "cup"})
    messages = [asking, ("UpdateInventory", taking), adding(1, "cup"), ("GetInventoryList", {})]
    (view,) = ended(shop, sending(shop, *messages), always=())
    status, taken, added, listed = eval(view.outcomes[0])
    assert (status["availableQuantity"], status["reservedQuantity"]) == (0, 0)
    assert (taken, added) == (404, 404)
    assert [item["productId"] for item in listed["items"]] == ["tea"]


@pytest.mark.parametrize(("new", "expected"), [(3, (2, 1, 1)), (1, (4, 3, 1))])
def test_an_amendment_moves_the_difference_once(orders_shop, new, expected):
    messages = [confirmed("o-1", 2), amended("o-1", 2, new), amended("o-1", 2, new)]
    (view,) = ended(orders_shop, sending(orders_shop, *messages))
    assert level(view) == expected


def test_an_amendment_that_overtakes_its_order_asks_for_it(orders_shop):
    rows = dict(orders_shop.rows)
    key = ("order_lines", ("o-1", "tea"))
    rows[key] = rows[key]._replace(quantity=1)  # the orders service knows of it already
    shop = replace(orders_shop, rows=rows)
    messages = [amended("o-1", 2, 1), confirmed("o-1", 2), amended("o-1", 2, 1)]
    (view,) = ended(shop, sending(shop, *messages))
    assert level(view) == (4, 2, 2)


def test_two_deliveries_at_the_same_time_are_both_counted(orders_shop):
    views = ended(orders_shop, *[sending(orders_shop, adding(2))] * 2)
    assert {level(view) for view in views} == {(9, 6, 3)}


def test_more_than_there_is_cannot_be_taken(orders_shop):
    taking = {"productId": "tea", "quantityChange": -3, "warehouseId": "main"}
    messages = [("UpdateInventory", taking), adding(1, product="tee")]
    (view,) = ended(orders_shop, sending(orders_shop, *messages))
    assert view.outcomes == ("[422, 404]",)


def test_a_command_is_for_the_warehouse_that_it_names(orders_shop):
    rows = {**orders_shop.rows, **level_rows("tea", Quantities(4, 4), warehouse="north")}
    shop = replace(orders_shop, rows=rows)
    taking = {"productId": "tea", "quantityChange": -3, "warehouseId": "north"}
    asked = ("GetInventoryList", {"filters": {"location": "north"}})
    (view,) = ended(shop, sending(shop, ("UpdateInventory", taking), asked))
    (_, reply) = eval(view.outcomes[0])
    assert reply["items"] == [
        {"productId": "tea", "availableQuantity": 1, "warehouseLocation": "north"}
    ]
    assert level(view) == (5, 2, 3)


def test_a_product_that_only_other_warehouses_keep_is_counted_over_them(orders_shop):
    rows = dict(orders_shop.rows)
    for name, units in [("north", 4), ("south", 2)]:
        rows |= level_rows("pot", Quantities(units, units), warehouse=name)
    shop = replace(orders_shop, rows=rows)
    messages = [("GetInventoryStatus", {"productId": name}) for name in ("pot", "tea")]
    (view,) = ended(shop, sending(shop, *messages))
    said = [(reply["availableQuantity"], reply["reservedQuantity"]) for reply in _said(view)]
    assert said == [(6, 0), (2, 3)]


def test_an_order_that_cannot_leave_is_kept_as_a_dead_letter(orders_shop):
    (view,) = ended(orders_shop, sending(orders_shop, confirmed("o-9", 4)))
    (letter,) = view.table("dead_letters")
    assert (letter.message_id, letter.reason) == ("confirmed:o-9", "422 tea is not there")
    assert level(view) == (5, 2, 3)


def _said(view):
    return eval(view.outcomes[0])


def test_the_list_is_filtered_and_comes_page_by_page(orders_shop):
    asked = [
        {},
        {"filters": {"inStock": False}},
        {"filters": {"inStock": True}},
        {"filters": {"minStockLevel": 3}},
        {"pagination": {"page": 2, "pageSize": 1}},
        {"filters": {"category": "leaves"}},
    ]
    messages = [("GetInventoryList", payload) for payload in asked]
    leaves = rows_of((tables.items, {"product_id": "tea", "category": "leaves"}))
    shop = replace(orders_shop, rows={**orders_shop.rows, **leaves})
    (view,) = ended(shop, sending(shop, *messages))
    (said,) = view.outcomes
    names = [[item["productId"] for item in reply["items"]] for reply in eval(said)]
    assert names == [["cup", "tea"], ["cup"], ["tea"], [], ["tea"], ["tea"]]


def test_an_order_is_answered_as_it_stands(orders_shop):
    messages = [("GetOrder", {"orderId": name}) for name in ("o-1", "o-9")]
    (view,) = ended(orders_shop, sending(orders_shop, *messages))
    reply, refused = eval(view.outcomes[0])
    assert (reply["status"], refused) == ("confirmed", 404)
    assert reply["orderItems"] == [{"productId": "tea", "quantity": 2}]


def test_a_subscription_that_ends_puts_the_goods_of_its_orders_back_once(orders_shop):
    ends = {"userId": "ada", "subscriptionId": "s-1"}
    message = ("UserSubscriptionCancelled", ends)
    views = ended(orders_shop, sending(orders_shop, message, message))
    for view in views:
        assert {order.status for order in view.table("orders")} == {"CANCELLED"}
        assert {line.status for line in view.table("order_lines")} == {"CANCELLED"}
    # The goods follow by command, some time after: three of them and no more.
    assert max(level(view) for view in views) == (8, 5, 3)


def test_an_order_that_is_shipped_outlives_its_subscription(orders_shop):
    rows = dict(orders_shop.rows)
    key = ("order_lines", ("o-1", "tea"))
    rows[key] = rows[key]._replace(status="SHIPPED")
    shop = replace(orders_shop, rows=rows)
    ends = ("UserSubscriptionCancelled", {"userId": "ada", "subscriptionId": "s-1"})
    views = ended(shop, sending(shop, ends))
    for view in views:
        statuses = {order.order_id: order.status for order in view.table("orders")}
        assert statuses == {"o-1": "COMPLETE", "o-2": "CANCELLED"}
    assert max(level(view) for view in views) == (6, 3, 3)


def test_the_mended_shop_is_proved_and_the_naive_one_refuted():
    verdicts = {}
    for name in ("last-unit", "last-unit-mended"):
        prepared = prepare(load_scenario(SCENARIOS / f"{name}.yaml"))
        verdicts[name] = explore(prepared.model).verdict
    assert verdicts == {"last-unit": "violated", "last-unit-mended": "proved"}
