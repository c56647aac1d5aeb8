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
