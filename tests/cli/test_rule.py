import json

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.rule import known_rules, rule_command


def run(*arguments):
    return CliRunner().invoke(App(commands={"rule": rule_command}), ["rule", *arguments])


def test_every_rule_is_listed_with_its_statement():
    lines = run().stdout.splitlines()

    assert [line.split()[0] for line in lines] == list(known_rules())
    assert "stale-consumer-pin" in run().stdout


@pytest.mark.parametrize("asked", ["CAT301", "cat301", "stale-consumer-pin"])
def test_a_rule_is_explained_by_its_id_or_name(asked):
    result = run(asked)

    assert result.exit_code == 0
    assert result.stdout.startswith(
        "CAT301 stale-consumer-pin (error)\n\n"
        "A consumer is pinned to a version of a message that no producer sends.\n"
    )
    assert "Mend it" in result.stdout


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("CAT3011", "CAT301"),
        ("CAT-301", "CAT301"),
        ("stale-consumer-pins", "stale-consumer-pin"),
    ],
)
def test_an_unknown_rule_names_the_nearest(asked, meant):
    result = run(asked)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"There is no rule {asked}." in result.stderr
    assert f"Did you mean {meant}" in result.stderr


def test_rules_that_begin_alike_are_listed():
    lines = run("cat10").stdout.splitlines()

    assert len(lines) > 3
    assert all(line.startswith("CAT10") for line in lines)


def test_the_rules_of_all_parts_are_known():
    families = {rule_id[:4] for rule_id in known_rules()}

    assert {"CAT1", "CAT2", "CAT3", "CAT4", "CAT9", "CON1", "CON2"} <= families


def test_every_rule_says_what_is_wrong_and_how_to_mend_it():
    for rule in known_rules().values():
        assert rule.title.endswith("."), rule.id
        assert "\nMend " in rule.doc or "\nNothing is wrong" in rule.doc, rule.id
        assert "\n    " in rule.doc, rule.id


def test_ids_and_names_are_used_once():
    rules = known_rules()

    assert len({rule.name for rule in rules.values()}) == len(rules)


def test_a_rule_is_a_page_of_markdown():
    result = run("stale-consumer-pin", "--format", "markdown")

    assert result.stdout.startswith(
        "# CAT301 stale-consumer-pin\n\nSeverity: error.\n\nA consumer"
    )
    assert "\n    - id: InventoryAdjusted\n" in result.stdout


def test_rules_are_data_too():
    document = json.loads(run("CAT301", "--format", "json").stdout)

    assert document["format"] == "eventproof-rule-1"
    (rule,) = document["rules"]
    assert rule["doc"].startswith(rule["title"])
    assert (rule["id"], rule["severity"]) == ("CAT301", "error")
