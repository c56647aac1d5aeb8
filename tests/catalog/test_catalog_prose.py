import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog import check
from eventproof.catalog.prose import mentions


def named(body):
    return [(one.types, one.id, one.version) for one in mentions(body) if one.id]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Sends [[event|Placed]].", [(("event",), "Placed", None)]),
        ("[[event|Placed@1.0.0]]", [(("event",), "Placed", "1.0.0")]),
        ("[[event|Placed@latest]]", [(("event",), "Placed", None)]),
        ("| [[service\\|Orders]] | x |", [(("service",), "Orders", None)]),
        ("[[data-product|P]] [[doc|guides/x]] [[Orders]] [[event|]]",
         [(("data-product",), "P", None)]),
        ("`[[event|Code]]` ``[[event|Code]]``", []),
        ("```\n[[event|Code]]\n```\n[[event|Placed]]", [(("event",), "Placed", None)]),
        ("~~~~md\n```\n[[event|Code]]\n~~~~", []),
        ("```\n[[event|Code]]", []),
        ("<!-- [[event|C]] --> {/* [[event|C]] */}", []),
        ('<ResourceLink id="Orders" type="domain">x</ResourceLink>',
         [(("domain",), "Orders", None)]),
        ('<ResourceLink id="Orders" type="services" version="1.0.0"/>',
         [(("service",), "Orders", "1.0.0")]),
        ('<Flow id="F" version="latest" includeKey={false} />', [(("flow",), "F", None)]),
        ("<Flow id='F' />", [(("flow",), "F", None)]),
        ("<Flow id={'F'} />", [(("flow",), "F", None)]),
        ("<Flow id={frontmatter.flow} />", []),
        ('<EntityMap id="Orders" />', [(("domain", "service"), "Orders", None)]),
        ('<Tile href="/docs/events/Placed/1.0.0" />', [(("event",), "Placed", "1.0.0")]),
        ("<Tile href={`/docs/events/${frontmatter.id}/1`} />", []),
        ("[a](/docs/events/Order%20Placed/latest#x)", [(("event",), "Order Placed", None)]),
        ("[a](/visualiser/services/Orders)", [(("service",), "Orders", None)]),
        ("[a](/docs/teams/full-stack)", [(("team",), "full-stack", None)]),
        ("[a](/docs/guides/x/y) [a](https://example.com/docs/events/E) [a](#top)", []),
        ("Map<String, Object> a=1", []),
    ],
)  # fmt: skip
def test_the_resources_that_prose_names(body, expected):
    assert named(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<SchemaViewer file="schema.json" maxHeight="500" id="x" />', ["schema.json"]),
        ('<Schema\n  file="a/b.json"\n/>', ["a/b.json"]),
        ("<SchemaViewer file={frontmatter.schemaPath} />", []),
        ("[a](./other.mdx) [b](../x/y.md#z) [c](other.mdx) [d](./picture.png)",
         ["./other.mdx", "../x/y.md"]),
    ],
)  # fmt: skip
def test_the_files_that_prose_names(body, expected):
    assert [one.file for one in mentions(body) if one.file] == expected


@given(st.text("[]()|@<>=\"'`{}/*!- \n\\aZ", max_size=80))
@settings(max_examples=300, deadline=None)
def test_no_prose_ends_in_an_exception_and_every_offset_is_in_it(body):
    for mention in mentions(body):
        assert 0 <= mention.offset < len(body)


@pytest.mark.parametrize(
    "unit",
    ["[[event|", "<A ", '<A a="', "](", "`", "`` ", "{/*", "<!--", "```\n", "[[a|b\\|", "<A="],
)
def test_no_prose_takes_long_to_read(unit):
    body = "= [[ ](" + unit * (1_000_000 // len(unit))

    assert len(mentions(body)) < 5


def broken(catalog):
    return [one for one in check(catalog) if one.rule == "CAT208"]


def test_a_link_that_leads_nowhere_is_told_at_its_line_and_once(write, page):
    body = """
# A

Sends [[event|Placd]] and [[event|Placd]],
<ResourceLink id='A' type='event'/>
"""
    catalog = write(
        {
            "services/A/index.mdx": page("A", body=body),
            "events/Placed/index.mdx": page("Placed", body="From [[service|A]]."),
        }
    )
    misspelt, other = broken(catalog)

    assert misspelt.message == "A 1.0.0 speaks of Placd, and the catalog has no event of that id."
    assert misspelt.details == ("Did you mean Placed?",)
    assert (misspelt.location.line, misspelt.location.column) == (9, 7)
    assert other.details == ("A is a service.",)


def test_a_version_in_prose_must_exist_and_an_address_names_it_exactly(write, page):
    body = "[[event|E@^1.0.0]] [[event|E@2.0.0]] [a](/docs/events/E/1.0.0) [a](/docs/events/E/1)"
    catalog = write(
        {
            "services/A/index.mdx": page("A", body=body),
            "events/E/index.mdx": page("E"),
            "events/E/changelog.mdx": "\n[[event|E@3.0.0]]",
        }
    )
    found = [(one.about, one.location.line) for one in broken(catalog)]

    assert found == [("event:E:3.0.0", 2), ("event:E:2.0.0", 6), ("event:E:1", 6)]


def test_a_file_in_prose_must_exist_and_lie_in_the_catalog(write, page, tmp_path):
    (tmp_path / "outside.json").write_text("{}")
    files = (
        "schema.json",
        "gone.json",
        "../../../outside.json",
        "/public.json",
        "https://x/y.json",
    )
    body = "\n".join(f'<SchemaViewer file="{name}" />' for name in files)
    catalog = write({"events/E/index.mdx": page("E", body=body), "events/E/schema.json": "{}"})

    assert [one.message for one in broken(catalog)] == [
        "E 1.0.0 shows gone.json, which does not exist.",
        "E 1.0.0 shows ../../../outside.json, which lies outside the catalog.",
    ]


def test_the_schema_of_a_message_is_the_affair_of_other_rules(write, page):
    body = '<SchemaViewer file="gone.json" />'
    catalog = write({"events/E/index.mdx": page("E", more="schemaPath: gone.json\n", body=body)})

    assert broken(catalog) == []


def test_places_are_right_below_a_byte_order_mark_and_windows_line_ends(write, page):
    text = "\ufeff\r\n" + page("A", body="\n\nOne.\nTwo [[event|Gone]].\n\n").replace("\n", "\r\n")
    (finding,) = broken(write({"services/A/index.mdx": text}))

    assert (finding.location.line, finding.location.column) == (10, 5)


@pytest.mark.parametrize(
    "name",
    [
        "docs/guide.md",
        "docs/guides/first/index.mdx",
        "pages/about.mdx",
        "services/A/docs/runbook.md",
        "domains/D/services/B/docs/deep/index.md",
        "services/A/versioned/0.9.0/docs/runbook.md",
    ],
)
def test_documentation_is_searched_as_other_prose_is(write, page, name):
    body = "---\ntitle: T\nanything: 1\n---\nAsk [[service|A]] or [[service|Gone]].\n"
    catalog = write({"services/A/index.mdx": page("A"), name: body})
    (found,) = check(catalog)

    assert (found.rule, found.location.line, found.resource) == ("CAT208", 5, None)
    assert found.message.endswith(
        f"{name} speaks of Gone, and the catalog has no service of that id."
    )


def test_documentation_beside_the_catalog_is_none_of_it(write, page):
    catalog = write(
        {
            "services/A/index.mdx": page("A"),
            "tools/docs/use.md": "---\na: b: c\n---\n[[service|X]]",
        }
    )

    assert check(catalog) == ()


def test_links_between_guides_are_followed(write, page):
    guide = "See [the other](./other.md), [none](./none.md) and [up](../services/A/index.mdx)."
    catalog = write(
        {
            "services/A/index.mdx": page("A"),
            "docs/guide.md": guide,
            "docs/other.md": '<Design file="drawn" />',
        }
    )

    assert [one.message.partition(" shows ")[2] for one in check(catalog)] == [
        "./none.md, which does not exist."
    ]


def test_broken_frontmatter_of_a_guide_is_told(write, page):
    catalog = write({"services/A/index.mdx": page("A"), "docs/g.md": "---\na: b: c\n---\n"})

    assert [one.rule for one in check(catalog)] == ["CAT102"]
