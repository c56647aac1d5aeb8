"""What the topology rules find in real catalogs, each kind looked at by hand."""

from collections import Counter

import pytest

from eventproof.catalog import check, load

FOUND = {
    "eventcatalog-acme-v4": {"CAT302": 27, "CAT305": 1, "CAT311": 2},
    "eventcatalog-flowmart-v2": {"CAT302": 8, "CAT306": 1, "CAT308": 4},
    "eventcatalog-flowmart-v3": {
        "CAT302": 8,
        "CAT303": 2,
        "CAT307": 2,
        "CAT308": 5,
        "CAT311": 11,
        "CAT312": 14,
        "CAT313": 2,
    },
    "governance-poc-hybrid": {"CAT302": 48, "CAT306": 9},
    "nota": {},
    "opg-event-store-v1": {"CAT306": 1},
    "orcabus-v1": {"CAT306": 1},
    "paymentic-v1": {},
    "sandbox-unwork": {"CAT312": 13},
    "shortlink": {"CAT302": 10, "CAT303": 1, "CAT308": 5, "CAT311": 4, "CAT312": 1, "CAT313": 1},
}


@pytest.mark.parametrize("name", FOUND)
def test_the_topology_of_a_real_catalog_is_judged_as_it_was_by_hand(real_catalogs, name):
    rules = Counter(finding.rule for finding in check(load(real_catalogs / name)))

    judged = {rule: count for rule, count in rules.items() if "CAT302" <= rule < "CAT400"}
    assert judged == FOUND[name]
