"""`contracts matrix`, `diff` and `validate` as a team runs them on its catalog."""

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.contracts import contracts_group

WAIVER = """[[waiver]]
message = "Adjusted"
versions = ["1.0.0", "1.1.0"]
reason = "Orders moves in March"
expires = 2026-03-31
"""


def page(id_, version, more=""):
    return f"---\nid: {id_}\nname: {id_}\nversion: {version}\n{more}\n---\n"


def stock(kind):
    return json.dumps({"properties": {"quantity": {"type": kind}}, "required": ["quantity"]})


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs `eventproof contracts …` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    app = App("eventproof")
    app.add_command(contracts_group)

    def invoke(*arguments, feed=None):
        return CliRunner().invoke(app, ["contracts", *map(str, arguments)], input=feed)

    return invoke


@pytest.fixture
def catalog(tmp_path):
    """Stock sends Adjusted 1.1.0, a number; Orders is pinned to 1.0.0, an integer."""
    event, old = "events/Adjusted", "events/Adjusted/versioned/1.0.0"
    files = {
        f"{event}/index.mdx": page("Adjusted", "1.1.0", "schemaPath: s.json"),
        f"{event}/s.json": stock("number"),
        f"{old}/index.mdx": page("Adjusted", "1.0.0", "schemaPath: s.json"),
        f"{old}/s.json": stock("integer"),
        "services/Stock/index.mdx": page(
            "Stock", "2.0.0", "owners: [warehouse]\nsends: [{id: Adjusted, version: 1.1.0}]"
        ),
        "services/Orders/index.mdx": page(
            "Orders", "3.0.0", "owners: [dboyne]\nreceives: [{id: Adjusted, version: 1.0.0}]"
        ),
    }
    for name, text in files.items():
        (tmp_path / "catalog" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "catalog" / name).write_text(text)
    return tmp_path / "catalog"


def test_the_matrix_shows_each_edge_the_payload_and_whom_to_ask(run, catalog):
    result = run("matrix", "catalog")

    assert result.exit_code == 1
    assert result.stdout == (
        "Adjusted  Stock 2.0.0 sends 1.1.0  Orders 3.0.0 reads 1.0.0  BREAKING"
        '  {"quantity": 0.5}\n'
        "\n"
        "catalog/services/Orders/index.mdx:6:36  error  CON201 unreadable-by-consumer\n"
        "  Orders 3.0.0 is pinned to Adjusted 1.0.0, and cannot read every 1.1.0 that Stock 2.0.0"
        " sends.\n"
        '  1.1.0 allows {"quantity": 0.5}\n'
        '  1.0.0 rejects it: /quantity: 0.5 is not of type "integer"\n'
        "  Owners to ask: dboyne, warehouse.\n"
        "\n"
        "1 edge: 1 breaking; 1 error\n"
    )


def test_the_json_of_an_edge_says_where_both_sides_come_from(run, catalog):
    document = json.loads(run("matrix", "catalog", "--format", "json").stdout)

    (edge,) = document["edges"]
    assert [edge[side]["file"] for side in ("writer", "reader")] == [
        "catalog/services/Stock/index.mdx",
        "catalog/services/Orders/index.mdx",
    ]
    assert edge["contracts"]["reader"] == {
        "file": "catalog/events/Adjusted/versioned/1.0.0/s.json",
        "pointer": "",
        "provenance": "declared",
    }
    assert edge["encoded"] is None


def test_a_mode_compares_the_versions_beside_it(run, catalog):
    result = run("matrix", "catalog", "--mode", "full-transitive", "--format", "json")
    document = json.loads(result.stdout)

    assert [(s["direction"], s["verdict"]) for s in document["steps"]] == [
        ("backward", "compatible"),
        ("forward", "breaking"),
    ]
    assert document["steps"][1]["consumers"][0]["owners"] == ["dboyne"]


def test_the_page_is_whole_in_itself_and_believes_no_name(run, catalog):
    hostile = "<script>alert(1)</script>"
    orders = catalog / "services/Orders/index.mdx"
    orders.write_text(orders.read_text().replace("dboyne", f"'{hostile}'"))
    result = run("matrix", "catalog", "--format", "html")

    assert result.exit_code == 1
    assert result.stdout.startswith("<!doctype html>")
    assert "<script" not in result.stdout
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in result.stdout
    for remote in ("http:", "https:", "src=", "<link", "@import", "url("):
        assert remote not in result.stdout
    assert "{&#34;quantity&#34;: 0.5}" in result.stdout


def test_every_format_says_the_same_and_several_can_be_written_at_once(run, catalog, tmp_path):
    names = ("text", "json", "html", "markdown", "sarif", "junit", "github")
    outputs = [part for name in names for part in (f"--output-{name}", f"{name}.out")]
    assert run("matrix", "catalog", *outputs).exit_code == 1

    for name in names:
        shown = run("matrix", "catalog", "--format", name).stdout
        assert (tmp_path / f"{name}.out").read_text() == shown
        assert "CON201" in shown
    sarif = json.loads((tmp_path / "sarif.out").read_text())
    assert sarif["runs"][0]["results"][0]["ruleId"] == "CON201"
    assert ET.parse(tmp_path / "junit.out").getroot().get("failures") == "1"
    assert (tmp_path / "github.out").read_text().startswith("::error file=catalog/services/")
    assert "| Adjusted | Stock 2.0.0 sends 1.1.0 |" in (tmp_path / "markdown.out").read_text()


def test_a_waiver_excuses_a_break_until_its_last_day(run, catalog, tmp_path):
    (tmp_path / "eventproof-waivers.toml").write_text(WAIVER)

    held = run("matrix", "catalog", "--today", "2026-03-31")
    assert held.exit_code == 0
    assert "WAIVED" in held.stdout
    assert "until 2026-03-31" in held.stdout
    over = run("matrix", "catalog", "--today", "2026-04-01")
    assert over.exit_code == 1
    assert "CON207 expired-waiver" in over.stdout
    assert "CON201" in over.stdout


def test_an_unused_waiver_is_told_and_does_not_fail(run, catalog, tmp_path):
    (tmp_path / "accepted.toml").write_text(WAIVER)
    (catalog / "events/Adjusted/s.json").write_text(stock("integer"))
    result = run("matrix", "catalog", "--waivers", "accepted.toml", "--today", "2026-01-01")

    assert result.exit_code == 0
    assert "accepted.toml:1  warning  CON208 unused-waiver" in result.stdout


def test_waivers_that_are_not_there_are_named(run, catalog):
    result = run("matrix", "catalog", "--waivers", "gone.toml")

    assert result.exit_code == 2
    assert result.stderr.startswith("error: gone.toml does not exist.")


def test_an_unknown_fails_unless_it_only_warns(run, catalog):
    orders = catalog / "services/Orders/index.mdx"
    orders.write_text(orders.read_text().replace("1.0.0", "9.0.0"))

    assert run("matrix", "catalog").exit_code == 1
    warned = run("matrix", "catalog", "--unknown", "warn")
    assert warned.exit_code == 0
    assert "warning  CON206 undecided-compatibility" in warned.stdout


def test_a_catalog_where_nothing_flows_is_never_green(run, catalog):
    shutil.rmtree(catalog / "services/Orders")

    assert run("matrix", "catalog").exit_code == 3


@pytest.fixture
def settings(tmp_path):
    return lambda text: (tmp_path / "eventproof.toml").write_text(f"[contracts]\n{text}\n")


def test_a_flag_goes_before_the_environment_and_that_before_the_file(
    run, catalog, settings, monkeypatch
):
    def policy(*flags):
        document = json.loads(run("matrix", "catalog", "--format", "json", *flags).stdout)
        return document["terms"]["policy"]

    assert policy() == "declared"
    settings('policy = "strict"')
    assert policy() == "strict"
    monkeypatch.setenv("EVENTPROOF_POLICY", "declared")
    assert policy() == "declared"
    assert policy("--policy", "strict") == "strict"


def test_settings_name_the_waivers_relative_to_themselves(run, catalog, settings, tmp_path):
    settings('waivers = "team/accepted.toml"')
    (tmp_path / "team").mkdir()
    (tmp_path / "team/accepted.toml").write_text(WAIVER)

    assert run("matrix", "catalog", "--today", "2026-01-01").exit_code == 0


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ('polcy = "strict"', "unknown key in [contracts]: `polcy`", "did you mean `policy`?"),
        ('policy = "strct"', "unknown value of `policy` in [contracts]", "did you mean `strict`?"),
        ("unknown = true", "`unknown` is text", "one of fail, warn."),
        ("reader_fills_defaults = 1", "`reader_fills_defaults` is true or false", None),
        ("waivers = 1", "`waivers` is the path of a file", None),
    ],
)
def test_a_wrong_setting_is_one_sentence(run, catalog, settings, text, said, hint):
    settings(text)
    result = run("matrix", "catalog")

    assert result.exit_code == 2
    assert said in result.stderr
    if hint:
        assert f"hint: {hint}" in result.stderr


def test_the_reader_may_fill_in_defaults(run, catalog, settings):
    filled = {
        "properties": {"quantity": {"type": "number", "default": 0}},
        "required": ["quantity"],
    }
    (catalog / "events/Adjusted/versioned/1.0.0/s.json").write_text(json.dumps(filled))
    (catalog / "events/Adjusted/s.json").write_text(
        '{"properties": {"quantity": {"type": "number"}}}'
    )

    assert run("matrix", "catalog").exit_code == 1
    assert run("matrix", "catalog", "--reader-fills-defaults").exit_code == 0
    settings("reader_fills_defaults = true")
    assert run("matrix", "catalog").exit_code == 0
    assert run("matrix", "catalog", "--reader-ignores-defaults").exit_code == 1


def test_compare_takes_the_same_terms(run, tmp_path):
    text, uuid = {"type": "string"}, {"type": "string", "format": "uuid"}
    (tmp_path / "old.json").write_text(json.dumps({"properties": {"a": text}}))
    (tmp_path / "new.json").write_text(json.dumps({"properties": {"a": uuid}}))
    (tmp_path / "lost.json").write_text('{"$ref": "#/$defs/lost"}')

    assert run("compare", "old.json", "new.json").exit_code == 0
    assert run("compare", "old.json", "new.json", "--string-formats", "assert").exit_code == 1
    assert run("compare", "old.json", "lost.json").exit_code == 1
    assert run("compare", "old.json", "lost.json", "--unknown", "warn").exit_code == 0


@pytest.fixture
def committed(catalog, tmp_path):
    """The catalog in a repository, with one commit on `main`."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-qm", "one"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)
    return catalog


def test_nothing_that_changed_is_clean(run, committed):
    result = run("diff", "catalog", "--against", "main")

    assert result.exit_code == 0
    assert result.stdout == ("against main: 0 added, 0 removed; 0 changes of a schema; 0 errors\n")


def test_a_diff_tells_of_a_break_its_consumers_and_its_payload(run, committed):
    new = committed / "events/Adjusted"
    shutil.copytree(
        new, committed / "events/Adjusted/versioned/1.1.0", ignore=lambda *_: ["versioned"]
    )
    (new / "index.mdx").write_text(page("Adjusted", "1.2.0", "schemaPath: s.json"))
    (new / "s.json").write_text(stock("string"))
    shutil.copytree(new, committed / "events/Paid", ignore=lambda *_: ["versioned"])
    (committed / "events/Paid/index.mdx").write_text(page("Paid", "1.0.0"))
    orders = committed / "services/Orders/index.mdx"
    orders.write_text(orders.read_text().replace("1.0.0", "1.1.0"))
    result = run("diff", "catalog", "--against", "HEAD", "--mode", "forward")

    assert result.exit_code == 1
    assert result.stdout == (
        "added    Adjusted 1.2.0\n"
        "added    Paid 1.0.0\n"
        "\n"
        "catalog/events/Adjusted/index.mdx:4:10  error  CON202 breaking-change\n"
        "  Adjusted 1.2.0: who reads 1.1.0 cannot read every 1.2.0 (forward).\n"
        '  1.2.0 allows {"quantity": "a"}\n'
        '  1.1.0 rejects it: /quantity: "a" is not of type "number"\n'
        "  type.changed /properties/quantity/type: type number became string.\n"
        "  Orders 3.0.0 reads 1.1.0, pinned to 1.1.0; owners: dboyne.\n"
        "catalog/events/Adjusted/index.mdx:4:10  error  CON204 semver-mismatch\n"
        "  Adjusted 1.2.0: a minor version after 1.1.0, and the change is major: it breaks.\n"
        "\n"
        "against HEAD: 2 added, 0 removed; 1 change of a schema: 1 breaking; 2 errors\n"
    )


def test_a_diff_is_the_same_against_a_ref_and_a_folder(run, committed, tmp_path):
    shutil.copytree(committed, tmp_path / "before")
    (committed / "events/Adjusted/s.json").write_text(stock("string"))

    def document(against):
        result = run("diff", "catalog", "--against", against, "--format", "json")
        assert result.exit_code == 1
        return {**json.loads(result.stdout), "against": "", "findings": []}

    assert document("main") == document("before")


def test_no_output_names_the_folder_that_git_was_read_into(run, committed):
    shutil.rmtree(committed / "events/Adjusted/versioned")
    for name in ("text", "json", "markdown", "sarif", "junit", "github"):
        result = run("diff", "catalog", "--against", "main", "--format", name)
        assert result.exit_code == 1
        assert "eventproof-" not in result.output.replace("eventproof-contracts-diff-1", "")


def test_a_waived_break_is_told_with_its_reason(run, committed, tmp_path):
    (committed / "events/Adjusted/s.json").write_text(stock("string"))
    (tmp_path / "eventproof-waivers.toml").write_text(
        WAIVER.replace('versions = ["1.0.0", "1.1.0"]\n', "")
    )
    result = run("diff", "catalog", "--against", "main", "--today", "2026-03-01")

    assert result.exit_code == 0
    assert "waived   Adjusted 1.1.0, until 2026-03-31: Orders moves in March" in result.stdout


def test_a_catalog_that_is_new_is_said_to_be(run, committed, tmp_path):
    shutil.copytree(committed, tmp_path / "second")
    result = run("diff", "second", "--against", "main")

    assert result.exit_code == 0
    assert result.stderr == "main does not have second: everything is new.\n"
    assert "2 added" in result.stdout


@pytest.mark.parametrize(
    ("against", "said"),
    [
        ("mian", "`mian` is no git ref and no folder."),
        ("catalog/services/Orders/index.mdx", "is a file."),
    ],
)
def test_what_cannot_be_compared_with_is_one_sentence(run, committed, against, said):
    result = run("diff", "catalog", "--against", against)

    assert result.exit_code == 2
    assert said in result.stderr
    assert "hint: " in result.stderr


def test_a_folder_in_no_repository_is_one_sentence(run, catalog, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    result = run("diff", "catalog", "--against", "main")

    assert result.exit_code == 2
    assert "in no git repository" in result.stderr


def test_an_empty_folder_is_never_green(run, tmp_path):
    (tmp_path / "empty").mkdir()

    assert run("diff", "empty", "--against", "empty").exit_code == 3


def test_a_payload_is_held_against_the_version_that_is_asked_for(run, catalog, tmp_path):
    (tmp_path / "payload.json").write_text('{\n  "quantity": 0.5\n}\n')

    assert run("validate", "catalog", "Adjusted", "payload.json").exit_code == 0
    result = run("validate", "catalog", "Adjusted@1.0.0", "payload.json")
    assert result.exit_code == 1
    assert result.stdout == (
        'payload.json:2  /quantity: 0.5 is not of type "integer"\n'
        "Adjusted 1.0.0: 1 checked, 1 invalid\n"
    )


def test_a_stream_is_read_from_the_standard_input(run, catalog):
    feed = '{"quantity": 1}\n\n{"quantity": "x"}\n{\n'
    result = run("validate", "catalog", "event:Adjusted@^1.0", "-", "--lines", feed=feed)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        'stdin:3  /quantity: "x" is not of type "number"',
        "stdin:4  the line is not valid JSON: expecting property name enclosed in double quotes"
        " (column 2)",
        "Adjusted 1.1.0: 3 checked, 2 invalid",
    ]


@pytest.mark.parametrize(
    ("message", "said", "hint"),
    [
        ("Adjustd", "no message that is called Adjustd", "did you mean Adjusted?"),
        ("Adjusted@2.0.0", "Adjusted has no contract of version 2.0.0", "there is 1.0.0, 1.1.0."),
    ],
)
def test_a_message_that_there_is_not_is_one_sentence(run, catalog, message, said, hint):
    result = run("validate", "catalog", message, "-", feed="{}")

    assert result.exit_code == 2
    assert said in result.stderr
    assert f"hint: {hint}" in result.stderr


def test_a_message_without_a_contract_is_told_from_one_that_there_is_not(run, catalog):
    (catalog / "events/Paid").mkdir()
    (catalog / "events/Paid/index.mdx").write_text(page("Paid", "1.0.0"))

    assert "neither a schema nor" in run("validate", "catalog", "Paid", "-", feed="{}").stderr


@pytest.mark.parametrize("flags", [(), ("--lines",)])
def test_no_payload_is_never_green(run, catalog, flags):
    assert run("validate", "catalog", "Adjusted", "-", *flags, feed="\n").exit_code == 3


def test_a_file_that_is_not_there_is_one_sentence(run, catalog):
    result = run("validate", "catalog", "Adjusted", "gone.json")

    assert result.exit_code == 2
    assert result.stderr == "error: gone.json cannot be read: no such file or directory.\n"


def test_an_answer_is_only_asked_of_a_query_that_has_one(run, catalog):
    result = run("validate", "catalog", "Adjusted", "-", "--response", feed="{}")

    assert result.exit_code == 2
    assert "has no answer of its own" in result.stderr
