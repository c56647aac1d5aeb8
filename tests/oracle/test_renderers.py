"""What is drawn can be drawn: by Mermaid's own parser, and by Graphviz."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from eventproof.catalog import build_graph, load, named, neighbourhood
from eventproof.report import dot, mermaid, sequence
from eventproof.simulator import Line

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = (
    'a"] --> b["',
    "%%{init: {}}%%",
    "#quot; `code` <b>bold</b>",
    "end",
    "o--o x--x",
    "subgraph one",
    "orders.{env}.events",
    "Lagerbestand geändert 在庫",
    "\\",
    "\x1b[31m",
)


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    """Graphs of both example shops, and of a service whose every word is hostile."""
    root = tmp_path_factory.mktemp("hostile")
    for number, name in enumerate(NAMES):
        folder = root / "services" / f"S{number}"
        folder.mkdir(parents=True)
        head = {"id": name, "name": name, "version": "1.0.0", "sends": [{"id": name + "!"}]}
        (folder / "index.mdx").write_text(f"---\n{json.dumps(head)}\n---\n")
    shops = [load(EXAMPLES / name / "catalog") for name in ("acme", "orders")]
    hostile = load(root)
    assert len(hostile.services) == len(NAMES)
    return [build_graph(catalog) for catalog in (*shops, hostile)]


@pytest.mark.oracle
def test_mermaid_takes_every_diagram(node, graphs):
    near = neighbourhood(graphs[0], named(graphs[0], "inventory-service"), depth=2)
    drawn = [mermaid(graph, everything=True) for graph in (*graphs, near)]
    drawn += [mermaid(graph) for graph in graphs]

    done = node("parse_mermaid.mjs", needs=["mermaid", "jsdom"], stdin=json.dumps(drawn))

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == len(drawn)


@pytest.mark.oracle
def test_mermaid_takes_every_real_catalog(node, real_catalogs):
    folders = [folder for folder in sorted(real_catalogs.iterdir()) if folder.is_dir()]
    drawn = [mermaid(build_graph(load(folder))) for folder in folders]

    done = node("parse_mermaid.mjs", needs=["mermaid", "jsdom"], stdin=json.dumps(drawn))

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == len(folders)


KINDS = ("statement", "wait", "failure", "fault", "outcome")


@pytest.mark.oracle
def test_mermaid_takes_every_sequence_diagram(node):
    words = [*NAMES, "wrap: it", "a; b", "note over a1: x", "", " ", "\x00", "participant a9", "-"]
    one_by_one = [
        sequence([Line(1, word, word, ((word, 1),), kind)], ending=word)
        for word in words
        for kind in KINDS
    ]
    all_at_once = [Line(n, word, word, (), "statement") for n, word in enumerate(words)]
    drawn = [*one_by_one, sequence(all_at_once, ending="done"), sequence([], ending="")]

    done = node("parse_mermaid.mjs", needs=["mermaid", "jsdom"], stdin=json.dumps(drawn))

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == len(drawn)


def test_graphviz_takes_every_graph(graphs):
    if not shutil.which("dot"):
        pytest.skip("Graphviz is not installed")
    for graph in graphs:
        done = subprocess.run(
            ["dot", "-Tplain"], input=dot(graph), capture_output=True, text=True, check=False
        )

        assert done.returncode == 0, done.stderr
        nodes = [line for line in done.stdout.splitlines() if line.startswith("node ")]
        assert len(nodes) == len(graph)
