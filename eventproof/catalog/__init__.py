"""The catalog: files into resources, resources into a graph, and the rules on both.

`load` reads a folder and never raises on what it holds; whatever is wrong is a finding of the
catalog. Everything else asks the `Catalog` that it returns: which resource a pointer means, who
sends and receives a message, what the rules find.
"""

from eventproof.catalog.catalog import Catalog
from eventproof.catalog.checking import RULES, check
from eventproof.catalog.graph import build_graph
from eventproof.catalog.participants import consumers, producers
from eventproof.catalog.reader import load
from eventproof.catalog.resolution import Resolution, resolve
from eventproof.catalog.resources import MESSAGE_TYPES, PARTICIPANT_TYPES, Pointer, Resource
from eventproof.catalog.versions import pick, same_version, satisfies, sort_key

__all__ = [
    "MESSAGE_TYPES",
    "PARTICIPANT_TYPES",
    "RULES",
    "Catalog",
    "Pointer",
    "Resolution",
    "Resource",
    "build_graph",
    "check",
    "consumers",
    "load",
    "pick",
    "producers",
    "resolve",
    "same_version",
    "satisfies",
    "sort_key",
]
