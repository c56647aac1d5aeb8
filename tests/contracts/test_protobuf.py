"""Protobuf contracts: verdicts on the wire, held against what the real runtime reads."""

import json
import subprocess
from datetime import datetime

import pytest
from click.testing import CliRunner
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.cli.app import cli
from eventproof.contracts import build, check, load_schema, violations
from eventproof.contracts.protobuf import (
    ProtobufSchema,
    as_json_schema,
    compare_protobuf,
    compiled,
    protobuf_of,
)
from eventproof.contracts.protobuf.datum import misread
from eventproof.contracts.protobuf.wire import RANGES


@pytest.fixture
def proto(tmp_path):
    """Compile the body of a file."""

    def proto_of(body, syntax="proto3", name="one.proto"):
        (tmp_path / name).write_text(f'syntax = "{syntax}";\n{body}\n')
        return compiled(tmp_path, name)

    return proto_of


@pytest.fixture
def compared(proto):
    def compared_bodies(writer, reader, syntax="proto3"):
        return compare_protobuf(writer=proto(writer, syntax), reader=proto(reader, syntax))

    return compared_bodies


class TestOnTheWire:
    @pytest.mark.parametrize(
        ("wrote", "reads"),
        [
            ("int32 a = 1;", "int64 a = 1;"),
            ("int32 a = 1;", "int32 renamed = 1;"),
            ("int32 a = 1; string b = 2;", "int32 a = 1;"),
            ("int32 a = 1;", "int32 a = 1; string b = 2;"),
            ("string a = 1;", "bytes a = 1;"),
            ("bool a = 1;", "int32 a = 1;"),
            ("string a = 1;", "repeated string a = 1;"),
            ("oneof o { int32 a = 1; int32 b = 2; }", "int32 a = 1; int32 b = 2;"),
            ("map<string, int32> a = 1;", "map<string, int64> a = 1;"),
            ("A a = 1;", "A a = 1; A b = 2;"),
        ],
    )
    def test_what_is_read_as_it_was_written_is_compatible(self, compared, wrote, reads):
        assert compared(f"message A {{ {wrote} }}", f"message A {{ {reads} }}").losses == ()

    @pytest.mark.parametrize(
        ("wrote", "reads", "kind"),
        [
            ("int64 a = 1;", "int32 a = 1;", "FIELD_SAME_TYPE"),
            ("int32 a = 1;", "sint32 a = 1;", "FIELD_WIRE_COMPATIBLE_TYPE"),
            ("int32 a = 1;", "string a = 1;", "FIELD_WIRE_COMPATIBLE_TYPE"),
            ("bytes a = 1;", "string a = 1;", "FIELD_WIRE_COMPATIBLE_TYPE"),
            ("repeated int32 a = 1;", "int32 a = 1;", "FIELD_SAME_CARDINALITY"),
            ("int32 a = 1; int32 b = 2;", "oneof o { int32 a = 1; int32 b = 2; }",
             "FIELD_SAME_ONEOF"),
            ("map<string, int64> a = 1;", "map<string, int32> a = 1;", "FIELD_SAME_TYPE"),
        ],
    )  # fmt: skip
    def test_a_break_is_shown_by_bytes_that_the_runtime_misreads(
        self, compared, wrote, reads, kind
    ):
        native = compared(f"message A {{ {wrote} }}", f"message A {{ {reads} }}")

        assert native.verdict == "breaking"
        assert [loss.kind for loss in native.losses] == [kind]
        assert native.shown.encoded

    def test_a_field_that_only_the_reader_requires_is_refused(self, compared):
        native = compared(
            "message A { optional int32 a = 1; }", "message A { required int32 a = 1; }", "proto2"
        )

        assert native.verdict == "breaking"
        assert native.shown.said == "protobuf refuses it: a is missing"

    def test_a_closed_enum_loses_what_it_does_not_know_and_an_open_one_keeps_it(self, compared):
        bodies = [
            f"message A {{ {{label}}E e = 1; }} enum E {{ X = 0; {more} }}"
            for more in ("Y = 1;", "")
        ]

        closed = compared(*(one.replace("{label}", "optional ") for one in bodies), "proto2")
        opened = compared(*(one.replace("{label}", "") for one in bodies))

        assert (closed.verdict, opened.verdict) == ("breaking", "compatible")
        assert [loss.kind for loss in closed.losses] == ["ENUM_VALUE_NO_DELETE"]

    def test_a_loss_deep_inside_is_led_to(self, compared):
        body = "message A {{ repeated B b = 1; }} message B {{ B b = 1; {} n = 2; }}"

        native = compared(body.format("int64"), body.format("int32"))

        assert native.shown.datum == {"b": [{"n": "2147483648"}]}

    def test_a_map_on_one_side_only_is_not_guessed(self, compared):
        entry = "message A { repeated E m = 1; message E { string key = 1; string value = 2; } }"

        native = compared(entry, "message A { map<string, string> m = 1; }")

        assert (native.verdict, native.reason) == ("unknown", "protobuf-no-datum")


class TestAsJson:
    def test_a_message_is_described_as_protojson_writes_it(self, proto):
        schema = proto(
            'import "google/protobuf/timestamp.proto";'
            "message A { int64 total_cents = 1; google.protobuf.Timestamp at = 2; E e = 3; "
            "map<string, A> inner = 4; repeated bytes raw = 5; } enum E { X = 0; Y = 1; }"
        )
        document = as_json_schema(schema)
        payload = {
            "totalCents": "12",
            "at": "2020-01-01T00:00:00Z",
            "e": "Y",
            "inner": {"a": {"totalCents": "1"}},
            "raw": ["AA=="],
        }

        assert violations(document, payload) == ()
        assert violations(document, {"totalCents": 12}) != ()
        assert protobuf_of(document) == schema

    def test_descriptors_that_are_none_are_left_to_the_json_schema(self):
        for native in ({"message": "A", "descriptors": "!"}, {"message": "A"}, 1, {"message": 1}):
            assert protobuf_of({"x-protobuf": native}) is None
        for descriptors in ("", "////"):
            assert (
                protobuf_of({"x-protobuf": {"message": "A", "descriptors": descriptors}}) is None
            )


class TestFiles:
    @pytest.fixture
    def compare(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

        def compare_files(*bodies, options=()):
            for name, body in zip(("old.proto", "new.proto"), bodies, strict=True):
                (tmp_path / name).write_text(f'syntax = "proto3";\n{body}\n')
            arguments = ["contracts", "compare", "old.proto", "new.proto", *options]
            return CliRunner().invoke(cli, arguments)

        return compare_files

    def test_two_files_are_compared_on_the_command_line(self, compare):
        bodies = ("message A { int64 n = 1; }", "message A { int32 n = 1; }")
        said = compare(*bodies, options=["--format", "json"])
        found = json.loads(said.stdout)

        assert said.exit_code == 1
        assert (found["verdict"], found["encoded"]) == ("breaking", "088080808008")
        assert found["changes"][0]["kind"] == "protobuf.FIELD_SAME_TYPE"

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ("message A {", "new.proto:3 does not compile: Reached end of input"),
            ("", "has no message"),
            ("message A {} message B {}", "several messages that could be the contract: A, B"),
            ('import "gone.proto"; message A {}', "gone.proto"),
        ],
    )
    def test_a_file_that_is_no_contract_is_refused_in_a_sentence(self, compare, body, said):
        result = compare("message A {}", body)

        assert result.exit_code == 2
        assert said in result.stderr
        assert "Traceback" not in result.stderr

    def test_imports_are_found_beside_the_file(self, proto):
        proto("message Part { int32 n = 1; }", name="part.proto")
        schema = proto('import "part.proto"; message A { Part part = 1; }')

        assert schema.message == "A"

    def test_without_the_compiler_a_sentence_says_what_to_install(self, compare, monkeypatch):
        monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

        assert "pip install 'eventproof[protobuf]'" in compare("message A {}", "").stderr

    def test_a_json_schema_is_compared_with_a_message_as_protojson(self, tmp_path):
        (tmp_path / "a.proto").write_text('syntax = "proto3"; message A { int64 n = 1; }')
        (tmp_path / "b.json").write_text('{"properties": {"n": {"type": "integer"}}}')
        files = [str(tmp_path / name) for name in ("a.proto", "b.json")]

        assert load_schema(files[0])["properties"]["n"]["type"] == "string"
        assert CliRunner().invoke(cli, ["contracts", "compare", *files]).exit_code == 1


SYNTAX = 'syntax = "proto3";\n'
NAMED = "schemaPath: order.proto\n"
SERVICE = "receives:\n  - id: OrderPlaced\n    version: {}\n    fields: [{}]\n"


@pytest.fixture
def shop(catalog_of, page):
    """A catalog whose event `OrderPlaced` names `order.proto`, with these bodies of it."""

    def shop_of(now, before=None, others=None, service=None, sender=None, schemas=NAMED):
        folder = "events/OrderPlaced"
        files = {
            f"{folder}/index.mdx": page("OrderPlaced", "2.0.0", more=schemas),
            f"{folder}/order.proto": SYNTAX + now,
        }
        if before is not None:
            old = f"{folder}/versioned/1.0.0"
            files[f"{old}/index.mdx"] = page("OrderPlaced", "1.0.0", more=schemas)
            files[f"{old}/order.proto"] = SYNTAX + before
        for name, more in (("Shop", service), ("Till", sender)):
            if more is not None:
                files[f"services/{name}/index.mdx"] = page(name, more=more)
        return catalog_of({**files, **(others or {})})

    return shop_of


class TestInACatalog:
    def test_a_message_becomes_a_contract_with_its_descriptors(self, shop):
        contracts = build(shop("message OrderPlaced { int64 total_cents = 1; }"))
        contract = contracts.find("OrderPlaced")

        assert contracts.problems == ()
        assert (contract.provenance, contract.origin) == (
            "converted",
            "events/OrderPlaced/order.proto",
        )
        assert list(contract.schema["properties"]) == ["totalCents"]
        assert protobuf_of(contract.schema).message == "OrderPlaced"

    def test_a_consumer_that_loses_what_is_sent_is_named(self, shop):
        catalog = shop(
            "message OrderPlaced { int64 n = 1; }",
            before="message OrderPlaced { int32 n = 1; }",
            service=SERVICE.format("1.0.0", "n"),
            sender="sends:\n  - id: OrderPlaced\n    version: 2.0.0\n",
        )
        (finding,) = (f for f in check(catalog, build(catalog)) if f.rule == "CON201")

        assert "cannot read every 2.0.0" in finding.message
        assert any("2147483648" in detail for detail in finding.details)

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ("message Order {} message OrderPlaced {}", "OrderPlaced"),
            ("message Order {} message order_placed {}", "order_placed"),
            ("message Envelope { OrderPlaced o = 1; } message OrderPlaced {}", "OrderPlaced"),
            ("message Line {} message Order { Line line = 1; }", "Order"),
        ],
    )
    def test_the_contract_is_the_namesake_else_the_only_one_that_no_other_uses(
        self, shop, body, message
    ):
        contract = build(shop(body)).find("OrderPlaced")

        assert protobuf_of(contract.schema).message == message

    def test_several_candidates_are_named_in_a_warning(self, shop):
        contracts = build(shop("message A {} message B {}"))
        (problem,) = contracts.problems

        assert (problem.rule, problem.severity) == ("CON101", "warning")
        assert "several messages that could be the contract: A, B" in problem.message
        assert contracts.contracts == ()

    def test_a_file_that_does_not_compile_spoils_no_other(self, shop, page):
        others = {
            "events/Broken/index.mdx": page("Broken", more="schemaPath: a.proto\n"),
            "events/Broken/a.proto": f"{SYNTAX}message Broken {{\n  nothing n = 1;\n}}",
        }
        contracts = build(shop("message OrderPlaced {}", others=others))
        (problem,) = contracts.problems

        assert [one.message.id for one in contracts.contracts] == ["OrderPlaced"]
        assert problem.rule == "CON101"
        assert problem.location.line == 3
        assert "nothing" in problem.message

    def test_imports_are_found_beside_the_file_and_from_the_root(self, shop):
        others = {
            "events/OrderPlaced/line.proto": SYNTAX + "message Line { int32 n = 1; }",
            "shared/money.proto": SYNTAX + "message Money { int64 cents = 1; }",
        }
        imports = 'import "line.proto"; import "shared/money.proto";'
        body = f"{imports} message OrderPlaced {{ Line line = 1; Money total = 2; }}"
        contract = build(shop(body, others=others)).find("OrderPlaced")

        assert list(contract.schema["$defs"]) == ["Line", "Money"]

    def test_an_import_by_a_link_out_of_the_catalog_is_not_read(self, shop, tmp_path):
        (tmp_path / "outside.proto").write_text(SYNTAX + "message Secret {}")
        catalog = shop('import "link.proto"; message OrderPlaced { Secret s = 1; }')
        link = catalog.root / "events/OrderPlaced/link.proto"
        link.symlink_to(tmp_path / "outside.proto")
        (problem,) = build(catalog).problems

        assert "link.proto" in problem.message
        assert problem.rule == "CON101"

    def test_messages_in_messages_without_end_are_refused_in_a_sentence(self, shop):
        links = "".join(f"message M{n} {{ M{n + 1} x = 1; }}" for n in range(2_000))
        catalog = shop(f"message OrderPlaced {{ M0 x = 1; }} {links} message M2000 {{}}")
        (problem,) = build(catalog).problems
        named = str(catalog.root / "events/OrderPlaced/order.proto")
        compared = CliRunner().invoke(cli, ["contracts", "compare", named, named])

        assert "nests its messages too deep" in problem.message
        assert (compared.exit_code, "too deep" in compared.stderr) == (2, True)

    def test_a_json_schema_goes_before_and_the_file_beside_it_is_not_compiled(self, shop):
        named = "schemas:\n  - file: order.proto\n  - file: order.json\n"
        others = {"events/OrderPlaced/order.json": {"type": "object"}}
        contracts = build(shop("message {", others=others, schemas=named))

        assert contracts.problems == ()
        assert contracts.contracts[0].provenance == "declared"

    def test_a_field_may_be_named_as_the_file_spells_it(self, shop):
        service = SERVICE.format("2.0.0", "total_cents, totalCents, total_dollars")
        catalog = shop("message OrderPlaced { int64 total_cents = 1; }", service=service)
        (finding,) = (f for f in check(catalog, build(catalog)) if f.rule == "CON306")

        assert "total_dollars" in finding.message

    def test_without_the_compiler_the_command_to_install_it_is_named(self, shop, monkeypatch):
        catalog = shop("message OrderPlaced {}")
        monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
        (problem,) = build(catalog).problems

        assert (problem.rule, problem.severity) == ("CON102", "info")
        assert "pip install 'eventproof[protobuf]'" in problem.message

    def test_the_compiler_runs_once_whatever_the_number_of_files(self, shop, monkeypatch):
        runs = []
        run = subprocess.run
        monkeypatch.setattr(subprocess, "run", lambda *a, **k: runs.append(a) or run(*a, **k))
        body = "message OrderPlaced {}"

        assert len(build(shop(body, before=body)).contracts) == 2
        assert len(runs) == 1


def test_a_program_beside_a_file_is_not_run(tmp_path):
    for name in ("grpc_tools.py", "json.py", "os.py"):
        (tmp_path / name).write_text("open('was-run', 'w')")
    for name in ("-a.proto", "@a.proto"):
        (tmp_path / name).write_text(SYNTAX + "message A {}")

        assert compiled(tmp_path, name).message == "A"
    assert not (tmp_path / "was-run").exists()


TYPES = [n for n in range(1, 19) if n != Field.TYPE_GROUP]


@st.composite
def schemas(draw):
    """A message of few numbers, so that two of them share many."""
    syntax = draw(st.sampled_from(["proto2", "proto3"]))
    file = FileDescriptorProto(name="a.proto", syntax=syntax)
    values = draw(st.sets(st.integers(1, 3)))
    enum = file.enum_type.add(name="E")
    for number in [0, *sorted(values)]:
        enum.value.add(name=f"V{number}", number=number)
    for name in ("A", "B"):
        message = file.message_type.add(name=name)
        apart = draw(st.booleans())
        for number in sorted(draw(st.sets(st.integers(1, 3), min_size=1))):
            kind = draw(st.sampled_from(TYPES))
            required = [Field.LABEL_REQUIRED] if syntax == "proto2" and kind != 11 else []
            labels = [Field.LABEL_OPTIONAL, Field.LABEL_REPEATED, *required]
            label = draw(st.sampled_from(labels))
            one = message.field.add(name=f"f{number}", number=number, type=kind, label=label)
            if kind in (11, 14):
                one.type_name = ".B" if kind == 11 else ".E"
            if not apart and label == Field.LABEL_OPTIONAL:
                if not message.oneof_decl:
                    message.oneof_decl.add(name="o")
                one.oneof_index = 0
    return ProtobufSchema("A", FileDescriptorSet(file=[file]).SerializeToString())


@st.composite
def contents(draw, descriptor, depth=0):
    if descriptor.full_name in WELL_KNOWN:
        made = draw(WELL_KNOWN[descriptor.full_name])
        return ParseDict(made, GetMessageClass(descriptor)())
    message = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        count = draw(st.integers(0, 2)) if field.is_repeated else 1
        if not (field.is_required or draw(st.booleans())):
            continue
        for _ in range(count):
            fill(draw, message, field, depth)
    return message


def fill(draw, message, field, depth):
    """Give a field one value at random, or one more."""
    held, kind = getattr(message, field.name), field.message_type
    if kind is None:
        one = draw(scalars(field))
        held.append(one) if field.is_repeated else setattr(message, field.name, one)
    elif kind.GetOptions().map_entry:
        key, value = draw(scalars(kind.fields[0])), kind.fields[1]
        if value.message_type is None:
            held[key] = draw(scalars(value))
        elif depth < 2:
            held[key].CopyFrom(draw(contents(value.message_type, depth + 1)))
    elif depth < 2:
        part = held.add() if field.is_repeated else held
        part.CopyFrom(draw(contents(kind, depth + 1)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.just(0.5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=3,
)
WELL_KNOWN = {
    "google.protobuf.Timestamp": st.datetimes(min_value=datetime(1, 1, 2)).map(
        lambda when: f"{when.isoformat()}Z"
    ),
    "google.protobuf.Value": JSON,
    "google.protobuf.Struct": st.dictionaries(st.text(max_size=2), JSON, max_size=2),
    "google.protobuf.ListValue": st.lists(JSON, max_size=2),
}


def scalars(field):
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.type in RANGES:
        low, high = RANGES[field.type]
        return st.integers(low, high - 1)
    return {
        1: st.floats(allow_nan=False),
        2: st.floats(allow_nan=False, width=32),
        8: st.booleans(),
        9: st.text(max_size=3),
        12: st.binary(max_size=3),
    }[field.type]


@st.composite
def unfinished_apart(draw, descriptor):
    """Bytes of a message; where a required part was too deep to be filled, of another one."""
    return draw(contents(descriptor).filter(lambda one: one.IsInitialized())).SerializeToString()


@given(st.data(), schemas(), schemas())
@settings(max_examples=150, deadline=None)
def test_what_the_runtime_reads_agrees_with_the_verdict(data, writer, reader):
    sent, read = writer.descriptor(), reader.descriptor()
    native = compare_protobuf(writer=writer, reader=reader)

    if native.verdict == "compatible":
        encoded = data.draw(unfinished_apart(sent))
        assert misread(encoded, sent, read) is None
    if native.verdict == "breaking":
        assert misread(native.shown.encoded, sent, read) == native.shown.said


@given(schemas())
@settings(max_examples=30, deadline=None)
def test_a_message_reads_itself(schema):
    assert compare_protobuf(writer=schema, reader=schema).verdict == "compatible"
