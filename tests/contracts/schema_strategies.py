"""Small schemas and payloads for the tests of contracts."""

from hypothesis import strategies as st


def an_object(*, required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


TEXT, WHOLE, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}

leaves = st.one_of(
    st.just(TEXT),
    st.just(WHOLE),
    st.just(NUMBER),
    st.just({"type": "boolean"}),
    st.builds(lambda n: {"type": "integer", "minimum": n}, st.integers(-2, 2)),
    st.builds(lambda n: {"type": "string", "maxLength": n}, st.integers(0, 3)),
    st.builds(
        lambda v: {"enum": v}, st.lists(st.sampled_from(["x", "y", 1]), min_size=1, unique=True)
    ),
    st.builds(lambda p: {"type": "string", "pattern": p}, st.sampled_from(["^a+$", "[0-9]"])),
)


def wider(inner):
    names = st.sampled_from(["a", "b", "c"])
    objects = st.builds(
        lambda properties, required, shut: {
            "type": "object",
            "properties": properties,
            "required": sorted(required),
            **({"additionalProperties": False} if shut else {}),
        },
        st.dictionaries(names, inner, max_size=3),
        st.sets(names, max_size=2),
        st.booleans(),
    )
    arrays = st.builds(lambda items: {"type": "array", "items": items}, inner)
    unions = st.builds(lambda both: {"anyOf": both}, st.lists(inner, min_size=1, max_size=2))
    return st.one_of(objects, arrays, unions)


schemas = st.recursive(leaves, wider, max_leaves=5)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.just(0.5),
    st.sampled_from(["", "a", "x", "7"]),
)
payloads = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), inner, max_size=3),
    ),
    max_leaves=4,
)
