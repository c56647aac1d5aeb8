from datetime import date

import pytest

from eventproof.contracts import Breach, Cause, read_waivers
from eventproof.contracts.waivers import excused
from eventproof.findings import Problem, ResourceRef

TODAY = date(2026, 3, 1)
KNOWN = {"Adjusted", "Paid"}
BREACH = Breach(
    ResourceRef("event", "Adjusted"),
    frozenset({"1.0.0", "1.1.0"}),
    (Cause("type.widened", "/properties/quantity/type"), Cause("property.added", "/properties/b")),
)


@pytest.fixture
def waivers(tmp_path):
    """Reads a file with one waiver of Adjusted, with what else is given."""

    def read(*more, message="Adjusted", expires="2026-03-01"):
        entries = [
            f'[[waiver]]\nmessage = "{message}"\nreason = "TEAM-12"\nexpires = {expires}\n{one}\n'
            for one in more or ("",)
        ]
        file = tmp_path / "waivers.toml"
        file.write_text("\n".join(entries))
        return read_waivers(file)

    return read


def outcome(waivers, breaches=(BREACH,), today=TODAY, compared=None):
    compared = {("Adjusted", BREACH.versions)} if compared is None else compared
    result = excused(waivers, breaches, compared=compared, known=KNOWN, today=today)
    return set(result.by), [finding.rule for finding in result.findings]


def test_a_waiver_holds_to_the_end_of_its_last_day(waivers):
    assert outcome(waivers()) == ({BREACH}, [])
    assert outcome(waivers(), today=date(2026, 3, 2)) == (set(), ["CON207"])


@pytest.mark.parametrize(
    ("more", "holds"),
    [
        ('versions = ["1.0.0", "1.1.0"]', True),
        ('versions = ["1.0.0", "1.1.0", "1.2.0"]', True),
        ('versions = ["1.0.0"]', False),
        ('kind = "type.widened"', False),
        ('path = "/properties"', True),
        ('path = "/properties/"', True),
        ('path = "/properties/quantity"', False),
        ('path = "/prop"', False),
    ],
)
def test_a_waiver_excuses_nothing_that_it_does_not_name(waivers, more, holds):
    assert (outcome(waivers(more))[0] == {BREACH}) is holds


def test_several_waivers_excuse_a_break_together(waivers):
    both = waivers('kind = "type.widened"', 'path = "/properties/b"')

    assert outcome(both) == ({BREACH}, [])


def test_a_waiver_that_helps_and_does_not_suffice_is_not_called_unused(waivers):
    assert outcome(waivers('kind = "type.widened"')) == (set(), [])


def test_a_waiver_with_nothing_to_excuse_is_a_finding(waivers):
    assert outcome(waivers(), breaches=()) == (set(), ["CON208"])


def test_a_waiver_for_what_was_not_compared_is_left_alone(waivers):
    assert outcome(waivers(), breaches=(), compared=()) == (set(), [])


def test_a_waiver_for_a_message_that_there_is_not_names_the_nearest(waivers):
    result = excused(
        waivers(message="Adjustd"), (), compared=(), known=KNOWN, today=TODAY
    ).findings

    assert result[0].details[0] == "Did you mean Adjusted?"


def test_a_waiver_may_name_the_type(waivers):
    assert outcome(waivers(message="event:Adjusted"))[0] == {BREACH}
    assert outcome(waivers(message="query:Adjusted"))[0] == set()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("waiver = [", "is not TOML"),
        ("[other]", "holds [[waiver]] entries and nothing else"),
        ('\n[[waiver]]\nreason = "r"\nexpires = 2026-01-01', ":2: a waiver needs its `message`"),
        ('[[waiver]]\nmessage = "M"\nexpires = 2026-01-01', ":1: a waiver needs its `reason`"),
        ('[[waiver]]\nmessage = "M"\nreason = "r"', ":1: a waiver needs its `expires`"),
        (
            '[[waiver]]\nmessage = "M"\nreason = "r"\nexpires = "soon"',
            ":1: `expires` is no day",
        ),
        (
            '[[waiver]]\nmessage = "M"\nreason = "r"\nexpires = 2026-01-01\nversion = "1"',
            ":1: unknown key in a waiver: `version`",
        ),
        (
            '[[waiver]]\nmessage = "M"\nreason = "r"\nexpires = 2026-01-01\nversions = "1"',
            ":1: `versions` of a waiver is a list",
        ),
        (
            '[[waiver]]\nmessage = 1\nreason = "r"\nexpires = 2026-01-01',
            "`message` of a waiver is",
        ),
        ("waiver = [1]", "a waiver is a table"),
    ],
)
def test_a_bad_file_is_one_sentence_with_its_line(tmp_path, content, said):
    file = tmp_path / "waivers.toml"
    file.write_text(content)

    with pytest.raises(Problem) as problem:
        read_waivers(file)
    assert said in problem.value.sentence
