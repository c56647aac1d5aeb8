import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventproof.findings.escaping import (
    for_github_property,
    for_json,
    for_markdown,
    for_xml,
    printable,
)

ANY_TEXT = st.text(st.characters(), max_size=40)
DANGEROUS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x202E, 0x2066, 0xD800]))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("two\nlines", r"two\nlines"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("half \ud800", r"half \ud800"),
        ("größe 数 🛒", "größe 数 🛒"),
    ],
)
def test_what_a_terminal_would_obey_is_made_visible(raw, shown):
    assert printable(raw) == shown


@pytest.mark.parametrize("command", ["::error::x", "  ::stop-commands::x", "##[error]x"])
def test_no_line_of_a_catalog_is_a_command_for_a_build_server(command):
    shown = printable(command)

    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown


@given(ANY_TEXT)
def test_printable_text_is_one_line_that_any_stream_can_carry(text):
    shown = printable(text)

    assert not set(shown) & set(DANGEROUS)
    assert shown.encode().decode() == shown
    assert printable(shown) == shown


@given(ANY_TEXT)
def test_a_property_of_a_workflow_command_cannot_end_early(text):
    assert not set(for_github_property(text)) & set(":,\r\n")


@given(ANY_TEXT)
def test_an_escaped_json_document_means_the_same(text):
    document = json.dumps({"id": text}, ensure_ascii=False)
    escaped = for_json(document)

    assert json.loads(escaped) == {"id": text}
    assert not set(escaped) & set(DANGEROUS)


def test_a_table_cell_has_no_markup_and_mentions_nobody():
    cell = for_markdown("a|b `c` *d* [e](f) <img> @team #12")

    assert cell == (r"a\|b \`c\` \*d\* \[e\](f) &lt;img&gt; @<!-- -->team #<!-- -->12")


def test_xml_text_ends_neither_an_element_nor_an_attribute():
    assert for_xml("<a b=\"c\" d='e'> & \x00") == (
        "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt; &amp; \\x00"
    )
