import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventproof.contracts import build, check
from eventproof.contracts.vocabulary import alike, words
from eventproof.findings import Severity


def found(catalog, rule):
    return [finding for finding in check(catalog, build(catalog)) if finding.rule == rule]


@pytest.fixture
def service(catalog_of, page):
    """Orders with these pointers and documents; its events, commands and queries exist."""

    def service_with(pointers, documents, messages=(), more=""):
        kinds = {"events": ("Placed", "Cancelled"), "commands": ("PlaceOrder",)}
        known = [f"{kind}/{id_}" for kind, ids in kinds.items() for id_ in ids] + list(messages)
        named = "specifications:\n" + "".join(
            f"  - type: {kind}\n    path: {file}\n" for file, (kind, _) in documents.items()
        )
        return catalog_of(
            {
                **{f"{name}/index.mdx": page(name.rpartition("/")[2]) for name in known},
                "services/Orders/index.mdx": page("Orders", more=pointers + named + more),
                **{f"services/Orders/{file}": text for file, (_, text) in documents.items()},
            }
        )

    return service_with


def sends(*ids):
    return "sends:\n" + "".join(f"  - id: {id_}\n" for id_ in ids)


def receives(*ids):
    return "receives:\n" + "".join(f"  - id: {id_}\n" for id_ in ids)


def asyncapi(sent=(), received=()):
    """A document of version 3 with an operation for each message."""
    channels = {"c": {"messages": {m: {} for m in (*sent, *received)}}}
    operations = {
        f"{verb}{message}": {
            "action": verb,
            "channel": {"$ref": "#/channels/c"},
            "messages": [{"$ref": f"#/channels/c/messages/{message}"}],
        }
        for verb, messages in (("send", sent), ("receive", received))
        for message in messages
    }
    document = {"asyncapi": "3.0.0", "channels": channels, "operations": operations}
    return {"asyncapi.json": ("asyncapi", json.dumps(document, indent=2))}


def asyncapi2(**channels):
    document = {"asyncapi": "2.6.0", "channels": channels}
    return {"asyncapi.json": ("asyncapi", json.dumps(document))}


def openapi(*operations):
    paths = {f"/{name}": {"get": {"operationId": name}} for name in operations}
    return {
        "openapi.json": ("openapi", json.dumps({"openapi": "3.1.0", "paths": paths}, indent=2))
    }


class TestAsyncAPI:
    def test_a_message_that_the_service_does_not_know_is_reported_at_its_line(self, service):
        catalog = service(sends("Placed"), asyncapi(sent=["Placed", "Refunded"]))
        (finding,) = found(catalog, "CON303")

        assert finding.message == (
            "asyncapi.json sends Refunded, which Orders 1.0.0 neither sends nor receives."
        )
        assert finding.severity is Severity.WARNING
        assert finding.location.file.endswith("services/Orders/asyncapi.json")
        assert finding.location.line == 29

    def test_what_the_page_says_and_no_document_names_is_reported_at_the_page(self, service):
        catalog = service(sends("Placed", "Cancelled"), asyncapi(sent=["Placed"]))
        (finding,) = found(catalog, "CON303")

        assert finding.message == "asyncapi.json does not name what Orders 1.0.0 sends: Cancelled."
        assert finding.location.file.endswith("services/Orders/index.mdx")

    def test_a_direction_that_is_turned_round_is_reported(self, service):
        catalog = service(
            sends("Placed") + receives("Cancelled"), asyncapi(["Placed", "Cancelled"])
        )
        (finding,) = found(catalog, "CON303")

        assert finding.message == "asyncapi.json sends Cancelled, which Orders 1.0.0 receives."

    @pytest.mark.parametrize(
        ("pointers", "document"),
        [
            (sends("Placed"), asyncapi(["Placed"])),
            (sends("Placed"), asyncapi(["OrderPlacedV2", "placed-event"][1:])),
            (sends("Placed") + receives("PlaceOrder"), asyncapi(["Placed"], ["place_order"])),
            (sends("Placed") + receives("PlaceOrder"), asyncapi(["Placed"])),
            (sends("Placed"), asyncapi(["Ueberweisung"])),
            ("", asyncapi(["Placed"])),
        ],
    )
    def test_agreement_silence_and_another_language_are_no_finding(
        self, service, pointers, document
    ):
        assert found(service(pointers, document), "CON303") == []

    def test_an_operation_without_messages_has_all_of_its_channel(self, service):
        document = {
            "asyncapi": "3.0.0",
            "channels": {"c": {"messages": {"x": {"$ref": "#/components/messages/Placed"}}}},
            "operations": {"o": {"action": "send", "channel": {"$ref": "#/channels/c"}}},
            "components": {"messages": {"Placed": {"title": "Order was placed"}}},
        }
        documents = {"a.json": ("asyncapi", json.dumps(document))}

        assert found(service(sends("Placed"), documents), "CON303") == []

    def test_version_2_has_no_direction_that_everybody_agrees_on(self, service):
        document = asyncapi2(
            a={"publish": {"message": {"name": "Placed"}}},
            b={
                "subscribe": {
                    "message": {"oneOf": [{"$ref": "#/x/y/Cancelled"}, {"title": "Gone"}]}
                }
            },
        )
        (finding,) = found(service(sends("Placed") + receives("Cancelled"), document), "CON303")

        assert finding.message == (
            "asyncapi.json names Gone, which Orders 1.0.0 neither sends nor receives."
        )

    def test_a_superseded_version_of_a_service_is_not_compared(self, service, page):
        documents = asyncapi(["Placed", "Refunded"])
        catalog = service(sends("Placed"), documents)
        old = catalog.root / "services/Orders/index.mdx"
        old.write_text(old.read_text().replace("1.0.0", "0.9.0"))
        (catalog.root / "services/Newer").mkdir()
        (catalog.root / "services/Newer/index.mdx").write_text(page("Orders", "2.0.0"))
        from eventproof.catalog import load

        assert found(load(catalog.root), "CON303") == []

    @pytest.mark.parametrize(
        "document",
        [
            {"asyncapi": "3.0.0", "channels": [], "operations": 3},
            {"asyncapi": "3.0.0", "operations": {"a": {"messages": [{"$ref": "#/operations/a"}]}}},
            {"asyncapi": "3.0.0", "operations": {"a": {"$ref": "#/operations/a"}, "b": None}},
            {"asyncapi": 2, "channels": {"a": {"publish": {"message": {"oneOf": 4}}}, "b": []}},
            {
                "asyncapi": "2.0.0",
                "channels": {"a": {"publish": {"message": {"$ref": "f.yml#/M"}}}},
            },
        ],
    )
    def test_a_document_of_another_shape_is_read_as_far_as_it_goes(self, service, document):
        documents = {"a.json": ("asyncapi", json.dumps(document))}

        assert found(service(sends("Placed"), documents), "CON305") == []


class TestOpenAPI:
    def test_a_request_that_the_service_does_not_receive_is_reported(self, service):
        catalog = service(
            receives("GetOrder"), openapi("getOrder", "placeOrder"), ["queries/GetOrder"]
        )
        (finding,) = found(catalog, "CON304")

        assert finding.message == (
            "openapi.json offers placeOrder, but Orders 1.0.0 does not receive PlaceOrder."
        )
        assert finding.severity is Severity.WARNING
        assert finding.location.line == 10

    def test_an_operation_that_the_catalog_does_not_know_is_worth_knowing(self, service):
        catalog = service(
            receives("GetOrder"), openapi("getOrder", "health"), ["queries/GetOrder"]
        )
        (finding,) = found(catalog, "CON304")

        assert finding.severity is Severity.INFO
        assert finding.message == (
            "openapi.json offers health, but Orders 1.0.0 receives no message of that name."
        )

    def test_a_query_that_no_operation_answers_is_reported(self, service):
        queries = ["queries/GetOrder", "queries/ListOrders"]
        catalog = service(receives("GetOrder", "ListOrders"), openapi("getOrder"), queries)
        (finding,) = found(catalog, "CON304")

        assert (
            finding.message == "openapi.json does not name what Orders 1.0.0 receives: ListOrders."
        )

    @pytest.mark.parametrize(
        "pointers",
        [
            receives("GetOrder"),
            receives("GetOrder", "Placed"),
            receives("GetOrder") + sends("PlaceOrder"),
            receives("GetOrder") + "  - id: PlaceOrder\n    from: [{id: queue}]\n",
            receives("PlaceOrder"),
            "",
        ],
    )
    def test_events_queues_and_another_vocabulary_are_no_finding(self, service, pointers):
        catalog = service(pointers, openapi("getOrder"), ["queries/GetOrder"])

        assert found(catalog, "CON304") == []

    def test_a_command_in_the_asyncapi_document_needs_no_operation(self, service):
        documents = openapi("getOrder") | asyncapi(received=["PlaceOrder"])
        catalog = service(receives("GetOrder", "PlaceOrder"), documents, ["queries/GetOrder"])

        assert found(catalog, "CON304") == found(catalog, "CON303") == []

    def test_an_operation_without_a_name_is_blamed_for_nothing(self, service):
        paths = {"/a": {"get": {"operationId": "getOrder"}, "post": {"summary": "Create"}}}
        documents = {"o.json": ("openapi", json.dumps({"openapi": "3.0.0", "paths": paths}))}
        catalog = service(receives("GetOrder"), documents, ["queries/GetOrder"])

        assert found(catalog, "CON304") == []


class TestBrokenSpecifications:
    @pytest.mark.parametrize(
        ("file", "text", "severity", "line"),
        [
            ("o.yml", "openapi: 3.1.0\npaths: {\n", Severity.ERROR, 3),
            ("o.json", '{"openapi": "3.1.0",}', Severity.ERROR, 1),
            ("o.yml", "swager: 2\n", Severity.ERROR, 1),
            ("o.yml", "- a list\n", Severity.ERROR, 1),
            ("o.yml", "", Severity.ERROR, 1),
            ("o.yml", "[" * 100 + "]" * 100, Severity.WARNING, 1),
            ("o.yml", "asyncapi: 3.0.0\n", Severity.WARNING, 7),
        ],
    )
    def test_a_document_that_cannot_be_read_is_reported(self, service, file, text, severity, line):
        (finding,) = found(service("", {file: ("openapi", text)}), "CON305")

        assert (finding.severity, finding.location.line) == (severity, line)

    @pytest.mark.parametrize("text", ["openapi: 3.1.0\n", "swagger: '2.0'\n"])
    def test_a_document_that_can_be_read_is_no_finding(self, service, text):
        assert found(service("", {"o.yml": ("openapi", text)}), "CON305") == []

    @pytest.mark.parametrize(
        "specifications",
        [
            "specifications:\n  openapiPath: o.yml\n",
            "specifications:\n  - type: openapi\n    path: o.yml\n",
        ],
    )
    def test_a_domain_may_name_documents_as_an_object_or_a_list(
        self, catalog_of, page, specifications
    ):
        pages = {
            "domains/D/index.mdx": page("D", more=specifications),
            "domains/D/o.yml": "paths: [",
        }

        assert len(found(catalog_of(pages), "CON305")) == 1

    @pytest.mark.parametrize("file", ["gone.yml", "../../../o.yml", "https://example.com/o.yml"])
    def test_a_document_that_is_not_there_is_left_to_others(
        self, catalog_of, page, file, tmp_path
    ):
        (tmp_path / "o.yml").write_text("[")
        more = f"specifications:\n  - type: openapi\n    path: {file}\n"

        assert found(catalog_of({"services/S/index.mdx": page("S", more=more)}), "CON305") == []


class TestVocabulary:
    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("order-created", "OrderCreated"),
            ("order-created", "publishOrderCreated"),
            ("OrderCreated", "Order Created Event"),
            ("OrderCreated", "orders.created.v1"),
            ("get-order", "GetOrders"),
            ("transaction-wallet-registered", "ceTransactionWalletRegisteredEvent"),
            ("event", "Event"),
        ],
    )
    def test_names_that_differ_in_spelling_only_are_alike(self, left, right):
        assert alike(words(left), words(right))

    @pytest.mark.parametrize(
        ("left", "right"),
        [("OrderCreated", "OrderCancelled"), ("Order", "OrderCreated"), ("", ""), ("a-1", "b-1")],
    )
    def test_names_that_say_something_else_are_not(self, left, right):
        assert not alike(words(left), words(right))

    @given(left=st.text(max_size=30), right=st.text(max_size=30))
    def test_likeness_goes_both_ways(self, left, right):
        assert alike(words(left), words(right)) == alike(words(right), words(left))
