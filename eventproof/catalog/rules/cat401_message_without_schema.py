"""A message has no schema.

Without one nothing can be checked against its contract: no payload, no change, no consumer.
Where the page shows an example of the payload, a contract can be inferred from it, and the finding
is only worth knowing; an inferred contract is never stricter than the example.
A schema that the page names and that is not there is CON103.

Mend it with a schema beside the page and its name in the frontmatter:

    schemaPath: schema.json
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from eventproof.catalog.resources import Resource
from eventproof.catalog.rules.wording import listed
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT401", "message-without-schema", Severity.WARNING, __doc__)

_SUFFIXES = frozenset({".json", ".avsc", ".avro", ".proto", ".yml", ".yaml", ".xsd"})


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each message version whose page names no schema."""
    for message in catalog.messages:
        if not _names_one(message) and not _has_conventional_schema(catalog, message):
            yield _finding(catalog, message)


def _names_one(message: Resource) -> bool:
    """Whether a page names a schema; CON103 says of one that is not there."""
    entries, path = message.frontmatter.get("schemas"), message.frontmatter.get("schemaPath")
    return (isinstance(entries, list) and bool(entries)) or (
        isinstance(path, str) and bool(path.strip())
    )


def _has_conventional_schema(catalog: Catalog, message: Resource) -> bool:
    """Version 1 finds a schema by its name alone."""
    return catalog.layout == "v1" and (message.path.parent / "schema.json").is_file()


def _finding(catalog: Catalog, message: Resource) -> Finding:
    has_example = _has_example(message.body)
    return RULE.finding(
        f"{message} has no schema.",
        location=catalog.locate(message, ("id",)),
        resource=message.ref,
        details=_details(message, has_example=has_example),
        severity=Severity.INFO if has_example else None,
    )


def _details(message: Resource, *, has_example: bool) -> Iterator[str]:
    if has_example:
        yield "Its contract is inferred from the page's example."
    else:
        yield "Its page shows no example of the payload either, so it has no contract."
    beside = _unnamed_schemas(message.path.parent)
    if beside:
        yield f"Beside it lies {listed(beside)}, which no schemaPath names."


def _unnamed_schemas(folder: Path) -> list[str]:
    try:
        return sorted(file.name for file in folder.iterdir() if file.suffix in _SUFFIXES)[:3]
    except OSError:
        return []


def _has_example(body: str) -> bool:
    if "json" not in body.casefold():
        return False  # which needs no reading of Markdown
    tokens = _markdown().parse(body)
    return any(
        token.type == "fence" and token.info.split()[:1] in (["json"], ["json5"], ["jsonc"])
        for token in tokens
    )


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # heavy, and needed by few catalogs

    return MarkdownIt().disable("inline")
