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
    ("asked", "meant"), [("CAT3011", "CAT301"), ("stale-consumer-pins", "stale-consumer-pin")]
)
def test_an_unknown_rule_names_the_nearest(asked, meant):
    result = run(asked)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"There is no rule {asked}." in result.stderr
    assert f"Did you mean {meant}" in result.stderr
