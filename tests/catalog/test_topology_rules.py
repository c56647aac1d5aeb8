import networkx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventproof.catalog import check
from eventproof.findings import Severity


def found(catalog, rule):
    return [finding for finding in check(catalog) if finding.rule == rule]


def sends(*ids):
    return "sends:\n" + "".join(f"  - id: {id_}\n" for id_ in ids)


def receives(*ids):
    return "receives:\n" + "".join(f"  - id: {id_}\n" for id_ in ids)


@pytest.fixture
def shop(write, page):
    """Services by name with the rest of their frontmatter, beside messages by their folders."""

    def shop_of(services, *, messages=("events/Placed",), more=None):
        pages = {f"{name}/index.mdx": page(name.rpartition("/")[2]) for name in messages}
        pages |= {f"services/{name}/index.mdx": page(name, more=t) for name, t in services.items()}
        return write({**pages, **(more or {})})

    return shop_of


class TestMessagesThatNobodyReceivesOrSends:
    def test_an_event_that_nobody_consumes_is_worth_knowing(self, shop):
        (finding,) = found(shop({"Orders": sends("Placed")}), "CAT302")

        assert finding.message == "Placed 1.0.0 is sent by Orders 1.0.0, and nobody receives it."
        assert finding.severity is Severity.INFO
        assert finding.location.line == 2

    def test_an_event_that_somebody_consumes_is_no_finding(self, shop):
        catalog = shop({"Orders": sends("Placed"), "Stock": receives("Placed")})

        assert found(catalog, "CAT302") == found(catalog, "CAT303") == []

    @pytest.mark.parametrize("more", ["draft: true\n", "deprecated: true\n"])
    def test_an_event_that_comes_or_goes_needs_no_consumer(self, shop, page, more):
        announced = {"events/Placed/index.mdx": page("Placed", more=more)}

        assert found(shop({"Orders": sends("Placed")}, more=announced), "CAT302") == []

    def test_a_former_consumer_is_named(self, shop, page):
        old = {
            "services/Stock/versioned/0.9.0/index.mdx": page("Stock", "0.9.0", receives("Placed"))
        }
        (finding,) = found(shop({"Orders": sends("Placed"), "Stock": ""}, more=old), "CAT302")

        assert finding.details == ("Only a superseded version named it: Stock 0.9.0.",)

    def test_an_event_that_nobody_produces_is_reported_with_those_who_wait(self, shop):
        catalog = shop({"Stock": "owners: [ann]\n" + receives("Placed")})
        (finding,) = found(catalog, "CAT303")

        assert finding.message == "Placed 1.0.0 is received by Stock 1.0.0, and nobody sends it."
        assert finding.details == ("Owners to ask: ann.",)
        assert finding.severity is Severity.WARNING

    @pytest.mark.parametrize(
        "outside",
        [
            {"services/Stripe/index.mdx": "externalSystem: true\n"},
            {"systems/Stripe/index.mdx": "scope: external\n"},
        ],
    )
    def test_an_event_may_come_from_a_system_outside(self, shop, page, outside):
        pages = {name: page("Stripe", more=more) for name, more in outside.items()}
        (finding,) = found(shop({"Stock": receives("Placed")}, more=pages), "CAT303")

        assert finding.severity is Severity.INFO

    def test_a_page_that_cannot_be_read_may_hold_the_other_end(self, shop):
        broken = {"services/Broken/index.mdx": "no frontmatter"}
        (finding,) = found(shop({"Orders": sends("Placed")}, more=broken), "CAT302")

        assert finding.details == ("1 page could not be read and may say otherwise.",)

    def test_an_old_event_names_its_consumers_itself(self, write):
        event = "---\nname: E\nversion: 1.0.0\nproducers: [A]\nconsumers: [Somebody else]\n---\n"
        catalog = write({"services/A/index.md": "---\nname: A\n---\n", "events/E/index.md": event})

        assert found(catalog, "CAT302") == found(catalog, "CAT312") == []

    def test_a_message_without_either_is_an_orphan(self, shop):
        (finding,) = found(shop({"Orders": ""}), "CAT312")

        assert finding.message == "The event Placed 1.0.0 is neither sent nor received by anybody."
        assert finding.severity is Severity.WARNING

    def test_an_orphan_in_a_services_folder_names_the_service(self, shop):
        catalog = shop({"Orders": ""}, messages=["services/Orders/queries/GetOrder"])
        (finding,) = found(catalog, "CAT312")

        assert finding.details == (
            "It lies in the folder of Orders 1.0.0, which names it neither in sends nor in"
            " receives.",
        )

    def test_a_deprecated_orphan_may_go(self, shop, page):
        old = {"events/Placed/index.mdx": page("Placed", more="deprecated: true\n")}
        (finding,) = found(shop({"Orders": ""}, more=old), "CAT312")

        assert (finding.severity, finding.details) == (
            Severity.INFO,
            ("It is deprecated: the page may go.",),
        )

    def test_a_draft_is_no_orphan(self, shop, page):
        draft = {"events/Placed/index.mdx": page("Placed", more="draft: true\n")}

        assert found(shop({"Orders": ""}, more=draft), "CAT312") == []


class TestCommandsAndQueries:
    @pytest.mark.parametrize(
        ("folder", "sentence"),
        [
            (
                "commands/Ask",
                "The command Ask 1.0.0 is sent by Orders 1.0.0, and nobody handles it.",
            ),
            ("queries/Ask", "The query Ask 1.0.0 is sent by Orders 1.0.0, and nobody answers it."),
        ],
    )
    def test_a_request_that_nobody_handles_is_reported(self, shop, folder, sentence):
        (finding,) = found(shop({"Orders": sends("Ask")}, messages=[folder]), "CAT304")

        assert (finding.message, finding.severity) == (sentence, Severity.WARNING)

    @pytest.mark.parametrize("folder", ["commands/Ask", "queries/Ask"])
    def test_a_command_of_an_api_needs_no_producer(self, shop, folder):
        findings = check(shop({"Stock": receives("Ask")}, messages=[folder]))

        assert [one.rule for one in findings if one.rule.startswith("CAT3")] == []

    @pytest.mark.parametrize(
        ("folder", "severity"),
        [("commands/Ask", Severity.WARNING), ("queries/Ask", Severity.INFO)],
    )
    def test_several_handlers_are_reported_as_gravely_as_they_weigh(self, shop, folder, severity):
        services = {"Stock": receives("Ask"), "Store": receives("Ask")}
        (finding,) = found(shop(services, messages=[folder]), "CAT305")

        assert finding.severity is severity
        assert finding.message.endswith("Ask 1.0.0 has 2 handlers: Stock 1.0.0 and Store 1.0.0.")

    def test_a_domain_says_only_what_its_services_do(self, shop, page):
        domain = {"domains/Shop/index.mdx": page("Shop", more=receives("Ask"))}
        catalog = shop({"Stock": receives("Ask")}, messages=["commands/Ask"], more=domain)

        assert found(catalog, "CAT305") == []

    def test_two_versions_with_a_handler_each_are_no_finding(self, shop, page):
        pinned = 'receives:\n  - id: Ask\n    version: "1.0.0"\n'
        newer = {
            "commands/Ask/index.mdx": page("Ask", "2.0.0"),
            "commands/Ask/versioned/1.0.0/index.mdx": page("Ask", "1.0.0"),
        }
        catalog = shop({"Old": pinned, "New": receives("Ask")}, messages=[], more=newer)

        assert found(catalog, "CAT305") == []

    def test_an_event_with_several_producers_is_worth_knowing(self, shop):
        (finding,) = found(shop({"A": sends("Placed"), "B": sends("Placed")}), "CAT306")

        assert finding.message == "Placed 1.0.0 has 2 producers: A 1.0.0 and B 1.0.0."
        assert finding.severity is Severity.INFO

    def test_a_producer_that_names_its_event_twice_is_one(self, shop):
        assert found(shop({"A": sends("Placed", "Placed")}), "CAT306") == []


class TestChannels:
    @pytest.fixture
    def bus(self, shop, page):
        """A producer to one channel and a consumer from another, with routes between them."""

        def bus_of(*, sent_to, received_from, routes=None, sent_version="", received_version=""):
            channels = {
                f"channels/{name}/index.mdx": page(
                    name, more="routes:\n" + "".join(f"  - id: {t}\n" for t in targets)
                )
                if targets
                else page(name)
                for name, targets in {"a": (), "b": (), "c": (), **(routes or {})}.items()
            }
            versions = {
                "events/Placed/index.mdx": page("Placed", "2.0.0"),
                "events/Placed/versioned/1.0.0/index.mdx": page("Placed", "1.0.0"),
            }
            to = f"sends:\n  - id: Placed\n{sent_version}{_channels('to', sent_to)}"
            from_ = f"receives:\n  - id: Placed\n{received_version}"
            from_ += _channels("from", received_from)
            services = {"Orders": to, "Stock": from_}
            return shop(services, messages=[], more={**channels, **versions})

        return bus_of

    def test_a_consumer_on_another_channel_is_reported(self, bus):
        (finding,) = found(bus(sent_to=["a"], received_from=["b"]), "CAT307")

        assert finding.message == (
            "Stock 1.0.0 receives Placed from b, but Orders 1.0.0 sends it to a,"
            " which leads nowhere near."
        )
        assert finding.severity is Severity.WARNING
        assert (finding.location.line, finding.location.column) == (8, 13)

    @pytest.mark.parametrize(
        ("sent_to", "received_from", "routes"),
        [
            (["a"], ["a"], {}),
            (["a", "b"], ["b"], {}),
            (["a"], ["c"], {"a": ["b"], "b": ["c"]}),
            (["a"], ["c"], {"a": ["b"], "b": ["a", "c"]}),
            ([], ["b"], {}),
            (["a"], [], {}),
            (["elsewhere"], ["b"], {}),
            (["a"], ["elsewhere"], {}),
        ],
    )
    def test_a_channel_that_leads_there_or_that_nobody_described_is_no_finding(
        self, bus, sent_to, received_from, routes
    ):
        catalog = bus(sent_to=sent_to, received_from=received_from, routes=routes)

        assert found(catalog, "CAT307") == []

    def test_routes_lead_one_way(self, bus):
        catalog = bus(sent_to=["a"], received_from=["b"], routes={"b": ["a"]})

        assert len(found(catalog, "CAT307")) == 1

    def test_a_version_goes_over_its_own_channel(self, bus):
        old, new = '    version: "1.0.0"\n', '    version: "2.0.0"\n'
        catalog = bus(sent_to=["a"], received_from=["b"], sent_version=old, received_version=new)

        assert found(catalog, "CAT307") == []


def _channels(key, ids):
    return f"    {key}:\n" + "".join(f"      - id: {id_}\n" for id_ in ids) if ids else ""


CHANNEL = """\
address: orders.{env}.{region}
parameters:
  env:
    enum: [dev, sit, prod]
  region:
    default: eu
"""


class TestChannelParameters:
    @pytest.fixture
    def use(self, shop, page):
        """A service that sends to a channel with these parameters."""

        def use_with(parameters, channel=CHANNEL):
            to = f"sends:\n  - id: Placed\n    to:\n      - id: orders\n{parameters}"
            channels = {"channels/orders/index.mdx": page("orders", more=channel)}
            return shop({"Orders": to}, more=channels)

        return use_with

    def test_a_value_outside_the_enum_is_an_error(self, use):
        (finding,) = found(use("        parameters:\n          env: staging\n"), "CAT308")

        assert finding.message == (
            "Orders 1.0.0 gives env of the channel orders 1.0.0 the value staging, which is not"
            " among dev, sit and prod."
        )
        assert finding.severity is Severity.ERROR
        assert (finding.location.line, finding.location.column) == (10, 16)

    def test_an_unknown_parameter_names_the_known_ones(self, use):
        parameters = "        parameters:\n          env: dev\n          regions: eu\n"
        (finding,) = found(use(parameters), "CAT308")

        assert finding.severity is Severity.WARNING
        assert finding.details == ("Did you mean region?",)

    def test_a_placeholder_left_open_beside_others_is_reported(self, use):
        (finding,) = found(use("        parameters:\n          region: us\n"), "CAT308")

        assert finding.message == (
            "Orders 1.0.0 gives no value for {env} of the channel orders 1.0.0,"
            " while it fills others."
        )

    @pytest.mark.parametrize(
        "parameters",
        ["", "        parameters:\n          env: prod\n          region: us\n"],
    )
    def test_a_channel_in_all_its_forms_or_in_one_is_no_finding(self, use, parameters):
        assert found(use(parameters), "CAT308") == []

    def test_a_default_outside_the_enum_is_an_error(self, use):
        channel = "parameters:\n  env:\n    enum: [dev]\n    default: prod\n"
        (finding,) = found(use("", channel), "CAT308")

        assert (
            finding.message == "orders 1.0.0 gives env the default prod, which is not among dev."
        )

    def test_a_placeholder_that_nobody_describes_is_worth_knowing(self, use):
        (finding,) = found(use("", "address: orders.{env}\n"), "CAT308")

        assert finding.severity is Severity.INFO

    def test_yaml_reads_some_values_as_no_text_and_they_are_compared_all_the_same(self, use):
        channel = (
            "address: o.{n}.{live}\nparameters:\n  n:\n    enum: ['1']\n  live: {enum: [true]}\n"
        )
        parameters = "        parameters:\n          n: 1\n          live: true\n"

        assert found(use(parameters, channel), "CAT308") == []

    def test_parameters_that_are_no_mapping_are_left_to_others(self, use):
        assert found(use("        parameters: [env]\n", "parameters: [env]\n"), "CAT308") == []


class TestTriggers:
    @pytest.fixture
    def service(self, shop, page):
        """A service that receives Placed and triggers something on it, and what it sends."""

        def service_with(trigger, sent):
            more = f"receives:\n  - id: Placed\n    triggers:\n{trigger}{sent}"
            reserved = {
                "events/Reserved/index.mdx": page("Reserved", "2.0.0"),
                "events/Reserved/versioned/1.0.0/index.mdx": page("Reserved", "1.0.0"),
            }
            return shop({"Stock": more}, more=reserved)

        return service_with

    def test_a_trigger_of_a_message_that_the_service_does_not_send_is_an_error(self, service):
        (finding,) = found(service("      - id: Reserved\n", ""), "CAT309")

        assert finding.message == "Stock 1.0.0 triggers Reserved on Placed, and does not send it."
        assert finding.severity is Severity.ERROR
        assert finding.location.line == 8

    def test_a_trigger_that_is_sent_is_no_finding(self, service):
        assert found(service("      - id: Reserved\n", sends("Reserved")), "CAT309") == []

    def test_a_trigger_of_another_version_is_a_warning(self, service):
        trigger = '      - id: Reserved\n        version: "1.0.0"\n'
        (finding,) = found(service(trigger, sends("Reserved")), "CAT309")

        assert finding.message == (
            "Stock 1.0.0 triggers Reserved 1.0.0 on Placed, and sends 2.0.0 instead."
        )
        assert finding.severity is Severity.WARNING

    def test_a_trigger_that_does_not_exist_is_left_to_its_own_rule(self, service):
        catalog = service("      - id: Gone\n", "")

        assert found(catalog, "CAT309") == []
        assert len(found(catalog, "CAT202")) == 1


@pytest.fixture
def triggering(write, page):
    """A catalog whose messages trigger each other as the edges say, a service for each."""

    def triggering_with(edges):
        pages = {}
        for cause, effect in edges:
            more = f"receives:\n  - id: m{cause}\n    triggers:\n      - id: m{effect}\n"
            name = f"s{cause}-{effect}"
            pages[f"services/{name}/index.mdx"] = page(name, more=more + sends(f"m{effect}"))
            for message in (cause, effect):
                pages[f"events/m{message}/index.mdx"] = page(f"m{message}")
        return write(pages)

    return triggering_with


class TestTriggerCycles:
    def test_a_circle_is_named_with_those_who_close_it(self, triggering):
        (finding,) = found(triggering([(1, 2), (2, 3), (3, 1)]), "CAT310")

        assert finding.message == (
            "Messages trigger each other in a circle:"
            " m1 1.0.0 -> m2 1.0.0 -> m3 1.0.0 -> m1 1.0.0."
        )
        assert finding.details[0] == "s1-2 1.0.0 sends m2 1.0.0 on m1 1.0.0."
        assert finding.severity is Severity.WARNING

    def test_a_message_may_trigger_itself(self, triggering):
        (finding,) = found(triggering([(1, 1)]), "CAT310")

        assert finding.message.endswith("m1 1.0.0 -> m1 1.0.0.")

    def test_of_entangled_circles_a_shortest_is_named(self, triggering):
        (finding,) = found(triggering([(1, 2), (2, 3), (3, 1), (3, 2)]), "CAT310")

        assert finding.message.endswith("circle: m2 1.0.0 -> m3 1.0.0 -> m2 1.0.0.")

    def test_a_row_without_a_circle_is_no_finding(self, triggering):
        assert found(triggering([(1, 2), (1, 3), (2, 4), (3, 4)]), "CAT310") == []


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edges=st.sets(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=9))
def test_circles_are_those_that_a_library_of_graphs_finds(tmp_path_factory, page, edges):
    from eventproof.catalog import load

    root = tmp_path_factory.mktemp("catalog")
    for cause, effect in edges:
        more = f"receives:\n  - id: m{cause}\n    triggers:\n      - id: m{effect}\n"
        name = f"s{cause}-{effect}"
        texts = {f"services/{name}/index.mdx": page(name, more=more + sends(f"m{effect}"))}
        texts |= {f"events/m{m}/index.mdx": page(f"m{m}") for m in (cause, effect)}
        for file, text in texts.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(text)
    graph = networkx.DiGraph(edges)
    circles = [
        min(len(circle) for circle in networkx.simple_cycles(graph.subgraph(group)))
        for group in networkx.strongly_connected_components(graph)
        if len(group) > 1 or graph.has_edge(*(list(group) * 2))
    ]

    named = [finding.message.count("->") for finding in found(load(root), "CAT310")]
    assert sorted(named) == sorted(circles)


FLOW = """\
steps:
  - id: shopper
    title: Shopper
    actor: {name: Shopper}
    next_step: ask
  - id: ask
    title: Ask
    message: {id: Ask}
    next_step: 2
  - id: 2
    title: Stock
    service: {id: Stock}
    next_steps: [{id: placed, label: done}, nowhere]
  - id: placed
    title: Placed
    message: {id: Placed}
"""


class TestFlows:
    @pytest.fixture
    def flow(self, shop, page):
        """A flow from the message Ask over the service Stock to the message Placed."""

        def flow_with(stock, *, ask="commands/Ask", steps=FLOW):
            flows = {"flows/Order/index.mdx": page("Order", more=steps)}
            messages = [ask, "events/Placed", "events/Other"]
            return shop({"Stock": stock}, messages=messages, more=flows)

        return flow_with

    def test_a_flow_that_the_services_bear_out_is_no_finding(self, flow):
        assert found(flow(receives("Ask") + sends("Placed")), "CAT311") == []

    def test_an_arrow_to_a_message_that_is_not_sent_is_reported(self, flow):
        (finding,) = found(flow(receives("Ask", "Placed")), "CAT311")

        assert finding.message == (
            "The flow Order 1.0.0 goes from Stock 1.0.0 to Placed 1.0.0,"
            " but Stock 1.0.0 does not send Placed."
        )
        assert finding.details == ("Stock 1.0.0 receives it.",)
        assert finding.severity is Severity.WARNING
        assert finding.location.line == 17

    def test_an_arrow_from_a_message_that_is_not_received_is_reported(self, flow):
        (finding,) = found(flow(sends("Placed")), "CAT311")

        assert finding.message.endswith("but Stock 1.0.0 does not receive Ask.")

    def test_a_query_may_be_drawn_either_way(self, flow):
        assert found(flow(sends("Placed", "Ask"), ask="queries/Ask"), "CAT311") == []

    def test_nothing_is_known_of_a_service_that_names_no_message(self, flow):
        assert found(flow(""), "CAT311") == []

    @pytest.mark.parametrize(
        "steps", ["steps: none\n", "steps: [1, {id: a, message: 3}, {next_steps: 4}]\n", ""]
    )
    def test_steps_that_are_none_are_left_to_others(self, flow, steps):
        assert found(flow(sends("Placed"), steps=steps), "CAT311") == []


class TestDomains:
    @pytest.fixture
    def domains(self, shop, page):
        """Three services, some of which a domain lists."""

        def domains_with(listed, extra=None):
            more = "services:\n" + "".join(f"  - id: {id_}\n" for id_ in listed)
            pages = {"domains/Shop/index.mdx": page("Shop", more=more), **(extra or {})}
            return shop({"A": "", "B": "", "C": ""}, messages=[], more=pages)

        return domains_with

    def test_a_service_in_no_domain_is_worth_knowing(self, domains):
        (finding,) = found(domains(["A", "B"]), "CAT313")

        assert (finding.message, finding.severity) == (
            "C 1.0.0 belongs to no domain.",
            Severity.INFO,
        )

    @pytest.mark.parametrize("listed", [["A", "B", "C"], ["A"]])
    def test_all_services_in_one_or_most_in_none_is_no_finding(self, domains, listed):
        assert found(domains(listed), "CAT313") == []

    def test_a_service_of_a_domains_system_belongs_to_the_domain(self, domains, page):
        extra = {
            "systems/Till/index.mdx": page("Till", more="services:\n  - id: C\n"),
            "domains/Pay/index.mdx": page("Pay", more="systems:\n  - id: Till\n"),
        }

        assert found(domains(["A", "B"], extra), "CAT313") == []

    def test_an_external_service_belongs_nowhere(self, domains, page):
        extra = {"services/C/index.mdx": page("C", more="externalSystem: true\n")}

        assert found(domains(["A", "B"], extra), "CAT313") == []

    def test_the_domain_whose_folder_it_lies_in_is_named(self, domains, page):
        extra = {"domains/Shop/services/D/index.mdx": page("D")}
        (finding,) = found(domains(["A", "B", "C"], extra), "CAT313")

        assert finding.details == ("It lies in the folder of Shop 1.0.0, which does not list it.",)
