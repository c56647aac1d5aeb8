import pytest

from eventproof.catalog import build_graph


@pytest.fixture
def graph(write, page):
    orders = """\
owners: [full-stack]
receives:
  - id: ReserveInventory
    version: 1.0.0
    from: [{id: commands}]
    triggers: [{id: InventoryReserved, version: ^1.0.0}]
  - id: Unknown
sends:
  - id: InventoryReserved
    version: 9.0.0
writesTo: [{id: db}]
readsFrom: [{id: db}]
"""
    catalog = write(
        {
            "services/Inventory/index.mdx": page("Inventory", more=orders),
            "domains/Stock/index.mdx": page("Stock", more="services: [{id: Inventory}]\n"),
            "commands/ReserveInventory/index.mdx": page("ReserveInventory"),
            "events/InventoryReserved/index.mdx": page("InventoryReserved", "1.2.0"),
            "channels/commands/index.mdx": page("commands"),
            "containers/db/index.mdx": page("db"),
        }
    )
    return build_graph(catalog)


def edges(graph, relation):
    return [
        (source, target, edge["pin"], edge["channel"], edge["status"])
        for source, target, edge in graph.edges(data=True)
        if edge["relation"] == relation
    ]


def test_a_node_carries_what_names_the_resource(graph):
    node = graph.nodes["service:Inventory@1.0.0"]

    assert [node[key] for key in ("type", "id", "version", "name", "owners")] == [
        "service",
        "Inventory",
        "1.0.0",
        "Inventory",
        ["full-stack"],
    ]


def test_messages_flow_into_those_who_receive_them(graph):
    assert edges(graph, "receives") == [
        (
            "command:ReserveInventory@1.0.0",
            "service:Inventory@1.0.0",
            "1.0.0",
            "commands",
            "resolved",
        ),
        ("message:Unknown", "service:Inventory@1.0.0", None, None, "unknown-id"),
    ]


def test_a_version_that_is_missing_has_a_node_of_the_type_it_would_have(graph):
    assert edges(graph, "sends") == [
        (
            "service:Inventory@1.0.0",
            "event:InventoryReserved@9.0.0",
            "9.0.0",
            None,
            "unresolved-version",
        )
    ]
    assert graph.nodes["event:InventoryReserved@9.0.0"]["version"] == "9.0.0"


def test_a_message_triggers_another(graph):
    assert edges(graph, "triggers") == [
        (
            "command:ReserveInventory@1.0.0",
            "event:InventoryReserved@1.2.0",
            "^1.0.0",
            None,
            "resolved",
        )
    ]


@pytest.mark.parametrize(
    ("relation", "source", "target"),
    [
        ("writes-to", "service:Inventory@1.0.0", "container:db@1.0.0"),
        ("reads-from", "container:db@1.0.0", "service:Inventory@1.0.0"),
        ("contains", "domain:Stock@1.0.0", "service:Inventory@1.0.0"),
        ("receives-from", "channel:commands@1.0.0", "service:Inventory@1.0.0"),
    ],
)
def test_stores_channels_and_members_are_edges(graph, relation, source, target):
    assert [edge[:2] for edge in edges(graph, relation)] == [(source, target)]


def test_an_owner_is_external_where_the_catalog_describes_nobody(graph):
    assert edges(graph, "owns") == [
        ("owner:full-stack", "service:Inventory@1.0.0", None, None, "external")
    ]


def test_an_owner_is_unknown_where_the_catalog_describes_others(write, page):
    catalog = write(
        {
            "services/A/index.mdx": page("A", more="owners: [nobody, dboyne]\n"),
            "users/dboyne.mdx": "---\nid: dboyne\nname: D\n---\n",
        }
    )

    assert {edge[0]: edge[4] for edge in edges(build_graph(catalog), "owns")} == {
        "owner:nobody": "unknown-id",
        "user:dboyne": "resolved",
    }


def test_an_old_message_names_its_channel_itself(write, page):
    catalog = write(
        {
            "services/A/index.mdx": page("A", more="sends: [{id: E}]\n"),
            "events/E/index.mdx": page("E", more="channels: [{id: orders}]\n"),
            "channels/orders/index.mdx": page("orders"),
        }
    )
    graph = build_graph(catalog)

    assert edges(graph, "sends")[0][3] == "orders"
    assert edges(graph, "on-channel")[0][:2] == ("event:E@1.0.0", "channel:orders@1.0.0")


def test_a_producer_that_only_an_event_names_has_a_node(write):
    event = "---\nname: E\nversion: 1.0.0\nproducers: [Ghost]\nconsumers: [A]\n---\n"
    catalog = write({"services/A/index.md": "---\nname: A\n---\n", "events/E/index.md": event})
    graph = build_graph(catalog)

    assert edges(graph, "sends") == [("service:Ghost", "event:E@1.0.0", None, None, "unknown-id")]
    assert edges(graph, "receives") == [("event:E@1.0.0", "service:A", "1.0.0", None, "resolved")]


RELATED = {
    "flows/Buying/index.mdx": """\
id: Buying
name: Buying
version: 1.0.0
steps:
  - {id: 1, title: one, message: {id: E}}
  - {id: 2, title: two, service: {id: A}}
""",
    "adrs/new/index.mdx": """\
id: new
name: new
version: 1.0.0
status: accepted
date: 2024-01-01
appliesTo: [{type: service, id: A}]
supersedes: [{id: old}]
""",
    "adrs/old/index.mdx": """\
id: old
name: old
version: 1.0.0
status: superseded
date: 2023-01-01
supersededBy: [{id: new}]
""",
    "entities/Order/index.mdx": """\
id: Order
name: Order
version: 1.0.0
properties: [{name: customer, type: string, references: Customer}]
""",
    "entities/Customer/index.mdx": "id: Customer\nname: Customer\nversion: 1.0.0\n",
    "systems/one/index.mdx": """\
id: one
name: one
version: 1.0.0
services: [{id: A}]
relationships: [{id: two, label: feeds}]
""",
    "systems/two/index.mdx": "id: two\nname: two\nversion: 1.0.0\n",
    "data-products/Sales/index.mdx": """\
id: Sales
name: Sales
version: 1.0.0
inputs: [{id: E}, {id: db}]
outputs: [{id: E2}]
""",
    "channels/a/index.mdx": "id: a\nname: a\nversion: 1.0.0\nroutes: [{id: b}]\n",
    "channels/b/index.mdx": "id: b\nname: b\nversion: 1.0.0\n",
    "teams/ordering.mdx": "id: ordering\nname: Ordering\nmembers: [ada]\n",
    "users/ada.mdx": "id: ada\nname: Ada\n",
}


@pytest.mark.parametrize(
    ("relation", "drawn"),
    [
        ("steps-through", {("flow:Buying", "event:E"), ("flow:Buying", "service:A")}),
        ("applies-to", {("adr:new", "service:A")}),
        ("supersedes", {("adr:new", "adr:old")}),
        ("refers-to", {("entity:Order", "entity:Customer")}),
        ("relates-to", {("system:one", "system:two")}),
        ("contains", {("system:one", "service:A")}),
        ("receives", {("event:E", "data-product:Sales"), ("container:db", "data-product:Sales")}),
        ("sends", {("data-product:Sales", "event:E2")}),
        ("routes-to", {("channel:a", "channel:b")}),
        ("has-member", {("team:ordering", "user:ada")}),
    ],
)
def test_every_relation_of_every_type_is_an_edge(write, page, relation, drawn):
    pages = {name: f"---\n{head}---\n" for name, head in RELATED.items()}
    own = {
        "services/A/index.mdx": page("A"),
        "events/E/index.mdx": page("E"),
        "events/E2/index.mdx": page("E2"),
        "containers/db/index.mdx": page("db"),
    }
    graph = build_graph(write({**pages, **own}))
    found = [tuple(key.partition("@")[0] for key in edge[:2]) for edge in edges(graph, relation)]

    assert set(found) == drawn
    assert len(found) == len(drawn), "what both ends say is one edge"
    assert {edge[4] for edge in edges(graph, relation)} == {"resolved"}


def test_an_edge_says_whose_page_it_stands_on(graph):
    triggers = [
        edge["by"] for *_, edge in graph.edges(data=True) if edge["relation"] == "triggers"
    ]

    assert triggers == ["service:Inventory@1.0.0"]
