"""Shapes: frontmatter held against the JSON Schema of its type, in `schemas/`.

The schemas state what EventCatalog 2 to 5 reads. What does not fit becomes a record with a
sentence and a path; which rule it falls under, and how grave it is, is the rules' affair.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from eventproof.catalog.fields import kind_of_value, spelled
from eventproof.catalog.resources import Document, Resource

if TYPE_CHECKING:
    import jsonschema_rs

    from eventproof.catalog.catalog import Catalog

Sort = Literal["missing", "mistyped", "unknown-value", "unknown-key", "unknown-nested-key"]

EXTENSION = "x-"
"""What keys of a team's own begin with; EventCatalog lets them pass."""

PAGE_ENDINGS = (".md", ".mdx")
_LIKENESS_MIN = 0.75
_NOUNS = {
    "array": "a list", "boolean": "true or false", "integer": "a whole number", "null": "nothing",
    "number": "a number", "object": "a mapping", "string": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Misfit:
    """One way in which a page does not fit its type's schema."""

    sort: Sort
    sentence: str
    """A predicate without its subject."""
    path: tuple[str | int, ...]
    """Where it is; of a key that is missing, what lacks it."""
    meant: str | None = None
    """The known key or value that was probably meant, where only one is like it."""

    @property
    def about(self) -> str:
        """Tells it from the other misfits of its page."""
        return ".".join(str(step) for step in self.path)


@dataclass(frozen=True, slots=True)
class Shaped:
    """A page, and in which ways it does not fit."""

    page: Resource | Document
    misfits: tuple[Misfit, ...]

    @property
    def subject(self) -> str:
        """What a sentence calls it."""
        return str(self.page) if isinstance(self.page, Resource) else self.page.file


def shapes_of(catalog: Catalog) -> tuple[Shaped, ...]:
    """Return the pages that do not fit their schemas, but for what the reader has said already."""
    said: dict[str, set[str]] = {}
    for problem in catalog.problems:
        said.setdefault(problem.location.file, set()).add(problem.about)
    found = []
    pages: tuple[Resource | Document, ...] = (*catalog.resources, *catalog.documents)
    for page in pages:
        # Neither a user of the configuration file nor documentation has the fields of a type.
        if not page.absolute.endswith(PAGE_ENDINGS) or page.type == "doc":
            continue
        schema = "v1" if catalog.layout == "v1" else page.type
        misfits = misfits_of(page.frontmatter, schema)
        if not misfits:
            continue
        known = said.get(page.file, set())
        misfits = tuple(one for one in misfits if not _is_said(one, known))
        if misfits:
            found.append(Shaped(page, misfits))
    return tuple(found)


def misfits_of(frontmatter: Mapping[str, Any], schema: str) -> tuple[Misfit, ...]:
    """Return how frontmatter does not fit a schema of `schemas/`, by its name."""
    known = known_keys(schema)
    strange = frontmatter.keys() - known
    unknown = tuple(_unknown_keys(frontmatter, known)) if strange else ()
    validator = _validator(schema)
    try:
        if not strange and validator.is_valid(frontmatter):
            return ()
        errors = list(validator.iter_errors(frontmatter))
    except ValueError:
        # YAML has dates, and keys that are no text; JSON has neither.
        errors = list(validator.iter_errors(_plain(frontmatter)))
    return unknown + tuple(one for error in errors for one in _misfits(error, schema))


@cache
def known_keys(schema: str) -> frozenset[str]:
    """Return the keys that a type's frontmatter may have at its top."""
    return frozenset(_properties(_schema(schema)))


def _properties(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", {})
    for part in schema.get("allOf", ()):
        yield from _properties(_schema("common")["$defs"][part["$ref"].rpartition("/")[2]])


@cache
def _schema(name: str) -> Mapping[str, Any]:
    text = (files("eventproof.catalog") / "schemas" / f"{name}.schema.json").read_text("utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


@cache
def _validator(name: str) -> jsonschema_rs.Validator:
    import jsonschema_rs  # needed by checks only

    common = dict(_schema("common"))
    registry = jsonschema_rs.Registry([(common["$id"], common)])
    return jsonschema_rs.validator_for(dict(_schema(name)), registry=registry)


def _unknown_keys(frontmatter: Mapping[str, Any], known: frozenset[str]) -> Iterator[Misfit]:
    for key in frontmatter:
        if key not in known and not str(key).startswith(EXTENSION):
            meant = _meant(str(key), known - frontmatter.keys())
            yield Misfit("unknown-key", f"has the unknown key {key}", (key,), meant)


def _misfits(error: jsonschema_rs.ValidationError, schema: str) -> Iterator[Misfit]:
    """Return an error of a schema's validator in our words."""
    path = tuple(error.instance_path)
    kind: Any = error.kind
    match kind.name:
        case "required":
            where = f" in {spelled(path)}" if path else ""
            yield Misfit("missing", f"has no {kind.property}{where}", (*path, kind.property))
        case "type":
            yield Misfit("mistyped", _mistyped(error.instance, path, kind.types), path)
        case "enum":
            yield _unknown_value(error.instance, path, kind.options)
        case "additionalProperties":
            siblings = error.instance if isinstance(error.instance, dict) else {}
            for key in kind.unexpected:
                known = _nested_keys(error, schema) - siblings.keys()
                sentence = f"has the unknown key {key} in {spelled(path)}"
                yield Misfit("unknown-nested-key", sentence, (*path, key), _meant(key, known))
        case "unevaluatedProperties":
            pass  # the keys at the top are compared without the validator, see `_unknown_keys`
        case _:
            yield Misfit("mistyped", f"has a {spelled(path)} that is not as it must be", path)


def _mistyped(value: Any, path: tuple[str | int, ...], types: list[str]) -> str:
    wanted = " or ".join(_NOUNS[one] for one in types)
    if not path:
        return f"is not {wanted}"
    if value is None:
        return f"leaves {spelled(path)} empty; it must be {wanted}"
    return f"has {kind_of_value(value)} for {spelled(path)}, which must be {wanted}"


def _unknown_value(value: Any, path: tuple[str | int, ...], options: Any) -> Misfit:
    allowed = [str(one) for one in options]
    sentence = f"has {_shown(value)} for {spelled(path)}; it may be {', '.join(allowed)}"
    return Misfit("unknown-value", sentence, path, _meant(str(value), frozenset(allowed)))


def _nested_keys(error: jsonschema_rs.ValidationError, schema: str) -> frozenset[str]:
    """Return the keys that the schema knows where an error has met another one."""
    # An error's path is given within the file that a reference has led to.
    part: Any = _schema("common" if error.schema_path[0] == "$defs" else schema)
    for step in error.schema_path[:-1]:
        part = part[step]
    return frozenset(part.get("properties", {}))


def _meant(word: str, known: frozenset[str]) -> str | None:
    """Return the known word that is like this one, where it is the only one."""
    close = get_close_matches(word, sorted(known), n=2, cutoff=_LIKENESS_MIN)
    return close[0] if len(close) == 1 else None


def _is_said(misfit: Misfit, said: set[str]) -> bool:
    """Whether the reader has spoken of this place, or of one around or beneath it."""
    about = misfit.about
    return any(
        about == other or about.startswith(f"{other}.") or other.startswith(f"{about}.")
        for other in said
        if other
    )


def _plain(value: Any) -> Any:
    """Return a value in JSON's own types."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def _shown(value: Any) -> str:
    return str(value)[:60] if isinstance(value, str | int | float) else kind_of_value(value)
