"""Both semantics side by side: what a pin means here, and what it meant to core 4.7.

The table is what EventCatalog's own functions were measured to answer.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog import build_graph, pick, satisfies
from eventproof.catalog.compat import core_pick, core_satisfies

TRUTH = [
    # version, pin, core 4.7, here (as core from 4.8 on)
    ("1", "^1.0.0", True, True),
    ("v1", "^1.0.0", True, True),
    ("1.0", "1.0.0", True, True),
    ("1", "1.0.0", True, True),
    ("10.0.0", "1.x", False, False),
    ("2.0.0-beta.1", "^2.0.0", True, False),
    ("2.0.0-beta.1", "2.0.0", True, False),
    ("2024-01-01", "2024-01-01", False, True),
    ("2024-01-01", "^2024.0.0", True, False),
    ("release-3", "3", True, False),
    ("1.0.0", "1", True, True),
    ("1.0.0", "v1", True, True),
    ("1.0.0", "1.x", True, True),
    ("1.0.0", ">=1 <2", True, True),
    ("1.0.0", "*", True, True),
    ("1.0.0", "garbage", False, False),
    ("draft", "draft", False, True),
    ("01.2.3", "*", False, True),
]


@pytest.mark.parametrize(("version", "pin", "core", "here"), TRUTH)
def test_a_pin_admits_a_version_as_the_table_says(version, pin, core, here):
    assert core_satisfies(version, pin) is core
    assert satisfies(version, pin) is here


@pytest.mark.parametrize(
    ("versions", "core", "here"),
    [
        (["1.9.0", "1.10.0"], "1.10.0", "1.10.0"),
        (["2.0.0-beta", "2.0.0"], "2.0.0-beta", "2.0.0"),
        (["1.0.0", "2.0.0-beta"], "2.0.0-beta", "1.0.0"),
        (["release-3", "release-10"], "release-10", "release-10"),
        (["9.0.0", "draft"], "draft", "9.0.0"),
        (["9.0.0", "10.0.0", "a"], "a", "10.0.0"),
    ],
)
def test_the_latest_differs_where_core_coerced_or_went_by_the_alphabet(versions, core, here):
    assert [versions[index] for index in core_pick(versions, None)] == [core]
    assert core_pick(versions, "latest") == core_pick(versions, None)
    assert versions[pick(versions, None)] == here


def test_core_drew_an_edge_to_every_version_that_a_pin_admits():
    assert core_pick(["1.0.0", "2.0.0", "1.1.0"], "^1.0.0") == (0, 2)
    assert core_pick([], None) == ()


@given(st.lists(st.text(max_size=12), max_size=5), st.text(max_size=12))
@settings(max_examples=100)
def test_any_text_may_be_a_version_or_a_pin_of_core(versions, pin):
    assert set(core_pick(versions, pin)) <= set(range(len(versions)))


def test_one_pin_makes_several_edges_in_the_compatible_graph_only(write, page):
    catalog = write(
        {
            "services/A/index.mdx": page(
                "A", more="receives: [{id: E, version: ^1.0.0}, {id: E, version: 3.x}]\n"
            ),
            "events/E/index.mdx": page("E", "2.0.0"),
            "events/E/versioned/1.1.0/index.mdx": page("E", "1.1.0"),
            "events/E/versioned/1.0.0/index.mdx": page("E", "1.0.0"),
        }
    )

    def drawn(**options):
        edges = build_graph(catalog, **options).edges(data=True)
        return sorted((source, edge["status"]) for source, _, edge in edges)

    missing = ("event:E@3.x", "unresolved-version")
    assert drawn() == [("event:E@1.1.0", "resolved"), missing]
    assert drawn(compat="core-4.7") == [
        ("event:E@1.0.0", "resolved"),
        ("event:E@1.1.0", "resolved"),
        missing,
    ]
