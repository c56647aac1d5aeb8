"""A schema taken apart into flat cases: one mapping of keywords each, no branches left.

The witness search reads schemas this way. The cases are a close reading and no exact one: whatever
is built from them is checked by the validators afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eventproof.contracts.keywords import Schema, at, steps

CASES_LIMIT = 10
"""How many cases of one schema are looked at."""

REFERENCES_LIMIT = 12
"""How many references are followed in a row before a schema counts as endless."""

KINDS = ("object", "array", "string", "integer", "number", "boolean", "null")
_LARGEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_SMALLEST = (
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
    "maxContains",
)
_BRANCHES = ("allOf", "anyOf", "oneOf", "if", "then", "else", "$ref", "dependentSchemas")

Case = dict[str, Any]
"""Keywords of one case. `patterns`, `nots`, `containing` collect what may occur several times."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Takes schemas of one document apart; references are pointers into the document."""

    document: dict[str, Any]

    def of(self, schema: Schema, depth: int = 0) -> list[Case]:
        """Return the cases of a schema, in the order written; none where nothing can be valid."""
        if schema is False or depth > REFERENCES_LIMIT:
            return []
        if schema is True:
            return [{}]
        assert isinstance(schema, dict)
        results: list[Case] = [_own(schema)]
        for part in self._conjuncts(schema):
            results = _product(results, self.of(part, depth + 1))
        for key in ("anyOf", "oneOf"):
            if key in schema:
                branches = [case for branch in schema[key] for case in self.of(branch, depth + 1)]
                results = _product(results, branches)
        if "if" in schema:
            results = _product(results, self._conditional(schema, depth))
        return results[:CASES_LIMIT]

    def _conjuncts(self, schema: dict[str, Any]) -> list[Schema]:
        parts = list(schema.get("allOf", []))
        reference = schema.get("$ref")
        if isinstance(reference, str):
            parts.append(self.target(reference))
        return parts

    def _conditional(self, schema: dict[str, Any], depth: int) -> list[Case]:
        met: Schema = {"allOf": [schema["if"], schema.get("then", True)]}
        unmet: Schema = {"allOf": [{"not": schema["if"]}, schema.get("else", True)]}
        return self.of(met, depth + 1) + self.of(unmet, depth + 1)

    def target(self, reference: str) -> Schema:
        """Say what a reference points to; anything, where it cannot be followed."""
        try:
            target = at(self.document, steps(reference))
        except LookupError:
            return True
        return target if isinstance(target, dict | bool) else True


def kinds(case: Case) -> tuple[str, ...]:
    """Return the JSON types that a case admits; `number` stands for the fractions."""
    types = case.get("type")
    if types is None:
        return KINDS
    named = [types] if isinstance(types, str) else types
    return tuple(k for k in KINDS if k in named or (k == "integer" and "number" in named))


def property_schema(case: Case, name: str) -> Schema:
    """Say what a case says of the value under `name`."""
    if name in case.get("properties", {}):
        found: Schema = case["properties"][name]
        return found
    matching = [sub for p, sub in case.get("patternProperties", {}).items() if _matches(p, name)]
    if matching:
        return matching[0] if len(matching) == 1 else {"allOf": matching}
    return rest_schema(case)


def _said_of(case: Case, name: str) -> Schema:
    """Say what a case demands of a name apart from `unevaluatedProperties`, which comes last."""
    return property_schema({k: v for k, v in case.items() if k != "unevaluatedProperties"}, name)


def rest_schema(case: Case) -> Schema:
    """Say what a case says of properties that it does not name."""
    return both(case.get("additionalProperties", True), case.get("unevaluatedProperties", True))


def item_schema(case: Case, index: int) -> Schema:
    """Say what a case says of the item at `index`."""
    prefix = case.get("prefixItems", [])
    if index < len(prefix):
        found: Schema = prefix[index]
        return found
    return both(case.get("items", True), case.get("unevaluatedItems", True))


def both(one: Schema, other: Schema) -> Schema:
    """Say what meets both schemas."""
    if one is True or one == {} or one == other:
        return other
    if other is True or other == {}:
        return one
    return False if one is False or other is False else {"allOf": [one, other]}


def _own(schema: dict[str, Any]) -> Case:
    case = {key: value for key, value in schema.items() if key not in _BRANCHES}
    if "const" in case:
        case["enum"] = [case.pop("const")]
    for key, collected in (("pattern", "patterns"), ("not", "nots"), ("contains", "containing")):
        if key in case:
            case[collected] = [*case.get(collected, []), case.pop(key)]
    return case


def _product(left: list[Case], right: list[Case]) -> list[Case]:
    merged = (_merged(one, other) for one in left for other in right)
    return [case for case in merged if case.get("enum") != [] and kinds(case)][:CASES_LIMIT]


def _merged(one: Case, other: Case) -> Case:
    result = {**one, **other}
    for key in one.keys() & other.keys():
        result[key] = _combined(key, one[key], other[key])
    if "type" in one and "type" in other:
        common = set(kinds(one)) & set(kinds(other))
        result["type"] = [kind for kind in KINDS if kind in common]
    if "enum" in one and "enum" in other:
        result["enum"] = [value for value in one["enum"] if value in other["enum"]]
    names = [*one.get("properties", {}), *other.get("properties", {})]
    if names:
        result["properties"] = {n: both(_said_of(one, n), _said_of(other, n)) for n in names}
    return result


def _combined(key: str, one: Any, other: Any) -> Any:
    if key in _LARGEST:
        return max(one, other)
    if key in _SMALLEST:
        return min(one, other)
    if key in ("patterns", "nots", "containing"):
        return [*one, *(value for value in other if value not in one)]
    if key == "required":
        return list(dict.fromkeys((*one, *other)))
    if key in ("items", "additionalProperties", "unevaluatedProperties", "propertyNames"):
        return both(one, other)
    if key in ("patternProperties", "dependentRequired"):
        return {**one, **other}
    if key == "prefixItems":
        longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
        return [both(a, b) for a, b in zip(longer, shorter, strict=False)] + longer[len(shorter) :]
    return other


def _matches(pattern: str, name: str) -> bool:
    """Whether a property name falls under a pattern, asked of the safe engine."""
    from eventproof.contracts.validation import UncheckableError, accepts

    try:
        return accepts({"pattern": pattern}, name)
    except UncheckableError:
        return False
