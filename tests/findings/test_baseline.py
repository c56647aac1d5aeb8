import json

import pytest

from eventproof.findings import Known, Problem, baseline_text, compare, known_of, read_baseline


def compared(entries, findings, *, occurring=None, skipped=()):
    prints = {one.fingerprint for one in findings} if occurring is None else occurring
    return compare(entries, findings, occurring=prints, skipped=frozenset(skipped))


def test_known_findings_are_parted_from_new_ones(finding):
    old, new = finding(), finding("CAT402")
    result = compared([known_of(old)], [old, new])

    assert (result.known, result.new, result.gone) == ((old,), (new,), ())


def test_a_known_finding_is_known_wherever_it_has_moved(finding):
    assert compared([known_of(finding())], [finding(line=99)]).new == ()


def test_what_no_longer_occurs_is_named(finding):
    entry = known_of(finding())

    assert compared([entry], []).gone == (entry,)


def test_what_was_not_selected_or_not_asked_may_still_occur(finding):
    entry = known_of(finding())

    assert compared([entry], [], occurring={entry.fingerprint}).gone == ()
    assert compared([entry], [], skipped=["CAT301"]).gone == ()


def test_a_baseline_is_written_sorted_and_read_again(tmp_path, finding):
    entries = [known_of(finding("CAT402")), known_of(finding()), known_of(finding())]
    file = tmp_path / "baseline.json"
    file.write_text(baseline_text(entries))

    assert read_baseline(file) == tuple(sorted(set(entries)))
    assert [one["rule"] for one in json.loads(file.read_text())["findings"]] == [
        "CAT301",
        "CAT402",
    ]
    assert baseline_text(reversed(entries)) == file.read_text()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is no baseline: its format is not eventproof-baseline-1"),
        ('{"format": "eventproof-check-1", "findings": []}', "is no baseline"),
        ('{"format": "eventproof-baseline-1"}', "is no baseline"),
        (
            '{"format": "eventproof-baseline-1", "findings": [{"rule": "CAT301"}]}',
            "its finding 1 lacks a rule, a fingerprint or a message",
        ),
        (
            '{"format": "eventproof-baseline-1", "findings": [7]}',
            "its finding 1 lacks a rule, a fingerprint or a message",
        ),
    ],
)
def test_a_damaged_baseline_is_one_sentence(tmp_path, content, sentence):
    file = tmp_path / "baseline.json"
    file.write_text(content)

    with pytest.raises(Problem) as caught:
        read_baseline(file)
    assert sentence in caught.value.sentence
    assert caught.value.exit_code == 2
    assert "--baseline-update" in caught.value.hint


def test_a_missing_baseline_is_one_sentence(tmp_path):
    with pytest.raises(Problem, match=r"cannot be read: no such file or directory\.$"):
        read_baseline(tmp_path / "gone.json")


def test_an_entry_of_a_stranger_is_safe_to_print():
    assert str(Known("CAT301", "0" * 12, "a\x1b[2Jb")) == r"CAT301 a\x1b[2Jb"
