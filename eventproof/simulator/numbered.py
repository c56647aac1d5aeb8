"""The actors of an exploration by number, with what has to be known of each to go on from a state.

Equal actors have one number. Everything that depends on the actor alone is worked out when it gets
its number, and looked up from then on. What could be wrong: two different actors under one number,
an actor whose presence matters and that is not `marked`, and a sight that does not tell apart what
a property can.
"""

from __future__ import annotations

from eventproof.simulator.actors import Actor
from eventproof.simulator.moves import Moves
from eventproof.simulator.namesakes import Namesakes
from eventproof.simulator.queues import Waiter, waiters_of, wanted_by
from eventproof.simulator.quiet import Quiet
from eventproof.simulator.rows import FrozenRows
from eventproof.simulator.tables import Key
from eventproof.simulator.transactions import Tx
from eventproof.simulator.transitions import Held
from eventproof.simulator.turns import taken


class Numbered:
    """Grows with each new actor. Lists are by number; sets hold numbers."""

    def __init__(
        self, moves: Moves, quiet: Quiet, *, namesakes: Namesakes | None, ends_are_seen: bool
    ) -> None:
        self._moves = moves
        self._quiet = quiet
        self._namesakes = namesakes
        self._ends_are_seen = ends_are_seen
        self._numbers: dict[Actor, int] = {}
        self._shown: dict[tuple[int, str | None], int] = {}
        self.actors: list[Actor] = []
        self.locks: list[Held] = []
        """The shared rows that each holds."""
        self.sights: list[int] = []
        """What properties can see of each: equal numbers look alike."""
        self.queues: list[tuple[Waiter, ...]] = []
        self.wants: list[tuple[tuple[int, Key], ...]] = []
        """The rows that each may wait for without being told from one that does not."""
        self.waiting: set[int] = set()
        """Who has begun to wait for a row."""
        self.holding: set[int] = set()
        """Who holds a shared row."""
        self.urgent: set[int] = set()
        """Whose next step nobody can notice."""
        self.noticing: set[int] = set()
        """Who notices what others commit."""
        self.marked: set[int] = set()
        """All of these, and who waits: whose presence matters to what others can do, or when."""
        self.faulty: set[int] = set()
        """Where something went wrong beside the data."""

    def number(self, actor: Actor) -> int:
        """The actor's number, a new one if it is new."""
        number = self._numbers.get(actor)
        if number is None:
            number = self._numbers[actor] = len(self.actors)
            self._add(number, actor)
        return number

    def noticing_after(self, number: int, keys: frozenset[Key], removed: frozenset[Key]) -> int:
        """The actor after another has committed changes to `keys`, and removed some of them."""
        return self.number(self._moves.noticing(self.actors[number], keys, removed))

    def look_alike(self, one: int, other: int) -> bool:
        """Whether no property can tell two actors apart."""
        same_faults = self.actors[one].faults == self.actors[other].faults
        return self.sights[one] == self.sights[other] and same_faults

    def _add(self, number: int, actor: Actor) -> None:
        self.actors.append(actor)
        self.locks.append(self._shared_locks(actor))
        outcome = actor.outcome if self._ends_are_seen else None
        shown = (own_rows(actor).number, outcome)
        self.sights.append(self._shown.setdefault(shown, len(self._shown)))
        self.queues.append(waiters_of(actor))
        self.wants.append(wanted_by(actor, self._moves))
        if self._namesakes is not None:
            self._namesakes.demand_no_serializable(p.tx for p in actor.processes)
            asked = (self._moves.pending(p) for p in actor.processes if not p.waiting)
            self._namesakes.demand_no_selection_of(own_rows(actor), asked)
        self._mark(number, actor)

    def _mark(self, number: int, actor: Actor) -> None:
        kinds = (
            (self.holding, bool(self.locks[number].keys)),
            (self.urgent, self._quiet.moves_of(actor) is not None),
            (self.noticing, any(_notices(process.tx) for process in actor.processes)),
        )
        for kind, is_one in kinds:
            if is_one:
                kind.add(number)
                self.marked.add(number)
        if self.queues[number]:
            self.waiting.add(number)
            self.marked.add(number)
        if actor.faults:
            self.faulty.add(number)

    def _shared_locks(self, actor: Actor) -> Held:
        open_txs = [p.tx for p in actor.processes if p.tx is not None]
        held = (key for tx in open_txs for key in tx.held)
        turns = (key for process in actor.processes for key in taken(process))
        shared = [key for key in (*held, *turns) if not self._moves.is_own(key)]
        undecided = {key for tx in open_txs for key in tx.undecided}
        return Held(frozenset(shared), frozenset(undecided.intersection(shared)))


def own_rows(actor: Actor) -> FrozenRows:
    """The rows that only this actor reaches."""
    assert isinstance(actor.rows, FrozenRows)
    return actor.rows


def _notices(tx: Tx | None) -> bool:
    """Whether a transaction notices what others commit."""
    return tx is not None and (tx.snapshot is not None or tx.under_way is not None)
