"""Stub services: those that a scenario has no handlers for, playing what their pages describe.

A stub receives what its page says it receives, is held to the version that its page is built for,
and sends what the page says that this `triggers`; where a trigger has a condition, whether it is
met is a choice, as an external system's answer is. What is sent is drawn from the contract, and
takes over what the message that caused it says under the same names, as far as the contract lets
it: an order's events go on naming that order.

Three things could be wrong: a page that says what it sends and not why (the stub stays silent,
for it is not known when), a message without a contract (it is sent with what caused it and
nothing else), and a query (a stub answers none: that takes a handler).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eventproof.catalog import Catalog
from eventproof.contracts import Contract, Contracts, samples, violations
from eventproof.findings import Problem, nearest
from eventproof.simulator.context import Context
from eventproof.simulator.programs import Route
from eventproof.simulator.scenario import Outcomes, Scenario
from eventproof.simulator.traffic import Emission, Receiver, Sent, cast_of

CONDITION_MET = "condition met"
MET_OR_NOT = Outcomes(((CONDITION_MET, 1.0), ("condition not met", 1.0)))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message that a stub sends or receives: plain data, as the generated classes are."""

    MESSAGE: str
    VERSION: str
    text: str
    """Its payload as JSON: text, so that it can be compared and hashed."""

    def to_payload(self) -> dict[str, Any]:
        """The payload as it crosses the wire."""
        payload: dict[str, Any] = json.loads(self.text)
        return payload


@dataclass(frozen=True)
class Stubs:
    """The stubs of a scenario."""

    routes: Mapping[str, tuple[Route, ...]]
    """Message id -> the stubs that receive it."""
    conditions: Mapping[str, Outcomes]
    """What is asked before something conditional is sent."""


def stubs_of(catalog: Catalog, contracts: Contracts, scenario: Scenario) -> Stubs:
    """The stubs that a scenario asks for; never of a service that has handlers.

    `Problem` where the catalog has no such service.
    """
    cast = cast_of(catalog)
    names = {receiver.name for found in cast.receivers.values() for receiver in found}
    wanted = names if scenario.stubs == "all" else _known(scenario, catalog)
    wanted = wanted.difference(scenario.handlers)
    queries = {message.id for message in catalog.messages if message.type == "query"}
    routes: dict[str, list[Route]] = defaultdict(list)
    conditions: set[str] = set()
    for id_, receivers in cast.receivers.items():
        for receiver in receivers:
            if receiver.name in wanted and id_ not in queries:
                routes[id_].append(_route(receiver, contracts))
                conditions.update(_conditions(receiver))
    outcomes = dict.fromkeys(sorted(conditions), MET_OR_NOT)
    return Stubs({id_: tuple(found) for id_, found in routes.items()}, outcomes)


def condition_of(receiver: Receiver) -> str:
    """What is asked before a stub sends something conditional, as a timeline names it."""
    return f"{receiver.name} on {receiver.built_for.id}"


def _conditions(receiver: Receiver) -> Iterable[str]:
    return (condition_of(receiver) for e in _declared(receiver) if e.is_conditional)


def _declared(receiver: Receiver) -> tuple[Emission, ...]:
    return tuple(emission for emission in receiver.emissions if emission.is_declared)


def _known(scenario: Scenario, catalog: Catalog) -> set[str]:
    services = {participant.id for participant in catalog.participants}
    for name in scenario.stubs:
        if name not in services:
            near, place = nearest(name, services), scenario.place("stubs")
            raise Problem(
                f"{place}: `stubs` names {name}, which the catalog does not have.",
                hint=f"did you mean `{near}`?"
                if near
                else f"it has {', '.join(sorted(services))}",
            )
    return set(scenario.stubs)


def _route(receiver: Receiver, contracts: Contracts) -> Route:
    found = {e: contracts.find(e.message.id, e.message.version) for e in _declared(receiver)}
    sent = tuple((e, contract, _payload_of(e.message, contract)) for e, contract in found.items())

    async def receive(_self: object, message: Any, ctx: Context) -> None:
        for emission, contract, drawn in sent:
            if emission.is_conditional:
                met = await ctx.call(condition_of(receiver), f"send {emission.message.id}")
                if met != CONDITION_MET:
                    continue
            await ctx.publish(_caused(emission.message, contract, drawn, message))

    stub = type(f"{receiver.name} (stub)", (), {"receive": receive})
    return Route(receiver.name, stub, "receive", _reader(receiver.built_for))


def _reader(built_for: Sent) -> type:
    """What stands for a message class: it takes every payload, for the version is checked."""

    def from_payload(payload: Any) -> Drawn:
        return Drawn(built_for.id, built_for.version or "", _text(payload))

    return type("Reader", (), {"VERSION": built_for.version or "", "from_payload": from_payload})


def _payload_of(message: Sent, contract: Contract | None) -> dict[str, Any] | None:
    """One payload of a message version; None without a contract that has one of fields."""
    drawn = samples(contract.schema, count=1, seed=message.key) if contract else ()
    return drawn[0] if drawn and isinstance(drawn[0], dict) else None


def _caused(
    message: Sent, contract: Contract | None, drawn: dict[str, Any] | None, cause: Any
) -> Drawn:
    """The message, saying what its cause says wherever its contract allows that."""
    said = cause.to_payload()
    if contract is None or drawn is None:
        return Drawn(message.id, message.version or "", _text(said))
    payload = drawn
    for name in sorted(
        said.keys() & (drawn.keys() | contract.schema.get("properties", {}).keys())
    ):
        taken = {**payload, name: said[name]}
        if not violations(contract.schema, taken, limit=1):
            payload = taken
    return Drawn(message.id, message.version or "", _text(payload))


def _text(payload: Any) -> str:
    return json.dumps(payload, sort_keys=True)
