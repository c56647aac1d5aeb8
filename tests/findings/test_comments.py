import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventproof.findings import comments_in

HEAD = "---\nid: Orders\n---\n"


def read(text, *, is_mdx=True, start=0):
    found = comments_in(text, is_mdx=is_mdx, start=start)
    return [(one.line, one.column, one.rule, one.reason) for one in found]


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- eventproof: ignore[CAT402] copied on purpose -->",
        "{/* eventproof: ignore[CAT402] copied on purpose */}",
        "<!--eventproof:ignore [CAT402]  copied\n on purpose-->",
    ],
)
def test_a_comment_names_a_rule_and_a_reason(comment):
    text = f"{HEAD}Prose. {comment}\n"

    assert read(text, start=len(HEAD)) == [(4, 8, "CAT402", "copied on purpose")]


def test_several_rules_are_several_suppressions():
    assert read("<!-- eventproof: ignore[CAT402, CAT401] old -->") == [
        (1, 1, "CAT402", "old"),
        (1, 1, "CAT401", "old"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "```md\n<!-- eventproof: ignore[CAT402] x -->\n```\n",
        "~~~\n<!-- eventproof: ignore[CAT402] x -->\n~~~\n",
        "> ```\n> <!-- eventproof: ignore[CAT402] x -->\n> ```\n",
        "Write `<!-- eventproof: ignore[CAT402] x -->` for it.\n",
        "Write ``<!-- eventproof: ignore[CAT402] ` -->`` for it.\n",
        "```\n<!-- eventproof: ignore[CAT402] never closed -->\n",
    ],
)
@pytest.mark.parametrize("is_mdx", [True, False])
def test_an_example_in_code_counts_for_nothing(text, is_mdx):
    assert read(text, is_mdx=is_mdx) == []


def test_indented_lines_are_code_in_markdown_and_none_in_mdx():
    text = "Prose.\n\n    <!-- eventproof: ignore[CAT402] x -->\n"

    assert read(text, is_mdx=False) == []
    assert read(text, is_mdx=True) == [(3, 5, "CAT402", "x")]


def test_a_fence_within_a_component_is_code_in_mdx():
    text = "<Note>\n```\n<!-- eventproof: ignore[CAT402] x -->\n```\n</Note>\n"

    assert read(text) == []


def test_prose_behind_a_fence_counts_again():
    text = "```\ncode\n```\n<!-- eventproof: ignore[CAT402] x -->\n"

    assert read(text) == [(4, 1, "CAT402", "x")]


def test_windows_line_ends_count_as_one():
    text = "---\r\nid: A\r\n---\r\n\r\n<!-- eventproof: ignore[CAT402] x -->\r\n"

    assert read(text, start=text.index("<!--")) == [(5, 1, "CAT402", "x")]


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        ("<!-- eventproof: ignor[CAT402] x -->", "is not written as"),
        ("<!-- eventproof: ignore CAT402 x -->", "is not written as"),
        (f"<!-- eventproof: ignore[CAT402] {'x' * 600} -->", "is not closed within"),
        ("{/* eventproof: ignore[CAT402] x }", "is not closed within"),
    ],
)
def test_a_comment_that_cannot_be_read_says_why(comment, fault):
    (one,) = comments_in(comment, is_mdx=True)

    assert one.fault.startswith(fault)


@given(st.text("<!-{/*} eventproof:ignore[CAT1]`~\n\r>", max_size=80))
def test_no_prose_makes_it_fail(text):
    for one in comments_in(f"eventproof:{text}", is_mdx=True):
        assert one.line >= 1
        assert one.column >= 1
