import pytest

from eventproof.catalog import consumers, producers
from eventproof.catalog.layout import kind_of


@pytest.mark.parametrize(
    ("file", "type_"),
    [
        ("services/A/index.mdx", "service"),
        ("domains/D/services/A/index.md", "service"),
        ("domains/D/subdomains/S/services/A/versioned/0.1.0/index.mdx", "service"),
        ("domains/D/systems/S/services/A/events/E/index.mdx", "event"),
        ("domains/D/subdomains/S/index.mdx", "domain"),
        ("domains/D/versioned/1.0.0/index.mdx", "domain"),
        ("services/A/versioned/1.0/commands/C/index.mdx", "command"),
        ("channels/region/east/orders/index.mdx", "channel"),
        ("flows/F/index.mdx", "flow"),
        ("systems/S/containers/db/index.mdx", "container"),
        ("data-products/P/index.mdx", "data-product"),
        ("adrs/001/versioned/1.0.0/index.md", "adr"),
        ("federated/other/services/A/index.mdx", "service"),
        ("services/docs/index.mdx", "service"),
        ("events/versioned/index.mdx", "event"),
        ("services/events/index.mdx", "service"),
        ("users/dboyne.mdx", "user"),
        ("teams/full-stack.md", "team"),
        ("services/A/docs/guide/index.mdx", None),
        ("docs/services/A/index.mdx", None),
        ("pages/index.mdx", None),
        ("services/index.md", None),
        ("index.md", None),
        ("services/A/changelog.mdx", None),
        ("domains/D/ubiquitous-language.mdx", None),
        ("services/users/readme.md", None),
        ("users/avatar.png", None),
    ],
)
def test_the_folder_decides_what_a_page_is(file, type_):
    kind = kind_of(tuple(file.split("/")))

    assert (kind.type if kind and kind.certain else None) == type_


def test_built_installed_and_hidden_folders_are_not_read(write, page):
    folders = ("node_modules/x", "dist", ".eventcatalog-core", "services/A/node_modules")
    catalog = write({f"{folder}/events/E/index.mdx": page("E") for folder in folders})

    assert (catalog.files, catalog.resources) == (0, ())


def test_a_page_deeper_than_eventcatalog_looks_counts_only_if_it_says_what_it_is(write, page):
    catalog = write(
        {
            "events/Group/Deep/index.mdx": page("Deep"),
            "services/A/index.mdx": page("A"),
            "services/A/pictures/index.mdx": "Just some words.",
        }
    )

    assert [resource.key for resource in catalog.resources] == [
        "event:Deep@1.0.0",
        "service:A@1.0.0",
    ]
    assert [one.rpartition("/services/")[2] for one in catalog.pages] == ["A/pictures/index.mdx"]
    assert catalog.problems == ()


def test_the_format_is_told_by_what_is_there(write, page):
    assert write({"services/A/index.mdx": page("A")}).layout == "v2"
    assert write({"systems/S/index.mdx": page("S")}).layout == "v4"
    parties = page("E", more="producers: [A]\n")
    assert write({"events/E/index.mdx": parties}).layout == "hybrid"


def test_a_page_without_an_id_is_a_fault_of_the_present_format(write):
    catalog = write({"services/A/index.mdx": "---\nname: A\nversion: 1.0.0\n---\n"})

    assert catalog.layout == "v2"
    assert [finding.rule for finding in catalog.problems] == ["CAT103"]


V1 = {
    "services/Orders/index.md": "---\nname: Orders\n---\n",
    "services/Stock/index.md": "---\nname: Stock\n---\n",
    "domains/Orders/index.md": "---\nname: Orders\n---\n",
    "events/OrderPlaced/index.md": """\
---
name: OrderPlaced
version: 0.0.2
producers: [Orders]
consumers: [Stock, Elsewhere]
---
""",
    "events/OrderPlaced/versioned/0.0.1/index.md": """\
---
name: OrderPlaced
version: 0.0.1
producers: [Orders]
consumers: [Nobody]
---
""",
    "events/index.md": "---\ntitle: All events\n---\n",
}


def test_in_version_1_events_say_who_sends_and_receives_them(write):
    catalog = write(V1)
    latest = catalog.find("OrderPlaced", types=("event",))

    assert catalog.layout == "v1"
    assert catalog.problems == ()
    assert [participant.key for participant, _ in producers(catalog, latest)] == ["service:Orders"]
    assert [participant.key for participant, _ in consumers(catalog, latest)] == ["service:Stock"]
    assert producers(catalog, catalog.find("OrderPlaced", "0.0.1")) == ()


def test_what_a_service_says_itself_is_not_overruled_by_an_event(write, page):
    catalog = write(
        {
            "services/A/index.mdx": page("A", more="sends:\n  - id: E\n    version: 2.0.0\n"),
            "services/B/index.mdx": page("B"),
            "events/E/index.mdx": page("E", more="producers: [A]\nconsumers: [B]\n"),
        }
    )

    assert [str(pointer) for pointer in catalog.find("A").sends] == ["E 2.0.0"]
    assert [str(pointer) for pointer in catalog.find("B").receives] == ["E 1.0.0"]
