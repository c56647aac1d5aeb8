from pathlib import Path

import pytest
from hypothesis import given, settings
from schema_strategies import payloads

from eventproof.contracts import violations
from eventproof.contracts.prose import examples, inferred

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
OUT_OF_STOCK = """
### Payload

The payload of the `Inventory Adjusted` event includes the following fields:

```json title="Example of payload" frame="terminal"
{
  "event_id": "string",
  "timestamp": "ISO 8601 date-time",
  "product_id": "string",
  "adjusted_quantity": "integer",
  "new_quantity": "integer",
  "adjustment_reason": "string",
  "adjusted_by": "string"
}
```

### Producing the Event

```python title="Produce event in Python" frame="terminal"
event_data = {"event_id": "abc123"}
```
"""


def only_payload(body):
    found, broken = examples(body)
    assert broken == ()
    assert len(found) == 1
    return found[0].payload


def test_type_names_in_place_of_values_are_understood():
    schema = inferred([only_payload(OUT_OF_STOCK)])
    assert schema["properties"]["timestamp"] == {"type": "string", "format": "date-time"}
    assert schema["properties"]["new_quantity"] == {"type": "integer"}
    assert schema["properties"]["event_id"] == {"type": "string"}
    assert "required" not in schema
    assert "additionalProperties" not in schema


def test_the_seed_page_shows_the_same_payload():
    page = SEEDS / "out-of-stock-0.0.4-page.txt"
    if not page.is_file():
        pytest.skip("the seed pages are not beside this repository")
    text = page.read_text(encoding="utf-8")
    shown = text[text.index("Example of payload") :]
    block = shown[shown.index("{") : shown.index("}") + 1]
    assert only_payload(f"## Payload\n\n```json\n{block}\n```\n") == only_payload(OUT_OF_STOCK)


def test_tags_around_a_block_do_not_hide_it():
    fence = '    ```json title="Payload example"\n    {"a": 1}\n    ```\n'
    body = f'<Steps>\n  <Step title="x">\n{fence}</Step>'
    assert only_payload(body) == {"a": 1}


def test_a_titled_example_is_preferred_to_an_earlier_block():
    body = '```json\n{"other": 1}\n```\n\n## Example payload\n\n```json\n{"a": 1}\n```\n'
    assert only_payload(body) == {"a": 1}


@pytest.mark.parametrize("heading", ["JSON schema", "Configuration", "Error response"])
def test_blocks_about_something_else_are_no_payload(heading):
    assert examples(f'## {heading}\n\n```json\n{{"a": 1}}\n```\n') == ((), ())


def test_the_line_that_leads_to_a_block_says_what_it_is():
    block = '```json\n{{"a": {}}}\n```\n'
    leads = ("Some text.\nAn example:", "Another example:", "The configuration:")
    body = "".join(f"{lead}\n\n{block.format(n)}\n" for n, lead in enumerate(leads))

    assert [one.payload for one in examples(body)[0]] == [{"a": 0}, {"a": 1}]


def test_a_schema_in_a_block_is_no_payload():
    body = '## Example\n\n```json\n{"type": "object", "properties": {"a": {}}}\n```\n'
    assert examples(body)[0] == ()


def test_an_example_that_is_no_json_is_told():
    found, broken = examples('## Payload\n\n```json\n{"a": 1, ...}\n```\n')
    assert found == ()
    assert broken[0].line == 3


def test_only_what_all_of_several_examples_have_is_required():
    schema = inferred([{"a": 1, "b": "x"}, {"a": 2.5}])
    assert schema["required"] == ["a"]
    assert schema["properties"]["a"] == {"type": "number"}


def test_items_of_a_single_example_prove_nothing_required():
    schema = inferred([{"items": [{"id": 1}, {"id": 2}]}])
    assert "required" not in schema["properties"]["items"]["items"]


def test_null_says_nothing_of_what_else_may_stand_there():
    assert inferred([{"a": None}])["properties"]["a"] == {}
    assert inferred([{"a": None}, {"a": 1}])["properties"]["a"] == {"type": ["integer", "null"]}


@settings(max_examples=80, deadline=None)
@given(
    payloads.filter(lambda payload: isinstance(payload, dict)),
    payloads.filter(lambda p: isinstance(p, dict)),
)
def test_an_inferred_contract_accepts_its_evidence(one, other):
    schema = inferred([one, other])
    assert violations(schema, one) == ()
    assert violations(schema, other) == ()
