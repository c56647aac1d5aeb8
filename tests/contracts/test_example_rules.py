import pytest

from eventproof.contracts import build, check
from eventproof.contracts.page_fields import shown_fields
from eventproof.findings import Severity

STOCK = {
    "type": "object",
    "properties": {
        "productId": {"type": "string", "pattern": "^p"},
        "quantity": {"type": "integer"},
        "state": {"anyOf": [{"enum": ["in", "out"]}, {"type": "null"}]},
    },
    "required": ["productId", "quantity"],
}


def found(catalog, rule):
    return [finding for finding in check(catalog, build(catalog)) if finding.rule == rule]


@pytest.fixture
def stock(catalog_of, page):
    """One event with a schema, examples in its folder, and a body."""

    def stock_with(examples=None, body="", schema=STOCK, folder="events", more=""):
        named = f"schemaPath: schema.json\n{more}"
        return catalog_of(
            {
                f"{folder}/Stock/index.mdx": page("Stock", more=named, body=body),
                f"{folder}/Stock/schema.json": schema,
                **{f"{folder}/Stock/examples/{n}": text for n, text in (examples or {}).items()},
            }
        )

    return stock_with


GOOD = {"productId": "p1", "quantity": 3}
BAD = {"productId": "p1", "quantity": "three"}


class TestExampleFiles:
    def test_an_example_that_the_schema_rejects_is_an_error(self, stock):
        (finding,) = found(stock({"bad.json": BAD}), "CON301")

        assert finding.message == "Stock 1.0.0: its schema rejects the example bad.json."
        assert finding.details[0] == '/quantity: "three" is not of type "integer".'
        assert finding.severity is Severity.ERROR
        assert finding.location.file.endswith("events/Stock/examples/bad.json")
        assert finding.location.line == 3

    @pytest.mark.parametrize(
        "payload",
        [
            GOOD,
            {"specversion": "1.0", "data": GOOD},
            {"productId": "p1", "data": {"quantity": 3}},
        ],
    )
    def test_a_payload_alone_or_in_its_envelope_is_no_finding(self, stock, payload):
        assert found(stock({"good.json": payload}), "CON301") == []

    def test_an_envelope_is_blamed_for_what_its_payload_lacks(self, stock):
        (finding,) = found(stock({"bad.json": {"id": 1, "data": BAD}}), "CON301")

        assert finding.details[0] == '/data/quantity: "three" is not of type "integer".'

    def test_an_example_of_a_query_may_be_its_answer(self, stock):
        schema = {
            "type": "object",
            "properties": {
                "request": {"type": "object", "required": ["id"]},
                "response": {"type": "object", "required": ["level"]},
            },
        }
        examples = {"answer.yaml": "level: 3\n", "asked.json": {"id": 1}, "bad.json": {"x": 1}}
        (finding,) = found(stock(examples, schema=schema, folder="queries"), "CON301")

        assert finding.about == "bad.json"

    def test_an_example_that_is_no_json_is_an_error_at_its_line(self, stock):
        (finding,) = found(stock({"bad.json": '{\n  "a": 1,\n}'}), "CON301")

        assert (finding.severity, finding.location.line) == (Severity.ERROR, 3)

    def test_what_is_no_example_is_not_looked_at(self, stock):
        examples = {"examples.config.yaml": "bad.json: {}", "notes.txt": "no", ".hidden.json": "{"}

        assert found(stock(examples), "CON301") == []

    def test_an_example_outside_of_the_catalog_is_not_read(self, stock, tmp_path):
        (tmp_path / "outside.json").write_text('{"secret": 1}')
        catalog = stock({"good.json": GOOD})
        link = tmp_path / "catalog/events/Stock/examples/link.json"
        link.symlink_to(tmp_path / "outside.json")
        (finding,) = found(catalog, "CON301")

        assert "lies outside the catalog" in finding.message
        assert finding.severity is Severity.WARNING


def example(payload):
    return f'# Overview\n\nWords.\n\n```json title="Example"\n{payload}\n```\n'


class TestExamplesInProse:
    def test_an_example_in_the_page_that_the_schema_rejects_is_a_warning(self, stock):
        (finding,) = found(stock(body=example('{"productId": "p1", "quantity": "x"}')), "CON301")

        assert finding.severity is Severity.WARNING
        assert finding.location.file.endswith("events/Stock/index.mdx")
        assert finding.location.line == 11

    @pytest.mark.parametrize(
        "payload",
        [
            '{"productId": "p1", "quantity": 3}',
            '{"productId": "string", "quantity": "integer", "state": "string"}',
            '{"productId": "UUID", "quantity": "int"}',
            '{"somethingElse": "three"}',
        ],
    )
    def test_types_in_place_of_values_and_other_things_are_no_finding(self, stock, payload):
        assert found(stock(body=example(payload)), "CON301") == []

    def test_a_type_that_the_schema_does_not_allow_is_rejected_as_a_type(self, stock):
        (finding,) = found(
            stock(body=example('{"productId": "p1", "quantity": "boolean"}')), "CON301"
        )

        assert finding.details[0].startswith("/quantity: ")

    def test_a_contract_that_was_inferred_from_the_page_proves_nothing_against_it(
        self, catalog_of, page
    ):
        body = example('{"a": 1}')
        catalog = catalog_of(
            {
                "events/Stock/index.mdx": page("Stock", body=body),
                "events/Stock/examples/other.json": {"b": "x"},
            }
        )

        assert found(catalog, "CON301") == []


EMPLOYEE = {"type": "object", "properties": {"Name": {}, "Age": {}, "Salary": {}}}
AVRO = (
    '{"type": "record", "name": "Employee", "fields": ['
    '{"name": "Name", "type": "string"},'
    '{"name": "Home", "type": {"type": "record", "name": "H", "fields": ['
    '{"name": "Town", "type": "string"}]}}]}'
)
PROTO = (
    'syntax = "proto3";\nmessage E {\n  string Name = 1;\n  repeated x.Y towns = 2 [a = 1];\n}\n'
)
PYTHON = (
    '```python\nevent_data = {\n  "product_id": "p",\n  "level": {"units": 3}\n}\nrun()\n```\n'
)
SCRIPT = "  ```ts\n  const payload = { productId: 1, level: 2 };\n  ```\n"
LIST = "The event has the following fields:\n\n- `productId`: which\n- **`level`**: how many\n"
TABLE = "## Fields\n\n| Field | Means |\n|---|---|\n| `productId` | which |\n| `level` | n |\n"


class TestPlaceholderSchemas:
    @pytest.mark.parametrize(
        "body", [example('{"productId": 1, "level": 2}'), PYTHON, SCRIPT, LIST, TABLE]
    )
    def test_a_page_and_a_schema_without_a_common_field_are_reported(self, stock, body):
        (finding,) = found(stock(body=body, schema=EMPLOYEE), "CON302")

        assert finding.severity is Severity.WARNING
        assert finding.details[-1] == "The schema schema.json has Name, Age and Salary."
        assert "level" in finding.details[0]

    @pytest.mark.parametrize(
        "body",
        [
            example('{"name": "a", "level": 2}'),
            example('{"specversion": "1", "data": {"NAME": "a"}}'),
            PYTHON.replace("units", "salary"),
            "Words about `productId` and `level`.\n",
            "- `productId`\n- `level`\n",
            '```python\nconfig = {"host": "h", "port": 1}\n```\n',
            '```json title="Error response"\n{"code": 1, "reason": "r"}\n```\n',
            "",
        ],
    )
    def test_a_common_field_or_no_plain_evidence_is_no_finding(self, stock, body):
        assert found(stock(body=body, schema=EMPLOYEE), "CON302") == []

    @pytest.mark.parametrize(
        ("file", "text", "names"),
        [("schema.avro", AVRO, "Name, Home and Town"), ("schema.proto", PROTO, "Name and towns")],
    )
    def test_avro_and_protobuf_are_read_as_far_as_their_names(
        self, catalog_of, page, file, text, names
    ):
        catalog = catalog_of(
            {
                "events/Stock/index.mdx": page("Stock", more=f"schemaPath: {file}\n", body=PYTHON),
                f"events/Stock/{file}": text,
            }
        )
        (finding,) = found(catalog, "CON302")

        assert finding.details[1] == f"The schema {file} has {names}."

    def test_fences_that_never_close_end_nowhere_and_cost_little(self):
        assert shown_fields("```json\n" * 50_000) == {}
        assert shown_fields("```py\n" + "event = {" * 50_000) == {}

    def test_one_field_proves_nothing(self, stock):
        schema = {"type": "object", "properties": {"Name": {}}}

        assert found(stock(body=PYTHON, schema=schema), "CON302") == []


class TestOtherFormats:
    @pytest.fixture
    def problems(self, catalog_of, page):
        """The findings on a message that names this file as its schema."""

        def problems_with(file, content, more=""):
            named = f"schemas:\n  - file: schema.json\n  - file: {file}\n{more}"
            pages = {"events/Stock/index.mdx": page("Stock", more=named)}
            if content is not None:
                pages[f"events/Stock/{file}"] = content
            return build(catalog_of({**pages, "events/Stock/schema.json": EMPLOYEE})).problems

        return problems_with

    @pytest.mark.parametrize(
        ("file", "content", "rule", "words"),
        [
            ("s.avsc", '{"type": "record",}', "CON101", "is not valid JSON"),
            (
                "s.avsc",
                '{"name": "E"}',
                "CON101",
                "is no Avro schema: it has an object that says no type",
            ),
            ("s.avsc", '{"type": "record"}', "CON101", "it has a record without a proper name"),
            ("s.avsc", "3", "CON101", "neither a name, a list nor an object"),
            ("s.proto", b"\xff\xfe", "CON101", "is not UTF-8 text"),
            ("s.proto", None, "CON103", "does not exist"),
            ("other.json", '{"type": "strng"}', "CON101", "is no JSON Schema"),
            ("other.json", None, "CON103", "does not exist"),
        ],
    )
    def test_a_second_schema_that_cannot_be_used_is_reported(
        self, problems, file, content, rule, words
    ):
        (finding,) = problems(file, content)

        assert finding.rule == rule
        assert words in finding.message

    @pytest.mark.parametrize(
        ("file", "content"),
        [("s.avsc", AVRO), ("s.avsc", '["null", "string"]'), ("s.proto", PROTO)],
    )
    def test_a_second_schema_that_can_be_read_is_no_finding(self, problems, file, content):
        assert problems(file, content) == ()


CLOSED = {**STOCK, "additionalProperties": False}
NESTED = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/Item"}}},
    "allOf": [{"properties": {"total": {"type": "number"}}}],
    "$defs": {"Item": {"type": "object", "properties": {"sku": {}, "next": {"$ref": "#"}}}},
}


class TestFields:
    @pytest.fixture
    def reader(self, catalog_of, page):
        """A service that reads these fields of an event with this schema."""

        def reader_of(fields, schema, file="schema.json", body=""):
            more = f"receives:\n  - id: Stock\n    fields: [{fields}]\n"
            named = f"schemaPath: {file}\n" if schema is not None else ""
            pages = {
                "services/Reader/index.mdx": page("Reader", more=more),
                "events/Stock/index.mdx": page("Stock", more=named, body=body),
            }
            return catalog_of(
                pages if schema is None else {**pages, f"events/Stock/{file}": schema}
            )

        return reader_of

    def test_a_field_that_a_closed_schema_lacks_is_an_error(self, reader):
        (finding,) = found(reader("productId, quantty", CLOSED), "CON306")

        assert finding.message == (
            "Reader 1.0.0 names the field quantty of Stock 1.0.0, which schema.json does not have."
        )
        assert finding.details == ("Did you mean quantity?",)
        assert finding.severity is Severity.ERROR
        assert finding.location.line == 7

    def test_a_field_that_an_open_schema_lacks_is_a_warning(self, reader):
        (finding,) = found(reader("colour", STOCK), "CON306")

        assert finding.severity is Severity.WARNING

    @pytest.mark.parametrize(
        "fields",
        ["items", "'items[].sku'", "items.sku", "$.items.next.total", "/items/sku", "total"],
    )
    def test_fields_are_found_at_any_depth(self, reader, fields):
        assert found(reader(fields, NESTED), "CON306") == []

    def test_a_field_below_another_is_looked_for_there(self, reader):
        (finding,) = found(reader("items.total", NESTED), "CON306")

        assert "items.total" in finding.message

    @pytest.mark.parametrize("schema", [{"type": "object"}, {"properties": {"colour": True}}])
    def test_a_schema_that_names_no_properties_says_nothing(self, reader, schema):
        assert found(reader("colour.hue", schema), "CON306") == []

    def test_a_field_that_only_an_example_lacks_is_worth_knowing(self, reader):
        (finding,) = found(reader("colour", None, body=example('{"productId": "p"}')), "CON306")

        assert finding.severity is Severity.INFO
        assert finding.message.endswith("which the payload example in its page does not have.")

    def test_avro_is_compared_by_its_fields(self, reader):
        (finding,) = found(reader("Home.Town, Village", AVRO, file="schema.avro"), "CON306")

        assert "Village" in finding.message
        assert finding.severity is Severity.WARNING
