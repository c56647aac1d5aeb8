"""Runs as sequence diagrams."""

from eventproof.report import sequence
from eventproof.simulator import Line


def test_each_kind_of_line_is_drawn_in_its_own_way():
    kinds = ("statement", "wait", "failure", "fault", "outcome")
    lines = [Line(n, f"customer-{n}", kind, (), kind) for n, kind in enumerate(kinds, start=1)]

    assert sequence(lines, ending="the end") == (
        "sequenceDiagram\n"
        "  participant a1 as customer 1\n"
        "  participant a2 as customer 2\n"
        "  participant a3 as customer 3\n"
        "  participant a4 as customer 4\n"
        "  participant a5 as customer 5\n"
        "  participant database\n"
        "  a1->>database: statement\n"
        "  a2-->>database: wait\n"
        "  a3-xdatabase: failure\n"
        "  Note over a4: fault\n"
        "  Note over a5: outcome\n"
        "  Note over a1,database: the end\n"
    )


def test_figures_are_said_where_they_changed():
    figures = [(("paid", 0),), (("paid", 0),), (("paid", 1),)]
    lines = [Line(n, "customer-1", "commit", f, "statement") for n, f in enumerate(figures)]

    drawn = sequence(lines, ending="the end")

    assert drawn.count("Note right of database") == 2
    assert drawn.count("paid = 0") == drawn.count("paid = 1") == 1


def test_a_text_cannot_reach_into_the_syntax():
    hostile = "wrap: a;\nend # %%{init}%% <b> ->> x"
    drawn = sequence([Line(1, hostile, hostile, (), "statement")], ending=hostile)

    assert len(drawn.splitlines()) == 5
    for row in drawn.splitlines()[1:]:
        said = row.partition(" as ")[2] or row.partition(": ")[2]
        assert not set(":<>%{}") & set(said)


def test_a_run_without_lines_is_a_note():
    assert sequence([], ending="the end") == (
        "sequenceDiagram\n  participant database\n  Note over database: the end\n"
    )
