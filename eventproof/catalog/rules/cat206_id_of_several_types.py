"""Resources of different types have the same id.

EventCatalog keeps the types apart, but some of its tools look a resource up by its id alone and
take the first they find: the SDK, the visualiser of federated catalogs, whoever reads a link.
In the format of EventCatalog 1, where names are the ids, nothing is said.

Mend it by giving one of them another id, and changing the references to it:

    domains/Payment/index.mdx             id: Payment
    entities/Payment/index.mdx            id: PaymentEntity
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.resources import Resource
from eventproof.catalog.rules.wording import listed, one_of
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT206", "id-of-several-types", Severity.INFO, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each id that resources of several types have, at the second of them."""
    if catalog.layout == "v1":
        return
    firsts: dict[str, dict[str, Resource]] = {}
    for resource in catalog.resources:
        firsts.setdefault(resource.id, {}).setdefault(resource.type, resource)
    for id_, by_type in firsts.items():
        if len(by_type) > 1:
            types = [one_of(type_.replace("-", " ")) for type_ in by_type]
            first, second, *_ = by_type.values()
            yield RULE.finding(
                f"{id_} is the id of {listed(types)}.",
                location=catalog.locate(second, ("id",)),
                resource=second.ref,
                about=",".join(sorted(by_type)),
                details=[f"The other one is {first.file}."] if len(by_type) == 2 else (),
            )
