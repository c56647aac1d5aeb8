"""A message has no schema.

Without one nothing can be checked against its contract: no payload, no change, no consumer.
Where the page shows an example of the payload, a contract can be inferred from it, and the finding
is only worth knowing; an inferred contract is never stricter than the example.

Mend it with a schema beside the page and its name in the frontmatter:

    schemaPath: schema.json
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventproof.catalog.resources import Resource
from eventproof.catalog.rules.wording import listed
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT401", "message-without-schema", Severity.WARNING, __doc__)

_SUFFIXES = frozenset({".json", ".avsc", ".avro", ".proto", ".yml", ".yaml", ".xsd"})


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each message version without a schema that can be found."""
    for message in catalog.messages:
        named = _named(message)
        faults = [fault for path, file in named if (fault := _fault(catalog, message, path, file))]
        if not named and not _has_conventional_schema(catalog, message):
            yield _finding(catalog, message, f"{message} has no schema.", ("id",))
        elif faults and len(faults) == len(named):
            sentence, path = faults[0]
            yield _finding(catalog, message, sentence, path)


def _named(message: Resource) -> list[tuple[tuple[str | int, ...], str | None]]:
    """Return what the frontmatter names as schema files; None for one that lies elsewhere."""
    data = message.frontmatter
    entries = data.get("schemas")
    if isinstance(entries, list) and entries:
        return [(("schemas", index), _file_of(entry)) for index, entry in enumerate(entries)]
    path = data.get("schemaPath")
    return [(("schemaPath",), _local(path))] if isinstance(path, str) and path.strip() else []


def _file_of(entry: Any) -> str | None:
    """Return the file of one entry of `schemas`, sought as EventCatalog does."""
    if isinstance(entry, dict):
        for key in ("file", "path", "ref"):
            if isinstance(entry.get(key), str):
                return _local(entry[key])
    return None


def _local(path: str) -> str | None:
    path = path.strip().removeprefix("file://")
    return None if "://" in path else path


def _fault(
    catalog: Catalog, message: Resource, path: tuple[str | int, ...], file: str | None
) -> tuple[str, tuple[str | int, ...]] | None:
    """Why a schema file cannot serve, with the place that names it."""
    if file is None or _is_beside(message, file):
        return None
    try:
        target = (message.path.parent / file).resolve()
        if not target.is_relative_to(catalog.root):
            return f"{message} names the schema {file}, which lies outside the catalog.", path
        exists = target.is_file()
    except (OSError, ValueError, RuntimeError):
        exists = False
    return None if exists else (f"{message} names the schema {file}, which does not exist.", path)


def _is_beside(message: Resource, file: str) -> bool:
    """Whether a file lies beside the page and is no link; most do, and it is quick to see."""
    if not file.replace(".", "").replace("-", "").replace("_", "").isalnum():
        return False
    try:
        return stat.S_ISREG(os.lstat(f"{message.folder}/{file}").st_mode)
    except OSError:
        return False


def _has_conventional_schema(catalog: Catalog, message: Resource) -> bool:
    """Version 1 finds a schema by its name alone."""
    return catalog.layout == "v1" and (message.path.parent / "schema.json").is_file()


def _finding(
    catalog: Catalog, message: Resource, sentence: str, path: tuple[str | int, ...]
) -> Finding:
    has_example = _has_example(message.body)
    return RULE.finding(
        sentence,
        location=catalog.locate(message, path),
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
    if beside and not _named(message):
        yield f"Beside it lies {listed(beside)}, which no schemaPath names."


def _unnamed_schemas(folder: Path) -> list[str]:
    try:
        return sorted(file.name for file in folder.iterdir() if file.suffix in _SUFFIXES)[:3]
    except OSError:
        return []


def _has_example(body: str) -> bool:
    from markdown_it import MarkdownIt  # heavy, and needed by few catalogs

    tokens = MarkdownIt().parse(body)
    return any(
        token.type == "fence" and token.info.split()[:1] in (["json"], ["json5"], ["jsonc"])
        for token in tokens
    )
