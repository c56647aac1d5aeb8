"""A flow's steps do not fit together.

A step names the steps that follow it by their ids. Where there is none of that id, EventCatalog
draws an arrow into nothing, and the flow seems to end there; where two steps have the same id, it
is left to chance which of them is meant.

Mend it by naming a step that there is:

    steps:
      - id: pay
        next_step: ship
      - id: ship
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventproof.catalog.likeness import Likeness
from eventproof.catalog.particulars import NextStep, Step, steps
from eventproof.catalog.resources import Resource
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT210", "unknown-step", Severity.ERROR, __doc__)


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each arrow into nothing, and for each step whose id is taken."""
    for flow in catalog.of_type("flow"):
        known = set[str]()
        all_steps = steps(flow)
        ids = {step.id for step in all_steps}
        likeness = Likeness(ids)
        for step in all_steps:
            if step.id in known:
                yield _repeated(catalog, flow, step)
            known.add(step.id)
            for arrow in step.next:
                if arrow.id not in ids:
                    yield _dangling(catalog, flow, step, arrow, likeness)


def _repeated(catalog: Catalog, flow: Resource, step: Step) -> Finding:
    return RULE.finding(
        f"{flow} has two steps with the id {step.id}.",
        location=catalog.locate(flow, (*step.path, "id")),
        resource=flow.ref,
        about=f"step:{step.id}",
    )


def _dangling(
    catalog: Catalog, flow: Resource, step: Step, arrow: NextStep, likeness: Likeness
) -> Finding:
    meant = likeness.nearest(arrow.id)
    return RULE.finding(
        f"{flow} goes from the step {step.id} to {arrow.id}, and has no step of that id.",
        location=catalog.locate(flow, (*arrow.path, "id")),
        resource=flow.ref,
        about=f"{step.id}>{arrow.id}",
        details=[f"Did you mean {meant}?"] if meant else (),
        severity=Severity.WARNING if catalog.is_superseded(flow) else None,
    )
