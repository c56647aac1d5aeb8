"""Avro contracts: resolution by the specification, and verdicts held against real decoders."""

import io
import json
from contextlib import suppress

import avro.compatibility
import avro.schema
import fastavro
import fastavro.utils
import pytest
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eventproof.catalog import load
from eventproof.cli.app import cli
from eventproof.contracts import build, check, violations
from eventproof.contracts.avro import AvroError, as_json_schema, compare_avro, parse
from eventproof.contracts.avro.datum import plain_json

ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "quantity", "type": "int"},
        {"name": "status", "type": {"type": "enum", "name": "Status", "symbols": ["NEW", "PAID"]}},
    ],
}


def record(*fields, name="Order", **more):
    return {"type": "record", "name": name, "namespace": "shop", "fields": list(fields), **more}


def compared(writer, reader):
    return compare_avro(writer=parse(writer), reader=parse(reader))


def kinds(native):
    return [clash.kind for clash in native.clashes]


class TestResolution:
    @pytest.mark.parametrize(
        ("wrote", "reads"),
        [
            ("int", "long"),
            ("int", "double"),
            ("long", "float"),
            ("float", "double"),
            ("string", "bytes"),
            ("bytes", "string"),
            ("int", ["null", "int"]),
            (["int", "string"], ["null", "string", "long"]),
            ({"type": "array", "items": "int"}, {"type": "array", "items": "long"}),
            ({"type": "map", "values": "int"}, {"type": "map", "values": "double"}),
        ],
    )
    def test_a_promotion_can_be_read(self, wrote, reads):
        assert compared(wrote, reads).verdict == "compatible"

    @pytest.mark.parametrize(
        ("wrote", "reads", "kind"),
        [
            ("long", "int", "TYPE_MISMATCH"),
            ("string", "int", "TYPE_MISMATCH"),
            (["null", "string"], "string", "TYPE_MISMATCH"),
            ("boolean", ["null", "string"], "MISSING_UNION_BRANCH"),
            ({"type": "array", "items": "int"}, {"type": "map", "values": "int"}, "TYPE_MISMATCH"),
            (
                {"type": "fixed", "name": "F", "size": 4},
                {"type": "fixed", "name": "F", "size": 8},
                "FIXED_SIZE_MISMATCH",
            ),
            (
                {"type": "enum", "name": "E", "symbols": ["A", "B"]},
                {"type": "enum", "name": "E", "symbols": ["A"]},
                "MISSING_ENUM_SYMBOLS",
            ),
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_shown_by_bytes_that_both_libraries_refuse(
        self, wrote, reads, kind
    ):
        native = compared(wrote, reads)

        assert native.verdict == "breaking"
        assert kind in kinds(native)
        assert [said.partition(":")[0] for said in native.shown.refused_by] == ["fastavro", "avro"]

    def test_a_new_field_needs_a_default(self):
        more = record(*ORDER["fields"], {"name": "note", "type": "string"})
        filled = record(*ORDER["fields"], {"name": "note", "type": "string", "default": ""})

        assert kinds(compared(ORDER, more)) == ["READER_FIELD_MISSING_DEFAULT_VALUE"]
        assert compared(ORDER, more).verdict == "breaking"
        assert compared(ORDER, filled).verdict == "compatible"
        assert compared(more, ORDER).verdict == "compatible"

    def test_a_renamed_field_is_found_by_its_alias(self):
        renamed = record(
            {"name": "orderId", "type": "string", "aliases": ["id"]}, *ORDER["fields"][1:]
        )

        assert compared(ORDER, renamed).verdict == "compatible"

    def test_an_enum_with_a_default_reads_symbols_that_it_does_not_know(self):
        wrote = {"type": "enum", "name": "E", "symbols": ["A", "B"]}
        reads = {"type": "enum", "name": "E", "symbols": ["A"], "default": "A"}

        assert compared(wrote, reads).verdict == "compatible"

    def test_the_unknown_symbol_stands_in_the_datum(self):
        reads = json.loads(json.dumps(ORDER).replace(', "PAID"', ""))

        assert compared(ORDER, reads).shown.datum == {"id": "", "quantity": 0, "status": "PAID"}

    def test_a_branch_that_cannot_be_read_stands_in_the_datum(self):
        wrote = record({"name": "total", "type": ["null", "long", "string"]})
        reads = record({"name": "total", "type": ["null", "long"]})

        assert compared(wrote, reads).shown.datum == {"total": ""}

    def test_a_record_that_holds_itself_is_compared(self):
        def tree(value):
            children = {"type": "array", "items": "Node"}
            fields = [{"name": "value", "type": value}, {"name": "children", "type": children}]
            return record(*fields, name="Node")

        assert compared(tree("int"), tree("long")).verdict == "compatible"
        assert compared(tree("long"), tree("int")).verdict == "breaking"

    def test_a_record_of_another_name_cannot_be_read_without_an_alias(self):
        other = {**ORDER, "name": "Purchase"}
        native = compared(ORDER, other)

        assert (native.verdict, kinds(native)) == ("breaking", ["NAME_MISMATCH"])
        assert compared(ORDER, {**other, "aliases": ["Order"]}).verdict == "compatible"


class TestWhatIsNoSchema:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (7, "neither a name, a list nor an object"),
            ({"type": "record", "name": "A"}, "no list of fields"),
            ({"type": "record", "fields": []}, "without a proper name"),
            (record({"name": "a"}), "no type for the field a"),
            (record({"name": "a", "type": "Unknown"}), "the type Unknown, which nothing declares"),
            (record({"name": "a", "type": "int"}, {"name": "a", "type": "int"}), "field a twice"),
            (["int", "int"], "int twice"),
            ([["int"]], "a union directly inside a union"),
            ({"type": "enum", "name": "E", "symbols": ["A", "A"]}, "a symbol twice"),
            ({"type": "enum", "name": "E", "symbols": ["A"], "default": "B"}, "no symbol of it"),
            ({"type": "fixed", "name": "F"}, "no size"),
            ({"type": "array"}, "without `items`"),
            (record({"name": "a", "type": "int", "default": "1"}), "a default for the field a"),
            (record({"name": "a", "type": "int", "default": 2**31}), "a default for the field a"),
            (record({"name": "a", "type": "string", "default": None}), "its type does not allow"),
        ],
    )
    def test_it_is_said_in_one_sentence(self, content, says):
        with pytest.raises(AvroError, match=r"^(has|names|is|declares) ") as caught:
            parse(content)
        assert says in caught.value.sentence


primitives = st.sampled_from(
    ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
)
NAMES = ("a", "b", "c")
KINDS = ("primitive", "primitive", "array", "map", "enum", "fixed", "union", "record")


@st.composite
def types(draw, depth=2):
    kind = draw(
        st.sampled_from(["primitive"] * 4 + ["array", "map", "enum", "fixed", "union", "record"])
    )
    if kind == "primitive" or depth == 0:
        return draw(primitives)
    number = draw(st.integers(0, 10**9))
    if kind == "array":
        return {"type": "array", "items": draw(types(depth=depth - 1))}
    if kind == "map":
        return {"type": "map", "values": draw(types(depth=depth - 1))}
    if kind == "enum":
        symbols = draw(st.lists(st.sampled_from("ABCD"), min_size=1, unique=True))
        return {"type": "enum", "name": f"E{number}", "symbols": symbols}
    if kind == "fixed":
        return {"type": "fixed", "name": f"F{number}", "size": draw(st.integers(1, 3))}
    if kind == "union":
        return draw(st.lists(primitives, min_size=1, max_size=3, unique=True))
    return draw(records(depth=depth - 1, name=f"R{number}"))


@st.composite
def records(draw, depth=2, name="Root"):
    fields = [
        {"name": one, "type": draw(types(depth=depth))}
        for one in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    ]
    schema = {"type": "record", "name": name, "fields": fields}
    assume(name != "Root" or is_schema(schema))  # a name may have been drawn twice
    return schema


def is_schema(content):
    try:
        parse(content)
    except AvroError:
        return False
    return True


@st.composite
def changed(draw, schema):
    """The schema after a change or two, as people make them."""
    copy = json.loads(json.dumps(schema))
    for _ in range(draw(st.integers(0, 2))):
        fields = copy["fields"]
        what = draw(st.sampled_from(["drop", "add", "add with default", "retype"]))
        if what == "drop" and len(fields) > 1:
            fields.pop(draw(st.integers(0, len(fields) - 1)))
        elif what.startswith("add"):
            more = {"name": f"new{len(fields)}", "type": ["null", "int"]}
            fields.append(more | ({"default": None} if what == "add with default" else {}))
        else:
            fields[draw(st.integers(0, len(fields) - 1))]["type"] = draw(types(depth=1))
    assume(is_schema(copy))
    return copy


@st.composite
def pairs(draw):
    writer = draw(records())
    return writer, draw(changed(writer))


@given(pairs(), st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None)
def test_what_is_written_can_be_read_exactly_where_the_verdict_says_so(pair, random):
    """Metamorphic: encode with one, decode with the other, agree with the verdict."""
    writer, reader = pair
    native = compared(writer, reader)

    if native.verdict == "compatible":
        sent, read = (fastavro.parse_schema(plain_json(parse(one))) for one in pair)
        for datum in fastavro.utils.generate_many(sent, 5):
            out = io.BytesIO()
            fastavro.schemaless_writer(out, sent, datum)
            out.seek(0)
            # Bytes may be read as text by the specification, whether they are text or not.
            with suppress(UnicodeDecodeError):
                fastavro.schemaless_reader(out, sent, read)
    elif native.verdict == "breaking":
        assert len(native.shown.refused_by) == 2


@given(pairs())
@settings(max_examples=120, deadline=None)
def test_the_verdict_is_that_of_apaches_checker(pair):
    sent, read = (avro.schema.parse(json.dumps(plain_json(parse(one)))) for one in pair)
    checker = avro.compatibility.ReaderWriterCompatibilityChecker()
    apache = checker.get_compatibility(read, sent).compatibility
    native = compared(*pair)

    is_compatible = apache is avro.compatibility.SchemaCompatibilityType.compatible
    assert (native.verdict == "compatible") is is_compatible


@given(records())
@settings(max_examples=60, deadline=None)
def test_a_schema_can_read_what_it_writes_and_says_so_as_json_too(schema):
    parsed = parse(schema)

    assert compare_avro(writer=parsed, reader=parsed).verdict == "compatible"
    plain = next(iter(fastavro.utils.generate_many(fastavro.parse_schema(schema), 1)))
    assert violations(as_json_schema(parsed), _as_json(plain)) == ()


def _as_json(value):
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return {name: _as_json(one) for name, one in value.items()}
    return [_as_json(one) for one in value] if isinstance(value, list) else value


PAGE = (
    "---\nid: OrderPlaced\nname: Order placed\nversion: {version}\nschemaPath: order.avsc\n---\n"
)
SERVICE = """---
id: Shop
name: Shop
version: 1.0.0
sends:
  - id: OrderPlaced
    version: 2.0.0
receives:
  - id: OrderPlaced
    version: 1.0.0
---
"""


@pytest.fixture
def catalog(tmp_path):
    """A message in two versions, whose second has lost a field that the first needs."""
    front = tmp_path / "events" / "OrderPlaced"
    old = front / "versioned" / "1.0.0"
    old.mkdir(parents=True)
    (front / "index.mdx").write_text(PAGE.format(version="2.0.0"))
    (old / "index.mdx").write_text(PAGE.format(version="1.0.0"))
    (front / "order.avsc").write_text(json.dumps(record(*ORDER["fields"][:2])))
    (old / "order.avsc").write_text(json.dumps(ORDER))
    service = tmp_path / "services" / "Shop"
    service.mkdir(parents=True)
    (service / "index.mdx").write_text(SERVICE)
    return tmp_path


class TestInACatalog:
    def test_an_avro_schema_becomes_a_contract(self, catalog):
        contract = build(load(catalog)).find("OrderPlaced", "1.0.0")

        assert contract.provenance == "converted"
        assert contract.schema["required"] == ["id", "quantity", "status"]
        assert contract.schema["x-avro"]["name"] == "shop.Order"

    def test_a_consumer_that_cannot_read_the_bytes_is_named(self, catalog):
        loaded = load(catalog)
        (finding,) = (f for f in check(loaded, build(loaded)) if f.rule == "CON201")

        assert "cannot read every 2.0.0" in finding.message
        assert any("fastavro" in detail for detail in finding.details)

    def test_a_type_of_another_file_is_found(self, catalog):
        front = catalog / "events" / "OrderPlaced"
        address = {"type": "record", "name": "Address", "namespace": "shop", "fields": []}
        (front / "address.avsc").write_text(json.dumps(address))
        (front / "order.avsc").write_text(
            json.dumps(record({"name": "to", "type": "shop.Address"}))
        )

        contract = build(load(catalog)).find("OrderPlaced", "2.0.0")

        assert contract.schema["properties"]["to"] == {"$ref": "#/$defs/shop.Address"}

    def test_a_schema_that_is_none_is_said_with_its_line(self, catalog):
        broken = catalog / "events" / "OrderPlaced" / "order.avsc"
        broken.write_text('{"type": "record", "name": "Order",\n "fields": [\n  {"name": "id"}]}')

        (problem,) = build(load(catalog)).problems

        assert problem.rule == "CON101"
        assert "is no Avro schema: it has no type for the field id" in problem.message
        assert problem.location.line == 3


def test_two_files_are_compared_and_the_bytes_are_shown(tmp_path):
    old, new = tmp_path / "old.avsc", tmp_path / "new.avsc"
    old.write_text(json.dumps(ORDER))
    new.write_text(json.dumps(record(*ORDER["fields"], {"name": "note", "type": "string"})))

    text = CliRunner().invoke(cli, ["contracts", "compare", str(old), str(new)])
    body = json.loads(
        CliRunner()
        .invoke(cli, ["contracts", "compare", str(old), str(new), "--format", "json"])
        .stdout
    )

    assert text.exit_code == 1
    assert "in bytes: 000000" in text.stdout
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in text.stdout
    assert (body["verdict"], body["encoded"]) == ("breaking", "000000")
