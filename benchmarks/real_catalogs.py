"""Counts what `check` finds in real catalogs, by rule and catalog, as the page about it shows.

    python benchmarks/real_catalogs.py [--write]

Reads the catalogs in `../shared/catalogs` beside the repository; without them there is nothing to
count, and the exit code is 3. Prints the table; with `--write` puts it into the page instead.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from eventproof.catalog import Catalog, check, load
from eventproof.contracts import build
from eventproof.contracts import check as check_contracts
from eventproof.findings import distinct

ROOT = Path(__file__).parents[1]
CATALOGS = ROOT.parent / "shared" / "catalogs"
PAGE = ROOT / "docs" / "reference" / "real-catalogs.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"


def counted(catalog: Catalog) -> Counter[str]:
    """How often each rule finds something in a catalog, each fact once."""
    found = (*check(catalog), *check_contracts(catalog, build(catalog)))
    return Counter(f"{one.rule} {one.name}" for one in distinct(found))


def table(catalogs: Path = CATALOGS) -> str:
    """The counts as a Markdown table: a row for each rule that found something."""
    folders = sorted(path.resolve() for path in catalogs.iterdir() if path.is_dir())
    loaded = {folder.name: load(folder) for folder in folders}
    counts = {name: counted(catalog) for name, catalog in loaded.items()}
    rules = sorted({rule for found in counts.values() for rule in found})
    rows = [
        _row("", counts, list(counts)),
        _row("---", counts, ["---:"] * len(counts)),
        _row("format", counts, [catalog.layout for catalog in loaded.values()]),
        _row("index files", counts, [str(catalog.files) for catalog in loaded.values()]),
        *(_row(rule, counts, [str(one[rule] or "") for one in counts.values()]) for rule in rules),
    ]
    return "".join(rows)


def _row(head: str, counts: Mapping[str, Counter[str]], cells: list[str]) -> str:
    assert len(cells) == len(counts)
    return f"| {' | '.join([head, *cells])} |\n"


def written(page: str, new: str) -> str:
    """The page with another table."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{new}{END}{rest.partition(END)[2]}"


def main() -> int:
    """Print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="put it into the page")
    options = parser.parse_args()
    if not CATALOGS.is_dir():
        print("The real catalogs do not lie beside the repository.", file=sys.stderr)
        return 3
    if options.write:
        PAGE.write_text(written(PAGE.read_text("utf-8"), table()), "utf-8")
    else:
        sys.stdout.write(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
