"""Output for people: timelines, tables and diagrams, as text that stays the same byte for byte."""

from eventproof.report.comparisons import (
    comparison_line,
    comparison_markdown,
    comparison_text,
)
from eventproof.report.compatibility import (
    difference_markdown,
    difference_text,
    matrix_markdown,
    matrix_text,
)
from eventproof.report.compatibility_page import matrix_html
from eventproof.report.diagrams import (
    MERMAID_EDGES_MAX,
    dot,
    edges_of,
    graphml,
    mermaid,
    nodes_of,
)
from eventproof.report.races import race_list, race_page, race_text
from eventproof.report.regressions import regression_test
from eventproof.report.sequences import sequence
from eventproof.report.timelines import timeline
from eventproof.report.verdict import NAME_WIDTH, exploration_lines, headline, not_reached

__all__ = [
    "MERMAID_EDGES_MAX",
    "NAME_WIDTH",
    "comparison_line",
    "comparison_markdown",
    "comparison_text",
    "difference_markdown",
    "difference_text",
    "dot",
    "edges_of",
    "exploration_lines",
    "graphml",
    "headline",
    "matrix_html",
    "matrix_markdown",
    "matrix_text",
    "mermaid",
    "nodes_of",
    "not_reached",
    "race_list",
    "race_page",
    "race_text",
    "regression_test",
    "sequence",
    "timeline",
]
