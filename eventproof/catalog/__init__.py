"""The catalog: files into resources, resources into a graph, and the rules on both.

`load` reads a folder and never raises on what it holds; whatever is wrong is a finding of the
catalog. Everything else asks the `Catalog` that it returns: which resource a pointer means, who
sends and receives a message, what the rules find.
"""

from eventproof.catalog.catalog import Catalog
from eventproof.catalog.checking import RULES, check
from eventproof.catalog.compat import Compat
from eventproof.catalog.consequences import impact, sets_off
from eventproof.catalog.graph import build_graph
from eventproof.catalog.participants import consumers, producers
from eventproof.catalog.particulars import (
    PARTITION_KEY,
    ChannelTraits,
    Usage,
    channel_traits,
    usage,
)
from eventproof.catalog.questions import named, neighbourhood, paths, trigger_cycles
from eventproof.catalog.reader import load
from eventproof.catalog.resolution import Resolution, resolve
from eventproof.catalog.resources import (
    MESSAGE_TYPES,
    PARTICIPANT_TYPES,
    Dependency,
    Document,
    Pointer,
    Resource,
)
from eventproof.catalog.versions import pick, same_version, satisfies, sort_key
from eventproof.catalog.ways import Hop, Reached
from eventproof.catalog.yaml_places import Spot, find_in_yaml
from eventproof.catalog.yaml_text import YamlTextError, load_yaml

__all__ = [
    "MESSAGE_TYPES",
    "PARTICIPANT_TYPES",
    "PARTITION_KEY",
    "RULES",
    "Catalog",
    "ChannelTraits",
    "Compat",
    "Dependency",
    "Document",
    "Hop",
    "Pointer",
    "Reached",
    "Resolution",
    "Resource",
    "Spot",
    "Usage",
    "YamlTextError",
    "build_graph",
    "channel_traits",
    "check",
    "consumers",
    "find_in_yaml",
    "impact",
    "load",
    "load_yaml",
    "named",
    "neighbourhood",
    "paths",
    "pick",
    "producers",
    "resolve",
    "same_version",
    "satisfies",
    "sets_off",
    "sort_key",
    "trigger_cycles",
    "usage",
]
