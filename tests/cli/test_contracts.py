import json

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.contracts import contracts_group


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs `eventproof contracts …` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    app = App("eventproof")
    app.add_command(contracts_group)
    return lambda *arguments: CliRunner().invoke(app, ["contracts", *map(str, arguments)])


@pytest.fixture
def catalog(tmp_path):
    folder = tmp_path / "catalog" / "events" / "Priced"
    folder.mkdir(parents=True)
    (folder / "index.mdx").write_text(
        "---\nid: Priced\nname: Priced\nversion: 1.0.0\nschemaPath: schema.json\n---\n"
    )
    (folder / "schema.json").write_text('{"type": "object"}')
    return tmp_path / "catalog"


def write(path, schema):
    path.write_text(schema if isinstance(schema, str) else json.dumps(schema))
    return path.name


@pytest.fixture
def old(tmp_path):
    return write(tmp_path / "old.json", {"properties": {"a": {"type": "number"}}})


@pytest.fixture
def new(tmp_path):
    return write(tmp_path / "new.json", {"properties": {"a": {"type": "integer"}}})


def test_build_writes_beside_the_catalog_and_says_what(run, catalog, tmp_path):
    result = run("build", "catalog")
    assert result.exit_code == 0
    assert result.stdout == "Priced 1.0.0  declared  <- catalog/events/Priced/schema.json\n"
    assert (
        json.loads((tmp_path / "contracts/event/Priced/1.0.0.json").read_text())["title"]
        == "Priced"
    )
    assert (tmp_path / "contracts/manifest.json").is_file()


def test_building_again_touches_nothing(run, catalog, tmp_path):
    run("build", "catalog")
    written = tmp_path / "contracts/event/Priced/1.0.0.json"
    before = written.stat().st_mtime_ns
    assert run("build", "catalog").exit_code == 0
    assert written.stat().st_mtime_ns == before
    assert run("build", "catalog", "--check").exit_code == 0


def test_check_writes_nothing_and_fails_when_files_differ(run, catalog, tmp_path):
    result = run("build", "catalog", "--check")
    assert result.exit_code == 1
    assert "missing  " in result.stdout
    assert not (tmp_path / "contracts").exists()
    run("build", "catalog")
    (catalog / "events/Priced/schema.json").write_text('{"type": "object", "required": ["a"]}')
    result = run("build", "catalog", "--check")
    assert result.exit_code == 1
    assert "differs  " in result.stdout


def test_a_contract_that_no_message_has_is_stale(run, catalog, tmp_path):
    run("build", "catalog")
    (tmp_path / "contracts/event/Gone.json").write_text("{}")
    assert "stale" in run("build", "catalog").stderr
    assert run("build", "catalog", "--check").exit_code == 1


def test_broken_schemas_are_reported_and_the_rest_is_built(run, catalog):
    folder = catalog / "events" / "Broken"
    folder.mkdir()
    (folder / "index.mdx").write_text(
        "---\nid: Broken\nname: B\nversion: 1.0.0\nschemaPath: s.json\n---\n"
    )
    (folder / "s.json").write_text("{")
    result = run("build", "catalog")
    assert result.exit_code == 0
    assert "CON101 broken-schema" in result.stderr
    assert "Priced 1.0.0" in result.stdout


def test_a_catalog_without_contracts_is_never_green(run, tmp_path):
    (tmp_path / "catalog").mkdir()
    result = run("build", "catalog")
    assert result.exit_code == 3
    assert result.stderr.startswith("error: ")


def test_a_break_is_shown_with_its_payload_and_the_rule_that_rejects_it(run, old, new):
    result = run("compare", old, new)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "BREAKING  new.json rejects a payload that old.json sends   (backward, declared)",
        "",
        "  old.json allows",
        '    {"a": 0.5}',
        "  new.json rejects it",
        '    /a: 0.5 is not of type "integer"',
        "",
        "  changes",
        "    type.narrowed  /properties/a/type  TYPE_NARROWED  type number became integer",
    ]


def test_a_break_in_a_comment_has_its_payload_and_both_names_of_the_change(run, old, new):
    result = run("compare", old, new, "--format", "markdown")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "**breaking**: new.json rejects a payload that old.json sends.",
        "",
        '    {"a": 0.5}',
        "",
        '- /a: 0.5 is not of type "integer"',
        "",
        "| Change | Confluent's name | Path | What |",
        "| --- | --- | --- | --- |",
        "| type.narrowed | TYPE\\_NARROWED | /properties/a/type | type number became integer |",
    ]


@pytest.mark.parametrize(
    ("output_format", "mark"),
    [("github", "::error file=new.json"), ("junit", 'file="new.json"'), ("sarif", '"CON202"')],
)
def test_a_break_is_a_finding_on_the_file_of_the_reader(run, old, new, output_format, mark):
    result = run("compare", old, new, "--format", output_format)
    assert result.exit_code == 1
    assert mark in result.stdout
    assert run("compare", old, old, "--format", output_format).exit_code == 0


def test_several_formats_are_written_in_one_run(run, old, new, tmp_path):
    result = run("compare", old, new, "--output-json", "c.json", "--output-markdown", "c.md")
    assert result.stdout.startswith("BREAKING")
    assert json.loads((tmp_path / "c.json").read_text())["verdict"] == "breaking"
    assert (tmp_path / "c.md").read_text().startswith("**breaking**")


def test_json_has_the_documented_shape(run, old, new):
    result = run("compare", old, new, "--format", "json")
    assert json.loads(result.stdout) == {
        "format": "eventproof-contracts-compare-1",
        "verdict": "breaking",
        "direction": "backward",
        "policy": "declared",
        "protobuf": "wire",
        "changes": [
            {
                "kind": "type.narrowed",
                "confluent": "TYPE_NARROWED",
                "path": "/properties/a/type",
                "message": "type number became integer",
            }
        ],
        "witness": {"a": 0.5},
        "encoded": None,
        "reason": None,
    }


@pytest.mark.parametrize(
    ("direction", "exit_code"), [("backward", 1), ("forward", 0), ("full", 1)]
)
def test_directions_are_those_of_schema_registries(run, old, new, direction, exit_code):
    result = run("compare", old, new, "--direction", direction, "--format", "json")
    assert result.exit_code == exit_code
    assert json.loads(result.stdout)["direction"] == direction


def test_full_holds_only_when_both_directions_do(run, old):
    assert run("compare", old, old, "--direction", "full").exit_code == 0


def test_the_strict_policy_sees_the_added_property(run, tmp_path, old):
    wider = write(tmp_path / "wider.yml", "properties: {a: {type: number}, b: {type: string}}")
    assert run("compare", old, wider).exit_code == 0
    strict = run("compare", old, wider, "--policy", "strict", "--format", "json")
    assert strict.exit_code == 1
    assert json.loads(strict.stdout)["witness"] == {"b": 0}


def test_unknown_fails_and_says_why(run, tmp_path, old):
    lost = write(tmp_path / "lost.json", {"properties": {"a": {"$ref": "https://example.com/a"}}})
    result = run("compare", old, lost)
    assert result.exit_code == 1
    assert result.stdout.startswith("UNKNOWN")
    assert "ref-unresolved: a reference leads nowhere" in result.stdout


@pytest.mark.parametrize("other", ["part.json", "./part.json", "file://part.json"])
def test_files_of_an_older_draft_that_refer_to_each_other_are_one_schema(run, tmp_path, other):
    draft = "http://json-schema.org/draft-07/schema#"
    back = {"items": [{"$ref": "whole.json#/definitions/n"}], "additionalItems": False}
    write(tmp_path / "part.json", {"$schema": draft, "definitions": {"row": back}})
    for name, kind in (("whole", "integer"), ("older", "number")):
        whole = {"properties": {"row": {"$ref": f"{other}#/definitions/row"}}}
        write(
            tmp_path / f"{name}.json",
            {"$schema": draft, **whole, "definitions": {"n": {"type": kind}}},
        )

    assert run("compare", "whole.json", "whole.json").exit_code == 0
    found = json.loads(run("compare", "older.json", "whole.json", "--format", "json").stdout)
    assert found["verdict"] == "compatible"  # the part refers to the whole, whoever refers to it
    wider = {"$schema": draft, "properties": {"row": {"type": "array"}}}
    write(tmp_path / "wider.json", wider)
    found = json.loads(run("compare", "wider.json", "whole.json", "--format", "json").stdout)
    assert found["witness"] == {"row": ["a"]}


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("#/definitions/none", "nothing stands there"),
        ("#/properties/n", "it leads back to itself"),
        ("#/definitions/round", "it leads back to itself"),
        ("https://example.com/x.json", "nothing is fetched from a network"),
        ("none.json", "the file does not exist"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named_with_its_file_line_and_pointer(
    run, tmp_path, old, reference, why
):
    circle = {"round": {"$ref": "#/definitions/back"}, "back": {"$ref": "#/definitions/round"}}
    schema = {"properties": {"n": {"$ref": reference}}, "definitions": circle}
    write(tmp_path / "dangling.json", json.dumps(schema, indent=0))

    result = run("compare", old, "dangling.json", "--format", "json")

    expected = f"dangling.json:4 refers to {reference!r} at /properties/n/$ref"
    assert f"{expected}, which leads nowhere: {why}.\n" in result.stderr
    assert json.loads(result.stdout)["reason"] == "ref-unresolved"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "bad.json:1:2 is not valid JSON"),
        ('{\n"type": "strng"}', "bad.json:2 is no JSON Schema: /type"),
        ('{"price": 1}', "no keyword of JSON Schema"),
        ("[]", "it is no object"),
        (
            '{"$schema": "http://json-schema.org/draft-03/schema#"}',
            "/$schema: draft 3 is not supported, draft 4 to 2020-12 are.",
        ),
    ],
)
def test_a_bad_file_is_one_sentence(run, tmp_path, old, content, said):
    result = run("compare", old, write(tmp_path / "bad.json", content))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr.splitlines()[0]
    assert result.stderr.splitlines()[1].startswith("hint: ")


def test_a_missing_file_is_named(run, old):
    result = run("compare", old, "gone.json")
    assert result.exit_code == 2
    assert "gone.json does not exist" in result.stderr
