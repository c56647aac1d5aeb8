"""SARIF against the constraints of its published schema that eventproof relies on.

The OASIS schema is not part of this repository. What stands here states, for the objects that
eventproof writes and no others, which properties there may be, which there must be, and of what
type, as sections 3.13 to 3.52 of the SARIF 2.1.0 standard have them.
"""

import json

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from eventproof.findings import Location, Rule, Severity, as_sarif

TEXT = {"type": "string"}
LEVEL = {"enum": ["none", "note", "warning", "error"]}


def record(required, **properties):
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def listed(items):
    return {"type": "array", "items": items}


MESSAGE = record(["text"], text=TEXT, markdown=TEXT)
RULE = record(
    ["id"],
    id=TEXT,
    name=TEXT,
    shortDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=record([], level=LEVEL),
)
REGION = record(
    ["startLine"],
    startLine={"type": "integer", "minimum": 1},
    startColumn={"type": "integer", "minimum": 1},
)
PLACE = record(
    ["artifactLocation"],
    artifactLocation=record(["uri"], uri={"type": "string", "format": "uri-reference"}),
    region=REGION,
)
RESULT = record(
    ["message"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": -1},
    level=LEVEL,
    message=MESSAGE,
    locations=listed(record([], physicalLocation=PLACE)),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
)
DRIVER = record(["name"], name=TEXT, version=TEXT, rules={**listed(RULE), "uniqueItems": True})
RUN = record(
    ["tool"],
    tool=record(["driver"], driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=listed(RESULT),
)
LOG = Draft202012Validator(
    {
        **record(["version", "runs"], version={"const": "2.1.0"}, runs=listed(RUN)),
        "patternProperties": {r"^\$schema$": TEXT},
    }
)
URI_CHARACTERS = set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"
)


def sarif(found, rules):
    document = json.loads(as_sarif(found, rules=rules, version="1.2.3"))
    assert [error.message for error in LOG.iter_errors(document)] == []
    (run,) = document["runs"]
    return run


def test_a_result_has_its_rule_place_and_fingerprint(finding, rules):
    run = sarif([finding(details=["Ask dboyne."])], rules)
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]

    assert rule["id"] == result["ruleId"] == "CAT301"
    assert rule["help"]["text"] == "A consumer waits in vain.\n\nMend."
    assert rule["shortDescription"]["text"] == "A consumer waits in vain."
    assert result["level"] == "error"
    assert result["message"]["text"] == "Orders waits.\nAsk dboyne."
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "services/Orders/index.mdx"},
        "region": {"startLine": 3, "startColumn": 5},
    }
    assert result["partialFingerprints"] == {"eventproof/v1": finding().fingerprint}


def test_every_rule_is_described_whether_it_found_something_or_not(rules):
    driver = sarif([], rules)["tool"]["driver"]

    assert (driver["name"], driver["version"]) == ("eventproof", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == ["CAT301", "CAT401", "CAT402", "CON101"]


def test_a_milder_severity_is_the_results_own(finding, rules):
    (result,) = sarif([finding("CAT401")], rules)["results"]

    assert result["level"] == "note"


def test_a_place_without_a_line_has_no_region(finding, rules):
    (result,) = sarif([finding(line=None)], rules)["results"]

    assert "region" not in result["locations"][0]["physicalLocation"]


def test_an_absolute_path_is_a_file_uri_and_names_are_escaped(finding, rules):
    (result,) = sarif([finding(file="/my shop/größe#1.mdx")], rules)["results"]

    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "file:///my%20shop/gr%C3%B6%C3%9Fe%231.mdx"


@given(st.text(st.characters(), max_size=30))
def test_whatever_a_catalog_holds_the_document_is_valid(text):
    rule = Rule("CAT301", "stale-consumer-pin", Severity.ERROR, "A consumer waits in vain.")
    found = rule.finding(text, location=Location(f"{text}/index.mdx", 1, 1))
    (result,) = sarif([found], [rule])["results"]

    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert set(uri) <= URI_CHARACTERS
    assert result["message"]["text"] == found.message
