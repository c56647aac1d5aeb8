from pathlib import Path

import pytest

from eventproof.contracts import RULES, build, check


def stock(quantity):
    return {
        "type": "object",
        "properties": {"quantity": {"type": quantity}},
        "required": ["quantity"],
    }


@pytest.fixture
def shop(catalog_of, page):
    """InventoryService sends 0.0.4, OrdersService is pinned to a version of one's choice."""

    def build_catalog(old, new, pin="\n    version: 0.0.3"):
        return catalog_of(
            {
                "events/InventoryAdjusted/index.mdx": page(
                    "InventoryAdjusted", "0.0.4", "schemaPath: schema.json"
                ),
                "events/InventoryAdjusted/schema.json": new,
                "events/InventoryAdjusted/versioned/0.0.3/index.mdx": page(
                    "InventoryAdjusted", "0.0.3", "schemaPath: schema.json"
                ),
                "events/InventoryAdjusted/versioned/0.0.3/schema.json": old,
                "services/InventoryService/index.mdx": page(
                    "InventoryService",
                    "0.0.2",
                    "owners: [full-stack]\nsends:\n  - id: InventoryAdjusted\n    version: 0.0.4",
                ),
                "services/OrdersService/index.mdx": page(
                    "OrdersService",
                    "0.0.3",
                    f"owners: [dboyne]\nreceives:\n  - id: InventoryAdjusted{pin}",
                ),
            }
        )

    return build_catalog


def found(catalog):
    return [f for f in check(catalog, build(catalog)) if f.rule == "CON201"]


def test_a_consumer_pinned_to_a_version_that_cannot_read_what_is_sent_is_reported(shop):
    (finding,) = found(shop(stock("integer"), stock("number")))
    assert finding.message == (
        "OrdersService 0.0.3 is pinned to InventoryAdjusted 0.0.3, "
        "and cannot read every 0.0.4 that InventoryService 0.0.2 sends."
    )
    assert finding.details == (
        '0.0.4 allows {"quantity": 0.5}',
        '0.0.3 rejects it: /quantity: 0.5 is not of type "integer"',
        "Owners to ask: dboyne, full-stack.",
    )
    assert finding.location.file.endswith("services/OrdersService/index.mdx")
    assert (finding.location.line, finding.location.column) == (8, 14)


def test_a_wider_pinned_version_is_no_finding(shop):
    assert found(shop(stock("number"), stock("integer"))) == []


def test_a_consumer_without_a_pin_reads_the_latest(shop):
    assert found(shop(stock("integer"), stock("number"), pin="")) == []


def test_every_rule_is_documented_and_named_once():
    modules = Path(__file__).parents[2] / "eventproof" / "contracts" / "rules"

    assert sorted(path.name[:6].upper() for path in modules.glob("con*.py")) == [
        rule.id for rule in RULES
    ]
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(
        "Mend it" in rule.doc or "Mend the" in rule.doc or "To have" in rule.doc for rule in RULES
    )
