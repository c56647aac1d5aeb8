import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.contracts.backtracking import ends_soon
from eventproof.contracts.clock import now_s
from eventproof.contracts.expressions import UnreadableError, read
from eventproof.contracts.languages import BudgetError, Languages
from eventproof.contracts.pattern_languages import Patterns


def a_text_of_one_only(one, other, *, seconds=2.0):
    """The shortest text that the one pattern is found in and the other is not."""
    languages = Languages(now_s() + seconds)
    patterns = Patterns(languages)
    within, without = patterns.language(one), languages.other_than(patterns.language(other))
    return languages.shortest(languages.both([within, without]))


def is_found(pattern, text):
    languages = Languages(now_s() + 5)
    return languages.accepts(Patterns(languages).language(pattern), text)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("^[a-z]+$", "^[a-z0-9]+$"),
        ("^a{1,100}$", "^a{0,100}$"),
        ("^(ab)+$", "^(ab)*$"),
        (".+", ".{1,}"),
        ("^(a+)+$", "^a*$"),
        ("^https?://", "^http"),
        ("^a+?b*?$", "^a+b*$"),
        (r"\bfoo\b", "foo"),
        (r"^(\d{1,3}\.){3}\d{1,3}$", r"^[\d.]{7,15}$"),
        (r"^\w{1,20}@\w{1,30}$", "^.{3,51}$"),
        (r"^(?=.*\d)(?=.*[a-z]).{8,}$", r"\d"),
        ("^(?!-)[a-z-]+$", "^[a-z]"),
        ("^(?!-).*(?<!-)$", "[^-]$|^$"),
        ("^[A-Za-z]+$", r"^\p{L}+$"),
        (r"^\d$", "^[0-9]$"),
        ("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "^.{36}$"),
        ("^(.*a){12}$", "^(.*a){11}$"),
        (r"^\cA\x41\u0042\u{43}[\b]$", r"^[\x01]ABC\x08$"),
    ],
)
def test_everything_a_narrower_pattern_finds_the_wider_one_finds(narrow, wide):
    assert a_text_of_one_only(narrow, wide) is None


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        ("^[a-z0-9]+$", "^[a-z]+$", "0"),
        ("^(ab)*$", "^(ab){0,3}$", "abababab"),
        ("foo", r"\bfoo\b", "afoo"),
        ("x", "(^|,)x", "ax"),
        ("^http", "^https?://", "http"),
        ("^a{0,100}$", "^a{1,100}$", ""),
        (r"^\S$", r"^\w$", "-"),
        ("a(?!b)", "a$", "ac"),
        (r"^\w+$", r"^\w+\B", "a"),
    ],
)
def test_the_counter_example_is_a_shortest_and_readable_one(one, other, text):
    assert a_text_of_one_only(one, other) == text
    assert re.search(one, text)
    assert not re.search(other, text)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^\d$", "\u09ea", False),
        (r"^\w$", "é", False),
        (r"^\W$", "é", True),
        (r"^\s$", "\ufeff", True),
        ("^.$", "\u2028", False),
        ("a$", "a\n", False),
        ("^[^]$", "\n", True),
        ("[]", "a", False),
        ("^\U0001f432*$", "\U0001f432", True),
        (r"^\ud83d\udc32$", "\U0001f432", True),
    ],
)
def test_patterns_mean_what_ecma_262_says(pattern, text, found):
    assert is_found(pattern, text) is found


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a)\1", "regex-nonregular"),
        (r"(?<x>a)\k<x>", "regex-nonregular"),
        ("(", "regex-unreadable"),
        ("a{", "regex-unreadable"),
        ("[b-a]", "regex-unreadable"),
        (r"[\d-z]", "regex-unreadable"),
        ("(?i)a", "regex-unreadable"),
        (r"\p{Nonesuch}", "regex-unreadable"),
        ("a{20000}", "regex-budget"),
        ("(" * 100 + ")" * 100, "regex-budget"),
        ("a" * 5000, "regex-budget"),
    ],
)
def test_what_cannot_be_read_says_why(pattern, reason):
    with pytest.raises(UnreadableError) as caught:
        read(pattern)
    assert caught.value.code == reason


def test_a_search_ends_with_its_budget():
    with pytest.raises(BudgetError):
        a_text_of_one_only("^((a{1,999}){1,999}b){9}$", "^((a{1,998}){1,999}b){9}$", seconds=0.2)


parts = st.sampled_from(
    ["a", "b", "0", ".", "[ab]", "[^a]", r"\d", r"\w", r"\b", r"\B", "^", "$", "a*", "b+",
     "(?:ab)?", "(a|b)", "(?:a|0){1,2}", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)", "|",
     "(^a|b$)", "a{2}"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.lists(parts, min_size=1, max_size=5).map("".join),
    st.lists(st.text("ab0 -", min_size=1, max_size=5), min_size=8),
)
def test_a_language_holds_the_texts_that_a_matcher_finds(pattern, texts):
    try:
        read(pattern)
        expected = [bool(re.search(pattern, text, re.ASCII)) for text in texts]
        found = [is_found(pattern, text) for text in texts]
    except (UnreadableError, re.error):
        return
    assert found == expected


@pytest.mark.parametrize(
    ("pattern", "text", "soon"),
    [
        (
            "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            "00000000-0000-0000-0000-000000000000",
            True,
        ),
        (r"^([a-z0-9]+\.)*[a-z]+$", "a.b.c.example", True),
        ("^(a+)+$", "a" * 40 + "!", False),
        ("^(a|a)*$", "a" * 30 + "!", False),
        (r"(a)\1", "aa", False),
    ],
)
def test_a_match_that_takes_long_is_noticed_before_it_is_made(pattern, text, soon):
    assert ends_soon(pattern, text) is soon
