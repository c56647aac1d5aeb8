"""What resolution had to guess is a finding, and what it had not is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventproof.catalog import check, pick
from eventproof.catalog.compat import core_pick
from eventproof.catalog.guesses import guess


def guessed(versions, pin):
    index = pick(versions, pin)
    return None if index is None else guess(versions, pin, versions[index])


@pytest.mark.parametrize(
    ("versions", "pin", "said"),
    [
        (["1.0.0"], "v1", "is taken for 1.0.0, the same number"),
        (["1"], "1.0", "is taken for 1, the same number"),
        (["1.4.0"], "1", "names no version; read as a range it means 1.4.0"),
        (
            ["2.0.0", "1.1.0", "1.0.0"],
            "1.x",
            "fits 1.1.0 and 1.0.0; 1.1.0, the highest, is taken",
        ),
        (
            ["1.4", "1.3", "1.2", "1.1", "1.0"],
            "^1",
            "fits 1.4, 1.3, 1.2 and 2 more; 1.4, the highest, is taken",
        ),
        (
            ["1.1.0-beta", "1.0.0"],
            "^1.0.0",
            "is taken for 1.0.0, without the prerelease 1.1.0-beta",
        ),
        (["2.0.0-beta", "1.0.0"], None, "is taken for 1.0.0, without the prerelease 2.0.0-beta"),
        (
            ["1.0.0-rc.2", "1.0.0-rc.1"],
            None,
            "is taken for 1.0.0-rc.2; there are only prereleases",
        ),
        (
            ["release-10", "release-9"],
            None,
            "is taken for release-10; what is no number has no certain order",
        ),
    ],
)
def test_a_guess_says_what_was_taken_and_why(versions, pin, said):
    assert guessed(versions, pin) == said


@pytest.mark.parametrize(
    ("versions", "pin"),
    [
        (["1.0.0"], "1.0.0"),
        (["2.0.0", "1.0.0"], None),
        (["2.0.0", "1.0.0"], "^1.0.0"),
        (["2024-01-01"], "2024-01-01"),
        (["2024-01-01"], None),
        (["latest", "1.0.0"], None),
        (["1.0.0-beta"], "1.0.0-beta"),
        (["1.0.0", "1.0.0"], None),
        ([None, None], None),
        (["2.0.0"], "1.0.0"),
    ],
)
def test_a_plain_pin_leaves_nothing_to_guess(versions, pin):
    assert guessed(versions, pin) is None


VERSIONS = st.builds(
    "{}.{}.0{}".format, st.integers(0, 2), st.integers(0, 2), st.sampled_from(["", "", "-beta"])
)
# Core takes a release and its own prerelease for the same number, and the first of them by place.
HISTORIES = st.lists(
    VERSIONS, min_size=1, max_size=4, unique_by=lambda version: version.removesuffix("-beta")
)
PINS = st.none() | st.builds("{}{}".format, st.sampled_from(["", "^", "~", ">=", "v"]), VERSIONS)


@given(versions=HISTORIES, pin=PINS)
def test_what_an_older_eventcatalog_reads_otherwise_is_a_guess(versions, pin):
    index = pick(versions, pin)

    if index is not None and versions[index] != pin and core_pick(versions, pin) != (index,):
        assert guessed(versions, pin)


@given(versions=HISTORIES, data=st.data())
def test_the_string_of_a_version_is_never_a_guess(versions, data):
    assert guessed(versions, data.draw(st.sampled_from(versions))) is None


def test_each_guessed_reference_is_a_finding_at_its_version(write, page):
    more = (
        "sends:\n  - id: E\n    version: 1.x\n  - id: F\nreceives:\n  - id: F\n    version: v1\n"
    )
    catalog = write(
        {
            "services/A/index.mdx": page("A", more=more),
            "events/E/index.mdx": page("E", "1.1.0"),
            "events/E/versioned/1.0.0/index.mdx": page("E", "1.0.0"),
            "events/F/index.mdx": page("F"),
        }
    )
    found = [finding for finding in check(catalog) if finding.rule == "CAT209"]

    assert [(one.location.line, one.severity, one.message) for one in found] == [
        (
            7,
            "info",
            "A 1.0.0 sends E 1.x, which fits 1.1.0 and 1.0.0; 1.1.0, the highest, is taken.",
        ),
        (11, "info", "A 1.0.0 receives F v1, which is taken for 1.0.0, the same number."),
    ]


def test_the_latest_of_words_is_a_guess_of_the_reference(write, page):
    catalog = write(
        {
            "services/A/index.mdx": page("A", more="sends: [{id: E}]\n"),
            "events/E/index.mdx": page("E", "autumn"),
            "events/E/versioned/spring/index.mdx": page("E", "spring"),
        }
    )
    (found,) = [finding for finding in check(catalog) if finding.rule == "CAT209"]

    assert found.message == (
        "A 1.0.0 sends the latest E, which is taken for spring;"
        " what is no number has no certain order."
    )
