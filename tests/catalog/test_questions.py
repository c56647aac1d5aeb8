import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog import (
    build_graph,
    impact,
    named,
    neighbourhood,
    paths,
    sets_off,
    trigger_cycles,
)
from eventproof.findings import Problem


@pytest.fixture
def shop(write, page):
    """A shop: carts place orders, stock is reserved, and mails go out on what follows."""
    checkout = """\
owners: [ordering]
sends: [{id: Reserve, to: [{id: commands}]}]
receives:
  - {id: Reserved, version: ^1.0.0}
"""
    stock = """\
owners: [fulfilment]
receives:
  - id: Reserve
    from: [{id: commands}]
    triggers: [{id: Reserved}, {id: Refused}]
sends: [{id: Reserved}, {id: Refused}]
writesTo: [{id: db}]
"""
    old = "receives: [{id: Refused}]\n"
    return build_graph(
        write(
            {
                "domains/Ordering/index.mdx": page(
                    "Ordering", more="services: [{id: Checkout}]\n"
                ),
                "services/Checkout/index.mdx": page("Checkout", "2.0.0", checkout),
                "services/Checkout/versioned/1.0.0/index.mdx": page("Checkout", "1.0.0", old),
                "services/Stock/index.mdx": page("Stock", more=stock),
                "services/Mail/index.mdx": page("Mail", more="receives: [{id: Refused}]\n"),
                "services/Report/index.mdx": page("Report", more="readsFrom: [{id: db}]\n"),
                "commands/Reserve/index.mdx": page("Reserve"),
                "events/Reserved/index.mdx": page("Reserved", "1.2.0"),
                "events/Reserved/versioned/1.0.0/index.mdx": page("Reserved", "1.0.0"),
                "events/Refused/index.mdx": page("Refused"),
                "channels/commands/index.mdx": page("commands"),
                "containers/db/index.mdx": page("db"),
                "entities/Item/index.mdx": page(
                    "Item", more="properties: [{name: id, type: string, references: Thing}]\n"
                ),
                "entities/Thing/index.mdx": page("Thing"),
            }
        )
    )


def reached(found):
    return [(one.key, [hop.relation for hop in one.path]) for one in found]


def test_a_request_reaches_its_handler_its_senders_and_those_who_hear_of_it(shop):
    assert reached(impact(shop, named(shop, "Reserve"))) == [
        ("service:Checkout@2.0.0", ["sends"]),
        ("service:Stock@1.0.0", ["receives"]),
        ("service:Mail@1.0.0", ["triggers", "receives"]),
    ]


def test_an_event_reaches_those_who_receive_it_and_not_its_producer(shop):
    assert reached(impact(shop, named(shop, "Reserved"))) == [
        ("service:Checkout@2.0.0", ["receives"])
    ]


def test_an_old_copy_of_a_consumer_is_not_affected(shop):
    affected = [one.key for one in impact(shop, named(shop, "Refused"))]

    assert affected == ["service:Mail@1.0.0"]


def test_a_service_reaches_others_by_what_it_sends_handles_and_writes(shop):
    assert reached(impact(shop, named(shop, "Stock"))) == [
        ("service:Checkout@2.0.0", ["receives", "sends"]),
        ("service:Mail@1.0.0", ["sends", "receives"]),
        ("service:Report@1.0.0", ["writes-to", "reads-from"]),
    ]


def test_who_receives_an_event_does_not_answer_for_it(shop):
    assert impact(shop, named(shop, "Mail")) == ()


@pytest.mark.parametrize(
    ("asked", "affected"),
    [
        ("commands", ["service:Checkout@2.0.0", "service:Stock@1.0.0"]),
        ("db", ["service:Report@1.0.0", "service:Stock@1.0.0"]),
        ("Ordering", ["service:Stock@1.0.0", "service:Mail@1.0.0"]),
        ("Thing", ["entity:Item@1.0.0"]),
        ("ordering", ["service:Checkout@2.0.0"]),
    ],
)
def test_a_channel_a_store_a_domain_and_anything_else_can_change(shop, asked, affected):
    assert [one.key for one in impact(shop, named(shop, asked))] == affected


def test_who_is_affected_is_named_with_owners_and_the_page_that_says_so(shop):
    mail = impact(shop, named(shop, "Reserve"))[-1]
    trigger = mail.path[0]

    assert impact(shop, named(shop, "Reserve"))[0].owners == ("ordering",)
    assert (trigger.source, trigger.target) == ("command:Reserve@1.0.0", "event:Refused@1.0.0")
    assert trigger.by == "service:Stock@1.0.0"


def test_a_message_sets_off_what_its_handlers_trigger(shop):
    assert reached(sets_off(shop, named(shop, "Reserve"))) == [
        ("event:Refused@1.0.0", ["triggers"]),
        ("event:Reserved@1.2.0", ["triggers"]),
    ]


def test_a_way_of_flow_leads_from_one_resource_to_another(shop):
    source, target = "service:Checkout@2.0.0", "service:Report@1.0.0"
    found = paths(shop, source, target)

    assert [hop.end for hop in found[0]] == [
        "channel:commands@1.0.0",
        "service:Stock@1.0.0",
        "container:db@1.0.0",
        target,
    ]
    assert len(paths(shop, source, target, limit=1)) == 1
    assert paths(shop, target, source) == ()


def test_what_is_near_is_not_reached_through_a_domain_or_an_owner(shop):
    near = neighbourhood(shop, ["service:Checkout@2.0.0"], depth=2)

    assert "owner:ordering" in near
    assert "domain:Ordering@1.0.0" in near
    assert "service:Stock@1.0.0" in near
    assert "service:Mail@1.0.0" not in near
    assert list(neighbourhood(shop, ["service:Mail@1.0.0"], depth=0)) == ["service:Mail@1.0.0"]


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("Reserved", ["event:Reserved@1.0.0", "event:Reserved@1.2.0"]),
        ("Reserved@1.0.0", ["event:Reserved@1.0.0"]),
        ("Reserved@^1.0.0", ["event:Reserved@1.2.0"]),
        ("event:Reserved@latest", ["event:Reserved@1.2.0"]),
        ("Checkout", ["service:Checkout@2.0.0"]),
        ("Checkout@1.0.0", ["service:Checkout@1.0.0"]),
        ("service:Stock", ["service:Stock@1.0.0"]),
    ],
)
def test_a_resource_is_named_by_id_type_and_version(shop, asked, keys):
    assert list(named(shop, asked)) == keys


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Reservd", "Did you mean Reserved?"),
        ("Stcok@1.0.0", "Did you mean Stock?"),
        ("Reserved@9", "There is 1.0.0, 1.2.0."),
        ("owner:ordering@1", "It has no versions."),
    ],
)
def test_what_the_catalog_does_not_have_names_what_it_has(shop, asked, said):
    with pytest.raises(Problem) as problem:
        named(shop, asked)

    assert problem.value.hint == said


def triggering(write, page, pairs, size):
    """The graph of a service that receives every message and triggers as the pairs say."""
    receives = [
        {
            "id": f"E{cause}",
            "triggers": [{"id": f"E{effect}"} for c, effect in pairs if c == cause],
        }
        for cause in range(size)
    ]
    pages = {f"events/E{n}/index.mdx": page(f"E{n}") for n in range(size)}
    return build_graph(
        write({**pages, "services/S/index.mdx": page("S", more=f"receives: {receives}\n")})
    )


def test_a_cycle_of_triggers_is_found_once_and_at_its_shortest(write, page):
    graph = triggering(write, page, [(0, 1), (1, 2), (2, 0), (1, 0), (3, 3), (0, 3)], 5)

    assert trigger_cycles(graph) == (
        ("event:E3@1.0.0",),
        ("event:E0@1.0.0", "event:E1@1.0.0"),
    )


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
@settings(max_examples=60)
def test_a_cycle_runs_along_triggers_and_exists_where_a_message_sets_itself_off(pairs):
    import networkx

    graph = networkx.MultiDiGraph()
    said = {"relation": "triggers", "pin": None, "status": "resolved", "by": "s"}
    for key in ["s", *map(str, range(7))]:
        type_ = "service" if key == "s" else "event"
        graph.add_node(key, type=type_, id=key, version=None, name=key, owners=[])
    graph.add_edges_from((str(a), str(b), said) for a, b in pairs)

    cycles = trigger_cycles(graph)

    for cycle in cycles:
        assert all(
            graph.has_edge(a, b) for a, b in zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        )
    own = {a for a, b in pairs if a == b}
    loops = any(len(group) > 1 for group in networkx.strongly_connected_components(graph))
    assert bool(cycles) == bool(own or loops)
