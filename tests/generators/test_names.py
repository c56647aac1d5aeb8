"""Whatever a catalog calls its things, the generated names are identifiers."""

import ast
import keyword
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.generators import class_name, python_name
from eventproof.generators.names import distinct_names, escaped, literal, singular

ANY_TEXT = st.one_of(
    st.text(),
    st.text(alphabet="aA1_- '\"\n\\.İßﬁ"),
    st.sampled_from(keyword.kwlist),
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cartId", "cart_id"),
        ("cart-id", "cart_id"),
        ("HTTPServer", "http_server"),
        ("inventory.adjusted", "inventory_adjusted"),
        ("class", "class_"),
        ("2nd try", "n_2nd_try"),
        ("", "unnamed"),
        ("!?", "unnamed"),
        ('x"""; import os', "x_import_os"),
        ("größe", "größe"),
        ("__class__", "class_"),
    ],
)
def test_a_name_of_the_catalog_becomes_a_snake_case_identifier(text, name):
    assert python_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("reserve-inventory", "ReserveInventory"),
        ("OrderConfirmed", "OrderConfirmed"),
        ("none", "None_"),
        ("3d model", "N3dModel"),
        ("", "Unnamed"),
    ],
)
def test_a_name_of_the_catalog_becomes_a_class_name(text, name):
    assert class_name(text) == name


@given(ANY_TEXT)
@settings(max_examples=200)
def test_every_name_is_one_identifier_that_python_reads_back_unchanged(text):
    for name in (python_name(text), class_name(text)):
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert unicodedata.normalize("NFKC", name) == name
        assert len(name.encode()) < 250


@given(st.lists(ANY_TEXT, max_size=8))
@settings(max_examples=100)
def test_two_fields_of_one_object_never_share_a_name(texts):
    names = distinct_names(texts, reserved={"unnamed", "a"})

    assert set(names) == set(texts)
    assert len(set(names.values())) == len(names)
    assert not set(names.values()) & {"unnamed", "a"}
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in names.values())


def test_a_new_spelling_does_not_rename_the_field_that_was_there():
    assert distinct_names(["cartId", "cart_id"]) == {"cart_id": "cart_id", "cartId": "cart_id_2"}


@given(ANY_TEXT)
@settings(max_examples=200)
def test_a_literal_reads_back_as_its_text(text):
    assert ast.literal_eval(literal(text)) == text
    assert ast.literal_eval(f'"""{escaped(text)}"""') == text
    assert "\n" not in literal(text)


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("items", "item"),
        ("unavailableItems", "unavailableItem"),
        ("deliveries", "delivery"),
        ("addresses", "address"),
        ("boxes", "box"),
        ("status", "status"),
        ("stock", "stock"),
    ],
)
def test_an_entry_of_a_list_is_named_in_the_singular(plural, one):
    assert singular(plural) == one
