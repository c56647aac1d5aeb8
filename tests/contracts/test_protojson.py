"""Protobuf contracts as JSON: verdicts held against what the real parser reads."""

import json

import pytest
from click.testing import CliRunner
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hypothesis import given, settings
from hypothesis import strategies as st
from test_protobuf import contents

from eventproof.cli.app import cli
from eventproof.contracts.protobuf import ProtobufSchema, compare_protojson, compile_files
from eventproof.contracts.protobuf.json_datum import as_text, misread_json

IMPORTS = "".join(
    f'import "google/protobuf/{name}.proto";\n'
    for name in ("wrappers", "timestamp", "duration", "struct", "any", "field_mask", "empty")
)
HELD = "message M { int32 x = 1; } message N { int32 x = 1; int32 y = 2; }"
ENUMS = """
enum E { X = 0; Y = 1; }
message F { enum E { X = 0; Z = 1; } }
message G { enum E { Q = 0; X = 8; Y = 9; } }
message L { enum E { X = 0; } }
"""
P = "google.protobuf."

READ_WELL = [
    ("int32 a = 1;", "int64 a = 1;"),
    ("uint32 a = 1;", "double a = 1;"),
    ("float a = 1;", "double a = 1;"),
    ("int32 a = 1;", "sint32 a = 1;"),
    ("int32 a = 1;", "int32 a = 7;"),
    ("int32 a = 1; int32 b = 2;", "int32 b = 1; int32 a = 2;"),
    ("int32 a = 1; string b = 2;", "int32 a = 1;"),
    ("int32 a_b = 1;", 'int32 other = 1 [json_name = "aB"];'),
    ('int32 x = 1 [json_name = "a_b"];', "int32 a_b = 1;"),
    ("int64 a = 1;", "string a = 1;"),
    ("bytes a = 1;", "string a = 1;"),
    ("E a = 1;", "string a = 1;"),
    ("E a = 1;", "G.E a = 1;"),
    ("G.E a = 1;", "E a = 1;"),
    ("int32 a = 1;", "E a = 1;"),
    ("oneof o { int32 a = 1; int32 b = 2; }", "int32 a = 1; int32 b = 2;"),
    ("map<int32, int32> a = 1;", "map<string, int64> a = 1;"),
    ("map<string, E> a = 1;", "map<string, string> a = 1;"),
    (f"{P}Int32Value a = 1;", "int32 a = 1;"),
    ("string a = 1;", f"{P}StringValue a = 1;"),
    (f"{P}Timestamp a = 1;", "string a = 1;"),
    (f"{P}FieldMask a = 1;", "string a = 1;"),
    ("N a = 1;", f"{P}Struct a = 1;"),
    ("map<bool, N> a = 1;", f"{P}Struct a = 1;"),
    ("repeated double a = 1;", f"{P}ListValue a = 1;"),
    ("repeated float a = 1;", f"repeated {P}Value a = 1;"),
    ("M a = 1;", f"{P}Value a = 1;"),
    (f"{P}ListValue a = 1;", f"repeated {P}Value a = 1;"),
    (f"{P}Struct a = 1;", f"map<string, {P}Value> a = 1;"),
    (f"{P}Empty a = 1;", "M a = 1;"),
    ("optional int32 a = 1;", "int32 a = 1;"),
    ("N a = 1;", "M a = 1;"),
]
TYPE, MANY = "FIELD_WIRE_JSON_COMPATIBLE_TYPE", "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"
NAME = "FIELD_SAME_JSON_NAME"
MISREAD = [
    ("int32 a = 1;", "int32 renamed = 1;", NAME, {"a": 1}),
    ("int32 a = 1;", 'int32 b = 1 [json_name = "c"];', NAME, {"a": 1}),
    ("int64 a = 1;", "int32 a = 1;", TYPE, {"a": "2147483648"}),
    ("int32 a = 1;", "uint32 a = 1;", TYPE, {"a": -1}),
    ("int64 a = 1;", "double a = 1;", TYPE, {"a": "9007199254740993"}),
    ("uint32 a = 1;", "float a = 1;", TYPE, {"a": 16777217}),
    ("double a = 1;", "float a = 1;", TYPE, {"a": 0.123456789}),
    ("double a = 1;", "int64 a = 1;", TYPE, {"a": 1.5}),
    ("string a = 1;", "int64 a = 1;", TYPE, {"a": "a"}),
    ("int32 a = 1;", "string a = 1;", TYPE, {"a": 1}),
    ("string a = 1;", "bytes a = 1;", TYPE, {"a": "a"}),
    ("bool a = 1;", "int32 a = 1;", TYPE, {"a": True}),
    ("E a = 1;", "int32 a = 1;", TYPE, {"a": "Y"}),
    ("E a = 1;", "F.E a = 1;", "ENUM_VALUE_SAME_NAME", {"a": "Y"}),
    ("E a = 1;", "L.E a = 1;", "ENUM_VALUE_NO_DELETE", {"a": "Y"}),
    ("repeated G.E a = 1;", "repeated E a = 1;", "ENUM_VALUE_SAME_NAME", {"a": ["Q"]}),
    ("repeated int32 a = 1;", "int32 a = 1;", MANY, {"a": [1]}),
    ("int32 a = 1;", "repeated int32 a = 1;", MANY, {"a": 1}),
    ("map<string, int32> a = 1;", "M a = 1;", MANY, {"a": {"a": 1}}),
    ("map<string, int32> a = 1;", "map<int32, int32> a = 1;", "FIELD_SAME_TYPE", {"a": {"a": 1}}),
    ("map<int32, N> a = 1;", "map<int32, bool> a = 1;", TYPE, {"a": {"1": {}}}),
    ("map<int32, int64> a = 1;", "map<int32, int32> a = 1;", TYPE, {"a": {"1": "2147483648"}}),
    ("int32 a = 1; int32 b = 2;", "oneof o { int32 a = 1; int32 b = 2; }", "FIELD_SAME_ONEOF",
     {"a": 1, "b": 1}),
    ('int32 x = 1 [json_name = "a_b"]; int32 y = 2 [json_name = "aB"];', "int32 a_b = 1;",
     "FIELD_SAME_ONEOF", {"a_b": 1, "aB": 16777217}),
    (f"{P}Int64Value a = 1;", "int32 a = 1;", TYPE, {"a": "2147483648"}),
    (f"{P}Duration a = 1;", f"{P}Timestamp a = 1;", TYPE, {"a": "1s"}),
    ("string a = 1;", f"{P}Timestamp a = 1;", TYPE, {"a": "a"}),
    (f"{P}Struct a = 1;", "M a = 1;", TYPE, {"a": {"a": "a"}}),
    (f"{P}Value a = 1;", f"{P}Struct a = 1;", TYPE, {"a": "a"}),
    (f"optional {P}NullValue a = 1;", "int32 a = 1;", TYPE, {"a": None}),
    (f"{P}Any a = 1;", "string a = 1;", TYPE, {"a": {}}),
    ("M a = 1;", "int32 a = 1;", TYPE, {"a": {}}),
]  # fmt: skip


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Every pair of the tables, in one run of the compiler."""
    folder = tmp_path_factory.mktemp("protos")
    bodies = [body for pair in (*READ_WELL, *MISREAD) for body in pair[:2]]
    for number, body in enumerate(bodies):
        text = f'syntax = "proto3";\n{IMPORTS}message A {{ {body} }} {HELD} {ENUMS}\n'
        (folder / f"{number}.proto").write_text(text)
    made = [
        one.contract("A")
        for one in compile_files(folder, [f"{n}.proto" for n in range(len(bodies))])
    ]
    return {
        (bodies[at], bodies[at + 1]): (made[at], made[at + 1]) for at in range(0, len(made), 2)
    }


def compared(pair, *, refuses_unknown=False):
    return compare_protojson(writer=pair[0], reader=pair[1], refuses_unknown=refuses_unknown)


@pytest.mark.parametrize(("wrote", "reads"), READ_WELL)
def test_what_is_read_as_it_was_written_is_compatible(pairs, wrote, reads):
    assert compared(pairs[wrote, reads]).losses == ()


@pytest.mark.parametrize(("wrote", "reads", "kind", "datum"), MISREAD)
def test_a_break_is_shown_by_json_that_the_parser_misreads(pairs, wrote, reads, kind, datum):
    native = compared(pairs[wrote, reads])
    found = (native.verdict, native.losses[0].kind, native.shown.datum)
    assert found == ("breaking", kind, datum)


def test_names_of_an_enum_that_the_reader_lacks_are_told(pairs):
    (loss,) = compared(pairs["E a = 1;", "L.E a = 1;"]).losses

    assert loss.message == "a may be Y, which the reader does not know"


def test_a_name_that_the_reader_does_not_know_is_refused_where_it_is_strict(pairs):
    native = compared(pairs["int32 a = 1; string b = 2;", "int32 a = 1;"], refuses_unknown=True)

    assert [one.kind for one in native.losses] == ["FIELD_NO_DELETE"]
    assert 'has no field named "b"' in native.shown.said


def of_proto2(tmp_path, *bodies):
    for number, body in enumerate(bodies):
        (tmp_path / f"{number}.proto").write_text(f'syntax = "proto2";\n{body}\n')
    made = compile_files(tmp_path, [f"{number}.proto" for number in range(len(bodies))])
    return [one.contract("A") for one in made]


def test_a_field_that_only_the_reader_requires_is_missed(tmp_path):
    body = "message A {{ optional B b = 1; }} message B {{ {} int32 n = 1; }}"
    native = compared(of_proto2(tmp_path, body.format("optional"), body.format("required")))

    assert native.shown.datum == {"b": {}}
    assert native.shown.said == "protobuf refuses it: b.n is missing"


def test_what_the_writer_requires_is_in_the_witness(tmp_path):
    body = "message A {{ repeated B b = 1; }} message B {{ required C c = 1; {} n = 2; }}"
    more = " message C { required int32 x = 1; }"
    native = compared(
        of_proto2(tmp_path, *(body.format(f"optional {n}") + more for n in ("int64", "int32")))
    )

    assert native.shown.datum == {"b": [{"c": {"x": 0}, "n": "2147483648"}]}


def test_a_name_of_an_enum_that_has_two_is_read_by_either(tmp_path):
    enum = "message A {{ optional E e = 1; }} enum E {{ option allow_alias = true; {} }}"
    pair = of_proto2(tmp_path, *map(enum.format, ("X = 0; Y = 0;", "Y = 0; X = 0;")))

    assert compared(pair).verdict == "compatible"


class TestOnTheCommandLine:
    @pytest.fixture
    def compare(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for name, field in (("old", "customer"), ("new", "buyer")):
            (tmp_path / f"{name}.proto").write_text(
                f'syntax = "proto3";\nmessage Order {{ string {field} = 1; }}\n'
            )

        def compare_files(*options):
            arguments = ["contracts", "compare", "old.proto", "new.proto", *options]
            return CliRunner().invoke(cli, arguments)

        return compare_files

    def test_a_renamed_field_breaks_json_and_not_the_wire(self, compare):
        wire, text = compare(), compare("--protobuf", "json")

        assert (wire.exit_code, text.exit_code) == (0, 1)
        assert '{"customer": "a"}' in text.stdout
        assert 'protobuf passes /customer over, where "a" was written' in text.stdout

    def test_the_witness_has_no_bytes(self, compare):
        found = json.loads(compare("--protobuf", "json", "--format", "json").stdout)

        assert (found["protobuf"], found["encoded"]) == ("json", None)
        assert found["witness"] == {"customer": "a"}
        assert found["changes"][0]["kind"] == "protobuf.FIELD_SAME_JSON_NAME"

    def test_the_settings_may_say_it(self, compare, tmp_path):
        (tmp_path / "eventproof.toml").write_text('[contracts]\nprotobuf = "json"\n')

        assert compare().exit_code == 1
        assert compare("--protobuf", "wire").exit_code == 0


KINDS = [n for n in range(1, 19) if n != 10]
KEYS = [3, 5, 8, 9, 13]
KNOWN = ["Int32Value", "StringValue", "Int64Value", "Timestamp", "Struct", "Value", "ListValue"]


@st.composite
def schemas(draw):
    """A message of few names and numbers, so that two of them share many."""
    syntax = draw(st.sampled_from(["proto2", "proto3"]))
    known = FileDescriptorSet.FromString(KNOWN_FILES)
    file = FileDescriptorProto(name="a.proto", syntax=syntax)
    file.dependency.extend(one.name for one in known.file)
    enum = file.enum_type.add(name="E")
    for number in [0, *sorted(draw(st.sets(st.integers(1, 3))))]:
        enum.value.add(name=f"{draw(st.sampled_from('VVW'))}{number}", number=number)
    for name in ("A", "B"):
        message = file.message_type.add(name=name)
        for number in sorted(draw(st.sets(st.integers(1, 3), min_size=1))):
            add_field(draw, message, number, syntax)
    return ProtobufSchema("A", FileDescriptorSet(file=[*known.file, file]).SerializeToString())


def add_field(draw, message, number, syntax):
    name = f"{draw(st.sampled_from('ffg'))}{number}"
    kind = draw(st.sampled_from([*KINDS, *KNOWN, "B", "map"]))
    is_message = kind == 11 or isinstance(kind, str)
    label = draw(st.sampled_from([1, 3] if syntax == "proto3" or is_message else [1, 2, 3]))
    if kind == "map":
        entry = message.nested_type.add(name=f"{name.upper()}Entry")
        entry.options.map_entry = True
        typed(entry.field.add(name="key", number=1, label=1), draw(st.sampled_from(KEYS)))
        typed(entry.field.add(name="value", number=2, label=1), draw(st.sampled_from(KINDS)))
        field = message.field.add(name=name, number=number, label=3, type=11)
        field.type_name = f".{message.name}.{entry.name}"
        return
    field = typed(message.field.add(name=name, number=number, label=label), kind)
    if label == 1 and draw(st.booleans()):
        if not message.oneof_decl:
            message.oneof_decl.add(name="o")
        field.oneof_index = 0


def typed(field, kind):
    field.type = kind if isinstance(kind, int) else 11
    named = {11: ".B", "B": ".B", 14: ".E"}
    if field.type in (11, 14):
        field.type_name = named.get(kind, f".google.protobuf.{kind}")
    return field


def known_files():
    from google.protobuf import struct_pb2, timestamp_pb2, wrappers_pb2

    files = FileDescriptorSet()
    for one in (struct_pb2, timestamp_pb2, wrappers_pb2):
        one.DESCRIPTOR.CopyToProto(files.file.add())
    return files.SerializeToString()


KNOWN_FILES = known_files()


@st.composite
def texts(draw, descriptor):
    """A message at random, as the JSON that it is written as."""
    return as_text(draw(contents(descriptor).filter(lambda one: one.IsInitialized())))


@given(st.data(), schemas(), schemas(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_the_parser_reads_agrees_with_the_verdict(data, writer, reader, refuses_unknown):
    sent, read = writer.descriptor(), reader.descriptor()
    native = compared((writer, reader), refuses_unknown=refuses_unknown)

    if native.verdict == "compatible":
        text = data.draw(texts(sent))
        assert misread_json(text, sent, read, refuses_unknown=refuses_unknown) is None
    if native.verdict == "breaking":
        text = json.dumps(native.shown.datum)
        said = misread_json(text, sent, read, refuses_unknown=refuses_unknown)
        assert said == native.shown.said


@given(schemas(), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_message_reads_itself(schema, refuses_unknown):
    assert compared((schema, schema), refuses_unknown=refuses_unknown).verdict == "compatible"
