import datetime
import json

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eventproof.catalog import YamlTextError, find_in_yaml, load_yaml

words = st.text("abcxyz -:#'\"[]{}&*!|>%@`,?~0123456789.\n\té", max_size=12)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), words)
keys = st.text("abcxyz ", min_size=1, max_size=4)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)
lines = st.lists(
    st.sampled_from(
        [
            "a: 1", "b: x", "- y", "  - z: {q: [1, 2]}", "c: &k [1]", "d: *k", "e: {<<: {f: 1}}",
            "? g", ": h", "i: |", "  text", "j: 2024-01-01", "k: '", "l: {", "m: !!str 7", "~: 0",
            "n: 0x1f", "o: 1e3", "p: .inf", "q: 1:30", "# c", "---", "a: twice", "\tr: 1",
        ]
    ),
    max_size=8,
)  # fmt: skip


def refusal_of(text):
    try:
        load_yaml(text)
    except YamlTextError as refusal:
        return refusal.sentence
    return None


def by_pyyaml(text):
    return yaml.load(text, Loader=yaml.CSafeLoader)


@given(values)
@settings(max_examples=200, deadline=None)
def test_what_pyyaml_writes_is_read_as_it_was(value):
    assert load_yaml(yaml.safe_dump(value)) == value
    assert load_yaml(yaml.safe_dump(value, default_flow_style=True)) == value


@given(lines)
@settings(max_examples=300, deadline=None)
def test_a_text_is_refused_or_means_what_it_means_to_pyyaml(found):
    text = "\n".join(found)
    assume(text.count("&k") < 2)  # YAML lets an anchor be set again; only PyYAML does not
    try:
        value = load_yaml(text)
    except YamlTextError:
        return

    assert value == by_pyyaml(text)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_what_is_refused_is_refused_by_pyyaml_too_and_with_a_sentence(text):
    refusal = refusal_of(text)
    if refusal is not None:
        assert refusal.startswith(("is ", "has ", "holds "))
        with pytest.raises(Exception):  # noqa: B017, PT011 - PyYAML lets ValueError and others out
            by_pyyaml(text)


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "Yes", "y", "1_x", "="])
def test_words_that_only_old_yaml_takes_for_true_or_false_are_text(word):
    assert load_yaml(f"a: {word}") == {"a": word}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing", None),
        ("a: true", {"a": True}),
        ("a: ~", {"a": None}),
        ("a: 2024-01-01", {"a": datetime.date(2024, 1, 1)}),
        ("base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}", None),
        ("own: {<<: [{x: 1}, {x: 2, y: 3}]}", {"own": {"x": 1, "y": 3}}),
        ("a: &a 1\n*a : b", {"a": 1, 1: "b"}),
    ],
)
def test_the_kinds_of_yaml(text, value):
    assert load_yaml(text) == (value if value is not None else by_pyyaml(text))


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("a: [" + "[" * 70 + "]" * 71, "deeper than 64 levels", (1, 67)),
        ("[" * 500_000, "deeper than 64 levels", (1, 65)),
        ("- " * 500_000, "deeper than 64 levels", (1, 129)),
        ("a: &a [*a]", "alias to itself", (1, 8)),
        ("a: &a x\nb: [" + "*a, " * 101 + "]", "more than 100 YAML aliases", (2, 405)),
        ("a: *b", "alias b has no anchor", (1, 4)),
        ("a: !!set {b}", "the tag set is not read here", (1, 4)),
        ("a: !!python/object/apply:os.getcwd []", "is not read here", (1, 4)),
        ("? [a]\n: b", "a key that is a list or mapping", (1, 3)),
        ("a: 1\n---\nb: 2", "one document", (2, 1)),
        ("a: 2024-13-45", "cannot be read", (1, 4)),
        ("a: 1" + "0" * 500, "unreadable length", (1, 4)),
        ("a: {<<: 3}", "only mappings can be merged", (1, 9)),
        ("a: b: c", "not valid YAML", (1, 5)),
        ("a: \x01", "not valid YAML", None),
    ],
)
def test_what_is_refused_is_said_with_its_place(text, words, place):
    with pytest.raises(YamlTextError) as caught:
        load_yaml(text)

    assert words in caught.value.sentence
    if place:
        assert (caught.value.line, caught.value.column) == place


def test_an_alias_that_unfolds_to_a_flood_is_refused_at_once():
    rows = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 45))]

    with pytest.raises(YamlTextError, match="unfolds to more than"):
        load_yaml("\n".join(rows))


plain_keys = st.text("abcxyz", min_size=1, max_size=4)
trees = st.recursive(
    st.integers() | st.text("abc", min_size=1, max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain_keys, inner, max_size=3),
    max_leaves=10,
)


def paths_in(value, path=()):
    yield path, value
    pairs = list(enumerate(value)) if isinstance(value, list) else []
    for step, inner in value.items() if isinstance(value, dict) else pairs:
        yield from paths_in(inner, (*path, step))


@given(trees)
@settings(max_examples=150, deadline=None)
def test_every_value_of_a_text_is_found_where_it_stands(value):
    text = json.dumps(value)
    for path, inner in paths_in(value):
        spot = find_in_yaml(text, path)
        assert spot.is_exact
        assert text[spot.value.offset :].startswith(json.dumps(inner))
        if path and isinstance(path[-1], str):
            assert text[spot.key.offset : spot.key_end.offset] == json.dumps(path[-1])


def test_a_path_that_leads_on_is_found_at_what_encloses_it():
    spot = find_in_yaml("a:\n  - b: 1\n", ("a", 0, "c", "d"))

    assert (spot.value.line, spot.value.column, spot.is_exact) == (2, 5, False)


def test_of_a_key_that_stands_twice_the_last_one_is_found():
    assert find_in_yaml("a: {b: 1}\na: 2\n", ("a", "b")).value.line == 2


def test_nothing_is_found_in_a_broken_text():
    assert find_in_yaml("a: [", ("a",)) is None
