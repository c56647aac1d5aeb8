import pytest

from eventproof.catalog import build_graph, check
from eventproof.findings import Severity


def found(catalog, rule):
    return [finding for finding in check(catalog) if finding.rule == rule]


def messages(catalog, rule):
    return [finding.message for finding in found(catalog, rule)]


STEPS = "steps:\n  - {id: a, message: {id: E%s}, next_step: b}\n  - {id: b, service: {id: A}}\n"
TEAM = "---\nid: T\nname: T\nmembers: [ann, bob]\n---\n"
ANN = "---\nid: ann\nname: Ann\nassociatedTeams: [T]\n---\n"


@pytest.fixture
def shop(write, page):
    """A service, an event in two versions, and the pages given."""

    def shop_with(pages):
        return write(
            {
                "services/A/index.mdx": page("A"),
                "events/E/index.mdx": page("E", "2.0.0"),
                "events/E/versioned/1.0.0/index.mdx": page("E"),
                **pages,
            }
        )

    return shop_with


@pytest.mark.parametrize(
    ("file", "more", "words"),
    [
        ("flows/X", "steps: [{id: a, message: {id: Gone}}]\n", "steps through Gone"),
        ("flows/X", "steps: [{id: a, service: {id: E}}]\n", "E, and the catalog has no service"),
        ("flows/X", "steps: [{id: a, dataProduct: {id: Gone}}]\n", "no data product of that id"),
        ("entities/X", "properties: [{name: a, type: b, references: Gone}]\n", "refers to Gone"),
        ("systems/X", "relationships: [{id: Gone}]\n", "relates to Gone"),
        ("systems/X", "containers: [{id: Gone}]\n", "contains Gone"),
        ("domains/X", "data-products: [{id: Gone}]\n", "no data product of that id"),
        ("domains/X", "diagrams: [{id: Gone}]\n", "no diagram of that id"),
        (
            "services/X",
            "resourceGroups: [{items: [{id: Gone, type: flow}]}]\n",
            "lists as related Gone",
        ),
        ("channels/X", "routes: [{id: Gone}]\n", "routes to the channel Gone"),
        ("data-products/X", "inputs: [{id: Gone}]\n", "takes in Gone"),
        (
            "adrs/X",
            "status: accepted\ndate: 2024-01-01\nappliesTo: [{id: Gone, type: service}]\n",
            "applies to Gone",
        ),
        (
            "adrs/X",
            "status: accepted\ndate: 2024-01-01\nsupersedes: [{id: Gone}]\n",
            "supersedes Gone",
        ),
    ],
)
def test_whatever_a_page_refers_to_must_exist(shop, page, file, more, words):
    catalog = shop({f"{file}/index.mdx": page("X", more=more)})
    (finding,) = found(catalog, "CAT202")

    assert words in finding.message
    assert finding.severity is Severity.ERROR
    assert finding.location.line == 5 + more[: more.find("Gone")].count("\n") or "E," in words


def test_a_flow_that_steps_through_what_there_is_is_at_peace(shop, page):
    catalog = shop({"flows/F/index.mdx": page("F", more=STEPS % ", version: 1.x")})

    assert [one for one in check(catalog) if one.rule < "CAT300"] == []


def test_a_step_through_a_version_that_is_not_there_is_told(shop, page):
    catalog = shop({"flows/F/index.mdx": page("F", more=STEPS % ", version: 3.0.0")})

    assert messages(catalog, "CAT201") == [
        "F 1.0.0 steps through E 3.0.0, but the catalog has only 2.0.0 and 1.0.0."
    ]


def test_a_decision_speaks_of_what_there_was(shop, page):
    more = (
        "status: accepted\ndate: 2020-01-01\nappliesTo: [{id: E, type: event, version: 0.1.0}]\n"
    )
    (finding,) = found(shop({"adrs/X/index.mdx": page("X", more=more)}), "CAT201")

    assert finding.severity is Severity.WARNING


def test_members_and_teams_are_looked_for(shop):
    (finding,) = found(shop({"teams/T.mdx": TEAM, "users/ann.mdx": ANN}), "CAT202")

    assert finding.message == "T has the member bob, and the catalog has no user of that id."


def test_who_made_a_decision_must_be_known(shop, page):
    more = "status: accepted\ndate: 2024-01-01\ndecisionMakers: [ann, zoe]\n"
    catalog = shop(
        {"adrs/X/index.mdx": page("X", more=more), "users/ann.mdx": ANN.replace("[T]", "[]")}
    )

    assert messages(catalog, "CAT203") == [
        "X 1.0.0 was decided by zoe, who is no user or team of the catalog."
    ]


def test_every_reference_is_an_edge_of_the_graph(shop, page):
    catalog = shop({"flows/F/index.mdx": page("F", more=STEPS % ", version: 1.0.0")})
    edges = {
        (source, target): edge["status"]
        for source, target, edge in build_graph(catalog).edges(data=True)
    }

    assert edges["flow:F@1.0.0", "event:E@1.0.0"] == "resolved"
    assert edges["flow:F@1.0.0", "service:A@1.0.0"] == "resolved"


DEPRECATED = "deprecated:\n  message: Use E 2.\n  date: 2026-05-01\n"


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ("receives: [{id: E, version: 1.0.0}]\n", Severity.WARNING),
        ("sends: [{id: E, version: 1.0.0}]\n", Severity.INFO),
        ("receives: [{id: E}]\n", None),
        ("receives: [{id: E, version: 1.0.0}]\ndeprecated: true\n", None),
        ("resourceGroups: [{items: [{id: E, version: 1.0.0, type: event}]}]\n", None),
    ],
)
def test_what_still_relies_on_something_deprecated_is_told(shop, page, more, severity):
    old = page("E", more=DEPRECATED)
    catalog = shop(
        {"services/B/index.mdx": page("B", more=more), "events/E/versioned/1.0.0/index.mdx": old}
    )
    findings = found(catalog, "CAT204")

    assert [one.severity for one in findings] == ([severity] if severity else [])
    if severity is Severity.WARNING:
        assert findings[0].message == "B 1.0.0 receives E 1.0.0, which is deprecated."
        assert findings[0].details == ("It ends on 2026-05-01.", "E 2.0.0 is not.")
        assert findings[0].location.line == 5


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ("receives: [{id: E}]\n", 1),
        ("sends: [{id: E}]\n", 0),
        ("receives: [{id: E, version: 1.0.0}]\n", 0),
        ("receives: [{id: E}]\ndraft: true\n", 0),
    ],
)
def test_what_already_relies_on_a_draft_is_worth_knowing(shop, page, more, count):
    catalog = shop(
        {
            "services/B/index.mdx": page("B", more=more),
            "events/E/index.mdx": page("E", "2.0.0", "draft: true\n"),
        }
    )

    assert [one.severity for one in found(catalog, "CAT205")] == [Severity.INFO] * count


def test_an_id_of_several_types_is_told_once_and_not_in_version_1(shop, page, write):
    catalog = shop({"domains/A/index.mdx": page("A"), "entities/A/index.mdx": page("A")})

    assert messages(catalog, "CAT206") == ["A is the id of a domain, an entity and a service."]
    assert found(shop({}), "CAT206")[1:] == []


def test_names_of_version_1_may_be_shared(write):
    catalog = write(
        {"services/A/index.md": "---\nname: A\n---\n", "domains/A/index.md": "---\nname: A\n---\n"}
    )

    assert catalog.layout == "v1"
    assert found(catalog, "CAT206") == []


@pytest.mark.parametrize(
    ("folder", "more", "files", "words"),
    [
        (
            "services",
            "specifications: {openapiPath: openapi.yml}\n",
            (),
            "the OpenAPI specification openapi.yml, which does",
        ),
        ("services", "specifications: {openapiPath: openapi.yml}\n", ("openapi.yml",), None),
        (
            "services",
            "specifications: {asyncapiPath: ../../../x.yml}\n",
            (),
            "which lies outside the catalog",
        ),
        ("services", "specifications: [{type: openapi, path: https://x/y.yml}]\n", (), None),
        ("services", "schemaPath: openapi.yml\n", (), "the schema openapi.yml"),
        (
            "data-products",
            "outputs: [{id: E, contract: {path: c.json, name: c}}]\n",
            (),
            "the contract c.json",
        ),
        (
            "data-products",
            "outputs: [{id: E, contract: {path: c.json, name: c}}]\n",
            ("c.json",),
            None,
        ),
        ("events", "schemaPath: schema.json\n", (), None),
    ],
)
def test_a_file_that_a_page_names_must_be_there(shop, page, folder, more, files, words):
    sidecars = {f"{folder}/X/{name}": "{}" for name in files}
    catalog = shop({f"{folder}/X/index.mdx": page("X", more=more), **sidecars})
    said = messages(catalog, "CAT207")

    assert len(said) == (1 if words else 0)
    assert not words or words in said[0]


def test_the_steps_of_a_flow_must_fit_together(shop, page):
    more = """\
steps:
  - id: order
    next_step: pay
  - id: pay
    next_steps:
      - id: shipp
        label: Paid
      - order
  - id: ship
  - id: ship
"""
    dangling, repeated = found(shop({"flows/F/index.mdx": page("F", more=more)}), "CAT210")

    assert dangling.message == (
        "F 1.0.0 goes from the step pay to shipp, and has no step of that id."
    )
    assert dangling.details == ("Did you mean ship?",)
    assert (dangling.location.line, dangling.location.column) == (10, 13)
    assert repeated.message == "F 1.0.0 has two steps with the id ship."
    assert repeated.location.line == 14
