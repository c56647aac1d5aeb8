"""A flow draws a message where its service neither sends nor receives it.

A step from a service to a message says that the service sends it, a step from a message to a
service that the service receives it. The services' own pages say otherwise, so either the picture
or the page is wrong. A query may be drawn either way, since its answer comes back.
Nothing is said of services whose pages name no message at all, nor of superseded flows.

Mend it in the flow, or in the service:

    # services/PaymentService/index.mdx
    sends:
      - id: PaymentProcessed      the flow goes from PaymentService to PaymentProcessed
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventproof.catalog.particulars import Step, steps
from eventproof.catalog.resolution import current, resolve
from eventproof.catalog.resources import MESSAGE_TYPES, Resource
from eventproof.catalog.topology import ACTOR_TYPES
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT311", "flow-contradicts", Severity.WARNING, __doc__)


@dataclass(frozen=True, slots=True)
class _Claim:
    """What an arrow of a flow says: that an actor sends, or receives, a message."""

    arrow: tuple[str | int, ...]
    actor: Resource
    message: Resource
    sends: bool


def check(catalog: Catalog) -> Iterator[Finding]:
    """One finding for each arrow of a flow that a service's own page denies."""
    for flow in current(catalog.of_type("flow")):
        said = set[tuple[str, str, bool]]()
        for claim in _claims(catalog, flow):
            key = (claim.actor.key, claim.message.key, claim.sends)
            if key not in said and not _is_borne_out(claim):
                said.add(key)
                yield _finding(catalog, flow, claim)


def _claims(catalog: Catalog, flow: Resource) -> Iterator[_Claim]:
    steps_ = steps(flow)
    # Of two steps with one id, which is a fault of its own, the first is meant.
    meant = {step.id: _meant(catalog, step) for step in reversed(steps_)}
    for step in steps_:
        source = _meant(catalog, step)
        for arrow in step.next:
            target = meant.get(arrow.id)
            if source is None or target is None or _is_message(source) == _is_message(target):
                continue
            if _is_message(source):
                yield _Claim(arrow.path, actor=target, message=source, sends=False)
            else:
                yield _Claim(arrow.path, actor=source, message=target, sends=True)


def _meant(catalog: Catalog, step: Step) -> Resource | None:
    """Return the message, service or agent that a step stands for, where the catalog has it."""
    for types, pointer in step.targets:
        if types == MESSAGE_TYPES or set(types) <= set(ACTOR_TYPES):
            return resolve(catalog, pointer, types).resource
    return None


def _is_message(resource: Resource) -> bool:
    return resource.type in MESSAGE_TYPES


def _is_borne_out(claim: _Claim) -> bool:
    actor, id_ = claim.actor, claim.message.id
    if not actor.sends and not actor.receives:
        return True  # nothing is known of it
    own = actor.sends if claim.sends else actor.receives
    if claim.message.type == "query":
        own = (*actor.sends, *actor.receives)
    return any(pointer.id == id_ for pointer in own)


def _finding(catalog: Catalog, flow: Resource, claim: _Claim) -> Finding:
    does, other = ("send", "receives") if claim.sends else ("receive", "sends")
    opposite = claim.actor.receives if claim.sends else claim.actor.sends
    reversed_ = any(pointer.id == claim.message.id for pointer in opposite)
    ends = (claim.actor, claim.message) if claim.sends else (claim.message, claim.actor)
    return RULE.finding(
        f"The flow {flow} goes from {ends[0]} to {ends[1]}, but {claim.actor} does not"
        f" {does} {claim.message.id}.",
        location=catalog.locate(flow, claim.arrow),
        resource=flow.ref,
        about=f"{ends[0]}>{ends[1]}",
        details=[f"{claim.actor} {other} it."] if reversed_ else (),
    )
