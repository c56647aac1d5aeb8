from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventproof.catalog import load
from eventproof.contracts import build, compare, files, violations

CATALOGS = Path(__file__).parents[2].parent / "shared" / "catalogs"
PRICED = {"type": "object", "properties": {"price": {"type": "number"}}}
EXAMPLE = '## Payload\n\n```json\n{"price": "number"}\n```\n'


def rules(contracts):
    return [finding.rule for finding in contracts.problems]


def only_problem(catalog):
    contracts = build(catalog)
    assert len(contracts.problems) == 1
    return contracts.problems[0]


def test_a_schema_file_is_a_declared_contract(one_schema):
    contracts = build(one_schema({"$schema": "http://json-schema.org/draft-07/schema#", **PRICED}))
    contract = contracts.find("Priced")
    assert contracts.problems == ()
    assert contract.provenance == "declared"
    assert contract.source.endswith("catalog/events/Priced/schema.json")
    assert list(contract.schema) == ["$schema", "$id", "title", "type", "properties"]
    assert contract.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert contract.schema["$id"] == "urn:eventproof:event:Priced:1.0.0"


def test_the_files_do_not_depend_on_where_they_are_built(catalog_of, page, tmp_path, monkeypatch):
    catalog_of(
        {
            "events/A/index.mdx": page("A", body=EXAMPLE),
            "events/B/index.mdx": page("B", more="schemaPath: schema.json"),
            "events/B/schema.json": PRICED,
        }
    )
    monkeypatch.chdir(tmp_path)
    near = files(build(load("catalog")))
    monkeypatch.chdir(tmp_path / "catalog" / "events")
    assert files(build(load(".."))) == near
    assert str(tmp_path) not in "".join(near.values())


def test_yaml_is_read_like_json(one_schema):
    text = "type: object\nproperties:\n  on: {type: string, examples: [2024-01-01]}\n"
    contract = build(one_schema(text, file="schema.yml")).find("Priced")
    assert list(contract.schema["properties"]) == ["true"]  # as YAML 1.1 reads `on`


def test_without_a_schema_the_example_is_the_evidence(catalog_of, page):
    contracts = build(catalog_of({"events/Priced/index.mdx": page("Priced", body=EXAMPLE)}))
    schema = contracts.find("Priced").schema
    assert contracts.find("Priced").provenance == "inferred"
    assert schema["properties"] == {"price": {"type": "number"}}
    assert schema["x-eventproof"]["provenance"] == "inferred"
    assert violations(schema, {"anything": 1}) == ()


def test_producers_consumers_and_owners_are_named(catalog_of, page):
    contract = build(
        catalog_of(
            {
                "events/Priced/index.mdx": page("Priced", more="owners: [ann]", body=EXAMPLE),
                "services/Shop/index.mdx": page("Shop", more="sends:\n  - id: Priced\n"),
                "services/Till/index.mdx": page("Till", more="receives:\n  - id: Priced\n"),
            }
        )
    ).find("Priced")
    assert (contract.producers, contract.consumers) == (("Shop",), ("Till",))
    assert contract.owners == ("ann",)


def test_the_highest_version_is_found_by_number(catalog_of, page):
    pages = {
        f"events/Priced/versioned/{version}/index.mdx": page("Priced", version, body=EXAMPLE)
        for version in ("1.9.0", "1.10.0", "1.2.0")
    }
    contracts = build(catalog_of(pages))
    assert [c.message.version for c in contracts.contracts] == ["1.2.0", "1.9.0", "1.10.0"]
    assert contracts.find("Priced").message.version == "1.10.0"
    assert contracts.find("Priced", "1.2.0").message.version == "1.2.0"
    assert contracts.find("Priced", "3.0.0") is None
    assert contracts.find("Nothing") is None


def test_a_query_has_a_request_and_a_response(catalog_of, page):
    schema = {
        "$defs": {"Sku": {"type": "string"}},
        "type": "object",
        "properties": {
            "request": {"type": "object", "properties": {"sku": {"$ref": "#/$defs/Sku"}}},
            "response": {"type": "object", "properties": {"stock": {"type": "integer"}}},
        },
    }
    contract = build(
        catalog_of(
            {
                "queries/GetStock/index.mdx": page("GetStock", more="schemaPath: schema.json"),
                "queries/GetStock/schema.json": schema,
            }
        )
    ).find("GetStock")
    assert violations(contract.schema, {"sku": "a"}) == ()
    assert violations(contract.schema, {"sku": 1}) != ()
    assert violations(contract.response, {"stock": "a"}) != ()
    assert contract.response["$id"].endswith(":response")


def test_names_in_ids_are_escaped(catalog_of, page):
    contracts = build(catalog_of({"events/E/index.mdx": page('"a b/ü"', body=EXAMPLE)}))
    assert contracts.contracts[0].schema["$id"] == "urn:eventproof:event:a%20b%2F%C3%BC:1.0.0"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('{\n  "type": "object",\n}', 2),
        ("", 1),
        ('{"type": NaN}', None),
        ('{"a": ' * 3000 + "1" + "}" * 3000, None),
        (b"\xff\xfe\x00", None),
        ('{\n  "type": "strng"\n}', 2),
        ('{"price": 1.5}', 1),
        ("[1, 2]", 1),
        ('{"type": "string", "pattern": "("}', 1),
        ('{"type": "object",\n"$schema": "http://json-schema.org/draft-03/schema#"}', 2),
    ],
)
def test_a_broken_schema_is_a_finding_with_its_place(one_schema, content, line):
    problem = only_problem(one_schema(content))
    assert problem.rule == "CON101"
    assert problem.location.file.endswith("events/Priced/schema.json")
    if line:
        assert problem.location.line in (line, line + 1)


@pytest.mark.parametrize(
    "content",
    [
        "a: [1",
        "a: &a [1]\nb: [" + "*a, " * 200 + "*a]",
        "a: " + "[" * 5000 + "]" * 5000,
        "a: !!python/object/apply:os.system [ls]",
        "type: .nan",
    ],
)
def test_hostile_yaml_is_a_finding(one_schema, content):
    assert only_problem(one_schema(content, file="schema.yaml")).rule == "CON101"


def test_a_huge_schema_is_refused_unread(one_schema):
    problem = only_problem(one_schema(" " * (2 * 1024 * 1024 + 1)))
    assert "larger than 2 MiB" in problem.message


def test_a_missing_schema_file_is_located_at_the_path_that_names_it(one_schema):
    problem = only_problem(one_schema(PRICED, named="shcema.json"))
    assert problem.rule == "CON103"
    assert (problem.location.line, problem.location.column) == (5, 13)
    assert problem.details == ("Beside the page there is schema.json.",)


@pytest.mark.parametrize("named", ["../../../outside.json", "/etc/hostname.json"])
def test_a_schema_outside_the_catalog_is_not_read(one_schema, tmp_path, named):
    (tmp_path / "outside.json").write_text('{"type": "object"}')
    contracts = build(one_schema(PRICED, named=named))
    assert rules(contracts) == ["CON103"]
    assert contracts.contracts == ()


def test_a_link_out_of_the_catalog_is_not_followed(one_schema, tmp_path):
    catalog = one_schema(PRICED, named="link.json")
    (tmp_path / "outside.json").write_text('{"type": "object"}')
    link = tmp_path / "catalog/events/Priced/link.json"
    link.symlink_to(tmp_path / "outside.json")
    assert "outside the catalog" in only_problem(catalog).message


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("schema.raml", "#%RAML 1.0", "raml"),
        ("schema.json", {"openapi": "3.0.0", "components": {}}, "OpenAPI"),
    ],
)
def test_other_formats_are_left_for_later(one_schema, file, content, said):
    problem = only_problem(one_schema(content, file=file))
    assert (problem.rule, problem.severity) == ("CON102", "info")
    assert said in problem.message


@pytest.mark.parametrize("file", ["schema.avsc", "schema.json"])
def test_an_avro_schema_is_converted_whatever_its_file_is_called(one_schema, file):
    contracts = build(one_schema({"type": "record", "name": "A", "fields": []}, file=file))

    assert contracts.problems == ()
    assert [one.provenance for one in contracts.contracts] == ["converted"]


def test_a_json_schema_among_others_is_chosen(catalog_of, page):
    more = "schemas:\n  - file: a.avsc\n  - file: b.json\n    format: jsonschema\n"
    contracts = build(
        catalog_of(
            {
                "events/Priced/index.mdx": page("Priced", more=more),
                "events/Priced/a.avsc": '{"type": "string"}',
                "events/Priced/b.json": PRICED,
            }
        )
    )
    assert contracts.problems == ()
    assert contracts.find("Priced").source.endswith("b.json")


def test_a_broken_schema_leaves_the_example_as_evidence(catalog_of, page):
    contracts = build(
        catalog_of(
            {
                "events/Priced/index.mdx": page("Priced", more="schemaPath: s.json", body=EXAMPLE),
                "events/Priced/s.json": "{",
            }
        )
    )
    assert rules(contracts) == ["CON101"]
    assert contracts.find("Priced").provenance == "inferred"


@pytest.mark.parametrize(
    "reference",
    ["https://example.com/x.json", "#/$defs/Gone", "gone.json", "../../../../etc/passwd", "#gone"],
)
def test_a_reference_that_leads_nowhere_is_a_finding(one_schema, reference):
    schema = {"type": "object", "properties": {"a": {"$ref": reference}}}
    contracts = build(one_schema(schema))
    problem = contracts.problems[0]
    assert (problem.rule, problem.about) == ("CON104", reference)
    assert problem.location.line == 5
    assert contracts.contracts == ()


def test_referenced_files_become_a_part_of_the_contract(one_schema):
    money = {
        "definitions": {"Amount": {"type": "number"}},
        "type": "object",
        "properties": {"amount": {"$ref": "#/definitions/Amount"}, "self": {"$ref": "money.json"}},
    }
    schema = {
        "properties": {
            "price": {"$ref": "../../common/money.json"},
            "raw": {"$ref": "../../common/money.json#/definitions/Amount"},
        }
    }
    catalog = one_schema(
        schema,
        more={
            "common/money.json": {"$schema": "http://json-schema.org/draft-07/schema#", **money}
        },
    )
    contracts = build(catalog)
    contract = contracts.find("Priced")
    assert contracts.problems == ()
    assert violations(contract.schema, {"price": {"amount": 1, "self": {"amount": 2}}}) == ()
    assert violations(contract.schema, {"price": {"self": {"amount": "two"}}}) != ()
    assert violations(contract.schema, {"raw": "one"}) != ()


def test_files_that_refer_to_each_other_end(one_schema):
    catalog = one_schema(
        {"properties": {"b": {"$ref": "b.json"}}},
        more={
            "events/Priced/b.json": {
                "properties": {"a": {"$ref": "schema.json"}, "n": {"type": "integer"}}
            }
        },
    )
    schema = build(catalog).find("Priced").schema
    assert violations(schema, {"b": {"a": {"b": {"n": 1}}}}) == ()
    assert violations(schema, {"b": {"a": {"b": {"n": "x"}}}}) != ()


def test_a_reference_by_the_own_id_is_local(one_schema):
    schema = {
        "$id": "https://example.com/priced.json",
        "$defs": {"P": {"type": "number"}},
        "properties": {"price": {"$ref": "https://example.com/priced.json#/$defs/P"}},
    }
    contract = build(one_schema(schema)).find("Priced")
    assert violations(contract.schema, {"price": "x"}) != ()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(st.binary(max_size=60), st.text(alphabet='{}[]":,$reftypns01 ', max_size=60)))
def test_no_schema_file_ends_in_a_traceback(one_schema, content):
    contracts = build(one_schema(content))
    assert len(contracts.contracts) + len(contracts.problems) >= 1


def test_real_catalogs_become_contracts_that_can_be_used():
    if not CATALOGS.is_dir():
        pytest.skip("the real catalogs are not beside this repository")
    total = 0
    for folder in sorted(path for path in CATALOGS.iterdir() if path.is_dir()):
        contracts = build(load(folder))
        total += len(contracts.contracts)
        assert files(contracts) == files(build(load(folder)))
        for contract in contracts.contracts:
            assert isinstance(violations(contract.schema, {}), tuple)
            assert compare(writer=contract.schema, reader=contract.schema).verdict == "compatible"
    assert total > 200
