"""Runs a cast in simulated time: chains begin at the sources, and messages fly until enough have.

A chain is everything that one message from a source sets off. Each message in it knows the one
that caused it, so that the way to it can be told and a cycle seen: a message that its own sender
has already sent further up, with no condition between. Chains that would not end are cut off and
told, so a run always ends after the messages that were asked for.

Time is in simulated seconds and SimPy's; what takes how long is drawn from random numbers of the
run's seed, so that the same catalog and seed give the same run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import simpy

from eventproof.contracts import Contracts
from eventproof.findings import NothingToCheck
from eventproof.simulator.actors import CONTRACT_KEPT, READABLE
from eventproof.simulator.network import CRASH_AFTER, CRASH_BEFORE, LOST, TWICE
from eventproof.simulator.traffic.cast import Cast, Emission, Receiver, Sent, Source
from eventproof.simulator.traffic.faults import LATE, LATE_S, PROPERTIES, Faults
from eventproof.simulator.traffic.incidents import (
    NO_ENDLESS_CYCLE,
    NO_EVENT_STORM,
    NO_UNHANDLED,
    OTHER_VERSION,
    Incident,
)
from eventproof.simulator.traffic.payloads import Payloads

ARRIVALS_PER_S = 10.0
"""Chains that begin in a simulated second, on average."""
TRANSIT_S = 0.005
"""Mean time from a sender to a consumer."""
HANDLING_S = 0.05
"""Mean time that a consumer takes."""
STORM_MESSAGES = 250
"""Messages by declared triggers in one chain from which on it is a storm."""
PATH_MESSAGES = 100
"""Messages in a row, each caused by the one before, after which a chain is cut off."""


@dataclass(frozen=True)
class CatalogRun:
    """One seed's run."""

    seed: int
    seconds: float
    """Simulated seconds until the last message."""
    chain_s: tuple[float, ...]
    """How long each chain took that came to its end."""
    sent: Mapping[str, int]
    """Message, with its version -> how often it was sent."""
    received: int
    """Deliveries, over all consumers."""
    without_payload: int
    """Messages sent that no contract gives a payload."""
    handled: Mapping[str, int]
    """Participant -> messages received."""
    incidents: tuple[Incident, ...]


def run_catalog(
    cast: Cast, contracts: Contracts, *, messages: int, seed: int, faults: Faults | None = None
) -> CatalogRun:
    """Let messages fly until so many have been sent; without `faults`, each comes once.

    Raises NothingToCheck for a catalog in which nobody sends or receives anything.
    """
    if not cast.sources:
        raise NothingToCheck(
            "Nobody in the catalog sends or receives a message, so there is nothing to run.",
            hint="list messages under `sends` and `receives` of its services",
        )
    run = _Run(cast, Payloads(contracts, seed), messages, seed, faults or Faults())
    return run.to_its_end()


@dataclass(slots=True)
class _Chain:
    """All that one message from a source sets off; grows while it runs."""

    began_s: float
    flying: int = 0
    triggered: int = 0
    """Messages that were sent because a page says so."""
    is_storm: bool = False
    """Whether it was cut off and told."""
    acted: set[str] = field(default_factory=set)
    """Participants that have sent what they send, where no page says when."""


@dataclass(frozen=True, slots=True)
class _Flight:
    """One message in flight, and the one that caused it."""

    message: Sent
    sender: str
    payload: int | None
    chain: _Chain
    cause: _Flight | None
    is_conditional: bool
    depth: int

    def back(self) -> Iterator[_Flight]:
        """Yield the message and those that caused it, latest first."""
        at: _Flight | None = self
        while at is not None:
            yield at
            at = at.cause

    def path(self) -> tuple[str, ...]:
        """Who sent what, from the beginning of the chain."""
        return tuple(f"{one.sender} sends {one.message}" for one in [*self.back()][::-1])


class _Run:
    """Mutable: SimPy's clock, what flies, and what was counted."""

    def __init__(
        self, cast: Cast, payloads: Payloads, messages: int, seed: int, faults: Faults
    ) -> None:
        self._cast = cast
        self._payloads = payloads
        self._left = messages
        self._faults = faults
        self._seed = seed
        self._random = Random(f"{seed}:catalog")  # noqa: S311 - a seeded simulation
        self._environment = simpy.Environment()
        self._enough = self._environment.event()
        self._chain_s: list[float] = []
        self._sent: Counter[str] = Counter()
        self._handled: Counter[str] = Counter()
        self._without_payload = 0
        self._incidents: dict[tuple[str, tuple[str, ...]], Incident] = {}

    def to_its_end(self) -> CatalogRun:
        """Run, and say what came of it."""
        self._environment.process(self._arrivals())
        self._environment.run(until=self._enough)
        return CatalogRun(
            seed=self._seed,
            seconds=self._environment.now,
            chain_s=tuple(self._chain_s),
            sent=dict(sorted(self._sent.items())),
            received=sum(self._handled.values()),
            without_payload=self._without_payload,
            handled=dict(sorted(self._handled.items())),
            incidents=tuple(self._told()),
        )

    def _told(self) -> Iterator[Incident]:
        """What went wrong; that another version came is nothing beside that it was unreadable."""
        for (name, about), incident in self._incidents.items():
            if name != OTHER_VERSION or (READABLE, about) not in self._incidents:
                yield incident

    def _arrivals(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield self._environment.timeout(self._random.expovariate(ARRIVALS_PER_S))
            source: Source = self._random.choice(self._cast.sources)
            self._send(source.message, source.sender, _Chain(self._environment.now), None)

    def _send(
        self,
        message: Sent,
        sender: str,
        chain: _Chain,
        cause: _Flight | None,
        *,
        is_conditional: bool = False,
    ) -> None:
        if not self._left:
            return
        self._left -= 1
        number = self._payloads.draw(message, self._random)
        depth = cause.depth + 1 if cause else 1
        flight = _Flight(message, sender, number, chain, cause, is_conditional, depth)
        self._sent[str(message)] += 1
        self._without_payload += number is None
        self._demand_own_contract(flight)
        receivers = self._cast.receivers.get(message.id, ())
        if not receivers:
            said = f"{sender} sends {message}, and nobody receives it."
            self._note(flight, NO_UNHANDLED, said, is_violation=False)
        chain.flying += len(receivers)
        for receiver in receivers:
            self._deliver(flight, receiver, self._faults.draw(message.id, self._random))
        if not chain.flying:
            self._chain_s.append(self._environment.now - chain.began_s)
        if not self._left:
            self._enough.succeed()

    def _deliver(self, flight: _Flight, receiver: Receiver, fault: str | None) -> None:
        if fault is not None:
            self._note_fault(flight, receiver, fault)
        if fault == LOST:
            flight.chain.flying -= 1
            return
        if fault == TWICE:
            flight.chain.flying += 1
            self._arrive_later(flight, receiver, None, again=True)
        self._arrive_later(flight, receiver, fault)

    def _arrive_later(
        self, flight: _Flight, receiver: Receiver, fault: str | None, *, again: bool = False
    ) -> None:
        takes_s = self._random.expovariate(1 / TRANSIT_S) + self._random.expovariate(
            1 / HANDLING_S
        )
        if fault == LATE:
            takes_s += self._random.expovariate(1 / LATE_S)
        arrival = self._environment.timeout(takes_s)
        arrival.callbacks.append(lambda _event: self._handle(flight, receiver, fault, again))

    def _handle(self, flight: _Flight, receiver: Receiver, fault: str | None, again: bool) -> None:
        self._handled[receiver.name] += 1
        self._demand_readable(flight, receiver)
        if fault != CRASH_BEFORE:
            for emission in self._due(flight, receiver, again=again):
                self._emit(flight, receiver, emission)
        chain = flight.chain
        if self._faults.comes_again(flight.message.id, fault):
            chain.flying += 1
            self._arrive_later(flight, receiver, None, again=fault == CRASH_AFTER)
        chain.flying -= 1
        if not chain.flying:
            self._chain_s.append(self._environment.now - chain.began_s)

    def _due(self, flight: _Flight, receiver: Receiver, *, again: bool) -> Iterator[Emission]:
        """What the receiver sends now; `again` when the same message comes once more."""
        acted = flight.chain.acted
        is_first = again or receiver.key not in acted
        acted.add(receiver.key)
        for emission in receiver.emissions:
            if not emission.is_declared:
                if is_first:
                    yield emission
            elif not emission.is_conditional or self._random.random() < 0.5:
                yield emission

    def _emit(self, flight: _Flight, receiver: Receiver, emission: Emission) -> None:
        chain = flight.chain
        if emission.is_declared:
            chain.triggered += 1
            if self._cycles(flight, receiver, emission):
                return
            if chain.triggered > STORM_MESSAGES or flight.depth >= PATH_MESSAGES:
                self._note_storm(flight)
                return
        conditional = emission.is_conditional
        self._send(emission.message, receiver.name, chain, flight, is_conditional=conditional)

    def _cycles(self, flight: _Flight, receiver: Receiver, emission: Emission) -> bool:
        """Whether the same was sent further up, and nothing between could have prevented this."""
        if emission.is_conditional:
            return False
        for before in flight.back():
            if before.message == emission.message and before.sender == receiver.name:
                self._note_cycle(flight, receiver, before)
                return True
            if before.is_conditional:
                return False
        return False

    def _note_cycle(self, flight: _Flight, receiver: Receiver, first: _Flight) -> None:
        names = [str(first.message)]
        for at in flight.back():
            if at is first:
                break
            names.insert(1, str(at.message))
        circle = " -> ".join([*names, str(first.message)])
        said = f"{receiver.name} sets off {first.message} again without end: {circle}."
        self._note(first, NO_ENDLESS_CYCLE, said, circle)

    def _note_storm(self, flight: _Flight) -> None:
        if flight.chain.is_storm:
            return
        flight.chain.is_storm = True
        first = [*flight.back()][-1]
        said = (
            f"one {first.message} of {first.sender} sets off more than {STORM_MESSAGES} messages."
        )
        if flight.depth >= PATH_MESSAGES:
            said = f"one {first.message} of {first.sender} leads to {PATH_MESSAGES} in a row."
        self._note(first, NO_EVENT_STORM, said)

    def _note_fault(self, flight: _Flight, receiver: Receiver, fault: str) -> None:
        sends = tuple(dict.fromkeys(str(e.message) for e in receiver.emissions))
        said = self._faults.consequence(fault, flight.message, receiver.name, sends)
        self._note(flight, PROPERTIES[fault], said, receiver.key, is_violation=False)

    def _demand_own_contract(self, flight: _Flight) -> None:
        message = flight.message
        fault = self._payloads.fault(message, flight.payload, message)
        if fault:
            said = f"{message} of {flight.sender} breaks its contract: {fault}"
            self._note(flight, CONTRACT_KEPT, said)

    def _demand_readable(self, flight: _Flight, receiver: Receiver) -> None:
        message, wanted = flight.message, receiver.built_for
        if wanted.version == message.version:
            return
        fault = self._payloads.fault(message, flight.payload, wanted)
        said = f"{receiver.name} is built for {wanted}"
        sent = f"the {message.version} that {flight.sender} sends"
        if fault is None and wanted.version is not None:
            is_known = flight.payload is not None and self._payloads.contract(wanted) is not None
            reads = "which it can read" if is_known else "and no contract says if it can read it"
            said = f"{said} and gets {sent}, {reads}."
            self._note(flight, OTHER_VERSION, said, receiver.key, is_violation=False)
        if fault is not None:
            said = f"{said} and cannot read {sent}: {fault}"
            evidence = self._payloads.is_evidence(message, wanted)
            self._note(flight, READABLE, said, receiver.key, is_violation=evidence)

    def _note(
        self,
        flight: _Flight,
        name: str,
        sentence: str,
        *others: str,
        is_violation: bool = True,
    ) -> None:
        # What differs only in the payload's values is one incident.
        about = (flight.message.key, flight.sender, *others)
        known = self._incidents.get((name, about))
        if known is not None:
            self._incidents[name, about] = replace(known, count=known.count + 1)
            return
        self._incidents[name, about] = Incident(
            property=name,
            about=about,
            message=str(flight.message),
            sentence=sentence,
            path=flight.path(),
            payload=self._payloads.payload(flight.message, flight.payload),
            is_violation=is_violation,
            seed=self._seed,
        )
