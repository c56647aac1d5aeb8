from pathlib import Path

import pytest

from eventproof.catalog import RULES, check
from eventproof.findings import Severity


def found(catalog, rule):
    return [finding for finding in check(catalog) if finding.rule == rule]


def sends(id_, version=None):
    return _pointers("sends", id_, version)


def receives(id_, version=None):
    return _pointers("receives", id_, version)


def _pointers(key, id_, version):
    pin = f'    version: "{version}"\n' if version else ""
    return f"{key}:\n  - id: {id_}\n{pin}"


@pytest.fixture
def shop(write, page):
    """A producer, a consumer and one event, with the pins and versions given."""

    def shop_with(*, sent, received, versions=("0.0.4",)):
        pages = {
            f"events/InventoryAdjusted/versioned/{version}/index.mdx": page(
                "InventoryAdjusted", version
            )
            for version in versions
        }
        stock = "owners: [dboyne, full-stack]\n" + sends("InventoryAdjusted", sent)
        orders = "owners: [dboyne]\n" + receives("InventoryAdjusted", received)
        return write(
            {
                **pages,
                "services/InventoryService/index.mdx": page("InventoryService", "0.0.2", stock),
                "services/OrdersService/index.mdx": page("OrdersService", "0.0.3", orders),
            }
        )

    return shop_with


def test_every_rule_states_itself_in_a_line_and_says_how_to_mend_it():
    modules = Path(__file__).parents[2] / "eventproof" / "catalog" / "rules"

    assert sorted(path.name[:6].upper() for path in modules.glob("cat*.py")) == [
        rule.id for rule in RULES
    ]
    for rule in RULES:
        assert rule.title.endswith(".")
        assert "\nMend it " in rule.doc
        assert "\n    " in rule.doc


def test_a_consumer_pinned_to_a_version_that_nobody_sends_is_reported(shop):
    catalog = shop(sent="0.0.4", received="0.0.3", versions=("0.0.3", "0.0.4"))
    (finding,) = found(catalog, "CAT301")

    assert finding.message == (
        "OrdersService 0.0.3 receives InventoryAdjusted 0.0.3,"
        " but InventoryService 0.0.2 sends 0.0.4."
    )
    assert finding.details == ("No producer sends 0.0.3. Owners to ask: dboyne, full-stack.",)
    assert finding.location.file.endswith("services/OrdersService/index.mdx")
    assert (finding.location.line, finding.location.column) == (8, 14)
    assert finding.severity is Severity.ERROR


def test_a_stale_pin_to_a_missing_version_is_reported_once_with_both_facts(shop):
    catalog = shop(sent="0.0.4", received="0.0.3")
    (finding,) = found(catalog, "CAT301")

    assert finding.details[1] == (
        "The catalog has no InventoryAdjusted 0.0.3 either; it has 0.0.4."
    )
    assert found(catalog, "CAT201") == []


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("0.0.4", "0.0.4"),
        ("0.0.4", None),
        (None, "0.0.4"),
        (None, "^0.0.4"),
        ("0.0.4", ">=0.0.1 <1"),
        ("v0.0.4", "0.0.4"),
        ("0.0.x", "0.0.3"),
        ("0.0.4", "*"),
        ("5.0.0", "5.0.0"),
    ],
)
def test_a_pin_that_a_producer_answers_is_not_reported(shop, sent, received):
    catalog = shop(sent=sent, received=received, versions=("0.0.3", "0.0.4"))

    assert found(catalog, "CAT301") == []


@pytest.mark.parametrize(
    ("sent", "received", "words"),
    [
        (None, "0.0.3", "sends 0.0.4"),
        ("0.0.x", "1.0.0", "sends 0.0.4"),
        ("0.0.4", "^1.0.0", "sends 0.0.4"),
        ("0.0.4", "1", "sends 0.0.4"),
        ("9.0.0", "0.0.4", "sends 9.0.0"),
    ],
)
def test_a_pin_that_no_producer_answers_is_reported(shop, sent, received, words):
    catalog = shop(sent=sent, received=received, versions=("0.0.3", "0.0.4"))
    (finding,) = found(catalog, "CAT301")

    assert words in finding.message


def test_a_range_of_a_producer_that_leads_nowhere_accuses_no_consumer(shop):
    catalog = shop(sent="^9.0.0", received="0.0.4")

    assert found(catalog, "CAT301") == []
    assert len(found(catalog, "CAT201")) == 1


def test_a_superseded_consumer_has_no_stale_pin(write, page):
    catalog = write(
        {
            "events/E/index.mdx": page("E", "2.0.0"),
            "services/P/index.mdx": page("P", more=sends("E")),
            "services/C/index.mdx": page("C", "2.0.0", receives("E")),
            "services/C/versioned/1.0.0/index.mdx": page("C", "1.0.0", receives("E", "1.0.0")),
        }
    )

    assert found(catalog, "CAT301") == []
    (finding,) = found(catalog, "CAT201")
    assert finding.severity is Severity.WARNING


def test_one_of_several_producers_is_enough(write, page):
    catalog = write(
        {
            "events/E/index.mdx": page("E", "2.0.0"),
            "events/E/versioned/1.0.0/index.mdx": page("E", "1.0.0"),
            "services/New/index.mdx": page("New", more=sends("E", "2.0.0")),
            "services/Old/index.mdx": page("Old", more=sends("E", "1.0.0")),
            "services/C/index.mdx": page("C", more=receives("E", "1.0.0")),
        }
    )

    assert found(catalog, "CAT301") == []


def test_a_version_that_does_not_exist_is_reported_with_those_that_do(write, page):
    catalog = write(
        {
            "events/E/index.mdx": page("E", "2.0.0"),
            "events/E/versioned/1.0.0/index.mdx": page("E", "1.0.0"),
            "services/C/index.mdx": page("C", more=receives("E", "3.0.0")),
        }
    )
    (finding,) = found(catalog, "CAT201")

    assert finding.message == (
        "C 1.0.0 receives E 3.0.0, but the catalog has only 2.0.0 and 1.0.0."
    )
    assert (finding.location.line, finding.location.column) == (7, 14)


def test_an_unknown_message_is_reported_with_the_id_that_was_meant(write, page):
    catalog = write(
        {
            "events/OrderPlaced/index.mdx": page("OrderPlaced"),
            "services/C/index.mdx": page("C", more=receives("OrderPlacd")),
        }
    )
    (finding,) = found(catalog, "CAT202")

    assert finding.details == ("Did you mean OrderPlaced?",)


def test_a_message_id_that_belongs_to_a_service_is_said_to(write, page):
    catalog = write({"services/C/index.mdx": page("C", more=receives("C"))})
    (finding,) = found(catalog, "CAT202")

    assert finding.details[0].startswith("C is a service: ")


def test_a_broken_page_is_named_where_it_may_be_what_is_missing(write, page):
    catalog = write(
        {
            "events/OrderPlaced/index.mdx": "---\nid: a: b\n---\n",
            "services/C/index.mdx": page("C", more=receives("OrderPlaced")),
        }
    )
    (finding,) = found(catalog, "CAT202")

    assert finding.details[0].endswith(
        "events/OrderPlaced/index.mdx may describe it, and is broken."
    )


@pytest.mark.parametrize(
    "more",
    [
        "writesTo:\n  - id: Missing\n",
        "readsFrom:\n  - id: Missing\n",
        "sends:\n  - id: E\n    to:\n      - id: Missing\n",
        "receives:\n  - id: E\n    from:\n      - id: Missing\n",
        "receives:\n  - id: E\n    triggers:\n      - id: Missing\n",
        "entities:\n  - id: Missing\n",
    ],
)
def test_whatever_a_service_points_at_must_exist(write, page, more):
    catalog = write(
        {"services/C/index.mdx": page("C", more=more), "events/E/index.mdx": page("E")}
    )
    (finding,) = found(catalog, "CAT202")

    assert "Missing" in finding.message


def test_a_data_product_may_take_in_more_than_messages(write, page):
    more = "inputs:\n  - id: S\n  - id: db\noutputs:\n  - id: E\n"
    catalog = write(
        {
            "data-products/P/index.mdx": page("P", more=more),
            "services/S/index.mdx": page("S"),
            "containers/db/index.mdx": page("db"),
            "events/E/index.mdx": page("E"),
        }
    )

    assert found(catalog, "CAT202") == []


def test_an_owner_is_looked_for_only_where_owners_are_described(write, page):
    pages = {"events/E/index.mdx": page("E", more="owners: [msmith]\n")}

    assert found(write(pages), "CAT203") == []
    catalog = write({**pages, "users/mSmith.mdx": "---\nid: mSmith\nname: M Smith\n---\n"})
    (finding,) = found(catalog, "CAT203")
    assert finding.details == ("Did you mean mSmith?",)
    assert finding.severity is Severity.WARNING


def test_the_same_version_twice_is_reported_at_the_second(write, page):
    catalog = write(
        {
            "events/E/index.mdx": page("E"),
            "events/E/versioned/1.0.0/index.mdx": page("E"),
            "events/E/versioned/0.9.0/index.mdx": page("E", "0.9.0"),
        }
    )
    (finding,) = found(catalog, "CAT110")

    assert finding.location.file.endswith("versioned/1.0.0/index.mdx")


def test_a_folder_without_resources_is_never_clean(write):
    (finding,) = check(write({"README.md": "words"}))

    assert (finding.rule, finding.severity) == ("CAT190", Severity.ERROR)


EXAMPLE = '```json title="Example"\n{"quantity": "integer"}\n```\n'


@pytest.mark.parametrize(
    ("more", "body", "files", "severities"),
    [
        ("", "", {}, ["warning"]),
        ("", EXAMPLE, {}, ["info"]),
        ("", "Text with ``` json in a line.", {}, ["warning"]),
        ("schemaPath: schema.json\n", "", {"schema.json": "{}"}, []),
        ("schemaPath: ''\n", "", {}, ["warning"]),
        ("schemas: []\n", EXAMPLE, {}, ["info"]),
        ("schemas:\n  - file: schema.avsc\n", "", {"schema.avsc": "{}"}, []),
        ("schemas:\n  - id: orders/placed\n", "", {}, []),
        ("schemaPath: https://example.com/schema.json\n", "", {}, []),
    ],
)
def test_a_message_needs_a_schema_or_at_least_an_example(
    write, page, more, body, files, severities
):
    sidecars = {f"events/E/{name}": text for name, text in files.items()}
    catalog = write({"events/E/index.mdx": page("E", more=more, body=body), **sidecars})

    assert [finding.severity for finding in found(catalog, "CAT401")] == severities


@pytest.mark.parametrize("name", ["gone.json", "../../../outside.json"])
def test_a_schema_that_is_named_and_not_there_is_left_to_the_contracts(write, page, name):
    catalog = write({"events/E/index.mdx": page("E", more=f"schemaPath: {name}\n")})

    assert found(catalog, "CAT401") == []


COPIED = """
The `Inventory Adjusted` event is sent when a quantity changes.
To consume an Inventory Adjusted event, listen on `inventory.adjusted`.
"""


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (COPIED, 1),
        (COPIED + "It is the counterpart of out-of-stock.", 0),
        (COPIED + "See {frontmatter.name}.", 0),
        ("Follows the Inventory Adjusted event.", 0),
        ("Follows the [Inventory Adjusted event](../inventory-adjusted/).", 0),
        ("The count of the Inventory Adjusted event, the\nInventory-Adjusted\nevent.", 1),
        ("Inventory Adjusted comes first, Inventory Adjusted comes again.", 0),
        ("", 0),
    ],
)
def test_a_page_about_another_message_is_reported(write, page, body, count):
    catalog = write(
        {
            "events/OutOfStock/index.mdx": page("OutOfStock", "0.0.4", body=body),
            "events/InventoryAdjusted/index.mdx": page("InventoryAdjusted", body=COPIED),
        }
    )
    findings = found(catalog, "CAT402")

    assert len(findings) == count
    if body == COPIED:
        assert findings[0].message == (
            "OutOfStock 0.0.4 is described by a page about Inventory Adjusted"
            " (named 3 times; OutOfStock never)."
        )


def test_findings_keep_their_fingerprint_when_lines_move(write, page):
    before = check(write({"services/C/index.mdx": page("C", more=receives("E"))}))
    after = check(
        write({"services/C/index.mdx": page("C", more="summary: new\n" + receives("E"))})
    )

    assert [one.fingerprint for one in before] == [one.fingerprint for one in after]
    assert before[0].location != after[0].location
