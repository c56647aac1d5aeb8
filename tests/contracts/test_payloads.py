import pytest

from eventproof.contracts import PAYLOAD_BYTES_MAX, Validation
from eventproof.findings import Problem

SCHEMA = {
    "properties": {"id": {"type": "string", "format": "uuid"}, "a/b": {"type": "integer"}},
    "required": ["id"],
}
ID = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def judged():
    def judge(*lines, **options):
        validation = Validation.of(SCHEMA, **options)
        return [
            (fault.line, fault.pointer, fault.message)
            for payload in validation.lines(lines)
            for fault in payload.faults
        ]

    return judge


def test_each_bad_line_has_its_number_and_pointer(judged):
    assert judged(b'{"id": "x"}\n', b"\n", b'{"id": 1}\n', b'{"id": "x", "a/b": 0.5}') == [
        (3, "/id", '1 is not of type "string"'),
        (4, "/a~1b", '0.5 is not of type "integer"'),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"id": }', "the line is not valid JSON: expecting value (column 8)"),
        (b"\xff\xfe", "the line is not UTF-8 text"),
        (b'{"id": NaN}', "the line is not valid JSON: NaN is no JSON number"),
        (b"[" * 100 + b"]" * 100, "the line is nested more than 64 levels deep"),
        (b"1" * (PAYLOAD_BYTES_MAX + 1), "the line is larger than 8 MiB"),
    ],
)
def test_a_line_that_is_no_json_is_a_fault_and_the_rest_is_judged(judged, line, said):
    assert judged(line, b'{"id": 2}') == [(1, "", said), (2, "/id", '2 is not of type "string"')]


def test_a_stream_is_judged_as_it_comes():
    def endless():
        while True:
            yield b'{"id": 1}\n'

    first = next(Validation.of(SCHEMA).lines(endless()))
    assert not first.is_valid


def test_a_document_says_in_which_line_the_value_begins():
    payload = Validation.of(SCHEMA).document(b'\xef\xbb\xbf{\n  "id": "x",\n  "a/b": "y"\n}')

    assert [(fault.line, fault.pointer) for fault in payload.faults] == [(3, "/a~1b")]


def test_formats_are_checked_where_that_is_asked_for(judged):
    assert judged(b'{"id": "x"}') == []
    assert judged(b'{"id": "x"}', formats="assert") == [(1, "/id", '"x" is not a "uuid"')]
    assert judged(f'{{"id": "{ID}"}}'.encode(), formats="assert") == []


def test_a_contract_that_no_validator_can_use_is_one_sentence():
    with pytest.raises(Problem, match="cannot be used"):
        Validation.of({"$ref": "https://example.com/a.json"})
    with pytest.raises(Problem, match="cannot be used"):
        Validation.of({"$ref": "https://example.com/a.json"}, formats="assert")
