"""The project of the how-to page on tables of one's own, as files."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "your-own-tables.md"
BLOCK = re.compile(r"`([\w/-]+\.\w+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
SCENARIO = "scenarios/one-seat.yaml"


def write_project(folder):
    """The files that the page shows, in a folder."""
    for name, text in BLOCK.findall(PAGE.read_text("utf-8")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


CHECKED = """    sa.Column("places", sa.Integer, nullable=False, default=1),
    sa.CheckConstraint("places >= 0", name="never_below_none"),
"""
BOOKS = """

async def book(visitor, ctx):
    async with ctx.transaction() as tx:
        await tx.update(seats, "1A", places=minus(1))
    return "booked"


def nobody_is_stopped(view):
    stopped = [outcome for outcome in view.outcomes if "23514" in outcome]
    return f"A visitor {stopped[0]}." if stopped else None
"""


def put_a_check(folder):
    """Into the project: nothing but the table keeps two visitors from one seat."""
    tables, visitors = folder / "handlers/tables.py", folder / "handlers/visitors.py"
    text = tables.read_text()
    assert '    info={"shown"' in text
    tables.write_text(text.replace('    info={"shown"', CHECKED + '    info={"shown"'))
    visitors.write_text("from eventproof import minus\n\n" + visitors.read_text() + BOOKS)
