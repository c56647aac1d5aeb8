"""Payloads against schemas, by two validators that share no code.

jsonschema-rs answers everyday questions; python-jsonschema confirms what a verdict rests on. Both
read `format` as an annotation (the standard's default), and neither may fetch anything.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eventproof.contracts.backtracking import ends_soon
from eventproof.contracts.keywords import Path, Schema, nodes, pointer, text_of

if TYPE_CHECKING:
    import jsonschema_rs
    from jsonschema.protocols import Validator

COMPILED_LIMIT = 512
"""How many compiled schemas are kept, by their text."""

PATTERN_STEPS = 2**22
"""How many steps a backtracking match may take by estimate before it is refused."""


PATTERN_LENGTH_LIMIT = 1_000
"""The longest pattern that is looked into."""


class UncheckableError(Exception):
    """A validator cannot answer: the schema does not compile, or a pattern may run for ever."""


def violations(schema: dict[str, Any], payload: Any, limit: int = 5) -> tuple[str, ...]:
    """Why `schema` rejects `payload`: sentences that begin with a JSON pointer, at most `limit`.

    Empty when the payload is valid. Raises `UncheckableError` when the schema itself is not one.
    """
    validator = fast_validator(schema)
    if validator.is_valid(payload):
        return ()
    sentences = []
    for error in validator.iter_errors(payload):
        place = pointer(tuple(error.instance_path)) or "the payload"
        sentences.append(f"{place}: {one_line(error.message)}")
        if len(sentences) == limit:
            break
    return tuple(sentences)


def accepts(schema: Schema, payload: Any) -> bool:
    """Whether jsonschema-rs accepts a payload. Raises `UncheckableError`."""
    return fast_validator(schema).is_valid(payload)


def both_accept(schema: Schema, payload: Any) -> bool | None:
    """Whether both validators accept a payload; None when they differ or one cannot tell."""
    try:
        text = text_of(schema)
        fast = _compiled(text).is_valid(payload)
        _within_budget(schema, payload)
        slow = _slow_validator(schema).is_valid(payload)
    except (UncheckableError, RecursionError, re.error, ArithmeticError):
        return None
    except Exception as error:  # python-jsonschema wraps unresolvable references in its own type
        if type(error).__module__.startswith(("referencing", "jsonschema")):
            return None
        raise
    return fast if fast == slow else None


def metaschema_error(schema: dict[str, Any]) -> tuple[Path, str] | None:
    """Say where and why a schema is none in the draft that its `$schema` names."""
    import jsonschema_rs

    try:
        jsonschema_rs.meta.validate(schema)
    except jsonschema_rs.ValidationError as error:
        return tuple(error.instance_path), one_line(error.message)
    except ValueError as error:  # the engine's own limits on depth
        return (), one_line(str(error))
    return None


def is_pattern(text: str) -> bool:
    """Whether a text is a regular expression that the engine can run."""
    try:
        fast_validator({"pattern": text})
    except UncheckableError:
        return False
    return True


def fast_validator(schema: Schema) -> jsonschema_rs.Validator:
    """Return the compiled jsonschema-rs validator of a schema, kept by its text."""
    return _compiled(text_of(schema))


def strict_validator(schema: Schema) -> jsonschema_rs.Validator:
    """Return the same with formats checked. Raises `UncheckableError`."""
    return _compiled(text_of(schema), formats=True)


@lru_cache(maxsize=COMPILED_LIMIT)
def _compiled(text: str, *, formats: bool = False) -> jsonschema_rs.Validator:
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(
            json.loads(text), validate_formats=formats, offline=True, ignore_unknown_formats=True
        )
    except ValueError as error:
        raise UncheckableError(one_line(str(error).split("\n\n", 1)[0])) from error


def _slow_validator(schema: Schema) -> Validator:
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import (  # type: ignore[import-untyped] # ships no types
        REGISTRY,
    )

    # The registry holds the official meta-schemas only, so that nothing is fetched.
    return validator_for(schema, default=Draft202012Validator)(schema, registry=REGISTRY)


def _within_budget(schema: Schema, payload: Any) -> None:
    """Refuse what Python's backtracking matcher might never finish."""
    patterns = _patterns(schema)
    if not patterns:
        return
    texts = set(_strings(payload))
    longest = max(map(len, texts), default=0)
    for pattern in patterns:
        if _steps(pattern, longest) <= PATTERN_STEPS:
            continue
        if not all(
            _steps(pattern, len(t)) <= PATTERN_STEPS or ends_soon(pattern, t) for t in texts
        ):
            raise UncheckableError("a pattern may take too long to match")


def _patterns(schema: Schema) -> set[str]:
    """Return every pattern that a payload may be matched against."""
    inner = nodes(schema)
    found = {str(node["pattern"]) for node in inner if "pattern" in node}
    named = (node["patternProperties"] for node in inner if "patternProperties" in node)
    return found.union(*named)


_OPEN_ENDED = re.compile(r"(?<!\\)(?:[*+]|\{\d+,\d*\})")
_NESTED = re.compile(r"[*+}?]\)*\)(?:[*+]|\{\d+,?\d*\})|\|[^()]*\)(?:[*+]|\{\d+,?\d*\})")


def _steps(pattern: Any, length: int) -> int:
    """Estimate the worst case: exponential where a repetition repeats, else a power."""
    text = str(pattern)
    if len(text) > PATTERN_LENGTH_LIMIT:
        return PATTERN_STEPS + 1
    if _NESTED.search(text):
        return 1 << min(length, 64)
    power: int = len(_OPEN_ENDED.findall(text)) + 1
    return int((length + 1) ** min(power, 16))


def _strings(payload: Any) -> list[str]:
    if isinstance(payload, str):
        return [payload]
    if isinstance(payload, dict):
        return [text for k, v in payload.items() for text in (k, *_strings(v))]
    return (
        [text for item in payload for text in _strings(item)] if isinstance(payload, list) else []
    )


def one_line(text: str) -> str:
    """Return a validator's message as one line of at most 300 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:297]}..."
