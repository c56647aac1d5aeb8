"""The payloads of a run: a few drawn for each message version, and what contracts say to them.

A message in flight carries one of its version's payloads. It is validated when it is sent, against
its sender's contract, and at each consumer against the contract of the version that the consumer
is built for; the answers are kept, since the same few payloads fly thousands of times.
"""

from __future__ import annotations

from random import Random
from typing import Any

from eventproof.contracts import Contract, Contracts, UncheckableError, samples, violations
from eventproof.simulator.traffic.cast import Sent

DRAWN = 12
"""Payloads of each message version in one run."""


class Payloads:
    """Mutable: payloads and answers are made when first asked for."""

    def __init__(self, contracts: Contracts, seed: int) -> None:
        self._contracts = {
            (contract.message.id, contract.message.version): contract
            for contract in contracts.contracts
        }
        self._seed = seed
        self._drawn: dict[str, tuple[Any, ...]] = {}
        self._faults: dict[tuple[str, int, str], str | None] = {}

    def contract(self, message: Sent) -> Contract | None:
        """The contract of a message version, if there is one."""
        return self._contracts.get((message.id, message.version))

    def draw(self, message: Sent, random: Random) -> int | None:
        """The number of a payload; None where there is none to draw."""
        if message.key not in self._drawn:
            contract = self.contract(message)
            seed = f"{self._seed}:{message.key}"
            drawn = samples(contract.schema, count=DRAWN, seed=seed) if contract else ()
            self._drawn[message.key] = drawn
        count = len(self._drawn[message.key])
        return random.randrange(count) if count else None

    def payload(self, message: Sent, number: int | None) -> Any:
        """The payload of that number; None for none."""
        return None if number is None else self._drawn[message.key][number]

    def fault(self, message: Sent, number: int | None, reader: Sent) -> str | None:
        """What is wrong with a payload under the contract of some version, or None."""
        contract = self.contract(reader)
        if number is None or contract is None:
            return None
        key = (message.key, number, reader.key)
        if key not in self._faults:
            self._faults[key] = _first_fault(contract, self.payload(message, number))
        return self._faults[key]

    def is_evidence(self, *messages: Sent) -> bool:
        """Whether all of these versions have a contract that a team has written."""
        found = [self.contract(message) for message in messages]
        return all(one is not None and one.provenance != "inferred" for one in found)


def _first_fault(contract: Contract, payload: Any) -> str | None:
    try:
        found = violations(contract.schema, payload, limit=1)
    except UncheckableError:
        return None
    return found[0] if found else None
