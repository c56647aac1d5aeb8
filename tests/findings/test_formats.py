import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from eventproof.findings import (
    Location,
    Rule,
    Severity,
    as_concise,
    as_github,
    as_junit,
    as_markdown,
    as_records,
    as_text,
)
from eventproof.findings.formats import MARKDOWN_CHARS_MAX

RULE = Rule("CAT301", "stale-consumer-pin", Severity.ERROR, "A consumer waits in vain.")
ANY_TEXT = st.text(st.characters(), max_size=30)


def rough(text):
    return RULE.finding(text, location=Location(f"{text}/index.mdx", 3, 5), details=[text])


def test_text_says_where_what_and_why(finding):
    assert as_text([finding(details=["Ask dboyne."])]) == (
        "services/Orders/index.mdx:3:5  error  CAT301 stale-consumer-pin\n"
        "  Orders waits.\n"
        "  Ask dboyne."
    )


def test_concise_is_a_line_for_each_finding_by_place(finding):
    assert as_concise([finding(line=9), finding(line=3)]) == (
        "services/Orders/index.mdx:3:5: CAT301 Orders waits.\n"
        "services/Orders/index.mdx:9:5: CAT301 Orders waits."
    )


def test_github_shows_a_finding_on_its_line(finding):
    found = [
        finding(message="50% of\nall, say: orders", details=["Ask dboyne."]),
        finding("CAT402", file="a,b:c/index.mdx", line=None),
        finding("CAT401", line=4),
    ]

    assert as_github(found) == (
        "::warning file=a%2Cb%3Ac/index.mdx,"
        "title=CAT402 page-describes-another-message::Orders waits.\n"
        "::error file=services/Orders/index.mdx,line=3,col=5,"
        "title=CAT301 stale-consumer-pin::50%25 of\\nall, say: orders%0AAsk dboyne.\n"
        "::notice file=services/Orders/index.mdx,line=4,col=5,"
        "title=CAT401 message-without-schema::Orders waits."
    )


def test_markdown_is_a_table_with_the_gravest_first(finding):
    shown = as_markdown(
        [finding("CAT402", line=1), finding(details=["Ask @dboyne."])],
        conclusion="2 files: 1 error",
    )

    assert shown == (
        "| Severity | Rule | Where | What |\n"
        "| --- | --- | --- | --- |\n"
        "| error | CAT301 stale-consumer-pin | services/Orders/index.mdx:3:5"
        " | Orders waits.<br>Ask @<!-- -->dboyne. |\n"
        "| warning | CAT402 page-describes-another-message | services/Orders/index.mdx:1:5"
        " | Orders waits. |\n"
        "\n"
        "2 files: 1 error"
    )


def test_markdown_of_nothing_is_the_conclusion():
    assert as_markdown([], conclusion="2 files: 0 errors") == "2 files: 0 errors"


def test_markdown_fits_into_a_comment_and_counts_the_rest(finding):
    shown = as_markdown([finding(line=n) for n in range(1, 2001)], conclusion="many")
    rows = len(re.findall(r"^\| error", shown, re.MULTILINE))

    assert len(shown) < MARKDOWN_CHARS_MAX + 300
    assert f"And {2000 - rows} more that do not fit into a comment." in shown


def test_records_have_what_other_programs_rely_on(finding):
    (record,) = as_records([finding(details=["Ask dboyne."])])

    assert record == {
        "rule": "CAT301",
        "name": "stale-consumer-pin",
        "severity": "error",
        "message": "Orders waits. Ask dboyne.",
        "resource": {"type": "service", "id": "Orders", "version": "1.0.0"},
        "location": {"file": "services/Orders/index.mdx", "line": 3, "column": 5},
        "fingerprint": finding().fingerprint,
        "help": "eventproof rule CAT301",
    }


def test_junit_fails_for_what_makes_the_command_fail(finding):
    text = as_junit(
        [finding(details=["Ask."]), finding("CAT402")], suite="catalog", fail_on=Severity.ERROR
    )
    suites = ElementTree.fromstring(text)
    (suite,) = suites

    assert suite.attrib == {
        "name": "eventproof check catalog",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    stale, copied = suite
    assert stale.attrib["name"] == "CAT301 stale-consumer-pin services/Orders/index.mdx:3:5"
    assert stale.find("failure").attrib == {"message": "Orders waits.", "type": "error"}
    assert stale.find("failure").text == "Ask."
    assert copied.find("skipped").attrib == {"message": "Orders waits."}


def test_junit_of_nothing_is_one_test_that_passed():
    (suite,) = ElementTree.fromstring(as_junit([], suite="catalog", fail_on=Severity.ERROR))

    assert [case.attrib["name"] for case in suite] == ["no findings"]
    assert list(suite[0]) == []


def test_junit_fails_for_nothing_where_nothing_fails(finding):
    suites = ElementTree.fromstring(as_junit([finding()], suite=".", fail_on=None))

    assert suites.attrib["failures"] == "0"


@given(ANY_TEXT)
def test_whatever_a_catalog_holds_junit_can_be_read(text):
    found = rough(text)
    (suite,) = ElementTree.fromstring(as_junit([found], suite=text, fail_on=Severity.ERROR))

    assert suite[0].find("failure").attrib["message"] == found.message
    assert suite[0].attrib["file"] == found.location.file


@given(ANY_TEXT)
def test_whatever_a_catalog_holds_a_finding_is_one_line_where_it_should_be(text):
    found = [rough(text), rough("plain")]

    assert len(as_concise(found).splitlines()) == 2
    assert len(as_text(found).splitlines()) == 6
    assert all(line.startswith("::error file=") for line in as_github(found).splitlines())
    assert len(as_markdown(found, conclusion=text).split("\n")) == 6
