import pytest

from eventproof.contracts import UncheckableError, violations

SCHEMA = {
    "type": "object",
    "properties": {"new_quantity": {"type": "integer"}, "a/b": {"maxLength": 1}},
    "required": ["new_quantity"],
}


def test_a_valid_payload_has_no_violations():
    assert violations(SCHEMA, {"new_quantity": 3}) == ()


def test_each_violation_begins_with_its_pointer():
    found = violations(SCHEMA, {"new_quantity": "three", "a/b": "xx"})
    assert sorted(sentence.split(":")[0] for sentence in found) == ["/a~1b", "/new_quantity"]
    assert violations(SCHEMA, {})[0].startswith("the payload: ")


def test_no_more_violations_than_asked_for():
    schema = {"items": {"type": "string"}}
    assert len(violations(schema, [1, 2, 3, 4])) == 4
    assert len(violations(schema, [1, 2, 3, 4], limit=2)) == 2


@pytest.mark.parametrize("schema", [{"type": "strng"}, {"$ref": "#/nowhere"}, {"pattern": "("}])
def test_what_is_no_schema_says_so(schema):
    with pytest.raises(UncheckableError):
        violations(schema, 1)


def test_nothing_is_fetched_to_validate():
    with pytest.raises(UncheckableError):
        violations({"$ref": "https://json.schemastore.org/package.json"}, {})
