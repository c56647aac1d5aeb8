"""A scenario written in Python is the scenario of a file, with objects in place of references."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from simulator_how_to import SCENARIO, write_project

from eventproof.findings import Problem
from eventproof.simulator import Customers, Scenario, explore, load_scenario, prepare, races
from eventproof.simulator.handlers import load_named

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "scenarios-in-python.md"
CATALOG = ROOT / "examples" / "acme" / "catalog"


def test_the_how_to_page_prints_what_it_says():
    page = PAGE.read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (shown,) = re.findall(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == shown


def test_objects_stand_where_a_file_has_references(tmp_path):
    write_project(tmp_path)
    of_file = load_scenario(tmp_path / SCENARIO)

    def named(reference):
        return load_named(reference, folder=of_file.folder, shown="the test")

    of_python = Scenario(
        name=of_file.name,
        catalog=of_file.catalog,
        tables=named(of_file.tables),
        rows={"seats": [{"number": "1A"}]},
        customers=Customers(count=1, journey=named(of_file.customers.journey)),
        actors={"second": named(of_file.customers.journey)},
        always=(named(of_file.always[0]),),
    )
    found = explore(prepare(of_python).model)
    assert found.verdict == explore(prepare(of_file).model).verdict == "violated"
    assert [violation.property for violation in found.violations] == ["a_seat_is_sold_once"]


def test_handlers_may_be_classes():
    file = ROOT / "examples" / "acme" / "scenarios" / "last-unit.yaml"
    of_file = load_scenario(file)
    handlers = {
        service: load_named(reference, folder=of_file.folder, shown="the test")
        for service, reference in of_file.handlers.items()
    }
    found = explore(prepare(replace(of_file, handlers=handlers)).model)
    assert (found.verdict, found.states) == ("proved", explore(prepare(of_file).model).states)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"handlers": {"inventory-service": str}}, "is not a handler of inventory-service"),
        ({"always": (42,)}, "42 is no property"),
        ({"always": (races,)}, None),
        ({"tables": 42}, "42 is no sqlalchemy.MetaData"),
        ({"actors": {"one": 42}}, "42 is no function"),
        ({"stock": {"cup": 1}}, "customers want tea, which is not in stock"),
    ],
)
def test_what_is_wrong_is_one_sentence(said, sentence):
    body = {
        "name": "wrong",
        "catalog": CATALOG,
        "customers": Customers(count=2, cart=(("tea", 1),)),
        "stock": {"tea": 1},
        **said,
    }
    scenario = Scenario(**body)
    if sentence is None:  # a function like any other, as far as can be told before it is asked
        assert prepare(scenario).model.always[0].name == "races"
        return
    with pytest.raises(Problem, match="the scenario: ") as raised:
        prepare(scenario)
    assert sentence in str(raised.value)
