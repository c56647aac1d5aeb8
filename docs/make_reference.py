"""Writes the pages that are made from the code; `--check` says which are out of date.

The command line from its own help, the rules from their docstrings, the scenario format from its
JSON Schema, the gallery by playing its races, the strategies by running them: each is stated once,
where it is used.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from eventproof.catalog import RULES as CATALOG_RULES
from eventproof.cli.app import cli
from eventproof.contracts import RULES as CONTRACT_RULES
from eventproof.findings import SUPPRESSION_RULES
from eventproof.report import race_page
from eventproof.simulator import Entry, Journal, Model, SQLite, explore, play_race, races
from eventproof.simulator.inventory import STRATEGIES, Strategy, contest
from eventproof.simulator.steps import Isolation

DOCS = Path(__file__).parent
DURATION = "#/$defs/duration"
MADE = "<!-- made by docs/make_reference.py; edit the code, not this page -->"


def command_line() -> str:
    """One section a command, with its help as it is printed."""
    sections = [
        "# Command line",
        MADE,
        "Findings and data go to stdout, progress and errors to stderr.\n"
        "Exit codes: 0 clean; 1 findings, a break, or an unexpected verdict; "
        "2 wrong usage or input, or an interrupt; 3 nothing to check.",
    ]
    for name, text in _helps(cli, "eventproof"):
        sections += [f"## {name}", f"```text\n{text}\n```"]
    return "\n\n".join(sections) + "\n"


def rules() -> str:
    """One section a rule, with its docstring."""
    sections = ["# Rules", MADE]
    known = (*CATALOG_RULES, *CONTRACT_RULES, *SUPPRESSION_RULES)
    for rule in sorted(known, key=lambda rule: rule.id):
        sections += [f"## {rule.id} {rule.name}", f"Severity: {rule.severity}.", rule.doc.strip()]
    return "\n\n".join(sections) + "\n"


def scenario() -> str:
    """The keys of a scenario file, from the schema that validates it."""
    text = files("eventproof.simulator").joinpath("scenario.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    head = ["| key | value | meaning |", "|---|---|---|"]
    rows = [*head, *_rows(schema, "", schema)]
    forms = [*head, *_rows(schema["$defs"]["duration"], "", schema)]
    sections = [
        "# Scenario files",
        MADE,
        "A scenario is a YAML file. Paths are relative to it; `*` marks what must be there.\n"
        "Editors can use `scenario.schema.json` from the package.",
        "\n".join(rows),
        "## Durations",
        schema["$defs"]["duration"]["description"] + " Or an object with one of these keys:",
        "\n".join(forms),
    ]
    return "\n\n".join(sections) + "\n"


def strategies() -> str:
    """What came of each concurrency strategy, at each isolation level."""
    levels, journals = tuple(Isolation), tuple(Journal)
    heads = [level.value.upper() for level in levels] + [f"SQLite, {j}" for j in journals]
    rows = [
        f"| strategy | {' | '.join(heads)} | what it does |",
        f"|---|{'---|' * len(heads)}---|",
    ]
    for strategy in STRATEGIES.values():
        each = [_fate(contest(strategy, customers=2, isolation=level)) for level in levels]
        each += [_fate_on_sqlite(strategy, journal) for journal in journals]
        fates = " | ".join(each)
        rows.append(f"| `{strategy.name}` | {fates} | {strategy.sentence} |")
    sections = [
        "# Concurrency strategies",
        MADE,
        "`customers.allocate` in a scenario names one of them for the order flow.\n"
        "Here each is run by two customers who want a cup and tea, the second in the other\n"
        "order, where there is one cup. Every order of the steps was tried.",
        "proved: never oversold, and every customer is served or refused. oversells: more are\n"
        "paid for than there were. fails: a customer gets a database error instead of an answer;\n"
        "most strategies do not expect one above READ COMMITTED. A strategy that sets a level of\n"
        "its own uses that one in every column. busy, on SQLite in deferred mode: as fails, with\n"
        "SQLITE_BUSY, which a bounded number of tries may meet each time; never oversold.",
        "\n".join(rows),
        "The `append` ones keep stock as the sum of the ledger, `units` as a row a unit and\n"
        "`buckets` in several rows a product; none of them has a row in `stock`.\n"
        "`units` refuses a customer while another has the last unit locked, even if that one\n"
        "then does not buy.",
        (DOCS / "measured" / "strategies.txt").read_text("utf-8").strip(),
    ]
    return "\n\n".join(sections) + "\n"


def _fate_on_sqlite(strategy: Strategy, journal: Journal) -> str:
    model = replace(contest(strategy, customers=2), sqlite=SQLite(journal))
    return _fate(model).replace("fails", "busy")


def _fate(model: Model) -> str:
    found = explore(model)
    if found.verdict == "proved":
        return f"proved, {found.states:,} states"
    broken = {violation.property for violation in found.violations}
    return "oversells" if "never-oversold" in broken else "fails"


def gallery() -> dict[str, str]:
    """The gallery's pages by file name: an index, and one for each race."""
    entries = [play_race(race) for race in races().values()]
    pages = {f"{entry.race.id}.md": _made_page(race_page(entry)) for entry in entries}
    return {"README.md": _gallery_index(entries), **pages}


def pages() -> dict[str, str]:
    """Every page that is made, by its path beneath `docs`."""
    made = {
        "reference/command-line.md": command_line(),
        "reference/rules.md": rules(),
        "reference/scenario.md": scenario(),
        "reference/strategies.md": strategies(),
    }
    return made | {f"gallery/{name}": text for name, text in gallery().items()}


def _gallery_index(entries: list[Entry]) -> str:
    rows = ["| race | product | what happens | broken | mended |", "|---|---|---|---|---|"]
    rows += [
        f"| [{e.race.id}]({e.race.id}.md) | {e.race.product} | {e.race.title} "
        f"| {e.broken.verdict}: `{e.race.breaks}` | {e.mended.verdict} |"
        for e in entries
    ]
    sections = [
        "# Gallery of real races",
        MADE,
        "Races that were reported in real products. Each is written as handlers on a\n"
        "transactional store, with its fault and mended, and both are explored in every order:\n"
        "`eventproof gallery` runs all, `eventproof gallery ID` one. The handlers are this\n"
        "project's own, cut down to what the race needs; no code of the products is in them.",
        "\n".join(rows),
    ]
    return "\n\n".join(sections) + "\n"


def _made_page(text: str) -> str:
    heading, _, rest = text.partition("\n")
    return f"{heading}\n\n{MADE}\n{rest}"


def _helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=name, max_content_width=88, terminal_width=88)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            yield from _helps(command.commands[child], f"{name} {child}")


def _rows(schema: dict[str, Any], prefix: str, root: dict[str, Any]) -> Iterator[str]:
    for key, value in schema.get("properties", {}).items():
        stated = _stated(value, root)
        star = "*" if key in schema.get("required", ()) else ""
        meaning = stated.get("description", "")
        yield f"| `{prefix}{key}`{star} | {_value(stated)} | {meaning} |"
        if value.get("$ref") != DURATION:  # its forms are told once, below
            yield from _rows(stated, f"{prefix}{key}.", root)


def _stated(value: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """What is said of a key, and of what it refers to."""
    name = value.get("$ref", "").rpartition("/")[2]
    referred: dict[str, Any] = root["$defs"][name] if name else {}
    named = {"type": "duration"} if name == "duration" else {}
    return referred | value | named


def _value(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "oneOf" in schema:
        return " or ".join(_value(choice) for choice in schema["oneOf"])
    kind = schema.get("type", "any")
    kind = kind if isinstance(kind, str) else " or ".join(kind)
    inner = schema.get("items") or schema.get("additionalProperties")
    if isinstance(inner, dict) and inner.get("$ref") == DURATION:
        return f"{kind} of duration"
    return f"{kind} of {_value(inner)}" if isinstance(inner, dict) and "type" in inner else kind


def main() -> int:
    """Write or check the pages; 1 when a page is out of date."""
    check = "--check" in sys.argv[1:]
    stale = []
    for name, text in pages().items():
        page = DOCS / name
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                page.parent.mkdir(exist_ok=True)
                page.write_text(text, encoding="utf-8")
    for name in stale:
        sys.stdout.write(f"{'out of date' if check else 'written'}: docs/{name}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
