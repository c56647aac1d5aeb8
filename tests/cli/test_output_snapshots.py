"""What the command line prints, whole: look at the difference before `--snapshot-update`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from eventproof.cli.app import cli

ROOT = Path(__file__).parents[2]

COMMANDS = [
    "--help",
    "prove examples/orders",
    "check examples/orders/catalog",
    "check examples/orders/catalog --format concise",
    "check examples/acme/catalog",
    "graph examples/acme/catalog",
    "contracts matrix examples/orders/catalog",
    "explore examples/acme/scenarios/last-unit-naive.yaml",
    "explore examples/acme/scenarios/last-unit.yaml",
    "explore examples/orders/scenarios/stale-reader.yaml",
    "simulate examples/acme/scenarios/flash-sale.yaml",
    "simulate examples/acme/scenarios/order-flow.yaml --seeds 4 --compare allocate=guarded,naive",
    "simulate examples/orders/catalog --seeds 2",
    "simulate examples/acme/catalog --messages 100",
    "rule CAT301",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_prints(command, monkeypatch, snapshot):
    monkeypatch.chdir(ROOT)

    done = CliRunner().invoke(cli, command.split())

    assert (done.exit_code, done.output) == snapshot
