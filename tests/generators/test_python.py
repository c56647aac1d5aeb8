"""Skeletons of whole services, from catalogs on disk."""

import ast
import asyncio
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from eventproof.catalog import load
from eventproof.contracts import build
from eventproof.findings import Problem
from eventproof.generators import generate_all_python, generate_python

ROOT = Path(__file__).parents[2]
SHOPS = ["orders", "acme"]


def page(id_, version, *lines):
    head = [
        f"id: {json.dumps(id_)}",
        f"version: {json.dumps(version)}",
        f"name: {json.dumps(id_)}",
    ]
    return "\n".join(["---", *head, *lines, "---", ""])


def schema(**properties):
    return json.dumps({"type": "object", "properties": properties, "required": list(properties)})


def message(kind, id_, version="1.0.0", *, folder="", text=None):
    place = f"{kind}/{folder or id_}"
    files = {f"{place}/index.mdx": page(id_, version, "schemaPath: schema.json")}
    return {**files, f"{place}/schema.json": text or schema(id={"type": "string"})}


@pytest.fixture
def generate(write_files):
    """Generates the service `shop` of a catalog that is given as files."""

    def generate(files, *lines):
        catalog = load(
            write_files({"services/shop/index.mdx": page("shop", "1.0.0", *lines)} | files)
        )
        return generate_python(catalog, build(catalog), "shop")

    return generate


def classes_of(file):
    return [node.name for node in ast.parse(file.text).body if isinstance(node, ast.ClassDef)]


def methods_of(file, name):
    found = next(n for n in ast.parse(file.text).body if getattr(n, "name", "") == name)
    return [node.name for node in found.body if isinstance(node, ast.AsyncFunctionDef)]


@pytest.mark.parametrize("shop", SHOPS)
def test_the_skeletons_of_the_examples_pass_the_linter_and_the_type_checker(shop, tmp_path):
    catalog = load(ROOT / "examples" / shop / "catalog")
    for file in generate_all_python(catalog, build(catalog)):
        (tmp_path / file.name).write_text(file.text, encoding="utf-8")

    lint = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E,F,I",
        str(tmp_path),
    ]
    types = [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(tmp_path)]
    for command in (lint, types):
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("shop", SHOPS)
def test_generating_twice_gives_the_same_bytes(shop):
    def once():
        catalog = load(ROOT / "examples" / shop / "catalog")
        return generate_all_python(catalog, build(catalog))

    assert once() == once()


def test_the_inventory_service_of_acme_has_a_method_for_each_message(run):
    catalog = load(ROOT / "examples" / "acme" / "catalog")
    file = generate_python(catalog, build(catalog), "inventory-service")
    module = run(file.text)
    base = module.InventoryServiceBase

    assert file.name == "inventory_service.py"
    assert (base.SERVICE, base.VERSION) == ("inventory-service", "1.0.0")
    assert {
        "reserve-inventory": ("on_reserve_inventory", module.ReserveInventory),
        "release-inventory": ("on_release_inventory", module.ReleaseInventory),
        "get-stock-level": ("on_get_stock_level", module.GetStockLevel),
    } == base.RECEIVES
    assert base.__abstractmethods__ == {method for method, _ in base.RECEIVES.values()}
    assert inspect.get_annotations(base.on_get_stock_level)["return"] == "GetStockLevelResponse"
    assert hasattr(base, "publish_inventory_reserved")
    assert file.notes == ()


def test_a_command_is_read_with_python_names_and_written_with_the_schemas(run):
    catalog = load(ROOT / "examples" / "acme" / "catalog")
    module = run(generate_python(catalog, build(catalog), "inventory-service").text)
    payload = {"cartId": "cart-1", "items": [{"productId": "tea", "quantity": 1}]}

    command = module.ReserveInventory.from_payload(payload)

    assert (command.MESSAGE, command.VERSION) == ("reserve-inventory", "1.0.0")
    assert command.items == (module.ReserveInventoryItem(product_id="tea", quantity=1),)
    assert command.customer_id is None
    assert command.to_payload() == payload


def test_a_query_is_asked_through_the_context_and_answered_with_its_class(run):
    catalog = load(ROOT / "examples" / "acme" / "catalog")
    module = run(generate_python(catalog, build(catalog), "checkout-orchestrator").text)

    class Checkout(module.CheckoutOrchestratorBase):
        async def on_place_order(self, command, ctx): ...
        async def on_inventory_reserved(self, event, ctx): ...
        async def on_inventory_unavailable(self, event, ctx): ...

    class Context:
        async def request(self, query):
            return {**query.to_payload(), "available": 3}

    asked = Checkout().request_get_stock_level(module.GetStockLevel(product_id="tea"), Context())

    assert asyncio.run(asked) == module.GetStockLevelResponse(product_id="tea", available=3)


def test_an_event_is_published_through_the_context(run):
    catalog = load(ROOT / "examples" / "orders" / "catalog")
    module = run(generate_python(catalog, build(catalog), "OrdersService").text)
    published = []

    class Orders(module.OrdersServiceBase):
        async def on_inventory_adjusted(self, event, ctx): ...
        async def on_get_order(self, query, ctx): ...
        async def on_user_subscription_cancelled(self, event, ctx): ...

    class Context:
        async def publish(self, message):
            published.append(message)

    event = module.OrderCancelled(order_id="1", reason="customer-request")
    asyncio.run(Orders().publish_order_cancelled(event, Context()))

    assert published == [event]


def test_external_systems_get_no_skeleton():
    catalog = load(ROOT / "examples" / "acme" / "catalog")

    names = [file.name for file in generate_all_python(catalog, build(catalog))]

    assert names == ["checkout_orchestrator.py", "inventory_service.py"]


def test_a_pin_on_a_missing_version_falls_back_to_the_highest_and_says_so():
    catalog = load(ROOT / "examples" / "orders" / "catalog")
    file = generate_python(catalog, build(catalog), "InventoryService")

    note = "It sends OutOfStock 0.0.3, a version that the catalog does not have: 0.0.4 is used."
    assert file.notes == (note,)
    assert note in " ".join(file.text.split())


def test_a_consumer_reads_the_version_that_it_is_pinned_to(run):
    catalog = load(ROOT / "examples" / "orders" / "catalog")
    module = run(generate_python(catalog, build(catalog), "OrdersService").text)

    assert module.InventoryAdjusted.VERSION == "0.0.3"


def test_an_unknown_message_is_left_out_and_noted(generate):
    file = generate(message("events", "known"), "sends: [{id: known}, {id: gone}]")

    assert classes_of(file) == ["Known", "ShopBase"]
    assert file.notes == ("It sends gone, which the catalog does not describe: left out.",)


def test_a_message_that_is_received_and_sent_is_one_class(generate):
    file = generate(message("events", "moved"), "sends: [{id: moved}]", "receives: [{id: moved}]")

    assert classes_of(file) == ["Moved", "ShopBase"]
    assert methods_of(file, "ShopBase") == ["on_moved", "publish_moved"]


def test_two_versions_of_one_message_are_two_classes(generate):
    old = message("events", "moved", folder="moved/versioned/1.0.0")
    files = message("events", "moved", "2.0.0") | old
    file = generate(files, "sends: [{id: moved}]", 'receives: [{id: moved, version: "1.0.0"}]')

    assert classes_of(file) == ["MovedV100", "MovedV200", "ShopBase"]
    assert methods_of(file, "ShopBase") == ["on_moved", "publish_moved"]


def test_a_message_received_in_two_versions_has_one_handler_for_the_highest(generate, run):
    old = message("events", "moved", folder="moved/versioned/1.0.0")
    files = message("events", "moved", "2.0.0") | old
    file = generate(files, 'receives: [{id: moved, version: "1.0.0"}, {id: moved}]')

    assert run(file.text).ShopBase.RECEIVES["moved"][1].VERSION == "2.0.0"
    assert file.notes == ("It receives moved 1.0.0 too: its handler is written for moved 2.0.0.",)


def test_a_message_without_a_schema_has_an_empty_class_that_says_so(generate, run):
    file = generate({"events/mute/index.mdx": page("mute", "1.0.0")}, "sends: [{id: mute}]")
    mute = run(file.text).Mute

    assert "no schema" in mute.__doc__
    assert mute.from_payload({"a": 1}).to_payload() == {}


def test_a_service_that_only_sends_can_be_used_as_it_is(generate, run):
    file = generate(message("events", "moved"), "sends: [{id: moved}]")

    assert run(file.text).ShopBase().RECEIVES == {}


def test_a_nested_object_does_not_take_a_messages_name(generate):
    item = {"type": "object", "properties": {"id": {"type": "string"}}}
    order = message("commands", "order", text=schema(items={"type": "array", "items": item}))
    file = generate(
        order | message("events", "order-item"), "sends: [{id: order}, {id: order-item}]"
    )

    assert sorted(classes_of(file)) == ["Order", "OrderItem", "OrderItem2", "ShopBase"]


HOSTILE = [
    'x"""\nimport os\n"""',
    "class",
    "{{ 7 * 7 }}",
    "../../escape",
    "a'b\"c\\",
    "日本",
    "Any",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_string(name, write_files, run):
    text = json.dumps({"properties": {name: {"enum": [name, "b"], "description": name}}})
    pointer = f"sends: [{{id: {json.dumps(name)}}}]"
    files = {
        "services/s/index.mdx": page(name, "1.0.0", pointer, f"summary: {json.dumps(name)}"),
        **message("events", name, folder="m", text=text),
    }
    catalog = load(write_files(files))
    (file,) = generate_all_python(catalog, build(catalog))
    module = run(file.text)
    base = next(value for key, value in vars(module).items() if key.endswith("Base"))
    event = next(value for value in vars(module).values() if hasattr(value, "MESSAGE"))

    assert Path(file.name).name == file.name
    assert (name, name) == (base.SERVICE, event.MESSAGE)
    assert event.from_payload({name: name}).to_payload() == {name: name}
    assert not {"os", "49"} & set(vars(module))


def test_services_whose_names_are_one_identifier_get_a_file_each(write_files):
    services = {
        f"services/{n}/index.mdx": page(n, "1.0.0", "sends: [{id: m}]") for n in ("a-b", "a_b")
    }
    catalog = load(write_files(services | message("events", "m")))
    contracts = build(catalog)

    names = [file.name for file in generate_all_python(catalog, contracts)]

    assert names == ["a_b.py", "a_b_2.py"]
    assert generate_python(catalog, contracts, "a-b").name == "a_b_2.py"


def test_an_unknown_service_names_the_nearest():
    catalog = load(ROOT / "examples" / "acme" / "catalog")

    with pytest.raises(Problem) as problem:
        generate_python(catalog, build(catalog), "inventory-servce")

    assert problem.value.hint == "Did you mean 'inventory-service'?"


def test_an_unknown_version_names_those_that_exist():
    catalog = load(ROOT / "examples" / "acme" / "catalog")

    with pytest.raises(Problem) as problem:
        generate_python(catalog, build(catalog), "inventory-service", "9.0.0")

    assert problem.value.hint == "It has 1.0.0."


def test_a_name_longer_than_a_line_exempts_its_file_from_the_line_length(generate, tmp_path):
    long = "long-" * 40
    file = generate(message("events", long, folder="m"), f"sends: [{{id: {long}}}]")
    (tmp_path / "it.py").write_text(file.text)

    lint = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,I", "it.py"]
    done = subprocess.run(lint, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert "# ruff: noqa: E501" in file.text
    assert done.returncode == 0, done.stdout
