"""Policies that can be compared: the same scenario, sold in another way.

A policy is the value of one of the scenario's keys. Arrivals, and the random numbers of each
customer, depend on the seed and the customer's name alone, each purpose on a stream of its own, so
runs of two policies on one seed have them in common whatever steps they take. What could be wrong:
a key that no customer looks at, which would compare a policy with itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from eventproof.findings import Problem, nearest
from eventproof.simulator.inventory import STRATEGIES
from eventproof.simulator.inventory.order_flow import ALLOCATION_POINTS
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.steps import Isolation

POLICIES = {
    "allocate": tuple(STRATEGIES),
    "allocate_at": ALLOCATION_POINTS,
    "isolation": tuple(level.value for level in Isolation),
}
"""Key -> the values that it may have."""


def with_policy(scenario: Scenario, key: str, value: str) -> Scenario:
    """The scenario under another policy. `Problem` where there is none, or it means nothing."""
    _demand_known(key, POLICIES, "policy")
    _demand_known(value, POLICIES[key], f"value of `{key}`")
    if key == "isolation":
        if scenario.sqlite is not None:
            raise Problem("on SQLite every transaction is serializable: `isolation` is no policy.")
        return replace(scenario, isolation=Isolation(value))
    customers = scenario.customers
    changed: dict[str, Any] = {key: value}
    has_order_flow = customers.count > 0 and customers.journey is None
    if has_order_flow and customers.policy is None:
        return replace(scenario, customers=replace(customers, **changed))
    if has_order_flow and customers.policy is not None and key == "allocate_at":
        policy = {**customers.policy, **changed}
        return replace(scenario, customers=replace(customers, policy=policy))
    raise Problem(
        f"{scenario.shown}: no customer looks at `{key}`, so there is nothing to compare.",
        hint="it is for customers of the order flow; `isolation` is for all",
    )


def _demand_known(word: str, known: Iterable[str], kind: str) -> None:
    known = tuple(known)
    if word not in known:
        near = nearest(word, known)
        hint = f"did you mean `{near}`?" if near else f"one of {', '.join(known)}"
        raise Problem(f"`{word}` is no known {kind}.", hint=hint)


__all__ = ["POLICIES", "with_policy"]
