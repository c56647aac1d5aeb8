"""YAML scalars: what an unquoted one is, to EventCatalog's own parser.

PyYAML's rules of YAML 1.1 decide, but for the words that newer YAML takes for text: `yes`, `on`.
What could be wrong is a scalar that one of the two takes for a number or date and the other does
not; a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

TAGS = "tag:yaml.org,2002:"
"""What the names of YAML's own kinds begin with."""

_BOOL = re.compile("true|True|TRUE|false|False|FALSE")
_RESOLVERS: Mapping[str, Any] = yaml.SafeLoader.yaml_implicit_resolvers


def kind_of_scalar(text: str) -> str:
    """Return what a plain scalar is: int, float, bool, null, timestamp, merge or str."""
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            short: str = tag.removeprefix(TAGS)
            if short == "bool" and not _BOOL.fullmatch(text):
                return "str"
            return "str" if short == "value" else short
    return "str"
