"""SARIF against the whole schema that OASIS publishes, which a package of npm carries.

npm install --prefix FOLDER --ignore-scripts @datadog/datadog-ci@2.48.0
EVENTPROOF_NODE_MODULES=FOLDER/node_modules python -m pytest tests/oracle
"""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from eventproof.cli.app import App
from eventproof.cli.check import check_command
from eventproof.findings import Location, Rule, Severity, as_sarif

ROOT = Path(__file__).parents[2]
SCHEMA = "@datadog/datadog-ci/dist/commands/sarif/json-schema/sarif-schema-2.1.0.json"


@pytest.fixture(scope="session")
def faults():
    """Says what the published schema has against a document."""
    schema = Path(os.environ.get("EVENTPROOF_NODE_MODULES", "node_modules")) / SCHEMA
    if not schema.is_file():
        pytest.skip("no package with SARIF's schema is installed")
    validator = Draft7Validator(
        json.loads(schema.read_text()), format_checker=Draft7Validator.FORMAT_CHECKER
    )
    return lambda document: [error.message for error in validator.iter_errors(document)]


def checked(catalog):
    app = App(commands={"check": check_command})
    done = CliRunner().invoke(app, ["check", str(catalog), "--format", "sarif"])
    return json.loads(done.stdout)


@pytest.mark.oracle
def test_the_schema_refuses_what_is_no_sarif(faults):
    assert faults({"version": "2.1.0"})


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["orders", "acme"])
def test_the_examples_give_what_the_schema_allows(faults, name):
    assert faults(checked(ROOT / "examples" / name / "catalog")) == []


@pytest.mark.oracle
def test_real_catalogs_give_what_the_schema_allows(faults, real_catalogs):
    for catalog in sorted(path for path in real_catalogs.iterdir() if path.is_dir()):
        document = checked(catalog)

        assert document["runs"][0]["results"], catalog
        assert faults(document) == []


@pytest.mark.oracle
@settings(max_examples=40, deadline=None)
@given(text=st.text(), line=st.none() | st.integers(1), severity=st.sampled_from(Severity))
def test_whatever_a_catalog_holds_the_schema_allows(faults, text, line, severity):
    rule = Rule("CAT999", "any-rule", Severity.INFO, f"What it means.\n\n{text}")
    found = rule.finding(text, location=Location(text, line), details=[text], severity=severity)

    assert faults(json.loads(as_sarif([found], rules=[rule], version="1"))) == []
