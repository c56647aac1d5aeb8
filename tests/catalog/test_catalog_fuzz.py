import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog import build_graph, check, load

fragments = st.sampled_from(
    [
        "id: E", "id: 7", "id: [", "name: E", "version: 1.0", "version: 2024-01-01", "sends:",
        "receives:", "  - id: E", "  - E", "    version: ^1.0.0", "    to:", "      - id: c",
        "owners: [a, {id: b}, 3]", "schemaPath: ../../x", "schemas: [{file: 3}, x]", "---", "- x",
        "producers: [A, {id: 3}]", "? {a: b}", "a: &a [1]", "b: *a", "<<: *a", "x: !!binary x",
        "!!set {a}", "\t", "a: |", "'", '"', "{{", "%YAML 3.0", "steps: [{id: 1}]", "\u2028",
        "channels: 5", "services: {id: x}", "inputs: [null]", "date: 2024-99-99", "=: 3",
        "properties: [{name: a, references: E}]", "resourceGroups: [{items: [{id: E}, 3]}]",
        "specifications: {openapiPath: '\\0'}", "specifications: [{path: ../..}, 3]",
        "steps: [{id: a, next_step: {id: [1]}, message: {id: E}}]", "recieves: 1",
        "deprecated: {date: 2024-01-01}",
        "members: [a, {id: 3}]", "appliesTo: [{id: E, type: x}]", "relationships: {a: b}",
    ]
)  # fmt: skip
prose = st.lists(
    st.sampled_from(
        [
            "[[event|E]]", "[[event|E@^1]]", "[[", "]]", "|", "`", "```\n", "~~~", "<!--", "-->",
            "<Schema file='x' />", '<Tile href="/docs/events/E/1" />', "](./a.mdx)", "<A ", "\n",
            "{/*", "*/}", "\\|", "\x85", "\r\n", "é", "<Flow id=",
        ]
    ),
    max_size=15,
).map("".join)  # fmt: skip
pages = st.one_of(
    prose.map(lambda body: f"---\nid: E\nname: E\nversion: 1.0.0\n---\n{body}".encode()),
    st.binary(max_size=200),
    st.lists(fragments, max_size=12).map(lambda lines: "\n".join(["---", *lines, "---"]).encode()),
    st.tuples(st.lists(fragments, max_size=8), st.text(max_size=40)).map(
        lambda both: ("---\nid: E\nname: E\n" + "\n".join(both[0]) + both[1] + "\n---\n").encode(
            errors="replace"
        )
    ),
)
folders = st.sampled_from(
    [
        "services/A", "events/E", "channels/c", "domains/D", "data-products/P", "flows/F", "odd/X",
        "systems/S", "entities/N", "adrs/1", "events/E/versioned/2", "events/E/examples", "users",
        "events/G/E", "services/A/docs/x",
    ]
)  # fmt: skip


@given(st.dictionaries(folders, pages, min_size=1, max_size=4))
@settings(max_examples=120, deadline=None)
def test_no_bytes_in_a_page_end_in_a_traceback_or_lose_a_file(content):
    with tempfile.TemporaryDirectory() as folder:
        for name, raw in content.items():
            file = Path(folder, name, "index.mdx")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(raw)
        catalog = load(folder)
        findings = check(catalog)
        graph = build_graph(catalog)

    accounted = {resource.file for resource in catalog.resources} | set(catalog.pages)
    accounted |= {document.file for document in catalog.documents}
    accounted |= {finding.location.file for finding in catalog.problems}
    assert len(accounted) == catalog.files == len(content)
    assert {resource.key for resource in catalog.resources} <= set(graph)
    assert all(finding.message.endswith((".", "?")) for finding in findings)
