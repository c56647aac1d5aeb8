"""Services without handlers in a scenario: they play what their pages describe."""

import json

import pytest
from click.testing import CliRunner

from eventproof.cli.app import cli

PAGES = {
    "services/Shop": "sends: [{id: order-placed, version: 1.0.0}]",
    "services/Payments": (
        "receives: [{id: order-placed, version: 1.0.0, triggers: ["
        "{id: payment-taken, version: 1.0.0, condition: the card is good},"
        "{id: order-noted, version: 1.0.0}]}]\n"
        "sends: [{id: payment-taken, version: 1.0.0}, {id: order-noted, version: 1.0.0}]"
    ),
    "services/Shipping": (
        "receives: [{id: payment-taken, version: 1.0.0}, {id: order-noted, version: 1.0.0}]"
    ),
    "events/order-placed": "schemaPath: schema.json",
    "events/payment-taken": "schemaPath: schema.json",
    "events/order-noted": "schemaPath: schema.json",
}
ORDER = {
    "type": "object",
    "properties": {"order_id": {"type": "string"}, "units": {"type": "integer"}},
    "required": ["order_id"],
}
TAKEN = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string"},
        "units": {"type": "string"},
        "card": {"enum": ["visa"]},
    },
    "required": ["order_id", "card"],
}
HANDLERS = '''
from dataclasses import dataclass
from eventproof.simulator.inventory import cart_items

@dataclass(frozen=True)
class OrderPlaced:
    order_id: str
    MESSAGE = "order-placed"
    VERSION = "1.0.0"
    def to_payload(self):
        return {"order_id": self.order_id, "units": 1}

@dataclass(frozen=True)
class Told:
    order_id: str
    card: str
    MESSAGE = "told"
    VERSION = "1.0.0"
    @classmethod
    def from_payload(cls, payload):
        return cls(payload["order_id"], payload.get("card", "-"))

class Shipping:
    SERVICE = "Shipping"
    RECEIVES = {"payment-taken": ("on_told", Told), "order-noted": ("on_told", Told)}

    async def on_told(self, told, ctx):
        async with ctx.transaction() as tx:
            await tx.insert(
                cart_items, cart_id=told.order_id, product_id=told.card, quantity=1
            )

async def buy(customer, ctx):
    await ctx.publish(OrderPlaced(f"order of {customer.name}"))
'''


@pytest.fixture
def world(tmp_path, monkeypatch):
    for name, head in PAGES.items():
        page = tmp_path / "catalog" / name / "index.mdx"
        page.parent.mkdir(parents=True)
        id_ = page.parent.name
        page.write_text(f"---\nid: {id_}\nname: {id_}\nversion: 1.0.0\n{head}\n---\n")
    for event, schema in ("order-placed", ORDER), ("payment-taken", TAKEN), ("order-noted", ORDER):
        (tmp_path / "catalog" / "events" / event / "schema.json").write_text(json.dumps(schema))
    (tmp_path / "handlers.py").write_text(HANDLERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explored(world, stubs, *, command="explore", handlers="{Shipping: 'handlers.py:Shipping'}"):
    (world / "s.yaml").write_text(
        "scenario: stubs\ncatalog: catalog\n"
        f"handlers: {handlers}\n{stubs}\n"
        "stock: {tea: 1}\n"
        "customers: {count: 2, cart: {tea: 1}, journey: 'handlers.py:buy'}\n"
        "always: []\n"
    )
    return CliRunner().invoke(cli, [command, "s.yaml", "--format", "json"])


def test_without_stubs_what_nobody_handles_leads_to_nothing(world):
    found = explored(world, "")

    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["states"] == 1


def test_a_stub_sends_what_its_page_says_that_a_message_triggers(world):
    every = explored(world, "stubs: all")
    named = explored(world, "stubs: [Payments]")

    assert every.exit_code == 0, every.output
    assert json.loads(every.stdout)["states"] > 1
    assert json.loads(every.stdout)["states"] == json.loads(named.stdout)["states"]
