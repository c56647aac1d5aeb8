import pytest

from eventproof.findings import (
    SUPPRESSION_RULES,
    Location,
    Suppression,
    from_frontmatter,
    settle,
)

PAGE = "services/Orders/index.mdx"


def suppression(rule="CAT301", reason="known", page=PAGE, fault=""):
    return Suppression(page, rule, reason, Location(page, 9, 1), fault=fault)


@pytest.fixture
def settled(rules):
    def run(findings, suppressions, *, skipped=()):
        return settle(
            findings,
            suppressions,
            rules=(*rules, *SUPPRESSION_RULES),
            skipped=frozenset(skipped),
            page_of=lambda one: one.location.file,
        )

    return run


def from_head(value):
    return [
        (one.rule, one.reason, one.fault)
        for one in from_frontmatter(
            {"x-eventproof": value}, page=PAGE, locate=lambda path: Location(PAGE)
        )
    ]


@pytest.mark.parametrize("name", ["CAT301", "cat301", "stale-consumer-pin"])
def test_a_suppression_holds_for_its_rule_in_its_page(settled, finding, name):
    elsewhere = finding(file="services/Stock/index.mdx")
    other = finding("CAT402")
    done = settled([finding(), elsewhere, other, finding(line=8)], [suppression(name)])

    assert done.suppressed == (finding(), finding(line=8))
    assert done.kept == (elsewhere, other)
    assert done.about == ()


def test_without_a_reason_nothing_is_suppressed(settled, finding):
    done = settled([finding()], [suppression(reason="")])

    assert done.kept == (finding(),)
    (about,) = done.about
    assert (about.rule, about.severity.value) == ("CAT901", "error")
    assert about.message == "The suppression of CAT301 gives no reason."


def test_a_suppression_of_nothing_is_a_finding(settled):
    (about,) = settled([], [suppression()]).about

    assert (about.rule, about.severity.value, about.location.line) == ("CAT902", "warning", 9)
    assert about.details == ("Its reason was: known",)


def test_a_suppression_of_a_rule_that_was_not_asked_is_not_called_unused(settled):
    assert settled([], [suppression()], skipped=["CAT301"]).about == ()


@pytest.mark.parametrize(
    ("rule", "message", "hint"),
    [
        ("CAT3011", "A suppression names CAT3011, and there is no such rule.", "CAT301"),
        ("CAT3", "A suppression names CAT3, and there is no such rule.", None),
        ("CAT902", "CAT902 is about suppressions, and cannot be suppressed by one.", None),
    ],
)
def test_a_suppression_of_no_rule_is_a_finding(settled, finding, rule, message, hint):
    done = settled([finding()], [suppression(rule)])

    assert done.kept == (finding(),)
    (about,) = done.about
    assert (about.rule, about.message) == ("CAT903", message)
    if hint:
        assert about.details == (f"Did you mean {hint}?",)


def test_a_suppression_that_cannot_be_read_is_a_finding(settled):
    (about,) = settled([], [suppression(fault="is not closed")]).about

    assert (about.rule, about.message) == ("CAT903", "The suppression here is not closed.")


def test_two_faulty_suppressions_of_a_page_have_fingerprints_of_their_own(settled):
    about = settled([], [suppression("CAT301"), suppression("CAT402")]).about

    assert len({one.fingerprint for one in about}) == 2


def test_the_frontmatter_lists_rules_with_reasons():
    value = {"ignore": [{"rule": "CAT301", "reason": "known"}, {"rule": "CAT402"}, "CAT401"]}

    assert from_head(value) == [
        ("CAT301", "known", ""),
        ("CAT402", "", ""),
        ("CAT401", "", ""),
    ]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("CAT301", "is no mapping with the key ignore"),
        ({"ignores": []}, "has the unknown key ignores (did you mean ignore?)"),
        ({"ignore": {"rule": "CAT301"}}, "has no list under ignore"),
        ({"ignore": [{"reason": "x"}]}, "has an entry without a rule"),
        ({"ignore": [7]}, "has an entry without a rule"),
    ],
)
def test_a_misshapen_frontmatter_entry_says_why(value, fault):
    assert from_head(value) == [("", "", fault)]


def test_a_page_without_the_key_has_none():
    assert from_head(None) == []
    assert from_head({"ignore": None}) == []
