"""The matrix of a catalog as one HTML page: nothing is loaded from elsewhere, nothing runs in it.

Rows are grouped by message. The page is made by a Jinja template with autoescape, since every
word in it comes from somebody's catalog, and carries a policy that forbids scripts and requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from eventproof.contracts import Edge, Judged, Step
from eventproof.findings import printable
from eventproof.report.compatibility import Row, edge_row, matrix_line, step_row

_TEMPLATE = "matrix.html.jinja"


def matrix_html(
    edges: Sequence[Edge], steps: Sequence[Step], judged: Judged, *, title: str
) -> str:
    """Return the page: the same bytes for the same verdicts."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("eventproof.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["printable"] = _lines
    rows = [edge_row(edge, judged.excused) for edge in edges]
    beside = [step_row(step, judged.excused) for step in steps]
    return environment.get_template(_TEMPLATE).render(
        title=title,
        line=matrix_line(edges, steps, judged),
        sections=[
            ("What is sent and what is read", _grouped(rows)),
            ("Versions and those before them", _grouped(beside)),
        ],
        findings=judged.findings,
    )


def _grouped(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    return [
        (message, list(group)) for message, group in groupby(rows, key=lambda row: row.message)
    ]


def _lines(text: str) -> str:
    """Return a text of several lines with what a browser would obey made visible."""
    return "\n".join(printable(line) for line in text.split("\n"))
