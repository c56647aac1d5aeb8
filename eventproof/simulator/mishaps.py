"""What may go wrong with a message beside its handler: faults to choose from, contracts not kept.

Could be wrong: a fault at a step where it would show nothing, and one beyond the actor's budget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eventproof.simulator.actors import NOTHING_LOST, Actor, Fault, Process, faulted
from eventproof.simulator.errors import Refused
from eventproof.simulator.network import (
    CRASH_AFTER,
    CRASH_BEFORE,
    REORDERED,
    Delivery,
    Left,
    Network,
)
from eventproof.simulator.programs import Finished, Program, Route, Routes
from eventproof.simulator.steps import Commit, Publish, Request, Step
from eventproof.simulator.turns import Turns


def faults_at(
    step: Step,
    actor: Actor,
    process: Process,
    network: Network | None,
    routes: Routes,
    turns: Turns | None = None,
) -> tuple[str, ...]:
    """What the network may do at a step, as far as the actor's budget goes."""
    if actor.left is None or network is None:
        return ()
    can_crash = process.delivery is not None and actor.left.crashes > 0
    if isinstance(step, Request):
        is_safe = step.timeout_s is None
        return () if is_safe else _on_the_way(step.message, actor.left, network, turns)
    if isinstance(step, Publish) and routes.get(step.message.MESSAGE):
        found = _on_the_way(step.message, actor.left, network, turns)
        # Inside a transaction it may hold rows; crashing at its commit comes to the same.
        return (*found, CRASH_AFTER) if can_crash and process.tx is None else found
    if isinstance(step, Commit) and can_crash:
        return (CRASH_BEFORE, CRASH_AFTER)
    return ()


def _on_the_way(
    message: Any, left: Left, network: Network, turns: Turns | None
) -> tuple[str, ...]:
    found = network.at_publish(message.MESSAGE, left)
    has_place = turns is not None and left.reorders > 0 and turns.is_ordered(message)
    return (*found, REORDERED) if has_place else found


def delivery_of(message: Any, program: Program, network: Network | None) -> Delivery | None:
    """What the handler of a message begins again from after a crash."""
    if network is None:
        return None
    return Delivery(program, network.guarantee(message.MESSAGE))


def noting_failure(actor: Actor, title: str, ended: Finished) -> Actor:
    """The actor after a handler has ended for whose reply nobody waits."""
    if ended.error is None or ended.error.kind is Refused:
        return actor
    return faulted(actor, Fault(NOTHING_LOST, f"{title} failed with {ended.error}."))


def unreadable(
    route: Route, message: Any, fault_of: Callable[[Any, str], str | None]
) -> str | None:
    """Why a consumer cannot read a message; None where it can."""
    wanted = route.message_class.VERSION
    if wanted == message.VERSION:
        return None
    fault = fault_of(message, wanted)
    return fault and (
        f"{route.service} is built for {message.MESSAGE} {wanted} and cannot read the "
        f"{message.VERSION} that is sent: {fault}"
    )
