from collections import Counter

import pytest

from eventproof.catalog import build_graph, check, load

FILES = {
    "eventcatalog-acme-v4": ("v4", 169),
    "eventcatalog-flowmart-v2": ("v2", 46),
    "eventcatalog-flowmart-v3": ("v2", 180),
    "governance-poc-hybrid": ("hybrid", 153),
    "nota": ("v2", 43),
    "opg-event-store-v1": ("v1", 65),
    "orcabus-v1": ("v1", 21),
    "paymentic-v1": ("v1", 17),
    "sandbox-unwork": ("v2", 66),
    "shortlink": ("v2", 83),
}

FOUND = {
    "eventcatalog-acme-v4": {"CAT302": 27, "CAT305": 1, "CAT311": 2},
    "eventcatalog-flowmart-v2": {
        "CAT105": 1,
        "CAT201": 4,
        "CAT202": 4,
        "CAT208": 1,
        "CAT301": 1,
        "CAT302": 8,
        "CAT306": 1,
        "CAT308": 4,
        "CAT401": 4,
        "CAT402": 2,
    },
    "nota": {"CAT202": 97},
    "opg-event-store-v1": {"CAT202": 1, "CAT306": 1},
    "paymentic-v1": {"CAT110": 4},
}


@pytest.mark.parametrize("name", FILES)
def test_every_index_file_is_a_resource_a_finding_or_documentation(real_catalogs, name):
    catalog = load(real_catalogs / name)
    pages = [*(real_catalogs / name).rglob("index.md"), *(real_catalogs / name).rglob("index.mdx")]
    seen = {resource.path for resource in catalog.resources}
    said = {finding.location.file for finding in catalog.problems} | set(catalog.pages)
    said |= {document.file for document in catalog.documents}

    assert (catalog.layout, catalog.files) == FILES[name]
    assert catalog.files == len(pages)
    assert [page for page in pages if page not in seen and page.as_posix() not in said] == []


@pytest.mark.parametrize("name", FILES)
def test_every_reference_of_a_real_catalog_is_an_edge(real_catalogs, name):
    catalog = load(real_catalogs / name)
    graph = build_graph(catalog)
    pinned = sum(len(one.sends) + len(one.receives) for one in catalog.resources)
    drawn = Counter(edge["relation"] for *_, edge in graph.edges(data=True))

    assert {resource.key for resource in catalog.resources} <= set(graph)
    assert drawn["sends"] + drawn["receives"] >= pinned


@pytest.mark.parametrize("name", FOUND)
def test_the_rules_find_what_was_verified_by_hand(real_catalogs, name):
    findings = check(load(real_catalogs / name))

    assert Counter(finding.rule for finding in findings) == FOUND[name]


def test_a_page_about_another_message_is_found_in_no_catalog_but_those_that_have_one(
    real_catalogs,
):
    copied = {
        str(finding.resource)
        for name in FILES
        for finding in check(load(real_catalogs / name))
        if finding.rule == "CAT402"
    }

    assert copied == {"OutOfStock 0.0.4", "OutOfStock 0.0.1"}


def test_every_finding_about_a_field_names_its_line(real_catalogs):
    for name in FILES:
        for finding in check(load(real_catalogs / name)):
            assert finding.location.line, finding
