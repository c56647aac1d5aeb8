import re

import networkx
import pytest

from eventproof.report import mermaid


def graph_of(*names, **edge):
    graph = networkx.MultiDiGraph()
    for name in names:
        graph.add_node(
            name, type="service", id=name, version=None, name=name, owners=[], superseded=False
        )
    if edge:
        graph.add_edge(names[0], names[1], pin=None, channel=None, **edge)
    return graph


@pytest.mark.parametrize(
    "name",
    [
        'a"] --> b["',
        "a\nb --> c",
        "%%{init: {}}%%",
        "#quot;",
        "`code`",
        "<script>alert(1)</script>",
        "end; click n0 href",
        "orders.{env}.events",
        "Lagerbestand geändert",
    ],
)
def test_no_name_reaches_into_the_diagram(name):
    text = mermaid(graph_of(name))

    assert re.fullmatch(r'flowchart LR\n  n0\["[\w .,:/()#;-]*"\]\n', text)


def test_a_name_is_still_readable():
    assert mermaid(graph_of("Orders Service")) == 'flowchart LR\n  n0["Orders Service"]\n'


def test_what_is_missing_is_dashed():
    text = mermaid(graph_of("a", "b", relation="sends", status="unresolved-version"))

    assert '  n0 -.->|"sends, no such version"| n1\n' in text


def test_only_the_message_flow_is_drawn():
    text = mermaid(graph_of("a", "b", relation="owns", status="resolved"))

    assert "-->" not in text


def test_a_superseded_service_is_not_drawn():
    graph = graph_of("a", "b", relation="sends", status="resolved")
    graph.nodes["a"]["superseded"] = True

    assert mermaid(graph) == 'flowchart LR\n  n0["b"]\n'
