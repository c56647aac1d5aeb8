"""EventCatalog's SDK as an oracle: the same resources, and the same edges with the same ends.

`sdk_differences.json` lists every difference with its reason, and the catalogs that the SDK
cannot load with what it says. A difference that is not listed fails, and so does one that is
listed and no longer there.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from eventproof.catalog import build_graph, load

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))

import catalog_generator  # noqa: E402 - benchmarks is a folder of programs, not a package

KNOWN = json.loads((HERE / "sdk_differences.json").read_text())
NAMES = (
    "eventcatalog-acme-v4",
    "eventcatalog-flowmart-v2",
    "eventcatalog-flowmart-v3",
    "governance-poc-hybrid",
    "sandbox-unwork",
    "shortlink",
)

THEIRS = {
    "sends": ("sends", None),
    "receives": ("receives", None),
    "triggers": ("sends", "receives.triggers"),
    "writes-to": ("writesTo", None),
    "reads-from": ("readsFrom", None),
    "sends-to": ("sends", "sends.to"),
    "receives-from": ("receives", "receives.from"),
    "on-channel": ("references", "channels"),
    "routes-to": ("references", "routes"),
    "contains": ("contains", None),
    "steps-through": ("references", "steps"),
    "relates-to": ("relatesTo", "relationships"),
    "applies-to": ("appliesTo", None),
    "related-to": ("relatesTo", "related"),
    "supersedes": ("relatesTo", "supersedes"),
    "amends": ("relatesTo", "amends"),
}
"""What the SDK calls our relations. It has no edges for the others: owns, has-member (owners and
members are no pointers to it), refers-to (an entity's properties) and groups."""

INVERSE = {"supersedes": "supersededBy", "amends": "amendedBy"}


@pytest.fixture
def sdk(node):
    """What the SDK makes of a catalog, or what it says of one that it cannot load."""

    def read(folder):
        done = node("resolve.cjs", folder, needs=["@eventcatalog/sdk"])
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()

    return read


def resources_of(catalog):
    return Counter((one.type, one.id, one.version) for one in catalog.resources)


def edges_of(catalog):
    """Edges as the page that writes them sees them: whence, what, whither by which pin."""
    graph = build_graph(catalog)
    found = set()
    for source, target, edge in graph.edges(data=True):
        if edge["relation"] not in THEIRS:
            continue
        names_target = edge["by"] == source or edge["relation"] == "triggers"
        other = graph.nodes[target if names_target else source]
        direction, via = THEIRS[edge["relation"]]
        if edge["relation"] in INVERSE and not names_target:
            via = INVERSE[edge["relation"]]
        if edge["relation"] == "contains" and other["type"] == "diagram":
            direction, via = "relatesTo", "diagrams"
        by = graph.nodes[edge["by"]]
        resolved = other["version"] if edge["status"] == "resolved" else None
        found.add((by["id"], by["version"], direction, via, other["id"], edge["pin"], resolved))
    return found


def edges_of_sdk(document):
    # `services`, `systems` and so on say the type of the part, which its key says as well.
    no_via = ("contains",)
    return {
        (
            edge["from"],
            edge["fromVersion"],
            edge["direction"],
            None if edge["direction"] in no_via else _via(edge.get("via")),
            edge["to"],
            None if edge["pointer"] == "latest" else edge["pointer"],
            edge["resolved"],
        )
        for edge in document["edges"]
    }


def _via(via):
    return None if via in ("inputs", "outputs") else via


def differences(catalog, document):
    """Every difference as it stands in the list, without its reason."""
    ours, theirs = resources_of(catalog), Counter(map(tuple, document["resources"]))
    our_edges, their_edges = edges_of(catalog), edges_of_sdk(document)
    found = [
        ("resource", "eventproof", (ours - theirs).elements()),
        ("resource", "sdk", (theirs - ours).elements()),
        ("edge", "eventproof", our_edges - their_edges),
        ("edge", "sdk", their_edges - our_edges),
    ]
    return {json.dumps([what, only, *one]) for what, only, those in found for one in those}


@pytest.mark.oracle
@pytest.mark.parametrize("name", NAMES)
def test_the_sdk_sees_the_same_resources_and_edges(sdk, real_catalogs, name):
    known = {
        json.dumps([one["what"], one["only"], *one["is"]])
        for one in KNOWN["differences"].get(name, [])
    }

    assert differences(load(real_catalogs / name), sdk(real_catalogs / name)) == known


@pytest.mark.oracle
@pytest.mark.parametrize("name", KNOWN["cannot_load"])
def test_what_the_sdk_cannot_load_is_listed_with_what_it_says(sdk, real_catalogs, name):
    assert sdk(real_catalogs / name) == KNOWN["cannot_load"][name]["says"]


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(3))
def test_the_sdk_resolves_pins_of_every_kind_alike(sdk, tmp_path, seed):
    folder = tmp_path / "catalog"
    catalog_generator.generate(folder, services=40, seed=seed, defects=False)

    assert differences(load(folder), sdk(folder)) == set()


def test_every_difference_has_a_reason():
    listed = [one for those in KNOWN["differences"].values() for one in those]

    assert all(one["reason"] in KNOWN["reasons"] for one in listed)
    assert {one["reason"] for one in listed} == set(KNOWN["reasons"])
