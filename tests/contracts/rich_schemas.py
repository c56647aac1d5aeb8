"""Schemas with every keyword, payloads that come near them, and rewritings that mean the same."""

from hypothesis import strategies as st

NAMES = ("a", "b", "ab", "x1")
PATTERNS = (
    "^a",
    "b$",
    "^[a-z]+$",
    "^[a-z0-9]{1,3}$",
    "[0-9]",
    "^(ab)*$",
    "^(?!x)",
    r"^\w+$",
    "a|b",
)
SCALARS = (
    None,
    True,
    False,
    0,
    1,
    2,
    6,
    -1,
    0.5,
    1.5,
    2.25,
    "",
    "a",
    "b",
    "ab",
    "abab",
    "x1",
    "7",
    "aé",
    "\n",
)

names = st.sampled_from(NAMES)
patterns = st.sampled_from(PATTERNS)
small = st.integers(0, 3)
numbers = st.sampled_from([-1, 0, 0.5, 1, 2, 3])
types = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
scalars = st.sampled_from(SCALARS)
payloads = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)
    ),
    max_leaves=6,
)


def keywords(inner):
    """One keyword at a time, with its value."""
    some = st.lists(inner, min_size=1, max_size=3)
    lists_of_names = st.lists(names, max_size=2, unique=True)
    return {
        "type": st.one_of(types, st.lists(types, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(payloads, min_size=1, max_size=3, unique_by=repr),
        "const": payloads,
        "minimum": numbers,
        "maximum": numbers,
        "exclusiveMinimum": numbers,
        "exclusiveMaximum": numbers,
        "multipleOf": st.sampled_from([1, 2, 3, 0.5]),
        "minLength": small,
        "maxLength": small,
        "pattern": patterns,
        "properties": st.dictionaries(names, inner, max_size=3),
        "required": lists_of_names,
        "additionalProperties": inner,
        "patternProperties": st.dictionaries(patterns, inner, max_size=2),
        "propertyNames": inner,
        "minProperties": small,
        "maxProperties": small,
        "dependentRequired": st.dictionaries(names, lists_of_names, max_size=2),
        "dependentSchemas": st.dictionaries(names, inner, max_size=2),
        "unevaluatedProperties": inner,
        "items": inner,
        "prefixItems": some,
        "contains": inner,
        "minContains": small,
        "maxContains": small,
        "minItems": small,
        "maxItems": small,
        "uniqueItems": st.booleans(),
        "unevaluatedItems": inner,
        "allOf": some,
        "anyOf": some,
        "oneOf": some,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "$ref": st.sampled_from(["#/$defs/one", "#/$defs/two"]),
    }


@st.composite
def of_keywords(draw, inner):
    chosen = keywords(inner)
    picked = draw(st.lists(st.sampled_from(sorted(chosen)), min_size=1, max_size=4, unique=True))
    return {keyword: draw(chosen[keyword]) for keyword in picked}


nodes = st.recursive(
    st.one_of(st.booleans(), st.builds(lambda kind: {"type": kind}, types)),
    of_keywords,
    max_leaves=6,
)


@st.composite
def documents(draw):
    """A schema of any keywords whose references lead into itself, round in circles even."""
    schema = draw(of_keywords(nodes))
    inside = {"properties": {"a": draw(nodes)}, "items": draw(nodes)}
    return {**schema, "$defs": {"one": inside, "two": draw(st.booleans())}}
