"""What buf would say of a newer message, by its ids."""

import pytest

from eventproof.contracts.protobuf import CATEGORIES, buf_differences, compile_files


def field(old, new, *kinds):
    """A message that has one part more, and the ids that are told at it."""
    bodies = (f"message A {{ int32 a = 1; {body} }}" for body in (old, new))
    return *bodies, [(kind, "/b") for kind in kinds]


def reserved(old, new, *kinds):
    """A message that has reserved something."""
    bodies = (f"message A {{ int32 a = 1; reserved {body}; }}" for body in (old, new))
    return *bodies, [(kind, "") for kind in kinds]


def enum(old, new, kind):
    """An enum deep inside, in a message that holds itself as well."""
    body = "message A {{ B b = 1; A again = 2; message B {{ E e = 1; }} }} enum E {{ X = 0; {} }}"
    return body.format(old), body.format(new), [(kind, "/b/e")]


CASES = {
    "a field is gone": field("int32 b = 2;", "", "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED"),
    "its number is reserved": field(
        "int32 b = 2;", "reserved 2;", "FIELD_NO_DELETE_UNLESS_NAME_RESERVED"
    ),
    "its name as well": field("int32 b = 2;", 'reserved 2; reserved "b";', "FIELD_NO_DELETE"),
    "another type in JSON": field(
        "int32 b = 2;", "int64 b = 2;", "FIELD_WIRE_JSON_COMPATIBLE_TYPE"
    ),
    "another type in code only": field("int32 b = 2;", "uint32 b = 2;", "FIELD_SAME_TYPE"),
    "unset is told apart": field(
        "int32 b = 2;", "optional int32 b = 2;", "FIELD_SAME_CARDINALITY"
    ),
    "one becomes many": field(
        "string b = 2;", "repeated string b = 2;", "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"
    ),
    "another name in JSON": field(
        "int32 b = 2;", 'int32 b = 2 [json_name = "c"];', "FIELD_SAME_JSON_NAME"
    ),
    "a new name": field("int32 b = 2;", "int32 d = 2;", "FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME"),
    "a field that is new": field("", "int32 b = 2;"),
    "a field leaves its oneof": (
        "message A { oneof o { int32 a = 1; } optional int32 b = 2; }",
        "message A { optional int32 a = 1; optional int32 b = 2; }",
        [("FIELD_SAME_ONEOF", "/a"), ("ONEOF_NO_DELETE", "")],
    ),
    "what only proto2 has": (
        "message A { required int32 a = 1; optional int32 b = 2 [default = 3]; }",
        "message A { optional int32 a = 1; optional int32 b = 2 [default = 4]; }",
        [("FIELD_SAME_DEFAULT", "/b"), ("MESSAGE_SAME_REQUIRED_FIELDS", "/a")],
    ),
    "a value is gone": enum("Y = 1;", "", "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED"),
    "a value's number is reserved": enum(
        "Y = 1;", "reserved 1;", "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED"
    ),
    "a value's name as well": enum(
        "Y = 1;", 'reserved 1 to 3; reserved "Y";', "ENUM_VALUE_NO_DELETE"
    ),
    "a value has a new name": enum("Y = 1;", "Z = 1;", "ENUM_VALUE_SAME_NAME"),
    "an enum reserves less": enum(
        "reserved 5 to 9;", "reserved 5 to 8;", "RESERVED_ENUM_NO_DELETE"
    ),
    "an open enum is closed": (
        "message A { E e = 1; } enum E { X = 0; }",
        "message A { E e = 1; } enum E { option features.enum_type = CLOSED; X = 0; }",
        [("ENUM_SAME_TYPE", "/e")],
    ),
    "the same in two stretches": reserved("5 to 9", "5 to 6, 7 to 9"),
    "more is reserved": reserved("5 to 9", "4 to 20"),
    "the middle is not reserved": reserved("5 to 9", "5, 9", "RESERVED_MESSAGE_NO_DELETE"),
    "names in another order": reserved('"q", "p"', '"p", "q"'),
    "a name is not reserved": reserved('"q"', '"p"', "RESERVED_MESSAGE_NO_DELETE"),
}


def heading(body):
    if "features" in body:
        return 'edition = "2023"'
    return 'syntax = "proto2"' if "required" in body else 'syntax = "proto3"'


@pytest.fixture(scope="module")
def compiled_all(tmp_path_factory):
    """Every case, in one run of the compiler."""
    folder = tmp_path_factory.mktemp("protos")
    files = []
    for number, bodies in enumerate(CASES.values()):
        for age, body in zip(("old", "new"), bodies, strict=False):
            head = heading(" ".join(bodies[:2]))
            (folder / f"{age}{number}.proto").write_text(f"{head};\n{body}\n")
            files.append(f"{age}{number}.proto")
    made = [one.contract("A") for one in compile_files(folder, files)]
    return dict(zip(CASES, zip(made[::2], made[1::2], strict=True), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_each_difference_has_the_id_of_its_most_lenient_category(compiled_all, case):
    found = buf_differences(*compiled_all[case])
    assert [(one.kind, one.where) for one in found] == CASES[case][2]
    assert all(one.kind in CATEGORIES for one in found)


def test_every_id_has_categories_from_strict_to_lenient():
    order = ("FILE", "PACKAGE", "WIRE_JSON", "WIRE")
    for kind, categories in CATEGORIES.items():
        assert categories == tuple(one for one in order if one in categories), kind
