import pytest

from eventproof.catalog import check
from eventproof.catalog.layout import is_read_by_eventcatalog
from eventproof.findings import Severity


def found(catalog, rule):
    return [finding for finding in check(catalog) if finding.rule == rule]


@pytest.mark.parametrize(
    ("file", "type_", "is_read"),
    [
        ("services/A/index.mdx", "service", True),
        ("domains/D/services/A/index.mdx", "service", True),
        ("domains/D/subdomains/S/services/A/index.mdx", "service", True),
        ("domains/D/systems/S/services/A/index.mdx", "service", True),
        ("domains/D/subdomains/S/systems/Y/services/A/index.mdx", "service", True),
        ("federated/other/domains/D/services/A/index.mdx", "service", True),
        ("services/A/versioned/1.0.0/index.mdx", "service", True),
        ("services/Group/A/index.mdx", "service", False),
        ("anything/services/A/index.mdx", "service", False),
        ("domains/D/index.mdx", "domain", True),
        ("domains/D/subdomains/S/index.mdx", "domain", True),
        ("domains/D/subdomains/S/subdomains/T/index.mdx", "domain", False),
        ("events/E/index.mdx", "event", True),
        ("anything/at/all/events/E/index.mdx", "event", True),
        ("events/Group/E/index.mdx", "event", False),
        ("events/E.mdx", "event", False),
        ("channels/region/east/c/index.mdx", "channel", True),
        ("domains/D/flows/a/b/index.mdx", "flow", True),
        ("users/u.mdx", "user", True),
    ],
)
def test_where_eventcatalog_looks(file, type_, is_read):
    assert is_read_by_eventcatalog(tuple(file.split("/")), type_) is is_read


def test_a_page_in_the_wrong_place_is_read_and_told(write, page):
    catalog = write(
        {
            "services/A/index.mdx": page("A", more="receives: [{id: Deep}, {id: Flat}]\n"),
            "events/Group/Deep/index.mdx": page("Deep"),
            "events/Flat.mdx": page("Flat"),
            "events/readme.md": "# About these events",
            "events/broken.mdx": "---\na: b: c\n---\n",
        }
    )
    flat, deep = found(catalog, "CAT111")

    assert found(catalog, "CAT202") == []
    assert flat.message == (
        "Flat 1.0.0 lies in events/Flat.mdx, where EventCatalog does not look for events."
    )
    assert flat.details == ("It would find events/Flat/index.mdx.",)
    assert deep.details == ("It would find events/Deep/index.mdx.",)
    assert (catalog.files, catalog.problems) == (2, ())


def test_a_folder_that_holds_the_catalog_deeper_down_is_no_misplacement(write, page):
    pages = {
        "docs-site/shop/services/A/index.mdx": page("A"),
        "docs-site/shop/domains/D/services/B/index.mdx": page("B"),
        "docs-site/other/services/C/index.mdx": page("C"),
    }

    assert found(write(pages), "CAT111") == []
    assert len(found(write({**pages, "events/E/index.mdx": page("E")}), "CAT111")) == 3


@pytest.mark.parametrize(
    ("folder", "version", "count"),
    [
        ("1.0.0", "1.0.0", 0),
        ("v1", "1.0.0", 0),
        ("1.0.0", "1.1.0", 1),
        ("old", "1.1.0", 1),
        ("1.0.0", "2.0.0", 0),
    ],
)
def test_a_folder_of_another_version_is_told_unless_the_version_stands_twice(
    write, page, folder, version, count
):
    catalog = write(
        {
            "events/E/index.mdx": page("E", "2.0.0"),
            f"events/E/versioned/{folder}/index.mdx": page("E", version),
        }
    )
    findings = found(catalog, "CAT112")

    assert len(findings) == count
    if count:
        assert findings[0].message == f"E {version} lies in the folder of version {folder}."
        assert findings[0].location.line == 4


def test_a_copy_that_kept_the_new_number_is_told_once(write, page):
    catalog = write(
        {
            "events/E/index.mdx": page("E", "0.0.2"),
            "events/E/versioned/0.0.1/index.mdx": page("E", "0.0.2"),
        }
    )
    (finding,) = [one for one in check(catalog) if one.rule in ("CAT110", "CAT112")]

    assert finding.rule == "CAT110"
    assert finding.details == ("The copy in the folder of version 0.0.1 says it is 0.0.2.",)


@pytest.mark.parametrize(
    ("front", "behind", "count"),
    [
        ("1.0.0", "2.0.0", 1),
        ("2.0.0", "1.0.0", 0),
        ("1.9.0", "1.10.0", 1),
        ("v2", "2.0.0", 0),
        ("2.0.0-beta", "1.0.0", 0),
        ("2024-01-01", "2023-01-01", 0),
        ("next", "1.0.0", 0),
    ],
)
def test_an_older_version_in_front_is_told(write, page, front, behind, count):
    catalog = write(
        {
            "events/E/index.mdx": page("E", f'"{front}"'),
            "events/E/versioned/x/index.mdx": page("E", f'"{behind}"'),
        }
    )
    findings = found(catalog, "CAT113")

    assert len(findings) == count
    if count:
        assert findings[0].message == (
            f"E {front} is the page in front, but {behind} is the latest version by number."
        )
        assert findings[0].severity is Severity.WARNING


def test_changelogs_dictionaries_examples_and_guides_are_no_resources(write, page):
    catalog = write(
        {
            "domains/D/index.mdx": page("D"),
            "domains/D/changelog.mdx": "No frontmatter is needed.",
            "domains/D/ubiquitous-language.mdx": "---\ndictionary: [{id: a, name: A}]\n---\n",
            "domains/D/docs/guide/index.mdx": page("Guide"),
            "events/E/index.mdx": page("E"),
            "events/E/versioned/0.1.0/changelog.md": "---\ncreatedAt: 2024-01-01\n---\nFirst.",
            "events/E/examples/index.mdx": "Examples of the payload.",
            "events/E/examples/examples.config.yaml": "a.json: {name: A}",
            "docs/changelog.mdx": page("Nothing"),
            "scripts/docs/index.md": "Of no concern.",
        }
    )

    assert [one.id for one in catalog.resources] == ["D", "E"]
    assert [one.type for one in catalog.documents] == [
        "doc", "changelog", "doc", "ubiquitous-language", "changelog",
    ]  # fmt: skip
    assert catalog.documents[1].body == "No frontmatter is needed."
    assert [catalog.inside(one) for one in catalog.pages] == [
        "events/E/examples/index.mdx",
        "scripts/docs/index.md",
    ]
    assert [one.rule for one in check(catalog) if one.severity is Severity.ERROR] == []


def test_a_broken_changelog_is_told(write, page):
    catalog = write(
        {"events/E/index.mdx": page("E"), "events/E/changelog.mdx": "---\na: b: c\n---\n"}
    )

    assert [one.rule for one in catalog.problems] == ["CAT102"]
