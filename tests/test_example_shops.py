"""Every message that the catalogs of the example shops name is handled, or sent, by a handler."""

import importlib
import inspect
import sys
from pathlib import Path

import pytest

from eventproof.catalog import load

EXAMPLES = Path(__file__).parents[1] / "examples"

SERVICES = {
    ("acme", "inventory-service"): "inventory_service:InventoryService",
    ("acme", "checkout-orchestrator"): "checkout_orchestrator:CheckoutOrchestrator",
    ("acme", "storefront"): "customer",
    ("orders", "InventoryService"): "inventory_service:InventoryService",
    ("orders", "OrdersService"): "orders_service:OrdersService",
}
"""Each service of the two catalogs, and who plays it; a storefront is what its customers do."""


@pytest.fixture
def handlers(monkeypatch):
    """Imports a module of a shop's handlers, as a package of its own."""

    def imported(shop, module):
        monkeypatch.syspath_prepend(str(EXAMPLES / shop))
        for name in [n for n in sys.modules if n.split(".")[0] == "handlers"]:
            monkeypatch.delitem(sys.modules, name)
        return importlib.import_module(f"handlers.{module}")

    return imported


def services(shop):
    found = load(EXAMPLES / shop / "catalog").resources
    return {resource.id: resource for resource in found if resource.type == "service"}


def words(message):
    """The name of a message as it is in the name of a method."""
    spaced = "".join(f"_{c.lower()}" if c.isupper() else c for c in message.replace("-", "_"))
    return spaced.strip("_")


@pytest.mark.parametrize("shop", ["acme", "orders"])
def test_every_service_of_the_catalog_has_somebody_who_plays_it(shop):
    assert {(shop, name) for name in services(shop)} == {key for key in SERVICES if key[0] == shop}


@pytest.mark.parametrize(("shop", "service"), SERVICES)
def test_every_message_that_a_service_receives_has_a_handler_of_its_own(shop, service, handlers):
    module, _, name = SERVICES[shop, service].partition(":")
    received = [message.id for message in services(shop)[service].receives]
    played = vars(getattr(handlers(shop, module), name)) if name else {}
    assert [message for message in received if f"on_{words(message)}" not in played] == []


@pytest.mark.parametrize(("shop", "service"), SERVICES)
def test_every_message_that_a_service_sends_is_sent_by_it(shop, service, handlers):
    module = SERVICES[shop, service].partition(":")[0]
    text = inspect.getsource(handlers(shop, module))
    for message in services(shop)[service].sends:
        name = words(message.id)
        in_pascal = "".join(word.capitalize() for word in name.split("_"))
        sent = [f"publish_{name}(", f"request_{name}(", f"ctx.request({in_pascal}("]
        assert any(call in "".join(text.split()) for call in sent), message.id
