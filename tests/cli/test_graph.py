import json

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


@pytest.mark.parametrize("output_format", ["mermaid", "json", "dot"])
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
