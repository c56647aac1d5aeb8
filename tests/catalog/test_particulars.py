import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog import Pointer, channel_traits, usage
from eventproof.catalog.particulars import (
    contract_files,
    decisions,
    grouped,
    properties,
    relationships,
    specification_files,
    steps,
    ties,
)
from eventproof.catalog.references import references
from eventproof.catalog.resources import MESSAGE_TYPES, Resource


@pytest.fixture
def only(write, page):
    """The one resource of a page with this frontmatter."""

    def make(folder, more):
        (resource,) = write({f"{folder}/X/index.mdx": page("X", more=more)}).resources
        return resource

    return make


def test_the_steps_of_a_flow_with_what_they_stand_for_and_what_follows(only):
    more = """\
steps:
  - id: 1
    title: Begin
    actor: {name: Customer}
    next_step: {id: pay, label: Pays}
  - id: pay
    message: {id: Pay, version: 1.0.0}
    next_steps: [ship, {id: 1}, 7]
  - id: ship
    service: {id: Shipping, version: latest}
  - title: lost
"""
    first, second, third = steps(only("flows", more))

    assert (first.id, first.title, first.targets) == ("1", "Begin", ())
    assert [(one.id, one.label) for one in first.next] == [("pay", "Pays")]
    assert second.targets == ((MESSAGE_TYPES, Pointer("Pay", "1.0.0", ("steps", 1, "message"))),)
    assert [one.id for one in second.next] == ["ship", "1", "7"]
    assert second.next[0].path == ("steps", 1, "next_steps", 0)
    assert third.targets[0][1] == Pointer("Shipping", None, ("steps", 2, "service"))


def test_the_properties_of_an_entity_at_every_depth(only):
    more = """\
properties:
  - name: id
    type: UUID
    required: true
  - name: address
    type: object
    properties:
      - {name: country, type: string, references: country}
  - name: lines
    type: array
    items: {type: object, properties: [{name: product, type: UUID, references: product}]}
"""
    found = properties(only("entities", more))

    assert [one.name for one in found] == ["id", "address", "country", "lines", "product"]
    assert found[0].is_required
    assert [one.references for one in found if one.references] == ["country", "product"]
    assert found[4].path == ("properties", 2, "items", "properties", 0)


def test_what_a_decision_applies_to_and_what_it_replaces(only):
    more = """\
status: accepted
date: 2024-01-01
appliesTo: [{id: Orders, type: service, version: 1.0.0}]
supersedes: [{id: adr-1}]
related: [{id: R, type: flow}]
"""
    found = [(one.relation, one.types, str(one.pointer)) for one in decisions(only("adrs", more))]

    assert found == [
        ("applies-to", ("service",), "Orders 1.0.0"),
        ("supersedes", ("adr",), "adr-1"),
        ("related-to", ("flow",), "R"),
    ]


def test_who_belongs_to_a_team_and_what_it_owns(write):
    text = (
        "---\nid: T\nname: T\nmembers: [a, {id: b}]\nassociatedTeams: [U]\nownedEvents: [E]\n---\n"
    )
    (team,) = write({"teams/T.mdx": text}).resources

    assert [(one.relation, one.types, one.pointer.id) for one in ties(team)] == [
        ("has-member", ("user",), "a"),
        ("has-member", ("user",), "b"),
        ("member-of", ("team",), "U"),
        ("owns", ("event",), "E"),
    ]


def test_the_systems_that_a_system_has_to_do_with(only):
    system = only("systems", "relationships:\n  - {id: warehouse, label: stocks}\n")

    assert [one.id for one in relationships(system)] == ["warehouse"]


def test_what_a_group_of_related_resources_lists(only):
    more = "resourceGroups:\n  - title: G\n    items: [{id: E, type: event}, {id: F}, nothing]\n"
    first, second = grouped(only("services", more))

    assert (first.types, first.pointer.path) == (("event",), ("resourceGroups", 0, "items", 0))
    assert len(second.types) > 10


@pytest.mark.parametrize(
    "more",
    [
        "specifications: {openapiPath: a.yml, asyncapiPath: b.yml}\n",
        "specifications: [{type: openapi, path: a.yml}, {type: asyncapi, path: b.yml}, x, {}]\n",
    ],
)
def test_specifications_are_read_by_kind_or_as_a_list(only, more):
    found = [(one.name, one.kind) for one in specification_files(only("services", more))]

    assert found == [("a.yml", "OpenAPI specification"), ("b.yml", "AsyncAPI specification")]


def test_the_contracts_of_a_data_product(only):
    more = "outputs:\n  - {id: E, contract: {path: c.json, name: C}}\n  - {id: F, contract: x}\n"

    assert [one.name for one in contract_files(only("data-products", more))] == ["c.json"]


def test_how_a_channel_carries_messages(only):
    more = """\
address: shop.{env}.orders
protocols: [kafka]
deliveryGuarantee: at-least-once
parameters: {env: {enum: [dev, 1]}, region: {description: where}, odd: x}
"""
    traits = channel_traits(only("channels", more))

    assert (traits.address, traits.protocols) == ("shop.{env}.orders", ("kafka",))
    assert traits.delivery_guarantee == "at-least-once"
    assert traits.parameters == {"env": ("dev", "1"), "region": None, "odd": None}


def test_how_a_service_uses_a_message(only):
    more = """\
receives:
  - id: E
    fields: [a, b.c]
    group: Orders
    from: [{id: queue, delivery_mode: pull}, {id: topic}]
  - id: F
"""
    service = only("services", more)
    used = usage(service, service.receives[0])

    assert (used.fields, used.group) == (("a", "b.c"), "Orders")
    assert used.delivery_modes == {"queue": "pull", "topic": "push"}
    assert usage(service, service.receives[1]).fields == ()
    assert usage(service, Pointer("derived")).delivery_modes == {}


oddities = st.recursive(
    st.none() | st.integers() | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(
        st.sampled_from(
            [
                "id", "version", "type", "steps", "properties", "items", "next_step", "next_steps",
                "message", "references", "members", "contract", "path", "to", "name",
            ]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=10,
)  # fmt: skip
frontmatter = st.dictionaries(
    st.sampled_from(
        [
            "steps", "properties", "appliesTo", "related", "members", "ownedEvents", "outputs",
            "relationships", "resourceGroups", "specifications", "parameters", "protocols",
        ]
    ),
    oddities,
    max_size=4,
)  # fmt: skip


@given(frontmatter, st.sampled_from(["flow", "entity", "adr", "team", "system", "data-product"]))
@settings(max_examples=200, deadline=None)
def test_nothing_misshapen_ends_in_an_exception(data, type_):
    resource = Resource(type_, "X", "1", "X", "x", None, data)
    named = [*specification_files(resource), *contract_files(resource)]

    assert all(isinstance(one.name, str) for one in named)
    assert all(one.pointer.id for one in references(resource))
    assert channel_traits(resource).protocols is not None
