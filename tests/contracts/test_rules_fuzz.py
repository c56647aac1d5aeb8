"""The rules on pages, documents and examples of any shape: findings, never an exception."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventproof.catalog import check as check_catalog
from eventproof.catalog import load
from eventproof.contracts import build, check

WORDS = st.sampled_from(
    [
        "E",
        "S",
        "c",
        "id",
        "$ref",
        "#/channels/c",
        "#/operations",
        "{env}",
        "send",
        "3.0.0",
        "a.b",
        "",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(allow_nan=False) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def shaped(**known):
    """A mapping whose known keys hold anything, and mostly what they should."""
    mostly = {key: st.one_of(value, value, value, value, VALUES) for key, value in known.items()}
    return st.fixed_dictionaries({}, optional=mostly)


IDS = st.sampled_from(["E", "E", "E", "S", "c"])
POINTER = shaped(id=IDS, version=st.sampled_from(["1.0.0", "9"]))
CHANNEL = shaped(id=st.just("c"), parameters=st.dictionaries(WORDS, SCALARS))
MESSAGE = shaped(
    id=IDS,
    to=st.lists(CHANNEL, max_size=2),
    **{"from": st.lists(CHANNEL, max_size=2)},
    triggers=st.lists(POINTER, max_size=2),
    fields=st.lists(WORDS),
)
STEP = shaped(id=IDS, message=POINTER, service=POINTER, next_step=IDS, next_steps=st.lists(IDS))
KEYS = {
    "sends": st.lists(MESSAGE, max_size=2),
    "receives": st.lists(MESSAGE, max_size=2),
    "specifications": st.just([{"type": "asyncapi", "path": "d.json"}]),
    "schemaPath": st.just("d.json"),
    "schemas": st.lists(shaped(file=st.just("d.json"), format=WORDS), max_size=2),
    "steps": st.lists(STEP, max_size=3),
    "parameters": st.dictionaries(WORDS, shaped(enum=st.lists(SCALARS), default=SCALARS)),
    "routes": st.lists(POINTER, max_size=2),
    "services": st.lists(POINTER, max_size=2),
    "address": WORDS,
}
NAMED = st.lists(shaped(name=IDS, title=WORDS), max_size=2)
DOCUMENT = shaped(
    asyncapi=st.sampled_from(["3.0.0", "2.0.0"]),
    openapi=WORDS,
    channels=st.dictionaries(
        WORDS, shaped(messages=VALUES, publish=shaped(message=shaped(name=IDS)))
    ),
    operations=st.dictionaries(WORDS, shaped(action=WORDS, channel=VALUES, messages=NAMED)),
    paths=st.dictionaries(WORDS, shaped(get=shaped(operationId=IDS))),
    properties=st.dictionaries(WORDS, VALUES),
    type=VALUES,
    fields=VALUES,
)
FOLDERS = ("services/S", "events/E", "channels/c", "flows/f", "domains/d")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_shape_of_a_page_or_document_ends_in_an_exception(tmp_path_factory, data):
    root = tmp_path_factory.mktemp("catalog")
    for folder in FOLDERS:
        name = folder.rpartition("/")[2]
        known = {"id": name, "name": name, "version": "1.0.0"}
        page = data.draw(shaped(**KEYS).map(lambda more, known=known: {**known, **more}))
        (root / folder / "examples").mkdir(parents=True)
        body = f"```json\n{json.dumps(data.draw(VALUES))}\n```\n"
        (root / folder / "index.mdx").write_text(f"---\n{json.dumps(page)}\n---\n{body}")
        (root / folder / "d.json").write_text(json.dumps(data.draw(DOCUMENT | VALUES)))
        (root / folder / "examples/e.json").write_text(json.dumps(data.draw(VALUES)))
    catalog = load(root)

    findings = (*check_catalog(catalog), *check(catalog, build(catalog)))
    assert all(finding.message for finding in findings)
