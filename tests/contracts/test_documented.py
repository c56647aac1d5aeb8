import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventproof.contracts import build, files, violations
from eventproof.contracts.specification_dialects import OPENAPI_3_0, in_json_schema

TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def obj(*required, **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


@pytest.fixture
def shop(catalog_of, page):
    """Shop, which sends Placed, receives PlaceOrder and GetOrder, and names one document."""

    def shop_with(document, *, kind="asyncapi", more=None, file="doc.json"):
        pointers = "sends: [{id: Placed}]\nreceives: [{id: PlaceOrder}, {id: GetOrder}]\n"
        named = f"specifications: [{{type: {kind}, path: {file}}}]\n"
        pages = {
            f"{folder}/{id_}/index.mdx": page(id_)
            for folder, id_ in (
                ("events", "Placed"), ("commands", "PlaceOrder"), ("queries", "GetOrder"),
            )
        }  # fmt: skip
        service = {"services/Shop/index.mdx": page("Shop", more=pointers + named)}
        return build(
            catalog_of({**pages, **service, f"services/Shop/{file}": document, **(more or {})})
        )

    return shop_with


def asyncapi_2(message, **components):
    return {
        "asyncapi": "2.6.0",
        "channels": {"orders": {"subscribe": {"message": message}}},
        "components": components,
    }


def asyncapi_3(messages, operations=None, **components):
    channel = {"$ref": "#/channels/c"}
    said = operations or {"c": {"action": "send", "channel": channel}}
    return {
        "asyncapi": "3.0.0",
        "channels": {"c": {"messages": messages}},
        "operations": said,
        "components": components,
    }


def openapi(operation, *, version="3.0.3", method="post", **components):
    return {
        "openapi": version,
        "paths": {"/orders": {method: operation}},
        "components": components,
    }


def body(schema, media="application/json"):
    return {"content": {media: {"schema": schema}}}


def test_an_asyncapi_2_message_is_the_contract_of_its_event(shop):
    document = asyncapi_2(
        {"$ref": "#/components/messages/Placed"},
        messages={"Placed": {"payload": {"$ref": "#/components/schemas/Order"}}},
        schemas={
            "Order": obj("id", id=TEXT, total={"$ref": "#/components/schemas/Sum"}),
            "Sum": NUMBER,
        },
    )
    contracts = shop(document)
    contract = contracts.find("Placed")
    assert contracts.problems == ()
    assert contract.provenance == "converted"
    assert contract.pointer == "/components/schemas/Order"
    assert contract.origin == "services/Shop/doc.json"
    assert contract.source.endswith("catalog/services/Shop/doc.json")
    assert violations(contract.schema, {"id": "a", "total": 1.5}) == ()
    assert violations(contract.schema, {"id": "a", "total": "1"}) != ()
    assert violations(contract.schema, {}) != ()


def test_the_manifest_says_where_a_converted_contract_stands(shop):
    contracts = shop(asyncapi_2({"name": "Placed", "payload": obj(id=TEXT)}))
    (entry,) = json.loads(files(contracts)["manifest.json"])["contracts"]
    assert entry["provenance"] == "converted"
    assert entry["source"] == "services/Shop/doc.json"
    assert entry["pointer"] == "/channels/orders/subscribe/message/payload"
    assert contracts.find("Placed").schema["x-eventproof"] == {
        key: entry[key] for key in ("provenance", "source", "pointer")
    }


def test_an_asyncapi_3_payload_may_name_its_format(shop):
    schema = {"type": "number", "minimum": 1, "exclusiveMinimum": True}
    named = {"schemaFormat": "application/schema+json;version=draft-04", "schema": schema}
    contract = shop(asyncapi_3({"Placed": {"payload": named}})).find("Placed")
    assert contract.pointer == "/channels/c/messages/Placed/payload/schema"
    assert violations(contract.schema, 1) != ()
    assert violations(contract.schema, 1.5) == ()


def test_a_payload_of_draft_3_is_told_and_not_taken_for_another(shop):
    old = {"$schema": "http://json-schema.org/draft-03/schema#", "type": "any"}
    contracts = shop(asyncapi_2({"name": "Placed", "payload": old}))
    (problem,) = contracts.problems
    assert "draft 3 is not supported" in problem.message
    assert problem.details == (
        "JSON pointer: /channels/orders/subscribe/message/payload/$schema.",
    )
    named = {"schemaFormat": "application/schema+json;version=draft-03", "schema": {}}
    assert shop(asyncapi_3({"Placed": {"payload": named}})).find("Placed") is None


def test_a_payload_in_avro_is_not_taken_for_json_schema(shop):
    avro = "application/vnd.apache.avro;version=1.9.0"
    named = {"schemaFormat": avro, "schema": {"type": "record"}}
    contracts = shop(asyncapi_3({"Placed": {"payload": named}}))
    assert contracts.find("Placed") is None
    assert contracts.problems == ()


def test_the_reply_of_an_operation_is_the_response_of_a_query(shop):
    operation = {
        "action": "receive",
        "channel": {"$ref": "#/channels/c"},
        "messages": [{"$ref": "#/channels/c/messages/GetOrder"}],
        "reply": {"messages": [{"$ref": "#/channels/c/messages/Order"}]},
    }
    messages = {"GetOrder": {"payload": obj(id=TEXT)}, "Order": {"payload": obj(total=NUMBER)}}
    contract = shop(asyncapi_3(messages, {"getOrder": operation})).find("GetOrder")
    assert violations(contract.schema, {"id": 1}) != ()
    assert violations(contract.response, {"total": "1"}) != ()
    assert violations(contract.response, {"total": 1}) == ()


def test_a_message_named_as_the_answer_is_the_response_of_a_query(shop):
    messages = {
        "GetOrderRequest": {"payload": obj(id=TEXT)},
        "GetOrderResponse": {"payload": obj(total=NUMBER)},
    }
    contract = shop(asyncapi_3(messages)).find("GetOrder")
    assert list(contract.schema["properties"]) == ["id"]
    assert list(contract.response["properties"]) == ["total"]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_body_of_an_operation_is_the_contract_of_a_command(shop, version):
    operation = {"operationId": "placeOrder", "requestBody": body(obj("id", id=TEXT))}
    contract = shop(openapi(operation, version=version), kind="openapi").find("PlaceOrder")
    assert contract.pointer == "/paths/~1orders/post/requestBody/content/application~1json/schema"
    assert violations(contract.schema, {"id": 1}) != ()
    assert contract.response is None


def test_a_query_has_its_parameters_and_its_successful_answer(shop):
    operation = {
        "operationId": "getOrder",
        "parameters": [
            {"name": "id", "in": "query", "required": True, "schema": TEXT},
            {"name": "X-Trace", "in": "header", "required": True, "schema": TEXT},
        ],
        "responses": {
            "200": body(obj("total", total=NUMBER)),
            "404": body(obj("message", message=TEXT)),
        },
    }
    contract = shop(openapi(operation, method="get"), kind="openapi").find("GetOrder")
    assert violations(contract.schema, {"id": "a"}) == ()
    assert violations(contract.schema, {}) != ()
    assert violations(contract.response, {"total": 1}) == ()
    assert violations(contract.response, {"message": "no"}) != ()


def test_a_swagger_document_is_read(shop):
    document = {
        "swagger": "2.0",
        "paths": {
            "/orders": {
                "post": {
                    "operationId": "placeOrder",
                    "parameters": [
                        {"in": "body", "name": "b", "schema": {"$ref": "#/definitions/Order"}}
                    ],
                },
                "get": {
                    "operationId": "getOrder",
                    "parameters": [{"in": "query", "name": "id", "type": "string"}],
                    "responses": {"200": {"schema": {"$ref": "#/definitions/Order"}}},
                },
            }
        },
        "definitions": {
            "Order": obj(id={**TEXT, "x-nullable": True}, next={"$ref": "#/definitions/Order"})
        },
    }  # fmt: skip
    contracts = shop(document, kind="openapi")
    order = contracts.find("PlaceOrder").schema
    assert violations(order, {"id": None, "next": {"id": "a"}}) == ()
    assert violations(order, {"next": {"id": 1}}) != ()
    query = contracts.find("GetOrder")
    assert violations(query.schema, {"id": 1}) != ()
    assert violations(query.response, {"id": 1}) != ()


def test_openapi_says_nullable_where_json_schema_says_null(shop):
    note = {"type": "string", "nullable": True, "example": "x", "xml": {"name": "n"}}
    pet = {"oneOf": [obj("kind", kind=TEXT)], "discriminator": {"propertyName": "kind"}}
    operation = {"operationId": "placeOrder", "requestBody": body(obj(note=note, pet=pet))}
    schema = shop(openapi(operation), kind="openapi").find("PlaceOrder").schema
    assert schema["properties"]["note"] == {"type": ["string", "null"]}
    assert "discriminator" not in schema["properties"]["pet"]
    later = shop(openapi(operation, version="3.1.0"), kind="openapi").find("PlaceOrder").schema
    assert later["properties"]["note"] == {"type": "string"}  # 3.1 has no such keyword


def test_what_is_only_read_is_not_required_of_a_request(shop):
    order = obj("id", "secret", id={**TEXT, "readOnly": True}, secret={**TEXT, "writeOnly": True})
    operation = {
        "operationId": "getOrder",
        "requestBody": body(order),
        "responses": {"200": body(order)},
    }
    contract = shop(openapi(operation), kind="openapi").find("GetOrder")
    assert contract.schema["required"] == ["secret"]
    assert contract.response["required"] == ["id"]


def test_references_lead_to_local_files_in_other_dialects(shop):
    document = asyncapi_2({"$ref": "messages.yml#/Placed"})
    more = {
        "services/Shop/messages.yml": "Placed:\n  name: Placed\n  payload: {$ref: order.json}\n",
        "services/Shop/order.json": {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "definitions": {"Sum": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
            "properties": {"total": {"$ref": "#/definitions/Sum"}, "part": {"$ref": "#"}},
        },
    }
    contract = shop(document, more=more).find("Placed")
    assert contract.origin == "services/Shop/order.json"
    assert violations(contract.schema, {"total": 0}) != ()
    assert violations(contract.schema, {"part": {"part": {"total": 0}}}) != ()
    assert violations(contract.schema, {"part": {"total": 1}}) == ()


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("#/components/schemas/Nothing", "nothing stands there"),
        ("https://example.com/a.json", "nothing is fetched from a network"),
        ("missing.json", "the file does not exist"),
        ("../../../../etc/passwd", "outside the catalog"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_with_its_document(shop, reference, why):
    document = asyncapi_2({"name": "Placed", "payload": obj(a={"$ref": reference})})
    contracts = shop(document)
    (problem,) = contracts.problems
    assert contracts.find("Placed") is None
    assert problem.rule == "CON104"
    assert reference in problem.message
    assert why in problem.message
    assert problem.location.file.endswith("services/Shop/doc.json")


def test_a_circle_of_references_ends(shop):
    circle = {"A": {"$ref": "#/components/messages/B"}, "B": {"$ref": "#/components/messages/A"}}
    contracts = shop(asyncapi_2({"$ref": "#/components/messages/A"}, messages=circle))
    assert contracts.find("Placed") is None


def test_what_is_no_schema_is_told_with_its_pointer(shop):
    contracts = shop(asyncapi_2({"name": "Placed", "payload": obj(id={"type": "strng"})}))
    (problem,) = contracts.problems
    assert problem.rule == "CON101"
    assert problem.details == (
        "JSON pointer: /channels/orders/subscribe/message/payload/properties/id/type.",
    )


def test_a_schema_of_its_own_goes_before_the_document(shop, page):
    more = {
        "events/Placed/index.mdx": page("Placed", more="schemaPath: schema.json"),
        "events/Placed/schema.json": obj(own=TEXT),
    }
    contract = shop(asyncapi_2({"name": "Placed", "payload": obj(id=TEXT)}), more=more)
    assert contract.find("Placed").provenance == "declared"


def test_the_document_goes_before_an_example_in_prose(shop, page):
    example = '## Payload\n\n```json\n{"shown": "string"}\n```\n'
    more = {"events/Placed/index.mdx": page("Placed", body=example)}
    contract = shop(asyncapi_2({"name": "Placed", "payload": obj(id=TEXT)}), more=more)
    assert contract.find("Placed").provenance == "converted"


def test_a_message_that_is_described_twice_may_be_either(shop):
    messages = {
        "a": {"name": "Placed", "payload": obj("id", id=TEXT)},
        "b": {"name": "Placed", "payload": obj("no", no={"type": "integer"})},
    }
    schema = shop(asyncapi_3(messages)).find("Placed").schema
    assert violations(schema, {"id": "a"}) == ()
    assert violations(schema, {"no": 1}) == ()
    assert violations(schema, {}) != ()


def test_names_that_only_resemble_are_taken_where_there_is_one(shop):
    one = {"order.placed.v1": {"payload": obj(id=TEXT)}}
    assert shop(asyncapi_3(one)).find("Placed") is None  # one word is no resemblance
    query = {"get.order.v1": {"payload": obj(id=TEXT)}}
    assert shop(asyncapi_3(query)).find("GetOrder") is not None
    several = {**query, "get.order.by.customer": {"payload": obj(customer=TEXT)}}
    assert shop(asyncapi_3(several)).find("GetOrder") is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["payload", "requestBody", "parameters", "responses", "operations"]),
    json_values,
)
def test_no_document_ends_in_an_exception(shop, key, value):
    operation = {"operationId": "getOrder", key: value}
    messages = {"Placed": {"payload": value, key: value}}
    for document, kind in (
        (openapi(operation), "openapi"),
        (asyncapi_3(messages, {"x": {**operation, "reply": value}}), "asyncapi"),
        (asyncapi_2({"name": "Placed", key: value}), "asyncapi"),
    ):
        assert files(shop(document, kind=kind))


@given(st.sampled_from(["string", "integer", "array", "object"]), st.booleans())
def test_only_a_nullable_type_gains_null(kind, nullable):
    read = in_json_schema({"type": kind, "nullable": nullable}, OPENAPI_3_0, "request")
    assert read == {"type": [kind, "null"] if nullable else kind}
