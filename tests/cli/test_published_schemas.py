"""The JSON that other programs may rely on is what its published schema says, on both shops."""

import copy
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from eventproof.cli.app import cli

ROOT = Path(__file__).parents[2]
COMMANDS = ROOT / "eventproof" / "cli"
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text())
    for path in sorted((COMMANDS / "schemas").glob("*.schema.json"))
}
REGISTRY = Registry().with_resources(
    (f"{name}.schema.json", DRAFT202012.create_resource(schema))
    for name, schema in SCHEMAS.items()
)

ADJUSTED = "orders/catalog/domains/Orders/services/InventoryService/events/InventoryAdjusted"

OUTPUTS = {
    "check acme/catalog": 0,
    "check orders/catalog": 1,
    "rule CAT3": 0,
    "graph acme/catalog": 0,
    "graph orders/catalog": 0,
    "graph acme/catalog --impact reserve-inventory": 0,
    f"contracts compare {ADJUSTED}/schema.json {ADJUSTED}/schema.json": 0,
    f"contracts compare {ADJUSTED}/versioned/0.0.3/schema.json {ADJUSTED}/schema.json": 1,
    "contracts compare integers.json unresolved.json": 1,
    "contracts matrix acme/catalog": 0,
    "contracts matrix orders/catalog --mode full": 1,
    "contracts matrix orders/catalog --waivers waivers.toml --today 2026-01-01": 0,
    "contracts diff edited/catalog --against orders/catalog": 1,
    "contracts diff orders/catalog --against edited/catalog --today 2026-01-01": 1,
    "contracts validate orders/catalog InventoryAdjusted adjusted.jsonl --lines": 1,
    "explore acme/scenarios/last-unit.yaml --timings": 0,
    "explore acme/scenarios/last-unit-naive.yaml": 0,
    "explore acme/scenarios/order-flow.yaml --states 1": 1,
    "explore orders/scenarios/stale-reader.yaml": 1,
    "simulate acme/scenarios/flash-sale.yaml --seeds 2": 0,
    "simulate acme/scenarios/order-flow.yaml --seeds 2 --compare allocate=guarded,naive": 0,
    "simulate broken/scenarios/flash-sale.yaml": 1,
    "simulate orders/catalog --messages 200 --seeds 2": 1,
    "simulate acme/catalog": 0,
    "simulate acme/catalog --faults 0.2": 0,
    "simulate acme/scenarios/last-unit.yaml --customers 1": 1,
    "replay acme/.eventproof/tapes/last-unit-naive.json": 0,
    "gallery G02": 0,
    "prove acme": 0,
    "prove orders": 1,
    "prove broken": 2,
}
"""Command -> its exit code on these inputs."""

WAIVERS = """
[[waiver]]
message = "InventoryAdjusted"
reason = "OrdersService moves this quarter"
expires = 2026-03-31
"""

FREE = ("witness", "resources", "outcomes", "messages", "participants", "payload")
"""Where the keys of an object are the catalog's or the scenario's, not the format's."""


def validator(command):
    return Draft202012Validator(SCHEMAS[command], registry=REGISTRY)


def stated(document):
    """One object of each shape whose keys the schema states, the outermost first."""
    shapes = {}
    open_ = [("", document)]
    while open_:
        at, value = open_.pop(0)
        if isinstance(value, dict):
            shapes.setdefault((at, *value), value)
            open_ += [pair for pair in value.items() if pair[0] not in FREE]
        elif isinstance(value, list):
            open_ += [(at, item) for item in value]
    return list(shapes.values())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Copies of both shops, a shop whose scenarios cannot run or oversell, and two schemas."""
    folder = tmp_path_factory.mktemp("shops")
    clean = shutil.ignore_patterns(".eventproof", "__pycache__")
    for source, target in (("acme", "acme"), ("orders", "orders"), ("acme", "broken")):
        shutil.copytree(ROOT / "examples" / source, folder / target, ignore=clean)
    for name, right, wrong in (
        ("last-unit", "inventory-service:", "inventory:"),
        ("flash-sale", ":InventoryService", ":NaiveInventoryService"),
    ):
        scenario = folder / "broken" / "scenarios" / f"{name}.yaml"
        scenario.write_text(scenario.read_text().replace(right, wrong))
    (folder / "integers.json").write_text('{"type": "integer"}')
    (folder / "unresolved.json").write_text('{"$ref": "#/$defs/missing"}')
    (folder / "adjusted.jsonl").write_text('{"product_id": 1}\n{\n')
    (folder / "waivers.toml").write_text(WAIVERS)
    edited = shutil.copytree(folder / "orders", folder / "edited")
    page = edited / ADJUSTED.removeprefix("orders/")
    (page / "schema.json").write_text('{"type": "object", "required": ["reason"]}')
    shutil.rmtree(page / "versioned")
    return folder


@pytest.fixture(scope="module")
def output(folder):
    """Runs a command with `--format json`, once, and returns what it printed."""
    printed = {}

    def run(line):
        if line not in printed:
            with pytest.MonkeyPatch.context() as here:
                here.chdir(folder)
                if line.startswith("replay"):
                    CliRunner().invoke(cli, ["explore", "acme/scenarios/last-unit-naive.yaml"])
                done = CliRunner().invoke(cli, [*line.split(), "--format", "json"])
            assert done.exit_code == OUTPUTS[line], done.output
            printed[line] = json.loads(done.stdout)
        return copy.deepcopy(printed[line])

    return run


def schema_of(line):
    if "--impact" in line:
        return "graph-impact"
    words = line.split()
    return f"contracts-{words[1]}" if words[0] == "contracts" else words[0]


def test_every_json_output_has_a_published_schema():
    emitted = {
        command
        for file in COMMANDS.glob("*.py")
        for command in re.findall(r'\b(?:emit|as)_json\(\s*"([a-z-]+)"', file.read_text())
    }

    assert emitted == set(SCHEMAS)
    assert {schema_of(line) for line in OUTPUTS} == set(SCHEMAS)


@pytest.mark.parametrize("command", SCHEMAS)
def test_a_published_schema_is_one_and_says_what_each_part_means(command):
    schema = SCHEMAS[command]
    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    parts = [schema, *schema.get("$defs", {}).values()]
    assert all(part["title"] and part["description"] for part in parts)
    assert schema["properties"]["format"]["const"] == f"eventproof-{command}-1"
    for part in parts:
        silent = [
            name
            for name, value in part.get("properties", {}).items()
            if "description" not in value and "$ref" not in value
        ]
        assert silent == []


@pytest.mark.parametrize("line", OUTPUTS)
def test_what_a_command_prints_is_what_its_schema_says(line, output):
    document = output(line)

    errors = [error.message for error in validator(schema_of(line)).iter_errors(document)]
    assert errors == []
    assert next(iter(document)) == "format"


@pytest.mark.parametrize("line", OUTPUTS)
def test_a_schema_allows_no_key_that_it_does_not_name(line, output):
    document = output(line)
    validate = validator(schema_of(line))

    for part in stated(document):
        part["surprise"] = "nobody said so"
        assert not validate.is_valid(document), list(part)
        del part["surprise"]
    assert validate.is_valid(document)


@pytest.mark.parametrize("line", OUTPUTS)
def test_a_schema_misses_every_key_that_is_left_out(line, output):
    document = output(line)
    validate = validator(schema_of(line))

    for part in stated(document):
        for name in list(part):
            value = part.pop(name)
            assert not validate.is_valid(document), (list(part), name)
            part[name] = value
    assert validate.is_valid(document)
