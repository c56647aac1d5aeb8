import json

from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.contracts import Contract, Contracts, files
from eventproof.contracts.documents import escaped
from eventproof.findings import ResourceRef


def contract(id_, version="1.0.0", type_="event", schema=None, response=None):
    return Contract(
        message=ResourceRef(type_, id_, version),
        name=id_,
        documents=lambda: (schema or {"type": "object"}, response),
        provenance="declared",
        source="catalog/x/schema.json",
        parties=lambda: (("Shop",), ()),
        owners=("ann",),
        digest="0" * 64,
    )


def test_each_contract_is_a_file_and_the_manifest_names_them():
    written = files(
        Contracts((contract("OrderPlaced"), contract("GetStock", type_="query", response={})))
    )
    assert list(written) == [
        "event/OrderPlaced/1.0.0.json",
        "query/GetStock/1.0.0.json",
        "query/GetStock/1.0.0~response.json",
        "manifest.json",
    ]
    manifest = json.loads(written["manifest.json"])
    assert manifest["format"] == "eventproof-contracts-1"
    assert manifest["contracts"][0]["message"] == {"type": "event", "id": "OrderPlaced"}
    assert manifest["contracts"][0]["producers"] == ["Shop"]
    assert len(manifest["contracts"][0]["sha256"]) == 64


def test_keys_stay_in_the_authored_order():
    text = files(Contracts((contract("A", schema={"b": 1, "a": "é"}),)))["event/A/1.0.0.json"]
    assert text == '{\n  "b": 1,\n  "a": "é"\n}\n'


def test_names_that_differ_by_case_only_have_files_of_their_own():
    written = files(Contracts((contract("Order"), contract("ORDER"))))
    assert len({name.lower() for name in written}) == 3


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=150))
def test_no_name_leaves_the_folder(name):
    safe = escaped(name)
    assert safe
    assert safe not in (".", "..")
    assert not set(safe) & set('/\\:*?"<>|\0')
    assert len(safe) <= 120


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20))
def test_different_names_have_different_files(one, other):
    assert (escaped(one) == escaped(other)) == (one == other)


def test_device_names_are_changed():
    assert escaped("con") != "con"
    assert escaped("NUL.json") != "NUL.json"
