import json

import networkx
import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.graph import graph_command

SERVICE = '---\nid: Stock\nname: "The \\"Stock\\""\nversion: 1.0.0\nsends: [{id: Gone}]\n---\n'


@pytest.fixture
def graph(tmp_path, monkeypatch):
    """Runs the command on a catalog of these pages."""
    monkeypatch.chdir(tmp_path)

    def run(pages, *arguments):
        for name, text in pages.items():
            file = tmp_path / "catalog" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        app = App(commands={"graph": graph_command})
        return CliRunner().invoke(app, ["graph", "catalog", *arguments])

    return run


def test_the_message_flow_is_drawn_in_mermaid(graph):
    result = graph({"services/Stock/index.mdx": SERVICE})

    assert result.exit_code == 0
    assert result.stdout == (
        "flowchart LR\n"
        '  n0["Gone"]\n'
        '  n1["The #34;Stock#34; 1.0.0"]\n'
        '  n1 -.->|"sends, unknown"| n0\n'
    )


def test_json_has_the_published_shape(graph):
    document = json.loads(graph({"services/Stock/index.mdx": SERVICE}, "--format", "json").stdout)

    assert document == {
        "format": "eventproof-graph-1",
        "nodes": [
            {
                "key": "message:Gone",
                "type": "message",
                "id": "Gone",
                "version": None,
                "name": "Gone",
                "owners": [],
            },
            {
                "key": "service:Stock@1.0.0",
                "type": "service",
                "id": "Stock",
                "version": "1.0.0",
                "name": 'The "Stock"',
                "owners": [],
            },
        ],
        "edges": [
            {
                "source": "service:Stock@1.0.0",
                "target": "message:Gone",
                "relation": "sends",
                "pin": None,
                "channel": None,
                "status": "unknown-id",
            }
        ],
    }


def test_dot_holds_every_name_as_text(graph):
    result = graph({"services/Stock/index.mdx": SERVICE}, "--format", "dot")

    assert '  "service:Stock@1.0.0" [label="The \\"Stock\\" 1.0.0"];\n' in result.stdout
    assert result.stdout.startswith("digraph catalog {\n")
    assert result.stdout.endswith("}\n")


@pytest.mark.parametrize("output_format", ["mermaid", "json", "dot", "graphml"])
def test_the_same_catalog_gives_the_same_bytes(graph, output_format):
    pages = {
        f"services/S{number}/index.mdx": SERVICE.replace("id: Stock", f"id: S{number}")
        for number in range(9)
    }
    first = graph(dict(reversed(pages.items())), "--format", output_format).stdout

    assert graph(pages, "--format", output_format).stdout == first


def test_an_empty_folder_has_no_graph(graph):
    assert graph({"README.md": "words"}).exit_code == 3


def test_problems_while_reading_are_counted_on_stderr(graph):
    result = graph({"services/Stock/index.mdx": SERVICE, "events/E/index.mdx": "words"})

    assert result.exit_code == 0
    assert result.stderr == "1 problem while reading; eventproof check names them.\n"


SHOP = {
    "services/Cart/index.mdx": """\
---
id: Cart
name: Cart
version: 1.0.0
owners: [ordering]
sends: [{id: Reserve}]
receives: [{id: Reserved, version: ^1.0.0}]
---
""",
    "services/Stock/index.mdx": """\
---
id: Stock
name: Stock
version: 2.0.0
receives: [{id: Reserve, triggers: [{id: Reserved}]}]
---
""",
    "services/Mail/index.mdx": """\
---
id: Mail
name: Mail
version: 1.0.0
owners: [people, mails]
receives: [{id: Reserved, version: ^1.0.0}]
---
""",
    "commands/Reserve/index.mdx": "---\nid: Reserve\nname: Reserve\nversion: 1.0.0\n---\n",
    "events/Reserved/index.mdx": "---\nid: Reserved\nname: Reserved\nversion: 1.1.0\n---\n",
}


def test_an_impact_names_each_affected_with_owners_and_the_way(graph):
    result = graph(SHOP, "--impact", "Reserve")

    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
A change of command Reserve 1.0.0 affects 3:

service Cart 1.0.0  (owners: ordering)
  Cart 1.0.0 sends Reserve 1.0.0

service Stock 2.0.0  (no owner)
  Stock 2.0.0 receives Reserve 1.0.0

service Mail 1.0.0  (owners: people, mails)
  Reserve 1.0.0 triggers Reserved 1.1.0, in Stock 2.0.0
  Mail 1.0.0 receives Reserved 1.1.0 (pinned to ^1.0.0)

It can set off: Reserved 1.1.0.
"""
    )


def test_an_impact_on_nobody_is_said(graph):
    result = graph(SHOP, "--impact", "Mail")

    assert result.stdout == "A change of service Mail 1.0.0 affects nobody in this catalog.\n"


def test_an_impact_in_json_holds_the_edges_of_the_way(graph):
    document = json.loads(graph(SHOP, "--impact", "Reserve", "--format", "json").stdout)

    assert document["format"] == "eventproof-graph-impact-1"
    assert document["changed"] == ["command:Reserve@1.0.0"]
    assert [one["id"] for one in document["affected"]] == ["Cart", "Stock", "Mail"]
    assert document["affected"][0]["path"] == [
        {
            "source": "service:Cart@1.0.0",
            "target": "command:Reserve@1.0.0",
            "relation": "sends",
            "pin": None,
            "status": "resolved",
            "by": "service:Cart@1.0.0",
        }
    ]
    assert [one["key"] for one in document["sets_off"]] == ["event:Reserved@1.1.0"]


def test_a_focus_keeps_what_is_near(graph):
    def keys(*arguments):
        printed = graph(SHOP, "--format", "json", *arguments).stdout
        return [node["key"] for node in json.loads(printed)["nodes"]]

    assert keys("--focus", "Mail") == [
        "event:Reserved@1.1.0",
        "owner:mails",
        "owner:people",
        "service:Mail@1.0.0",
    ]
    assert "service:Cart@1.0.0" in keys("--focus", "Mail@1.0.0", "--depth", "2")
    assert keys("--focus", "Mail", "--depth", "0") == ["service:Mail@1.0.0"]


def test_a_focus_is_drawn_with_every_relation(graph):
    assert '-->|"owns"|' in graph(SHOP, "--focus", "Mail").stdout
    assert '-->|"owns"|' not in graph(SHOP).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence", "hint"),
    [
        (
            ["--impact", "Reservd"],
            "The catalog has nothing that is called Reservd.",
            "Did you mean Reserved?",
        ),
        (
            ["--focus", "Reserved@2.0.0"],
            "The catalog has no version 2.0.0 of Reserved.",
            "There is 1.1.0.",
        ),
        (
            ["--focus", "Cart", "--impact", "Cart"],
            "--impact and --focus ask different questions.",
            "Give one of them.",
        ),
        (["--depth", "2"], "--depth says how far --focus looks, which is missing.", None),
        (
            ["--impact", "Cart", "--format", "dot"],
            "--impact is not drawn as dot.",
            "Use --format text or json.",
        ),
        (
            ["--format", "text"],
            "text is the format of --impact.",
            "Use --format mermaid or json.",
        ),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(graph, arguments, sentence, hint):
    result = graph(SHOP, *arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"error: {sentence}\n" + (f"hint: {hint}\n" if hint else "")


def test_graphml_can_be_read_back_whatever_the_names_are(graph):
    hostile = '---\nid: "a<b"\nname: "\\e[31m & \\x01"\nversion: 1.0.0\n---\n'
    printed = graph({**SHOP, "services/H/index.mdx": hostile}, "--format", "graphml").stdout
    read = networkx.parse_graphml(printed, force_multigraph=True)

    assert read.nodes["service:a<b@1.0.0"]["id"] == "a<b"
    assert read.nodes["service:Mail@1.0.0"]["owners"] == "people, mails"
    relations = [edge["relation"] for *_, edge in read.edges(data=True)]
    assert sorted(set(relations)) == ["owns", "receives", "sends", "triggers"]


def test_pins_resolve_as_of_old_when_asked(graph):
    pages = {
        **SHOP,
        "events/Reserved/versioned/1.0.0/index.mdx": (
            "---\nid: Reserved\nname: Reserved\nversion: 1.0.0\n---\n"
        ),
    }

    def received(*arguments):
        edges = json.loads(graph(pages, "--format", "json", *arguments).stdout)["edges"]
        return [e["source"] for e in edges if e["target"] == "service:Mail@1.0.0" and e["pin"]]

    assert received() == ["event:Reserved@1.1.0"]
    assert received("--compat", "core-4.7") == ["event:Reserved@1.0.0", "event:Reserved@1.1.0"]


def test_more_edges_than_mermaid_draws_are_said(graph):
    sends = "".join(f"  - id: M{number}\n" for number in range(501))
    page = f"---\nid: S\nname: S\nversion: 1.0.0\nsends:\n{sends}---\n"

    assert graph({"services/S/index.mdx": page}).stderr == (
        "501 edges: Mermaid draws 500 unless its maxEdges is raised; --focus ID draws a part.\n"
    )
