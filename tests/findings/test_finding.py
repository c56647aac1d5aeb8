from dataclasses import replace

from eventproof.findings import Severity, distinct


def test_a_fingerprint_stays_when_lines_move_and_sentences_improve(finding):
    before = finding(line=3, message="Orders waits.", about="receives:Paid")
    after = finding(line=40, message="Orders waits in vain.", about="receives:Paid")

    assert before.fingerprint == after.fingerprint


def test_a_fingerprint_tells_rules_resources_and_targets_apart(finding):
    found = [
        finding(),
        finding("CAT402"),
        finding(id_="Stock"),
        finding(about="receives:Paid"),
        finding(about="receives:Placed"),
    ]

    assert len({one.fingerprint for one in found}) == len(found)


def test_a_finding_without_a_resource_keeps_its_fingerprint_where_the_root_is_renamed(finding):
    here = finding(id_=None, file="catalog/events/Paid/index.mdx")
    there = finding(id_=None, file="/home/me/shop/events/Paid/index.mdx")
    inside = finding(id_=None, file="events/Paid/index.mdx")

    prints = {
        distinct([one], root=root)[0].fingerprint
        for one, root in ((here, "catalog"), (there, "/home/me/shop"), (inside, ""))
    }
    assert len(prints) == 1


def test_findings_that_differ_in_their_place_alone_are_counted(finding):
    first, second = distinct([finding(line=9), finding(line=3)])

    assert (first.location.line, first.occurrence) == (3, 1)
    assert (second.location.line, second.occurrence) == (9, 2)
    assert first.fingerprint == finding(line=3).fingerprint != second.fingerprint


def test_all_words_of_a_finding_are_printable(finding):
    made = finding(message="Orders\x1b[2J", details=["a\nb"], file="a\rb/index.mdx")

    assert made.message == r"Orders\x1b[2J"
    assert made.details == (r"a\nb",)
    assert made.location.file == r"a\rb/index.mdx"


def test_the_severity_is_no_part_of_a_fingerprint(finding):
    milder = replace(finding(), severity=Severity.INFO)

    assert milder.fingerprint == finding().fingerprint


def test_the_same_sentence_of_the_same_place_is_one_finding(finding):
    assert len(distinct([finding(), finding(), finding(line=99)])) == 2
