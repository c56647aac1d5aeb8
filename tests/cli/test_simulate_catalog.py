"""`eventproof simulate CATALOG`: without a scenario, the same to the byte for a seed."""

from pathlib import Path

from click.testing import CliRunner

from eventproof.cli.app import cli

EXAMPLES = Path(__file__).parents[2] / "examples"
ORDERS = str(EXAMPLES / "orders/catalog")


def run(*arguments):
    return CliRunner().invoke(cli, ["simulate", *arguments])


def test_a_run_is_the_same_to_the_byte_for_a_seed_and_another_for_another():
    first, second = (run(ORDERS, "--format", "json", "--seed", "7") for _ in range(2))

    assert first.stdout == second.stdout
    assert first.stdout != run(ORDERS, "--format", "json", "--seed", "8").stdout


def test_a_folder_without_a_catalog_is_nothing_to_check(tmp_path):
    done = run(str(tmp_path))

    assert done.exit_code == 3
    assert "has no index file of an EventCatalog" in done.stderr


def test_options_of_a_scenario_and_of_a_catalog_are_not_mixed():
    scenario = str(EXAMPLES / "acme/scenarios/flash-sale.yaml")

    assert run(ORDERS, "--customers", "3").exit_code == 2
    assert run(scenario, "--messages", "3").exit_code == 2
