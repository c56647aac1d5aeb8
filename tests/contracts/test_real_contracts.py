"""What the contract rules find in real catalogs, each kind looked at by hand."""

from collections import Counter
from pathlib import Path

import pytest

from eventproof.catalog import load
from eventproof.contracts import build, check

FOUND = {
    "eventcatalog-acme-v4": {},
    "eventcatalog-flowmart-v2": {"CON302": 1, "CON303": 2},
    "eventcatalog-flowmart-v3": {"CON301": 20, "CON302": 1, "CON303": 2, "CON306": 5},
    "governance-poc-hybrid": {},
    "nota": {},
    "opg-event-store-v1": {},
    "orcabus-v1": {},
    "paymentic-v1": {},
    "sandbox-unwork": {},
    "shortlink": {"CON302": 1, "CON303": 2},
}


@pytest.fixture(params=FOUND)
def real_catalog(request):
    folder = Path(__file__).parents[2].parent / "shared" / "catalogs" / request.param
    if not folder.is_dir():
        pytest.skip("the real catalogs do not lie beside the repository")
    return load(folder)


def test_the_contracts_of_a_real_catalog_are_judged_as_they_were_by_hand(real_catalog):
    rules = Counter(f.rule for f in check(real_catalog, build(real_catalog)))

    judged = {rule: count for rule, count in rules.items() if "CON301" <= rule < "CON400"}
    assert judged == FOUND[real_catalog.root.name]
