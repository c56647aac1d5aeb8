"""Plain mappings are read without a parser, and mean what the parser reads."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventproof.catalog.yaml_plain import CHARS_MAX, plain_mapping
from eventproof.catalog.yaml_text import YamlTextError, parse_yaml, read_yaml

HOLD = frozenset({"id", "name", "version"})
scalars = st.sampled_from(
    [
        "text", "two words", "1.0.0", "1.0", "7", "true", "yes", "on", "null", "~", "~x", "=",
        "<<", "<b>", "2024-01-01", "2024-13-99", "1e3", ".5", ".inf", "...", "0x1f", "1:30", "a:b",
        "http://x/y#z", "a: b", "a:", "a #b", "#c", "it's", 'say "x"', '"quoted"', '"1.0.0"',
        '"a\\n"', "'single'", "'it''s'", '"open', "[1]", "{a: 1}", "[", "*x", "&x y", "!!str 7",
        "|", "| ", "|-", ">", "[]", "0",
        "12", "007", "1_0", "-5", "- x", "^1.0.0", "$id", "%x", "@x", "`x`", "?", "? x", "é",
        "x\u0085y", "x\u2028y", "\ufeffx", "x\ty", "x\rb", "\U0001f600", "x\x7fy", "x  ", "",
        " ",
    ]
)  # fmt: skip
keys = st.sampled_from(
    ["id", "name", "version", "sends", "to", "y", "no", "null", "true", "a b", "x-y", "1a", "'q'"]
)
indents = st.sampled_from(["", "", "", " ", "  ", "  ", "    ", "\t"])
entry = st.builds("{}: {}".format, keys, scalars) | st.builds("{}:".format, keys)
lines = st.one_of(
    st.builds("{}{}".format, indents, entry),
    st.builds("{}- {}".format, indents, entry | scalars),
    st.builds("{}{}".format, indents, scalars),
    st.sampled_from(["", "  ", "---", "-", "- - x", "# c"]),
)
texts = st.lists(lines, max_size=7).map("\n".join)


def parsed(text):
    """What the parser reads; None for what it refuses."""
    try:
        return parse_yaml(text, hold=HOLD)
    except YamlTextError:
        return None


@given(texts)
@example("id: |\n text")
@example("id: |\n text\n")
@settings(max_examples=2_000, deadline=None)
def test_what_is_read_without_a_parser_is_what_the_parser_reads(text):
    plain = plain_mapping(text, hold=HOLD)

    if plain is not None:
        # Where the value begins is not asked of a text that is a mapping for certain.
        assert read_yaml(text, hold=HOLD) == replace(parsed(text), start=None)
        assert list(plain) == list(parsed(text).value)


@given(st.text(max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_as_by_the_parser_or_left_to_it(text):
    plain = plain_mapping(f"a: {text}")

    assert plain is None or plain == parsed(f"a: {text}").value


def test_frontmatter_as_most_pages_have_it_needs_no_parser():
    text = (
        "id: Orders\nname: Orders Service\nversion: 1.2.3\nsummary: 'What it does, in short.'\n"
        'owners:\n  - team\n  - id: ann\nsends:\n- id: Placed\n  version: "^1.0.0"\n'
        "  to:\n    - id: channel\nhidden: true\nnotes: |\n  Two\n\n    lines.\nbadges: []\n"
        "receives:\n  - id: Paid\n\n"
    )

    assert plain_mapping(text, hold=HOLD) == parsed(text).value


def test_what_needs_a_parser_is_left_to_it():
    for text in (
        "a: 1.5",
        "id: 1",
        "a: b # c",
        "a: &x b",
        "a:",
        "a: >",
        "a: [b]",
        "- a",
        "a: b\n  c",
    ):
        assert plain_mapping(text, hold=HOLD) is None, text
    assert plain_mapping("a: " + "b" * CHARS_MAX) is None
