import json
from pathlib import Path

import jsonschema
import pytest

from eventproof.catalog import check, load
from eventproof.catalog.layout import COLLECTIONS, PEOPLE
from eventproof.catalog.shapes import known_keys, misfits_of
from eventproof.findings import Severity

FOLDER = Path(__file__).parents[2] / "eventproof" / "catalog" / "schemas"
NAMES = sorted(file.name.removesuffix(".schema.json") for file in FOLDER.iterdir())
BASE = {"id": "X", "name": "X", "version": "1.0.0"}


def found(catalog, rule):
    return [finding for finding in check(catalog) if finding.rule == rule]


def said(frontmatter, schema):
    return [(one.sort, one.about, one.meant) for one in misfits_of(frontmatter, schema)]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_every_property_says_what_it_is(name):
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)

    assert schema["$id"] == f"urn:eventproof:catalog:{name}"
    for key, value in schema.get("properties", {}).items():
        assert value.get("description") or "$ref" in value, key


def test_every_type_has_a_schema():
    assert {*COLLECTIONS.values(), *PEOPLE.values()} <= set(NAMES)


@pytest.mark.parametrize("type_", sorted({*COLLECTIONS.values(), *PEOPLE.values()}))
def test_the_least_page_of_a_type_fits(type_):
    least = {
        "adr": {"status": "accepted", "date": "2024-01-01"},
        "container": {"container_type": "database"},
        "flow": {"steps": []},
    }
    people = {"id": "X", "name": "X"}
    page = people if type_ in PEOPLE.values() else {**BASE, **least.get(type_, {})}

    assert said(page, type_) == []
    assert said({**page, "x-own": 1}, type_) == []
    assert said({**page, "own": 1}, type_) == [("unknown-key", "own", None)]
    for key in {"adr": ["status", "date"], "container": ["container_type"]}.get(type_, []):
        assert said({k: v for k, v in page.items() if k != key}, type_) == [("missing", key, None)]


SERVICE = {
    **BASE,
    "summary": "Takes orders.",
    "draft": {"title": "Soon", "message": "Not yet."},
    "deprecated": {"message": "Use Y.", "date": "2026-01-01"},
    "badges": [{"content": "a", "backgroundColor": "red", "textColor": "red", "icon": "x"}],
    "owners": ["dboyne", {"id": "full-stack", "collection": "teams"}],
    "schemaPath": "openapi.yml",
    "specifications": [{"type": "openapi", "path": "openapi.yml", "headers": {"a": "b"}}],
    "sends": [
        {
            "id": "E",
            "version": "1.x",
            "fields": ["a.b"],
            "group": "G",
            "to": [{"id": "c", "parameters": {"env": "dev"}, "delivery_mode": "pull"}],
        }
    ],
    "receives": [{"id": "F", "from": [], "triggers": [{"id": "E", "condition": "if so"}]}],
    "writesTo": [{"id": "db"}],
    "entities": [{"id": "Order", "version": "latest"}],
    "externalSystem": False,
    "resourceGroups": [{"title": "T", "items": [{"id": "E", "type": "event"}], "limit": 3}],
    "attachments": ["https://example.com", {"url": "https://example.com", "title": "T"}],
    "styles": {"icon": "x", "node": {"color": "red", "label": "l"}},
    "detailsPanel": {"domains": {"visible": False}},
    "repository": {"language": "Go", "url": "https://example.com"},
}


def test_a_page_with_every_field_fits():
    assert said(SERVICE, "service") == []
    assert (
        said({**BASE, "specifications": {"openapiPath": "a", "asyncapiPath": "b"}}, "domain") == []
    )


@pytest.mark.parametrize(
    ("type_", "more", "expected"),
    [
        ("service", {"recieves": []}, ("unknown-key", "recieves", "receives")),
        ("service", {"steps": []}, ("unknown-key", "steps", None)),
        ("service", {3: 1}, ("unknown-key", "3", None)),
        ("service", {"badges": None}, ("mistyped", "badges", None)),
        ("service", {"sends": [{"id": "E", "verison": "1"}]},
         ("unknown-nested-key", "sends.0.verison", "version")),
        ("service", {"owners": [{"collection": "teams"}]}, ("missing", "owners.0.id", None)),
        ("service", {"specifications": [{"type": "soap", "path": "x"}]},
         ("unknown-value", "specifications.0.type", None)),
        ("service", {"sends": [{"id": "E", "to": [{"id": "c", "delivery_mode": "pul"}]}]},
         ("unknown-value", "sends.0.to.0.delivery_mode", "pull")),
        ("agent", {"model": {"nme": "m"}}, ("unknown-nested-key", "model.nme", "name")),
        ("agent", {"tools": [{"name": "t"}]}, ("missing", "tools.0.type", None)),
        ("channel", {"deliveryGuarantee": "sometimes"},
         ("unknown-value", "deliveryGuarantee", None)),
        ("channel", {"parameters": {"env": {"enums": []}}},
         ("unknown-nested-key", "parameters.env.enums", "enum")),
        ("flow", {"steps": [{"title": "x"}]}, ("missing", "steps.0.id", None)),
        ("flow", {"steps": [{"id": 1, "next_step": {"id": 2, "lable": "x"}}]},
         ("unknown-nested-key", "steps.0.next_step.lable", "label")),
        ("entity", {"properties": [{"name": "a", "type": "b", "items": {"properties": [{}]}}]},
         ("missing", "properties.0.items.properties.0.name", None)),
        ("system", {"scope": "outer"}, ("unknown-value", "scope", None)),
        ("data-product", {"outputs": [{"id": "o", "contract": {"path": "c"}}]},
         ("missing", "outputs.0.contract.name", None)),
        ("event", {"operation": {"method": "FETCH"}}, ("unknown-value", "operation.method", None)),
        ("event", {"schemas": "schema.json"}, ("mistyped", "schemas", None)),
        ("diagram", {"hidden": "yes"}, ("mistyped", "hidden", None)),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_path_and_what_was_meant(type_, more, expected):
    assert expected in said({**BASE, **more}, type_)


def test_a_date_is_no_misfit_and_hides_none(write):
    text = "---\nid: A\nname: A\nversion: 1.0.0\nstatus: acepted\ndate: 2024-01-01\n---\n"
    (finding,) = check(write({"adrs/A/index.mdx": text}))

    assert (finding.rule, finding.location.line, finding.location.column) == ("CAT107", 5, 9)
    assert finding.message.startswith("A 1.0.0 has acepted for status; it may be proposed, ")
    assert finding.details == ("Did you mean accepted?",)


def test_an_empty_list_of_pointers_is_a_fault(write, page):
    (finding,) = check(write({"services/A/index.mdx": page("A", more="sends:\n")}))

    assert finding.message == "A 1.0.0 leaves sends empty; it must be a list."
    assert (finding.rule, finding.severity) == ("CAT103", Severity.ERROR)


def test_a_mistake_that_the_reader_told_is_not_told_again(write, page):
    more = "sends: everything\nowners: dboyne\nreceives: [E]\n"
    catalog = write(
        {"services/A/index.mdx": page("A", more=more), "events/E/index.mdx": page("E")}
    )

    assert sorted(one.about for one in found(catalog, "CAT103")) == [
        "owners",
        "receives.0",
        "sends",
    ]


def test_an_unknown_key_is_refused_by_version_4_and_dropped_by_earlier_ones(write, page):
    pages = {"services/A/index.mdx": page("A", more="tags: [x]\n")}
    (before,) = found(write(pages), "CAT105")
    (after,) = found(write({**pages, "systems/S/index.mdx": page("S")}), "CAT105")

    assert (before.severity, after.severity) == (Severity.WARNING, Severity.ERROR)
    assert before.details == (
        "EventCatalog drops it without a word; a key of your own is x-tags.",
    )
    assert (before.location.line, before.location.column) == (5, 1)


def test_package_json_tells_which_eventcatalog_judges_a_key(write, page):
    package = '{"dependencies": {"@eventcatalog/core": "4.7.0"}}'
    pages = {"services/A/index.mdx": page("A", more="tags: [x]\n"), "package.json": package}
    (finding,) = found(write(pages), "CAT105")

    assert finding.severity is Severity.ERROR


def test_a_misspelt_key_can_be_mended_where_only_one_is_like_it(write, page):
    catalog = write({"services/A/index.mdx": page("A", more="recieves: []\nsend: []\nzzz: 1\n")})
    edits = {one.about: one.edit for one in found(catalog, "CAT105")}

    assert (edits["recieves"].before, edits["recieves"].after) == ("recieves", "receives")
    assert (edits["recieves"].line, edits["recieves"].column) == (5, 1)
    assert edits["send"].after == "sends"
    assert edits["zzz"] is None


def test_a_key_is_not_renamed_to_one_that_is_there_already(write, page):
    catalog = write({"services/A/index.mdx": page("A", more="recieves: []\nreceives: []\n")})
    (finding,) = found(catalog, "CAT105")

    assert finding.edit is None


def test_a_nested_key_is_worth_knowing_and_a_misspelt_one_a_warning(write, page):
    more = "receives:\n  - id: E\n    verison: 1.0.0\n    colour: red\n"
    catalog = write(
        {"services/A/index.mdx": page("A", more=more), "events/E/index.mdx": page("E")}
    )
    misspelt, own = found(catalog, "CAT106")

    assert (misspelt.severity, misspelt.location.line) == (Severity.WARNING, 7)
    assert misspelt.message == "A 1.0.0 has the unknown key verison in entry 1 of receives."
    assert own.severity is Severity.INFO


def test_in_version_1_only_what_looks_misspelt_is_told(write):
    text = "---\nname: E\nversion: 1.0.0\nproducers: [A]\nlayout: x\nconsumer: [B]\n---\n"
    catalog = write({"events/E/index.md": text, "services/A/index.md": "---\nname: A\n---\n"})
    (finding,) = found(catalog, "CAT105")

    assert (finding.about, finding.severity) == ("consumer", Severity.WARNING)


def test_in_version_1_a_list_that_is_none_is_told_mildly(write):
    text = "---\nname: E\nversion: 1.0.0\nproducers: A\nconsumers: [B]\n---\n"
    (finding,) = found(write({"events/E/index.md": text}), "CAT103")

    assert (finding.about, finding.severity) == ("producers", Severity.WARNING)


def test_a_dictionary_and_a_changelog_are_held_against_their_schemas(write, page):
    catalog = write(
        {
            "domains/D/index.mdx": page("D"),
            "domains/D/ubiquitous-language.mdx": "---\ndictionary:\n  - id: a\n---\n",
            "domains/D/changelog.mdx": "---\ncreatedAt: 2024-01-01\nbagdes: []\n---\n",
        }
    )
    changelog, dictionary = check(catalog)

    assert changelog.message.endswith("domains/D/changelog.mdx has the unknown key bagdes.")
    assert dictionary.message.endswith("has no name in entry 1 of dictionary.")
    assert dictionary.location.line == 3


def test_keys_of_common_parts_are_known():
    assert {"id", "badges", "sends", "writesTo"} <= known_keys("service")
    assert "schemas" in known_keys("event")
    assert "schemas" not in known_keys("service")


def test_no_page_of_a_catalog_that_builds_is_at_fault(real_catalogs):
    for name in ("eventcatalog-acme-v4", "eventcatalog-flowmart-v3", "nota", "paymentic-v1"):
        faults = [one for one in check(load(real_catalogs / name)) if one.rule in FORMAT_RULES]
        assert faults == [], name


FORMAT_RULES = {"CAT103", "CAT107"}
