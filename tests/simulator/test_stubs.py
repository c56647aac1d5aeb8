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
HANDLERS = """
from dataclasses import dataclass
from eventproof.simulator.inventory import tables

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
    units: object
    MESSAGE = "told"
    VERSION = "1.0.0"
    @classmethod
    def from_payload(cls, payload):
        return cls(payload["order_id"], payload.get("card", "-"), payload.get("units", "-"))

class Shipping:
    SERVICE = "Shipping"
    RECEIVES = {"payment-taken": ("on_told", Told), "order-noted": ("on_told", Told)}

    async def on_told(self, told, ctx):
        async with ctx.transaction() as tx:
            await tx.insert(
                tables.shipments,
                shipment_id=f"{told.order_id}, {told.card}, {told.units}",
                order_id=told.order_id, lines="", status="CREATED",
            )

async def buy(customer, ctx):
    await ctx.publish(OrderPlaced(f"order of {customer.name}"))
"""


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


RULES = """
def both_are_told(view):
    return len([*view.table("shipments")]) == 2

def one_is_told(view):
    shipped = [*view.table("shipments")]
    return [row.lines for row in shipped] == [""] and "visa" not in shipped[0].shipment_id

def carries(view):
    ids = {row.shipment_id for row in view.table("shipments")}
    return {"order of customer-1, visa, -", "order of customer-1, -, 1"} == ids
"""


def explored(world, stubs, *, command="explore", sometimes="[]", service="Shipping"):
    (world / "rules.py").write_text(RULES)
    (world / "s.yaml").write_text(
        "scenario: stubs\ncatalog: catalog\n"
        f"handlers: {{{service}: 'handlers.py:Shipping'}}\n{stubs}\n"
        "stock: {tea: 1}\n"
        "customers: {count: 1, cart: {tea: 1}, journey: 'handlers.py:buy'}\n"
        f"always: []\nsometimes: {sometimes}\n"
    )
    return CliRunner().invoke(cli, [command, "s.yaml", "--format", "json"])


def test_without_stubs_what_nobody_handles_leads_to_nothing(world):
    found = explored(world, "")

    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["verdict"] == "proved"
    told = explored(world, "", sometimes="['rules.py:one_is_told']")
    assert json.loads(told.stdout)["verdict"] == "unknown"


@pytest.mark.parametrize("stubs", ["stubs: all", "stubs: [Payments]"])
def test_a_stub_sends_what_its_page_says_that_a_message_triggers(world, stubs):
    found = explored(world, stubs, sometimes="['rules.py:both_are_told']")

    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["verdict"] == "proved"


def test_whether_a_condition_is_met_is_a_choice(world):
    both = "['rules.py:both_are_told', 'rules.py:one_is_told']"

    assert json.loads(explored(world, "stubs: all", sometimes=both).stdout)["verdict"] == "proved"


def test_what_a_stub_sends_goes_on_naming_the_order_as_far_as_its_contract_lets_it(world):
    """`units` is a number in the cause and text in one of the effects: it is left out there."""
    found = explored(world, "stubs: all", sometimes="['rules.py:carries']")

    assert json.loads(found.stdout)["verdict"] == "proved", found.output


def test_a_stub_is_held_to_the_version_that_its_page_is_built_for(world):
    page = world / "catalog" / "services" / "Payments" / "index.mdx"
    page.write_text(
        page.read_text().replace("order-placed, version: 1.0.0", "order-placed, version: 0.9.0")
    )
    old = world / "catalog" / "events" / "order-placed" / "versioned" / "0.9.0"
    old.mkdir(parents=True)
    head = "id: order-placed\nname: order-placed\nversion: 0.9.0\nschemaPath: schema.json"
    (old / "index.mdx").write_text(f"---\n{head}\n---\n")
    (old / "schema.json").write_text(json.dumps({**ORDER, "required": ["order_id", "shop"]}))

    found = explored(world, "stubs: all")

    assert found.exit_code == 1, found.output
    (violation,) = json.loads(found.stdout)["violations"]
    assert "Payments is built for order-placed 0.9.0" in violation["sentence"]


def test_stubs_play_in_simulated_time_too(world):
    found = explored(world, "stubs: all", command="simulate")

    assert found.exit_code == 0, found.output


def test_a_stub_of_a_service_that_does_not_exist_is_told_with_its_line(world):
    found = explored(world, "stubs: [Payment]")

    assert found.exit_code == 2
    assert "s.yaml:4: `stubs` names Payment, which the catalog does not have." in found.output
    assert "did you mean `Payments`?" in found.output


def test_stubs_that_set_each_other_off_without_end_are_told(world):
    page = world / "catalog" / "services" / "Payments" / "index.mdx"
    noted = "id: order-noted, version: 1.0.0"
    endless = f"receives: [{{{noted}, triggers: [{{{noted}}}]}}]"
    page.write_text(f"---\nid: Payments\nname: Payments\nversion: 1.0.0\n{endless}\n---\n")
    (world / "handlers.py").write_text(HANDLERS.replace('"order-placed"', '"order-noted"'))

    found = explored(world, "stubs: all")

    assert found.exit_code == 2
    assert "messages are under way for one customer, most of them for" in found.output
