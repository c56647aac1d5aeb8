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
